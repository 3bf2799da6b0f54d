//! Schedules of VBS's policies: when they make backups, and which of them they keep.

use cloudbackup_sandbox::Sandbox;
use cloudbackup_vbs_client::{Client, model};
use model::{
    BackupSchedule, BackupStatus, BackupTaskStatus, DayOfWeek, PolicyStatus, RetainFirstBackup,
    ScheduledPolicy,
};

use super::super::{CENTURY, DAY, HOUR, MINUTE, message_of, refused};
use super::{ALL_HOURS, attach, backups, create_with, execute, list, made, start, tasks, volumes};

/// Two o'clock, every day; the last three are kept.
fn daily() -> ScheduledPolicy {
    ScheduledPolicy::builder()
        .start_time("02:00")
        .frequency(1)
        .retention_num(3)
        .status(PolicyStatus::On)
        .build()
}

/// A policy of the first disk.
async fn policy_of(client: &Client, sandbox: &Sandbox, schedule: ScheduledPolicy) -> String {
    let policy = create_with(client, schedule).await;
    attach(client, &policy, &volumes(sandbox)[..1]).await;
    policy
}

/// The days on which the backups of policies were made, the latest first, as one text.
async fn days(client: &Client) -> String {
    let backups = backups(client).await.into_iter();
    let of_policies = backups.filter(|it| it.name.as_ref().unwrap().starts_with("autobk_"));
    let days = of_policies.map(|it| it.created_at.unwrap().as_str()[8..10].to_owned());
    days.collect::<Vec<_>>().join(" ")
}

async fn change(client: &Client, policy: &str, change: fn(&mut BackupSchedule)) {
    let mut schedule = BackupSchedule::builder().frequency(1).build();
    change(&mut schedule);
    let call = client.update_backup_policy(policy);
    call.scheduled_policy(schedule).send().await.unwrap();
}

#[tokio::test]
async fn policy_makes_backups_at_its_hours_on_the_days_of_its_clock() {
    let (sandbox, client) = start().await;
    // Midnight, two and four o'clock on the local clock. The twenty-first is a Tuesday.
    let schedule = ScheduledPolicy::builder()
        .start_time("22:00,00:00,02:00")
        .week_frequency([DayOfWeek::Wed, DayOfWeek::Sun])
        .retention_day(30)
        .status(PolicyStatus::On);
    let call = client.create_backup_policy().backup_policy_name("policy");
    let call = call
        .scheduled_policy(schedule.build())
        .time_zone("UTC+02:00");
    let policy = call.send().await.unwrap().backup_policy_id.unwrap();
    attach(&client, &policy, &volumes(&sandbox)[..1]).await;
    sandbox.advance(DAY * 5);
    let tasks = tasks(&client, &policy).await.into_iter();
    let times = tasks.map(|task| {
        assert_eq!(task.status, Some(BackupTaskStatus::ExecuteSuccess));
        task.created_at.unwrap().as_str().to_owned()
    });
    assert_eq!(
        times.collect::<Vec<_>>(),
        [
            "2024-05-26T02:00:00.000",
            "2024-05-26T00:00:00.000",
            "2024-05-25T22:00:00.000",
            "2024-05-22T02:00:00.000",
            "2024-05-22T00:00:00.000",
            "2024-05-21T22:00:00.000",
        ]
    );
    assert_eq!(days(&client).await, "26 26 25 22 22 21");
}

#[tokio::test]
async fn policy_makes_backups_while_it_is_on_and_has_disks() {
    let (sandbox, client) = start().await;
    let mut off = daily();
    off.status = Some(PolicyStatus::Off);
    let policy = policy_of(&client, &sandbox, off).await;
    sandbox.advance(DAY * 2);
    assert_eq!(days(&client).await, "");
    execute(&client, &policy).await.unwrap();
    sandbox.advance(HOUR);
    assert_eq!(days(&client).await, "23", "at once, though it is off");

    change(&client, &policy, |it| it.status = Some(PolicyStatus::On)).await;
    sandbox.advance(DAY);
    assert_eq!(days(&client).await, "24 23");
    change(&client, &policy, |it| {
        it.start_time = Some("01:00,23:00".to_owned())
    })
    .await;
    sandbox.advance(DAY);
    assert_eq!(days(&client).await, "25 24 24", "the old hours are void");
    change(&client, &policy, |it| it.status = Some(PolicyStatus::Off)).await;
    sandbox.advance(DAY);
    assert_eq!(days(&client).await, "25 24 24");

    change(&client, &policy, |it| it.status = Some(PolicyStatus::On)).await;
    let disk = model::PolicyResourceId::builder().resource_id(volumes(&sandbox)[0]);
    let call = client.dissociate_backup_policy_resources(&policy);
    call.resources([disk.build()]).send().await.unwrap();
    sandbox.advance(DAY);
    assert_eq!(days(&client).await, "25 24 24");
}

#[tokio::test]
async fn policy_keeps_a_number_of_its_own_backups_of_each_disk() {
    let (sandbox, client) = start().await;
    let disks = volumes(&sandbox);
    let by_hand = made(&sandbox, &client, disks[1], "by-hand").await;
    let policy = create_with(&client, daily()).await;
    attach(&client, &policy, &disks[..2]).await;
    sandbox.advance(DAY * 3);
    assert_eq!(days(&client).await, "24 24 23 23 22 22");
    sandbox.advance(DAY);
    assert_eq!(days(&client).await, "25 25 24 24 23 23");
    let left = backups(&client).await;
    assert_eq!(left.len(), 8);
    let kept = [Some(by_hand), Some(sandbox.inventory().vbs_backup.clone())];
    assert_eq!([left[6].id.clone(), left[7].id.clone()], kept);

    execute(&client, &policy).await.unwrap();
    sandbox.advance(HOUR);
    assert_eq!(
        days(&client).await,
        "25 25 25 25 24 24",
        "this counts as well"
    );
    change(&client, &policy, |it| it.retention_num = Some(2)).await;
    sandbox.advance(DAY);
    assert_eq!(days(&client).await, "26 26 25 25");
}

#[tokio::test]
async fn backup_that_goes_is_deleted_as_by_hand() {
    let (sandbox, client) = start().await;
    policy_of(&client, &sandbox, daily()).await;
    // Two o'clock, and what a task takes.
    sandbox.advance(DAY * 3 + HOUR * 16 + MINUTE * 2);
    let states = backups(&client)
        .await
        .into_iter()
        .map(|it| it.status.unwrap());
    let states: Vec<_> = states.collect();
    assert_eq!(
        states[..3],
        [
            BackupStatus::Available,
            BackupStatus::Available,
            BackupStatus::Available
        ]
    );
    assert_eq!(
        states[3..],
        [BackupStatus::Deleting, BackupStatus::Available]
    );
}

#[tokio::test]
async fn policy_keeps_its_backups_for_days_while_it_is_on() {
    let (sandbox, client) = start().await;
    let mut schedule = daily();
    (schedule.retention_num, schedule.retention_day) = (None, Some(2));
    let policy = policy_of(&client, &sandbox, schedule).await;
    sandbox.advance(DAY * 5);
    assert_eq!(days(&client).await, "26 25");

    change(&client, &policy, |it| it.status = Some(PolicyStatus::Off)).await;
    sandbox.advance(DAY * 5);
    assert_eq!(
        days(&client).await,
        "26 25",
        "nothing comes and nothing goes"
    );
    change(&client, &policy, |it| it.status = Some(PolicyStatus::On)).await;
    sandbox.advance(HOUR);
    assert_eq!(days(&client).await, "");

    change(&client, &policy, |it| it.retention_day = Some(9)).await;
    sandbox.advance(DAY * 8);
    assert_eq!(days(&client).await, "08 07 06 05 04 03 02 01");
    change(&client, &policy, |it| it.retention_day = Some(4)).await;
    sandbox.advance(MINUTE);
    assert_eq!(days(&client).await, "08 07 06 05", "by the rules of now");
    change(&client, &policy, |it| it.retention_num = Some(14)).await;
    sandbox.advance(DAY * 6);
    assert_eq!(days(&client).await, "14 13 12 11 10 09 08 07 06 05");
    client.delete_backup_policy(&policy).send().await.unwrap();
    sandbox.advance(CENTURY);
    assert_eq!(
        days(&client).await,
        "14 13 12 11 10 09 08 07 06 05",
        "kept for good"
    );
}

#[tokio::test]
async fn first_backup_of_the_month_can_be_spared_while_it_lasts() {
    for by_number in [true, false] {
        let (sandbox, client) = start().await;
        let mut schedule = daily();
        if !by_number {
            (schedule.retention_num, schedule.retention_day) = (None, Some(3));
        }
        schedule.retain_first_backup_of_month = Some(RetainFirstBackup::Yes);
        policy_of(&client, &sandbox, schedule).await;
        sandbox.advance(DAY * 8);
        assert_eq!(days(&client).await, "29 28 27 22", "{by_number}");
        sandbox.advance(DAY * 4);
        assert_eq!(days(&client).await, "02 01 31", "{by_number}");
        sandbox.advance(DAY * 10);
        assert_eq!(days(&client).await, "12 11 10 01", "{by_number}");
    }
}

#[tokio::test]
async fn hours_and_time_zone_of_a_change_must_go_with_what_stays() {
    let (_sandbox, client) = start().await;
    let mut schedule = daily();
    schedule.frequency = None;
    schedule.week_frequency = Some(vec![DayOfWeek::Sun]);
    schedule.start_time = Some("22:00,00:00,02:00".to_owned());
    let call = client.create_backup_policy().backup_policy_name("policy");
    let call = call.scheduled_policy(schedule).time_zone("UTC+02:00");
    let policy = call.send().await.unwrap().backup_policy_id.unwrap();
    let before = list(&client).await;
    let call = client.update_backup_policy(&policy).time_zone("UTC+00:00");
    let error = call.send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "AutoBackup.0226"));
    assert!(message_of(&error).contains("start_time"), "{error}");
    assert_eq!(list(&client).await, before);
    let call = client.update_backup_policy(&policy).time_zone("UTC+03:30");
    call.send().await.unwrap();
}

/// How many backups there are of each disk after five centuries of two policies, each with a disk
/// and carried out every hour: one keeps 14 backups, the other one so many days.
async fn after_centuries(days: i64) -> [usize; 2] {
    let (sandbox, client) = start().await;
    let disks = volumes(&sandbox);
    let mut hourly = daily();
    hourly.start_time = Some(ALL_HOURS.to_owned());
    hourly.retention_num = Some(14);
    let by_number = create_with(&client, hourly.clone()).await;
    (hourly.retention_num, hourly.retention_day) = (None, Some(days));
    let by_days = create_with(&client, hourly).await;
    attach(&client, &by_number, &disks[1..2]).await;
    attach(&client, &by_days, &disks[2..]).await;
    for _ in 0..5 {
        sandbox.advance(CENTURY);
    }
    let mut left = [0; 2];
    for offset in [0, 1000, 2000] {
        let call = client.list_backup_details().offset(offset);
        for backup in call.send().await.unwrap().backups.unwrap() {
            let disk = disks[1..]
                .iter()
                .position(|id| backup.volume_id.as_deref() == Some(id));
            left[disk.unwrap_or(0)] += 1;
        }
    }
    for policy in [&by_number, &by_days] {
        let tasks = tasks(&client, policy).await;
        assert!((719..=721).contains(&tasks.len()), "{}", tasks.len());
        let newest = tasks[0].created_at.as_ref().unwrap();
        assert!(newest.as_str().starts_with("2524-"), "{newest}");
    }
    left
}

#[tokio::test]
async fn policies_with_disks_outlive_centuries() {
    // With the one from the start.
    assert_eq!(after_centuries(40).await, [15, 960]);
    let [by_number, by_days] = after_centuries(99_999).await;
    assert_eq!(by_number + by_days, 2000, "as far as the quota reaches");
}
