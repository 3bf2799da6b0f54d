//! When an instance is backed up by itself.

use cloudbackup_rds_model as model;

use super::Rds;
use crate::database::{Schedule, Starts, wrong};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// A policy that is off has no days to keep anything, and no more members.
pub(super) fn show_backup_policy(
    service: &mut Rds,
    call: &Call,
    input: model::ShowBackupPolicyInput,
) -> Result<model::ShowBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let described = match service.store.schedule(call, &instance)? {
        Some(schedule) => model::BackupPolicy::builder()
            .keep_days(i64::from(schedule.keep_days))
            .start_time(schedule.window.as_str())
            .period(schedule.days.as_str()),
        None => model::BackupPolicy::builder().keep_days(0),
    };
    let reply = model::ShowBackupPolicyOutput::builder();
    reply
        .backup_policy(described.build().map_err(faulty)?)
        .build()
        .map_err(faulty)
}

pub(super) fn update_backup_policy(
    service: &mut Rds,
    call: &Call,
    input: model::UpdateBackupPolicyInput,
) -> Result<model::UpdateBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let Some(wanted) = input.backup_policy else {
        return Err(wrong("/body/backup_policy", "must be given"));
    };
    let schedule = match wanted.keep_days.unwrap_or(0) {
        0 => None,
        days => {
            let place = "/body/backup_policy";
            let given = |member: &str, text: Option<String>| {
                let must = "must be given unless keep_days is 0";
                text.ok_or_else(|| wrong(&format!("{place}/{member}"), must))
            };
            let window = given("start_time", wanted.start_time)?;
            let period = given("period", wanted.period)?;
            let starts = Starts::QuarterHours;
            Some(Schedule::new(place, &window, &period, days, starts)?)
        }
    };
    let keeps_full = input.reserve_backups.unwrap_or(true);
    service
        .store
        .set_schedule(call, &instance, schedule, keeps_full)?;
    let reply = model::UpdateBackupPolicyOutput::builder();
    reply.build().map_err(faulty)
}
