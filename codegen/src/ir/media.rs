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

    /// A media type by its name alone; none where that is no media type. A range is bytes.
    pub fn named(name: &str) -> Option<Media> {
        Some(Media::new(name, Format::of(name)?))
    }

    /// Its name where it is no plain JSON: what promises say of it.
    pub fn promised(&self) -> Option<String> {
        match self.format {
            Format::Nothing => None,
            _ if self.is_plain() => None,
            // Only the caller can say it.
            _ if self.name.is_empty() => Some("*/*".to_owned()),
            _ => Some(self.name.clone()),
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

/// A media type without its parameters, in small letters.
pub fn essence(name: &str) -> String {
    let essence = name.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

impl Format {
    /// How bodies of a media type are made; none where its name is no media type.
    pub fn of(name: &str) -> Option<Format> {
        let essence = essence(name);
        let (kind, subtype) = essence.split_once('/')?;
        let is_token = |text: &str| {
            let is_mark = |c: char| "!#$&-^_.+*".contains(c);
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || is_mark(c))
        };
        let is_printed = name.chars().all(|c| matches!(c, ' '..='~'));
        if !is_printed || !is_token(kind) || !is_token(subtype) {
            return None;
        }
        Some(match (kind, subtype) {
            (_, "json") => Format::Json,
            (_, subtype) if subtype.ends_with("+json") => Format::Json,
            ("application", "x-www-form-urlencoded") => Format::Form,
            ("multipart", "form-data") => Format::Multipart,
            ("text", _) => Format::Text,
            (_, "xml" | "yaml" | "x-yaml" | "x-ndjson" | "jsonl" | "javascript" | "graphql") => {
                Format::Text
            }
            (_, subtype) if subtype.ends_with("+xml") || subtype.ends_with("+yaml") => Format::Text,
            _ => Format::Bytes,
        })
    }
}
