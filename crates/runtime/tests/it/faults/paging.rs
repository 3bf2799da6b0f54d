//! Rows P01 to P11, and C05 for walks: lists whose pages do not come as they should.

use std::sync::Arc;
use std::time::Duration;

use cloudbackup_runtime::testing::{Answer, ManualClock, ReplayTransport};
use cloudbackup_runtime::{Client, Error, ErrorKind, Outcome, PagingProblem, RetryConfig};
use serde_json::{Value, json};

use super::refusal::{hides_the_token, settle};
use crate::paging::names;
use crate::support::cloud::{Cloud, Desk, Reply, token};
use crate::support::lists::{
    Answers, Behind, ByLastId, ByLinkMarker, ByLinkOffset, ByMarker, ByNumber, ByOffset,
    ByTextOffset, FixedNumber, FromZero, Gone, Kind, ListRows, ListServer, PlainNumber,
    PlainOffset, Row, Rules, Total, named, page,
};
use crate::support::{Server, Step, TOKEN, TestClient, client_of, json_reply};

/// The names of all pages, and the error at which the walk ended.
async fn until_error<K: Kind>(client: &Client, input: ListRows<K>) -> (Vec<String>, Error) {
    let mut pages = client.call().pages(input);
    let mut found = Vec::new();
    loop {
        match pages.next().await.expect("an error in the end") {
            Ok(page) => found.extend(names(page.into_items())),
            Err(error) => {
                assert!(pages.next().await.is_none());
                assert!(pages.next().await.is_none());
                hides_the_token(&error);
                return (found, error);
            }
        }
    }
}

#[track_caller]
fn is_problem(error: &Error, problem: PagingProblem, outcome: Outcome) {
    assert_eq!(
        (error.kind(), error.paging_problem(), error.outcome()),
        (ErrorKind::Paging, Some(problem), outcome),
        "{error}"
    );
    assert!(error.service().is_some() && error.operation().is_some());
    assert!(error.attempts().is_empty() && error.status().is_none());
}

fn with_next(mut page: Value, next: &str) -> Value {
    page["next"] = next.into();
    page
}

#[tokio::test]
async fn p01_marker_that_comes_back() {
    let server = Answers::new(|asked| {
        Some(match asked.value("marker").as_deref() {
            None => with_next(page(0..2), "a"),
            Some("a") => with_next(page(2..4), "b"),
            Some("b") => with_next(page(4..6), "a"),
            other => panic!("{other:?}"),
        })
    });
    let (found, error) = until_error::<ByMarker>(&server.client(), ListRows::new()).await;
    is_problem(&error, PagingProblem::Loop, Outcome::Applied);
    assert_eq!(found, named(0..6));
    assert_eq!(server.queries().len(), 3);

    let server = Answers::new(|asked| {
        let number = asked.number as u64;
        Some(with_next(page([number]), "https://h/?marker=m"))
    });
    let (found, error) = until_error::<ByLinkMarker>(&server.client(), ListRows::new()).await;
    is_problem(&error, PagingProblem::Loop, Outcome::Applied);
    assert_eq!((found, server.queries().len()), (named(0..2), 2));
}

#[tokio::test]
async fn p01_link_that_leads_back() {
    let server = Answers::new(|asked| {
        let from = asked.count("offset").unwrap_or(0);
        let next = if from > 100 {
            "?offset=3"
        } else {
            "?offset=100"
        };
        let next = if from == 99 { "?offset=199" } else { next };
        Some(with_next(page(from..from + 100), next))
    });
    let (found, error) = until_error::<ByLinkOffset>(&server.client(), ListRows::new()).await;
    is_problem(&error, PagingProblem::Loop, Outcome::Applied);
    assert_eq!((found, server.queries().len()), (named(0..298), 3));
}

async fn same_page_everywhere<K: Kind>(rows: u64) {
    let server = Answers::new(move |_| Some(page(0..rows)));
    let input = ListRows::<K>::limit(i64::try_from(rows).unwrap());
    let (found, error) = until_error(&server.client(), input).await;
    is_problem(&error, PagingProblem::Loop, Outcome::Applied);
    assert_eq!(found, named(0..rows), "{}", K::NAME);
    let count = server.queries().len();
    assert!((2..=23).contains(&count), "{} {rows}: {count}", K::NAME);
}

#[tokio::test]
async fn p01_server_that_gives_the_same_page_wherever_it_is_asked() {
    for rows in [2, 10, 100] {
        same_page_everywhere::<ByOffset>(rows).await;
        same_page_everywhere::<ByNumber>(rows).await;
        same_page_everywhere::<FixedNumber>(rows).await;
        same_page_everywhere::<ByLastId>(rows).await;
    }
    same_page_everywhere::<ByLastId>(1).await;
}

async fn full_for_ever<K: Kind>(requests: u64, entries: u64) {
    let server = Answers::new(|asked| {
        let size = asked.count("limit").unwrap();
        let page_before = |page: u64| (page - 1) * size;
        let offset = asked.count("offset");
        let from = offset.or(asked.count("page").map(page_before));
        let after = |marker: String| marker["row-".len()..].parse::<u64>().unwrap() + 1;
        let from = from.or(asked.value("marker").map(after)).unwrap_or(0);
        let last = named([from + size - 1]).remove(0);
        Some(with_next(page(from..from + size), &last))
    });
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<K>::limit(10));
    pages = pages.with_max_pages(requests);
    let mut found = Vec::new();
    let error = loop {
        match pages.next().await.unwrap() {
            Ok(page) => found.extend(names(page.into_items())),
            Err(error) => break error,
        }
    };
    is_problem(&error, PagingProblem::Limit, Outcome::NotSent);
    assert!(error.to_string().contains(&requests.to_string()), "{error}");
    assert_eq!(found, named(0..entries), "{}", K::NAME);
    assert_eq!(server.queries().len() as u64, requests);
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn p02_full_pages_for_ever_end_at_the_limit_of_pages() {
    full_for_ever::<ByOffset>(7, 64).await;
    full_for_ever::<PlainOffset>(7, 70).await;
    full_for_ever::<ByNumber>(7, 50).await;
    full_for_ever::<FixedNumber>(7, 40).await;
    full_for_ever::<PlainNumber>(7, 70).await;
    full_for_ever::<ByLastId>(7, 70).await;
    full_for_ever::<ByMarker>(7, 70).await;
}

#[tokio::test]
async fn p02_full_pages_for_ever_end_at_the_limit_of_entries() {
    let server = Answers::new(|asked| {
        let from = asked.count("offset").unwrap_or(0);
        Some(page(from..from + 100))
    });
    let items = server.client().call().items(ListRows::<ByOffset>::new());
    let mut items = items.with_max_items(250);
    for name in named(0..250) {
        assert_eq!(items.next().await.unwrap().unwrap().name, name);
    }
    let error = items.next().await.unwrap().unwrap_err();
    is_problem(&error, PagingProblem::Limit, Outcome::NotSent);
    assert!(items.next().await.is_none());
    assert_eq!(server.queries().len(), 3);
}

async fn whatever_the_total<K: Kind>(total: Total, requests: usize) {
    let rules = Rules {
        total,
        ..Rules::default()
    };
    for rows in [0, 1, 3, 99, 100, 101, 250] {
        let server = ListServer::of(rows, rules.clone());
        let pages = server.client().call().pages(ListRows::<K>::new());
        let found = names(pages.collect().await.unwrap());
        assert_eq!(found, named(0..rows), "{} {total:?}", K::NAME);
        if rows == 3 {
            let queries = server.queries();
            assert_eq!(
                queries.len(),
                requests,
                "{} {total:?}: {queries:?}",
                K::NAME
            );
        }
    }
}

#[tokio::test]
async fn p03_total_that_is_too_high() {
    for total in [Total::Off(1), Total::Off(100), Total::Exactly(i64::MAX)] {
        // One more request tells that there is nothing more.
        whatever_the_total::<ByOffset>(total, 2).await;
        whatever_the_total::<ByTextOffset>(total, 2).await;
        whatever_the_total::<PlainOffset>(total, 2).await;
        whatever_the_total::<ByNumber>(total, 3).await;
        whatever_the_total::<FixedNumber>(total, 3).await;
        whatever_the_total::<PlainNumber>(total, 2).await;
        whatever_the_total::<ByLastId>(total, 3).await;
        whatever_the_total::<ByMarker>(total, 1).await;
    }
}

#[tokio::test]
async fn p04_total_that_is_too_low_missing_or_negative() {
    let totals = [
        Total::Missing,
        Total::Exactly(0),
        Total::Exactly(2),
        Total::Exactly(-1),
        Total::Exactly(i64::MIN),
    ];
    for total in totals {
        whatever_the_total::<ByOffset>(total, 2).await;
        whatever_the_total::<PlainOffset>(total, 2).await;
        whatever_the_total::<ByNumber>(total, 3).await;
        whatever_the_total::<FixedNumber>(total, 3).await;
        whatever_the_total::<ByLastId>(total, 3).await;
        whatever_the_total::<ByMarker>(total, 1).await;
    }
    // Of a page that is full no total makes the last one.
    whatever_the_total::<ByOffset>(Total::Exactly(100), 2).await;
    whatever_the_total::<ByOffset>(Total::Right, 1).await;
}

#[tokio::test]
async fn p05_empty_page_in_the_middle() {
    let server = Answers::new(|asked| {
        Some(match asked.value("marker").as_deref() {
            None => with_next(page(0..2), "a"),
            Some("a") => with_next(page([]), "b"),
            Some("b") => with_next(json!({"rows": null}), "c"),
            _ => page(2..4),
        })
    });
    let client = server.client();
    let pages = client.call().pages(ListRows::<ByMarker>::new());
    assert_eq!(names(pages.collect().await.unwrap()), named(0..4));
    assert_eq!(server.queries().len(), 4);

    let server = Answers::new(|asked| {
        Some(match asked.count("offset").unwrap_or(0) {
            0 => with_next(page(0..100), "?offset=100"),
            99 => with_next(page([]), "?offset=200"),
            200 => with_next(page([]), "?offset=300"),
            _ => page(300..303),
        })
    });
    let pages = server
        .client()
        .call()
        .pages(ListRows::<ByLinkOffset>::new());
    let expected = named((0..100).chain(300..303));
    assert_eq!(names(pages.collect().await.unwrap()), expected);

    // Without end they are bounded.
    let endless = Answers::new(|asked| Some(with_next(page([]), &asked.number.to_string())));
    let client = endless.client();
    let mut pages = client.call().pages(ListRows::<ByMarker>::new());
    pages = pages.with_max_pages(20);
    assert!(pages.next().await.unwrap().unwrap().items().is_empty());
    let error = pages.next().await.unwrap().unwrap_err();
    is_problem(&error, PagingProblem::Limit, Outcome::NotSent);
    assert_eq!(endless.queries().len(), 20);
}

#[tokio::test]
async fn p06_rows_that_come_and_go_during_a_walk_by_offset() {
    let server = ListServer::of(35, Rules::default());
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByOffset>::limit(10));
    let mut found = names(pages.next().await.unwrap().unwrap().into_items());
    // What comes before the place moves the rest on: nothing comes twice.
    server.change(|rows| rows.splice(0..0, (0..5).map(Row::passing)).for_each(drop));
    found.extend(names(pages.next().await.unwrap().unwrap().into_items()));
    assert_eq!(found, named(0..14));
    // What goes before the place moves the rest back: nothing is passed over.
    server.change(|rows| drop(rows.drain(0..12)));
    found.extend(names(pages.collect().await.unwrap()));
    assert_eq!(found, named(0..35));
}

#[tokio::test]
async fn p06_row_that_goes_with_the_marker_on_it() {
    for gone in [
        Gone::Refuse(404),
        Gone::Refuse(400),
        Gone::Nothing,
        Gone::Start,
    ] {
        let rules = Rules {
            gone,
            ..Rules::default()
        };
        let server = ListServer::of(45, rules);
        let client = server.client();
        let mut pages = client.call().pages(ListRows::<ByLastId>::limit(10));
        let mut found = Vec::new();
        for _ in 0..3 {
            found.extend(names(pages.next().await.unwrap().unwrap().into_items()));
        }
        server.change(|rows| drop(rows.remove(29)));
        found.extend(names(pages.collect().await.unwrap()));
        assert_eq!(found, named(0..45), "{gone:?}");
        // The page on which the row was leads on.
        let expected = [
            "limit=10",
            "marker=row-00009&limit=10",
            "marker=row-00019&limit=10",
            "marker=row-00029&limit=10",
            "marker=row-00019&limit=10",
            "marker=row-00030&limit=10",
            "marker=row-00040&limit=10",
        ];
        assert_eq!(server.queries()[..7], expected, "{gone:?}");
    }
}

#[tokio::test]
async fn p07_page_that_fails_after_all_attempts() {
    for in_parts in [false, true] {
        let server = ListServer::of(100, Rules::default());
        for attempt in 6..9 {
            server.refuse(attempt, 503);
        }
        let builder = server.builder().retry(RetryConfig::new());
        let client = builder.clock(ManualClock::skipping()).build().unwrap().0;
        let input = ListRows::<ByOffset>::limit(11);
        let mut pages = client.call().pages(input.clone());
        let mut found = Vec::new();
        for _ in 0..6 {
            found.extend(names(pages.next().await.unwrap().unwrap().into_items()));
        }
        let error = pages.next().await.unwrap().unwrap_err();
        assert_eq!(error.status().unwrap(), 503);
        assert_eq!(error.attempts().len(), 3);
        assert!(pages.next().await.is_none());
        let queries = server.queries();
        assert_eq!(queries[6..], ["offset=60&limit=11"; 3]);

        if in_parts {
            // By another process, which has the token.
            pages = client.call().pages(input).with_token(pages.token());
        } else {
            pages.resume();
        }
        found.extend(names(pages.collect().await.unwrap()));
        assert_eq!(found, named(0..100));
        assert_eq!(server.queries()[9], "offset=60&limit=11");
    }
}

#[tokio::test]
async fn p08_link_to_another_host_is_read_and_not_followed() {
    let evil = Server::always(json_reply(200, r#"{"rows":[{"id":"evil","name":"evil"}]}"#));
    let first = |link: &str| {
        let body = with_next(page([0]), link);
        json_reply(200, &body.to_string())
    };
    let host = evil.address();
    for link in [
        format!("http://{host}/v3/p1/rows?limit=1&marker=m%2F1"),
        format!("http://user:secret@{host}/?marker=m%2F1#fragment"),
        format!("//{host}/?marker=m%2F1"),
        "http://127.0.0.1:1/?marker=m%2F1".to_owned(),
        "file:///etc/passwd?marker=m%2F1".to_owned(),
        "?marker=m/1".to_owned(),
    ] {
        let server = Server::start([first(&link), json_reply(200, &page([1]).to_string())]);
        let client = client_of(&server);
        let pages = client.call().pages(ListRows::<ByLinkMarker>::new());
        assert_eq!(names(pages.collect().await.unwrap()), named(0..2), "{link}");
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        let line = "GET /v3/p1/rows?marker=m%2F1&limit=100 HTTP/1.1\r\n";
        assert!(requests[1].starts_with(line), "{}", requests[1]);
    }
    assert_eq!(evil.connections(), 0);
}

#[tokio::test]
async fn p08_link_that_does_not_say_where_the_next_page_begins() {
    async fn unreadable<K: Kind>(link: &'static str) {
        let server = Answers::new(move |_| Some(with_next(page(0..3), link)));
        let (found, error) = until_error::<K>(&server.client(), ListRows::new()).await;
        is_problem(&error, PagingProblem::Link, Outcome::Applied);
        assert_eq!((found, server.queries().len()), (named(0..3), 1), "{link}");
    }
    for link in [
        "https://h/",
        "https://h/?limit=3",
        "https://h/?marker=",
        "next",
        "http://[",
    ] {
        unreadable::<ByLinkMarker>(link).await;
    }
    for link in [
        "https://h/?limit=3",
        "https://h/?offset=x",
        "https://h/?offset=-3",
        "next",
    ] {
        unreadable::<ByLinkOffset>(link).await;
    }
}

async fn asks<K: Kind>(rules: Rules, expected: &[&str]) {
    let rules = Rules {
        total: Total::Right,
        ..rules
    };
    let server = ListServer::of(25, rules);
    let pages = server.client().call().pages(ListRows::<K>::limit(10));
    assert_eq!(names(pages.collect().await.unwrap()), named(0..25));
    assert_eq!(server.queries(), expected, "{}", K::NAME);
}

#[tokio::test]
async fn p09_place_is_what_the_operation_says_and_the_first_page_has_none() {
    let by_offset = ["limit=10", "offset=9&limit=10", "offset=18&limit=10"];
    asks::<ByOffset>(Rules::default(), &by_offset).await;
    asks::<ByTextOffset>(Rules::default(), &by_offset).await;
    let plain = ["limit=10", "offset=10&limit=10", "offset=20&limit=10"];
    asks::<PlainOffset>(Rules::default(), &plain).await;
    let pages = ["limit=10", "page=2&limit=10", "page=3&limit=10"];
    asks::<PlainNumber>(Rules::default(), &pages).await;
    let from_one = [pages[0], pages[1], pages[0], pages[2], pages[1]];
    asks::<FixedNumber>(Rules::default(), &from_one).await;
    let shared = ["limit=10", "page=2&limit=9", "page=3&limit=8", pages[2]];
    asks::<ByNumber>(Rules::default(), &shared).await;
    let zero = Rules {
        first: 0,
        ..Rules::default()
    };
    let from_zero = [
        "limit=10",
        "page=1&limit=9",
        "page=2&limit=8",
        "page=2&limit=10",
    ];
    asks::<FromZero>(zero, &from_zero).await;
    let markers = [
        "limit=10",
        "marker=row-00009&limit=10",
        "marker=row-00019&limit=10",
    ];
    asks::<ByMarker>(Rules::default(), &markers).await;
}

#[tokio::test]
async fn p10_list_that_is_null_or_absent_is_empty() {
    for body in [json!({"rows": null}), json!({}), json!({"rows": []})] {
        let server = Answers::new(move |_| Some(body.clone()));
        let client = server.client();
        let mut pages = client.call().pages(ListRows::<ByOffset>::new());
        assert!(pages.next().await.unwrap().unwrap().items().is_empty());
        assert!(pages.next().await.is_none());
        let items = client.call().items(ListRows::<ByLastId>::new());
        assert!(items.collect().await.unwrap().is_empty());
        assert_eq!(server.queries().len(), 2);
    }
}

#[tokio::test]
async fn p10_page_that_is_longer_than_asked() {
    async fn longer<K: Kind>() {
        let rows = 0..57_u64;
        let server = Answers::new(move |asked| {
            let from = asked.count("offset").unwrap_or(0);
            let after = |marker: String| marker["row-".len()..].parse::<u64>().unwrap() + 1;
            let from = asked.value("marker").map_or(from, after);
            Some(page(rows.clone().skip(from as usize).take(25)))
        });
        let pages = server.client().call().pages(ListRows::<K>::limit(10));
        let found = names(pages.collect().await.unwrap());
        assert_eq!(found, named(0..57), "{}", K::NAME);
        assert!(
            server
                .queries()
                .iter()
                .all(|query| query.ends_with("limit=10"))
        );
    }
    longer::<ByOffset>().await;
    longer::<PlainOffset>().await;
    longer::<ByLastId>().await;
}

#[tokio::test]
async fn p11_token_that_ends_between_two_pages() {
    let pages = || {
        let first = with_next(page(0..2), "a").to_string();
        [
            Reply::json(200, first),
            Reply::json(200, page(2..4).to_string()),
        ]
    };
    let list = |client: &Client| client.call().items(ListRows::<ByMarker>::new());

    // By its time, which the client knows.
    let cloud = Cloud::new();
    cloud.next(Desk::Service, pages());
    let mut items = list(&cloud.client());
    assert_eq!(items.next().await.unwrap().unwrap().name, "row-00000");
    cloud.clock.advance(Duration::from_secs(25 * 3600));
    assert_eq!(names(items.collect().await.unwrap()), named(1..4));
    assert_eq!(cloud.counts(), (2, 2));
    assert_eq!(cloud.tokens(), [token(1), token(2)]);

    // Or by a refusal: the page is asked for once more.
    let cloud = Cloud::new();
    let [first, second] = pages();
    let refusal = r#"{"error_code":"APIG.0301","error_msg":"the token must be updated"}"#;
    cloud.next(Desk::Service, [first, Reply::json(401, refusal), second]);
    let items = list(&cloud.client());
    assert_eq!(names(items.collect().await.unwrap()), named(0..4));
    assert_eq!(cloud.counts(), (2, 3));
    assert_eq!(cloud.tokens(), [token(1), token(1), token(2)]);
    let queries = cloud.seen(Desk::Service);
    assert_eq!(queries[1].uri, queries[2].uri);
}

#[tokio::test]
async fn c05_walk_that_is_dropped_asks_for_nothing_more() {
    let first = page(0..100).to_string();
    let server = Server::start([json_reply(200, &first), Step::SendAndHold(Vec::new())]);
    let client = client_of(&server);
    drop(client.call().pages(ListRows::<ByOffset>::new()));
    drop(client.call().items(ListRows::<ByOffset>::new()));
    settle().await;
    assert_eq!(server.connections(), 0);

    // Nothing is asked for ahead of its turn.
    let mut items = client.call().items(ListRows::<ByOffset>::new());
    for _ in 0..100 {
        items.next().await.unwrap().unwrap();
        settle().await;
    }
    assert_eq!(server.requests().len(), 1);

    // The request that is on its way ends with the walk.
    let walk = tokio::spawn(async move { items.next().await.is_some() });
    server.until(|log| log.requests.len() == 2).await;
    walk.abort();
    assert!(walk.await.unwrap_err().is_cancelled());
    server.until(|log| log.closed == log.connections).await;
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn c05_page_that_is_given_up_is_waited_for_by_the_next_one_who_asks() {
    let body = page(0..3).to_string();
    let replay = ReplayTransport::new([Answer::json(200, body)]);
    let builder = TestClient::builder().endpoint("http://127.0.0.1:9");
    let builder = builder.project_id("p1").token(TOKEN);
    let door = Arc::new(tokio::sync::Semaphore::new(0));
    let held = Arc::clone(&door);
    let builder = builder.transport(Behind::new(replay.clone(), held));
    let client = builder.build().unwrap().0;
    let mut pages = client.call().pages(ListRows::<ByMarker>::new());
    for _ in 0..3 {
        tokio::select! {
            biased;
            page = pages.next() => panic!("{page:?}"),
            () = settle() => {}
        }
    }
    door.close();
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(names(page.into_items()), named(0..3));
    replay.assert_finished();
}
