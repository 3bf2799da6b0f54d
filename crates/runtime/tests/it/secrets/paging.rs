//! The same for walks over pages: a service may give the token as a marker, an id or a link.

use super::Printed;
use crate::support::TOKEN;
use crate::support::lists::{Answers, ByLinkMarker, ByMarker, Kind, ListRows};

async fn nothing_of_a_walk_prints_it<K: Kind>(next: String) {
    let server = Answers::new(move |asked| {
        let rows = serde_json::json!([{"id": TOKEN, "name": TOKEN}]);
        (asked.number < 2).then(|| serde_json::json!({"rows": rows, "next": next}))
    });
    let client = server.client();
    let mut printed = Printed::default();
    let mut pages = client.call().pages(ListRows::<K>::new());
    printed.debug(&pages);
    let page = pages.next().await.unwrap().unwrap();
    // What callers ask for is as it came.
    assert_eq!(page.items()[0].name, TOKEN);
    printed.debug(&page);
    printed.debug(&page.token());
    printed.error(&pages.next().await.unwrap().unwrap_err());
    printed.debug(&pages);
    let mut items = pages.items();
    items.resume();
    printed.error(&items.next().await.unwrap().unwrap_err());
    printed.debug(&items);
    #[cfg(feature = "blocking")]
    {
        let walk = |token| client.call().pages(ListRows::<K>::new()).with_token(token);
        printed.debug(&walk(items.token()).blocking());
        printed.debug(&walk(items.token()).items().blocking());
    }
    let foreign = items.token().to_string().replace(K::NAME, TOKEN);
    let foreign = client
        .call()
        .pages(ListRows::<K>::new())
        .with_token(foreign.parse().unwrap());
    printed.error(&foreign.collect().await.unwrap_err());
    assert!(
        printed.0.contains("PageToken") && printed.0.contains("Paging"),
        "{}",
        printed.0
    );
    assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
}

#[tokio::test]
async fn token_is_in_nothing_that_walks_print() {
    nothing_of_a_walk_prints_it::<ByMarker>(TOKEN.to_owned()).await;
    nothing_of_a_walk_prints_it::<ByLinkMarker>(format!("https://h/?marker={TOKEN}")).await;
    nothing_of_a_walk_prints_it::<ByLinkMarker>(TOKEN.to_owned()).await;
}
