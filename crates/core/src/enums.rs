//! Enums that stay open: a value the document does not list is kept.
//!
//! Services add values without a new version of their API. A closed enum
//! would fail to decode the whole reply; an open one keeps the text, prints
//! it and sends it back unchanged. The text sits in an opaque
//! [`UnknownValue`], so that callers cannot match on it and break when a
//! later version gives the value a name.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::de::drift;

/// A set of known texts and whatever else the service sends.
pub trait OpenEnum: Sized {
    /// The known values, spelt as on the wire, in the document's order.
    const VALUES: &'static [&'static str];

    /// The variant of this text, or the unknown variant holding it.
    fn from_text(text: String) -> Self;

    /// The value as it is spelt on the wire.
    fn as_str(&self) -> &str;

    /// Whether the value is one of [`VALUES`](Self::VALUES).
    fn is_known(&self) -> bool {
        Self::VALUES.contains(&self.as_str())
    }
}

/// The text of an enum value that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownValue(String);

impl UnknownValue {
    /// For generated code: everyone else makes the enum from its text.
    #[doc(hidden)]
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The value as it is spelt on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Writes an open enum as its text.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: OpenEnum,
    S: Serializer,
{
    serializer.serialize_str(value.as_str())
}

/// Reads an open enum from text; a number or a boolean counts as its text.
///
/// # Errors
/// Those of the deserializer, and for null, a list or an object.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: OpenEnum,
    D: Deserializer<'de>,
{
    let value = deserializer.deserialize_any(EnumVisitor(PhantomData))?;
    drift::value(&value);
    Ok(value)
}

struct EnumVisitor<T>(PhantomData<T>);

impl<T: OpenEnum> Visitor<'_> for EnumVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text such as ")?;
        for (index, value) in T::VALUES.iter().take(3).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}`{value}`")?;
        }
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<T, E> {
        Ok(T::from_text(text))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        Ok(T::from_text(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        Ok(T::from_text(number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        Ok(T::from_text(crate::de::float_text(number)))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<T, E> {
        Ok(T::from_text(value.to_string()))
    }
}

/// A value that fits none of the known variants of a union.
///
/// It is written back as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownJson(Value);

impl UnknownJson {
    /// For generated code: everyone else reads the union from JSON.
    #[doc(hidden)]
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self(value)
    }

    /// The value as JSON.
    #[must_use]
    pub fn as_json(&self) -> &Value {
        &self.0
    }
}

impl Serialize for UnknownJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for UnknownJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        drift::unknown_variant();
        Ok(Self(value))
    }
}
