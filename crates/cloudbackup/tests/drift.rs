//! What a reply holds beyond its specification reaches the hook, and documented replies hold nothing.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use cloudbackup::runtime::testing::{Answer, ReplayTransport};
use cloudbackup::{ClientBuilder, Drift, DriftKind, Sending, ServiceClient, cbr, rds};
use http::{HeaderName, HeaderValue};

/// What a hook was told.
type Told = Arc<Mutex<Vec<Drift>>>;

/// A client that gets this one answer, and what its hook was told.
fn client<C: ServiceClient>(builder: ClientBuilder<C>, body: &'static str) -> (C, Told) {
    let told = Told::default();
    let hook = Arc::clone(&told);
    let answer = Answer::json(200, body).header(
        HeaderName::from_static("x-request-id"),
        HeaderValue::from_static("req-1"),
    );
    let client = builder
        .endpoint("https://example.com")
        .project_id("p1")
        .token("MIIEogYJKoZIhvcNAQcC")
        .transport(ReplayTransport::new([answer]))
        .on_drift(move |drift| hook.lock().unwrap().push(drift.clone()))
        .build()
        .unwrap();
    (client, told)
}

fn lines(told: &Told) -> Vec<String> {
    told.lock()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn list(client: &rds::Client) -> Sending<rds::model::ListOffsiteBackupsOutput> {
    client
        .list_offsite_backups()
        .instance_id("i")
        .backup_type("auto")
        .begin_time("2018-08-06T10:41:14+0800")
        .end_time("2018-08-16T10:41:14+0800")
        .send()
}

#[tokio::test]
async fn unknown_members_and_values_reach_the_hook() {
    let body = r#"{
        "backups": [
            {"id": "a", "status": "ARCHIVED", "datastore": {"type": "MySQL", "edition": "x"}},
            {"id": "b", "status": "ARCHIVED", "databases": [{"name": "orders", "owner": "me"}], "tier": 1},
            {"id": "c", "status": "COMPLETED", "tier": 2}
        ],
        "total_count": 3,
        "next": null
    }"#;
    let (client, told) = client(rds::Client::builder(), body);
    let page = list(&client).await.unwrap();
    assert_eq!(page.backups.unwrap().len(), 3);
    let expected = [
        "unknown value `ARCHIVED` of `BackupStatus` at `backups[].status`",
        "unknown member `backups[].datastore.edition` of `Datastore`",
        "unknown member `backups[].databases[].owner` of `Database`",
        "unknown member `backups[].tier` of `Backup`",
        "unknown member `next` of `ListOffsiteBackupsOutput`",
    ]
    .map(|text| format!("rds list_offsite_backups: {text}"));
    assert_eq!(lines(&told), expected);
    let first = &told.lock().unwrap()[0];
    assert_eq!(
        (first.service(), first.operation()),
        ("rds", "list_offsite_backups")
    );
    assert_eq!(first.request_id(), Some("req-1"));
    assert_eq!(
        (first.kind(), first.type_name(), first.path(), first.value()),
        (
            DriftKind::UnknownValue,
            Some("BackupStatus"),
            "backups[].status",
            Some("ARCHIVED")
        )
    );
}

#[tokio::test]
async fn failed_call_tells_nothing() {
    let (client, told) = client(rds::Client::builder(), r#"{"next": 1, "backups": 7}"#);
    list(&client).await.unwrap_err();
    assert!(lines(&told).is_empty());
}

#[tokio::test]
async fn documented_replies_hold_nothing_unknown() {
    for body in [
        include_str!("../../../spec/examples/rds-list_offsite_backups-reply-mysql.json"),
        include_str!("../../../spec/examples/rds-list_offsite_backups-reply-postgresql.json"),
        include_str!("../../../spec/examples/rds-list_offsite_backups-reply-sqlserver.json"),
    ] {
        let (client, told) = client(rds::Client::builder(), body);
        list(&client).await.unwrap();
        assert!(lines(&told).is_empty(), "{told:?}");
    }
    let body = include_str!("../../../spec/examples/cbr-replicate_backup-reply.json");
    let (client, told) = client(cbr::Client::builder(), body);
    let target = cbr::model::ReplicationTarget::builder()
        .destination_project_id("p2")
        .destination_region("eu-nl")
        .destination_vault_id("v1")
        .build();
    client
        .replicate_backup("b1")
        .replicate(target)
        .send()
        .await
        .unwrap();
    assert!(lines(&told).is_empty(), "{told:?}");
}
