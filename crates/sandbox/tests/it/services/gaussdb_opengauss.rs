//! GaussDB (openGauss).

mod backups;
mod new_instance;
mod paging;
mod policy;
mod restore;
mod tasks;

use cloudbackup_gaussdb_opengauss_client::{Client, model};
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
    let instance = sandbox.inventory().gaussdb_opengauss_instance.clone();
    (sandbox, client, instance)
}

/// Starts a backup; its id and that of its task.
async fn create(client: &Client, instance: &str, name: &str) -> Result<(String, String), Error> {
    let call = client.create_backup().instance_id(instance).name(name);
    let reply = call.send().await?;
    Ok((reply.backup.unwrap().id.unwrap(), reply.job_id.unwrap()))
}

async fn list(client: &Client, instance: &str) -> Vec<model::Backup> {
    let call = client.list_backups().instance_id(instance);
    let reply = call.send().await.unwrap();
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
async fn backup_is_made_while_its_task_tells_the_progress_then_deleted() {
    let (sandbox, client, instance) = start().await;
    let call = client
        .create_backup()
        .instance_id(&instance)
        .name("night-1");
    let reply = call.description("before the change").send().await.unwrap();
    let (made, job_id) = (reply.backup.unwrap(), reply.job_id.unwrap());
    assert_suffixed(made.id.as_deref(), "br14");
    assert_uuid(Some(&job_id));
    assert_eq!(made.instance_id.as_deref(), Some(instance.as_str()));
    assert_suffixed(made.instance_id.as_deref(), "in14");
    assert_eq!(made.name.as_deref(), Some("night-1"));
    assert_eq!(made.description.as_deref(), Some("before the change"));
    assert_eq!(made.status, Some(BackupStatus::Building));
    assert_eq!(made.backup_type, Some(BackupType::Manual));
    assert_eq!(
        (made.size, made.end_time, made.datastore),
        (None, None, None)
    );
    let begin = seconds(made.begin_time.as_ref());
    let id = made.id.unwrap();
    let listed = show(&client, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Building));
    assert_eq!((listed.size, listed.end_time), (None, None));

    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.id.as_deref(), Some(job_id.as_str()));
    assert_eq!(
        job.name.as_deref(),
        Some("BackupSnapshotGaussDBV5InInstance")
    );
    assert_eq!(job.status, Some(JobStatus::Running));
    assert_eq!(seconds(job.created.as_ref()), begin);
    assert_eq!((job.ended, job.fail_reason), (None, None));
    assert_eq!(job.instance.unwrap().id.as_deref(), Some(instance.as_str()));
    let percent = |text: Option<String>| -> u32 {
        let text = text.unwrap();
        text.strip_suffix('%').unwrap().parse().unwrap()
    };
    assert!(percent(job.progress) < 50);
    sandbox.advance(MINUTE * 3 / 4);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Running));
    assert!((50..100).contains(&percent(job.progress)));

    sandbox.advance(MADE);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    assert_eq!(job.progress.as_deref(), Some(""));
    assert_eq!(job.fail_reason, None);
    assert_eq!(seconds(job.ended.as_ref()), begin + 90);
    let listed = show(&client, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Completed));
    assert_eq!(listed.size, Some(2803.0), "in MB");
    assert_eq!(seconds(listed.end_time.as_ref()), begin + 90);
    assert_eq!(listed.description.as_deref(), Some("before the change"));
    assert_eq!(listed.datastore.unwrap().r#type.as_deref(), Some("GaussDB"));

    let deleted = client.delete_backup(&id).send().await.unwrap();
    assert_eq!(deleted.backup_id.as_deref(), Some(id.as_str()));
    assert_eq!(deleted.backup_name.as_deref(), Some("night-1"));
    assert_eq!(show(&client, &id).await, None);
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.201010"));
}

#[tokio::test]
async fn task_of_a_backup_that_fails_says_why() {
    let (sandbox, client, instance) = start().await;
    sandbox.fault(Fault::failed_job().on("gaussdb-opengauss", "create_backup"));
    let (id, job_id) = create(&client, &instance, "lost").await.unwrap();
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Running));
    sandbox.advance(MADE);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Failed));
    assert_eq!(job.progress.as_deref(), Some(""));
    assert!(job.fail_reason.unwrap().contains("fail"));
    assert!(job.ended.is_some());
    let listed = show(&client, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Failed));
    assert_eq!(listed.size, Some(0.0));
    assert!(listed.end_time.is_some());
}

#[tokio::test]
async fn creating_is_refused_for_unknown_instances_names_that_repeat_and_while_one_is_made() {
    let (sandbox, client, instance) = start().await;
    let error = create(&client, "nonein14", "first").await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.200002"));
    let error = create(&away(&sandbox), &instance, "first").await;
    assert_eq!(refused(&error.unwrap_err()), (404, "DBS.200002"));
    create(&client, &instance, "first").await.unwrap();
    let error = create(&client, &instance, "second").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201205"));
    assert!(message_of(&error).contains("being made"));
    sandbox.advance(MADE);
    let error = create(&client, &instance, "first").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201201"));
    let manual = list(&client, &instance).await;
    assert_eq!(of_kind(&manual, BackupType::Manual).len(), 1);
}

#[tokio::test]
async fn what_the_client_would_not_send_is_refused_by_the_service_too() {
    let (_sandbox, client, instance) = start().await;
    for name in ["abc", "4bcd", "a b c", "", &"a".repeat(65)] {
        let call = client.create_backup().instance_id(&instance).name(name);
        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"), "{name}");
        assert!(message_of(&error).contains("/body/name"), "{error}");
    }
    let call = client
        .list_backups()
        .limit(101)
        .offset(-1)
        .backup_type("none");
    let error = call.with_validation(false).send().await.unwrap_err();
    for place in ["/query/limit", "/query/offset", "/query/backup_type"] {
        assert!(message_of(&error).contains(place), "{error}");
    }
    assert_eq!(list(&client, &instance).await.len(), 1);
}

#[tokio::test]
async fn only_finished_backups_of_callers_can_be_deleted() {
    let (sandbox, client, instance) = start().await;
    let scheduled = list(&client, &instance).await.remove(0).id.unwrap();
    let error = client.delete_backup(&scheduled).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201218"));
    assert!(show(&client, &scheduled).await.is_some());
    let (id, _) = create(&client, &instance, "kept").await.unwrap();
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201208"));
    let elsewhere: Client = away(&sandbox);
    for id in [id.as_str(), "none"] {
        let error = elsewhere.delete_backup(id).send().await.unwrap_err();
        assert_eq!(refused(&error), (404, "DBS.201010"));
    }
    assert!(show(&client, &id).await.is_some());
}

#[tokio::test]
async fn tasks_are_known_to_their_project_for_a_month() {
    let (sandbox, client, instance) = start().await;
    let (id, job_id) = create(&client, &instance, "followed").await.unwrap();
    let elsewhere: Client = away(&sandbox);
    for error in [task(&client, "none").await, task(&elsewhere, &job_id).await] {
        assert_eq!(refused(&error.unwrap_err()), (400, "DBS.200543"));
    }
    sandbox.advance(DAY * 30);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    sandbox.advance(DAY * 2);
    let error = task(&client, &job_id).await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200543"));
    assert!(show(&client, &id).await.is_some());
}

#[tokio::test]
async fn schedule_makes_a_full_backup_a_day_that_is_kept_for_seven() {
    let (sandbox, client, instance) = start().await;
    let first = list(&client, &instance).await.remove(0);
    assert_eq!(first.backup_type, Some(BackupType::Auto));
    assert_eq!(first.status, Some(BackupStatus::Completed));
    assert_eq!(first.instance_id.as_deref(), Some(instance.as_str()));
    let first_begin = seconds(first.begin_time.as_ref());
    sandbox.advance(DAY - 2 * HOUR);
    assert_eq!(
        list(&client, &instance).await.len(),
        1,
        "incremental ones are not listed"
    );
    sandbox.advance(HOUR + MINUTE / 2);
    let building = list(&client, &instance).await.remove(0);
    assert_eq!(building.status, Some(BackupStatus::Building));
    assert_eq!(seconds(building.begin_time.as_ref()), first_begin + 86_400);
    sandbox.advance(DAY * 6);
    let listed = list(&client, &instance).await;
    assert_eq!(listed.len(), 7);
    assert!(!ids(&listed).contains(&first.id.as_deref().unwrap()));
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let (sandbox, client, instance) = start().await;
    create(&client, &instance, "by-hand").await.unwrap();
    sandbox.advance(DAY * 4);
    let all = list(&client, &instance).await;
    let begins: Vec<i64> = all
        .iter()
        .map(|it| seconds(it.begin_time.as_ref()))
        .collect();
    assert_eq!(all.len(), 6);
    assert!(begins.is_sorted_by(|a, b| a > b), "the newest first");
    for (offset, limit, expected) in [(0, 4, 0..4), (4, 4, 4..6), (6, 1, 6..6), (99, 100, 6..6)] {
        let page = client
            .list_backups()
            .instance_id(&instance)
            .offset(offset)
            .limit(limit)
            .send()
            .await
            .unwrap();
        assert_eq!(page.total_count, Some(6), "of all pages");
        assert_eq!(ids(&page.backups.unwrap()), ids(&all)[expected]);
    }
    let total = async |call: cloudbackup_gaussdb_opengauss_client::ListBackups| {
        call.send().await.unwrap().total_count.unwrap()
    };
    let call = client.list_backups().instance_id(&instance);
    assert_eq!(total(call.clone().backup_type(BackupType::Auto)).await, 5);
    assert_eq!(total(call.clone().backup_type(BackupType::Manual)).await, 1);
    let spare = &sandbox.inventory().gaussdb_opengauss_spare_instance;
    assert_eq!(total(call.clone().instance_id(spare)).await, 4);
    assert_eq!(total(client.list_backups()).await, 6 + 4, "of the project");
    assert_eq!(total(call.clone().instance_id("nonein14")).await, 0);
    assert_eq!(
        total(call.clone().begin_time(at(begins[2]))).await,
        3,
        "from then on"
    );
    assert_eq!(
        total(call.clone().end_time(at(begins[2]))).await,
        4,
        "up to then"
    );
    let period = call
        .clone()
        .begin_time(at(begins[3]))
        .end_time(at(begins[1]));
    assert_eq!(total(period).await, 3);
    let elsewhere: Client = away(&sandbox);
    assert_eq!(total(elsewhere.list_backups()).await, 0);
}

#[tokio::test]
async fn years_ahead_the_schedule_goes_on_and_lists_stay_short() {
    let (sandbox, client, instance) = start().await;
    for (name, jump) in [
        ("month", DAY * 30),
        ("century", CENTURY),
        ("another", CENTURY),
    ] {
        sandbox.advance(jump);
        let (id, job_id) = create(&client, &instance, name).await.unwrap();
        let listed = list(&client, &instance).await;
        assert!((7..=8).contains(&of_kind(&listed, BackupType::Auto).len()));
        let begins = listed.iter().map(|it| seconds(it.begin_time.as_ref()));
        let scheduled = of_kind(&listed, BackupType::Auto);
        let last = seconds(scheduled[0].begin_time.as_ref());
        assert_eq!(
            begins.max().unwrap() / 86_400,
            last / 86_400,
            "one of today"
        );
        sandbox.advance(MADE);
        let job = task(&client, &job_id).await.unwrap();
        assert_eq!(job.status, Some(JobStatus::Completed));
        let made = show(&client, &id).await.unwrap();
        assert_eq!(made.status, Some(BackupStatus::Completed));
    }
    let newest = list(&client, &instance).await.remove(0).begin_time.unwrap();
    assert!(newest.as_str().starts_with("2224-06-2"), "{newest}");
}

#[tokio::test]
async fn create_that_was_reset_after_its_effect_made_one_backup() {
    let (sandbox, client, instance) = start().await;
    sandbox.fault(Fault::reset_after_effect().on("gaussdb-opengauss", "create_backup"));
    let error = create(&client, &instance, "answer-lost").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(error.attempts().len(), 1);
    let listed = list(&client, &instance).await;
    let made = of_kind(&listed, BackupType::Manual);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].name.as_deref(), Some("answer-lost"));
    assert_eq!(made[0].status, Some(BackupStatus::Building));
}
