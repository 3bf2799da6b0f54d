//! Restore points of CBR, and the backups that they are made of.

use cloudbackup_runtime::Outcome;
use cloudbackup_sandbox::Fault;
use serde_json::Value;

use super::super::{DAY, HOUR, MADE, MINUTE, assert_uuid, message_of, refused};
use super::support::{World, add, back_up, disk, resource, server, vault_id};
use super::{model, seconds, show};
use model::{BackupStatus, CheckpointStatus, OperationStatus, ProtectStatus};

async fn status(world: &World, id: &str) -> Option<CheckpointStatus> {
    let reply = world.home.show_checkpoint(id).send().await.unwrap();
    reply.checkpoint.unwrap().status
}

#[tokio::test]
async fn restore_point_is_protecting_then_available_then_gone_with_its_backups() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    add(&world.home, vault, &[server(&world.there.cbr_spare_server)])
        .await
        .unwrap();
    let made = back_up(&world.home, vault, |it| {
        it.name = Some("before-update".to_owned());
        it.description = Some("just in case".to_owned());
    });
    let made = made.await.unwrap();
    let id = made.id.clone().unwrap();
    assert_uuid(Some(&id));
    assert_eq!(made.status, Some(CheckpointStatus::Protecting));
    assert_eq!(seconds(made.created_at.as_ref()), 1_716_285_600);
    let shown = world.home.show_checkpoint(&id).send().await.unwrap();
    assert_eq!(shown.checkpoint.unwrap(), made);
    let (details, of) = (made.extra_info.unwrap(), made.vault.unwrap());
    assert_eq!(details.name.as_deref(), Some("before-update"));
    assert_eq!(details.retention_duration, Some(-1));
    assert_eq!(of.id.as_deref(), Some(vault));
    assert_eq!(of.skipped_resources, Some(Vec::new()));
    let resources = of.resources.unwrap();
    assert_eq!(resources.len(), 2);
    assert_eq!(resources[0].resource_size.as_deref(), Some("40"));
    assert_eq!(resources[0].protect_status, Some(ProtectStatus::Protecting));

    let call = world.home.list_backups().checkpoint_id(&id);
    let backups = call.clone().send().await.unwrap().backups.unwrap();
    assert_eq!(backups.len(), 2);
    for backup in &backups {
        assert_eq!(backup.status, Some(BackupStatus::Protecting));
        assert_eq!(backup.name.as_deref(), Some("before-update"));
        assert_eq!(backup.description.as_deref(), Some("just in case"));
    }
    let of_server = |id: &str| {
        let mut backups = backups.iter();
        backups
            .find(|it| it.resource_id.as_deref() == Some(id))
            .unwrap()
    };
    let known = of_server(&world.there.cbr_server);
    assert_eq!(known.incremental, Some(true), "there is one before");
    let new = of_server(&world.there.cbr_spare_server);
    assert_eq!(new.incremental, Some(false), "the first is full");

    world.sandbox.advance(MADE);
    assert_eq!(status(&world, &id).await, Some(CheckpointStatus::Available));
    for backup in &backups {
        let backup = world.backup(backup.id.as_ref().unwrap()).await;
        assert_eq!(backup.status, Some(BackupStatus::Available));
        let backup = backup.id.unwrap();
        world.home.delete_backup(&backup).send().await.unwrap();
    }
    assert_eq!(status(&world, &id).await, Some(CheckpointStatus::Deleting));
    world.sandbox.advance(MINUTE);
    let error = world.home.show_checkpoint(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6217"));
    assert_eq!(call.send().await.unwrap().count, Some(0));
}

#[tokio::test]
async fn only_named_resources_are_backed_up_and_others_are_refused() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let spare = world.there.cbr_spare_server.clone();
    let wanted = |ids: Vec<String>| back_up(&world.home, vault, |it| it.resources = Some(ids));
    let error = wanted(vec![spare.clone()]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6135"));
    add(&world.home, vault, &[server(&spare)]).await.unwrap();
    let made = wanted(vec![spare.clone(), spare.clone()]).await.unwrap();
    let resources = made.vault.unwrap().resources.unwrap();
    assert_eq!(resources.len(), 1, "once, though named twice");
    assert_eq!(resources[0].id.as_ref(), Some(&spare));
}

#[tokio::test]
async fn what_cannot_be_backed_up_now_is_skipped_and_nothing_at_all_is_refused() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let servers = world.home.list_protectable_instances("server");
    let faulty = servers.status("error").send().await.unwrap();
    let faulty = faulty.instances.unwrap().remove(0);
    let id = faulty.id.unwrap();
    add(&world.home, vault, &[server(&id)]).await.unwrap();
    let skipped = world.back_up().await.vault.unwrap().skipped_resources;
    let skipped = skipped.unwrap();
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].id.as_ref(), Some(&id));
    assert_eq!(skipped[0].r#type.as_deref(), Some("OS::Nova::Server"));
    assert_eq!(skipped[0].code.as_deref(), Some("BackupService.7101"));
    assert!(skipped[0].reason.as_ref().unwrap().len() > 10);

    let error = back_up(&world.home, vault, |_| {}).await.unwrap_err();
    assert_eq!(
        refused(&error),
        (400, "BackupService.0001"),
        "one at a time"
    );
    let spare = &world.there.cbr_spare_server;
    add(&world.home, vault, &[server(spare)]).await.unwrap();
    let skipped = world.back_up().await.vault.unwrap().skipped_resources;
    let codes: Vec<_> = skipped
        .unwrap()
        .into_iter()
        .map(|it| it.code.unwrap())
        .collect();
    assert_eq!(codes, ["BackupService.0002", "BackupService.7101"]);
}

#[tokio::test]
async fn vaults_that_take_no_backups_refuse_them() {
    let world = World::new().await;
    let empty = vault_id(&world.home, "server", 10).await;
    let copies = &world.there.cbr_replication_vault;
    let broken = |change: fn(&mut model::CheckpointParameters)| {
        back_up(&world.home, &world.there.cbr_vault, change)
    };
    for (made, status, code) in [
        (back_up(&world.home, &empty, |_| {}).await, 400, "0001"),
        (back_up(&world.home, "none", |_| {}).await, 404, "6105"),
        (back_up(&world.away, copies, |_| {}).await, 400, "6124"),
        (
            broken(|it| it.retention_duration_days = Some(0)).await,
            400,
            "9900",
        ),
        (
            broken(|it| {
                it.retention_duration_days = Some(3);
                it.auto_trigger = Some(true);
            })
            .await,
            400,
            "9900",
        ),
        (
            broken(|it| it.policy_id = Some("none".to_owned())).await,
            404,
            "6000",
        ),
        (
            broken(|it| it.resource_details = Some(vec![disk("none")])).await,
            400,
            "6135",
        ),
    ] {
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&made.unwrap_err()), (status, code.as_str()));
    }
    assert_eq!(world.backups().await.len(), 1);
}

#[tokio::test]
async fn backup_that_fails_says_why_in_its_task() {
    let world = World::new().await;
    let fault = Fault::failed_job().on("cbr", "create_checkpoint");
    world.sandbox.fault(fault);
    let id = world.back_up().await.id.unwrap();
    world.sandbox.advance(MADE);
    assert_eq!(status(&world, &id).await, Some(CheckpointStatus::Error));
    let backup = world.backups().await.remove(0);
    assert_eq!(backup.status, Some(BackupStatus::Error));
    let task = world.task("backup").await;
    assert_eq!(task.checkpoint_id.as_ref(), Some(&id));
    assert_eq!(task.status, Some(OperationStatus::Failed));
    let why = task.error_info.unwrap();
    assert_eq!(why.code.as_deref(), Some("BackupService.9910"));
    let resources = world.vault(&world.there.cbr_vault).await.resources;
    let status = resources.unwrap()[0].protect_status.clone();
    assert_eq!(status, Some(ProtectStatus::Error));
    let backup = backup.id.unwrap();
    world.home.delete_backup(&backup).send().await.unwrap();
}

#[tokio::test]
async fn backup_that_could_not_be_deleted_is_an_error_until_it_is() {
    let world = World::new().await;
    let id = world.there.cbr_backup.as_str();
    world
        .sandbox
        .fault(Fault::failed_job().on("cbr", "delete_backup"));
    world.home.delete_backup(id).send().await.unwrap();
    world.sandbox.advance(MINUTE);
    let backup = world.backup(id).await;
    assert_eq!(backup.status, Some(BackupStatus::Error));
    let checkpoint = backup.checkpoint_id.unwrap();
    let state = status(&world, &checkpoint).await;
    assert_eq!(state, Some(CheckpointStatus::ErrorDeleting));
    let task = world.task("delete").await;
    assert_eq!(task.status, Some(OperationStatus::Failed));
    let told = task.extra_info.unwrap().delete.unwrap();
    assert_eq!(told.backup_id.as_deref(), Some(id));
    world.home.delete_backup(id).send().await.unwrap();
    world.sandbox.advance(MINUTE);
    assert!(show(&world.home, id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn backup_that_the_next_one_builds_on_cannot_be_deleted() {
    let world = World::new().await;
    world.back_up().await;
    let base = world.there.cbr_backup.as_str();
    let error = world.home.delete_backup(base).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6216"));
    world.sandbox.advance(MADE);
    world.home.delete_backup(base).send().await.unwrap();
}

#[tokio::test]
async fn backups_that_are_kept_for_some_days_go_by_themselves() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let kept = back_up(&world.home, vault, |it| {
        it.retention_duration_days = Some(2);
        it.incremental = Some(false);
    });
    let kept = kept.await.unwrap();
    assert_eq!(kept.extra_info.unwrap().retention_duration, Some(2));
    let backup = world.backups().await.remove(0);
    assert_eq!(backup.incremental, Some(false), "as it was asked for");
    let expires = seconds(backup.expired_at.as_ref());
    assert_eq!(expires, seconds(backup.created_at.as_ref()) + 2 * 86_400);
    world.sandbox.advance(2 * DAY - HOUR);
    assert_eq!(world.backups().await.len(), 2);
    world.sandbox.advance(HOUR + MINUTE);
    assert_eq!(world.backups().await.len(), 1);
    let task = world.task("delete").await;
    let told = task.extra_info.unwrap().delete.unwrap();
    assert_eq!(told.backup_id, backup.id);
}

#[tokio::test]
async fn incremental_backups_take_up_less_and_are_told_apart() {
    let world = World::new().await;
    world.back_up().await;
    world.sandbox.advance(MADE);
    let resource = world.vault(&world.there.cbr_vault).await;
    let resource = resource.resources.unwrap().remove(0);
    assert_eq!(resource.backup_count, Some(2));
    assert_eq!(resource.backup_size, Some(40 * 1024 + 2 * 1024));
    for (incremental, index) in [(true, 0), (false, 1)] {
        let call = world.home.list_backups().incremental(incremental);
        let found = call.send().await.unwrap().backups.unwrap();
        assert_eq!(found, [world.backups().await.remove(index)]);
    }
}

#[tokio::test]
async fn backup_of_a_server_has_parts_for_its_disks() {
    let world = World::new().await;
    let id = world.there.cbr_backup.as_str();
    let children = world.backup(id).await.children.unwrap();
    let sizes: Vec<_> = children
        .iter()
        .map(|it| it.resource_size.unwrap())
        .collect();
    assert_eq!(sizes, [30, 10]);
    let call = world.home.list_backups().parent_id(id).sort("id:asc");
    let mut listed = call.send().await.unwrap().backups.unwrap();
    listed.sort_by_key(|it| it.resource_size);
    assert_eq!(listed, [children[1].clone(), children[0].clone()]);
    let part = children[0].id.as_ref().unwrap();
    assert_eq!(world.backup(part).await, children[0]);
    assert_eq!(children[0].parent_id.as_deref(), Some(id));
    assert_eq!(
        children[0].resource_type.as_deref(),
        Some("OS::Cinder::Volume")
    );
    let error = world.home.delete_backup(part).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.2012"));
    assert_eq!(world.backups().await.len(), 1, "not in the list as such");
}

#[tokio::test]
async fn backup_gets_another_name_and_nothing_else() {
    let world = World::new().await;
    let id = world.there.cbr_backup.as_str();
    let before = world.backup(id).await;
    let rename = |name: &str| {
        let change = model::BackupUpdate::builder().name(name).build();
        world.home.update_backup(id).backup(change).send()
    };
    let renamed = rename("golden").await.unwrap().backup.unwrap();
    assert_eq!(renamed.name.as_deref(), Some("golden"));
    assert_eq!(world.backup(id).await, renamed);
    let mut expected = before;
    expected.name.clone_from(&renamed.name);
    expected.updated_at.clone_from(&renamed.updated_at);
    expected.children.clone_from(&renamed.children);
    assert_eq!(renamed, expected);
    let same = world.home.update_backup(id).send().await.unwrap();
    assert_eq!(same.backup.unwrap(), renamed, "without a body");
    for name in ["", &"n".repeat(65)] {
        let error = rename(name).await.unwrap_err();
        assert!(message_of(&error).contains("/body/backup/name"), "{error}");
    }
    let error = world.home.update_backup("none").send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6200"));
}

#[tokio::test]
async fn metadata_tell_what_the_server_looked_like() {
    let world = World::new().await;
    let call = world.home.show_backup_metadata(&world.there.cbr_backup);
    let told = call.send().await.unwrap();
    assert_eq!(told.backup_id.as_ref(), Some(&world.there.cbr_backup));
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let backup = parsed(&told.backups.unwrap());
    assert_eq!(backup["id"], world.there.cbr_backup.as_str());
    let server = parsed(&told.server.unwrap());
    assert_eq!(server["id"], world.there.cbr_server.as_str());
    let volumes = told.volumes.unwrap();
    let sizes: Vec<Value> = volumes
        .iter()
        .map(|it| parsed(it)["size"].clone())
        .collect();
    assert_eq!(sizes, [30, 10]);
    for text in [told.flavor.unwrap(), told.interface.unwrap()] {
        assert!(!parsed(&text).is_null());
    }
    assert_eq!(told.ports.unwrap().len(), 1);
    assert_eq!(told.floating_ips, Some(Vec::new()));

    world.back_up().await;
    let made = world.backups().await.remove(0).id.unwrap();
    let error = world.home.show_backup_metadata(&made).send().await;
    assert_eq!(refused(&error.unwrap_err()), (400, "BackupService.6206"));
    let error = world.home.show_backup_metadata("none").send().await;
    assert_eq!(refused(&error.unwrap_err()), (404, "BackupService.6200"));
}

#[tokio::test]
async fn disks_and_file_systems_are_backed_up_as_what_they_are() {
    let world = World::new().await;
    let there = &world.there;
    for (kind, wire, id, provider) in [
        ("disk", "OS::Cinder::Volume", &there.cbr_disk, "d1603440"),
        (
            "turbo",
            "OS::Sfs::Turbo",
            &there.cbr_file_system,
            "3f3c3220",
        ),
    ] {
        let vault = vault_id(&world.home, kind, 1000).await;
        let added = add(&world.home, &vault, &[resource(wire, id)]).await;
        added.unwrap();
        back_up(&world.home, &vault, |_| {}).await.unwrap();
        world.sandbox.advance(MADE);
        let call = world.home.list_backups().resource_type(wire);
        let backup = call.send().await.unwrap().backups.unwrap().remove(0);
        assert_eq!(backup.status, Some(BackupStatus::Available));
        assert_eq!(backup.resource_id.as_ref(), Some(id));
        assert!(backup.provider_id.unwrap().starts_with(provider));
        assert_eq!(backup.children, Some(Vec::new()));
    }
}

#[tokio::test]
async fn backup_whose_reply_was_lost_was_made_once() {
    let world = World::new().await;
    let fault = Fault::reset_after_effect().on("cbr", "create_checkpoint");
    world.sandbox.fault(fault);
    let lost = back_up(&world.home, &world.there.cbr_vault, |it| {
        it.name = Some("lost".to_owned());
    });
    assert_eq!(lost.await.unwrap_err().outcome(), Outcome::Unknown);
    let found = world.home.list_backups().name("lost").send().await.unwrap();
    let found = found.backups.unwrap().remove(0);
    let id = found.checkpoint_id.unwrap();
    assert_eq!(
        status(&world, &id).await,
        Some(CheckpointStatus::Protecting)
    );
}
