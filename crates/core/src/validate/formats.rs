//! Small text forms of the services: hours, days of the week, UTC offsets.

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

/// Whether the text is digits from 1 to 7 with commas between.
pub(super) fn is_week_days(text: &str) -> bool {
    text.split(',')
        .all(|day| matches!(day.as_bytes(), [b'1'..=b'7']))
}

/// Whether the text is `hh:mm-HH:MM`, of which the second time is one hour after the first, and
/// the minutes are a multiple of the step.
pub(super) fn is_hour_window(text: &str, step: u32) -> bool {
    let time = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let time = (two_digits(hour)?, two_digits(minute)?);
        (time.0 < 24 && time.1 < 60).then_some(time)
    };
    let times = text
        .split_once('-')
        .and_then(|(from, to)| Some((time(from)?, time(to)?)));
    times.is_some_and(|((from, minute), (to, same))| {
        let in_step = minute.unsigned_abs().is_multiple_of(step);
        in_step && minute == same && to == (from + 1) % 24
    })
}

/// Exactly two ASCII digits; `parse` alone would take `+1` as well.
fn two_digits(text: &str) -> Option<i32> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{is_full_hours, is_hour_window, is_week_days, utc_offset};

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
    fn days_of_the_week() {
        for text in ["1", "7", "1,2,3,4,5,6,7", "5,1"] {
            assert!(is_week_days(text), "{text}");
        }
        for text in ["", "0", "8", "12", "1,", ",1", "1, 2", "1;2", "１"] {
            assert!(!is_week_days(text), "{text}");
        }
    }

    #[test]
    fn hours_of_a_day() {
        for text in ["00:00-01:00", "21:00-22:00", "23:00-00:00"] {
            assert!(is_hour_window(text, 60), "{text}");
            assert!(is_hour_window(text, 15), "{text}");
        }
        for text in ["08:15-09:15", "23:45-00:45"] {
            assert!(is_hour_window(text, 15), "{text}");
            assert!(!is_hour_window(text, 60), "{text}");
        }
        for text in [
            "",
            "21:00",
            "21:00-",
            "21:00-21:00",
            "21:00-23:00",
            "21:00-22:15",
            "21:10-22:10",
            "24:00-01:00",
            "23:00-24:00",
            "9:00-10:00",
            "21:00 - 22:00",
            "21:60-22:60",
            "--::--:::--",
        ] {
            assert!(!is_hour_window(text, 15), "{text}");
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
