//! Some values of an enum only: `allOf` with the enum, and `enum` beside it.

use openapiv3::AnySchema;
use serde_json::Value;

use super::schema::{Lowered, plain};
use super::{Lower, shape_of};
use crate::ir::{Constraint, Shape, TypeRef};
use crate::load::push;
use crate::name::Words;

/// Whether a schema says nothing but that a value is one of some values of another schema.
pub(super) fn is_narrowed(any: &AnySchema) -> bool {
    let rest = AnySchema {
        all_of: Vec::new(),
        enumeration: Vec::new(),
        ..any.clone()
    };
    any.all_of.len() == 1 && !any.enumeration.is_empty() && rest == AnySchema::default()
}

impl<'a> Lower<'a> {
    /// The type stays that of the enum, so that its values have the same names everywhere; which
    /// of them may be sent becomes a limit of the place.
    pub(super) fn narrowed(&mut self, pointer: &str, any: &'a AnySchema, hint: &Words) -> Lowered {
        let Some(base) = any.all_of.first() else {
            return plain(TypeRef::Json);
        };
        let mut lowered = self.schema(&push(&push(pointer, "allOf"), "0"), base, hint);
        let known: Vec<String> = match lowered.ty {
            TypeRef::Named(id) => match shape_of(&self.types, id) {
                Some(Shape::OpenEnum(values)) => values.iter().map(|v| v.wire.clone()).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let list = push(pointer, "enum");
        if known.is_empty() {
            self.error(
                &list,
                "`enum` beside `allOf` narrows an enum, and this is none",
                "values of what?",
                "name a schema with an `enum` under `allOf`, or write one schema",
            );
            return lowered;
        }
        let mut wanted = Vec::new();
        for (index, value) in any.enumeration.iter().enumerate() {
            match value {
                Value::String(text) if known.contains(text) => wanted.push(text.clone()),
                _ => self.error(
                    &push(&list, &index.to_string()),
                    "this is no value of the enum under `allOf`",
                    "not one of its values",
                    "add it to that enum, or remove it here",
                ),
            }
        }
        lowered.constraints.push(Constraint::OneOf(wanted));
        lowered
    }

    /// An item of a list is checked by its own type alone.
    pub(super) fn not_narrowed(&mut self, pointer: &str, item: &Lowered) {
        let mut constraints = item.constraints.iter();
        if constraints.any(|constraint| matches!(constraint, Constraint::OneOf(_))) {
            self.error(
                pointer,
                "items of a list and values of a map can't be narrowed",
                "what this holds has `enum` beside `allOf`",
                "name the enum itself, and state the limit in the description",
            );
        }
    }
}
