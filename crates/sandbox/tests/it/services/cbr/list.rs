//! The list of CBR's backups: what is found, in which order and how much of it at once.

use cloudbackup_cbr_client::{Client, ListBackups, model};
use cloudbackup_core::time::Timestamp;
use cloudbackup_sandbox::{Fault, Sandbox};
use model::{BackupStatus, ImageType};

use super::super::{COPIED, HOUR, message_of, refused};
use super::{list, replicate, seconds, show, start, target};

/// What the other region's list has: four failed copies, `d` to `a`, and one that is whole, `e`.
/// They were made an hour apart.
async fn five_copies() -> (Sandbox, Client, Client) {
    let (sandbox, client, elsewhere, id) = start().await;
    sandbox.fault(Fault::failed_job().on("cbr", "replicate_backup").times(4));
    for name in ["d", "c", "b", "a", "e"] {
        let mut wanted = target(&sandbox);
        wanted.name = Some(name.to_owned());
        replicate(&client, &id, wanted).await.unwrap();
        sandbox.advance(HOUR);
    }
    (sandbox, client, elsewhere)
}

/// The names that are listed, as one text.
async fn names(call: ListBackups) -> String {
    let backups = call.send().await.unwrap().backups.unwrap();
    backups.into_iter().map(|it| it.name.unwrap()).collect()
}

fn utc(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds, 0)
}

#[tokio::test]
async fn list_is_sorted_by_the_keys_that_are_asked_for() {
    let (_sandbox, _client, elsewhere) = five_copies().await;
    let call = elsewhere.list_backups();
    assert_eq!(names(call.clone()).await, "eabcd", "the newest first");
    for (sort, expected) in [
        ("created_at", "eabcd"),
        ("created_at:asc", "dcbae"),
        ("updated_at:desc", "eabcd"),
        ("name", "edcba"),
        ("name:asc", "abcde"),
        ("status:asc,name:asc", "eabcd"),
        ("status,name", "dcbae"),
        ("protected_at,created_at:asc", "dcbae"),
    ] {
        assert_eq!(names(call.clone().sort(sort)).await, expected, "{sort}");
    }
    for sort in ["size", "name:up", "", "name,,id", "name:asc:asc"] {
        let error = call.clone().sort(sort).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "BackupService.9900"), "{sort}");
    }
}

#[tokio::test]
async fn list_is_paged_by_offset_or_by_marker() {
    let (_sandbox, _client, elsewhere) = five_copies().await;
    let call = elsewhere.list_backups().sort("name:asc");
    for (offset, limit, expected) in [(0, 2, "ab"), (2, 2, "cd"), (4, 2, "e"), (6, 2, "")] {
        let page = call.clone().offset(offset).limit(limit);
        let reply = page.clone().send().await.unwrap();
        assert_eq!((reply.offset, reply.limit), (Some(offset), Some(limit)));
        assert_eq!(reply.count, Some(5), "of all pages");
        assert_eq!(names(page).await, expected);
    }
    let reply = call.clone().send().await.unwrap();
    assert_eq!((reply.offset, reply.limit), (Some(0), Some(1000)));

    let mut seen = String::new();
    let mut next = call.clone().limit(2);
    for length in [2, 2, 1] {
        let page = next.send().await.unwrap().backups.unwrap();
        assert_eq!(page.len(), length);
        next = call
            .clone()
            .limit(2)
            .marker(page[length - 1].id.clone().unwrap());
        seen.extend(page.iter().map(|it| it.name.clone().unwrap()));
    }
    assert_eq!(names(next).await, "", "after the last");
    assert_eq!(seen, "abcde");
    let error = call.marker("none").send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.9900"));
    assert!(message_of(&error).contains("marker"));
}

#[tokio::test]
async fn list_holds_what_fits_all_conditions() {
    let (sandbox, client, elsewhere) = five_copies().await;
    let call = elsewhere.list_backups().sort("name:asc");
    let all = call.clone().send().await.unwrap().backups.unwrap();
    let one = all[2].clone();
    let vault = sandbox.inventory().cbr_replication_vault.as_str();
    for (found, expected) in [
        (call.clone().name("c"), "c"),
        (call.clone().name("C"), ""),
        (call.clone().checkpoint_id(one.checkpoint_id.unwrap()), "c"),
        (call.clone().resource_id(one.resource_id.unwrap()), "abcde"),
        (call.clone().resource_id("none"), ""),
        (
            call.clone().resource_name(one.resource_name.unwrap()),
            "abcde",
        ),
        (call.clone().resource_type("OS::Nova::Server"), "abcde"),
        (call.clone().resource_type("OS::Cinder::Volume"), ""),
        (call.clone().resource_az("eu-nl-01"), ""),
        (call.clone().vault_id(vault), "abcde"),
        (call.clone().vault_id("none"), ""),
        (call.clone().image_type(ImageType::Replication), "abcde"),
        (call.clone().image_type(ImageType::Backup), ""),
        (call.clone().status([BackupStatus::Error]), "abcd"),
        (call.clone().status([BackupStatus::Available]), "e"),
        (call.clone().status(["available", "error"]), "abcde"),
        (call.clone().status([BackupStatus::Deleting]), ""),
        (call.clone().status([BackupStatus::Error]).name("e"), ""),
        (call.clone().incremental(false), "abcde"),
        (call.clone().incremental(true), ""),
        (call.clone().own_type(model::Ownership::Private), "abcde"),
        (call.clone().own_type(model::Ownership::AllGranted), "abcde"),
        (call.clone().own_type(model::Ownership::Shared), ""),
        (call.clone().member_status("pending"), ""),
        (call.clone().parent_id(one.id.unwrap()), ""),
        (call.clone().enterprise_project_id("0"), "abcde"),
        (
            call.clone().enterprise_project_id("all_granted_eps"),
            "abcde",
        ),
        (call.clone().enterprise_project_id("other"), ""),
        // 200 of 10,000 GB.
        (call.clone().used_percent("2"), "abcde"),
        (call.clone().used_percent("3"), ""),
    ] {
        let shown = format!("{found:?}");
        assert_eq!(names(found).await, expected, "{shown}");
    }
    for percent in ["0", "101", "99999999999999999999"] {
        let error = call.clone().used_percent(percent).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "BackupService.9900"), "{percent}");
    }
    let backup = list(&client).await.remove(0);
    assert_eq!(backup.image_type, Some(ImageType::Backup));
    let only = client.list_backups().image_type("replication");
    assert_eq!(only.send().await.unwrap().count, Some(0));
}

#[tokio::test]
async fn list_holds_what_was_made_in_a_period() {
    let (_sandbox, _client, elsewhere) = five_copies().await;
    let all = list(&elsewhere).await;
    let made: Vec<i64> = all
        .iter()
        .map(|it| seconds(it.created_at.as_ref()))
        .collect();
    assert!(made.is_sorted_by(|a, b| a >= &(b + 3600)));
    let call = elsewhere.list_backups();
    for (start, end, expected) in [
        (Some(made[2]), None, "eab"),
        (None, Some(made[2]), "bcd"),
        (Some(made[3]), Some(made[1]), "abc"),
        (Some(made[2]), Some(made[2]), "b"),
        (Some(made[2] + 1), Some(made[1] - 1), ""),
    ] {
        let mut call = call.clone();
        if let Some(start) = start {
            call = call.start_time(utc(start));
        }
        if let Some(end) = end {
            call = call.end_time(utc(end));
        }
        assert_eq!(names(call).await, expected, "{start:?} {end:?}");
    }
    let error = call.start_time("soon").with_validation(false).send().await;
    assert!(message_of(&error.unwrap_err()).contains("/query/start_time"));
}

#[tokio::test]
async fn what_the_client_would_not_send_is_refused_by_the_service_too() {
    let (sandbox, client, _, id) = start().await;
    let call = client.list_backups().with_validation(false);
    for (call, place) in [
        (call.clone().limit(0), "/query/limit"),
        (call.clone().limit(1001), "/query/limit"),
        (call.clone().offset(-1), "/query/offset"),
        (call.clone().sort("i".repeat(256)), "/query/sort"),
        (
            call.clone().status(["available", "gone"]),
            "/query/status/1",
        ),
        (call.clone().image_type("film"), "/query/image_type"),
        (call.clone().own_type("theirs"), "/query/own_type"),
        (call.clone().used_percent("ten"), "/query/used_percent"),
    ] {
        let error = call.send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "BackupService.9900"), "{place}");
        assert!(message_of(&error).contains(place), "{place}: {error}");
    }
    let mut nowhere = target(&sandbox);
    nowhere.destination_vault_id = None;
    let call = client.replicate_backup(&id).replicate(nowhere);
    let error = call.with_validation(false).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.9900"));
    assert!(
        message_of(&error).contains("destination_vault_id"),
        "{error}"
    );
}

#[tokio::test]
async fn list_has_replication_records_only_when_they_are_asked_for() {
    let (sandbox, client, _, id) = start().await;
    replicate(&client, &id, target(&sandbox)).await.unwrap();
    sandbox.advance(COPIED);
    let records = show(&client, &id).await.unwrap().replication_records;
    assert_eq!(records.as_ref().unwrap().len(), 1);
    for (asked_for, expected) in [(true, records.as_deref().unwrap()), (false, &[])] {
        let call = client.list_backups().show_replication(asked_for);
        let listed = call.send().await.unwrap().backups.unwrap().remove(0);
        assert_eq!(listed.replication_records.unwrap_or_default(), expected);
    }
    assert_eq!(
        list(&client).await[0].replication_records.as_deref(),
        Some(&[][..])
    );
}
