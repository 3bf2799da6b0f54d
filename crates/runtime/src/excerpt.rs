//! A short, redacted excerpt of a reply body for error messages.
//!
//! It works on the text, not on parsed JSON, because the bodies worth quoting are often the torn
//! ones: a secret in a body that was cut in the middle must be masked just the same.

use crate::text::{REDACTED, push_escaped};

/// Longest excerpt, in bytes as it is shown: an escape takes up to ten for one character. The last
/// character and the mark of the cut come on top.
const EXCERPT_BYTES: usize = 800;
/// Longest scalar inside an excerpt, in characters.
const SCALAR_CHARS: usize = 48;

/// Fragments of a member name, compared in lower case without separators.
const SECRET_PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "privatekey",
    "accesskey",
    "authorization",
    "cookie",
    "signature",
];
/// Whole member names, in the same form.
const SECRET_NAMES: &[&str] = &["ak", "sk", "pwd", "pass", "access"];

/// Whether a member of this name is likely to hold a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SECRET_NAMES.contains(&plain.as_str()) || SECRET_PARTS.iter().any(|part| plain.contains(part))
}

/// Quotes the beginning of a body on one line: scalars cut, secrets masked.
pub(crate) fn excerpt(body: &[u8]) -> String {
    // Enough source for a full excerpt even when every scalar in it is cut.
    let head = &body[..body.len().min(64 * 1024)];
    let text = String::from_utf8_lossy(head);
    let trimmed = text.trim();
    let mut quote = Quote {
        chars: trimmed.chars().peekable(),
        out: String::new(),
        is_cut: false,
    };
    if trimmed.starts_with(['{', '[', '"']) {
        quote.json()
    } else {
        quote.plain()
    }
    if quote.is_cut || quote.chars.peek().is_some() || head.len() < body.len() {
        quote.out.push('…');
    }
    quote.out
}

/// A reader over the body and the excerpt made of it so far.
struct Quote<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
    /// Whether something that was read did not fit any more.
    is_cut: bool,
}

impl Quote<'_> {
    fn full(&self) -> bool {
        self.out.len() >= EXCERPT_BYTES
    }

    fn push(&mut self, c: char) {
        if self.full() {
            self.is_cut = true;
        } else {
            push_escaped(&mut self.out, c);
        }
    }

    fn push_all(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    fn plain(&mut self) {
        while !self.full()
            && let Some(c) = self.chars.next()
        {
            self.push(if c.is_whitespace() { ' ' } else { c });
        }
    }

    fn json(&mut self) {
        while !self.full()
            && let Some(&c) = self.chars.peek()
        {
            match c {
                '"' => self.string(),
                c if c.is_whitespace() => {
                    self.skip_space();
                    self.push(' ');
                }
                '{' | '}' | '[' | ']' | ',' | ':' => {
                    self.chars.next();
                    self.push(c);
                }
                _ => {
                    let word = self.word();
                    self.push_cut(&word, false);
                }
            }
        }
    }

    /// A string, which is a member name if a colon follows it.
    fn string(&mut self) {
        let text = self.read_string();
        self.push_cut(&text, true);
        self.skip_space();
        if self.chars.peek() != Some(&':') {
            return;
        }
        self.chars.next();
        self.push(':');
        self.skip_space();
        if is_secret_name(&text) && self.chars.peek().is_some() {
            self.skip_value();
            self.push_all(REDACTED);
        }
    }

    fn push_cut(&mut self, text: &str, quoted: bool) {
        if quoted {
            self.push('"');
        }
        for (count, c) in text.chars().enumerate() {
            if count == SCALAR_CHARS {
                self.push('…');
                break;
            }
            self.push(c);
        }
        if quoted {
            self.push('"');
        }
    }

    fn skip_space(&mut self) {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.chars.next_if(|c| {
            !c.is_whitespace() && !matches!(c, '"' | '{' | '}' | '[' | ']' | ',' | ':')
        }) {
            word.push(c);
        }
        word
    }

    /// Reads a string with its escapes resolved far enough to recognise a name written in escapes.
    fn read_string(&mut self) -> String {
        self.chars.next();
        let mut text = String::new();
        while let Some(c) = self.chars.next() {
            match c {
                '"' => break,
                '\\' => text.extend(self.escape()),
                c => text.push(c),
            }
        }
        text
    }

    fn escape(&mut self) -> Option<char> {
        match self.chars.next()? {
            'u' => {
                let digits: String = (0..4)
                    .filter_map(|_| self.chars.next_if(char::is_ascii_hexdigit))
                    .collect();
                let code = u32::from_str_radix(&digits, 16).unwrap_or(0xfffd);
                Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            c => Some(c),
        }
    }

    /// Passes over one whole value, objects and lists included.
    fn skip_value(&mut self) {
        let mut depth = 0usize;
        loop {
            match self.chars.peek() {
                None => return,
                Some('"') => {
                    self.read_string();
                }
                Some('{' | '[') => {
                    self.chars.next();
                    depth += 1;
                }
                Some('}' | ']') => {
                    if depth == 0 {
                        return;
                    }
                    self.chars.next();
                    depth -= 1;
                }
                Some(c) if c.is_whitespace() || matches!(c, ',' | ':') => {
                    if depth == 0 {
                        return;
                    }
                    self.chars.next();
                    continue;
                }
                Some(_) => {
                    self.word();
                }
            }
            if depth == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_by_name() {
        let text = excerpt(br#"{"name":"n","adminPassword":"hunter2","auth":{"token":{"id":"T0P"}},"SK":"abc","n":1}"#);
        assert_eq!(
            text,
            r#"{"name":"n","adminPassword":[redacted],"auth":{"token":[redacted]},"SK":[redacted],"n":1}"#
        );
    }

    #[test]
    fn secret_in_a_torn_body_is_masked() {
        assert_eq!(
            excerpt(br#"{"a":1,"secret":"abcd"#),
            r#"{"a":1,"secret":[redacted]"#
        );
        assert_eq!(
            excerpt(br#"{"secret":["abcd", {"x":"yz"#),
            r#"{"secret":[redacted]"#
        );
        assert_eq!(
            excerpt(br#"{"secret" : 12345, "b": 2 }"#),
            r#"{"secret":[redacted], "b":2 }"#
        );
    }

    #[test]
    fn name_written_in_escapes_is_recognised() {
        assert_eq!(
            excerpt(br#"{"p\u0061ssword":"hunter2"}"#),
            r#"{"password":[redacted]}"#
        );
    }

    #[test]
    fn long_scalars_and_long_bodies_are_cut() {
        let long = format!(r#"{{"a":"{}","b":1}}"#, "x".repeat(500));
        assert_eq!(
            excerpt(long.as_bytes()),
            format!(r#"{{"a":"{}…","b":1}}"#, "x".repeat(48))
        );
        let list = format!("[{}]", vec!["1"; 5000].join(","));
        let text = excerpt(list.as_bytes());
        assert!(text.ends_with('…') && text.chars().count() <= EXCERPT_BYTES + 1);
    }

    #[test]
    fn escapes_and_wide_characters_count_as_they_are_shown() {
        let text = "\u{202e}日".repeat(30);
        let list = format!("\"{text}\",").repeat(9);
        for body in [
            format!("<{}", text.repeat(9)),
            format!("[{list}]"),
            format!("[\"{}\",{list}]", "x".repeat(40)),
        ] {
            let shown = excerpt(body.as_bytes());
            assert!(
                shown.ends_with('…') && shown.contains("\\u{202e}日"),
                "{shown}"
            );
            assert!(shown.len() <= EXCERPT_BYTES + 16, "{} bytes", shown.len());
        }
    }

    #[test]
    fn html_and_binary_are_quoted_on_one_line() {
        assert_eq!(excerpt(b"<html>\n<b>x</b>"), "<html> <b>x</b>");
        assert_eq!(excerpt(b"\x1f\x8b\x00"), "\\u{1f}\u{fffd}\\u{0}");
    }

    #[test]
    fn names_that_look_alike_but_hold_nothing_secret_stay() {
        for name in ["task", "bakery", "accessible", "passed", "description"] {
            assert!(!is_secret_name(name), "{name}");
        }
        for name in [
            "X-Auth-Token",
            "secret_key",
            "ak",
            "accessKeyId",
            "admin_pwd_token",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }
}
