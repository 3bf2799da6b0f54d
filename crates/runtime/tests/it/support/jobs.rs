//! Operations that start something and that tell how far it has got, in the shape of generated ones.

use std::borrow::Cow;

use cloudbackup_core::de::{self, Lenient};
use cloudbackup_core::operation::{ClientValue, Method, Operation, OperationInfo, RequestParts};
use cloudbackup_core::waiting::{MissingValue, Starts, Subject, Waiting, Waits, Watches};
use cloudbackup_core::{Timestamp, Validate, Validator};
use serde::{Deserialize, Deserializer};

use super::{ShowThing, Thing};

const PROJECT: &[ClientValue] = &[ClientValue::path("project_id", "project_id")];

/// A write that gives the id of a job.
#[derive(Clone, Debug)]
pub(crate) struct StartJob;

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct StartJobOutput {
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) job_id: Option<String>,
}

/// How far a job has got.
#[derive(Clone, Debug)]
pub(crate) struct ShowJob {
    pub(crate) job_id: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct ShowJobOutput {
    #[serde(default)]
    pub(crate) job: Option<Job>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Job {
    #[serde(default)]
    pub(crate) status: Option<String>,
    #[serde(default)]
    pub(crate) progress: Option<String>,
    #[serde(default)]
    pub(crate) fail_reason: Option<String>,
}

/// A deletion that takes its time, asked about by a list.
#[derive(Clone, Debug)]
pub(crate) struct DropJob {
    pub(crate) job_id: Option<String>,
}

/// A deletion that takes its time, asked about by itself.
#[derive(Clone, Debug)]
pub(crate) struct DropThing {
    pub(crate) thing_id: Option<String>,
}

/// The jobs since a time.
#[derive(Clone, Debug)]
pub(crate) struct ListJobs {
    pub(crate) start_time: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct ListJobsOutput {
    #[serde(default)]
    pub(crate) jobs: Option<Vec<ListedJob>>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct ListedJob {
    #[serde(default)]
    pub(crate) id: Option<String>,
    #[serde(default)]
    pub(crate) status: Option<String>,
}

impl ShowJob {
    pub(crate) fn new(job_id: &str) -> Self {
        Self {
            job_id: Some(job_id.into()),
        }
    }
}

impl Validate for StartJob {
    fn validate(&self, _: &mut Validator) {}
}

impl Validate for ShowJob {
    fn validate(&self, v: &mut Validator) {
        v.place("path", |v| {
            v.member("job_id", &self.job_id).required().length(1..=64);
        });
    }
}

impl Validate for DropJob {
    fn validate(&self, v: &mut Validator) {
        v.place("path", |v| {
            v.member("job_id", &self.job_id).required();
        });
    }
}

impl Validate for DropThing {
    fn validate(&self, v: &mut Validator) {
        v.place("path", |v| {
            v.member("thing_id", &self.thing_id).required();
        });
    }
}

impl Validate for ListJobs {
    fn validate(&self, _: &mut Validator) {}
}

macro_rules! read_from_objects {
    ($($output:ty),*) => {$(
        impl Lenient for $output {
            fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                de::object(deserializer)
            }
        }
    )*};
}

read_from_objects!(StartJobOutput, ShowJobOutput, ListJobsOutput);

impl Operation for StartJob {
    const INFO: OperationInfo =
        OperationInfo::new("test", "start_job", Method::Post, "/v3/{project_id}/jobs")
            .client_values(PROJECT);
    type Output = StartJobOutput;

    fn encode(&self, request: &mut RequestParts) {
        request.body().always();
    }
}

impl Operation for ShowJob {
    const INFO: OperationInfo = OperationInfo::new(
        "test",
        "show_job",
        Method::Get,
        "/v3/{project_id}/jobs/{job_id}",
    )
    .client_values(PROJECT);
    type Output = ShowJobOutput;

    fn encode(&self, request: &mut RequestParts) {
        request.path("job_id", &self.job_id);
    }
}

impl Operation for DropJob {
    const INFO: OperationInfo = OperationInfo::new(
        "test",
        "drop_job",
        Method::Delete,
        "/v3/{project_id}/jobs/{job_id}",
    )
    .client_values(PROJECT);
    type Output = StartJobOutput;

    fn encode(&self, request: &mut RequestParts) {
        request.path("job_id", &self.job_id);
    }
}

impl Operation for DropThing {
    const INFO: OperationInfo = OperationInfo::new(
        "test",
        "drop_thing",
        Method::Delete,
        "/v3/{project_id}/things/{thing_id}",
    )
    .client_values(PROJECT);
    type Output = StartJobOutput;

    fn encode(&self, request: &mut RequestParts) {
        request.path("thing_id", &self.thing_id);
    }
}

impl Operation for ListJobs {
    const INFO: OperationInfo =
        OperationInfo::new("test", "list_jobs", Method::Get, "/v3/{project_id}/jobs")
            .client_values(PROJECT);
    type Output = ListJobsOutput;

    fn encode(&self, request: &mut RequestParts) {
        let format = cloudbackup_core::TimeFormat::BasicOffset;
        request.query_time("start_time", &self.start_time, format);
    }
}

const JOB: Waiting = Waiting::until(&["SUCCESS"])
    .failed(&["FAIL", "ERROR"])
    .unknown(&["X.0404"]);

fn text(member: &Option<String>) -> Option<Cow<'_, str>> {
    member.as_deref().map(Cow::Borrowed)
}

impl Waits for StartJob {
    type Probe = ShowJob;
    type Observed = Job;
    type Done = Job;
    const WAITING: Waiting = JOB;

    fn probe(subject: &Subject) -> ShowJob {
        ShowJob {
            job_id: subject.get("job_id").map(Into::into),
        }
    }

    fn observe(_: &Subject, answer: ShowJobOutput) -> Option<Job> {
        answer.job
    }

    fn state(observed: &Job) -> Option<Cow<'_, str>> {
        text(&observed.status)
    }

    fn reason(observed: &Job) -> Option<Cow<'_, str>> {
        text(&observed.fail_reason)
    }

    fn progress(observed: &Job) -> Option<Cow<'_, str>> {
        text(&observed.progress)
    }

    fn done(last: Option<Job>) -> Option<Job> {
        last
    }
}

impl Starts for StartJob {
    fn subject(&self, reply: &StartJobOutput) -> Result<Subject, MissingValue> {
        Subject::new().with("job_id", reply.job_id.as_deref())
    }
}

impl Waits for ShowJob {
    type Probe = Self;
    type Observed = Job;
    type Done = Job;
    const WAITING: Waiting = JOB;

    fn probe(subject: &Subject) -> Self {
        StartJob::probe(subject)
    }

    fn observe(subject: &Subject, answer: ShowJobOutput) -> Option<Job> {
        StartJob::observe(subject, answer)
    }

    fn state(observed: &Job) -> Option<Cow<'_, str>> {
        StartJob::state(observed)
    }

    fn done(last: Option<Job>) -> Option<Job> {
        last
    }
}

impl Watches for ShowJob {
    fn subject(&self) -> Result<Subject, MissingValue> {
        Subject::new().with("job_id", self.job_id.as_deref())
    }
}

impl Waits for DropJob {
    type Probe = ListJobs;
    type Observed = ListedJob;
    type Done = ();
    const WAITING: Waiting = Waiting::until_gone().failed(&["ERROR"]);

    fn probe(subject: &Subject) -> ListJobs {
        ListJobs {
            start_time: subject.get("started").map(Timestamp::from),
        }
    }

    fn can_tell(answer: &ListJobsOutput) -> bool {
        answer.jobs.is_some()
    }

    fn observe(subject: &Subject, answer: ListJobsOutput) -> Option<ListedJob> {
        let jobs = answer.jobs.unwrap_or_default();
        jobs.into_iter()
            .find(|job| subject.is("job_id", job.id.as_deref()))
    }

    fn state(observed: &ListedJob) -> Option<Cow<'_, str>> {
        text(&observed.status)
    }

    fn done(_: Option<ListedJob>) -> Option<()> {
        Some(())
    }
}

impl Starts for DropJob {
    fn subject(&self, _: &StartJobOutput) -> Result<Subject, MissingValue> {
        Subject::new().with("job_id", self.job_id.as_deref())
    }
}

impl Waits for DropThing {
    type Probe = ShowThing;
    type Observed = String;
    type Done = Option<String>;
    const WAITING: Waiting = Waiting::until_gone();

    fn probe(subject: &Subject) -> ShowThing {
        ShowThing {
            thing_id: subject.get("thing_id").map(Into::into),
        }
    }

    fn observe(_: &Subject, answer: Thing) -> Option<String> {
        Some(answer.id)
    }

    fn state(observed: &String) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(observed))
    }

    fn done(last: Option<String>) -> Option<Option<String>> {
        Some(last)
    }
}

impl Starts for DropThing {
    fn subject(&self, _: &StartJobOutput) -> Result<Subject, MissingValue> {
        Subject::new().with("thing_id", self.thing_id.as_deref())
    }
}
