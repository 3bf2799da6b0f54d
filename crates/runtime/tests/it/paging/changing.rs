//! Lists whose rows come and go between any two requests, many times over. The walk alone, without
//! requests, is tried far oftener in `src/paging/walk/tests.rs`.

use cloudbackup_runtime::paging::PageToken;
use cloudbackup_runtime::{Client, Error};

use super::{exactly_once, items_from, mixed_rows, names, pages_from, walks};
use crate::support::lists::{
    ByLastId, ByLinkMarker, ByLinkOffset, ByMarker, ByNumber, ByOffset, ByTextOffset, Edits,
    FixedNumber, Gone, Kind, ListRows, ListServer, Rules, Total, WithDefault,
};

/// How a walk is made.
#[derive(Clone, Copy, Debug)]
enum Way {
    Pages,
    Items,
    /// After some pages or entries the rest is walked from a stored token.
    PagesInParts,
    ItemsInParts,
}

const WAYS: [Way; 4] = [Way::Pages, Way::Items, Way::PagesInParts, Way::ItemsInParts];

fn some_rules(rng: &mut fastrand::Rng, edits: Edits) -> Rules {
    let cap = match rng.u8(..3) {
        // Less than is asked for, at times.
        0 => rng.usize(2..20),
        _ => usize::MAX,
    };
    let totals = [
        Total::Missing,
        Total::Right,
        Total::Off(7),
        Total::Exactly(0),
        Total::Exactly(-1),
        Total::Exactly(1_000_000),
    ];
    let gone = [
        Gone::Refuse(404),
        Gone::Refuse(400),
        Gone::Nothing,
        Gone::Start,
        Gone::Remember,
    ];
    Rules {
        cap,
        default: rng.usize(2..30),
        total: totals[rng.usize(..totals.len())],
        gone: gone[rng.usize(..gone.len())],
        link: None,
        beyond: None,
        first: 1,
        edits,
    }
}

async fn walk<K: Kind>(
    client: &Client,
    input: &ListRows<K>,
    way: Way,
    rng: &mut fastrand::Rng,
) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let mut token: Option<PageToken> = None;
    loop {
        let mut left = rng.usize(1..12);
        match way {
            Way::Pages => {
                return client
                    .call()
                    .pages(input.clone())
                    .collect()
                    .await
                    .map(names);
            }
            Way::Items => {
                return client
                    .call()
                    .items(input.clone())
                    .collect()
                    .await
                    .map(names);
            }
            Way::PagesInParts => {
                let mut pages = match &token {
                    Some(token) => pages_from(client, input, token),
                    None => client.call().pages(input.clone()),
                };
                while left > 0 {
                    left -= 1;
                    match pages.next().await {
                        Some(page) => {
                            let page = page?;
                            assert_eq!(page.token(), pages.token());
                            found.extend(names(page.into_items()));
                        }
                        None => return Ok(found),
                    }
                }
                token = Some(pages.token());
            }
            Way::ItemsInParts => {
                let mut items = match &token {
                    Some(token) => items_from(client, input, token),
                    None => client.call().items(input.clone()),
                };
                while left > 0 {
                    left -= 1;
                    match items.next().await {
                        Some(item) => found.push(item?.name),
                        None => return Ok(found),
                    }
                }
                token = Some(items.token());
            }
        }
    }
}

async fn many<K: Kind>(count: u64, edits: Edits, rules: impl Fn(Rules) -> Rules) {
    many_from::<K>(count, 1, edits, rules).await;
}

/// `least` is the smallest page that is asked for.
async fn many_from<K: Kind>(count: u64, least: i64, edits: Edits, rules: impl Fn(Rules) -> Rules) {
    for seed in walks(count) {
        let mut rng = fastrand::Rng::with_seed(seed);
        let rules = rules(some_rules(&mut rng, edits));
        let count = match rng.u8(..4) {
            0 => rng.u64(..6),
            1..3 => rng.u64(..120),
            _ => rng.u64(..400),
        };
        let rows = mixed_rows(count, &mut rng);
        let input = match rng.u8(..4) {
            0 => ListRows::<K>::new(),
            1 if count < 120 => ListRows::limit(rng.i64(1..4).max(least)),
            _ => ListRows::limit(rng.i64(2..60).max(least)),
        };
        let way = WAYS[rng.usize(..WAYS.len())];
        let what = format!(
            "{} seed {seed}, {way:?}, {count} rows, {input:?}, {rules:?}",
            K::NAME
        );
        let server = ListServer::new(rows, rules, seed);
        let came = walk(&server.client(), &input, way, &mut rng).await;
        let came = came.unwrap_or_else(|error| panic!("{what}: {error}: {:?}", server.queries()));
        exactly_once(&server, &came, &what);
    }
}

#[tokio::test]
async fn by_offset() {
    many::<ByOffset>(60, Edits::Any, |rules| rules).await;
    many::<ByTextOffset>(20, Edits::Any, |rules| rules).await;
}

#[tokio::test]
async fn by_offset_with_a_documented_default() {
    let rules = |rules: Rules| Rules {
        cap: rules.cap.max(20),
        ..rules
    };
    many::<WithDefault>(30, Edits::Any, rules).await;
}

#[tokio::test]
async fn by_number() {
    for edits in [Edits::Grow, Edits::Shrink, Edits::Append] {
        many::<ByNumber>(20, edits, |rules| rules).await;
        many::<FixedNumber>(20, edits, |rules| rules).await;
    }
}

#[tokio::test]
async fn by_number_of_pages_that_overlap() {
    let uncapped = |rules: Rules| Rules {
        cap: usize::MAX,
        ..rules
    };
    many_from::<ByNumber>(30, 8, Edits::Any, uncapped).await;
}

#[tokio::test]
async fn by_the_last_id() {
    many::<ByLastId>(60, Edits::Any, |rules| rules).await;
}

#[tokio::test]
async fn by_markers() {
    let sound = |rules: Rules| Rules {
        gone: match rules.gone {
            Gone::Nothing | Gone::Start => Gone::Remember,
            gone => gone,
        },
        ..rules
    };
    many::<ByMarker>(30, Edits::Any, sound).await;
    many::<ByLinkMarker>(30, Edits::Any, move |rules| Rules {
        link: Some("http://elsewhere.example/x"),
        ..sound(rules)
    })
    .await;
}

#[tokio::test]
async fn by_offsets_of_links() {
    many::<ByLinkOffset>(40, Edits::Any, |rules| Rules {
        link: Some("/v3/p1/rows"),
        ..rules
    })
    .await;
}

/// A long list at the largest pages, in each of the ways.
async fn long<K: Kind>(edits: Edits, rules: impl Fn(Rules) -> Rules) {
    for (seed, way) in (0..).zip(WAYS) {
        let mut rng = fastrand::Rng::with_seed(seed);
        let rules = rules(Rules {
            cap: usize::MAX,
            ..some_rules(&mut rng, edits)
        });
        let rows = mixed_rows(1_050, &mut rng);
        let what = format!("{} {way:?}, {rules:?}", K::NAME);
        let server = ListServer::new(rows, rules, seed);
        let came = walk(&server.client(), &ListRows::<K>::new(), way, &mut rng).await;
        let came = came.unwrap_or_else(|error| panic!("{what}: {error}: {:?}", server.queries()));
        exactly_once(&server, &came, &what);
    }
}

#[tokio::test]
async fn long_lists_of_every_style_while_rows_come_and_go() {
    let sound = |rules: Rules| Rules {
        gone: Gone::Remember,
        ..rules
    };
    let linked = |rules: Rules| Rules {
        link: Some("/v3/p1/rows"),
        ..sound(rules)
    };
    long::<ByOffset>(Edits::Any, |rules| rules).await;
    long::<ByTextOffset>(Edits::Any, |rules| rules).await;
    long::<ByNumber>(Edits::Any, |rules| rules).await;
    long::<ByLastId>(Edits::Any, |rules| rules).await;
    long::<ByMarker>(Edits::Any, sound).await;
    long::<ByLinkMarker>(Edits::Any, linked).await;
    long::<ByLinkOffset>(Edits::Any, linked).await;
    // Pages of one size share nothing.
    for edits in [Edits::Grow, Edits::Shrink, Edits::Append] {
        long::<FixedNumber>(edits, |rules| rules).await;
    }
}
