//! The tasks that callers follow.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::backup::Progress;
use super::instance::{Condition, Identity, Phase};
use super::problem::Problem;
use super::store::{Event, Store};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::Refusal;
use crate::state::{Rows, Word};

/// How long a task can be asked for.
const KEPT: Duration = Duration::from_secs(31 * 24 * 3600);
/// Tasks that are remembered.
const MOST: usize = 10_000;

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Task {
    Backup,
    StopBackup,
    /// An instance gets its own data of earlier.
    Restore,
    /// An instance gets the data of another one.
    RestoreToOther,
    RestoreTables,
    /// An instance is made from the data of another one.
    NewInstance,
}

impl Task {
    pub(super) fn takes(self) -> Duration {
        Duration::from_secs(match self {
            Self::Backup => 90,
            Self::StopBackup => 10,
            Self::RestoreTables => 60,
            Self::Restore | Self::RestoreToOther => 180,
            Self::NewInstance => 300,
        })
    }
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Its number among all tasks.
    pub(super) number: u64,
    pub(crate) id: String,
    pub(crate) task: Task,
    pub(crate) instance: Arc<Identity>,
    /// The order for an instance that is paid in advance.
    pub(crate) order_id: Option<String>,
    /// The number of the backup that it makes or restores.
    pub(super) backup: Option<u64>,
    pub(crate) progress: Progress,
    pub(crate) created: Moment,
    /// When it will have ended.
    pub(crate) due: Moment,
    pub(crate) ended: Option<Moment>,
    #[serde(deserialize_with = "crate::state::optional_word")]
    pub(crate) fail_reason: Option<Word>,
}

impl Job {
    /// How much of a running task is done.
    pub(crate) fn percent(&self, now: Moment) -> u128 {
        let whole = self.due.since(self.created).as_millis().max(1);
        (now.since(self.created).as_millis() * 100 / whole).min(99)
    }

    fn is_known(&self, call: &Call) -> bool {
        self.instance.project_id == call.project_id && call.now.since(self.created) <= KEPT
    }
}

/// By their numbers and not by their places, which change with every one that is forgotten.
impl Rows for VecDeque<Job> {
    type Row = Job;

    fn each(&self, see: &mut dyn FnMut(&str, &Job)) {
        for job in self {
            see(&format!("{:020}", job.number), job);
        }
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn put(&mut self, key: &str, job: Job) -> Option<()> {
        (key.parse() == Ok(job.number)).then(|| self.push_back(job))
    }
}

impl Store {
    /// Starts a task.
    pub(super) fn start(
        &mut self,
        call: &Call,
        task: Task,
        instance: &Arc<Identity>,
        backup: Option<u64>,
    ) -> &mut Job {
        self.started += 1;
        if self.jobs.len() == MOST {
            self.jobs.pop_front();
        }
        let job = Job {
            number: self.started,
            id: call.cloud.ids.uuid(),
            task,
            instance: Arc::clone(instance),
            order_id: None,
            backup,
            progress: Progress::Running,
            created: call.now,
            due: call.now.after(task.takes()),
            ended: None,
            fail_reason: None,
        };
        // That of a backup ends with it.
        if task != Task::Backup {
            let event = Event::Done {
                job: job.number,
                task,
                instance: instance.number,
                fails: call.fails,
            };
            self.timeline.plan(job.due, event);
        }
        self.jobs.push_back(job);
        let last = self.jobs.len() - 1;
        &mut self.jobs[last]
    }

    /// What a task leaves behind at its end. It happens even when nobody remembers the task.
    pub(super) fn done(&mut self, at: Moment, number: u64, task: Task, place: usize, fails: bool) {
        match task {
            Task::Backup => {}
            Task::StopBackup => self.stop(at, place, fails),
            Task::Restore | Task::RestoreToOther | Task::RestoreTables => {
                let instance = &mut self.instances[place];
                instance.phase = Phase::Active;
                let gaps = instance.gaps.iter_mut();
                for (_, end) in gaps.filter(|(_, end)| *end == Moment::FAR) {
                    *end = at;
                }
            }
            Task::NewInstance if fails => self.instances[place].phase = Phase::NeverMade,
            Task::NewInstance => {
                self.instances[place].phase = Phase::Active;
                self.plan_schedule(at, place);
            }
        }
        if let Some(job) = self.job_numbered(number) {
            job.end(at, fails.then_some(TOLD));
        }
    }

    fn job_numbered(&mut self, number: u64) -> Option<&mut Job> {
        let found = self.jobs.binary_search_by_key(&number, |job| job.number);
        self.jobs.get_mut(found.ok()?)
    }

    /// Ends the task that makes a backup.
    pub(super) fn end_backup_job(
        &mut self,
        at: Moment,
        backup: u64,
        fail_reason: Option<&'static str>,
    ) {
        // The latest are at the end.
        let mut jobs = self.jobs.iter_mut().rev();
        let is_its = |job: &Job| job.task == Task::Backup && job.backup == Some(backup);
        if let Some(job) = jobs.find(|job| is_its(job)) {
            job.end(at, fail_reason);
        }
    }

    /// Whether an instance is being restored from this backup.
    pub(super) fn is_restored_from(&self, backup: u64) -> bool {
        let mut jobs = self.jobs.iter().rev();
        jobs.any(|job| {
            job.task != Task::Backup
                && job.progress == Progress::Running
                && job.backup == Some(backup)
        })
    }

    /// A task, as long as it is remembered.
    pub(crate) fn job(&self, call: &Call, id: &str) -> Result<&Job, Refusal> {
        let mut jobs = self.jobs.iter().rev();
        let found = jobs.find(|job| job.id == id && job.is_known(call));
        found.ok_or_else(|| self.refusal(Problem::NoTask))
    }

    /// The tasks of the call's project that are remembered, the newest first.
    pub(crate) fn jobs<'s>(&'s self, call: &'s Call) -> impl Iterator<Item = &'s Job> {
        self.jobs.iter().rev().filter(|job| job.is_known(call))
    }

    /// Forgets a task that has ended.
    pub(crate) fn delete_job(&mut self, call: &Call, id: &str) -> Result<(), Refusal> {
        if self.job(call, id)?.progress == Progress::Running {
            return Err(self.refusal(Problem::TaskRunning));
        }
        self.jobs.retain(|job| job.id != id);
        Ok(())
    }

    /// The state of an instance.
    pub(crate) fn condition(&self, instance: &Identity) -> Condition {
        match self.instances[instance.number].phase {
            Phase::Building => Condition::Building,
            Phase::NeverMade => Condition::NeverMade,
            Phase::Restoring => Condition::Restoring,
            Phase::Active if self.is_backing_up(instance) => Condition::BackingUp,
            Phase::Active => Condition::Active,
        }
    }
}

/// The reason of failures that a caller asked the sandbox for.
pub(super) const TOLD: &str = "the sandbox was told to fail it";

impl Job {
    fn end(&mut self, at: Moment, fail_reason: Option<&'static str>) {
        self.ended = Some(at);
        self.fail_reason = fail_reason;
        self.progress = match fail_reason {
            Some(_) => Progress::Failed,
            None => Progress::Completed,
        };
    }
}
