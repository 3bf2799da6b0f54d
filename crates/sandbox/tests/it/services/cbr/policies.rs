//! Policies of CBR: made, applied, changed, taken off and deleted.

use super::super::{AWAY, DAY, assert_uuid, message_of, project, refused};
use super::support::{
    World, apply, create_policy, create_vault, daily, new_policy, new_vault, server, trigger,
    vault_id,
};
use super::{model, seconds};
use model::OperationType;

/// A replication policy to the other region.
pub(super) fn to_away(world: &World, hour: u32) -> model::NewPolicy {
    let mut policy = new_policy(&[&daily(hour)]);
    policy.operation_type = Some(OperationType::Replication);
    let definition = model::OperationDefinition::builder()
        .destination_region(AWAY)
        .destination_project_id(project(&world.sandbox, AWAY));
    policy.operation_definition = Some(definition.build());
    policy
}

#[tokio::test]
async fn policy_is_made_listed_changed_deleted_and_gone() {
    let world = World::new().await;
    let mut wanted = new_policy(&["FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=14;BYMINUTE=00"]);
    let definition = model::OperationDefinition::builder()
        .retention_duration_days(7)
        .day_backups(0)
        .timezone("UTC+01:00");
    wanted.operation_definition = Some(definition.build());
    let made = create_policy(&world.home, wanted.clone()).await.unwrap();
    let id = made.id.clone().unwrap();
    assert_uuid(Some(&id));
    assert_eq!(made.name.as_deref(), Some("nightly"));
    assert_eq!(
        (made.enabled, &made.policy_type),
        (Some(true), &Some("custom_policy".to_owned()))
    );
    assert_eq!(made.operation_type, Some(OperationType::Backup));
    assert_eq!(made.operation_definition, wanted.operation_definition);
    assert_eq!(made.associated_vaults, Some(Vec::new()));
    let when = made.trigger.clone().unwrap();
    assert_uuid(when.id.as_deref());
    assert_eq!(when.name.as_deref(), Some("default"));
    let times = when.properties.unwrap();
    assert_eq!(times.pattern.unwrap().len(), 1);
    assert_eq!(seconds(times.start_time.as_ref()), 1_716_285_600);
    let show = || world.home.show_policy(&id).send();
    assert_eq!(show().await.unwrap().policy.unwrap(), made);
    let listed = world.home.list_policies().send().await.unwrap();
    assert_eq!(
        (listed.count, listed.policies),
        (Some(1), Some(vec![made.clone()]))
    );

    let definition = model::OperationDefinition::builder().max_backups(3).build();
    let change = model::PolicyUpdate::builder()
        .name("daily")
        .enabled(false)
        .operation_definition(definition.clone())
        .trigger(trigger(&[&daily(3)]));
    let call = world.home.update_policy(&id).policy(change.build());
    let changed = call.send().await.unwrap().policy.unwrap();
    assert_eq!(show().await.unwrap().policy.unwrap(), changed);
    assert_eq!(
        (changed.name.as_deref(), changed.enabled),
        (Some("daily"), Some(false))
    );
    assert_eq!(changed.operation_definition, Some(definition), "as a whole");
    let when = changed.trigger.unwrap();
    assert_eq!(when.id, made.trigger.unwrap().id);
    assert_eq!(when.properties.unwrap().pattern, Some(vec![daily(3)]));

    world.home.delete_policy(&id).send().await.unwrap();
    for error in [
        show().await.map(|_| ()),
        world.home.delete_policy(&id).send().await.map(|_| ()),
    ] {
        let error = error.unwrap_err();
        assert_eq!(refused(&error), (404, "BackupService.6000"));
    }
    let listed = world.home.list_policies().send().await.unwrap();
    assert_eq!((listed.count, listed.policies), (Some(0), Some(Vec::new())));
}

#[tokio::test]
async fn policies_are_found_by_kind_and_vault_and_not_elsewhere() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let nightly = apply(&world.home, vault, new_policy(&[&daily(3)])).await;
    let copying = create_policy(&world.home, to_away(&world, 5))
        .await
        .unwrap();
    let copying = copying.id.unwrap();
    let call = world.home.list_policies();
    for (found, expected) in [
        (call.clone(), vec![&nightly, &copying]),
        (call.clone().operation_type("backup"), vec![&nightly]),
        (call.clone().operation_type("replication"), vec![&copying]),
        (call.clone().vault_id(vault), vec![&nightly]),
        (call.clone().vault_id("none"), vec![]),
    ] {
        let reply = found.send().await.unwrap();
        assert_eq!(reply.count, Some(expected.len() as i64));
        let ids: Vec<String> = reply
            .policies
            .unwrap()
            .into_iter()
            .map(|it| it.id.unwrap())
            .collect();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected);
    }
    let elsewhere = world.away.list_policies().send().await.unwrap();
    assert_eq!(elsewhere.count, Some(0));
    let error = world.away.show_policy(&nightly).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6000"));
}

#[tokio::test]
async fn policies_that_make_no_sense_are_refused() {
    let world = World::new().await;
    let of = |definition: model::OperationDefinitionBuilder| {
        let mut policy = new_policy(&[&daily(3)]);
        policy.operation_definition = Some(definition.build());
        policy
    };
    let copying = |region: &str, project: String| {
        let mut policy = to_away(&world, 3);
        let definition = policy.operation_definition.as_mut().unwrap();
        definition.destination_region = Some(region.to_owned());
        definition.destination_project_id = Some(project);
        policy
    };
    let definition = model::OperationDefinition::builder;
    let mut nowhere = to_away(&world, 3);
    nowhere.operation_definition = Some(definition().build());
    let home = project(&world.sandbox, "eu-de");
    for (policy, code, place) in [
        (new_policy(&[]), "9900", "pattern"),
        (new_policy(&["every night"]), "9900", "pattern"),
        (
            new_policy(&["FREQ=DAILY;BYHOUR=1;BYMINUTE=0,30"]),
            "9900",
            "an hour apart",
        ),
        (of(definition().day_backups(1)), "9900", "timezone"),
        (
            of(definition().retention_duration_days(0)),
            "9900",
            "retention_duration_days",
        ),
        (
            of(definition().retention_duration_days(1).max_backups(1)),
            "9900",
            "retention_duration_days",
        ),
        (nowhere, "9900", "destination_region"),
        (copying("nowhere", home.clone()), "1011", "destination"),
        (copying(AWAY, home.clone()), "1011", "destination"),
        (copying("eu-de", home), "1011", "another region"),
    ] {
        let shown = format!("{policy:?}");
        let call = world.home.create_policy().policy(policy);
        let error = call.with_validation(false).send().await.unwrap_err();
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&error), (400, code.as_str()), "{shown}");
        assert!(message_of(&error).contains(place), "{error}");
    }
    assert_eq!(
        world.home.list_policies().send().await.unwrap().count,
        Some(0)
    );
}

#[tokio::test]
async fn there_are_thirty_two_policies_of_each_kind() {
    let world = World::new().await;
    for _ in 0..32 {
        create_policy(&world.home, new_policy(&[&daily(3)]))
            .await
            .unwrap();
    }
    let error = create_policy(&world.home, new_policy(&[&daily(3)])).await;
    assert_eq!(refused(&error.unwrap_err()), (400, "BackupService.6001"));
    let copying = create_policy(&world.home, to_away(&world, 3)).await;
    let copying = copying.unwrap().id.unwrap();
    let elsewhere = create_policy(&world.away, new_policy(&[&daily(3)])).await;
    elsewhere.unwrap();
    world.home.delete_policy(copying).send().await.unwrap();
    let listed = world.home.list_policies().send().await.unwrap();
    let first = listed.policies.unwrap().remove(0).id.unwrap();
    world.home.delete_policy(first).send().await.unwrap();
    create_policy(&world.home, new_policy(&[&daily(3)]))
        .await
        .unwrap();
}

#[tokio::test]
async fn policy_takes_the_place_of_another_of_its_kind_or_comes_on_top() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let first = apply(&world.home, vault, new_policy(&[&daily(1)])).await;
    let second = apply(&world.home, vault, new_policy(&[&daily(2)])).await;
    let applied = || async {
        let reply = world.home.list_policies().vault_id(vault).send().await;
        let policies = reply.unwrap().policies.unwrap();
        policies
            .into_iter()
            .map(|it| it.id.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(applied().await, [second.as_str()]);
    let third = create_policy(&world.home, new_policy(&[&daily(3)])).await;
    let third = third.unwrap().id.unwrap();
    let call = world.home.associate_vault_policy(vault);
    let call = call.add_policy_ids([&first, &third]);
    let reply = call.send().await.unwrap().associate_policy.unwrap();
    assert_eq!(reply.policy_id.as_ref(), Some(&third), "the last one");
    assert_eq!(reply.vault_id.as_deref(), Some(vault));
    assert_eq!(
        applied().await,
        [first.clone(), second.clone(), third.clone()]
    );
    let shown = world.home.show_policy(&third).send().await.unwrap();
    let vaults = shown.policy.unwrap().associated_vaults.unwrap();
    assert_eq!(vaults[0].vault_id.as_deref(), Some(vault));
    let resource = world.vault(vault).await.resources.unwrap().remove(0);
    assert_eq!(resource.auto_protect, Some(true));

    let dissociate = |id: &str| {
        let call = world.home.dissociate_vault_policy(vault);
        call.policy_id(id).send()
    };
    let reply = dissociate(&second)
        .await
        .unwrap()
        .dissociate_policy
        .unwrap();
    assert_eq!(reply.policy_id.as_ref(), Some(&second));
    assert_eq!(reply.vault_id.as_deref(), Some(vault));
    let error = dissociate(&second).await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6002"));
    let error = dissociate("none").await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6000"));
    world.home.delete_policy(&first).send().await.unwrap();
    assert_eq!(applied().await, [third.as_str()]);
    dissociate(&third).await.unwrap();
    let resource = world.vault(vault).await.resources.unwrap().remove(0);
    assert_eq!(resource.auto_protect, Some(false));
}

#[tokio::test]
async fn policies_are_applied_where_they_fit_only() {
    let world = World::new().await;
    let there = &world.there;
    let (first, copies) = (&there.cbr_vault, &there.cbr_replication_vault);
    let backup = create_policy(&world.home, new_policy(&[&daily(3)])).await;
    let backup = backup.unwrap().id.unwrap();
    let copying = create_policy(&world.home, to_away(&world, 3)).await;
    let copying = copying.unwrap().id.unwrap();
    let disks = vault_id(&world.home, "disk", 100).await;
    let ordinary = vault_id(&world.away, "server", 100).await;
    let mut hybrid = new_vault("hybrid", "vmware", 100);
    hybrid.billing.as_mut().unwrap().cloud_type = Some("hybrid".into());
    let hybrid = create_vault(&world.home, hybrid).await.unwrap();
    let code = "vault.hybrid.vmware.normal";
    assert_eq!(hybrid.billing.unwrap().spec_code.as_deref(), Some(code));
    let hybrid = hybrid.id.unwrap();
    let apply = |vault: &str| world.home.associate_vault_policy(vault);
    for (call, status, code) in [
        (apply(first).policy_id("none"), 404, "6000"),
        (apply("none").policy_id(&backup), 404, "6105"),
        (apply(&hybrid).policy_id(&backup), 400, "6136"),
        (apply(first).policy_id(&copying), 400, "9900"),
        (
            apply(first)
                .policy_id(&copying)
                .destination_vault_id("none"),
            400,
            "6120",
        ),
        (
            apply(first)
                .policy_id(&copying)
                .destination_vault_id(&ordinary),
            400,
            "6119",
        ),
        (
            apply(&disks)
                .policy_id(&copying)
                .destination_vault_id(copies),
            400,
            "6122",
        ),
        (
            apply(first).policy_id(&backup).add_policy_ids([&backup]),
            400,
            "9900",
        ),
        (
            apply(first).add_policy_ids(Vec::<String>::new()),
            400,
            "9900",
        ),
        (
            apply(first).add_policy_ids(vec![backup.clone(); 11]),
            400,
            "9900",
        ),
    ] {
        let shown = format!("{call:?}");
        let error = call.with_validation(false).send().await.unwrap_err();
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&error), (status, code.as_str()), "{shown}");
    }
    let own = create_policy(&world.away, new_policy(&[&daily(3)])).await;
    let own = own.unwrap().id.unwrap();
    let call = world.away.associate_vault_policy(copies).policy_id(own);
    let error = call.send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6127"));

    let call = apply(first)
        .policy_id(&copying)
        .destination_vault_id(copies);
    let reply = call.send().await.unwrap().associate_policy.unwrap();
    assert_eq!(reply.destination_vault_id.as_ref(), Some(copies));
    // The region that copies go to cannot be changed from then on.
    let elsewhere = model::OperationDefinition::builder().max_backups(2);
    let elsewhere = elsewhere.build();
    let change = |definition| {
        let change = model::PolicyUpdate::builder().operation_definition(definition);
        world
            .home
            .update_policy(&copying)
            .policy(change.build())
            .send()
    };
    let error = change(elsewhere).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.9900"), "has none");
    let mut same = to_away(&world, 3).operation_definition.unwrap();
    same.max_backups = Some(2);
    change(same).await.unwrap();
}

#[tokio::test]
async fn vault_can_be_made_with_its_policy() {
    let world = World::new().await;
    let policy = create_policy(&world.home, new_policy(&[&daily(3)])).await;
    let policy = policy.unwrap().id.unwrap();
    let mut vault = new_vault("protected", "server", 100);
    vault.backup_policy_id = Some(policy.clone());
    vault.resources = Some(vec![server(&world.there.cbr_spare_server)]);
    let vault = create_vault(&world.home, vault).await.unwrap().id.unwrap();
    world.sandbox.advance(DAY);
    let found = world.home.list_backups().vault_id(&vault).send().await;
    assert_eq!(found.unwrap().count, Some(1));
    let mut wrong = new_vault("wrong", "server", 100);
    let copying = create_policy(&world.home, to_away(&world, 3)).await;
    wrong.backup_policy_id = copying.unwrap().id;
    let error = create_vault(&world.home, wrong).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6127"));
}
