//! How a walk ends, and what it asks for to know that it has.

use cloudbackup_runtime::{Error, PagingProblem};
use serde_json::json;

use super::names;
use crate::support::lists::{
    Answers, ByLastId, ByLinkMarker, ByLinkOffset, ByMarker, ByNumber, ByOffset, ByTextOffset,
    FixedNumber, Kind, ListRows, ListServer, PlainNumber, PlainOffset, Row, Rules, Total,
    WithDefault, named, page,
};

async fn queries<K: Kind>(rows: u64, rules: Rules, input: ListRows<K>) -> Vec<String> {
    let server = ListServer::of(rows, rules);
    let items = server.client().call().items(input);
    assert_eq!(names(items.collect().await.unwrap()), named(0..rows));
    server.queries()
}

fn with_total() -> Rules {
    Rules {
        total: Total::Right,
        ..Rules::default()
    }
}

#[tokio::test]
async fn short_page_with_a_total_that_agrees_is_the_last_one() {
    let one = ["limit=100"];
    assert_eq!(
        queries::<ByOffset>(3, with_total(), ListRows::new()).await,
        one
    );
    assert_eq!(
        queries::<ByNumber>(3, with_total(), ListRows::new()).await,
        one
    );
    assert_eq!(
        queries::<ByLastId>(3, with_total(), ListRows::new()).await,
        one
    );
    assert_eq!(
        queries::<PlainOffset>(3, with_total(), ListRows::new()).await,
        one
    );
}

#[tokio::test]
async fn short_page_without_a_total_is_believed_only_below_the_documented_default() {
    let rules = Rules::default;
    let one = ["limit=100"];
    assert_eq!(
        queries::<WithDefault>(19, rules(), ListRows::new()).await,
        one
    );
    // As many may be all that the server allows.
    let two = ["limit=100", "offset=19&limit=100"];
    assert_eq!(
        queries::<WithDefault>(20, rules(), ListRows::new()).await,
        two
    );
    let two = ["limit=100", "offset=2&limit=100"];
    assert_eq!(queries::<ByOffset>(3, rules(), ListRows::new()).await, two);
    let two = ["limit=100", "offset=1&limit=100"];
    assert_eq!(queries::<ByOffset>(1, rules(), ListRows::new()).await, two);
}

#[tokio::test]
async fn total_that_says_more_is_not_passed_over() {
    let rules = Rules {
        total: Total::Right,
        cap: 15,
        ..Rules::default()
    };
    let expected = ["limit=100", "offset=14&limit=100", "offset=28&limit=100"];
    assert_eq!(
        queries::<WithDefault>(40, rules, ListRows::new()).await,
        expected
    );
}

#[tokio::test]
async fn empty_list_has_one_page_without_entries() {
    let server = ListServer::of(0, with_total());
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByOffset>::new());
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!((page.items().len(), page.total()), (0, Some(0)));
    assert_eq!(page.request_id(), Some("r-1"));
    assert!(pages.next().await.is_none());
    assert!(pages.next().await.is_none());
    assert_eq!(server.queries(), ["limit=100"]);

    // Its token is that of a walk that is over.
    let mut pages = client.call().pages(ListRows::<ByOffset>::new());
    pages = pages.with_token(page.token());
    assert!(pages.next().await.is_none());
    assert_eq!(server.queries().len(), 1);
}

#[tokio::test]
async fn page_that_brings_nothing_new_is_not_given() {
    let server = ListServer::of(3, Rules::default());
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByLastId>::new());
    assert_eq!(pages.next().await.unwrap().unwrap().items().len(), 3);
    assert!(pages.next().await.is_none());
    assert_eq!(server.queries().len(), 3);
}

#[tokio::test]
async fn pages_of_one_entry_are_made_to_share_it() {
    let expected = ["limit=1", "limit=2", "offset=1&limit=2", "offset=2&limit=2"];
    assert_eq!(
        queries::<ByOffset>(3, Rules::default(), ListRows::limit(1)).await,
        expected
    );
    // Of a full page no total makes the last one.
    let found = queries::<ByTextOffset>(3, with_total(), ListRows::limit(1)).await;
    assert_eq!(found, expected);
}

#[tokio::test]
async fn walk_begins_where_the_request_says_and_never_before_that() {
    let server = ListServer::of(50, Rules::default());
    let mut input = ListRows::<ByOffset>::limit(10);
    input.place = Some(20);
    let client = server.client();
    let mut pages = client.call().pages(input);
    let mut found = names(pages.next().await.unwrap().unwrap().into_items());
    found.extend(names(pages.next().await.unwrap().unwrap().into_items()));
    assert_eq!(found, named(20..39));
    server.change(|rows| drop(rows.drain(0..25)));
    found.extend(names(pages.collect().await.unwrap()));
    assert!(found.iter().all(|name| named(20..50).contains(name)));
    let least = |query: &String| {
        query
            .split(['=', '&'])
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let queries = server.queries();
    assert_eq!(queries.iter().map(least).min(), Some(20), "{queries:?}");

    let mut input = ListRows::<ByLastId>::limit(10);
    input.place = Some("row-00044".into());
    let server = ListServer::of(50, Rules::default());
    let pages = server.client().call().pages(input);
    assert_eq!(names(pages.collect().await.unwrap()), named(45..50));
    assert_eq!(server.queries()[0], "marker=row-00044&limit=10");
    assert!(
        server
            .queries()
            .iter()
            .all(|query| query.starts_with("marker="))
    );

    let mut input = ListRows::<ByNumber>::limit(10);
    input.place = Some(4);
    let server = ListServer::of(50, Rules::default());
    let pages = server.client().call().pages(input);
    assert_eq!(names(pages.collect().await.unwrap()), named(30..50));
    assert!(
        server
            .queries()
            .iter()
            .all(|query| query.starts_with("page="))
    );
}

#[tokio::test]
async fn server_that_knows_no_pages_and_gives_all_is_no_loop() {
    async fn gives_all<K: Kind>() {
        let server = Answers::new(|_| Some(page(0..7)));
        let pages = server.client().call().pages(ListRows::<K>::new());
        let found = names(pages.collect().await.unwrap());
        assert_eq!(found, named(0..7), "{}", K::NAME);
        assert!(server.queries().len() <= 6, "{:?}", server.queries());
    }
    gives_all::<ByOffset>().await;
    gives_all::<ByNumber>().await;
    gives_all::<FixedNumber>().await;
    gives_all::<ByLastId>().await;
}

#[tokio::test]
async fn marker_that_gives_its_own_entry_again_is_no_loop() {
    for rows in [1_u64, 9, 10, 19, 20, 30] {
        let server = Answers::new(move |asked| {
            let own = |marker: String| marker["row-".len()..].parse::<usize>().unwrap();
            let from = asked.value("marker").map_or(0, own);
            Some(page((0..rows).skip(from).take(10)))
        });
        let pages = server
            .client()
            .call()
            .pages(ListRows::<ByLastId>::limit(10));
        assert_eq!(names(pages.collect().await.unwrap()), named(0..rows));
    }
}

#[tokio::test]
async fn numbered_page_whose_rows_were_pushed_on_meanwhile_is_asked_for_again() {
    // A row goes before the second page is asked for, and three come before the first one is asked
    // for again: that does not show the row which has moved onto it and off it again.
    let server = Answers::new(|asked| {
        let rows: Vec<u64> = match asked.number {
            0 => (0..30).collect(),
            1 => (1..30).collect(),
            _ => (100..103).chain(1..30).collect(),
        };
        let number = asked.count("page").unwrap_or(1) as usize;
        Some(page(rows.into_iter().skip((number - 1) * 10).take(10)))
    });
    let client = server.client();
    let pages = client.call().pages(ListRows::<FixedNumber>::limit(10));
    let found = names(pages.collect().await.unwrap());
    let stayed = |name: &&String| **name < named([100])[0];
    let stayed: Vec<&String> = found.iter().filter(stayed).collect();
    assert_eq!(stayed, named(0..30).iter().collect::<Vec<_>>());
    let expected = ["limit=10", "page=2&limit=10", "limit=10", "page=2&limit=10"];
    assert_eq!(server.queries()[..4], expected);
}

#[tokio::test]
async fn empty_text_for_the_next_page_is_the_end() {
    async fn ends<K: Kind>() {
        for next in [json!(""), json!(null)] {
            let server = Answers::new(move |_| {
                let mut reply = page(0..3);
                reply["next"] = next.clone();
                Some(reply)
            });
            let pages = server.client().call().pages(ListRows::<K>::new());
            assert_eq!(names(pages.collect().await.unwrap()), named(0..3));
            assert_eq!(server.queries().len(), 1, "{}", K::NAME);
        }
    }
    ends::<ByMarker>().await;
    ends::<ByLinkMarker>().await;
    ends::<ByLinkOffset>().await;
}

/// A walk over a list of a service that refuses places beyond the end.
async fn until_refused<K: Kind>(rows: u64, status: u16) -> (usize, Result<Vec<String>, Error>) {
    let rules = Rules {
        beyond: Some(status),
        ..Rules::default()
    };
    let server = ListServer::of(rows, rules);
    let pages = server.client().call().pages(ListRows::<K>::limit(10));
    let found = pages.collect().await.map(names);
    (server.queries().len(), found)
}

#[tokio::test]
async fn refusal_after_a_page_that_was_short_is_the_end() {
    for status in [400, 404] {
        let all = |found: Result<_, Error>| assert_eq!(found.unwrap(), named(0..25));
        let (requests, found) = until_refused::<ByOffset>(25, status).await;
        all(found);
        assert_eq!(requests, 4);
        let (requests, found) = until_refused::<PlainOffset>(25, status).await;
        all(found);
        assert_eq!(requests, 4);
        let (requests, found) = until_refused::<PlainNumber>(25, status).await;
        all(found);
        assert_eq!(requests, 4);
        let (requests, found) = until_refused::<FixedNumber>(25, status).await;
        all(found);
        assert_eq!(requests, 7);
        let (requests, found) = until_refused::<ByNumber>(25, status).await;
        all(found);
        assert_eq!(requests, 5);
        let (requests, found) = until_refused::<ByOffset>(1, status).await;
        assert_eq!((requests, found.unwrap()), (2, named(0..1)));
    }
}

#[tokio::test]
async fn refusal_after_a_full_page_is_an_error() {
    // Some services go on for so many entries and no further.
    let (_, found) = until_refused::<PlainOffset>(20, 404).await;
    assert!(found.unwrap_err().is_not_found());
    let (_, found) = until_refused::<PlainNumber>(20, 404).await;
    assert!(found.unwrap_err().is_not_found());
    let (_, found) = until_refused::<FixedNumber>(20, 404).await;
    assert_eq!(
        found.unwrap_err().paging_problem(),
        Some(PagingProblem::Gap)
    );
    // Where pages share an entry there is no such place.
    let (_, found) = until_refused::<ByOffset>(20, 404).await;
    assert_eq!(found.unwrap(), named(0..20));
    let (_, found) = until_refused::<ByNumber>(20, 404).await;
    assert_eq!(found.unwrap(), named(0..20));
    let (_, found) = until_refused::<PlainOffset>(25, 500).await;
    assert!(found.is_err());
}

#[tokio::test]
async fn refusal_since_the_list_is_shorter_by_now_leads_back() {
    async fn leads_back<K: Kind>() {
        let rules = Rules {
            beyond: Some(400),
            ..Rules::default()
        };
        let server = ListServer::of(55, rules);
        let client = server.client();
        let mut pages = client.call().pages(ListRows::<K>::limit(10));
        let mut found = Vec::new();
        for _ in 0..3 {
            found.extend(names(pages.next().await.unwrap().unwrap().into_items()));
        }
        server.change(|rows| drop(rows.drain(5..41)));
        found.extend(names(pages.collect().await.unwrap()));
        assert!(found.ends_with(&named(41..55)), "{}: {found:?}", K::NAME);
    }
    leads_back::<ByOffset>().await;
    leads_back::<ByNumber>().await;
    leads_back::<FixedNumber>().await;
    // A refusal that stays is an error.
    let server = ListServer::of(55, Rules::default());
    for number in [2, 4] {
        server.refuse(number, 400);
    }
    let pages = server
        .client()
        .call()
        .pages(ListRows::<ByOffset>::limit(10));
    assert_eq!(pages.collect().await.unwrap_err().status().unwrap(), 400);
    assert_eq!(server.queries().len(), 5);
}

#[tokio::test]
async fn link_that_would_pass_over_entries_is_not_believed() {
    // It counts what was asked for, and fewer were given.
    let server = Answers::new(|asked| {
        let from = asked.count("offset").unwrap_or(0);
        let mut reply = page((from..50).take(7));
        let next = from + asked.count("limit").unwrap();
        if from + 7 < 50 {
            reply["next"] = format!("https://h/?offset={next}").into();
        }
        Some(reply)
    });
    let client = server.client();
    let pages = client.call().pages(ListRows::<ByLinkOffset>::limit(10));
    assert_eq!(names(pages.collect().await.unwrap()), named(0..50));
}

#[tokio::test]
async fn most_of_a_long_list_may_go_at_once() {
    let server = ListServer::of(3_000, Rules::default());
    let client = server.client();
    let mut items = client.call().items(ListRows::<ByOffset>::limit(10));
    for _ in 0..2_900 {
        items.next().await.unwrap().unwrap();
    }
    let before = server.queries().len();
    server.change(|rows| drop(rows.drain(10..2_950)));
    let rest = names(items.collect().await.unwrap());
    assert!(rest.ends_with(&named(2_950..3_000)), "{rest:?}");
    // Farther back each time.
    let requests = server.queries().len() - before;
    assert!(requests < 30, "{requests}");
}

#[tokio::test]
async fn entries_without_an_id_are_never_dropped() {
    let row = |id: Option<&str>, name: &str| json!({"id": id, "name": name});
    let rows = [
        row(Some("a"), "a"),
        row(None, "b"),
        row(None, "b"),
        row(Some("c"), "c"),
        row(None, "d"),
        row(Some("e"), "e"),
        row(None, "f"),
    ];
    for limit in 2..9 {
        let rows = rows.clone();
        let server = Answers::new(move |asked| {
            let from = asked.count("offset").unwrap_or(0) as usize;
            let rows = rows.iter().skip(from).take(limit as usize);
            Some(json!({"rows": rows.collect::<Vec<_>>()}))
        });
        let pages = server
            .client()
            .call()
            .pages(ListRows::<ByOffset>::limit(limit));
        let found = names(pages.collect().await.unwrap());
        assert_eq!(found, ["a", "b", "b", "c", "d", "e", "f"], "{limit}");
    }
}

#[tokio::test]
async fn row_that_comes_on_top_of_the_list_is_seen_or_not_and_harms_nothing() {
    let server = ListServer::of(30, Rules::default());
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByNumber>::limit(10));
    let mut found = names(pages.next().await.unwrap().unwrap().into_items());
    server.change(|rows| rows.insert(0, Row::passing(1)));
    found.extend(names(pages.collect().await.unwrap()));
    assert_eq!(found, named(0..30));
}
