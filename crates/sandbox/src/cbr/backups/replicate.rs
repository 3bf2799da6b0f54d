//! Copies of backups in other regions.

use cloudbackup_cbr_model as model;

use super::super::checkpoints::{Checkpoint, DAY};
use super::super::problem::{self, Problem, bad};
use super::super::resources::Kind;
use super::super::tasks::{About, Task, Work};
use super::super::vaults::Vault;
use super::super::{Cbr, Event};
use super::records::{COPY_TIME, End, FAILURE, Record};
use super::{Backup, Child};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Who wants a copy, and how long it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) is_automatic: bool,
    pub(crate) policy_id: Option<String>,
    /// -1 for good.
    pub(crate) kept_days: i64,
    /// It will fail, as the sandbox was told.
    pub(crate) fails: bool,
}

impl Origin {
    fn call(call: &Call, is_automatic: bool) -> Self {
        Self {
            is_automatic,
            policy_id: None,
            kept_days: -1,
            fails: call.fails,
        }
    }
}

/// Makes the copy at once and fills it later, as a record tells.
pub(crate) fn replicate_backup(
    service: &mut Cbr,
    call: &Call,
    input: model::ReplicateBackupInput,
) -> Result<model::ReplicateBackupOutput, Refusal> {
    let wanted = input
        .replicate
        .ok_or_else(|| faulty("a target that was checked is missing"))?;
    let number = service.backup_number(call, &input.backup_id.unwrap_or_default())?;
    let source = service.backup_mut(number)?.clone();
    source.check_source()?;
    let project = wanted.destination_project_id.as_deref();
    let region = wanted.destination_region.as_deref();
    let vault = wanted.destination_vault_id.as_deref();
    let vault = service.destination(
        &call.project_id,
        project.unwrap_or_default(),
        region.unwrap_or_default(),
        vault.unwrap_or_default(),
    )?;
    let vault = vault.clone();
    if service.has_copy(&source, &vault.project_id) {
        return Err(problem::COPIED_ALREADY.into());
    }
    service.make_room(&vault.id, source.size_mb, problem::DESTINATION_FULL)?;
    let mut copy = service.copy_of(call.now, &source, &vault);
    copy.name = wanted.name.unwrap_or(copy.name);
    copy.description = wanted.description.unwrap_or_default();
    let origin = Origin::call(call, false);
    let record = service.begin_copy(number, &source, copy, &origin);
    let output = model::ReplicateBackupOutput::builder();
    output
        .replication(replication(&record, &source)?)
        .build()
        .map_err(faulty)
}

fn replication(record: &Record, source: &Backup) -> Result<model::Replication, Refusal> {
    let replication = model::Replication::builder()
        .backup_id(record.source.backup_id.as_str())
        .project_id(record.source.project_id.as_str())
        .source_region(record.source.region.as_str())
        .provider_id(source.resource.kind.provider_id())
        .replication_record_id(record.id.as_str())
        .destination_project_id(record.destination.project_id.as_str())
        .destination_region(record.destination.region.as_str())
        .destination_vault_id(record.destination.vault_id.as_str());
    replication.build().map_err(faulty)
}

/// Copies what was not copied there yet; despite its name the call takes no restore point.
pub(crate) fn replicate_checkpoint(
    service: &mut Cbr,
    call: &Call,
    input: model::ReplicateCheckpointInput,
) -> Result<model::ReplicateCheckpointOutput, Refusal> {
    let wanted = input
        .replicate
        .ok_or_else(|| faulty("a target that was checked is missing"))?;
    let source = service.vault(call, &wanted.vault_id.unwrap_or_default())?;
    let source = source.clone();
    let project = wanted.destination_project_id.unwrap_or_default();
    let region = wanted.destination_region.unwrap_or_default();
    let vault = wanted.destination_vault_id.unwrap_or_default();
    let vault = service.destination(&call.project_id, &project, &region, &vault)?;
    let vault = vault.clone();
    let origin = Origin::call(call, wanted.auto_trigger == Some(true));
    let records = service.replicate_vault(call.now, &source, &vault, &origin)?;
    let backups = records.iter().map(|record| {
        let backup = model::ReplicatedBackup::builder()
            .backup_id(record.source.backup_id.as_str())
            .replication_record_id(record.id.as_str());
        backup.build().map_err(faulty)
    });
    let own = call.cloud.region_of(&call.project_id);
    let replication = model::CheckpointReplication::builder()
        .backups(backups.collect::<Result<Vec<_>, _>>()?)
        .vault_id(source.id.as_str())
        .project_id(call.project_id.as_str())
        .provider_id(Kind::Server.provider_id())
        .source_region(own.map_or("", |region| &region.name))
        .destination_project_id(project)
        .destination_region(region)
        .destination_vault_id(vault.id.as_str());
    let output = model::ReplicateCheckpointOutput::builder();
    output
        .replication(replication.build().map_err(faulty)?)
        .build()
        .map_err(faulty)
}

impl Cbr {
    /// The vault in another region that copies shall go to.
    pub(crate) fn destination(
        &self,
        own_project: &str,
        project: &str,
        region: &str,
        vault_id: &str,
    ) -> Result<&Vault, Problem> {
        let known = self.cloud.region(region);
        if known.is_none_or(|known| known.project_id != project) {
            return Err(problem::WRONG_DESTINATION);
        }
        if project == own_project {
            return Err(problem::SAME_REGION);
        }
        let found = self.vault_by_id(vault_id);
        let found = found.filter(|vault| vault.project_id == project);
        let vault = found.ok_or(problem::NO_DESTINATION)?;
        if !vault.is_for_copies() {
            return Err(problem::NOT_FOR_REPLICATION);
        }
        match vault.is_usable() {
            true => Ok(vault),
            false => Err(problem::DESTINATION_STATE),
        }
    }

    /// Copies all backups of a vault that were not copied to the other region yet.
    pub(crate) fn replicate_vault(
        &mut self,
        at: Moment,
        source: &Vault,
        destination: &Vault,
        origin: &Origin,
    ) -> Result<Vec<Record>, Problem> {
        if source.is_for_copies() {
            return Err(problem::COPY_OF_COPY);
        }
        if source.object_type != model::ObjectType::Server {
            return Err(problem::KIND_NOT_REPLICATED);
        }
        let sources = self.to_replicate(source, destination);
        if sources.is_empty() {
            return Err(match self.is_replicating(source) {
                true => problem::BEING_REPLICATED,
                false => problem::NOTHING_TO_DO,
            });
        }
        let needed = sources.iter().map(|(_, backup)| backup.size_mb).sum();
        self.make_room(&destination.id, needed, problem::DESTINATION_FULL)?;
        let records = sources.iter().map(|(number, source)| {
            let copy = self.copy_of(at, source, destination);
            self.begin_copy(*number, source, copy, origin)
        });
        Ok(records.collect())
    }

    /// Whether a vault has backups that were not copied to the other region yet.
    pub(crate) fn is_to_replicate(&self, source: &Vault, destination: &Vault) -> bool {
        !self.to_replicate(source, destination).is_empty()
    }

    /// What was copied once is not copied again with its vault, even if the copy is gone.
    fn to_replicate(&self, source: &Vault, destination: &Vault) -> Vec<(u64, Backup)> {
        let was_copied = |backup: &Backup| {
            let mut records = backup.records.iter();
            records.any(|record| {
                record.status != model::ReplicationStatus::Fail
                    && record.destination.project_id == destination.project_id
            })
        };
        let backups = self.backups.iter().filter(|(_, backup)| {
            backup.vault_id == source.id && backup.check_source().is_ok() && !was_copied(backup)
        });
        backups
            .map(|(number, backup)| (*number, backup.clone()))
            .collect()
    }

    fn is_replicating(&self, source: &Vault) -> bool {
        let backups = self.backups.values();
        let own = backups.filter(|backup| backup.vault_id == source.id);
        let mut records = own.flat_map(|backup| &backup.records);
        records.any(|record| record.status == model::ReplicationStatus::Replicating)
    }

    /// Whether a backup has a copy in a project. One that was deleted since is in nobody's way, nor
    /// is one that failed.
    fn has_copy(&self, source: &Backup, project_id: &str) -> bool {
        let mut copies = self.backups_of(project_id);
        copies.any(|(_, copy)| {
            let mut records = source.records.iter();
            records.any(|record| {
                record.status != model::ReplicationStatus::Fail
                    && record.destination.backup_id == copy.id
            })
        })
    }

    /// The copy of a backup, with a restore point and parts of its own.
    fn copy_of(&self, at: Moment, source: &Backup, vault: &Vault) -> Backup {
        let children = source.children.iter().map(|child| Child {
            id: self.cloud.ids.uuid(),
            ..child.clone()
        });
        Backup {
            id: self.cloud.ids.uuid(),
            checkpoint_id: self.cloud.ids.uuid(),
            project_id: vault.project_id.clone(),
            vault_id: vault.id.clone(),
            enterprise_project_id: vault.enterprise_project_id.clone(),
            is_copy: true,
            status: model::BackupStatus::Protecting,
            children: children.collect(),
            created: at,
            updated: at,
            expires: None,
            records: Vec::new(),
            ..source.clone()
        }
    }

    fn end_of(&self, backup: &Backup) -> End {
        let region = self.cloud.region_of(&backup.project_id);
        End {
            backup_id: backup.id.clone(),
            checkpoint_id: backup.checkpoint_id.clone(),
            project_id: backup.project_id.clone(),
            region: region.map_or(String::new(), |region| region.name.clone()),
            vault_id: backup.vault_id.clone(),
        }
    }

    fn begin_copy(
        &mut self,
        source_number: u64,
        source: &Backup,
        mut copy: Backup,
        origin: &Origin,
    ) -> Record {
        copy.is_automatic = origin.is_automatic;
        copy.policy_id.clone_from(&origin.policy_id);
        let number = self.number();
        if let Ok(days @ 1..) = u32::try_from(origin.kept_days) {
            let expires = copy.created.after(DAY * days);
            copy.expires = Some(expires);
            self.timeline.plan(expires, Event::Expires(number));
        }
        let record = Record {
            id: self.cloud.ids.uuid(),
            created: copy.created,
            is_automatic: origin.is_automatic,
            status: model::ReplicationStatus::Replicating,
            source: self.end_of(source),
            destination: self.end_of(&copy),
        };
        let work = Work::Replication {
            source: About::of(source_number, source),
            copy: About::of(number, &copy),
            record: Box::new(record.clone()),
        };
        let mut task = Task::new(&self.cloud, &source.project_id, copy.created, work);
        task.set_backup(source);
        task.set_vault(self.vault_by_id(&source.vault_id));
        task.policy_id.clone_from(&origin.policy_id);
        task.fails = origin.fails;
        self.start(task, COPY_TIME);
        let checkpoint = self.checkpoint_of(&copy, origin);
        self.checkpoints.insert(checkpoint.id.clone(), checkpoint);
        copy.note(record.clone());
        self.backups.insert(number, copy);
        if let Some(source) = self.backups.get_mut(&source_number) {
            source.note(record.clone());
        }
        record
    }

    /// The restore point of a copy.
    fn checkpoint_of(&self, copy: &Backup, origin: &Origin) -> Checkpoint {
        let vault = self.vault_by_id(&copy.vault_id);
        Checkpoint {
            id: copy.checkpoint_id.clone(),
            project_id: copy.project_id.clone(),
            vault_id: copy.vault_id.clone(),
            vault_name: vault.map_or(String::new(), |vault| vault.name.clone()),
            created: copy.created,
            name: copy.name.clone(),
            description: copy.description.clone(),
            kept_days: origin.kept_days,
            resources: vec![copy.resource.clone()],
            skipped: Vec::new(),
        }
    }

    /// A copy has arrived, or has failed to; either of the two backups may be gone.
    pub(crate) fn replicated(
        &mut self,
        at: Moment,
        numbers: [u64; 2],
        record_id: &str,
        fails: bool,
    ) -> Option<Problem> {
        let status = match fails {
            true => model::ReplicationStatus::Fail,
            false => model::ReplicationStatus::Success,
        };
        for number in numbers {
            let Some(backup) = self.backups.get_mut(&number) else {
                continue;
            };
            let mut records = backup.records.iter_mut();
            if let Some(record) = records.find(|record| record.id == record_id) {
                record.status = status.clone();
                backup.updated = at;
            }
        }
        let [_, copy] = numbers;
        let copy = self.backups.get_mut(&copy)?;
        if fails {
            copy.status = model::BackupStatus::Error;
            copy.children.clear();
            return Some(FAILURE);
        }
        copy.status = model::BackupStatus::Available;
        let (vault_id, resource_id) = (copy.vault_id.clone(), copy.resource.id.clone());
        self.thin_out(at, &vault_id, &resource_id);
        None
    }
}

impl Backup {
    /// Whether a backup is one that can be copied.
    fn check_source(&self) -> Result<(), Problem> {
        if self.is_copy {
            return Err(problem::COPY_OF_COPY);
        }
        if !self.is_available() {
            return Err(bad("the backup is not available"));
        }
        if self.resource.kind != Kind::Server || !self.has_system_disk() {
            return Err(problem::KIND_NOT_REPLICATED);
        }
        Ok(())
    }
}
