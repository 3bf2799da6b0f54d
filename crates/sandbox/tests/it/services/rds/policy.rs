//! When RDS instances are backed up by themselves.

use cloudbackup_rds_client::{Client, model};
use cloudbackup_runtime::Error;

use super::super::{DAY, HOUR, MADE, MINUTE, away, refused, seconds};
use super::{BackupType, create, list, of_kind, start, wrong};

fn policy(days: i64, window: &str, period: &str) -> model::NewBackupPolicy {
    let policy = model::NewBackupPolicy::builder().keep_days(days);
    policy.start_time(window).period(period).build()
}

fn off() -> model::NewBackupPolicy {
    model::NewBackupPolicy::builder().keep_days(0).build()
}

pub(super) async fn set(
    client: &Client,
    instance: &str,
    policy: model::NewBackupPolicy,
) -> Result<(), Error> {
    let call = client.update_backup_policy(instance).backup_policy(policy);
    call.send().await.map(|_| ())
}

async fn in_force(client: &Client, instance: &str) -> (i64, Option<String>, Option<String>) {
    let reply = client.show_backup_policy(instance).send().await.unwrap();
    let policy = reply.backup_policy.unwrap();
    (policy.keep_days.unwrap(), policy.start_time, policy.period)
}

fn shown(days: i64, window: &str, period: &str) -> (i64, Option<String>, Option<String>) {
    (days, Some(window.to_owned()), Some(period.to_owned()))
}

/// The days and hours of the automated backups, the newest first.
async fn begins(client: &Client, instance: &str) -> Vec<String> {
    let listed = list(client, instance).await;
    let auto = of_kind(&listed, BackupType::Auto).into_iter();
    auto.map(|it| it.begin_time.as_ref().unwrap().as_str()[5..16].to_owned())
        .collect()
}

#[tokio::test]
async fn policy_is_read_back_and_fires_on_its_days() {
    let (sandbox, client, instance) = start().await;
    let first = shown(7, "09:00-10:00", "1,2,3,4,5,6,7");
    assert_eq!(in_force(&client, &instance).await, first);
    let wanted = policy(3, "19:15-20:15", "3,5");
    set(&client, &instance, wanted).await.unwrap();
    let second = shown(3, "19:15-20:15", "3,5");
    assert_eq!(in_force(&client, &instance).await, second);

    // A Tuesday: the one of an hour ago is there, the next one comes on Wednesday.
    assert_eq!(begins(&client, &instance).await, ["05-21T09:00"]);
    sandbox.advance(DAY + 9 * HOUR);
    assert_eq!(
        begins(&client, &instance).await,
        ["05-21T09:00"],
        "not at nine"
    );
    sandbox.advance(HOUR);
    let both = ["05-22T19:15", "05-21T09:00"];
    assert_eq!(begins(&client, &instance).await, both);
    sandbox.advance(DAY * 2);
    let both = ["05-24T19:15", "05-22T19:15"];
    assert_eq!(begins(&client, &instance).await, both, "after three days");
    sandbox.advance(DAY * 4);
    assert_eq!(begins(&client, &instance).await, Vec::<String>::new());
}

#[tokio::test]
async fn backups_that_were_made_before_are_kept_as_long_as_the_new_policy_says() {
    let (sandbox, client, instance) = start().await;
    sandbox.advance(DAY * 6);
    assert_eq!(begins(&client, &instance).await.len(), 7);
    let every = "1,2,3,4,5,6,7";
    set(&client, &instance, policy(30, "09:00-10:00", every))
        .await
        .unwrap();
    sandbox.advance(DAY * 20);
    assert_eq!(begins(&client, &instance).await.len(), 27, "longer");
    set(&client, &instance, policy(2, "09:00-10:00", every))
        .await
        .unwrap();
    assert_eq!(begins(&client, &instance).await.len(), 2, "at once");
    let listed = list(&client, &instance).await;
    assert_eq!(of_kind(&listed, BackupType::Incremental).len(), 2);
}

#[tokio::test]
async fn switched_off_it_makes_nothing_and_takes_incremental_backups_away() {
    let (sandbox, client, instance) = start().await;
    let own = create(&client, &instance, "by-hand").await.unwrap();
    sandbox.advance(DAY * 3);
    let counts = async || {
        let listed = list(&client, &instance).await;
        let kinds = [
            BackupType::Auto,
            BackupType::Incremental,
            BackupType::Manual,
        ];
        kinds.map(|kind| of_kind(&listed, kind).len())
    };
    assert_eq!(counts().await, [4, 3, 1]);
    set(&client, &instance, off()).await.unwrap();
    assert_eq!(in_force(&client, &instance).await, (0, None, None));
    assert_eq!(
        counts().await,
        [4, 0, 1],
        "full ones are kept, but not for good"
    );
    sandbox.advance(DAY * 2);
    assert_eq!(counts().await, [4, 0, 1]);
    sandbox.advance(DAY * 3);
    assert_eq!(counts().await, [2, 0, 1]);
    let call = client.update_backup_policy(&instance).backup_policy(off());
    call.reserve_backups(false).send().await.unwrap();
    assert_eq!(counts().await, [0, 0, 1]);
    let left = list(&client, &instance).await.remove(0);
    assert_eq!(left.id, own.id);

    let wanted = policy(7, "13:00-14:00", "1,2,3,4,5,6,7");
    let call = client.update_backup_policy(&instance);
    let call = call.backup_policy(wanted).reserve_backups(false);
    call.send().await.unwrap();
    sandbox.advance(DAY * 2);
    let [full, incremental, _] = counts().await;
    assert_eq!((full, incremental), (2, 2), "it goes on");
    let listed = list(&client, &instance).await;
    let first = of_kind(&listed, BackupType::Auto)[0];
    assert_eq!(seconds(first.begin_time.as_ref()) % 86_400, 13 * 3600);
}

#[tokio::test]
async fn policies_that_are_none_are_refused() {
    let (sandbox, client, instance) = start().await;
    let before = in_force(&client, &instance).await;
    for (window, period, place) in [
        ("08:10-09:10", "1", "start_time"),
        ("08:00-10:00", "1", "start_time"),
        ("25:00-26:00", "1", "start_time"),
        ("08:00-09:00", "12", "period"),
        ("08:00-09:00", "1,,2", "period"),
        ("08:00-09:00", ",", "period"),
    ] {
        let call = client.update_backup_policy(&instance);
        let call = call.backup_policy(policy(7, window, period));
        let message = wrong(call.with_validation(false).send()).await;
        let place = format!("/body/backup_policy/{place}");
        assert!(message.contains(&place), "{message}");
    }
    let days = model::NewBackupPolicy::builder().keep_days(7);
    for (policy, place) in [
        (days.clone().period("1").build(), "start_time"),
        (days.clone().start_time("08:00-09:00").build(), "period"),
        (policy(733, "08:00-09:00", "1"), "keep_days"),
        (policy(7, "08:00-09:00", "8"), "period"),
    ] {
        let call = client.update_backup_policy(&instance).backup_policy(policy);
        let message = wrong(call.with_validation(false).send()).await;
        assert!(message.contains(place), "{message}");
    }
    assert_eq!(in_force(&client, &instance).await, before);
    let elsewhere: Client = away(&sandbox);
    for (client, instance) in [(&client, "nonein01"), (&elsewhere, instance.as_str())] {
        let error = set(client, instance, off()).await.unwrap_err();
        assert_eq!(refused(&error), (404, "DBS.200002"));
        let error = client.show_backup_policy(instance).send().await;
        assert_eq!(refused(&error.unwrap_err()), (404, "DBS.200002"));
    }
}

#[tokio::test]
async fn backup_that_is_made_while_the_policy_changes_is_completed() {
    let (sandbox, client, instance) = start().await;
    sandbox.advance(23 * HOUR + MINUTE / 2);
    let wanted = policy(7, "23:00-00:00", "7");
    set(&client, &instance, wanted).await.unwrap();
    sandbox.advance(MADE);
    let both = ["05-22T09:00", "05-21T09:00"];
    assert_eq!(begins(&client, &instance).await, both);
    let listed = list(&client, &instance).await;
    assert!(listed.iter().all(|it| it.end_time.is_some()));
}
