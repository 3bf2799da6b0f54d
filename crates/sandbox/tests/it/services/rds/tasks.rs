//! Tasks of RDS.

use cloudbackup_rds_client::{Client, ListTasks};
use cloudbackup_runtime::Error;
use cloudbackup_sandbox::Fault;
use model::{InstanceStatus, JobStatus};

use super::super::{DAY, MADE, MINUTE, STOPPED, assert_uuid, away, message_of, refused, seconds};
use super::{create, model, start, wrong};

pub(super) async fn task(client: &Client, id: &str) -> Result<model::Job, Error> {
    let reply = client.show_job().id(id).send().await?;
    Ok(reply.job.unwrap())
}

/// The newest tasks, fifty at most.
pub(super) async fn tasks(client: &Client) -> Vec<model::Task> {
    let reply = client.list_tasks().limit(50).send().await.unwrap();
    let tasks = reply.tasks.unwrap();
    assert_eq!(reply.total_count.unwrap(), tasks.len() as i64);
    tasks
}

async fn total(call: ListTasks) -> i64 {
    let reply = call.send().await.unwrap();
    let total = reply.total_count.unwrap();
    assert_eq!(reply.actions.unwrap().is_empty(), total == 0);
    total
}

#[tokio::test]
async fn backup_names_no_task_but_the_list_has_it() {
    let (sandbox, client, instance) = start().await;
    assert_eq!(tasks(&client).await, []);
    let made = create(&client, &instance, "followed").await.unwrap();
    sandbox.advance(MINUTE / 2);
    let listed = tasks(&client).await.remove(0);
    assert_uuid(listed.id.as_deref());
    assert_eq!(listed.instance_id, Some(instance.clone()));
    assert_eq!(listed.instance_name.as_deref(), Some("sandbox-mysql"));
    assert_eq!(listed.instance_status, Some(InstanceStatus::BackingUp));
    assert_eq!(listed.status, Some(JobStatus::Running));
    assert_eq!(listed.order_id.as_deref(), Some(""));
    assert_eq!(listed.fail_reason, None);
    let percent: u32 = listed.process.as_ref().unwrap().parse().unwrap();
    assert!((30..60).contains(&percent), "no sign in the list");
    let begin = seconds(made.begin_time.as_ref());
    assert_eq!(seconds(listed.create_time.as_ref()), begin);
    assert_eq!(seconds(listed.end_time.as_ref()), begin + 90, "as planned");

    let id = listed.id.as_deref().unwrap();
    let job = task(&client, id).await.unwrap();
    assert_eq!((job.id.as_deref(), &job.name), (Some(id), &listed.name));
    assert_eq!(seconds(job.created.as_ref()), begin);
    assert!(job.process.unwrap().ends_with('%'));
    assert_eq!((job.ended, job.fail_reason), (None, None));
    let entities = job.entities.unwrap();
    assert_eq!((entities.instance, entities.resource_ids), (None, None));

    sandbox.advance(MADE);
    let job = task(&client, id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    assert_eq!(job.process.as_deref(), Some(""));
    assert_eq!(seconds(job.ended.as_ref()), begin + 90);
    let listed = tasks(&client).await.remove(0);
    assert_eq!(listed.instance_status, Some(InstanceStatus::Active));
    assert_eq!(listed.status, Some(JobStatus::Completed));
    assert_eq!(listed.process.as_deref(), Some(""));
}

#[tokio::test]
async fn tasks_are_filtered_by_everything_that_they_show() {
    let (sandbox, client, instance) = start().await;
    let spare = sandbox.inventory().rds_spare_instance.clone();
    sandbox.fault(Fault::failed_job().on("rds", "create_backup"));
    create(&client, &instance, "will-fail").await.unwrap();
    sandbox.advance(MADE);
    create(&client, &spare, "on-the-spare").await.unwrap();
    sandbox.advance(MADE);
    create(&client, &instance, "stopped").await.unwrap();
    client.stop_backup(&instance).send().await.unwrap();
    sandbox.advance(STOPPED);
    create(&client, &instance, "running").await.unwrap();
    let all = tasks(&client).await;
    let newest = all[0].id.clone().unwrap();
    assert_eq!(all.len(), 5);

    let call = client.list_tasks();
    let stops = all[1].name.clone().unwrap();
    for (call, expected) in [
        (call.clone().id(&newest), 1),
        (call.clone().id("none"), 0),
        (call.clone().instance_id(&spare), 1),
        (call.clone().instance_id(&instance), 4),
        (call.clone().instance_id("none"), 0),
        (call.clone().name(&stops), 1),
        (call.clone().name("RestoreSqlserverInInstance"), 0),
        (call.clone().status(JobStatus::Running), 1),
        (call.clone().status(JobStatus::Completed), 2),
        (call.clone().status(JobStatus::Failed), 2),
        (call.clone().order_id("none"), 0),
        (
            call.clone().status(JobStatus::Failed).instance_id(&spare),
            0,
        ),
    ] {
        assert_eq!(total(call.clone()).await, expected, "{call:?}");
    }
    let millis = |task: &model::Task| seconds(task.create_time.as_ref()) * 1000;
    let [newest, second, oldest] = [&all[0], &all[2], &all[4]].map(millis);
    for (start, end, expected) in [
        (oldest, newest + 1000, 5),
        (oldest + 1000, newest + 1000, 4),
        (oldest, oldest + 89_000, 0),
        (oldest, oldest + 91_000, 1),
        (second, second + 10_999, 2),
        (newest + 1000, newest + 2000, 0),
    ] {
        let call = call.clone().start_time(start.to_string());
        let call = call.end_time(end.to_string());
        assert_eq!(total(call).await, expected, "{start} {end}");
    }
    assert_eq!(
        total(call.clone().end_time((oldest + 91_000).to_string())).await,
        1
    );
    let message = wrong(call.clone().start_time("0").with_validation(false).send()).await;
    assert!(message.contains("/query/end_time"), "{message}");
    wrong(call.clone().limit(51).with_validation(false).send()).await;

    let reply = call.clone().limit(1).send().await.unwrap();
    let actions = reply.actions.unwrap();
    assert_eq!(actions.len(), 2, "of all pages, each once");
    assert!(actions.contains(&stops));
    let default = call.send().await.unwrap();
    assert_eq!(default.tasks.unwrap(), tasks(&client).await);
}

#[tokio::test]
async fn tasks_are_known_to_their_project_for_a_month() {
    let (sandbox, client, instance) = start().await;
    create(&client, &instance, "followed").await.unwrap();
    let id = tasks(&client).await.remove(0).id.unwrap();
    let elsewhere: Client = away(&sandbox);
    assert_eq!(tasks(&elsewhere).await, []);
    for error in [task(&client, "none").await, task(&elsewhere, &id).await] {
        let error = error.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.200543"));
        assert!(message_of(&error).contains("task"));
    }
    sandbox.advance(DAY * 30);
    assert_eq!(tasks(&client).await.len(), 1);
    sandbox.advance(DAY * 2);
    assert_eq!(tasks(&client).await, []);
    let error = task(&client, &id).await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200543"));
}
