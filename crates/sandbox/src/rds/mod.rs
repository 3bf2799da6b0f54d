//! Relational Database Service.

#[rustfmt::skip]
mod generated;

use std::sync::Arc;

use cloudbackup_core::server::{Route, Server};
use cloudbackup_rds_model as model;

use self::generated::Handlers;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::database::{Backup, Filter, Kind, OffsitePolicy, Progress, Store, Style, moment};
use crate::gateway::{Behaviour, Call};
use crate::page::page;
use crate::refusal::{ErrorShape, Refusal, faulty};

/// The state of the service.
#[derive(Debug)]
pub(crate) struct Rds {
    pub(crate) store: Store,
}

impl Server for Rds {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for Rds {
    const NAME: &'static str = "rds";
    const ERRORS: ErrorShape = ErrorShape::Flat;
    const INVALID: &'static str = "DBS.280001";

    fn new(cloud: &Arc<Cloud>) -> Self {
        let style = Style {
            instance_suffix: "in01",
            backup_suffix: "br01",
            engine: "MySQL",
            version: "8.0",
            only_bad_request: false,
        };
        Self {
            store: Store::new(cloud, style),
        }
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            list_offsite_backups: Some(list_offsite_backups),
            show_offsite_backup_policy: Some(show_offsite_backup_policy),
            update_offsite_backup_policy: Some(update_offsite_backup_policy),
            list_backups: Some(list_backups),
            create_backup: Some(create_backup),
            delete_backup: Some(delete_backup),
        };
        handlers.into_routes()
    }

    fn settle(&mut self, now: Moment) {
        self.store.settle(now);
    }
}

fn list_offsite_backups(
    service: &mut Rds,
    call: &Call,
    input: model::ListOffsiteBackupsInput,
) -> Result<model::ListOffsiteBackupsOutput, Refusal> {
    let filter = Filter {
        instance_id: input.instance_id.as_deref(),
        backup_id: input.backup_id.as_deref(),
        kinds: kinds(input.backup_type.as_ref()),
        is_copy: Some(true),
        from: moment(input.begin_time.as_ref()),
        to: moment(input.end_time.as_ref()),
        ..Filter::default()
    };
    let found = service.store.find(call, &filter);
    let (backups, total) = page(found, input.offset.unwrap_or(0), input.limit.unwrap_or(100));
    let backups: Result<Vec<_>, _> = backups.into_iter().map(described).collect();
    let reply = model::ListOffsiteBackupsOutput::builder().total_count(total);
    reply.backups(backups?).build().map_err(faulty)
}

fn list_backups(
    service: &mut Rds,
    call: &Call,
    input: model::ListBackupsInput,
) -> Result<model::ListBackupsOutput, Refusal> {
    let filter = Filter {
        instance_id: input.instance_id.as_deref(),
        backup_id: input.backup_id.as_deref(),
        kinds: kinds(input.backup_type.as_ref()),
        progress: match input.status {
            Some(model::BackupStatus::Building) => Some(Progress::Running),
            Some(model::BackupStatus::Completed) => Some(Progress::Completed),
            Some(model::BackupStatus::Failed) => Some(Progress::Failed),
            _ => None,
        },
        is_copy: Some(false),
        from: moment(input.begin_time.as_ref()),
        to: moment(input.end_time.as_ref()),
        ..Filter::default()
    };
    let found = service.store.find(call, &filter);
    let (backups, total) = page(found, input.offset.unwrap_or(0), input.limit.unwrap_or(100));
    let backups: Result<Vec<_>, _> = backups.into_iter().map(described).collect();
    let reply = model::ListBackupsOutput::builder().total_count(total);
    reply.backups(backups?).build().map_err(faulty)
}

/// The kinds that a caller names; the sandbox makes no differential backups.
fn kinds(wanted: Option<&model::BackupType>) -> Option<&'static [Kind]> {
    Some(match wanted? {
        model::BackupType::Auto => &[Kind::Auto],
        model::BackupType::Manual => &[Kind::Manual],
        model::BackupType::Incremental => &[Kind::Incremental],
        _ => &[],
    })
}

/// A backup as lists show it: without its remark, which only the reply of the create has.
fn described(backup: &Backup) -> Result<model::Backup, Refusal> {
    let datastore = model::Datastore::builder()
        .engine(backup.instance.engine)
        .version(backup.instance.version);
    let described = model::Backup::builder()
        .id(backup.id.as_str())
        .name(backup.name.as_str())
        .begin_time(backup.begin.basic())
        .status(match backup.progress {
            Progress::Running => model::BackupStatus::Building,
            Progress::Completed => model::BackupStatus::Completed,
            Progress::Failed => model::BackupStatus::Failed,
        })
        .backup_type(match backup.kind {
            Kind::Manual => model::BackupType::Manual,
            Kind::Auto => model::BackupType::Auto,
            Kind::Incremental => model::BackupType::Incremental,
        })
        .datastore(datastore.build().map_err(faulty)?)
        .instance_id(backup.instance.id.as_str())
        .associated_with_ddm(false);
    let described = match backup.end {
        // In KB.
        Some(end) => described
            .end_time(end.basic())
            .size(i64::from(backup.size_mb) * 1024),
        None => described,
    };
    described.build().map_err(faulty)
}

fn show_offsite_backup_policy(
    service: &mut Rds,
    call: &Call,
    input: model::ShowOffsiteBackupPolicyInput,
) -> Result<model::ShowOffsiteBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let mut policies = Vec::new();
    if let Some(policy) = service.store.policy(call, &instance)? {
        let kinds = [
            (policy.full_days, model::BackupType::Auto),
            (policy.incremental_days, model::BackupType::Incremental),
        ];
        for (days, kind) in kinds.into_iter().filter(|(days, _)| *days > 0) {
            let described = model::OffsiteBackupPolicy::builder()
                .backup_type(kind)
                .keep_days(i64::from(days))
                .destination_region(policy.destination_region.as_str())
                .destination_project_id(policy.destination_project_id.as_str());
            policies.push(described.build().map_err(faulty)?);
        }
    }
    let reply = model::ShowOffsiteBackupPolicyOutput::builder();
    reply.policy_para(policies).build().map_err(faulty)
}

/// Says how long copies of the kinds that are named are kept; zero days switch them off. The
/// destination of a policy that is in force stays as it is.
fn update_offsite_backup_policy(
    service: &mut Rds,
    call: &Call,
    input: model::UpdateOffsiteBackupPolicyInput,
) -> Result<model::UpdateOffsiteBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    if let Some(wanted) = input.policy_para {
        let before = service.store.policy(call, &instance)?.cloned();
        let mut policy = before.unwrap_or_else(|| OffsitePolicy {
            full_days: 0,
            incremental_days: 0,
            destination_region: wanted.destination_region.unwrap_or_default(),
            destination_project_id: wanted.destination_project_id.unwrap_or_default(),
        });
        let days = u32::try_from(wanted.keep_days.unwrap_or(0)).unwrap_or(0);
        if wanted.backup_type != Some(model::PolicyBackupType::Incremental) {
            policy.full_days = days;
        }
        if wanted.backup_type != Some(model::PolicyBackupType::Auto) {
            policy.incremental_days = days;
        }
        service.store.set_policy(call, &instance, policy)?;
    }
    let reply = model::UpdateOffsiteBackupPolicyOutput::builder();
    reply.build().map_err(faulty)
}

fn create_backup(
    service: &mut Rds,
    call: &Call,
    input: model::CreateBackupInput,
) -> Result<model::CreateBackupOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let name = input.name.unwrap_or_default();
    let (backup, _) = service
        .store
        .create(call, &instance, name, input.description)?;
    // What is not known yet is not in the reply of the create.
    let started = model::Backup::builder()
        .id(backup.id)
        .name(backup.name)
        .description(backup.description.unwrap_or_default())
        .begin_time(backup.begin.basic())
        .status(model::BackupStatus::Building)
        .backup_type(model::BackupType::Manual)
        .instance_id(backup.instance.id);
    let reply = model::CreateBackupOutput::builder();
    reply
        .backup(started.build().map_err(faulty)?)
        .build()
        .map_err(faulty)
}

fn delete_backup(
    service: &mut Rds,
    call: &Call,
    input: model::DeleteBackupInput,
) -> Result<model::DeleteBackupOutput, Refusal> {
    service
        .store
        .delete(call, &input.backup_id.unwrap_or_default())?;
    model::DeleteBackupOutput::builder().build().map_err(faulty)
}
