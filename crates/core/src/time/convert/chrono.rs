//! `chrono`: `DateTime<Utc>` is an instant, `DateTime<FixedOffset>` has an offset.

use ::chrono::{DateTime, FixedOffset, Offset, TimeZone, Utc};

use super::super::{TimeError, Timestamp};
use super::{instant, offset};

impl TryFrom<&Timestamp> for DateTime<Utc> {
    type Error = TimeError;

    fn try_from(time: &Timestamp) -> Result<Self, TimeError> {
        let (seconds, nanos) = instant(time)?;
        DateTime::from_timestamp(seconds, nanos).ok_or(TimeError::OUT_OF_RANGE)
    }
}

impl TryFrom<&Timestamp> for DateTime<FixedOffset> {
    type Error = TimeError;

    fn try_from(time: &Timestamp) -> Result<Self, TimeError> {
        let utc = DateTime::<Utc>::try_from(time)?;
        let offset = FixedOffset::east_opt(offset(time)?).ok_or(TimeError::OUT_OF_RANGE)?;
        Ok(utc.with_timezone(&offset))
    }
}

impl<Zone: TimeZone> From<DateTime<Zone>> for Timestamp {
    fn from(time: DateTime<Zone>) -> Self {
        // chrono marks a leap second by nanoseconds beyond one second.
        let nanos = time.timestamp_subsec_nanos();
        let seconds = time.timestamp() + i64::from(nanos / 1_000_000_000);
        let offset = time.offset().fix().local_minus_utc();
        Self::from_parts(seconds, nanos % 1_000_000_000, offset)
    }
}
