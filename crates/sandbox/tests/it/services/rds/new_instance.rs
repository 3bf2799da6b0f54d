//! RDS instances that are made from backups.

use cloudbackup_rds_client::{Client, RestoreToNewInstance, model};
use cloudbackup_sandbox::{Fault, Sandbox};
use model::{InstanceStatus, JobStatus};

use super::super::{
    AWAY, DAY, INSTANCE_MADE, RESTORED, assert_suffixed, assert_uuid, away, message_of, project,
    refused,
};
use super::backups::made;
use super::restore::{pairs, times};
use super::tasks::{task, tasks};
use super::{create, list, show, start, wrong};

/// What has to be set of a call, set.
type Call = RestoreToNewInstance<
    cloudbackup_core::builder::Set,
    cloudbackup_core::builder::Set,
    cloudbackup_core::builder::Set,
    cloudbackup_core::builder::Set,
    cloudbackup_core::builder::Set,
>;

fn volume(size: i64) -> model::NewVolume {
    let volume = model::NewVolume::builder().r#type("CLOUDSSD");
    volume.size(size).build()
}

pub(super) fn of_backup(instance: &str, id: &str) -> model::RestorePoint {
    let point = model::RestorePoint::builder().instance_id(instance);
    point.r#type("backup").backup_id(id).build()
}

fn of_time(instance: &str, millis: i64) -> model::RestorePoint {
    let point = model::RestorePoint::builder().instance_id(instance);
    point.r#type("timestamp").restore_time(millis).build()
}

pub(super) fn new(client: &Client, name: &str, point: model::RestorePoint) -> Call {
    let call = client.restore_to_new_instance().name(name);
    let call = call.flavor_ref("rds.mysql.n1.large").volume(volume(40));
    call.availability_zone("eu-de-01").restore_point(point)
}

/// The id of the instance that a call starts to make, once it is made.
async fn make(sandbox: &Sandbox, call: Call) -> String {
    let reply = call.send().await.unwrap();
    sandbox.advance(INSTANCE_MADE);
    reply.instance.unwrap().id.unwrap()
}

#[tokio::test]
async fn new_instance_is_built_then_backed_up_restored_to_and_from() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let ha = model::NewHighAvailability::builder().mode("ha");
    let strategy = model::NewBackupStrategy::builder().start_time("19:15-20:15");
    let call = new(&client, "copy-1", of_backup(&instance, &id))
        .ha(ha.replication_mode("async").build())
        .backup_strategy(strategy.keep_days(2).build())
        .password("Demo-12345")
        .port("3307")
        .vpc_id("vpc")
        .time_zone("UTC+08:00");
    let response = call.send_with_response().await.unwrap();
    assert_eq!(response.status(), 202);
    let reply = response.into_inner();
    let (shown, job_id) = (reply.instance.unwrap(), reply.job_id.unwrap());
    assert_eq!(reply.order_id, None);
    assert_uuid(Some(&job_id));
    assert_suffixed(shown.id.as_deref(), "in01");
    assert_eq!(shown.name.as_deref(), Some("copy-1"));
    assert_eq!(shown.status, Some(InstanceStatus::Build));
    assert_eq!(shown.datastore.unwrap().engine.as_deref(), Some("MySQL"));
    assert_eq!(shown.ha.unwrap().mode.as_deref(), Some("ha"));
    assert_eq!(shown.port.as_deref(), Some("3307"));
    assert_eq!(shown.volume.unwrap().size, Some(40));
    assert_eq!(shown.region.as_deref(), Some("eu-de"));
    assert_eq!(shown.vpc_id.as_deref(), Some("vpc"));
    assert_eq!(shown.backup_strategy.unwrap().keep_days, Some(2));
    let charge = shown.charge_info.unwrap().charge_mode;
    assert_eq!(charge, Some(model::ChargeMode::PostPaid));
    assert_eq!(shown.restore_point.unwrap().backup_id, Some(id.clone()));

    let copy = shown.id.unwrap();
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.name.as_deref(), Some("CreateMysqlSingleHAInstance"));
    assert_eq!(job.status, Some(JobStatus::Running));
    let entities = job.entities.unwrap();
    assert_eq!(entities.instance.unwrap().endpoint, None, "not known yet");
    let listed = tasks(&client).await.remove(0);
    assert_eq!(listed.instance_status, Some(InstanceStatus::Build));
    let error = create(&client, &copy, "too-early").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"));
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.200054"));

    sandbox.advance(INSTANCE_MADE);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    let entities = job.entities.unwrap();
    let entity = entities.instance.unwrap();
    assert_eq!(entity.r#type.as_deref(), Some("Ha"), "with a standby");
    assert!(entity.endpoint.is_some());
    assert_eq!(entities.resource_ids.unwrap()[0], format!("{copy}.vm"));
    let own = made(&sandbox, &client, &copy, "its-own").await;
    sandbox.advance(DAY * 5);
    let reply = client.show_backup_policy(&copy).send().await.unwrap();
    let policy = reply.backup_policy.unwrap();
    assert_eq!(policy.keep_days, Some(2));
    assert_eq!(policy.start_time.as_deref(), Some("19:15-20:15"));
    assert_eq!(list(&client, &copy).await.len(), 1 + 2 + 2);
    let source = model::RestoreSource::builder().instance_id(&copy);
    let target = model::RestoreTarget::builder().instance_id(&instance);
    let call = client.restore_instance().target(target.build());
    let job = call.source(source.backup_id(&own).build()).send().await;
    sandbox.advance(RESTORED);
    let job = task(&client, &job.unwrap().job_id.unwrap()).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
}

#[tokio::test]
async fn instance_that_cannot_be_made_stays_so() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    sandbox.fault(Fault::failed_job().on("rds", "restore_to_new_instance"));
    let failed = make(&sandbox, new(&client, "never", of_backup(&instance, &id))).await;
    let listed = tasks(&client).await.remove(0);
    assert_eq!(listed.status, Some(JobStatus::Failed));
    assert_eq!(listed.instance_status, Some(InstanceStatus::CreateFail));
    let error = create(&client, &failed, "nothing").await.unwrap_err();
    assert_eq!(refused(&error), (409, "DBS.201015"));
    sandbox.advance(DAY * 2);
    assert_eq!(list(&client, &failed).await, []);
}

#[tokio::test]
async fn check_makes_nothing_and_finds_what_the_call_would() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let count = tasks(&client).await.len();
    let call = new(&client, "checked", of_backup(&instance, &id)).dry_run(true);
    let reply = call.clone().send().await.unwrap();
    assert_eq!(
        (reply.instance, reply.job_id, reply.order_id),
        (None, None, None)
    );
    let error = call.volume(volume(45)).with_validation(false).send().await;
    assert_eq!(refused(&error.unwrap_err()), (400, "DBS.280001"));
    assert_eq!(tasks(&client).await.len(), count);
}

#[tokio::test]
async fn payment_in_advance_gives_an_order_whose_task_is_in_the_list() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let charge = model::NewChargeInfo::builder().charge_mode("prePaid");
    let call = new(&client, "ordered", of_backup(&instance, &id));
    for (charge, place) in [
        (charge.clone().period_num(1).build(), "period_type"),
        (charge.clone().period_type("month").build(), "period_num"),
        (
            charge.clone().period_type("year").period_num(4).build(),
            "period_num",
        ),
    ] {
        let message = wrong(
            call.clone()
                .charge_info(charge)
                .with_validation(false)
                .send(),
        )
        .await;
        assert!(message.contains(place), "{message}");
    }
    let charge = charge.period_type("year").period_num(3).is_auto_pay(true);
    let reply = call.charge_info(charge.build()).send().await.unwrap();
    let order = reply.order_id.unwrap();
    assert_eq!(reply.job_id, None);
    let shown = reply.instance.unwrap();
    assert_eq!(shown.status, None, "only where it is paid by use");
    assert_eq!(shown.charge_info.unwrap().period_num, Some(3));
    let find = client.list_tasks().order_id(&order);
    let found = find.clone().send().await.unwrap().tasks.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].instance_id, shown.id);
    assert_eq!(found[0].status, Some(JobStatus::Running));
    sandbox.advance(INSTANCE_MADE);
    let found = find.send().await.unwrap().tasks.unwrap();
    assert_eq!(found[0].status, Some(JobStatus::Completed));
    create(&client, &shown.id.unwrap(), "it-works")
        .await
        .unwrap();
}

#[tokio::test]
async fn new_instance_must_fit_the_source() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let large = new(&client, "large", of_backup(&instance, &id)).volume(volume(80));
    let large = make(&sandbox, large).await;
    let of_large = made(&sandbox, &client, &large, "large-one").await;
    let small = new(&client, "small", of_backup(&large, &of_large));
    let error = small.send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.280001"));
    assert!(message_of(&error).contains("space"));
    let source = model::RestoreSource::builder().instance_id(&large);
    let target = model::RestoreTarget::builder().instance_id(&instance);
    let call = client.restore_instance().target(target.build());
    let call = call.source(source.backup_id(&of_large).build());
    assert_eq!(
        refused(&call.send().await.unwrap_err()),
        (400, "DBS.280001")
    );

    let call = new(&client, "other", of_backup(&instance, &id));
    let datastore = |engine: &str, version: &str| {
        let datastore = model::NewDatastore::builder().engine(engine);
        datastore.version(version).build()
    };
    let fine = call.clone().datastore(datastore("mysql", "8.0"));
    fine.region("eu-de").dry_run(true).send().await.unwrap();
    for (call, place) in [
        (
            call.clone().datastore(datastore("MySQL", "5.7")),
            "/body/datastore",
        ),
        (
            call.clone().datastore(datastore("PostgreSQL", "8.0")),
            "/body/datastore",
        ),
        (call.clone().region("eu-nl"), "/body/region"),
        (call.clone().volume(volume(42)), "/body/volume/size"),
        (call.clone().port("12017"), "/body/port"),
        (call.clone().port("80"), "/body/port"),
        (call.clone().password("onlysmall"), "/body/password"),
        (call.clone().time_zone("UTC+13:00"), "/body/time_zone"),
        (call.clone().time_zone("UTC+05:30"), "/body/time_zone"),
        (call.clone().time_zone("Mars"), "/body/time_zone"),
        (call.clone().name("abc"), "/body/name"),
        (call.clone().volume(volume(30)), "/body/volume/size"),
    ] {
        let message = wrong(call.with_validation(false).send()).await;
        assert!(message.contains(place), "{place}: {message}");
        assert!(!message.contains("onlysmall"));
    }
    let strategy = model::NewBackupStrategy::builder().start_time("19:10-20:10");
    let call = call.backup_strategy(strategy.build());
    let message = wrong(call.with_validation(false).send()).await;
    assert!(message.contains("/body/backup_strategy/start_time"));
}

#[tokio::test]
async fn backup_strategy_without_days_is_none_and_none_at_all_is_the_usual_one() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let call = new(&client, "copy", of_backup(&instance, &id));
    let usual = make(&sandbox, call.clone()).await;
    let strategy = model::NewBackupStrategy::builder().start_time("19:00-20:00");
    let none = make(&sandbox, call.backup_strategy(strategy.build())).await;
    sandbox.advance(DAY * 3);
    for (instance, days, backups) in [(&usual, 7, 3 + 2), (&none, 0, 0)] {
        let reply = client.show_backup_policy(instance).send().await.unwrap();
        assert_eq!(reply.backup_policy.unwrap().keep_days, Some(days));
        let listed = list(&client, instance).await;
        assert!(
            listed.len().abs_diff(backups) <= usize::from(days > 0),
            "{listed:?}"
        );
    }
}

#[tokio::test]
async fn copies_make_an_instance_in_their_own_region() {
    let (sandbox, client, instance) = start().await;
    let policy = model::NewOffsiteBackupPolicy::builder()
        .backup_type("all")
        .keep_days(30)
        .destination_region(AWAY)
        .destination_project_id(project(&sandbox, AWAY));
    let call = client.update_offsite_backup_policy(&instance);
    call.policy_para(policy.build()).send().await.unwrap();
    sandbox.advance(DAY * 2);
    let elsewhere: Client = away(&sandbox);
    let copies = elsewhere.list_offsite_backups().instance_id(&instance);
    let copies = copies.backup_type("auto").send().await.unwrap();
    let copy = copies.backups.unwrap()[0].id.clone().unwrap();
    let new_one = new(&elsewhere, "rescued", of_backup(&instance, &copy));
    let rescued = make(&sandbox, new_one).await;
    let reply = elsewhere.list_offsite_restore_times(&instance).send().await;
    let [(first, last)] = pairs(reply.unwrap().restore_time.unwrap())[..] else {
        panic!("one")
    };
    for moment in [first, last] {
        let call = new(&elsewhere, "rescued-too", of_time(&instance, moment));
        make(&sandbox, call).await;
    }
    for moment in [first - 1, last + 1] {
        let call = new(&elsewhere, "too-late", of_time(&instance, moment));
        assert_eq!(
            refused(&call.send().await.unwrap_err()),
            (400, "DBS.280001")
        );
    }
    let id = made(&sandbox, &elsewhere, &rescued, "its-own").await;
    assert!(show(&elsewhere, &rescued, &id).await.is_some());
    // The copy is not at home, and what is at home is not there.
    let error = new(&client, "wrong", of_backup(&instance, &copy))
        .send()
        .await;
    assert_eq!(refused(&error.unwrap_err()), (404, "DBS.201010"));
    let home = list(&client, &instance).await[0].id.clone().unwrap();
    let error = new(&elsewhere, "wrong", of_backup(&instance, &home))
        .send()
        .await;
    assert_eq!(refused(&error.unwrap_err()), (404, "DBS.201010"));
    let spare = &sandbox.inventory().rds_spare_instance;
    let error = new(&elsewhere, "wrong", of_backup(spare, &copy))
        .send()
        .await;
    assert_eq!(refused(&error.unwrap_err()), (404, "DBS.200002"));
    let now = times(&client, &instance, None).await[0].1;
    let call = new(&client, "from-home", of_time(&instance, now));
    call.send().await.unwrap();
}
