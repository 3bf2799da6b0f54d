//! Copies of backups in other regions.

use std::time::Duration;

use cloudbackup_cbr_model as model;

use super::records::{Backup, End, Record, Vault, provider_id};
use super::{Cbr, Event};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// How long a copy takes.
const COPY_TIME: Duration = Duration::from_secs(120);

/// Makes the copy at once and fills it later, as a record tells.
pub(super) fn replicate_backup(
    service: &mut Cbr,
    call: &Call,
    input: model::ReplicateBackupInput,
) -> Result<model::ReplicateBackupOutput, Refusal> {
    let wanted = input
        .replicate
        .ok_or_else(|| faulty("a target that was checked is missing"))?;
    let source = service
        .backup(call, &input.backup_id.unwrap_or_default())?
        .clone();
    let vault = service.destination(call, &wanted)?.clone();
    source.can_be_copied_to(&vault)?;
    let region = |id: &str| {
        call.cloud
            .region_of(id)
            .map_or(String::new(), |it| it.name.clone())
    };
    let copy = Backup {
        id: call.cloud.ids.uuid(),
        checkpoint_id: call.cloud.ids.uuid(),
        name: wanted.name.unwrap_or_else(|| source.name.clone()),
        description: wanted.description.unwrap_or_default(),
        project_id: vault.project_id.clone(),
        vault_id: vault.id.clone(),
        is_copy: true,
        status: model::BackupStatus::Protecting,
        created: call.now,
        updated: call.now,
        records: Vec::new(),
        ..source.clone()
    };
    let end = |backup: &Backup| End {
        backup_id: backup.id.clone(),
        checkpoint_id: backup.checkpoint_id.clone(),
        project_id: backup.project_id.clone(),
        region: region(&backup.project_id),
        vault_id: backup.vault_id.clone(),
    };
    let record = Record {
        id: call.cloud.ids.uuid(),
        created: call.now,
        status: model::ReplicationStatus::Replicating,
        source: end(&source),
        destination: end(&copy),
    };
    let reply = replication(&record)?;
    service.start(call, copy, record);
    let output = model::ReplicateBackupOutput::builder();
    output.replication(reply).build().map_err(faulty)
}

fn replication(record: &Record) -> Result<model::Replication, Refusal> {
    let replication = model::Replication::builder()
        .backup_id(record.source.backup_id.as_str())
        .project_id(record.source.project_id.as_str())
        .source_region(record.source.region.as_str())
        .provider_id(provider_id())
        .replication_record_id(record.id.as_str())
        .destination_project_id(record.destination.project_id.as_str())
        .destination_region(record.destination.region.as_str())
        .destination_vault_id(record.destination.vault_id.as_str());
    replication.build().map_err(faulty)
}

impl Cbr {
    /// The vault that a copy shall go to.
    fn destination(
        &self,
        call: &Call,
        wanted: &model::ReplicationTarget,
    ) -> Result<&Vault, Refusal> {
        let project = wanted.destination_project_id.as_deref().unwrap_or_default();
        let region = wanted.destination_region.as_deref().unwrap_or_default();
        let vault = wanted.destination_vault_id.as_deref().unwrap_or_default();
        let known = call.cloud.region(region);
        if known.is_none_or(|known| known.project_id != project) {
            let message = "the destination project is not in the destination region";
            return Err(Refusal::new(400, "BackupService.6118", message));
        }
        if project == call.project_id {
            let message = "the destination must be another region";
            return Err(Refusal::new(400, "BackupService.6119", message));
        }
        let mut vaults = self.vaults.iter();
        let found = vaults.find(|it| it.id == vault && it.project_id == project);
        let Some(vault) = found else {
            let message = "the destination vault does not exist";
            return Err(Refusal::new(400, "BackupService.6120", message));
        };
        if !vault.is_for_replication {
            let message = "the destination vault is not one for replication";
            return Err(Refusal::new(400, "BackupService.6120", message));
        }
        Ok(vault)
    }

    fn start(&mut self, call: &Call, copy: Backup, record: Record) {
        let done = Event::Replicated {
            record_id: record.id.clone(),
            fails: call.fails,
        };
        self.timeline.plan(call.now.after(COPY_TIME), done);
        self.backups.push(copy);
        let ends = [&record.source.backup_id, &record.destination.backup_id];
        for backup in self.backups.iter_mut().filter(|it| ends.contains(&&it.id)) {
            backup.records.push(record.clone());
        }
    }

    /// A copy has arrived, or has failed to; either of the two backups may be gone.
    pub(super) fn replicated(&mut self, at: Moment, record_id: &str, fails: bool) {
        for backup in &mut self.backups {
            let is_filled = backup.is_copy && backup.status == model::BackupStatus::Protecting;
            let mut records = backup.records.iter_mut();
            let Some(record) = records.find(|record| record.id == record_id) else {
                continue;
            };
            record.status = match fails {
                true => model::ReplicationStatus::Fail,
                false => model::ReplicationStatus::Success,
            };
            backup.updated = at;
            if is_filled {
                backup.status = match fails {
                    true => model::BackupStatus::Error,
                    false => model::BackupStatus::Available,
                };
            }
        }
    }
}

impl Backup {
    fn can_be_copied_to(&self, vault: &Vault) -> Result<(), Refusal> {
        if self.is_copy {
            let message = "a copy cannot be copied on";
            return Err(Refusal::new(400, "BackupService.6128", message));
        }
        if self.status != model::BackupStatus::Available {
            let message = "the backup is not available";
            return Err(Refusal::new(400, "BackupService.6129", message));
        }
        let lies_there = |record: &Record| {
            record.destination.project_id == vault.project_id
                && record.status != model::ReplicationStatus::Fail
        };
        if self.records.iter().any(lies_there) {
            let message = "the backup has a copy in the destination region";
            return Err(Refusal::new(400, "BackupService.6130", message));
        }
        Ok(())
    }
}
