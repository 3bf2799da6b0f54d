//! Resources in CBR's vaults: added, removed and moved.

use cloudbackup_sandbox::Fault;

use super::super::{MADE, MINUTE, refused};
use super::support::{World, add, back_up, disk, server, vault_id};
use super::{model, show};
use model::{BackupStatus, OperationStatus, ProtectStatus};

async fn remove(
    world: &World,
    vault: &str,
    ids: &[&str],
) -> Result<Vec<String>, cloudbackup_runtime::Error> {
    let call = world.home.remove_vault_resources(vault);
    let reply = call.resource_ids(ids.iter().copied()).send().await?;
    Ok(reply.remove_resource_ids.unwrap())
}

async fn migrate(
    world: &World,
    from: &str,
    to: &str,
    ids: &[&str],
) -> Result<Vec<String>, cloudbackup_runtime::Error> {
    let call = world.home.migrate_vault_resources(from);
    let call = call.destination_vault_id(to);
    let reply = call.resource_ids(ids.iter().copied()).send().await?;
    Ok(reply.migrated_resources.unwrap())
}

/// The ids of the resources in a vault.
async fn members(world: &World, vault: &str) -> Vec<String> {
    let resources = world.vault(vault).await.resources.unwrap();
    resources.into_iter().map(|it| it.id.unwrap()).collect()
}

#[tokio::test]
async fn resource_is_added_backed_up_removed_and_gone_with_its_backups() {
    let world = World::new().await;
    let (vault, spare) = (&world.there.cbr_vault, &world.there.cbr_spare_server);
    let added = add(&world.home, vault, &[server(spare)]).await.unwrap();
    assert_eq!(added, [spare.as_str()]);
    assert_eq!(members(&world, vault).await.len(), 2);
    assert_eq!(
        world.vault(vault).await.billing.unwrap().allocated,
        Some(60)
    );
    world.back_up().await;
    let error = remove(&world, vault, &[spare]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6203"), "backing up");
    world.sandbox.advance(MADE);

    let removed = remove(&world, vault, &[spare]).await.unwrap();
    assert_eq!(removed, [spare.as_str()]);
    let resources = world.vault(vault).await.resources.unwrap();
    assert_eq!(resources[1].protect_status, Some(ProtectStatus::Removing));
    assert_eq!(resources[1].backup_count, Some(1));
    let call = world.home.list_backups().resource_id(spare);
    let backup = call
        .clone()
        .send()
        .await
        .unwrap()
        .backups
        .unwrap()
        .remove(0);
    assert_eq!(backup.status, Some(BackupStatus::Deleting));
    let error = remove(&world, vault, &[spare]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6134"));
    let running = world.task("remove_resource").await;
    assert_eq!(running.status, Some(OperationStatus::Running));
    world.sandbox.advance(MINUTE);
    assert_eq!(
        members(&world, vault).await,
        [world.there.cbr_server.as_str()]
    );
    assert_eq!(call.send().await.unwrap().count, Some(0));
    assert_eq!(world.backups().await.len(), 2, "of the other server");
    let over = world.task("remove_resource").await;
    assert_eq!(over.status, Some(OperationStatus::Success));
    let told = over.extra_info.unwrap().remove_resources.unwrap();
    assert_eq!((told.total_count, told.fail_count), (Some(1), Some(0)));
    assert_eq!(told.resources.unwrap()[0].id.as_ref(), Some(spare));
    let found = world.home.list_operation_logs().resource_id(spare);
    let found = found.operation_type("remove_resource").send().await;
    assert_eq!(found.unwrap().count, Some(1), "found by the resource");
    let error = remove(&world, vault, &[spare]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6135"));
    add(&world.home, vault, &[server(spare)]).await.unwrap();
}

#[tokio::test]
async fn resource_that_could_not_be_removed_stays_and_can_be_removed_again() {
    let world = World::new().await;
    let (vault, id) = (&world.there.cbr_vault, &world.there.cbr_server);
    let fault = Fault::failed_job().on("cbr", "remove_vault_resources");
    world.sandbox.fault(fault);
    remove(&world, vault, &[id]).await.unwrap();
    world.sandbox.advance(MINUTE);
    let resources = world.vault(vault).await.resources.unwrap();
    assert_eq!(resources[0].protect_status, Some(ProtectStatus::Error));
    let failed = world.task("remove_resource").await;
    assert_eq!(failed.status, Some(OperationStatus::Failed));
    let why = failed.error_info.unwrap();
    assert_eq!(why.code.as_deref(), Some("BackupService.6115"));
    let told = failed.extra_info.unwrap().remove_resources.unwrap();
    assert_eq!((told.total_count, told.fail_count), (Some(0), Some(1)));
    let backup = world.backup(&world.there.cbr_backup).await;
    assert_eq!(backup.status, Some(BackupStatus::Error));
    remove(&world, vault, &[id]).await.unwrap();
    world.sandbox.advance(MINUTE);
    assert_eq!(members(&world, vault).await, Vec::<String>::new());
}

#[tokio::test]
async fn resource_is_in_one_vault_only_and_of_its_kind() {
    let world = World::new().await;
    let there = &world.there;
    let other = vault_id(&world.home, "server", 30).await;
    let (first, copies) = (&there.cbr_vault, &there.cbr_replication_vault);
    let excluding = |disk: &str| {
        let mut resource = server(&there.cbr_spare_server);
        let details = model::ResourceDetails::builder().exclude_volumes([disk]);
        resource.extra_info = Some(details.build());
        resource
    };
    for (vault, resources, status, code) in [
        (&other, vec![server(&there.cbr_server)], 400, "6103"),
        (first, vec![server(&there.cbr_server)], 400, "6104"),
        (
            first,
            vec![
                server(&there.cbr_spare_server),
                server(&there.cbr_spare_server),
            ],
            400,
            "6104",
        ),
        (first, vec![disk(&there.cbr_disk)], 400, "6102"),
        (first, vec![server("none")], 404, "7100"),
        (first, vec![server(&there.cbr_disk)], 404, "7100"),
        (first, vec![excluding("none")], 404, "7000"),
    ] {
        let error = add(&world.home, vault, &resources).await.unwrap_err();
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&error), (status, code.as_str()), "{resources:?}");
    }
    let error = add(&world.home, "none", &[server(&there.cbr_server)]).await;
    assert_eq!(refused(&error.unwrap_err()), (404, "BackupService.6105"));
    let error = add(&world.away, copies, &[server(&there.cbr_server)]).await;
    assert_eq!(refused(&error.unwrap_err()), (400, "BackupService.6108"));
    let disks = vault_id(&world.home, "disk", 99).await;
    let error = add(&world.home, &disks, &[disk(&there.cbr_disk)]).await;
    let error = error.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6108"), "100 GB");
    assert_eq!(members(&world, first).await.len(), 1, "all or nothing");
}

#[tokio::test]
async fn disks_that_are_left_out_are_not_backed_up_nor_counted() {
    let world = World::new().await;
    let there = &world.there;
    remove(&world, &there.cbr_vault, &[&there.cbr_server])
        .await
        .unwrap();
    world.sandbox.advance(MINUTE);
    let disks = world.home.list_protectable_instances("disk");
    let disks = disks.server_id(&there.cbr_server).send().await.unwrap();
    let disks = disks.instances.unwrap();
    let (system, data) = (disks[0].id.clone().unwrap(), disks[1].id.clone().unwrap());
    let mut without = server(&there.cbr_server);
    let details = model::ResourceDetails::builder().exclude_volumes([data.clone()]);
    without.extra_info = Some(details.build());
    add(&world.home, &there.cbr_vault, &[without.clone()])
        .await
        .unwrap();
    let resource = world.vault(&there.cbr_vault).await.resources.unwrap();
    assert_eq!(resource[0].size, Some(30), "the system disk");
    assert_eq!(resource[0].extra_info, without.extra_info);
    world.back_up().await;
    let children = world.backups().await.remove(0).children.unwrap();
    assert_eq!(children.len(), 1);
    assert_eq!(children[0].resource_id.as_ref(), Some(&system));

    // This once the other disk alone.
    world.sandbox.advance(MADE);
    let only = model::IncludedVolume::builder().id(&data).build();
    let mut other = server(&there.cbr_server);
    let details = model::ResourceDetails::builder().include_volumes([only]);
    other.extra_info = Some(details.build());
    let made = back_up(&world.home, &there.cbr_vault, |it| {
        it.resource_details = Some(vec![other]);
    });
    made.await.unwrap();
    let backup = world.backups().await.remove(0);
    assert_eq!(backup.resource_size, Some(10));
    let details = backup.extend_info.unwrap();
    assert_eq!(details.contain_system_disk, Some(false));
    let children = backup.children.unwrap();
    assert_eq!(children[0].resource_id.as_ref(), Some(&data));
    assert_eq!(
        children[0].extend_info.as_ref().unwrap().bootable,
        Some(false)
    );
}

#[tokio::test]
async fn resource_moves_to_another_vault_with_its_backups() {
    let world = World::new().await;
    let there = &world.there;
    let (from, id) = (&there.cbr_vault, &there.cbr_server);
    let to = vault_id(&world.home, "server", 40).await;
    let before = world.backup(&there.cbr_backup).await;
    let moved = migrate(&world, from, &to, &[id]).await.unwrap();
    assert_eq!(moved, [id.as_str()]);
    assert_eq!(members(&world, from).await, Vec::<String>::new());
    assert_eq!(members(&world, &to).await, [id.as_str()]);
    let after = world.backup(&there.cbr_backup).await;
    assert_eq!(after.vault_id.as_ref(), Some(&to));
    assert_eq!(after.checkpoint_id, before.checkpoint_id);
    assert_eq!(world.vault(from).await.billing.unwrap().used, Some(0));
    let used = world.vault(&to).await.billing.unwrap().used;
    assert_eq!(used, Some(40 * 1024));
    assert_eq!(show(&world.home, &there.cbr_backup).await.unwrap(), after);
}

#[tokio::test]
async fn resource_does_not_move_where_it_does_not_fit() {
    let world = World::new().await;
    let there = &world.there;
    let (from, id) = (there.cbr_vault.as_str(), there.cbr_server.as_str());
    let small = vault_id(&world.home, "server", 39).await;
    let disks = vault_id(&world.home, "disk", 100).await;
    let fitting = vault_id(&world.home, "server", 40).await;
    for (to, ids, status, code) in [
        ("none", vec![id], 404, "6105"),
        (from, vec![id], 400, "9900"),
        (&small, vec![id], 400, "6108"),
        (&disks, vec![id], 400, "6102"),
        (&fitting, vec!["none"], 400, "6135"),
        (&fitting, vec![], 400, "9900"),
    ] {
        let error = migrate(&world, from, to, &ids).await.unwrap_err();
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&error), (status, code.as_str()), "{to} {ids:?}");
    }
    world.back_up().await;
    let error = migrate(&world, from, &fitting, &[id]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6203"), "a task runs");
    world.sandbox.advance(MADE);
    let error = migrate(&world, from, &fitting, &[id]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6114"), "42 GB by now");
    assert_eq!(members(&world, from).await.len(), 1);
}
