//! Text that must not be printed and does not stay in memory.

use std::fmt;

use serde::{Deserialize, Deserializer, Serializer};
use zeroize::Zeroizing;

use crate::de::Lenient;

/// A token, password or key.
///
/// `Debug` prints `[redacted]`, there is no `Display` and no `Serialize`, and
/// the text is overwritten when the value is dropped. A comparison looks at
/// every byte: one that stops at the first difference tells an attacker how far
/// a guess was right.
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

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let (own, other) = (self.expose().as_bytes(), other.expose().as_bytes());
        let pairs = own.iter().zip(other);
        let difference = pairs.fold(0, |all, (a, b)| all | (a ^ b));
        own.len() == other.len() && difference == 0
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl Lenient for Secret {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::lenient(deserializer).map(Self::new)
    }
}

/// Writes the text itself, for the members of bodies that are sent: a
/// `serialize_with`, so that no secret is written by chance.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(secret) => serializer.serialize_some(secret.expose()),
        None => serializer.serialize_none(),
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
    fn is_equal_to_the_same_text_only() {
        assert_eq!(Secret::from("abc"), Secret::from("abc"));
        for other in ["abd", "bbc", "ab", "abcd", ""] {
            assert_ne!(Secret::from("abc"), Secret::from(other), "{other}");
        }
    }

    #[test]
    fn is_read_and_written_where_that_is_asked_for() {
        #[derive(serde::Deserialize, serde::Serialize)]
        struct Login {
            #[serde(serialize_with = "super::serialize")]
            password: Option<Secret>,
        }
        let text = r#"{"password":"abc"}"#;
        let login: Login = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&login).unwrap(), text);
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
