//! Relational Database Service.

mod backups;
mod new_instance;
mod offsite;
mod paging;
mod policy;
mod restore;
mod tasks;

use cloudbackup_rds_client::{Client, model};
use cloudbackup_runtime::{Error, Outcome, Sending};
use cloudbackup_sandbox::{Fault, Sandbox};
use model::{BackupStatus, BackupType};

use super::{DAY, HOUR, MADE, MINUTE, assert_suffixed, at, away, refused, sandbox, seconds};

async fn start() -> (Sandbox, Client, String) {
    let sandbox = sandbox().await;
    let client = sandbox.client().unwrap();
    let instance = sandbox.inventory().rds_instance.clone();
    (sandbox, client, instance)
}

async fn create(client: &Client, instance: &str, name: &str) -> Result<model::Backup, Error> {
    let call = client.create_backup().instance_id(instance).name(name);
    let reply = call.send().await?;
    Ok(reply.backup.unwrap())
}

async fn list(client: &Client, instance: &str) -> Vec<model::Backup> {
    let reply = client.list_backups().instance_id(instance).send().await;
    let reply = reply.unwrap();
    let backups = reply.backups.unwrap();
    assert_eq!(reply.total_count.unwrap(), backups.len() as i64);
    backups
}

async fn show(client: &Client, instance: &str, id: &str) -> Option<model::Backup> {
    let call = client.list_backups().instance_id(instance).backup_id(id);
    let mut backups = call.send().await.unwrap().backups.unwrap();
    assert!(backups.len() < 2);
    backups.pop()
}

fn ids(backups: &[model::Backup]) -> Vec<&str> {
    let ids = backups.iter().map(|backup| backup.id.as_deref().unwrap());
    ids.collect()
}

fn of_kind(backups: &[model::Backup], kind: BackupType) -> Vec<&model::Backup> {
    let wanted = Some(kind);
    let found = backups.iter().filter(|it| it.backup_type == wanted);
    found.collect()
}

#[tokio::test]
async fn backup_is_building_at_once_then_completed_and_gone_once_deleted() {
    let (sandbox, client, instance) = start().await;
    let call = client
        .create_backup()
        .instance_id(&instance)
        .name("night-1");
    let made = call.description("before the change").send().await.unwrap();
    let made = made.backup.unwrap();
    assert_suffixed(made.id.as_deref(), "br01");
    assert_suffixed(made.instance_id.as_deref(), "in01");
    assert_eq!(made.instance_id.as_deref(), Some(instance.as_str()));
    assert_eq!(made.name.as_deref(), Some("night-1"));
    assert_eq!(made.description.as_deref(), Some("before the change"));
    assert_eq!(made.status, Some(BackupStatus::Building));
    assert_eq!(made.backup_type, Some(BackupType::Manual));
    let begin = seconds(made.begin_time.as_ref());
    assert!((1_716_285_600..1_716_285_600 + 60).contains(&begin));
    let unknown_yet = (
        made.size,
        made.end_time,
        made.datastore,
        made.associated_with_ddm,
    );
    assert_eq!(unknown_yet, (None, None, None, None));

    let id = made.id.unwrap();
    for _ in 0..2 {
        let listed = show(&client, &instance, &id).await.unwrap();
        assert_eq!(listed.status, Some(BackupStatus::Building));
        assert_eq!((listed.size, listed.end_time), (None, None));
        sandbox.advance(MINUTE / 2);
    }
    sandbox.advance(MADE);
    let listed = show(&client, &instance, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Completed));
    assert_eq!(listed.size, Some(2803 * 1024), "in KB");
    assert_eq!(seconds(listed.begin_time.as_ref()), begin);
    assert_eq!(seconds(listed.end_time.as_ref()) - begin, 90);
    assert_eq!(
        listed.description, None,
        "only in the reply to the creation"
    );
    assert_eq!(listed.associated_with_ddm, Some(false));
    assert_eq!(listed.datastore.unwrap().engine.as_deref(), Some("MySQL"));

    client.delete_backup(&id).send().await.unwrap();
    assert_eq!(show(&client, &instance, &id).await, None);
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.201010"));
}

#[tokio::test]
async fn backup_fails_when_the_sandbox_is_told_so_and_the_next_one_does_not() {
    let (sandbox, client, instance) = start().await;
    sandbox.fault(Fault::failed_job().on("rds", "create_backup"));
    let id = create(&client, &instance, "lost")
        .await
        .unwrap()
        .id
        .unwrap();
    let listed = show(&client, &instance, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Building));
    sandbox.advance(MADE);
    let listed = show(&client, &instance, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Failed));
    assert_eq!(listed.size, Some(0));
    assert!(listed.end_time.is_some());
    client.delete_backup(&id).send().await.unwrap();

    let id = create(&client, &instance, "lost")
        .await
        .unwrap()
        .id
        .unwrap();
    sandbox.advance(MADE);
    let listed = show(&client, &instance, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Completed));
}

#[tokio::test]
async fn creating_is_refused_for_unknown_instances_names_that_repeat_and_while_one_is_made() {
    let (sandbox, client, instance) = start().await;
    let error = create(&client, "nonein01", "first").await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.200002"));
    let elsewhere: Client = away(&sandbox);
    let error = create(&elsewhere, &instance, "first").await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.200002"), "not of that project");

    create(&client, &instance, "first").await.unwrap();
    let error = create(&client, &instance, "second").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201205"));
    sandbox.advance(MADE);
    let error = create(&client, &instance, "first").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201201"));
    create(&client, &instance, "FIRST").await.unwrap();
    let names = list(&client, &instance).await;
    assert_eq!(of_kind(&names, BackupType::Manual).len(), 2);
}

#[tokio::test]
async fn one_of_two_backups_that_are_asked_for_at_once_is_made() {
    let (_sandbox, client, instance) = start().await;
    let (first, second) = tokio::join!(
        create(&client, &instance, "one-of-two"),
        create(&client, &instance, "two-of-two")
    );
    let (made, error) = match (first, second) {
        (Ok(made), Err(error)) | (Err(error), Ok(made)) => (made, error),
        both => panic!("{both:?}"),
    };
    assert_eq!(refused(&error), (409, "DBS.201205"));
    let listed = list(&client, &instance).await;
    let manual = of_kind(&listed, BackupType::Manual);
    assert_eq!(manual.len(), 1);
    assert_eq!(manual[0].id, made.id);
}

#[tokio::test]
async fn only_finished_backups_of_callers_can_be_deleted() {
    let (sandbox, client, instance) = start().await;
    let error = client.delete_backup("none").send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.201010"));

    let id = create(&client, &instance, "kept")
        .await
        .unwrap()
        .id
        .unwrap();
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201208"));
    let elsewhere: Client = away(&sandbox);
    let error = elsewhere.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.201010"));

    sandbox.advance(6 * HOUR);
    for kind in [BackupType::Auto, BackupType::Incremental] {
        let listed = list(&client, &instance).await;
        let scheduled = of_kind(&listed, kind)[0].id.clone().unwrap();
        let error = client.delete_backup(&scheduled).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.201218"));
        assert!(show(&client, &instance, &scheduled).await.is_some());
    }
}

#[tokio::test]
async fn schedule_makes_a_full_backup_a_day_and_an_incremental_one_six_hours_later() {
    let (sandbox, client, instance) = start().await;
    let listed = list(&client, &instance).await;
    assert_eq!(listed.len(), 1);
    let first = &listed[0];
    assert_eq!(first.backup_type, Some(BackupType::Auto));
    assert_eq!(first.status, Some(BackupStatus::Completed));
    let first_begin = seconds(first.begin_time.as_ref());

    sandbox.advance(5 * HOUR - MINUTE * 10);
    assert_eq!(list(&client, &instance).await.len(), 1, "not yet");
    sandbox.advance(MINUTE * 10 + MINUTE / 2);
    let listed = list(&client, &instance).await;
    assert_eq!(listed[0].backup_type, Some(BackupType::Incremental));
    assert_eq!(listed[0].status, Some(BackupStatus::Building));
    let error = create(&client, &instance, "in-between").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201205"));
    sandbox.advance(MADE);
    let incremental = list(&client, &instance).await.remove(0);
    assert_eq!(incremental.status, Some(BackupStatus::Completed));
    assert_eq!(incremental.size, Some(3 * 1024));
    assert_eq!(
        seconds(incremental.begin_time.as_ref()),
        first_begin + 6 * 3600
    );

    sandbox.advance(DAY * 2);
    let listed = list(&client, &instance).await;
    let begins: Vec<i64> = of_kind(&listed, BackupType::Auto)
        .iter()
        .map(|backup| seconds(backup.begin_time.as_ref()))
        .collect();
    let days = [2, 1, 0].map(|day| first_begin + day * 86_400);
    assert_eq!(begins, days, "the newest first");
    assert_eq!(of_kind(&listed, BackupType::Incremental).len(), 3);
}

#[tokio::test]
async fn scheduled_backups_are_kept_for_seven_days_and_those_of_callers_for_good() {
    let (sandbox, client, instance) = start().await;
    let first = list(&client, &instance).await.remove(0).id.unwrap();
    let own = create(&client, &instance, "for-good").await.unwrap();
    sandbox.advance(DAY * 7 - HOUR - MINUTE * 10);
    assert!(show(&client, &instance, &first).await.is_some());
    sandbox.advance(MINUTE * 11);
    assert_eq!(show(&client, &instance, &first).await, None);
    sandbox.advance(DAY * 365);
    let listed = list(&client, &instance).await;
    assert_eq!(of_kind(&listed, BackupType::Manual)[0].id, own.id);
    assert_eq!(of_kind(&listed, BackupType::Auto).len(), 7);
    assert_eq!(of_kind(&listed, BackupType::Incremental).len(), 7);
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let (sandbox, client, instance) = start().await;
    let own = create(&client, &instance, "by-hand").await.unwrap();
    sandbox.advance(DAY * 3);
    let all = list(&client, &instance).await;
    assert_eq!(all.len(), 4 + 3 + 1);
    let begins: Vec<i64> = all
        .iter()
        .map(|it| seconds(it.begin_time.as_ref()))
        .collect();
    assert!(begins.is_sorted_by(|a, b| a > b), "the newest first");

    let call = client.list_backups().instance_id(&instance);
    for (offset, limit, expected) in [(0, 3, 0..3), (3, 3, 3..6), (6, 3, 6..8), (8, 3, 8..8)] {
        let page = call
            .clone()
            .offset(offset)
            .limit(limit)
            .send()
            .await
            .unwrap();
        assert_eq!(page.total_count, Some(8), "of all pages");
        assert_eq!(ids(&page.backups.unwrap()), ids(&all)[expected]);
    }
    for (kind, expected) in [
        ("auto", 4),
        ("incremental", 3),
        ("manual", 1),
        ("fragment", 0),
    ] {
        let found = call.clone().backup_type(kind).send().await.unwrap();
        assert_eq!(found.total_count, Some(expected), "{kind}");
        assert!(
            found
                .backups
                .unwrap()
                .iter()
                .all(|it| it.backup_type == Some(kind.into()))
        );
    }
    let second = create(&client, &instance, "building").await.unwrap();
    for (status, expected) in [("BUILDING", 1), ("COMPLETED", 8), ("FAILED", 0)] {
        let found = call.clone().status(status).send().await.unwrap();
        assert_eq!(found.total_count, Some(expected), "{status}");
    }
    let (first, second) = (
        seconds(own.begin_time.as_ref()),
        seconds(second.begin_time.as_ref()),
    );
    for (begin, end, expected) in [
        (first, second, 8),
        (first, second - 1, 7),
        (first + 1, second, 7),
        (second + 1, second + 9, 0),
    ] {
        let found = call.clone().begin_time(at(begin)).end_time(at(end)).send();
        assert_eq!(
            found.await.unwrap().total_count,
            Some(expected),
            "{begin} {end}"
        );
    }
    let other = client
        .list_backups()
        .instance_id("nonein01")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (other.total_count, other.backups),
        (Some(0), Some(Vec::new()))
    );
}

/// Places of what is wrong in a request that was sent all the same.
async fn wrong<T>(sent: Sending<T>) -> String {
    let error = sent.await.map(|_| ()).unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.280001"), "{error}");
    error.message().unwrap().to_owned()
}

#[tokio::test]
async fn what_the_client_would_not_send_is_refused_by_the_service_too() {
    let (_sandbox, client, instance) = start().await;
    let call = client.list_backups().instance_id(&instance);
    let call = call.with_validation(false);
    for (call, place) in [
        (call.clone().limit(0), "/query/limit"),
        (call.clone().limit(101), "/query/limit"),
        (call.clone().offset(-1), "/query/offset"),
        (call.clone().begin_time(at(0)), "/query/end_time"),
        (call.clone().end_time(at(0)), "/query/begin_time"),
        (
            call.clone().begin_time(at(9)).end_time(at(9)),
            "/query/end_time",
        ),
        (
            call.clone().begin_time("soon").end_time(at(9)),
            "/query/begin_time",
        ),
        (call.clone().status("DELETING"), "/query/status"),
        (call.clone().backup_type("partial"), "/query/backup_type"),
    ] {
        let message = wrong(call.send()).await;
        assert!(message.contains(place), "{place}: {message}");
    }
    let call = client.list_offsite_backups().instance_id(&instance);
    let call = call.backup_type(BackupType::Manual).with_validation(false);
    assert!(wrong(call.send()).await.contains("/query/backup_type"));

    let call = client.create_backup().instance_id(&instance).name("1-2-3");
    let call = call.description("a<b").with_validation(false);
    let message = wrong(call.send()).await;
    assert!(message.contains("/body/name") && message.contains("/body/description"));
    assert_eq!(list(&client, &instance).await.len(), 1);
}

#[tokio::test]
async fn create_that_was_reset_after_its_effect_made_one_backup() {
    let (sandbox, client, instance) = start().await;
    sandbox.fault(Fault::reset_after_effect().on("rds", "create_backup"));
    let error = create(&client, &instance, "answer-lost").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let listed = list(&client, &instance).await;
    let made = of_kind(&listed, BackupType::Manual);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].name.as_deref(), Some("answer-lost"));

    sandbox.advance(MADE);
    sandbox.fault(Fault::reset_before_effect().on("rds", "create_backup"));
    let error = create(&client, &instance, "never-came").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(
        of_kind(&list(&client, &instance).await, BackupType::Manual).len(),
        1
    );
}

#[tokio::test]
async fn delete_whose_answer_was_lost_is_repeated_and_finds_nothing_left() {
    let (sandbox, client, instance) = start().await;
    let id = create(&client, &instance, "to-go")
        .await
        .unwrap()
        .id
        .unwrap();
    sandbox.advance(MADE);
    sandbox.fault(Fault::reset_after_effect().on("rds", "delete_backup"));
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert!(
        error.is_not_found() && error.is_after_ambiguous_attempt(),
        "{error}"
    );
    assert_eq!(error.code(), Some("DBS.201010"));
    assert_eq!(show(&client, &instance, &id).await, None);
}
