//! Bringing back RDS instances that are there.

use cloudbackup_rds_client::{Client, model};
use cloudbackup_runtime::Error;
use cloudbackup_sandbox::{Fault, Sandbox};
use model::{InstanceStatus, JobStatus, RestoreType};

use super::super::{
    AWAY, DAY, HOUR, MADE, MINUTE, RESTORED, away, message_of, project, refused, seconds,
};
use super::backups::made;
use super::tasks::{task, tasks};
use super::{create, list, start, wrong};

pub(super) async fn times(client: &Client, instance: &str, date: Option<&str>) -> Vec<(i64, i64)> {
    let mut call = client.list_restore_times(instance);
    if let Some(date) = date {
        call = call.date(date);
    }
    let ranges = call.send().await.unwrap().restore_time.unwrap();
    pairs(ranges)
}

pub(super) fn pairs(ranges: Vec<model::RestoreTimeRange>) -> Vec<(i64, i64)> {
    let pairs = ranges.into_iter();
    pairs
        .map(|it| (it.start_time.unwrap(), it.end_time.unwrap()))
        .collect()
}

/// Midnight of 2024-05-21, in milliseconds.
const MIDNIGHT: i64 = 1_716_249_600_000;
const MILLIS_OF_HOUR: i64 = 3_600_000;

fn target(instance: &str) -> model::RestoreTarget {
    model::RestoreTarget::builder()
        .instance_id(instance)
        .build()
}

fn of_backup(instance: &str, id: &str) -> model::RestoreSource {
    let source = model::RestoreSource::builder().instance_id(instance);
    source.backup_id(id).build()
}

fn of_time(instance: &str, millis: i64) -> model::RestoreSource {
    let source = model::RestoreSource::builder().instance_id(instance);
    let source = source.r#type(RestoreType::Timestamp);
    source.restore_time(millis).build()
}

async fn restore(client: &Client, source: model::RestoreSource, to: &str) -> Result<String, Error> {
    let call = client.restore_instance().source(source).target(target(to));
    Ok(call.send().await?.job_id.unwrap())
}

async fn status(client: &Client, instance: &str) -> InstanceStatus {
    let task = tasks(client).await.into_iter();
    let mut of_instance = task.filter(|it| it.instance_id.as_deref() == Some(instance));
    of_instance.next().unwrap().instance_status.unwrap()
}

fn start_spare(sandbox: &Sandbox) -> String {
    sandbox.inventory().rds_spare_instance.clone()
}

#[tokio::test]
async fn backup_is_restored_to_another_instance_that_is_busy_until_then() {
    let (sandbox, client, instance) = start().await;
    let spare = start_spare(&sandbox);
    let id = made(&sandbox, &client, &instance, "to-restore").await;
    let call = client.restore_instance().source(of_backup(&instance, &id));
    let response = call.target(target(&spare)).send_with_response().await;
    let response = response.unwrap();
    assert_eq!(response.status(), 202);
    let job_id = response.into_inner().job_id.unwrap();
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Running));
    assert_eq!(job.instance.unwrap().id, Some(spare.clone()), "the target");
    assert_eq!(status(&client, &spare).await, InstanceStatus::Restoring);

    let error = create(&client, &spare, "not-now").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"));
    let again = restore(&client, of_backup(&instance, &id), &spare).await;
    assert_eq!(refused(&again.unwrap_err()), (409, "DBS.201015"));
    let off = model::NewBackupPolicy::builder().keep_days(0).build();
    let error = super::policy::set(&client, &spare, off).await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"));
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.200054"));
    assert!(message_of(&error).contains("in use"));
    create(&client, &instance, "meanwhile").await.unwrap();

    sandbox.advance(RESTORED);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    let took = seconds(job.ended.as_ref()) - seconds(job.created.as_ref());
    assert_eq!(took, 180);
    assert_eq!(status(&client, &spare).await, InstanceStatus::Active);
    create(&client, &spare, "now-it-works").await.unwrap();
    client.delete_backup(&id).send().await.unwrap();
}

#[tokio::test]
async fn instance_goes_back_to_a_moment_and_the_time_of_restoring_cannot_be_gone_back_to() {
    let (sandbox, client, instance) = start().await;
    sandbox.advance(HOUR);
    let before = times(&client, &instance, None).await;
    let [(first, last)] = before[..] else {
        panic!("{before:?}")
    };
    let nine = MIDNIGHT + 9 * MILLIS_OF_HOUR;
    assert_eq!(first / 1000, nine / 1000 + 90, "the end of the full backup");
    assert_eq!(
        last / 60_000,
        nine / 60_000 + 120 - 5,
        "five minutes behind"
    );

    let call = client.restore_instance_v3().target(target(&instance));
    let source = model::RestoreSourceV3::builder().instance_id(&instance);
    let source = source.r#type("timestamp").restore_time((first + last) / 2);
    let response = call.source(source.build()).send_with_response().await;
    let response = response.unwrap();
    assert_eq!(response.status(), 200);
    let job_id = response.into_inner().job_id.unwrap();
    let job = task(&client, &job_id).await.unwrap();
    let begun = seconds(job.created.as_ref());
    sandbox.advance(HOUR);
    let after = times(&client, &instance, None).await;
    assert_eq!(after.len(), 2, "{after:?}");
    assert_eq!((after[0].0, after[0].1 / 1000), (first, begun));
    assert_eq!(after[1].0 / 1000, begun + 180);
    assert!(after[1].1 > last);
    let within = of_time(&instance, begun * 1000 + 90_000);
    let error = restore(&client, within, &instance).await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.280001"));
    for (start, _) in after {
        let job_id = restore(&client, of_time(&instance, start), &instance).await;
        sandbox.advance(RESTORED);
        let job = task(&client, &job_id.unwrap()).await.unwrap();
        assert_eq!(job.status, Some(JobStatus::Completed));
    }
}

#[tokio::test]
async fn times_are_those_of_the_day_that_is_named() {
    let (sandbox, client, instance) = start().await;
    sandbox.advance(DAY * 2);
    let all = times(&client, &instance, None).await;
    let day = DAY.as_millis() as i64;
    for (date, expected) in [
        ("2024-05-20", vec![]),
        ("2024-05-21", vec![(all[0].0, MIDNIGHT + day - 1)]),
        ("2024-05-22", vec![(MIDNIGHT + day, MIDNIGHT + 2 * day - 1)]),
        ("2024-05-23", vec![(MIDNIGHT + 2 * day, all[0].1)]),
        ("2024-05-24", vec![]),
    ] {
        let mut found = times(&client, &instance, Some(date)).await;
        if let ([(_, end)], [(_, expected)]) = (&mut found[..], &expected[..]) {
            // The clock goes on between two calls.
            assert!((0..60_000).contains(&(*end - expected)), "{date}");
            *end = *expected;
        }
        assert_eq!(found, expected, "{date}");
    }
    for date in ["2024-02-30", "2024-13-01", "21-05-2024", "----------"] {
        let call = client.list_restore_times(&instance).date(date);
        let message = wrong(call.with_validation(false).send()).await;
        assert!(message.contains("/query/date"), "{message}");
    }
    let error = client.list_restore_times("none").send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.200002"));
    let spare = start_spare(&sandbox);
    assert_eq!(times(&client, &spare, Some("2024-05-21")).await, []);
    assert_eq!(times(&client, &spare, Some("2024-05-22")).await.len(), 1);
}

#[tokio::test]
async fn without_a_policy_there_is_no_moment_to_go_back_to() {
    let (sandbox, client, instance) = start().await;
    sandbox.advance(DAY);
    let off = model::NewBackupPolicy::builder().keep_days(0).build();
    super::policy::set(&client, &instance, off).await.unwrap();
    assert_eq!(times(&client, &instance, None).await, []);
    let daily = model::NewBackupPolicy::builder().keep_days(7);
    let daily = daily.start_time("12:00-13:00").period("1,2,3,4,5,6,7");
    super::policy::set(&client, &instance, daily.build())
        .await
        .unwrap();
    sandbox.advance(HOUR);
    assert_eq!(
        times(&client, &instance, None).await,
        [],
        "not before a full one"
    );
    sandbox.advance(DAY * 20);
    let [(first, last)] = times(&client, &instance, None).await[..] else {
        panic!("one")
    };
    let days = (last - first) / (DAY.as_millis() as i64);
    assert_eq!(days, 6, "as long as backups are kept");
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused_and_leaves_the_target_alone() {
    let (sandbox, client, instance) = start().await;
    let spare = start_spare(&sandbox);
    let id = made(&sandbox, &client, &instance, "whole").await;
    sandbox.advance(6 * HOUR);
    let listed = list(&client, &instance).await;
    let incremental = listed[0].id.clone().unwrap();
    sandbox.fault(Fault::failed_job().on("rds", "create_backup"));
    let failed = made(&sandbox, &client, &instance, "failed").await;
    let building = create(&client, &instance, "building").await.unwrap();
    let building = building.id.unwrap();
    let now = times(&client, &instance, None).await[0].1;
    for (source, to, expected) in [
        (of_backup(&instance, "none"), &spare, (404, "DBS.201010")),
        (of_backup("none", &id), &spare, (404, "DBS.200002")),
        (of_backup(&spare, &id), &spare, (400, "DBS.280001")),
        (
            of_backup(&instance, &id),
            &"none".to_owned(),
            (404, "DBS.200002"),
        ),
        (
            of_backup(&instance, &incremental),
            &spare,
            (400, "DBS.201204"),
        ),
        (of_backup(&instance, &failed), &spare, (400, "DBS.201208")),
        (of_backup(&instance, &building), &spare, (400, "DBS.201208")),
        (of_backup(&instance, &id), &instance, (409, "DBS.201015")),
        (
            of_time(&instance, now + 600_000),
            &spare,
            (400, "DBS.280001"),
        ),
        (of_time(&instance, MIDNIGHT), &spare, (400, "DBS.280001")),
        (of_time(&instance, -1), &spare, (400, "DBS.280001")),
        (of_time(&spare, now), &instance, (400, "DBS.280001")),
    ] {
        let error = restore(&client, source.clone(), to).await.unwrap_err();
        assert_eq!(refused(&error), expected, "{source:?} {to}");
    }
    let only_id = model::RestoreSource::builder().instance_id(&instance);
    for (source, place) in [
        (
            only_id.clone().r#type("timestamp").backup_id(&id),
            "restore_time",
        ),
        (
            only_id.clone().r#type("backup").restore_time(now),
            "backup_id",
        ),
        (only_id.clone().restore_time(now), "backup_id"),
    ] {
        let call = client.restore_instance().source(source.build());
        let call = call.target(target(&spare)).with_validation(false);
        let error = call.send().await.unwrap_err();
        let message = message_of(&error);
        assert!(
            message.contains(&format!("/body/source/{place}")),
            "{message}"
        );
    }
    let call = client.restore_instance().source(only_id.build());
    wrong(call.target(target(&spare)).with_validation(false).send()).await;
    let error = restore(&away(&sandbox), of_backup(&instance, &id), &instance).await;
    assert_eq!(refused(&error.unwrap_err()), (404, "DBS.200002"));
    create(&client, &spare, "still-free").await.unwrap();
}

#[tokio::test]
async fn restoration_that_fails_leaves_the_instance_usable() {
    let (sandbox, client, instance) = start().await;
    let spare = start_spare(&sandbox);
    let id = made(&sandbox, &client, &instance, "to-restore").await;
    sandbox.fault(Fault::failed_job().on("rds", "restore_instance"));
    let job_id = restore(&client, of_backup(&instance, &id), &spare).await;
    sandbox.advance(RESTORED);
    let job = task(&client, &job_id.unwrap()).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Failed));
    assert!(job.fail_reason.unwrap().contains("fail"));
    let job_id = restore(&client, of_backup(&instance, &id), &spare).await;
    sandbox.advance(RESTORED);
    let job = task(&client, &job_id.unwrap()).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
}

#[tokio::test]
async fn scheduled_backups_leave_out_an_instance_that_is_being_restored() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "to-restore").await;
    sandbox.advance(5 * HOUR - MADE - MINUTE);
    restore(&client, of_backup(&instance, &id), &instance)
        .await
        .unwrap();
    sandbox.advance(RESTORED);
    let count = list(&client, &instance).await.len();
    assert_eq!(count, 2, "no incremental one at three");
    sandbox.advance(DAY);
    assert_eq!(
        list(&client, &instance).await.len(),
        4,
        "the next ones again"
    );
}

#[tokio::test]
async fn copies_reach_from_the_first_full_one_to_the_last_incremental_one() {
    let (sandbox, client, instance) = start().await;
    let elsewhere: Client = away(&sandbox);
    let there = async |date: Option<&str>| {
        let mut call = elsewhere.list_offsite_restore_times(&instance);
        if let Some(date) = date {
            call = call.date(date);
        }
        call.send().await.map(|it| pairs(it.restore_time.unwrap()))
    };
    let error = there(None).await.unwrap_err();
    assert_eq!(
        refused(&error),
        (404, "DBS.200002"),
        "nothing of it is there"
    );
    let policy = model::NewOffsiteBackupPolicy::builder()
        .backup_type("all")
        .keep_days(30)
        .destination_region(AWAY)
        .destination_project_id(project(&sandbox, AWAY));
    let call = client.update_offsite_backup_policy(&instance);
    call.policy_para(policy.build()).send().await.unwrap();
    sandbox.advance(HOUR * 6);
    assert_eq!(there(None).await.unwrap(), [], "no full one yet");
    sandbox.advance(DAY * 2);
    // Those of the 22nd at nine and of the 23rd at three, once they were made.
    let day = DAY.as_millis() as i64;
    let (from, to) = (
        MIDNIGHT + day + 9 * MILLIS_OF_HOUR + 90_000,
        MIDNIGHT + 2 * day + 15 * MILLIS_OF_HOUR + 90_000,
    );
    let [(first, last)] = there(None).await.unwrap()[..] else {
        panic!("one")
    };
    assert_eq!(
        (first / 60_000, last / 60_000),
        (from / 60_000, to / 60_000)
    );
    let of_day = there(Some("2024-05-22")).await.unwrap();
    assert_eq!(of_day, [(first, MIDNIGHT + 2 * day - 1)]);
    assert_eq!(there(Some("2024-05-21")).await.unwrap(), []);
    let call = elsewhere
        .list_offsite_restore_times(&instance)
        .date("yesterdays");
    wrong(call.with_validation(false).send()).await;
    let home = client.list_offsite_restore_times(&instance).send().await;
    assert_eq!(refused(&home.unwrap_err()), (404, "DBS.200002"));
}
