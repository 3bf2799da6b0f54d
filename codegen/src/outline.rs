//! The `.api` file of a service: what was promised to Rust callers, one line
//! an item.
//!
//! It is at once the outline that reviewers read and the record that decides:
//! what a line promised first wins over what the spec says today. The text is
//! YAML, read by the same loader as the specs and printed by hand.

mod conflict;
mod given_up;
mod merge;
mod print;
mod read;

use indexmap::IndexMap;

use crate::diag::Diagnostics;
use crate::load;
use crate::source::{Source, Sources, Span};

pub use given_up::given_up;
pub use print::print;
pub use read::read;

/// Loads and reads an `.api` file. One in which git left the marks of a merge is what both of its
/// sides promise together.
pub fn load(source: &Source, sources: &mut Sources, diags: &mut Diagnostics) -> Option<Outline> {
    let mut side = |source: &Source, diags: &mut Diagnostics| {
        let id = sources.add(&source.path, &source.text);
        Some(read(&load::load(sources, id, diags)?, diags))
    };
    let Some([ours, theirs]) = conflict::sides(source) else {
        return side(source, diags);
    };
    let (ours, theirs) = (side(&ours, diags), side(&theirs, diags));
    Some(merge::merge(ours?, theirs?, diags))
}

/// Everything that callers of a service rely on.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// By method and path template with the parameter names erased.
    pub operations: IndexMap<String, OperationLine>,
    /// By Rust name.
    pub structs: IndexMap<String, StructLine>,
    /// By Rust name; variants by value on the wire.
    pub enums: IndexMap<String, Lines<String>>,
    /// By Rust name; branches by variant.
    pub unions: IndexMap<String, Lines<TypeText>>,
    /// Later names of types, by the first one, which stands everywhere else.
    pub renamed: IndexMap<String, Renamed>,
}

impl Outline {
    /// The name under which a type was promised first.
    pub fn first_name<'a>(&'a self, name: &'a str) -> &'a str {
        let mut renamed = self.renamed.iter();
        let found = renamed.find(|(_, renamed)| renamed.has(name));
        found.map_or(name, |(first, _)| first.as_str())
    }
}

/// Names that came after the first one, the one to use last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    /// Each with the version that was the first to have it.
    pub names: Vec<(String, String)>,
    /// Where it stands.
    pub at: Option<Span>,
}

impl Renamed {
    /// Whether this is one of the names.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|(known, _)| known == name)
    }

    /// The name to use.
    pub fn current(&self) -> Option<&str> {
        self.names.last().map(|(name, _)| name.as_str())
    }

    /// Takes in the name that is wanted from now on.
    pub fn rename(&mut self, first: &str, wanted: &str, since: &str) {
        if self.current().unwrap_or(first) != wanted {
            self.names.push((wanted.to_owned(), since.to_owned()));
        }
    }

    /// Every name that is not to be used any more, with the version since which it is not.
    pub fn former<'a>(&'a self, first: &'a str) -> Vec<(&'a str, &'a str)> {
        let current = self.current().unwrap_or(first);
        let names = self.names.iter().map(|(name, _)| name.as_str());
        let names = std::iter::once(first).chain(names);
        let since = self.names.iter().map(|(_, since)| since.as_str());
        let mut former: Vec<(&str, &str)> = Vec::new();
        for (name, since) in names.zip(since) {
            let is_known = former.iter().any(|(known, _)| *known == name);
            if name != current && !is_known {
                former.push((name, since));
            }
        }
        former
    }
}

impl std::fmt::Display for Renamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (name, since)) in self.names.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name} since {since}")?;
        }
        Ok(())
    }
}

/// Lines of one item.
#[derive(Clone, Debug)]
pub struct Lines<T> {
    /// In the order of the file.
    pub lines: IndexMap<String, Line<T>>,
    /// Where the item stands; absent while it is new.
    pub at: Option<Span>,
}

impl<T> Lines<T> {
    /// The version since which none of it is in the spec.
    pub fn gone(&self) -> Option<&String> {
        let (_, first) = self.lines.first()?;
        first.gone.as_ref()
    }
}

/// One value of an enum, or branch of a union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<T> {
    /// The variant, or the type.
    pub value: T,
    /// The version that was the first without it in the spec.
    pub gone: Option<String>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct OperationLine {
    /// Method on the client.
    pub name: String,
    /// Later names of the method.
    pub renamed: Renamed,
    /// The module that shows it.
    pub module: Option<String>,
    /// The path with the names of what the client holds, where it holds any.
    pub path: Option<String>,
    /// Headers whose values the client holds, with the names of the values.
    pub headers: IndexMap<String, String>,
    /// The media type of the body, where it is not plain JSON.
    pub sends: Option<String>,
    /// The media type of a success, where it is not plain JSON.
    pub accepts: Option<String>,
    /// The version that was the first without it in the spec.
    pub gone: Option<String>,
    /// Entry of the list that can be walked.
    pub pages: Option<FlowLine>,
    /// What can be waited for.
    pub waits: Option<WaitLine>,
    /// Entry of the list that is looked through after a lost reply.
    pub finds: Option<FlowLine>,
    /// By place and wire name (`query limit`), path parameters by position
    /// (`path 1`).
    pub inputs: IndexMap<String, MemberLine>,
    /// By wire name.
    pub reply: IndexMap<String, MemberLine>,
    /// Where it stands.
    pub at: Option<Span>,
}

/// What a call gives beside its reply.
#[derive(Clone, Debug)]
pub struct FlowLine {
    /// Its type.
    pub ty: TypeText,
    /// Where it stands.
    pub at: Option<Span>,
}

/// What can be waited for.
#[derive(Clone, Debug)]
pub struct WaitLine {
    /// The call tells of itself; otherwise it starts what another one tells of.
    pub watches: bool,
    /// What there is in the end; `nothing` after a deletion.
    pub done: TypeText,
    /// Names of the values that a handle keeps.
    pub kept: Vec<String>,
    /// Where it stands.
    pub at: Option<Span>,
}

impl WaitLine {
    /// The key of the line.
    pub fn key(&self) -> &'static str {
        if self.watches { "watches" } else { "starts" }
    }
}

/// One struct.
#[derive(Clone, Debug)]
pub struct StructLine {
    /// How it is made; never changes.
    pub made: Made,
    /// By wire name.
    pub fields: IndexMap<String, MemberLine>,
    /// The version that was the first without it in the spec.
    pub gone: Option<String>,
    /// Where it stands.
    pub at: Option<Span>,
}

/// Who makes a value of a struct, and so how its builder ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Callers: what is missing shows at compile time.
    ForRequests,
    /// Services, and callers only in tests: `build()` returns a `Result`.
    ForReplies,
}

/// One member, or one input of an operation.
#[derive(Clone, Debug)]
pub struct MemberLine {
    /// Its type.
    pub ty: TypeText,
    /// `Option` in a reply.
    pub optional: bool,
    /// Rust name where it is not the wire name.
    pub rust: Option<String>,
    /// Marker of the builder, with whether it is still asked for.
    pub slot: Option<Slot>,
    /// An argument of the client's method rather than a setter.
    pub positional: bool,
    /// Behind a `Box`, since the type contains itself.
    pub boxed: bool,
    /// The version that was the first without it in the spec.
    pub gone: Option<String>,
    /// Where it stands.
    pub at: Option<Span>,
}

/// The marker of a required member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Position among the type parameters of the builder, from 1. Never
    /// changes.
    pub number: u32,
    /// `build()` asks for it.
    pub asked: bool,
}

/// A type as it is written in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeText {
    /// `String`, `i64`, `f64`, `bool`, `Timestamp`, `Json`, `bytes` or a named type.
    Name(String),
    /// `Vec<…>`
    List(Box<TypeText>),
    /// `Map<…>`
    Map(Box<TypeText>),
    /// `…?`, inside of the two.
    Nullable(Box<TypeText>),
}

impl std::fmt::Display for TypeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TypeText::Name(name) => f.write_str(name),
            TypeText::List(item) => write!(f, "Vec<{item}>"),
            TypeText::Map(item) => write!(f, "Map<{item}>"),
            TypeText::Nullable(item) => write!(f, "{item}?"),
        }
    }
}

impl TypeText {
    fn parse(text: &str) -> Option<TypeText> {
        let inner = |prefix| {
            let inner: &str = text.strip_prefix(prefix)?.strip_suffix('>')?;
            Some(Box::new(match inner.strip_suffix('?') {
                Some(inner) => TypeText::Nullable(Box::new(TypeText::parse(inner)?)),
                None => TypeText::parse(inner)?,
            }))
        };
        if text.starts_with("Vec<") {
            return inner("Vec<").map(TypeText::List);
        }
        if text.starts_with("Map<") {
            return inner("Map<").map(TypeText::Map);
        }
        crate::name::is_identifier(text).then(|| TypeText::Name(text.to_owned()))
    }
}
