//! Backups of disks: making, showing and deleting them.

use std::collections::BTreeMap;
use std::time::Duration;

use cloudbackup_core::Timestamp;
use cloudbackup_vbs_model::{self as model, BackupStatus};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::disks::{Disk, Snapshot};
use super::jobs::{Job, JobKind};
use super::{Event, TOLD_TO_FAIL, Vbs};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};
use crate::state::Word;

/// The code for a request about backups that breaks a limit.
pub(super) const INVALID: &str = "VolumeBackup.0002";

/// How long a backup takes.
pub(super) const BACKUP_TIME: Duration = Duration::from_secs(90);
/// How long it takes until a deleted backup is gone.
const DELETE_TIME: Duration = Duration::from_secs(30);
/// Backups by hand that a disk may have. Those of policies are not counted, which may keep more.
const MOST_BY_HAND: usize = 20;
/// Tags that a backup may have.
const MOST_TAGS: usize = 10;
/// Where the data are.
const CONTAINER: &str = "volumebackups";

/// A backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Backup {
    pub(super) id: String,
    pub(super) name: String,
    /// The remark and the kind, in one text.
    description: String,
    pub(super) project_id: String,
    pub(super) volume_id: String,
    availability_zone: String,
    /// That of the disk, in GB.
    pub(super) size: i64,
    snapshot: Snapshot,
    is_incremental: bool,
    /// The policy that made it; it may be gone.
    pub(super) policy_id: Option<String>,
    pub(super) status: BackupStatus,
    #[serde(deserialize_with = "crate::state::optional_word")]
    fail_reason: Option<Word>,
    pub(super) created: Moment,
    updated: Moment,
}

/// A backup that is to be made.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) is_full: bool,
    pub(super) policy_id: Option<String>,
    pub(super) task: Option<u64>,
    pub(super) fails: bool,
}

/// The making of a backup, by its numbers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Work {
    backup: u64,
    job: u64,
    task: Option<u64>,
    fails: bool,
}

impl Backup {
    pub(super) fn set_status(&mut self, at: Moment, status: BackupStatus) {
        self.status = status;
        self.updated = at;
    }

    pub(super) fn fail(&mut self, at: Moment, status: BackupStatus) {
        self.set_status(at, status);
        self.fail_reason = Some(TOLD_TO_FAIL);
    }

    /// Addresses behind the service, which no caller can reach.
    pub(super) fn links(&self) -> Result<Vec<model::Link>, Refusal> {
        let path = format!("{}/backups/{}", self.project_id, self.id);
        let hrefs = [("self", format!("v2/{path}")), ("bookmark", path)];
        let links = hrefs.into_iter().map(|(rel, path)| link(rel, &path));
        links.collect()
    }
}

/// An address behind the service, under a name that will never be given to a host.
pub(super) fn link(rel: &str, path: &str) -> Result<model::Link, Refusal> {
    let link = model::Link::builder().rel(rel);
    let link = link.href(format!("http://cinder.invalid:8776/{path}"));
    link.build().map_err(faulty)
}

/// `2013-06-27T08:48:03.000000`
fn time(moment: Moment) -> Timestamp {
    Timestamp::from(moment.with_micros().trim_end_matches('Z'))
}

impl Vbs {
    /// A full backup of the first disk, an hour old.
    pub(super) fn make_first_backup(&mut self) {
        let Some(disk) = self.disks.first().cloned() else {
            return;
        };
        let hour_ago = self.cloud.clock.now().before(Duration::from_secs(3600));
        let wanted = Wanted {
            name: "sandbox-volume-backup".to_owned(),
            ..Wanted::default()
        };
        self.begin_backup(hour_ago, &disk, wanted);
    }

    /// The number of a backup of the call's project.
    pub(super) fn backup(&self, call: &Call, id: &str) -> Option<u64> {
        let mut backups = self.backups.iter();
        let found = backups.find(|(_, it)| it.id == id && it.project_id == call.project_id);
        found.map(|(number, _)| *number)
    }

    /// Whether a backup of a disk is being made.
    pub(super) fn is_being_backed_up(&self, volume_id: &str) -> bool {
        let mut backups = self.backups.values();
        backups.any(|it| it.volume_id == volume_id && it.status == BackupStatus::Creating)
    }

    /// Why no backup of a disk can be begun now.
    pub(super) fn hindrance(&self, disk: &Disk) -> Option<Refusal> {
        if !disk.is_readable() {
            let message = "the disk is neither available nor in use";
            return Some(Refusal::new(409, "VolumeBackup.0012", message));
        }
        if self.is_being_backed_up(&disk.id) {
            let message = "another backup of the disk is being made";
            return Some(Refusal::new(409, "VolumeBackup.0013", message));
        }
        if self.backups_left(&disk.project_id) == 0 {
            let message = "the quota for the number of backups is used up";
            return Some(Refusal::new(403, "VolumeBackup.0080", message));
        }
        None
    }

    /// Starts a backup, and answers with the id of the job that makes it.
    pub(super) fn begin_backup(&mut self, at: Moment, disk: &Disk, wanted: Wanted) -> String {
        let mut backups = self.backups.values();
        let has_base =
            backups.any(|it| it.volume_id == disk.id && it.status == BackupStatus::Available);
        let is_incremental = has_base && !wanted.is_full;
        let description = json!({"DESC": wanted.description, "INC": i32::from(is_incremental)});
        let backup = Backup {
            id: self.cloud.ids.uuid(),
            name: wanted.name,
            description: description.to_string(),
            project_id: disk.project_id.clone(),
            volume_id: disk.id.clone(),
            availability_zone: disk.availability_zone.clone(),
            size: disk.size,
            snapshot: wanted.snapshot.unwrap_or_else(|| Snapshot {
                id: self.cloud.ids.uuid(),
                taken: at,
            }),
            is_incremental,
            policy_id: wanted.policy_id,
            status: BackupStatus::Creating,
            fail_reason: None,
            created: at,
            updated: at,
        };
        let job = Job {
            id: self.cloud.ids.hex(32),
            project_id: disk.project_id.clone(),
            kind: JobKind::Backup {
                snapshot_id: backup.snapshot.id.clone(),
            },
            volume_id: disk.id.clone(),
            backup_id: backup.id.clone(),
            begun: at,
            end: None,
        };
        let job_id = job.id.clone();
        let work = Work {
            backup: self.next_number(),
            job: self.begin_job(job),
            task: wanted.task,
            fails: wanted.fails,
        };
        self.backups.insert(work.backup, backup);
        let made = at.after(BACKUP_TIME);
        self.timeline.plan(made, Event::BackedUp(work));
        job_id
    }

    /// A backup is made, or has failed.
    pub(super) fn backed_up(&mut self, at: Moment, work: &Work) {
        if let Some(backup) = self.backups.get_mut(&work.backup) {
            match work.fails {
                true => backup.fail(at, BackupStatus::Error),
                false => backup.set_status(at, BackupStatus::Available),
            }
        }
        let problem = work.fails.then_some(("VolumeBackup.0064", TOLD_TO_FAIL));
        self.end_job(at, work.job, problem);
        if let Some(task) = work.task {
            self.end_task(at, task, problem);
        }
        if !work.fails {
            self.thin_out(at, work.backup);
        }
    }

    /// Starts to delete a backup, whatever its state.
    pub(super) fn begin_to_delete(&mut self, at: Moment, backup: u64, fails: bool) {
        if let Some(backup) = self.backups.get_mut(&backup) {
            backup.set_status(at, BackupStatus::Deleting);
        }
        let gone = Event::Deleted { backup, fails };
        self.timeline.plan(at.after(DELETE_TIME), gone);
    }

    /// A backup is gone, or cannot be deleted.
    pub(super) fn deleted(&mut self, at: Moment, number: u64, fails: bool) {
        match self.backups.get_mut(&number) {
            Some(backup) if fails => backup.fail(at, BackupStatus::ErrorDeleting),
            _ => {
                self.backups.remove(&number);
            }
        }
    }

    /// A backup as the service shows it.
    pub(super) fn described(&self, number: u64, backup: &Backup) -> Result<model::Backup, Refusal> {
        let mut later = self.backups.range(number + 1..);
        let next = later
            .find(|(_, it)| it.volume_id == backup.volume_id && it.status != BackupStatus::Error);
        let mut described = model::Backup::builder()
            .id(backup.id.as_str())
            .name(backup.name.as_str())
            .description(backup.description.as_str())
            .links(backup.links()?)
            .project_id(backup.project_id.as_str())
            .volume_id(backup.volume_id.as_str())
            .availability_zone(backup.availability_zone.as_str())
            .size(backup.size)
            .snapshot_id(backup.snapshot.id.as_str())
            .data_timestamp(time(backup.snapshot.taken))
            .status(backup.status.clone())
            .is_incremental(backup.is_incremental)
            .has_dependent_backups(next.is_some_and(|(_, next)| next.is_incremental))
            .container(CONTAINER)
            .created_at(time(backup.created))
            .updated_at(time(backup.updated));
        if let Some(reason) = backup.fail_reason {
            described = described.fail_reason(reason);
        } else if backup.status != BackupStatus::Creating {
            // One of them for each 32 MB.
            described = described.object_count(backup.size * 32);
        }
        described.build().map_err(faulty)
    }
}

pub(super) fn create_backup(
    service: &mut Vbs,
    call: &Call,
    input: model::CreateBackupInput,
) -> Result<model::CreateBackupOutput, Refusal> {
    let wanted = input
        .backup
        .ok_or_else(|| faulty("a backup that was checked is missing"))?;
    check_tags(wanted.tags.as_deref().unwrap_or_default())?;
    let is_full = is_full(&wanted.extend_param.unwrap_or_default())?;
    let disk = service.disk(call, wanted.volume_id.as_deref().unwrap_or_default());
    let Some(disk) = disk.cloned() else {
        let message = "the disk does not exist";
        return Err(Refusal::new(404, "VolumeBackup.0021", message));
    };
    if let Some(refusal) = service.hindrance(&disk) {
        return Err(refusal);
    }
    let backups = service.backups.values();
    let by_hand = backups.filter(|it| it.volume_id == disk.id && it.policy_id.is_none());
    if by_hand.count() >= MOST_BY_HAND {
        let message = "a disk can have 20 backups made by hand";
        return Err(Refusal::new(403, "VolumeBackup.0040", message));
    }
    let snapshot = match wanted.snapshot_id {
        None => None,
        Some(id) => match disk.snapshots.iter().find(|snapshot| snapshot.id == id) {
            Some(snapshot) => Some(snapshot.clone()),
            None => {
                let message = "the disk has no such snapshot";
                return Err(Refusal::new(404, "VolumeBackup.0020", message));
            }
        },
    };
    let wanted = Wanted {
        name: wanted.name.unwrap_or_default(),
        description: wanted.description.unwrap_or_default(),
        snapshot,
        is_full,
        fails: call.fails,
        ..Wanted::default()
    };
    let job = service.begin_backup(call.now, &disk, wanted);
    let reply = model::CreateBackupOutput::builder();
    reply.job_id(job).build().map_err(faulty)
}

/// What no pattern says of tags.
fn check_tags(tags: &[model::BackupTag]) -> Result<(), Refusal> {
    if tags.len() > MOST_TAGS {
        let message = "a backup can have 10 tags";
        return Err(Refusal::new(403, "VolumeBackup.0050", message));
    }
    let is_odd = |text: &Option<String>| {
        let mut signs = text.iter().flat_map(|text| text.chars());
        signs.any(|c| c == '\\' || c.is_ascii_control())
    };
    for (index, tag) in tags.iter().enumerate() {
        let is_double = tags[..index].iter().any(|before| before.key == tag.key);
        let has_no_key = tag.key.as_deref().is_none_or(str::is_empty);
        if is_double || has_no_key || is_odd(&tag.key) || is_odd(&tag.value) {
            let message = format!(
                "/body/backup/tags/{index}: must have a key of its own, without backslashes and \
                 control characters"
            );
            return Err(Refusal::new(400, "VolumeBackup.0049", message));
        }
    }
    Ok(())
}

/// Whether the whole disk is to be backed up; wishes of other names are passed over.
fn is_full(wishes: &BTreeMap<String, String>) -> Result<bool, Refusal> {
    match wishes.get("FullBackup").map(String::as_str) {
        Some("true") => Ok(true),
        Some("false" | "") | None => Ok(false),
        Some(_) => {
            let message = "/body/backup/extend_param/FullBackup: must be `true` or `false`";
            Err(Refusal::new(400, INVALID, message))
        }
    }
}

/// A backup that there is not, in the words of OpenStack.
fn not_found(id: &str) -> Refusal {
    let message = format!("Backup {id} could not be found.");
    Refusal::new(404, "itemNotFound", message)
}

pub(super) fn show_backup(
    service: &mut Vbs,
    call: &Call,
    input: model::ShowBackupInput,
) -> Result<model::ShowBackupOutput, Refusal> {
    let id = input.backup_id.unwrap_or_default();
    let number = service.backup(call, &id).ok_or_else(|| not_found(&id))?;
    let described = service.described(number, &service.backups[&number])?;
    let reply = model::ShowBackupOutput::builder();
    reply.backup(described).build().map_err(faulty)
}

pub(super) fn delete_backup(
    service: &mut Vbs,
    call: &Call,
    input: model::DeleteBackupInput,
) -> Result<model::DeleteBackupOutput, Refusal> {
    let id = input.backup_id.unwrap_or_default();
    let number = service.backup(call, &id).ok_or_else(|| not_found(&id))?;
    match service.backups[&number].status {
        BackupStatus::Available | BackupStatus::Error | BackupStatus::ErrorRestoring => {}
        _ => {
            let message = "a backup must be available, or have failed, to be deleted";
            return Err(Refusal::new(400, "VolumeBackup.0102", message));
        }
    }
    service.begin_to_delete(call.now, number, call.fails);
    model::DeleteBackupOutput::builder().build().map_err(faulty)
}
