//! What a change of a document means: on the wire for requests, on the wire
//! for replies, and to Rust callers.
//!
//! Two documents are walked side by side, operation by operation, and schemas
//! are compared by what they say, not by how they are written: a `$ref`, an
//! `allOf` or another spelling of null is no change. Any OpenAPI 3 document
//! can be compared, ours and those of others.
//!
//! ```text
//! side       text      -> Side      documents and the files they refer to
//! operations Side×2    -> findings  what can be called, and its inputs and replies
//! shape      schema    -> Shape     references followed, `allOf` folded
//! schema     Shape×2   -> findings  each pair once in each direction
//! collect    findings  -> Changes   one entry a cause, with places and verdicts
//! items      .api×2    -> Items     what callers can name
//! ```

mod bodies;
mod collect;
mod formats;
mod items;
mod kinds;
mod limits;
mod operations;
mod parameters;
mod same;
mod schema;
mod security;
mod service;
mod shape;
mod side;
mod unused;
mod validate;
mod variants;
mod verdict;
mod walk;

pub use items::{Item, ItemChange, Items, items};
pub use kinds::{KINDS, Kind, kind};
pub use service::{Generated, service};
pub use side::{Broken, Fetch, Side};
pub use verdict::{Level, Rust, Wire};

use crate::diag::Diagnostic;
use crate::source::{Sources, Span};
use walk::Walk;

/// A place in a document.
#[derive(Clone, Debug)]
pub struct Site {
    /// The file, as it was named.
    pub file: String,
    /// JSON Pointer in that file.
    pub pointer: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// One cause.
#[derive(Clone, Debug)]
pub struct Change {
    /// What kind of change it is.
    pub kind: &'static Kind,
    /// The worst of the three verdicts.
    pub level: Level,
    /// What reaches it, as `GET /path`; empty when no operation does.
    pub operations: Vec<String>,
    /// Where it is, or would have been, before.
    pub base: Option<Site>,
    /// Where it is, or would have been, after.
    pub revision: Option<Site>,
    /// What requests notice.
    pub wire_request: Wire,
    /// What replies notice.
    pub wire_reply: Wire,
    /// What Rust callers notice.
    pub rust: Rust,
    /// A sentence without its subject where the place is the subject.
    pub message: String,
    /// Places beside this one where the same was written.
    pub also: usize,
    /// Does not depend on wording, lines or names of the revision.
    pub fingerprint: String,
}

/// Compares two documents.
///
/// # Errors
///
/// When parts of schemas combine to more than can be compared; a sentence.
pub fn compare(base: &Side, revision: &Side) -> Result<Vec<Change>, String> {
    let mut walk = Walk::new(base, revision);
    walk.operations();
    walk.run();
    walk.unused();
    walk.run();
    if walk.exhausted {
        let message = "parts of schemas combine to more than can be compared: `allOf` of schemas whose members \
                       refer to each other's `allOf`, level after level";
        return Err(message.to_owned());
    }
    walk.report_texts();
    Ok(collect::collect(&walk))
}

/// A promise that the generator can't keep, as a change.
fn broken_promise(diagnostic: &Diagnostic, sources: &Sources) -> Change {
    let labels = diagnostic.labels.iter();
    let sites: Vec<Site> = labels.map(|it| Site::of(it.span, sources)).collect();
    let api = |site: &&Site| site.file.ends_with(".api");
    let base = sites.iter().find(api).cloned();
    let revision = sites.iter().find(|site| !api(site)).cloned();
    let detail = format!("{} {}", diagnostic.code, diagnostic.message);
    let message = format!("{}: {}", diagnostic.code, diagnostic.message);
    rust_only(base, revision, &detail, message)
}

/// A promise that was given up, as a change.
fn broken_item(item: &Item, sources: &Sources) -> Change {
    let site = |span: Option<Span>| span.map(|it| Site::of(it, sources));
    let message = match item.change {
        ItemChange::Removed => format!("`{}` is not promised any more", item.path),
        _ => format!("`{}`: {}", item.path, item.text),
    };
    rust_only(site(item.base), site(item.revision), &item.path, message)
}

fn rust_only(base: Option<Site>, revision: Option<Site>, detail: &str, message: String) -> Change {
    let kind = &kinds::PROMISE_BROKEN;
    Change {
        kind,
        level: Level::Breaking,
        operations: Vec::new(),
        wire_request: Wire::None,
        wire_reply: Wire::None,
        rust: Rust::Major,
        message,
        also: 0,
        fingerprint: collect::fingerprint(kind, base.as_ref(), detail),
        base,
        revision,
    }
}

impl Site {
    /// A place that is known by its bytes only.
    fn of(span: Span, sources: &Sources) -> Site {
        let source = sources.get(span.source);
        let (line, column) = sources.line_col(span);
        Site {
            file: source.path.clone(),
            pointer: String::new(),
            line,
            column,
        }
    }
}
