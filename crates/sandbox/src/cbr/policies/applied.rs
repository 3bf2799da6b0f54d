//! Policies are applied to vaults and taken off them.

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

use super::super::Cbr;
use super::super::problem::{self, Problem, bad};
use super::super::vaults::Vault;
use super::Policy;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Policies that one call adds at most: the only number that the documents have beside them.
const MOST_ADDED: usize = 10;

/// That a policy is applied to a vault.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Applied {
    pub(crate) policy_id: String,
    /// Where the copies of a replication policy go.
    pub(crate) destination_vault_id: Option<String>,
}

impl Applied {
    fn described(&self, vault_id: &str) -> Result<model::VaultPolicy, Refusal> {
        let mut described = model::VaultPolicy::builder()
            .vault_id(vault_id)
            .policy_id(self.policy_id.as_str());
        if let Some(id) = &self.destination_vault_id {
            described = described.destination_vault_id(id.as_str());
        }
        described.build().map_err(faulty)
    }
}

impl Cbr {
    /// Whether a policy is applied to any vault.
    pub(crate) fn is_applied(&self, policy_id: &str) -> bool {
        let mut applied = self.vaults.iter().flat_map(|vault| &vault.policies);
        applied.any(|it| it.policy_id == policy_id)
    }

    /// Whether an enabled backup policy is applied to a vault.
    pub(crate) fn is_protected(&self, vault: &Vault) -> bool {
        let mut policies = self.policies.iter();
        policies.any(|policy| {
            policy.is_enabled
                && policy.operation_type == model::OperationType::Backup
                && vault.policies.iter().any(|it| it.policy_id == policy.id)
        })
    }

    /// Applies a policy to a vault, or again with another destination.
    pub(crate) fn apply(
        &self,
        call: &Call,
        vault: &mut Vault,
        policy: &Policy,
        destination_vault_id: Option<&str>,
    ) -> Result<Applied, Problem> {
        if vault.is_for_copies() {
            return Err(problem::POLICY_DOES_NOT_FIT);
        }
        let destination_vault_id = match policy.destination() {
            Some(destination) if policy.operation_type == model::OperationType::Replication => {
                let id = destination_vault_id.ok_or(bad(
                    "/body/destination_vault_id: is mandatory for a replication policy",
                ))?;
                if vault.object_type != model::ObjectType::Server {
                    return Err(problem::KIND_NOT_REPLICATED);
                }
                let (project, region) = destination;
                let destination = self.destination(&call.project_id, project, region, id)?;
                Some(destination.id.clone())
            }
            _ if vault.cloud_type == model::CloudType::Hybrid => return Err(problem::HYBRID),
            _ => None,
        };
        let applied = Applied {
            policy_id: policy.id.clone(),
            destination_vault_id,
        };
        vault.policies.retain(|it| it.policy_id != policy.id);
        vault.policies.push(applied.clone());
        Ok(applied)
    }
}

/// `policy_id` takes the place of the policies of its kind, `add_policy_ids` come on top of them.
/// Of several policies the reply names the last.
pub(crate) fn associate_vault_policy(
    service: &mut Cbr,
    call: &Call,
    input: model::AssociateVaultPolicyInput,
) -> Result<model::AssociateVaultPolicyOutput, Refusal> {
    let id = input.vault_id.unwrap_or_default();
    let mut vault = service.vault(call, &id)?.clone();
    vault.check_usable()?;
    let replaces = input.policy_id.is_some();
    let ids = match (input.policy_id, input.add_policy_ids) {
        (Some(id), None) => vec![id],
        (None, Some(ids)) if (1..=MOST_ADDED).contains(&ids.len()) => ids,
        (None, _) => return Err(bad("/body/add_policy_ids: must have 1 to 10 ids").into()),
        (Some(_), Some(_)) => {
            return Err(bad("/body: `policy_id` or `add_policy_ids`, not both").into());
        }
    };
    let mut last = None;
    for policy_id in ids {
        let policy = service.policy(call, &policy_id)?.clone();
        if replaces {
            let is_alike = |policy_id: &str| {
                let mut policies = service.policies.iter();
                let known = policies.find(|it| it.id == policy_id);
                known.is_some_and(|known| known.operation_type == policy.operation_type)
            };
            vault.policies.retain(|it| !is_alike(&it.policy_id));
        }
        let destination = input.destination_vault_id.as_deref();
        last = Some(service.apply(call, &mut vault, &policy, destination)?);
    }
    *service.vault_mut(&id)? = vault;
    let last = last.ok_or_else(|| faulty("no policy was applied"))?;
    let reply = model::AssociateVaultPolicyOutput::builder();
    reply
        .associate_policy(last.described(&id)?)
        .build()
        .map_err(faulty)
}

pub(crate) fn dissociate_vault_policy(
    service: &mut Cbr,
    call: &Call,
    input: model::DissociateVaultPolicyInput,
) -> Result<model::DissociateVaultPolicyOutput, Refusal> {
    let id = input.vault_id.unwrap_or_default();
    service.vault(call, &id)?.check_usable()?;
    let policy_id = &service
        .policy(call, &input.policy_id.unwrap_or_default())?
        .id
        .clone();
    let vault = service.vault_mut(&id)?;
    let mut applied = vault.policies.iter();
    let position = applied.position(|it| it.policy_id == *policy_id);
    let applied = vault.policies.remove(position.ok_or(problem::NOT_APPLIED)?);
    let reply = model::DissociateVaultPolicyOutput::builder();
    reply
        .dissociate_policy(applied.described(&id)?)
        .build()
        .map_err(faulty)
}
