//! Tasks.

use std::collections::BTreeSet;

use cloudbackup_rds_model as model;

use super::Rds;
use crate::clock::Moment;
use crate::database::{Condition, Job, Progress, Task, millis, wrong};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

/// What the service calls a task. Two names are seen in documents, the others are like them.
fn name(task: Task) -> &'static str {
    match task {
        Task::Backup => "BackupSnapshotMysqlInInstance",
        Task::StopBackup => "StopBackupMysqlInInstance",
        Task::Restore | Task::RestoreTables => "RestoreMysqlInInstance",
        Task::RestoreToOther => "RestoreMysqlInInstanceToExistedInst",
        Task::NewInstance => "CreateMysqlSingleHAInstance",
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
    service: &mut Rds,
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
        .process(match job.progress {
            Progress::Running => format!("{}%", job.percent(now)),
            Progress::Completed | Progress::Failed => String::new(),
        })
        .instance(instance.build().map_err(faulty)?)
        .entities(entities(job)?);
    let mut described = described.build().map_err(faulty)?;
    described.ended = job.ended.map(Moment::basic);
    described.fail_reason = job.fail_reason.map(str::to_owned);
    Ok(described)
}

/// What a task made: nothing to tell but of a new instance.
fn entities(job: &Job) -> Result<model::JobEntities, Refusal> {
    let mut entities = model::JobEntities::builder().build().map_err(faulty)?;
    if job.task == Task::NewInstance {
        let instance = model::JobEntityInstance::builder()
            .r#type(job.instance.mode)
            .datastore(super::datastore(&job.instance)?);
        let mut instance = instance.build().map_err(faulty)?;
        if job.progress == Progress::Completed {
            // An address for documentation, which leads nowhere.
            instance.endpoint = Some("192.0.2.1:3306".to_owned());
            let parts = ["vm", "volume"].map(|part| format!("{}.{part}", job.instance.id));
            entities.resource_ids = Some(parts.to_vec());
        }
        entities.instance = Some(instance);
    }
    Ok(entities)
}

pub(super) fn list_tasks(
    service: &mut Rds,
    call: &Call,
    input: model::ListTasksInput,
) -> Result<model::ListTasksOutput, Refusal> {
    let (start, end) = (
        millis(input.start_time.as_deref()),
        millis(input.end_time.as_deref()),
    );
    if start.is_some() && end.is_none() {
        return Err(wrong("/query/end_time", "must be given with start_time"));
    }
    let is = |wanted: &Option<String>, own: &str| wanted.as_deref().is_none_or(|it| it == own);
    let fits = |job: &&Job| {
        is(&input.id, &job.id)
            && is(&input.instance_id, &job.instance.id)
            && is(&input.order_id, job.order_id.as_deref().unwrap_or_default())
            && is(&input.name, name(job.task))
            && (input.status.as_ref()).is_none_or(|it| *it == status(job.progress))
            && start.is_none_or(|start| job.created >= start)
            // One that is running has not ended later, either.
            && end.is_none_or(|end| job.ended.unwrap_or(job.created) <= end)
    };
    let found: Vec<&Job> = service.store.jobs(call).filter(fits).collect();
    let actions: BTreeSet<&str> = found.iter().map(|job| name(job.task)).collect();
    let found = found.into_iter();
    let (jobs, total) = page(found, input.offset.unwrap_or(0), input.limit.unwrap_or(10));
    let tasks = jobs.into_iter().map(|job| task(service, job, call.now));
    let tasks: Result<Vec<_>, _> = tasks.collect();
    let reply = model::ListTasksOutput::builder().total_count(total);
    let reply = reply.actions(actions).tasks(tasks?);
    reply.build().map_err(faulty)
}

fn task(service: &Rds, job: &Job, now: Moment) -> Result<model::Task, Refusal> {
    let described = model::Task::builder()
        .id(job.id.as_str())
        .name(name(job.task))
        .instance_id(job.instance.id.as_str())
        .instance_name(job.instance.name.as_str())
        .instance_status(instance_status(service.store.condition(&job.instance)))
        .order_id(job.order_id.clone().unwrap_or_default())
        .process(match job.progress {
            Progress::Running => job.percent(now).to_string(),
            Progress::Completed | Progress::Failed => String::new(),
        })
        .create_time(job.created.basic())
        .end_time(job.due.basic())
        .status(status(job.progress));
    let mut described = described.build().map_err(faulty)?;
    described.fail_reason = job.fail_reason.map(str::to_owned);
    Ok(described)
}

fn instance_status(condition: Condition) -> model::InstanceStatus {
    match condition {
        Condition::Building => model::InstanceStatus::Build,
        Condition::NeverMade => model::InstanceStatus::CreateFail,
        Condition::Active => model::InstanceStatus::Active,
        Condition::Restoring => model::InstanceStatus::Restoring,
        Condition::BackingUp => model::InstanceStatus::BackingUp,
    }
}
