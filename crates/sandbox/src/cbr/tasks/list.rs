//! The operation log: what is found in it.

use cloudbackup_cbr_model as model;

use super::super::{Cbr, is, is_between, is_granted, problem};
use super::{Task, Work};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

/// Tasks on a page at most, and where nothing is said. The document states it of the reply only.
const MOST_ON_PAGE: i64 = 1000;

/// The latest come first: no document says in which order they come.
pub(crate) fn list_operation_logs(
    service: &mut Cbr,
    call: &Call,
    input: model::ListOperationLogsInput,
) -> Result<model::ListOperationLogsOutput, Refusal> {
    let offset = input.offset.unwrap_or(0);
    let limit = input.limit.unwrap_or(MOST_ON_PAGE).min(MOST_ON_PAGE);
    let tasks = service.tasks_of(&call.project_id, call.now);
    let (tasks, count) = page(tasks.filter(|task| fits(&input, task)), offset, limit);
    let tasks = tasks.into_iter().map(|task| task.described(call.now));
    let reply = model::ListOperationLogsOutput::builder()
        .operation_logs(tasks.collect::<Result<Vec<_>, _>>()?)
        .count(count)
        .offset(offset)
        .limit(limit);
    reply.build().map_err(faulty)
}

pub(crate) fn show_operation_log(
    service: &mut Cbr,
    call: &Call,
    input: model::ShowOperationLogInput,
) -> Result<model::ShowOperationLogOutput, Refusal> {
    let id = input.operation_log_id.unwrap_or_default();
    let mut tasks = service.tasks_of(&call.project_id, call.now);
    let task = tasks.find(|task| task.id == id).ok_or(problem::NO_TASK)?;
    let reply = model::ShowOperationLogOutput::builder();
    let reply = reply.operation_log(task.described(call.now)?);
    reply.build().map_err(faulty)
}

fn fits(input: &model::ListOperationLogsInput, task: &Task) -> bool {
    let is_one = |wanted: Option<&str>, own: Option<&str>| is(wanted, own.unwrap_or_default());
    let destination = match &task.work {
        Work::Replication { record, .. } => Some(&record.destination),
        _ => None,
    };
    let region = destination.map(|destination| destination.region.as_str());
    let project = destination.map(|destination| destination.project_id.as_str());
    let kind = input.operation_type.as_ref();
    let status = input.status.as_ref();
    kind.is_none_or(|kind| *kind == task.kind())
        && status.is_none_or(|status| *status == task.status)
        && is_one(input.provider_id.as_deref(), task.provider_id)
        && is_one(input.vault_id.as_deref(), task.vault_id.as_deref())
        && is_one(input.vault_name.as_deref(), task.vault_name.as_deref())
        && is_one(input.destination_region.as_deref(), region)
        && is_one(input.destination_project_id.as_deref(), project)
        && is_granted(
            input.enterprise_project_id.as_deref(),
            &task.enterprise_project_id,
        )
        && is_about(input, task)
        // By when the tasks began; the documents only say that they ran in the period.
        && is_between(
            input.start_time.as_ref(),
            input.end_time.as_ref(),
            task.created,
        )
}

fn is_about(input: &model::ListOperationLogsInput, task: &Task) -> bool {
    let (id, name) = (&input.resource_id, &input.resource_name);
    if id.is_none() && name.is_none() {
        return true;
    }
    let mut resources = task.resources();
    resources.any(|it| is(id.as_deref(), &it.id) && is(name.as_deref(), &it.name))
}
