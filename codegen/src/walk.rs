//! A walk over a document that may change it, by the table of the objects of OpenAPI.

use serde_json::Value;

use crate::lint::table::{Obj, Want};
use crate::load::pointer::append;

/// Keys of OpenAPI 3.1 that hold objects, beside those of the table, and one of older JSON Schemas.
const LATER: [(Obj, &str, Want); 15] = [
    (Obj::Document, "webhooks", Want::Map(&PATH_ITEM)),
    (Obj::Components, "pathItems", Want::Map(&PATH_ITEM)),
    (Obj::Schema, "$defs", Want::Map(&SCHEMA)),
    (Obj::Schema, "definitions", Want::Map(&SCHEMA)),
    (Obj::Schema, "patternProperties", Want::Map(&SCHEMA)),
    (Obj::Schema, "dependentSchemas", Want::Map(&SCHEMA)),
    (Obj::Schema, "prefixItems", Want::List(&SCHEMA)),
    (Obj::Schema, "contains", SCHEMA),
    (Obj::Schema, "contentSchema", SCHEMA),
    (Obj::Schema, "propertyNames", SCHEMA),
    (Obj::Schema, "if", SCHEMA),
    (Obj::Schema, "then", SCHEMA),
    (Obj::Schema, "else", SCHEMA),
    (Obj::Schema, "unevaluatedItems", SCHEMA),
    (Obj::Schema, "unevaluatedProperties", SCHEMA),
];

const SCHEMA: Want = Want::Ref(Obj::Schema);
const PATH_ITEM: Want = Want::Ref(Obj::PathItem);

/// Lets `see` look at every object before what is in it, with its pointer. What stands in place of
/// an object is shown as well: a reference, or something that is wrong there.
pub(crate) fn each_object(document: &mut Value, see: &mut dyn FnMut(Obj, &str, &mut Value)) {
    let mut walk = Walk {
        pointer: String::new(),
        see,
    };
    walk.object(Obj::Document, document);
}

struct Walk<'a> {
    pointer: String,
    see: &'a mut dyn FnMut(Obj, &str, &mut Value),
}

impl Walk<'_> {
    fn object(&mut self, obj: Obj, value: &mut Value) {
        (self.see)(obj, &self.pointer, value);
        for (name, member) in value.as_object_mut().into_iter().flatten() {
            if let Some(want) = wanted(obj, name) {
                self.below(name, |walk| walk.value(want, member));
            }
        }
    }

    fn value(&mut self, want: Want, value: &mut Value) {
        match want {
            Want::One(obj) | Want::Ref(obj) => self.object(obj, value),
            Want::SchemaOrFlag if value.is_object() => self.object(Obj::Schema, value),
            Want::List(inner) => {
                let items = value.as_array_mut().into_iter().flatten();
                for (index, item) in items.enumerate() {
                    self.below(&index.to_string(), |walk| walk.value(*inner, item));
                }
            }
            Want::Map(inner) => {
                for (name, member) in value.as_object_mut().into_iter().flatten() {
                    self.below(name, |walk| walk.value(*inner, member));
                }
            }
            _ => {}
        }
    }

    fn below(&mut self, token: &str, go: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        append(&mut self.pointer, token);
        go(self);
        self.pointer.truncate(length);
    }
}

fn wanted(obj: Obj, name: &str) -> Option<Want> {
    let known = obj.keys().iter().find(|key| key.name == name);
    let later = || LATER.iter().find(|(of, key, _)| *of == obj && *key == name);
    let others = || match name.starts_with("x-") {
        true => None,
        false => obj.others(),
    };
    known
        .map(|key| key.want)
        .or_else(|| later().map(|(_, _, want)| *want))
        .or_else(others)
}
