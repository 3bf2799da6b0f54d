//! Text that must not be printed and does not stay in memory.

use std::fmt;

use zeroize::Zeroizing;

/// A token, password or key.
///
/// `Debug` prints `[redacted]`, there is no `Display` and no `Serialize`, and
/// the text is overwritten when the value is dropped. It is not compared
/// either: an equality that stops at the first difference tells an attacker
/// how far a guess was right.
///
/// Only the memory this value owns is overwritten. A `String` given to
/// [`Secret::new`] is taken over without a copy; a `&str` leaves the caller's
/// own copy where it is.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_never_shows_the_text() {
        #[derive(Debug)]
        struct Holder {
            #[allow(dead_code, reason = "read by Debug only")]
            token: Option<Secret>,
        }
        let holder = Holder {
            token: Some(Secret::from("gAAAAABk")),
        };
        assert_eq!(format!("{holder:?}"), "Holder { token: Some([redacted]) }");
        assert!(!format!("{holder:#?}").contains("gAAA"));
    }

    #[test]
    fn exposes_what_it_was_given() {
        assert_eq!(Secret::new(String::from("abc")).expose(), "abc");
        assert_eq!(Secret::from("abc").clone().expose(), "abc");
    }

    #[test]
    fn a_string_is_taken_over_without_a_copy() {
        let text = String::from("a token of some length");
        let address = text.as_ptr();
        assert_eq!(Secret::new(text).expose().as_ptr(), address);
    }
}
