//! `null` among the items of lists and the values of maps.

use cloudbackup_others_schemas_client::model::Span;

use crate::support::{answered, body, client, wrong};

#[test]
fn gaps_are_sent_as_null() {
    let span = Span::builder().from(1).to(4).build();
    let call = client().update_labels().owner("me").steps([Some(1), None]);
    let call = call.spans([("mon", Some(span)), ("tue", None)]);
    let call = call.rows([vec![Some("a".to_owned()), None], Vec::new()]);
    let call = call.additional_properties([("x", None), ("y", Some("z".to_owned()))]);
    assert_eq!(
        body(&call.build().unwrap()),
        r#"{"owner":"me","steps":[1,null],"spans":{"mon":{"from":1,"to":4},"tue":null},"rows":[["a",null],[]],"x":null,"y":"z"}"#
    );
}

#[test]
fn items_that_are_there_are_checked() {
    let call = client().update_labels().owner("me").steps([None, Some(0)]);
    let call = call.rows([[None, Some("abc".to_owned())].to_vec()]);
    let call = call.days([None, Some("soon".into())]);
    let call = call.additional_properties([("x", None), ("y", Some("longer".to_owned()))]);
    assert_eq!(
        wrong(call.build()),
        [
            "/body/steps/1: must be at least 1, is 0",
            "/body/rows/0/1: must be at most 2 characters long, is 3",
            "/body/days/1: must be a time with an offset such as `2018-08-06T10:41:14+08:00`, is \"soon\"",
            "/body/y: must be at most 5 characters long, is 6",
        ]
    );
}

#[tokio::test]
async fn gaps_are_read_as_none() {
    let reply = r#"{"owner":"me","steps":[1,null],"spans":{"mon":null,"tue":{"from":1,"to":2}},
        "rows":[["a",null],null],"days":[null,"2026-01-02T03:04:05Z"],"x":null,"y":"z"}"#;
    let labels = answered(reply).update_labels().owner("me");
    let labels = labels.send().await.unwrap();
    assert_eq!(labels.steps, Some(vec![Some(1), None]));
    let spans = labels.spans.unwrap();
    assert_eq!(spans["mon"], None);
    assert_eq!(spans["tue"].as_ref().and_then(|span| span.to), Some(2));
    let a = vec![Some("a".to_owned()), None];
    assert_eq!(labels.rows, Some(vec![a, Vec::new()]));
    assert_eq!(labels.days.map(|days| days[0].is_none()), Some(true));
    let rest = labels.additional_properties.unwrap();
    assert_eq!((&rest["x"], rest["y"].as_deref()), (&None, Some("z")));
}
