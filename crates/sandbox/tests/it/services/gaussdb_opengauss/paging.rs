//! The lists of openGauss, walked through to their ends.

use super::super::{DAY, INSTANCE_MADE, assert_distinct, walk};
use super::backups::made;
use super::new_instance::{new, of_backup};
use super::policy::keep;
use super::{create, start};

const MANY: usize = 1050;

#[tokio::test]
async fn backups_of_three_years() {
    let (sandbox, client, instance) = start().await;
    keep(&client, &instance, MANY as i64).await;
    sandbox.advance(DAY * 1100);
    let all = walk(100, async |offset| {
        let call = client.list_backups().instance_id(&instance);
        let reply = call.offset(offset as i64).send().await.unwrap();
        (reply.backups.unwrap(), reply.total_count.unwrap() as usize)
    });
    assert_distinct(all.await.into_iter().map(|it| it.id), MANY);
}

#[tokio::test]
async fn tasks_and_instances_to_restore_to() {
    let (sandbox, client, instance) = start().await;
    let id = made(&sandbox, &client, &instance, "seed").await;
    let inventory = sandbox.inventory();
    let spare = inventory.gaussdb_opengauss_spare_instance.clone();
    create(&client, &spare, "one-more-task").await.unwrap();
    let mut instances = vec![instance.clone(), spare];
    while instances.len() < MANY {
        let call = new(&client, "one-of-many", of_backup(&instance, &id));
        let reply = call.send().await.unwrap();
        instances.push(reply.instance.unwrap().id.unwrap());
    }
    let all = walk(100, async |offset| {
        let call = client.list_tasks().offset(offset as i64);
        let reply = call.send().await.unwrap();
        (reply.tasks.unwrap(), reply.total_count.unwrap() as usize)
    });
    assert_distinct(all.await.into_iter().map(|it| it.job_id), MANY);
    sandbox.advance(INSTANCE_MADE);
    let all = walk(99, async |offset| {
        let call = client.list_restorable_instances().limit(99);
        let call = call.source_instance_id(&instance).backup_id(&id);
        let reply = call.offset(offset as i64).send().await.unwrap();
        let total = reply.total_count.unwrap() as usize;
        (reply.instances.unwrap(), total)
    });
    let all = all.await.into_iter();
    let ids: Vec<_> = all.map(|it| it.instance_id.unwrap()).collect();
    assert_eq!(ids, instances, "in the order in which they were made");
}
