//! Request bodies and responses of an operation.

use openapiv3::{
    MediaType, Operation as Spec, ReferenceOr, Response, Schema, SchemaKind, StatusCode, Type,
};

use super::Lower;
use super::rules::Located;
use super::schema::component_name;
use crate::ir::{Body, Field, Input, ListStyle, Place, Reply, Status, TypeRef};
use crate::load::push;
use crate::name::Words;

const JSON: &str = "application/json";

impl<'a> Lower<'a> {
    /// Adds the members of the body to the inputs, and its rules to `rules`.
    pub(super) fn body(
        &mut self,
        pointer: &str,
        spec: &'a Spec,
        id: &str,
        inputs: &mut Vec<Input>,
        rules: &mut Vec<Located>,
    ) -> Body {
        let openapi = self.openapi;
        let (pointer, body) = match &spec.request_body {
            None => return Body::None,
            Some(ReferenceOr::Item(body)) => (pointer.to_owned(), body),
            Some(ReferenceOr::Reference { reference }) => {
                let name = reference.strip_prefix("#/components/requestBodies/");
                let found = name.and_then(|name| {
                    let bodies = &openapi.components.as_ref()?.request_bodies;
                    Some((
                        push("/components/requestBodies", name),
                        bodies.get(name)?.as_item()?,
                    ))
                });
                match found {
                    Some(found) => found,
                    None => return Body::None,
                }
            }
        };
        let content = push(&pointer, "content");
        let Some((pointer, schema)) = self.json_schema(&content, &body.content) else {
            return Body::None;
        };
        let hint = Words::split(id).with("body");
        let value = self.root(&pointer, schema, &hint);
        let (place, fields) = match value {
            Root::Object(fields, own) => {
                rules.extend(own);
                (Place::Body, fields)
            }
            Root::Whole(mut field) => {
                // `items` is a method of the builders of lists.
                if matches!(field.ty, TypeRef::List(_)) {
                    field.wire = "entries".to_owned();
                }
                (Place::WholeBody, vec![*field])
            }
        };
        inputs.extend(fields.into_iter().map(|mut field| {
            let required_if_sent = field.required && !body.required;
            field.required &= body.required;
            Input {
                place,
                field,
                required_if_sent,
                list_style: ListStyle::Comma,
            }
        }));
        match place {
            Place::WholeBody => Body::Whole,
            _ => Body::Object {
                required: body.required,
            },
        }
    }

    /// What success brings, and the statuses that mean it.
    pub(super) fn replies(
        &mut self,
        pointer: &str,
        spec: &'a Spec,
        id: &str,
    ) -> (Reply, Vec<Status>) {
        let mut success = Vec::new();
        let mut found: Option<(String, &'a ReferenceOr<Schema>)> = None;
        for (code, response) in &spec.responses.responses {
            let Some(status) = success_status(code) else {
                continue;
            };
            success.push(status);
            let at = push(pointer, &code.to_string());
            let Some((at, response)) = self.response(&at, response) else {
                continue;
            };
            if !response.headers.is_empty() {
                self.left_out(
                    &push(&at, "headers"),
                    "headers of replies have no type",
                    "they are left out of the output",
                    "callers read them by name from `send_with_response()`",
                );
            }
            let content = push(&at, "content");
            let Some((at, schema)) = self.json_schema(&content, &response.content) else {
                continue;
            };
            match &found {
                None => found = Some((at, schema)),
                Some((_, first)) if *first == schema => {}
                Some(_) => self.lost(
                    &at,
                    "two success statuses with different bodies are not supported",
                    "this body would be lost",
                    "give both statuses one schema that holds the members of both",
                ),
            }
        }
        let reply = match found {
            None => Reply::Empty,
            Some((at, schema)) => match self.root(&at, schema, &Words::split(id).with("reply")) {
                // Replies are taken as they come, so rules say nothing of them.
                Root::Object(fields, _) => Reply::Object(fields),
                Root::Whole(field) => Reply::Whole(field),
            },
        };
        if success.is_empty() {
            success.push(Status::Class(2));
        }
        (reply, success)
    }

    /// Documented error statuses with their descriptions.
    pub(super) fn error_responses(&self, spec: &'a Spec) -> Vec<(String, String)> {
        let listed = spec.responses.responses.iter();
        let listed = listed
            .filter(|(code, _)| success_status(code).is_none())
            .map(|(code, response)| (code.to_string(), response));
        let default = spec.responses.default.iter();
        listed
            .chain(default.map(|response| ("default".to_owned(), response)))
            .filter_map(|(code, response)| {
                let (_, response) = self.response("", response)?;
                Some((code, response.description.clone()))
            })
            .collect()
    }

    fn response(
        &self,
        pointer: &str,
        response: &'a ReferenceOr<Response>,
    ) -> Option<(String, &'a Response)> {
        match response {
            ReferenceOr::Item(item) => Some((pointer.to_owned(), item)),
            ReferenceOr::Reference { reference } => {
                let name = reference.strip_prefix("#/components/responses/")?;
                let responses = &self.openapi.components.as_ref()?.responses;
                let item = responses.get(name)?.as_item()?;
                Some((push("/components/responses", name), item))
            }
        }
    }

    fn json_schema(
        &mut self,
        pointer: &str,
        content: &'a indexmap::IndexMap<String, MediaType>,
    ) -> Option<(String, &'a ReferenceOr<Schema>)> {
        if content.is_empty() {
            return None;
        }
        let json = content.iter().find(|(name, _)| {
            name.split(';')
                .next()
                .is_some_and(|name| name.trim() == JSON)
        });
        let Some((name, media)) = json else {
            self.lost(
                pointer,
                "only JSON bodies are supported",
                "there is no `application/json` among these",
                "add `application/json`, or remove the content",
            );
            return None;
        };
        if content.len() > 1 {
            self.left_out(
                pointer,
                "only the JSON form of this body is used",
                "other media types are left out",
                "remove them, or leave them for readers of the spec",
            );
        }
        let pointer = push(pointer, name);
        let Some(schema) = media.schema.as_ref() else {
            self.lost(
                &pointer,
                "a JSON body without a `schema`",
                "what does it hold?",
                "add a `schema`; an empty one stands for any JSON",
            );
            return None;
        };
        Some((push(&pointer, "schema"), schema))
    }

    /// The schema at the root of a body: its members if it is an object.
    fn root(&mut self, pointer: &str, schema: &'a ReferenceOr<Schema>, hint: &Words) -> Root {
        if let Some((at, name, item)) = self.target(pointer, schema)
            && let SchemaKind::Type(Type::Object(object)) = &item.schema_kind
            && !object.properties.is_empty()
        {
            let hint = name.map_or_else(|| hint.clone(), |name| Words::split(&name));
            let fields = self.object(&at, object, &hint);
            let rules = self.read_rules(&at, &item.schema_data.extensions);
            return Root::Object(fields, rules);
        }
        let lowered = self.schema(pointer, schema, hint);
        let wire = match lowered.ty {
            TypeRef::List(_) => "items",
            _ => "value",
        };
        Root::Whole(Box::new(Field {
            wire: wire.to_owned(),
            rust_name: None,
            required: true,
            nullable: lowered.nullable,
            ty: lowered.ty,
            constraints: lowered.constraints,
            docs: lowered.docs,
            at: self.doc.value_span(pointer),
        }))
    }

    /// Follows references to the schema itself.
    fn target(
        &self,
        pointer: &str,
        schema: &'a ReferenceOr<Schema>,
    ) -> Option<(String, Option<String>, &'a Schema)> {
        let schemas = &self.openapi.components.as_ref().map(|c| &c.schemas);
        let (mut at, mut name, mut schema) = (pointer.to_owned(), None, schema);
        // Longer chains are cycles; the lowering of the schema reports them.
        for _ in 0..32 {
            match schema {
                ReferenceOr::Item(item) => return Some((at, name, item)),
                ReferenceOr::Reference { reference } => {
                    let target = component_name(reference)?;
                    schema = schemas.as_ref()?.get(&target)?;
                    at = push("/components/schemas", &target);
                    name = Some(target);
                }
            }
        }
        None
    }
}

/// The root of a body.
enum Root {
    Object(Vec<Field>, Vec<Located>),
    Whole(Box<Field>),
}

fn success_status(code: &StatusCode) -> Option<Status> {
    match code {
        StatusCode::Code(code) if (200..300).contains(code) => Some(Status::Code(*code)),
        StatusCode::Range(2) => Some(Status::Class(2)),
        _ => None,
    }
}
