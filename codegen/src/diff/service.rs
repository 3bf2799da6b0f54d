//! What a change of one of our own specs means to Rust callers, worked out by
//! the generator itself: the new spec with the old promises.

use std::collections::HashSet;

use super::items::{ItemChange, Items, items};
use super::verdict::{Level, Rust};
use super::{Change, broken_item, broken_promise};
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::outline::{self, Outline};
use crate::source::{Source, Sources};
use crate::{Input, Layout, promises};

/// What the generator makes of a new spec.
#[derive(Debug, Default)]
pub struct Generated {
    /// Promises that can't be kept.
    pub broken: Vec<Change>,
    /// What callers can name, before and after.
    pub items: Items,
    /// Errors that have nothing to do with promises: the generator can't say.
    pub unreadable: Option<(Sources, Diagnostics)>,
}

/// Asks the generator. `base` are the promises before; `revision` is the spec
/// after, with the promises that are checked in beside it.
pub fn service(base: Option<&Source>, revision: Input) -> Generated {
    let mut generated = Generated::default();
    let layout = Layout::of_service("service");
    let checked_in = revision.promised.clone();
    let old_text = base.map(|it| it.text.as_str());
    let same = checked_in.as_ref().map(|it| it.text.as_str()) == old_text;
    let with = |promised: Option<&Source>| {
        let input = Input {
            spec: revision.spec.clone(),
            promised: promised.cloned(),
            major: false,
            name: revision.name.clone(),
            bodies: revision.bodies.clone(),
            profile: revision.profile,
            version: revision.version.clone(),
        };
        promises(&input, &layout)
    };
    let kept = with(base);
    let errors: Vec<&Diagnostic> = kept
        .diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .collect();
    if errors.iter().any(|it| !is_promise(it)) {
        generated.unreadable = Some((kept.sources, kept.diagnostics));
        return generated;
    }
    for error in errors {
        generated.broken.push(broken_promise(error, &kept.sources));
    }
    let settled = match same || checked_in.is_none() {
        true => kept,
        false => with(checked_in.as_ref()),
    };
    let made = settled.files.iter().find(|it| it.path == layout.promises);
    let after = match made {
        Some(file) => Source {
            path: checked_in.map_or_else(|| layout.promises.clone(), |it| it.path),
            text: file.text.clone(),
        },
        // The old promises stand in the way, and no new ones were made.
        None => return generated,
    };
    let mut sources = Sources::new();
    let before = base.map_or_else(Outline::default, |it| outline_of(it, &mut sources));
    let after = outline_of(&after, &mut sources);
    generated.items = items(&before, &after);
    generated
        .broken
        .extend(given_up(&generated.items, &sources));
    generated
}

/// Promises that the new `.api` file does not hold any more. What builders
/// newly ask for is told by the change of the spec.
fn given_up(items: &Items, sources: &Sources) -> Vec<Change> {
    let all = items.model.iter().chain(&items.client);
    let broken = all.filter(|it| it.rust == Rust::Major && it.base.is_some());
    let mut seen = HashSet::new();
    broken
        .filter(|it| it.change == ItemChange::Removed || it.text.contains(" becomes "))
        // An input is an item of the model, and set through the client.
        .filter(|it| seen.insert((it.base, it.path.rsplit("::").next())))
        .map(|it| broken_item(it, sources))
        .collect()
}

/// E303 to E305: the spec and the promises don't go together. The sides of a
/// merge (E306) are another matter.
fn is_promise(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.code.as_str(), "E303" | "E304" | "E305")
}

fn outline_of(file: &Source, sources: &mut Sources) -> Outline {
    // It was read without errors when the generator was asked.
    outline::load(file, sources, &mut Diagnostics::new()).unwrap_or_default()
}

impl Generated {
    /// The version that all items together ask for.
    pub fn rust(&self) -> Rust {
        let items = self.items.model.iter().chain(&self.items.client);
        let items = items.map(|it| it.rust).max().unwrap_or_default();
        match self.broken.is_empty() {
            true => items,
            false => Rust::Major,
        }
    }

    /// Where the generator breaks nobody, no single change does, whatever the
    /// table of kinds fears.
    pub fn settle(&self, changes: &mut [Change]) {
        if self.unreadable.is_some() || self.rust() == Rust::Major {
            return;
        }
        for change in changes {
            change.rust = change.rust.min(Rust::Minor);
            change.level = Level::of(change.wire_request, change.wire_reply, change.rust);
        }
    }
}
