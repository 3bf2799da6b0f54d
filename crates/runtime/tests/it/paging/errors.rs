//! Walks that fail on their way, and go on.

use cloudbackup_runtime::{ErrorKind, PagingProblem};

use super::{items_from, names};
use crate::support::lists::{
    Answers, ByLastId, ByMarker, ByNumber, ByOffset, FixedNumber, Gone, Kind, ListRows, ListServer,
    PlainOffset, Rules, named, page,
};

async fn every_request_fails_once<K: Kind>() {
    let server = ListServer::of(95, Rules::default());
    // Each second request.
    for number in 0..200 {
        server.refuse(number * 2, 500);
    }
    let client = server.client();
    let mut items = client.call().items(ListRows::<K>::limit(10));
    let (mut found, mut failures) = (Vec::new(), 0);
    loop {
        match items.next().await {
            Some(Ok(item)) => found.push(item.name),
            Some(Err(error)) => {
                assert_eq!(error.status().unwrap(), 500);
                failures += 1;
                assert!(items.next().await.is_none());
                items.resume();
            }
            None => break,
        }
    }
    assert_eq!(found, named(0..95), "{}", K::NAME);
    assert_eq!(failures * 2, server.queries().len());
}

#[tokio::test]
async fn walk_goes_on_after_an_error_at_the_page_that_failed() {
    every_request_fails_once::<ByOffset>().await;
    every_request_fails_once::<PlainOffset>().await;
    every_request_fails_once::<ByNumber>().await;
    every_request_fails_once::<FixedNumber>().await;
    every_request_fails_once::<ByLastId>().await;
    every_request_fails_once::<ByMarker>().await;
}

#[tokio::test]
async fn without_resume_there_is_nothing_after_an_error() {
    let server = ListServer::of(30, Rules::default());
    server.refuse(1, 403);
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByOffset>::limit(10));
    pages.next().await.unwrap().unwrap();
    assert_eq!(
        pages.next().await.unwrap().unwrap_err().status().unwrap(),
        403
    );
    for _ in 0..3 {
        assert!(pages.next().await.is_none());
    }
    assert_eq!(server.queries().len(), 2);
    // To collect gives the error and not half of the list.
    let server = ListServer::of(30, Rules::default());
    server.refuse(1, 403);
    let pages = server
        .client()
        .call()
        .pages(ListRows::<ByOffset>::limit(10));
    assert!(pages.collect().await.is_err());
}

#[tokio::test]
async fn request_that_breaks_a_rule_is_an_error_before_anything_is_sent() {
    let server = ListServer::of(30, Rules::default());
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByOffset>::limit(5_000));
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.violations()[0].pointer, "/query/limit");
    assert!(server.queries().is_empty());
    let call = client.call().with_validation(false);
    let pages = call.pages(ListRows::<ByOffset>::limit(5_000));
    assert_eq!(pages.collect().await.unwrap().len(), 30);
}

#[tokio::test]
async fn refusal_of_the_first_page_is_the_error_itself() {
    for status in [400, 404] {
        let server = ListServer::of(30, Rules::default());
        server.refuse(0, status);
        let mut input = ListRows::<ByLastId>::limit(10);
        input.place = Some("row-00003".into());
        let error = server
            .client()
            .call()
            .pages(input)
            .collect()
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.status().unwrap().as_u16()),
            (ErrorKind::Service, status)
        );
        assert_eq!(server.queries().len(), 1);
    }
}

#[tokio::test]
async fn place_that_is_refused_although_its_row_is_there_is_an_error_in_the_end() {
    async fn refused<K: Kind>(requests: usize) {
        let server = ListServer::of(50, Rules::default());
        for number in [2, 4] {
            server.refuse(number, 404);
        }
        let client = server.client();
        let mut pages = client.call().pages(ListRows::<K>::limit(10));
        let mut found = names(pages.next().await.unwrap().unwrap().into_items());
        found.extend(names(pages.next().await.unwrap().unwrap().into_items()));
        let error = pages.next().await.unwrap().unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(server.queries().len(), requests, "{:?}", server.queries());
        pages.resume();
        found.extend(names(pages.collect().await.unwrap()));
        assert_eq!(found, named(0..50));
    }
    refused::<ByLastId>(5).await;
    refused::<ByMarker>(5).await;
}

#[tokio::test]
async fn list_that_is_gone_as_a_whole_is_an_error() {
    let server = ListServer::of(50, Rules::default());
    for number in 3..100 {
        server.refuse(number, 404);
    }
    let pages = server
        .client()
        .call()
        .pages(ListRows::<ByLastId>::limit(10));
    assert!(pages.collect().await.unwrap_err().is_not_found());
    // The page that fails, and all before it.
    assert_eq!(server.queries().len(), 7);
}

#[tokio::test]
async fn pages_that_do_not_join_are_an_error_and_no_short_list() {
    // What is taken for a number of entries is one of pages.
    let server = Answers::new(|asked| {
        let from = asked.count("offset").unwrap_or(0) * 10;
        Some(page((from..from + 10).take_while(|row| *row < 1_000)))
    });
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByOffset>::limit(10));
    assert_eq!(pages.next().await.unwrap().unwrap().items().len(), 10);
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(error.paging_problem(), Some(PagingProblem::Gap), "{error}");
    let asked = server.queries().len();
    assert!((30..100).contains(&asked), "{asked}");
    // It goes on if it is told to, as long as before.
    pages.resume();
    assert!(pages.next().await.unwrap().is_err());
    assert!(server.queries().len() < asked * 3);
}

#[tokio::test]
async fn last_id_of_entries_without_ids_is_an_error_and_no_short_list() {
    let server = Answers::new(|_| Some(serde_json::json!({"rows": [{"name": "a"}]})));
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByLastId>::new());
    assert_eq!(pages.next().await.unwrap().unwrap().items().len(), 1);
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(error.paging_problem(), Some(PagingProblem::Gap));
}

#[tokio::test]
async fn token_after_an_error_leads_to_the_page_that_failed() {
    let rules = Rules {
        gone: Gone::Remember,
        ..Rules::default()
    };
    let server = ListServer::of(50, rules);
    server.refuse(2, 503);
    let client = server.client();
    let input = ListRows::<ByMarker>::limit(10);
    let mut items = client.call().items(input.clone());
    let mut found = Vec::new();
    while let Some(Ok(item)) = items.next().await {
        found.push(item.name);
    }
    assert_eq!(found, named(0..20));
    let rest = items_from(&client, &input, &items.token());
    found.extend(names(rest.collect().await.unwrap()));
    assert_eq!(found, named(0..50));
}
