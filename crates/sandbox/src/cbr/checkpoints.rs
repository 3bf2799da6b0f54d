//! Restore points: the backups of several resources of a vault that are made together.

use std::time::Duration;

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

use super::backups::{Backup, Subject};
use super::problem::{self, Problem, bad};
use super::resources::Resource;
use super::tasks::{About, Task, Work};
use super::vaults::{Member, Vault};
use super::{Cbr, Event, time};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// How long backups take.
const BACKUP_TIME: Duration = Duration::from_secs(90);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
/// An incremental backup takes up one part in so many of a full one.
const INCREMENT: i64 = 20;

/// A restore point.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) id: String,
    pub(crate) project_id: String,
    pub(crate) vault_id: String,
    pub(crate) vault_name: String,
    pub(crate) created: Moment,
    /// Name and description of its backups.
    pub(crate) name: String,
    pub(crate) description: String,
    /// For how many days its backups are kept; -1 for good.
    pub(crate) kept_days: i64,
    pub(crate) resources: Vec<Subject>,
    /// What was left out, and why.
    pub(crate) skipped: Vec<(Subject, Problem)>,
}

/// Backups that are asked for, by a caller or a policy.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_automatic: bool,
    pub(crate) is_incremental: bool,
    pub(crate) policy_id: Option<String>,
    /// After so many incremental backups comes a full one.
    pub(crate) full_after: Option<usize>,
    /// -1 for good.
    pub(crate) kept_days: i64,
    /// They will fail, as the sandbox was told.
    pub(crate) fails: bool,
}

impl Cbr {
    /// Begins backups of these members of a vault. What cannot be backed up now is left out.
    pub(crate) fn back_up(
        &mut self,
        at: Moment,
        vault: &Vault,
        members: &[Member],
        order: &Order,
    ) -> Result<Checkpoint, Problem> {
        self.check_backs_up(vault)?;
        let mut checkpoint = Checkpoint {
            id: self.cloud.ids.uuid(),
            project_id: vault.project_id.clone(),
            vault_id: vault.id.clone(),
            vault_name: vault.name.clone(),
            created: at,
            name: order.name.clone(),
            description: order.description.clone(),
            kept_days: order.kept_days,
            resources: Vec::new(),
            skipped: Vec::new(),
        };
        let mut backups = Vec::new();
        for member in members {
            let Some(resource) = self.resource_of(vault, member).cloned() else {
                continue;
            };
            let details = member.details.as_ref();
            let subject = Subject::of(&resource, self.covered_size(&resource, details));
            match self.hindrance(vault, member, &resource) {
                Some(problem) => checkpoint.skipped.push((subject, problem)),
                None => {
                    checkpoint.resources.push(subject.clone());
                    let id = self.cloud.ids.uuid();
                    let mut backup = Backup::new(id, &checkpoint, vault, subject, at);
                    backup.children = self.children(&resource, details);
                    self.set_up(&mut backup, order);
                    backups.push(backup);
                }
            }
        }
        if backups.is_empty() {
            return Err(problem::NOTHING_TO_DO);
        }
        let needed = backups.iter().map(|backup| backup.size_mb).sum();
        self.make_room(&vault.id, needed, problem::VAULT_FULL)?;
        for backup in backups {
            self.begin_backup(vault, backup, order);
        }
        self.checkpoints
            .insert(checkpoint.id.clone(), checkpoint.clone());
        Ok(checkpoint)
    }

    /// Whether the vault takes backups now.
    fn check_backs_up(&self, vault: &Vault) -> Result<(), Problem> {
        if vault.protect_type == model::ProtectType::Replication {
            return Err(problem::NOT_FOR_BACKUPS);
        }
        match vault.is_usable() {
            true => Ok(()),
            false => Err(problem::VAULT_CANNOT_BACK_UP),
        }
    }

    /// Why a resource of a vault cannot be backed up now.
    pub(crate) fn hindrance(
        &self,
        vault: &Vault,
        member: &Member,
        resource: &Resource,
    ) -> Option<Problem> {
        if member.is_removing {
            return Some(problem::BEING_REMOVED);
        }
        if resource.is_restored {
            return Some(problem::BEING_RESTORED);
        }
        if self.is_backed_up(&vault.id, &resource.id) {
            return Some(problem::BEING_BACKED_UP);
        }
        resource.fault()
    }

    /// Whether a backup of a resource is being made.
    pub(crate) fn is_backed_up(&self, vault_id: &str, resource_id: &str) -> bool {
        let mut backups = self.backups.values();
        backups.any(|backup| {
            backup.status == model::BackupStatus::Protecting
                && !backup.is_copy
                && backup.resource.id == resource_id
                && backup.vault_id == vault_id
        })
    }

    /// Makes a backup one of the kind that is asked for. The first one is always full.
    fn set_up(&self, backup: &mut Backup, order: &Order) {
        backup.is_automatic = order.is_automatic;
        backup.policy_id.clone_from(&order.policy_id);
        if let Ok(days @ 1..) = u32::try_from(order.kept_days) {
            backup.expires = Some(backup.created.after(DAY * days));
        }
        let earlier = self.backups.values().rev().filter(|it| {
            it.is_available()
                && !it.is_copy
                && it.resource.id == backup.resource.id
                && it.vault_id == backup.vault_id
        });
        let mut earlier = earlier.peekable();
        let has_base = earlier.peek().is_some();
        let increments = earlier.take_while(|it| it.is_incremental).count();
        let is_time = order.full_after.is_some_and(|after| increments >= after);
        if order.is_incremental && has_base && !is_time {
            backup.is_incremental = true;
            backup.size_mb /= INCREMENT;
        }
    }

    fn begin_backup(&mut self, vault: &Vault, backup: Backup, order: &Order) {
        let number = self.number();
        if let Some(expires) = backup.expires {
            self.timeline.plan(expires, Event::Expires(number));
        }
        let work = Work::Backup {
            backup: About::of(number, &backup),
            is_incremental: backup.is_incremental,
        };
        let mut task = Task::new(&self.cloud, &backup.project_id, backup.created, work);
        task.set_backup(&backup);
        task.set_vault(Some(vault));
        task.policy_id.clone_from(&backup.policy_id);
        task.fails = order.fails;
        self.backups.insert(number, backup);
        self.start(task, BACKUP_TIME);
    }

    /// A backup is made, or has failed.
    pub(crate) fn backed_up(&mut self, at: Moment, number: u64, fails: bool) -> Option<Problem> {
        let backup = self.backups.get_mut(&number)?;
        backup.updated = at;
        if fails {
            backup.status = model::BackupStatus::Error;
            backup.children.clear();
            return Some(problem::TOLD_TO_FAIL);
        }
        backup.status = model::BackupStatus::Available;
        let (vault_id, resource_id) = (backup.vault_id.clone(), backup.resource.id.clone());
        self.thin_out(at, &vault_id, &resource_id);
        None
    }

    fn checkpoint_status(&self, checkpoint: &Checkpoint) -> model::CheckpointStatus {
        use model::{BackupStatus, CheckpointStatus};
        let backups = self.backups.values();
        let own = backups.filter(|backup| backup.checkpoint_id == checkpoint.id);
        let own: Vec<&Backup> = own.collect();
        let is_any = |status: BackupStatus| own.iter().any(|backup| backup.status == status);
        if is_any(BackupStatus::Protecting) {
            CheckpointStatus::Protecting
        } else if own.iter().any(|backup| backup.is_deletion_failed) {
            CheckpointStatus::ErrorDeleting
        } else if is_any(BackupStatus::Error) {
            CheckpointStatus::Error
        } else if own
            .iter()
            .all(|backup| backup.status == BackupStatus::Deleting)
        {
            CheckpointStatus::Deleting
        } else {
            CheckpointStatus::Available
        }
    }

    fn describe_checkpoint(&self, checkpoint: &Checkpoint) -> Result<model::Checkpoint, Refusal> {
        let resources = checkpoint.resources.iter();
        let resources = resources.map(|resource| self.describe_subject(checkpoint, resource));
        let skipped = checkpoint.skipped.iter().map(|(resource, problem)| {
            let skipped = model::SkippedResource::builder()
                .id(resource.id.as_str())
                .name(resource.name.as_str())
                .r#type(resource.kind.wire())
                .code(problem.code)
                .reason(problem.message);
            skipped.build().map_err(faulty)
        });
        let vault = model::CheckpointVault::builder()
            .id(checkpoint.vault_id.as_str())
            .name(checkpoint.vault_name.as_str())
            .resources(resources.collect::<Result<Vec<_>, _>>()?)
            .skipped_resources(skipped.collect::<Result<Vec<_>, _>>()?);
        let details = model::CheckpointDetails::builder()
            .name(checkpoint.name.as_str())
            .description(checkpoint.description.as_str())
            .retention_duration(checkpoint.kept_days);
        let described = model::Checkpoint::builder()
            .id(checkpoint.id.as_str())
            .project_id(checkpoint.project_id.as_str())
            .status(self.checkpoint_status(checkpoint))
            .created_at(time(checkpoint.created))
            .vault(vault.build().map_err(faulty)?)
            .extra_info(details.build().map_err(faulty)?);
        described.build().map_err(faulty)
    }

    fn describe_subject(
        &self,
        checkpoint: &Checkpoint,
        resource: &Subject,
    ) -> Result<model::CheckpointResource, Refusal> {
        let usage = self.usage(&checkpoint.vault_id, &resource.id);
        let described = model::CheckpointResource::builder()
            .id(resource.id.as_str())
            .name(resource.name.as_str())
            .r#type(resource.kind.wire())
            .protect_status(usage.status)
            .resource_size(resource.size.to_string())
            .backup_size(usage.size_mb.to_string())
            .backup_count(usage.count.to_string());
        described.build().map_err(faulty)
    }

    /// The members of a vault that a caller wants to be backed up: those that are named, with the
    /// disks that are, or all.
    fn wanted_members(
        &self,
        vault: &Vault,
        wanted: &model::CheckpointParameters,
    ) -> Result<Vec<Member>, Problem> {
        let ids = wanted.resources.iter().flatten();
        let detailed = wanted.resource_details.iter().flatten();
        let ids = ids.map(|id| (id.as_str(), None));
        let detailed = detailed.map(|it| (it.id.as_deref().unwrap_or_default(), Some(it)));
        let mut members: Vec<Member> = Vec::new();
        // What is named twice is backed up once, with the details if there are some.
        for (id, named) in detailed.chain(ids) {
            let member = vault.members.iter().find(|member| member.id == id);
            let mut member = member.ok_or(problem::NOT_IN_VAULT)?.clone();
            if members.iter().any(|it| it.id == id) {
                continue;
            }
            if let Some(named) = named {
                vault.kind_of(named)?;
                if let Some(resource) = self.resource_of(vault, &member) {
                    self.check_details(resource, named.extra_info.as_ref())?;
                }
                member.details = named.extra_info.clone().or(member.details);
            }
            members.push(member);
        }
        match members.is_empty() {
            true => Ok(vault.members.clone()),
            false => Ok(members),
        }
    }
}

/// What a caller asks for, apart from the resources.
fn order(call: &Call, wanted: &model::CheckpointParameters) -> Result<Order, Problem> {
    let is_automatic = wanted.auto_trigger == Some(true);
    let kept_days = wanted.retention_duration_days.unwrap_or(-1);
    if kept_days == 0 {
        return Err(bad(
            "/body/checkpoint/parameters/retention_duration_days: must be -1 or more than 0",
        ));
    }
    if is_automatic && wanted.retention_duration_days.is_some() {
        return Err(bad(
            "/body/checkpoint/parameters/retention_duration_days: only for backups by hand",
        ));
    }
    let name = wanted.name.clone();
    let made_up = || format!("{}{}", prefix(is_automatic), call.cloud.ids.hex(4));
    Ok(Order {
        name: name.unwrap_or_else(made_up),
        description: wanted.description.clone().unwrap_or_default(),
        is_automatic,
        is_incremental: wanted.incremental.unwrap_or(true),
        policy_id: wanted.policy_id.clone().filter(|_| is_automatic),
        full_after: None,
        kept_days,
        fails: call.fails,
    })
}

/// How the names of backups begin that got none.
pub(crate) fn prefix(is_automatic: bool) -> &'static str {
    match is_automatic {
        true => "autobk_",
        false => "manualbk_",
    }
}

pub(crate) fn create_checkpoint(
    service: &mut Cbr,
    call: &Call,
    input: model::CreateCheckpointInput,
) -> Result<model::CreateCheckpointOutput, Refusal> {
    let wanted = input
        .checkpoint
        .ok_or_else(|| faulty("a restore point that was checked is missing"))?;
    let vault = service.vault(call, &wanted.vault_id.unwrap_or_default())?;
    let vault = vault.clone();
    let parameters = wanted
        .parameters
        .unwrap_or_else(|| model::CheckpointParameters::builder().build());
    if let Some(policy_id) = &parameters.policy_id {
        service.policy(call, policy_id)?;
    }
    let order = order(call, &parameters)?;
    service.check_backs_up(&vault)?;
    let members = service.wanted_members(&vault, &parameters)?;
    let checkpoint = service.back_up(call.now, &vault, &members, &order)?;
    let reply = model::CreateCheckpointOutput::builder();
    let reply = reply.checkpoint(service.describe_checkpoint(&checkpoint)?);
    reply.build().map_err(faulty)
}

pub(crate) fn show_checkpoint(
    service: &mut Cbr,
    call: &Call,
    input: model::ShowCheckpointInput,
) -> Result<model::ShowCheckpointOutput, Refusal> {
    let id = input.checkpoint_id.unwrap_or_default();
    let checkpoint = service.checkpoints.get(&id);
    let own = checkpoint.filter(|checkpoint| checkpoint.project_id == call.project_id);
    let checkpoint = own.ok_or(problem::NO_CHECKPOINT)?;
    let reply = model::ShowCheckpointOutput::builder();
    let reply = reply.checkpoint(service.describe_checkpoint(checkpoint)?);
    reply.build().map_err(faulty)
}
