//! What lenient decoding accepts, and what it must refuse.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Debug;

use cloudbackup_core::Timestamp;
use cloudbackup_core::de::{Lenient, lenient};
use serde::Deserializer;
use serde::de::Visitor;
use serde_json::{Value, json};

fn read<T: Lenient>(json: &str) -> Result<T, String> {
    lenient(&mut serde_json::Deserializer::from_str(json)).map_err(|error| error.to_string())
}

/// From a tree that was read before; it hands its texts over, where a text in
/// JSON is lent.
fn read_tree<T: Lenient>(json: &str) -> Result<T, String> {
    let tree: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    lenient(tree).map_err(|error| error.to_string())
}

#[track_caller]
fn accepts<T: Lenient + PartialEq + Debug>(table: &[(&str, T)]) {
    for (json, expected) in table {
        assert_eq!(read::<T>(json).as_ref(), Ok(expected), "{json}");
        assert_eq!(read_tree::<T>(json).as_ref(), Ok(expected), "{json}");
    }
}

#[track_caller]
fn refuses<T: Lenient + Debug>(table: &[&str]) {
    for json in table {
        for read in [read::<T>(json), read_tree::<T>(json)] {
            assert!(read.is_err(), "{json} became {read:?}");
        }
    }
}

#[test]
fn integers() {
    accepts::<i64>(&[
        ("0", 0),
        ("-0", 0),
        ("7", 7),
        ("\"7\"", 7),
        ("\"-7\"", -7),
        ("\"007\"", 7),
        ("1.0", 1),
        ("1e3", 1000),
        ("-2.50e1", -25),
        ("\"1.0\"", 1),
        ("\"1e3\"", 1000),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("\"9223372036854775807\"", i64::MAX),
        ("9007199254740991.0", 9_007_199_254_740_991),
    ]);
    refuses::<i64>(&[
        "1.5",
        "\"1.5\"",
        "1e-1",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "\"9223372036854775808\"",
        "1e19",
        "1e300",
        // From 2^53 on a float may stand for several integers.
        "9007199254740993.0",
        "\"9007199254740993.0\"",
        "\"\"",
        "\" 7\"",
        "\"seven\"",
        "\"NaN\"",
        "\"inf\"",
        "\"0x7\"",
        "true",
        "null",
        "[]",
        "{}",
    ]);
}

#[test]
fn floats() {
    accepts::<f64>(&[
        ("1", 1.0),
        ("-7", -7.0),
        ("1.5", 1.5),
        ("-1e-3", -0.001),
        ("\"1.5\"", 1.5),
        ("\"2\"", 2.0),
        ("18446744073709551615", 18_446_744_073_709_551_615.0),
    ]);
    refuses::<f64>(&[
        "\"\"",
        "\"NaN\"",
        "\"inf\"",
        "\"-infinity\"",
        "\"1e999\"",
        "true",
        "null",
        "[1]",
    ]);
}

#[test]
fn booleans() {
    accepts::<bool>(&[
        ("true", true),
        ("false", false),
        ("\"true\"", true),
        ("\"false\"", false),
    ]);
    refuses::<bool>(&["\"True\"", "\"Y\"", "\"\"", "1", "0", "null", "[]"]);
}

#[test]
fn text() {
    let text = |text: &str| text.to_owned();
    accepts::<String>(&[
        ("\"\"", text("")),
        ("\"a\\nb\"", text("a\nb")),
        ("\"null\"", text("null")),
        ("7", text("7")),
        ("-7", text("-7")),
        ("18446744073709551615", text("18446744073709551615")),
        ("1.0", text("1.0")),
        ("5.6", text("5.6")),
        ("true", text("true")),
    ]);
    refuses::<String>(&["null", "[]", "{}", "[\"a\"]"]);
}

#[test]
fn times_and_json() {
    accepts::<Timestamp>(&[
        ("\"\"", "".into()),
        ("1533523274000", "1533523274000".into()),
    ]);
    refuses::<Timestamp>(&["null", "[]"]);
    accepts::<Value>(&[("null", json!(null)), ("{\"a\": [1]}", json!({"a": [1]}))]);
}

#[test]
fn options() {
    accepts::<Option<i64>>(&[("null", None), ("\"7\"", Some(7)), ("1.0", Some(1))]);
    accepts::<Option<String>>(&[
        ("null", None),
        ("7", Some("7".into())),
        ("\"\"", Some("".into())),
    ]);
    accepts::<Option<Timestamp>>(&[("null", None), ("\"odd\"", Some("odd".into()))]);
    accepts::<Option<Vec<i64>>>(&[
        ("null", None),
        ("[]", Some(vec![])),
        ("[\"1\"]", Some(vec![1])),
    ]);
    refuses::<Option<i64>>(&["\"x\"", "1.5", "[]"]);
}

#[test]
fn lists() {
    accepts::<Vec<i64>>(&[
        ("null", vec![]),
        ("[]", vec![]),
        ("[1, \"2\", 3.0]", vec![1, 2, 3]),
    ]);
    accepts::<Vec<Option<i64>>>(&[("[null, \"2\"]", vec![None, Some(2)])]);
    accepts::<Vec<Vec<i64>>>(&[("[null, [1]]", vec![vec![], vec![1]])]);
    refuses::<Vec<i64>>(&["{}", "1", "\"\"", "\"[1]\"", "[1.5]", "[null]"]);
}

#[test]
fn maps() {
    let map = |pairs: &[(&str, i64)]| -> BTreeMap<String, i64> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), *value))
            .collect()
    };
    accepts(&[
        ("null", map(&[])),
        ("{}", map(&[])),
        ("{\"a\": \"1\", \"b\": 2}", map(&[("a", 1), ("b", 2)])),
    ]);
    refuses::<BTreeMap<String, i64>>(&["[]", "1", "\"\"", "{\"a\": null}", "{\"a\": \"x\"}"]);
}

#[derive(serde::Deserialize, Debug, PartialEq)]
struct Named {
    #[serde(deserialize_with = "lenient")]
    id: String,
}

#[derive(serde::Deserialize, Debug, PartialEq)]
struct Reply {
    #[serde(deserialize_with = "lenient")]
    count: i64,
    #[serde(default, deserialize_with = "lenient")]
    size: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    items: Vec<Named>,
    #[serde(default, deserialize_with = "lenient")]
    by_name: BTreeMap<String, Named>,
}

impl Lenient for Named {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        cloudbackup_core::de::object(deserializer)
    }
}

#[test]
fn a_list_is_not_an_object_by_position() {
    let error = reply(json!({"count": 1, "items": [["a"]]})).unwrap_err();
    assert!(error.contains("expected an object"), "{error}");
}

fn reply(value: Value) -> Result<Reply, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn members() {
    let expected = |size, items| Reply {
        count: 1,
        size,
        items,
        by_name: BTreeMap::new(),
    };
    let table = [
        (json!({"count": "1"}), expected(None, vec![])),
        (
            json!({"count": 1, "size": null, "items": null, "by_name": null}),
            expected(None, vec![]),
        ),
        (
            json!({"count": 1, "size": "2803", "new": {}}),
            expected(Some(2803), vec![]),
        ),
        (
            json!({"count": 1.0, "items": [{"id": 7}]}),
            expected(None, vec![Named { id: "7".into() }]),
        ),
    ];
    for (value, expected) in table {
        assert_eq!(reply(value.clone()), Ok(expected), "{value}");
    }
    let named = reply(json!({"count": 1, "by_name": {"a": {"id": true}}})).unwrap();
    assert_eq!(named.by_name["a"], Named { id: "true".into() });
}

#[test]
fn promised_members_are_insisted_on() {
    assert_eq!(reply(json!({})), Err("missing field `count`".into()));
    let null = reply(json!({"count": null})).unwrap_err();
    assert_eq!(
        null,
        "invalid type: null, expected an integer of at most 64 bits"
    );
    let object = reply(json!({"count": 1, "items": {}})).unwrap_err();
    assert!(
        object.starts_with("invalid type: map, expected a list"),
        "{object}"
    );
}

#[test]
fn errors_say_what_was_found() {
    fn error<T: Lenient>(json: &str) -> String {
        read::<T>(json).map(drop).unwrap_err()
    }
    let integer = "expected an integer of at most 64 bits";
    let table = [
        (
            error::<i64>("1.5"),
            format!("invalid value: floating point `1.5`, {integer}"),
        ),
        (
            error::<i64>("\"x\""),
            format!("invalid value: string \"x\", {integer}"),
        ),
        (
            error::<f64>("true"),
            "invalid type: boolean `true`, expected a number".into(),
        ),
        (
            error::<bool>("1"),
            "invalid type: integer `1`, expected true or false".into(),
        ),
        (
            error::<String>("null"),
            "invalid type: null, expected text".into(),
        ),
        (
            error::<Timestamp>("null"),
            "invalid type: null, expected a time as text or number".into(),
        ),
        (
            error::<Vec<i64>>("{}"),
            "invalid type: map, expected a list".into(),
        ),
        (
            error::<BTreeMap<String, i64>>("[]"),
            "invalid type: sequence, expected an object".into(),
        ),
    ];
    for (error, start) in table {
        assert!(error.starts_with(&start), "{error}");
    }
}

/// A format that, unlike JSON, says of each value whether there is one.
struct Marked<D>(Option<D>);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Marked<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        match self.0 {
            Some(value) => visitor.visit_some(value),
            None => visitor.visit_none(),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[test]
fn formats_that_mark_what_is_there_are_read_alike() {
    fn read<T: Lenient>(value: Option<Value>) -> T {
        lenient(Marked(value)).unwrap()
    }
    assert_eq!(read::<Vec<i64>>(Some(json!(["1", 2]))), [1, 2]);
    assert_eq!(read::<Vec<i64>>(None), Vec::<i64>::new());
    let map = read::<BTreeMap<String, i64>>(Some(json!({"a": "1"})));
    assert_eq!(map, BTreeMap::from([("a".to_owned(), 1)]));
    assert_eq!(read::<BTreeMap<String, i64>>(None), BTreeMap::new());
    assert_eq!(read::<Option<i64>>(Some(json!("1"))), Some(1));
    assert_eq!(read::<Option<i64>>(None), None);
}

/// serde buffers values for flattened members and untagged unions; the buffer
/// is another deserializer.
#[test]
fn buffered_values_are_read_alike() {
    #[derive(serde::Deserialize)]
    struct Outer {
        #[serde(flatten)]
        inner: Reply,
        #[serde(flatten)]
        lists: Lists,
    }
    #[derive(serde::Deserialize)]
    struct Lists {
        #[serde(default, deserialize_with = "lenient")]
        sizes: Vec<i64>,
        #[serde(default, deserialize_with = "lenient")]
        ratio: Option<f64>,
    }
    let value = json!({"count": "1", "size": 2.0, "sizes": null, "ratio": "0.5"});
    let outer: Outer = serde_json::from_value(value).unwrap();
    assert_eq!((outer.inner.count, outer.inner.size), (1, Some(2)));
    assert_eq!((outer.lists.sizes, outer.lists.ratio), (vec![], Some(0.5)));
}
