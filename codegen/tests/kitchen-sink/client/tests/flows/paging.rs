//! Every way of cutting a list into pages, walked from one end to the other.

use cloudbackup_core::paging::Paged;
use cloudbackup_kitchen_sink_client::model::{Fitting, PageSize};
use cloudbackup_kitchen_sink_client::paging::{Items, PageToken};

use crate::local::Local;

const COUNT: i64 = 1050;

fn ids(fittings: &[Fitting]) -> Vec<&str> {
    let ids = fittings.iter().filter_map(|fitting| fitting.id.as_deref());
    ids.collect()
}

fn all() -> Vec<String> {
    (0..COUNT).map(|index| format!("f-{index:04}")).collect()
}

/// Walks to the end: all fittings come once and in order, with requests that begin and end so.
async fn walked<O: Paged<Item = Fitting>>(local: &Local, items: Items<O>, first: &str, last: &str) {
    let fittings = items.collect().await.unwrap();
    assert_eq!(ids(&fittings), all());
    let lines = local.lines();
    let ends = [lines.first(), lines.last()].map(|line| line.unwrap().trim_start_matches("GET "));
    assert_eq!(ends, [first, last], "{lines:#?}");
}

#[tokio::test]
async fn offsets_that_are_numbers() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_by_offset().items();
    // With an overlap of one entry, by which pages are joined.
    let (first, last) = (
        "/v1/fittings/offset?limit=100",
        "/v1/fittings/offset?offset=990&limit=100",
    );
    walked(&local, items, first, last).await;
    assert_eq!(local.lines().len(), 11);
}

#[tokio::test]
async fn offsets_that_are_texts_with_sizes_of_an_enum() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_by_text().items();
    let last = "/v1/fittings/text?offset=1029&limit=50";
    walked(&local, items, "/v1/fittings/text?limit=50", last).await;
    let local = Local::with_fittings(COUNT);
    let items = local
        .client()
        .list_fittings_by_text()
        .limit(PageSize::Twenty);
    let last = "/v1/fittings/text?offset=1045&limit=20";
    walked(&local, items.items(), "/v1/fittings/text?limit=20", last).await;
}

#[tokio::test]
async fn offsets_that_stand_in_the_body() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().search_fittings().action("filter").items();
    walked(
        &local,
        items,
        "POST /v1/fittings/search",
        "POST /v1/fittings/search",
    )
    .await;
}

#[tokio::test]
async fn numbers_of_pages() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_by_number().limit(100).items();
    assert_eq!(ids(&items.collect().await.unwrap()), all());
    // Sizes vary, so that a page begins with the last entry of the one before.
    let expected = [
        "?limit=100",
        "?page=1&limit=99",
        "?page=2&limit=98",
        "?page=3&limit=97",
    ];
    let expected = expected.map(|query| format!("GET /v1/fittings/number{query}"));
    assert_eq!(local.lines()[..4], expected);
}

#[tokio::test]
async fn ids_of_the_last_entries_which_take_the_place_of_an_offset() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_by_last_id().offset(0).items();
    let first = "/v1/fittings/last-id?offset=0&limit=100";
    let last = "/v1/fittings/last-id?marker=f-0999&limit=100";
    walked(&local, items, first, last).await;
}

#[tokio::test]
async fn markers_of_the_reply() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_by_marker().items();
    let last = "/v1/fittings/marker?marker=behind%201040";
    walked(&local, items, "/v1/fittings/marker", last).await;
}

#[tokio::test]
async fn links_of_which_one_leads_on() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_by_link().items();
    let last = "/v1/fittings/link?marker=behind%201040";
    walked(&local, items, "/v1/fittings/link", last).await;
}

#[tokio::test]
async fn link_with_a_count_of_another_name() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_by_link_offset().items();
    assert_eq!(ids(&items.collect().await.unwrap()), all());
    let first = "GET /v1/fittings/link-offset?limit=100";
    assert_eq!(local.lines()[0], first);
    let second = "GET /v1/fittings/link-offset?offset=";
    assert!(local.lines()[1].starts_with(second), "{:?}", local.lines());
}

#[tokio::test]
async fn whole_list() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_whole().items();
    walked(&local, items, "/v1/fittings/whole", "/v1/fittings/whole").await;
    assert_eq!(local.lines().len(), 1);
}

#[tokio::test]
async fn pages_have_what_the_reply_says_of_them() {
    let local = Local::with_fittings(COUNT);
    let mut pages = local.client().list_fittings_by_text().pages();
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!((page.items().len(), page.total()), (50, Some(1050)));
    let mut pages = local.client().list_fittings_by_offset().limit(7).pages();
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!((page.items().len(), page.total()), (7, Some(1050)));
}

#[tokio::test]
async fn walk_goes_on_from_a_stored_token() {
    let local = Local::with_fittings(COUNT);
    let client = local.client();
    let mut items = client.list_fittings_by_link_offset().items();
    let mut first = Vec::new();
    for _ in 0..123 {
        first.push(items.next().await.unwrap().unwrap());
    }
    let token: PageToken = items.token().to_string().parse().unwrap();
    let rest = client
        .list_fittings_by_link_offset()
        .items()
        .with_token(token);
    first.extend(rest.collect().await.unwrap());
    assert_eq!(ids(&first), all());
}

#[test]
fn walk_of_a_program_without_a_runtime() {
    let local = Local::with_fittings(COUNT);
    let items = local.client().list_fittings_by_last_id().items().blocking();
    let fittings: Vec<Fitting> = items.collect::<Result<_, _>>().unwrap();
    assert_eq!(ids(&fittings), all());
}
