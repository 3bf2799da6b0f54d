//! Reads the forms of time stamps that the services print.

use super::civil::{DAY, Date};

/// What a text says, and how it says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Seconds since the epoch; a text without an offset is taken as UTC.
    pub(super) seconds: i64,
    pub(super) nanos: u32,
    /// Seconds east of UTC, if the text names an offset.
    pub(super) offset: Option<i32>,
    pub(super) style: Style,
}

/// How a text is written, as far as [`super::TimeFormat`] cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `2018-08-06T10:41:14+0800`
    BasicOffset,
    /// `2018-08-06T10:41:14+08:00`, `…Z`, with or without a fraction.
    Rfc3339,
    /// Anything else that could be read.
    Other,
}

/// Reads any of the known forms.
pub(super) fn parse(text: &str) -> Option<Parsed> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse_epoch(text);
    }
    let mut cursor = Cursor(text.as_bytes());
    let date = cursor.date()?;
    let separator = cursor.one_of(b"Tt ")?;
    let time = cursor.time_of_day()?;
    let fraction = cursor.fraction()?;
    let zone = cursor.zone()?;
    if !cursor.0.is_empty() {
        return None;
    }
    let local = date.to_days() * DAY + time.seconds;
    let plain = separator == b'T' && time.ordinary && fraction.ordinary;
    Some(Parsed {
        seconds: local - i64::from(zone.offset.unwrap_or(0)),
        nanos: fraction.nanos,
        offset: zone.offset,
        style: match zone.style {
            Style::BasicOffset if plain && !fraction.present => Style::BasicOffset,
            Style::Rfc3339 if plain => Style::Rfc3339,
            _ => Style::Other,
        },
    })
}

/// Seconds have 9 to 11 digits, milliseconds 12 or 13: those are the years
/// 1973 to 2286 (seconds even to 5138). Shorter and longer numbers are more
/// likely a year, a date or a counter than a time, and stay unread.
fn parse_epoch(text: &str) -> Option<Parsed> {
    let (seconds, nanos) = match text.len() {
        9..=11 => (text.parse().ok()?, 0),
        12..=13 => {
            let millis: i64 = text.parse().ok()?;
            let rest = u32::try_from(millis.rem_euclid(1_000)).ok()?;
            (millis.div_euclid(1_000), rest * 1_000_000)
        }
        _ => return None,
    };
    Some(Parsed {
        seconds,
        nanos,
        offset: Some(0),
        style: Style::Other,
    })
}

struct TimeOfDay {
    seconds: i64,
    /// Neither hour 24 nor second 60, which few readers accept.
    ordinary: bool,
}

struct Fraction {
    nanos: u32,
    present: bool,
    /// Written with a point; ISO 8601 allows a comma as well.
    ordinary: bool,
}

struct Zone {
    offset: Option<i32>,
    style: Style,
}

/// What is left of the text.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    /// Takes one byte, if it is one of these.
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        if !bytes.contains(&first) {
            return None;
        }
        self.0 = rest;
        Some(first)
    }

    /// Takes exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(count)?;
        let mut number = 0;
        for byte in head {
            if !byte.is_ascii_digit() {
                return None;
            }
            number = number * 10 + i64::from(byte - b'0');
        }
        self.0 = rest;
        Some(number)
    }

    fn date(&mut self) -> Option<Date> {
        let year = self.digits(4)?;
        self.one_of(b"-")?;
        let month = self.digits(2)?;
        self.one_of(b"-")?;
        Date::new(year, month, self.digits(2)?)
    }

    /// `24:00:00` is the end of the day; second 60 is a leap second and counts
    /// as the first second of the next minute, as Unix time has it.
    fn time_of_day(&mut self) -> Option<TimeOfDay> {
        let hour = self.digits(2)?;
        self.one_of(b":")?;
        let minute = self.digits(2)?;
        self.one_of(b":")?;
        let second = self.digits(2)?;
        let exists = match hour {
            0..=23 => minute <= 59 && second <= 60,
            24 => minute == 0 && second == 0,
            _ => false,
        };
        exists.then_some(TimeOfDay {
            seconds: hour * 3_600 + minute * 60 + second,
            ordinary: hour < 24 && second < 60,
        })
    }

    /// Digits beyond the ninth are read and dropped.
    fn fraction(&mut self) -> Option<Fraction> {
        let Some(mark) = self.one_of(b".,") else {
            return Some(Fraction {
                nanos: 0,
                present: false,
                ordinary: true,
            });
        };
        let mut nanos = 0;
        let mut weight = 100_000_000;
        let mut count = 0_usize;
        while let Some(digit) = self.one_of(b"0123456789") {
            nanos += u32::from(digit - b'0') * weight;
            weight /= 10;
            count += 1;
        }
        (count > 0).then_some(Fraction {
            nanos,
            present: true,
            ordinary: mark == b'.',
        })
    }

    /// Nothing, `Z`, ` UTC`, `+0800`, `+08:00`, `+08`, and `_0800`, which
    /// stands for a plus sign that some layer of the service replaced.
    fn zone(&mut self) -> Option<Zone> {
        let spaced = self.one_of(b" ").is_some();
        if self.0.is_empty() {
            return (!spaced).then_some(Zone {
                offset: None,
                style: Style::Other,
            });
        }
        for (name, style) in [
            (&b"Z"[..], Style::Rfc3339),
            (b"z", Style::Other),
            (b"UTC", Style::Other),
        ] {
            if let Some(rest) = self.0.strip_prefix(name) {
                self.0 = rest;
                let style = if spaced { Style::Other } else { style };
                return Some(Zone {
                    offset: Some(0),
                    style,
                });
            }
        }
        let sign = self.one_of(b"+-_")?;
        let (seconds, style) = self.offset()?;
        let ordinary = !spaced && sign != b'_';
        Some(Zone {
            offset: Some(if sign == b'-' { -seconds } else { seconds }),
            style: if ordinary { style } else { Style::Other },
        })
    }

    fn offset(&mut self) -> Option<(i32, Style)> {
        let hours = self.digits(2)?;
        let (minutes, style) = if self.one_of(b":").is_some() {
            (self.digits(2)?, Style::Rfc3339)
        } else if self.0.is_empty() {
            (0, Style::Other)
        } else {
            (self.digits(2)?, Style::BasicOffset)
        };
        if hours > 23 || minutes > 59 {
            return None;
        }
        let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
        Some((seconds, style))
    }
}
