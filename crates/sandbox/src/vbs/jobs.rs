//! Jobs: what callers follow a backup or a restoration by.

use std::time::Duration;

use cloudbackup_core::Timestamp;
use cloudbackup_vbs_model::{self as model, JobStatus};
use serde::{Deserialize, Serialize};

use super::Vbs;
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// How long it takes until a job is begun in truth.
const INIT_TIME: Duration = Duration::from_secs(5);
/// How long a job can be asked for after its end.
const JOB_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Jobs that are remembered.
const MOST_JOBS: usize = 10_000;

/// Something that goes on, or has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) project_id: String,
    pub(super) kind: JobKind,
    pub(super) volume_id: String,
    pub(super) backup_id: String,
    pub(super) begun: Moment,
    /// When it ended, and with which code and reason if it failed.
    pub(super) end: Option<(Moment, Option<(String, String)>)>,
}

/// A code, and what it means.
pub(super) type Problem = (&'static str, &'static str);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum JobKind {
    Backup { snapshot_id: String },
    Restoration,
}

impl Job {
    fn status(&self, now: Moment) -> JobStatus {
        match &self.end {
            Some((_, None)) => JobStatus::Success,
            Some((_, Some(_))) => JobStatus::Fail,
            None if now.since(self.begun) < INIT_TIME => JobStatus::Init,
            None => JobStatus::Running,
        }
    }

    /// What the job works on, and once it has succeeded what it has brought forth.
    fn entities(&self) -> Vec<(&'static str, String)> {
        let mut entities = vec![("volume_id", self.volume_id.clone())];
        match &self.kind {
            JobKind::Restoration => entities.push(("backup_id", self.backup_id.clone())),
            JobKind::Backup { snapshot_id } => {
                entities.push(("bks_create_volume_name", "autobk_volume".to_owned()));
                if matches!(self.end, Some((_, None))) {
                    entities.push(("backup_id", self.backup_id.clone()));
                    entities.push(("snapshot_id", snapshot_id.clone()));
                }
            }
        }
        entities
    }

    fn is_forgotten(&self, now: Moment) -> bool {
        let end = self.end.as_ref();
        end.is_some_and(|(end, _)| now.since(*end) > JOB_KEPT)
    }
}

/// `2016-01-28T16:14:09.466Z`
fn time(moment: Moment) -> Timestamp {
    Timestamp::from(format!("{}Z", moment.with_millis()))
}

impl Vbs {
    pub(super) fn begin_job(&mut self, job: Job) -> u64 {
        self.forget_jobs(job.begun);
        if self.jobs.len() >= MOST_JOBS {
            self.jobs.pop_first();
        }
        let number = self.next_number();
        self.jobs.insert(number, job);
        number
    }

    pub(super) fn end_job(&mut self, at: Moment, number: u64, problem: Option<Problem>) {
        if let Some(job) = self.jobs.get_mut(&number) {
            let problem = problem.map(|(code, message)| (code.to_owned(), message.to_owned()));
            job.end = Some((at, problem));
        }
    }

    /// Forgets the jobs that ended long ago.
    pub(super) fn forget_jobs(&mut self, now: Moment) {
        while let Some(first) = self.jobs.first_entry() {
            if !first.get().is_forgotten(now) {
                break;
            }
            first.remove();
        }
    }
}

pub(super) fn show_job(
    service: &mut Vbs,
    call: &Call,
    input: model::ShowJobInput,
) -> Result<model::ShowJobOutput, Refusal> {
    let id = input.job_id.unwrap_or_default();
    let mut jobs = service.jobs.values();
    let Some(job) = jobs.find(|job| job.id == id && job.project_id == call.project_id) else {
        return Err(Refusal::new(404, "common.0011", "the job does not exist"));
    };
    let mut reply = model::ShowJobOutput::builder()
        .job_id(id)
        .job_type(match job.kind {
            JobKind::Backup { .. } => "bksCreateBackup",
            JobKind::Restoration => "bksRestoreBackup",
        })
        .status(job.status(call.now))
        .entities(job.entities())
        .begin_time(time(job.begun));
    if let Some((end, problem)) = &job.end {
        reply = reply.end_time(time(*end));
        if let Some((code, reason)) = problem {
            reply = reply.error_code(code.as_str()).fail_reason(reason.as_str());
        }
    }
    reply.build().map_err(faulty)
}
