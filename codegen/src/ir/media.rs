//! Media types of bodies.

use std::collections::BTreeMap;

/// The media type of JSON, which bodies have unless something else is said.
pub const JSON: &str = "application/json";

/// The media type of a body, and how such a body is made or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// As it is sent or asked for; empty where only the caller can say it.
    pub name: String,
    /// How it is made or read.
    pub format: Format,
    /// Of a form, how members are written that differ from the rest, by wire name.
    pub members: BTreeMap<String, MemberForm>,
}

impl Default for Media {
    fn default() -> Self {
        Media::new(JSON, Format::Json)
    }
}

impl Media {
    /// A media type of which no member is special.
    pub fn new(name: &str, format: Format) -> Media {
        Media {
            name: name.to_owned(),
            format,
            members: BTreeMap::new(),
        }
    }

    /// Whether it is plain JSON, of which nothing need be said.
    pub fn is_plain(&self) -> bool {
        *self == Media::default()
    }
}

/// How a body is made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// Pairs, as in a query.
    Form,
    /// Parts, which may be files.
    Multipart,
    /// Text, given and taken as a whole.
    Text,
    /// Bytes, given and taken as a whole.
    Bytes,
    /// A reply of which nothing is described.
    Nothing,
}

/// How a member of a form is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberForm {
    /// A pair for each item, members of objects by their own names.
    Exploded,
    /// One pair with this between the items.
    Joined(&'static str),
    /// Names with brackets.
    Deep,
    /// JSON in a pair.
    Json,
    /// A part of this media type.
    As(String),
}
