//! Copies of backups in other regions.

use cloudbackup_cbr_model as model;

use super::records::{Backup, COPY_TIME, End, Record, VAULT_SIZE, Vault, provider_id};
use super::{Cbr, Event};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

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
    source.check_source()?;
    let vault = service.destination(call, &wanted)?.clone();
    service.check_copy(&source, &vault)?;
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
            return Err(Refusal::new(400, "BackupService.1011", message));
        }
        if project == call.project_id {
            let message = "the destination must be another region";
            return Err(Refusal::new(400, "BackupService.1011", message));
        }
        let mut vaults = self.vaults.iter();
        let found = vaults.find(|it| it.id == vault && it.project_id == project);
        let Some(vault) = found else {
            let message = "the destination vault does not exist";
            return Err(Refusal::new(400, "BackupService.6120", message));
        };
        if !vault.is_for_replication {
            let message = "the destination vault is not one for replication";
            return Err(Refusal::new(400, "BackupService.6119", message));
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
            backup.note(record.clone());
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

    /// Whether there is a place for a copy in a vault of another region.
    fn check_copy(&self, source: &Backup, vault: &Vault) -> Result<(), Refusal> {
        // A copy that was deleted since is in nobody's way, nor is one that failed.
        let is_there = |record: &Record| {
            record.destination.project_id == vault.project_id
                && record.status != model::ReplicationStatus::Fail
                && self.is_known(&record.destination.backup_id)
        };
        if source.records.iter().any(is_there) {
            let message = "the backup has a copy in the destination region";
            return Err(Refusal::new(400, "BackupService.1012", message));
        }
        if self.used(&vault.id) + source.resource.size > VAULT_SIZE {
            let message = "the destination vault is full";
            return Err(Refusal::new(400, "BackupService.6129", message));
        }
        Ok(())
    }

    fn is_known(&self, backup_id: &str) -> bool {
        self.backups.iter().any(|backup| backup.id == backup_id)
    }
}

impl Backup {
    /// Whether a backup is one that can be copied.
    fn check_source(&self) -> Result<(), Refusal> {
        if self.is_copy {
            let message = "a copy cannot be copied on";
            return Err(Refusal::new(400, "BackupService.6128", message));
        }
        if self.status != model::BackupStatus::Available {
            let message = "the backup is not available";
            return Err(Refusal::new(400, "BackupService.9900", message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use super::{Cbr, model, replicate_backup};
    use crate::cloud::Cloud;
    use crate::gateway::{Behaviour, Call};

    /// A service of three regions, and a call in the first.
    fn start() -> (Cbr, Call) {
        let regions = ["home", "near", "far"].map(str::to_owned);
        let cloud = Arc::new(Cloud::new(&regions, 0, None));
        let call = Call {
            project_id: cloud.regions[0].project_id.clone(),
            now: cloud.clock.now(),
            fails: false,
            cloud: Arc::clone(&cloud),
        };
        (Cbr::new(&cloud), call)
    }

    /// The codes with which copies to these regions are refused; no code where one is made.
    fn replicate(service: &mut Cbr, call: &Call, backup: &str, regions: &[usize]) -> Vec<String> {
        let codes = regions.iter().map(|region| {
            let region = &call.cloud.regions[*region];
            let mut vaults = service.vaults.iter();
            let vault = vaults.find(|vault| vault.project_id == region.project_id);
            let target = model::ReplicationTarget::builder()
                .destination_project_id(&region.project_id)
                .destination_region(&region.name)
                .destination_vault_id(&vault.unwrap().id);
            let mut input = model::ReplicateBackupInput::default();
            input.backup_id = Some(backup.to_owned());
            input.replicate = Some(target.build());
            let made = replicate_backup(service, call, input);
            made.err().map_or(String::new(), |refusal| refusal.code)
        });
        codes.collect()
    }

    #[test]
    fn backup_can_be_copied_to_each_other_region_once() {
        let (mut service, call) = start();
        let backup = service.first_backup().to_owned();
        let codes = replicate(&mut service, &call, &backup, &[1, 2, 1, 2]);
        assert_eq!(codes, ["", "", "BackupService.1012", "BackupService.1012"]);
        assert_eq!(service.backups[0].records.len(), 2);
    }

    #[test]
    fn copy_goes_nowhere_and_backups_go_to_vaults_for_copies_only() {
        let (mut service, call) = start();
        let backup = service.first_backup().to_owned();
        replicate(&mut service, &call, &backup, &[1]);
        let copy = service.backups[1].id.clone();
        let near = call.cloud.regions[1].project_id.clone();
        let call = Call {
            project_id: near,
            ..call
        };
        let codes = replicate(&mut service, &call, &copy, &[0, 1, 2]);
        assert_eq!(codes, ["BackupService.6128"; 3]);
        service.backups[1].is_copy = false;
        service.backups[1].status = model::BackupStatus::Available;
        let codes = replicate(&mut service, &call, &copy, &[0, 1, 2]);
        assert_eq!(codes, ["BackupService.6119", "BackupService.1011", ""]);
    }
}
