//! Bringing back openGauss instances that are there.

use cloudbackup_core::builder::Set;
use cloudbackup_gaussdb_opengauss_client::{Client, ListRestorableInstances, model};
use cloudbackup_runtime::Error;
use cloudbackup_sandbox::{Fault, Sandbox};
use model::{BackupScope, RestoreType};

use super::super::{HOUR, MADE, RESTORED, away, message_of, refused, seconds};
use super::backups::made;
use super::tasks::listed;
use super::{JobStatus, create, start, task};

pub(super) async fn times(client: &Client, instance: &str, date: &str) -> Vec<(i64, i64)> {
    let call = client.list_restore_times(instance).date(date);
    let ranges = call.send().await.unwrap().restore_time.unwrap();
    let ranges = ranges.into_iter();
    ranges
        .map(|it| (it.start_time.unwrap(), it.end_time.unwrap()))
        .collect()
}

pub(super) const TODAY: &str = "2024-05-21";

fn of_backup(instance: &str, id: &str) -> model::RestoreSource {
    let source = model::RestoreSource::builder().instance_id(instance);
    source.r#type(RestoreType::Backup).backup_id(id).build()
}

fn of_time(instance: &str, millis: i64) -> model::RestoreSource {
    let source = model::RestoreSource::builder().instance_id(instance);
    let source = source.r#type(RestoreType::Timestamp);
    source.restore_time(millis.to_string()).build()
}

async fn restore(client: &Client, source: model::RestoreSource, to: &str) -> Result<String, Error> {
    let target = model::RestoreTarget::builder().instance_id(to).build();
    let call = client.restore_instance().source(source).target(target);
    Ok(call.send().await?.job_id.unwrap())
}

fn spare(sandbox: &Sandbox) -> String {
    let inventory = sandbox.inventory();
    inventory.gaussdb_opengauss_spare_instance.clone()
}

#[tokio::test]
async fn backup_is_restored_to_another_instance_that_is_busy_until_then() {
    let (sandbox, client, instance) = start().await;
    let spare = spare(&sandbox);
    let id = made(&sandbox, &client, &instance, "to-restore").await;
    let job_id = restore(&client, of_backup(&instance, &id), &spare).await;
    let job_id = job_id.unwrap();
    let job = task(&client, &job_id).await.unwrap();
    let name = "RestoreGaussDBV5InInstanceToExistedInst";
    assert_eq!(job.name.as_deref(), Some(name));
    assert_eq!(job.status, Some(JobStatus::Running));
    assert_eq!(job.instance.unwrap().id, Some(spare.clone()));
    let told = listed(&client).await.remove(0).instance_info.unwrap();
    assert_eq!(told.instance_status.as_deref(), Some("restoring"));
    let error = create(&client, &spare, "not-now").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"));
    let again = restore(&client, of_backup(&instance, &id), &spare).await;
    assert_eq!(refused(&again.unwrap_err()), (409, "DBS.201015"));
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.200054"));
    let error = client.delete_job(&job_id).send().await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"), "the task is running");
    sandbox.advance(RESTORED);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    let took = seconds(job.ended.as_ref()) - seconds(job.created.as_ref());
    assert_eq!(took, 180);
    client.delete_backup(&id).send().await.unwrap();
    create(&client, &spare, "now-it-works").await.unwrap();
}

#[tokio::test]
async fn instance_goes_back_to_a_moment() {
    let (sandbox, client, instance) = start().await;
    let [(first, last)] = times(&client, &instance, TODAY).await[..] else {
        panic!("one")
    };
    sandbox.fault(Fault::failed_job().on("gaussdb-opengauss", "restore_instance"));
    for status in [JobStatus::Failed, JobStatus::Completed] {
        let source = of_time(&instance, (first + last) / 2);
        let job_id = restore(&client, source, &instance).await.unwrap();
        sandbox.advance(RESTORED);
        let job = task(&client, &job_id).await.unwrap();
        assert_eq!(job.name.as_deref(), Some("RestoreGaussDBV5InInstance"));
        assert_eq!(job.status, Some(status));
    }
    sandbox.advance(HOUR);
    let after = times(&client, &instance, TODAY).await;
    assert_eq!(after.len(), 3, "but for the times of restoring: {after:?}");
    assert_eq!(after[0].0, first);
    for gap in after.windows(2) {
        assert_eq!(gap[1].0 - gap[0].1, 180_000);
    }
}

#[tokio::test]
async fn times_are_those_of_a_day() {
    let (sandbox, client, instance) = start().await;
    assert_eq!(times(&client, &instance, TODAY).await.len(), 1);
    assert_eq!(times(&client, &instance, "2024-05-20").await, []);
    assert_eq!(times(&client, &spare(&sandbox), TODAY).await, []);
    let call = client.list_restore_times(&instance);
    for date in ["2023-02-29", "2024-00-01", "----------"] {
        let error = call
            .clone()
            .date(date)
            .with_validation(false)
            .send()
            .await
            .unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"));
        assert!(message_of(&error).contains("/query/date"), "{error}");
    }
    let error = client.list_restore_times("none").date(TODAY).send().await;
    assert_eq!(refused(&error.unwrap_err()), (404, "DBS.200002"));
}

async fn names(call: ListRestorableInstances<Set>) -> Vec<String> {
    let reply = call.send().await.unwrap();
    let instances = reply.instances.unwrap();
    assert_eq!(reply.total_count, Some(instances.len() as i64));
    let names = instances.into_iter();
    names.map(|it| it.instance_name.unwrap()).collect()
}

const BOTH: [&str; 2] = ["sandbox-gaussdb", "sandbox-gaussdb-spare"];

#[tokio::test]
async fn instances_that_a_backup_can_be_restored_to_are_found() {
    let (sandbox, client, instance) = start().await;
    let spare = spare(&sandbox);
    let id = made(&sandbox, &client, &instance, "to-restore").await;
    let call = client.list_restorable_instances();
    let call = call.source_instance_id(&instance);
    let reply = call.clone().backup_id(&id).send().await.unwrap();
    assert_eq!(reply.total_count, Some(2));
    let found = reply.instances.unwrap();
    assert_eq!(found[0].instance_id.as_deref(), Some(instance.as_str()));
    let other = &found[1];
    assert_eq!(other.instance_id.as_deref(), Some(spare.as_str()));
    assert_eq!(other.volume_type.as_deref(), Some("ULTRAHIGH"));
    assert_eq!(other.data_volume_size, Some(40.0));
    assert_eq!(other.version.as_deref(), Some("8.102"));
    assert_eq!(other.mode, Some(model::InstanceMode::Ha));
    let edition = model::InstanceEdition::Enterprise;
    assert_eq!(other.instance_mode, Some(edition));

    assert_eq!(names(call.clone()).await, BOTH, "neither backup nor moment");
    let moment = times(&client, &instance, TODAY).await[0].0;
    let then = call.clone().restore_time(moment.to_string());
    assert_eq!(names(then).await, BOTH);
    let tables = BackupScope::DatabaseTable;
    let some = call.clone().backup_restore_type(tables.clone());
    assert_eq!(names(some).await, BOTH);
    let none = call.clone().source_backup_schema(tables);
    assert_eq!(names(none).await, [""; 0], "backups hold whole instances");
    let one = call.clone().target_instance_id(&spare);
    assert_eq!(names(one).await, BOTH[1..]);
    let none = call.clone().target_instance_id("none");
    assert_eq!(names(none).await, [""; 0]);
    let one = call.clone().instance_name(BOTH[0]);
    assert_eq!(names(one).await, BOTH[..1]);
    let page = call.clone().offset(1).limit(1).send().await.unwrap();
    assert_eq!(page.total_count, Some(2));
    assert_eq!(page.instances.unwrap()[0].instance_id, Some(spare));
}

#[tokio::test]
async fn instances_to_restore_to_are_those_that_would_be_taken() {
    let (sandbox, client, instance) = start().await;
    let spare = spare(&sandbox);
    let id = made(&sandbox, &client, &instance, "to-restore").await;
    let source = of_backup(&instance, &id);
    restore(&client, source, &spare).await.unwrap();
    let call = client.list_restorable_instances();
    let call = call.source_instance_id(&instance);
    assert_eq!(names(call.clone()).await, BOTH[..1], "the other is busy");
    let both_given = call.clone().backup_id(&id).restore_time("5");
    assert_eq!(names(both_given).await, BOTH[..1], "the backup counts");
    let of_spare = call.clone().source_instance_id(&spare);
    for (call, expected) in [
        (call.clone().backup_id("none"), (404, "DBS.201010")),
        (call.clone().restore_time("5"), (400, "DBS.280001")),
        (call.clone().restore_time("soon"), (400, "DBS.280001")),
        (of_spare.backup_id(&id), (400, "DBS.280001")),
        (call.clone().source_instance_id("none"), (404, "DBS.200002")),
        (
            call.clone().source_backup_schema("DATABASE"),
            (400, "DBS.280001"),
        ),
    ] {
        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(refused(&error), expected);
    }
    sandbox.advance(RESTORED);
    assert_eq!(names(call).await, BOTH);
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused() {
    let (sandbox, client, instance) = start().await;
    let spare = spare(&sandbox);
    let id = made(&sandbox, &client, &instance, "whole").await;
    let (building, _) = create(&client, &instance, "building").await.unwrap();
    let mut different = of_backup(&instance, &id);
    different.r#type = Some(RestoreType::Different);
    let mut without = of_backup(&instance, &id);
    without.backup_id = None;
    let mut never = of_time(&instance, 0);
    never.restore_time = None;
    for (source, to, expected) in [
        (of_backup(&instance, "none"), &*spare, (404, "DBS.201010")),
        (of_backup("none", &id), &spare, (404, "DBS.200002")),
        (of_backup(&spare, &id), &spare, (400, "DBS.280001")),
        (of_backup(&instance, &id), "none", (404, "DBS.200002")),
        (of_backup(&instance, &building), &spare, (400, "DBS.201208")),
        (of_backup(&instance, &id), &instance, (409, "DBS.201015")),
        (of_time(&instance, 0), &spare, (400, "DBS.280001")),
        (different, &spare, (400, "DBS.280001")),
        (without, &spare, (400, "DBS.280001")),
        (never, &spare, (400, "DBS.280001")),
    ] {
        let target = model::RestoreTarget::builder().instance_id(to).build();
        let call = client.restore_instance().source(source.clone());
        let call = call.target(target).with_validation(false);
        let error = call.send().await.unwrap_err();
        assert_eq!(refused(&error), expected, "{source:?} {to}");
    }
    let elsewhere: Client = away(&sandbox);
    let error = restore(&elsewhere, of_backup(&instance, &id), &spare).await;
    assert_eq!(refused(&error.unwrap_err()), (404, "DBS.200002"));
    sandbox.advance(MADE);
    create(&client, &spare, "still-free").await.unwrap();
}
