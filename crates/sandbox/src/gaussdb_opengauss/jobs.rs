//! Tasks.

use cloudbackup_gaussdb_opengauss_model as model;

use super::OpenGauss;
use crate::clock::Moment;
use crate::database::{Condition, Job, Progress, Task, millis, wrong};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

/// What the service calls a task. That of stopping a backup is in no document, and none that can be
/// searched for.
fn name(task: Task) -> &'static str {
    match task {
        Task::Backup => "BackupSnapshotGaussDBV5InInstance",
        Task::StopBackup => "StopBackupGaussDBV5InInstance",
        Task::Restore | Task::RestoreTables => "RestoreGaussDBV5InInstance",
        Task::RestoreToOther => "RestoreGaussDBV5InInstanceToExistedInst",
        Task::NewInstance => "CloneGaussDBV5NewInstance",
    }
}

fn status(progress: Progress) -> model::JobStatus {
    match progress {
        Progress::Running => model::JobStatus::Running,
        Progress::Completed => model::JobStatus::Completed,
        Progress::Failed => model::JobStatus::Failed,
    }
}

pub(super) fn show_job(
    service: &mut OpenGauss,
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
    let described = model::Job::builder()
        .id(job.id.as_str())
        .name(name(job.task))
        .status(status(job.progress))
        .created(job.created.basic())
        .progress(percent(job, now, "%"))
        .instance(instance.build().map_err(faulty)?);
    let mut described = described.build().map_err(faulty)?;
    described.ended = job.ended.map(Moment::basic);
    described.fail_reason = job.fail_reason.map(str::to_owned);
    Ok(described)
}

/// How much of a running task is done; an empty text for any other.
fn percent(job: &Job, now: Moment, sign: &str) -> String {
    match job.progress {
        Progress::Running => format!("{}{sign}", job.percent(now)),
        Progress::Completed | Progress::Failed => String::new(),
    }
}

pub(super) fn list_tasks(
    service: &mut OpenGauss,
    call: &Call,
    input: model::ListTasksInput,
) -> Result<model::ListTasksOutput, Refusal> {
    let (start, end) = (
        millis(input.start_time.as_deref()),
        millis(input.end_time.as_deref()),
    );
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err(wrong("/query/end_time", "must not be before start_time"));
    }
    let fits = |job: &&Job| {
        (input.status.as_ref()).is_none_or(|it| *it == status(job.progress))
            && (input.name.as_ref()).is_none_or(|it| it.as_str() == name(job.task))
            && start.is_none_or(|start| job.created >= start)
            && end.is_none_or(|end| job.created <= end)
    };
    let found = service.store.jobs(call).filter(fits);
    let (jobs, total) = page(found, input.offset.unwrap_or(0), input.limit.unwrap_or(100));
    let tasks = jobs.into_iter().map(|job| task(service, job, call.now));
    let tasks: Result<Vec<_>, _> = tasks.collect();
    let reply = model::ListTasksOutput::builder().total_count(total);
    reply.tasks(tasks?).build().map_err(faulty)
}

fn task(service: &OpenGauss, job: &Job, now: Moment) -> Result<model::Task, Refusal> {
    let condition = service.store.condition(&job.instance);
    let instance = model::TaskInstance::builder()
        .instance_id(job.instance.id.as_str())
        .instance_name(job.instance.name.as_str())
        .instance_status(instance_status(condition));
    let described = model::Task::builder()
        .instance_info(instance.build().map_err(faulty)?)
        .job_id(job.id.as_str())
        .name(name(job.task))
        .status(status(job.progress))
        .process(percent(job, now, ""))
        .created_at(job.created.basic());
    let mut described = described.build().map_err(faulty)?;
    described.ended_at = job.ended.map(Moment::basic);
    described.fail_reason = job.fail_reason.map(str::to_owned);
    Ok(described)
}

/// No document lists the states; `creating` is one of those seen.
fn instance_status(condition: Condition) -> &'static str {
    match condition {
        Condition::Building => "creating",
        Condition::NeverMade => "create failed",
        Condition::Active => "active",
        Condition::Restoring => "restoring",
        Condition::BackingUp => "backing up",
    }
}

pub(super) fn delete_job(
    service: &mut OpenGauss,
    call: &Call,
    input: model::DeleteJobInput,
) -> Result<model::DeleteJobOutput, Refusal> {
    let id = input.job_id.unwrap_or_default();
    service.store.delete_job(call, &id)?;
    model::DeleteJobOutput::builder().build().map_err(faulty)
}
