//! `time`: `OffsetDateTime` has an offset; `UtcDateTime` is an instant.

use ::time::{OffsetDateTime, UtcDateTime, UtcOffset};

use super::super::{TimeError, Timestamp};
use super::{instant, offset};

impl TryFrom<&Timestamp> for UtcDateTime {
    type Error = TimeError;

    fn try_from(time: &Timestamp) -> Result<Self, TimeError> {
        let (seconds, nanos) = instant(time)?;
        Self::from_unix_timestamp(seconds)
            .and_then(|whole| whole.replace_nanosecond(nanos))
            .map_err(|_| TimeError::OUT_OF_RANGE)
    }
}

impl TryFrom<&Timestamp> for OffsetDateTime {
    type Error = TimeError;

    fn try_from(time: &Timestamp) -> Result<Self, TimeError> {
        let utc = UtcDateTime::try_from(time)?;
        let offset =
            UtcOffset::from_whole_seconds(offset(time)?).map_err(|_| TimeError::OUT_OF_RANGE)?;
        utc.checked_to_offset(offset).ok_or(TimeError::OUT_OF_RANGE)
    }
}

impl From<UtcDateTime> for Timestamp {
    fn from(time: UtcDateTime) -> Self {
        Self::from_parts(time.unix_timestamp(), time.nanosecond(), 0)
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(time: OffsetDateTime) -> Self {
        let offset = time.offset().whole_seconds();
        Self::from_parts(time.unix_timestamp(), time.nanosecond(), offset)
    }
}
