//! Operations: which is which, and what is said of each beside parameters,
//! bodies and replies.

use std::collections::HashSet;

use super::kinds::{self, Kind};
use super::side::{Loc, Side};
use super::walk::{Direction, Finding, Medium, NodeId, Place, Walk, Way, key_of};
use crate::lint::words::{shorten, shorten_to};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Keys of our own that change what is generated.
const EXTENSIONS: [&str; 8] = [
    "x-paging",
    "x-wait",
    "x-find",
    "x-retry",
    "x-rules",
    "x-client",
    "x-rust-name",
    "x-examples",
];

/// Paths are longer than other names.
const LONGEST: usize = 200;

/// One operation of one side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'a> {
    pub(super) method: &'static str,
    /// As the document writes it.
    pub(super) path: &'a str,
    /// What holds it.
    pub(super) item: Loc<'a>,
    pub(super) at: Loc<'a>,
    /// The service calls, not the client.
    pub(super) webhook: bool,
}

impl Operation<'_> {
    /// As readers call it.
    pub(super) fn name(&self) -> String {
        let method = self.method.to_ascii_uppercase();
        match self.webhook {
            true => format!("webhook {} {}", method, self.path),
            false => format!("{} {}", method, self.path),
        }
    }

    /// What the wire knows of it: names of parameters are not sent.
    fn key(&self) -> (bool, &'static str, String) {
        (self.webhook, self.method, erased(self.path))
    }
}

/// A path without the names of its parameters.
fn erased(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                out.push('{');
            }
            '}' => {
                inside = false;
                out.push('}');
            }
            _ if inside => {}
            other => out.push(other),
        }
    }
    out
}

/// Everything that can be called.
fn operations(side: &Side) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for (section, webhook) in [("paths", false), ("webhooks", true)] {
        let Some(paths) = side.root().get(section) else {
            continue;
        };
        for (path, item) in paths.entries().filter(|it| !it.0.starts_with("x-")) {
            let item = side.resolve(item);
            for method in METHODS {
                if let Some(at) = item.get(method) {
                    found.push(Operation {
                        method,
                        path,
                        item,
                        at,
                        webhook,
                    });
                }
            }
        }
    }
    found
}

/// Pairs of operations, and those without a partner.
struct Matched<'a> {
    pairs: Vec<(Operation<'a>, Operation<'a>)>,
    gone: Vec<Operation<'a>>,
    new: Vec<Operation<'a>>,
}

fn matched<'a>(base: &'a Side, revision: &'a Side) -> Matched<'a> {
    let (old, new) = (operations(base), operations(revision));
    let mut used = (HashSet::new(), HashSet::new());
    let mut pairs = Vec::new();
    let mut pair_up = |same: &dyn Fn(&Operation<'a>) -> Option<(bool, String)>| {
        let mut by_key = std::collections::HashMap::new();
        for (index, operation) in new.iter().enumerate().rev() {
            if let Some(key) = same(operation).filter(|_| !used.1.contains(&index)) {
                by_key.insert(key, index);
            }
        }
        for (index, operation) in old.iter().enumerate() {
            if used.0.contains(&index) {
                continue;
            }
            if let Some(other) = same(operation).and_then(|key| by_key.remove(&key)) {
                used.0.insert(index);
                used.1.insert(other);
                pairs.push((*operation, new[other]));
            }
        }
    };
    pair_up(&|it| Some((it.webhook, format!("{} {}", it.method, it.path))));
    pair_up(&|it| {
        let (webhook, method, path) = it.key();
        Some((webhook, format!("{method} {path}")))
    });
    pair_up(&|it| Some((it.webhook, it.at.text("operationId")?.to_owned())));
    let rest = |list: &[Operation<'a>], used: &HashSet<usize>| {
        let rest = list.iter().enumerate().filter(|it| !used.contains(&it.0));
        rest.map(|it| *it.1).collect()
    };
    Matched {
        gone: rest(&old, &used.0),
        new: rest(&new, &used.1),
        pairs,
    }
}

impl<'a> Walk<'a> {
    /// Compares everything that can be called.
    pub(super) fn operations(&mut self) {
        let matched = matched(self.base, self.revision);
        for (old, new) in &matched.pairs {
            let node = self.node(Some(old.name()));
            self.operation(node, old, new);
        }
        let sections = |side: &'a Side, webhook| {
            let section = if webhook { "webhooks" } else { "paths" };
            let root = side.root();
            Some(key_of(root.get(section).unwrap_or(root)))
        };
        for old in &matched.gone {
            let to = sections(self.revision, old.webhook);
            let kind = match old.webhook {
                true => &kinds::WEBHOOK_REMOVED,
                false => &kinds::OPERATION_REMOVED,
            };
            self.alone(kind, old, (Some(key_of(old.at)), to), "is gone");
        }
        for new in &matched.new {
            let from = sections(self.base, new.webhook);
            let kind = match new.webhook {
                true => &kinds::WEBHOOK_ADDED,
                false => &kinds::OPERATION_ADDED,
            };
            self.alone(kind, new, (from, Some(key_of(new.at))), "is new");
        }
        self.security_of_all(&matched.pairs);
    }

    fn alone(
        &mut self,
        kind: &'static Kind,
        operation: &Operation<'a>,
        places: (Option<Place<'a>>, Option<Place<'a>>),
        what: &str,
    ) {
        let node = self.node(Some(operation.name()));
        let name = operation.name();
        let detail = format!("{} {}", operation.method, erased(operation.path));
        let message = format!("`{}` {what}", shorten_to(&name, LONGEST));
        for direction in [Direction::Request, Direction::Reply] {
            self.noted(node, kind, direction, places, (&detail, &message));
        }
    }

    /// Notes a change that is none of a schema.
    pub(super) fn noted(
        &mut self,
        node: NodeId,
        kind: &'static Kind,
        direction: Direction,
        places: (Option<Place<'a>>, Option<Place<'a>>),
        (detail, message): (&str, &str),
    ) {
        self.findings.push(Finding {
            kind,
            node,
            way: Way::new(direction, Medium::Body),
            base: places.0,
            revision: places.1,
            detail: detail.to_owned(),
            message: message.to_owned(),
        });
    }

    fn operation(&mut self, node: NodeId, old: &Operation<'a>, new: &Operation<'a>) {
        self.texts(old.at, new.at);
        let places = (Some(key_of(old.at)), Some(key_of(new.at)));
        if old.key() != new.key() {
            let name = |it: &Operation<'_>| shorten_to(&it.name(), LONGEST);
            let message = format!("`{}` is `{}` now", name(old), name(new));
            let kind = &kinds::OPERATION_MOVED;
            self.noted(node, kind, Direction::Request, places, ("", &message));
        }
        if old.path == new.path && self.same_operation(old, new) {
            return;
        }
        self.said_of(node, old, new);
        let (sent, received) = match old.webhook {
            true => (Direction::Reply, Direction::Request),
            false => (Direction::Request, Direction::Reply),
        };
        self.parameters(node, old, new, sent);
        self.request_body(node, old, new, sent);
        self.replies(node, old, new, received);
    }

    /// Whether an operation, and all that it refers to, is written as before.
    fn same_operation(&self, old: &Operation<'a>, new: &Operation<'a>) -> bool {
        let parameters = (old.item.get("parameters"), new.item.get("parameters"));
        let inherited = match parameters {
            (Some(was), Some(is)) => self.same.values(was, is),
            (None, None) => true,
            _ => false,
        };
        let here = |operation: &Operation<'a>| operation.at.doc == 0;
        inherited && here(old) && here(new) && self.same.values(old.at, new.at)
    }

    /// Identity, life cycle, tags, and keys of our own.
    fn said_of(&mut self, node: NodeId, old: &Operation<'a>, new: &Operation<'a>) {
        let holder = (key_of(old.at), key_of(new.at));
        let places = |key: &str| {
            let place = |loc: Loc<'a>, holder| Some(loc.get(key).map_or(holder, key_of));
            (place(old.at, holder.0), place(new.at, holder.1))
        };
        let both = |walk: &mut Self, kind, key: &str, message: &str| {
            for direction in [Direction::Request, Direction::Reply] {
                walk.noted(node, kind, direction, places(key), (key, message));
            }
        };
        let (was, is) = (old.at.is_true("deprecated"), new.at.is_true("deprecated"));
        match (was, is) {
            (false, true) => {
                let kind = &kinds::OPERATION_DEPRECATED;
                both(self, kind, "deprecated", "the operation is deprecated now");
            }
            (true, false) => {
                let kind = &kinds::OPERATION_REACTIVATED;
                both(
                    self,
                    kind,
                    "deprecated",
                    "the operation is not deprecated any more",
                );
            }
            _ => {}
        }
        let value = |loc: Loc<'a>, key: &str| loc.get(key).map(|it| it.value);
        if value(old.at, "operationId") != value(new.at, "operationId") {
            let name = |loc: Loc<'a>| shorten(loc.text("operationId").unwrap_or("none"));
            let message = format!(
                "the operationId goes from `{}` to `{}`",
                name(old.at),
                name(new.at)
            );
            both(self, &kinds::OPERATION_ID_CHANGED, "operationId", &message);
        }
        if value(old.at, "tags") != value(new.at, "tags") {
            let tags = |loc: Loc<'a>| -> HashSet<&'a str> {
                let tags = loc.get("tags").into_iter().flat_map(Loc::elements);
                tags.filter_map(|it| it.value.as_str()).collect()
            };
            if tags(old.at) != tags(new.at) {
                both(self, &kinds::TAGS_CHANGED, "tags", "the tags are others");
            }
        }
        for key in EXTENSIONS {
            if value(old.at, key) != value(new.at, key) {
                let message = format!("`{key}` is another");
                let kind = &kinds::EXTENSION_CHANGED;
                self.noted(node, kind, Direction::Unused, places(key), (key, &message));
            }
        }
    }
}
