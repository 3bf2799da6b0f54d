//! Whether a `pattern` is a regular expression at all. Which of them become
//! checks is decided when the schema is lowered.

use super::Lint;
use super::words::shorten;
use crate::diag::code;
use crate::load::push;

impl Lint<'_> {
    /// The value of `pattern`.
    pub(super) fn pattern(&mut self, pointer: &str) {
        let Some(text) = self.text(pointer, "pattern") else {
            return;
        };
        if let Some(problem) = problem(text) {
            let message = format!("`{}` is no regular expression", shorten(text));
            let found = self
                .strict(code::E129, message)
                .at(self.val(&push(pointer, "pattern")), problem)
                .help("mend it; a sign that stands for itself needs a backslash in front");
            self.push(found);
        }
    }
}

/// What is wrong with an expression in every dialect, if anything.
fn problem(pattern: &str) -> Option<&'static str> {
    let mut rest = pattern.chars();
    let mut groups = 0_usize;
    // Whether there is something in front that may be repeated.
    let mut repeatable = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                if rest.next().is_none() {
                    return Some("a backslash ends it");
                }
                repeatable = true;
            }
            '[' => {
                let Some(after) = after_class(rest.as_str()) else {
                    return Some("a `[` is not closed");
                };
                rest = after.chars();
                repeatable = true;
            }
            '(' => {
                groups += 1;
                repeatable = false;
                if let Some(inner) = rest.as_str().strip_prefix('?') {
                    rest = inner.chars();
                }
            }
            ')' => {
                if groups == 0 {
                    return Some("a `)` closes no group");
                }
                groups -= 1;
                repeatable = true;
            }
            '*' | '+' | '?' if !repeatable => return Some("there is nothing to repeat"),
            '{' => {
                if reversed(rest.as_str()) {
                    return Some("the least number of repetitions is above the most");
                }
                repeatable = true;
            }
            '|' => repeatable = false,
            _ => repeatable = true,
        }
    }
    (groups > 0).then_some("a `(` is not closed")
}

/// What follows a character class, or nothing when it does not end.
fn after_class(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}

/// Whether this is the inside of `{3,2}`.
fn reversed(text: &str) -> bool {
    let bounds = text
        .split_once('}')
        .and_then(|(inner, _)| inner.split_once(','));
    let Some((least, most)) = bounds else {
        return false;
    };
    match (least.parse::<u64>(), most.parse::<u64>()) {
        (Ok(least), Ok(most)) => least > most,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_pass() {
        for good in [
            "",
            "^[A-Za-z][A-Za-z0-9_-]{3,63}$",
            "^(?!default)[^<>]*$",
            "(?:a|b)+?",
            "(?<name>x)",
            r"\(\[\d+\]",
            "[]]",
            "a{2}b{,3}{",
            r"[\]]*",
            "x|",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
    }

    #[test]
    fn what_is_no_expression_is_told() {
        for bad in [
            "([a-z", "[a", "*", "a|+", "(*)", "a{2,1}", "a)", "(a", "a\\",
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
