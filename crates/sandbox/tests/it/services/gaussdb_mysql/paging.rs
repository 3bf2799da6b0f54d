//! The lists of the MySQL service, walked through to their ends: numbers in text, and page sizes of
//! an enum.

use super::super::{AWAY, DAY, MADE, assert_distinct, project, walk};
use super::policy::keep;
use super::{create, model, start};

const MANY: usize = 1050;

#[tokio::test]
async fn full_backups_of_two_instances() {
    let (sandbox, client, instance) = start().await;
    let spare = sandbox.inventory().gaussdb_mysql_spare_instance.clone();
    for instance in [&instance, &spare] {
        keep(&client, instance, 525).await;
    }
    sandbox.advance(DAY * 600);
    let all = walk(100, async |offset| {
        let call = client.list_backups().offset(offset.to_string());
        let reply = call.send().await.unwrap();
        (reply.backups.unwrap(), reply.total_count.unwrap() as usize)
    });
    assert_distinct(all.await.into_iter().map(|it| it.id), MANY);
}

#[tokio::test]
async fn full_backups_of_an_instance() {
    let (sandbox, client, instance) = start().await;
    keep(&client, &instance, 732).await;
    sandbox.advance(DAY * 800);
    for number in 732..MANY {
        let name = format!("by-hand-{number}");
        // Refused while one on schedule is made.
        while create(&client, &instance, &name).await.is_err() {
            sandbox.advance(MADE);
        }
        sandbox.advance(MADE);
    }
    let all = walk(70, async |offset| {
        let call = client.list_instance_backups(&instance).limit("70");
        let call = call.order_field("name").order_rule("asc");
        let reply = call.offset(offset.to_string()).send().await.unwrap();
        let total = reply.total_count.unwrap().parse().unwrap();
        (reply.backups.unwrap(), total)
    });
    let all = all.await;
    assert!(all.is_sorted_by_key(|it| it.name.clone()));
    assert_distinct(all.into_iter().map(|it| it.id), MANY);
}

#[tokio::test]
async fn incremental_backups_and_their_copies() {
    let (sandbox, client, instance) = start().await;
    let policy = model::OffsiteBackupPolicy::builder()
        .open_auto_backup(true)
        .open_incremental_backup(true)
        .destination_project_id(project(&sandbox, AWAY))
        .destination_region(AWAY)
        .keep_days(525);
    let call = client.update_offsite_backup_policy(&instance);
    call.backup_policy(policy.build()).send().await.unwrap();
    keep(&client, &instance, 525).await;
    sandbox.advance(DAY * 600);
    for size in ["10", "20", "50"] {
        let all = walk(size.parse().unwrap(), async |offset| {
            let call = client.list_incremental_backups(&instance).limit(size);
            let call = call.display_offsite_backup(true);
            let reply = call.offset(offset.to_string()).send().await.unwrap();
            (reply.backups.unwrap(), reply.total_count.unwrap() as usize)
        });
        assert_distinct(all.await.into_iter().map(|it| it.id), MANY);
    }
}
