//! Walks over lists in pages, against a server in memory.

#[cfg(feature = "blocking")]
mod blocking;
mod changing;
mod ends;
mod errors;
mod limits;
mod odd;
mod stream;
mod token;
mod whole_lists;

use std::collections::BTreeSet;

use cloudbackup_core::paging::Paged;
use cloudbackup_runtime::paging::{Items, PageToken, Pages};
use cloudbackup_runtime::{Client, Error};

use crate::support::lists::{Entry, Kind, ListRows, ListServer, Row};
use crate::support::logs;

/// Half of the rows come and go, the others stay.
fn mixed_rows(count: u64, rng: &mut fastrand::Rng) -> Vec<Row> {
    let row = |number| match rng.bool() {
        true => Row::staying(number),
        false => Row {
            stays: false,
            ..Row::staying(number)
        },
    };
    (0..count).map(row).collect()
}

/// How many walks to make; far fewer where every byte is logged. More are made if the environment
/// says by how much.
fn walks(count: u64) -> std::ops::Range<u64> {
    let factor = std::env::var("CLOUDBACKUP_TEST_WALKS").ok();
    let factor = factor.map_or(1, |text| text.parse().unwrap());
    0..match logs::are_on() {
        true => count / 50 + 1,
        false => count * factor,
    }
}

pub(crate) fn names(entries: Vec<Entry>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.name).collect()
}

/// All entries, page by page.
async fn by_pages<K: Kind>(client: &Client, input: ListRows<K>) -> Result<Vec<String>, Error> {
    client.call().pages(input).collect().await.map(names)
}

/// Nothing twice, and of the rows that stay none is missing.
#[track_caller]
fn exactly_once(server: &ListServer, names: &[String], what: &str) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{what}: {name} came twice");
    }
    for row in server.rows().iter().filter(|row| row.stays) {
        let queries = server.queries();
        assert!(
            seen.contains(&row.id),
            "{what}: {} is lost: {queries:?}",
            row.id
        );
    }
}

/// The token as another process would get it.
fn stored(token: &PageToken) -> PageToken {
    token.to_string().parse().unwrap()
}

fn pages_from<O: Paged>(client: &Client, input: &O, token: &PageToken) -> Pages<O> {
    let pages = client.call().pages(input.clone());
    pages.with_token(stored(token))
}

fn items_from<O: Paged>(client: &Client, input: &O, token: &PageToken) -> Items<O> {
    let items = client.call().items(input.clone());
    items.with_token(stored(token))
}
