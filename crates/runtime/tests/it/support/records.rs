//! Operations whose reply has members of every kind that generated types have, in the same shape.

use std::collections::BTreeMap;

use cloudbackup_core::de::{self, Lenient};
use cloudbackup_core::enums::{self, OpenEnum, UnknownValue};
use cloudbackup_core::operation::{Method, Operation, OperationInfo, RequestParts};
use cloudbackup_core::{Timestamp, Validate, Validator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A list as a reply holds it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Records {
    #[serde(deserialize_with = "de::lenient")]
    pub(crate) records: Vec<Record>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) total_count: Option<i64>,
}

/// One of its items; only the id is promised.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Record {
    #[serde(deserialize_with = "de::lenient")]
    pub(crate) id: String,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) size: Option<i64>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) share: Option<f64>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) is_ready: Option<bool>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) status: Option<RecordStatus>,
    /// A yes or no that is documented as two letters.
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) retained: Option<Letter>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) zones: Option<Vec<String>>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) tags: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) anything: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordStatus {
    Building,
    Completed,
    Unknown(UnknownValue),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    Y,
    N,
    Unknown(UnknownValue),
}

impl OpenEnum for RecordStatus {
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

impl OpenEnum for Letter {
    const VALUES: &'static [&'static str] = &["Y", "N"];

    fn from_text(text: String) -> Self {
        match text.as_str() {
            "Y" => Self::Y,
            "N" => Self::N,
            _ => Self::Unknown(UnknownValue::new(text)),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Y => "Y",
            Self::N => "N",
            Self::Unknown(value) => value.as_str(),
        }
    }
}

impl Serialize for RecordStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        enums::serialize(self, serializer)
    }
}

impl Lenient for RecordStatus {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        enums::deserialize(deserializer)
    }
}

impl Lenient for Letter {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        enums::deserialize(deserializer)
    }
}

impl Lenient for Record {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

impl Lenient for Records {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

/// A read.
#[derive(Clone, Debug)]
pub(crate) struct ListRecords;

impl Validate for ListRecords {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for ListRecords {
    const INFO: OperationInfo =
        OperationInfo::new("test", "list_records", Method::Get, "/v3/records");
    type Output = Records;

    fn encode(&self, _: &mut RequestParts) {}
}

/// A write that is answered in the same way.
#[derive(Clone, Debug)]
pub(crate) struct ImportRecords;

impl Validate for ImportRecords {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for ImportRecords {
    const INFO: OperationInfo =
        OperationInfo::new("test", "import_records", Method::Post, "/v3/records/import");
    type Output = Records;

    fn encode(&self, request: &mut RequestParts) {
        request.body().always();
    }
}

/// A read whose reply holds its record under a name.
#[derive(Clone, Debug)]
pub(crate) struct ShowRecord;

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct ShowRecordOutput {
    #[serde(deserialize_with = "de::lenient")]
    pub(crate) record: Record,
}

impl Lenient for ShowRecordOutput {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

impl Validate for ShowRecord {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for ShowRecord {
    const INFO: OperationInfo =
        OperationInfo::new("test", "show_record", Method::Get, "/v3/records/r1");
    type Output = ShowRecordOutput;

    fn encode(&self, _: &mut RequestParts) {}
}
