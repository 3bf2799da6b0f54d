//! Request bodies of an operation.

use openapiv3::{Operation as Spec, ReferenceOr, RequestBody, Schema};
use openapiv3::{StringFormat, VariantOrUnknownOrEmpty};

use super::Lower;
use super::fold::{Part, Whole, place};
use super::media::Content;
use super::reply::component;
use super::rules::Located;
use super::says::{Says, alone};
use crate::ir::{Body, Constraint, Docs, Field, Format, Input, ListStyle, Media, Place, TypeRef};
use crate::load::push;
use crate::name::Words;

impl<'a> Lower<'a> {
    /// Adds the members of the body to the inputs, and its rules to `rules`.
    pub(super) fn body(
        &mut self,
        pointer: &str,
        spec: &'a Spec,
        id: &str,
        inputs: &mut Vec<Input>,
        rules: &mut Vec<Located>,
    ) -> (Body, Media) {
        let none = (Body::None, Media::default());
        let Some((pointer, body)) = self.request_body(pointer, spec) else {
            return none;
        };
        let Some(content) = self.content(&push(&pointer, "content"), &body.content) else {
            return none;
        };
        let hint = Words::split(id).with("body");
        let mut media = content.media.clone();
        let root = match media.format {
            Format::Text | Format::Bytes | Format::Nothing => self.given_whole(&content),
            _ => self.json_root(&content, &hint),
        };
        let (place, fields) = match root {
            Root::Object(mut fields, own) => {
                rules.extend(own);
                self.no_rest_in_forms(&content, &mut fields);
                if media.format == Format::Multipart {
                    self.files(&content, &mut fields);
                }
                (Place::Body, fields)
            }
            Root::Whole(mut field) => {
                self.fits_form(&mut media, &mut field);
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
                style: None,
            }
        }));
        let body = match place {
            Place::WholeBody => Body::Whole,
            _ => Body::Object {
                required: body.required,
            },
        };
        (body, media)
    }

    /// Forms are made of members that have names, and have no `null`.
    fn no_rest_in_forms(&mut self, content: &Content<'a>, fields: &mut Vec<Field>) {
        if content.media.format == Format::Json {
            return;
        }
        for field in &mut *fields {
            field.ty.without_nulls();
        }
        if fields.pop_if(|field| field.is_rest).is_some() {
            self.error(
                &content.at,
                "members of a form beside those that are named are not supported",
                "callers can give those alone that have a name here",
                "name them in `properties`",
            );
        }
    }

    fn request_body(&self, pointer: &str, spec: &'a Spec) -> Option<(String, &'a RequestBody)> {
        let components = self.openapi.components.as_ref();
        let (mut pointer, mut body) = (pointer.to_owned(), spec.request_body.as_ref()?);
        // Longer chains go round; the lint has said so.
        for _ in 0..32 {
            match body {
                ReferenceOr::Item(item) => return Some((pointer, item)),
                ReferenceOr::Reference { reference } => {
                    let name = component(reference, "#/components/requestBodies/")?;
                    body = components?.request_bodies.get(&name)?;
                    pointer = push("/components/requestBodies", &name);
                }
            }
        }
        None
    }

    /// A body that callers give as a whole: text or bytes.
    fn given_whole(&self, content: &Content<'a>) -> Root {
        let (wire, ty) = match content.media.format {
            Format::Text => ("text", self.text(content)),
            _ => ("content", TypeRef::Blob),
        };
        Root::Whole(Box::new(self.root_field(&content.at, wire, ty, true)))
    }

    /// What a body of text is: all that matters of its schema is whether anybody may see it.
    pub(super) fn text(&self, content: &Content<'a>) -> TypeRef {
        let schema = content.schema.and_then(|schema| self.item(place(schema)));
        match schema.and_then(alone) {
            Some(Says::Text(text)) => match &text.format {
                VariantOrUnknownOrEmpty::Item(StringFormat::Password) => TypeRef::Secret,
                _ => TypeRef::Text,
            },
            _ => TypeRef::Text,
        }
    }

    /// A form without members that are known can be made of a map or an object; another one is given
    /// as text or bytes.
    fn fits_form(&self, media: &mut Media, field: &mut Field) {
        let (wire, ty, format) = match (media.format, &field.ty) {
            (Format::Form | Format::Multipart, TypeRef::Map(_) | TypeRef::Named(_)) => return,
            (Format::Form, _) => ("text", TypeRef::Text, Format::Text),
            (Format::Multipart, _) => ("content", TypeRef::Blob, Format::Bytes),
            _ => return,
        };
        wire.clone_into(&mut field.wire);
        field.ty = ty;
        field.constraints = Vec::<Constraint>::new();
        if format == Format::Bytes {
            // Only who has made the parts knows what stands between them.
            media.name.clear();
        }
        media.format = format;
    }

    /// Members of a form that are files, by what their schemas say.
    fn files(&mut self, content: &Content<'a>, fields: &mut [Field]) {
        let root = content.schema.and_then(|schema| {
            let hint = Words::split("");
            self.object_at(&content.at, schema, &hint)
        });
        let Some((_, parts)) = root else {
            return;
        };
        for field in fields {
            let mut properties = parts.iter().rev().filter_map(|part| match &part.says {
                Says::Object(object) => object.properties.get(&field.wire),
                _ => None,
            });
            let Some(property) = properties.next() else {
                continue;
            };
            match self.file(place(property)) {
                Some(File::One) => field.ty = TypeRef::Blob,
                Some(File::Many) => field.ty = TypeRef::List(Box::new(TypeRef::Blob)),
                None => continue,
            }
            let is_count = |limit: &Constraint| matches!(limit, Constraint::Items(..));
            field.constraints.retain(is_count);
        }
    }

    fn file(&self, schema: ReferenceOr<&'a Schema>) -> Option<File> {
        match alone(self.item(schema)?)? {
            Says::Text(text) => match &text.format {
                VariantOrUnknownOrEmpty::Item(StringFormat::Binary) => Some(File::One),
                _ => None,
            },
            Says::List(list) => match self.file(place(list.items?))? {
                File::One => Some(File::Many),
                File::Many => None,
            },
            _ => None,
        }
    }

    /// The members or the one value of a JSON body; any JSON where it has no schema.
    pub(super) fn json_root(&mut self, content: &Content<'a>, hint: &Words) -> Root {
        match content.schema {
            Some(schema) => self.root(&content.at, schema, hint),
            None => {
                let field = self.root_field(&content.at, "value", TypeRef::Json, true);
                Root::Whole(Box::new(field))
            }
        }
    }

    /// A body that is one value of this type.
    pub(super) fn root_field(&self, at: &str, wire: &str, ty: TypeRef, required: bool) -> Field {
        let description = self
            .doc
            .get(&push(at, "description"))
            .and_then(serde_json::Value::as_str);
        let usual = match ty {
            TypeRef::Text | TypeRef::Secret => Some("The body, which is text."),
            TypeRef::Blob => Some("The body, byte for byte."),
            _ => None,
        };
        Field {
            wire: wire.to_owned(),
            is_rest: false,
            rust_name: None,
            required,
            nullable: false,
            ty,
            constraints: Vec::new(),
            docs: Docs {
                description: description
                    .map(|text| text.trim())
                    .or(usual)
                    .map(str::to_owned),
                ..Docs::default()
            },
            at: self.doc.value_span(at),
        }
    }

    /// The schema at the root of a body: its members if it is an object.
    fn root(&mut self, pointer: &str, schema: &'a ReferenceOr<Schema>, hint: &Words) -> Root {
        if let Some((hint, parts)) = self.object_at(pointer, schema, hint) {
            let (fields, rules) = self.members(&parts, &hint);
            return Root::Object(fields, rules);
        }
        let lowered = self.schema(pointer, schema, hint);
        let wire = match lowered.ty {
            TypeRef::List(_) => "items",
            _ => "value",
        };
        Root::Whole(Box::new(Field {
            wire: wire.to_owned(),
            is_rest: false,
            rust_name: None,
            required: true,
            nullable: lowered.nullable,
            ty: lowered.ty,
            constraints: lowered.constraints,
            docs: lowered.docs,
            at: self.doc.value_span(pointer),
        }))
    }

    /// The parts of the object that a schema describes, through references and schemas that say
    /// the same, and what its inline types are called after.
    fn object_at(
        &mut self,
        pointer: &str,
        schema: &'a ReferenceOr<Schema>,
        hint: &Words,
    ) -> Option<(Words, Vec<Part<'a>>)> {
        let (mut at, mut schema, mut hint) = (pointer.to_owned(), place(schema), hint.clone());
        // Longer chains are cycles; the lowering of the schema reports them.
        for _ in 0..32 {
            (at, schema) = match schema {
                ReferenceOr::Reference { reference } => {
                    let (name, schema) = self.component_named(&reference)?;
                    hint = Words::split(&name);
                    (push("/components/schemas", &name), place(schema))
                }
                ReferenceOr::Item(item) => match self.whole(&at, item, &hint) {
                    Whole::Struct(parts) => return Some((hint, parts)),
                    Whole::Same(at, same) => (at, same),
                    _ => return None,
                },
            };
        }
        None
    }
}

/// How many files a member holds.
enum File {
    One,
    Many,
}

/// The root of a body.
pub(super) enum Root {
    Object(Vec<Field>, Vec<Located>),
    Whole(Box<Field>),
}
