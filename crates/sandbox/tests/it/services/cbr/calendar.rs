//! What CBR's policies do on the clock. It is ten in the morning of a Tuesday at first, UTC.

use std::time::Duration;

use super::super::{AWAY, CENTURY, COPIED, DAY, HOUR, MADE, MINUTE};
use super::policies::to_away;
use super::support::{
    World, add, apply, create_policy, create_vault, daily, hourly, new_policy, new_vault, server,
    trigger, vault_id,
};
use super::{list, model, record, seconds};
use model::{BackupStatus, OperationStatus, ReplicationStatus};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// When the backups of a policy were made, the oldest first: `05-22T03:00`.
async fn made(world: &World) -> Vec<String> {
    let backups = world.backups().await.into_iter().rev();
    let automatic = backups.filter(is_automatic);
    automatic
        .map(|it| it.created_at.unwrap().as_str()[5..16].to_owned())
        .collect()
}

fn is_automatic(backup: &model::Backup) -> bool {
    let details = backup.extend_info.as_ref().unwrap();
    details.auto_trigger == Some(true)
}

/// A policy that keeps backups as this says.
fn keeping(patterns: &[&str], definition: model::OperationDefinitionBuilder) -> model::NewPolicy {
    let mut policy = new_policy(patterns);
    policy.operation_definition = Some(definition.build());
    policy
}

fn definition() -> model::OperationDefinitionBuilder {
    model::OperationDefinition::builder()
}

#[tokio::test]
async fn policy_backs_up_at_its_times() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let patterns = [
        "FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=14;BYMINUTE=00",
        "FREQ=WEEKLY;BYDAY=SU;BYHOUR=23;BYMINUTE=30",
    ];
    let policy = apply(&world.home, vault, new_policy(&patterns)).await;
    world.sandbox.advance(4 * HOUR + MINUTE);
    let running = world.backups().await.remove(0);
    assert_eq!(running.status, Some(BackupStatus::Protecting));
    assert!(running.name.unwrap().starts_with("autobk_"));
    assert_eq!(running.incremental, Some(true));
    assert_eq!(running.expired_at, None, "kept for good");
    let task = world.task("backup").await;
    assert_eq!(task.policy_id.as_ref(), Some(&policy));
    assert_eq!(seconds(task.started_at.as_ref()), 1_716_285_600 + 4 * 3600);
    world.sandbox.advance(WEEK);
    let expected = ["05-21T14:00", "05-23T14:00", "05-26T23:30", "05-28T14:00"];
    assert_eq!(made(&world).await, expected);
    assert_eq!(world.tasks("backup").await.len(), 4);

    // Switched off, changed, switched on again, and taken off.
    let change = |change: model::PolicyUpdateBuilder| {
        let call = world.home.update_policy(&policy);
        call.policy(change.build()).send()
    };
    change(model::PolicyUpdate::builder().enabled(false))
        .await
        .unwrap();
    world.sandbox.advance(WEEK);
    assert_eq!(made(&world).await.len(), 4);
    let other = trigger(&[&daily(3)]);
    change(model::PolicyUpdate::builder().enabled(true).trigger(other))
        .await
        .unwrap();
    world.sandbox.advance(2 * DAY);
    let latest = made(&world).await.split_off(4);
    assert_eq!(latest, ["06-05T03:00", "06-06T03:00"]);
    let call = world.home.dissociate_vault_policy(vault);
    call.policy_id(&policy).send().await.unwrap();
    world.sandbox.advance(WEEK);
    assert_eq!(made(&world).await.len(), 6, "what was made stays");
}

#[tokio::test]
async fn policy_keeps_so_many_backups_and_none_by_hand() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let policy = keeping(&[&daily(3)], definition().max_backups(3));
    let policy = apply(&world.home, vault, policy).await;
    world.sandbox.advance(10 * DAY);
    let expected = ["05-29T03:00", "05-30T03:00", "05-31T03:00"];
    assert_eq!(made(&world).await, expected);
    assert_eq!(world.backups().await.len(), 4, "and the one by hand");
    // A smaller number holds as soon as the next backup is made, be it by hand.
    let change =
        model::PolicyUpdate::builder().operation_definition(definition().max_backups(1).build());
    let call = world.home.update_policy(&policy).policy(change.build());
    call.send().await.unwrap();
    world.back_up().await;
    world.sandbox.advance(MADE + MINUTE);
    assert_eq!(made(&world).await, ["05-31T03:00"]);
    let deletions = world.tasks("delete").await;
    assert_eq!(deletions.len(), 9);
}

#[tokio::test]
async fn policy_keeps_backups_for_so_many_days() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let policy = keeping(&[&daily(3)], definition().retention_duration_days(2));
    let policy = apply(&world.home, vault, policy).await;
    world.sandbox.advance(10 * DAY);
    assert_eq!(made(&world).await, ["05-30T03:00", "05-31T03:00"]);
    let latest = world.backups().await.remove(0);
    let kept = seconds(latest.expired_at.as_ref()) - seconds(latest.created_at.as_ref());
    assert_eq!(kept, 2 * 86_400);
    // They go when their time has come, policy or not.
    world.home.delete_policy(policy).send().await.unwrap();
    world.sandbox.advance(3 * DAY);
    assert_eq!(made(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn policy_keeps_the_last_backups_of_days_and_weeks_beyond_its_number() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let rules = definition()
        .max_backups(1)
        .day_backups(2)
        .week_backups(3)
        .timezone("UTC+00:00");
    let policy = keeping(&["FREQ=DAILY;BYHOUR=3,15;BYMINUTE=0"], rules);
    apply(&world.home, vault, policy).await;
    // Until Thursday, the 13th of June.
    world.sandbox.advance(23 * DAY);
    let expected = ["06-02T15:00", "06-09T15:00", "06-12T15:00", "06-13T03:00"];
    assert_eq!(made(&world).await, expected);
}

#[tokio::test]
async fn full_backup_comes_after_so_many_incremental_ones() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let policy = keeping(&[&daily(3)], definition().full_backup_interval(2));
    apply(&world.home, vault, policy).await;
    world.sandbox.advance(7 * DAY);
    let backups = world.backups().await.into_iter().rev();
    let kinds: String = backups
        .map(|it| if it.incremental.unwrap() { "i" } else { "F" })
        .collect();
    assert_eq!(kinds, "FiiFiiFi");
}

#[tokio::test]
async fn policy_copies_to_the_other_region_what_is_not_there_yet() {
    let world = World::new().await;
    let there = &world.there;
    let mut copying = to_away(&world, 5);
    copying.operation_definition.as_mut().unwrap().max_backups = Some(2);
    let copying = create_policy(&world.home, copying).await.unwrap();
    let copying = copying.id.unwrap();
    let nightly = create_policy(&world.home, new_policy(&[&daily(3)])).await;
    let nightly = nightly.unwrap().id.unwrap();
    let call = world.home.associate_vault_policy(&there.cbr_vault);
    let call = call.add_policy_ids([&nightly, &copying]);
    let call = call.destination_vault_id(&there.cbr_replication_vault);
    call.send().await.unwrap();
    let shown = world.home.show_policy(&copying).send().await.unwrap();
    let vaults = shown.policy.unwrap().associated_vaults.unwrap();
    let destination = vaults[0].destination_vault_id.as_ref();
    assert_eq!(destination, Some(&there.cbr_replication_vault));

    world.sandbox.advance(19 * HOUR + MINUTE);
    let copies = list(&world.away).await;
    assert_eq!(copies.len(), 2, "the first backup and that of the night");
    let running = record(&world.home, &there.cbr_backup).await;
    assert_eq!(running.status, Some(ReplicationStatus::Replicating));
    assert_eq!(running.extra_info.unwrap().auto_trigger, Some(true));
    let task = world.task("replication").await;
    assert_eq!(task.policy_id.as_ref(), Some(&copying));
    let to = task.extra_info.unwrap().replication.unwrap();
    assert_eq!(to.destination_region.as_deref(), Some(AWAY));
    world.sandbox.advance(COPIED);
    assert_eq!(list(&world.away).await.len(), 2);
    world.sandbox.advance(3 * DAY);
    let copies = list(&world.away).await;
    assert_eq!(copies.len(), 2, "of five, as many as are kept");
    assert_eq!(world.backups().await.len(), 5);
    // Each was copied once, though most of the copies were deleted since.
    assert_eq!(world.tasks("replication").await.len(), 5);
    let ages: Vec<i64> = copies
        .iter()
        .map(|it| seconds(it.protected_at.as_ref()))
        .collect();
    let newest = &world.backups().await[..2];
    let expected: Vec<i64> = newest
        .iter()
        .map(|it| seconds(it.created_at.as_ref()))
        .collect();
    assert_eq!(ages, expected, "the newest are kept");
}

#[tokio::test]
async fn runs_of_which_nothing_comes_leave_a_task_that_says_why() {
    let world = World::new().await;
    let there = &world.there;
    let small = vault_id(&world.home, "server", 20).await;
    let spare = server(&there.cbr_spare_server);
    add(&world.home, &small, &[spare]).await.unwrap();
    let policy = apply(&world.home, &small, new_policy(&[&daily(3)])).await;
    world.sandbox.advance(2 * DAY);
    let [failed, made] = <[_; 2]>::try_from(world.tasks("backup").await).unwrap();
    assert_eq!(made.status, Some(OperationStatus::Success));
    assert_eq!(failed.status, Some(OperationStatus::Failed));
    assert_eq!(failed.policy_id.as_ref(), Some(&policy));
    assert_eq!(failed.ended_at, failed.started_at);
    let why = failed.error_info.unwrap();
    assert_eq!(why.code.as_deref(), Some("BackupService.6114"), "full");
    let about = failed.extra_info.unwrap().resource.unwrap();
    assert_eq!(about.id.as_ref(), Some(&there.cbr_spare_server));
    assert_eq!(failed.checkpoint_id, None);

    // A backup by hand is under way when the policy comes.
    let vault = there.cbr_vault.as_str();
    apply(
        &world.home,
        vault,
        new_policy(&["FREQ=DAILY;BYHOUR=11;BYMINUTE=0"]),
    )
    .await;
    world.sandbox.advance(HOUR - MINUTE);
    world.back_up().await;
    world.sandbox.advance(2 * MINUTE);
    let skipped = world.task("backup").await;
    assert_eq!(skipped.status, Some(OperationStatus::Skipped));
    let why = skipped.error_info.unwrap();
    assert_eq!(why.code.as_deref(), Some("BackupService.0002"));
}

#[tokio::test]
async fn copying_to_a_vault_that_is_gone_fails_in_its_task() {
    let world = World::new().await;
    let there = &world.there;
    let policy = create_policy(&world.home, to_away(&world, 5)).await;
    let policy = policy.unwrap().id.unwrap();
    let call = world.home.associate_vault_policy(&there.cbr_vault);
    let call = call.policy_id(policy);
    let call = call.destination_vault_id(&there.cbr_replication_vault);
    call.send().await.unwrap();
    let call = world.away.delete_vault(&there.cbr_replication_vault);
    call.send().await.unwrap();
    world.sandbox.advance(DAY);
    let failed = world.task("replication").await;
    assert_eq!(failed.status, Some(OperationStatus::Failed));
    let why = failed.error_info.unwrap();
    assert_eq!(why.code.as_deref(), Some("BackupService.6120"));
}

#[tokio::test]
async fn names_of_automatic_backups_begin_as_the_vault_says() {
    let world = World::new().await;
    let mut vault = new_vault("named", "server", 100);
    vault.backup_name_prefix = Some("night".to_owned());
    vault.resources = Some(vec![server(&world.there.cbr_spare_server)]);
    let vault = create_vault(&world.home, vault).await.unwrap().id.unwrap();
    apply(&world.home, &vault, new_policy(&[&daily(3)])).await;
    world.sandbox.advance(DAY);
    let name = world.backups().await.remove(0).name.unwrap();
    assert!(name.starts_with("night_"), "{name}");
}

#[tokio::test]
async fn vault_that_may_takes_in_what_is_in_no_vault() {
    let world = World::new().await;
    let mut vault = new_vault("open", "server", 100);
    vault.auto_bind = Some(true);
    let tag = |value: &str| {
        let tag = model::BindRuleTag::builder().key("name").value(value);
        model::BindRules::builder().tags([tag.build()]).build()
    };
    vault.bind_rules = Some(tag("other"));
    let vault = create_vault(&world.home, vault).await.unwrap().id.unwrap();
    apply(&world.home, &vault, new_policy(&[&daily(3)])).await;
    world.sandbox.advance(DAY);
    assert_eq!(world.vault(&vault).await.resources, Some(Vec::new()));
    let change = model::VaultUpdate::builder().bind_rules(tag("sandbox"));
    let call = world.home.update_vault(&vault).vault(change.build());
    call.send().await.unwrap();
    world.sandbox.advance(DAY);
    let resources = world.vault(&vault).await.resources.unwrap();
    assert_eq!(
        resources.len(),
        1,
        "neither the one elsewhere nor the faulty one"
    );
    assert_eq!(
        resources[0].id.as_ref(),
        Some(&world.there.cbr_spare_server)
    );
    assert_eq!(resources[0].backup_count, Some(1), "and backs it up");
}

#[tokio::test]
async fn jump_of_years_and_of_a_century_is_over_soon() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let policy = keeping(&[&hourly()], definition().retention_duration_days(3));
    apply(&world.home, vault, policy).await;
    for time in [YEAR, CENTURY] {
        world.sandbox.advance(time);
        let made = made(&world).await;
        assert!((71..=73).contains(&made.len()), "{}", made.len());
    }
    let task = world.home.list_operation_logs().limit(1).send().await;
    assert_eq!(task.unwrap().operation_logs.unwrap().len(), 1);
}
