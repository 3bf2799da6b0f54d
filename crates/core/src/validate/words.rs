//! Limits and values in words, for messages only.

use std::fmt::Display;
use std::ops::Bound;

/// The most characters of a value that a message shows.
const SHOWN: usize = 64;

/// `between 1 and 14`, `at least 1`, `more than 0 and less than 1`, `3`.
pub(super) fn range<T: Display + PartialEq>(start: Bound<&T>, end: Bound<&T>) -> String {
    if let (Bound::Included(low), Bound::Included(high)) = (start, end) {
        return if low == high {
            low.to_string()
        } else {
            format!("between {low} and {high}")
        };
    }
    let low = match start {
        Bound::Included(low) => Some(format!("at least {low}")),
        Bound::Excluded(low) => Some(format!("more than {low}")),
        Bound::Unbounded => None,
    };
    let high = match end {
        Bound::Included(high) => Some(format!("at most {high}")),
        Bound::Excluded(high) => Some(format!("less than {high}")),
        Bound::Unbounded => None,
    };
    let words: Vec<_> = low.into_iter().chain(high).collect();
    if words.is_empty() {
        "a number".to_owned()
    } else {
        words.join(" and ")
    }
}

/// `4 to 64 characters`, `at most 1 item`, `at least 2 items`, `36 characters`.
pub(super) fn amount(start: Bound<&usize>, end: Bound<&usize>, unit: &str) -> String {
    let low = match start {
        Bound::Included(&low) => low,
        Bound::Excluded(&low) => low.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let high = match end {
        Bound::Included(&high) => Some(high),
        Bound::Excluded(&high) => Some(high.saturating_sub(1)),
        Bound::Unbounded => None,
    };
    let plural = if high.unwrap_or(low) == 1 { "" } else { "s" };
    match high {
        Some(high) if high == low => format!("{low} {unit}{plural}"),
        Some(high) if low == 0 => format!("at most {high} {unit}{plural}"),
        Some(high) => format!("{low} to {high} {unit}{plural}"),
        None => format!("at least {low} {unit}{plural}"),
    }
}

/// The value, escaped and in quotes; a long one is cut.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// A character by a name that can be seen.
pub(super) fn character(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\n' => "a line feed".to_owned(),
        '\r' => "a carriage return".to_owned(),
        '\t' => "a tab".to_owned(),
        '`' => "a backtick".to_owned(),
        // As itself if it can be seen; the quotes would be escaped otherwise.
        '\'' | '"' | '\\' => format!("`{c}`"),
        _ => format!("`{}`", c.escape_debug()),
    }
}

/// `a`, `a and b`, `a, b and c`; or with another last word.
pub(super) fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., end] => format!("{} {last} {end}", rest.join(", ")),
    }
}

/// Names in backticks, as a list.
pub(super) fn names<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    list(&words, last)
}

#[cfg(test)]
mod tests {
    use std::ops::{Bound, RangeBounds};

    use super::{amount, character, list, quoted, range};

    #[test]
    fn ranges() {
        fn words(bounds: impl RangeBounds<i64>) -> String {
            range(bounds.start_bound(), bounds.end_bound())
        }
        assert_eq!(words(1..=1825), "between 1 and 1825");
        assert_eq!(words(5..=5), "5");
        assert_eq!(words(0..), "at least 0");
        assert_eq!(words(..=100), "at most 100");
        assert_eq!(words(1..10), "at least 1 and less than 10");
        assert_eq!(words((Bound::Excluded(0), Bound::Unbounded)), "more than 0");
        assert_eq!(words(..), "a number");
    }

    #[test]
    fn amounts() {
        fn words(bounds: impl RangeBounds<usize>) -> String {
            amount(bounds.start_bound(), bounds.end_bound(), "item")
        }
        assert_eq!(words(4..=64), "4 to 64 items");
        assert_eq!(words(0..=256), "at most 256 items");
        assert_eq!(words(..=1), "at most 1 item");
        assert_eq!(words(1..), "at least 1 item");
        assert_eq!(words(2..), "at least 2 items");
        assert_eq!(words(36..=36), "36 items");
        assert_eq!(words(1..3), "1 to 2 items");
        assert_eq!(
            words((Bound::Excluded(1), Bound::Unbounded)),
            "at least 2 items"
        );
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(quoted("a\n\u{202e}"), "\"a\\n\\u{202e}\"");
        assert_eq!(quoted(&"ü".repeat(64)), format!("\"{}\"", "ü".repeat(64)));
        assert_eq!(quoted(&"ü".repeat(65)), format!("\"{}\"…", "ü".repeat(64)));
    }

    #[test]
    fn characters_can_be_seen() {
        for (c, expected) in [
            ('<', "`<`"),
            ('"', "`\"`"),
            ('\'', "`'`"),
            ('\\', "`\\`"),
            (' ', "a space"),
            ('\n', "a line feed"),
            ('\r', "a carriage return"),
            ('\t', "a tab"),
            ('`', "a backtick"),
            ('\0', "`\\0`"),
            ('\u{202e}', "`\\u{202e}`"),
        ] {
            assert_eq!(character(c), expected);
        }
    }

    #[test]
    fn lists() {
        let words = ["a", "b", "c"].map(String::from);
        assert_eq!(list(&words, "and"), "a, b and c");
        assert_eq!(list(&words[..2], "or"), "a or b");
        assert_eq!(list(&words[..1], "or"), "a");
    }
}
