//! Backups in the region of their instance.

use cloudbackup_rds_model as model;

use super::Rds;
use crate::database::{Backup, Filter, Kind, Progress, moment};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

pub(super) fn list_backups(
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
    let backups = backups.into_iter().map(|backup| {
        let mut described = described(backup)?;
        described.min_data_volume_capacity_for_restore = Some(backup.instance.volume_gb);
        Ok(described)
    });
    let backups: Result<Vec<_>, Refusal> = backups.collect();
    let reply = model::ListBackupsOutput::builder().total_count(total);
    reply.backups(backups?).build().map_err(faulty)
}

/// The kinds that a caller names; the sandbox makes no differential backups.
pub(super) fn kinds(wanted: Option<&model::BackupType>) -> Option<&'static [Kind]> {
    Some(match wanted? {
        model::BackupType::Auto => &[Kind::Auto],
        model::BackupType::Manual => &[Kind::Manual],
        model::BackupType::Incremental => &[Kind::Incremental],
        _ => &[],
    })
}

/// A backup as lists show it: without its remark, which only the reply of the create has.
pub(super) fn described(backup: &Backup) -> Result<model::Backup, Refusal> {
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
        .datastore(super::datastore(&backup.instance)?)
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

pub(super) fn create_backup(
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
        .instance_id(backup.instance.id.as_str());
    let reply = model::CreateBackupOutput::builder();
    reply
        .backup(started.build().map_err(faulty)?)
        .build()
        .map_err(faulty)
}

pub(super) fn delete_backup(
    service: &mut Rds,
    call: &Call,
    input: model::DeleteBackupInput,
) -> Result<model::DeleteBackupOutput, Refusal> {
    service
        .store
        .delete(call, &input.backup_id.unwrap_or_default())?;
    model::DeleteBackupOutput::builder().build().map_err(faulty)
}

pub(super) fn delete_backups(
    service: &mut Rds,
    call: &Call,
    input: model::DeleteBackupsInput,
) -> Result<model::DeleteBackupsOutput, Refusal> {
    let ids = input.backup_ids.unwrap_or_default();
    let results = service.store.delete_each(call, ids).into_iter();
    let results = results.map(|(id, deleted)| {
        let (code, message) = match deleted {
            Ok(_) => ("0", "Success"),
            Err(problem) => (problem.code().1, problem.message()),
        };
        let result = model::DeletionResult::builder().backup_id(id);
        let result = result.error_code(code).error_msg(message);
        result.build().map_err(faulty)
    });
    let results: Result<Vec<_>, _> = results.collect();
    let reply = model::DeleteBackupsOutput::builder();
    reply.delete_results(results?).build().map_err(faulty)
}

pub(super) fn stop_backup(
    service: &mut Rds,
    call: &Call,
    input: model::StopBackupInput,
) -> Result<model::StopBackupOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let job = service.store.stop_backups(call, &instance)?;
    let reply = model::StopBackupOutput::builder().job_id(job.id);
    reply.build().map_err(faulty)
}

pub(super) fn list_backup_files(
    service: &mut Rds,
    call: &Call,
    input: model::ListBackupFilesInput,
) -> Result<model::ListBackupFilesOutput, Refusal> {
    let id = input.backup_id.unwrap_or_default();
    let kinds = [Kind::Auto, Kind::Manual, Kind::Incremental];
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
