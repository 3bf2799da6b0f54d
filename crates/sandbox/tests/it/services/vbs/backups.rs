//! Backups of VBS, from the job that makes one until it is gone.

use std::time::Duration;

use cloudbackup_runtime::Outcome;
use cloudbackup_sandbox::Fault;
use cloudbackup_vbs_client::{Client, model};
use model::{BackupStatus, BackupTag, JobStatus, NewBackup};
use serde_json::{Value, json};

use super::super::{DAY, MADE, assert_uuid, away, message_of, refused};
use super::{GONE, back_up, backup_of, backups, job_of, made, refused_natively, start};

#[tokio::test]
async fn backup_is_made_by_a_job_shown_and_gone_once_deleted() {
    let (sandbox, client) = start().await;
    let volume = sandbox.inventory().vbs_volume.as_str();
    let job = back_up(&client, volume, "by-hand").await.unwrap();
    assert_eq!(job.len(), 32, "{job}");

    let begun = job_of(&client, &job).await;
    assert_eq!(begun.status, Some(JobStatus::Init));
    assert_eq!(begun.job_type.as_deref(), Some("bksCreateBackup"));
    assert_eq!(begun.end_time, None);
    let begin = begun.begin_time.unwrap();
    assert!(begin.as_str().starts_with("2024-05-21T10:00:0"), "{begin}");
    assert_eq!(begin.as_str().len(), "2024-05-21T10:00:00.000Z".len());

    sandbox.advance(Duration::from_secs(10));
    let running = job_of(&client, &job).await;
    assert_eq!(running.status, Some(JobStatus::Running));
    let entities = running.entities.unwrap();
    assert_eq!(entities["volume_id"], volume);
    assert!(!entities.contains_key("backup_id"), "not before it is made");
    let newest = backups(&client).await.remove(0);
    assert_eq!(newest.status, Some(BackupStatus::Creating));
    assert_eq!(newest.name.as_deref(), Some("by-hand"));

    sandbox.advance(MADE);
    let done = job_of(&client, &job).await;
    assert_eq!(done.status, Some(JobStatus::Success));
    assert_eq!((done.error_code, done.fail_reason), (None, None));
    let took = done.end_time.unwrap().unix_seconds().unwrap() - begin.unix_seconds().unwrap();
    assert_eq!(took, 90);
    let entities = done.entities.unwrap();
    assert_eq!(entities.len(), 4);
    let id = entities["backup_id"].as_str();
    assert_uuid(Some(id));

    let backup = backup_of(&client, id).await;
    assert_eq!(backup.status, Some(BackupStatus::Available));
    assert_eq!(backup.volume_id.as_deref(), Some(volume));
    assert_eq!(backup.size, Some(40));
    assert_eq!(backup.snapshot_id.as_ref(), entities.get("snapshot_id"));
    assert_eq!(backup.availability_zone.as_deref(), Some("eu-de-01"));
    assert_eq!(backup.project_id.as_deref(), sandbox.project_id("eu-de"));
    let created = backup.created_at.as_ref().unwrap();
    assert_eq!(created.as_str().len(), "2013-06-27T08:48:03.000000".len());
    assert_eq!(created.offset(), None, "without a zone");
    let updated = backup.updated_at.as_ref().unwrap().unix_seconds().unwrap();
    assert_eq!(updated - created.unix_seconds().unwrap(), 90);
    let links = backup.links.as_deref().unwrap();
    let rels: Vec<_> = links.iter().map(|link| link.rel.as_deref()).collect();
    assert_eq!(rels, [Some("self"), Some("bookmark")]);

    let deleted = client.delete_backup(id).send_with_response().await;
    assert_eq!(deleted.unwrap().status(), 202);
    let status = backup_of(&client, id).await.status;
    assert_eq!(status, Some(BackupStatus::Deleting));
    sandbox.advance(GONE);
    let error = client.show_backup(id).send().await.unwrap_err();
    let expected = (404, "itemNotFound".to_owned(), json!(404));
    assert_eq!(refused_natively(&error), expected);
    assert!(error.message().unwrap().contains(id));
    assert_eq!(backups(&client).await.len(), 1);
    assert_eq!(job_of(&client, &job).await.status, Some(JobStatus::Success));
}

#[tokio::test]
async fn backup_of_the_start_is_full_and_the_next_ones_build_on_it() {
    let (sandbox, client) = start().await;
    let there = sandbox.inventory().clone();
    let kind = |backup: &model::Backup| {
        let text: Value = serde_json::from_str(backup.description.as_deref().unwrap()).unwrap();
        assert_eq!(text["INC"] == json!(1), backup.is_incremental.unwrap());
        (
            backup.is_incremental.unwrap(),
            backup.has_dependent_backups.unwrap(),
        )
    };
    let first = backup_of(&client, &there.vbs_backup).await;
    assert_eq!(first.status, Some(BackupStatus::Available));
    assert_eq!(first.volume_id.as_ref(), Some(&there.vbs_volume));
    assert_eq!(kind(&first), (false, false));

    let second = made(&sandbox, &client, &there.vbs_volume, "second").await;
    assert_eq!(kind(&backup_of(&client, &second).await), (true, false));
    assert_eq!(
        kind(&backup_of(&client, &there.vbs_backup).await),
        (false, true)
    );
    let of_other = made(&sandbox, &client, &there.vbs_small_volume, "other").await;
    assert_eq!(kind(&backup_of(&client, &of_other).await), (false, false));

    let wanted = NewBackup::builder()
        .volume_id(&there.vbs_volume)
        .name("full")
        .description("before the change")
        .snapshot_id(&there.vbs_snapshot)
        .tags([BackupTag::builder().key("team").value("a b").build()])
        .extend_param([("FullBackup", "true"), ("Other", "x")]);
    client
        .create_backup()
        .backup(wanted.build())
        .send()
        .await
        .unwrap();
    sandbox.advance(MADE);
    let full = backups(&client).await.remove(0);
    assert_eq!(
        full.description.as_deref(),
        Some(r#"{"DESC":"before the change","INC":0}"#)
    );
    assert_eq!(full.snapshot_id, Some(there.vbs_snapshot));
    let of_data = full.data_timestamp.as_ref().unwrap().unix_seconds();
    assert!(
        of_data < full.created_at.as_ref().unwrap().unix_seconds(),
        "of the snapshot"
    );
    assert_eq!(kind(&full), (false, false));
    assert_eq!(kind(&backup_of(&client, &second).await), (true, false));
}

#[tokio::test]
async fn backup_that_cannot_be_begun_is_refused() {
    let (sandbox, client) = start().await;
    let volume = sandbox.inventory().vbs_volume.clone();
    let error = back_up(&client, "none", "backup").await.unwrap_err();
    assert_eq!(refused(&error), (404, "VolumeBackup.0021"));
    let elsewhere: Client = away(&sandbox);
    let error = back_up(&elsewhere, &volume, "backup").await.unwrap_err();
    assert_eq!(refused(&error), (404, "VolumeBackup.0021"));

    back_up(&client, &volume, "first").await.unwrap();
    let error = back_up(&client, &volume, "second").await.unwrap_err();
    assert_eq!(refused(&error), (409, "VolumeBackup.0013"));
    let attached = &sandbox.inventory().vbs_attached_volume;
    back_up(&client, attached, "of-another-disk").await.unwrap();
    sandbox.advance(MADE);

    // One was there from the start.
    for number in 2..20 {
        made(&sandbox, &client, &volume, &format!("backup-{number}")).await;
    }
    let error = back_up(&client, &volume, "backup-20").await.unwrap_err();
    assert_eq!(refused(&error), (403, "VolumeBackup.0040"));
    let first = &sandbox.inventory().vbs_backup;
    client.delete_backup(first).send().await.unwrap();
    sandbox.advance(GONE);
    made(&sandbox, &client, &volume, "backup-20").await;
}

#[tokio::test]
async fn request_for_a_backup_that_is_not_as_it_should_be_is_refused() {
    let (sandbox, client) = start().await;
    let wanted = NewBackup::builder()
        .volume_id(&sandbox.inventory().vbs_volume)
        .name("backup");
    let tag = |key: &str, value: &str| BackupTag::builder().key(key).value(value).build();
    let eleven = (0..11).map(|number| tag(&format!("key-{number}"), ""));
    for (wanted, status, code) in [
        (wanted.clone().name("automatic"), 400, "VolumeBackup.0002"),
        (wanted.clone().name(""), 400, "VolumeBackup.0002"),
        (
            wanted.clone().description("a < b"),
            400,
            "VolumeBackup.0002",
        ),
        (
            wanted.clone().tags([tag("a*", "")]),
            400,
            "VolumeBackup.0002",
        ),
        (
            wanted.clone().extend_param([("FullBackup", "yes")]),
            400,
            "VolumeBackup.0002",
        ),
        (wanted.clone().tags([tag("", "")]), 400, "VolumeBackup.0049"),
        (
            wanted.clone().tags([tag("a", "\\")]),
            400,
            "VolumeBackup.0049",
        ),
        (
            wanted.clone().tags([tag("a", "1"), tag("a", "2")]),
            400,
            "VolumeBackup.0049",
        ),
        (wanted.clone().tags(eleven), 403, "VolumeBackup.0050"),
        (wanted.clone().snapshot_id("none"), 404, "VolumeBackup.0020"),
    ] {
        let call = client.create_backup().backup(wanted.build());
        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(refused(&error), (status, code), "{error}");
        if code == "VolumeBackup.0002" {
            assert!(message_of(&error).starts_with("/body/backup/"), "{error}");
        }
    }
    assert_eq!(backups(&client).await.len(), 1);
    let ten = (0..10).map(|number| tag(&format!("key-{number}"), ""));
    let wanted = wanted.extend_param([("FullBackup", "false")]).tags(ten);
    client
        .create_backup()
        .backup(wanted.build())
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn backup_that_failed_says_why_and_can_only_be_deleted() {
    let (sandbox, client) = start().await;
    let volume = sandbox.inventory().vbs_volume.as_str();
    sandbox.fault(Fault::failed_job().on("vbs", "create_backup"));
    let job = back_up(&client, volume, "failing").await.unwrap();
    sandbox.advance(MADE);
    let failed = job_of(&client, &job).await;
    assert_eq!(failed.status, Some(JobStatus::Fail));
    assert_eq!(failed.error_code.as_deref(), Some("VolumeBackup.0064"));
    assert!(failed.fail_reason.is_some() && failed.end_time.is_some());
    assert!(!failed.entities.unwrap().contains_key("backup_id"));

    let backup = backups(&client).await.remove(0);
    assert_eq!(backup.status, Some(BackupStatus::Error));
    assert!(backup.fail_reason.is_some());
    let id = backup.id.unwrap();
    let target = model::RestoreTarget::builder().volume_id(volume).build();
    let error = client
        .restore_backup(&id)
        .restore(target)
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused(&error), (409, "VolumeBackup.0089"));
    client.delete_backup(&id).send().await.unwrap();
    sandbox.advance(GONE);
    assert!(
        client
            .show_backup(&id)
            .send()
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn backup_that_is_worked_on_or_unknown_is_not_deleted() {
    let (sandbox, client) = start().await;
    let there = sandbox.inventory();
    let bad = |code: &str| (400, "badRequest".to_owned(), json!(code));
    back_up(&client, &there.vbs_volume, "new").await.unwrap();
    let new = backups(&client).await.remove(0).id.unwrap();
    let error = client.delete_backup(&new).send().await.unwrap_err();
    assert_eq!(refused_natively(&error), bad("VolumeBackup.0102"));
    sandbox.advance(MADE);
    client.delete_backup(&new).send().await.unwrap();
    let error = client.delete_backup(&new).send().await.unwrap_err();
    assert_eq!(refused_natively(&error), bad("VolumeBackup.0102"));
    sandbox.advance(GONE);

    let elsewhere: Client = away(&sandbox);
    for (caller, id) in [
        (&client, new.as_str()),
        (&client, "none"),
        (&elsewhere, &there.vbs_backup),
    ] {
        for error in [
            caller.delete_backup(id).send().await.unwrap_err(),
            caller.show_backup(id).send().await.unwrap_err(),
        ] {
            let expected = (404, "itemNotFound".to_owned(), json!(404));
            assert_eq!(refused_natively(&error), expected, "{id}");
        }
    }

    sandbox.fault(Fault::failed_job().on("vbs", "delete_backup"));
    client
        .delete_backup(&there.vbs_backup)
        .send()
        .await
        .unwrap();
    sandbox.advance(GONE);
    let left = backup_of(&client, &there.vbs_backup).await;
    assert_eq!(left.status, Some(BackupStatus::ErrorDeleting));
    assert!(left.fail_reason.is_some());
    let error = client.delete_backup(&there.vbs_backup).send().await;
    assert_eq!(
        refused_natively(&error.unwrap_err()),
        bad("VolumeBackup.0102")
    );
}

#[tokio::test]
async fn backup_whose_answer_was_lost_is_found_by_its_name_and_disk() {
    let (sandbox, client) = start().await;
    let volume = sandbox.inventory().vbs_volume.as_str();
    sandbox.fault(Fault::reset_after_effect().on("vbs", "create_backup"));
    let error = back_up(&client, volume, "answer-lost").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let call = client.list_backup_details().name("answer-lost");
    let found = call.volume_id(volume).send().await.unwrap();
    assert_eq!(found.backups.unwrap().len(), 1);
}

#[tokio::test]
async fn jobs_are_those_of_a_project_and_forgotten_after_a_month() {
    let (sandbox, client) = start().await;
    let volume = sandbox.inventory().vbs_volume.as_str();
    let job = back_up(&client, volume, "backup").await.unwrap();
    let elsewhere: Client = away(&sandbox);
    for (caller, id) in [(&elsewhere, job.as_str()), (&client, "none")] {
        let error = caller.show_job(id).send().await.unwrap_err();
        assert_eq!(refused(&error), (404, "common.0011"));
    }
    sandbox.advance(DAY * 30);
    assert_eq!(job_of(&client, &job).await.status, Some(JobStatus::Success));
    sandbox.advance(DAY);
    let error = client.show_job(&job).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "common.0011"));
}
