//! Tasks.

use std::collections::BTreeMap;

use cloudbackup_gaussdb_mysql_model as model;

use super::GaussDbMySql;
use crate::clock::Moment;
use crate::database::{Job, Progress, Task};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// What the service calls a task; no document has a list of the names.
fn name(task: Task) -> &'static str {
    match task {
        Task::Backup => "CreateManualBackup",
        Task::StopBackup => "StopBackup",
        Task::Restore => "RestoreMysqlInInstance",
        Task::RestoreToOther => "RestoreMysqlToExistedInstance",
        Task::RestoreTables => "RestoreMysqlTables",
        Task::NewInstance => "CreateMysqlInstance",
    }
}

pub(super) fn show_job(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ShowJobInput,
) -> Result<model::ShowJobOutput, Refusal> {
    let job = service.store.job(call, &input.id.unwrap_or_default())?;
    let reply = model::ShowJobOutput::builder();
    reply.job(described(job, call.now)?).build().map_err(faulty)
}

fn described(job: &Job, now: Moment) -> Result<model::Job, Refusal> {
    let instance = model::JobInstance::builder()
        .id(job.instance.id.as_str())
        .name(job.instance.name.as_str());
    let (status, process) = match job.progress {
        Progress::Running => (model::JobStatus::Running, format!("{}%", job.percent(now))),
        Progress::Completed => (model::JobStatus::Completed, String::new()),
        Progress::Failed => (model::JobStatus::Failed, String::new()),
    };
    let described = model::Job::builder()
        .id(job.id.as_str())
        .name(name(job.task))
        .created(job.created.basic())
        .instance(instance.build().map_err(faulty)?)
        .status(status)
        .process(process);
    let mut described = described.build().map_err(faulty)?;
    described.entities = Some(BTreeMap::new());
    described.ended = job.ended.map(Moment::basic);
    described.fail_reason = job.fail_reason.map(str::to_owned);
    Ok(described)
}
