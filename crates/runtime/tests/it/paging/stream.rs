//! Walks as streams.

use std::future::poll_fn;
use std::pin::{Pin, pin};

use futures_core::Stream;

use super::names;
use crate::support::lists::{ByMarker, ByOffset, Entry, ListRows, ListServer, Rules, Total, named};

async fn all<S: Stream>(stream: S) -> Vec<S::Item> {
    let mut stream = pin!(stream);
    let mut found = Vec::new();
    while let Some(item) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        found.push(item);
    }
    found
}

#[tokio::test]
async fn pages_and_items_are_streams() {
    let rules = Rules {
        total: Total::Right,
        ..Rules::default()
    };
    let server = ListServer::of(25, rules);
    let client = server.client();
    let input = ListRows::<ByOffset>::limit(10);
    let pages = all(client.call().pages(input.clone())).await;
    let sizes: Vec<_> = pages
        .iter()
        .map(|page| page.as_ref().unwrap().items().len())
        .collect();
    assert_eq!(sizes, [10, 9, 6]);
    let totals: Vec<_> = pages
        .iter()
        .map(|page| page.as_ref().unwrap().total())
        .collect();
    assert_eq!(totals, [Some(25); 3]);
    let items: Result<Vec<Entry>, _> = all(client.call().items(input)).await.into_iter().collect();
    assert_eq!(names(items.unwrap()), named(0..25));
}

#[tokio::test]
async fn stream_ends_at_an_error_and_goes_on_after_resume() {
    let server = ListServer::of(25, Rules::default());
    server.refuse(1, 500);
    let mut items = server
        .client()
        .call()
        .items(ListRows::<ByMarker>::limit(10));
    let first = all(&mut items).await;
    assert_eq!(first.len(), 11);
    assert!(first[10].is_err());
    assert!(all(&mut items).await.is_empty());
    items.resume();
    assert_eq!(all(&mut items).await.len(), 15);
    assert!(
        poll_fn(|context| Pin::new(&mut items).poll_next(context))
            .await
            .is_none()
    );
}

#[tokio::test]
async fn pages_become_items_on_their_way() {
    let server = ListServer::of(25, Rules::default());
    let mut pages = server
        .client()
        .call()
        .pages(ListRows::<ByOffset>::limit(10));
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!(names(first.into_items()), named(0..10));
    assert_eq!(names(pages.items().collect().await.unwrap()), named(10..25));
}

#[test]
fn walks_can_be_sent_to_other_threads_and_moved_while_they_wait() {
    fn is_free<T: Send + Unpin>(_: &T) {}
    let server = ListServer::of(25, Rules::default());
    let client = server.client();
    is_free(&client.call().pages(ListRows::<ByOffset>::new()));
    is_free(&client.call().items(ListRows::<ByOffset>::new()));
    let mut pages = client.call().pages(ListRows::<ByOffset>::new());
    fn is_send<T: Send>(_: &T) {}
    is_send(&pages.next());
}
