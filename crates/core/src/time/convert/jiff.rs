//! `jiff`: `Timestamp` is an instant, `Zoned` has an offset.

use ::jiff::tz::{Offset, TimeZone};
use ::jiff::{Timestamp as Instant, Zoned};

use super::super::{TimeError, Timestamp};
use super::{instant, offset};

impl TryFrom<&Timestamp> for Instant {
    type Error = TimeError;

    fn try_from(time: &Timestamp) -> Result<Self, TimeError> {
        let (seconds, nanos) = instant(time)?;
        let nanos = i32::try_from(nanos).map_err(|_| TimeError::OUT_OF_RANGE)?;
        Self::new(seconds, nanos).map_err(|_| TimeError::OUT_OF_RANGE)
    }
}

impl TryFrom<&Timestamp> for Zoned {
    type Error = TimeError;

    fn try_from(time: &Timestamp) -> Result<Self, TimeError> {
        let instant = Instant::try_from(time)?;
        let offset = Offset::from_seconds(offset(time)?).map_err(|_| TimeError::OUT_OF_RANGE)?;
        Ok(instant.to_zoned(TimeZone::fixed(offset)))
    }
}

impl From<Instant> for Timestamp {
    fn from(time: Instant) -> Self {
        from_instant(time, 0)
    }
}

impl From<&Zoned> for Timestamp {
    fn from(time: &Zoned) -> Self {
        from_instant(time.timestamp(), time.offset().seconds())
    }
}

impl From<Zoned> for Timestamp {
    fn from(time: Zoned) -> Self {
        Self::from(&time)
    }
}

fn from_instant(time: Instant, offset: i32) -> Timestamp {
    // Before 1970 jiff counts both parts backwards; ours counts nanoseconds up.
    let nanos = i64::from(time.subsec_nanosecond());
    let (seconds, nanos) = if nanos < 0 {
        (time.as_second() - 1, nanos + 1_000_000_000)
    } else {
        (time.as_second(), nanos)
    };
    Timestamp::from_parts(seconds, u32::try_from(nanos).unwrap_or(0), offset)
}
