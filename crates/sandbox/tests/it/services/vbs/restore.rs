//! Writing backups of VBS back to disks.

use cloudbackup_runtime::Error;
use cloudbackup_sandbox::Fault;
use cloudbackup_vbs_client::{Client, model};
use model::{BackupStatus, JobStatus, RestoreTarget};
use serde_json::json;

use super::super::{MADE, away, refused};
use super::{
    RESTORED, attached, back_up, backup_of, create, execute, job_of, made, refused_natively, start,
    tasks,
};

async fn restore(client: &Client, backup: &str, volume: &str) -> Result<String, Error> {
    let target = RestoreTarget::builder().volume_id(volume).build();
    let reply = client.restore_backup(backup).restore(target).send().await?;
    Ok(reply.job_id.unwrap())
}

#[tokio::test]
async fn disk_is_overwritten_by_a_job_and_busy_meanwhile() {
    let (sandbox, client) = start().await;
    let there = sandbox.inventory();
    let (volume, backup) = (&there.vbs_volume, &there.vbs_backup);
    let job = restore(&client, backup, volume).await.unwrap();
    let begun = job_of(&client, &job).await;
    assert_eq!(begun.status, Some(JobStatus::Init));
    assert_eq!(begun.entities.unwrap()["volume_id"], *volume);
    let status = backup_of(&client, backup).await.status;
    assert_eq!(status, Some(BackupStatus::Restoring));

    let error = back_up(&client, volume, "meanwhile").await.unwrap_err();
    assert_eq!(refused(&error), (409, "VolumeBackup.0012"));
    let error = restore(&client, backup, volume).await.unwrap_err();
    assert_eq!(refused(&error), (409, "VolumeBackup.0089"));
    let error = client.delete_backup(backup).send().await.unwrap_err();
    let expected = (400, "badRequest".to_owned(), json!("VolumeBackup.0102"));
    assert_eq!(refused_natively(&error), expected);

    sandbox.advance(RESTORED);
    assert_eq!(job_of(&client, &job).await.status, Some(JobStatus::Success));
    let status = backup_of(&client, backup).await.status;
    assert_eq!(status, Some(BackupStatus::Available));
    back_up(&client, volume, "afterwards").await.unwrap();
}

#[tokio::test]
async fn backup_is_written_to_any_disk_that_has_room_for_it_and_is_free() {
    let (sandbox, client) = start().await;
    let there = sandbox.inventory().clone();
    let (volume, backup) = (&there.vbs_volume, &there.vbs_backup);
    for (target, status, code) in [
        (&there.vbs_small_volume, 400, "VolumeBackup.0209"),
        (&there.vbs_attached_volume, 409, "VolumeBackup.0205"),
        (&"none".to_owned(), 404, "VolumeBackup.0207"),
    ] {
        let error = restore(&client, backup, target).await.unwrap_err();
        assert_eq!(refused(&error), (status, code));
    }
    let error = restore(&client, "none", volume).await.unwrap_err();
    assert_eq!(refused(&error), (404, "VolumeBackup.0111"));
    let elsewhere: Client = away(&sandbox);
    let error = restore(&elsewhere, backup, volume).await.unwrap_err();
    assert_eq!(refused(&error), (404, "VolumeBackup.0111"));

    let of_small = made(&sandbox, &client, &there.vbs_small_volume, "small").await;
    back_up(&client, volume, "being-made").await.unwrap();
    let error = restore(&client, &of_small, volume).await.unwrap_err();
    assert_eq!(refused(&error), (409, "VolumeBackup.0206"));
    sandbox.advance(MADE);
    restore(&client, &of_small, volume).await.unwrap();
    let error = restore(&client, backup, volume).await.unwrap_err();
    assert_eq!(
        refused(&error),
        (409, "VolumeBackup.0205"),
        "by another backup"
    );
    sandbox.advance(RESTORED);
    restore(&client, backup, volume).await.unwrap();
}

#[tokio::test]
async fn restoration_that_failed_leaves_disk_and_backup_damaged() {
    let (sandbox, client) = start().await;
    let there = sandbox.inventory().clone();
    let (volume, backup) = (&there.vbs_volume, &there.vbs_backup);
    let other = made(&sandbox, &client, volume, "other").await;
    let policy = create(&client, "policy").await.unwrap();
    attached(&client, &policy, &[volume]).await.unwrap();

    sandbox.fault(Fault::failed_job().on("vbs", "restore_backup"));
    let job = restore(&client, backup, volume).await.unwrap();
    sandbox.advance(RESTORED);
    let failed = job_of(&client, &job).await;
    assert_eq!(failed.status, Some(JobStatus::Fail));
    assert_eq!(failed.error_code.as_deref(), Some("VolumeBackup.0200"));
    let left = backup_of(&client, backup).await;
    assert_eq!(left.status, Some(BackupStatus::ErrorRestoring));
    assert!(left.fail_reason.is_some());

    let error = restore(&client, backup, volume).await.unwrap_err();
    assert_eq!(refused(&error), (409, "VolumeBackup.0089"));
    let error = restore(&client, &other, volume).await.unwrap_err();
    assert_eq!(refused(&error), (409, "VolumeBackup.0202"));
    let error = back_up(&client, volume, "damaged").await.unwrap_err();
    assert_eq!(refused(&error), (409, "VolumeBackup.0012"));
    let reply = attached(&client, &policy, &[volume]).await.unwrap();
    let left_out = reply.fail_resources.unwrap().remove(0);
    assert_eq!(left_out.code.as_deref(), Some("AutoBackup.0206"));

    execute(&client, &policy).await.unwrap();
    sandbox.advance(MADE);
    let task = tasks(&client, &policy).await.remove(0);
    assert_eq!(task.status, Some(model::BackupTaskStatus::ExecuteFail));
    assert_eq!(task.code.as_deref(), Some("VolumeBackup.0012"));
    client.delete_backup(backup).send().await.unwrap();
}
