//! References: where they lead, whether they go round, what they reach.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::table::Obj;
use super::words::{list, nearest, shorten};
use super::{Lint, MOST_HINTS, Members};
use crate::diag::{Diagnostic, code};
use crate::load::pointer::{from_ref, split_last};
use crate::load::push;

/// Most references followed in a row.
const LONGEST_CHAIN: usize = 64;

impl<'a> Lint<'a> {
    /// Checks a map that is a reference.
    pub(super) fn reference(&mut self, obj: Obj, pointer: &str, members: &'a Members) {
        let at = push(pointer, "$ref");
        self.siblings(pointer, &at, members);
        let Some(value) = members.get("$ref") else {
            return;
        };
        let Some(text) = value.as_str() else {
            let help = "write it in quotes: `\"#/components/…\"`";
            self.wrong_kind(&at, value, "`$ref` must be a text", help);
            return;
        };
        if let Some(target) = self.target(obj, &at, text) {
            self.refs.insert(pointer.to_owned(), target);
        }
    }

    fn siblings(&mut self, pointer: &str, at: &str, members: &Members) {
        let others: Vec<&str> = members
            .keys()
            .map(String::as_str)
            .filter(|name| *name != "$ref")
            .collect();
        let Some(first) = others.first() else { return };
        let verb = if others.len() == 1 { "has" } else { "have" };
        let message = format!("{} beside `$ref` {verb} no effect", list(&others, "and"));
        let found = self
            .strict(code::E105, message)
            .at(self.key(&push(pointer, first)), "OpenAPI 3.0 ignores this")
            .also(self.key(at), "because of this reference")
            .help("wrap the reference: `allOf: [{$ref: …}]`, with the other keys beside `allOf`");
        self.push(found);
    }

    /// Where a reference leads, if it leads somewhere that fits.
    pub(super) fn target(&mut self, obj: Obj, at: &str, text: &str) -> Option<String> {
        if !text.starts_with('#') {
            self.outside(at, text);
            return None;
        }
        let target = from_ref(text).filter(|target| self.get(target).is_some());
        let Some(target) = target else {
            self.nowhere(obj, at, text);
            return None;
        };
        self.right_section(obj, at, &target).then_some(target)
    }

    fn outside(&mut self, at: &str, text: &str) {
        let span = self.val(at);
        let bare = obj_name(text);
        let found = Diagnostic::error(code::E107, "a reference leads out of the document")
            .at(span, "only references that start with `#/` are followed")
            .help(match bare {
                true => format!("to name a schema, write `#/components/schemas/{text}`"),
                false => "copy what it names into `components`; no other file is read".to_owned(),
            });
        self.push(found);
    }

    fn nowhere(&mut self, obj: Obj, at: &str, text: &str) {
        let span = self.val(at);
        let message = format!("nothing stands at `{}`", shorten(text));
        let help = self.near_target(obj, text);
        let help = help.unwrap_or_else(|| match obj.section() {
            Some(section) => format!("define it under `components/{section}`, or mend the name"),
            None => "mend the pointer".to_owned(),
        });
        self.push(
            Diagnostic::error(code::E106, message)
                .at(span, "this reference leads nowhere")
                .help(help),
        );
    }

    fn near_target(&self, obj: Obj, text: &str) -> Option<String> {
        let section = obj.section()?;
        let wanted = text.rsplit('/').next()?;
        if self.diags.len() >= MOST_HINTS {
            return None;
        }
        let entries = self.get(&format!("/components/{section}"))?.as_object()?;
        let near = nearest(wanted, entries.keys().map(String::as_str))?;
        Some(format!(
            "did you mean `#/components/{section}/{}`?",
            shorten(near)
        ))
    }

    fn right_section(&mut self, obj: Obj, at: &str, target: &str) -> bool {
        let Some(wanted) = obj.section() else {
            return true;
        };
        let found = target.strip_prefix("/components/").and_then(|rest| {
            let (section, name) = rest.split_once('/')?;
            (!name.contains('/') && section != wanted).then_some(section)
        });
        let Some(found) = found else { return true };
        let span = self.val(at);
        let message = format!("a {} is wanted, but this leads into `{found}`", obj.name());
        self.push(
            self.strict(code::E109, message)
                .at(span, format!("not under `components/{wanted}`"))
                .also(self.key(target), "this is what it names")
                .help(format!("refer to an entry of `components/{wanted}`")),
        );
        false
    }

    /// The value behind a pointer, with references followed, and where it is.
    pub(super) fn resolve(&self, pointer: &str) -> Option<(String, &'a Value)> {
        let mut at = pointer.to_owned();
        for _ in 0..LONGEST_CHAIN {
            let value = self.get(&at)?;
            match value.get("$ref").and_then(Value::as_str) {
                Some(text) => at = from_ref(text)?,
                None => return Some((at, value)),
            }
        }
        None
    }

    /// References and `allOf` that lead back to themselves without anything in
    /// between that could be a value.
    pub(super) fn reference_cycles(&mut self) {
        let mut finished: HashSet<String> = HashSet::new();
        let starts: Vec<String> = self.refs.keys().cloned().collect();
        for start in starts {
            if let Some(cycle) = self.cycle_from(&start, &mut finished) {
                self.cycle(&cycle);
            }
        }
    }

    /// A search by depth with a stack of its own: chains may be long.
    fn cycle_from(&self, start: &str, finished: &mut HashSet<String>) -> Option<Vec<String>> {
        let mut way: Vec<(String, Vec<String>)> = Vec::new();
        let mut on_way: HashSet<String> = HashSet::new();
        let mut found = None;
        if !finished.contains(start) {
            on_way.insert(start.to_owned());
            way.push((start.to_owned(), self.immediate(start)));
        }
        while let Some((at, next)) = way.last_mut() {
            let Some(to) = next.pop() else {
                finished.insert(at.clone());
                on_way.remove(at.as_str());
                way.pop();
                continue;
            };
            if on_way.contains(&to) {
                let tail = way.iter().map(|(at, _)| at.clone());
                found = Some(tail.skip_while(|at| *at != to).collect());
            } else if !finished.contains(&to) {
                on_way.insert(to.clone());
                let steps = self.immediate(&to);
                way.push((to, steps));
            }
        }
        found
    }

    /// The places that a place is made of directly.
    fn immediate(&self, pointer: &str) -> Vec<String> {
        if let Some(target) = self.refs.get(pointer) {
            return vec![target.clone()];
        }
        let parts = self.elements(&push(pointer, "allOf"));
        parts.into_iter().map(|(at, _)| at).collect()
    }

    fn cycle(&mut self, way: &[String]) {
        let places: Vec<&String> = way
            .iter()
            .filter(|at| self.refs.contains_key(*at))
            .collect();
        let Some(first) = places.iter().min() else {
            return;
        };
        let mut names: Vec<String> = way.iter().filter_map(|at| component_name(at)).collect();
        names.dedup();
        if let Some(name) = names.first().cloned() {
            names.push(name);
        }
        let round: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let mut found = Diagnostic::error(code::E108, "references lead round in a circle")
            .at(self.val(&push(first, "$ref")), "this leads back to itself")
            .help("let one of them be a schema with members of its own");
        if !round.is_empty() {
            found = found.note(format!("the way round is {}", round.join(" → ")));
        }
        self.push(found);
    }

    /// Pointers of components, such as `/components/schemas/X`, that the paths
    /// use, directly or through others.
    pub(super) fn reached(&self) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<String> = vec!["/paths".to_owned()];
        while let Some(at) = open.pop() {
            for target in targets_below(&self.refs, &at) {
                let component = component_of(target).unwrap_or(target);
                if reached.insert(component.to_owned()) {
                    open.push(component.to_owned());
                }
            }
        }
        reached
    }
}

/// The targets of all references at or below a pointer.
fn targets_below<'r>(
    refs: &'r BTreeMap<String, String>,
    pointer: &str,
) -> impl Iterator<Item = &'r String> {
    let inside = format!("{pointer}/");
    let own = refs.get(pointer);
    let below = refs
        .range(inside.clone()..)
        .take_while(move |(at, _)| at.starts_with(&inside));
    own.into_iter().chain(below.map(|(_, target)| target))
}

/// `/components/schemas/X` of `/components/schemas/X/properties/y`.
fn component_of(pointer: &str) -> Option<&str> {
    let rest = pointer.strip_prefix("/components/")?;
    let mut slashes = rest.match_indices('/').map(|(at, _)| at);
    slashes.next()?;
    let end = slashes.next().unwrap_or(rest.len());
    pointer.get(.."/components/".len() + end)
}

fn component_name(pointer: &str) -> Option<String> {
    let component = component_of(pointer)?;
    split_last(component).map(|(_, name)| shorten(&name))
}

/// Whether a reference is a bare name, as Swagger once allowed.
fn obj_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.len() < 64 && text.chars().all(plain)
}
