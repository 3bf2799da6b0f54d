//! Conversions to and from the time types of other crates, by feature.
//!
//! Into such a type: `TryFrom<&Timestamp>`, which fails with
//! [`TimeError`](super::TimeError). A type that carries an offset needs a text
//! that names one; a type that is an instant takes a text without an offset as
//! UTC, as [`Timestamp::unix_seconds`](super::Timestamp::unix_seconds) does.
//! Out of such a type: `From`, which never fails.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "time")]
mod time;

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
use super::{TimeError, Timestamp};

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
impl TimeError {
    const UNREADABLE: Self = Self {
        reason: "the text is not a time in a known form",
    };
    const NO_OFFSET: Self = Self {
        reason: "the time names no UTC offset",
    };
    const OUT_OF_RANGE: Self = Self {
        reason: "the time lies outside the range of the type",
    };
}

/// Seconds and nanoseconds since the epoch.
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
fn instant(time: &Timestamp) -> Result<(i64, u32), TimeError> {
    time.instant().ok_or(TimeError::UNREADABLE)
}

/// The offset of a text that is known to be readable.
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
fn offset(time: &Timestamp) -> Result<i32, TimeError> {
    time.offset().ok_or(TimeError::NO_OFFSET)
}
