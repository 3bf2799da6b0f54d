//! Stopping backups, and their files.

use cloudbackup_gaussdb_opengauss_client::Client;
use cloudbackup_sandbox::Sandbox;

use super::super::{HOUR, MADE, MINUTE, STOPPED, away, refused, seconds};
use super::{BackupStatus, BackupType, JobStatus, create, list, of_kind, show, start, task};

/// Makes a backup and waits for it; its id.
pub(super) async fn made(sandbox: &Sandbox, client: &Client, instance: &str, name: &str) -> String {
    let (id, _) = create(client, instance, name).await.unwrap();
    sandbox.advance(MADE);
    id
}

#[tokio::test]
async fn everything_that_is_being_made_is_stopped() {
    let (sandbox, client, instance) = start().await;
    sandbox.advance(23 * HOUR - MINUTE);
    let (id, job_id) = create(&client, &instance, "too-slow").await.unwrap();
    sandbox.advance(MINUTE + MINUTE / 4);
    let call = client.stop_backup(&instance);
    let response = call.clone().send_with_response().await.unwrap();
    assert_eq!(response.status(), 202);
    let stop = response.into_inner().job_id.unwrap();
    let job = task(&client, &stop).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Running));
    let error = call.clone().send().await.unwrap_err();
    assert_eq!(
        refused(&error),
        (400, "DBS.201208"),
        "they are being stopped"
    );
    sandbox.advance(STOPPED);
    let job = task(&client, &stop).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Failed));
    assert!(job.fail_reason.unwrap().contains("stopped"));
    let by_hand = show(&client, &id).await.unwrap();
    assert_eq!(by_hand.status, Some(BackupStatus::Failed));
    assert_eq!(by_hand.size, Some(0.0));
    let listed = list(&client, &instance).await;
    let scheduled = of_kind(&listed, BackupType::Auto)[0];
    assert_eq!(scheduled.status, Some(BackupStatus::Failed));

    let error = call.send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201208"), "there is none");
    let elsewhere: Client = away(&sandbox);
    let error = elsewhere.stop_backup(&instance).send().await;
    assert_eq!(refused(&error.unwrap_err()), (404, "DBS.200002"));
    made(&sandbox, &client, &instance, "next").await;
}

#[tokio::test]
async fn differential_backups_are_in_no_list_and_can_be_stopped() {
    let (sandbox, client, instance) = start().await;
    sandbox.advance(5 * HOUR + MINUTE / 2);
    assert_eq!(list(&client, &instance).await.len(), 1);
    let error = create(&client, &instance, "not-now").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201205"));
    client.stop_backup(&instance).send().await.unwrap();
    sandbox.advance(STOPPED);
    create(&client, &instance, "now-it-works").await.unwrap();
}

#[tokio::test]
async fn files_of_a_full_backup_have_links_that_end() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "to-download").await;
    let reply = client.list_backup_files().backup_id(&id).send().await;
    let reply = reply.unwrap();
    assert_eq!(reply.bucket.as_deref(), Some("backups.gaussdb.eu-de"));
    let files = reply.files.unwrap();
    let sizes: i64 = files.iter().map(|it| it.size.unwrap()).sum();
    assert_eq!((files.len(), sizes), (3, 2803 * 1024), "in KB");
    let listed = show(&client, &id).await.unwrap();
    let begin = seconds(listed.begin_time.as_ref());
    for file in &files {
        assert!(file.name.as_ref().unwrap().starts_with(&id));
        assert!(file.download_link.as_ref().unwrap().contains(".invalid/"));
        let ends = seconds(file.link_expired_time.as_ref()) - begin;
        assert!((3600..2 * 3600).contains(&ends), "{ends}");
    }
    let (building, _) = create(&client, &instance, "building").await.unwrap();
    let elsewhere: Client = away(&sandbox);
    for (client, id, expected) in [
        (&client, "none", (404, "DBS.201010")),
        (&client, &building, (400, "DBS.201208")),
        (&elsewhere, &id, (404, "DBS.201010")),
    ] {
        let error = client.list_backup_files().backup_id(id).send().await;
        assert_eq!(refused(&error.unwrap_err()), expected);
    }
}
