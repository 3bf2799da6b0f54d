//! Schemas that no operation leads to: nothing on the wire, but types are made
//! of them.

use std::collections::HashMap;

use super::kinds;
use super::side::{Loc, Side};
use super::walk::{Direction, Finding, Medium, Walk, Way, key_of};
use crate::lint::words::shorten;

fn schemas<'a>(side: &'a Side) -> impl Iterator<Item = (&'a str, Loc<'a>)> {
    let components = side.root().get("components");
    let schemas = components.and_then(|it| it.get("schemas"));
    schemas.into_iter().flat_map(Loc::entries)
}

impl<'a> Walk<'a> {
    /// Compares what no operation has led to, by name.
    pub(super) fn unused(&mut self) {
        let node = self.node(None);
        let way = Way::new(Direction::Unused, Medium::Body);
        let (base, revision) = (self.base, self.revision);
        let old: HashMap<&str, Loc<'a>> = schemas(base).collect();
        let new: HashMap<&str, Loc<'a>> = schemas(revision).collect();
        let holder = |side: &'a Side| {
            let root = side.root();
            let components = root.get("components");
            let schemas = components.and_then(|it| it.get("schemas"));
            Some(key_of(schemas.or(components).unwrap_or(root)))
        };
        for (name, was) in schemas(base) {
            let idle = !self.reached_old(base.resolve(was));
            match new.get(name) {
                Some(is) if self.same.values(was, *is) => {}
                Some(is) if idle && !self.reached_new(revision.resolve(*is)) => {
                    self.schemas(node, &[was], &[*is], way);
                }
                None if idle => self.findings.push(Finding {
                    kind: &kinds::SCHEMA_REMOVED,
                    node,
                    way,
                    base: Some(key_of(was)),
                    revision: holder(revision),
                    detail: name.to_owned(),
                    message: format!("the schema `{}` is gone", shorten(name)),
                }),
                _ => {}
            }
        }
        for (name, is) in schemas(revision) {
            if !old.contains_key(name) && !self.reached_new(revision.resolve(is)) {
                self.findings.push(Finding {
                    kind: &kinds::SCHEMA_ADDED,
                    node,
                    way,
                    base: holder(base),
                    revision: Some(key_of(is)),
                    detail: name.to_owned(),
                    message: format!("the schema `{}` is new", shorten(name)),
                });
            }
        }
    }
}
