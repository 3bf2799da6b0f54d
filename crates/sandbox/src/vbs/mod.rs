//! Volume Backup Service.

#[rustfmt::skip]
mod generated;

use std::sync::Arc;

use cloudbackup_core::server::{Route, Server};
use cloudbackup_vbs_model as model;

use self::generated::Handlers;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::gateway::{Behaviour, Call};
use crate::refusal::{ErrorShape, Refusal, faulty};

/// Policies that a tenant may have.
const MOST_POLICIES: usize = 10;

/// The state of the service.
#[derive(Debug, Default)]
pub(crate) struct Vbs {
    /// In the order in which they were made.
    policies: Vec<Policy>,
}

#[derive(Debug)]
struct Policy {
    project_id: String,
    described: model::BackupPolicy,
}

impl Policy {
    fn is(&self, call: &Call, id: &str) -> bool {
        self.project_id == call.project_id && self.described.backup_policy_id.as_deref() == Some(id)
    }
}

impl Server for Vbs {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for Vbs {
    const NAME: &'static str = "vbs";
    const ERRORS: ErrorShape = ErrorShape::Nested;
    const INVALID: &'static str = "AutoBackup.0102";

    fn new(_cloud: &Arc<Cloud>) -> Self {
        Self::default()
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            create_backup_policy: Some(create_backup_policy),
            list_backup_policies: Some(list_backup_policies),
            update_backup_policy: Some(update_backup_policy),
            delete_backup_policy: Some(delete_backup_policy),
        };
        handlers.into_routes()
    }

    /// Policies stand still until something carries them out.
    fn settle(&mut self, _now: Moment) {}
}

impl Vbs {
    fn position(&self, call: &Call, id: &str) -> Result<usize, Refusal> {
        let mut policies = self.policies.iter();
        let found = policies.position(|policy| policy.is(call, id));
        found
            .ok_or_else(|| Refusal::new(404, "AutoBackup.0205", "the backup policy does not exist"))
    }
}

fn create_backup_policy(
    service: &mut Vbs,
    call: &Call,
    input: model::CreateBackupPolicyInput,
) -> Result<model::CreateBackupPolicyOutput, Refusal> {
    let policies = service.policies.iter();
    let own = policies.filter(|policy| policy.project_id == call.project_id);
    if own.count() >= MOST_POLICIES {
        let message = "a tenant can have 10 backup policies";
        return Err(Refusal::new(403, "AutoBackup.0203", message));
    }
    let id = call.cloud.ids.uuid();
    let schedule = model::BackupSchedule::builder().build();
    let mut described = model::BackupPolicy::builder()
        .backup_policy_id(id.as_str())
        .backup_policy_name(input.backup_policy_name.unwrap_or_default())
        .policy_resource_count(0)
        .tags(input.tags.unwrap_or_default())
        .scheduled_policy(match input.scheduled_policy {
            Some(wanted) => changed(schedule, of_new(wanted)),
            None => schedule,
        });
    if let Some(zone) = input.time_zone {
        described = described.time_zone(zone);
    }
    service.policies.push(Policy {
        project_id: call.project_id.clone(),
        described: described.build().map_err(faulty)?,
    });
    let reply = model::CreateBackupPolicyOutput::builder();
    reply.backup_policy_id(id).build().map_err(faulty)
}

/// The schedule of a new policy in the type of those that there are.
fn of_new(wanted: model::ScheduledPolicy) -> model::BackupSchedule {
    let mut schedule = model::BackupSchedule::builder().build();
    schedule.start_time = wanted.start_time;
    schedule.frequency = wanted.frequency;
    schedule.week_frequency = wanted.week_frequency;
    schedule.retention_num = wanted.retention_num;
    schedule.retention_day = wanted.retention_day;
    schedule.retain_first_backup_of_month = wanted.retain_first_backup_of_month;
    schedule.status = wanted.status;
    schedule
}

/// A schedule with what is wanted of it, and what of the rest still holds: days by number and days
/// by name, and the two ways of keeping, take each other's place.
fn changed(mut now: model::BackupSchedule, wanted: model::BackupSchedule) -> model::BackupSchedule {
    if wanted.frequency.is_some() || wanted.week_frequency.is_some() {
        now.frequency = wanted.frequency;
        now.week_frequency = wanted.week_frequency;
    }
    if wanted.retention_num.is_some() || wanted.retention_day.is_some() {
        now.retention_num = wanted.retention_num;
        now.retention_day = wanted.retention_day;
    }
    now.start_time = wanted.start_time.or(now.start_time);
    now.status = wanted.status.or(now.status);
    let month = wanted.retain_first_backup_of_month;
    now.retain_first_backup_of_month = month.or(now.retain_first_backup_of_month);
    now
}

fn list_backup_policies(
    service: &mut Vbs,
    call: &Call,
    _input: model::ListBackupPoliciesInput,
) -> Result<model::ListBackupPoliciesOutput, Refusal> {
    let policies = service.policies.iter();
    let own = policies.filter(|policy| policy.project_id == call.project_id);
    let own: Vec<_> = own.map(|policy| policy.described.clone()).collect();
    let reply = model::ListBackupPoliciesOutput::builder();
    reply.backup_policies(own).build().map_err(faulty)
}

fn update_backup_policy(
    service: &mut Vbs,
    call: &Call,
    input: model::UpdateBackupPolicyInput,
) -> Result<model::UpdateBackupPolicyOutput, Refusal> {
    let id = input.policy_id.unwrap_or_default();
    let position = service.position(call, &id)?;
    let policy = &mut service.policies[position].described;
    if let Some(name) = input.backup_policy_name {
        policy.backup_policy_name = Some(name);
    }
    if let Some(zone) = input.time_zone {
        policy.time_zone = Some(zone);
    }
    if let Some(wanted) = input.scheduled_policy {
        let now = policy.scheduled_policy.take();
        let now = now.unwrap_or_else(|| model::BackupSchedule::builder().build());
        policy.scheduled_policy = Some(changed(now, wanted));
    }
    let reply = model::UpdateBackupPolicyOutput::builder();
    reply.backup_policy_id(id).build().map_err(faulty)
}

fn delete_backup_policy(
    service: &mut Vbs,
    call: &Call,
    input: model::DeleteBackupPolicyInput,
) -> Result<model::DeleteBackupPolicyOutput, Refusal> {
    let position = service.position(call, &input.policy_id.unwrap_or_default())?;
    service.policies.remove(position);
    let reply = model::DeleteBackupPolicyOutput::builder();
    reply.build().map_err(faulty)
}
