//! Volume Backup Service: its policies here, the rest in modules of its own.

mod backups;
mod lists;
mod quotas;
mod resources;
mod restore;
mod schedule;
mod tasks;

use std::time::Duration;

use cloudbackup_runtime::{Error, ErrorKind, Outcome};
use cloudbackup_sandbox::{Fault, Sandbox};
use cloudbackup_vbs_client::{Client, model};
use model::{BackupSchedule, DayOfWeek, PolicyStatus, RetainFirstBackup, ScheduledPolicy, Tag};
use serde_json::Value;

use super::{CENTURY, MADE, assert_uuid, away, message_of, refused, sandbox};

/// More than a deletion takes.
const GONE: Duration = Duration::from_secs(35);
/// More than a restoration takes.
const RESTORED: Duration = Duration::from_secs(65);
/// Of the hours of a schedule.
const ALL_HOURS: &str = "00:00,01:00,02:00,03:00,04:00,05:00,06:00,07:00,08:00,09:00,10:00,11:00,\
                         12:00,13:00,14:00,15:00,16:00,17:00,18:00,19:00,20:00,21:00,22:00,23:00";

async fn start() -> (Sandbox, Client) {
    let sandbox = sandbox().await;
    let client = sandbox.client().unwrap();
    (sandbox, client)
}

/// Every second day at noon, the last seven are kept.
fn schedule() -> ScheduledPolicy {
    ScheduledPolicy::builder()
        .start_time("12:00")
        .frequency(2)
        .retention_num(7)
        .status(PolicyStatus::On)
        .build()
}

async fn create(client: &Client, name: &str) -> Result<String, Error> {
    let call = client.create_backup_policy().backup_policy_name(name);
    let reply = call.scheduled_policy(schedule()).send().await?;
    Ok(reply.backup_policy_id.unwrap())
}

/// A policy with another schedule.
async fn create_with(client: &Client, schedule: ScheduledPolicy) -> String {
    let call = client.create_backup_policy().backup_policy_name("policy");
    let reply = call.scheduled_policy(schedule).send().await.unwrap();
    reply.backup_policy_id.unwrap()
}

/// Attaches disks to a policy.
async fn attach(client: &Client, policy: &str, volumes: &[&str]) {
    let reply = attached(client, policy, volumes).await.unwrap();
    assert_eq!(reply.success_resources.unwrap().len(), volumes.len());
}

async fn attached(
    client: &Client,
    policy: &str,
    volumes: &[&str],
) -> Result<model::AssociateBackupPolicyResourcesOutput, Error> {
    let resources = volumes.iter().map(|id| {
        let resource = model::NewPolicyResource::builder().resource_id(*id);
        resource.resource_type(model::ResourceType::Volume).build()
    });
    let call = client.associate_backup_policy_resources();
    let call = call.backup_policy_id(policy).resources(resources);
    call.send().await
}

/// All disks that there are.
fn volumes(sandbox: &Sandbox) -> [&str; 3] {
    let there = sandbox.inventory();
    [
        &there.vbs_volume,
        &there.vbs_attached_volume,
        &there.vbs_small_volume,
    ]
}

/// Starts a backup of a disk; the id of its job.
async fn back_up(client: &Client, volume: &str, name: &str) -> Result<String, Error> {
    let backup = model::NewBackup::builder().volume_id(volume).name(name);
    let reply = client.create_backup().backup(backup.build()).send().await?;
    Ok(reply.job_id.unwrap())
}

/// Makes a backup of a disk; its id.
async fn made(sandbox: &Sandbox, client: &Client, volume: &str, name: &str) -> String {
    let job = back_up(client, volume, name).await.unwrap();
    sandbox.advance(MADE);
    job_of(client, &job).await.entities.unwrap()["backup_id"].clone()
}

async fn job_of(client: &Client, id: &str) -> model::ShowJobOutput {
    client.show_job(id).send().await.unwrap()
}

async fn backup_of(client: &Client, id: &str) -> model::Backup {
    let reply = client.show_backup(id).send().await.unwrap();
    reply.backup.unwrap()
}

/// The names of all backups, the newest first.
async fn backups(client: &Client) -> Vec<model::Backup> {
    let reply = client.list_backup_details().send().await.unwrap();
    reply.backups.unwrap()
}

async fn tasks(client: &Client, policy: &str) -> Vec<model::BackupTask> {
    let call = client.list_backup_policy_tasks(policy).limit(10_000);
    call.send().await.unwrap().tasks.unwrap()
}

async fn execute(client: &Client, policy: &str) -> Result<(), Error> {
    let call = client.execute_backup_policy(policy);
    call.send().await.map(|_| ())
}

/// Status, name and code of a refusal in the shape of OpenStack.
#[track_caller]
fn refused_natively(error: &Error) -> (u16, String, Value) {
    assert_eq!(error.kind(), ErrorKind::Service, "{error}");
    let status = error.status().unwrap().as_u16();
    assert_eq!(error.is_not_found(), status == 404);
    let body: Value = serde_json::from_slice(error.raw_body().unwrap()).unwrap();
    let (name, told) = body.as_object().unwrap().iter().next().unwrap();
    let message = error.message().unwrap();
    assert!(message.len() > 10, "{message}");
    let code = told["code"].clone();
    let shape = serde_json::json!({name: {"code": code, "message": message}});
    assert_eq!(body, shape);
    let as_text = code.as_str().map_or(code.to_string(), str::to_owned);
    assert_eq!(error.code(), Some(as_text.as_str()));
    (status, name.clone(), code)
}

async fn list(client: &Client) -> Vec<model::BackupPolicy> {
    let reply = client.list_backup_policies().send().await.unwrap();
    reply.backup_policies.unwrap()
}

async fn show(client: &Client, id: &str) -> model::BackupPolicy {
    let policies = list(client).await.into_iter();
    let mut found = policies.filter(|it| it.backup_policy_id.as_deref() == Some(id));
    found.next().unwrap()
}

#[test]
fn no_operation_is_without_behaviour() {
    let missing = Sandbox::missing_operations();
    assert!(
        !missing.iter().any(|it| it.starts_with("vbs ")),
        "{missing:?}"
    );
}

#[tokio::test]
async fn policy_is_listed_as_it_was_made_changed_and_gone_once_deleted() {
    let (_sandbox, client) = start().await;
    assert_eq!(list(&client).await, []);
    let wanted = ScheduledPolicy::builder()
        .start_time("22:00,00:00,02:00")
        .week_frequency([DayOfWeek::Sun, DayOfWeek::Wed])
        .retention_day(30)
        .retain_first_backup_of_month(RetainFirstBackup::Yes)
        .status(PolicyStatus::Off)
        .build();
    let tags = [Tag::builder().key("team").value("").build()];
    let call = client
        .create_backup_policy()
        .backup_policy_name("policy_01");
    let call = call.scheduled_policy(wanted).tags(tags.clone());
    let response = call
        .time_zone("UTC+02:00")
        .send_with_response()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let id = response.into_inner().backup_policy_id.unwrap();
    assert_uuid(Some(&id));

    let made = show(&client, &id).await;
    assert_eq!(made.backup_policy_name.as_deref(), Some("policy_01"));
    assert_eq!(made.policy_resource_count, Some(0));
    assert_eq!(made.time_zone.as_deref(), Some("UTC+02:00"));
    assert_eq!(made.tags.as_deref(), Some(&tags[..]));
    let now = made.scheduled_policy.unwrap();
    assert_eq!(now.start_time.as_deref(), Some("22:00,00:00,02:00"));
    assert_eq!(
        now.week_frequency,
        Some(vec![DayOfWeek::Sun, DayOfWeek::Wed])
    );
    assert_eq!(now.retention_day, Some(30));
    assert_eq!(
        now.retain_first_backup_of_month,
        Some(RetainFirstBackup::Yes)
    );
    assert_eq!(now.status, Some(PolicyStatus::Off));
    assert_eq!((now.frequency, now.retention_num), (None, None));

    let switched_on = BackupSchedule::builder()
        .week_frequency([DayOfWeek::Sun, DayOfWeek::Wed])
        .status(PolicyStatus::On);
    let call = client
        .update_backup_policy(&id)
        .scheduled_policy(switched_on.build());
    let changed = call.send().await.unwrap();
    assert_eq!(changed.backup_policy_id.as_deref(), Some(id.as_str()));
    let now = show(&client, &id).await.scheduled_policy.unwrap();
    assert_eq!(now.status, Some(PolicyStatus::On));

    let response = client.delete_backup_policy(&id).send_with_response().await;
    assert_eq!(response.unwrap().status(), 204);
    assert_eq!(list(&client).await, []);
}

#[tokio::test]
async fn change_sets_what_it_holds_and_leaves_the_rest_alone() {
    let (_sandbox, client) = start().await;
    let (id, other) = (
        create(&client, "first").await.unwrap(),
        create(&client, "second").await.unwrap(),
    );
    let untouched = show(&client, &other).await;
    let before = show(&client, &id).await;

    let call = client
        .update_backup_policy(&id)
        .backup_policy_name("renamed");
    call.send().await.unwrap();
    let mut expected = before;
    expected.backup_policy_name = Some("renamed".to_owned());
    assert_eq!(show(&client, &id).await, expected);

    let days_by_name = BackupSchedule::builder()
        .week_frequency([DayOfWeek::Mon])
        .start_time("03:00")
        .build();
    let call = client.update_backup_policy(&id).time_zone("UTC-02:00");
    call.scheduled_policy(days_by_name).send().await.unwrap();
    expected.time_zone = Some("UTC-02:00".to_owned());
    let schedule = expected.scheduled_policy.as_mut().unwrap();
    schedule.start_time = Some("03:00".to_owned());
    schedule.frequency = None;
    schedule.week_frequency = Some(vec![DayOfWeek::Mon]);
    assert_eq!(
        show(&client, &id).await,
        expected,
        "days take each other's place"
    );

    let kept_by_days = BackupSchedule::builder()
        .frequency(14)
        .retention_day(99_999);
    let call = client
        .update_backup_policy(&id)
        .scheduled_policy(kept_by_days.build());
    call.send().await.unwrap();
    let schedule = expected.scheduled_policy.as_mut().unwrap();
    schedule.frequency = Some(14);
    schedule.week_frequency = None;
    schedule.retention_num = None;
    schedule.retention_day = Some(99_999);
    assert_eq!(
        show(&client, &id).await,
        expected,
        "and so do the ways of keeping"
    );

    client.update_backup_policy(&id).send().await.unwrap();
    assert_eq!(show(&client, &id).await, expected, "a change of nothing");
    assert_eq!(show(&client, &other).await, untouched);
}

#[tokio::test]
async fn schedule_that_was_listed_can_be_sent_back() {
    let (_sandbox, client) = start().await;
    let id = create(&client, "there-and-back").await.unwrap();
    let before = show(&client, &id).await;
    let mut schedule = before.scheduled_policy.clone().unwrap();
    schedule.status = Some(PolicyStatus::Off);
    let call = client
        .update_backup_policy(&id)
        .scheduled_policy(schedule.clone());
    call.send().await.unwrap();
    assert_eq!(show(&client, &id).await.scheduled_policy, Some(schedule));
}

#[tokio::test]
async fn tenant_has_ten_policies_and_the_eleventh_is_refused() {
    let (sandbox, client) = start().await;
    let mut ids = Vec::new();
    for number in 0..10 {
        ids.push(create(&client, &format!("policy-{number}")).await.unwrap());
    }
    let error = create(&client, "policy-10").await.unwrap_err();
    assert_eq!(refused(&error), (403, "AutoBackup.0203"));
    assert!(message_of(&error).contains("10"));
    assert_eq!(list(&client).await.len(), 10);

    let elsewhere: Client = away(&sandbox);
    assert_eq!(list(&elsewhere).await, [], "another project has its own");
    create(&elsewhere, "of-the-other").await.unwrap();
    assert_eq!(list(&elsewhere).await.len(), 1);
    client.delete_backup_policy(&ids[4]).send().await.unwrap();
    create(&client, "policy-10").await.unwrap();
    assert_eq!(list(&client).await.len(), 10);
}

#[tokio::test]
async fn ten_of_twelve_policies_that_are_asked_for_at_once_are_made() {
    let (_sandbox, client) = start().await;
    let calls = (0..12).map(|number| {
        let client = client.clone();
        tokio::spawn(async move { create(&client, &format!("at-once-{number}")).await })
    });
    let mut made = 0;
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert_eq!(refused(&error), (403, "AutoBackup.0203")),
        }
    }
    assert_eq!((made, list(&client).await.len()), (10, 10));
}

#[tokio::test]
async fn policy_has_ten_tags_of_different_keys_at_most() {
    let (_sandbox, client) = start().await;
    let tag = |number: i32| {
        Tag::builder()
            .key(format!("key-{number}"))
            .value("")
            .build()
    };
    let tagged = |tags: Vec<Tag>| {
        let call = client.create_backup_policy().backup_policy_name("policy");
        call.scheduled_policy(schedule()).tags(tags).send()
    };
    let error = tagged((0..11).map(tag).collect()).await.unwrap_err();
    assert_eq!(refused(&error), (403, "AutoBackup.0215"));
    let error = tagged(vec![tag(1), tag(2), tag(1)]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "AutoBackup.0214"));
    assert_eq!(list(&client).await, []);
    tagged((0..10).map(tag).collect()).await.unwrap();
}

#[tokio::test]
async fn policies_that_are_unknown_to_a_project_can_neither_be_changed_nor_deleted() {
    let (sandbox, client) = start().await;
    let id = create(&client, "kept").await.unwrap();
    let elsewhere: Client = away(&sandbox);
    for (caller, id) in [
        (&elsewhere, id.as_str()),
        (&client, "none"),
        (&client, "a/b"),
    ] {
        let change = caller.update_backup_policy(id).backup_policy_name("other");
        let error = change.send().await.unwrap_err();
        assert_eq!(refused(&error), (404, "AutoBackup.0205"), "{id}");
        let error = caller.delete_backup_policy(id).send().await.unwrap_err();
        assert_eq!(refused(&error), (404, "AutoBackup.0205"), "{id}");
    }
    let policy = show(&client, &id).await;
    assert_eq!(policy.backup_policy_name.as_deref(), Some("kept"));
    client.delete_backup_policy(&id).send().await.unwrap();
    let error = client.delete_backup_policy(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "AutoBackup.0205"), "deleted twice");
}

#[tokio::test]
async fn what_the_client_would_not_send_is_refused_by_the_service_too() {
    let (_sandbox, client) = start().await;
    let with = |change: fn(&mut ScheduledPolicy)| {
        let mut wanted = schedule();
        change(&mut wanted);
        wanted
    };
    for (wanted, place) in [
        (
            with(|it| it.start_time = Some("12:30".to_owned())),
            "start_time",
        ),
        (
            with(|it| it.start_time = Some("02:00,01:00".to_owned())),
            "time_zone",
        ),
        (with(|it| it.start_time = None), "start_time"),
        (with(|it| it.frequency = Some(15)), "frequency"),
        (with(|it| it.frequency = None), "frequency"),
        (with(|it| it.retention_num = Some(1)), "rentention_num"),
        (with(|it| it.retention_num = None), "rentention_num"),
        (
            with(|it| it.retention_day = Some(100_000)),
            "rentention_day",
        ),
        (
            with(|it| it.week_frequency = Some(vec!["FOO".into()])),
            "week_frequency",
        ),
        (with(|it| it.status = Some("MAYBE".into())), "status"),
    ] {
        let call = client.create_backup_policy().backup_policy_name("policy");
        let call = call.scheduled_policy(wanted).with_validation(false);
        let error = call.send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "AutoBackup.0102"), "{place}");
        assert!(message_of(&error).contains(place), "{place}: {error}");
    }
    for name in ["", "with blank", "default-1", &"a".repeat(65)] {
        let call = client.create_backup_policy().backup_policy_name(name);
        let call = call.scheduled_policy(schedule()).with_validation(false);
        let error = call.send().await.unwrap_err();
        assert!(
            message_of(&error).contains("/body/backup_policy_name"),
            "{error}"
        );
    }
    assert_eq!(list(&client).await, []);

    let id = create(&client, "policy").await.unwrap();
    let without_days = BackupSchedule::builder().status(PolicyStatus::Off).build();
    let call = client
        .update_backup_policy(&id)
        .scheduled_policy(without_days);
    let error = call.with_validation(false).send().await.unwrap_err();
    assert!(message_of(&error).contains("frequency"), "{error}");
    let schedule = show(&client, &id).await.scheduled_policy.unwrap();
    assert_eq!(schedule.status, Some(PolicyStatus::On));
}

#[tokio::test]
async fn policies_outlive_a_century() {
    let (sandbox, client) = start().await;
    let id = create(&client, "old").await.unwrap();
    sandbox.advance(CENTURY);
    assert_eq!(show(&client, &id).await.policy_resource_count, Some(0));
    create(&client, "new").await.unwrap();
    assert_eq!(list(&client).await.len(), 2);
}

#[tokio::test]
async fn create_that_was_reset_after_its_effect_made_one_policy() {
    let (sandbox, client) = start().await;
    sandbox.fault(Fault::reset_after_effect().on("vbs", "create_backup_policy"));
    let error = create(&client, "answer-lost").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(error.attempts().len(), 1);
    let made = list(&client).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].backup_policy_name.as_deref(), Some("answer-lost"));
}

#[tokio::test]
async fn change_whose_answer_was_lost_is_made_again() {
    let (sandbox, client) = start().await;
    let id = create(&client, "before").await.unwrap();
    sandbox.fault(Fault::reset_after_effect().on("vbs", "update_backup_policy"));
    let call = client.update_backup_policy(&id).backup_policy_name("after");
    call.send().await.unwrap();
    let policy = show(&client, &id).await;
    assert_eq!(policy.backup_policy_name.as_deref(), Some("after"));
    sandbox.fault(Fault::reset_after_effect().on("vbs", "delete_backup_policy"));
    let error = client.delete_backup_policy(&id).send().await.unwrap_err();
    assert!(
        error.is_not_found() && error.is_after_ambiguous_attempt(),
        "{error}"
    );
    assert_eq!(list(&client).await, []);
}
