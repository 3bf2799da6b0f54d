//! What policies do when their time has come.

use cloudbackup_cbr_model as model;

use super::super::Cbr;
use super::super::backups::{Origin, Subject};
use super::super::checkpoints::{Order, prefix};
use super::super::problem::Problem;
use super::super::resources::{Kind, Resource};
use super::super::tasks::{Task, Work};
use super::super::vaults::{Member, Vault};
use super::{Applied, Policy};
use crate::clock::Moment;

/// Backups that are made up for at most when the clock has jumped over many runs of a policy, so
/// that a jump of a century is over soon. Only the latest runs happen then.
const MOST_MISSED: usize = 5000;
/// A vault takes in resources by itself as long as more than this is left of it, in GB.
const LEAST_LEFT: i64 = 40;

impl Cbr {
    /// The time of a policy has come, unless it got another schedule since.
    pub(crate) fn policy_is_due(
        &mut self,
        at: Moment,
        policy_id: &str,
        schedule: u64,
        now: Moment,
    ) {
        let mut policies = self.policies.iter();
        let policy = policies.find(|it| it.id == policy_id && it.schedules == schedule);
        let Some(policy) = policy.cloned() else {
            return;
        };
        let vaults = self.vaults_under(&policy);
        if vaults.is_empty() {
            // Nothing can change that before the next call.
            return self.plan(&policy, now.max(at));
        }
        let work: usize = vaults.iter().map(|(vault, _)| vault.members.len()).sum();
        let runs = (MOST_MISSED / work.max(1)).max(1);
        let behind = policy.schedule.time_of(runs as u64);
        if now.since(at) > behind {
            return self.plan(&policy, now.before(behind));
        }
        self.plan(&policy, at);
        for (vault, applied) in vaults {
            match policy.operation_type {
                model::OperationType::Replication => {
                    self.replicate_on_schedule(at, &policy, &vault, &applied);
                }
                _ => self.back_up_on_schedule(at, &policy, &vault.id),
            }
        }
    }

    /// The vaults that an enabled policy is applied to.
    fn vaults_under(&self, policy: &Policy) -> Vec<(Vault, Applied)> {
        let vaults = self.vaults.iter().filter(|_| policy.is_enabled);
        let vaults = vaults.filter_map(|vault| {
            let applied = vault.policies.iter().find(|it| it.policy_id == policy.id)?;
            Some((vault.clone(), applied.clone()))
        });
        vaults.collect()
    }

    fn back_up_on_schedule(&mut self, at: Moment, policy: &Policy, vault_id: &str) {
        self.take_in(vault_id);
        let Some(vault) = self.vault_by_id(vault_id).cloned() else {
            return;
        };
        if vault.members.is_empty() {
            return;
        }
        let rest = self.cloud.ids.hex(4);
        let order = Order {
            name: match vault.backup_name_prefix.as_str() {
                "" => format!("{}{rest}", prefix(true)),
                begin => format!("{begin}_{rest}"),
            },
            description: String::new(),
            is_automatic: true,
            is_incremental: true,
            policy_id: Some(policy.id.clone()),
            full_after: policy
                .definition
                .full_backup_interval
                .and_then(|after| usize::try_from(after).ok()),
            kept_days: policy.kept_days(),
            fails: false,
        };
        match self.back_up(at, &vault, &vault.members, &order) {
            Ok(checkpoint) => {
                for (subject, problem) in checkpoint.skipped {
                    let mut task = self.undone(at, policy, &vault);
                    task.set_resource(subject);
                    self.note_problem(task, model::OperationStatus::Skipped, problem);
                }
            }
            Err(problem) => self.note_not_backed_up(at, policy, &vault, problem),
        }
    }

    /// Notes for each resource of a vault why nothing came of a run.
    fn note_not_backed_up(&mut self, at: Moment, policy: &Policy, vault: &Vault, why: Problem) {
        for member in &vault.members {
            let Some(resource) = self.resource_of(vault, member) else {
                continue;
            };
            let covered = self.covered_size(resource, member.details.as_ref());
            let subject = Subject::of(resource, covered);
            let hindrance = self.hindrance(vault, member, resource);
            let mut task = self.undone(at, policy, vault);
            task.set_resource(subject);
            match hindrance {
                Some(own) => self.note_problem(task, model::OperationStatus::Skipped, own),
                None => self.note_problem(task, model::OperationStatus::Failed, why),
            }
        }
    }

    /// The task of a policy of which nothing came.
    fn undone(&self, at: Moment, policy: &Policy, vault: &Vault) -> Task {
        let work = Work::Undone(policy.operation_type.clone());
        let mut task = Task::new(&self.cloud, &vault.project_id, at, work);
        task.set_vault(Some(vault));
        task.policy_id = Some(policy.id.clone());
        task
    }

    fn replicate_on_schedule(
        &mut self,
        at: Moment,
        policy: &Policy,
        vault: &Vault,
        applied: &Applied,
    ) {
        let (project, region) = policy.destination().unwrap_or_default();
        let id = applied.destination_vault_id.as_deref().unwrap_or_default();
        let destination = self.destination(&vault.project_id, project, region, id);
        let origin = Origin {
            is_automatic: true,
            policy_id: Some(policy.id.clone()),
            kept_days: policy.kept_days(),
            fails: false,
        };
        let replicated = match destination.cloned() {
            Ok(destination) if self.is_to_replicate(vault, &destination) => self
                .replicate_vault(at, vault, &destination, &origin)
                .map(|_| ()),
            Ok(_) => Ok(()),
            Err(problem) => Err(problem),
        };
        if let Err(problem) = replicated {
            let task = self.undone(at, policy, vault);
            self.note_problem(task, model::OperationStatus::Failed, problem);
        }
    }

    /// Puts servers and the like that are in no vault into one that takes them in by itself.
    fn take_in(&mut self, vault_id: &str) {
        let Some(vault) = self.vault_by_id(vault_id) else {
            return;
        };
        let Some(kind) = Kind::of_vault(&vault.object_type).filter(|_| vault.auto_bind) else {
            return;
        };
        let mut grown = vault.clone();
        let resources = self.resources.iter();
        let free = resources.filter(|it| {
            it.kind == kind
                && it.project_id == vault.project_id
                && it.fault().is_none()
                && is_bound(vault, it)
                && self.vault_of(it).is_none()
        });
        for resource in free {
            let left = grown.size - self.allocated(&grown);
            if left > LEAST_LEFT && left >= resource.size {
                grown.members.push(Member {
                    id: resource.id.clone(),
                    details: None,
                    is_removing: false,
                });
            }
        }
        let members = grown.members;
        if let Some(vault) = self.vault_by_id_mut(vault_id) {
            vault.members = members;
        }
    }
}

/// Whether a resource has one of the labels that a vault takes resources in by, if it has such.
fn is_bound(vault: &Vault, resource: &Resource) -> bool {
    let rules = vault.bind_rules.as_ref();
    let wanted = rules.and_then(|rules| rules.tags.as_deref());
    let wanted = wanted.unwrap_or_default();
    let mut tags = resource.tags.iter();
    wanted.is_empty()
        || tags.any(|(key, value)| {
            let mut wanted = wanted.iter();
            wanted.any(|tag| tag.key.as_ref() == Some(key) && tag.value.as_ref() == Some(value))
        })
}
