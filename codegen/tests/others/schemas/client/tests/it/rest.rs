//! Members without names, beside those that have one.

use std::collections::BTreeMap;

use cloudbackup_others_schemas_client::model::{Area, Span};

use crate::support::{answered, body, client, wrong};

fn span(from: i64) -> Span {
    Span::builder().from(from).to(9).build()
}

#[test]
fn they_are_sent_side_by_side() {
    let area = Area::builder().town("Ulm").additional_properties(true);
    let area = area.additional_properties2([("mid/dle", span(1))]).build();
    let call = client().update_labels().owner("me").area(area);
    let rest = [("b", "two"), ("a", "one")].map(|(key, value)| (key, value.to_owned()));
    let call = call.additional_properties(rest);
    assert_eq!(
        body(&call.build().unwrap()),
        r#"{"owner":"me","area":{"town":"Ulm","additional_properties":true,"mid/dle":{"from":1,"to":9}},"a":"one","b":"two"}"#
    );
    let call = client().update_labels().owner("me");
    assert_eq!(body(&call.build().unwrap()), r#"{"owner":"me"}"#);
}

#[test]
fn each_is_checked_at_its_place() {
    let odd = Span::builder().from(1).to(2).build();
    let area = Area::builder().additional_properties2([("town", odd)]);
    let call = client().update_labels().owner("me").area(area.build());
    let rest = [("area", "here"), ("~", "longer")].map(|(key, value)| (key, value.to_owned()));
    let call = call.additional_properties(rest);
    assert_eq!(
        wrong(call.build()),
        [
            "/body/area/town: has a member of its own",
            "/body/area: has a member of its own",
            "/body/~0: must be at most 5 characters long, is 6",
        ]
    );
}

#[tokio::test]
async fn they_are_read_side_by_side() {
    let reply = r#"{"id":"l-1","b":"two","owner":"me","a":1,
        "area":{"north":{"from":"3","to":4},"town":"Ulm"}}"#;
    let call = answered(reply).update_labels().owner("me");
    let labels = call.send().await.unwrap();
    assert_eq!(
        (labels.id.as_deref(), labels.owner.as_str()),
        (Some("l-1"), "me")
    );
    let rest = [("a", "1"), ("b", "two")];
    let rest = rest.map(|(key, value)| (key.to_owned(), Some(value.to_owned())));
    assert_eq!(labels.additional_properties, Some(BTreeMap::from(rest)));
    let area = labels.area.unwrap();
    assert_eq!(area.town.as_deref(), Some("Ulm"));
    assert_eq!(area.additional_properties2.unwrap()["north"].from, Some(3));
}

#[tokio::test]
async fn none_at_all_is_none() {
    let call = answered(r#"{"owner":"me"}"#).update_labels().owner("me");
    assert_eq!(call.send().await.unwrap().additional_properties, None);
}
