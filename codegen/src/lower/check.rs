//! Do the documented bodies fit the schemas? A member renamed in the schema
//! alone is found here, at the line of the example that no longer fits.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Body;
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Example, Field, Operation, Place, Shape, TypeRef};
use crate::load::{Document, push};

pub(super) fn check(
    doc: &Document,
    api: &Api,
    bodies: &BTreeMap<String, Body>,
    diags: &mut Diagnostics,
) {
    for operation in &api.operations {
        for example in &operation.examples {
            let mut check = Check {
                api,
                operation,
                diags,
            };
            check.parameters(example);
            check.parameter_values(doc, example);
            check.request(example, bodies);
            check.reply(example, bodies);
        }
    }
}

struct Check<'a> {
    api: &'a Api,
    operation: &'a Operation,
    diags: &'a mut Diagnostics,
}

impl Check<'_> {
    fn parameters(&mut self, example: &Example) {
        for (name, _) in &example.parameters {
            let held = self.operation.held.iter().any(|held| held.wire == *name);
            let known = self.operation.inputs.iter().any(|input| {
                !matches!(input.place, Place::Body | Place::WholeBody) && input.field.wire == *name
            });
            if !held && !known {
                self.diags.push(
                    Diagnostic::error(
                        code::E205,
                        format!("the example gives a parameter `{name}` that does not exist"),
                    )
                    .at(example.at, "in this example")
                    .help("mend the name here or in `parameters`"),
                );
            }
        }
        let missing = self.operation.inputs.iter().find(|input| {
            input.field.required
                && !matches!(input.place, Place::Body | Place::WholeBody)
                && !example
                    .parameters
                    .iter()
                    .any(|(name, _)| *name == input.field.wire)
        });
        if let (Some(input), true) = (missing, example.request.is_some()) {
            self.diags.push(
                Diagnostic::error(
                    code::E205,
                    format!("the example lacks the parameter `{}`", input.field.wire),
                )
                .at(example.at, "in this example")
                .also(input.field.at, "mandatory here")
                .help("give it a value, with a `note` if the document leaves it out"),
            );
        }
    }

    /// A value of another type would make an example that no test can send.
    fn parameter_values(&mut self, doc: &Document, example: &Example) {
        let operation = self.operation;
        let list = push(&example.pointer, "parameters");
        for (name, value) in &example.parameters {
            let mut inputs = operation.inputs.iter();
            let input = inputs.find(|input| {
                !matches!(input.place, Place::Body | Place::WholeBody) && input.field.wire == *name
            });
            if let Some(input) = input {
                self.value(doc, &push(&list, name), value, &input.field.ty);
            }
        }
    }

    fn request(&mut self, example: &Example, bodies: &BTreeMap<String, Body>) {
        let Some(body) = example.body.as_ref().and_then(|b| bodies.get(&b.file)) else {
            return;
        };
        let fields = self.operation.inputs.iter();
        let fields: Vec<&Field> = fields
            .filter(|input| input.place == Place::Body)
            .map(|input| &input.field)
            .collect();
        if let Some(whole) = self
            .operation
            .inputs
            .iter()
            .find(|i| i.place == Place::WholeBody)
        {
            return self.value(&body.doc, "", &body.doc.value, &whole.field.ty);
        }
        self.object(&body.doc, "", &body.doc.value, &fields);
    }

    fn reply(&mut self, example: &Example, bodies: &BTreeMap<String, Body>) {
        let Some(body) = example.reply.as_ref().and_then(|b| bodies.get(&b.file)) else {
            return;
        };
        let (doc, value) = (&body.doc, &body.doc.value);
        match &self.operation.reply {
            crate::ir::Reply::Empty => self.misfit(doc, "", "no body is documented here"),
            crate::ir::Reply::Object(fields) => {
                self.object(doc, "", value, &fields.iter().collect::<Vec<_>>());
            }
            crate::ir::Reply::Whole(field) => self.value(doc, "", value, &field.ty),
        }
    }

    fn object(&mut self, doc: &Document, pointer: &str, value: &Value, fields: &[&Field]) {
        let Value::Object(members) = value else {
            return self.misfit(doc, pointer, "the schema says object");
        };
        for (name, value) in members {
            let pointer = push(pointer, name);
            match fields.iter().find(|field| field.wire == *name) {
                Some(field) if value.is_null() && (field.nullable || !field.required) => {}
                Some(field) => self.value(doc, &pointer, value, &field.ty),
                None => self.unknown(doc, &pointer, name, fields),
            }
        }
        for field in fields {
            if field.required && !members.contains_key(&field.wire) {
                self.misfit(
                    doc,
                    pointer,
                    &format!("the mandatory member `{}` is missing", field.wire),
                );
            }
        }
    }

    fn value(&mut self, doc: &Document, pointer: &str, value: &Value, ty: &TypeRef) {
        match (ty, value) {
            (
                TypeRef::Text | TypeRef::Secret | TypeRef::Timestamp(_) | TypeRef::Blob,
                Value::String(_),
            )
            | (TypeRef::Number, Value::Number(_))
            | (TypeRef::Boolean, Value::Bool(_))
            | (TypeRef::Json, _) => {}
            (TypeRef::Integer, Value::Number(number)) if number.as_i64().is_some() => {}
            (TypeRef::List(item), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.value(doc, &push(pointer, &index.to_string()), value, item);
                }
            }
            (TypeRef::Map(item), Value::Object(values)) => {
                for (name, value) in values {
                    self.value(doc, &push(pointer, name), value, item);
                }
            }
            (TypeRef::Nullable(_), Value::Null) => {}
            (TypeRef::Nullable(item), value) => self.value(doc, pointer, value, item),
            (TypeRef::Named(id), value) => self.named(doc, pointer, value, *id),
            (ty, _) => self.misfit(doc, pointer, &format!("the schema says {}", kind(ty))),
        }
    }

    fn named(&mut self, doc: &Document, pointer: &str, value: &Value, id: crate::ir::TypeId) {
        let api = self.api;
        match &api.get(id).shape {
            Shape::Struct(object) => {
                self.object(
                    doc,
                    pointer,
                    value,
                    &object.fields.iter().collect::<Vec<_>>(),
                );
            }
            Shape::OpenEnum(values) => {
                let known = |text: &str| values.iter().any(|value| value.wire == text);
                if !value.as_str().is_some_and(known) {
                    self.misfit(doc, pointer, "the schema lists other values");
                }
            }
            // Which branch is meant is only known at run time.
            Shape::Union(_) => {}
        }
    }

    fn unknown(&mut self, doc: &Document, pointer: &str, name: &str, fields: &[&Field]) {
        let names: Vec<&str> = fields.iter().map(|field| field.wire.as_str()).collect();
        let nearest = crate::lint::words::nearest(name, names.iter().copied());
        let help = match nearest {
            Some(near) => format!("the schema has `{near}`; one of the two is misspelt"),
            None => "add the member to the schema".to_owned(),
        };
        self.diags.push(
            Diagnostic::error(
                code::E206,
                format!("the documented body has a member `{name}` that the schema lacks"),
            )
            .at(doc.key_span(pointer), "not in the schema")
            .also(self.operation.at, "of this operation")
            .help(help),
        );
    }

    fn misfit(&mut self, doc: &Document, pointer: &str, label: &str) {
        self.diags.push(
            Diagnostic::error(code::E206, "the documented example does not fit the schema")
                .at(doc.value_span(pointer), label)
                .also(self.operation.at, "of this operation")
                .help("the document decides: mend the schema, or the file if it was copied wrong"),
        );
    }
}

fn kind(ty: &TypeRef) -> &'static str {
    match ty {
        TypeRef::Text | TypeRef::Secret => "text",
        TypeRef::Timestamp(_) => "text (a time)",
        TypeRef::Integer => "integer",
        TypeRef::Number => "number",
        TypeRef::Boolean => "boolean",
        TypeRef::List(_) => "array",
        TypeRef::Map(_) | TypeRef::Named(_) => "object",
        TypeRef::Json | TypeRef::Nullable(_) => "anything",
        TypeRef::Blob => "bytes",
    }
}
