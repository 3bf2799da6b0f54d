//! Backups: what they are, and how they are shown, renamed and deleted.

mod list;
mod metadata;
mod records;
mod replicate;
mod restore;

use std::time::Duration;

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

pub(crate) use self::list::list_backups;
pub(crate) use self::metadata::show_backup_metadata;
pub(crate) use self::records::Record;
pub(crate) use self::replicate::{Origin, replicate_backup, replicate_checkpoint};
pub(crate) use self::restore::restore_backup;
use super::checkpoints::Checkpoint;
use super::problem::{self, Problem, bad};
use super::resources::{Kind, Resource};
use super::tasks::{About, Task, Work};
use super::vaults::Vault;
use super::{Cbr, Event, time};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// How long it takes until a deleted backup is gone.
pub(crate) const DELETE_TIME: Duration = Duration::from_secs(30);
/// After which time an expired backup that was in use is looked at again.
const EXPIRES_LATER: Duration = Duration::from_secs(3600);
/// Characters that a name has at most; the limit is in no table, only in the help page.
const MOST_NAME: usize = 64;

/// What was backed up, as it was then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// In GB, without the disks that are left out.
    pub(crate) size: i64,
    pub(crate) zone: String,
}

impl Subject {
    pub(crate) fn of(resource: &Resource, covered: i64) -> Self {
        Self {
            id: resource.id.clone(),
            name: resource.name.clone(),
            kind: resource.kind,
            size: covered,
            zone: resource.zone.clone(),
        }
    }

    /// As tasks name it.
    pub(crate) fn described(&self) -> model::Resource {
        let resource = model::Resource::builder();
        resource
            .id(self.id.as_str())
            .name(self.name.as_str())
            .r#type(self.kind.wire())
            .build()
    }
}

/// The part of a server's backup that holds one of its disks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Child {
    pub(crate) id: String,
    pub(crate) disk: Subject,
    pub(crate) is_system: bool,
}

/// A backup, or the copy of one in another region.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Backup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) checkpoint_id: String,
    pub(crate) project_id: String,
    pub(crate) vault_id: String,
    pub(crate) enterprise_project_id: String,
    /// The backup that this one is a part of.
    pub(crate) parent_id: Option<String>,
    pub(crate) is_copy: bool,
    /// Made by a policy, or as one that is.
    pub(crate) is_automatic: bool,
    pub(crate) policy_id: Option<String>,
    pub(crate) is_incremental: bool,
    pub(crate) status: model::BackupStatus,
    /// It is an error because it could not be deleted.
    pub(crate) is_deletion_failed: bool,
    pub(crate) resource: Subject,
    pub(crate) is_system_disk: bool,
    pub(crate) children: Vec<Child>,
    /// What it takes up in its vault.
    pub(crate) size_mb: i64,
    pub(crate) created: Moment,
    /// When the data was backed up: for a copy, when its source was made.
    pub(crate) protected: Moment,
    pub(crate) updated: Moment,
    pub(crate) expires: Option<Moment>,
    /// Copies made of it, or the one that it was made by.
    pub(crate) records: Vec<Record>,
}

impl Backup {
    /// A full backup that is being made, of a checkpoint and in its vault.
    pub(crate) fn new(
        id: String,
        checkpoint: &Checkpoint,
        vault: &Vault,
        resource: Subject,
        at: Moment,
    ) -> Self {
        Self {
            id,
            name: checkpoint.name.clone(),
            description: checkpoint.description.clone(),
            checkpoint_id: checkpoint.id.clone(),
            project_id: vault.project_id.clone(),
            vault_id: vault.id.clone(),
            enterprise_project_id: vault.enterprise_project_id.clone(),
            parent_id: None,
            is_copy: false,
            is_automatic: false,
            policy_id: None,
            is_incremental: false,
            status: model::BackupStatus::Protecting,
            is_deletion_failed: false,
            is_system_disk: false,
            children: Vec::new(),
            size_mb: resource.size * 1024,
            resource,
            created: at,
            protected: at,
            updated: at,
            expires: None,
            records: Vec::new(),
        }
    }

    /// Its parts as backups of their own; there are none of one that was not made.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Self> {
        self.children.iter().map(|child| Self {
            id: child.id.clone(),
            parent_id: Some(self.id.clone()),
            resource: child.disk.clone(),
            is_system_disk: child.is_system,
            children: Vec::new(),
            records: Vec::new(),
            ..self.clone()
        })
    }

    /// Whether it is whole and nothing is done with it.
    pub(crate) fn is_available(&self) -> bool {
        self.status == model::BackupStatus::Available
    }

    /// Whether something goes on that its vault and its resource must wait for.
    pub(crate) fn is_busy(&self) -> bool {
        use model::BackupStatus::{Protecting, Restoring};
        matches!(self.status, Protecting | Restoring)
    }

    /// Whether it could be deleted as far as its own state goes.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.is_available() || self.status == model::BackupStatus::Error
    }

    pub(crate) fn has_system_disk(&self) -> bool {
        self.is_system_disk || self.children.iter().any(|child| child.is_system)
    }

    fn details(&self) -> Result<model::BackupDetails, Refusal> {
        let is_server = self.resource.kind == Kind::Server;
        let details = model::BackupDetails::builder()
            .auto_trigger(self.is_automatic)
            .encrypted(false)
            .is_multi_az(false)
            .support_lld(is_server)
            .supported_restore_mode(match self.is_copy {
                true => model::RestoreMode::NoRestore,
                false => model::RestoreMode::Backup,
            });
        let details = match self.resource.kind {
            Kind::Server => details.contain_system_disk(self.has_system_disk()),
            Kind::Disk => details
                .bootable(self.is_system_disk)
                .system_disk(self.is_system_disk),
            Kind::FileSystem | Kind::Desktop => details,
        };
        details.build().map_err(faulty)
    }

    /// The backup as the service shows it; lists leave the records out unless they are asked for.
    pub(crate) fn described(
        &self,
        with_records: bool,
        now: Moment,
    ) -> Result<model::Backup, Refusal> {
        let records = self.records.iter().filter(|_| with_records);
        let records: Result<Vec<_>, _> = records.map(|record| record.described(now)).collect();
        let children: Result<Vec<_>, _> = self
            .parts()
            .map(|part| part.described(false, now))
            .collect();
        let mut described = model::Backup::builder()
            .id(self.id.as_str())
            .name(self.name.as_str())
            .description(self.description.as_str())
            .checkpoint_id(self.checkpoint_id.as_str())
            .project_id(self.project_id.as_str())
            .vault_id(self.vault_id.as_str())
            .image_type(match self.is_copy {
                true => model::ImageType::Replication,
                false => model::ImageType::Backup,
            })
            .status(self.status.clone())
            .incremental(self.is_incremental)
            .provider_id(self.resource.kind.provider_id())
            .resource_id(self.resource.id.as_str())
            .resource_name(self.resource.name.as_str())
            .resource_type(self.resource.kind.wire())
            .resource_size(self.resource.size)
            .resource_az(self.resource.zone.as_str())
            .created_at(time(self.created))
            .protected_at(time(self.protected))
            .updated_at(time(self.updated))
            .enterprise_project_id(self.enterprise_project_id.as_str())
            .extend_info(self.details()?)
            .children(children?)
            .replication_records(records?);
        if let Some(parent) = &self.parent_id {
            described = described.parent_id(parent.as_str());
        }
        if let Some(expires) = self.expires {
            described = described.expired_at(time(expires));
        }
        described.build().map_err(faulty)
    }
}

impl Cbr {
    /// Parts for the disks of a server that a backup covers.
    pub(crate) fn children(
        &self,
        resource: &Resource,
        details: Option<&model::ResourceDetails>,
    ) -> Vec<Child> {
        if resource.kind != Kind::Server {
            return Vec::new();
        }
        let disks = self.covered_disks(&resource.id, details);
        let children = disks.map(|disk| Child {
            id: self.cloud.ids.uuid(),
            disk: Subject::of(disk, disk.size),
            is_system: disk.is_system,
        });
        children.collect()
    }

    /// The number of a backup of the call's project. A part of one is only to be looked at.
    pub(crate) fn backup_number(&self, call: &Call, id: &str) -> Result<u64, Problem> {
        let mut own = self.backups_of(&call.project_id);
        if let Some((number, _)) = own.find(|(_, backup)| backup.id == id) {
            return Ok(number);
        }
        match self.part(call, id) {
            Some(_) => Err(problem::PART_OF_BACKUP),
            None => Err(problem::NO_BACKUP),
        }
    }

    pub(crate) fn backups_of<'s>(
        &'s self,
        project_id: &str,
    ) -> impl Iterator<Item = (u64, &'s Backup)> {
        let backups = self.backups.iter();
        backups
            .filter(move |(_, backup)| backup.project_id == project_id)
            .map(|(number, backup)| (*number, backup))
    }

    fn part(&self, call: &Call, id: &str) -> Option<Backup> {
        let mut parts = self
            .backups_of(&call.project_id)
            .flat_map(|(_, backup)| backup.parts());
        parts.find(|part| part.id == id)
    }

    pub(crate) fn backup_mut(&mut self, number: u64) -> Result<&mut Backup, Refusal> {
        let backup = self.backups.get_mut(&number);
        backup.ok_or_else(|| faulty("a backup that was found is gone"))
    }

    /// Begins to delete a backup, because a caller wants it or because its time has come.
    fn begin_deletion(&mut self, at: Moment, number: u64, fails: bool) {
        let Some(backup) = self.backups.get_mut(&number) else {
            return;
        };
        backup.status = model::BackupStatus::Deleting;
        backup.updated = at;
        let backup = backup.clone();
        let mut task = Task::new(
            &self.cloud,
            &backup.project_id,
            at,
            Work::Deletion(About::of(number, &backup)),
        );
        task.set_backup(&backup);
        task.set_vault(self.vault_by_id(&backup.vault_id));
        task.fails = fails;
        self.start(task, DELETE_TIME);
    }

    /// A backup is deleted, or was to be.
    pub(crate) fn deleted(&mut self, at: Moment, number: u64, fails: bool) -> Option<Problem> {
        if !fails {
            self.remove_backup(number);
            return None;
        }
        self.mark_undeletable(at, number);
        Some(problem::DELETION_FAILED)
    }

    pub(crate) fn mark_undeletable(&mut self, at: Moment, number: u64) {
        if let Some(backup) = self.backups.get_mut(&number) {
            backup.status = model::BackupStatus::Error;
            backup.is_deletion_failed = true;
            backup.updated = at;
        }
    }

    /// Takes a backup away, and with the last one of a restore point that one too.
    pub(crate) fn remove_backup(&mut self, number: u64) {
        let Some(gone) = self.backups.remove(&number) else {
            return;
        };
        let mut left = self.backups.values();
        if !left.any(|backup| backup.checkpoint_id == gone.checkpoint_id) {
            self.checkpoints.remove(&gone.checkpoint_id);
        }
    }

    /// A backup has been kept long enough. One that is in use is kept until it is not.
    pub(crate) fn expire(&mut self, at: Moment, number: u64) {
        match self.backups.get(&number) {
            Some(backup) if backup.is_at_rest() => self.begin_deletion(at, number, false),
            Some(backup) if backup.is_busy() => {
                let later = at.after(EXPIRES_LATER);
                self.timeline.plan(later, Event::Expires(number));
            }
            _ => {}
        }
    }

    /// Why a backup cannot be deleted by a caller.
    fn check_deletable(&self, backup: &Backup) -> Result<(), Problem> {
        if !backup.is_at_rest() {
            return Err(problem::NOT_DELETABLE);
        }
        let vault = self.vault_by_id(&backup.vault_id);
        let is_locked = vault.is_some_and(|vault| vault.locked);
        if is_locked && backup.is_automatic && !backup.is_copy {
            return Err(problem::BACKUPS_LOCKED);
        }
        if self.is_base(backup) {
            return Err(problem::IN_USE);
        }
        Ok(())
    }

    /// Whether it is the one that the backup which is being made builds on.
    fn is_base(&self, backup: &Backup) -> bool {
        let own = self.backups.values().rev();
        let mut own = own.filter(|it| {
            !it.is_copy && it.resource.id == backup.resource.id && it.vault_id == backup.vault_id
        });
        let is_one_made = own
            .next()
            .is_some_and(|it| it.status == model::BackupStatus::Protecting);
        let base = own.find(|it| it.is_available());
        is_one_made && base.is_some_and(|base| base.id == backup.id)
    }
}

pub(crate) fn show_backup(
    service: &mut Cbr,
    call: &Call,
    input: model::ShowBackupInput,
) -> Result<model::ShowBackupOutput, Refusal> {
    let id = input.backup_id.unwrap_or_default();
    let described = match service.part(call, &id) {
        Some(part) => part.described(true, call.now)?,
        None => {
            let number = service.backup_number(call, &id)?;
            service.backup_mut(number)?.described(true, call.now)?
        }
    };
    let reply = model::ShowBackupOutput::builder();
    reply.backup(described).build().map_err(faulty)
}

/// Without a name nothing changes: no document makes any part of the body mandatory.
pub(crate) fn update_backup(
    service: &mut Cbr,
    call: &Call,
    input: model::UpdateBackupInput,
) -> Result<model::UpdateBackupOutput, Refusal> {
    let number = service.backup_number(call, &input.backup_id.unwrap_or_default())?;
    let backup = service.backup_mut(number)?;
    if let Some(name) = input.backup.and_then(|wanted| wanted.name) {
        if name.is_empty() || name.chars().count() > MOST_NAME {
            return Err(bad("/body/backup/name: must have 1 to 64 characters").into());
        }
        backup.name = name;
        backup.updated = call.now;
    }
    let described = backup.described(true, call.now)?;
    let reply = model::UpdateBackupOutput::builder();
    reply.backup(described).build().map_err(faulty)
}

pub(crate) fn delete_backup(
    service: &mut Cbr,
    call: &Call,
    input: model::DeleteBackupInput,
) -> Result<model::DeleteBackupOutput, Refusal> {
    let number = service.backup_number(call, &input.backup_id.unwrap_or_default())?;
    let backup = service.backup_mut(number)?.clone();
    service.check_deletable(&backup)?;
    service.begin_deletion(call.now, number, call.fails);
    model::DeleteBackupOutput::builder().build().map_err(faulty)
}
