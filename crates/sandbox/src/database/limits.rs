//! Limits of new instances that no keyword of a spec says.

use std::ops::RangeInclusive;

use super::problem::wrong;
use crate::refusal::Refusal;

/// A port within a range, and none that the service keeps for itself.
pub(crate) fn port(
    text: Option<&str>,
    range: RangeInclusive<u32>,
    kept: &[u32],
) -> Result<(), Refusal> {
    let port = text.map(|text| text.parse().unwrap_or(u32::MAX));
    match port {
        Some(port) if !range.contains(&port) || kept.contains(&port) => {
            let (least, most) = range.into_inner();
            let must = format!("must be a free port from {least} to {most}");
            Err(wrong("/body/port", &must))
        }
        _ => Ok(()),
    }
}

/// A password with three of the four kinds of characters. It does not say which one it was.
pub(crate) fn password(text: Option<&str>) -> Result<(), Refusal> {
    let Some(text) = text else { return Ok(()) };
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_ascii_alphanumeric(),
    ];
    if kinds.iter().filter(|kind| text.contains(**kind)).count() >= 3 {
        return Ok(());
    }
    let must = "must have three of capital letters, small letters, digits and signs";
    Err(wrong("/body/password", must))
}

/// An offset in full hours, from twelve behind UTC to twelve ahead.
pub(crate) fn time_zone(text: Option<&str>) -> Result<(), Refusal> {
    let is_fine = |text: &str| {
        let hours = text.strip_prefix("UTC")?.strip_suffix(":00")?;
        let digits = hours.strip_prefix(['+', '-'])?;
        let is_number = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits
            .parse()
            .ok()
            .filter(|hours: &u32| is_number && *hours <= 12)
    };
    match text {
        Some(text) if is_fine(text).is_none() => {
            let must = "must be from UTC-12:00 to UTC+12:00 in full hours";
            Err(wrong("/body/time_zone", must))
        }
        _ => Ok(()),
    }
}
