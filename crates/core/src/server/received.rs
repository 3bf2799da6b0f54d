//! The parts of a request as a server received them.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::json::Json;
use crate::operation::{FromWireText, ListStyle};
use crate::validate::{Violation, ViolationKind, Violations};

/// Names and texts, percent-decoded, in the order in which they came.
type Pairs = Vec<(String, String)>;

/// A request to be read into an input type.
///
/// What a value cannot be read as is noted with its JSON Pointer, so that all mistakes of a request
/// are told at once. Names that the operation does not know are passed over, as the services do.
/// `Debug` shows no values, because a body may hold a password.
///
/// ```
/// use cloudbackup_core::server::Received;
///
/// let query = vec![("limit".to_owned(), "ten".to_owned())];
/// let mut request = Received::new(Vec::new(), query, Vec::new(), Vec::new());
/// assert_eq!(request.query::<i64>("limit"), None);
/// let wrong = request.finish().unwrap_err();
/// assert_eq!(wrong.to_string(), "/query/limit: must be a 64-bit integer");
/// ```
pub struct Received {
    path: Pairs,
    query: Pairs,
    headers: Pairs,
    bytes: Vec<u8>,
    object: Map<String, Value>,
    violations: Vec<Violation>,
}

impl Received {
    /// A request of these path values, query pairs, headers and bytes of a body. Nothing in it is
    /// percent-encoded any more; the case of header names does not matter.
    #[must_use]
    pub fn new(path: Pairs, query: Pairs, headers: Pairs, body: Vec<u8>) -> Self {
        Self {
            path,
            query,
            headers,
            bytes: body,
            object: Map::new(),
            violations: Vec::new(),
        }
    }

    /// A parameter of the path template.
    pub fn path<T: FromWireText>(&mut self, name: &str) -> Option<T> {
        let found = self.path.iter().find(|(known, _)| known == name);
        let text = found.map(|(_, text)| text.clone())?;
        self.read("path", name, &text)
    }

    /// A query parameter. One that is given twice is noted as wrong: services differ in which of
    /// them they take.
    pub fn query<T: FromWireText>(&mut self, name: &str) -> Option<T> {
        let mut texts = self.query_texts(name);
        if texts.len() > 1 {
            self.note("query", name, "must be given once only");
        }
        self.read("query", name, &texts.pop()?)
    }

    /// A list in the query; `None` where the name is not in it.
    pub fn query_list<T: FromWireText>(&mut self, name: &str, style: ListStyle) -> Option<Vec<T>> {
        let texts = self.query_texts(name);
        if texts.is_empty() {
            return None;
        }
        let items: Vec<&str> = match style {
            ListStyle::Repeated => texts.iter().map(String::as_str).collect(),
            ListStyle::Comma => texts.iter().flat_map(|text| text.split(',')).collect(),
        };
        let read = items.into_iter();
        Some(
            read.filter_map(|item| self.read("query", name, item))
                .collect(),
        )
    }

    /// A header.
    pub fn header<T: FromWireText>(&mut self, name: &str) -> Option<T> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        let text = found.map(|(_, text)| text.clone())?;
        self.read("header", name, &text)
    }

    /// Takes the body for an object, whose members are then read with [`member`](Self::member).
    /// No body at all is wrong where one is `required`, and else an object without members.
    pub fn object(&mut self, required: bool) {
        if self.bytes.is_empty() {
            if required {
                self.note_body("is missing, a JSON object is expected");
            }
            return;
        }
        match serde_json::from_slice(&self.bytes) {
            Ok(Value::Object(object)) => self.object = object,
            Ok(_) => self.note_body("must be a JSON object"),
            Err(error) => self.note_body(&format!("is no JSON: {error}")),
        }
    }

    /// A member of the body; null is taken for absent.
    pub fn member<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.object.remove(name)?;
        self.typed(Some(name), value)
    }

    /// The body as a whole, where it is no object with members of the operation.
    pub fn whole<T: DeserializeOwned>(&mut self) -> Option<T> {
        if self.bytes.is_empty() {
            return None;
        }
        match serde_json::from_slice(&self.bytes) {
            Ok(value) => self.typed(None, value),
            Err(error) => {
                self.note_body(&format!("is no JSON: {error}"));
                None
            }
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Everything that could not be read.
    pub fn finish(self) -> Result<(), Violations> {
        Violations::from_found(self.violations)
    }

    fn query_texts(&self, name: &str) -> Vec<String> {
        let pairs = self.query.iter().filter(|(known, _)| known == name);
        pairs.map(|(_, text)| text.clone()).collect()
    }

    fn read<T: FromWireText>(&mut self, place: &str, name: &str, text: &str) -> Option<T> {
        T::from_wire_text(text)
            .map_err(|expected| self.note(place, name, &format!("must be {expected}")))
            .ok()
    }

    fn typed<T: DeserializeOwned>(&mut self, member: Option<&str>, value: Value) -> Option<T> {
        if value.is_null() {
            return None;
        }
        serde_path_to_error::deserialize(Json(value))
            .map_err(|error| {
                let mut pointer = String::from("/body");
                if let Some(name) = member {
                    push_escaped(&mut pointer, name);
                }
                push_path(&mut pointer, error.path());
                // The decoder's words may repeat all of a long value.
                let mut words: String = error.inner().to_string();
                if let Some((end, _)) = words.char_indices().nth(160) {
                    words.truncate(end);
                    words.push('…');
                }
                let message = format!("cannot be read: {}", words.escape_debug());
                self.violations
                    .push(Violation::new(pointer, ViolationKind::Type, message));
            })
            .ok()
    }

    fn note(&mut self, place: &str, name: &str, message: &str) {
        let mut pointer = format!("/{place}");
        push_escaped(&mut pointer, name);
        self.violations
            .push(Violation::new(pointer, ViolationKind::Type, message));
    }

    fn note_body(&mut self, message: &str) {
        self.violations
            .push(Violation::new("/body", ViolationKind::Type, message));
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &Pairs| {
            pairs
                .iter()
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>()
        };
        f.debug_struct("Received")
            .field("path", &names(&self.path))
            .field("query", &names(&self.query))
            .field("headers", &names(&self.headers))
            .field("body_bytes", &self.bytes.len())
            .field("violations", &self.violations)
            .finish()
    }
}

/// Where in a value the decoder stopped, as the rest of a pointer.
fn push_path(pointer: &mut String, path: &serde_path_to_error::Path) {
    use serde_path_to_error::Segment;
    for segment in path {
        match segment {
            Segment::Seq { index } => push_escaped(pointer, &index.to_string()),
            Segment::Map { key } => push_escaped(pointer, key),
            Segment::Enum { variant } => push_escaped(pointer, variant),
            Segment::Unknown => {}
        }
    }
}

fn push_escaped(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}
