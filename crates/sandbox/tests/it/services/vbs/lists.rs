//! The lists of VBS's backups: what is found, and how they are paged.

use std::collections::HashSet;

use cloudbackup_sandbox::{Fault, Sandbox};
use cloudbackup_vbs_client::{Client, model};
use model::{BackupStatus, ScheduledPolicy};
use serde_json::json;

use super::super::{DAY, MINUTE, away};
use super::{ALL_HOURS, attach, back_up, create_with, made, refused_natively, start, volumes};
use crate::support::call;

/// More backups than fit on a page: one of each disk every hour for 15 days.
async fn many_backups() -> (Sandbox, Client) {
    let (sandbox, client) = start().await;
    let hourly = ScheduledPolicy::builder()
        .start_time(ALL_HOURS)
        .frequency(1)
        .retention_day(30)
        .status("ON");
    let policy = create_with(&client, hourly.build()).await;
    attach(&client, &policy, &volumes(&sandbox)).await;
    sandbox.advance(DAY * 15 + MINUTE * 5);
    (sandbox, client)
}

/// A page: ids, whether there is a link to the next, and the count.
#[derive(Debug, PartialEq)]
struct Page {
    ids: Vec<String>,
    next: Option<String>,
    count: Option<i64>,
}

/// A page of the short list, and the same page of the one with details.
async fn pages(client: &Client, offset: Option<i64>, limit: Option<i64>, count: bool) -> Page {
    let (mut short, mut long) = (client.list_backups(), client.list_backup_details());
    if let Some(offset) = offset {
        (short, long) = (short.offset(offset), long.offset(offset));
    }
    if let Some(limit) = limit {
        (short, long) = (short.limit(limit), long.limit(limit));
    }
    if count {
        let version = "volume 3.45";
        short = short.include_count(true).openstack_api_version(version);
        long = long.include_count(true).openstack_api_version(version);
    }
    let (short, long) = (short.send().await.unwrap(), long.send().await.unwrap());
    let backups = short.backups.unwrap().into_iter();
    let found = Page {
        ids: backups.map(|it| it.id.unwrap()).collect(),
        next: next(short.backups_links),
        count: short.count,
    };
    let backups = long.backups.unwrap().into_iter();
    let same = Page {
        ids: backups.map(|it| it.id.unwrap()).collect(),
        next: next(long.backups_links).map(|link| link.replace("/detail?", "?")),
        count: long.count,
    };
    assert_eq!(found, same);
    found
}

fn next(links: Option<Vec<model::Link>>) -> Option<String> {
    let [link] = <[_; 1]>::try_from(links?).unwrap();
    assert_eq!(link.rel.as_deref(), Some("next"));
    link.href
}

#[tokio::test]
async fn lists_are_paged_to_their_end() {
    let (sandbox, client) = many_backups().await;
    let first = pages(&client, None, None, true).await;
    let total = first.count.unwrap();
    assert!(total >= 1050, "{total}");
    assert_eq!(first.ids.len(), 1000);
    let project = sandbox.project_id("eu-de").unwrap();
    let last = first.ids.last().unwrap();
    let expected = format!("{project}/backups?limit=1000&offset=1000&marker={last}");
    let link = first.next.as_deref().unwrap();
    assert!(link.ends_with(&expected), "{link}");
    assert!(
        !link.contains("127.0.0.1"),
        "no address that answers: {link}"
    );
    let too_many = pages(&client, None, Some(5000), true).await;
    assert_eq!(too_many, first, "a larger page is cut down in silence");

    let mut seen = Vec::new();
    loop {
        let offset = i64::try_from(seen.len()).unwrap();
        let page = pages(&client, Some(offset), Some(300), false).await;
        assert_eq!(page.count, None, "unless it is asked for");
        let is_full = page.ids.len() == 300;
        assert_eq!(page.next.is_some(), is_full);
        seen.extend(page.ids);
        if !is_full {
            break;
        }
    }
    assert_eq!(i64::try_from(seen.len()), Ok(total));
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    assert_eq!(seen[..1000], first.ids);
}

#[tokio::test]
async fn full_page_names_a_next_one_even_at_the_end() {
    let (sandbox, client) = start().await;
    made(&sandbox, &client, volumes(&sandbox)[1], "second").await;
    let full = pages(&client, None, Some(2), false).await;
    assert_eq!(full.ids.len(), 2);
    assert!(full.next.is_some());
    for (offset, limit, length) in [(2, 2, 0), (1, 2, 1), (9, 1000, 0), (0, 0, 0), (0, 3, 2)] {
        let page = pages(&client, Some(offset), Some(limit), false).await;
        assert_eq!(
            (page.ids.len(), page.next),
            (length, None),
            "{offset} {limit}"
        );
    }
    let elsewhere: Client = away(&sandbox);
    let page = pages(&elsewhere, None, None, true).await;
    assert_eq!((page.ids.len(), page.count), (0, Some(0)));
}

#[tokio::test]
async fn lists_hold_what_fits_all_conditions() {
    let (sandbox, client) = start().await;
    let disks = volumes(&sandbox);
    made(&sandbox, &client, disks[1], "nightly-b").await;
    made(&sandbox, &client, disks[0], "nightly-a").await;
    back_up(&client, disks[1], "new").await.unwrap();
    let (short, long) = (client.list_backups(), client.list_backup_details());
    // A macro, since the two calls are of two types.
    macro_rules! finds {
        ($($set:ident($value:expr)),* => $expected:expr) => {{
            let reply = short.clone()$(.$set($value))*.send().await.unwrap();
            let backups = reply.backups.unwrap().into_iter();
            let names: Vec<_> = backups.map(|it| it.name.unwrap()).collect();
            assert_eq!(names, $expected);
            let reply = long.clone()$(.$set($value))*.send().await.unwrap();
            let backups = reply.backups.unwrap().into_iter();
            let names: Vec<_> = backups.map(|it| it.name.unwrap()).collect();
            assert_eq!(names, $expected);
        }};
    }
    let all = ["new", "nightly-a", "nightly-b", "sandbox-volume-backup"];
    let none: [&str; 0] = [];
    finds!(name("nightly-a") => ["nightly-a"]);
    finds!(name("nightly") => none);
    finds!(status(BackupStatus::Creating) => ["new"]);
    finds!(status(BackupStatus::Available) => all[1..]);
    finds!(status(BackupStatus::ErrorDeleting) => none);
    finds!(volume_id(disks[1]) => ["new", "nightly-b"]);
    finds!(volume_id(disks[1]), status(BackupStatus::Available) => ["nightly-b"]);
    finds!(volume_id("none") => none);
    let version = "volume 3.31";
    finds!(name_like("nightly"), openstack_api_version(version) => ["nightly-a", "nightly-b"]);
    finds!(status_like("creat"), openstack_api_version(version) => ["new"]);
    finds!(volume_id_like(&disks[1][3..20]), openstack_api_version(version) => ["new", "nightly-b"]);
    finds!(name_like("-a"), status("creating"), openstack_api_version(version) => none);
    finds!(name_like("-a"), offset(1), openstack_api_version(version) => none);
    // An older version passes over what it does not know.
    finds!(name_like("nightly") => all);
    finds!(name_like("nightly"), openstack_api_version("volume 3.30") => all);
    finds!(name_like("nightly"), openstack_api_version("compute 2.1, volume latest") => all[1..3]);
    for (version, expected) in [
        (None, None),
        (Some("volume 3.44"), None),
        (Some("volume 3.45"), Some(1)),
        (Some("volume latest"), Some(1)),
        (Some("compute 2.90"), None),
    ] {
        let mut call = client
            .list_backups()
            .name("new")
            .limit(0)
            .include_count(true);
        if let Some(version) = version {
            call = call.openstack_api_version(version);
        }
        assert_eq!(call.send().await.unwrap().count, expected, "{version:?}");
    }
}

#[tokio::test]
async fn what_stands_before_the_service_answers_in_the_shape_of_the_call() {
    let (sandbox, _client) = start().await;
    let endpoint = sandbox.endpoint("vbs").unwrap();
    let project = sandbox.project_id("eu-de").unwrap();
    for (path, name) in [("v3", "unauthorized"), ("v2", "error")] {
        let target = match path {
            "v3" => format!("/v3/{project}/backups/detail"),
            _ => format!("/v2/{project}/backuppolicy"),
        };
        let reply = call(&endpoint, "GET", &target, &[], "").await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.json()[name]["code"], "APIG.0301");
        sandbox.fault(Fault::unavailable().on_service("vbs"));
        let reply = call(&endpoint, "GET", &target, &[], "").await;
        let name = if path == "v3" {
            "serviceUnavailable"
        } else {
            name
        };
        assert_eq!(reply.json()[name]["code"], "APIG.0404");
    }
}

#[tokio::test]
async fn query_that_makes_no_sense_is_refused() {
    let (_sandbox, client) = start().await;
    let call = client.list_backup_details().with_validation(false);
    for (call, place) in [
        (call.clone().limit(-1), "/query/limit"),
        (call.clone().offset(-1), "/query/offset"),
        (call.clone().status("gone"), "/query/status"),
        (call.clone().openstack_api_version("volume 2.0"), "/header/"),
        (call.clone().openstack_api_version("volume x"), "/header/"),
    ] {
        let error = call.send().await.unwrap_err();
        let expected = (400, "badRequest".to_owned(), json!("VolumeBackup.0002"));
        assert_eq!(refused_natively(&error), expected, "{place}");
        assert!(error.message().unwrap().contains(place), "{place}: {error}");
    }
}
