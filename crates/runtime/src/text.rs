//! Text from elsewhere made safe to print: escaped and cut.

use std::fmt::Write;

/// What stands where a secret was.
pub(crate) const REDACTED: &str = "[redacted]";

/// Longest server text that an error prints.
pub(crate) const SHOWN_CHARS: usize = 500;

/// Escapes what would forge lines or turn text around on a terminal, and cuts after `max` characters.
pub(crate) fn printable(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max));
    for (count, c) in text.chars().enumerate() {
        if count == max {
            out.push('…');
            break;
        }
        push_escaped(&mut out, c);
    }
    out
}

/// Adds one character, escaped where it would not show as itself.
pub(crate) fn push_escaped(out: &mut String, c: char) {
    if is_deceptive(c) {
        let _ = write!(out, "{}", c.escape_default());
    } else {
        out.push(c);
    }
}

/// Control characters, line separators, and the marks that reorder or hide text.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Lossy text of a body that should have been text, with runs of white space made one space.
pub(crate) fn one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidi_characters_are_escaped() {
        assert_eq!(
            printable("a\r\nb\u{202e}c\u{1b}[31m", 99),
            "a\\r\\nb\\u{202e}c\\u{1b}[31m"
        );
        assert_eq!(printable("日本語 é", 99), "日本語 é");
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(printable("ééé", 2), "éé…");
        assert_eq!(printable("éé", 2), "éé");
    }
}
