//! Text that must not be printed and does not stay in memory.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
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

/// A secret, or a list or map of them, that may be absent: what [`Exposed`] writes.
pub trait Expose {
    /// Writes the text itself.
    ///
    /// # Errors
    /// Those of the serializer.
    fn expose_to<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

impl Expose for Secret {
    fn expose_to<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<T: Expose> Expose for Option<T> {
    fn expose_to<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => serializer.serialize_some(&Exposed(value)),
            None => serializer.serialize_none(),
        }
    }
}

impl<T: Expose> Expose for Vec<T> {
    fn expose_to<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Exposed))
    }
}

impl<T: Expose> Expose for BTreeMap<String, T> {
    fn expose_to<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, value)| (name, Exposed(value))))
    }
}

/// Writes the text of the secrets in it, where a body that is sent holds them.
pub struct Exposed<'a, T>(pub &'a T);

impl<'a, T> Exposed<'a, T> {
    /// The same for each value of a map.
    pub fn values(map: &'a BTreeMap<String, T>) -> BTreeMap<String, Self> {
        let values = map.iter().map(|(name, value)| (name.clone(), Self(value)));
        values.collect()
    }
}

impl<T: Expose> Serialize for Exposed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.expose_to(serializer)
    }
}

/// Writes the text itself, for the members of bodies that are sent: a
/// `serialize_with`, so that no secret is written by chance.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Expose, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.expose_to(serializer)
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
            #[serde(serialize_with = "super::serialize")]
            old: Vec<Option<Secret>>,
            #[serde(flatten, serialize_with = "super::serialize")]
            more: std::collections::BTreeMap<String, Secret>,
        }
        let text = r#"{"password":"abc","old":["a",null],"other":"b"}"#;
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
