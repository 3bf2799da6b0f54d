//! Bringing back what backups hold.

use cloudbackup_rds_model as model;

use super::Rds;
use crate::clock::Moment;
use crate::database::{Period, Point, wrong};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

pub(super) fn list_restore_times(
    service: &mut Rds,
    call: &Call,
    input: model::ListRestoreTimesInput,
) -> Result<model::ListRestoreTimesOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let day = input.date.as_deref().map(Period::of_day).transpose()?;
    let periods = service.store.periods(call, &instance, day)?;
    let reply = model::ListRestoreTimesOutput::builder();
    reply.restore_time(ranges(periods)?).build().map_err(faulty)
}

pub(super) fn list_offsite_restore_times(
    service: &mut Rds,
    call: &Call,
    input: model::ListOffsiteRestoreTimesInput,
) -> Result<model::ListOffsiteRestoreTimesOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let day = input.date.as_deref().map(Period::of_day).transpose()?;
    let periods = service.store.copied_periods(call, &instance, day)?;
    let reply = model::ListOffsiteRestoreTimesOutput::builder();
    reply.restore_time(ranges(periods)?).build().map_err(faulty)
}

fn ranges(periods: Vec<Period>) -> Result<Vec<model::RestoreTimeRange>, Refusal> {
    let periods = periods.into_iter();
    let ranges = periods.map(|period| {
        let range = model::RestoreTimeRange::builder().start_time(period.start.millis());
        range.end_time(period.end.millis()).build().map_err(faulty)
    });
    ranges.collect()
}

/// The point that is meant; the type may be left out for a backup.
pub(super) fn point(
    place: &str,
    wanted: Option<&model::RestoreType>,
    backup_id: Option<String>,
    time: Option<i64>,
) -> Result<Point, Refusal> {
    let is_time = wanted == Some(&model::RestoreType::Timestamp);
    Point::new(place, is_time, backup_id, time.map(Moment::from_millis))
}

pub(super) fn restore_instance_v3(
    service: &mut Rds,
    call: &Call,
    input: model::RestoreInstanceV3Input,
) -> Result<model::RestoreInstanceV3Output, Refusal> {
    let (Some(source), Some(target)) = (input.source, input.target) else {
        return Err(wrong("/body", "must hold source and target"));
    };
    let wanted = source.r#type.as_ref();
    let place = "/body/source";
    let point = point(place, wanted, source.backup_id, source.restore_time)?;
    let source = source.instance_id.unwrap_or_default();
    let target = target.instance_id.unwrap_or_default();
    let job = service.store.restore(call, &source, &point, &target)?;
    let reply = model::RestoreInstanceV3Output::builder().job_id(job.id);
    reply.build().map_err(faulty)
}

pub(super) fn restore_instance(
    service: &mut Rds,
    call: &Call,
    input: model::RestoreInstanceInput,
) -> Result<model::RestoreInstanceOutput, Refusal> {
    let (Some(source), Some(target)) = (input.source, input.target) else {
        return Err(wrong("/body", "must hold source and target"));
    };
    let wanted = source.r#type.as_ref();
    let place = "/body/source";
    let point = point(place, wanted, source.backup_id, source.restore_time)?;
    let source = source.instance_id.unwrap_or_default();
    let target = target.instance_id.unwrap_or_default();
    let job = service.store.restore(call, &source, &point, &target)?;
    let reply = model::RestoreInstanceOutput::builder().job_id(job.id);
    reply.build().map_err(faulty)
}
