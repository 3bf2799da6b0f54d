//! Policies: when something is done to vaults, and how long its backups are kept.

mod applied;
mod retention;
mod runs;
mod schedule;

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

pub(crate) use self::applied::{Applied, associate_vault_policy, dissociate_vault_policy};
use self::schedule::Schedule;
use super::problem::{self, Problem, bad};
use super::{Cbr, Event, time};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Policies of each kind that there may be.
const MOST_POLICIES: usize = 32;

/// A policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) id: String,
    project_id: String,
    name: String,
    is_enabled: bool,
    pub(crate) operation_type: model::OperationType,
    definition: model::OperationDefinition,
    trigger_id: String,
    trigger: model::NewTriggerProperties,
    begins: Moment,
    schedule: Schedule,
    /// How often it got a schedule: what was planned by an earlier one does not happen.
    schedules: u64,
}

impl Policy {
    /// Where its copies go.
    fn destination(&self) -> Option<(&str, &str)> {
        let project = self.definition.destination_project_id.as_deref()?;
        Some((project, self.definition.destination_region.as_deref()?))
    }

    /// For how many days backups are kept; -1 for good.
    fn kept_days(&self) -> i64 {
        self.definition.retention_duration_days.unwrap_or(-1)
    }

    fn described(&self, vaults: Vec<model::AssociatedVault>) -> Result<model::Policy, Refusal> {
        let mut properties = model::TriggerProperties::builder()
            .pattern(self.trigger.pattern.iter().flatten())
            .start_time(time(self.begins));
        if let Some(minutes) = self.trigger.start_window_minutes {
            properties = properties.start_window_minutes(minutes);
        }
        let trigger = model::PolicyTrigger::builder()
            .id(self.trigger_id.as_str())
            .name("default")
            .r#type(model::TriggerType::Time)
            .properties(properties.build().map_err(faulty)?);
        let described = model::Policy::builder()
            .id(self.id.as_str())
            .name(self.name.as_str())
            .enabled(self.is_enabled)
            .operation_type(self.operation_type.clone())
            .operation_definition(self.definition.clone())
            .policy_type("custom_policy")
            .trigger(trigger.build().map_err(faulty)?)
            .associated_vaults(vaults);
        described.build().map_err(faulty)
    }
}

impl Cbr {
    pub(crate) fn policy(&self, call: &Call, id: &str) -> Result<&Policy, Problem> {
        let mut policies = self.policies.iter();
        let found = policies.find(|it| it.id == id && it.project_id == call.project_id);
        found.ok_or(problem::NO_POLICY)
    }

    fn describe_policy(&self, policy: &Policy) -> Result<model::Policy, Refusal> {
        let vaults = self.vaults.iter().filter_map(|vault| {
            let applied = vault.policies.iter().find(|it| it.policy_id == policy.id)?;
            let mut described = model::AssociatedVault::builder().vault_id(vault.id.as_str());
            if let Some(id) = &applied.destination_vault_id {
                described = described.destination_vault_id(id.as_str());
            }
            Some(described.build().map_err(faulty))
        });
        policy.described(vaults.collect::<Result<Vec<_>, _>>()?)
    }

    /// Plans the next run of a policy.
    fn plan(&mut self, policy: &Policy, after: Moment) {
        let event = Event::Runs {
            policy_id: policy.id.clone(),
            schedule: policy.schedules,
        };
        self.timeline.plan(policy.schedule.after(after), event);
    }

    /// Whether what a policy is to do makes sense, apart from the limits that the request states.
    fn check_definition(
        &self,
        call: &Call,
        kind: &model::OperationType,
        wanted: &model::OperationDefinition,
    ) -> Result<(), Problem> {
        let is_some = |number: Option<i64>| number.is_some_and(|number| number > 0);
        let by_calendar = [
            wanted.day_backups,
            wanted.week_backups,
            wanted.month_backups,
            wanted.year_backups,
        ];
        let is_by_calendar = by_calendar.into_iter().any(is_some);
        if is_by_calendar && wanted.timezone.is_none() {
            return Err(bad(
                "/body/policy/operation_definition/timezone: is needed to tell days apart",
            ));
        }
        let is_by_number = is_some(wanted.max_backups) || is_by_calendar;
        let days = wanted.retention_duration_days;
        if days == Some(0) || (is_some(days) && is_by_number) {
            return Err(bad(
                "/body/policy/operation_definition/retention_duration_days: must be -1 or more \
                 than 0, and backups are kept for a time or up to a number, not both",
            ));
        }
        if *kind != model::OperationType::Replication {
            return Ok(());
        }
        let project = wanted.destination_project_id.as_deref();
        let region = wanted.destination_region.as_deref();
        let (Some(project), Some(region)) = (project, region) else {
            return Err(bad(
                "/body/policy/operation_definition/destination_region: is mandatory for a \
                 replication policy, as is `destination_project_id`",
            ));
        };
        let known = call.cloud.region(region);
        if known.is_none_or(|known| known.project_id != project) {
            return Err(problem::WRONG_DESTINATION);
        }
        match project == call.project_id {
            true => Err(problem::SAME_REGION),
            false => Ok(()),
        }
    }
}

pub(crate) fn create_policy(
    service: &mut Cbr,
    call: &Call,
    input: model::CreatePolicyInput,
) -> Result<model::CreatePolicyOutput, Refusal> {
    let missing = || faulty("a policy that was checked lacks something");
    let wanted = input.policy.ok_or_else(missing)?;
    let operation_type = wanted.operation_type.ok_or_else(missing)?;
    let definition = wanted.operation_definition.ok_or_else(missing)?;
    let trigger = wanted.trigger.and_then(|trigger| trigger.properties);
    let trigger = trigger.ok_or_else(missing)?;
    service.check_definition(call, &operation_type, &definition)?;
    let schedule = Schedule::read(trigger.pattern.as_deref().unwrap_or_default(), call.now)?;
    let policies = service.policies.iter();
    let alike = policies
        .filter(|it| it.project_id == call.project_id && it.operation_type == operation_type);
    if alike.count() >= MOST_POLICIES {
        return Err(problem::TOO_MANY_POLICIES.into());
    }
    let policy = Policy {
        id: call.cloud.ids.uuid(),
        project_id: call.project_id.clone(),
        name: wanted.name.ok_or_else(missing)?,
        is_enabled: wanted.enabled.unwrap_or(true),
        operation_type,
        definition,
        trigger_id: call.cloud.ids.uuid(),
        trigger,
        begins: call.now,
        schedule,
        schedules: 0,
    };
    service.plan(&policy, call.now);
    let described = service.describe_policy(&policy)?;
    service.policies.push(policy);
    let reply = model::CreatePolicyOutput::builder();
    reply.policy(described).build().map_err(faulty)
}

/// Does not page; the count is that of the list.
pub(crate) fn list_policies(
    service: &mut Cbr,
    call: &Call,
    input: model::ListPoliciesInput,
) -> Result<model::ListPoliciesOutput, Refusal> {
    let policies = service.policies.iter();
    let own = policies.filter(|policy| policy.project_id == call.project_id);
    let (kind, vault_id) = (input.operation_type.as_ref(), input.vault_id.as_ref());
    let is_applied = |policy: &Policy, vault_id: &str| {
        let vault = service.vault_by_id(vault_id);
        let mut applied = vault.into_iter().flat_map(|vault| &vault.policies);
        applied.any(|it| it.policy_id == policy.id)
    };
    let fitting = own.filter(|policy| {
        kind.is_none_or(|kind| *kind == policy.operation_type)
            && vault_id.is_none_or(|vault_id| is_applied(policy, vault_id))
    });
    let found = fitting.map(|policy| service.describe_policy(policy));
    let found: Vec<model::Policy> = found.collect::<Result<_, _>>()?;
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let reply = model::ListPoliciesOutput::builder();
    reply.policies(found).count(count).build().map_err(faulty)
}

pub(crate) fn show_policy(
    service: &mut Cbr,
    call: &Call,
    input: model::ShowPolicyInput,
) -> Result<model::ShowPolicyOutput, Refusal> {
    let policy = service.policy(call, &input.policy_id.unwrap_or_default())?;
    let reply = model::ShowPolicyOutput::builder();
    reply
        .policy(service.describe_policy(policy)?)
        .build()
        .map_err(faulty)
}

/// What is left out stays as it is, but `operation_definition` is taken as a whole.
pub(crate) fn update_policy(
    service: &mut Cbr,
    call: &Call,
    input: model::UpdatePolicyInput,
) -> Result<model::UpdatePolicyOutput, Refusal> {
    let mut policy = service
        .policy(call, &input.policy_id.unwrap_or_default())?
        .clone();
    let wanted = input
        .policy
        .ok_or_else(|| faulty("a change that was checked is missing"))?;
    if let Some(definition) = wanted.operation_definition {
        service.check_definition(call, &policy.operation_type, &definition)?;
        let before = policy.destination().map(|(_, region)| region.to_owned());
        policy.definition = definition;
        let is_moved = policy.destination().map(|(_, region)| region) != before.as_deref();
        if is_moved && service.is_applied(&policy.id) {
            return Err(problem::REGION_IN_USE.into());
        }
    }
    if let Some(trigger) = wanted.trigger.and_then(|trigger| trigger.properties) {
        let patterns = trigger.pattern.as_deref().unwrap_or_default();
        policy.schedule = Schedule::read(patterns, policy.begins)?;
        policy.trigger = trigger;
        policy.schedules += 1;
        service.plan(&policy, call.now);
    }
    policy.name = wanted.name.unwrap_or(policy.name);
    policy.is_enabled = wanted.enabled.unwrap_or(policy.is_enabled);
    let described = service.describe_policy(&policy)?;
    for known in service.policies.iter_mut().filter(|it| it.id == policy.id) {
        *known = policy.clone();
    }
    let reply = model::UpdatePolicyOutput::builder();
    reply.policy(described).build().map_err(faulty)
}

/// A policy that is applied can be deleted too: no document forbids it. What it made stays.
pub(crate) fn delete_policy(
    service: &mut Cbr,
    call: &Call,
    input: model::DeletePolicyInput,
) -> Result<model::DeletePolicyOutput, Refusal> {
    let id = service
        .policy(call, &input.policy_id.unwrap_or_default())?
        .id
        .clone();
    service.policies.retain(|policy| policy.id != id);
    for vault in &mut service.vaults {
        vault.policies.retain(|applied| applied.policy_id != id);
    }
    model::DeletePolicyOutput::builder().build().map_err(faulty)
}
