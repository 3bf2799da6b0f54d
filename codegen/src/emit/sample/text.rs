//! Texts: the member's name and the number of the item, as far as the limits let
//! them stand.

use super::{Size, limits};
use crate::ir::Constraint;

/// Longest text that is made.
const MOST_CHARS: u64 = 1000;

const DIGITS: &str = "1234567890";

/// The first of the likely texts that keeps all limits.
pub(super) fn sample(name: &str, item: usize, limits: &[Constraint], size: Size) -> Option<String> {
    let (least, most) = limits::length(limits);
    if least > MOST_CHARS {
        return None;
    }
    let room = Room {
        least: usize::try_from(least).ok()?,
        most: usize::try_from(most.min(MOST_CHARS)).ok()?,
    };
    let mut likely = in_form(limits, size);
    if likely.is_empty() {
        likely.extend(named(name, item, &room));
        likely.push(cycled(DIGITS.chars(), item, &room));
        likely.extend(lettered(name, item, &room));
        likely.extend(of_classes(item, limits, &room));
    }
    likely
        .into_iter()
        .find(|text| !text.is_empty() && limits::text(limits, text))
}

/// How long a text may be.
struct Room {
    least: usize,
    most: usize,
}

/// Texts of our own formats.
fn in_form(limits: &[Constraint], size: Size) -> Vec<String> {
    let texts: &[&str] = if limits.contains(&Constraint::FullHours) {
        match size {
            // Ascending in UTC and, eight hours further, by local time.
            Size::Fullest => &["01:00,13:00", "01:00"],
            Size::Smallest => &["01:00"],
        }
    } else if limits.contains(&Constraint::UtcOffset) {
        &["UTC+08:00"]
    } else if limits.contains(&Constraint::WeekDays) {
        match size {
            Size::Fullest => &["1,3,7", "1"],
            Size::Smallest => &["1"],
        }
    } else if limits
        .iter()
        .any(|limit| matches!(limit, Constraint::HourWindow(_)))
    {
        &limits::IN_FORM[..1]
    } else if limits.contains(&Constraint::Date) {
        &limits::IN_FORM[1..]
    } else {
        &[]
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// `instance_id-1` and what is nearest to it.
fn named(name: &str, item: usize, room: &Room) -> Vec<String> {
    let mut texts = Vec::new();
    for stem in stems(name) {
        for between in ["-", "_", ""] {
            texts.extend(numbered(&stem, between, item, room));
        }
    }
    texts
}

/// The name in the spellings that limits tell apart.
fn stems(name: &str) -> Vec<String> {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut stems = Vec::new();
    for stem in [name, &letters] {
        let mut chars = stem.chars();
        let capital: String = match chars.next() {
            Some(first) => first.to_uppercase().chain(chars).collect(),
            None => String::new(),
        };
        stems.extend([
            stem.to_owned(),
            stem.to_lowercase(),
            capital,
            stem.to_uppercase(),
            // Where the name begins with what is forbidden.
            format!("x{stem}"),
        ]);
    }
    stems
}

/// Cut in the stem and padded in the number, so that items keep their difference.
fn numbered(stem: &str, between: &str, item: usize, room: &Room) -> Option<String> {
    let number = item.to_string();
    let behind = between.chars().count() + number.len();
    let stem: String = stem.chars().take(room.most.checked_sub(behind)?).collect();
    if stem.is_empty() {
        return None;
    }
    let width = room
        .least
        .saturating_sub(stem.chars().count() + between.chars().count());
    Some(format!("{stem}{between}{number:0>width$}"))
}

/// Characters one after the other, from that of the item on.
fn cycled(chars: impl Iterator<Item = char> + Clone, item: usize, room: &Room) -> String {
    let count = room.least.max(1).min(room.most);
    chars.cycle().skip(item - 1).take(count).collect()
}

/// The letters of the name with a letter for the item: `modea`, `modeb`.
fn lettered(name: &str, item: usize, room: &Room) -> Vec<String> {
    let letters: String = name.chars().filter(|c| c.is_alphabetic()).collect();
    let Some(last) = ('a'..='z').nth(item - 1) else {
        return Vec::new();
    };
    let stem: String = letters.chars().take(room.most.saturating_sub(1)).collect();
    let padding = room.least.saturating_sub(stem.chars().count() + 1);
    let text = format!("{stem}{}{last}", "x".repeat(padding));
    vec![text.to_lowercase(), text.to_uppercase(), text]
}

/// What the classes themselves offer, with each first character that there is.
fn of_classes(item: usize, limits: &[Constraint], room: &Room) -> Vec<String> {
    let of_all =
        |limit: &&Constraint| matches!(limit, Constraint::Chars(_) | Constraint::NoChars(_));
    let of_all: Vec<Constraint> = limits.iter().filter(of_all).cloned().collect();
    let allowed = |class: &str| {
        let mut some = limits::some_of_class(class);
        some.retain(|c| limits::text(&of_all, &c.to_string()));
        some
    };
    let (mut first, mut chars) = (None, allowed("a-zA-Z"));
    for limit in limits {
        match limit {
            Constraint::First(class) => first = Some(allowed(class)),
            Constraint::Chars(class) => chars = allowed(class),
            _ => {}
        }
    }
    if chars.is_empty() {
        return Vec::new();
    }
    let tail: String = cycled(chars.iter().copied(), item, room)
        .chars()
        .skip(1)
        .collect();
    let first = first.unwrap_or(chars);
    let starts = first.iter().cycle().skip(item - 1).take(first.len());
    starts.map(|start| format!("{start}{tail}")).collect()
}
