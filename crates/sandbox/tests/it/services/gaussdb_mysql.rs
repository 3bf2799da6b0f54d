//! GaussDB for MySQL.

mod backups;
mod offsite;
mod paging;
mod policy;
mod restore;
mod tables;

use cloudbackup_gaussdb_mysql_client::{Client, ListBackups, model};
use cloudbackup_runtime::{Error, Outcome};
use cloudbackup_sandbox::{Fault, Sandbox};
use model::{BackupStatus, BackupType, JobStatus};

use super::{
    CENTURY, DAY, HOUR, MADE, MINUTE, assert_suffixed, assert_uuid, at, away, message_of, refused,
    sandbox, seconds,
};

async fn start() -> (Sandbox, Client, String) {
    let sandbox = sandbox().await;
    let client = sandbox.client().unwrap();
    let instance = sandbox.inventory().gaussdb_mysql_instance.clone();
    (sandbox, client, instance)
}

/// Starts a backup; its id and that of its task.
async fn create(client: &Client, instance: &str, name: &str) -> Result<(String, String), Error> {
    let call = client.create_backup().instance_id(instance).name(name);
    let reply = call.send().await?;
    Ok((reply.backup.unwrap().id.unwrap(), reply.job_id.unwrap()))
}

async fn list(client: &Client) -> Vec<model::Backup> {
    let reply = client.list_backups().send().await.unwrap();
    let backups = reply.backups.unwrap();
    assert_eq!(reply.total_count.unwrap(), backups.len() as i64);
    backups
}

/// The incremental backups of an instance, with its copies or without.
async fn increments(
    client: &Client,
    instance: &str,
    with_copies: bool,
) -> Vec<model::IncrementalBackup> {
    let call = client.list_incremental_backups(instance).limit("50");
    let reply = call.display_offsite_backup(with_copies).send().await;
    let reply = reply.unwrap();
    let backups = reply.backups.unwrap();
    assert_eq!(reply.total_count.unwrap(), backups.len() as i64);
    backups
}

async fn show(client: &Client, id: &str) -> Option<model::Backup> {
    let call = client.list_backups().backup_id(id);
    let mut backups = call.send().await.unwrap().backups.unwrap();
    assert!(backups.len() < 2);
    backups.pop()
}

async fn task(client: &Client, id: &str) -> Result<model::Job, Error> {
    let reply = client.show_job().id(id).send().await?;
    Ok(reply.job.unwrap())
}

async fn total(call: ListBackups) -> i64 {
    call.send().await.unwrap().total_count.unwrap()
}

fn ids(backups: &[model::Backup]) -> Vec<&str> {
    let ids = backups.iter().map(|backup| backup.id.as_deref().unwrap());
    ids.collect()
}

#[tokio::test]
async fn backup_is_made_while_its_task_tells_the_progress_then_deleted() {
    let (sandbox, client, instance) = start().await;
    let call = client
        .create_backup()
        .instance_id(&instance)
        .name("night-1");
    let call = call.description("before the change");
    let response = call.send_with_response().await.unwrap();
    assert_eq!(response.status(), 201);
    let reply = response.into_inner();
    let (made, job_id) = (reply.backup.unwrap(), reply.job_id.unwrap());
    assert_suffixed(made.id.as_deref(), "br07");
    assert_suffixed(made.instance_id.as_deref(), "in07");
    assert_uuid(Some(&job_id));
    assert_eq!(made.status, Some(BackupStatus::Building));
    assert_eq!(made.r#type, Some(BackupType::Manual));
    assert_eq!(made.description.as_deref(), Some("before the change"));
    let unknown_yet = (
        made.size,
        made.end_time,
        made.take_up_time,
        made.instance_name,
    );
    assert_eq!(unknown_yet, (None, None, None, None));
    let begin = seconds(made.begin_time.as_ref());
    let id = made.id.unwrap();
    let listed = show(&client, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Building));

    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.id.as_deref(), Some(job_id.as_str()));
    assert_eq!(job.status, Some(JobStatus::Running));
    assert_eq!(seconds(job.created.as_ref()), begin);
    assert_eq!((job.ended, job.fail_reason), (None, None));
    let owner = job.instance.unwrap();
    assert_eq!(owner.id.as_deref(), Some(instance.as_str()));
    let percent = |text: Option<String>| -> u32 {
        let text = text.unwrap();
        text.strip_suffix('%').unwrap().parse().unwrap()
    };
    assert!(percent(job.process) < 50);
    sandbox.advance(MINUTE * 3 / 4);
    let job = task(&client, &job_id).await.unwrap();
    assert!((50..100).contains(&percent(job.process)));

    sandbox.advance(MADE);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    assert_eq!(job.process.as_deref(), Some(""));
    assert_eq!(seconds(job.ended.as_ref()), begin + 90);
    let listed = show(&client, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Completed));
    assert_eq!(listed.size, Some(2803.0), "in MB");
    assert_eq!(listed.take_up_time, Some(2), "in minutes");
    assert_eq!(seconds(listed.end_time.as_ref()), begin + 90);
    assert_eq!(listed.instance_name, owner.name);
    assert_eq!(
        listed.datastore.unwrap().r#type.as_deref(),
        Some("gaussdb-mysql")
    );

    let deleted = client.delete_backup(&id).send().await.unwrap();
    assert_eq!(deleted.backup_id.as_deref(), Some(id.as_str()));
    assert_eq!(deleted.backup_name.as_deref(), Some("night-1"));
    assert_eq!(show(&client, &id).await, None);
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201010"));
}

#[tokio::test]
async fn task_of_a_backup_that_fails_says_why() {
    let (sandbox, client, instance) = start().await;
    sandbox.fault(Fault::failed_job().on("gaussdb-mysql", "create_backup"));
    let (id, job_id) = create(&client, &instance, "lost").await.unwrap();
    sandbox.advance(MADE);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Failed));
    assert_eq!(job.process.as_deref(), Some(""));
    assert!(job.fail_reason.unwrap().contains("fail"));
    let listed = show(&client, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Failed));
    assert_eq!(listed.size, Some(0.0));
}

#[tokio::test]
async fn every_refusal_has_the_only_status_that_the_documents_know() {
    let (sandbox, client, instance) = start().await;
    let error = create(&client, "nonein07", "first").await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200002"));
    let error = create(&away(&sandbox), &instance, "first").await;
    assert_eq!(refused(&error.unwrap_err()), (400, "DBS.200002"));
    let error = client.list_incremental_backups("nonein07").send().await;
    assert_eq!(refused(&error.unwrap_err()), (400, "DBS.200002"));
    let (id, job_id) = create(&client, &instance, "first").await.unwrap();
    let error = create(&client, &instance, "second").await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201205"));
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201208"));
    sandbox.advance(MADE);
    let error = create(&client, &instance, "first").await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201201"));
    let error = client.delete_backup("none").send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201010"));
    let auto = client.list_backups().backup_type("auto").send().await;
    let auto = auto.unwrap().backups.unwrap().remove(0).id.unwrap();
    let error = client.delete_backup(auto).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201218"));
    let elsewhere: Client = away(&sandbox);
    for error in [task(&client, "none").await, task(&elsewhere, &job_id).await] {
        assert_eq!(refused(&error.unwrap_err()), (400, "DBS.200543"));
    }
    sandbox.advance(DAY * 32);
    let error = task(&client, &job_id).await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200543"), "after a month");
}

#[tokio::test]
async fn names_may_be_chinese_and_take_up_to_64_bytes() {
    let (sandbox, client, instance) = start().await;
    for name in ["\u{5907}\u{4efd}\u{5907}\u{4efd}", "a-_9", &"b".repeat(64)] {
        let (id, _) = create(&client, &instance, name).await.unwrap();
        let listed = show(&client, &id).await.unwrap();
        assert_eq!(listed.name.as_deref(), Some(name));
        sandbox.advance(MADE);
    }
    let long = "\u{5907}".repeat(22);
    for name in ["9abc", "-abc", "with blank", "semi;colon", &long] {
        let error = create(&client, &instance, name).await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"), "{name}");
        assert!(message_of(&error).contains("/body/name"));
    }
    assert_eq!(total(client.list_backups().backup_type("manual")).await, 3);
}

#[tokio::test]
async fn numbers_in_text_have_their_ranges() {
    let (sandbox, client, instance) = start().await;
    sandbox.advance(DAY);
    for limit in ["0", "101", "99999999999999999999"] {
        let error = client.list_backups().limit(limit).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"), "{limit}");
        assert!(message_of(&error).contains("/query/limit"), "{error}");
    }
    for (limit, offset, length) in [
        ("1", "0", 1),
        ("1", "1", 1),
        ("100", "0", 2),
        ("002", "000", 2),
        ("100", "2", 0),
        ("100", "99999999999999999999", 0),
    ] {
        let call = client.list_backups().instance_id(&instance);
        let call = call.limit(limit).offset(offset);
        let page = call.send().await.unwrap();
        assert_eq!(page.total_count, Some(2));
        assert_eq!(page.backups.unwrap().len(), length, "{limit} {offset}");
    }
    let call = client.list_backups().limit("ten").with_validation(false);
    assert_eq!(
        refused(&call.send().await.unwrap_err()),
        (400, "DBS.280001")
    );
    let call = client.list_incremental_backups(&instance).limit("30");
    let call = call.begin_time(at(0)).with_validation(false);
    let error = call.send().await.unwrap_err();
    for place in ["/query/limit", "/query/end_time"] {
        assert!(message_of(&error).contains(place), "{error}");
    }
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let (sandbox, client, instance) = start().await;
    let (own, _) = create(&client, &instance, "by-hand").await.unwrap();
    sandbox.advance(DAY * 4);
    let call = client.list_backups().instance_id(&instance);
    let all = call.clone().send().await.unwrap().backups.unwrap();
    assert_eq!(all.len(), 6);
    let begins: Vec<i64> = all
        .iter()
        .map(|it| seconds(it.begin_time.as_ref()))
        .collect();
    assert!(begins.is_sorted_by(|a, b| a > b), "the newest first");
    let page = call.clone().offset("1").limit("3");
    let page = page.send().await.unwrap();
    assert_eq!(page.total_count, Some(6), "of all pages");
    assert_eq!(ids(&page.backups.unwrap()), ids(&all)[1..4]);

    assert_eq!(total(call.clone().backup_type(BackupType::Auto)).await, 5);
    let manual = call.clone().backup_type(BackupType::Manual).name("by-hand");
    assert_eq!(
        manual.send().await.unwrap().backups.unwrap()[0].id,
        Some(own)
    );
    assert_eq!(total(call.clone().name("by-han")).await, 0);
    let name = all[0].instance_name.clone().unwrap();
    assert_eq!(total(call.clone().instance_name(name)).await, 6);
    assert_eq!(total(call.clone().instance_name("another")).await, 0);
    let spare = &sandbox.inventory().gaussdb_mysql_spare_instance;
    assert_eq!(total(call.clone().instance_id(spare)).await, 4);
    assert_eq!(total(client.list_backups()).await, 6 + 4, "of the project");
    assert_eq!(total(call.clone().instance_id("nonein07")).await, 0);
    assert_eq!(total(call.clone().begin_time(at(begins[2]))).await, 3);
    assert_eq!(total(call.clone().end_time(at(begins[2]))).await, 4);
    assert_eq!(total(away::<Client>(&sandbox).list_backups()).await, 0);
}

#[tokio::test]
async fn incremental_backups_have_a_list_of_their_own() {
    let (sandbox, client, instance) = start().await;
    assert_eq!(increments(&client, &instance, true).await, []);
    sandbox.advance(5 * HOUR + MINUTE / 2);
    let building = increments(&client, &instance, false).await.remove(0);
    assert_eq!((building.size, building.end_time), (None, None));
    assert_eq!(
        building.backup_type,
        Some(model::IncrementalBackupType::Log)
    );
    sandbox.advance(DAY * 5);
    let all = increments(&client, &instance, false).await;
    assert_eq!(all.len(), 6);
    assert_eq!(
        all[5].size,
        Some(3.0 * 1024.0),
        "in KB, other than full ones"
    );
    assert_eq!(all[5].id, building.id);
    assert!(list(&client).await.iter().all(|it| it.id != all[0].id));

    let call = client.list_incremental_backups(&instance);
    let page = call.clone().offset("4").limit("10").send().await.unwrap();
    assert_eq!(
        (page.total_count, page.backups.unwrap().len()),
        (Some(6), 2)
    );
    let begin = seconds(all[4].begin_time.as_ref());
    let period = call.begin_time(at(begin)).end_time(at(begin + 86_400));
    assert_eq!(period.send().await.unwrap().total_count, Some(2));
    sandbox.advance(DAY * 30);
    assert_eq!(
        increments(&client, &instance, false).await.len(),
        7,
        "of seven days"
    );
    sandbox.advance(CENTURY);
    assert_eq!(increments(&client, &instance, false).await.len(), 7);
    sandbox.advance(MADE);
    let (id, _) = create(&client, &instance, "in-a-century").await.unwrap();
    sandbox.advance(MADE);
    let made = show(&client, &id).await.unwrap();
    assert_eq!(made.status, Some(BackupStatus::Completed));
}

#[tokio::test]
async fn create_that_was_reset_after_its_effect_made_one_backup() {
    let (sandbox, client, instance) = start().await;
    sandbox.fault(Fault::reset_after_effect().on("gaussdb-mysql", "create_backup"));
    let error = create(&client, &instance, "answer-lost").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(error.attempts().len(), 1);
    let call = client.list_backups().backup_type("manual");
    let made = call.send().await.unwrap().backups.unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].name.as_deref(), Some("answer-lost"));
}
