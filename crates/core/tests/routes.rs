//! The other direction of an operation: from a request to the handler of a server, and back.
#![allow(clippy::unwrap_used)]

use cloudbackup_core::de::Lenient;
use cloudbackup_core::operation::{Method, Operation, OperationInfo, RequestParts, StatusRange};
use cloudbackup_core::server::{Failure, Handler, Receive, Received, Reply, Route, Server};
use cloudbackup_core::{Validate, Validator};
use serde::ser::Error as _;
use serde::{Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

fn with_query(query: &[(&str, &str)]) -> Received {
    let query = query.iter();
    let query = query.map(|&(name, text)| (name.to_owned(), text.to_owned()));
    Received::new(Vec::new(), query.collect(), Vec::new(), Vec::new())
}

/// A server that counts what it is asked.
#[derive(Debug, Default)]
struct Counter {
    calls: Vec<(u8, i64)>,
}

impl Server for Counter {
    /// Who asks.
    type Call = u8;
    type Refusal = &'static str;
}

/// Statuses of the documents, one list for each operation.
const SUCCESSES: [&[StatusRange]; 4] = [
    &[StatusRange::Class(2)],
    &[StatusRange::Code(202), StatusRange::Code(204)],
    &[StatusRange::Class(2), StatusRange::Code(201)],
    &[],
];

/// An order for so many, answered with whatever a handler likes.
struct Order<const SUCCESS: usize>(Option<i64>);

impl<const SUCCESS: usize> Validate for Order<SUCCESS> {
    fn validate(&self, v: &mut Validator) {
        v.in_query(|v| {
            v.member("count", &self.0).required().range(1..=3);
        });
    }
}

impl<const SUCCESS: usize> Operation for Order<SUCCESS> {
    const INFO: OperationInfo =
        OperationInfo::new("shop", "order", Method::Post, "/orders").success(SUCCESSES[SUCCESS]);
    type Output = Value;

    fn encode(&self, request: &mut RequestParts) {
        request.query("count", &self.0);
    }
}

impl<const SUCCESS: usize> Receive for Order<SUCCESS> {
    fn receive(request: &mut Received) -> Self {
        Self(request.query("count"))
    }
}

/// Nobody can order two.
fn order<const SUCCESS: usize>(
    counter: &mut Counter,
    caller: &u8,
    order: Order<SUCCESS>,
) -> Result<Value, &'static str> {
    let count = order.0.unwrap();
    counter.calls.push((*caller, count));
    match count {
        2 => Err("two is one too many"),
        count => Ok(json!({"count": count, "items": [{"id": 1}, {}], "by": {"x": {"y": 1}}})),
    }
}

fn route<const SUCCESS: usize>(promised: &'static [&'static str]) -> Route<Counter> {
    Route::new(Some(order::<SUCCESS>), promised)
}

fn answer(
    route: &Route<Counter>,
    counter: &mut Counter,
    count: &str,
) -> Result<Reply, Failure<&'static str>> {
    route.answer(counter, &7, with_query(&[("count", count)]))
}

#[test]
fn handler_gets_what_was_read_and_its_answer_is_the_reply() {
    let mut counter = Counter::default();
    for count in [1, 3] {
        let reply = answer(&route::<0>(&[]), &mut counter, &count.to_string()).unwrap();
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body.unwrap()["count"], count);
    }
    assert_eq!(counter.calls, [(7, 1), (7, 3)]);
}

#[test]
fn success_has_the_first_status_that_the_document_names() {
    let routes = [
        (route::<0>(&[]), 200),
        (route::<1>(&[]), 202),
        (route::<2>(&[]), 201),
        (route::<3>(&[]), 200),
    ];
    for (route, status) in routes {
        let reply = answer(&route, &mut Counter::default(), "1").unwrap();
        assert_eq!(reply.status, status);
        assert!(reply.body.is_some());
        let reply = answer(&route.without_body(), &mut Counter::default(), "1").unwrap();
        assert_eq!(reply, Reply { status, body: None });
    }
}

#[test]
fn what_is_invalid_never_reaches_the_handler() {
    for (count, expected) in [
        ("0", "/query/count: must be between 1 and 3, is 0"),
        ("4", "/query/count: must be between 1 and 3, is 4"),
        // Not that it is required as well: it is there.
        ("x", "/query/count: must be a 64-bit integer"),
    ] {
        let mut counter = Counter::default();
        match answer(&route::<0>(&[]), &mut counter, count) {
            Err(Failure::Invalid(found)) => assert_eq!(found.to_string(), expected),
            other => panic!("{other:?}"),
        }
        assert_eq!(counter.calls, []);
    }
}

#[test]
fn refusal_of_the_handler_comes_through() {
    let answer = answer(&route::<0>(&[]), &mut Counter::default(), "2");
    assert!(
        matches!(answer, Err(Failure::Refused("two is one too many"))),
        "{answer:?}"
    );
}

#[test]
fn route_without_a_handler_says_so_whatever_is_asked() {
    let none: Handler<Counter, Order<0>> = None;
    let route = Route::new(none, &[]);
    assert!(!route.has_behaviour());
    for count in ["1", "x"] {
        let answer = answer(&route, &mut Counter::default(), count);
        assert!(matches!(answer, Err(Failure::NoBehaviour)), "{answer:?}");
    }
}

#[test]
fn reply_must_have_what_its_document_promises() {
    for (promised, missing) in [
        (&["/count", "/items", "/by/x/y", "/by/*/y"][..], None),
        (&["/count", "/total"], Some("/total")),
        (&["/items/*/id"], Some("/items/1/id")),
        (&["/by/*/z"], Some("/by/x/z")),
        // Nobody promises members of what is not there, or of no such kind.
        (
            &["/other/id", "/other/*/id", "/count/id", "/items/by/id"],
            None,
        ),
    ] {
        let route = route::<0>(promised);
        // It was promised even where the reply then has no body.
        for route in [route, self::route::<0>(promised).without_body()] {
            let found = match answer(&route, &mut Counter::default(), "1") {
                Ok(_) => None,
                Err(Failure::Faulty(what)) => Some(what),
                Err(other) => panic!("{other:?}"),
            };
            let expected = missing.map(|it| format!("the reply of order lacks {it}"));
            assert_eq!(found, expected, "{promised:?}");
        }
    }
}

#[test]
fn route_tells_its_operation_and_nothing_of_its_handler() {
    let route = route::<1>(&["/count"]);
    assert!(route.has_behaviour());
    assert_eq!(
        (route.info().service(), route.info().name()),
        ("shop", "order")
    );
    let shown = format!("{route:?}");
    assert_eq!(shown, "Route { operation: \"order\", has_behaviour: true }");
}

/// An operation whose reply cannot be written.
struct Broken;

#[derive(Debug)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("there are no words for it"))
    }
}

impl Lenient for Unwritable {
    fn lenient<'de, D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

impl Validate for Broken {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for Broken {
    const INFO: OperationInfo = OperationInfo::new("shop", "break", Method::Get, "/broken");
    type Output = Unwritable;

    fn encode(&self, _: &mut RequestParts) {}
}

impl Receive for Broken {
    fn receive(_: &mut Received) -> Self {
        Self
    }
}

#[test]
fn reply_that_cannot_be_written_is_a_fault_of_the_server() {
    let route: Route<Counter> = Route::new(Some(|_, _, Broken| Ok(Unwritable)), &[]);
    match route.answer(&mut Counter::default(), &0, with_query(&[])) {
        Err(Failure::Faulty(what)) => assert_eq!(what, "there are no words for it"),
        other => panic!("{other:?}"),
    }
}
