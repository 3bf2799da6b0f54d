//! Findings to changes: one entry for each cause, with everything that
//! reaches it, and places as files, lines and pointers.

use std::collections::HashMap;

use serde_json::Value;

use super::kinds::Kind;
use super::side::Side;
use super::verdict::{Level, Rust, Wire};
use super::walk::{Finding, Place, Walk};
use super::{Change, Site};
use crate::load::pointer::append;
use crate::source::LineIndex;

/// A cause while its findings come together.
struct Cause<'w, 'a> {
    first: &'w Finding<'a>,
    nodes: Vec<usize>,
    request: Wire,
    reply: Wire,
    rust: Rust,
    /// Other places of the base that the same cause stands at.
    also: usize,
}

/// Place of one side: the value and whether its key is meant.
type Key = Option<(usize, bool)>;

fn key(place: Option<Place<'_>>) -> Key {
    place.map(|it| (it.at.address(), it.key))
}

/// Makes one change of all findings about one cause.
pub(super) fn collect(walk: &Walk<'_>) -> Vec<Change> {
    let causes = causes(&walk.findings);
    let causes = together(causes, |it| key(it.revision));
    let causes = together(causes, |it| key(it.base));
    let old = Places::of(walk.base, causes.iter().filter_map(|it| it.first.base));
    let new = Places::of(
        walk.revision,
        causes.iter().filter_map(|it| it.first.revision),
    );
    let mut operations = Operations::default();
    let mut changes: Vec<Change> = causes
        .iter()
        .map(|cause| change(walk, cause, &old, &new, &mut operations))
        .collect();
    changes.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| order(a).cmp(&order(b))));
    changes
}

/// Changes of one level stand in the order of the documents.
fn order(change: &Change) -> (Option<(&str, usize, usize)>, &str, &str) {
    let site = change.base.as_ref().or(change.revision.as_ref());
    let place = site.map(|it| (it.file.as_str(), it.line, it.column));
    (place, change.kind.id, &change.message)
}

/// Brings the directions of one change together.
fn causes<'w, 'a>(findings: &'w [Finding<'a>]) -> Vec<Cause<'w, 'a>> {
    let mut numbers = HashMap::new();
    let mut causes: Vec<Cause<'w, 'a>> = Vec::new();
    for finding in findings {
        let (request, reply, rust) = finding.way.verdicts(finding.kind);
        let same = (
            finding.kind.id,
            finding.detail.as_str(),
            key(finding.base),
            key(finding.revision),
        );
        let number = *numbers.entry(same).or_insert(causes.len());
        if number == causes.len() {
            causes.push(Cause {
                first: finding,
                nodes: Vec::new(),
                request,
                reply,
                rust,
                also: 0,
            });
        }
        let cause = &mut causes[number];
        cause.nodes.push(finding.node);
        cause.request = cause.request.max(request);
        cause.reply = cause.reply.max(reply);
        cause.rust = cause.rust.max(rust);
    }
    causes
}

/// Brings together what differs in the place of one side only: many copies
/// that became one schema, or one that became many.
fn together<'w, 'a>(
    causes: Vec<Cause<'w, 'a>>,
    side: impl Fn(&Finding<'a>) -> Key,
) -> Vec<Cause<'w, 'a>> {
    let mut numbers: HashMap<(&str, &str, &str, Key), usize> = HashMap::new();
    let mut merged: Vec<Cause<'w, 'a>> = Vec::new();
    for cause in causes {
        let first = cause.first;
        let same = (
            first.kind.id,
            first.detail.as_str(),
            first.message.as_str(),
            side(first),
        );
        let number = *numbers.entry(same).or_insert(merged.len());
        match merged.get_mut(number) {
            None => merged.push(cause),
            Some(into) => {
                into.nodes.extend(cause.nodes);
                into.request = into.request.max(cause.request);
                into.reply = into.reply.max(cause.reply);
                into.rust = into.rust.max(cause.rust);
                into.also += 1 + cause.also;
            }
        }
    }
    merged
}

fn change(
    walk: &Walk<'_>,
    cause: &Cause<'_, '_>,
    old: &Places,
    new: &Places,
    operations: &mut Operations,
) -> Change {
    let first = cause.first;
    let base = first.base.and_then(|it| old.site(it));
    let revision = first.revision.and_then(|it| new.site(it));
    let fingerprint = fingerprint(first.kind, base.as_ref(), &first.detail);
    Change {
        kind: first.kind,
        level: Level::of(cause.request, cause.reply, cause.rust),
        operations: operations.of(walk, &cause.nodes),
        base,
        revision,
        wire_request: cause.request,
        wire_reply: cause.reply,
        rust: cause.rust,
        message: first.message.clone(),
        also: cause.also,
        fingerprint,
    }
}

/// Operations that reach nodes; many causes share their nodes.
#[derive(Default)]
struct Operations {
    known: HashMap<usize, Vec<usize>>,
}

impl Operations {
    fn of(&mut self, walk: &Walk<'_>, nodes: &[usize]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for node in nodes {
            let found = self.known.entry(*node).or_insert_with(|| walk.reach(*node));
            names.extend(
                found
                    .iter()
                    .filter_map(|it| walk.nodes[*it].operation.clone()),
            );
        }
        names.sort();
        names.dedup();
        names
    }
}

/// What stays the same however a change is worded, wherever lines move, and
/// whatever the revision calls things: the kind, the file and pointer of the
/// base, and what tells it from others there.
pub(super) fn fingerprint(kind: &Kind, base: Option<&Site>, detail: &str) -> String {
    let (file, pointer) = base.map_or(("", ""), |it| (it.file.as_str(), it.pointer.as_str()));
    let file = file.rsplit('/').next().unwrap_or(file);
    // FNV-1a: stable over versions of the compiler, and nobody attacks it.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in [kind.id, file, pointer, detail] {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    // The letter keeps it a text in YAML, whatever its digits are.
    format!("c{hash:016x}")
}

/// Pointers and lines of the places that are asked for, found in one go.
struct Places {
    pointers: HashMap<usize, (usize, String)>,
    sites: HashMap<(usize, bool), Site>,
}

impl Places {
    fn of<'p>(side: &Side, wanted: impl Iterator<Item = Place<'p>>) -> Places {
        let wanted: Vec<Place<'p>> = wanted.collect();
        let mut places = Places {
            pointers: wanted
                .iter()
                .map(|it| (it.at.address(), (it.at.doc, String::new())))
                .collect(),
            sites: HashMap::new(),
        };
        for (number, doc) in side.docs().iter().enumerate() {
            places.pointers_of(number, &doc.value, &mut String::new());
        }
        let documents = 0..side.docs().len();
        let indexes: Vec<LineIndex> = documents.map(|it| LineIndex::new(side.text(it))).collect();
        for place in wanted {
            let Some((number, pointer)) = places.pointers.get(&place.at.address()) else {
                continue;
            };
            let doc = &side.docs()[*number];
            let span = match place.key {
                true => doc.key_span(pointer),
                false => doc.value_span(pointer),
            };
            let (line, column) = indexes[*number].line_col(side.text(*number), span.start);
            let site = Site {
                file: side.path(*number).to_owned(),
                pointer: pointer.clone(),
                line,
                column,
            };
            places.sites.insert((place.at.address(), place.key), site);
        }
        places
    }

    fn pointers_of(&mut self, doc: usize, value: &Value, pointer: &mut String) {
        let address = std::ptr::from_ref(value).addr();
        if let Some(found) = self.pointers.get_mut(&address) {
            *found = (doc, pointer.clone());
        }
        let length = pointer.len();
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    append(pointer, key);
                    self.pointers_of(doc, value, pointer);
                    pointer.truncate(length);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    append(pointer, &index.to_string());
                    self.pointers_of(doc, value, pointer);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn site(&self, place: Place<'_>) -> Option<Site> {
        self.sites.get(&(place.at.address(), place.key)).cloned()
    }
}
