//! Writing backups back to disks.

use std::time::Duration;

use cloudbackup_vbs_model::{self as model, BackupStatus};
use serde::{Deserialize, Serialize};

use super::backups::Backup;
use super::disks::{Disk, DiskState};
use super::jobs::{Job, JobKind};
use super::{Event, TOLD_TO_FAIL, Vbs};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// How long it takes to overwrite a disk.
const RESTORE_TIME: Duration = Duration::from_secs(60);

/// A restoration that goes on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Restoration {
    backup: u64,
    job: u64,
    volume_id: String,
    fails: bool,
}

pub(super) fn restore_backup(
    service: &mut Vbs,
    call: &Call,
    input: model::RestoreBackupInput,
) -> Result<model::RestoreBackupOutput, Refusal> {
    let target = input.restore.and_then(|target| target.volume_id);
    let number = service.backup(call, &input.backup_id.unwrap_or_default());
    let Some(number) = number else {
        let message = "the backup does not exist";
        return Err(Refusal::new(404, "VolumeBackup.0111", message));
    };
    let disk = service.disk(call, &target.unwrap_or_default());
    let Some(disk) = disk.cloned() else {
        let message = "the disk does not exist";
        return Err(Refusal::new(404, "VolumeBackup.0207", message));
    };
    if let Some(refusal) = service.obstacle(&service.backups[&number], &disk) {
        return Err(refusal);
    }
    let backup_id = service.backups[&number].id.clone();
    let job = Job {
        id: call.cloud.ids.hex(32),
        project_id: call.project_id.clone(),
        kind: JobKind::Restoration,
        volume_id: disk.id.clone(),
        backup_id,
        begun: call.now,
        end: None,
    };
    let job_id = job.id.clone();
    let restoration = Restoration {
        backup: number,
        job: service.begin_job(job),
        volume_id: disk.id,
        fails: call.fails,
    };
    service.begin_to_restore(call.now, restoration);
    let reply = model::RestoreBackupOutput::builder();
    reply.job_id(job_id).build().map_err(faulty)
}

impl Vbs {
    /// Why a disk cannot be overwritten with a backup now.
    fn obstacle(&self, backup: &Backup, disk: &Disk) -> Option<Refusal> {
        let refusal = |status, code, message: &str| Some(Refusal::new(status, code, message));
        if self.is_being_backed_up(&disk.id) {
            let message = "a backup of the disk is being made";
            return refusal(409, "VolumeBackup.0206", message);
        }
        if backup.status != BackupStatus::Available {
            return refusal(409, "VolumeBackup.0089", "the backup is not available");
        }
        match disk.state {
            DiskState::Available => {}
            DiskState::ErrorRestoring => {
                let message = "the disk is damaged, as a restoration has failed";
                return refusal(409, "VolumeBackup.0202", message);
            }
            DiskState::InUse | DiskState::Restoring => {
                let message = "the disk is in use or being restored";
                return refusal(409, "VolumeBackup.0205", message);
            }
        }
        if disk.size < backup.size {
            let message = "the disk is smaller than the backup";
            return refusal(400, "VolumeBackup.0209", message);
        }
        None
    }

    fn begin_to_restore(&mut self, at: Moment, restoration: Restoration) {
        if let Some(backup) = self.backups.get_mut(&restoration.backup) {
            backup.set_status(at, BackupStatus::Restoring);
        }
        if let Some(disk) = self.disk_mut(&restoration.volume_id) {
            disk.state = DiskState::Restoring;
        }
        let done = at.after(RESTORE_TIME);
        self.timeline.plan(done, Event::Restored(restoration));
    }

    /// A disk is overwritten; where that failed, neither it nor the backup is as before.
    pub(super) fn restored(&mut self, at: Moment, restoration: &Restoration) {
        let fails = restoration.fails;
        if let Some(backup) = self.backups.get_mut(&restoration.backup) {
            match fails {
                true => backup.fail(at, BackupStatus::ErrorRestoring),
                false => backup.set_status(at, BackupStatus::Available),
            }
        }
        if let Some(disk) = self.disk_mut(&restoration.volume_id) {
            disk.state = match fails {
                true => DiskState::ErrorRestoring,
                false => DiskState::Available,
            };
        }
        let problem = fails.then_some(("VolumeBackup.0200", TOLD_TO_FAIL));
        self.end_job(at, restoration.job, problem);
    }
}
