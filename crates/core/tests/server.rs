//! The other direction of an operation: what a server reads from a request, and what it notes where
//! it cannot.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use cloudbackup_core::de;
use cloudbackup_core::enums::{OpenEnum, UnknownValue};
use cloudbackup_core::operation::ListStyle;
use cloudbackup_core::server::{FromWireText, Received};
use cloudbackup_core::time::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

#[derive(Debug, PartialEq)]
enum Kind {
    Auto,
    Unknown(UnknownValue),
}

impl OpenEnum for Kind {
    const VALUES: &'static [&'static str] = &["auto"];

    fn from_text(text: String) -> Self {
        match text.as_str() {
            "auto" => Self::Auto,
            _ => Self::Unknown(UnknownValue::new(text)),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Auto => "auto",
            Self::Unknown(value) => value.as_str(),
        }
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|&(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

fn with_path(path: &[(&str, &str)]) -> Received {
    Received::new(owned(path), Vec::new(), Vec::new(), Vec::new())
}

fn with_query(query: &[(&str, &str)]) -> Received {
    Received::new(Vec::new(), owned(query), Vec::new(), Vec::new())
}

fn with_headers(headers: &[(&str, &str)]) -> Received {
    Received::new(Vec::new(), Vec::new(), owned(headers), Vec::new())
}

fn with_body(body: impl ToString) -> Received {
    let bytes = body.to_string().into_bytes();
    Received::new(Vec::new(), Vec::new(), Vec::new(), bytes)
}

/// A request whose body was taken for an object.
fn with_object(body: Value) -> Received {
    let mut request = with_body(body);
    request.object(true);
    request
}

/// Everything that could not be read, one a line.
fn wrong(request: Received) -> String {
    request
        .finish()
        .err()
        .map(|found| found.to_string())
        .unwrap_or_default()
}

fn from<T: FromWireText>(text: &str) -> Result<T, &'static str> {
    T::from_wire_text(text)
}

#[test]
fn texts_become_values_of_their_type() {
    assert_eq!(from("a b,ü"), Ok("a b,ü".to_owned()));
    assert_eq!(from(""), Ok(String::new()));
    assert_eq!(from("-7"), Ok(-7_i64));
    for number in [i64::MIN, i64::MAX] {
        assert_eq!(from(&number.to_string()), Ok(number));
    }
    assert_eq!(from("2.5"), Ok(2.5));
    assert_eq!(from("-1e3"), Ok(-1000.0));
    assert_eq!((from("true"), from("false")), (Ok(true), Ok(false)));
    let time = "2018-08-06T10:41:14+0800";
    assert_eq!(from(time), Ok(Timestamp::from(time)));
    // What is no time is for the validation, which knows the form.
    assert_eq!(from("later"), Ok(Timestamp::from("later")));
    assert_eq!(from("auto"), Ok(Kind::Auto));
    let unknown = Kind::Unknown(UnknownValue::new("Auto".to_owned()));
    assert_eq!(from("Auto"), Ok(unknown));
}

#[test]
fn texts_of_another_kind_say_what_is_expected() {
    for text in ["", "1.0", "ten", " 1", "9223372036854775808"] {
        assert_eq!(from::<i64>(text), Err("a 64-bit integer"), "{text}");
    }
    for text in ["", "ten", "inf", "-inf", "NaN", "1e999", "1,5"] {
        assert_eq!(from::<f64>(text), Err("a number"), "{text}");
    }
    for text in ["", "True", "1", "yes", "false "] {
        assert_eq!(from::<bool>(text), Err("`true` or `false`"), "{text}");
    }
}

#[test]
fn path_values_are_found_by_their_name() {
    let mut request = with_path(&[("project_id", "p"), ("backup_id", "b/1 ü"), ("part", "x")]);
    assert_eq!(request.path("backup_id"), Some("b/1 ü".to_owned()));
    assert_eq!(request.path("Backup_id"), None::<String>);
    assert_eq!(request.path("part"), None::<i64>);
    assert_eq!(request.query("project_id"), None::<String>);
    assert_eq!(wrong(request), "/path/part: must be a 64-bit integer");
}

#[test]
fn query_values_are_given_once() {
    let mut request = with_query(&[("limit", "7"), ("kind", "auto"), ("a/b~", "x")]);
    assert_eq!(request.query("limit"), Some(7_i64));
    assert_eq!(request.query("kind"), Some(Kind::Auto));
    assert_eq!(request.query("offset"), None::<i64>);
    assert_eq!(request.query("a/b~"), None::<bool>);
    let expected = "/query/a~1b~0: must be `true` or `false`";
    assert_eq!(wrong(request), expected);

    let mut request = with_query(&[("limit", "1"), ("offset", "0"), ("limit", "1")]);
    request.query::<i64>("limit");
    assert_eq!(request.query("offset"), Some(0_i64));
    assert_eq!(wrong(request), "/query/limit: must be given once only");
}

#[test]
fn lists_of_a_query_are_repeated_or_have_commas() {
    let query = [("id", "a,b"), ("other", "x"), ("id", "c")];
    let list = |style| with_query(&query).query_list::<String>("id", style);
    let texts = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
    assert_eq!(list(ListStyle::Repeated), texts(&["a,b", "c"]));
    assert_eq!(list(ListStyle::Comma), texts(&["a", "b", "c"]));

    let mut request = with_query(&[("n", "1,x,,3"), ("m", "4"), ("m", "5,6")]);
    for style in [ListStyle::Comma, ListStyle::Repeated] {
        assert_eq!(request.query_list::<i64>("absent", style), None);
    }
    assert_eq!(
        request.query_list("n", ListStyle::Comma),
        Some(vec![1_i64, 3])
    );
    assert_eq!(
        request.query_list("m", ListStyle::Repeated),
        Some(vec![4_i64])
    );
    let (n, m) = ("/query/n", "/query/m");
    let expected = [n, n, m].map(|pointer| format!("{pointer}: must be a 64-bit integer"));
    assert_eq!(wrong(request), expected.join("\n"));
}

#[test]
fn headers_are_found_in_any_case() {
    let mut request = with_headers(&[
        ("accept", "*/*"),
        ("x-language", "en-us"),
        ("X-LANGUAGE", "zh-cn"),
        ("X-Count", "many"),
    ]);
    assert_eq!(request.header("X-Language"), Some("en-us".to_owned()));
    assert_eq!(request.header("X-Absent"), None::<String>);
    assert_eq!(request.header("x-count"), None::<i64>);
    assert_eq!(wrong(request), "/header/x-count: must be a 64-bit integer");
}

#[test]
fn members_are_read_from_an_object() {
    let body = json!({"name": "n", "limit": 7, "tags": {"a": [1, 2]}, "none": null, "more": true});
    let mut request = with_object(body);
    assert_eq!(request.member("name"), Some("n".to_owned()));
    assert_eq!(request.member("limit"), Some(7_i64));
    let tags = BTreeMap::from([("a".to_owned(), vec![1_i64, 2])]);
    assert_eq!(request.member("tags"), Some(tags));
    // Null is taken for absent, whatever the type.
    assert_eq!(request.member::<Value>("none"), None);
    assert_eq!(request.member::<i64>("absent"), None);
    assert_eq!(wrong(request), "");

    let mut request = with_body(json!({"name": "n"}));
    assert_eq!(
        request.member::<String>("name"),
        None,
        "no object was asked for"
    );
}

#[test]
fn body_that_is_missing_matters_where_it_is_required() {
    for (required, expected) in [
        (true, "/body: is missing, a JSON object is expected"),
        (false, ""),
    ] {
        let mut request = with_body("");
        request.object(required);
        assert_eq!(request.member::<String>("name"), None);
        assert_eq!(wrong(request), expected);
        let mut request = with_body(json!({"name": "n"}));
        request.object(required);
        assert_eq!(request.member("name"), Some("n".to_owned()));
        assert_eq!(wrong(request), "");
    }
}

#[test]
fn body_of_another_shape_is_no_object() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (body, expected) in [
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("\"name\"", "must be a JSON object"),
        (
            "{\"on\": tru}",
            "is no JSON: expected ident at line 1 column 11",
        ),
        (
            "{",
            "is no JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            &deep,
            "is no JSON: recursion limit exceeded at line 1 column 128",
        ),
    ] {
        let mut request = with_body(body);
        request.object(false);
        assert_eq!(request.member::<bool>("on"), None);
        assert_eq!(wrong(request), format!("/body: {expected}"));
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Part {
    #[serde(default, deserialize_with = "de::lenient")]
    name: Option<String>,
    sizes: Option<Vec<i64>>,
    inner: Option<Box<Part>>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    state: Option<State>,
}

#[derive(Debug, Deserialize, PartialEq)]
enum State {
    Open { since: i64 },
}

#[test]
fn objects_within_are_read_to_their_depth() {
    let inner = json!({"name": 7, "sizes": null, "labels": {"a": "b"}, "unheard": [1]});
    let mut request = with_object(json!({"part": {"sizes": [1, 2], "inner": inner}}));
    let part: Part = request.member("part").unwrap();
    assert_eq!((part.name, part.sizes), (None, Some(vec![1, 2])));
    let labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    let inner = Part {
        name: Some("7".to_owned()),
        sizes: None,
        inner: None,
        labels,
        state: None,
    };
    assert_eq!(part.inner.as_deref(), Some(&inner));
    assert_eq!(wrong(request), "");
}

#[test]
fn pointer_leads_to_the_value_that_cannot_be_read() {
    for (part, pointer, found) in [
        (
            json!("x"),
            "",
            "invalid type: string \\\"x\\\", expected struct Part",
        ),
        (
            json!({"name": []}),
            "/name",
            "invalid type: sequence, expected text",
        ),
        (
            json!({"sizes": [1, "2"]}),
            "/sizes/1",
            "invalid type: string \\\"2\\\", expected i64",
        ),
        (
            json!({"inner": {"inner": {"sizes": 1.5}}}),
            "/inner/inner/sizes",
            "invalid type: floating point `1.5`, expected a sequence",
        ),
        (
            json!({"labels": {"a/b~c": 1}}),
            "/labels/a~1b~0c",
            "invalid type: integer `1`, expected a string",
        ),
        (
            json!({"state": {"Open": {"since": true}}}),
            "/state/Open/since",
            "invalid type: boolean `true`, expected i64",
        ),
    ] {
        let mut request = with_object(json!({"pa/rt~": part}));
        assert_eq!(request.member::<Part>("pa/rt~"), None);
        let expected = format!("/body/pa~1rt~0{pointer}: cannot be read: {found}");
        assert_eq!(wrong(request), expected);

        let mut request = with_body(json!([{}, part]));
        assert_eq!(request.whole::<Vec<Part>>(), None);
        let expected = format!("/body/1{pointer}: cannot be read: {found}");
        assert_eq!(wrong(request), expected);
    }
}

#[test]
fn body_as_a_whole_can_be_any_json() {
    assert_eq!(with_body("[1, 2]").whole(), Some(vec![1_i64, 2]));
    assert_eq!(with_body("7").whole(), Some(7_i64));
    for (body, expected) in [
        ("", ""),
        ("null", ""),
        (
            "[1",
            "/body: is no JSON: EOF while parsing a list at line 1 column 2",
        ),
        (
            "{}",
            "/body: cannot be read: invalid type: map, expected a sequence",
        ),
    ] {
        let mut request = with_body(body);
        assert_eq!(request.whole::<Vec<i64>>(), None);
        assert_eq!(wrong(request), expected);
    }
}

/// What cannot be read, and repeats what it was given.
#[derive(Debug, PartialEq)]
struct Echo;

impl<'de> Deserialize<'de> for Echo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(String::deserialize(deserializer)?))
    }
}

#[test]
fn words_of_the_decoder_are_cut_and_escaped() {
    let says = |text: &str| {
        let mut request = with_object(json!({"m": text}));
        assert_eq!(request.member::<Echo>("m"), None);
        let said = wrong(request);
        said.strip_prefix("/body/m: cannot be read: ")
            .unwrap()
            .to_owned()
    };
    assert_eq!(says("a\r\nb\u{1b}\"ü"), "a\\r\\nb\\u{1b}\\\"ü");
    let longest = "ü".repeat(160);
    assert_eq!(says(&longest), longest);
    assert_eq!(says(&format!("{longest}x")), format!("{longest}…"));
    assert_eq!(says(&"x".repeat(100_000)), format!("{}…", "x".repeat(160)));
}

#[test]
fn everything_that_cannot_be_read_is_told_in_the_order_of_the_reading() {
    let mut request = Received::new(
        owned(&[("id", "x")]),
        owned(&[("limit", "x")]),
        owned(&[("x-count", "x")]),
        br#"{"on": 1, "list": {}, "unheard": 1}"#.to_vec(),
    );
    request.object(true);
    request.member::<Vec<i64>>("list");
    request.header::<i64>("X-Count");
    request.query::<i64>("limit");
    request.path::<i64>("id");
    request.member::<bool>("on");
    let found = request.finish().unwrap_err();
    let pointers: Vec<&str> = found.iter().map(|it| it.pointer.as_str()).collect();
    let expected = [
        "/body/list",
        "/header/X-Count",
        "/query/limit",
        "/path/id",
        "/body/on",
    ];
    assert_eq!(pointers, expected);
}

#[test]
fn request_shows_names_and_no_values() {
    let secret = |name: &str| owned(&[(name, "hidden")]);
    let body = b"{\"hidden\": 1}".to_vec();
    let mut request = Received::new(secret("id"), secret("token"), secret("x-auth"), body);
    assert_eq!(
        format!("{request:?}"),
        "Received { path: [\"id\"], query: [\"token\"], headers: [\"x-auth\"], body_bytes: 13, \
         violations: [] }"
    );
    request.query::<i64>("token");
    let shown = format!("{request:?}");
    assert!(shown.contains("a 64-bit integer"), "{shown}");
    assert!(!shown.contains("hidden"), "{shown}");
}

/// Objects are objects: a list of their values, without the names, is something else.
#[test]
fn list_is_not_read_as_an_object() {
    let part = json!(["n", [1], null, {}, null]);
    let mut request = with_object(json!({"part": part, "parts": [{}, part]}));
    assert_eq!(request.member::<Part>("part"), None);
    assert_eq!(request.member::<Vec<Part>>("parts"), None);
    let expected = ["/body/part", "/body/parts/1"]
        .map(|at| format!("{at}: cannot be read: invalid type: sequence, expected struct Part"));
    assert_eq!(wrong(request), expected.join("\n"));
}
