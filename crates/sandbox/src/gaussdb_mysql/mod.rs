//! GaussDB for MySQL.

#[rustfmt::skip]
mod generated;

use std::ops::RangeInclusive;
use std::sync::Arc;

use cloudbackup_core::server::{Route, Server};
use cloudbackup_gaussdb_mysql_model as model;

use self::generated::Handlers;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::database::{Backup, Filter, Job, Kind, OffsitePolicy, Progress, Store, Style, moment};
use crate::gateway::{Behaviour, Call};
use crate::page::page;
use crate::refusal::{ErrorShape, Refusal, faulty};

/// The state of the service.
#[derive(Debug)]
pub(crate) struct GaussDbMySql {
    pub(crate) store: Store,
}

impl Server for GaussDbMySql {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for GaussDbMySql {
    const NAME: &'static str = "gaussdb-mysql";
    const ERRORS: ErrorShape = ErrorShape::Flat;
    const INVALID: &'static str = "DBS.280001";

    fn new(cloud: &Arc<Cloud>) -> Self {
        // The documents know 400 and 500 only.
        let style = Style {
            instance_suffix: "in07",
            backup_suffix: "br07",
            engine: "gaussdb-mysql",
            version: "8.0",
            only_bad_request: true,
        };
        Self {
            store: Store::new(cloud, style),
        }
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            update_offsite_backup_policy: Some(update_offsite_backup_policy),
            create_backup: Some(create_backup),
            list_backups: Some(list_backups),
            list_incremental_backups: Some(list_incremental_backups),
            delete_backup: Some(delete_backup),
            show_job: Some(show_job),
        };
        handlers.into_routes()
    }

    fn settle(&mut self, now: Moment) {
        self.store.settle(now);
    }
}

fn update_offsite_backup_policy(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::UpdateOffsiteBackupPolicyInput,
) -> Result<model::UpdateOffsiteBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    if let Some(policy) = input.backup_policy {
        let days = u32::try_from(policy.keep_days.unwrap_or(1)).unwrap_or(1);
        let days_if = |is_on: Option<bool>| if is_on == Some(true) { days } else { 0 };
        let policy = OffsitePolicy {
            full_days: days_if(policy.open_auto_backup),
            incremental_days: days_if(policy.open_incremental_backup),
            destination_region: policy.destination_region.unwrap_or_default(),
            destination_project_id: policy.destination_project_id.unwrap_or_default(),
        };
        service.store.set_policy(call, &instance, policy)?;
    }
    let reply = model::UpdateOffsiteBackupPolicyOutput::builder();
    reply.result("success").build().map_err(faulty)
}

fn create_backup(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::CreateBackupInput,
) -> Result<model::CreateBackupOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let name = input.name.unwrap_or_default();
    check_name(&name)?;
    let (backup, job) = service
        .store
        .create(call, &instance, name, input.description)?;
    // What is not known yet is not in the reply of the create.
    let started = model::Backup::builder()
        .id(backup.id)
        .name(backup.name)
        .description(backup.description.unwrap_or_default())
        .begin_time(backup.begin.basic())
        .status(model::BackupStatus::Building)
        .r#type(model::BackupType::Manual)
        .instance_id(backup.instance.id);
    let reply = model::CreateBackupOutput::builder().job_id(job.id);
    reply
        .backup(started.build().map_err(faulty)?)
        .build()
        .map_err(faulty)
}

/// The rules of a name that no pattern says: its first character, the signs in it, its bytes.
fn check_name(name: &str) -> Result<(), Refusal> {
    let is_fine = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_".contains(c);
    let is_first = |c: char| !c.is_ascii() || c.is_ascii_alphabetic();
    if name.starts_with(is_first) && name.chars().all(is_fine) && name.len() <= 64 {
        return Ok(());
    }
    let message = "/body/name: must begin with a letter, hold letters, digits, - and _ only, and \
                   take up no more than 64 bytes";
    Err(Refusal::new(400, GaussDbMySql::INVALID, message))
}

/// The number in a text of a query; its range stands in no pattern, so it is checked here.
fn number(
    name: &str,
    text: Option<&str>,
    default: i64,
    range: RangeInclusive<i64>,
) -> Result<i64, Refusal> {
    let Some(text) = text else { return Ok(default) };
    // Digits that are no number are too many of them.
    let number = text.parse().unwrap_or(i64::MAX);
    if range.contains(&number) {
        return Ok(number);
    }
    let (least, most) = range.into_inner();
    let message = format!("/query/{name}: must be a number from {least} to {most}");
    Err(Refusal::new(400, GaussDbMySql::INVALID, message))
}

fn list_backups(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ListBackupsInput,
) -> Result<model::ListBackupsOutput, Refusal> {
    let offset = number("offset", input.offset.as_deref(), 0, 0..=i64::MAX)?;
    let limit = number("limit", input.limit.as_deref(), 100, 1..=100)?;
    let kinds: &[Kind] = match input.backup_type {
        Some(model::BackupType::Auto) => &[Kind::Auto],
        Some(model::BackupType::Manual) => &[Kind::Manual],
        _ => &[Kind::Auto, Kind::Manual],
    };
    let filter = Filter {
        instance_id: input.instance_id.as_deref(),
        instance_name: input.instance_name.as_deref(),
        backup_id: input.backup_id.as_deref(),
        name: input.name.as_deref(),
        kinds: Some(kinds),
        from: moment(input.begin_time.as_ref()),
        to: moment(input.end_time.as_ref()),
        ..Filter::default()
    };
    let (backups, total) = page(service.store.find(call, &filter), offset, limit);
    let backups: Result<Vec<_>, _> = backups.into_iter().map(described).collect();
    let reply = model::ListBackupsOutput::builder().total_count(total);
    reply.backups(backups?).build().map_err(faulty)
}

fn described(backup: &Backup) -> Result<model::Backup, Refusal> {
    let datastore = model::Datastore::builder()
        .r#type(backup.instance.engine)
        .version(backup.instance.version);
    let described = model::Backup::builder()
        .id(backup.id.as_str())
        .name(backup.name.as_str())
        .description(backup.description.clone().unwrap_or_default())
        .begin_time(backup.begin.basic())
        .status(match backup.progress {
            Progress::Running => model::BackupStatus::Building,
            Progress::Completed => model::BackupStatus::Completed,
            Progress::Failed => model::BackupStatus::Failed,
        })
        .r#type(match backup.kind {
            Kind::Manual => model::BackupType::Manual,
            Kind::Auto | Kind::Incremental => model::BackupType::Auto,
        })
        .datastore(datastore.build().map_err(faulty)?)
        .instance_id(backup.instance.id.as_str())
        .instance_name(backup.instance.name.as_str());
    let described = match backup.end {
        Some(end) => {
            let minutes = end.since(backup.begin).as_secs().div_ceil(60);
            described
                .end_time(end.basic())
                .take_up_time(i64::try_from(minutes).unwrap_or(i64::MAX))
                .size(f64::from(backup.size_mb))
        }
        None => described,
    };
    described.build().map_err(faulty)
}

fn list_incremental_backups(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ListIncrementalBackupsInput,
) -> Result<model::ListIncrementalBackupsOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let offset = number("offset", input.offset.as_deref(), 0, 0..=i64::MAX)?;
    let limit = input.limit.as_ref().map(|limit| limit.as_str());
    let limit = number("limit", limit, 10, 10..=50)?;
    let with_copies = input.display_offsite_backup == Some(true);
    let filter = Filter {
        kinds: Some(&[Kind::Incremental]),
        is_copy: (!with_copies).then_some(false),
        from: moment(input.begin_time.as_ref()),
        to: moment(input.end_time.as_ref()),
        ..Filter::default()
    };
    let store = &service.store;
    let found = store.find_of_instance(call, &instance, &filter)?;
    let (backups, total) = page(found, offset, limit);
    let backups: Result<Vec<_>, _> = backups.into_iter().map(incremental).collect();
    let reply = model::ListIncrementalBackupsOutput::builder().total_count(total);
    reply.backups(backups?).build().map_err(faulty)
}

fn incremental(backup: &Backup) -> Result<model::IncrementalBackup, Refusal> {
    let described = model::IncrementalBackup::builder()
        .id(backup.id.as_str())
        .name(backup.name.as_str())
        .begin_time(backup.begin.basic())
        .backup_type(match backup.is_copy {
            true => model::IncrementalBackupType::OffSiteLog,
            false => model::IncrementalBackupType::Log,
        })
        .instance_id(backup.instance.id.as_str());
    let described = match backup.end {
        // In KB, other than full backups.
        Some(end) => described
            .end_time(end.basic())
            .size(f64::from(backup.size_mb) * 1024.0),
        None => described,
    };
    described.build().map_err(faulty)
}

fn delete_backup(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::DeleteBackupInput,
) -> Result<model::DeleteBackupOutput, Refusal> {
    let backup = service
        .store
        .delete(call, &input.backup_id.unwrap_or_default())?;
    let reply = model::DeleteBackupOutput::builder();
    let reply = reply.backup_id(backup.id).backup_name(backup.name);
    reply.build().map_err(faulty)
}

fn show_job(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ShowJobInput,
) -> Result<model::ShowJobOutput, Refusal> {
    let job = service.store.job(call, &input.id.unwrap_or_default())?;
    let reply = model::ShowJobOutput::builder();
    reply
        .job(described_job(job, call.now)?)
        .build()
        .map_err(faulty)
}

fn described_job(job: &Job, now: Moment) -> Result<model::Job, Refusal> {
    let instance = model::JobInstance::builder()
        .id(job.instance.id.as_str())
        .name(job.instance.name.as_str());
    let described = model::Job::builder()
        .id(job.id.as_str())
        .name("CreateManualBackup")
        .created(job.created.basic())
        .instance(instance.build().map_err(faulty)?);
    let described = match job.progress {
        Progress::Running => {
            let percent = format!("{}%", job.percent(now));
            described.status(model::JobStatus::Running).process(percent)
        }
        Progress::Completed => described.status(model::JobStatus::Completed).process(""),
        Progress::Failed => described
            .status(model::JobStatus::Failed)
            .process("")
            .fail_reason("the sandbox was told to fail it"),
    };
    let described = match job.ended {
        Some(ended) => described.ended(ended.basic()),
        None => described,
    };
    described.build().map_err(faulty)
}
