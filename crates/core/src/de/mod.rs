//! Decoding that forgives what the services are known to get wrong.
//!
//! Numbers arrive as text, text as numbers, lists as null. [`lenient`] reads
//! what was meant and never guesses: a number that is not the integer it
//! should be is an error, not a rounded value.
//!
//! | into | accepted |
//! |---|---|
//! | `String` | text; numbers and booleans as their text |
//! | `i64` | integers; `1.0`, `1e3`, `-0`; the same as text; not `1.5`, nothing beyond `i64` |
//! | `f64` | numbers; finite numbers as text |
//! | `bool` | `true`, `false`, `"true"`, `"false"` |
//! | [`Timestamp`] | any text, number or boolean |
//! | `Value` | anything |
//! | `Option<T>` | null is `None`, else as `T` |
//! | `Vec<T>`, `BTreeMap<String, T>` | null is empty, else each as `T` |
//! | generated types | objects; never a list of their members |
//!
//! A member that its document promises is a plain `T`: null is refused there,
//! and a missing one is serde's own error, which names the member.
//!
//! What a reply holds beyond its types is passed over, or kept as it is;
//! [`drift`] tells what that was.

pub mod drift;
mod object;
mod scalar;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::time::Timestamp;

use self::drift::Place;
use self::object::Object;
pub(crate) use self::scalar::{float_text, integral};

/// Reads a value forgivingly, for `#[serde(deserialize_with = "…")]`.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Backup {
///     #[serde(default, deserialize_with = "cloudbackup_core::de::lenient")]
///     size: Option<i64>,
///     #[serde(deserialize_with = "cloudbackup_core::de::lenient")]
///     id: String,
/// }
/// let backup: Backup = serde_json::from_str(r#"{"size": "2803", "id": 7}"#)?;
/// assert_eq!((backup.size, backup.id.as_str()), (Some(2803), "7"));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// Those of the deserializer, and where the value cannot be what was meant.
pub fn lenient<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Lenient,
    D: Deserializer<'de>,
{
    T::lenient(deserializer)
}

/// Reads an object into a type with a derived `Deserialize`, and nothing else.
///
/// A derived type also takes a list, member by member in the order of its
/// definition: a reply of another shape would be read as something it never said.
///
/// # Errors
/// Those of the type's own decoding, and where the value is no object.
pub fn object<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

/// Reads the members that have no field of their own, for `#[serde(flatten)]`; none at all is
/// `None`.
///
/// # Errors
/// Where a value cannot be what was meant.
pub fn rest<'de, T, D>(deserializer: D) -> Result<Option<BTreeMap<String, T>>, D::Error>
where
    T: Lenient,
    D: Deserializer<'de>,
{
    let read = BTreeMap::lenient(deserializer)?;
    Ok((!read.is_empty()).then_some(read))
}

/// What [`lenient`] can read.
pub trait Lenient: Sized {
    /// Reads the value forgivingly.
    ///
    /// # Errors
    /// Those of the deserializer, and where the value cannot be what was meant.
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl Lenient for Timestamp {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl Lenient for Value {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl<T: Lenient> Lenient for Option<T> {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read: Option<Read<T>> = Option::deserialize(deserializer)?;
        Ok(read.map(|Read(value)| value))
    }
}

impl<T: Lenient> Lenient for Vec<T> {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

impl<T: Lenient> Lenient for BTreeMap<String, T> {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MapVisitor(PhantomData))
    }
}

impl<T: Lenient> Lenient for Box<T> {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::lenient(deserializer).map(Self::new)
    }
}

/// Lets what asks for a `Deserialize` read forgivingly: serde's own containers
/// and the entry points of formats.
#[derive(Clone, Copy, Debug)]
pub struct Read<T>(
    /// What was read.
    pub T,
);

impl<'de, T: Lenient> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::lenient(deserializer).map(Self)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    // No capacity is reserved from the size hint: the other side chooses it.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let _entered = drift::enter(Place::Item);
        let mut values = Vec::new();
        while let Some(Read(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(Object(map))
    }
}

struct MapVisitor<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for MapVisitor<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let _entered = drift::enter(Place::Entry);
        let mut values = BTreeMap::new();
        while let Some((key, Read(value))) = map.next_entry()? {
            values.insert(key, value);
        }
        Ok(values)
    }
}
