//! Lists that stand still, walked to their end.

use super::{by_pages, names};
use crate::support::lists::{
    ByLastId, ByLinkMarker, ByLinkOffset, ByMarker, ByNumber, ByOffset, ByTextOffset, FixedNumber,
    Kind, ListRows, ListServer, PlainNumber, PlainOffset, Rules, Total, Whole, WithDefault,
};

const LINK: Option<&str> = Some("https://rows.example.com/v3/p1/rows");

async fn all_come<K: Kind>(rules: Rules, requests: usize) {
    let server = ListServer::of(1050, rules);
    let expected: Vec<String> = server.rows().into_iter().map(|row| row.id).collect();
    let client = server.client();
    let came = by_pages(&client, ListRows::<K>::new()).await.unwrap();
    assert_eq!(came, expected, "{}", K::NAME);
    let queries = server.queries();
    assert_eq!(queries.len(), requests, "{}: {queries:?}", K::NAME);

    let server = ListServer::of(1050, server.rules());
    let items = server.client().call().items(ListRows::<K>::new());
    assert_eq!(names(items.collect().await.unwrap()), expected);
    assert_eq!(server.queries(), queries);
    let first = K::PAGING.preferred_page_size().map_or("", |_| "limit=100");
    assert_eq!(queries[0], first);
}

fn with_total() -> Rules {
    Rules {
        total: Total::Right,
        ..Rules::default()
    }
}

fn with_links() -> Rules {
    Rules {
        link: LINK,
        ..Rules::default()
    }
}

#[tokio::test]
async fn by_offset() {
    // Pages share an entry; without a total the last one is asked for alone.
    all_come::<ByOffset>(with_total(), 11).await;
    all_come::<ByOffset>(Rules::default(), 12).await;
    all_come::<ByTextOffset>(with_total(), 11).await;
    all_come::<WithDefault>(Rules::default(), 12).await;
    all_come::<PlainOffset>(with_total(), 11).await;
    all_come::<PlainOffset>(Rules::default(), 12).await;
}

#[tokio::test]
async fn by_number() {
    // Sizes vary so that pages share an entry.
    all_come::<ByNumber>(with_total(), 12).await;
    all_come::<ByNumber>(Rules::default(), 13).await;
    // Each page but the first is followed by the one before it.
    all_come::<FixedNumber>(with_total(), 21).await;
    all_come::<FixedNumber>(Rules::default(), 23).await;
    all_come::<PlainNumber>(with_total(), 11).await;
    all_come::<PlainNumber>(Rules::default(), 12).await;
}

#[tokio::test]
async fn by_the_last_id() {
    // Nothing comes after the last entry, which is still there then.
    all_come::<ByLastId>(Rules::default(), 13).await;
}

#[tokio::test]
async fn as_the_server_says() {
    all_come::<ByMarker>(Rules::default(), 11).await;
    all_come::<ByLinkMarker>(with_links(), 11).await;
    all_come::<ByLinkOffset>(with_links(), 11).await;
}

#[tokio::test]
async fn in_one_reply() {
    let rules = Rules {
        default: 5000,
        ..Rules::default()
    };
    all_come::<Whole>(rules, 1).await;
}
