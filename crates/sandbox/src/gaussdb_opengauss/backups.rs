//! Backups.

use cloudbackup_gaussdb_opengauss_model as model;

use super::OpenGauss;
use crate::database::{Backup, Filter, Kind, Progress, moment};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

pub(super) fn create_backup(
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
        .instance_id(backup.instance.id.as_str());
    let reply = model::CreateBackupOutput::builder().job_id(job.id);
    reply
        .backup(started.build().map_err(faulty)?)
        .build()
        .map_err(faulty)
}

/// Full backups only: no list has the differential ones.
pub(super) fn list_backups(
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
        .datastore(super::datastore(&backup.instance)?)
        .instance_id(backup.instance.id.as_str());
    let described = match backup.end {
        Some(end) => described
            .end_time(end.basic())
            .size(f64::from(backup.size_mb)),
        None => described,
    };
    described.build().map_err(faulty)
}

pub(super) fn delete_backup(
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

pub(super) fn stop_backup(
    service: &mut OpenGauss,
    call: &Call,
    input: model::StopBackupInput,
) -> Result<model::StopBackupOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let job = service.store.stop_backups(call, &instance)?;
    let reply = model::StopBackupOutput::builder().job_id(job.id);
    reply.build().map_err(faulty)
}

pub(super) fn list_backup_files(
    service: &mut OpenGauss,
    call: &Call,
    input: model::ListBackupFilesInput,
) -> Result<model::ListBackupFilesOutput, Refusal> {
    let id = input.backup_id.unwrap_or_default();
    let kinds = [Kind::Auto, Kind::Manual];
    let download = service.store.files(call, &id, &kinds)?;
    let files = download.files.into_iter().map(|file| {
        let described = model::BackupFile::builder()
            .name(file.name)
            .size(file.size_kb)
            .download_link(file.link)
            .link_expired_time(file.expires.basic());
        described.build().map_err(faulty)
    });
    let files: Result<Vec<_>, _> = files.collect();
    let reply = model::ListBackupFilesOutput::builder().bucket(download.bucket);
    reply.files(files?).build().map_err(faulty)
}
