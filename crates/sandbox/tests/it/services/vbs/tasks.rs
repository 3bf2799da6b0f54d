//! Tasks of VBS's policies.

use std::collections::HashSet;
use std::time::Duration;

use cloudbackup_sandbox::{Fault, Sandbox};
use cloudbackup_vbs_client::{Client, ListBackupPolicyTasks, model};
use model::{BackupStatus, BackupTaskStatus, JobStatus, ScheduledPolicy, SortOrder};

use super::super::{DAY, HOUR, MADE, MINUTE, away, message_of, refused};
use super::{
    ALL_HOURS, attach, back_up, backups, create, create_with, execute, job_of, list, start, tasks,
    volumes,
};

/// More than a task takes.
const TASK: Duration = Duration::from_secs(110);

/// A policy with all disks that was carried out every hour for 15 days.
async fn many_tasks() -> (Sandbox, Client, String) {
    let (sandbox, client) = start().await;
    let hourly = ScheduledPolicy::builder()
        .start_time(ALL_HOURS)
        .frequency(1)
        .retention_num(2)
        .status("ON");
    let policy = create_with(&client, hourly.build()).await;
    attach(&client, &policy, &volumes(&sandbox)).await;
    sandbox.advance(DAY * 15 + MINUTE * 5);
    (sandbox, client, policy)
}

async fn page(call: ListBackupPolicyTasks) -> Vec<String> {
    let tasks = call.send().await.unwrap().tasks.unwrap().into_iter();
    tasks.map(|task| task.job_id.unwrap()).collect()
}

#[tokio::test]
async fn policy_that_is_carried_out_has_a_task_for_each_disk() {
    let (sandbox, client) = start().await;
    let policy = create(&client, "policy").await.unwrap();
    let attached = &volumes(&sandbox)[..2];
    attach(&client, &policy, attached).await;
    assert_eq!(tasks(&client, &policy).await, []);
    let call = client.execute_backup_policy(&policy);
    assert_eq!(call.send_with_response().await.unwrap().status(), 204);

    let waiting = tasks(&client, &policy).await;
    let disks: HashSet<_> = waiting
        .iter()
        .map(|it| it.resource_id.as_deref().unwrap())
        .collect();
    assert_eq!(disks, attached.iter().copied().collect());
    for task in &waiting {
        assert_eq!(task.status, Some(BackupTaskStatus::Waiting));
        assert_eq!(task.resource_type, Some(model::ResourceType::Volume));
        let created = task.created_at.as_ref().unwrap();
        assert_eq!(created.as_str().len(), "2016-12-03T06:24:34.467".len());
        assert_eq!((&task.finished_at, &task.vbs_job_id), (&None, &None));
        assert!(task.backup_name.as_ref().unwrap().starts_with("autobk_"));
    }

    sandbox.advance(Duration::from_secs(15));
    for task in tasks(&client, &policy).await {
        assert_eq!(task.status, Some(BackupTaskStatus::Running));
        let job = job_of(&client, task.vbs_job_id.as_deref().unwrap()).await;
        assert!([Some(JobStatus::Init), Some(JobStatus::Running)].contains(&job.status));
    }
    sandbox.advance(TASK);
    for task in tasks(&client, &policy).await {
        assert_eq!(task.status, Some(BackupTaskStatus::ExecuteSuccess));
        assert!(task.finished_at.is_some() && task.code.is_none());
        let call = client.list_backup_details().name(task.backup_name.unwrap());
        let backup = call.send().await.unwrap().backups.unwrap().remove(0);
        assert_eq!(backup.status, Some(BackupStatus::Available));
        assert_eq!(backup.volume_id, task.resource_id);
        let job = job_of(&client, task.vbs_job_id.as_deref().unwrap()).await;
        assert_eq!(job.entities.unwrap().get("backup_id"), backup.id.as_ref());
    }
}

#[tokio::test]
async fn policy_that_cannot_be_carried_out_is_refused() {
    let (sandbox, client) = start().await;
    let policy = create(&client, "policy").await.unwrap();
    let error = execute(&client, &policy).await.unwrap_err();
    assert_eq!(refused(&error), (400, "AutoBackup.1700"), "no disks");
    attach(&client, &policy, &volumes(&sandbox)).await;
    let elsewhere: Client = away(&sandbox);
    for (caller, id) in [(&client, "none"), (&elsewhere, policy.as_str())] {
        let error = execute(caller, id).await.unwrap_err();
        assert_eq!(refused(&error), (404, "AutoBackup.0205"));
        let error = caller
            .list_backup_policy_tasks(id)
            .send()
            .await
            .unwrap_err();
        assert_eq!(refused(&error), (404, "AutoBackup.0205"));
    }
    execute(&client, &policy).await.unwrap();
    for _ in 0..2 {
        let error = execute(&client, &policy).await.unwrap_err();
        assert_eq!(refused(&error), (409, "AutoBackup.0225"));
        let error = client.delete_backup_policy(&policy).send().await;
        assert_eq!(refused(&error.unwrap_err()), (409, "AutoBackup.0225"));
        sandbox.advance(Duration::from_secs(15));
    }
    sandbox.advance(TASK);
    execute(&client, &policy).await.unwrap();
    sandbox.advance(TASK);
    client.delete_backup_policy(&policy).send().await.unwrap();
    assert_eq!(list(&client).await, []);
    assert_eq!(backups(&client).await.len(), 7, "they outlive the policy");
}

#[tokio::test]
async fn tasks_fail_where_the_backup_does_or_the_disk_is_busy() {
    let (sandbox, client) = start().await;
    let policy = create(&client, "policy").await.unwrap();
    let disks = volumes(&sandbox);
    attach(&client, &policy, &disks[..2]).await;
    sandbox.fault(Fault::failed_job().on("vbs", "execute_backup_policy"));
    execute(&client, &policy).await.unwrap();
    sandbox.advance(TASK);
    for task in tasks(&client, &policy).await {
        assert_eq!(task.status, Some(BackupTaskStatus::ExecuteFail));
        assert_eq!(task.code.as_deref(), Some("VolumeBackup.0064"));
        assert!(task.message.is_some() && task.finished_at.is_some());
        let job = job_of(&client, &task.vbs_job_id.unwrap()).await;
        assert_eq!(job.status, Some(JobStatus::Fail));
    }
    let newest = backups(&client).await.remove(0);
    assert_eq!(newest.status, Some(BackupStatus::Error));

    back_up(&client, disks[0], "by-hand").await.unwrap();
    execute(&client, &policy).await.unwrap();
    sandbox.advance(TASK);
    let newest = &tasks(&client, &policy).await[..2];
    for (disk, status, code) in [
        (
            disks[0],
            BackupTaskStatus::ExecuteFail,
            Some("VolumeBackup.0013"),
        ),
        (disks[1], BackupTaskStatus::ExecuteSuccess, None),
    ] {
        let mut newest = newest.iter();
        let task = newest.find(|it| it.resource_id.as_deref() == Some(disk));
        let task = task.unwrap();
        assert_eq!(task.status, Some(status));
        assert_eq!(task.code.as_deref(), code);
    }
}

#[tokio::test]
async fn schedule_skips_a_disk_whose_task_has_not_ended() {
    let (sandbox, client) = start().await;
    // Every second day at noon.
    let policy = create(&client, "policy").await.unwrap();
    attach(&client, &policy, &volumes(&sandbox)[..1]).await;
    sandbox.advance(HOUR * 2 - MINUTE);
    execute(&client, &policy).await.unwrap();
    sandbox.advance(MINUTE * 5);
    let found = tasks(&client, &policy).await;
    let states: Vec<_> = found
        .iter()
        .map(|task| task.status.clone().unwrap())
        .collect();
    assert_eq!(
        states,
        [BackupTaskStatus::Skip, BackupTaskStatus::ExecuteSuccess]
    );
    assert_eq!(found[0].vbs_job_id, None);
    assert!(found[0].finished_at.is_some());
}

#[tokio::test]
async fn list_of_tasks_is_paged_to_its_end() {
    let (_sandbox, client, policy) = many_tasks().await;
    let call = client.list_backup_policy_tasks(&policy);
    let reply = call.clone().send().await.unwrap();
    let total = usize::try_from(reply.count.unwrap()).unwrap();
    assert!(total >= 1050, "{total}");
    assert_eq!(reply.tasks.unwrap().len(), 20, "unless it is said");
    let all = page(call.clone().limit(5000)).await;
    assert_eq!(all.len(), total);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), total);

    let mut seen = Vec::new();
    while seen.len() < total {
        let offset = i64::try_from(seen.len()).unwrap();
        let found = page(call.clone().offset(offset).limit(100)).await;
        assert_eq!(found.len(), 100.min(total - seen.len()));
        seen.extend(found);
    }
    assert_eq!(seen, all);
    let mut by_marker = page(call.clone().limit(500)).await;
    loop {
        let last = by_marker.last().unwrap();
        let found = page(call.clone().marker(last).limit(500)).await;
        if found.is_empty() {
            break;
        }
        by_marker.extend(found);
    }
    assert_eq!(by_marker, all);
    let after = page(call.clone().marker(&all[9]).offset(5).limit(2)).await;
    assert_eq!(after, all[15..17]);
    for call in [
        call.clone().marker("none"),
        call.clone().offset(-1),
        call.clone().limit(-1),
    ] {
        let error = call.send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "AutoBackup.0102"));
        assert!(message_of(&error).contains("/query"), "{error}");
    }
}

#[tokio::test]
async fn list_of_tasks_is_sorted_by_time_and_holds_what_fits() {
    let (sandbox, client, policy) = many_tasks().await;
    let call = client.list_backup_policy_tasks(&policy).limit(5000);
    let all = page(call.clone()).await;
    let times: Vec<_> = tasks(&client, &policy).await;
    let times: Vec<_> = times
        .iter()
        .map(|it| it.created_at.as_ref().unwrap().as_str())
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "the newest first");
    for key in [None, Some("created_at")] {
        let mut call = call.clone().sort_dir(SortOrder::Ascending);
        if let Some(key) = key {
            call = call.sort_key(key);
        }
        let mut upward = page(call).await;
        upward.reverse();
        assert_eq!(upward, all);
    }
    assert_eq!(
        page(call.clone().sort_dir(SortOrder::Descending)).await,
        all
    );

    execute(&client, &policy).await.unwrap();
    let waiting = call.clone().status(BackupTaskStatus::Waiting);
    let reply = waiting.clone().send().await.unwrap();
    assert_eq!((reply.count, reply.tasks.unwrap().len()), (Some(3), 3));
    sandbox.advance(MADE);
    assert_eq!(page(waiting).await.len(), 0);
    let one = call.clone().job_id(&all[7]);
    assert_eq!(page(one.clone()).await, all[7..8]);
    assert_eq!(
        page(one.status(BackupTaskStatus::ExecuteFail)).await.len(),
        0
    );
    assert_eq!(page(call.clone().job_id("none")).await.len(), 0);
    let call = call.status("DONE").with_validation(false);
    let error = call.send().await.unwrap_err();
    assert!(message_of(&error).contains("/query/status"), "{error}");
}

#[tokio::test]
async fn tasks_are_forgotten_after_thirty_days() {
    let (sandbox, client) = start().await;
    let policy = create(&client, "policy").await.unwrap();
    attach(&client, &policy, &volumes(&sandbox)[..1]).await;
    sandbox.advance(HOUR * 2 + MINUTE);
    let first = tasks(&client, &policy).await.remove(0).job_id;
    let is_there = |tasks: &[model::BackupTask]| tasks.iter().any(|it| it.job_id == first);
    sandbox.advance(DAY * 30 - HOUR);
    assert!(is_there(&tasks(&client, &policy).await));
    sandbox.advance(HOUR * 2);
    let left = tasks(&client, &policy).await;
    assert!(!is_there(&left) && !left.is_empty());
}
