//! What services send that their documents do not list, noted while a reply is decoded.
//!
//! Decoding passes over unknown members and keeps unknown values, both without
//! a word. [`watch`] runs a decoding and tells what it came across:
//!
//! ```
//! use cloudbackup_core::de::drift::{DriftKind, watch};
//! use cloudbackup_core::de::{self, Lenient, Read};
//! use serde::Deserializer;
//!
//! #[derive(serde::Deserialize)]
//! struct Backup {
//!     #[serde(deserialize_with = "de::lenient")]
//!     id: String,
//! }
//!
//! impl Lenient for Backup {
//!     fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
//!         de::object(deserializer)
//!     }
//! }
//!
//! let reply = r#"[{"id": "a"}, {"id": "b", "size": 7}]"#;
//! let (backups, findings) = watch(|| serde_json::from_str::<Read<Vec<Backup>>>(reply));
//! assert_eq!(backups?.0[1].id, "b");
//! assert_eq!(findings[0].kind(), DriftKind::UnknownMember);
//! assert_eq!((findings[0].type_name(), findings[0].path()), (Some("Backup"), "[].size"));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Seen is what [`lenient`](super::lenient), [`object`](super::object), open
//! enums and unions read. Where serde reads an object without these, or with
//! `#[serde(flatten)]`, its own unknown members are not seen and its known ones
//! are missing from the paths of what is further inside.
//!
//! The branches of a union are tried in turn. What was found in one that then
//! did not fit is forgotten: a finding is about what the decoding returned.
//! Those of a decoding that failed say nothing.
//!
//! The notes are kept for each thread. A watch inside another keeps its findings
//! to itself, and a panic ends the watches that it passes through.

use std::any;
use std::cell::{Cell, RefCell};
use std::mem;

use crate::enums::OpenEnum;

/// Findings of one watch at most: a reply can hold a new member for each of its bytes.
const FINDINGS: usize = 100;
/// Longest name or value kept, in characters.
const TEXT_CHARS: usize = 64;

/// How a reply and the types that it is read into differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DriftKind {
    /// An object has a member that its type has not.
    UnknownMember,
    /// An open enum is none of its known values.
    UnknownValue,
    /// A union is none of its known branches.
    UnknownVariant,
    /// A header is not of the type that is documented.
    UnreadableHeader,
}

/// One difference between a reply and the types that it was read into.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    kind: DriftKind,
    type_name: Option<&'static str>,
    path: String,
    value: Option<String>,
}

impl Finding {
    /// What kind of difference it is.
    #[must_use]
    pub fn kind(&self) -> DriftKind {
        self.kind
    }

    /// The short name of the type that does not know the member or the value; a
    /// union does not tell its name.
    #[must_use]
    pub fn type_name(&self) -> Option<&'static str> {
        self.type_name
    }

    /// Where it was found, such as `backups[].databases[].name`: any item of a
    /// list is `[]`, any key of a map is `*`. The last name may be the service's
    /// own, and is as it was sent up to 64 characters.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The unknown value of an enum, as it was sent up to 64 characters.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

/// Runs a decoding, and returns beside its result what it met and did not know.
///
/// Each finding is there once, however many items of a list have it, in the
/// order of the reply, and there are at most 100.
pub fn watch<T>(decode: impl FnOnce() -> T) -> (T, Vec<Finding>) {
    let outer = Outer(replace(Some(Watch::default())));
    let decoded = decode();
    let findings = replace(None).map(|watch| watch.findings);
    drop(outer);
    (decoded, findings.unwrap_or_default())
}

thread_local! {
    /// Whether there is a watch. Every object asks, watched or not, and a
    /// variable that is dropped with its thread costs more to look at.
    static ON: Cell<bool> = const { Cell::new(false) };
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Where the decoding is and what it found.
#[derive(Debug, Default)]
struct Watch {
    places: Vec<Place>,
    findings: Vec<Finding>,
}

/// A step from a value to one inside it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Member(&'static str),
    /// Any item of a list.
    Item,
    /// Any value of a map, whose keys are data.
    Entry,
}

/// The watch that another one interrupts; it goes on when this is dropped, after a panic too.
struct Outer(Option<Watch>);

impl Drop for Outer {
    fn drop(&mut self) {
        replace(self.0.take());
    }
}

fn replace(watch: Option<Watch>) -> Option<Watch> {
    ON.set(watch.is_some());
    // Nothing is watched any more while the thread takes down its variables.
    WATCH
        .try_with(|current| mem::replace(&mut *current.borrow_mut(), watch))
        .unwrap_or_default()
}

/// Does this only while somebody watches.
#[inline]
fn with<T>(act: impl FnOnce(&mut Watch) -> T) -> Option<T> {
    if !ON.get() {
        return None;
    }
    WATCH
        .try_with(|current| current.borrow_mut().as_mut().map(act))
        .ok()
        .flatten()
}

/// How many findings there are, while somebody watches.
pub(crate) fn mark() -> Option<usize> {
    with(|watch| watch.findings.len())
}

/// Forgets what was found since the mark, for a value that turned out to be something else.
pub(crate) fn forget_since(mark: usize) {
    with(|watch| watch.findings.truncate(mark));
}

/// Goes to a place inside the present one, until the result is dropped.
#[must_use]
pub(crate) fn enter(place: Place) -> Option<Entered> {
    with(|watch| {
        watch.places.push(place);
        Entered(())
    })
}

/// Goes back when dropped.
pub(crate) struct Entered(());

impl Drop for Entered {
    fn drop(&mut self) {
        with(|watch| watch.places.pop());
    }
}

/// Notes that an object of this type has this member.
pub(crate) fn unknown_member(type_name: &'static str, member: &str) {
    with(|watch| {
        let kind = DriftKind::UnknownMember;
        watch.add(kind, Some(type_name), Some(member), None);
    });
}

/// Notes the value of an enum if it is unknown.
pub(crate) fn value<T: OpenEnum>(value: &T) {
    if mark().is_none() || value.is_known() {
        return;
    }
    let (name, text) = (short_name(any::type_name::<T>()), value.as_str());
    with(|watch| watch.add(DriftKind::UnknownValue, Some(name), None, Some(text)));
}

/// Notes that a union fell through all its branches.
pub(crate) fn unknown_variant() {
    with(|watch| watch.add(DriftKind::UnknownVariant, None, None, None));
}

/// Notes that a header of a reply can't be read.
pub(crate) fn unreadable_header(name: &str) {
    with(|watch| watch.add(DriftKind::UnreadableHeader, None, Some(name), None));
}

impl Watch {
    fn add(
        &mut self,
        kind: DriftKind,
        type_name: Option<&'static str>,
        member: Option<&str>,
        value: Option<&str>,
    ) {
        if self.findings.len() >= FINDINGS {
            return;
        }
        let mut path = path_of(&self.places);
        if let Some(member) = member {
            push_name(&mut path, &cut(member));
        }
        let finding = Finding {
            kind,
            type_name,
            path,
            value: value.map(cut),
        };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

fn path_of(places: &[Place]) -> String {
    let mut path = String::new();
    for place in places {
        match place {
            Place::Member(name) => push_name(&mut path, name),
            Place::Item => path.push_str("[]"),
            Place::Entry => push_name(&mut path, "*"),
        }
    }
    path
}

fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `Status` of `some_model::types::Status`.
fn short_name(full: &'static str) -> &'static str {
    let plain = full.split('<').next().unwrap_or(full);
    plain.rsplit("::").next().unwrap_or(plain)
}
