//! Vaults: what they are, how full they are, and how they are shown and listed.

mod change;
mod members;

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

pub(crate) use self::change::{create_vault, delete_vault, update_vault};
pub(crate) use self::members::{
    Member, add_vault_resources, migrate_vault_resources, remove_vault_resources,
};
use super::policies::Applied;
use super::problem::{self, Problem};
use super::resources::Kind;
use super::{Cbr, ENTERPRISE_PROJECT, is, is_granted, time};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

/// Where backups are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Vault {
    pub(crate) id: String,
    pub(crate) project_id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) enterprise_project_id: String,
    pub(crate) object_type: model::ObjectType,
    pub(crate) protect_type: model::ProtectType,
    pub(crate) cloud_type: model::CloudType,
    pub(crate) consistent_level: model::ConsistencyLevel,
    /// In GB.
    pub(crate) size: i64,
    pub(crate) status: model::VaultStatus,
    /// The order of a vault that is paid for in advance.
    pub(crate) order_id: Option<String>,
    pub(crate) product_id: Option<String>,
    pub(crate) is_multi_az: bool,
    pub(crate) members: Vec<Member>,
    pub(crate) policies: Vec<Applied>,
    pub(crate) tags: Vec<model::Tag>,
    pub(crate) auto_bind: bool,
    pub(crate) bind_rules: Option<model::BindRules>,
    pub(crate) auto_expand: bool,
    pub(crate) threshold: i64,
    pub(crate) smn_notify: bool,
    pub(crate) backup_name_prefix: String,
    pub(crate) demand_billing: bool,
    pub(crate) sys_lock_source_service: Option<String>,
    /// Its automatic backups cannot be deleted by hand.
    pub(crate) locked: bool,
    pub(crate) availability_zone: Option<String>,
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
}

impl Vault {
    /// An empty one that is paid for by use, as it is where nothing else is asked for.
    pub(crate) fn new(
        id: String,
        project_id: &str,
        name: &str,
        object_type: model::ObjectType,
        protect_type: model::ProtectType,
        at: Moment,
    ) -> Self {
        Self {
            id,
            project_id: project_id.to_owned(),
            name: name.to_owned(),
            description: None,
            enterprise_project_id: ENTERPRISE_PROJECT.to_owned(),
            object_type,
            protect_type,
            cloud_type: model::CloudType::Public,
            consistent_level: model::ConsistencyLevel::CrashConsistent,
            size: 0,
            status: model::VaultStatus::Available,
            order_id: None,
            product_id: None,
            is_multi_az: false,
            members: Vec::new(),
            policies: Vec::new(),
            tags: Vec::new(),
            auto_bind: false,
            bind_rules: None,
            auto_expand: false,
            threshold: 80,
            smn_notify: true,
            backup_name_prefix: String::new(),
            demand_billing: false,
            sys_lock_source_service: None,
            locked: false,
            availability_zone: None,
            created: at,
            updated: at,
        }
    }

    pub(crate) fn is_for_copies(&self) -> bool {
        self.protect_type == model::ProtectType::Replication
    }

    pub(crate) fn is_paid_in_advance(&self) -> bool {
        self.order_id.is_some()
    }

    /// Whether things can be done with it. `lock` is the state of a vault that is being enlarged,
    /// and has nothing to do with the lock on its backups.
    pub(crate) fn is_usable(&self) -> bool {
        use model::VaultStatus::{Available, Locked};
        matches!(self.status, Available | Locked)
    }

    pub(crate) fn check_usable(&self) -> Result<(), Problem> {
        match self.is_usable() {
            true => Ok(()),
            false => Err(problem::VAULT_STATE),
        }
    }

    /// The kind of a resource that is named with its type, if it is one for this vault.
    pub(crate) fn kind_of(&self, named: &model::Resource) -> Result<Kind, Problem> {
        let kind = Kind::of_vault(&self.object_type);
        let kind = kind.filter(|kind| named.r#type.as_deref() == Some(kind.wire()));
        kind.ok_or(problem::WRONG_KIND)
    }

    fn provider_id(&self) -> Option<&'static str> {
        match self.object_type {
            model::ObjectType::Vmware => Some("a13639de-00be-4e94-af30-26912d75e4a2"),
            _ => Kind::of_vault(&self.object_type).map(Kind::provider_id),
        }
    }

    fn spec_code(&self) -> String {
        let kind = match self.object_type {
            model::ObjectType::Disk => "volume",
            model::ObjectType::Rds => "database",
            _ => self.object_type.as_str(),
        };
        let purpose = match (&self.cloud_type, &self.protect_type) {
            (model::CloudType::Hybrid, _) => "hybrid",
            (_, purpose) => purpose.as_str(),
        };
        format!("vault.{purpose}.{kind}.normal")
    }
}

/// What the backups of a resource in a vault are like.
pub(crate) struct Usage {
    pub(crate) status: model::ProtectStatus,
    pub(crate) size_mb: i64,
    pub(crate) count: i64,
}

impl Cbr {
    pub(crate) fn vault_by_id(&self, id: &str) -> Option<&Vault> {
        self.vaults.iter().find(|vault| vault.id == id)
    }

    pub(crate) fn vault_by_id_mut(&mut self, id: &str) -> Option<&mut Vault> {
        self.vaults.iter_mut().find(|vault| vault.id == id)
    }

    pub(crate) fn vault(&self, call: &Call, id: &str) -> Result<&Vault, Problem> {
        let found = self.vault_by_id(id);
        let own = found.filter(|vault| vault.project_id == call.project_id);
        own.ok_or(problem::NO_VAULT)
    }

    /// One that was found before.
    pub(crate) fn vault_mut(&mut self, id: &str) -> Result<&mut Vault, Refusal> {
        let vault = self.vault_by_id_mut(id);
        vault.ok_or_else(|| faulty("a vault that was found is gone"))
    }

    /// How much of a vault is taken up, in MB.
    pub(crate) fn used_mb(&self, vault_id: &str) -> i64 {
        let backups = self.backups.values();
        let there = backups.filter(|backup| backup.vault_id == vault_id);
        there.map(|backup| backup.size_mb).sum()
    }

    /// How much the resources in a vault add up to, in GB.
    pub(crate) fn allocated(&self, vault: &Vault) -> i64 {
        let members = vault.members.iter();
        let sizes = members.filter_map(|member| {
            let resource = self.resource_of(vault, member)?;
            Some(self.covered_size(resource, member.details.as_ref()))
        });
        sizes.sum()
    }

    /// Sees to it that so much more fits into a vault, or tells the problem. A vault that may grow
    /// becomes a quarter larger as often as it takes.
    pub(crate) fn make_room(
        &mut self,
        vault_id: &str,
        needed_mb: i64,
        full: Problem,
    ) -> Result<(), Problem> {
        let taken = self.used_mb(vault_id) + needed_mb;
        let vault = self.vault_by_id_mut(vault_id).ok_or(problem::NO_VAULT)?;
        let mut size = vault.size;
        while vault.auto_expand && size * 1024 < taken && size < change::MOST_SIZE {
            size = (size + (size / 4).max(1)).min(change::MOST_SIZE);
        }
        if size * 1024 < taken && !vault.demand_billing {
            return Err(full);
        }
        vault.size = size;
        Ok(())
    }

    /// What the backups of a resource in a vault are like.
    pub(crate) fn usage(&self, vault_id: &str, resource_id: &str) -> Usage {
        let backups = self.backups.values();
        let own = backups
            .filter(|backup| backup.vault_id == vault_id && backup.resource.id == resource_id);
        let (mut count, mut size_mb) = (0, 0);
        let (mut is_made, mut is_error) = (false, false);
        for backup in own {
            count += 1;
            size_mb += backup.size_mb;
            is_made |= backup.status == model::BackupStatus::Protecting;
            is_error = backup.status == model::BackupStatus::Error;
        }
        let vault = self.vault_by_id(vault_id);
        let mut members = vault.into_iter().flat_map(|vault| &vault.members);
        let is_removing = members.any(|member| member.id == resource_id && member.is_removing);
        let mut resources = self.resources.iter();
        let is_restored = resources.any(|it| it.id == resource_id && it.is_restored);
        let status = match (is_removing, is_restored, is_made, is_error) {
            (true, ..) => model::ProtectStatus::Removing,
            (_, true, ..) => model::ProtectStatus::Restoring,
            (_, _, true, _) => model::ProtectStatus::Protecting,
            // What became of the latest backup.
            (.., true) => model::ProtectStatus::Error,
            _ => model::ProtectStatus::Available,
        };
        Usage {
            status,
            size_mb,
            count,
        }
    }

    fn billing(&self, vault: &Vault) -> Result<model::VaultBilling, Refusal> {
        let mut billing = model::VaultBilling::builder()
            .allocated(self.allocated(vault))
            .charging_mode(match vault.is_paid_in_advance() {
                true => model::ChargingMode::PrePaid,
                false => model::ChargingMode::PostPaid,
            })
            .cloud_type(vault.cloud_type.clone())
            .consistent_level(vault.consistent_level.clone())
            .object_type(vault.object_type.clone())
            .protect_type(vault.protect_type.clone())
            .size(vault.size)
            .used(self.used_mb(&vault.id))
            .spec_code(vault.spec_code())
            .status(vault.status.clone())
            .is_multi_az(vault.is_multi_az);
        if let (Some(order), Some(product)) = (&vault.order_id, &vault.product_id) {
            billing = billing
                .order_id(order.as_str())
                .product_id(product.as_str());
        }
        billing.build().map_err(faulty)
    }

    fn describe_member(
        &self,
        vault: &Vault,
        member: &Member,
    ) -> Result<Option<model::VaultResource>, Refusal> {
        let Some(resource) = self.resource_of(vault, member) else {
            return Ok(None);
        };
        let details = member.details.as_ref();
        let usage = self.usage(&vault.id, &member.id);
        let mut described = model::VaultResource::builder()
            .id(resource.id.as_str())
            .name(resource.name.as_str())
            .r#type(resource.kind.wire())
            .size(self.covered_size(resource, details))
            .protect_status(usage.status)
            .backup_size(usage.size_mb)
            .backup_count(usage.count)
            .auto_protect(self.is_protected(vault));
        if let Some(details) = details {
            described = described.extra_info(details.clone());
        }
        described.build().map(Some).map_err(faulty)
    }

    /// The vault as the calls about vaults show it.
    pub(crate) fn describe_vault(&self, vault: &Vault) -> Result<model::Vault, Refusal> {
        let members = vault.members.iter();
        let members = members.filter_map(|member| self.describe_member(vault, member).transpose());
        let mut described = model::Vault::builder()
            .id(vault.id.as_str())
            .name(vault.name.as_str())
            .project_id(vault.project_id.as_str())
            .enterprise_project_id(vault.enterprise_project_id.as_str())
            .billing(self.billing(vault)?)
            .resources(members.collect::<Result<Vec<_>, _>>()?)
            .tags(vault.tags.iter().cloned())
            .auto_bind(vault.auto_bind)
            .auto_expand(vault.auto_expand)
            .smn_notify(vault.smn_notify)
            .threshold(vault.threshold)
            .locked(vault.locked)
            .created_at(time(vault.created));
        if let Some(text) = &vault.description {
            described = described.description(text.as_str());
        }
        if let Some(id) = vault.provider_id() {
            described = described.provider_id(id);
        }
        if let Some(rules) = &vault.bind_rules {
            described = described.bind_rules(rules.clone());
        }
        if let Some(service) = &vault.sys_lock_source_service {
            described = described.sys_lock_source_service(service.as_str());
        }
        if let Some(zone) = &vault.availability_zone {
            described = described.availability_zone(zone.as_str());
        }
        described.build().map_err(faulty)
    }

    fn fits(&self, input: &model::ListVaultsInput, vault: &Vault) -> bool {
        let ids = input.id.as_ref();
        let resources = input.resource_ids.as_ref();
        let policy = input.policy_id.as_ref();
        let (cloud, object) = (&input.cloud_type, &input.object_type);
        let (purpose, status) = (&input.protect_type, &input.status);
        let zone = vault.availability_zone.as_deref().unwrap_or_default();
        is(input.name.as_deref(), &vault.name)
            && is(input.availability_zone.as_deref(), zone)
            && is_granted(
                input.enterprise_project_id.as_deref(),
                &vault.enterprise_project_id,
            )
            && cloud.as_ref().is_none_or(|it| *it == vault.cloud_type)
            && object.as_ref().is_none_or(|it| *it == vault.object_type)
            && purpose.as_ref().is_none_or(|it| *it == vault.protect_type)
            && status.as_ref().is_none_or(|it| *it == vault.status)
            && ids.is_none_or(|ids| ids.contains(&vault.id))
            && policy.is_none_or(|id| vault.policies.iter().any(|it| it.policy_id == *id))
            // One of the resources is enough; no document says whether it must be all.
            && resources.is_none_or(|ids| vault.members.iter().any(|it| ids.contains(&it.id)))
    }
}

/// The latest come first: no document says in which order they come.
pub(crate) fn list_vaults(
    service: &mut Cbr,
    call: &Call,
    input: model::ListVaultsInput,
) -> Result<model::ListVaultsOutput, Refusal> {
    let offset = input.offset.unwrap_or(0);
    let limit = input.limit.unwrap_or(1000);
    let vaults = service.vaults.iter().rev();
    let own = vaults.filter(|vault| vault.project_id == call.project_id);
    let fitting = own.filter(|vault| service.fits(&input, vault));
    let (vaults, count) = page(fitting, offset, limit);
    let vaults = vaults
        .into_iter()
        .map(|vault| service.describe_vault(vault));
    let reply = model::ListVaultsOutput::builder()
        .vaults(vaults.collect::<Result<Vec<_>, _>>()?)
        .count(count)
        .offset(offset)
        .limit(limit);
    reply.build().map_err(faulty)
}

pub(crate) fn show_vault(
    service: &mut Cbr,
    call: &Call,
    input: model::ShowVaultInput,
) -> Result<model::ShowVaultOutput, Refusal> {
    let vault = service.vault(call, &input.vault_id.unwrap_or_default())?;
    let reply = model::ShowVaultOutput::builder();
    reply
        .vault(service.describe_vault(vault)?)
        .build()
        .map_err(faulty)
}
