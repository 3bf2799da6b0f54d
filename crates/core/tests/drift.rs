//! What a reply holds beyond its types is told, with its place, and nothing else is.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::panic;
use std::thread;

use cloudbackup_core::de::drift::{DriftKind, Finding, watch};
use cloudbackup_core::de::{self, Lenient, Read};
use cloudbackup_core::enums::{self, OpenEnum, UnknownJson, UnknownValue};
use serde::{Deserialize, Deserializer};

#[derive(Debug, PartialEq)]
enum Status {
    Ready,
    Unknown(UnknownValue),
}

impl OpenEnum for Status {
    const VALUES: &'static [&'static str] = &["READY"];

    fn from_text(text: String) -> Self {
        match text.as_str() {
            "READY" => Self::Ready,
            _ => Self::Unknown(UnknownValue::new(text)),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Ready => "READY",
            Self::Unknown(value) => value.as_str(),
        }
    }
}

impl Lenient for Status {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        enums::deserialize(deserializer)
    }
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Node {
    #[serde(rename = "type", alias = "kind", deserialize_with = "de::lenient")]
    node_type: Option<i64>,
    #[serde(deserialize_with = "de::lenient")]
    status: Option<Status>,
    #[serde(deserialize_with = "de::lenient")]
    inner: Option<Box<Node>>,
    #[serde(deserialize_with = "de::lenient")]
    list: Option<Vec<Node>>,
    #[serde(deserialize_with = "de::lenient")]
    map: BTreeMap<String, Node>,
    #[serde(deserialize_with = "de::lenient")]
    states: Vec<Vec<Status>>,
    #[serde(deserialize_with = "de::lenient")]
    any: Option<serde_json::Value>,
    #[serde(deserialize_with = "de::lenient")]
    source: Option<Source>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Well {
    #[serde(default, deserialize_with = "de::lenient")]
    status: Option<Status>,
    #[serde(default, deserialize_with = "de::lenient")]
    source: Option<Box<Source>>,
    #[serde(deserialize_with = "de::lenient")]
    depth: i64,
}

#[derive(Debug, Deserialize, PartialEq)]
struct River {
    #[serde(deserialize_with = "de::lenient")]
    river: String,
    #[serde(default, deserialize_with = "de::lenient")]
    status: Option<Status>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Source {
    #[serde(deserialize_with = "de::lenient")]
    Well(Well),
    #[serde(deserialize_with = "de::lenient")]
    River(River),
    Unknown(UnknownJson),
}

impl Lenient for Source {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

macro_rules! from_object {
    ($($name:ident)*) => {$(
        impl Lenient for $name {
            fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                de::object(deserializer)
            }
        }
    )*};
}
from_object! { Node Well River }

fn read<T: Lenient>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text).map(|Read(value)| value)
}

/// Each finding as one text, in their order.
fn found<T: Lenient>(text: &str) -> Vec<String> {
    let (decoded, findings) = watch(|| read::<T>(text));
    assert!(decoded.is_ok(), "{text}");
    findings.iter().map(shown).collect()
}

fn shown(finding: &Finding) -> String {
    let (path, type_name) = (finding.path(), finding.type_name());
    match (finding.kind(), type_name, finding.value()) {
        (DriftKind::UnknownMember, Some(name), None) => format!("{path} of {name}"),
        (DriftKind::UnknownValue, Some(name), Some(value)) => format!("{path}: {name} {value}"),
        (DriftKind::UnknownVariant, None, None) => format!("{path}: ?"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn unknown_members_are_found_wherever_they_stand() {
    for (text, paths) in [
        (r#"{"new": 1}"#, vec!["new of Node"]),
        (r#"{"inner": {"new": null}}"#, vec!["inner.new of Node"]),
        (
            r#"{"list": [{}, {"new": {"type": 1}}]}"#,
            vec!["list[].new of Node"],
        ),
        (r#"{"map": {"a": {"new": []}}}"#, vec!["map.*.new of Node"]),
        (
            r#"{"b": 1, "list": [{"list": [{"x": 1}], "y": 1}], "a": 1, "inner": {"inner": {"z": 1}}}"#,
            vec![
                "b of Node",
                "list[].list[].x of Node",
                "list[].y of Node",
                "a of Node",
                "inner.inner.z of Node",
            ],
        ),
    ] {
        assert_eq!(found::<Node>(text), paths, "{text}");
    }
}

#[test]
fn unknown_values_are_found_with_their_place() {
    for (text, places) in [
        (r#"{"status": "GONE"}"#, vec!["status: Status GONE"]),
        (r#"{"status": "ready"}"#, vec!["status: Status ready"]),
        (r#"{"status": 1}"#, vec!["status: Status 1"]),
        (r#"{"status": ""}"#, vec!["status: Status "]),
        (
            r#"{"list": [{"status": "A"}, {"status": "B"}], "states": [["READY", "C"]]}"#,
            vec![
                "list[].status: Status A",
                "list[].status: Status B",
                "states[][]: Status C",
            ],
        ),
    ] {
        assert_eq!(found::<Node>(text), places, "{text}");
    }
}

#[test]
fn what_is_known_is_no_finding() {
    let text = r#"{"type": 1, "status": "READY", "inner": {"kind": 2, "status": null},
        "list": [], "map": {"key of the user": {}}, "states": [["READY"]],
        "any": {"new": 1}, "source": {"depth": 1, "status": "READY"}}"#;
    assert_eq!(found::<Node>(text), [""; 0]);
    assert_eq!(
        found::<Node>(r#"{"list": null, "source": null, "map": null}"#),
        [""; 0]
    );
}

#[test]
fn finding_of_many_items_is_told_once() {
    let text = r#"{"list": [{"new": 1, "status": "A"}, {"status": "A", "new": 2}]}"#;
    assert_eq!(
        found::<Node>(text),
        ["list[].new of Node", "list[].status: Status A"]
    );
}

#[test]
fn only_the_branch_that_fits_finds() {
    // As a well it would have an unknown member and an unknown value before it fails.
    let river = r#"{"source": {"river": "Po", "status": "DRY"}}"#;
    assert_eq!(found::<Node>(river), ["source.status: Status DRY"]);
    let river = r#"{"source": {"new": 1, "river": "Po", "source": {"x": 1, "depth": 1}}}"#;
    assert_eq!(
        found::<Node>(river),
        ["source.new of River", "source.source of River"]
    );
    let well = r#"{"source": {"depth": 1, "source": {"depth": 2, "new": 1}}}"#;
    assert_eq!(found::<Node>(well), ["source.source.new of Well"]);
}

#[test]
fn union_that_fits_nothing_is_told_alone() {
    for source in [
        r#"{"new": 1, "status": "A"}"#,
        r#"{"depth": "deep"}"#,
        "7",
        "[[1]]",
    ] {
        let text = format!(r#"{{"list": [{{"source": {source}}}]}}"#);
        assert_eq!(found::<Node>(&text), ["list[].source: ?"], "{text}");
    }
}

#[test]
fn finding_before_a_failed_branch_stays() {
    let text = r#"{"status": "A", "b": 1, "source": {"c": 1, "river": "Po"}, "d": 1}"#;
    let all = [
        "status: Status A",
        "b of Node",
        "source.c of River",
        "d of Node",
    ];
    assert_eq!(found::<Node>(text), all);
}

#[test]
fn failed_decoding_finds_nothing() {
    for text in [
        r#"{"new": 1, "status": []}"#,
        r#"{"list": [{"new": 1}"#,
        "[1]",
    ] {
        let (node, findings) = watch(|| read::<Node>(text));
        assert!(node.is_err() && findings.is_empty(), "{findings:?}");
    }
    // The place is left on the way out of a failure.
    let (_, findings) = watch(|| {
        read::<Node>(r#"{"list": [{"map": {"a": {"status": []}}}]}"#).unwrap_err();
        read::<Node>(r#"{"new": 1}"#).unwrap();
    });
    assert_eq!(findings[0].path(), "new");
}

#[test]
fn findings_and_their_texts_are_bounded() {
    let members: Vec<_> = (0..300).map(|n| format!(r#""m{n}": 1"#)).collect();
    let text = format!("{{{}}}", members.join(","));
    let all = found::<Node>(&text);
    assert_eq!(all.len(), 100);
    assert_eq!(all[99], "m99 of Node");
    let (exact, long) = ("é".repeat(64), "é".repeat(65));
    let text = format!(r#"{{"status": "{long}", "{long}": 1, "inner": {{"{exact}": 1}}}}"#);
    assert_eq!(
        found::<Node>(&text),
        [
            format!("status: Status {exact}…"),
            format!("{exact}… of Node"),
            format!("inner.{exact} of Node")
        ]
    );
    // What a failed branch found takes no room.
    let text = format!(
        r#"{{"source": {{{}, "river": "Po"}}}}"#,
        members[..99].join(",")
    );
    let all = found::<Node>(&text);
    assert_eq!((all.len(), all[0].as_str()), (99, "source.m0 of River"));
}

#[test]
fn watch_sees_its_own_time_and_thread_only() {
    read::<Node>(r#"{"before": 1}"#).unwrap();
    let ((), findings) = watch(|| {
        thread::spawn(|| read::<Node>(r#"{"elsewhere": 1}"#).unwrap())
            .join()
            .unwrap();
        read::<Node>(r#"{"here": 1}"#).unwrap();
    });
    read::<Node>(r#"{"after": 1}"#).unwrap();
    let paths: Vec<_> = findings.iter().map(Finding::path).collect();
    assert_eq!(paths, ["here"]);
    assert!(watch(|| ()).1.is_empty());
}

#[test]
fn inner_watch_keeps_its_findings_to_itself() {
    let (inner, outer) = watch(|| {
        read::<Node>(r#"{"a": 1}"#).unwrap();
        let (_, inner) = watch(|| read::<Node>(r#"{"b": 1}"#).unwrap());
        read::<Node>(r#"{"c": 1}"#).unwrap();
        inner
    });
    let paths = |findings: &[Finding]| findings.iter().map(shown).collect::<Vec<_>>();
    assert_eq!(paths(&inner), ["b of Node"]);
    assert_eq!(paths(&outer), ["a of Node", "c of Node"]);
}

#[test]
fn panic_ends_its_watch_and_no_other() {
    struct Panics;

    impl<'de> Deserialize<'de> for Panics {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            panic::resume_unwind(Box::new(()))
        }
    }

    #[derive(Deserialize)]
    struct Holder {
        #[serde(rename = "panics")]
        _panics: Panics,
    }
    from_object! { Holder }

    let text = r#"{"lost": 1, "panics": 1}"#;
    let caught = panic::catch_unwind(|| watch(|| read::<Holder>(text).is_ok()));
    assert!(caught.is_err());

    let ((), findings) = watch(|| {
        let caught = panic::catch_unwind(|| watch(|| read::<Holder>(text).is_ok()));
        assert!(caught.is_err());
        let caught = panic::catch_unwind(|| read::<Vec<Holder>>(&format!("[{text}]")).is_ok());
        assert!(caught.is_err());
        read::<Node>(r#"{"kept": 1}"#).unwrap();
    });
    // The decoding that the second panic ended was this watch's own, and its place was left.
    let paths: Vec<_> = findings.iter().map(Finding::path).collect();
    assert_eq!(paths, ["[].lost", "kept"]);
}

#[test]
fn type_is_named_without_its_module_and_arguments() {
    struct Open<T>(T);

    impl<T: From<String> + AsRef<str>> OpenEnum for Open<T> {
        const VALUES: &'static [&'static str] = &[];

        fn from_text(text: String) -> Self {
            Self(text.into())
        }

        fn as_str(&self) -> &str {
            self.0.as_ref()
        }
    }

    impl<T: From<String> + AsRef<str>> Lenient for Open<T> {
        fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            enums::deserialize(deserializer)
        }
    }

    assert_eq!(found::<Open<String>>("7"), [": Open 7"]);
}

#[test]
fn objects_of_other_forms_are_read_as_before() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Flat {
        #[serde(flatten)]
        river: River,
        #[serde(deserialize_with = "de::lenient")]
        list: Vec<Node>,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(transparent)]
    struct Transparent(Well);
    #[derive(Debug, Deserialize, PartialEq)]
    enum Tagged {
        Well(Well),
    }
    #[derive(Debug, Deserialize, PartialEq)]
    struct Nothing {}
    from_object! { Flat Transparent Tagged Nothing }

    // A type that flattens another does not tell its members, so its list has no name either.
    let flat = r#"{"river": "Po", "new": 1, "list": [{"new": 1}]}"#;
    assert_eq!(found::<Flat>(flat), ["[].new of Node"]);
    assert_eq!(read::<Flat>(flat).unwrap().river.river, "Po");
    assert_eq!(
        found::<Transparent>(r#"{"depth": 1, "new": 1}"#),
        ["new of Well"]
    );
    assert_eq!(read::<Tagged>(r#"{"Well": {"depth": 1}}"#).unwrap(), {
        Tagged::Well(Well {
            status: None,
            source: None,
            depth: 1,
        })
    });
    assert_eq!(found::<Nothing>(r#"{"new": {}}"#), ["new of Nothing"]);
    assert!(read::<Tagged>(r#"{"River": 1}"#).is_err());
    assert!(read::<Nothing>("[]").is_err());
}
