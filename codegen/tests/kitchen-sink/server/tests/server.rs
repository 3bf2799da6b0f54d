//! What a client writes is what a server reads, and what a server cannot read it names.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cloudbackup_core::operation::{Operation, RequestParts};
use cloudbackup_core::server::{Failure, Receive, Received, Reply, Route};
use cloudbackup_kitchen_sink_model::{
    Cleaning, CreateSinksInput, Day, DeleteSinkInput, ListSinksInput, Part, TapKind, UpdateTapInput,
};
use cloudbackup_kitchen_sink_server::{Sinks, routes};
use serde_json::json;

fn route(name: &str) -> Route<Sinks> {
    let mut routes = routes().into_iter();
    routes.find(|route| route.info().name() == name).unwrap()
}

fn owned(pairs: &[(&'static str, String)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, text)| ((*name).to_owned(), text.clone()))
        .collect()
}

/// What a client sends, as a server receives it.
fn sent<O: Operation>(input: &O) -> Received {
    let mut request = RequestParts::new();
    input.encode(&mut request);
    assert!(request.error().is_none());
    let body = request.take_body().unwrap_or_default();
    let [path, query, headers] = [
        request.path_values(),
        request.query_pairs(),
        request.headers(),
    ]
    .map(owned);
    Received::new(path, query, headers, body)
}

fn received(path: &[(&str, &str)], query: &[(&str, &str)], body: &str) -> Received {
    let own = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter();
        pairs
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    };
    Received::new(own(path), own(query), Vec::new(), body.as_bytes().to_vec())
}

fn full_tap() -> UpdateTapInput {
    let mut tap = UpdateTapInput::default();
    tap.sink_id = Some("s/1 ü".into());
    tap.tap_id = Some("t-1".into());
    tap.x_trace = Some("abc".into());
    tap.kind = Some(TapKind::Mixer);
    tap.on = Some(true);
    tap.hot = Some(false);
    tap.r#type = Some("chrome".into());
    tap.flow = Some(2.5);
    tap.pressure = Some(3);
    tap.opens_at = Some("2018-08-06T10:41:14+0800".into());
    tap.closes_at = Some("2018-08-06T11:41:14+0800".into());
    tap.cleaning = Some(Cleaning::builder().hours("02:00").days([Day::Mon]).build());
    tap.zone = Some("UTC+02:00".into());
    tap.labels = Some([("room".to_owned(), "kitchen".to_owned())].into());
    tap.extra = Some(json!({"any": [1, null]}));
    let handle = Part::builder()
        .name("handle")
        .inner(Part::builder().name("screw").build());
    tap.parts = Some(vec![handle.made_at("2024-01-02T03:04:05Z").build()]);
    tap.nicknames = Some(vec!["mixer-1".into()]);
    tap.remark = Some("none".into());
    tap
}

#[test]
fn all_of_an_input_comes_back_from_what_was_sent() {
    let (mut sinks, tap) = (Sinks::default(), full_tap());
    let reply = route("update_tap")
        .answer(&mut sinks, &(), sent(&tap))
        .unwrap();
    let parts = json!([{
        "name": "handle", "made_at": "2024-01-02T03:04:05Z", "inner": {"name": "screw"}
    }]);
    let expected = json!({"id": "t-1", "parts": parts, "counts": [1, 2]});
    assert_eq!((reply.status, reply.body), (200, Some(expected)));
    assert_eq!(sinks.updated, Some(tap));

    let mut made = CreateSinksInput::default();
    made.entries = Some(vec![
        Part::builder().name("a").build(),
        Part::builder().name("b").build(),
    ]);
    let reply = route("create_sinks")
        .answer(&mut sinks, &(), sent(&made))
        .unwrap();
    assert_eq!((reply.status, reply.body), (202, None));
    assert_eq!(sinks.created, Some(made));

    for reason in [None, Some("old".to_owned())] {
        let mut gone = DeleteSinkInput::default();
        gone.sink_id = Some("s".into());
        gone.reason = reason;
        let reply = route("delete_sink")
            .answer(&mut sinks, &(), sent(&gone))
            .unwrap();
        assert_eq!(
            reply,
            Reply {
                status: 204,
                body: None
            }
        );
        assert_eq!(sinks.deleted, Some(gone));
    }
}

#[test]
fn lists_of_a_query_come_back_in_both_styles() {
    let mut list = ListSinksInput::default();
    list.ids = Some(vec!["a,b".into(), "c".into()]);
    list.tags = Some(vec!["x".into(), "y".into()]);
    list.limit = Some(7);
    list.since = Some("2018-08-06T10:41:14+0800".into());
    list.weights = Some(vec![-1, 2]);
    list.deep = Some(false);
    let mut request = sent(&list);
    assert_eq!(ListSinksInput::receive(&mut request), list);
    request.finish().unwrap();
}

fn wrong(route: &Route<Sinks>, request: Received) -> Vec<String> {
    match route.answer(&mut Sinks::default(), &(), request) {
        Err(Failure::Invalid(violations)) => violations.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_read_is_told_at_once_and_by_its_place() {
    let body = r#"{"kind": 7, "on": "yes", "parts": [{"name": "a"}, {"inner": {"name": []}}],
        "labels": {"a/b": 1}, "flow": null, "unheard": 1}"#;
    let path = [("sink_id", "s"), ("tap_id", "t")];
    assert_eq!(
        wrong(&route("update_tap"), received(&path, &[], body)),
        [
            "/body/on: cannot be read: invalid type: string \\\"yes\\\", expected a boolean",
            "/body/labels/a~1b: cannot be read: invalid type: integer `1`, expected a string",
            "/body/parts/1/inner/name: cannot be read: invalid type: sequence, expected text",
        ]
    );
}

#[test]
fn texts_outside_the_body_have_types_too() {
    let query = [
        ("limit", "1.5"),
        ("weights", "1"),
        ("weights", "x"),
        ("deep", "yes"),
    ];
    let mut request = received(&[], &query, "");
    let list = ListSinksInput::receive(&mut request);
    assert_eq!(
        (list.limit, list.weights, list.deep),
        (None, Some(vec![1]), None)
    );
    let found = request.finish().unwrap_err().to_string();
    let expected = "/query/limit: must be a 64-bit integer\n\
                    /query/weights: must be a 64-bit integer\n\
                    /query/deep: must be `true` or `false`";
    assert_eq!(found, expected);
}

#[test]
fn bodies_are_asked_for_where_they_are_mandatory() {
    let path = [("sink_id", "s"), ("tap_id", "t")];
    let found = wrong(&route("update_tap"), received(&path, &[], ""));
    assert_eq!(found, ["/body: is missing, a JSON object is expected"]);
    let found = wrong(&route("create_sinks"), received(&[], &[], ""));
    assert_eq!(found, ["/body: is required"]);
    let path = [("sink_id", "s")];
    let reply = route("delete_sink").answer(&mut Sinks::default(), &(), received(&path, &[], ""));
    assert_eq!(reply.unwrap().status, 204);
}

#[test]
fn limits_of_the_spec_are_checked_by_the_server_too() {
    let mut tap = full_tap();
    tap.pressure = Some(11);
    tap.nicknames = Some(vec!["tap".into()]);
    let found = wrong(&route("update_tap"), sent(&tap));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("/body/pressure: "), "{found:?}");
    assert!(found[1].starts_with("/body/nicknames/0: "), "{found:?}");
}

#[test]
fn operation_has_the_behaviour_of_its_handler_or_none() {
    let mut gone = DeleteSinkInput::default();
    gone.sink_id = Some("gone".into());
    match route("delete_sink").answer(&mut Sinks::default(), &(), sent(&gone)) {
        Err(Failure::Refused(why)) => assert_eq!(why, "it is gone"),
        other => panic!("{other:?}"),
    }
    let routes = routes();
    let without = routes.iter().filter(|route| !route.has_behaviour());
    let without: Vec<&str> = without.map(|route| route.info().name()).collect();
    assert_eq!(without, ["list_sinks", "update_rinsing"]);
}
