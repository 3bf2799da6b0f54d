//! Servers that keep to nothing, with lists that stand still: sizes, totals and ids of all kinds.

use std::collections::BTreeSet;

use super::{items_from, names, walks};
use crate::support::lists::{
    ByLastId, ByLinkMarker, ByLinkOffset, ByMarker, ByNumber, ByOffset, ByTextOffset, FromZero,
    Gone, Kind, ListRows, ListServer, PlainNumber, PlainOffset, Rules, Total, WithDefault, named,
};

/// Rules that can be met with; `fewest` is the least that a server gives.
fn odd_rules(rng: &mut fastrand::Rng, fewest: usize, link: Option<&'static str>) -> Rules {
    let is_capped = rng.bool();
    let cap = match is_capped {
        true => rng.usize(fewest..fewest + 30),
        false => usize::MAX,
    };
    let lie = match rng.u8(..8) {
        0..2 => Total::Missing,
        2..4 => Total::Right,
        4 => Total::Off(rng.i64(1..200)),
        5 => Total::Exactly(rng.i64(-3..1)),
        // Where pages are as long as they are asked for, any lie does no harm. If they are shorter,
        // one does: a total that is just what has come so far.
        _ if is_capped => Total::Exactly(1_000_000),
        6 => Total::Off(rng.i64(-200..0)),
        _ => Total::Exactly(rng.i64(..300).abs()),
    };
    Rules {
        cap,
        default: rng.usize(fewest..fewest + 40),
        total: lie,
        gone: Gone::Refuse(404),
        link,
        first: 1,
        ..Rules::default()
    }
}

async fn all_come<K: Kind>(fewest: usize, link: Option<&'static str>, first: usize) {
    for seed in walks(25) {
        let mut rng = fastrand::Rng::with_seed(seed);
        let rules = Rules {
            first,
            ..odd_rules(&mut rng, fewest, link)
        };
        let count = match rng.bool() {
            true => rng.u64(..12),
            false => rng.u64(..260),
        };
        let input = match rng.u8(..3) {
            0 => ListRows::<K>::new(),
            1 => ListRows::limit(rng.i64(1..6)),
            _ => ListRows::limit(rng.i64(2..60)),
        };
        let what = format!(
            "{} seed {seed}, {count} rows, {input:?}, {rules:?}",
            K::NAME
        );
        let server = ListServer::of(count, rules);
        let client = server.client();
        let items = client.call().items(input.clone());
        let came = names(
            items
                .collect()
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}")),
        );
        assert_eq!(came, named(0..count), "{what}: {:?}", server.queries());

        // And in two parts.
        let mut items = client.call().items(input.clone());
        let mut came = Vec::new();
        for _ in 0..rng.u64(..=count) {
            came.push(items.next().await.unwrap().unwrap().name);
        }
        let rest = items_from(&client, &input, &items.token());
        came.extend(names(rest.collect().await.unwrap()));
        assert_eq!(came, named(0..count), "{what}, in parts");
    }
}

#[tokio::test]
async fn by_offset() {
    all_come::<ByOffset>(2, None, 1).await;
    all_come::<ByTextOffset>(2, None, 1).await;
    all_come::<WithDefault>(20, None, 1).await;
    all_come::<PlainOffset>(1, None, 1).await;
}

#[tokio::test]
async fn by_number() {
    all_come::<ByNumber>(1, None, 1).await;
    all_come::<FromZero>(1, None, 0).await;
    all_come::<PlainNumber>(1, None, 1).await;
}

#[tokio::test]
async fn by_marker() {
    all_come::<ByLastId>(1, None, 1).await;
    all_come::<ByMarker>(1, None, 1).await;
    all_come::<ByLinkMarker>(1, Some("https://h/"), 1).await;
    all_come::<ByLinkOffset>(1, Some("https://h/"), 1).await;
}

#[tokio::test]
async fn list_without_ids_repeats_what_moves_and_no_more() {
    // What is promised for lists with ids cannot be kept here; the walk ends all the same.
    for seed in walks(20) {
        let mut rng = fastrand::Rng::with_seed(seed);
        let server = ListServer::of(100, Rules::default());
        let client = server.client();
        let mut pages = client.call().pages(ListRows::<PlainOffset>::limit(10));
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            found.extend(names(page.unwrap().into_items()));
            if rng.bool() {
                server.change(|rows| {
                    let row = rows.remove(rng.usize(..rows.len()));
                    rows.insert(rng.usize(..=rows.len()), row);
                });
            }
        }
        let distinct: BTreeSet<_> = found.iter().collect();
        assert!(
            found.len() == 100 && distinct.len() >= 80,
            "{}",
            distinct.len()
        );
    }
}
