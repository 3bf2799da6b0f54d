//! How many backups VBS lets a project have.

use cloudbackup_vbs_client::{Client, model};
use model::{BackupTaskStatus, ScheduledPolicy};

use super::super::{DAY, HOUR, MADE, MINUTE, away, refused};
use super::{
    ALL_HOURS, GONE, attach, back_up, backups, create_with, execute, start, tasks, volumes,
};

/// Reserved, used and allowed of each thing that is limited: number and size.
async fn quotas(client: &Client) -> [(i64, i64, i64); 2] {
    let reply = client.show_backup_quota().send().await.unwrap();
    let resources = reply.quotas.unwrap().resources.unwrap();
    ["backups", "backup_gigabytes"].map(|name| {
        let mut resources = resources.iter();
        let found = resources.find(|it| it.r#type.as_deref() == Some(name));
        let found = found.unwrap();
        (
            found.reserved.unwrap(),
            found.used.unwrap(),
            found.quota.unwrap(),
        )
    })
}

#[tokio::test]
async fn quotas_tell_what_is_there_and_what_is_being_made() {
    let (sandbox, client) = start().await;
    assert_eq!(quotas(&client).await, [(0, 1, 2000), (0, 40, -1)]);
    back_up(&client, volumes(&sandbox)[1], "second")
        .await
        .unwrap();
    assert_eq!(quotas(&client).await, [(1, 1, 2000), (100, 40, -1)]);
    sandbox.advance(MADE);
    assert_eq!(quotas(&client).await, [(0, 2, 2000), (0, 140, -1)]);
    let first = &sandbox.inventory().vbs_backup;
    client.delete_backup(first).send().await.unwrap();
    sandbox.advance(GONE);
    assert_eq!(quotas(&client).await, [(0, 1, 2000), (0, 100, -1)]);
    let elsewhere: Client = away(&sandbox);
    assert_eq!(quotas(&elsewhere).await, [(0, 0, 2000), (0, 0, -1)]);
}

#[tokio::test]
async fn no_backup_is_made_beyond_the_quota() {
    let (sandbox, client) = start().await;
    let hourly = ScheduledPolicy::builder()
        .start_time(ALL_HOURS)
        .frequency(1)
        .retention_day(99)
        .status("ON");
    let policy = create_with(&client, hourly.build()).await;
    let disks = volumes(&sandbox);
    attach(&client, &policy, &disks).await;
    // 72 a day, and one was there: at two in the afternoon there is room for one more of three.
    sandbox.advance(DAY * 27 + HOUR * 19 - MINUTE * 30);
    assert_eq!(quotas(&client).await[0], (0, 1999, 2000));
    let error = execute(&client, &policy).await.unwrap_err();
    assert_eq!(refused(&error), (403, "AutoBackup.0218"));
    sandbox.advance(HOUR);
    assert_eq!(quotas(&client).await[0], (0, 2000, 2000));
    let mut newest = tasks(&client, &policy).await;
    newest.truncate(3);
    let failed = newest.iter().filter(|task| {
        let code = task.code.as_deref();
        task.status == Some(BackupTaskStatus::ExecuteFail) && code == Some("VolumeBackup.0080")
    });
    assert_eq!(failed.count(), 2);
    let error = back_up(&client, disks[0], "one-more").await.unwrap_err();
    assert_eq!(refused(&error), (403, "VolumeBackup.0080"));

    let one = backups(&client).await.remove(0).id.unwrap();
    client.delete_backup(&one).send().await.unwrap();
    sandbox.advance(GONE);
    back_up(&client, disks[0], "one-more").await.unwrap();
}
