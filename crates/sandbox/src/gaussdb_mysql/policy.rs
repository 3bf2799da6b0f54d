//! When an instance is backed up by itself, and where to its backups are copied.

use cloudbackup_gaussdb_mysql_model as model;

use super::GaussDbMySql;
use crate::database::{OffsitePolicy, Schedule, Starts, wrong};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

pub(super) fn update_offsite_backup_policy(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::UpdateOffsiteBackupPolicyInput,
) -> Result<model::UpdateOffsiteBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    if let Some(policy) = input.backup_policy {
        let days = u32::try_from(policy.keep_days.unwrap_or(1)).unwrap_or(1);
        let days_if = |is_on: Option<bool>| if is_on == Some(true) { days } else { 0 };
        let policy = OffsitePolicy {
            full_days: days_if(policy.open_auto_backup),
            incremental_days: days_if(policy.open_incremental_backup),
            destination_region: policy.destination_region.unwrap_or_default(),
            destination_project_id: policy.destination_project_id.unwrap_or_default(),
        };
        service.store.set_policy(call, &instance, policy)?;
    }
    let reply = model::UpdateOffsiteBackupPolicyOutput::builder();
    reply.result("success").build().map_err(faulty)
}

pub(super) fn show_backup_policy(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ShowBackupPolicyInput,
) -> Result<model::ShowBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let mut described = model::BackupPolicy::builder().build().map_err(faulty)?;
    if let Some(schedule) = service.store.schedule(call, &instance)? {
        described.keep_days = Some(i64::from(schedule.keep_days));
        described.start_time = Some(schedule.window.clone());
        described.period = Some(schedule.days.clone());
    }
    let reply = model::ShowBackupPolicyOutput::builder();
    reply.backup_policy(described).build().map_err(faulty)
}

/// In force at once. Level-1 backups are not switched on for any instance, so how many of them
/// are kept does not matter.
pub(super) fn update_backup_policy(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::UpdateBackupPolicyInput,
) -> Result<model::UpdateBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let place = "/body/backup_policy";
    let wanted = input.backup_policy;
    let wanted = wanted.ok_or_else(|| wrong(place, "must be given"))?;
    let schedule = Schedule::new(
        place,
        wanted.start_time.as_deref().unwrap_or_default(),
        wanted.period.as_deref().unwrap_or_default(),
        wanted.keep_days.unwrap_or(1),
        Starts::FullHours,
    )?;
    let store = &mut service.store;
    let instance = store.set_schedule(call, &instance, Some(schedule), true)?;
    let reply = model::UpdateBackupPolicyOutput::builder()
        .status(model::PolicyUpdateStatus::Completed)
        .instance_id(instance.id.as_str())
        .instance_name(instance.name.as_str());
    reply.build().map_err(faulty)
}
