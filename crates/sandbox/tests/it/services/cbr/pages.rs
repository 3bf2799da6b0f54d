//! CBR's lists to their end, with more entries than any page holds.

use cloudbackup_sandbox::Sandbox;

use super::super::{HOUR, MADE};
use super::model;
use super::support::{World, add, apply, create_vault, hourly, new_policy, new_vault, server};

/// More than the thousand of the largest page.
const MANY: usize = 1050;

/// A world in which a policy has made so many backups, one an hour, and so many tasks.
async fn world_of_backups() -> World {
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let policy = apply(&world.home, vault, new_policy(&[&hourly()])).await;
    // With the one that is there from the start.
    let hours = u32::try_from(MANY).unwrap() - 2;
    world.sandbox.advance(HOUR * hours + MADE);
    world.home.delete_policy(policy).send().await.unwrap();
    world.back_up().await;
    world.sandbox.advance(MADE);
    world
}

/// All different, and as many as there are.
#[track_caller]
fn assert_all(mut ids: Vec<String>) {
    assert_eq!(ids.len(), MANY);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), MANY, "none comes twice");
}

fn ids(backups: Vec<model::Backup>) -> Vec<String> {
    backups.into_iter().map(|it| it.id.unwrap()).collect()
}

#[tokio::test]
async fn backups_are_walked_by_offset_and_by_marker() {
    let world = world_of_backups().await;
    let call = world.home.list_backups();
    let mut seen = Vec::new();
    loop {
        let offset = i64::try_from(seen.len()).unwrap();
        let page = call.clone().offset(offset).send().await.unwrap();
        assert_eq!(page.count, Some(1050), "of all pages");
        let page = ids(page.backups.unwrap());
        assert!(page.len() <= 1000);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_all(seen.clone());
    let mut walked: Vec<String> = Vec::new();
    loop {
        let mut page = call.clone().limit(400);
        if let Some(last) = walked.last() {
            page = page.marker(last);
        }
        let page = ids(page.send().await.unwrap().backups.unwrap());
        let is_last = page.len() < 400;
        walked.extend(page);
        if is_last {
            break;
        }
    }
    assert_eq!(walked, seen, "both ways in the same order");
}

#[tokio::test]
async fn tasks_are_walked_by_offset() {
    // All within the thirty days that tasks are told for.
    let world = World::new().await;
    let vault = world.there.cbr_vault.as_str();
    let spare = server(&world.there.cbr_spare_server);
    add(&world.home, vault, &[spare]).await.unwrap();
    apply(&world.home, vault, new_policy(&[&hourly()])).await;
    world.sandbox.advance(HOUR * 525 + MADE);
    let call = world.home.list_operation_logs().operation_type("backup");
    let mut seen = Vec::new();
    loop {
        let offset = i64::try_from(seen.len()).unwrap();
        let page = call.clone().offset(offset).send().await.unwrap();
        assert_eq!(page.count, Some(1050));
        let page = page.operation_logs.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|it| it.id.unwrap()));
    }
    assert_all(seen);
}

#[tokio::test]
async fn vaults_are_walked_by_offset() {
    let world = World::new().await;
    for number in 1..MANY {
        let vault = new_vault(&format!("vault-{number}"), "server", 10);
        create_vault(&world.home, vault).await.unwrap();
    }
    let call = world.home.list_vaults();
    let mut seen = Vec::new();
    loop {
        let offset = i64::try_from(seen.len()).unwrap();
        let page = call.clone().offset(offset).send().await.unwrap();
        assert_eq!(page.count, Some(1050));
        assert_eq!(page.limit, Some(1000));
        let page = page.vaults.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|it| it.id.unwrap()));
    }
    assert_all(seen);
}

#[tokio::test]
async fn every_operation_of_the_service_has_behaviour() {
    let missing = Sandbox::missing_operations();
    let of_cbr: Vec<_> = missing.iter().filter(|it| it.starts_with("cbr ")).collect();
    assert_eq!(of_cbr, Vec::<&String>::new());
}
