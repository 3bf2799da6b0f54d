//! Where something stands in a spec, as JSON pointers, and on which side of the
//! wire.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const SCHEMAS: &str = "#/components/schemas/";

/// Every value of a document, the outer ones first.
pub(super) fn visit(value: &mut Value, see: &mut impl FnMut(&mut Value)) {
    see(value);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, see)),
        Value::Object(map) => map.values_mut().for_each(|value| visit(value, see)),
        _ => {}
    }
}

/// Pointers to all values that are wanted.
pub(super) fn find(root: &Value, wanted: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), root)];
    while let Some((at, value)) = waiting.pop() {
        if wanted(&at, value) {
            found.push(at.clone());
        }
        match value {
            Value::Array(items) => {
                let items = items.iter().enumerate();
                waiting.extend(items.map(|(index, item)| (format!("{at}/{index}"), item)));
            }
            Value::Object(map) => {
                waiting.extend(map.iter().map(|(key, item)| (push(&at, key), item)));
            }
            _ => {}
        }
    }
    found.sort();
    found
}

pub(super) fn push(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The last key of a pointer, and the pointer before it.
pub(super) fn split(pointer: &str) -> (&str, String) {
    let (before, key) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    (before, key.replace("~1", "/").replace("~0", "~"))
}

/// A map of the document, which must be there.
pub(super) fn map<'a>(root: &'a mut Value, pointer: &str) -> &'a mut Map<String, Value> {
    let found = root.pointer_mut(pointer).and_then(Value::as_object_mut);
    match found {
        Some(map) => map,
        None => panic!("no map at {pointer}"),
    }
}

/// Names of the components that are schemas.
pub(super) fn schemas(root: &Value) -> Vec<String> {
    let found = root.pointer("/components/schemas");
    let keys = found.and_then(Value::as_object).into_iter();
    keys.flat_map(Map::keys).cloned().collect()
}

/// Objects with members, wherever they are written.
pub(super) fn objects(root: &Value) -> Vec<String> {
    find(root, |_, value| {
        value["type"] == "object" && value["properties"].is_object()
    })
}

/// Members and parameters by their schemas.
pub(super) fn properties(root: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects(root) {
        let at = push(&object, "properties");
        let members = root.pointer(&at).and_then(Value::as_object);
        found.extend(
            members
                .into_iter()
                .flat_map(Map::keys)
                .map(|k| push(&at, k)),
        );
    }
    found
}

/// The component behind a reference.
pub(super) fn target(value: &Value) -> Option<&str> {
    value["$ref"].as_str()?.strip_prefix(SCHEMAS)
}

pub(super) fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("{SCHEMAS}{name}") })
}

/// Lets every reference to one component lead to another one.
pub(super) fn redirect(root: &mut Value, from: &str, to: &str) {
    let (from, to) = (format!("{SCHEMAS}{from}"), format!("{SCHEMAS}{to}"));
    visit(root, &mut |value| {
        if value["$ref"] == from.as_str() {
            value["$ref"] = Value::from(to.as_str());
        }
    });
}

/// Components that requests reach, or replies.
pub(super) struct Sides {
    sent: BTreeSet<String>,
    read: BTreeSet<String>,
}

impl Sides {
    pub(super) fn of(root: &Value) -> Sides {
        let operations = find(root, |at, _| at.starts_with("/paths/"));
        let mut sides = Sides {
            sent: BTreeSet::new(),
            read: BTreeSet::new(),
        };
        for at in operations {
            let value = root.pointer(&at).unwrap_or(&Value::Null);
            if value["$ref"].is_string() {
                match at.contains("/responses/") {
                    true => reach(root, value, &mut sides.read),
                    false => reach(root, value, &mut sides.sent),
                }
            }
        }
        sides
    }

    /// Whether what stands at a pointer is part of replies, and of nothing that is sent.
    pub(super) fn only_read(&self, pointer: &str) -> bool {
        match component(pointer) {
            Some(name) => !self.sent.contains(&name) && self.read.contains(&name),
            None => pointer.contains("/responses/"),
        }
    }

    /// Whether what stands at a pointer is sent, and part of no reply.
    pub(super) fn only_sent(&self, pointer: &str) -> bool {
        match component(pointer) {
            Some(name) => self.sent.contains(&name) && !self.read.contains(&name),
            None => pointer.contains("/requestBody/"),
        }
    }
}

/// The component that a pointer leads into: `/components/schemas/Tag`.
fn component(pointer: &str) -> Option<String> {
    let rest = pointer.strip_prefix("/components/")?;
    let mut parts = rest.split('/');
    Some(format!("/components/{}/{}", parts.next()?, parts.next()?))
}

fn reach(root: &Value, value: &Value, found: &mut BTreeSet<String>) {
    let reference = value["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
    if let Some(pointer) = reference
        && found.insert(pointer.to_owned())
        && let Some(value) = root.pointer(pointer)
    {
        reach(root, value, found);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| reach(root, item, found)),
        Value::Object(map) => map.values().for_each(|item| reach(root, item, found)),
        _ => {}
    }
}
