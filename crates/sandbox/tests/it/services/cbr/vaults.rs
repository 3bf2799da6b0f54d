//! Vaults of CBR: made, found, changed and deleted.

use cloudbackup_sandbox::Fault;

use super::super::{HOUR, MADE, MINUTE, assert_uuid, message_of, project, refused};
use super::support::{
    World, add, apply, back_up, create_vault, daily, disk, new_policy, new_vault, server,
    show_vault, vault_id,
};
use super::{model, seconds};
use model::{ChargingMode, ProtectStatus, VaultStatus};

#[tokio::test]
async fn vault_is_made_listed_changed_deleted_and_gone() {
    let world = World::new().await;
    let mut wanted = new_vault("safe", "server", 100);
    wanted.description = Some("for the night".to_owned());
    wanted.enterprise_project_id = Some("department".to_owned());
    wanted.backup_name_prefix = Some("night".to_owned());
    wanted.availability_zone = Some("eu-de-02".to_owned());
    let tag = model::Tag::builder().key("team").value("blue").build();
    wanted.tags = Some(vec![tag.clone()]);
    wanted.resources = Some(vec![server(&world.there.cbr_spare_server)]);
    let made = create_vault(&world.home, wanted).await.unwrap();
    let id = made.id.clone().unwrap();
    assert_uuid(Some(&id));
    assert_eq!(made.backup_name_prefix.as_deref(), Some("night"));
    assert_eq!((made.frozen, made.cbc_delete_count), (Some(false), Some(0)));

    let shown = world.vault(&id).await;
    assert_eq!(shown.name.as_deref(), Some("safe"));
    assert_eq!(shown.description.as_deref(), Some("for the night"));
    assert_eq!(shown.project_id, Some(project(&world.sandbox, "eu-de")));
    assert_eq!(shown.enterprise_project_id.as_deref(), Some("department"));
    assert_eq!(shown.tags, Some(vec![tag]));
    assert_eq!((shown.threshold, shown.smn_notify), (Some(80), Some(true)));
    assert_eq!(shown.backup_name_prefix, None, "only of a new vault");
    assert_eq!(seconds(shown.created_at.as_ref()), 1_716_285_600);
    let provider = "0daac4c5-6707-4851-97ba-169e36266b66";
    assert_eq!(shown.provider_id.as_deref(), Some(provider));
    let billing = shown.billing.clone().unwrap();
    assert_eq!((billing.size, billing.allocated), (Some(100), Some(20)));
    assert_eq!(billing.used, Some(0));
    assert_eq!(billing.status, Some(VaultStatus::Available));
    assert_eq!(billing.charging_mode, Some(ChargingMode::PostPaid));
    let code = "vault.backup.server.normal";
    assert_eq!(billing.spec_code.as_deref(), Some(code));
    let resource = shown.resources.clone().unwrap().remove(0);
    assert_eq!(resource.id.as_ref(), Some(&world.there.cbr_spare_server));
    assert_eq!(resource.protect_status, Some(ProtectStatus::Available));
    assert_eq!((resource.size, resource.backup_count), (Some(20), Some(0)));
    let listed = world.home.list_vaults().send().await.unwrap();
    assert_eq!(listed.count, Some(2));
    assert_eq!(listed.vaults.unwrap()[0], shown, "the newest first");

    let change = model::VaultUpdate::builder()
        .name("vault")
        .threshold(50)
        .billing(model::VaultBillingUpdate::builder().size(200).build());
    let call = world.home.update_vault(&id).vault(change.build());
    let changed = call.send().await.unwrap().vault.unwrap();
    assert_eq!(changed, world.vault(&id).await);
    assert_eq!(changed.name.as_deref(), Some("vault"));
    assert_eq!(changed.threshold, Some(50));
    assert_eq!(changed.billing.unwrap().size, Some(200));
    assert_eq!(changed.description, shown.description, "as it was");

    world.home.delete_vault(&id).send().await.unwrap();
    let deleting = world.vault(&id).await.billing.unwrap().status;
    assert_eq!(deleting, Some(VaultStatus::Deleting));
    let error = world.home.delete_vault(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6112"));
    world.sandbox.advance(MINUTE);
    let error = show_vault(&world.home, &id).await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6105"));
    let error = world.home.delete_vault(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6105"));
}

#[tokio::test]
async fn deleted_vault_takes_its_backups_along_and_tells_how_many() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    world.back_up().await;
    let error = world.home.delete_vault(vault).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6203"), "backing up");
    world.sandbox.advance(MADE);
    world.home.delete_vault(vault).send().await.unwrap();
    for backup in world.backups().await {
        assert_eq!(backup.status, Some(model::BackupStatus::Deleting));
    }
    let task = world.task("vault_delete").await;
    assert_eq!(task.status, Some(model::OperationStatus::Running));
    assert_eq!(task.vault_id.as_deref(), Some(vault));
    world.sandbox.advance(MINUTE);
    assert_eq!(world.backups().await, []);
    let task = world.task("vault_delete").await;
    assert_eq!(task.status, Some(model::OperationStatus::Success));
    let counts = task.extra_info.unwrap().vault_delete.unwrap();
    assert_eq!((counts.total_count, counts.fail_count), (Some(2), Some(0)));
    let again = vault_id(&world.home, "server", 100).await;
    add(&world.home, &again, &[server(&world.there.cbr_server)])
        .await
        .unwrap();
}

#[tokio::test]
async fn vault_that_could_not_be_deleted_is_an_error_and_can_be_deleted_again() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    world
        .sandbox
        .fault(Fault::failed_job().on("cbr", "delete_vault"));
    world.home.delete_vault(vault).send().await.unwrap();
    world.sandbox.advance(MINUTE);
    let billing = world.vault(vault).await.billing.unwrap();
    assert_eq!(billing.status, Some(VaultStatus::Error));
    let task = world.task("vault_delete").await;
    assert_eq!(task.status, Some(model::OperationStatus::Failed));
    let why = task.error_info.unwrap();
    assert_eq!(why.code.as_deref(), Some("BackupService.6121"));
    let counts = task.extra_info.unwrap().vault_delete.unwrap();
    assert_eq!((counts.total_count, counts.fail_count), (Some(0), Some(1)));
    for (error, code) in [
        (
            back_up(&world.home, vault, |_| {}).await.map(|_| ()),
            "6113",
        ),
        (
            add(&world.home, vault, &[server(&world.there.cbr_spare_server)])
                .await
                .map(|_| ()),
            "6112",
        ),
    ] {
        let code = format!("BackupService.{code}");
        assert_eq!(refused(&error.unwrap_err()), (400, code.as_str()));
    }
    world.home.delete_vault(vault).send().await.unwrap();
    world.sandbox.advance(MINUTE);
    assert!(
        show_vault(&world.home, vault)
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn vaults_are_found_by_what_they_are() {
    let world = World::new().await;
    let mut disks = new_vault("disks", "disk", 500);
    disks.resources = Some(vec![disk(&world.there.cbr_disk)]);
    disks.availability_zone = Some("eu-de-02".to_owned());
    disks.enterprise_project_id = Some("department".to_owned());
    let disks = create_vault(&world.home, disks).await.unwrap().id.unwrap();
    let mut far = new_vault("copies", "server", 10);
    far.billing.as_mut().unwrap().protect_type = Some("replication".into());
    far.billing.as_mut().unwrap().cloud_type = Some("hybrid".into());
    let far = create_vault(&world.home, far).await.unwrap().id.unwrap();
    let policy = apply(&world.home, &disks, new_policy(&[&daily(3)])).await;
    let first = world.there.cbr_vault.as_str();
    let (a, b, c) = (first, disks.as_str(), far.as_str());
    let call = world.home.list_vaults();
    let other = call.clone();
    for (found, expected) in [
        (other, vec![c, b, a]),
        (call.clone().name("disks"), vec![b]),
        (call.clone().name("disk"), vec![]),
        (call.clone().object_type("server"), vec![c, a]),
        (call.clone().protect_type("replication"), vec![c]),
        (call.clone().cloud_type("public"), vec![b, a]),
        (call.clone().enterprise_project_id("0"), vec![c, a]),
        (
            call.clone().enterprise_project_id("all_granted_eps"),
            vec![c, b, a],
        ),
        (call.clone().id([a, b]), vec![b, a]),
        (call.clone().id(["none"]), vec![]),
        (call.clone().policy_id(&policy), vec![b]),
        (call.clone().status("available"), vec![c, b, a]),
        (call.clone().status("lock"), vec![]),
        (
            call.clone().resource_ids([
                world.there.cbr_disk.as_str(),
                world.there.cbr_server.as_str(),
            ]),
            vec![b, a],
        ),
        (call.clone().resource_ids(["none"]), vec![]),
        (call.clone().availability_zone("eu-de-02"), vec![b]),
    ] {
        let shown = format!("{found:?}");
        let reply = found.send().await.unwrap();
        let ids: Vec<String> = reply
            .vaults
            .unwrap()
            .into_iter()
            .map(|it| it.id.unwrap())
            .collect();
        assert_eq!(ids, expected, "{shown}");
        assert_eq!(reply.count, Some(expected.len() as i64), "{shown}");
    }
}

#[tokio::test]
async fn vaults_that_make_no_sense_are_refused() {
    let world = World::new().await;
    let broken = |change: fn(&mut model::NewVault)| {
        let mut vault = new_vault("broken", "server", 100);
        change(&mut vault);
        vault
    };
    let billing: fn(&mut model::NewVault) -> &mut model::NewVaultBilling =
        |vault| vault.billing.as_mut().unwrap();
    let cases: [(&str, model::NewVault); 7] = [
        ("9900", {
            let mut vault = new_vault("broken", "server", 100);
            billing(&mut vault).charging_mode = Some(ChargingMode::PrePaid);
            vault
        }),
        ("9900", broken(|vault| vault.demand_billing = Some(true))),
        ("9900", {
            broken(|vault| {
                let tag = model::Tag::builder().key("a").value("1").build();
                vault.tags = Some(vec![tag.clone(), tag]);
            })
        }),
        ("6102", {
            broken(|vault| vault.resources = Some(vec![disk("any")]))
        }),
        ("6000", {
            broken(|vault| vault.backup_policy_id = Some("none".to_owned()))
        }),
        ("6116", {
            let mut vault = new_vault("broken", "disk", 100);
            billing(&mut vault).protect_type = Some("replication".into());
            vault
        }),
        (
            "7100",
            broken(|vault| vault.resources = Some(vec![server("none")])),
        ),
    ];
    for (code, vault) in cases {
        let error = create_vault(&world.home, vault).await.unwrap_err();
        let (status, found) = refused(&error);
        assert_eq!(found, format!("BackupService.{code}"), "{error}");
        assert_eq!(status == 404, ["6000", "7100"].contains(&code), "{error}");
    }
    let mut small = new_vault("small", "server", 10);
    small.resources = Some(vec![server(&world.there.cbr_spare_server)]);
    let error = create_vault(&world.home, small).await.unwrap_err();
    assert_eq!(
        refused(&error),
        (400, "BackupService.6101"),
        "20 GB into 10"
    );
    let call = world.home.create_vault().with_validation(false);
    let error = call.vault(new_vault("tiny", "server", 9)).send().await;
    let error = error.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.9900"));
    assert!(message_of(&error).contains("/body/vault/billing/size"));
    let listed = world.home.list_vaults().send().await.unwrap();
    assert_eq!(listed.count, Some(1), "none of them was made");
}

#[tokio::test]
async fn order_that_fails_does_so_under_a_status_of_success() {
    let world = World::new().await;
    let mut ordered = new_vault("ordered", "server", 100);
    let billing = ordered.billing.as_mut().unwrap();
    billing.charging_mode = Some(ChargingMode::PrePaid);
    billing.period_type = Some("month".into());
    billing.period_num = Some(1);
    world
        .sandbox
        .fault(Fault::failed_job().on("cbr", "create_vault"));
    let create = || world.home.create_vault().vault(ordered.clone()).send();
    let failed = create().await.unwrap();
    assert_eq!(failed.vault, None);
    assert!(failed.error_code.is_some() && failed.error_text.is_some());
    assert_ne!(failed.return_code, Some(0));
    assert_eq!(failed.orders.unwrap()[0].subscribe_result, Some(0));

    let made = create().await.unwrap();
    assert_eq!((made.return_code, made.error_code), (Some(0), None));
    let order = made.orders.unwrap().remove(0);
    assert_eq!(order.subscribe_result, Some(1));
    let id = made.vault.unwrap().id.unwrap();
    assert_eq!(order.resource_id.as_ref(), Some(&id));
    let billing = world.vault(&id).await.billing.unwrap();
    assert_eq!(billing.charging_mode, Some(ChargingMode::PrePaid));
    assert_eq!(billing.order_id, order.order_id);
    let error = world.home.delete_vault(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6111"));

    // A larger size is ordered too, and takes its time.
    let larger = |size| {
        let billing = model::VaultBillingUpdate::builder().size(size).build();
        let change = model::VaultUpdate::builder().billing(billing);
        world.home.update_vault(&id).vault(change.build()).send()
    };
    let billing = larger(200).await.unwrap().vault.unwrap().billing.unwrap();
    assert_eq!(billing.status, Some(VaultStatus::Locked));
    let error = larger(300).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6123"));
    world.sandbox.advance(MINUTE);
    larger(300).await.unwrap();
    world.sandbox.advance(MINUTE);
    let billing = world.vault(&id).await.billing.unwrap();
    assert_eq!(billing.status, Some(VaultStatus::Available));
    assert_eq!(billing.size, Some(300));
}

#[tokio::test]
async fn vault_that_came_to_nothing_is_there_as_an_error() {
    let world = World::new().await;
    world
        .sandbox
        .fault(Fault::failed_job().on("cbr", "create_vault"));
    let vault = create_vault(&world.home, new_vault("bad", "server", 10)).await;
    let vault = vault.unwrap();
    assert_eq!(vault.billing.unwrap().status, Some(VaultStatus::Error));
    let id = vault.id.unwrap();
    let change = model::VaultUpdate::builder().name("good").build();
    let error = world.home.update_vault(&id).vault(change).send().await;
    assert_eq!(refused(&error.unwrap_err()), (400, "BackupService.6112"));
    world.home.delete_vault(&id).send().await.unwrap();
}

#[tokio::test]
async fn vault_is_never_smaller_than_what_is_in_it() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let resize = |size| {
        let billing = model::VaultBillingUpdate::builder().size(size).build();
        let change = model::VaultUpdate::builder().billing(billing);
        world.home.update_vault(vault).vault(change.build()).send()
    };
    let error = resize(39).await.unwrap_err();
    assert_eq!(
        refused(&error),
        (400, "BackupService.6101"),
        "40 GB are in it"
    );
    resize(40).await.unwrap();
    // The first backup takes all of it.
    let error = back_up(&world.home, vault, |_| {}).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6114"));
    resize(42).await.unwrap();
    world.back_up().await;
    world.sandbox.advance(MADE);
    assert_eq!(world.vault(vault).await.billing.unwrap().used, Some(43_008));

    let grows = model::VaultUpdate::builder().auto_expand(true).build();
    let call = world.home.update_vault(vault).vault(grows);
    call.send().await.unwrap();
    world.back_up().await;
    let billing = world.vault(vault).await.billing.unwrap();
    assert_eq!(billing.size, Some(52), "a quarter more");
}

#[tokio::test]
async fn locked_vault_keeps_what_was_made_automatically() {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let by_hand = world.there.cbr_backup.as_str();
    let automatic = back_up(&world.home, vault, |it| it.auto_trigger = Some(true)).await;
    let automatic = automatic.unwrap().id.unwrap();
    world.sandbox.advance(HOUR);
    let lock = |locked| {
        let change = model::VaultUpdate::builder().locked(locked).build();
        world.home.update_vault(vault).vault(change).send()
    };
    assert_eq!(lock(true).await.unwrap().vault.unwrap().locked, Some(true));
    let error = lock(false).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6110"));
    let found = world.home.list_backups().checkpoint_id(&automatic);
    let found = found.send().await.unwrap().backups.unwrap().remove(0);
    assert_eq!(found.extend_info.unwrap().auto_trigger, Some(true));
    let id = found.id.unwrap();
    let ids = [world.there.cbr_server.as_str()];
    for error in [
        world.home.delete_backup(&id).send().await.map(|_| ()),
        world.home.delete_vault(vault).send().await.map(|_| ()),
        world
            .home
            .remove_vault_resources(vault)
            .resource_ids(ids)
            .send()
            .await
            .map(|_| ()),
    ] {
        let error = error.unwrap_err();
        assert_eq!(refused(&error), (400, "BackupService.6220"));
    }
    world.home.delete_backup(by_hand).send().await.unwrap();
}
