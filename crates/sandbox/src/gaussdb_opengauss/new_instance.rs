//! Instances that are made from backups.

use cloudbackup_core::Secret;
use cloudbackup_gaussdb_opengauss_model as model;

use super::OpenGauss;
use crate::clock::Moment;
use crate::database::{
    DEFAULT_WINDOW, EVERY_DAY, Identity, NewInstance, Payment, Point, Schedule, Starts, limits,
    wrong,
};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Ports that the service keeps for itself.
const KEPT_PORTS: [u32; 19] = [
    2378, 2379, 2380, 4999, 5000, 5999, 6000, 6001, 8097, 8098, 12016, 12017, 20049, 20050, 21731,
    21732, 32122, 32123, 32124,
];
/// How long backups are kept where nothing or 0 is wanted.
const KEEP_DAYS: i64 = 7;

pub(super) fn restore_to_new_instance(
    service: &mut OpenGauss,
    call: &Call,
    input: model::RestoreToNewInstanceInput,
) -> Result<model::RestoreToNewInstanceOutput, Refusal> {
    let Some(origin) = input.restore_point.clone() else {
        return Err(wrong("/body/restore_point", "must be given"));
    };
    let is_time = origin.r#type == Some(model::RestoreType::Timestamp);
    let time = origin.restore_time.map(Moment::from_millis);
    let point = Point::new("/body/restore_point", is_time, origin.backup_id, time)?;
    let source_id = origin.instance_id.unwrap_or_default();
    let source = service.store.source(call, &source_id, &point, true)?;
    let new = wanted_instance(&input, &source.instance)?;
    let payment = new.payment;
    let job = service.store.restore_to_new(call, &source, new)?;
    let instance = started(call, input, &job.instance, payment)?;
    let mut reply = model::RestoreToNewInstanceOutput::builder().instance(instance);
    if payment == Payment::ByUse {
        reply = reply.job_id(job.id);
    }
    reply.build().map_err(faulty)
}

fn wanted_instance(
    input: &model::RestoreToNewInstanceInput,
    source: &Identity,
) -> Result<NewInstance, Refusal> {
    let volume = input.volume.as_ref();
    let volume_gb = volume.and_then(|volume| volume.size).unwrap_or_default();
    if !(40..=16 * 1024).contains(&volume_gb) || volume_gb % 40 != 0 {
        let must = "must be a multiple of 40, 16 TB at most";
        return Err(wrong("/body/volume/size", must));
    }
    limits::port(input.port.as_deref(), 1024..=39998, &KEPT_PORTS)?;
    limits::password(input.password.as_ref().map(Secret::expose))?;
    limits::time_zone(input.time_zone.as_deref())?;
    let kind = volume.and_then(|volume| volume.r#type.as_ref());
    let (window, days) = strategy(input.backup_strategy.as_ref());
    let place = "/body/backup_strategy";
    let schedule = Schedule::new(place, window, EVERY_DAY, days, Starts::FullHours)?;
    Ok(NewInstance {
        name: input.name.clone().unwrap_or_default(),
        mode: source.mode,
        volume_gb,
        volume_type: kind.map_or_else(String::new, |kind| kind.to_string()),
        schedule: Some(schedule),
        payment: payment(input.charge_info.as_ref())?,
    })
}

/// Hour and days of backups; without days, or with none, it is a week.
fn strategy(wanted: Option<&model::NewBackupStrategy>) -> (&str, i64) {
    let window = wanted.and_then(|it| it.start_time.as_deref());
    let days = wanted.and_then(|it| it.keep_days);
    let days = days.filter(|days| *days > 0).unwrap_or(KEEP_DAYS);
    (window.unwrap_or(DEFAULT_WINDOW), days)
}

fn payment(wanted: Option<&model::NewBilling>) -> Result<Payment, Refusal> {
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
        (Some(model::PeriodType::Year), Some(4..)) => Err(wrong(place, "must be 3 at most")),
        _ => Ok(Payment::InAdvance),
    }
}

/// The instance as it is while it is being made: what was asked for, and what follows from it.
fn started(
    call: &Call,
    input: model::RestoreToNewInstanceInput,
    made: &Identity,
    payment: Payment,
) -> Result<model::Instance, Refusal> {
    let region = call.cloud.region_of(&call.project_id);
    let ha = model::HighAvailability::builder()
        .mode(made.mode)
        .replication_mode(model::ReplicationMode::Sync)
        .consistency(model::Consistency::Strong);
    let (window, days) = strategy(input.backup_strategy.as_ref());
    let strategy = model::BackupStrategy::builder();
    let strategy = strategy.start_time(window).keep_days(days);
    let mut volume = model::Volume::builder().build().map_err(faulty)?;
    volume.size = Some(made.volume_gb);
    volume.r#type = input.volume.and_then(|volume| volume.r#type);
    let described = model::Instance::builder()
        .id(made.id.as_str())
        .name(made.name.as_str())
        .datastore(super::datastore(made)?)
        .ha(ha.build().map_err(faulty)?)
        .port(input.port.as_deref().unwrap_or("8000"))
        .volume(volume)
        .replica_num(3)
        .region(region.map_or("", |region| region.name.as_str()))
        .backup_strategy(strategy.build().map_err(faulty)?)
        .flavor_ref(input.flavor_ref.unwrap_or_default())
        .availability_zone(input.availability_zone.unwrap_or_default())
        .vpc_id(input.vpc_id.unwrap_or_default())
        .subnet_id(input.subnet_id.unwrap_or_default())
        .security_group_id(input.security_group_id.unwrap_or_default())
        .charge_info(billed(input.charge_info)?)
        // Without a wish, instances with a primary and standbys are restored so.
        .enable_parallel_restore(input.enable_parallel_restore.unwrap_or(true));
    let mut described = described.build().map_err(faulty)?;
    described.status = (payment == Payment::ByUse).then(|| "BUILD".to_owned());
    Ok(described)
}

fn billed(wanted: Option<model::NewBilling>) -> Result<model::Billing, Refusal> {
    let mut shown = model::Billing::builder().build().map_err(faulty)?;
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
