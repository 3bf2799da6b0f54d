//! Walks on a thread without an async runtime.

use cloudbackup_runtime::{Error, ErrorKind, PagingProblem};

use super::{names, stored};
use crate::support::lists::{ByMarker, ByNumber, ByOffset, ListRows, ListServer, Rules, named};
use crate::support::{Server, client_of, json_reply};

#[test]
fn pages_and_items_are_iterators() {
    let server = ListServer::of(35, Rules::default());
    let client = server.client();
    let pages = client
        .call()
        .pages(ListRows::<ByOffset>::limit(10))
        .blocking();
    let sizes: Vec<_> = pages.map(|page| page.unwrap().items().len()).collect();
    assert_eq!(sizes, [10, 9, 9, 7]);
    let items = client
        .call()
        .items(ListRows::<ByNumber>::limit(10))
        .blocking();
    let items: Result<Vec<_>, Error> = items.collect();
    assert_eq!(names(items.unwrap()), named(0..35));
    let items = client
        .call()
        .pages(ListRows::<ByOffset>::limit(10))
        .blocking()
        .items();
    assert_eq!(items.count(), 35);
}

#[test]
fn errors_limits_and_tokens_hold() {
    let server = ListServer::of(35, Rules::default());
    server.refuse(1, 500);
    let client = server.client();
    let mut pages = client
        .call()
        .pages(ListRows::<ByMarker>::limit(10))
        .blocking();
    let mut found = names(pages.next().unwrap().unwrap().into_items());
    assert_eq!(pages.next().unwrap().unwrap_err().status().unwrap(), 500);
    assert!(pages.next().is_none());
    pages.resume();
    found.extend(names(pages.next().unwrap().unwrap().into_items()));
    assert_eq!(found, named(0..20));

    let rest = client.call().items(ListRows::<ByMarker>::limit(10));
    let rest = rest.with_token(stored(&pages.token())).with_max_items(4);
    let mut rest = rest.blocking();
    for name in named(20..24) {
        assert_eq!(rest.next().unwrap().unwrap().name, name);
    }
    let token = rest.token();
    let error = rest.next().unwrap().unwrap_err();
    assert_eq!(error.paging_problem(), Some(PagingProblem::Limit));
    assert!(rest.next().is_none());
    rest.resume();
    assert_eq!(rest.next().unwrap().unwrap().name, "row-00024");
    let rest = client
        .call()
        .items(ListRows::<ByMarker>::limit(10))
        .with_token(token);
    assert_eq!(rest.blocking().count(), 11);
}

#[test]
fn walk_uses_the_private_runtime_of_the_client() {
    let body = r#"{"rows":[{"id":"a","name":"a"}],"next":"m"}"#;
    let last = r#"{"rows":[{"id":"b","name":"b"}]}"#;
    let server = Server::start([json_reply(200, body), json_reply(200, last)]);
    let items = client_of(&server).call().items(ListRows::<ByMarker>::new());
    let items: Result<Vec<_>, Error> = items.blocking().collect();
    assert_eq!(names(items.unwrap()), ["a", "b"]);
    assert_eq!((server.requests().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn inside_a_runtime_it_is_an_error() {
    let server = ListServer::of(35, Rules::default());
    let client = server.client();
    let mut pages = client.call().pages(ListRows::<ByOffset>::new()).blocking();
    assert_eq!(pages.next().unwrap().unwrap_err().kind(), ErrorKind::Config);
    assert!(pages.next().is_none());
    assert!(server.queries().is_empty());
}

#[test]
fn walk_that_has_begun_goes_on() {
    let server = ListServer::of(35, Rules::default());
    let mut items = server
        .client()
        .call()
        .items(ListRows::<ByOffset>::limit(10));
    let builder = &mut tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    let first = runtime.block_on(items.next()).unwrap().unwrap();
    assert_eq!(first.name, "row-00000");
    let rest: Result<Vec<_>, Error> = items.blocking().collect();
    assert_eq!(names(rest.unwrap()), named(1..35));
}
