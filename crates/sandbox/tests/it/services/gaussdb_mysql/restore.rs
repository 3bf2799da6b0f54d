//! Bringing back instances of the MySQL service.

use cloudbackup_gaussdb_mysql_client::{Client, ListRestoreTimes, model};
use cloudbackup_runtime::Error;
use cloudbackup_sandbox::Fault;
use model::{JobStatus, RestoreType};

use super::super::{DAY, HOUR, RESTORED, away, message_of, refused, seconds};
use super::backups::made;
use super::{create, start, task};

pub(super) async fn times(call: ListRestoreTimes) -> Vec<(i64, i64)> {
    let ranges = call.send().await.unwrap().restore_times.unwrap();
    let ranges = ranges.into_iter();
    ranges
        .map(|it| (it.start_time.unwrap(), it.end_time.unwrap()))
        .collect()
}

async fn from_backup(
    client: &Client,
    source: &str,
    backup: &str,
    target: &str,
) -> Result<String, Error> {
    let call = client.restore_instance().r#type(RestoreType::Backup);
    let call = call.source_instance_id(source).target_instance_id(target);
    Ok(call.backup_id(backup).send().await?.job_id.unwrap())
}

async fn to_time(client: &Client, source: &str, time: i64, target: &str) -> Result<String, Error> {
    let call = client.restore_instance().r#type(RestoreType::Timestamp);
    let call = call.source_instance_id(source).target_instance_id(target);
    Ok(call.restore_time(time).send().await?.job_id.unwrap())
}

#[tokio::test]
async fn backup_is_restored_to_the_spare_instance_and_the_own_one() {
    let (sandbox, client, instance) = start().await;
    let spare = sandbox.inventory().gaussdb_mysql_spare_instance.clone();
    let id = made(&sandbox, &client, &instance, "to-restore").await;
    let job_id = from_backup(&client, &instance, &id, &spare).await.unwrap();
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Running));
    assert_eq!(job.instance.unwrap().id, Some(spare.clone()));
    assert_eq!(job.entities, Some(Default::default()));
    for error in [
        create(&client, &spare, "not-now").await.map(|_| ()),
        from_backup(&client, &instance, &id, &spare)
            .await
            .map(|_| ()),
    ] {
        let error = error.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.201015"));
    }
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200054"), "it is in use");
    sandbox.advance(RESTORED);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    let took = seconds(job.ended.as_ref()) - seconds(job.created.as_ref());
    assert_eq!(took, 180);
    create(&client, &spare, "now-it-works").await.unwrap();

    sandbox.fault(Fault::failed_job().on("gaussdb-mysql", "restore_instance"));
    for status in [JobStatus::Failed, JobStatus::Completed] {
        let job_id = from_backup(&client, &instance, &id, &instance)
            .await
            .unwrap();
        sandbox.advance(RESTORED);
        let job = task(&client, &job_id).await.unwrap();
        assert_eq!(job.status, Some(status));
    }
    client.delete_backup(&id).send().await.unwrap();
}

#[tokio::test]
async fn moments_are_found_by_day_by_span_and_all_together() {
    let (sandbox, client, instance) = start().await;
    let call = client.list_restore_times(&instance);
    let today = times(call.clone().date("2024-05-21")).await;
    assert_eq!(today.len(), 1);
    sandbox.advance(HOUR);
    let moment = today[0].0 + 60_000;
    let job_id = to_time(&client, &instance, moment, &instance)
        .await
        .unwrap();
    sandbox.advance(RESTORED + HOUR);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    let all = times(call.clone()).await;
    assert_eq!(all.len(), 2, "before and after: {all:?}");
    assert_eq!(all[0].0, today[0].0);
    assert_eq!(all[1].0 - all[0].1, 180_000);
    assert_eq!(times(call.clone().date("2024-05-20")).await, []);
    let span = |start: i64, end: i64| {
        let call = call.clone().start_time(start.to_string());
        call.end_time(end.to_string())
    };
    assert_eq!(
        times(span(moment, moment + 9)).await,
        [(moment, moment + 9)]
    );
    assert_eq!(times(span(0, moment)).await, [(all[0].0, moment)]);
    assert_eq!(
        times(span(all[0].1, all[1].0)).await,
        [],
        "while it was restored"
    );
    let day = span(0, 1).date("2024-05-21");
    assert_eq!(times(day).await.len(), 2, "the day counts");
    let far = call.clone().start_time(format!("{moment}"));
    assert_eq!(times(far.end_time("99999999999999999999")).await.len(), 2);

    for (call, place) in [
        (span(5, 5), "/query/end_time"),
        (call.clone().start_time("5"), "/query/end_time"),
        (call.clone().date("2024-02-30"), "/query/date"),
        (call.clone().date("2024-2-3"), "/query/date"),
    ] {
        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"));
        assert!(message_of(&error).contains(place), "{error}");
    }
    let error = client.list_restore_times("none").send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200002"));
    sandbox.advance(DAY * 30);
    let [(first, last)] = times(call).await[..] else {
        panic!("one")
    };
    assert_eq!(
        (last - first) / 86_400_000,
        6,
        "as long as backups are kept"
    );
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused() {
    let (sandbox, client, instance) = start().await;
    let spare = sandbox.inventory().gaussdb_mysql_spare_instance.clone();
    let id = made(&sandbox, &client, &instance, "to-restore").await;
    for (source, backup, target, code) in [
        (&*instance, "none", &*spare, "DBS.201010"),
        ("none", &*id, &*spare, "DBS.200002"),
        (&*instance, &*id, "none", "DBS.200002"),
        (&*spare, &*id, &*spare, "DBS.280001"),
    ] {
        let error = from_backup(&client, source, backup, target).await;
        assert_eq!(
            refused(&error.unwrap_err()),
            (400, code),
            "{source} {backup}"
        );
    }
    for time in [-1, 0, i64::MAX] {
        let error = to_time(&client, &instance, time, &spare).await;
        assert_eq!(refused(&error.unwrap_err()), (400, "DBS.280001"));
    }
    let call = client.restore_instance().source_instance_id(&instance);
    let call = call.target_instance_id(&spare);
    for (call, place) in [
        (
            call.clone().r#type("backup").restore_time(5),
            "/body/backup_id",
        ),
        (
            call.clone().r#type("timestamp").backup_id(&id),
            "/body/restore_time",
        ),
        (
            call.clone().r#type("different").backup_id(&id),
            "/body/type",
        ),
    ] {
        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"));
        assert!(message_of(&error).contains(place), "{error}");
    }
    let elsewhere: Client = away(&sandbox);
    let error = from_backup(&elsewhere, &instance, &id, &spare).await;
    assert_eq!(refused(&error.unwrap_err()), (400, "DBS.200002"));
}
