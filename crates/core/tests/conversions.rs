//! Conversions to and from the time types of other crates, one module a feature.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "used by each feature's module")]
mod table {
    /// Text, seconds, nanoseconds, offset; all readable and with an offset.
    pub(crate) const WITH_OFFSET: [(&str, i64, u32, i32); 6] = [
        ("2018-08-06T10:41:14+0800", 1_533_523_274, 0, 28_800),
        (
            "2018-08-06T10:41:14.5+08:00",
            1_533_523_274,
            500_000_000,
            28_800,
        ),
        ("2018-08-05T23:11:14-03:30", 1_533_523_274, 0, -12_600),
        ("2018-08-06 02:41:14 UTC", 1_533_523_274, 0, 0),
        ("1533523274987", 1_533_523_274, 987_000_000, 0),
        ("1969-12-31T23:59:59.25Z", -1, 250_000_000, 0),
    ];
    pub(crate) const WITHOUT_OFFSET: &str = "2018-08-06T02:41:14.999999";
    pub(crate) const UNREADABLE: &str = "soon";
}

#[cfg(feature = "chrono")]
mod chrono {
    use ::chrono::{DateTime, FixedOffset, TimeZone as _, Utc};
    use cloudbackup_core::Timestamp;

    use super::table;

    #[test]
    fn there_and_back() {
        for (text, seconds, nanos, offset) in table::WITH_OFFSET {
            let stamp = Timestamp::from(text);
            let utc = DateTime::<Utc>::try_from(&stamp).unwrap();
            assert_eq!(
                (utc.timestamp(), utc.timestamp_subsec_nanos()),
                (seconds, nanos),
                "{text}"
            );
            let fixed = DateTime::<FixedOffset>::try_from(&stamp).unwrap();
            assert_eq!(
                (fixed.offset().local_minus_utc(), fixed.to_utc()),
                (offset, utc),
                "{text}"
            );
            let back = Timestamp::from(fixed);
            assert_eq!(back.unix_seconds(), Some(seconds), "{text}");
            assert_eq!(back.subsec_nanos(), Some(nanos), "{text}");
            assert_eq!(back.offset(), Some(offset), "{text}");
            assert_eq!(Timestamp::from(utc).offset(), Some(0), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_converted() {
        let stamp = Timestamp::from(table::WITHOUT_OFFSET);
        assert!(DateTime::<Utc>::try_from(&stamp).is_ok());
        let error = DateTime::<FixedOffset>::try_from(&stamp).unwrap_err();
        assert_eq!(error.to_string(), "the time names no UTC offset");
        let error = DateTime::<Utc>::try_from(&Timestamp::from(table::UNREADABLE)).unwrap_err();
        assert_eq!(error.to_string(), "the text is not a time in a known form");
    }

    #[test]
    fn a_leap_second_becomes_the_next_second() {
        let leap = Utc.timestamp_opt(1_483_228_799, 1_500_000_000).unwrap();
        assert_eq!(Timestamp::from(leap).as_str(), "2017-01-01T00:00:00.5Z");
    }
}

#[cfg(feature = "jiff")]
mod jiff {
    use ::jiff::{Timestamp as Instant, Zoned};
    use cloudbackup_core::Timestamp;

    use super::table;

    #[test]
    fn there_and_back() {
        for (text, seconds, nanos, offset) in table::WITH_OFFSET {
            let stamp = Timestamp::from(text);
            let instant = Instant::try_from(&stamp).unwrap();
            let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
            assert_eq!(instant.as_nanosecond(), total, "{text}");
            let zoned = Zoned::try_from(&stamp).unwrap();
            assert_eq!(
                (zoned.offset().seconds(), zoned.timestamp()),
                (offset, instant),
                "{text}"
            );
            let back = Timestamp::from(zoned);
            assert_eq!(back.unix_seconds(), Some(seconds), "{text}");
            assert_eq!(back.subsec_nanos(), Some(nanos), "{text}");
            assert_eq!(back.offset(), Some(offset), "{text}");
            assert_eq!(Timestamp::from(instant).offset(), Some(0), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_converted() {
        let stamp = Timestamp::from(table::WITHOUT_OFFSET);
        assert!(Instant::try_from(&stamp).is_ok());
        let error = Zoned::try_from(&stamp).unwrap_err();
        assert_eq!(error.to_string(), "the time names no UTC offset");
        let error = Instant::try_from(&Timestamp::from(table::UNREADABLE)).unwrap_err();
        assert_eq!(error.to_string(), "the text is not a time in a known form");
        let last_day = Timestamp::from("9999-12-31T23:59:59-23:59");
        let error = Instant::try_from(&last_day).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the time lies outside the range of the type"
        );
    }
}

#[cfg(feature = "time")]
mod time {
    use ::time::{OffsetDateTime, UtcDateTime};
    use cloudbackup_core::Timestamp;

    use super::table;

    #[test]
    fn there_and_back() {
        for (text, seconds, nanos, offset) in table::WITH_OFFSET {
            let stamp = Timestamp::from(text);
            let utc = UtcDateTime::try_from(&stamp).unwrap();
            assert_eq!(
                (utc.unix_timestamp(), utc.nanosecond()),
                (seconds, nanos),
                "{text}"
            );
            let local = OffsetDateTime::try_from(&stamp).unwrap();
            assert_eq!(
                (local.offset().whole_seconds(), local.to_utc()),
                (offset, utc),
                "{text}"
            );
            let back = Timestamp::from(local);
            assert_eq!(back.unix_seconds(), Some(seconds), "{text}");
            assert_eq!(back.subsec_nanos(), Some(nanos), "{text}");
            assert_eq!(back.offset(), Some(offset), "{text}");
            assert_eq!(Timestamp::from(utc).offset(), Some(0), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_converted() {
        let stamp = Timestamp::from(table::WITHOUT_OFFSET);
        assert!(UtcDateTime::try_from(&stamp).is_ok());
        let error = OffsetDateTime::try_from(&stamp).unwrap_err();
        assert_eq!(error.to_string(), "the time names no UTC offset");
        let error = UtcDateTime::try_from(&Timestamp::from(table::UNREADABLE)).unwrap_err();
        assert_eq!(error.to_string(), "the text is not a time in a known form");
        let last_day = Timestamp::from("9999-12-31T23:59:59-00:01");
        let error = OffsetDateTime::try_from(&last_day).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the time lies outside the range of the type"
        );
    }
}
