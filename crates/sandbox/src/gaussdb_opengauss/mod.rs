//! GaussDB (openGauss).

#[rustfmt::skip]
mod generated;

use std::sync::Arc;

use cloudbackup_core::server::{Route, Server};
use cloudbackup_gaussdb_opengauss_model as model;

use self::generated::Handlers;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::database::{Backup, Filter, Job, Kind, Progress, Store, Style, moment};
use crate::gateway::{Behaviour, Call};
use crate::page::page;
use crate::refusal::{ErrorShape, Refusal, faulty};

/// The state of the service.
#[derive(Debug)]
pub(crate) struct OpenGauss {
    pub(crate) store: Store,
}

impl Server for OpenGauss {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for OpenGauss {
    const NAME: &'static str = "gaussdb-opengauss";
    const ERRORS: ErrorShape = ErrorShape::Flat;
    const INVALID: &'static str = "DBS.280001";

    fn new(cloud: &Arc<Cloud>) -> Self {
        let style = Style {
            instance_suffix: "in14",
            backup_suffix: "br14",
            engine: "GaussDB",
            version: "8.102",
            only_bad_request: false,
        };
        Self {
            store: Store::new(cloud, style),
        }
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            create_backup: Some(create_backup),
            list_backups: Some(list_backups),
            delete_backup: Some(delete_backup),
            show_job: Some(show_job),
        };
        handlers.into_routes()
    }

    fn settle(&mut self, now: Moment) {
        self.store.settle(now);
    }
}

fn create_backup(
    service: &mut OpenGauss,
    call: &Call,
    input: model::CreateBackupInput,
) -> Result<model::CreateBackupOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let name = input.name.unwrap_or_default();
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
        .backup_type(model::BackupType::Manual)
        .instance_id(backup.instance.id);
    let reply = model::CreateBackupOutput::builder().job_id(job.id);
    reply
        .backup(started.build().map_err(faulty)?)
        .build()
        .map_err(faulty)
}

fn list_backups(
    service: &mut OpenGauss,
    call: &Call,
    input: model::ListBackupsInput,
) -> Result<model::ListBackupsOutput, Refusal> {
    let kinds: &[Kind] = match input.backup_type {
        Some(model::BackupType::Auto) => &[Kind::Auto],
        Some(model::BackupType::Manual) => &[Kind::Manual],
        _ => &[Kind::Auto, Kind::Manual],
    };
    let filter = Filter {
        instance_id: input.instance_id.as_deref(),
        backup_id: input.backup_id.as_deref(),
        kinds: Some(kinds),
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
        .backup_type(match backup.kind {
            Kind::Manual => model::BackupType::Manual,
            Kind::Auto | Kind::Incremental => model::BackupType::Auto,
        })
        .datastore(datastore.build().map_err(faulty)?)
        .instance_id(backup.instance.id.as_str());
    let described = match backup.end {
        Some(end) => described
            .end_time(end.basic())
            .size(f64::from(backup.size_mb)),
        None => described,
    };
    described.build().map_err(faulty)
}

fn delete_backup(
    service: &mut OpenGauss,
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
    service: &mut OpenGauss,
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
        .name("BackupSnapshotGaussDBV5InInstance")
        .created(job.created.basic())
        .instance(instance.build().map_err(faulty)?);
    let described = match job.progress {
        Progress::Running => {
            let percent = format!("{}%", job.percent(now));
            described
                .status(model::JobStatus::Running)
                .progress(percent)
        }
        Progress::Completed => described.status(model::JobStatus::Completed).progress(""),
        Progress::Failed => described
            .status(model::JobStatus::Failed)
            .progress("")
            .fail_reason("the sandbox was told to fail it"),
    };
    let described = match job.ended {
        Some(ended) => described.ended(ended.basic()),
        None => described,
    };
    described.build().map_err(faulty)
}
