//! Instances that are made from backups.

use cloudbackup_core::Secret;
use cloudbackup_rds_model as model;

use super::Rds;
use super::restore::point;
use crate::database::{
    DEFAULT_WINDOW, EVERY_DAY, Identity, NewInstance, Payment, Schedule, Starts, limits, wrong,
};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

pub(super) fn restore_to_new_instance(
    service: &mut Rds,
    call: &Call,
    input: model::RestoreToNewInstanceInput,
) -> Result<model::RestoreToNewInstanceOutput, Refusal> {
    let origin = input.restore_point.clone();
    let Some(origin) = origin else {
        return Err(wrong("/body/restore_point", "must be given"));
    };
    let place = "/body/restore_point";
    let wanted = origin.r#type.as_ref();
    let point = point(place, wanted, origin.backup_id, origin.restore_time)?;
    let source_id = origin.instance_id.unwrap_or_default();
    let source = service.store.source(call, &source_id, &point, true)?;
    let new = wanted_instance(call, &input, &source.instance)?;
    let payment = new.payment;
    if input.dry_run == Some(true) {
        service.store.check_new(&source, &new)?;
        let reply = model::RestoreToNewInstanceOutput::builder();
        return reply.build().map_err(faulty);
    }
    let job = service.store.restore_to_new(call, &source, new)?;
    let mut reply = model::RestoreToNewInstanceOutput::builder();
    reply = match payment {
        Payment::ByUse => reply.job_id(job.id),
        Payment::InAdvance => reply.order_id(job.order_id.unwrap_or_default()),
    };
    let instance = started(call, input, &job.instance)?;
    reply.instance(instance).build().map_err(faulty)
}

/// The instance that a request asks for, as far as the source has to do with it.
fn wanted_instance(
    call: &Call,
    input: &model::RestoreToNewInstanceInput,
    source: &Identity,
) -> Result<NewInstance, Refusal> {
    if let Some(datastore) = &input.datastore {
        let engine = datastore.engine.as_deref().unwrap_or_default();
        let version = datastore.version.as_deref().unwrap_or_default();
        if !engine.eq_ignore_ascii_case(source.engine) || version != source.version {
            let must = "must be engine and version of the source";
            return Err(wrong("/body/datastore", must));
        }
    }
    let region = call.cloud.region_of(&call.project_id);
    let is_here = |wanted: &String| region.is_some_and(|region| *wanted == region.name);
    if input.region.as_ref().is_some_and(|wanted| !is_here(wanted)) {
        return Err(wrong("/body/region", "must be the region of the call"));
    }
    let volume = input.volume.as_ref();
    let volume_gb = volume.and_then(|volume| volume.size).unwrap_or_default();
    let kind = volume.and_then(|volume| volume.r#type.as_ref());
    if volume_gb % 10 != 0 {
        return Err(wrong("/body/volume/size", "must be a multiple of 10"));
    }
    limits::port(input.port.as_deref(), 1024..=65535, &[12017, 33071])?;
    limits::password(input.password.as_ref().map(Secret::expose))?;
    limits::time_zone(input.time_zone.as_deref())?;
    Ok(NewInstance {
        name: input.name.clone().unwrap_or_default(),
        mode: match input.ha.as_ref().and_then(|ha| ha.mode.as_deref()) {
            Some(mode) if mode.eq_ignore_ascii_case("Ha") => "Ha",
            _ => "Single",
        },
        volume_gb,
        volume_type: kind.map_or_else(String::new, |kind| kind.to_string()),
        schedule: schedule(input.backup_strategy.as_ref())?,
        payment: payment(input.charge_info.as_ref())?,
    })
}

/// Without a strategy the documents say nothing; the sandbox takes the schedule that its other
/// instances have. One that keeps nothing is off.
fn schedule(wanted: Option<&model::NewBackupStrategy>) -> Result<Option<Schedule>, Refusal> {
    let starts = Starts::QuarterHours;
    let place = "/body/backup_strategy";
    let Some(wanted) = wanted else {
        return Schedule::new(place, DEFAULT_WINDOW, EVERY_DAY, 7, starts).map(Some);
    };
    let window = wanted.start_time.as_deref().unwrap_or_default();
    let days = wanted.keep_days.unwrap_or(0);
    let schedule = Schedule::new(place, window, EVERY_DAY, days, starts)?;
    Ok((days > 0).then_some(schedule))
}

fn payment(wanted: Option<&model::NewChargeInfo>) -> Result<Payment, Refusal> {
    let Some(wanted) = wanted.filter(|it| it.charge_mode == Some(model::ChargeMode::PrePaid))
    else {
        return Ok(Payment::ByUse);
    };
    let place = "/body/charge_info/period_num";
    match (&wanted.period_type, wanted.period_num) {
        (None, _) => {
            let place = "/body/charge_info/period_type";
            Err(wrong(place, "must be given for payment in advance"))
        }
        (_, None) => Err(wrong(place, "must be given for payment in advance")),
        (Some(model::ChargePeriod::Year), Some(4..)) => Err(wrong(place, "must be 3 at most")),
        _ => Ok(Payment::InAdvance),
    }
}

/// The instance as it is while it is being made: what was asked for, and what follows from it.
fn started(
    call: &Call,
    input: model::RestoreToNewInstanceInput,
    made: &Identity,
) -> Result<model::Instance, Refusal> {
    let region = call.cloud.region_of(&call.project_id);
    let described = model::Instance::builder()
        .id(made.id.as_str())
        .name(made.name.as_str())
        .datastore(super::datastore(made)?)
        .port(input.port.as_deref().unwrap_or("3306"))
        .flavor_ref(input.flavor_ref.unwrap_or_default())
        .region(region.map_or("", |region| region.name.as_str()))
        .availability_zone(input.availability_zone.unwrap_or_default());
    let mut described = described.build().map_err(faulty)?;
    described.configuration_id = input.configuration_id;
    described.enterprise_project_id = input.enterprise_project_id;
    described.disk_encryption_id = input.disk_encryption_id;
    described.vpc_id = input.vpc_id;
    described.subnet_id = input.subnet_id;
    described.security_group_id = input.security_group_id;
    described.collation = input.collation;
    if let Some(ha) = input.ha {
        let mut shown = model::HighAvailability::builder().build().map_err(faulty)?;
        (shown.mode, shown.replication_mode) = (ha.mode, ha.replication_mode);
        described.ha = Some(shown);
    }
    if let Some(strategy) = input.backup_strategy {
        let mut shown = model::BackupStrategy::builder().build().map_err(faulty)?;
        shown.start_time = strategy.start_time;
        shown.keep_days = Some(strategy.keep_days.unwrap_or(0));
        described.backup_strategy = Some(shown);
    }
    if let Some(volume) = input.volume {
        let mut shown = model::Volume::builder().build().map_err(faulty)?;
        (shown.r#type, shown.size) = (volume.r#type, volume.size);
        described.volume = Some(shown);
    }
    described.charge_info = Some(charged(input.charge_info)?);
    // Only for an instance that is paid by use.
    let charge = described.charge_info.as_ref();
    if charge.and_then(|it| it.charge_mode.as_ref()) != Some(&model::ChargeMode::PrePaid) {
        described.status = Some(model::InstanceStatus::Build);
    }
    if let Some(origin) = input.restore_point {
        let mut shown = model::InstanceOrigin::builder().build().map_err(faulty)?;
        shown.instance_id = origin.instance_id;
        shown.r#type = origin.r#type;
        shown.backup_id = origin.backup_id;
        shown.restore_time = origin.restore_time;
        shown.database_name = origin.database_name;
        described.restore_point = Some(shown);
    }
    Ok(described)
}

fn charged(wanted: Option<model::NewChargeInfo>) -> Result<model::ChargeInfo, Refusal> {
    let mut shown = model::ChargeInfo::builder().build().map_err(faulty)?;
    shown.charge_mode = Some(model::ChargeMode::PostPaid);
    if let Some(wanted) = wanted {
        shown.charge_mode = wanted.charge_mode;
        shown.period_type = wanted.period_type;
        shown.period_num = wanted.period_num;
        shown.is_auto_renew = wanted.is_auto_renew;
        shown.is_auto_pay = wanted.is_auto_pay;
    }
    Ok(shown)
}
