//! What CBR can back up, and where backups can go.

use super::super::{AWAY, MADE, message_of, refused};
use super::model;
use super::support::World;

async fn instances(world: &World, kind: &str) -> Vec<model::ProtectableInstance> {
    let call = world.home.list_protectable_instances(kind);
    call.send().await.unwrap().instances.unwrap()
}

#[tokio::test]
async fn servers_are_listed_with_their_disks_and_their_vault() {
    let world = World::new().await;
    let [first, spare, faulty] = <[_; 3]>::try_from(instances(&world, "server").await).unwrap();
    assert_eq!(first.id.as_ref(), Some(&world.there.cbr_server));
    assert_eq!(first.name.as_deref(), Some("sandbox-server"));
    assert_eq!(first.r#type.as_deref(), Some("OS::Nova::Server"));
    assert_eq!(
        (first.size, first.status.as_deref()),
        (Some(40), Some("ACTIVE"))
    );
    assert!(first.detail.unwrap().contains_key("tags"));
    let children = first.children.unwrap();
    let sizes: Vec<_> = children.iter().map(|it| it["size"].clone()).collect();
    assert_eq!(sizes, [30, 10]);
    assert_eq!(children[0]["status"], "in-use");
    let protectable = first.protectable.unwrap();
    assert_eq!(protectable.result, Some(true));
    assert_eq!(protectable.code.as_deref(), Some(""));
    let vault = protectable.vault.unwrap();
    assert_eq!(vault.id.as_ref(), Some(&world.there.cbr_vault));
    assert!(vault.updated_at.is_some() && vault.version.is_some());

    assert_eq!(spare.id.as_ref(), Some(&world.there.cbr_spare_server));
    assert_eq!(spare.status.as_deref(), Some("SHUTOFF"));
    let protectable = spare.protectable.unwrap();
    assert_eq!((protectable.result, protectable.vault), (Some(true), None));
    let protectable = faulty.protectable.unwrap();
    assert_eq!(protectable.result, Some(false));
    assert_eq!(protectable.code.as_deref(), Some("BackupService.7101"));
    assert!(protectable.message.unwrap().contains("state"));
}

#[tokio::test]
async fn kinds_have_lists_of_their_own() {
    let world = World::new().await;
    let disks = instances(&world, "disk").await;
    assert_eq!(disks.len(), 5, "four of servers, one of its own");
    let own = disks.last().unwrap();
    assert_eq!(own.id.as_ref(), Some(&world.there.cbr_disk));
    assert_eq!(own.status.as_deref(), Some("available"));
    assert_eq!(disks[0].status.as_deref(), Some("in-use"));
    let systems = instances(&world, "turbo").await;
    assert_eq!(systems.len(), 1);
    assert_eq!(systems[0].id.as_ref(), Some(&world.there.cbr_file_system));
    for kind in ["workspace", "workspace_v2"] {
        assert_eq!(instances(&world, kind).await, []);
    }
    let away = world.away.list_protectable_instances("server");
    assert_eq!(away.send().await.unwrap().instances, Some(Vec::new()));
    let call = world.home.list_protectable_instances("film");
    let error = call.with_validation(false).send().await.unwrap_err();
    assert!(message_of(&error).contains("/path/protectable_type"));
}

#[tokio::test]
async fn servers_and_disks_are_found_by_what_they_are() {
    let world = World::new().await;
    let servers = world.home.list_protectable_instances("server");
    let disks = world.home.list_protectable_instances("disk");
    let id = world.there.cbr_server.as_str();
    let every = servers.clone();
    for (found, expected) in [
        (every, 3),
        (servers.clone().name("sandbox-server"), 1),
        (servers.clone().name("sandbox"), 0),
        (servers.clone().id(id), 1),
        (servers.clone().status("available"), 2),
        (servers.clone().status("error"), 1),
        (servers.clone().status("active"), 1),
        (servers.clone().status("protecting"), 0),
        (servers.clone().enterprise_project_id("0"), 3),
        (servers.clone().enterprise_project_id("other"), 0),
        (servers.clone().server_id(id), 0),
        (disks.clone().server_id(id), 2),
        (disks.clone().status("in-use"), 4),
    ] {
        let shown = format!("{found:?}");
        let found = found.send().await.unwrap().instances.unwrap();
        assert_eq!(found.len(), expected, "{shown}");
    }
    world.back_up().await;
    let call = servers.clone().status("protecting");
    let busy = call.clone().send().await.unwrap().instances.unwrap();
    let protectable = busy[0].protectable.clone().unwrap();
    assert_eq!(protectable.code.as_deref(), Some("BackupService.0002"));
    world.sandbox.advance(MADE);
    assert_eq!(call.send().await.unwrap().instances, Some(Vec::new()));

    let parts = world.backup(&world.there.cbr_backup).await.children;
    let part = parts.unwrap().remove(0);
    let mapping = model::DiskMapping::builder().backup_id(part.id.unwrap());
    let mapping = mapping.volume_id(part.resource_id.unwrap()).build();
    let target = model::RestoreTarget::builder()
        .server_id(id)
        .mappings([mapping]);
    let call = world.home.restore_backup(&world.there.cbr_backup);
    call.restore(target.build()).send().await.unwrap();
    let call = servers.clone().status("restoring");
    assert_eq!(call.send().await.unwrap().instances.unwrap().len(), 1);
}

#[tokio::test]
async fn list_is_paged_by_offset_or_by_marker_without_a_count() {
    let world = World::new().await;
    let call = world.home.list_protectable_instances("disk");
    let ids = |call: cloudbackup_cbr_client::ListProtectableInstances| async {
        let instances = call.send().await.unwrap().instances.unwrap();
        instances
            .into_iter()
            .map(|it| it.id.unwrap())
            .collect::<Vec<_>>()
    };
    let all = ids(call.clone()).await;
    assert_eq!(ids(call.clone().limit(2).offset(2)).await, all[2..4]);
    assert_eq!(ids(call.clone().offset(5)).await, all[5..]);
    assert_eq!(ids(call.clone().marker(&all[1]).limit(2)).await, all[2..4]);
    assert_eq!(ids(call.clone().marker(&all[4])).await, all[5..]);
    assert_eq!(ids(call.clone().marker(&all[0]).offset(1)).await, all[2..]);
    for (call, place) in [
        (call.clone().marker("none"), "/query/marker"),
        (call.clone().limit(0), "/query/limit"),
        (call.clone().offset(-1), "/query/offset"),
        (
            call.clone().limit(51).with_validation(false),
            "/query/limit",
        ),
    ] {
        let error = call.send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "BackupService.9900"), "{place}");
        assert!(message_of(&error).contains(place), "{error}");
    }
}

#[tokio::test]
async fn backups_can_be_replicated_to_the_other_regions() {
    let world = World::new().await;
    let reply = world.home.list_replication_capabilities().send().await;
    let regions = reply.unwrap().regions.unwrap();
    assert_eq!(regions.len(), 1);
    assert_eq!(regions[0].name.as_deref(), Some("eu-de"));
    let there = regions[0].replication_destinations.clone().unwrap();
    assert_eq!(there, [AWAY.to_owned()]);
}
