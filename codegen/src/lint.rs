//! Rules for a loaded document: OpenAPI 3.0 to the letter, and in our own
//! specs the house rules on top.
//!
//! `walk` goes over the document by the table of objects and reports what
//! has the wrong name or kind; the other modules look at one matter each. All
//! of them recurse over the document, which loading keeps from being deep, and
//! never over references.

mod examples;
mod extensions;
mod flow;
mod house;
mod parameters;
mod paths;
mod pattern;
mod refs;
mod rules;
mod schema;
mod security;
pub(crate) mod table;
mod value;
mod version;
mod walk;
pub(crate) mod words;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::load::{Document, push};
use crate::source::Span;
use table::Obj;

pub(crate) use paths::names_in;
pub(crate) use table::METHODS;
pub(crate) use version::is_version;
pub(crate) use words::kind_of;

/// How strict the lint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Our own specs: OpenAPI 3.0.3 to the letter, our vocabulary, our rules.
    House,
    /// Documents of others: what nothing can be generated from is an error,
    /// what is merely odd a warning, and `x-` keys are left alone. What has no
    /// type here becomes free JSON or is left out, with a warning.
    Foreign,
    /// The lint of [`Foreign`](Self::Foreign), and after it the same as for
    /// our own: for specs that say only what a test is about.
    Plain,
}

/// Looks for everything that is wrong with a document.
pub fn lint(doc: &Document, profile: Profile, diags: &mut Diagnostics) {
    let mut lint = Lint {
        doc,
        profile,
        diags,
        refs: BTreeMap::new(),
    };
    if !lint.version() {
        return;
    }
    lint.object(Obj::Document, "", &doc.value);
    lint.reference_cycles();
    lint.paths();
    if profile == Profile::House {
        lint.house();
    }
}

/// Findings after which no more names are compared.
const MOST_HINTS: usize = 200;

type Members = Map<String, Value>;

/// The lint at work.
struct Lint<'a> {
    doc: &'a Document,
    profile: Profile,
    diags: &'a mut Diagnostics,
    /// Pointer of each `$ref` that leads somewhere, and where it leads.
    refs: BTreeMap<String, String>,
}

impl<'a> Lint<'a> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diags.push(diagnostic);
    }

    fn house_profile(&self) -> bool {
        self.profile == Profile::House
    }

    /// An error in our own specs, a warning in those of others.
    fn strict(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        match self.profile {
            Profile::House => Diagnostic::error(code, message),
            Profile::Foreign | Profile::Plain => Diagnostic::warning(code, message),
        }
    }

    /// An error, but a warning in documents of others, of which the rest can be made.
    fn bearable(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        match self.profile {
            Profile::House | Profile::Plain => Diagnostic::error(code, message),
            Profile::Foreign => Diagnostic::warning(code, message),
        }
    }

    fn key(&self, pointer: &str) -> Span {
        self.doc.key_span(pointer)
    }

    fn val(&self, pointer: &str) -> Span {
        self.doc.value_span(pointer)
    }

    fn get(&self, pointer: &str) -> Option<&'a Value> {
        self.doc.get(pointer)
    }

    /// `did you mean …?`, while findings are few enough for someone to read
    /// them; comparing names is the one thing here that is not quick.
    fn hint<'c>(
        &self,
        word: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<String> {
        if self.diags.len() >= MOST_HINTS {
            return None;
        }
        words::did_you_mean(word, candidates)
    }

    /// The entries of a map, with their pointers; none when it is no map.
    fn entries(&self, pointer: &str) -> Vec<(String, &'a str, &'a Value)> {
        let map = self.get(pointer).and_then(Value::as_object);
        map.into_iter()
            .flatten()
            .map(|(name, value)| (push(pointer, name), name.as_str(), value))
            .collect()
    }

    /// The keys of a map.
    fn names(&self, pointer: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let map = self.get(pointer).and_then(Value::as_object);
        map.into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// The elements of a list, with their pointers; none when it is no list.
    fn elements(&self, pointer: &str) -> Vec<(String, &'a Value)> {
        let list = self.get(pointer).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .enumerate()
            .map(|(index, value)| (push(pointer, &index.to_string()), value))
            .collect()
    }

    /// A text member.
    fn text(&self, pointer: &str, key: &str) -> Option<&'a str> {
        self.get(pointer)?.get(key)?.as_str()
    }
}
