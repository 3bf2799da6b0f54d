//! The lists of RDS, walked through to their ends.

use cloudbackup_rds_client::Client;

use super::super::{AWAY, DAY, INSTANCE_MADE, assert_distinct, away, project, walk};
use super::backups::made;
use super::new_instance::{new, of_backup};
use super::{create, model, start};

const MANY: usize = 1050;

#[tokio::test]
async fn backups_of_a_year_and_a_half() {
    let (sandbox, client, instance) = start().await;
    let policy = model::NewBackupPolicy::builder().keep_days(525);
    let policy = policy.start_time("09:00-10:00").period("1,2,3,4,5,6,7");
    super::policy::set(&client, &instance, policy.build())
        .await
        .unwrap();
    sandbox.advance(DAY * 600);
    let all = walk(100, async |offset| {
        let call = client.list_backups().instance_id(&instance);
        let reply = call.offset(offset as i64).send().await.unwrap();
        (reply.backups.unwrap(), reply.total_count.unwrap() as usize)
    });
    assert_distinct(all.await.into_iter().map(|it| it.id), MANY);
}

#[tokio::test]
async fn copies_of_three_years() {
    let (sandbox, client, instance) = start().await;
    let policy = model::NewOffsiteBackupPolicy::builder()
        .backup_type("auto")
        .keep_days(MANY as i64)
        .destination_region(AWAY)
        .destination_project_id(project(&sandbox, AWAY));
    let call = client.update_offsite_backup_policy(&instance);
    call.policy_para(policy.build()).send().await.unwrap();
    sandbox.advance(DAY * 1100);
    let elsewhere: Client = away(&sandbox);
    let all = walk(64, async |offset| {
        let call = elsewhere.list_offsite_backups().instance_id(&instance);
        let call = call.backup_type("auto").limit(64).offset(offset as i64);
        let reply = call.send().await.unwrap();
        (reply.backups.unwrap(), reply.total_count.unwrap() as usize)
    });
    assert_distinct(all.await.into_iter().map(|it| it.id), MANY);
}

#[tokio::test]
async fn tasks_and_instances_with_copies() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let spare = sandbox.inventory().rds_spare_instance.clone();
    create(&client, &spare, "one-more-task").await.unwrap();
    let mut instances = vec![instance.clone(), spare];
    while instances.len() < MANY {
        let call = new(&client, "one-of-many", of_backup(&instance, &id));
        let reply = call.send().await.unwrap();
        instances.push(reply.instance.unwrap().id.unwrap());
    }
    let all = walk(50, async |offset| {
        let call = client.list_tasks().limit(50).offset(offset as i64);
        let reply = call.send().await.unwrap();
        (reply.tasks.unwrap(), reply.total_count.unwrap() as usize)
    });
    assert_distinct(all.await.into_iter().map(|it| it.id), MANY);

    sandbox.advance(INSTANCE_MADE);
    let policy = model::NewOffsiteBackupPolicy::builder()
        .backup_type("all")
        .keep_days(7)
        .destination_region(AWAY)
        .destination_project_id(project(&sandbox, AWAY))
        .build();
    for instance in &instances {
        let call = client.update_offsite_backup_policy(instance);
        call.policy_para(policy.clone()).send().await.unwrap();
    }
    let elsewhere: Client = away(&sandbox);
    let all = walk(100, async |offset| {
        let call = elsewhere.list_offsite_backup_instances();
        let reply = call.offset(offset as i64).send().await.unwrap();
        let instances = reply.offsite_backup_instances.unwrap();
        (instances, reply.total_count.unwrap() as usize)
    });
    let ids: Vec<_> = all.await.into_iter().map(|it| it.id.unwrap()).collect();
    assert_eq!(ids, instances, "in the order in which they were made");
}
