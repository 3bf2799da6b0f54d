//! Small text forms of the services: full hours and UTC offsets.

/// Whether the text is `HH:00[,HH:00]…` with hours 00 to 23.
pub(super) fn is_full_hours(text: &str) -> bool {
    text.split(',').all(|part| full_hour(part).is_some())
}

/// The hours of such a text; `None` if it is not one.
pub(super) fn full_hours(text: &str) -> Option<impl Iterator<Item = i32> + Clone> {
    is_full_hours(text).then(|| text.split(',').filter_map(full_hour))
}

fn full_hour(text: &str) -> Option<i32> {
    let hour = two_digits(text.strip_suffix(":00")?)?;
    (hour < 24).then_some(hour)
}

/// Minutes east of UTC in a text such as `UTC+08:00` or `UTC-02:00`; hours 00
/// to 23.
pub(super) fn utc_offset(text: &str) -> Option<i32> {
    let signed = text.strip_prefix("UTC")?;
    let (sign, clock) = match signed.strip_prefix('+') {
        Some(clock) => (1, clock),
        None => (-1, signed.strip_prefix('-')?),
    };
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Exactly two ASCII digits; `parse` alone would take `+1` as well.
fn two_digits(text: &str) -> Option<i32> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{is_full_hours, utc_offset};

    #[test]
    fn hours() {
        for text in ["12:00", "00:00", "23:00", "22:00,00:00,02:00"] {
            assert!(is_full_hours(text), "{text}");
        }
        for text in [
            "",
            "24:00",
            "12:30",
            "1:00",
            "12",
            "12:00,",
            ",12:00",
            "12:00, 13:00",
            "+1:00",
            "１２:00",
        ] {
            assert!(!is_full_hours(text), "{text}");
        }
    }

    #[test]
    fn offsets() {
        for (text, minutes) in [
            ("UTC+08:00", 480),
            ("UTC-02:00", -120),
            ("UTC+05:45", 345),
            ("UTC+00:00", 0),
        ] {
            assert_eq!(utc_offset(text), Some(minutes), "{text}");
        }
        for text in [
            "",
            "UTC",
            "utc+08:00",
            "UTC+8:00",
            "UTC+0800",
            "UTC+08:60",
            "UTC+24:00",
            "UTC 08:00",
            "+08:00",
            "UTC+08:00 ",
        ] {
            assert_eq!(utc_offset(text), None, "{text}");
        }
    }
}
