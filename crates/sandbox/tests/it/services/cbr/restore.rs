//! Restores of CBR's backups.

use cloudbackup_runtime::Error;
use cloudbackup_sandbox::Fault;

use super::super::{COPIED, MADE, MINUTE, refused};
use super::support::{World, add, back_up, disk, resource, vault_id};
use super::{list, model, seconds};
use model::{BackupStatus, OperationStatus, ProtectStatus};

/// A restore of the first server from its first backup, each part to its own disk.
async fn own(world: &World) -> model::RestoreTarget {
    let parts = world.backup(&world.there.cbr_backup).await.children;
    let mappings = parts.unwrap().into_iter().map(|part| {
        let mapping = model::DiskMapping::builder().backup_id(part.id.unwrap());
        mapping.volume_id(part.resource_id.unwrap()).build()
    });
    model::RestoreTarget::builder()
        .server_id(&world.there.cbr_server)
        .mappings(mappings)
        .build()
}

async fn restore(world: &World, backup: &str, target: model::RestoreTarget) -> Result<(), Error> {
    let call = world.home.restore_backup(backup).restore(target);
    call.send().await.map(|_| ())
}

/// The state of the first server, as the service that it belongs to tells it.
async fn server_status(world: &World) -> String {
    let call = world.home.list_protectable_instances("server");
    let reply = call.id(&world.there.cbr_server).send().await.unwrap();
    reply.instances.unwrap().remove(0).status.unwrap()
}

#[tokio::test]
async fn restore_keeps_backup_and_server_busy_until_it_is_over() {
    let world = World::new().await;
    let (backup, vault) = (&world.there.cbr_backup, &world.there.cbr_vault);
    let target = own(&world).await;
    restore(&world, backup, target.clone()).await.unwrap();
    let restoring = world.backup(backup).await;
    assert_eq!(restoring.status, Some(BackupStatus::Restoring));
    assert_eq!(server_status(&world).await, "SHUTOFF");
    let resource = world.vault(vault).await.resources.unwrap().remove(0);
    assert_eq!(resource.protect_status, Some(ProtectStatus::Restoring));
    let call = world.home.list_operation_logs().operation_type("restore");
    let call = call.resource_id(&world.there.cbr_server);
    let task = call.send().await.unwrap().operation_logs.unwrap().remove(0);
    assert_eq!(task.status, Some(OperationStatus::Running));
    assert_eq!(task.ended_at, None);
    let told = task.extra_info.unwrap().restore.unwrap();
    assert_eq!(told.backup_id.as_ref(), Some(backup));
    assert_eq!(
        told.target_resource_id.as_ref(),
        Some(&world.there.cbr_server)
    );
    for (error, code) in [
        (restore(&world, backup, target).await, "2005"),
        (
            world.home.delete_backup(backup).send().await.map(|_| ()),
            "6201",
        ),
        (
            world.home.delete_vault(vault).send().await.map(|_| ()),
            "6203",
        ),
        (
            back_up(&world.home, vault, |_| {}).await.map(|_| ()),
            "0001",
        ),
    ] {
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&error.unwrap_err()), (400, code.as_str()));
    }

    world.sandbox.advance(COPIED);
    let id = task.id.unwrap();
    let over = world.home.show_operation_log(&id).send().await.unwrap();
    let over = over.operation_log.unwrap();
    assert_eq!(over.status, Some(OperationStatus::Success));
    let took = seconds(over.ended_at.as_ref()) - seconds(over.started_at.as_ref());
    assert_eq!(took, 120);
    let progress = over.extra_info.unwrap().common.unwrap().progress;
    assert_eq!(progress, Some(100));
    let after = world.backup(backup).await;
    assert_eq!(after.status, Some(BackupStatus::Available));
    assert_eq!(server_status(&world).await, "ACTIVE");
}

#[tokio::test]
async fn server_stays_off_when_it_is_to_and_when_its_restore_fails() {
    let world = World::new().await;
    let backup = &world.there.cbr_backup;
    let mut target = own(&world).await;
    target.power_on = Some(false);
    restore(&world, backup, target).await.unwrap();
    world.sandbox.advance(COPIED);
    assert_eq!(server_status(&world).await, "SHUTOFF");
    let target = own(&world).await;
    restore(&world, backup, target.clone()).await.unwrap();
    world.sandbox.advance(COPIED);
    assert_eq!(server_status(&world).await, "ACTIVE");

    let fault = Fault::failed_job().on("cbr", "restore_backup");
    world.sandbox.fault(fault);
    restore(&world, backup, target).await.unwrap();
    world.sandbox.advance(COPIED);
    assert_eq!(server_status(&world).await, "SHUTOFF");
    let task = world.task("restore").await;
    assert_eq!(task.status, Some(OperationStatus::Failed));
    let why = task.error_info.unwrap();
    assert_eq!(why.code.as_deref(), Some("BackupService.9910"));
    let after = world.backup(backup).await;
    assert_eq!(after.status, Some(BackupStatus::Available), "still good");
}

#[tokio::test]
async fn server_is_restored_to_itself_and_each_part_to_a_disk_that_takes_it() {
    let world = World::new().await;
    let there = &world.there;
    let right = own(&world).await;
    let parts = right.mappings.clone().unwrap();
    let with = |change: &dyn Fn(&mut model::RestoreTarget)| {
        let mut target = right.clone();
        change(&mut target);
        target
    };
    let mapped = |from: usize, to: Option<usize>| {
        let mut mapping = parts[from].clone();
        mapping.volume_id = match to {
            Some(index) => parts[index].volume_id.clone(),
            None => Some(there.cbr_disk.clone()),
        };
        with(&|it| it.mappings = Some(vec![mapping.clone()]))
    };
    for (target, status, code) in [
        (with(&|it| it.server_id = None), 400, "9900"),
        (with(&|it| it.mappings = None), 400, "9900"),
        (
            with(&|it| it.server_id = Some("none".to_owned())),
            404,
            "7100",
        ),
        (
            with(&|it| it.server_id = Some(there.cbr_spare_server.clone())),
            400,
            "2003",
        ),
        (mapped(1, Some(0)), 400, "2013"),
        (mapped(0, Some(1)), 400, "2001"),
        (mapped(1, None), 400, "7201"),
        (
            with(&|it| it.mappings.as_mut().unwrap()[0].volume_id = Some("none".to_owned())),
            404,
            "7000",
        ),
        (
            with(&|it| it.mappings.as_mut().unwrap()[0].backup_id = Some("none".to_owned())),
            400,
            "9900",
        ),
        (
            with(&|it| {
                let mappings = it.mappings.as_mut().unwrap();
                let first = mappings[0].clone();
                mappings.push(first);
            }),
            400,
            "9900",
        ),
    ] {
        let shown = format!("{target:?}");
        let error = restore(&world, &there.cbr_backup, target)
            .await
            .unwrap_err();
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&error), (status, code.as_str()), "{shown}");
    }
    let error = restore(&world, "none", right.clone()).await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6200"));
    let part = parts[0].backup_id.as_ref().unwrap();
    let error = restore(&world, part, right.clone()).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.2012"));
    assert_eq!(world.tasks("restore").await, []);
    // One of the disks is enough.
    let one = mapped(1, Some(1));
    restore(&world, &there.cbr_backup, one).await.unwrap();
}

#[tokio::test]
async fn restore_waits_for_a_backup_and_for_another_restore() {
    let world = World::new().await;
    world.back_up().await;
    let target = own(&world).await;
    let first = &world.there.cbr_backup;
    let error = restore(&world, first, target.clone()).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.2002"));
    world.sandbox.advance(MADE);
    restore(&world, first, target.clone()).await.unwrap();
    let second = world.backups().await.remove(0);
    let mut other = target;
    let parts = second.children.unwrap();
    other.mappings.as_mut().unwrap()[0].backup_id = parts[0].id.clone();
    other.mappings.as_mut().unwrap()[1].backup_id = parts[1].id.clone();
    let second = second.id.unwrap();
    let error = restore(&world, &second, other.clone()).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.2010"));
    world.sandbox.advance(COPIED);
    restore(&world, &second, other).await.unwrap();
}

#[tokio::test]
async fn disks_and_file_systems_are_restored_by_their_own_ids() {
    let world = World::new().await;
    let there = &world.there;
    let by_disk = model::RestoreTarget::builder().volume_id(&there.cbr_disk);
    let by_id = model::RestoreTarget::builder().resource_id(&there.cbr_file_system);
    for (kind, one, right) in [
        ("disk", disk(&there.cbr_disk), by_disk.build()),
        (
            "turbo",
            resource("OS::Sfs::Turbo", &there.cbr_file_system),
            by_id.build(),
        ),
    ] {
        let vault = vault_id(&world.home, kind, 1000).await;
        add(&world.home, &vault, &[one]).await.unwrap();
        back_up(&world.home, &vault, |_| {}).await.unwrap();
        world.sandbox.advance(MADE);
        let backup = world.backups().await.remove(0).id.unwrap();
        let wrong = own(&world).await;
        let error = restore(&world, &backup, wrong).await.unwrap_err();
        assert_eq!(refused(&error), (400, "BackupService.9900"), "{kind}");
        restore(&world, &backup, right).await.unwrap();
        world.sandbox.advance(COPIED);
        let task = world.task("restore").await;
        assert_eq!(task.status, Some(OperationStatus::Success));
    }
}

#[tokio::test]
async fn attached_disk_cannot_be_restored_on_its_own() {
    let world = World::new().await;
    let parts = world.backup(&world.there.cbr_backup).await.children;
    let id = parts.unwrap().remove(0).resource_id.unwrap();
    let vault = vault_id(&world.home, "disk", 1000).await;
    add(&world.home, &vault, &[disk(&id)]).await.unwrap();
    back_up(&world.home, &vault, |_| {}).await.unwrap();
    world.sandbox.advance(MADE);
    let backup = world.backups().await.remove(0).id.unwrap();
    let target = model::RestoreTarget::builder().volume_id(&id).build();
    let error = restore(&world, &backup, target).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.2011"));
}

#[tokio::test]
async fn copy_has_no_server_to_be_restored_to() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let call = world.home.replicate_checkpoint();
    call.replicate(world.target(vault)).send().await.unwrap();
    world.sandbox.advance(COPIED + MINUTE);
    let copy = list(&world.away).await.remove(0);
    let mode = copy.extend_info.unwrap().supported_restore_mode;
    assert_eq!(mode, Some(model::RestoreMode::NoRestore));
    let target = own(&world).await;
    let call = world.away.restore_backup(copy.id.unwrap());
    let error = call.restore(target).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.7100"));
}
