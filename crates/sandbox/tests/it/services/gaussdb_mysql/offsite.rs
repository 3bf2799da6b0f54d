//! Copies of the MySQL service's backups in another region.

use cloudbackup_gaussdb_mysql_client::{Client, model};
use cloudbackup_runtime::Error;
use cloudbackup_sandbox::{Fault, Sandbox};
use model::{BackupStatus, BackupType, IncrementalBackupType};

use super::super::{
    AWAY, CENTURY, COPIED, DAY, HOUR, MADE, MINUTE, at_ten, away, client_in, message_of, project,
    refused,
};
use super::{create, ids, increments, list, start};

fn policy(sandbox: &Sandbox, region: &str, days: i64) -> model::OffsiteBackupPolicy {
    model::OffsiteBackupPolicy::builder()
        .open_auto_backup(true)
        .open_incremental_backup(true)
        .destination_project_id(project(sandbox, region))
        .destination_region(region)
        .keep_days(days)
        .build()
}

async fn set(
    client: &Client,
    instance: &str,
    policy: model::OffsiteBackupPolicy,
) -> Result<(), Error> {
    let call = client.update_offsite_backup_policy(instance);
    let reply = call.backup_policy(policy).send().await?;
    assert_eq!(reply.result.as_deref(), Some("success"));
    Ok(())
}

/// The same policy for other kinds of backups.
fn open(
    mut policy: model::OffsiteBackupPolicy,
    full: bool,
    incremental: bool,
) -> model::OffsiteBackupPolicy {
    policy.open_auto_backup = Some(full);
    policy.open_incremental_backup = Some(incremental);
    policy
}

fn away_of(backups: &[model::IncrementalBackup]) -> usize {
    let wanted = Some(IncrementalBackupType::OffSiteLog);
    backups.iter().filter(|it| it.backup_type == wanted).count()
}

#[tokio::test]
async fn copies_of_later_scheduled_backups_appear_in_the_other_region_only() {
    let (sandbox, client, instance) = start().await;
    let elsewhere: Client = away(&sandbox);
    set(&client, &instance, policy(&sandbox, AWAY, 2))
        .await
        .unwrap();
    create(&client, &instance, "by-hand").await.unwrap();
    sandbox.advance(4 * HOUR);
    assert_eq!(
        list(&elsewhere).await,
        [],
        "neither earlier ones nor those of callers"
    );

    sandbox.advance(HOUR + MINUTE + MADE + COPIED);
    let both = increments(&client, &instance, true).await;
    assert_eq!(both.len(), 2);
    let (copy, source) = (&both[0], &both[1]);
    assert_eq!(copy.backup_type, Some(IncrementalBackupType::OffSiteLog));
    assert_eq!(source.backup_type, Some(IncrementalBackupType::Log));
    assert_eq!((&copy.name, copy.size), (&source.name, source.size));
    assert_ne!(copy.id, source.id);
    assert_eq!(
        increments(&client, &instance, false).await,
        std::slice::from_ref(source)
    );
    let error = elsewhere.list_incremental_backups(&instance).send().await;
    assert_eq!(
        refused(&error.unwrap_err()),
        (400, "DBS.200002"),
        "not its instance"
    );

    sandbox.advance(18 * HOUR - MINUTE - COPIED);
    let copy = list(&elsewhere).await.remove(0);
    assert_eq!(copy.status, Some(BackupStatus::Building));
    sandbox.advance(COPIED);
    let copies = list(&elsewhere).await;
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0].status, Some(BackupStatus::Completed));
    assert_eq!(copies[0].r#type, Some(BackupType::Auto));
    assert_eq!(copies[0].instance_id.as_deref(), Some(instance.as_str()));
    let own = list(&client).await;
    assert!(!ids(&own).contains(&ids(&copies)[0]));
    assert!(own.iter().any(|it| it.name == copies[0].name));
}

#[tokio::test]
async fn copies_expire_after_their_days_and_none_follow_once_the_policy_is_off() {
    let (sandbox, client, instance) = start().await;
    let elsewhere: Client = away(&sandbox);
    let wanted = policy(&sandbox, AWAY, 3);
    set(&client, &instance, wanted.clone()).await.unwrap();
    sandbox.advance(DAY * 12);
    assert_eq!(list(&elsewhere).await.len(), 3);
    assert_eq!(away_of(&increments(&client, &instance, true).await), 3);
    set(&client, &instance, open(wanted, false, false))
        .await
        .unwrap();
    for left in [3, 2, 1, 0, 0] {
        assert_eq!(list(&elsewhere).await.len(), left);
        assert_eq!(away_of(&increments(&client, &instance, true).await), left);
        sandbox.advance(DAY);
    }
}

#[tokio::test]
async fn policy_is_replaced_as_a_whole() {
    let builder = at_ten(Sandbox::builder()).regions(["home", "near", "far"]);
    let sandbox = builder.start().await.unwrap();
    let client: Client = sandbox.client().unwrap();
    let instance = &sandbox.inventory().gaussdb_mysql_instance;
    let (near, far): (Client, Client) = (client_in(&sandbox, "near"), client_in(&sandbox, "far"));
    set(&client, instance, policy(&sandbox, "near", 9))
        .await
        .unwrap();
    sandbox.advance(DAY);
    let wanted = open(policy(&sandbox, "far", 1), true, false);
    set(&client, instance, wanted).await.unwrap();
    sandbox.advance(DAY * 3);
    assert_eq!((list(&near).await.len(), list(&far).await.len()), (1, 1));
    assert_eq!(away_of(&increments(&client, instance, true).await), 1);
}

#[tokio::test]
async fn policies_to_wrong_places_and_of_unknown_instances_are_refused() {
    let (sandbox, client, instance) = start().await;
    let right = policy(&sandbox, AWAY, 7);
    for (region, project_id) in [
        ("nowhere", project(&sandbox, AWAY)),
        (AWAY, "nobody".to_owned()),
        (AWAY, project(&sandbox, "eu-de")),
        ("eu-de", project(&sandbox, "eu-de")),
    ] {
        let mut wrong = right.clone();
        wrong.destination_region = Some(region.to_owned());
        wrong.destination_project_id = Some(project_id);
        let error = set(&client, &instance, wrong).await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"), "{region}");
        assert!(message_of(&error).contains("destination"));
    }
    let error = set(&client, "nonein07", right.clone()).await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200002"));
    let mut wrong = open(right, false, true);
    wrong.keep_days = Some(0);
    let call = client.update_offsite_backup_policy(&instance);
    let call = call.backup_policy(wrong).with_validation(false);
    let error = call.send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.280001"));
    for member in ["open_auto_backup", "keep_days"] {
        assert!(message_of(&error).contains(member), "{error}");
    }
    sandbox.advance(DAY * 2);
    assert_eq!(list(&away(&sandbox)).await, []);
}

#[tokio::test]
async fn policy_whose_answer_was_lost_is_set_again_and_holds() {
    let (sandbox, client, instance) = start().await;
    let lost = Fault::reset_after_effect().on("gaussdb-mysql", "update_offsite_backup_policy");
    sandbox.fault(lost);
    set(&client, &instance, policy(&sandbox, AWAY, 5))
        .await
        .unwrap();
    sandbox.advance(DAY);
    assert_eq!(list(&away(&sandbox)).await.len(), 1);
}

#[tokio::test]
async fn a_century_of_copies_leaves_those_of_their_days() {
    let (sandbox, client, instance) = start().await;
    set(&client, &instance, policy(&sandbox, AWAY, 1825))
        .await
        .unwrap();
    sandbox.advance(CENTURY);
    let there = away::<Client>(&sandbox)
        .list_backups()
        .limit("1")
        .send()
        .await;
    assert_eq!(there.unwrap().total_count, Some(1825));
    let call = client.list_incremental_backups(&instance);
    let both = call.display_offsite_backup(true).send().await.unwrap();
    assert_eq!(both.total_count, Some(1825 + 7));
}
