//! Open enums and unions keep what they do not know.
#![allow(clippy::unwrap_used)]

use cloudbackup_core::enums::{self, OpenEnum, UnknownJson, UnknownValue};
use cloudbackup_core::operation::WireText;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

#[derive(Clone, Debug, PartialEq)]
enum Status {
    Building,
    Completed,
    Unknown(UnknownValue),
}

impl OpenEnum for Status {
    const VALUES: &'static [&'static str] = &["BUILDING", "COMPLETED"];

    fn from_text(text: String) -> Self {
        match text.as_str() {
            "BUILDING" => Self::Building,
            "COMPLETED" => Self::Completed,
            _ => Self::Unknown(UnknownValue::new(text)),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Building => "BUILDING",
            Self::Completed => "COMPLETED",
            Self::Unknown(value) => value.as_str(),
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        enums::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        enums::deserialize(deserializer)
    }
}

#[test]
fn known_and_unknown_values_round_trip() {
    for text in ["BUILDING", "COMPLETED", "DELETING", "building", ""] {
        let status: Status = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(status.as_str(), text);
        assert_eq!(serde_json::to_value(&status).unwrap(), json!(text));
        assert_eq!(status.is_known(), Status::VALUES.contains(&text), "{text}");
    }
    let known: Status = serde_json::from_value(json!("COMPLETED")).unwrap();
    assert_eq!(known, Status::Completed);
    let unknown: Status = serde_json::from_value(json!("DELETING")).unwrap();
    let Status::Unknown(value) = &unknown else {
        panic!("{unknown:?}")
    };
    assert_eq!(format!("[{value:>10}]"), "[  DELETING]");
}

#[test]
fn other_scalars_count_as_their_text() {
    for (value, text) in [
        (json!(1), "1"),
        (json!(-1), "-1"),
        (json!(1.5), "1.5"),
        (json!(1.0), "1.0"),
        (json!(true), "true"),
    ] {
        let status: Status = serde_json::from_value(value).unwrap();
        assert_eq!(status.as_str(), text);
    }
}

#[test]
fn other_values_are_refused_with_the_known_ones() {
    for value in [json!(null), json!([]), json!({})] {
        let error = serde_json::from_value::<Status>(value)
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("expected a text such as `BUILDING`, `COMPLETED`"),
            "{error}"
        );
    }
}

#[test]
fn open_enums_are_wire_text() {
    assert_eq!(Status::Building.wire_text(), "BUILDING");
    assert_eq!(Status::from_text("x".into()).wire_text(), "x");
}

#[test]
fn unknown_branches_are_written_back_as_they_came() {
    let text = r#"{"b":[1,null],"a":"x"}"#;
    let branch: UnknownJson = serde_json::from_str(text).unwrap();
    assert_eq!(branch.as_json()["b"][0], 1);
    assert_eq!(
        serde_json::to_value(&branch).unwrap(),
        serde_json::from_str::<serde_json::Value>(text).unwrap()
    );
    assert_eq!(branch, UnknownJson::new(json!({"b": [1, null], "a": "x"})));
}
