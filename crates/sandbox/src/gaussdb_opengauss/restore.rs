//! Bringing back whole instances.

use cloudbackup_gaussdb_opengauss_model as model;

use super::OpenGauss;
use crate::clock::Moment;
use crate::database::{Identity, Period, Point, millis, wrong};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

pub(super) fn list_restore_times(
    service: &mut OpenGauss,
    call: &Call,
    input: model::ListRestoreTimesInput,
) -> Result<model::ListRestoreTimesOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let day = Period::of_day(input.date.as_deref().unwrap_or_default())?;
    let periods = service.store.periods(call, &instance, Some(day))?;
    let ranges = periods.into_iter().map(|period| {
        let range = model::RestoreTimeRange::builder().start_time(period.start.millis());
        range.end_time(period.end.millis()).build().map_err(faulty)
    });
    let ranges: Result<Vec<_>, Refusal> = ranges.collect();
    let reply = model::ListRestoreTimesOutput::builder();
    reply.restore_time(ranges?).build().map_err(faulty)
}

/// All that `restore_instance` would take as a target now, the source among them. The backup counts
/// where a moment is given as well; without either, it is the source as it is.
pub(super) fn list_restorable_instances(
    service: &mut OpenGauss,
    call: &Call,
    input: model::ListRestorableInstancesInput,
) -> Result<model::ListRestorableInstancesOutput, Refusal> {
    let source = input.source_instance_id.unwrap_or_default();
    let point = match (input.backup_id, input.restore_time) {
        (Some(id), _) => Some(Point::Backup(id)),
        (None, Some(text)) => {
            let must = "must be milliseconds since 1970";
            let time = text
                .parse()
                .map_err(|_| wrong("/query/restore_time", must))?;
            Some(Point::Time(Moment::from_millis(time)))
        }
        (None, None) => None,
    };
    let store = &service.store;
    let source = match point {
        Some(point) => store.source(call, &source, &point, false)?.instance,
        None => store.instance(call, &source)?.clone(),
    };
    // The backups of the sandbox hold whole instances.
    let is_whole = input
        .source_backup_schema
        .is_none_or(|scope| scope == model::BackupScope::Instance);
    let is = |wanted: &Option<String>, own: &str| wanted.as_deref().is_none_or(|it| it == own);
    let found = store.targets(call, &source).filter(|it| {
        is_whole && is(&input.target_instance_id, &it.id) && is(&input.instance_name, &it.name)
    });
    let (instances, total) = page(found, input.offset.unwrap_or(0), input.limit.unwrap_or(100));
    let instances: Result<Vec<_>, _> = instances.into_iter().map(restorable).collect();
    let reply = model::ListRestorableInstancesOutput::builder().total_count(total);
    reply.instances(instances?).build().map_err(faulty)
}

fn restorable(instance: &Identity) -> Result<model::RestorableInstance, Refusal> {
    let size = u32::try_from(instance.volume_gb).unwrap_or(u32::MAX);
    let described = model::RestorableInstance::builder()
        .instance_name(instance.name.as_str())
        .instance_id(instance.id.as_str())
        .volume_type(instance.volume_type.as_str())
        .data_volume_size(f64::from(size))
        .version(instance.version)
        .mode(instance.mode)
        .instance_mode(model::InstanceEdition::Enterprise);
    described.build().map_err(faulty)
}

pub(super) fn restore_instance(
    service: &mut OpenGauss,
    call: &Call,
    input: model::RestoreInstanceInput,
) -> Result<model::RestoreInstanceOutput, Refusal> {
    let (Some(source), Some(target)) = (input.source, input.target) else {
        return Err(wrong("/body", "must hold source and target"));
    };
    let is_time = match source.r#type {
        Some(model::RestoreType::Timestamp) => true,
        // No document says what it needs or does.
        Some(model::RestoreType::Different) => {
            let must = "must be backup or timestamp: the sandbox has no behaviour for different";
            return Err(wrong("/body/source/type", must));
        }
        _ => false,
    };
    let time = millis(source.restore_time.as_deref());
    let point = Point::new("/body/source", is_time, source.backup_id, time)?;
    let source = source.instance_id.unwrap_or_default();
    let target = target.instance_id.unwrap_or_default();
    let job = service.store.restore(call, &source, &point, &target)?;
    let reply = model::RestoreInstanceOutput::builder().job_id(job.id);
    reply.build().map_err(faulty)
}
