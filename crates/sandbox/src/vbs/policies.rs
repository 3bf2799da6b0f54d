//! Backup policies.

use cloudbackup_core::{Validate, Validator};
use cloudbackup_vbs_model as model;
use serde::{Deserialize, Serialize};

use super::schedule::Rules;
use super::{Event, Vbs};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Policies that a tenant may have.
const MOST_POLICIES: usize = 10;
/// Tags that a policy may have.
const MOST_TAGS: usize = 10;

/// A policy.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Policy {
    pub(super) project_id: String,
    pub(super) described: model::BackupPolicy,
    /// What its schedule says.
    pub(super) rules: Rules,
    /// How often it was changed: what was planned before is void.
    pub(super) revision: u64,
}

impl Policy {
    pub(super) fn id(&self) -> &str {
        self.described.backup_policy_id.as_deref().unwrap_or("")
    }
}

impl Vbs {
    pub(super) fn policy(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.id() == id)
    }

    /// Where a policy of the call's project is.
    pub(super) fn position(&self, call: &Call, id: &str) -> Result<usize, Refusal> {
        let mut policies = self.policies.iter();
        let found = policies.position(|it| it.id() == id && it.project_id == call.project_id);
        found
            .ok_or_else(|| Refusal::new(404, "AutoBackup.0205", "the backup policy does not exist"))
    }

    /// The disks of a policy.
    pub(super) fn disks_of(&self, policy_id: &str) -> Vec<String> {
        let disks = self.disks.iter();
        let attached = disks.filter(|disk| disk.policy_id.as_deref() == Some(policy_id));
        attached.map(|disk| disk.id.clone()).collect()
    }

    /// Plans what a new or changed policy does next, in place of what was planned before.
    fn plan_anew(&mut self, position: usize, now: Moment) {
        let policy = &mut self.policies[position];
        policy.revision += 1;
        policy.rules = Rules::of(&policy.described);
        let (policy_id, revision) = (policy.id().to_owned(), policy.revision);
        if let Some(next) = policy.rules.next(now) {
            let event = Event::Due {
                policy_id: policy_id.clone(),
                revision,
            };
            self.timeline.plan(next, event);
        }
        self.plan_ends(&policy_id, now);
    }

    /// A policy has come to one of its hours: its disks are backed up.
    pub(super) fn due(&mut self, at: Moment, policy_id: &str, revision: u64, now: Moment) {
        let Some(policy) = self.policy(policy_id) else {
            return;
        };
        if policy.revision != revision {
            return;
        }
        let rules = policy.rules;
        let disks = self.disks_of(policy_id);
        // When the clock jumps by years, what would leave no trace need not be gone through.
        let traced = now.before(rules.traces());
        let next = if disks.is_empty() {
            rules.next(now)
        } else if at < traced {
            rules.next(traced)
        } else {
            for disk in disks {
                self.run_on_schedule(at, policy_id, disk);
            }
            rules.next(at)
        };
        if let Some(next) = next {
            let event = Event::Due {
                policy_id: policy_id.to_owned(),
                revision,
            };
            self.timeline.plan(next, event);
        }
    }
}

pub(super) fn create_backup_policy(
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
    let tags = input.tags.unwrap_or_default();
    check_tags(&tags)?;
    let id = call.cloud.ids.uuid();
    let schedule = model::BackupSchedule::builder().build();
    let mut described = model::BackupPolicy::builder()
        .backup_policy_id(id.as_str())
        .backup_policy_name(input.backup_policy_name.unwrap_or_default())
        .tags(tags)
        .scheduled_policy(match input.scheduled_policy {
            Some(wanted) => changed(schedule, of_new(wanted)),
            None => schedule,
        });
    if let Some(zone) = input.time_zone {
        described = described.time_zone(zone);
    }
    let described = described.build().map_err(faulty)?;
    service.policies.push(Policy {
        project_id: call.project_id.clone(),
        rules: Rules::of(&described),
        described,
        revision: 0,
    });
    service.plan_anew(service.policies.len() - 1, call.now);
    let reply = model::CreateBackupPolicyOutput::builder();
    reply.backup_policy_id(id).build().map_err(faulty)
}

fn check_tags(tags: &[model::Tag]) -> Result<(), Refusal> {
    if tags.len() > MOST_TAGS {
        let message = "a policy can have 10 tags";
        return Err(Refusal::new(403, "AutoBackup.0215", message));
    }
    let is_double = |(index, tag): (usize, &model::Tag)| {
        tags[..index].iter().any(|before| before.key == tag.key)
    };
    if tags.iter().enumerate().any(is_double) {
        let message = "two tags of a policy cannot have the same key";
        return Err(Refusal::new(400, "AutoBackup.0214", message));
    }
    Ok(())
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

/// All at once, in the order in which they were made: the list has no pages.
pub(super) fn list_backup_policies(
    service: &mut Vbs,
    call: &Call,
    _input: model::ListBackupPoliciesInput,
) -> Result<model::ListBackupPoliciesOutput, Refusal> {
    let policies = service.policies.iter();
    let own = policies.filter(|policy| policy.project_id == call.project_id);
    let own: Vec<_> = own
        .map(|policy| {
            let mut described = policy.described.clone();
            let disks = service.disks_of(policy.id()).len();
            described.policy_resource_count = i64::try_from(disks).ok();
            described
        })
        .collect();
    let reply = model::ListBackupPoliciesOutput::builder();
    reply.backup_policies(own).build().map_err(faulty)
}

pub(super) fn update_backup_policy(
    service: &mut Vbs,
    call: &Call,
    input: model::UpdateBackupPolicyInput,
) -> Result<model::UpdateBackupPolicyOutput, Refusal> {
    let id = input.policy_id.unwrap_or_default();
    let position = service.position(call, &id)?;
    let mut policy = service.policies[position].described.clone();
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
    check_hours(&policy)?;
    service.policies[position].described = policy;
    service.plan_anew(position, call.now);
    let reply = model::UpdateBackupPolicyOutput::builder();
    reply.backup_policy_id(id).build().map_err(faulty)
}

/// Whether the hours of a changed policy still go with its time zone and its days: a request that
/// names one of them only cannot show it.
fn check_hours(policy: &model::BackupPolicy) -> Result<(), Refusal> {
    let mut whole = model::UpdateBackupPolicyInput::default();
    whole.scheduled_policy = policy.scheduled_policy.clone();
    whole.time_zone = policy.time_zone.clone();
    whole.policy_id = policy.backup_policy_id.clone();
    let mut v = Validator::new();
    whole.validate(&mut v);
    v.finish()
        .map_err(|violations| Refusal::invalid("AutoBackup.0226", &violations))
}

/// Its disks have no policy then; the backups that it made stay, and are kept for good.
pub(super) fn delete_backup_policy(
    service: &mut Vbs,
    call: &Call,
    input: model::DeleteBackupPolicyInput,
) -> Result<model::DeleteBackupPolicyOutput, Refusal> {
    let id = input.policy_id.unwrap_or_default();
    let position = service.position(call, &id)?;
    service.check_idle(&id)?;
    service.policies.remove(position);
    service.tasks.retain(|_, task| task.policy_id != id);
    for disk in &mut service.disks {
        if disk.policy_id.as_deref() == Some(&id) {
            disk.policy_id = None;
        }
    }
    let reply = model::DeleteBackupPolicyOutput::builder();
    reply.build().map_err(faulty)
}
