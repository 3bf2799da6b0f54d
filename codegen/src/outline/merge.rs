//! One outline from the two sides of a merge: callers of either side rely on
//! it, so everything that one of them promised is promised. Where they promised
//! different things, only a person knows which of them was released.

use std::fmt::Display;

use indexmap::IndexMap;

use super::{
    FlowLine, Line, Lines, MemberLine, OperationLine, Outline, Renamed, Slot, StructLine, WaitLine,
};
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::source::Span;

/// Everything that one of two outlines promises.
pub(super) fn merge(ours: Outline, theirs: Outline, diags: &mut Diagnostics) -> Outline {
    let mut merge = Merge { diags };
    Outline {
        operations: both(ours.operations, theirs.operations, |key, one, other| {
            merge.operation(key, one, other)
        }),
        structs: both(ours.structs, theirs.structs, |key, one, other| {
            merge.structure(key, one, other)
        }),
        enums: both(ours.enums, theirs.enums, |key, one, other| {
            merge.lines(key, one, other)
        }),
        unions: both(ours.unions, theirs.unions, |key, one, other| {
            merge.lines(key, one, other)
        }),
        renamed: both(ours.renamed, theirs.renamed, |key, one, other| {
            merge.renamed(key, one, other)
        }),
    }
}

/// Items of either side, those of both joined.
fn both<T>(
    mut ours: IndexMap<String, T>,
    theirs: IndexMap<String, T>,
    mut join: impl FnMut(&str, T, T) -> T,
) -> IndexMap<String, T> {
    for (key, other) in theirs {
        let joined = match ours.swap_remove(&key) {
            Some(one) => join(&key, one, other),
            None => other,
        };
        ours.insert(key, joined);
    }
    ours
}

struct Merge<'a> {
    diags: &'a mut Diagnostics,
}

impl Merge<'_> {
    fn operation(&mut self, key: &str, one: OperationLine, other: OperationLine) -> OperationLine {
        let places = (one.at, other.at);
        let what = |what: &str| format!("`{what}` of `{key}`");
        self.same(&what("name"), &one.name, &other.name, places);
        self.same_if_any(&what("module"), &one.module, &other.module, places);
        OperationLine {
            pages: self.flow(&what("pages"), one.pages, other.pages),
            finds: self.flow(&what("finds"), one.finds, other.finds),
            waits: self.wait(key, one.waits, other.waits),
            inputs: self.members(key, one.inputs, other.inputs),
            reply: self.members(key, one.reply, other.reply),
            renamed: self.renamed(key, one.renamed, other.renamed),
            name: one.name,
            module: one.module.or(other.module),
            gone: one.gone.or(other.gone),
            sends: one.sends.or(other.sends),
            accepts: one.accepts.or(other.accepts),
            // These two are the spec's, and written anew while it has the operation.
            path: one.path.or(other.path),
            headers: match one.headers.is_empty() {
                true => other.headers,
                false => one.headers,
            },
            at: one.at,
        }
    }

    /// Names that one side gave after those of the other are no contradiction.
    fn renamed(&mut self, key: &str, one: Renamed, other: Renamed) -> Renamed {
        let (short, long) = match one.names.len() <= other.names.len() {
            true => (one, other),
            false => (other, one),
        };
        if !long.names.starts_with(&short.names) {
            let places = (short.at, long.at);
            self.same(&format!("the new name of `{key}`"), &short, &long, places);
        }
        long
    }

    fn flow(
        &mut self,
        what: &str,
        one: Option<FlowLine>,
        other: Option<FlowLine>,
    ) -> Option<FlowLine> {
        if let (Some(one), Some(other)) = (&one, &other) {
            self.same(what, &one.ty, &other.ty, (one.at, other.at));
        }
        one.or(other)
    }

    fn wait(
        &mut self,
        key: &str,
        one: Option<WaitLine>,
        other: Option<WaitLine>,
    ) -> Option<WaitLine> {
        let (mut one, other) = match (one, other) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.or(other),
        };
        let what = format!("what `{key}` waits for");
        let text = |line: &WaitLine| format!("{} {}", line.key(), line.done);
        self.same(&what, &text(&one), &text(&other), (one.at, other.at));
        // What handles of either side keep is all that may be asked of one.
        one.kept.retain(|kept| other.kept.contains(kept));
        Some(one)
    }

    fn structure(&mut self, name: &str, one: StructLine, other: StructLine) -> StructLine {
        let made = |line: &StructLine| format!("{:?}", line.made);
        self.same(
            &format!("`for` of `{name}`"),
            &made(&one),
            &made(&other),
            (one.at, other.at),
        );
        StructLine {
            fields: self.members(name, one.fields, other.fields),
            gone: one.gone.or(other.gone),
            ..one
        }
    }

    fn members(
        &mut self,
        owner: &str,
        ours: IndexMap<String, MemberLine>,
        theirs: IndexMap<String, MemberLine>,
    ) -> IndexMap<String, MemberLine> {
        let mut members = both(ours, theirs, |key, one, other| {
            let what = format!("`{key}` of `{owner}`");
            let text = |line: &MemberLine| super::print::member(&without_history(line));
            self.same(&what, &text(&one), &text(&other), (one.at, other.at));
            MemberLine {
                gone: one.gone.or(other.gone),
                ..one
            }
        });
        distinct_slots(&mut members);
        members
    }

    fn lines<T: Display + PartialEq>(
        &mut self,
        name: &str,
        one: Lines<T>,
        other: Lines<T>,
    ) -> Lines<T> {
        let places = (one.at, other.at);
        let lines = both(one.lines, other.lines, |key, one, other| {
            let what = format!("`{key}` of `{name}`");
            self.same(&what, &one.value, &other.value, places);
            Line {
                gone: one.gone.or(other.gone),
                ..one
            }
        });
        Lines { lines, at: one.at }
    }

    fn same_if_any(
        &mut self,
        what: &str,
        one: &Option<String>,
        other: &Option<String>,
        places: (Option<Span>, Option<Span>),
    ) {
        if let (Some(one), Some(other)) = (one, other) {
            self.same(what, one, other, places);
        }
    }

    fn same<T: Display + PartialEq>(
        &mut self,
        what: &str,
        one: &T,
        other: &T,
        places: (Option<Span>, Option<Span>),
    ) {
        let (Some(here), Some(there)) = places else {
            return;
        };
        if one == other {
            return;
        }
        self.diags.push(
            Diagnostic::error(
                code::E306,
                format!("the sides of a merge promise two things about {what}"),
            )
            .at(here, format!("`{one}` on one side"))
            .also(there, format!("`{other}` on the other"))
            .help(
                "write what was released, or else what the spec says, into both sides, and run \
                 `cargo xtask generate` again; it takes in everything else",
            ),
        );
    }
}

/// A line by what callers rely on: whether a marker is asked for, and whether the spec has it, are
/// the spec's to say.
fn without_history(line: &MemberLine) -> MemberLine {
    MemberLine {
        slot: line.slot.map(|_| Slot {
            number: 0,
            asked: true,
        }),
        gone: None,
        ..line.clone()
    }
}

/// Gives a marker of its own to each member that has another one's, as two branches give out the
/// same number. One of the two members is new and mandatory, so whoever names the markers of the
/// builder has to change in any case.
pub(super) fn distinct_slots(members: &mut IndexMap<String, MemberLine>) {
    let slots = members.values().filter_map(|line| line.slot);
    let mut next = slots.map(|slot| slot.number).max().unwrap_or(0) + 1;
    let mut seen = Vec::new();
    for slot in members.values_mut().filter_map(|line| line.slot.as_mut()) {
        if seen.contains(&slot.number) {
            slot.number = next;
            next += 1;
        }
        seen.push(slot.number);
    }
}
