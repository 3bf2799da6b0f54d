//! What the generated models stand on; see the README below for a tour.
#![doc = include_str!("../README.md")]

pub mod blob;
pub mod builder;
pub mod de;
pub mod enums;
pub mod finding;
pub mod operation;
pub mod paging;
pub mod secret;
#[cfg(feature = "server")]
pub mod server;
pub mod time;
pub mod union;
pub mod validate;
pub mod waiting;

pub use crate::blob::Blob;
pub use crate::builder::{MissingMember, Set, Unset};
pub use crate::enums::{OpenEnum, UnknownJson, UnknownValue};
pub use crate::operation::{Operation, OperationInfo, RequestParts};
pub use crate::secret::Secret;
pub use crate::time::{TimeFormat, Timestamp};
pub use crate::validate::{Validate, Validator, Violation, ViolationKind, Violations};

/// Any JSON value, for members that the documents leave open.
pub use serde_json::Value as Json;
