//! Text to [`Document`]: a JSON value and the place of each part of it.
//!
//! YAML is read once, event by event, with a stack of our own, so that neither
//! depth nor aliases of a hostile text cost more than the limits below. JSON
//! is read by `serde_json`; a scan of the same text finds keys and values.

mod json;
mod offsets;
pub mod pointer;
mod scalar;
mod spans;
mod yaml;
mod yaml_error;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::source::{SourceId, Sources, Span};
use spans::{Range, SpanTree};

pub use pointer::push;

/// Longest text that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Deepest nesting of maps and lists: what `serde_json` takes by itself.
/// Everything after loading may recurse over a document because of it.
pub const MAX_DEPTH: usize = 127;
/// Most values in a document, copies by aliases included.
pub const MAX_NODES: usize = 1_000_000;
/// Most bytes of text that aliases may copy.
pub const MAX_COPIED: usize = 16 << 20;

/// A loaded text whose top level is a map.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it came from.
    pub source: SourceId,
    /// What it says; members keep their order.
    pub value: Value,
    /// Where things stood that have moved since, by the pointer they have now.
    pub(crate) moved: BTreeMap<String, String>,
    spans: SpanTree,
}

impl Document {
    /// The value at a JSON Pointer.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.value.pointer(pointer)
    }

    /// The key of a map entry; the value where there is no key. Of an unknown
    /// pointer, the nearest ancestor that exists.
    pub fn key_span(&self, pointer: &str) -> Span {
        let id = self.spans.nearest(&self.written(pointer));
        let range = self.spans.key(id).unwrap_or_else(|| self.spans.value(id));
        self.span(range)
    }

    /// The value itself, as far as it stands on its first line; the key where
    /// the value is left out. Of an unknown pointer, the nearest ancestor that
    /// exists: its key, since the ancestor as a whole is rarely worth marking.
    pub fn value_span(&self, pointer: &str) -> Span {
        let id = self.spans.nearest(&self.written(pointer));
        if self.get(pointer).is_none() {
            return self.key_span(pointer);
        }
        self.span(self.spans.value(id))
    }

    /// The pointer at which the text has something.
    fn written<'p>(&self, pointer: &'p str) -> Cow<'p, str> {
        let mut written = Cow::Borrowed(pointer);
        // What moved may have been in something that moved as well.
        for _ in 0..=self.moved.len().min(MAX_DEPTH) {
            let cuts = written.match_indices('/').map(|(at, _)| at);
            let mut cuts = cuts.skip(1).chain([written.len()]);
            let found = cuts.find_map(|end| {
                let from = self.moved.get(written.get(..end)?)?;
                Some(format!("{from}{}", written.get(end..)?))
            });
            match found {
                Some(found) => written = Cow::Owned(found),
                None => break,
            }
        }
        written
    }

    fn span(&self, (start, end): Range) -> Span {
        Span::new(self.source, start, end)
    }
}

/// Reads a text: JSON when its path ends in `.json`, else YAML. What is wrong
/// goes into `diags`; a document that is given back although there were errors
/// is good enough to look for more.
pub fn load(sources: &Sources, id: SourceId, diags: &mut Diagnostics) -> Option<Document> {
    let document = load_any(sources, id, diags)?;
    is_map(&document, diags).then_some(document)
}

/// [`load`] for a text whose top level may be anything, such as an example.
pub fn load_any(sources: &Sources, id: SourceId, diags: &mut Diagnostics) -> Option<Document> {
    let source = sources.get(id);
    let mut out = Findings { source: id, diags };
    let text = Text::new(&source.text);
    if !acceptable(&text, &mut out) {
        return None;
    }
    let (value, spans) = if source.path.to_ascii_lowercase().ends_with(".json") {
        json::read(&text, &mut out)?
    } else {
        yaml::read(&text, &mut out)?
    };
    Some(Document {
        source: id,
        value,
        moved: BTreeMap::new(),
        spans,
    })
}

/// A text without its byte order mark. Offsets that leave this module count
/// the mark.
struct Text<'a> {
    body: &'a str,
    skipped: usize,
}

impl<'a> Text<'a> {
    fn new(whole: &'a str) -> Self {
        let body = whole.strip_prefix('\u{FEFF}').unwrap_or(whole);
        Self {
            body,
            skipped: whole.len() - body.len(),
        }
    }
}

/// Takes in what is wrong with one text.
struct Findings<'a> {
    source: SourceId,
    diags: &'a mut Diagnostics,
}

impl Findings<'_> {
    fn span(&self, (start, end): Range) -> Span {
        Span::new(self.source, start, end)
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diags.push(diagnostic);
    }
}

/// What can be said before any parsing.
fn acceptable(text: &Text<'_>, out: &mut Findings<'_>) -> bool {
    if text.body.len() > MAX_BYTES {
        let message = format!(
            "the document is too large: {} MiB, the limit is {} MiB",
            text.body.len() >> 20,
            MAX_BYTES >> 20
        );
        out.push(
            Diagnostic::error(code::E012, message)
                .at(out.span((0, 0)), "")
                .help("split the document by service, or shorten its descriptions"),
        );
        return false;
    }
    if text.body.trim().is_empty() {
        out.push(
            Diagnostic::error(code::E005, "the document is empty")
                .at(out.span((0, 0)), "nothing here")
                .help("an OpenAPI document starts with `openapi: 3.0.3`"),
        );
        return false;
    }
    no_control_characters(text, out)
}

/// YAML would end at a NUL in silence, JSON would call it a syntax error.
fn no_control_characters(text: &Text<'_>, out: &mut Findings<'_>) -> bool {
    // All of them are single bytes, which stand in no longer character.
    let odd = |c: &u8| *c < b' ' && !matches!(c, b'\t' | b'\n' | b'\r') || *c == 0x7F;
    let Some(at) = text.body.bytes().position(|c| odd(&c)) else {
        return true;
    };
    let found = text.body.as_bytes()[at];
    let start = at + text.skipped;
    let message = format!("the text holds the control character U+{:04X}", found);
    out.push(
        Diagnostic::error(code::E004, message)
            .at(
                out.span((start, start + 1)),
                "this character cannot be seen",
            )
            .help("remove it, or write it as an escape in a quoted text: \"\\u0000\""),
    );
    false
}

fn is_map(document: &Document, diags: &mut Diagnostics) -> bool {
    if document.value.is_object() {
        return true;
    }
    let found = crate::lint::kind_of(&document.value);
    diags.push(
        Diagnostic::error(code::E006, "the top level of the document is not a map")
            .at(document.value_span(""), format!("this is {found}"))
            .help("write `key: value` entries; is a colon missing?"),
    );
    false
}

fn repeated_key(out: &Findings<'_>, key: &str, first: Range, again: Range) -> Diagnostic {
    let name = crate::lint::words::shorten(key);
    Diagnostic::error(code::E003, format!("the key `{name}` is given twice"))
        .at(out.span(again), "given again here")
        .also(out.span(first), "first given here")
        .help("remove one of the two, or give it another name")
}

fn too_deep(out: &Findings<'_>, range: Range) -> Diagnostic {
    let message = format!("the document is nested more than {MAX_DEPTH} levels deep");
    Diagnostic::error(code::E013, message)
        .at(out.span(range), "this is one level too many")
        .help("move inner schemas to `components/schemas` and refer to them")
}

#[cfg(test)]
mod tests;
