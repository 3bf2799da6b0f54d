//! Making and deleting backups.

use cloudbackup_gaussdb_mysql_model as model;

use super::GaussDbMySql;
use crate::database::{Problem, wrong};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

pub(super) fn create_backup(
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
        .instance_id(backup.instance.id.as_str());
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
    let must = "must begin with a letter, hold letters, digits, - and _ only, and take up no more \
                than 64 bytes";
    Err(wrong("/body/name", must))
}

pub(super) fn delete_backup(
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

pub(super) fn delete_backups(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::DeleteBackupsInput,
) -> Result<model::DeleteBackupsOutput, Refusal> {
    let ids = input.backup_ids.unwrap_or_default();
    let mut deleted = 0;
    let mut failed = Vec::new();
    for (id, result) in service.store.delete_each(call, ids) {
        let Err(problem) = result else {
            deleted += 1;
            continue;
        };
        let code = match problem {
            // The document shows these two for the call with several.
            Problem::NoBackup => "DBS.201203",
            Problem::NotManual => "DBS.201204",
            other => other.code().1,
        };
        let result = model::DeletionResult::builder().backup_id(id);
        let result = result.error_code(code).error_msg(problem.message());
        failed.push(result.build().map_err(faulty)?);
    }
    let reply = model::DeleteBackupsOutput::builder()
        .success_count(deleted)
        .failed_count(i64::try_from(failed.len()).unwrap_or(i64::MAX));
    reply.failed_results(failed).build().map_err(faulty)
}
