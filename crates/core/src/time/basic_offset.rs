//! For members that must be sent as `2018-08-06T10:41:14+0800`.
//!
//! ```
//! # use cloudbackup_core::Timestamp;
//! #[derive(serde::Serialize)]
//! struct Query {
//!     #[serde(
//!         serialize_with = "cloudbackup_core::time::basic_offset::serialize",
//!         skip_serializing_if = "Option::is_none"
//!     )]
//!     begin_time: Option<Timestamp>,
//! }
//! let query = Query { begin_time: Some("2018-08-06T10:41:14+08:00".into()) };
//! assert_eq!(
//!     serde_json::to_string(&query)?,
//!     r#"{"begin_time":"2018-08-06T10:41:14+0800"}"#
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserializer, Serializer};

use super::{TimeFormat, Timestamp, serialize_as};
use crate::de;

/// Writes the time in the basic form; one that cannot be read, or that names
/// no offset, goes out as it is, because the service may know better.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serialize_as(TimeFormat::BasicOffset, time, serializer)
}

/// Reads any time, so that the module can stand in `#[serde(with = "…")]`.
///
/// # Errors
/// Those of the deserializer, and for a list or an object.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    de::lenient(deserializer)
}
