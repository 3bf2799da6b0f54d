//! Writes instants in the forms that requests need.

use std::fmt::Write as _;

use super::TimeFormat;
use super::civil::{DAY, Date};

/// One minute less than a day: no form can write a larger offset.
const WIDEST_OFFSET: i32 = 86_340;

/// The year that a clock at this offset shows.
pub(super) fn local_year(seconds: i64, offset: i32) -> i64 {
    Date::from_days(seconds.saturating_add(i64::from(offset)).div_euclid(DAY)).year
}

/// The nearest offset that can be written: whole minutes within a day.
pub(super) fn whole_minutes(offset: i32) -> i32 {
    offset.clamp(-WIDEST_OFFSET, WIDEST_OFFSET) / 60 * 60
}

/// The instant at this offset, which must be whole minutes.
///
/// Years outside 0 to 9999 get a sign, as in ISO 8601. The basic form has no
/// fraction, so nanoseconds are cut off there.
pub(super) fn render(seconds: i64, nanos: u32, offset: i32, format: TimeFormat) -> String {
    let local = seconds.saturating_add(i64::from(offset));
    let Date { year, month, day } = Date::from_days(local.div_euclid(DAY));
    let clock = local.rem_euclid(DAY);
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    let mut text = String::with_capacity(35);
    // Writing to a String cannot fail.
    let _ = if (0..=9999).contains(&year) {
        write!(text, "{year:04}")
    } else {
        write!(text, "{year:+07}")
    };
    let _ = write!(
        text,
        "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    );
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match format {
        TimeFormat::BasicOffset => {
            let _ = write!(text, "{sign}{hours:02}{minutes:02}");
        }
        TimeFormat::Rfc3339 => {
            push_fraction(&mut text, nanos);
            if offset == 0 {
                text.push('Z');
            } else {
                let _ = write!(text, "{sign}{hours:02}:{minutes:02}");
            }
        }
    }
    text
}

/// Appends the fraction without trailing zeros, and nothing for zero.
fn push_fraction(text: &mut String, nanos: u32) {
    if nanos == 0 {
        return;
    }
    let _ = write!(text, ".{nanos:09}");
    text.truncate(text.trim_end_matches('0').len());
}
