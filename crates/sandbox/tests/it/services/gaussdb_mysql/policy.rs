//! When instances of the MySQL service are backed up by themselves.

use cloudbackup_gaussdb_mysql_client::{Client, model};
use cloudbackup_runtime::Error;

use super::super::{DAY, away, message_of, refused};
use super::{increments, list, start};

fn policy(days: i64, window: &str, period: &str) -> model::NewBackupPolicy {
    let policy = model::NewBackupPolicy::builder().keep_days(days);
    policy.start_time(window).period(period).build()
}

pub(super) async fn set(
    client: &Client,
    instance: &str,
    policy: model::NewBackupPolicy,
) -> Result<model::UpdateBackupPolicyOutput, Error> {
    let call = client.update_backup_policy(instance).backup_policy(policy);
    call.send().await
}

pub(super) async fn keep(client: &Client, instance: &str, days: i64) {
    let wanted = policy(days, "09:00-10:00", "1,2,3,4,5,6,7");
    set(client, instance, wanted).await.unwrap();
}

async fn in_force(client: &Client, instance: &str) -> model::BackupPolicy {
    let reply = client.show_backup_policy(instance).send().await.unwrap();
    reply.backup_policy.unwrap()
}

#[tokio::test]
async fn policy_is_in_force_at_once_and_fires_on_its_days() {
    let (sandbox, client, instance) = start().await;
    let first = in_force(&client, &instance).await;
    assert_eq!(first.keep_days, Some(7));
    assert_eq!(first.start_time.as_deref(), Some("09:00-10:00"));
    assert_eq!(first.period.as_deref(), Some("1,2,3,4,5,6,7"));
    let wanted = policy(10, "23:00-00:00", "6,7");
    let reply = set(&client, &instance, wanted).await.unwrap();
    assert_eq!(reply.status, Some(model::PolicyUpdateStatus::Completed));
    assert_eq!(reply.instance_id.as_deref(), Some(instance.as_str()));
    assert!(reply.instance_name.is_some());
    let shown = in_force(&client, &instance).await;
    assert_eq!(shown.keep_days, Some(10));
    assert_eq!(shown.start_time.as_deref(), Some("23:00-00:00"));
    assert_eq!(shown.period.as_deref(), Some("6,7"));
    assert_eq!(shown.retention_num_backup_level1, None, "not switched on");

    sandbox.advance(DAY * 7);
    let own = client.list_backups().instance_id(&instance);
    let listed = own.send().await.unwrap().backups.unwrap();
    let begins: Vec<&str> = listed
        .iter()
        .map(|it| &it.begin_time.as_ref().unwrap().as_str()[..16])
        .collect();
    let expected = ["2024-05-26T23:00", "2024-05-25T23:00", "2024-05-21T09:00"];
    assert_eq!(begins, expected, "Sunday, Saturday, and the one of before");
    assert_eq!(increments(&client, &instance, false).await.len(), 7);
    keep(&client, &instance, 1).await;
    let own = client.list_backups().instance_id(&instance);
    assert_eq!(own.send().await.unwrap().total_count, Some(0));
    assert_eq!(increments(&client, &instance, false).await.len(), 1);
    assert_eq!(list(&client).await.len(), 7, "those of the spare instance");
}

#[tokio::test]
async fn policies_that_are_none_are_refused() {
    let (sandbox, client, instance) = start().await;
    let before = in_force(&client, &instance).await;
    for (wanted, place) in [
        (policy(7, "08:15-09:15", "1"), "start_time"),
        (policy(7, "08:00-07:00", "1"), "start_time"),
        (policy(7, "08:00-09:00", "1,"), "period"),
        (policy(7, "08:00-09:00", "0"), "period"),
        (policy(0, "08:00-09:00", "1"), "keep_days"),
        (policy(733, "08:00-09:00", "1"), "keep_days"),
    ] {
        let call = client.update_backup_policy(&instance).backup_policy(wanted);
        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"));
        let place = format!("/body/backup_policy/{place}");
        assert!(message_of(&error).contains(&place), "{error}");
    }
    assert_eq!(in_force(&client, &instance).await, before);
    let wanted = policy(7, "08:00-09:00", "1");
    let elsewhere: Client = away(&sandbox);
    for (client, instance) in [(&client, "nonein07"), (&elsewhere, instance.as_str())] {
        let error = set(client, instance, wanted.clone()).await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.200002"));
        let error = client.show_backup_policy(instance).send().await;
        assert_eq!(refused(&error.unwrap_err()), (400, "DBS.200002"));
    }
}
