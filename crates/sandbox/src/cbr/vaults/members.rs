//! Resources are put into vaults, taken out of them, and moved from one to another.

use std::collections::BTreeSet;

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

use super::super::Cbr;
use super::super::backups::{DELETE_TIME, Subject};
use super::super::problem::{self, Problem, bad};
use super::super::resources::{Kind, Resource};
use super::super::tasks::{Task, Work};
use super::Vault;
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Resources in a vault at most.
const MOST_MEMBERS: usize = 256;

/// A resource in a vault; its kind is that of the vault.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: String,
    /// Which of its disks are backed up.
    pub(crate) details: Option<model::ResourceDetails>,
    /// It is being taken out.
    pub(crate) is_removing: bool,
}

impl Cbr {
    pub(crate) fn resource_of(&self, vault: &Vault, member: &Member) -> Option<&Resource> {
        let kind = Kind::of_vault(&vault.object_type)?;
        self.resource(&vault.project_id, kind, &member.id).ok()
    }

    /// The vault that a resource is in.
    pub(crate) fn vault_of(&self, resource: &Resource) -> Option<&Vault> {
        let mut vaults = self.vaults.iter();
        vaults.find(|vault| {
            Kind::of_vault(&vault.object_type) == Some(resource.kind)
                && vault.members.iter().any(|member| member.id == resource.id)
        })
    }

    /// What a vault has, once these resources are in it.
    pub(crate) fn new_members(
        &self,
        vault: &Vault,
        resources: &[model::Resource],
        no_room: Problem,
    ) -> Result<Vec<Member>, Problem> {
        if resources.is_empty() {
            return Ok(vault.members.clone());
        }
        if vault.is_for_copies() {
            return Err(problem::TAKES_NO_RESOURCES);
        }
        let mut grown = vault.clone();
        for named in resources {
            let kind = vault.kind_of(named)?;
            let id = named.id.as_deref().unwrap_or_default();
            let resource = self.resource(&vault.project_id, kind, id)?;
            self.check_details(resource, named.extra_info.as_ref())?;
            if grown.members.iter().any(|member| member.id == id) {
                return Err(problem::IN_VAULT_ALREADY);
            }
            if self.vault_of(resource).is_some() {
                return Err(problem::IN_OTHER_VAULT);
            }
            grown.members.push(Member {
                id: id.to_owned(),
                details: named.extra_info.clone(),
                is_removing: false,
            });
        }
        if grown.members.len() > MOST_MEMBERS {
            return Err(problem::TOO_MANY_RESOURCES);
        }
        if self.allocated(&grown) > grown.size {
            return Err(no_room);
        }
        Ok(grown.members)
    }

    /// Which of these resources a vault has, each once.
    fn members_named(&self, vault: &Vault, ids: &[String]) -> Result<Vec<Member>, Problem> {
        let mut seen = BTreeSet::new();
        let ids = ids.iter().filter(|id| seen.insert(id.as_str()));
        let members = ids.map(|id| {
            let member = vault.members.iter().find(|member| member.id == *id);
            match member.ok_or(problem::NOT_IN_VAULT)? {
                member if member.is_removing => Err(problem::BEING_REMOVED),
                member => Ok(member.clone()),
            }
        });
        members.collect()
    }

    /// The numbers of the backups that these resources have in a vault.
    fn backups_in(&self, vault_id: &str, members: &[Member]) -> Vec<u64> {
        let backups = self.backups.iter();
        let own = backups.filter(|(_, backup)| {
            backup.vault_id == vault_id && members.iter().any(|it| it.id == backup.resource.id)
        });
        own.map(|(number, _)| *number).collect()
    }

    /// Resources are out of a vault with their backups, or were to be; and of how many backups or
    /// resources that is true.
    pub(crate) fn resources_removed(
        &mut self,
        at: Moment,
        vault_id: &str,
        resources: &[Subject],
        fails: bool,
    ) -> (Option<Problem>, usize) {
        let Some(vault) = self.vault_by_id_mut(vault_id) else {
            return (None, 0);
        };
        let is_one = |member: &&mut Member| resources.iter().any(|it| it.id == member.id);
        let mut removed = Vec::new();
        for member in vault.members.iter_mut().filter(is_one) {
            member.is_removing = !fails;
            removed.push(member.clone());
        }
        vault.members.retain(|member| {
            fails || !member.is_removing || !resources.iter().any(|it| it.id == member.id)
        });
        let backups = self.backups_in(vault_id, &removed);
        for number in &backups {
            match fails {
                true => self.mark_undeletable(at, *number),
                false => self.remove_backup(*number),
            }
        }
        match fails {
            true => (Some(problem::REMOVAL_FAILED), removed.len()),
            false => (None, backups.len()),
        }
    }
}

pub(crate) fn add_vault_resources(
    service: &mut Cbr,
    call: &Call,
    input: model::AddVaultResourcesInput,
) -> Result<model::AddVaultResourcesOutput, Refusal> {
    let id = input.vault_id.unwrap_or_default();
    let vault = service.vault(call, &id)?;
    vault.check_usable()?;
    let resources = input.resources.unwrap_or_default();
    let members = service.new_members(vault, &resources, problem::NO_ROOM_FOR_RESOURCE)?;
    let vault = service.vault_mut(&id)?;
    vault.members = members;
    vault.updated = call.now;
    let added = resources.into_iter().filter_map(|resource| resource.id);
    let reply = model::AddVaultResourcesOutput::builder();
    reply.add_resource_ids(added).build().map_err(faulty)
}

pub(crate) fn remove_vault_resources(
    service: &mut Cbr,
    call: &Call,
    input: model::RemoveVaultResourcesInput,
) -> Result<model::RemoveVaultResourcesOutput, Refusal> {
    let id = input.vault_id.unwrap_or_default();
    let vault = service.vault(call, &id)?.clone();
    let ids = input.resource_ids.unwrap_or_default();
    vault.check_usable()?;
    let members = service.members_named(&vault, &ids)?;
    if vault.locked {
        return Err(problem::BACKUPS_LOCKED.into());
    }
    let backups = service.backups_in(&id, &members);
    let mut busy = backups
        .iter()
        .filter_map(|number| service.backups.get(number));
    if busy.any(|backup| backup.is_busy()) {
        return Err(problem::VAULT_BUSY.into());
    }
    for number in backups {
        let backup = service.backup_mut(number)?;
        backup.status = model::BackupStatus::Deleting;
        backup.updated = call.now;
    }
    let resources = members.iter().filter_map(|member| {
        let resource = service.resource_of(&vault, member)?;
        let covered = service.covered_size(resource, member.details.as_ref());
        Some(Subject::of(resource, covered))
    });
    let work = Work::RemoveResources {
        resources: resources.collect(),
        deleted: 0,
        failed: 0,
    };
    let mut task = Task::new(&call.cloud, &call.project_id, call.now, work);
    task.set_vault(Some(&vault));
    task.fails = call.fails;
    service.start(task, DELETE_TIME);
    for member in &mut service.vault_mut(&id)?.members {
        member.is_removing |= ids.contains(&member.id);
    }
    let reply = model::RemoveVaultResourcesOutput::builder();
    reply.remove_resource_ids(ids).build().map_err(faulty)
}

impl Cbr {
    /// Whether resources can go from one vault to another.
    fn check_move(&self, from: &Vault, to: &Vault, members: &[Member]) -> Result<(), Problem> {
        if from.id == to.id {
            return Err(bad("/body/destination_vault_id: must be another vault"));
        }
        from.check_usable()?;
        to.check_usable()?;
        if to.is_for_copies() || from.is_for_copies() {
            return Err(problem::TAKES_NO_RESOURCES);
        }
        if from.object_type != to.object_type {
            return Err(problem::WRONG_KIND);
        }
        if from.locked {
            return Err(problem::BACKUPS_LOCKED);
        }
        if self.has_task(&from.id) || self.has_task(&to.id) {
            return Err(problem::VAULT_BUSY);
        }
        let mut grown = to.clone();
        grown.members.extend(members.iter().cloned());
        if grown.members.len() > MOST_MEMBERS {
            return Err(problem::TOO_MANY_RESOURCES);
        }
        if self.allocated(&grown) > grown.size {
            return Err(problem::NO_ROOM_FOR_RESOURCE);
        }
        Ok(())
    }
}

/// Is over when it is answered: no document names a task for it.
pub(crate) fn migrate_vault_resources(
    service: &mut Cbr,
    call: &Call,
    input: model::MigrateVaultResourcesInput,
) -> Result<model::MigrateVaultResourcesOutput, Refusal> {
    let from = service.vault(call, &input.vault_id.unwrap_or_default())?;
    let from = from.clone();
    let to = service.vault(call, &input.destination_vault_id.unwrap_or_default())?;
    let to = to.clone();
    let ids = input.resource_ids.unwrap_or_default();
    let members = service.members_named(&from, &ids)?;
    if members.is_empty() {
        return Err(bad("/body/resource_ids: must name something").into());
    }
    service.check_move(&from, &to, &members)?;
    let backups = service.backups_in(&from.id, &members);
    let sizes = backups
        .iter()
        .filter_map(|number| service.backups.get(number));
    let moved_mb = sizes.map(|backup| backup.size_mb).sum();
    service.make_room(&to.id, moved_mb, problem::VAULT_FULL)?;
    for number in backups {
        let backup = service.backup_mut(number)?;
        backup.vault_id.clone_from(&to.id);
        backup
            .enterprise_project_id
            .clone_from(&to.enterprise_project_id);
        backup.updated = call.now;
    }
    let source = service.vault_mut(&from.id)?;
    source.members.retain(|member| !ids.contains(&member.id));
    source.updated = call.now;
    let destination = service.vault_mut(&to.id)?;
    let moved: Vec<String> = members.iter().map(|member| member.id.clone()).collect();
    destination.members.extend(members);
    destination.updated = call.now;
    let reply = model::MigrateVaultResourcesOutput::builder();
    reply.migrated_resources(moved).build().map_err(faulty)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use super::super::super::resources::State;
    use super::{Cbr, MOST_MEMBERS, model, problem};
    use crate::cloud::Cloud;
    use crate::gateway::Behaviour;

    /// There are never so many servers from the start.
    #[test]
    fn vault_takes_so_many_resources_and_no_more() {
        let cloud = Arc::new(Cloud::in_memory(&["home".to_owned()], None));
        let mut service = Cbr::new(&cloud);
        let region = cloud.regions[0].clone();
        let servers: Vec<model::Resource> = (0..MOST_MEMBERS)
            .map(|_| {
                let id = service.server(&region, "one", &[1], State::Running);
                let server = model::Resource::builder().id(id);
                server.r#type("OS::Nova::Server").build()
            })
            .collect();
        let vault = service.vaults[0].clone();
        assert_eq!(vault.members.len(), 1);
        let add = |count: usize| {
            let members = service.new_members(&vault, &servers[..count], problem::WRONG_SIZE);
            members.map(|members| members.len())
        };
        assert_eq!(add(MOST_MEMBERS - 1), Ok(MOST_MEMBERS));
        assert_eq!(add(MOST_MEMBERS), Err(problem::TOO_MANY_RESOURCES));
    }
}
