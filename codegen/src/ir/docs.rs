//! What the document says for people, and its examples.

use crate::source::Span;

/// An example of the document.
#[derive(Clone, Debug)]
pub struct Example {
    /// Name in tests.
    pub name: String,
    /// Method and path as the document prints them.
    pub request: Option<String>,
    /// Values of path, query and header parameters by wire name.
    pub parameters: Vec<(String, serde_json::Value)>,
    /// Body of the request.
    pub body: Option<ExampleBody>,
    /// Status of the reply.
    pub status: Option<u16>,
    /// Body of the reply.
    pub reply: Option<ExampleBody>,
    /// JSON pointer of the example.
    pub pointer: String,
    /// Place in the spec.
    pub at: Span,
}

/// A body that stands in a file of its own.
#[derive(Clone, Debug)]
pub struct ExampleBody {
    /// Path as the spec names it: `examples/cbr-….json`.
    pub file: String,
    /// The text, byte for byte.
    pub text: String,
    /// The value.
    pub value: serde_json::Value,
}

/// Text for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Docs {
    /// One line, operations only.
    pub summary: Option<String>,
    /// Any length.
    pub description: Option<String>,
    /// Unit of a number.
    pub unit: Option<String>,
    /// What the service takes when nothing is sent.
    pub default: Option<String>,
    /// Table or section of the document.
    pub source: Option<String>,
    /// Why callers should not use it any more.
    pub deprecated: Option<Deprecation>,
}

/// Why callers should not use something any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deprecation {
    /// The document says so.
    ByDocument,
    /// The spec has dropped it; it stays because callers were promised it.
    Gone {
        /// The version that was the first without it in the spec.
        since: String,
    },
}

impl Deprecation {
    /// Whether the spec has it no more.
    pub fn is_gone(&self) -> bool {
        matches!(self, Deprecation::Gone { .. })
    }

    /// The version since which the spec has it no more.
    pub fn gone_since(&self) -> Option<&str> {
        match self {
            Deprecation::Gone { since } => Some(since),
            Deprecation::ByDocument => None,
        }
    }
}

/// The vendor's document behind an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocSource {
    /// Its title.
    pub document: Option<String>,
    /// Its date as printed.
    pub date: Option<String>,
    /// The vendor's name of the operation.
    pub operation: Option<String>,
}
