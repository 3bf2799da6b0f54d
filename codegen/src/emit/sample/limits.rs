//! What a limit says, for the one who looks for a value that keeps it.

use crate::ir::Constraint;

/// The one sample of a form: an hour of a day, a day of the calendar.
pub(super) const IN_FORM: [&str; 2] = ["21:00-22:00", "2026-01-31"];

/// Whether a text keeps all limits of texts among these.
pub(super) fn text(limits: &[Constraint], text: &str) -> bool {
    limits.iter().all(|limit| match limit {
        Constraint::Length(least, most) => {
            let count = text.chars().count() as u64;
            least.is_none_or(|least| least <= count) && most.is_none_or(|most| count <= most)
        }
        Constraint::First(class) => text.chars().next().is_some_and(|c| in_class(class, c)),
        Constraint::Chars(class) => text.chars().all(|c| in_class(class, c)),
        Constraint::NoChars(class) => !text.chars().any(|c| in_class(class, c)),
        Constraint::NotPrefix(prefix) => !text.starts_with(prefix.as_str()),
        Constraint::OneOf(values) => values.iter().any(|value| value == text),
        Constraint::FullHours => text.split(',').all(is_full_hour),
        Constraint::UtcOffset => is_utc_offset(text),
        Constraint::WeekDays => text
            .split(',')
            .all(|day| matches!(day.as_bytes(), [b'1'..=b'7'])),
        Constraint::HourWindow(_) | Constraint::Date => IN_FORM.contains(&text),
        Constraint::Range(..)
        | Constraint::RangeOr(..)
        | Constraint::MultipleOf(_)
        | Constraint::NumberRange(..)
        | Constraint::Above(_)
        | Constraint::Below(_)
        | Constraint::Step(_)
        | Constraint::Integers(_)
        | Constraint::Numbers(_)
        | Constraint::Only(_)
        | Constraint::Items(..)
        | Constraint::Unique
        | Constraint::Each(_) => true,
    })
}

/// Least and greatest count of characters.
pub(super) fn length(limits: &[Constraint]) -> (u64, u64) {
    let mut lengths = limits.iter().filter_map(|limit| match limit {
        Constraint::Length(least, most) => Some((least.unwrap_or(0), most.unwrap_or(u64::MAX))),
        _ => None,
    });
    lengths.next().unwrap_or((0, u64::MAX))
}

/// Least and greatest count of items.
pub(super) fn items(limits: &[Constraint]) -> (u64, u64) {
    let mut counts = limits.iter().filter_map(|limit| match limit {
        Constraint::Items(least, most) => Some((least.unwrap_or(0), most.unwrap_or(u64::MAX))),
        _ => None,
    });
    counts.next().unwrap_or((0, u64::MAX))
}

/// The limits on each item of a list, or on each value of a map.
pub(super) fn each(limits: &[Constraint]) -> &[Constraint] {
    let mut inner = limits.iter().filter_map(|limit| match limit {
        Constraint::Each(inner) => Some(inner.as_slice()),
        _ => None,
    });
    inner.next().unwrap_or_default()
}

/// Characters of a class such as `A-Za-z0-9_-`, as far as anyone needs them.
pub(super) fn some_of_class(class: &str) -> Vec<char> {
    const ENOUGH: usize = 64;
    let mut some = Vec::new();
    for (low, high) in parts(class) {
        let room = ENOUGH.saturating_sub(some.len());
        some.extend((low..=high).take(room));
    }
    some
}

fn in_class(class: &str, c: char) -> bool {
    parts(class).any(|(low, high)| (low..=high).contains(&c))
}

/// First and last character of each part of a class; a `-` at either end or
/// behind a range stands for itself.
fn parts(class: &str) -> impl Iterator<Item = (char, char)> {
    let chars: Vec<char> = class.chars().collect();
    let mut at = 0;
    std::iter::from_fn(move || {
        let low = *chars.get(at)?;
        match chars.get(at + 1..at + 3) {
            Some(['-', high]) if low != '-' => {
                at += 3;
                Some((low, *high))
            }
            _ => {
                at += 1;
                Some((low, low))
            }
        }
    })
}

fn is_full_hour(text: &str) -> bool {
    let hour = text.strip_suffix(":00").and_then(two_digits);
    hour.is_some_and(|hour| hour < 24)
}

fn is_utc_offset(text: &str) -> bool {
    let clock = text.strip_prefix("UTC+").or(text.strip_prefix("UTC-"));
    let clock = clock.and_then(|clock| clock.split_once(':'));
    clock.is_some_and(|(hours, minutes)| {
        two_digits(hours).is_some_and(|hours| hours < 24)
            && two_digits(minutes).is_some_and(|minutes| minutes < 60)
    })
}

fn two_digits(text: &str) -> Option<u8> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
