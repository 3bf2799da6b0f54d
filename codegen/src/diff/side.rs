//! One side of a comparison: a document and the files that it refers to.

use std::collections::HashMap;

use serde_json::Value;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::load::pointer::{append, from_ref};
use crate::load::{Document, load, load_any};
use crate::source::{Source, Sources};

/// Longest chain of references that is followed.
pub(super) const LONGEST_CHAIN: usize = 64;

/// Most files that one document may refer to.
const MOST_FILES: usize = 500;

/// Gives the text of a file by its path, which is written as that of the first
/// document is; the error is a sentence.
pub type Fetch<'f> = dyn FnMut(&str) -> Result<Source, String> + 'f;

/// A document and all that it refers to.
#[derive(Debug)]
pub struct Side {
    sources: Sources,
    docs: Vec<Document>,
    by_path: HashMap<String, usize>,
    paths: Vec<String>,
    /// OpenAPI 3.1 or later: keys beside a `$ref` count.
    modern: bool,
    /// How many objects it has that are compared.
    pub(super) objects: usize,
}

/// A document that can't be compared.
#[derive(Debug)]
pub struct Broken {
    /// Texts that the diagnostics point into.
    pub sources: Sources,
    /// What is wrong.
    pub diagnostics: Diagnostics,
}

/// A value and the document that it stands in. Two are the same when they
/// stand at the same place, whatever they say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loc<'a> {
    pub(super) doc: usize,
    pub(super) value: &'a Value,
}

impl<'a> Loc<'a> {
    /// What tells this value from all others.
    pub(super) fn address(self) -> usize {
        std::ptr::from_ref(self.value).addr()
    }

    /// The member of that name.
    pub(super) fn get(self, key: &str) -> Option<Loc<'a>> {
        let value = self.value.as_object()?.get(key)?;
        Some(Loc {
            doc: self.doc,
            value,
        })
    }

    /// A member that is a text.
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.value.as_object()?.get(key)?.as_str()
    }

    /// Whether a member is `true`.
    pub(super) fn is_true(self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|it| it.value == &Value::Bool(true))
    }

    /// The entries of a map.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'a str, Loc<'a>)> {
        let doc = self.doc;
        let map = self.value.as_object();
        map.into_iter()
            .flatten()
            .map(move |(key, value)| (key.as_str(), Loc { doc, value }))
    }

    /// The elements of a list.
    pub(super) fn elements(self) -> impl Iterator<Item = Loc<'a>> {
        let doc = self.doc;
        let list = self.value.as_array();
        list.into_iter()
            .flatten()
            .map(move |value| Loc { doc, value })
    }
}

impl Side {
    /// Loads a document and what it refers to; every reference leads somewhere.
    ///
    /// # Errors
    ///
    /// When anything is wrong that would make a verdict meaningless.
    pub fn load(first: Source, fetch: &mut Fetch<'_>) -> Result<Side, Broken> {
        let mut diagnostics = Diagnostics::new();
        let mut side = Side {
            sources: Sources::new(),
            docs: Vec::new(),
            by_path: HashMap::new(),
            paths: Vec::new(),
            modern: false,
            objects: 0,
        };
        if side.add(first, &mut diagnostics).is_some() {
            let version = side.docs[0].get("/openapi").and_then(Value::as_str);
            side.modern = version.is_some_and(|it| !it.starts_with("3.0"));
            let mut next = 0;
            while next < side.docs.len() {
                side.follow(next, fetch, &mut diagnostics);
                next += 1;
            }
            side.objects = super::validate::validate(&side, &mut diagnostics);
        }
        if !diagnostics.has_errors() {
            return Ok(side);
        }
        diagnostics.sort(&side.sources);
        Err(Broken {
            sources: side.sources,
            diagnostics,
        })
    }

    fn add(&mut self, file: Source, diags: &mut Diagnostics) -> Option<()> {
        let path = file.path.clone();
        let id = self.sources.add(file.path, file.text);
        // A file that is referred to may hold anything; the first may not.
        let doc = match self.docs.is_empty() {
            true => load(&self.sources, id, diags)?,
            false => load_any(&self.sources, id, diags)?,
        };
        self.by_path.insert(path.clone(), self.docs.len());
        self.paths.push(path);
        self.docs.push(doc);
        Some(())
    }

    /// Loads the files that a document refers to.
    fn follow(&mut self, doc: usize, fetch: &mut Fetch<'_>, diags: &mut Diagnostics) {
        let mut found = Vec::new();
        outside(&self.docs[doc].value, &mut String::new(), &mut found);
        for (reference, pointer) in found {
            let file = reference.split('#').next().unwrap_or_default();
            let Some(path) = join(&self.paths[doc], file) else {
                self.unreadable(
                    doc,
                    &pointer,
                    &reference,
                    "only files beside it are read",
                    diags,
                );
                continue;
            };
            if self.by_path.contains_key(&path) {
                continue;
            }
            if self.docs.len() >= MOST_FILES {
                self.unreadable(doc, &pointer, &reference, "too many files", diags);
                return;
            }
            match fetch(&path) {
                Ok(file) => {
                    let file = Source { path, ..file };
                    self.add(file, diags);
                }
                Err(message) => self.unreadable(doc, &pointer, &reference, &message, diags),
            }
        }
    }

    fn unreadable(
        &self,
        doc: usize,
        pointer: &str,
        reference: &str,
        why: &str,
        diags: &mut Diagnostics,
    ) {
        let shown = crate::lint::words::shorten(reference);
        diags.push(
            Diagnostic::error(code::E107, format!("the file of `{shown}` can't be read"))
                .at(self.docs[doc].value_span(pointer), why)
                .help("give the files that a document refers to beside it"),
        );
    }

    /// The first document.
    pub(super) fn root(&self) -> Loc<'_> {
        Loc {
            doc: 0,
            value: &self.docs[0].value,
        }
    }

    /// The text of a document.
    pub(super) fn text(&self, doc: usize) -> &str {
        &self.sources.get(self.docs[doc].source).text
    }

    pub(super) fn docs(&self) -> &[Document] {
        &self.docs
    }

    /// The path of a document as it was given.
    pub(super) fn path(&self, doc: usize) -> &str {
        &self.paths[doc]
    }

    pub(super) fn modern(&self) -> bool {
        self.modern
    }

    /// The document that a `$ref` leads into, if it could be read.
    pub(super) fn document(&self, doc: usize, reference: &str) -> Option<usize> {
        match reference.split('#').next().unwrap_or_default() {
            "" => Some(doc),
            file => self.by_path.get(&join(&self.paths[doc], file)?).copied(),
        }
    }

    /// What a `$ref` of a document means.
    pub(super) fn target(&self, doc: usize, reference: &str) -> Option<Loc<'_>> {
        let doc = self.document(doc, reference)?;
        let fragment = reference.find('#').map_or("#", |at| &reference[at..]);
        let value = self.docs[doc].get(&from_ref(fragment)?)?;
        Some(Loc { doc, value })
    }

    /// Follows references to what they mean. What leads nowhere or round in a
    /// circle stays where it is; [`Side::load`] has complained of it.
    pub(super) fn resolve<'a>(&'a self, loc: Loc<'a>) -> Loc<'a> {
        let mut at = loc;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = at.text("$ref") else {
                return at;
            };
            match self.target(at.doc, reference) {
                Some(target) => at = target,
                None => return at,
            }
        }
        at
    }
}

/// References that lead out of a document, with their places. A `$ref` that is
/// no text is a member of that name; examples hold anything.
fn outside(value: &Value, pointer: &mut String, found: &mut Vec<(String, String)>) {
    let length = pointer.len();
    match value {
        Value::Object(map) => {
            let names = pointer.ends_with("/properties");
            for (key, value) in map {
                let opaque = matches!(key.as_str(), "example" | "examples" | "default" | "enum");
                if !names && (opaque || key.starts_with("x-")) {
                    continue;
                }
                append(pointer, key);
                match value {
                    Value::String(text) if key == "$ref" && !text.starts_with('#') => {
                        found.push((text.clone(), pointer.clone()));
                    }
                    other => outside(other, pointer, found),
                }
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                append(pointer, &index.to_string());
                outside(value, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// The path of a file that is named from another one; `None` for what is no
/// file below the folders at hand.
fn join(from: &str, file: &str) -> Option<String> {
    if file.is_empty() || file.starts_with('/') || file.contains(':') || file.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." && !last.is_empty() => {
                    parts.pop();
                }
                _ => parts.push(".."),
            },
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}
