//! How calls belong together: lists in pages, work that takes its time, and
//! what a call has made found again.
//!
//! Everything is resolved: operations and inputs are named by index, members
//! by their way from the value that holds them.

use super::{Operation, Place, TypeRef};

/// Index of an operation in [`Api::operations`](super::Api::operations).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OperationId(pub usize);

/// A member, perhaps inside of objects.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Wire names with dots between them.
    pub wire: String,
    /// Index of the field at each step; the first one among the inputs of a
    /// request, the members of a reply or those of an entry.
    pub steps: Vec<usize>,
    /// What the last one holds.
    pub ty: TypeRef,
}

/// How a list is walked.
#[derive(Clone, Debug)]
pub struct Paging {
    /// What leads from page to page.
    pub style: PagingStyle,
    /// The entries in the reply.
    pub items: Path,
    /// One of them.
    pub item: TypeRef,
    /// Members of an entry that tell it from the others, perhaps none.
    pub id: Vec<Path>,
    /// The input that carries on; none for a whole list.
    pub position: Option<usize>,
    /// The input with the page size.
    pub size: Option<usize>,
    /// What is asked for where the caller names no size.
    pub page_size: Option<u64>,
    /// The least that can be asked for, where pages are numbered and more than one is needed.
    pub least_page_size: Option<u64>,
    /// What the service takes when nothing is sent.
    pub default_page_size: Option<u64>,
    /// How many entries the reply says that there are.
    pub total: Option<Path>,
    /// What the reply says of the next page.
    pub next: Option<Next>,
    /// Inputs that are left out once the position is sent.
    pub clears: Vec<usize>,
}

/// What leads from page to page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PagingStyle {
    /// How many entries are skipped.
    Offset,
    /// The number of the page.
    Number {
        /// That of the first page.
        first: u64,
    },
    /// The id of the last entry.
    LastId,
    /// A marker of the reply.
    Marker,
    /// A marker in a link of the reply, by the parameter of the link.
    LinkMarker(String),
    /// A count in a link of the reply, by the parameter of the link.
    LinkOffset(String),
    /// There is one page.
    Whole,
}

/// What a reply says of the next page.
#[derive(Clone, Debug)]
pub enum Next {
    /// A marker, or a link.
    Text(Path),
    /// Links, of which the one with `rel` `next` counts.
    Links {
        /// The list.
        list: Path,
        /// What a link is for.
        rel: Path,
        /// Where it leads.
        href: Path,
    },
}

/// Work that takes its time, and how one learns that it is over.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The operation that is asked; the operation itself if it tells of itself.
    pub ask: OperationId,
    /// What it is asked with: inputs of it, and where their values come from.
    pub with: Vec<(usize, Value)>,
    /// The member of its reply that is watched; all of it where there is none.
    pub at: Option<Path>,
    /// What the entry is known by, where that member is a list.
    pub matches: Vec<(Path, Value)>,
    /// The state, in what is watched.
    pub state: Option<Path>,
    /// States of success.
    pub done: Vec<String>,
    /// States of failure.
    pub failed: Vec<String>,
    /// Codes by which the service says that it does not know it, beside the status 404.
    pub unknown: Vec<String>,
    /// Why it has failed.
    pub reason: Option<Path>,
    /// How far it is.
    pub progress: Option<Path>,
    /// Over when it is not found any more.
    pub gone: bool,
    /// Seconds between two questions.
    pub every: Option<u64>,
    /// Seconds after which waiting is given up.
    pub within: Option<u64>,
    /// Seconds in which it may be unknown.
    pub grace: Option<u64>,
}

impl Wait {
    /// The values that a handle keeps, each once.
    pub fn kept(&self) -> Vec<&Value> {
        let with = self.with.iter().map(|(_, value)| value);
        let mut kept: Vec<&Value> = Vec::new();
        for value in with.chain(self.matches.iter().map(|(_, value)| value)) {
            let is_kept = matches!(value, Value::Reply(_) | Value::Request(_));
            if is_kept && !kept.contains(&value) {
                kept.push(value);
            }
        }
        kept
    }
}

/// How one recognises in a list what a call has made.
#[derive(Clone, Debug)]
pub struct Find {
    /// The list.
    pub list: OperationId,
    /// What it is asked with.
    pub with: Vec<(usize, Value)>,
    /// What a match is known by.
    pub matches: Vec<(Path, Value)>,
    /// When an entry was made.
    pub created: Path,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A member of the reply.
    Reply(Path),
    /// An input of the request.
    Request(Path),
    /// Always this text.
    Literal(String),
    /// When the call was made.
    Started,
}

impl Value {
    /// The input that a path parameter is, whose name is not on the wire.
    pub fn path_parameter(&self, operation: &Operation) -> Option<usize> {
        match self {
            Value::Request(path) => {
                let index = *path.steps.first()?;
                let input = operation.inputs.get(index)?;
                (input.place == Place::Path).then_some(index)
            }
            _ => None,
        }
    }
}
