//! Tasks: what goes on after a call was answered, and what the operation log tells of it.

mod list;

use std::time::Duration;

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

pub(crate) use self::list::{list_operation_logs, show_operation_log};
use super::backups::{Backup, Record, Subject};
use super::problem::Problem;
use super::resources::Kind;
use super::vaults::Vault;
use super::{Cbr, ENTERPRISE_PROJECT, Event, time};
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::refusal::{Refusal, faulty};
use crate::state::Word;

/// How long the operation log tells of a task.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Tasks that are remembered.
const MOST_TASKS: usize = 10_000;

/// A backup that a task is about, by its number and as it is shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) number: u64,
    pub(crate) id: String,
    pub(crate) name: String,
}

impl About {
    pub(crate) fn of(number: u64, backup: &Backup) -> Self {
        Self {
            number,
            id: backup.id.clone(),
            name: backup.name.clone(),
        }
    }
}

/// What a task does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Work {
    Backup {
        backup: About,
        is_incremental: bool,
    },
    /// What a policy was to do, when nothing came of it.
    Undone(model::OperationType),
    Replication {
        source: About,
        copy: About,
        record: Box<Record>,
    },
    Restore {
        backup: About,
        target: Subject,
        /// Whether the server runs afterwards.
        power_on: bool,
    },
    Deletion(About),
    RemoveResources {
        resources: Vec<Subject>,
        deleted: usize,
        failed: usize,
    },
    VaultDeletion {
        deleted: usize,
        failed: usize,
    },
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    id: String,
    request_id: String,
    pub(crate) project_id: String,
    work: Work,
    vault_id: Option<String>,
    vault_name: Option<String>,
    enterprise_project_id: String,
    #[serde(deserialize_with = "crate::state::optional_word")]
    provider_id: Option<Word>,
    checkpoint_id: Option<String>,
    pub(crate) policy_id: Option<String>,
    pub(crate) resource: Option<Subject>,
    created: Moment,
    takes: Duration,
    ended: Option<Moment>,
    status: model::OperationStatus,
    problem: Option<Problem>,
    /// It will fail, as the sandbox was told.
    pub(crate) fails: bool,
}

impl Task {
    pub(crate) fn new(cloud: &Cloud, project_id: &str, at: Moment, work: Work) -> Self {
        Self {
            id: cloud.ids.uuid(),
            request_id: format!("req-{}", cloud.ids.uuid()),
            project_id: project_id.to_owned(),
            work,
            vault_id: None,
            vault_name: None,
            enterprise_project_id: ENTERPRISE_PROJECT.to_owned(),
            provider_id: None,
            checkpoint_id: None,
            policy_id: None,
            resource: None,
            created: at,
            takes: Duration::ZERO,
            ended: None,
            status: model::OperationStatus::Running,
            problem: None,
            fails: false,
        }
    }

    /// Says that it is about a backup, and about what that was made of.
    pub(crate) fn set_backup(&mut self, backup: &Backup) {
        self.checkpoint_id = Some(backup.checkpoint_id.clone());
        self.set_resource(backup.resource.clone());
    }

    pub(crate) fn set_resource(&mut self, resource: Subject) {
        self.provider_id = Some(resource.kind.provider_id());
        self.resource = Some(resource);
    }

    pub(crate) fn set_vault(&mut self, vault: Option<&Vault>) {
        let Some(vault) = vault else { return };
        self.vault_id = Some(vault.id.clone());
        self.vault_name = Some(vault.name.clone());
        self.enterprise_project_id
            .clone_from(&vault.enterprise_project_id);
        let kind = Kind::of_vault(&vault.object_type);
        self.provider_id = self.provider_id.or(kind.map(Kind::provider_id));
    }

    fn is_running(&self) -> bool {
        self.status == model::OperationStatus::Running
    }

    /// How much of it is done, in percent.
    fn progress(&self, now: Moment) -> i64 {
        match self.status {
            model::OperationStatus::Success => 100,
            model::OperationStatus::Running => {
                let takes = self.takes.as_millis().max(1);
                let percent = now.since(self.created).as_millis() * 100 / takes;
                i64::try_from(percent).unwrap_or(99).min(99)
            }
            _ => 0,
        }
    }

    /// The resources that it is about.
    fn resources(&self) -> impl Iterator<Item = &Subject> {
        let removed = match &self.work {
            Work::RemoveResources { resources, .. } => resources.as_slice(),
            _ => &[],
        };
        self.resource.iter().chain(removed)
    }

    fn kind(&self) -> model::OperationType {
        match &self.work {
            Work::Backup { .. } => model::OperationType::Backup,
            Work::Undone(kind) => kind.clone(),
            Work::Replication { .. } => model::OperationType::Replication,
            Work::Restore { .. } => model::OperationType::Restore,
            Work::Deletion(_) => model::OperationType::Delete,
            Work::RemoveResources { .. } => model::OperationType::RemoveResource,
            Work::VaultDeletion { .. } => model::OperationType::VaultDelete,
        }
    }

    fn details(&self, now: Moment) -> Result<model::OperationDetails, Refusal> {
        let common = model::LoggedProgress::builder()
            .progress(self.progress(now))
            .request_id(self.request_id.as_str());
        let mut details =
            model::OperationDetails::builder().common(common.build().map_err(faulty)?);
        if let Some(resource) = &self.resource {
            details = details.resource(resource.described());
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let details = match &self.work {
            Work::Undone(_) => details,
            Work::Backup {
                backup,
                is_incremental,
            } => {
                let backup = model::LoggedBackup::builder()
                    .backup_id(backup.id.as_str())
                    .backup_name(backup.name.as_str())
                    .incremental(is_incremental.to_string());
                details.backup(backup.build().map_err(faulty)?)
            }
            Work::Replication {
                source,
                copy,
                record,
            } => details.replication(logged_replication(source, copy, record)?),
            Work::Restore { backup, target, .. } => {
                let restore = model::LoggedRestore::builder()
                    .backup_id(backup.id.as_str())
                    .backup_name(backup.name.as_str())
                    .target_resource_id(target.id.as_str())
                    .target_resource_name(target.name.as_str());
                details.restore(restore.build().map_err(faulty)?)
            }
            Work::Deletion(backup) => {
                let deletion = model::LoggedDeletion::builder()
                    .backup_id(backup.id.as_str())
                    .backup_name(backup.name.as_str());
                details.delete(deletion.build().map_err(faulty)?)
            }
            Work::RemoveResources {
                resources,
                deleted,
                failed,
            } => {
                let removal = model::LoggedRemoval::builder()
                    .resources(resources.iter().map(Subject::described))
                    .total_count(count(*deleted))
                    .fail_count(count(*failed));
                details.remove_resources(removal.build().map_err(faulty)?)
            }
            Work::VaultDeletion { deleted, failed } => {
                let deletion = model::LoggedVaultDeletion::builder()
                    .total_count(count(*deleted))
                    .fail_count(count(*failed));
                details.vault_delete(deletion.build().map_err(faulty)?)
            }
        };
        details.build().map_err(faulty)
    }

    /// The task as the operation log shows it.
    fn described(&self, now: Moment) -> Result<model::OperationLog, Refusal> {
        let problem = self.problem;
        let error = model::OperationError::builder()
            .code(problem.map_or("", |problem| problem.code))
            .message(problem.map_or("", |problem| problem.message));
        let mut described = model::OperationLog::builder()
            .id(self.id.as_str())
            .project_id(self.project_id.as_str())
            .operation_type(self.kind())
            .status(self.status.clone())
            .created_at(time(self.created))
            .started_at(time(self.created))
            .updated_at(time(self.ended.unwrap_or(self.created)))
            .error_info(error.build().map_err(faulty)?)
            .extra_info(self.details(now)?);
        if let Some(ended) = self.ended {
            described = described.ended_at(time(ended));
        }
        if let Some(id) = &self.checkpoint_id {
            described = described.checkpoint_id(id.as_str());
        }
        if let Some(id) = &self.policy_id {
            described = described.policy_id(id.as_str());
        }
        if let Some(id) = self.provider_id {
            described = described.provider_id(id);
        }
        if let (Some(id), Some(name)) = (&self.vault_id, &self.vault_name) {
            described = described.vault_id(id.as_str()).vault_name(name.as_str());
        }
        described.build().map_err(faulty)
    }
}

fn logged_replication(
    source: &About,
    copy: &About,
    record: &Record,
) -> Result<model::LoggedReplication, Refusal> {
    let (from, to) = (&record.source, &record.destination);
    let replication = model::LoggedReplication::builder()
        .source_backup_id(from.backup_id.as_str())
        .source_backup_name(source.name.as_str())
        .source_checkpoint_id(from.checkpoint_id.as_str())
        .source_project_id(from.project_id.as_str())
        .source_region(from.region.as_str())
        .destination_backup_id(to.backup_id.as_str())
        .destination_backup_name(copy.name.as_str())
        .destination_checkpoint_id(to.checkpoint_id.as_str())
        .destination_project_id(to.project_id.as_str())
        .destination_region(to.region.as_str());
    replication.build().map_err(faulty)
}

impl Cbr {
    /// Begins a task that takes so long.
    pub(crate) fn start(&mut self, mut task: Task, takes: Duration) {
        task.takes = takes;
        let ends = task.created.after(takes);
        let number = self.note(task);
        self.timeline.plan(ends, Event::Ends(number));
    }

    /// Notes a task that was not done, or failed at once.
    pub(crate) fn note_problem(
        &mut self,
        mut task: Task,
        status: model::OperationStatus,
        problem: Problem,
    ) {
        task.ended = Some(task.created);
        task.status = status;
        task.problem = Some(problem);
        self.note(task);
    }

    fn note(&mut self, task: Task) -> u64 {
        if self.tasks.len() >= MOST_TASKS {
            let mut tasks = self.tasks.iter();
            let over = tasks.find(|(_, task)| !task.is_running());
            if let Some(number) = over.map(|(number, _)| *number) {
                self.tasks.remove(&number);
            }
        }
        let number = self.number();
        self.tasks.insert(number, task);
        number
    }

    /// A task is over, and what it was to do is done or has failed.
    pub(crate) fn end(&mut self, at: Moment, number: u64) {
        let Some(task) = self.tasks.get(&number) else {
            return;
        };
        let (mut work, fails) = (task.work.clone(), task.fails);
        let vault_id = task.vault_id.clone().unwrap_or_default();
        let problem = match &mut work {
            Work::Undone(_) => None,
            Work::Backup { backup, .. } => self.backed_up(at, backup.number, fails),
            Work::Replication {
                source,
                copy,
                record,
            } => self.replicated(at, [source.number, copy.number], &record.id, fails),
            Work::Restore {
                backup,
                target,
                power_on,
            } => self.restored(at, backup.number, target, *power_on, fails),
            Work::Deletion(backup) => self.deleted(at, backup.number, fails),
            Work::RemoveResources {
                resources,
                deleted,
                failed,
            } => {
                let (problem, count) = self.resources_removed(at, &vault_id, resources, fails);
                *(if fails { failed } else { deleted }) = count;
                problem
            }
            Work::VaultDeletion { deleted, failed } => {
                let (problem, count) = self.vault_deleted(at, &vault_id, fails);
                *(if fails { failed } else { deleted }) = count;
                problem
            }
        };
        let Some(task) = self.tasks.get_mut(&number) else {
            return;
        };
        task.work = work;
        task.ended = Some(at);
        task.problem = problem;
        task.status = match problem {
            Some(_) => model::OperationStatus::Failed,
            None => model::OperationStatus::Success,
        };
    }

    /// Whether a task goes on in a vault.
    pub(crate) fn has_task(&self, vault_id: &str) -> bool {
        // Those that run are among the latest, but nothing says how far back.
        let mut tasks = self.tasks.values().rev();
        tasks.any(|task| task.is_running() && task.vault_id.as_deref() == Some(vault_id))
    }

    /// The tasks of a project that the log still tells of, the latest first.
    fn tasks_of(&self, project_id: &str, now: Moment) -> impl Iterator<Item = &Task> {
        let tasks = self.tasks.values().rev();
        tasks.filter(move |task| {
            task.project_id == project_id && (task.is_running() || now.since(task.created) <= KEPT)
        })
    }
}
