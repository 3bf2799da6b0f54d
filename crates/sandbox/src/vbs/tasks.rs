//! Tasks: the backups that a policy starts, on its schedule or at once.

use std::time::Duration;

use cloudbackup_core::Timestamp;
use cloudbackup_vbs_model::{self as model, BackupTaskStatus};
use serde::{Deserialize, Serialize};

use super::backups::Wanted;
use super::jobs::Problem;
use super::{Event, Vbs};
use crate::clock::Moment;
use crate::gateway::{Behaviour, Call};
use crate::page::{after, page};
use crate::refusal::{Refusal, faulty};

/// How long a task waits before its backup is begun.
const WAIT_TIME: Duration = Duration::from_secs(10);
/// How long a task is remembered.
pub(super) const TASK_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Tasks that are remembered.
const MOST_TASKS: usize = 10_000;

/// The backup of a disk by a policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Task {
    id: String,
    pub(super) policy_id: String,
    volume_id: String,
    backup_name: String,
    created: Moment,
    /// The job that makes the backup, once it was begun.
    job_id: Option<String>,
    end: Option<End>,
    /// It will fail.
    fails: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct End {
    at: Moment,
    status: BackupTaskStatus,
    /// Why it failed: code and message.
    problem: Option<(String, String)>,
}

impl Task {
    fn status(&self) -> BackupTaskStatus {
        match (&self.end, &self.job_id) {
            (Some(end), _) => end.status.clone(),
            (None, Some(_)) => BackupTaskStatus::Running,
            (None, None) => BackupTaskStatus::Waiting,
        }
    }

    fn described(&self) -> Result<model::BackupTask, Refusal> {
        let mut described = model::BackupTask::builder()
            .job_id(self.id.as_str())
            .status(self.status())
            .created_at(Timestamp::from(self.created.with_millis()))
            .backup_name(self.backup_name.as_str())
            .resource_id(self.volume_id.as_str())
            .resource_type(model::ResourceType::Volume);
        if let Some(job) = &self.job_id {
            described = described.vbs_job_id(job.as_str());
        }
        if let Some(end) = &self.end {
            described = described.finished_at(Timestamp::from(end.at.with_millis()));
            if let Some((code, message)) = &end.problem {
                described = described.code(code.as_str()).message(message.as_str());
            }
        }
        described.build().map_err(faulty)
    }
}

impl Vbs {
    /// The disks of a policy are backed up because its schedule says so. One whose last task still
    /// goes on is left out this time.
    pub(super) fn run_on_schedule(&mut self, at: Moment, policy_id: &str, volume_id: String) {
        let mut tasks = self.tasks.values().rev();
        let is_busy = tasks.any(|task| {
            task.end.is_none() && task.policy_id == policy_id && task.volume_id == volume_id
        });
        let skipped = is_busy.then_some(End {
            at,
            status: BackupTaskStatus::Skip,
            problem: None,
        });
        self.begin_task(at, policy_id, volume_id, false, skipped);
    }

    fn begin_task(
        &mut self,
        at: Moment,
        policy_id: &str,
        volume_id: String,
        fails: bool,
        end: Option<End>,
    ) {
        self.forget_tasks(at);
        if self.tasks.len() >= MOST_TASKS {
            self.tasks.pop_first();
        }
        let number = self.next_number();
        let task = Task {
            id: self.cloud.ids.uuid(),
            policy_id: policy_id.to_owned(),
            volume_id,
            backup_name: format!("autobk_{}", self.cloud.ids.hex(8)),
            created: at,
            job_id: None,
            end,
            fails,
        };
        if task.end.is_none() {
            let begin = at.after(WAIT_TIME);
            self.timeline.plan(begin, Event::TaskStarted(number));
        }
        self.tasks.insert(number, task);
    }

    /// A task has waited long enough: its backup begins, or cannot.
    pub(super) fn start_task(&mut self, at: Moment, number: u64) {
        let Some(task) = self.tasks.get(&number).cloned() else {
            return;
        };
        let mut disks = self.disks.iter();
        let Some(disk) = disks.find(|disk| disk.id == task.volume_id).cloned() else {
            return;
        };
        let job = match self.hindrance(&disk) {
            None => {
                let wanted = Wanted {
                    name: task.backup_name,
                    policy_id: Some(task.policy_id),
                    task: Some(number),
                    fails: task.fails,
                    ..Wanted::default()
                };
                Ok(self.begin_backup(at, &disk, wanted))
            }
            Some(refusal) => Err(End {
                at,
                status: BackupTaskStatus::ExecuteFail,
                problem: Some((refusal.code, refusal.message)),
            }),
        };
        if let Some(task) = self.tasks.get_mut(&number) {
            match job {
                Ok(job) => task.job_id = Some(job),
                Err(end) => task.end = Some(end),
            }
        }
    }

    /// The backup of a task is made, or has failed.
    pub(super) fn end_task(&mut self, at: Moment, number: u64, problem: Option<Problem>) {
        if let Some(task) = self.tasks.get_mut(&number) {
            task.end = Some(End {
                at,
                status: match problem {
                    None => BackupTaskStatus::ExecuteSuccess,
                    Some(_) => BackupTaskStatus::ExecuteFail,
                },
                problem: problem.map(|(code, message)| (code.to_owned(), message.to_owned())),
            });
        }
    }

    /// Forgets the tasks of long ago.
    pub(super) fn forget_tasks(&mut self, now: Moment) {
        while let Some(first) = self.tasks.first_entry() {
            if now.since(first.get().created) <= TASK_KEPT {
                break;
            }
            first.remove();
        }
    }

    /// Whether a policy has no task that goes on.
    pub(super) fn check_idle(&self, policy_id: &str) -> Result<(), Refusal> {
        let mut tasks = self.tasks.values();
        if tasks.any(|task| task.policy_id == policy_id && task.end.is_none()) {
            let message = "the policy is being carried out";
            return Err(Refusal::new(409, "AutoBackup.0225", message));
        }
        Ok(())
    }
}

/// Backs the disks of a policy up at once, be it switched on or off.
pub(super) fn execute_backup_policy(
    service: &mut Vbs,
    call: &Call,
    input: model::ExecuteBackupPolicyInput,
) -> Result<model::ExecuteBackupPolicyOutput, Refusal> {
    let policy_id = input.policy_id.unwrap_or_default();
    service.position(call, &policy_id)?;
    service.check_idle(&policy_id)?;
    let disks = service.disks_of(&policy_id);
    if disks.is_empty() {
        let message = "no disks are attached to the policy";
        return Err(Refusal::new(400, "AutoBackup.1700", message));
    }
    if service.backups_left(&call.project_id) < disks.len() {
        let message = "the quota for the number of backups is too small for all disks";
        return Err(Refusal::new(403, "AutoBackup.0218", message));
    }
    for disk in disks {
        service.begin_task(call.now, &policy_id, disk, call.fails, None);
    }
    let reply = model::ExecuteBackupPolicyOutput::builder();
    reply.build().map_err(faulty)
}

/// The newest first, unless it is asked for otherwise. The offset counts from the marker, whose
/// own task is left out, as in the native lists of OpenStack.
pub(super) fn list_backup_policy_tasks(
    service: &mut Vbs,
    call: &Call,
    input: model::ListBackupPolicyTasksInput,
) -> Result<model::ListBackupPolicyTasksOutput, Refusal> {
    let policy_id = input.policy_id.unwrap_or_default();
    service.position(call, &policy_id)?;
    let bad = |message| Refusal::new(400, Vbs::INVALID, message);
    let (offset, limit) = (input.offset.unwrap_or(0), input.limit.unwrap_or(20));
    if offset < 0 || limit < 0 {
        return Err(bad("/query: neither `offset` nor `limit` can be negative"));
    }
    let fits = |task: &&Task| {
        task.policy_id == policy_id
            && input.job_id.as_ref().is_none_or(|id| *id == task.id)
            && input
                .status
                .as_ref()
                .is_none_or(|wanted| *wanted == task.status())
    };
    let mut tasks: Vec<&Task> = service.tasks.values().filter(fits).collect();
    if input.sort_dir != Some(model::SortOrder::Ascending) {
        tasks.reverse();
    }
    let count = i64::try_from(tasks.len()).unwrap_or(i64::MAX);
    let tasks = after(&tasks, input.marker.as_deref(), |task| &task.id)
        .ok_or_else(|| bad("/query/marker: is no task of the list"))?;
    let (tasks, _) = page(tasks.iter(), offset, limit);
    let tasks: Result<Vec<_>, _> = tasks.into_iter().map(|task| task.described()).collect();
    let reply = model::ListBackupPolicyTasksOutput::builder();
    reply.count(count).tasks(tasks?).build().map_err(faulty)
}
