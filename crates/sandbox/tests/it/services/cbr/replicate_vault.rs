//! Whole vaults of CBR are copied to other regions.

use cloudbackup_cbr_client::Client;
use cloudbackup_sandbox::{Fault, Sandbox};

use super::super::{AWAY, COPIED, MADE, MINUTE, at_ten, client_in, project, refused};
use super::support::{World, add, back_up, create_vault, disk, new_vault, vault_id};
use super::{list, model, record, replicate, show};
use model::{CheckpointStatus, OperationStatus, ReplicationStatus};

#[tokio::test]
async fn all_backups_of_a_vault_are_copied_that_were_not_copied_yet() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    world.back_up().await;
    world.sandbox.advance(MADE);
    let replicate = || {
        let call = world.home.replicate_checkpoint();
        call.replicate(world.target(vault)).send()
    };
    let started = replicate().await.unwrap().replication.unwrap();
    assert_eq!(started.vault_id.as_deref(), Some(vault));
    assert_eq!(started.project_id, Some(project(&world.sandbox, "eu-de")));
    assert_eq!(started.source_region.as_deref(), Some("eu-de"));
    assert_eq!(started.destination_region.as_deref(), Some(AWAY));
    let started = started.backups.unwrap();
    assert_eq!(started.len(), 2);
    for one in &started {
        let record = record(&world.home, one.backup_id.as_ref().unwrap()).await;
        assert_eq!(record.id, one.replication_record_id);
        assert_eq!(record.status, Some(ReplicationStatus::Replicating));
        let by_hand = record.extra_info.unwrap().auto_trigger;
        assert_eq!(by_hand, Some(false));
    }
    let error = replicate().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6130"), "under way");
    world.sandbox.advance(COPIED);
    let error = replicate().await.unwrap_err();
    assert_eq!(
        refused(&error),
        (400, "BackupService.0001"),
        "all are there"
    );
    let copies = list(&world.away).await;
    assert_eq!(copies.len(), 2);
    let sizes: Vec<_> = copies.iter().map(|it| it.incremental.unwrap()).collect();
    assert!(sizes.contains(&true) && sizes.contains(&false));
    let copy = &copies[0];
    let point = copy.checkpoint_id.as_ref().unwrap();
    let point = world.away.show_checkpoint(point).send().await.unwrap();
    let point = point.checkpoint.unwrap();
    assert_eq!(point.status, Some(CheckpointStatus::Available));
    assert_eq!(point.vault.unwrap().id, copy.vault_id);
    assert_eq!(copy.children.as_ref().unwrap().len(), 2);
    let task = world.task("replication").await;
    assert_eq!(task.status, Some(OperationStatus::Success));
    let told = task.extra_info.unwrap().replication.unwrap();
    assert_eq!(told.source_region.as_deref(), Some("eu-de"));
    assert_eq!(told.destination_region.as_deref(), Some(AWAY));
    let copied = show(&world.away, &told.destination_backup_id.unwrap()).await;
    assert_eq!(copied.unwrap().name, told.destination_backup_name);

    world.back_up().await;
    world.sandbox.advance(MADE);
    let next = replicate().await.unwrap().replication.unwrap();
    assert_eq!(next.backups.unwrap().len(), 1, "the new one");
    world.sandbox.advance(COPIED);
    let copy = copies[0].id.as_ref().unwrap();
    world.away.delete_backup(copy).send().await.unwrap();
    world.sandbox.advance(MINUTE);
    let error = replicate().await.unwrap_err();
    assert_eq!(
        refused(&error),
        (400, "BackupService.0001"),
        "not even then"
    );
    replicate_one(&world).await;
}

/// A backup on its own can be copied again once its copy is gone.
async fn replicate_one(world: &World) {
    let mut copied = Vec::new();
    for backup in world.backups().await {
        let target = super::target(&world.sandbox);
        copied.push(
            replicate(&world.home, &backup.id.unwrap(), target)
                .await
                .is_ok(),
        );
    }
    assert_eq!(copied.iter().filter(|is_copied| **is_copied).count(), 1);
}

#[tokio::test]
async fn copies_of_a_vault_that_fail_are_made_again() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let mut target = world.target(vault);
    target.auto_trigger = Some(true);
    let replicate = || {
        let call = world.home.replicate_checkpoint();
        call.replicate(target.clone()).send()
    };
    let fault = Fault::failed_job().on("cbr", "replicate_checkpoint");
    world.sandbox.fault(fault);
    replicate().await.unwrap();
    world.sandbox.advance(COPIED);
    let failed = record(&world.home, &world.there.cbr_backup).await;
    assert_eq!(failed.status, Some(ReplicationStatus::Fail));
    assert_eq!(failed.extra_info.unwrap().auto_trigger, Some(true));
    let task = world.task("replication").await;
    let why = task.error_info.unwrap();
    assert_eq!(why.code.as_deref(), Some("BackupService.1006"));
    replicate().await.unwrap();
    world.sandbox.advance(COPIED);
    let copies = list(&world.away).await;
    let states: Vec<_> = copies.into_iter().map(|it| it.status.unwrap()).collect();
    assert_eq!(states, ["available".into(), "error".into()]);
}

#[tokio::test]
async fn vaults_that_cannot_be_copied_are_refused() {
    let world = World::new().await;
    let there = &world.there;
    let disks = vault_id(&world.home, "disk", 1000).await;
    add(&world.home, &disks, &[disk(&there.cbr_disk)])
        .await
        .unwrap();
    back_up(&world.home, &disks, |_| {}).await.unwrap();
    let empty = vault_id(&world.home, "server", 10).await;
    let ordinary = vault_id(&world.away, "server", 10).await;
    let mut small = new_vault("small", "server", 39);
    small.billing.as_mut().unwrap().protect_type = Some("replication".into());
    let small = create_vault(&world.away, small).await.unwrap().id.unwrap();
    let to = |vault: &str, destination: &str| {
        let mut target = world.target(vault);
        target.destination_vault_id = Some(destination.to_owned());
        target
    };
    let first = there.cbr_vault.as_str();
    let copies = there.cbr_replication_vault.as_str();
    for (target, status, code) in [
        (to("none", copies), 404, "6105"),
        (to(first, "none"), 400, "6120"),
        (to(first, &ordinary), 400, "6119"),
        (to(first, &small), 400, "6129"),
        (to(&disks, copies), 400, "6122"),
        (to(&empty, copies), 400, "0001"),
    ] {
        let shown = format!("{target:?}");
        let call = world.home.replicate_checkpoint().replicate(target);
        let error = call.send().await.unwrap_err();
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&error), (status, code.as_str()), "{shown}");
    }
    world.sandbox.advance(MADE);
    let of_disk = world.backups().await.remove(0).id.unwrap();
    let error = replicate(&world.home, &of_disk, super::target(&world.sandbox)).await;
    assert_eq!(refused(&error.unwrap_err()), (400, "BackupService.6122"));
    world.away.delete_vault(&small).send().await.unwrap();
    let call = world.home.replicate_checkpoint();
    let error = call.replicate(to(first, &small)).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6118"), "deleting");
}

#[tokio::test]
async fn backup_can_be_copied_to_each_other_region_once() {
    let builder = Sandbox::builder().regions(["home", "near", "far"]);
    let sandbox = at_ten(builder).start().await.unwrap();
    let [home, near, far] = ["home", "near", "far"].map(|it| client_in::<Client>(&sandbox, it));
    let backup = sandbox.inventory().cbr_backup.clone();
    let mut targets = Vec::new();
    for (client, region) in [(&near, "near"), (&far, "far")] {
        let vaults = client.list_vaults().protect_type("replication");
        let vault = vaults.send().await.unwrap().vaults.unwrap().remove(0);
        targets.push(
            model::ReplicationTarget::builder()
                .destination_region(region)
                .destination_project_id(project(&sandbox, region))
                .destination_vault_id(vault.id.unwrap())
                .build(),
        );
    }
    for target in &targets {
        replicate(&home, &backup, target.clone()).await.unwrap();
    }
    sandbox.advance(COPIED);
    for target in &targets {
        let error = replicate(&home, &backup, target.clone()).await.unwrap_err();
        assert_eq!(refused(&error), (400, "BackupService.1012"));
    }
    let records = show(&home, &backup).await.unwrap().replication_records;
    assert_eq!(records.unwrap().len(), 2);
    let copy = list(&near).await.remove(0).id.unwrap();
    let error = replicate(&near, &copy, targets[1].clone())
        .await
        .unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6128"));
    let capabilities = near.list_replication_capabilities().send().await;
    let region = capabilities.unwrap().regions.unwrap().remove(0);
    assert_eq!(region.name.as_deref(), Some("near"));
    let expected = ["home", "far"].map(str::to_owned).to_vec();
    assert_eq!(region.replication_destinations, Some(expected));
}
