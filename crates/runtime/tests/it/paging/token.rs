//! Tokens: what is in them, and what they fit.

use cloudbackup_runtime::paging::PageToken;
use cloudbackup_runtime::{Error, ErrorKind, Outcome};
use serde_json::Value;

use super::{items_from, names, pages_from, stored};
use crate::support::lists::{
    ByLastId, ByMarker, ByNumber, ByOffset, FixedNumber, Kind, ListRows, ListServer, PlainOffset,
    Rules, named,
};
use crate::support::{MARKER, TOKEN};

async fn token_after<K: Kind>(count: usize, input: &ListRows<K>) -> PageToken {
    let server = ListServer::of(57, Rules::default());
    let mut items = server.client().call().items(input.clone());
    for _ in 0..count {
        items.next().await.unwrap().unwrap();
    }
    items.token()
}

async fn exact_at_each_entry<K: Kind>() {
    let input = ListRows::<K>::limit(10);
    for count in 0..=57 {
        let token = token_after(count, &input).await;
        let server = ListServer::of(57, Rules::default());
        let rest = items_from(&server.client(), &input, &token);
        let rest = names(rest.collect().await.unwrap());
        assert_eq!(rest, named(count as u64..57), "{} {token}", K::NAME);
    }
}

#[tokio::test]
async fn token_is_exact_at_each_entry() {
    exact_at_each_entry::<ByOffset>().await;
    exact_at_each_entry::<PlainOffset>().await;
    exact_at_each_entry::<ByNumber>().await;
    exact_at_each_entry::<FixedNumber>().await;
    exact_at_each_entry::<ByLastId>().await;
    exact_at_each_entry::<ByMarker>().await;
}

#[tokio::test]
async fn token_is_one_line_of_json_without_secrets() {
    let input = ListRows::<ByLastId>::limit(10);
    let token = token_after(12, &input).await;
    let text = token.to_string();
    assert!(!text.contains('\n') && !text.contains(MARKER) && !text.contains(&TOKEN[..12]));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(
        (&value["service"], &value["operation"]),
        (&"test".into(), &"ByLastId".into())
    );
    let request = value["request"].as_str().unwrap();
    assert!(
        request.len() == 24 && request.bytes().all(|b| b.is_ascii_hexdigit()),
        "{request}"
    );
    assert_eq!(value["at"]["marker"], "row-00009");
    assert_eq!(value["seen"].as_array().unwrap().len(), 12);
    // By serde as well as by text.
    assert_eq!(serde_json::to_value(&token).unwrap(), value);
    assert_eq!(serde_json::from_value::<PageToken>(value).unwrap(), token);
    assert_eq!(stored(&token), token);
    let printed = format!("{token:?}");
    assert!(
        printed.contains("ByLastId") && printed.contains("ids: 12"),
        "{printed}"
    );
}

async fn refused<K: Kind>(token: &PageToken, input: ListRows<K>, project: &str) -> Error {
    let server = ListServer::of(57, Rules::default());
    let call = server.client().call().with_project_id(project);
    let mut pages = call.pages(input).with_token(token.clone());
    assert_eq!(&pages.token(), token);
    let error = pages.next().await.unwrap().unwrap_err();
    assert!(pages.next().await.is_none());
    pages.resume();
    assert!(pages.next().await.unwrap().is_err());
    assert!(server.queries().is_empty());
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    error
}

#[tokio::test]
async fn token_of_another_operation_or_request_is_refused() {
    let input = ListRows::<ByOffset>::limit(10);
    let token = token_after(12, &input).await;
    let error = refused(&token, ListRows::<PlainOffset>::limit(10), "p1").await;
    assert!(error.to_string().contains("test ByOffset"), "{error}");
    let mut other = input.clone();
    other.name = Some("x".into());
    let error = refused(&token, other, "p1").await;
    assert!(error.to_string().contains("another request"), "{error}");
    refused(&token, input.clone(), "p2").await;
    let mut named_x = input.clone();
    named_x.name = Some("x".into());
    let mut named_y = input.clone();
    named_y.name = Some("y".into());
    refused(&token_after(12, &named_x).await, named_y, "p1").await;

    // Places of a kind that this list does not have.
    let text = token.to_string().replace(r#""offset":"#, r#""number":"#);
    assert_ne!(text, token.to_string());
    let error = refused(&text.parse().unwrap(), input.clone(), "p1").await;
    assert!(error.to_string().contains("kind"), "{error}");

    // Place and size are not part of the request.
    let server = ListServer::of(57, Rules::default());
    let mut other = ListRows::<ByOffset>::limit(20);
    other.place = Some(7);
    let rest = pages_from(&server.client(), &other, &token)
        .collect()
        .await
        .unwrap();
    assert_eq!(names(rest), named(12..57));
    assert_eq!(server.queries()[0], "offset=9&limit=20");
    // A token that fits puts one right that does not.
    let pages = server
        .client()
        .call()
        .pages(input)
        .with_token(text.parse().unwrap());
    let rest = pages.with_token(token).collect().await.unwrap();
    assert_eq!(names(rest), named(12..57));
}

#[tokio::test]
async fn numbers_of_pages_keep_the_size_that_they_were_counted_with() {
    let token = token_after(12, &ListRows::<FixedNumber>::limit(10)).await;
    let server = ListServer::of(57, Rules::default());
    let other = ListRows::<FixedNumber>::limit(25);
    let rest = pages_from(&server.client(), &other, &token)
        .collect()
        .await
        .unwrap();
    assert_eq!(names(rest), named(12..57));
    assert!(
        server
            .queries()
            .iter()
            .all(|query| query.ends_with("limit=10"))
    );
}

#[tokio::test]
async fn text_that_is_no_token_is_an_error() {
    let token = token_after(12, &ListRows::<ByOffset>::limit(10)).await;
    let newer = token
        .to_string()
        .replace(r#""version":1"#, r#""version":2"#);
    for (text, part) in [
        ("", "page token"),
        ("{}", "page token"),
        ("row-00012", "page token"),
        (&*newer, "version 2"),
    ] {
        let error = text.parse::<PageToken>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(serde_json::from_str::<PageToken>(&newer).is_err());
}

#[tokio::test]
async fn token_of_a_long_walk_keeps_the_latest_ids() {
    let server = ListServer::of(12_050, Rules::default());
    let client = server.client();
    let input = ListRows::<ByOffset>::limit(1_000);
    let mut items = client.call().items(input.clone());
    for _ in 0..11_500 {
        items.next().await.unwrap().unwrap();
    }
    let token = items.token();
    let value = serde_json::to_value(&token).unwrap();
    let seen = value["seen"].as_array().unwrap();
    assert!((10_000..11_000).contains(&seen.len()), "{}", seen.len());
    let rest = items_from(&client, &input, &token);
    assert_eq!(names(rest.collect().await.unwrap()), named(11_500..12_050));
}
