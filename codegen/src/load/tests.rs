//! Loading, with an eye on hostile texts.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::json;

use super::*;

fn try_load(path: &str, text: &str) -> (Sources, Option<Document>, Diagnostics) {
    let mut sources = Sources::new();
    let id = sources.add(path, text);
    let mut diags = Diagnostics::new();
    let document = load(&sources, id, &mut diags);
    (sources, document, diags)
}

fn good(path: &str, text: &str) -> (Sources, Document) {
    let (sources, document, diags) = try_load(path, text);
    assert!(diags.is_empty(), "{diags:?}");
    (sources, document.unwrap())
}

/// Code, line and column of the only finding.
fn bad(path: &str, text: &str) -> (&'static str, usize, usize) {
    let (sources, _, diags) = try_load(path, text);
    assert_eq!(diags.len(), 1, "{diags:?}");
    let found = diags.iter().next().unwrap();
    let (line, col) = sources.line_col(found.span().unwrap());
    (found.code.as_str(), line, col)
}

/// What the spans of a pointer cover: key, value.
fn marked(path: &str, text: &str, pointer: &str) -> (String, String) {
    let (sources, document) = good(path, text);
    let part = |span| sources.slice(span).to_owned();
    (
        part(document.key_span(pointer)),
        part(document.value_span(pointer)),
    )
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[test]
fn yaml_values_follow_the_core_schema() {
    let text = "a: ON\nb: 'true'\nc: true\nd: 1.0\ne: [1, ~]\nf: !!str 12\n200: {x: y}\nnull: z\n";
    let (_, document) = good("a.yaml", text);
    let wanted = json!({
        "a": "ON", "b": "true", "c": true, "d": 1.0, "e": [1, null], "f": "12",
        "200": {"x": "y"}, "null": "z",
    });
    assert_eq!(document.value, wanted);
    let order: Vec<_> = document.value.as_object().unwrap().keys().collect();
    assert_eq!(order, ["a", "b", "c", "d", "e", "f", "200", "null"]);
}

#[test]
fn spans_cover_keys_and_first_lines() {
    let text = "é: 1\npaths:\n  /a/{b}: # note\n    - name: x  \n      in: y\n    - [1,\n       2]\ntext: |\n  one\n  two\nempty:\nq: 'a b'\n";
    let at = |pointer: &str| marked("a.yaml", text, pointer);
    assert_eq!(at("/é"), pair("é", "1"));
    assert_eq!(at("/paths"), pair("paths", "/a/{b}:"[..6].as_ref()));
    assert_eq!(at("/paths/~1a~1{b}").0, "/a/{b}");
    assert_eq!(at("/paths/~1a~1{b}/0"), pair("name: x", "name: x"));
    assert_eq!(at("/paths/~1a~1{b}/0/in"), pair("in", "y"));
    assert_eq!(at("/paths/~1a~1{b}/1"), pair("[1", "[1"));
    assert_eq!(at("/text"), pair("text", "one"));
    assert_eq!(at("/empty"), pair("empty", "empty"));
    assert_eq!(at("/q"), pair("q", "'a b'"));
    assert_eq!(at("/q/none/such"), pair("q", "q"));
}

#[test]
fn json_spans_cover_the_same() {
    let text = "{\n \"a\\u00e9\": [1, {\"b\": \"x\\\"}\"}, null],\n \"c\": {\n  \"d\": true\n }\n}";
    let at = |pointer: &str| marked("a.JSON", text, pointer);
    assert_eq!(at("/aé/0"), pair("1", "1"));
    assert_eq!(at("/aé/1/b"), pair("\"b\"", "\"x\\\"}\""));
    assert_eq!(at("/aé/2"), pair("null", "null"));
    assert_eq!(at("/c"), pair("\"c\"", "{"));
    assert_eq!(at("/c/d"), pair("\"d\"", "true"));
}

#[test]
fn byte_order_mark_and_line_ends_are_no_matter() {
    let bom = marked("a.yaml", "\u{FEFF}a: é\nb: 2\n", "/b");
    assert_eq!(bom, pair("b", "2"));
    assert_eq!(
        marked("a.json", "\u{FEFF}{\"b\": 2}", "/b"),
        pair("\"b\"", "2")
    );
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a: 1", "b:", "  c: x", "d: |", "  one", "  two", ""].join(end);
        let (_, document) = good("a.yaml", &text);
        let wanted = json!({"a": 1, "b": {"c": "x"}, "d": "one\ntwo\n"});
        assert_eq!(document.value, wanted, "{end:?}");
        assert_eq!(marked("a.yaml", &text, "/b/c"), pair("c", "x"));
    }
}

#[test]
fn aliases_copy_and_stay_bounded() {
    let (_, document) = good("a.yaml", "a: &x {k: [1]}\nb: *x\n");
    assert_eq!(document.value["b"], json!({"k": [1]}));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let parts = vec![format!("*a{}", i - 1); 9].join(", ");
        bomb += &format!("a{i}: &a{i} [{parts}]\n");
    }
    assert_eq!(bad("a.yaml", &bomb).0, "E012");
    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(1 << 20),
        "*a, ".repeat(100)
    );
    assert_eq!(bad("a.yaml", &long).0, "E012");
    let mut deep = "a0: &a0 [x]\n".to_owned();
    for i in 1..200 {
        deep += &format!("a{i}: &a{i} [*a{}]\n", i - 1);
    }
    assert_eq!(bad("a.yaml", &deep).0, "E013");
    assert_eq!(bad("a.yaml", "a: &a [1, *a]\n"), ("E014", 1, 11));
    assert_eq!(bad("a.yaml", "a: *b\n").0, "E014");
}

#[test]
fn depth_is_capped_without_recursion() {
    let nested = |n: usize| format!("{{\"a\": {}{}}}", "[".repeat(n), "]".repeat(n));
    for path in ["a.json", "a.yaml"] {
        good(path, &nested(MAX_DEPTH - 1));
        assert_eq!(bad(path, &nested(MAX_DEPTH)).0, "E013", "{path}");
        assert_eq!(bad(path, &nested(100_000)).0, "E013", "{path}");
    }
    let blocks: String = (0..3000)
        .map(|i| format!("{}a:\n", " ".repeat(i)))
        .collect();
    assert_eq!(bad("a.yaml", &blocks), ("E013", 128, 128));
}

#[test]
fn what_yaml_allows_and_a_spec_does_not_is_located() {
    let mut wrong = Vec::new();
    for (text, wanted) in [
        ("", ("E005", 1, 1)),
        ("  \n\n", ("E005", 1, 1)),
        ("# only\n", ("E005", 1, 1)),
        ("just text\n", ("E006", 1, 1)),
        ("- a\n", ("E006", 1, 1)),
        ("a: 1\nb: 2\na: 3\n", ("E003", 3, 1)),
        ("a: 1\n---\nb: 2\n", ("E008", 2, 1)),
        ("a: 1\n? [b]\n: 2\n", ("E009", 2, 3)),
        ("a: 1\n{b: c}: 2\n", ("E009", 2, 1)),
        ("a: &x k\n*x : 2\n", ("E009", 2, 1)),
        ("a: 1\n: 2\n", ("E009", 2, 1)),
        ("a: !thing 1\n", ("E010", 1, 4)),
        ("a: !!binary aGk=\n", ("E010", 1, 4)),
        ("a: !!int x\n", ("E010", 1, 4)),
        ("a: !thing [1]\n", ("E010", 1, 4)),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", ("E011", 3, 3)),
        ("a: .inf\n", ("E015", 1, 4)),
        ("a: 99999999999999999999\n", ("E015", 1, 4)),
        ("a: 1\nb: x\0y\n", ("E004", 2, 5)),
        ("a:\n\tb: 1\n", ("E007", 2, 1)),
        ("a:\n  b: 1\n\tc: 1\n", ("E007", 3, 1)),
        ("a: b: c\n", ("E001", 1, 5)),
        ("a: [1, 2\n", ("E001", 1, 8)),
        ("a: 'x\n", ("E001", 1, 4)),
        ("a: 1\n b: 2\n", ("E001", 2, 3)),
        ("a: \"\\ud83d\\ude00\"\n", ("E001", 1, 4)),
    ] {
        let found = bad("a.yaml", text);
        if found != wanted {
            wrong.push((text, wanted, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_no_json_is_located() {
    for (text, wanted) in [
        ("{\"a\": 1,\n \"a\": 2}", ("E003", 2, 2)),
        ("{\"a\": {\"b\": 1}, \"a\": {\"b\": 1}}", ("E003", 1, 17)),
        ("{\"a\": 1", ("E002", 1, 7)),
        ("{\"a\": 1}\n{}", ("E002", 2, 1)),
        ("{\"é\": 1,}", ("E002", 1, 9)),
        ("{'a': 1}", ("E002", 1, 2)),
        ("[1]", ("E006", 1, 1)),
    ] {
        assert_eq!(bad("a.json", text), wanted, "{text:?}");
    }
}
