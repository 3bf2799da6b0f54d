//! Tasks of openGauss.

use cloudbackup_gaussdb_opengauss_client::{Client, ListTasks, model};
use model::TaskName;

use super::super::{DAY, MADE, MINUTE, STOPPED, away, refused, seconds};
use super::{JobStatus, create, start, task};

/// The newest tasks, a hundred at most.
pub(super) async fn listed(client: &Client) -> Vec<model::Task> {
    let reply = client.list_tasks().send().await.unwrap();
    let tasks = reply.tasks.unwrap();
    assert_eq!(reply.total_count.unwrap(), tasks.len() as i64);
    tasks
}

async fn total(call: ListTasks) -> i64 {
    call.send().await.unwrap().total_count.unwrap()
}

#[tokio::test]
async fn task_is_listed_with_its_instance_and_its_record_can_be_deleted() {
    let (sandbox, client, instance) = start().await;
    let (_, job_id) = create(&client, &instance, "followed").await.unwrap();
    sandbox.advance(MINUTE / 2);
    let running = listed(&client).await.remove(0);
    assert_eq!(running.job_id.as_deref(), Some(job_id.as_str()));
    assert_eq!(running.status, Some(JobStatus::Running));
    assert_eq!((&running.ended_at, &running.fail_reason), (&None, &None));
    let percent: u32 = running.process.unwrap().parse().unwrap();
    assert!((30..60).contains(&percent), "no sign in the list");
    let told = running.instance_info.unwrap();
    assert_eq!(told.instance_id, Some(instance.clone()));
    assert_eq!(told.instance_name.as_deref(), Some("sandbox-gaussdb"));
    assert_eq!(told.instance_status.as_deref(), Some("backing up"));
    let error = client.delete_job(&job_id).send().await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"), "it is running");

    sandbox.advance(MADE);
    let done = listed(&client).await.remove(0);
    assert_eq!(done.status, Some(JobStatus::Completed));
    assert_eq!(done.process.as_deref(), Some(""));
    let took = seconds(done.ended_at.as_ref()) - seconds(done.created_at.as_ref());
    assert_eq!(took, 90);
    let told = done.instance_info.unwrap();
    assert_eq!(told.instance_status.as_deref(), Some("active"));

    let elsewhere: Client = away(&sandbox);
    let error = elsewhere.delete_job(&job_id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200543"));
    client.delete_job(&job_id).send().await.unwrap();
    assert_eq!(listed(&client).await, []);
    let error = task(&client, &job_id).await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200543"));
    let error = client.delete_job(&job_id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200543"));
}

#[tokio::test]
async fn tasks_are_filtered_by_state_kind_and_time_for_a_month() {
    let (sandbox, client, instance) = start().await;
    create(&client, &instance, "first").await.unwrap();
    sandbox.advance(MADE);
    create(&client, &instance, "second").await.unwrap();
    client.stop_backup(&instance).send().await.unwrap();
    sandbox.advance(STOPPED);
    create(&client, &instance, "third").await.unwrap();
    let all = listed(&client).await;
    let call = client.list_tasks();
    let backups = call.clone().name(TaskName::CreateBackup);
    for (call, expected) in [
        (call.clone(), 4),
        (call.clone().status(JobStatus::Running), 1),
        (call.clone().status(JobStatus::Completed), 2),
        (call.clone().status(JobStatus::Failed), 1),
        (backups.clone(), 3),
        (call.clone().name(TaskName::RestoreInstance), 0),
        (backups.status(JobStatus::Failed), 1),
    ] {
        assert_eq!(total(call.clone()).await, expected, "{call:?}");
    }
    let millis = |task: &model::Task| seconds(task.created_at.as_ref()) * 1000;
    let [newest, oldest] = [&all[0], &all[3]].map(millis);
    for (start, end, expected) in [
        (Some(oldest), Some(newest + 1000), 4),
        (Some(oldest + 1000), None, 3),
        (None, Some(newest - 1000), 3),
        (Some(newest + 1000), None, 0),
        (None, Some(oldest - 1), 0),
    ] {
        let mut call = call.clone();
        if let Some(start) = start {
            call = call.start_time(start.to_string());
        }
        if let Some(end) = end {
            call = call.end_time(end.to_string());
        }
        assert_eq!(total(call).await, expected, "{start:?} {end:?}");
    }
    let backwards = call.clone().start_time("5").end_time("4").send().await;
    assert_eq!(refused(&backwards.unwrap_err()), (400, "DBS.280001"));
    let page = call.clone().offset(1).limit(2).send().await.unwrap();
    assert_eq!(page.total_count, Some(4));
    let page = page.tasks.unwrap().into_iter().map(|it| it.job_id);
    let second_and_third = all[1..3].iter().map(|it| it.job_id.clone());
    assert!(page.eq(second_and_third));
    let call = call
        .limit(101)
        .name("BackupSnapshot")
        .with_validation(false);
    let error = call.send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.280001"));
    assert_eq!(total(away::<Client>(&sandbox).list_tasks()).await, 0);
    sandbox.advance(DAY * 32);
    assert_eq!(listed(&client).await, []);
}
