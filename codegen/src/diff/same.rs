//! What is the same on both sides, with all that it refers to: most of two
//! releases of a large document, and nothing there has to be compared.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::side::{Loc, Side};

/// Components that are written alike on both sides and refer only to such.
#[derive(Debug, Default)]
pub(super) struct Same<'a> {
    references: HashSet<&'a str>,
}

impl<'a> Same<'a> {
    pub(super) fn of(base: &'a Side, revision: &'a Side) -> Same<'a> {
        // Keys beside a reference count in one version and not in the other.
        if base.modern() != revision.modern() {
            return Same::default();
        }
        let mut same: HashMap<String, Vec<&'a str>> = HashMap::new();
        let components = |side: &'a Side| side.root().get("components");
        let (Some(old), Some(new)) = (components(base), components(revision)) else {
            return Same::default();
        };
        for (section, entries) in old.entries() {
            for (name, was) in entries.entries() {
                let is = new.get(section).and_then(|it| it.get(name));
                if is.is_some_and(|is| is.value == was.value) {
                    let reference = format!("#/components/{section}/{name}");
                    same.insert(reference, references(was.value));
                }
            }
        }
        // What refers to something else is something else, too.
        loop {
            let before = same.len();
            let known: HashSet<String> = same.keys().cloned().collect();
            same.retain(|_, to| to.iter().all(|it| known.contains(*it)));
            if same.len() == before {
                break;
            }
        }
        let all = old.entries().flat_map(|it| it.1.entries());
        let used = all.flat_map(|it| references(it.1.value));
        let paths = base.root().get("paths").map(|it| references(it.value));
        let used = used.chain(paths.into_iter().flatten());
        Same {
            references: used.filter(|it| same.contains_key(*it)).collect(),
        }
    }

    /// Whether two values, and all that they refer to, are the same.
    pub(super) fn values(&self, old: Loc<'a>, new: Loc<'a>) -> bool {
        old.value == new.value
            && references(old.value)
                .iter()
                .all(|it| self.references.contains(it))
    }

    /// Whether two values are one reference to something that is the same.
    pub(super) fn reference(&self, old: Loc<'a>, new: Loc<'a>) -> bool {
        let reference = old.text("$ref").filter(|_| old.doc == 0 && new.doc == 0);
        reference.is_some_and(|it| self.references.contains(it)) && old.value == new.value
    }
}

/// All references in a value, and what only looks like one.
fn references(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "$ref" => found.push(text),
                    Value::Object(_) | Value::Array(_) => collect(value, found),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
        _ => {}
    }
}
