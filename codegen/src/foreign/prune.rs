//! Parts of a document that can't be read, taken out before reading: what nothing is made from
//! anyhow, and what would keep the rest from being read.

use openapiv3::{Operation, PathItem, ReferenceOr, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{left_out, long, types, unmet};
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::lint::METHODS;
use crate::lint::table::{SCHEME_TYPES, SCHEMES};
use crate::lint::words::shorten;
use crate::load::{Document, push};

/// Members of an operation or a reply that say nothing about the requests of a client.
const IDLE: [&str; 4] = ["callbacks", "links", "examples", "example"];

/// The same in `components`.
const IDLE_COMPONENTS: [&str; 3] = ["callbacks", "links", "examples"];

/// Keywords of a schema below which schemas stand.
const NESTED: [&str; 8] = [
    "properties",
    "items",
    "additionalProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "schema",
];

/// Takes out what can't be read.
pub(crate) fn prune(doc: &mut Document, diags: &mut Diagnostics) {
    let mut value = std::mem::take(&mut doc.value);
    if let Some(components) = value.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|key, _| !IDLE_COMPONENTS.contains(&key.as_str()) && is_section(key));
    }
    types::keep(&mut value);
    long::take_out(&mut value, doc, diags);
    let mut pruner = Pruner { doc, diags };
    pruner.schemes(&mut value);
    for (pointer, schema) in entries(&mut value, "/components/schemas") {
        pruner.schema(&pointer, schema);
    }
    for (pointer, item) in entries(&mut value, "/paths") {
        pruner.path(&pointer, item);
    }
    doc.value = value;
}

/// Sections that OpenAPI knows; other keys have had their warning.
fn is_section(key: &str) -> bool {
    const SECTIONS: [&str; 6] = [
        "schemas",
        "responses",
        "parameters",
        "requestBodies",
        "headers",
        "securitySchemes",
    ];
    SECTIONS.contains(&key) || key.starts_with("x-")
}

/// The entries of a map with their pointers; none where there is no map.
fn entries<'v>(
    value: &'v mut Value,
    place: &'v str,
) -> impl Iterator<Item = (String, &'v mut Value)> {
    let map = value.pointer_mut(place).and_then(Value::as_object_mut);
    map.into_iter()
        .flatten()
        .map(move |(name, entry)| (push(place, name), entry))
}

struct Pruner<'a> {
    doc: &'a Document,
    diags: &'a mut Diagnostics,
}

impl Pruner<'_> {
    /// Takes out schemes of a type that OpenAPI 3.0 does not know, like a certificate.
    fn schemes(&mut self, value: &mut Value) {
        let Some(Value::Object(schemes)) = value.pointer_mut(SCHEMES) else {
            return;
        };
        schemes.retain(|name, scheme| {
            let of = scheme.get("type").and_then(Value::as_str);
            let Some(unknown) = of.filter(|of| !SCHEME_TYPES.contains(of)) else {
                return true;
            };
            let at = push(&push(SCHEMES, name), "type");
            let why = format!("OpenAPI 3.0 has no scheme of type `{}`", shorten(unknown));
            let found = unmet(&shorten(name)).at(self.doc.value_span(&at), why);
            self.diags.push(found);
            false
        });
    }

    fn path(&mut self, pointer: &str, item: &mut Value) {
        drop_idle(item);
        if reads::<ReferenceOr<PathItem>>(item) {
            return;
        }
        self.schemas_below(pointer, item);
        let Some(members) = item.as_object_mut() else {
            return;
        };
        for method in METHODS {
            let unread = members
                .get(method)
                .is_some_and(|it| !reads::<Operation>(it));
            if unread {
                members.remove(method);
                let pointer = push(pointer, method);
                let found = left_out(method)
                    .at(self.doc.value_span(&pointer), "this is not OpenAPI 3.0")
                    .help("compare it with the OpenAPI 3.0.3 definition of an operation");
                self.diags.push(found);
            }
        }
    }

    /// Replaces the innermost schemas that can't be read by those of any JSON.
    fn schema(&mut self, pointer: &str, value: &mut Value) {
        if reads::<ReferenceOr<Schema>>(value) {
            return;
        }
        self.schemas_below(pointer, value);
        if !reads::<ReferenceOr<Schema>>(value) {
            *value = Value::Object(Map::new());
            self.report(pointer, "this schema stands for any JSON");
        }
    }

    fn schemas_below(&mut self, pointer: &str, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (key, member) in members.iter_mut() {
                    let at = push(pointer, key);
                    match (NESTED.contains(&key.as_str()), member) {
                        (true, Value::Object(entries)) if key == "properties" => {
                            for (name, property) in entries.iter_mut() {
                                self.schema(&push(&at, name), property);
                            }
                        }
                        (true, Value::Array(branches)) => {
                            for (index, branch) in branches.iter_mut().enumerate() {
                                self.schema(&push(&at, &index.to_string()), branch);
                            }
                        }
                        (true, member @ Value::Object(_)) => self.schema(&at, member),
                        (_, member) => self.schemas_below(&at, member),
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.schemas_below(&push(pointer, &index.to_string()), item);
                }
            }
            _ => {}
        }
    }

    fn report(&mut self, pointer: &str, what: &str) {
        self.diags.push(
            Diagnostic::warning(code::E201, "this part is not OpenAPI 3.0")
                .at(self.doc.value_span(pointer), what)
                .help("compare it with the OpenAPI 3.0.3 definition of this object"),
        );
    }
}

fn reads<T: DeserializeOwned>(value: &Value) -> bool {
    T::deserialize(value).is_ok()
}

/// Takes out what no request depends on, wherever it stands outside of schemas.
fn drop_idle(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|key, _| !IDLE.contains(&key.as_str()));
            let others = members.iter_mut().filter(|(key, _)| *key != "schema");
            others.for_each(|(_, member)| drop_idle(member));
        }
        Value::Array(items) => items.iter_mut().for_each(drop_idle),
        _ => {}
    }
}
