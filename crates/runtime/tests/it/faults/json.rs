//! Rows B07 to B16, B19 and B20: JSON whose members are not what the document says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cloudbackup_core::OpenEnum;
use cloudbackup_runtime::ReplyProblem;
use serde_json::json;

use super::both::{accepted, ok, once, undecodable};
use crate::support::records::{Letter, ListRecords, Record, RecordStatus, ShowRecord};
use crate::support::{CopyThing, Server, ShowThing, builder_of};

/// A list of one record with this member beside its id.
fn with(member: &str) -> String {
    format!(r#"{{"records":[{{"id":"r1",{member}}}]}}"#)
}

async fn record(member: &str) -> Record {
    accepted(ok(with(member))).await.records.remove(0)
}

/// The text of the error, which names the member.
async fn refused(member: &str) -> String {
    let text = undecodable(with(member)).await.to_string();
    let (name, _) = member[1..].split_once('"').unwrap();
    let place = format!("at `records[0].{name}");
    assert!(text.contains(&place), "{place} in {text}");
    text
}

/// What a client is told of a reply beside its output, without service and operation.
async fn drift_of(body: &str) -> Vec<String> {
    let server = Server::always(ok(body));
    let told = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&told);
    let builder =
        builder_of(&server).on_drift(move |drift| hook.lock().unwrap().push(drift.to_string()));
    let client = builder.build().unwrap().0;
    client.call().send(ListRecords).await.unwrap();
    let mut found = told.lock().unwrap().clone();
    found.sort();
    let own = |text: &String| text.strip_prefix("test list_records: ").unwrap().to_owned();
    found.iter().map(own).collect()
}

#[tokio::test]
async fn b07_duplicate_members() {
    for body in [
        r#"{"records":[],"records":[]}"#,
        r#"{"total_count":1,"records":[],"total_count":2}"#,
        r#"{"records":[{"id":"r1","size":1,"size":1}]}"#,
    ] {
        let error = undecodable(body).await;
        assert!(error.to_string().contains("duplicate field `"), "{error}");
    }
    // Unmodelled members are not looked at, and of free ones the last counts.
    let record =
        record(r#""x":1,"x":2,"tags":{"a":"1","b":"2","a":"3"},"anything":{"a":1,"a":2}"#).await;
    let tags = [("a", "3"), ("b", "2")].map(|(key, value)| (key.into(), value.into()));
    assert_eq!(record.tags, Some(BTreeMap::from(tags)));
    assert_eq!(record.anything, Some(json!({"a": 2})));
}

#[tokio::test]
async fn b08_null_for_a_promised_member() {
    let error = undecodable(r#"{"records":[{"id":"r1"},{"id":null}]}"#).await;
    let text = error.to_string();
    assert!(
        text.contains("at `records[1].id`") && text.contains("null"),
        "{text}"
    );
    // Nothing else is promised, and null says no more than leaving out.
    let names = [
        "size",
        "share",
        "is_ready",
        "status",
        "retained",
        "created_at",
        "zones",
        "tags",
        "anything",
    ];
    let nulls = names.map(|name| format!(r#""{name}":null"#)).join(",");
    assert_eq!(record(&nulls).await, record(r#""x":0"#).await);
}

#[tokio::test]
async fn b09_promised_member_is_missing() {
    let error = undecodable(r#"{"records":[{"id":"r1"},{"size":1}]}"#).await;
    let text = error.to_string();
    assert!(text.contains("at `records[1]`"), "{text}");
    assert!(text.contains("missing field `id`"), "{text}");
    let error = undecodable(r#"{"total_count":0}"#).await;
    assert!(
        error.to_string().contains("missing field `records`"),
        "{error}"
    );
}

#[tokio::test]
async fn b10_members_that_nobody_knows() {
    let extra = r#""x":null,"y":[{"z":[1,"\u4e2d",1e999]}],"":true,"Records":[],"password":"p""#;
    let records = accepted(ok(format!(
        r#"{{{extra},"records":[{{{extra},"id":"r1","size":3}}],"total_count":1}}"#
    )))
    .await;
    let plain = r#"{"records":[{"id":"r1","size":3}],"total_count":1}"#;
    assert_eq!(records, accepted(ok(plain)).await);
    assert_eq!(records.records[0].size, Some(3));
    assert!(drift_of(plain).await.is_empty());
    let item = r#"{"id":"r1","new":1}"#;
    let reply = format!(r#"{{"records":[{item},{item}],"newer":{{"inner":2}}}}"#);
    let found = [
        "unknown member `newer` of `Records`",
        "unknown member `records[].new` of `Record`",
    ];
    assert_eq!(drift_of(&reply).await, found);
}

#[tokio::test]
async fn b11_value_that_an_enum_does_not_know() {
    for text in [
        "FROZEN",
        "building",
        " BUILDING",
        "",
        "Unknown",
        "日\u{202e}",
    ] {
        let member = format!(r#""status":{}"#, json!(text));
        let status = record(&member).await.status.unwrap();
        assert!(!status.is_known(), "{text:?}");
        assert_eq!(status.as_str(), text);
        assert_eq!(json!(status), json!(text));
    }
    // A number or a boolean is kept as its text.
    assert_eq!(record(r#""status":7"#).await.status.unwrap().as_str(), "7");
    let found = drift_of(&with(r#""status":"FROZEN""#)).await;
    assert_eq!(
        found,
        ["unknown value `FROZEN` of `RecordStatus` at `records[].status`"]
    );
    let known = record(r#""status":"COMPLETED""#).await;
    assert_eq!(known.status, Some(RecordStatus::Completed));
    refused(r#""status":["BUILDING"]"#).await;
}

#[tokio::test]
async fn b12_numbers_as_text_and_text_as_numbers() {
    let reply = r#"{
        "records": [{"id": 7, "size": "2803", "share": "0.5", "zones": [1, true, "z"],
                     "tags": {"a": 1.5}, "status": true, "created_at": 1533523274}],
        "total_count": "1"
    }"#;
    let records = accepted(ok(reply)).await;
    assert_eq!(records.total_count, Some(1));
    let record = &records.records[0];
    assert_eq!((record.id.as_str(), record.size), ("7", Some(2803)));
    assert_eq!(record.share, Some(0.5));
    assert_eq!(record.zones.as_deref().unwrap(), ["1", "true", "z"]);
    assert_eq!(record.tags.as_ref().unwrap()["a"], "1.5");
    assert_eq!(record.status.as_ref().unwrap().as_str(), "true");
    let created_at = record.created_at.as_ref().unwrap();
    assert_eq!(created_at.unix_seconds(), Some(1_533_523_274));
    for member in [
        r#""size":"""#,
        r#""size":"2 803""#,
        r#""size":"0x10""#,
        r#""size":true"#,
        r#""share":"NaN""#,
        r#""share":"inf""#,
        r#""size":{"value":1}"#,
    ] {
        refused(member).await;
    }
}

#[tokio::test]
async fn b13_integer_beyond_64_bits() {
    for number in [
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "1e30",
        "1e999",
        r#""9223372036854775808""#,
        r#""99999999999999999999""#,
    ] {
        refused(&format!(r#""size":{number}"#)).await;
    }
    for number in [i64::MAX, i64::MIN] {
        assert_eq!(
            record(&format!(r#""size":{number}"#)).await.size,
            Some(number)
        );
        assert_eq!(
            record(&format!(r#""size":"{number}""#)).await.size,
            Some(number)
        );
    }
}

#[tokio::test]
async fn b14_integers_written_as_floats() {
    for (number, value) in [
        ("1.0", 1),
        ("1e3", 1000),
        ("-0", 0),
        ("-0.0", 0),
        ("2.50e1", 25),
        (r#""1.0""#, 1),
        ("9007199254740991.0", 9_007_199_254_740_991),
    ] {
        let record = record(&format!(r#""size":{number}"#)).await;
        assert_eq!(record.size, Some(value), "{number}");
    }
    // Not whole, or perhaps not the number that was written.
    for number in ["1.5", "1e-3", r#""1.5""#, "9007199254740993.0"] {
        refused(&format!(r#""size":{number}"#)).await;
    }
}

#[tokio::test]
async fn b15_booleans_in_other_words() {
    for (text, value) in [
        ("true", true),
        ("false", false),
        (r#""true""#, true),
        (r#""false""#, false),
    ] {
        let record = record(&format!(r#""is_ready":{text}"#)).await;
        assert_eq!(record.is_ready, Some(value), "{text}");
    }
    for text in [
        "1",
        "0",
        r#""Y""#,
        r#""1""#,
        r#""TRUE""#,
        r#""yes""#,
        r#""""#,
    ] {
        refused(&format!(r#""is_ready":{text}"#)).await;
    }
    // What the document spells with letters is an enum of these letters.
    assert_eq!(record(r#""retained":"Y""#).await.retained, Some(Letter::Y));
    assert_eq!(record(r#""retained":"N""#).await.retained, Some(Letter::N));
    let other = record(r#""retained":true"#).await.retained.unwrap();
    assert!(!other.is_known() && other.as_str() == "true");
}

#[tokio::test]
async fn b16_time_stamps_of_every_kind_in_one_list() {
    const SECONDS: Option<i64> = Some(1_533_523_274);
    let stamps = [
        (r#""2018-08-06T10:41:14+0800""#, SECONDS, Some(28_800)),
        (r#""2018-08-06T10:41:14+08:00""#, SECONDS, Some(28_800)),
        (r#""2018-08-06T02:41:14.000+00:00""#, SECONDS, Some(0)),
        (r#""2018-08-06T02:41:14.999999""#, SECONDS, None),
        (r#""2018-08-06T02:41:14Z""#, SECONDS, Some(0)),
        (r#""2018-08-06 02:41:14 UTC""#, SECONDS, Some(0)),
        ("1533523274000", SECONDS, Some(0)),
        (r#""1533523274000""#, SECONDS, Some(0)),
        (r#""2018-08-06T10:41:14_0800""#, SECONDS, Some(28_800)),
        (r#""""#, None, None),
        (r#""not yet""#, None, None),
        (r#""0000-00-00T00:00:00Z""#, None, None),
        ("false", None, None),
    ];
    let items = stamps.map(|(stamp, ..)| format!(r#"{{"id":"r","created_at":{stamp}}}"#));
    let body = format!(
        r#"{{"records":[{},{{"id":"r","created_at":null}}]}}"#,
        items.join(",")
    );
    let records = accepted(ok(body)).await.records;
    assert_eq!(records.len(), stamps.len() + 1);
    for (record, (stamp, seconds, offset)) in records.iter().zip(stamps) {
        let time = record.created_at.as_ref().unwrap();
        assert_eq!(time.as_str(), stamp.trim_matches('"'));
        assert_eq!(
            (time.unix_seconds(), time.offset()),
            (seconds, offset),
            "{stamp}"
        );
    }
    assert_eq!(records.last().unwrap().created_at, None);
    refused(r#""created_at":{"seconds":1533523274}"#).await;
}

#[tokio::test]
async fn b19_null_or_an_object_for_a_list() {
    assert_eq!(accepted(ok(r#"{"records":null}"#)).await.records, []);
    assert_eq!(record(r#""zones":null"#).await.zones, None);
    assert_eq!(record(r#""zones":[]"#).await.zones, Some(Vec::new()));
    for list in [r#"{"id":"r1"}"#, "{}", r#""""#, "0", "false"] {
        let error = undecodable(format!(r#"{{"records":{list}}}"#)).await;
        let text = error.to_string();
        assert!(
            text.contains("at `records`") && text.contains("expected a list"),
            "{text}"
        );
    }
    refused(r#""zones":{"0":"a"}"#).await;
    // Nor is a list an object with its members in some order.
    let error = undecodable(r#"{"records":[["r1",3]]}"#).await;
    assert!(error.to_string().contains("at `records[0]`"), "{error}");
    undecodable("[[],0]").await;
}

#[tokio::test]
async fn b20_wrapped_and_flat_roots() {
    let (flat, wrapped) = (r#"{"id":"r1"}"#, r#"{"record":{"id":"r1"}}"#);
    assert_eq!(once(ShowRecord, ok(wrapped)).await.unwrap().record.id, "r1");
    assert_eq!(once(ShowThing::new("t1"), ok(flat)).await.unwrap().id, "r1");
    assert_eq!(
        once(CopyThing::new("t1", "n"), ok(flat)).await.unwrap().id,
        "r1"
    );
    // Each operation has its own form, and the other one is no guess away.
    let errors = [
        once(ShowRecord, ok(flat)).await.map(drop),
        once(ShowThing::new("t1"), ok(wrapped)).await.map(drop),
        once(CopyThing::new("t1", "n"), ok(wrapped)).await.map(drop),
    ];
    for (error, missing) in errors.into_iter().zip(["record", "id", "id"]) {
        let error = error.unwrap_err();
        assert_eq!(error.reply_problem(), Some(ReplyProblem::Decode));
        let reason = format!("missing field `{missing}`");
        assert!(error.to_string().contains(&reason), "{error}");
    }
    for root in ["null", "17", r#""r1""#, "[]", "true"] {
        undecodable(root).await;
    }
}
