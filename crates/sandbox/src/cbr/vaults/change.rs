//! Vaults are made, ordered, changed and deleted.

use std::collections::BTreeSet;
use std::time::Duration;

use cloudbackup_cbr_model as model;

use super::super::backups::DELETE_TIME;
use super::super::problem::{self, Problem, bad};
use super::super::tasks::{Task, Work};
use super::super::{Cbr, Event};
use super::Vault;
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// The largest vault, in GB.
pub(crate) const MOST_SIZE: i64 = 10_485_760;
/// Vaults of a project. The service has no such limit, as far as documents tell; memory has one.
const MOST_VAULTS: usize = 10_000;
/// How long it takes until a vault that is paid for in advance has the size that was ordered.
const ENLARGE_TIME: Duration = Duration::from_secs(10);

/// What cannot be together, or must be.
fn check_payment(
    wanted: &model::NewVault,
    billing: &model::NewVaultBilling,
) -> Result<(), Problem> {
    let in_advance = billing.charging_mode == Some(model::ChargingMode::PrePaid);
    if in_advance && (billing.period_type.is_none() || billing.period_num.is_none_or(|it| it < 1)) {
        return Err(bad(
            "/body/vault/billing: `pre_paid` needs `period_type` and `period_num`",
        ));
    }
    if in_advance && wanted.auto_expand == Some(true) {
        return Err(bad("/body/vault/auto_expand: only with `post_paid`"));
    }
    if !in_advance && wanted.demand_billing == Some(true) {
        return Err(bad("/body/vault/demand_billing: only with `pre_paid`"));
    }
    Ok(())
}

fn check_tags(tags: &[model::Tag]) -> Result<(), Problem> {
    let keys: BTreeSet<_> = tags.iter().map(|tag| &tag.key).collect();
    match keys.len() == tags.len() {
        true => Ok(()),
        false => Err(bad("/body/vault/tags: each key may be there once")),
    }
}

/// The vault that a caller asks for, without its resources and policies.
fn made(call: &Call, wanted: &model::NewVault) -> Result<Vault, Refusal> {
    let missing = || faulty("a vault that was checked lacks something");
    let billing = wanted.billing.as_ref().ok_or_else(missing)?;
    check_payment(wanted, billing)?;
    check_tags(wanted.tags.as_deref().unwrap_or_default())?;
    let object_type = billing.object_type.clone().ok_or_else(missing)?;
    let protect_type = billing.protect_type.clone().ok_or_else(missing)?;
    let is_for_servers = object_type == model::ObjectType::Server;
    if protect_type == model::ProtectType::Replication && !is_for_servers {
        return Err(problem::UNSUPPORTED_KIND.into());
    }
    let id = call.cloud.ids.uuid();
    let name = wanted.name.as_deref().unwrap_or_default();
    let project = &call.project_id;
    let mut vault = Vault::new(id, project, name, object_type, protect_type, call.now);
    vault.description.clone_from(&wanted.description);
    vault.size = billing.size.ok_or_else(missing)?;
    if let Some(id) = &wanted.enterprise_project_id {
        vault.enterprise_project_id.clone_from(id);
    }
    if let Some(cloud) = &billing.cloud_type {
        vault.cloud_type = cloud.clone();
    }
    if let Some(level) = &billing.consistent_level {
        vault.consistent_level = level.clone();
    }
    if billing.charging_mode == Some(model::ChargingMode::PrePaid) {
        vault.order_id = Some(format!("CS{}", call.cloud.ids.hex(12).to_uppercase()));
        vault.product_id = Some(call.cloud.ids.uuid());
    }
    vault.is_multi_az = billing.is_multi_az == Some(true);
    vault.tags = wanted.tags.clone().unwrap_or_default();
    vault.auto_bind = wanted.auto_bind == Some(true);
    vault.bind_rules.clone_from(&wanted.bind_rules);
    vault.auto_expand = wanted.auto_expand == Some(true);
    vault.threshold = wanted.threshold.unwrap_or(vault.threshold);
    vault.smn_notify = wanted.smn_notify.unwrap_or(vault.smn_notify);
    vault.backup_name_prefix = wanted.backup_name_prefix.clone().unwrap_or_default();
    vault.demand_billing = wanted.demand_billing == Some(true);
    vault
        .sys_lock_source_service
        .clone_from(&wanted.sys_lock_source_service);
    vault.locked = wanted.locked == Some(true);
    vault
        .availability_zone
        .clone_from(&wanted.availability_zone);
    Ok(vault)
}

/// What an order came to.
fn order(vault: &Vault, is_taken: bool) -> Result<Vec<model::Order>, Refusal> {
    let Some(order_id) = &vault.order_id else {
        return Ok(Vec::new());
    };
    let order = model::Order::builder()
        .cloud_service_id("hws.service.type.cbr")
        .order_id(order_id.as_str())
        .subscribe_result(i64::from(is_taken))
        .resource_id(vault.id.as_str());
    Ok(vec![order.build().map_err(faulty)?])
}

/// An order that fails does so under a status of success; a vault that fails otherwise is there,
/// and good for nothing.
pub(crate) fn create_vault(
    service: &mut Cbr,
    call: &Call,
    input: model::CreateVaultInput,
) -> Result<model::CreateVaultOutput, Refusal> {
    let wanted = input
        .vault
        .ok_or_else(|| faulty("a vault that was checked is missing"))?;
    let mut vault = made(call, &wanted)?;
    let resources = wanted.resources.unwrap_or_default();
    vault.members = service.new_members(&vault, &resources, problem::WRONG_SIZE)?;
    if let Some(policy_id) = &wanted.backup_policy_id {
        let policy = service.policy(call, policy_id)?.clone();
        if policy.operation_type != model::OperationType::Backup {
            return Err(problem::POLICY_DOES_NOT_FIT.into());
        }
        service.apply(call, &mut vault, &policy, None)?;
    }
    let vaults = service.vaults.iter();
    let own = vaults.filter(|vault| vault.project_id == call.project_id);
    if own.count() >= MOST_VAULTS {
        return Err(problem::TOO_MANY_VAULTS.into());
    }
    let reply = model::CreateVaultOutput::builder();
    if vault.is_paid_in_advance() && call.fails {
        let reply = reply
            .orders(order(&vault, false)?)
            .return_code(1)
            .error_text(problem::TOLD_TO_FAIL.message)
            .error_code("CBC.0999");
        return reply.build().map_err(faulty);
    }
    if call.fails {
        vault.status = model::VaultStatus::Error;
    }
    let mut described = service.describe_vault(&vault)?;
    described.backup_name_prefix = Some(vault.backup_name_prefix.clone());
    described.demand_billing = Some(vault.demand_billing);
    described.cbc_delete_count = Some(0);
    described.frozen = Some(false);
    let mut reply = reply.vault(described);
    if vault.is_paid_in_advance() {
        reply = reply.orders(order(&vault, true)?).return_code(0);
    }
    service.vaults.push(vault);
    reply.build().map_err(faulty)
}

impl Cbr {
    /// Whether a vault can get another size.
    fn check_size(&self, vault: &Vault, size: i64) -> Result<(), Problem> {
        if vault.status == model::VaultStatus::Locked {
            return Err(problem::BEING_ENLARGED);
        }
        if size < self.allocated(vault) || size * 1024 < self.used_mb(&vault.id) {
            return Err(problem::WRONG_SIZE);
        }
        Ok(())
    }

    /// A vault has got the size that was ordered.
    pub(crate) fn enlarged(&mut self, vault_id: &str) {
        if let Some(vault) = self.vault_by_id_mut(vault_id)
            && vault.status == model::VaultStatus::Locked
        {
            vault.status = model::VaultStatus::Available;
        }
    }

    /// A vault is deleted with its backups, or was to be; and of how many backups or resources
    /// that is true.
    pub(crate) fn vault_deleted(
        &mut self,
        at: Moment,
        vault_id: &str,
        fails: bool,
    ) -> (Option<Problem>, usize) {
        let backups = self.backups.iter();
        let there = backups.filter(|(_, backup)| backup.vault_id == vault_id);
        let there: Vec<u64> = there.map(|(number, _)| *number).collect();
        if !fails {
            for number in &there {
                self.remove_backup(*number);
            }
            self.vaults.retain(|vault| vault.id != vault_id);
            return (None, there.len());
        }
        for number in there {
            self.mark_undeletable(at, number);
        }
        let mut left = 0;
        if let Some(vault) = self.vault_by_id_mut(vault_id) {
            vault.status = model::VaultStatus::Error;
            left = vault.members.len();
        }
        (Some(problem::VAULT_DELETION_FAILED), left)
    }
}

/// What is left out stays as it is.
pub(crate) fn update_vault(
    service: &mut Cbr,
    call: &Call,
    input: model::UpdateVaultInput,
) -> Result<model::UpdateVaultOutput, Refusal> {
    let id = input.vault_id.unwrap_or_default();
    let mut vault = service.vault(call, &id)?.clone();
    let wanted = input
        .vault
        .ok_or_else(|| faulty("a change that was checked is missing"))?;
    vault.check_usable()?;
    if vault.locked && wanted.locked == Some(false) {
        return Err(problem::LOCKED_FOR_GOOD.into());
    }
    if vault.is_paid_in_advance() && wanted.auto_expand == Some(true) {
        return Err(bad("/body/vault/auto_expand: only with `post_paid`").into());
    }
    let billing = wanted.billing.as_ref();
    let size = billing.and_then(|billing| billing.size);
    if let Some(size) = size.filter(|size| *size != vault.size) {
        service.check_size(&vault, size)?;
        vault.size = size;
        if vault.is_paid_in_advance() {
            vault.status = model::VaultStatus::Locked;
            let there = call.now.after(ENLARGE_TIME);
            service.timeline.plan(there, Event::Enlarged(id.clone()));
        }
    }
    if let Some(level) = billing.and_then(|billing| billing.consistent_level.clone()) {
        vault.consistent_level = level;
    }
    vault.name = wanted.name.unwrap_or(vault.name);
    vault.auto_bind = wanted.auto_bind.unwrap_or(vault.auto_bind);
    vault.bind_rules = wanted.bind_rules.or(vault.bind_rules);
    vault.auto_expand = wanted.auto_expand.unwrap_or(vault.auto_expand);
    vault.smn_notify = wanted.smn_notify.unwrap_or(vault.smn_notify);
    vault.threshold = wanted.threshold.unwrap_or(vault.threshold);
    vault.locked = wanted.locked.unwrap_or(vault.locked);
    vault.updated = call.now;
    let described = service.describe_vault(&vault)?;
    *service.vault_mut(&id)? = vault;
    let reply = model::UpdateVaultOutput::builder();
    reply.vault(described).build().map_err(faulty)
}

impl Cbr {
    fn check_deletion(&self, vault: &Vault) -> Result<(), Problem> {
        use model::VaultStatus::{Available, Error};
        if vault.is_paid_in_advance() {
            return Err(problem::PAID_IN_ADVANCE);
        }
        if !matches!(vault.status, Available | Error) {
            return Err(problem::VAULT_STATE);
        }
        let mut backups = self.backups.values();
        let is_kept = |is_automatic: bool| vault.locked && is_automatic;
        match backups.find(|it| {
            it.vault_id == vault.id && (it.is_busy() || is_kept(it.is_automatic && !it.is_copy))
        }) {
            Some(backup) if backup.is_busy() => Err(problem::VAULT_BUSY),
            Some(_) => Err(problem::BACKUPS_LOCKED),
            None => Ok(()),
        }
    }
}

pub(crate) fn delete_vault(
    service: &mut Cbr,
    call: &Call,
    input: model::DeleteVaultInput,
) -> Result<model::DeleteVaultOutput, Refusal> {
    let id = input.vault_id.unwrap_or_default();
    let vault = service.vault(call, &id)?.clone();
    service.check_deletion(&vault)?;
    service.vault_mut(&id)?.status = model::VaultStatus::Deleting;
    for backup in service.backups.values_mut() {
        if backup.vault_id == id {
            backup.status = model::BackupStatus::Deleting;
            backup.updated = call.now;
        }
    }
    let work = Work::VaultDeletion {
        deleted: 0,
        failed: 0,
    };
    let mut task = Task::new(&call.cloud, &call.project_id, call.now, work);
    task.set_vault(Some(&vault));
    task.fails = call.fails;
    service.start(task, DELETE_TIME);
    model::DeleteVaultOutput::builder().build().map_err(faulty)
}
