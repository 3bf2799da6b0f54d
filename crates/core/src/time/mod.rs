//! Time stamps that keep the text they came in.
//!
//! The services print times in at least eight forms, some of them broken, and
//! one bad stamp must not make a whole list unreadable. A [`Timestamp`] is
//! therefore its text. Decoding one checks nothing; the text is read when a
//! value is asked for, and the answer is `None` when it cannot be read.
//!
//! | form | example |
//! |---|---|
//! | basic offset | `2018-08-06T10:41:14+0800` |
//! | RFC 3339 | `2018-08-06T10:41:14+08:00`, `2018-08-06T02:41:14Z`, `2018-08-06T02:41:14.000+00:00` |
//! | no offset | `2018-08-06T02:41:14.999999` |
//! | words | `2018-08-06 02:41:14 UTC` |
//! | a replaced plus sign | `2018-08-06T10:41:14_0800` |
//! | epoch seconds (9 to 11 digits) | `1533523274` |
//! | epoch milliseconds (12 or 13 digits) | `1533523274000` |

pub mod basic_offset;
mod civil;
mod convert;
mod format;
mod parse;
pub mod rfc3339;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use self::parse::{Parsed, Style, parse};

/// Whether the text is a day of the calendar, `yyyy-mm-dd`.
pub(crate) fn is_date(text: &str) -> bool {
    let number = |part: &str, digits: usize| -> Option<i64> {
        let is_one = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then(|| part.parse().ok()).flatten()
    };
    let mut parts = text.split('-');
    let day = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day), None) => {
            number(year, 4).zip(number(month, 2)).zip(number(day, 2))
        }
        _ => None,
    };
    day.is_some_and(|((year, month), day)| civil::Date::new(year, month, day).is_some())
}

/// A point in time as a service printed it or as a caller wrote it.
///
/// Two stamps are equal when their texts are: `…Z` and `…+0000` differ. To
/// compare instants, compare [`unix_seconds`](Self::unix_seconds) and
/// [`subsec_nanos`](Self::subsec_nanos).
///
/// ```
/// use cloudbackup_core::Timestamp;
///
/// let begin = Timestamp::from("2018-08-06T10:41:14+0800");
/// assert_eq!(begin.as_str(), "2018-08-06T10:41:14+0800");
/// assert_eq!(begin.unix_seconds(), Some(1_533_523_274));
/// assert_eq!(begin.offset(), Some(8 * 3600));
///
/// let odd = Timestamp::from("not yet");
/// assert_eq!(odd.unix_seconds(), None);
/// assert_eq!(odd.to_string(), "not yet");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timestamp(String);

/// A form in which a service wants to be given times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeFormat {
    /// `2018-08-06T10:41:14+0800`: the offset without a colon, no fraction.
    BasicOffset,
    /// `2018-08-06T10:41:14+08:00` or `2018-08-06T02:41:14Z`, with a fraction
    /// if there is one.
    Rfc3339,
}

impl TimeFormat {
    /// A time in this form, for messages.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::BasicOffset => "2018-08-06T10:41:14+0800",
            Self::Rfc3339 => "2018-08-06T10:41:14+08:00",
        }
    }
}

impl Timestamp {
    /// The instant so many seconds after 1970-01-01T00:00:00Z, as a clock
    /// shows it that is `offset_seconds` ahead of UTC (negative: behind).
    ///
    /// The text is RFC 3339. It has whole minutes of offset, so an odd second
    /// of the offset is dropped and the instant stays exact. A year outside 0
    /// to 9999 is written with a sign, which is not read back.
    #[must_use]
    pub fn from_unix(seconds: i64, offset_seconds: i32) -> Self {
        Self::from_parts(seconds, 0, offset_seconds)
    }

    /// As [`from_unix`](Self::from_unix), with a fraction of the second.
    fn from_parts(seconds: i64, nanos: u32, offset_seconds: i32) -> Self {
        let offset = format::whole_minutes(offset_seconds);
        Self(format::render(seconds, nanos, offset, TimeFormat::Rfc3339))
    }

    /// The text, unchanged.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, negative before it; `None`
    /// if the text cannot be read.
    ///
    /// A text without an offset is taken as UTC, which is a guess: check
    /// [`offset`](Self::offset) where it matters. A leap second (`:60`) counts
    /// as the second after it.
    #[must_use]
    pub fn unix_seconds(&self) -> Option<i64> {
        Some(parse(&self.0)?.seconds)
    }

    /// Nanoseconds (0 to 999 999 999) past
    /// [`unix_seconds`](Self::unix_seconds); `None` if the text cannot be read.
    #[must_use]
    pub fn subsec_nanos(&self) -> Option<u32> {
        Some(parse(&self.0)?.nanos)
    }

    /// Seconds that the local time in the text is ahead of UTC (negative:
    /// behind); zero for `Z`, ` UTC` and epoch numbers. `None` if the text
    /// names no offset or cannot be read.
    #[must_use]
    pub fn offset(&self) -> Option<i32> {
        parse(&self.0)?.offset
    }

    /// The time in another form, at the offset it has; the text itself if it
    /// is in this form already.
    ///
    /// `None` if the text cannot be read or names no offset, because then any
    /// offset would be invented.
    #[must_use]
    pub fn to_format(&self, format: TimeFormat) -> Option<Cow<'_, str>> {
        let (parsed, offset) = self.readable()?;
        Some(match (format, parsed.style) {
            (TimeFormat::BasicOffset, Style::BasicOffset)
            | (TimeFormat::Rfc3339, Style::Rfc3339) => Cow::Borrowed(&self.0),
            _ => Cow::Owned(format::render(parsed.seconds, parsed.nanos, offset, format)),
        })
    }

    /// The text to send where this form is wanted: converted where that is
    /// possible, else as it is.
    #[must_use]
    pub fn text_for(&self, format: TimeFormat) -> Cow<'_, str> {
        self.to_format(format).unwrap_or(Cow::Borrowed(&self.0))
    }

    /// Whether [`to_format`](Self::to_format) would succeed.
    pub(crate) fn is_sendable(&self) -> bool {
        self.readable().is_some()
    }

    /// Something that orders instants.
    pub(crate) fn instant(&self) -> Option<(i64, u32)> {
        parse(&self.0).map(|parsed| (parsed.seconds, parsed.nanos))
    }

    /// The parsed text and its offset, if both forms can express it.
    fn readable(&self) -> Option<(Parsed, i32)> {
        let parsed = parse(&self.0)?;
        let offset = parsed.offset?;
        // The end of the year 9999 written as hour 24 lies in a year of five digits.
        (format::local_year(parsed.seconds, offset) <= 9999).then_some((parsed, offset))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Timestamp {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Accepts text, and numbers and booleans as their text.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimestampVisitor)
    }
}

struct TimestampVisitor;

impl Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as text or number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Ok(Timestamp(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Timestamp, E> {
        Ok(Timestamp(text))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Timestamp, E> {
        Ok(Timestamp(number.to_string()))
    }

    /// `1.533523274e12` is what some JSON writers make of milliseconds; it is
    /// kept as the integer it stands for, so that it can be read.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Timestamp, E> {
        Ok(Timestamp(match crate::de::integral(number) {
            Some(integer) => integer.to_string(),
            None => crate::de::float_text(number),
        }))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Timestamp, E> {
        Ok(Timestamp(value.to_string()))
    }
}

/// Writes the time in the form if it can be converted, else as it is.
fn serialize_as<S: Serializer>(
    format: TimeFormat,
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        None => serializer.serialize_none(),
        Some(time) => serializer.serialize_some(&*time.text_for(format)),
    }
}

/// A text could not be turned into a time of another crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    reason: &'static str,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl Error for TimeError {}
