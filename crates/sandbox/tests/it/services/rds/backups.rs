//! Stopping backups, deleting several, and their files.

use cloudbackup_rds_client::Client;
use cloudbackup_sandbox::Fault;

use super::super::{AWAY, DAY, HOUR, MADE, MINUTE, STOPPED, away, project, refused, seconds};
use super::tasks::{task, tasks};
use super::{BackupStatus, BackupType, create, model, of_kind, show, start};

/// Makes a backup and waits for it; its id.
pub(super) async fn made(
    sandbox: &cloudbackup_sandbox::Sandbox,
    client: &Client,
    instance: &str,
    name: &str,
) -> String {
    let made = create(client, instance, name).await.unwrap();
    sandbox.advance(MADE);
    made.id.unwrap()
}

#[tokio::test]
async fn stopped_backup_fails_before_its_time() {
    let (sandbox, client, instance) = start().await;
    let id = create(&client, &instance, "too-slow").await.unwrap().id;
    let id = id.unwrap();
    sandbox.advance(MINUTE / 2);
    let stop = client.stop_backup(&instance).send().await.unwrap();
    let stop = stop.job_id.unwrap();
    let job = task(&client, &stop).await.unwrap();
    assert_eq!(job.status, Some(model::JobStatus::Running));
    let listed = show(&client, &instance, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Building), "not yet");
    let error = client.stop_backup(&instance).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201208"), "it is being stopped");

    sandbox.advance(STOPPED);
    let job = task(&client, &stop).await.unwrap();
    assert_eq!(job.status, Some(model::JobStatus::Completed));
    let listed = show(&client, &instance, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Failed));
    assert_eq!(listed.size, Some(0));
    let took = seconds(listed.end_time.as_ref()) - seconds(listed.begin_time.as_ref());
    assert!((40..60).contains(&took), "{took}");
    let all = tasks(&client).await;
    assert_eq!(all[0].id, Some(stop));
    assert_eq!(all[1].status, Some(model::JobStatus::Failed));
    assert!(all[1].fail_reason.as_ref().unwrap().contains("stopped"));

    // Nothing of it comes to life again, and the next one is made as ever.
    sandbox.advance(MADE);
    let listed = show(&client, &instance, &id).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Failed));
    let next = made(&sandbox, &client, &instance, "next").await;
    let listed = show(&client, &instance, &next).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Completed));
}

#[tokio::test]
async fn backups_on_schedule_can_be_stopped_and_those_that_end_before_are_not() {
    let (sandbox, client, instance) = start().await;
    let error = client.stop_backup(&instance).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201208"), "there is none");
    let error = client.stop_backup("nonein01").send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.200002"));
    sandbox.advance(23 * HOUR + MINUTE / 2);
    client.stop_backup(&instance).send().await.unwrap();
    sandbox.advance(STOPPED);
    let listed = super::list(&client, &instance).await;
    let newest = of_kind(&listed, BackupType::Auto)[0];
    assert_eq!(newest.status, Some(BackupStatus::Failed));

    let id = create(&client, &instance, "nearly-done").await.unwrap().id;
    sandbox.advance(MINUTE * 82 / 60);
    let stop = client.stop_backup(&instance).send().await.unwrap();
    sandbox.advance(STOPPED);
    let listed = show(&client, &instance, &id.unwrap()).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Completed));
    let job = task(&client, &stop.job_id.unwrap()).await.unwrap();
    assert_eq!(job.status, Some(model::JobStatus::Completed));
}

#[tokio::test]
async fn backup_goes_on_when_stopping_it_fails() {
    let (sandbox, client, instance) = start().await;
    let id = create(&client, &instance, "goes-on").await.unwrap().id;
    sandbox.fault(Fault::failed_job().on("rds", "stop_backup"));
    let stop = client.stop_backup(&instance).send().await.unwrap();
    sandbox.advance(STOPPED);
    let job = task(&client, &stop.job_id.unwrap()).await.unwrap();
    assert_eq!(job.status, Some(model::JobStatus::Failed));
    assert!(job.fail_reason.unwrap().contains("fail"));
    client.stop_backup(&instance).send().await.unwrap();
    sandbox.clear_faults();
    sandbox.advance(MADE);
    let listed = show(&client, &instance, &id.unwrap()).await.unwrap();
    assert_eq!(listed.status, Some(BackupStatus::Failed), "the second time");
}

#[tokio::test]
async fn each_of_several_backups_is_deleted_or_not_for_itself() {
    let (sandbox, client, instance) = start().await;
    let first = made(&sandbox, &client, &instance, "first").await;
    let second = made(&sandbox, &client, &instance, "second").await;
    let scheduled = super::list(&client, &instance).await.pop().unwrap();
    let scheduled = scheduled.id.unwrap();
    let building = create(&client, &instance, "third").await.unwrap();
    let building = building.id.unwrap();
    let ids = [&first, "none", &scheduled, &building, &second, &first];
    let call = client.delete_backups().backup_ids(ids);
    let results = call.send().await.unwrap().delete_results.unwrap();
    let told: Vec<(&str, &str)> = results
        .iter()
        .map(|it| {
            let (id, code) = (it.backup_id.as_deref(), it.error_code.as_deref());
            let is_success = it.error_msg.as_deref() == Some("Success");
            assert_eq!(is_success, code == Some("0"));
            (id.unwrap(), code.unwrap())
        })
        .collect();
    let expected = [
        "0",
        "DBS.201010",
        "DBS.201218",
        "DBS.201208",
        "0",
        "DBS.201010",
    ];
    let expected: Vec<(&str, &str)> = ids.into_iter().zip(expected).collect();
    assert_eq!(told, expected, "in the order of the request");
    for id in [&first, &second] {
        assert_eq!(show(&client, &instance, id).await, None);
    }
    for id in [&scheduled, &building] {
        assert!(show(&client, &instance, id).await.is_some());
    }

    for count in [0, 51] {
        let call = client.delete_backups().backup_ids(vec!["none"; count]);
        super::wrong(call.with_validation(false).send()).await;
    }
}

#[tokio::test]
async fn files_of_a_backup_have_links_that_end() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "to-download").await;
    let reply = client.list_backup_files().backup_id(&id).send().await;
    let reply = reply.unwrap();
    assert_eq!(reply.bucket.as_deref(), Some("backups.mysql.eu-de"));
    let files = reply.files.unwrap();
    let sizes: i64 = files.iter().map(|it| it.size.unwrap()).sum();
    assert_eq!(
        (files.len(), sizes),
        (3, 2803 * 1024),
        "in KB, as the backup"
    );
    let listed = show(&client, &instance, &id).await.unwrap();
    let begin = seconds(listed.begin_time.as_ref());
    for file in &files {
        assert!(file.name.as_ref().unwrap().starts_with(&id));
        let link = file.download_link.as_ref().unwrap();
        assert!(link.contains(".invalid/") && link.contains(&id), "{link}");
        let ends = seconds(file.link_expired_time.as_ref()) - begin;
        assert!((3600..2 * 3600).contains(&ends), "{ends}");
        assert_eq!(file.database_name, None);
    }
    let again = client.list_backup_files().backup_id(&id).send().await;
    assert_ne!(
        again.unwrap().files.unwrap()[0].download_link,
        files[0].download_link
    );
}

#[tokio::test]
async fn files_are_where_the_backup_is_and_of_completed_ones_only() {
    let (sandbox, client, instance) = start().await;
    let elsewhere: Client = away(&sandbox);
    let policy = model::NewOffsiteBackupPolicy::builder()
        .backup_type(model::PolicyBackupType::All)
        .keep_days(7)
        .destination_region(AWAY)
        .destination_project_id(project(&sandbox, AWAY))
        .build();
    let call = client.update_offsite_backup_policy(&instance);
    call.policy_para(policy).send().await.unwrap();
    sandbox.advance(DAY);
    let call = elsewhere.list_offsite_backups().instance_id(&instance);
    let copies = call.backup_type("incremental").send().await.unwrap();
    let copy = copies.backups.unwrap().remove(0).id.unwrap();
    let files = elsewhere.list_backup_files().backup_id(&copy).send().await;
    let files = files.unwrap();
    assert_eq!(files.bucket.as_deref(), Some("backups.mysql.eu-nl"));
    assert_eq!(files.files.unwrap().len(), 1);

    let building = create(&client, &instance, "building").await.unwrap();
    let building = building.id.unwrap();
    for (client, id, expected) in [
        (&client, copy.as_str(), (404, "DBS.201010")),
        (&client, "none", (404, "DBS.201010")),
        (&client, &building, (400, "DBS.201208")),
        (&elsewhere, &building, (404, "DBS.201010")),
    ] {
        let error = client.list_backup_files().backup_id(id).send().await;
        assert_eq!(refused(&error.unwrap_err()), expected, "{id}");
    }
}
