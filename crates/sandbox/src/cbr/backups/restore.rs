//! Data are restored from backups.

use std::collections::BTreeSet;
use std::time::Duration;

use cloudbackup_cbr_model as model;

use super::super::Cbr;
use super::super::problem::{self, Problem, bad};
use super::super::resources::{Kind, Resource, State};
use super::super::tasks::{About, Task, Work};
use super::{Backup, Subject};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// How long it takes to restore a backup.
const RESTORE_TIME: Duration = Duration::from_secs(120);

/// The answer names no task: it is found in the operation log.
pub(crate) fn restore_backup(
    service: &mut Cbr,
    call: &Call,
    input: model::RestoreBackupInput,
) -> Result<model::RestoreBackupOutput, Refusal> {
    let number = service.backup_number(call, &input.backup_id.unwrap_or_default())?;
    let wanted = input
        .restore
        .ok_or_else(|| faulty("a target that was checked is missing"))?;
    let backup = service.backup_mut(number)?.clone();
    let target = service.check_restore(call, &backup, &wanted)?.clone();
    let work = Work::Restore {
        backup: About::of(number, &backup),
        target: Subject::of(&target, target.size),
        power_on: wanted.power_on.unwrap_or(true),
    };
    let mut task = Task::new(&call.cloud, &call.project_id, call.now, work);
    task.set_backup(&backup);
    task.set_resource(Subject::of(&target, target.size));
    task.set_vault(service.vault_by_id(&backup.vault_id));
    task.fails = call.fails;
    let backup = service.backup_mut(number)?;
    backup.status = model::BackupStatus::Restoring;
    backup.updated = call.now;
    for resource in &mut service.resources {
        resource.is_restored |= resource.id == target.id;
    }
    service.start(task, RESTORE_TIME);
    model::RestoreBackupOutput::builder()
        .build()
        .map_err(faulty)
}

impl Cbr {
    /// What is restored to, if it can be.
    fn check_restore(
        &self,
        call: &Call,
        backup: &Backup,
        wanted: &model::RestoreTarget,
    ) -> Result<&Resource, Problem> {
        if !backup.is_available() {
            return Err(problem::BACKUP_NOT_RESTORABLE);
        }
        let vault = self.vault_by_id(&backup.vault_id);
        if vault.is_none_or(|vault| !vault.is_usable()) {
            return Err(problem::VAULT_CANNOT_RESTORE);
        }
        let kind = backup.resource.kind;
        let (id, missing) = match kind {
            Kind::Server => (
                &wanted.server_id,
                bad("/body/restore/server_id: is mandatory for a server"),
            ),
            Kind::Disk => (
                &wanted.volume_id,
                bad("/body/restore/volume_id: is mandatory for a disk"),
            ),
            Kind::FileSystem | Kind::Desktop => (
                &wanted.resource_id,
                bad("/body/restore/resource_id: is mandatory for this kind of resource"),
            ),
        };
        let target = self.resource(&call.project_id, kind, id.as_deref().ok_or(missing)?)?;
        if target.id != backup.resource.id {
            return Err(problem::OTHER_RESOURCE);
        }
        self.check_target(backup, target)?;
        if kind == Kind::Server {
            self.check_mappings(backup, target, wanted.mappings.as_deref())?;
        }
        Ok(target)
    }

    /// Whether the state of a resource allows that it is overwritten.
    fn check_target(&self, backup: &Backup, target: &Resource) -> Result<(), Problem> {
        if target.is_restored {
            return Err(problem::BEING_RESTORED);
        }
        if self.is_backed_up(&backup.vault_id, &target.id) {
            return Err(problem::RESTORE_WHILE_BACKED_UP);
        }
        match (target.kind, target.state) {
            (Kind::Server, State::Faulty) => Err(problem::SERVER_FAULTY),
            (Kind::Disk, State::Running | State::Faulty) => Err(problem::DISK_IN_USE),
            _ => Ok(()),
        }
    }

    /// Whether the backups of the disks of a server can go where they shall.
    fn check_mappings(
        &self,
        backup: &Backup,
        server: &Resource,
        mappings: Option<&[model::DiskMapping]>,
    ) -> Result<(), Problem> {
        let mappings = mappings.unwrap_or_default();
        if mappings.is_empty() {
            return Err(bad("/body/restore/mappings: is mandatory for a server"));
        }
        let mut seen = BTreeSet::new();
        for mapping in mappings {
            let mut parts = backup.children.iter();
            let part = parts.find(|it| Some(&it.id) == mapping.backup_id.as_ref());
            let part = part.ok_or(bad(
                "/body/restore/mappings: names a backup that is no part of this one",
            ))?;
            let id = mapping.volume_id.as_deref().unwrap_or_default();
            let disk = self.resource(&server.project_id, Kind::Disk, id)?;
            if disk.server_id.as_ref() != Some(&server.id) {
                return Err(problem::NOT_ATTACHED);
            }
            if disk.is_system && !part.is_system {
                return Err(problem::DATA_TO_SYSTEM_DISK);
            }
            if disk.size < part.disk.size {
                return Err(problem::DISK_TOO_SMALL);
            }
            if !seen.insert(id) {
                return Err(bad("/body/restore/mappings: names a disk twice"));
            }
        }
        Ok(())
    }

    /// Data are restored, or were to be.
    pub(crate) fn restored(
        &mut self,
        at: Moment,
        number: u64,
        target: &Subject,
        power_on: bool,
        fails: bool,
    ) -> Option<Problem> {
        if let Some(backup) = self.backups.get_mut(&number) {
            backup.status = model::BackupStatus::Available;
            backup.updated = at;
        }
        let mut resources = self.resources.iter_mut();
        if let Some(resource) = resources.find(|resource| resource.id == target.id) {
            resource.is_restored = false;
            if resource.kind == Kind::Server {
                resource.state = match power_on && !fails {
                    true => State::Running,
                    false => State::Idle,
                };
            }
        }
        fails.then_some(problem::TOLD_TO_FAIL)
    }
}
