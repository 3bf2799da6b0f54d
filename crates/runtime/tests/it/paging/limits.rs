//! Limits of a walk: guards, and no way to ask for less.

use cloudbackup_runtime::{Outcome, PagingProblem};

use super::{items_from, names, pages_from};
use crate::support::lists::{
    ByLastId, ByNumber, ByOffset, FixedNumber, Kind, ListRows, ListServer, PlainNumber,
    PlainOffset, Rules, Total, named,
};

/// Whatever the limit, the list comes whole by going on after each error.
async fn in_portions<K: Kind>(max_items: u64) {
    let server = ListServer::of(57, Rules::default());
    let client = server.client();
    let pages = client.call().pages(ListRows::<K>::limit(10));
    let mut pages = pages.with_max_items(max_items);
    let (mut found, mut portion) = (Vec::new(), 0);
    loop {
        match pages.next().await {
            Some(Ok(page)) => {
                portion += page.items().len() as u64;
                found.extend(names(page.into_items()));
            }
            Some(Err(error)) => {
                assert_eq!(error.paging_problem(), Some(PagingProblem::Limit));
                assert_eq!(error.outcome(), Outcome::NotSent);
                assert_eq!(portion, max_items, "{error}");
                portion = 0;
                pages.resume();
            }
            None => break,
        }
    }
    assert_eq!(found, named(0..57), "{}", K::NAME);
}

#[tokio::test]
async fn limit_of_entries_cuts_a_page_and_loses_nothing() {
    for max in [1, 7, 10, 19, 56] {
        in_portions::<ByOffset>(max).await;
        in_portions::<PlainOffset>(max).await;
        in_portions::<ByNumber>(max).await;
        in_portions::<FixedNumber>(max).await;
        in_portions::<PlainNumber>(max).await;
        in_portions::<ByLastId>(max).await;
    }
}

#[tokio::test]
async fn limit_that_is_just_enough_is_no_error() {
    async fn enough<K: Kind>() {
        for total in [Total::Right, Total::Missing] {
            let rules = Rules {
                total,
                ..Rules::default()
            };
            let server = ListServer::of(30, rules);
            let pages = server.client().call().pages(ListRows::<K>::limit(10));
            let pages = pages.with_max_items(30);
            assert_eq!(names(pages.collect().await.unwrap()), named(0..30));
            // The same number of requests is enough, and one fewer is not.
            let requests = server.queries().len() as u64;
            let pages = server.client().call().pages(ListRows::<K>::limit(10));
            let pages = pages.with_max_pages(requests);
            assert_eq!(pages.collect().await.unwrap().len(), 30);
            let items = server.client().call().items(ListRows::<K>::limit(10));
            let items = items.with_max_pages(requests - 1);
            let error = items.collect().await.unwrap_err();
            assert_eq!(error.paging_problem(), Some(PagingProblem::Limit));
        }
    }
    enough::<ByOffset>().await;
    enough::<PlainOffset>().await;
    enough::<ByNumber>().await;
    enough::<FixedNumber>().await;
    enough::<ByLastId>().await;
}

#[tokio::test]
async fn nothing_allowed_is_an_error_at_once() {
    let server = ListServer::of(30, Rules::default());
    let client = server.client();
    let pages = client.call().pages(ListRows::<ByOffset>::new());
    let error = pages.with_max_pages(0).collect().await.unwrap_err();
    assert_eq!(error.paging_problem(), Some(PagingProblem::Limit));
    assert!(server.queries().is_empty());
    let pages = client.call().pages(ListRows::<ByOffset>::new());
    let error = pages.with_max_items(0).collect().await.unwrap_err();
    assert_eq!(error.paging_problem(), Some(PagingProblem::Limit));
    // That there is nothing is known only when it was asked for.
    let server = ListServer::of(0, Rules::default());
    let pages = server.client().call().pages(ListRows::<ByOffset>::new());
    assert!(pages.with_max_items(0).collect().await.unwrap().is_empty());
}

#[tokio::test]
async fn token_at_a_limit_leads_on() {
    async fn on<K: Kind>() {
        let server = ListServer::of(57, Rules::default());
        let client = server.client();
        let input = ListRows::<K>::limit(10);
        let mut pages = client.call().pages(input.clone()).with_max_items(23);
        let mut found = Vec::new();
        let mut token = pages.token();
        while let Some(Ok(page)) = pages.next().await {
            token = page.token();
            found.extend(names(page.into_items()));
        }
        assert_eq!(found, named(0..23), "{}", K::NAME);
        assert_eq!(pages.token(), token);
        let rest = pages_from(&client, &input, &token).collect().await.unwrap();
        assert_eq!(names(rest), named(23..57), "{}", K::NAME);
        let rest = items_from(&client, &input, &pages.token());
        assert_eq!(names(rest.collect().await.unwrap()), named(23..57));
    }
    on::<ByOffset>().await;
    on::<PlainOffset>().await;
    on::<ByNumber>().await;
    on::<PlainNumber>().await;
    on::<ByLastId>().await;
}
