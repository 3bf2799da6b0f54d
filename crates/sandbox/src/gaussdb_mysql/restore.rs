//! Bringing back whole instances.

use cloudbackup_gaussdb_mysql_model as model;

use super::GaussDbMySql;
use crate::clock::Moment;
use crate::database::{Period, Point, millis, wrong};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Of a day, or else of a span, or else all.
pub(super) fn list_restore_times(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ListRestoreTimesInput,
) -> Result<model::ListRestoreTimesOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let span = (
        millis(input.start_time.as_deref()),
        millis(input.end_time.as_deref()),
    );
    let wanted = match (input.date.as_deref(), span) {
        (Some(date), _) => Some(Period::of_day(date)?),
        (None, (Some(start), Some(end))) if start < end => Some(Period { start, end }),
        (None, (Some(_), Some(_))) => {
            return Err(wrong("/query/end_time", "must be later than start_time"));
        }
        (None, _) => None,
    };
    let periods = service.store.periods(call, &instance, wanted)?;
    let ranges = periods.into_iter().map(|period| {
        let range = model::RestoreTimeRange::builder().start_time(period.start.millis());
        range.end_time(period.end.millis()).build().map_err(faulty)
    });
    let ranges: Result<Vec<_>, Refusal> = ranges.collect();
    let reply = model::ListRestoreTimesOutput::builder();
    reply.restore_times(ranges?).build().map_err(faulty)
}

pub(super) fn restore_instance(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::RestoreInstanceInput,
) -> Result<model::RestoreInstanceOutput, Refusal> {
    let is_time = input.r#type == Some(model::RestoreType::Timestamp);
    let time = input.restore_time.map(Moment::from_millis);
    let point = Point::new("/body", is_time, input.backup_id, time)?;
    let source = input.source_instance_id.unwrap_or_default();
    let target = input.target_instance_id.unwrap_or_default();
    let held = service.store.held_at(call, &point);
    let job = service.store.restore(call, &source, &point, &target)?;
    if !call.fails {
        let tables = service.tables.at(&source, held);
        service.tables.become_at(&target, job.due, tables);
    }
    let reply = model::RestoreInstanceOutput::builder().job_id(job.id);
    reply.build().map_err(faulty)
}
