//! openGauss instances that are made from backups.

use cloudbackup_core::builder::Set;
use cloudbackup_gaussdb_opengauss_client::{Client, RestoreToNewInstance, model};
use cloudbackup_sandbox::Fault;

use super::super::{DAY, INSTANCE_MADE, assert_suffixed, message_of, refused};
use super::backups::made;
use super::restore::{TODAY, times};
use super::tasks::listed;
use super::{JobStatus, create, list, start, task};

/// A call of which all is set that has to be.
type Call = RestoreToNewInstance<Set, Set, Set, Set, Set, Set, Set, Set, Set>;

pub(super) fn of_backup(instance: &str, id: &str) -> model::NewRestorePoint {
    let point = model::NewRestorePoint::builder().instance_id(instance);
    point.backup_id(id).build()
}

fn volume(size: i64) -> model::NewVolume {
    let volume = model::NewVolume::builder().r#type("ESSD");
    volume.size(size).build()
}

pub(super) fn new(client: &Client, name: &str, point: model::NewRestorePoint) -> Call {
    let call = client.restore_to_new_instance().name(name);
    let call = call.availability_zone("eu-de-01,eu-de-02,eu-de-03");
    let call = call.flavor_ref("gaussdb.opengauss.ee.dn.m6.2xlarge.8.in");
    let call = call.volume(volume(40)).vpc_id("vpc").subnet_id("subnet");
    let call = call.security_group_id("group").password("Demo-12345");
    call.restore_point(point)
}

#[tokio::test]
async fn new_instance_is_built_then_backed_up_and_found_as_a_target() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let strategy = model::NewBackupStrategy::builder().start_time("23:00-00:00");
    let call = new(&client, "copy-1", of_backup(&instance, &id));
    let call = call.backup_strategy(strategy.keep_days(2).build());
    let response = call.volume(volume(80)).send_with_response().await;
    let response = response.unwrap();
    assert_eq!(response.status(), 202);
    let reply = response.into_inner();
    let (shown, job_id) = (reply.instance.unwrap(), reply.job_id.unwrap());
    assert_suffixed(shown.id.as_deref(), "in14");
    assert_eq!(shown.name.as_deref(), Some("copy-1"));
    assert_eq!(shown.status.as_deref(), Some("BUILD"));
    assert_eq!(shown.datastore.unwrap().version.as_deref(), Some("8.102"));
    assert_eq!(shown.ha.unwrap().mode.as_deref(), Some("Ha"));
    assert_eq!(shown.port.as_deref(), Some("8000"));
    let disks = shown.volume.unwrap();
    assert_eq!(disks.size, Some(80));
    assert_eq!(disks.r#type, Some(model::VolumeType::Essd));
    assert_eq!(shown.region.as_deref(), Some("eu-de"));
    assert_eq!(shown.subnet_id.as_deref(), Some("subnet"));
    let strategy = shown.backup_strategy.unwrap();
    assert_eq!(strategy.start_time.as_deref(), Some("23:00-00:00"));
    assert_eq!(strategy.keep_days, Some(2));
    let charge = shown.charge_info.unwrap().charge_mode;
    assert_eq!(charge, Some(model::ChargeMode::PostPaid));

    let copy = shown.id.unwrap();
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.name.as_deref(), Some("CloneGaussDBV5NewInstance"));
    let told = listed(&client).await.remove(0).instance_info.unwrap();
    assert_eq!(told.instance_id, Some(copy.clone()));
    assert_eq!(told.instance_status.as_deref(), Some("creating"));
    let error = create(&client, &copy, "too-early").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"));
    let targets = client.list_restorable_instances();
    let targets = targets.source_instance_id(&instance);
    let found = targets.clone().send().await.unwrap();
    assert_eq!(found.total_count, Some(2), "not yet");

    sandbox.advance(INSTANCE_MADE);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    let found = targets.target_instance_id(&copy).send().await;
    let found = found.unwrap().instances.unwrap().remove(0);
    assert_eq!(found.volume_type.as_deref(), Some("ESSD"));
    assert_eq!(found.data_volume_size, Some(80.0));
    let own = made(&sandbox, &client, &copy, "its-own").await;
    let of_large = client.list_restorable_instances();
    let of_large = of_large.source_instance_id(&copy).backup_id(&own);
    let found = of_large.send().await.unwrap();
    assert_eq!(found.total_count, Some(1), "the others have less space");
    let small = new(&client, "small", of_backup(&copy, &own)).send().await;
    let error = small.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.280001"));
    assert!(message_of(&error).contains("space"));
    sandbox.advance(DAY * 5);
    assert_eq!(list(&client, &copy).await.len(), 1 + 2);
}

#[tokio::test]
async fn instance_that_cannot_be_made_stays_so() {
    let (sandbox, client, instance) = start().await;
    let moment = times(&client, &instance, TODAY).await[0].1;
    let point = model::NewRestorePoint::builder().instance_id(&instance);
    let point = point.r#type("timestamp").restore_time(moment).build();
    let told_to_fail = Fault::failed_job();
    sandbox.fault(told_to_fail.on("gaussdb-opengauss", "restore_to_new_instance"));
    let reply = new(&client, "never", point).send().await.unwrap();
    let failed = reply.instance.unwrap().id.unwrap();
    sandbox.advance(INSTANCE_MADE);
    let job = task(&client, &reply.job_id.unwrap()).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Failed));
    let told = listed(&client).await.remove(0).instance_info.unwrap();
    assert_eq!(told.instance_status.as_deref(), Some("create failed"));
    let error = create(&client, &failed, "nothing").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"));
}

#[tokio::test]
async fn payment_in_advance_gives_no_task_but_the_list_has_it() {
    let (sandbox, client, instance) = start().await;
    let moment = times(&client, &instance, TODAY).await[0].1;
    let point = model::NewRestorePoint::builder().instance_id(&instance);
    let point = point.r#type("timestamp").restore_time(moment).build();
    let call = new(&client, "in-advance", point);
    let charge = model::NewBilling::builder().charge_mode("prePaid");
    let years = charge.clone().period_type("year");
    for (charge, member) in [
        (charge.clone().build(), "period_type"),
        (years.clone().build(), "period_num"),
        (years.period_num(4).build(), "period_num"),
    ] {
        let call = call.clone().charge_info(charge).with_validation(false);
        let error = call.send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"));
        let place = format!("/body/charge_info/{member}");
        assert!(message_of(&error).contains(&place), "{error}");
    }
    let charge = charge.period_type("month").period_num(9).build();
    let reply = call.charge_info(charge).send().await.unwrap();
    assert_eq!(reply.job_id, None);
    let shown = reply.instance.unwrap();
    assert_eq!(shown.status, None);
    let keep_days = shown.backup_strategy.unwrap().keep_days;
    assert_eq!(keep_days, Some(7), "where nothing was asked for");
    sandbox.advance(INSTANCE_MADE);
    let find = client.list_tasks().name("CloneGaussDBV5NewInstance");
    let found = find.send().await.unwrap().tasks.unwrap().remove(0);
    assert_eq!(found.status, Some(JobStatus::Completed));
    assert_eq!(found.instance_info.unwrap().instance_id, shown.id);
    let made = shown.id.unwrap();
    create(&client, &made, "it-works").await.unwrap();
}

#[tokio::test]
async fn new_instance_must_keep_the_limits_that_no_keyword_says() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let call = new(&client, "refused", of_backup(&instance, &id));
    let point = model::NewRestorePoint::builder().instance_id(&instance);
    let at = |point: model::NewRestorePoint| call.clone().restore_point(point);
    let strategy = model::NewBackupStrategy::builder().start_time("19:15-20:15");
    for (call, place) in [
        (call.clone().volume(volume(60)), "/volume/size"),
        (call.clone().volume(volume(0)), "/volume/size"),
        (call.clone().volume(volume(40_000)), "/volume/size"),
        (call.clone().port("12017"), "/port"),
        (call.clone().port("39999"), "/port"),
        (call.clone().password("password1"), "/password"),
        (call.clone().time_zone("UTC-13:00"), "/time_zone"),
        (call.clone().name("1abc"), "/name"),
        (
            call.clone().backup_strategy(strategy.build()),
            "/backup_strategy/start_time",
        ),
        (at(point.clone().build()), "/restore_point"),
        (
            at(point.clone().r#type("timestamp").backup_id(&id).build()),
            "/restore_point/restore_time",
        ),
        (
            at(point.clone().r#type("backup").restore_time(5).build()),
            "/restore_point/backup_id",
        ),
    ] {
        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"));
        let place = format!("/body{place}");
        assert!(message_of(&error).contains(&place), "{place}: {error}");
    }
    for (point, expected) in [
        (of_backup("none", &id), (404, "DBS.200002")),
        (of_backup(&instance, "none"), (404, "DBS.201010")),
        (
            point.r#type("timestamp").restore_time(5).build(),
            (400, "DBS.280001"),
        ),
    ] {
        let error = at(point).send().await.unwrap_err();
        assert_eq!(refused(&error), expected);
    }
    let found = client.list_restorable_instances();
    let found = found.source_instance_id(&instance).send().await.unwrap();
    assert_eq!(found.total_count, Some(2), "nothing was made");
}
