//! What the benches share: a page of backups as a service would send it, and the types that a
//! program would write for it by hand.

#![allow(dead_code, reason = "decoded, but hardly read")]

use serde::Deserialize;

/// A reply of `list_offsite_backups` with so many backups, written without white space.
pub(crate) fn page(count: usize) -> String {
    let backups = (0..count).map(backup).collect::<Vec<_>>().join(",");
    format!(r#"{{"backups":[{backups}],"total_count":{count}}}"#)
}

/// A backup of one of the three engines; each has members that the others lack.
fn backup(index: usize) -> String {
    let (engine, more) = match index % 3 {
        0 => (
            r#"{"type":"MySQL","version":"5.6"}"#,
            r#","associated_with_ddm":false"#,
        ),
        1 => (r#"{"type":"PostgreSQL","version":"9.6"}"#, ""),
        _ => (
            r#"{"type":"sqlserver","version":"2019_SE"}"#,
            r#","databases":[{"name":"orders"},{"name":"billing"}]"#,
        ),
    };
    let (kind, size) = (["auto", "incremental"][index % 2], 2803 + index * 17);
    let (day, minute) = (1 + index % 28, index % 60);
    format!(
        r#"{{"id":"43e4feaab48f11e89039fa163eb{index:05}br01","name":"nightly-{index:05}","type":"{kind}","size":{size},"status":"COMPLETED","begin_time":"2018-08-{day:02}T12:{minute:02}:14+0800","end_time":"2018-08-{day:02}T13:{minute:02}:51+0800","datastore":{engine},"instance_id":"a48e43ff268f4c0e879652d65e63d0fbin01"{more}}}"#
    )
}

/// The reply, by hand.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) backups: Option<Vec<Backup>>,
    pub(crate) total_count: Option<i64>,
}

/// A backup, by hand: times and states are plain text.
#[derive(Debug, Deserialize)]
pub(crate) struct Backup {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    #[serde(rename = "type")]
    pub(crate) backup_type: Option<String>,
    pub(crate) size: Option<i64>,
    pub(crate) status: Option<String>,
    pub(crate) databases: Option<Vec<Database>>,
    pub(crate) begin_time: Option<String>,
    pub(crate) end_time: Option<String>,
    pub(crate) datastore: Option<Datastore>,
    pub(crate) instance_id: Option<String>,
    pub(crate) associated_with_ddm: Option<bool>,
}

/// A database, by hand.
#[derive(Debug, Deserialize)]
pub(crate) struct Database {
    pub(crate) name: Option<String>,
}

/// Engine and version, by hand.
#[derive(Debug, Deserialize)]
pub(crate) struct Datastore {
    #[serde(rename = "type")]
    pub(crate) engine: Option<String>,
    pub(crate) version: Option<String>,
}
