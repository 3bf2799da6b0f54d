//! The members of an object on their way into a derived type; those it does not have are noted.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::drift::{self, Place};

/// What a derived type is read from: an object whose members are watched.
pub(super) struct Object<A>(pub(super) A);

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Object<A> {
    type Error = A::Error;

    /// Only here does a derived type tell its members.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let Some(mark) = drift::mark() else {
            return visitor.visit_map(self.0);
        };
        let read = visitor.visit_map(Members {
            map: self.0,
            name,
            members,
            place: None,
        });
        if read.is_err() {
            drift::forget_since(mark);
        }
        read
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        MapAccessDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// The members of an object, and those that its type has.
struct Members<A> {
    map: A,
    name: &'static str,
    members: &'static [&'static str],
    /// Where the next value stands.
    place: Option<Place>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let (name, members, place) = (self.name, self.members, &mut self.place);
        self.map.next_key_seed(Key {
            seed,
            name,
            members,
            place,
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let _entered = self.place.take().and_then(drift::enter);
        self.map.next_value_seed(seed)
    }
}

/// Reads a name, and hands it on to what the derived type reads it with.
struct Key<'p, K> {
    seed: K,
    name: &'static str,
    members: &'static [&'static str],
    place: &'p mut Option<Place>,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'_, K> {
    type Value = K::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<'_, K> {
    type Value = K::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<K::Value, E> {
        let known = self.members.iter().find(|known| **known == name);
        if known.is_none() {
            drift::unknown_member(self.name, name);
        }
        *self.place = known.map(|name| Place::Member(name));
        self.seed.deserialize(StrDeserializer::new(name))
    }
}
