//! Headers of replies, which become members of the output.

use openapiv3::{Header, ParameterSchemaOrContent, ReferenceOr, Response};

use super::Lower;
use super::fold::place;
use super::reply::component;
use super::says::{Says, alone};
use crate::ir::{Docs, Field, TypeRef};
use crate::lint::Profile;
use crate::load::push;
use crate::name::Words;

/// Headers with credentials in them.
const SECRET: [&str; 5] = [
    "authorization",
    "set-cookie",
    "x-auth-token",
    "x-security-token",
    "x-subject-token",
];

impl<'a> Lower<'a> {
    /// Adds the headers of a response to those of the other statuses. Servers write no headers, so a
    /// spec of our own has none.
    pub(super) fn heads(&mut self, pointer: &str, response: &'a Response, heads: &mut Vec<Field>) {
        if self.profile != Profile::Foreign {
            if !response.headers.is_empty() {
                self.left_out(
                    pointer,
                    "headers of replies have no type",
                    "they are left out of the output",
                    "callers read them by name from `send_with_response()`",
                );
            }
            return;
        }
        for (name, header) in &response.headers {
            let at = push(pointer, name);
            // The media type is said by the body.
            if name.eq_ignore_ascii_case("content-type") {
                continue;
            }
            if !is_token(name) {
                self.left_out(
                    &at,
                    "this is no name of a header",
                    "it is left out of the output",
                    "names are letters, digits and `-`",
                );
                continue;
            }
            let Some((at, header)) = self.header(&at, header) else {
                continue;
            };
            let field = self.head(&at, name, header);
            let known = heads
                .iter_mut()
                .find(|known| known.wire.eq_ignore_ascii_case(name));
            match known {
                None => heads.push(field),
                // Of two types, text holds both.
                Some(known) if known.ty != field.ty => known.ty = TypeRef::Text,
                Some(_) => {}
            }
        }
    }

    fn head(&mut self, at: &str, name: &str, header: &'a Header) -> Field {
        let ty = match &header.format {
            ParameterSchemaOrContent::Schema(schema) => {
                let at = push(at, "schema");
                match self.is_enum(schema) {
                    true => TypeRef::Text,
                    false => self.schema(&at, schema, &Words::split(name)).ty,
                }
            }
            ParameterSchemaOrContent::Content(_) => TypeRef::Text,
        };
        let ty = match ty {
            TypeRef::Integer
            | TypeRef::Number
            | TypeRef::Boolean
            | TypeRef::Timestamp(_)
            | TypeRef::Secret => ty,
            // A list or an object comes as its text.
            _ => TypeRef::Text,
        };
        let is_secret = SECRET.contains(&name.to_ascii_lowercase().as_str());
        let description = header.description.as_deref().map(str::trim);
        let description = description.filter(|text| !text.is_empty());
        Field {
            wire: name.to_owned(),
            is_rest: false,
            rust_name: None,
            required: false,
            nullable: false,
            ty: if is_secret { TypeRef::Secret } else { ty },
            constraints: Vec::new(),
            docs: Docs {
                description: Some(match description {
                    Some(text) => format!("The header `{name}`. {text}"),
                    None => format!("The header `{name}`."),
                }),
                ..Docs::default()
            },
            at: self.doc.value_span(at),
        }
    }

    /// Whether a schema would become a type with a name, or has members.
    fn is_enum(&self, schema: &'a ReferenceOr<openapiv3::Schema>) -> bool {
        let target = self.item(place(schema));
        target.is_none_or(|schema| match alone(schema) {
            Some(Says::Text(text)) => !text.enumeration.is_empty(),
            Some(Says::Integer(_) | Says::Number(_) | Says::Boolean(_)) => false,
            _ => true,
        })
    }

    fn header(
        &self,
        pointer: &str,
        header: &'a ReferenceOr<Header>,
    ) -> Option<(String, &'a Header)> {
        let components = self.openapi.components.as_ref();
        let (mut pointer, mut header) = (pointer.to_owned(), header);
        // Longer chains go round; the lint has said so.
        for _ in 0..32 {
            match header {
                ReferenceOr::Item(item) => return Some((pointer, item)),
                ReferenceOr::Reference { reference } => {
                    let name = component(reference, "#/components/headers/")?;
                    header = components?.headers.get(&name)?;
                    pointer = push("/components/headers", &name);
                }
            }
        }
        None
    }
}

fn is_token(name: &str) -> bool {
    let is_mark = |c: char| "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || is_mark(c))
}
