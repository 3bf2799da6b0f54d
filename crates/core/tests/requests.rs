//! How operations write their parts.
#![allow(clippy::unwrap_used)]

use std::error::Error as _;

use cloudbackup_core::operation::{ListStyle, RequestParts};
use cloudbackup_core::time::{TimeFormat, Timestamp};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::json;

/// Something that cannot be written.
struct Broken;

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("broken"))
    }
}

fn body(request: &RequestParts) -> Option<&str> {
    request
        .body_bytes()
        .map(|bytes| std::str::from_utf8(bytes).unwrap())
}

fn pairs<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

#[test]
fn a_new_request_is_empty() {
    let request = RequestParts::new();
    assert!(request.path_values().is_empty());
    assert!(request.query_pairs().is_empty());
    assert!(request.headers().is_empty());
    assert!(request.body_bytes().is_none());
    assert!(request.error().is_none());
}

#[test]
fn scalars_keep_their_order_and_absent_ones_are_left_out() {
    let mut request = RequestParts::new();
    request.path("backup_id", &Some("a/b"));
    request.path("absent", &None::<String>);
    request.query("limit", &Some(100));
    request.query("name~", &Some(String::new()));
    request.query("offset", &None::<i64>);
    request.query("ratio", &Some(0.5));
    request.query("exact", &Some(true));
    request.query("limit", &Some(-1));
    request.query("since", &Some(Timestamp::from("2018-08-06 02:41:14 UTC")));
    request.header("X-Language", &Some("en-us"));
    request.header("X-Absent", &None::<bool>);
    assert_eq!(pairs(request.path_values()), [("backup_id", "a/b")]);
    assert_eq!(request.path_value("backup_id"), Some("a/b"));
    assert_eq!(request.path_value("absent"), None);
    assert_eq!(
        pairs(request.query_pairs()),
        [
            ("limit", "100"),
            ("name~", ""),
            ("ratio", "0.5"),
            ("exact", "true"),
            ("limit", "-1"),
            ("since", "2018-08-06 02:41:14 UTC")
        ]
    );
    assert_eq!(pairs(request.headers()), [("X-Language", "en-us")]);
}

#[test]
fn lists() {
    let ids = Some(vec!["a".to_owned(), "b".to_owned()]);
    let none: Option<Vec<i64>> = None;
    let mut request = RequestParts::new();
    request.query_list("id", &ids, ListStyle::Repeated);
    request.query_list("ids", &ids, ListStyle::Comma);
    for style in [ListStyle::Repeated, ListStyle::Comma] {
        request.query_list("absent", &none, style);
        request.query_list("empty", &Some(Vec::<i64>::new()), style);
    }
    assert_eq!(
        pairs(request.query_pairs()),
        [("id", "a"), ("id", "b"), ("ids", "a,b")]
    );
}

#[test]
fn times_are_written_in_the_form_of_the_service() {
    let time = |text: &str| Some(Timestamp::from(text));
    let mut request = RequestParts::new();
    request.query_time(
        "begin_time",
        &time("2018-08-06T10:41:14+08:00"),
        TimeFormat::BasicOffset,
    );
    request.query_time("odd", &time("yesterday"), TimeFormat::BasicOffset);
    request.query_time("absent", &None, TimeFormat::BasicOffset);
    request.header_time(
        "X-Since",
        &time("2018-08-06T10:41:14+0800"),
        TimeFormat::Rfc3339,
    );
    let _ = request
        .body()
        .member_time(
            "end_time",
            &time("2018-08-06T02:41:14Z"),
            TimeFormat::BasicOffset,
        )
        .member_time("absent", &None, TimeFormat::BasicOffset);
    assert_eq!(
        pairs(request.query_pairs()),
        [
            ("begin_time", "2018-08-06T10:41:14+0800"),
            ("odd", "yesterday")
        ]
    );
    assert_eq!(
        pairs(request.headers()),
        [("X-Since", "2018-08-06T10:41:14+08:00")]
    );
    assert_eq!(
        body(&request),
        Some(r#"{"end_time":"2018-08-06T02:41:14+0000"}"#)
    );
}

#[test]
fn a_body_keeps_the_order_of_its_members() {
    let mut request = RequestParts::new();
    request
        .body()
        .member("z", &Some("\"quoted\" ü"))
        .member("absent", &None::<i64>)
        .member("a", &Some(json!({"x": [null]})))
        .member("\"odd\" name", &Some(true));
    let expected = r#"{"z":"\"quoted\" ü","a":{"x":[null]},"\"odd\" name":true}"#;
    assert_eq!(body(&request), Some(expected));
    assert_eq!(request.take_body().as_deref(), Some(expected.as_bytes()));
    assert_eq!(request.body_bytes(), None);
}

#[test]
fn a_body_without_members_exists_only_when_asked_for() {
    let mut request = RequestParts::new();
    request.body().member("absent", &None::<i64>);
    assert_eq!(body(&request), None);
    request.body().always();
    assert_eq!(body(&request), Some("{}"));
    request.body().always().member("a", &Some(1));
    assert_eq!(body(&request), Some(r#"{"a":1}"#));
    request.body().member("a", &Some(1)).always();
    assert_eq!(body(&request), Some(r#"{"a":1}"#));
}

#[test]
fn a_body_need_not_be_an_object() {
    let mut request = RequestParts::new();
    request.json(&["a", "b"]);
    assert_eq!(body(&request), Some(r#"["a","b"]"#));
}

#[test]
fn half_a_body_is_never_kept() {
    let mut request = RequestParts::new();
    let after = request
        .body()
        .member("a", &Some(1))
        .member("b", &Some(Broken));
    let _ = after
        .member("c", &Some(2))
        .member("d", &Some(Broken))
        .always();
    assert_eq!(body(&request), None);
    let error = request.take_error().unwrap();
    assert_eq!(error.member(), Some("b"));
    assert_eq!(error.to_string(), "cannot write `b` as JSON");
    assert_eq!(error.source().unwrap().to_string(), "broken");
    assert!(request.error().is_none());
}

#[test]
fn a_broken_body_of_another_kind_names_no_member() {
    let mut request = RequestParts::new();
    request.json(&Broken);
    assert_eq!(body(&request), None);
    let error = request.error().unwrap();
    assert_eq!(
        (error.member(), error.to_string().as_str()),
        (None, "cannot write the body as JSON")
    );
}

#[test]
fn debug_shows_no_values() {
    let mut request = RequestParts::new();
    request.path("id", &Some("hidden"));
    request.query("user", &Some("hidden"));
    request.header("X-Key", &Some("hidden"));
    request.body().member("password", &Some("hidden"));
    let debug = format!("{request:?}");
    assert!(!debug.contains("hidden"), "{debug}");
    for name in ["id", "user", "X-Key", "21"] {
        assert!(debug.contains(name), "{debug}");
    }
}
