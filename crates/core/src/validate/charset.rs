//! Character classes such as `A-Za-z0-9_-`: membership, and words for them.
//!
//! A class is a list of characters and ranges. A `-` that stands first or
//! last, or right after a range, is a plain hyphen. There are no escapes.

use super::words::{character, list};

/// Whether the class holds the character.
pub(super) fn contains(class: &str, c: char) -> bool {
    Parts(class).any(|Part(low, high)| (low..=high).contains(&c))
}

/// `letters (A-Z, a-z), digits, `_` and `-``.
pub(super) fn describe_all(class: &str) -> String {
    list(&describe(class, &SEVERAL), "and")
}

/// `a letter (A-Z, a-z), a digit or `_``.
pub(super) fn describe_one(class: &str) -> String {
    list(&describe(class, &ONE), "or")
}

/// What the usual ranges are called.
struct Words {
    letters: &'static str,
    capitals: &'static str,
    smalls: &'static str,
    digits: &'static str,
}

const SEVERAL: Words = Words {
    letters: "letters",
    capitals: "capital letters",
    smalls: "small letters",
    digits: "digits",
};

const ONE: Words = Words {
    letters: "a letter",
    capitals: "a capital letter",
    smalls: "a small letter",
    digits: "a digit",
};

const CAPITALS: Part = Part('A', 'Z');
const SMALLS: Part = Part('a', 'z');
const DIGITS: Part = Part('0', '9');

/// The words for each range; those of both cases, which are nearly always
/// meant together, are one. Letters come with their range, since `é` is a
/// letter too.
fn describe(class: &str, words: &Words) -> Vec<String> {
    let both = [CAPITALS, SMALLS].map(|case| Parts(class).any(|part| part == case)) == [true; 2];
    let mut said = false;
    let describe = |part| match part {
        CAPITALS | SMALLS if both => {
            let first = !std::mem::replace(&mut said, true);
            first.then(|| format!("{} (A-Z, a-z)", words.letters))
        }
        CAPITALS => Some(format!("{} (A-Z)", words.capitals)),
        SMALLS => Some(format!("{} (a-z)", words.smalls)),
        DIGITS => Some(words.digits.to_owned()),
        Part(low, high) if low == high => Some(character(low)),
        Part(low, high) => Some(format!("{} to {}", character(low), character(high))),
    };
    Parts(class).filter_map(describe).collect()
}

/// A range of characters, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part(char, char);

/// The ranges of what is left of a class.
struct Parts<'a>(&'a str);

impl Iterator for Parts<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let mut chars = self.0.chars();
        let low = chars.next()?;
        self.0 = chars.as_str();
        if chars.next() == Some('-')
            && let Some(high) = chars.next()
            && low != '-'
        {
            self.0 = chars.as_str();
            return Some(Part(low, high));
        }
        Some(Part(low, low))
    }
}

#[cfg(test)]
mod tests {
    use super::{contains, describe_all, describe_one};

    #[test]
    fn membership() {
        let table = [
            ("A-Za-z0-9_-", "AMZamz059_-", "@[`{/:.é"),
            ("-a", "-a", "b"),
            ("a-c-", "abc-", "d"),
            ("a-c-e", "abc-e", "d"),
            (">!<\"&'=", ">!<\"&'=", "a-"),
            ("ä-ü", "äöü", "aou"),
            ("", "", "a-"),
        ];
        for (class, members, others) in table {
            assert!(
                members.chars().all(|c| contains(class, c)),
                "{class} {members}"
            );
            assert!(
                !others.chars().any(|c| contains(class, c)),
                "{class} {others}"
            );
        }
    }

    #[test]
    fn words() {
        let table = [
            ("A-Za-z0-9_-", "letters (A-Z, a-z), digits, `_` and `-`"),
            ("a-zA-Z", "letters (A-Z, a-z)"),
            ("A-Z0-9a-z_", "letters (A-Z, a-z), digits and `_`"),
            ("a-z0-9", "small letters (a-z) and digits"),
            ("A-Z ", "capital letters (A-Z) and a space"),
            ("a-f", "`a` to `f`"),
        ];
        for (class, expected) in table {
            assert_eq!(describe_all(class), expected);
        }
        assert_eq!(describe_one("A-Za-z"), "a letter (A-Z, a-z)");
        assert_eq!(
            describe_one("A-Za-z0-9_"),
            "a letter (A-Z, a-z), a digit or `_`"
        );
    }
}
