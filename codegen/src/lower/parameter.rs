//! Parameters of an operation.

use std::collections::HashSet;

use openapiv3::{
    Operation as Spec, Parameter, ParameterData, ParameterSchemaOrContent, PathItem, PathStyle,
    QueryStyle, ReferenceOr,
};

use super::operation::SpecPlace;
use super::says::{Says, alone};
use super::schema::Lowered;
use super::security::is_token;
use super::style::style_of;
use super::{Lower, extensions, one_line, shape_of};
use crate::ir::{
    Constraint, Deprecation, Docs, Field, Held, Input, ListStyle, PathTemplate, Place, Shape,
    Style, TypeRef,
};
use crate::lint::Profile;
use crate::load::push;
use crate::name::Words;

impl<'a> Lower<'a> {
    /// Parameters of the path item that the operation does not say again, then
    /// its own.
    pub(super) fn parameters(
        &mut self,
        place: &SpecPlace<'_>,
        item: &'a PathItem,
        spec: &'a Spec,
    ) -> (Vec<Input>, Vec<Held>) {
        let own = self.resolved(&push(place.pointer, "parameters"), &spec.parameters);
        let mut all = self.resolved(&push(place.item_pointer, "parameters"), &item.parameters);
        all.retain(|(_, shared)| {
            let said_again = |(_, p): &(String, &Parameter)| key(p) == key(shared);
            !own.iter().any(said_again)
        });
        all.extend(own);
        let (mut inputs, mut held) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        // The lint has told of one that is listed twice; the first counts.
        all.retain(|(_, parameter)| seen.insert(key(parameter)));
        for (pointer, parameter) in all {
            self.parameter(&pointer, parameter, &mut inputs, &mut held);
        }
        (inputs, held)
    }

    /// Texts for the names in a path that nothing declares, of which the lint has told.
    pub(super) fn undeclared(
        &self,
        place: &SpecPlace<'_>,
        path: &PathTemplate,
        inputs: &mut Vec<Input>,
    ) {
        for name in path.parameters() {
            let is_known = |input: &Input| input.place == Place::Path && input.field.wire == name;
            if self.profile != Profile::Foreign || inputs.iter().any(is_known) {
                continue;
            }
            inputs.push(Input {
                place: Place::Path,
                list_style: ListStyle::Repeated,
                style: None,
                required_if_sent: false,
                field: Field {
                    wire: name.to_owned(),
                    is_rest: false,
                    rust_name: None,
                    required: true,
                    nullable: false,
                    ty: TypeRef::Text,
                    constraints: Vec::new(),
                    docs: Docs::default(),
                    at: self.doc.key_span(place.pointer),
                },
            });
        }
    }

    fn resolved(
        &self,
        list: &str,
        parameters: &'a [ReferenceOr<Parameter>],
    ) -> Vec<(String, &'a Parameter)> {
        let openapi = self.openapi;
        let resolve = |(index, parameter): (usize, &'a ReferenceOr<Parameter>)| match parameter {
            ReferenceOr::Item(item) => Some((push(list, &index.to_string()), item)),
            // The lint reports a reference that leads nowhere.
            ReferenceOr::Reference { reference } => {
                let name = reference.strip_prefix("#/components/parameters/")?;
                let item = openapi
                    .components
                    .as_ref()?
                    .parameters
                    .get(name)?
                    .as_item()?;
                Some((push("/components/parameters", name), item))
            }
        };
        parameters.iter().enumerate().filter_map(resolve).collect()
    }

    fn parameter(
        &mut self,
        pointer: &str,
        parameter: &'a Parameter,
        inputs: &mut Vec<Input>,
        held: &mut Vec<Held>,
    ) {
        let Some((place, data, list_style)) = self.parts(pointer, parameter) else {
            return;
        };
        if place == Place::Header && !self.is_ours(pointer, &data.name) {
            return;
        }
        if self.profile == Profile::Foreign && !self.has_place(pointer, place, data) {
            return;
        }
        if let Some(value) = extensions::text(&data.extensions, "x-client") {
            let wire = data.name.clone();
            held.push(Held {
                value,
                place,
                wire,
                values: enum_values(&data.format),
            });
            return;
        }
        if self.profile == Profile::Foreign {
            return self.other_parameter(pointer, parameter, place, data, inputs);
        }
        let ParameterSchemaOrContent::Schema(schema) = &data.format else {
            self.without(
                data.required,
                pointer,
                "a parameter with `content` is not supported",
                "its value would have to be encoded as a document",
                "give it a `schema`",
            );
            return;
        };
        let hint = Words::split(&data.name);
        let mut lowered = self.schema(&push(pointer, "schema"), schema, &hint);
        if let Err(help) = self.fits_text(place, &lowered.ty) {
            self.without(
                data.required || place == Place::Path,
                &push(pointer, "schema"),
                format!("parameter `{}` can't be written as text", data.name),
                format!("sent in the {}", place.as_str()),
                help,
            );
            return;
        }
        if place == Place::Query && list_style == ListStyle::Comma {
            self.no_commas(pointer, &mut lowered);
        }
        self.input(pointer, data, place, (list_style, None), lowered, inputs);
    }

    /// A parameter with its schema lowered.
    fn input(
        &mut self,
        pointer: &str,
        data: &ParameterData,
        place: Place,
        (list_style, style): (ListStyle, Option<Style>),
        lowered: Lowered,
        inputs: &mut Vec<Input>,
    ) {
        let hint = Words::split(&data.name);
        let own = extensions::docs(data.description.as_ref(), None, &data.extensions);
        let rust_name = extensions::text(&data.extensions, "x-rust-name").or(lowered.rust_name);
        self.not_idle(
            &push(pointer, "x-rust-name"),
            rust_name.as_deref(),
            &hint.snake(),
        );
        inputs.push(Input {
            place,
            list_style,
            style,
            required_if_sent: false,
            field: Field {
                wire: data.name.clone(),
                is_rest: false,
                rust_name,
                required: data.required || place == Place::Path,
                nullable: false,
                ty: lowered.ty,
                constraints: lowered.constraints,
                docs: Docs {
                    description: own.description.or(lowered.docs.description),
                    source: own.source.or(lowered.docs.source),
                    unit: own.unit.or(lowered.docs.unit),
                    deprecated: data
                        .deprecated
                        .filter(|deprecated| *deprecated)
                        .map(|_| Deprecation::ByDocument)
                        .or(lowered.docs.deprecated),
                    ..lowered.docs
                },
                at: self.doc.value_span(&push(pointer, "name")),
            },
        });
    }

    /// A parameter of a document of others, in any place and style.
    fn other_parameter(
        &mut self,
        pointer: &str,
        parameter: &'a Parameter,
        place: Place,
        data: &'a ParameterData,
        inputs: &mut Vec<Input>,
    ) {
        let required = data.required || place == Place::Path;
        let mut style = style_of(parameter);
        let Some((at, schema)) = self.parameter_schema(pointer, data, &mut style) else {
            return self.without(
                required,
                pointer,
                format!(
                    "the parameter `{}` is of a media type that is not supported",
                    data.name
                ),
                "its value would have to be encoded as a document",
                "give it a `schema`, or `content` with JSON",
            );
        };
        if let Parameter::Query {
            allow_reserved: true,
            ..
        } = parameter
        {
            self.left_out(
                &push(pointer, "allowReserved"),
                &format!("`allowReserved` of `{}` changes nothing", data.name),
                "reserved characters are percent-encoded, which servers read alike",
                "",
            );
        }
        let mut lowered = self.schema(&at, schema, &Words::split(&data.name));
        // Nothing but JSON can say it.
        lowered.ty.without_nulls();
        match self.fits_style(place, style, &lowered.ty) {
            Ok(written) => {
                if let Some(style) = written {
                    self.nested_members(&at, style, &lowered.ty);
                }
                let list = ListStyle::Repeated;
                self.input(pointer, data, place, (list, written), lowered, inputs);
            }
            Err(help) => self.without(
                required,
                &at,
                format!("parameter `{}` can't be written as text", data.name),
                format!("sent in the {}", place.as_str()),
                help,
            ),
        }
    }

    fn parts(
        &mut self,
        pointer: &str,
        parameter: &'a Parameter,
    ) -> Option<(Place, &'a ParameterData, ListStyle)> {
        match parameter {
            Parameter::Path {
                parameter_data,
                style,
            } => {
                if !matches!(style, PathStyle::Simple) && self.profile != Profile::Foreign {
                    self.lost(
                        pointer,
                        "only the path style `simple` is supported",
                        "this style would be lost",
                        "remove `style`",
                    );
                }
                Some((Place::Path, parameter_data, ListStyle::Comma))
            }
            Parameter::Header { parameter_data, .. } => {
                Some((Place::Header, parameter_data, ListStyle::Comma))
            }
            Parameter::Query {
                parameter_data,
                style,
                ..
            } => {
                if !matches!(style, QueryStyle::Form) && self.profile != Profile::Foreign {
                    self.without(
                        parameter_data.required,
                        pointer,
                        "only the query style `form` is supported",
                        "this style would be lost",
                        "remove `style`; `explode: false` gives a comma-separated list",
                    );
                    return None;
                }
                let style = match parameter_data.explode {
                    Some(false) => ListStyle::Comma,
                    _ => ListStyle::Repeated,
                };
                Some((Place::Query, parameter_data, style))
            }
            Parameter::Cookie { parameter_data, .. } if self.profile == Profile::Foreign => {
                Some((Place::Cookie, parameter_data, ListStyle::Repeated))
            }
            Parameter::Cookie { parameter_data, .. } => {
                self.without(
                    parameter_data.required,
                    pointer,
                    "cookie parameters are not supported",
                    "this parameter would be lost",
                    "remove it",
                );
                None
            }
        }
    }

    /// Whether a request has a place for a header or cookie of this name.
    fn has_place(&mut self, pointer: &str, place: Place, data: &ParameterData) -> bool {
        const OF_HTTP: [&str; 5] = [
            "Host",
            "Connection",
            "Content-Length",
            "Transfer-Encoding",
            "User-Agent",
        ];
        let name = data.name.as_str();
        let (label, help) = match place {
            Place::Header | Place::Cookie if !is_token(name) => (
                "HTTP has no place for this name",
                "give it a name of letters, digits and `-`",
            ),
            Place::Header if OF_HTTP.iter().any(|other| name.eq_ignore_ascii_case(other)) => {
                ("the client sets this header itself", "remove it")
            }
            _ => return true,
        };
        let message = format!("the parameter `{}` is left out", one_line(name));
        self.without(data.required, &push(pointer, "name"), message, label, help);
        false
    }

    /// Whether a header is one that callers give. Three are described by other
    /// parts of a spec, which says itself that they are ignored here.
    fn is_ours(&mut self, pointer: &str, name: &str) -> bool {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if self.schemes.is_some() {
            let is_ignored = ["Accept", "Content-Type", "Authorization"]
                .into_iter()
                .any(is);
            if is_ignored {
                self.left_out(
                    &push(pointer, "name"),
                    &format!("the header parameter `{name}` is ignored"),
                    "OpenAPI says so",
                    "media types stand under `content`, credentials under `securitySchemes`",
                );
            }
            return !is_ignored;
        }
        if is("X-Auth-Token") {
            self.error(
                pointer,
                "the token is not a parameter",
                "the client sends this header itself",
                "remove it, and name the security scheme under `security`",
            );
        }
        !["Accept", "Content-Type", "Authorization", "X-Auth-Token"]
            .into_iter()
            .any(is)
    }

    /// Why a parameter can't be written as text.
    fn fits_text(&self, place: Place, ty: &TypeRef) -> Result<(), &'static str> {
        match ty {
            TypeRef::List(item) if place == Place::Query && self.is_scalar(item) => match **item {
                TypeRef::Timestamp(_) => Err("lists of times are not supported yet"),
                _ => Ok(()),
            },
            TypeRef::List(_) => Err("lists can be sent in the query only, and no list in a list"),
            TypeRef::Timestamp(_) if place == Place::Path => {
                Err("times in the path are not supported yet; leave `format` out to send any text")
            }
            ty if self.is_scalar(ty) => Ok(()),
            _ => Err(
                "only text, numbers, booleans, times, enums and lists of them can; put objects \
                 into the body",
            ),
        }
    }

    /// Reports a parameter that can't be sent. The operation can be made without it, unless it is
    /// mandatory.
    fn without(
        &mut self,
        required: bool,
        pointer: &str,
        message: impl Into<String>,
        label: impl Into<String>,
        help: &str,
    ) {
        self.is_lost |= required;
        self.error(pointer, message, label, help);
    }

    pub(super) fn is_scalar(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Named(id) => matches!(shape_of(&self.types, *id), Some(Shape::OpenEnum(_))),
            TypeRef::List(_)
            | TypeRef::Map(_)
            | TypeRef::Json
            | TypeRef::Blob
            | TypeRef::Secret => false,
            _ => true,
        }
    }

    /// An item with a comma would become two on the wire.
    fn no_commas(&mut self, pointer: &str, lowered: &mut Lowered) {
        let TypeRef::List(item) = &lowered.ty else {
            return;
        };
        match **item {
            TypeRef::Text => add_to_each(&mut lowered.constraints, Constraint::NoChars(",".into())),
            TypeRef::Named(id) => {
                let values = match shape_of(&self.types, id) {
                    Some(Shape::OpenEnum(values)) => values.as_slice(),
                    _ => &[],
                };
                if values.iter().any(|value| value.wire.contains(',')) {
                    self.error(
                        pointer,
                        "a value with a comma in a list that commas part",
                        "it would become two",
                        "remove `explode: false`, or the value",
                    );
                }
            }
            _ => {}
        }
    }
}

/// Adds a limit on each item to those that stand there already.
fn add_to_each(constraints: &mut Vec<Constraint>, limit: Constraint) {
    for constraint in constraints.iter_mut() {
        if let Constraint::Each(inner) = constraint {
            inner.push(limit);
            return;
        }
    }
    constraints.push(Constraint::Each(vec![limit]));
}

fn key(parameter: &Parameter) -> (&str, u8) {
    match parameter {
        Parameter::Path { parameter_data, .. } => (&parameter_data.name, 0),
        Parameter::Query { parameter_data, .. } => (&parameter_data.name, 1),
        Parameter::Header { parameter_data, .. } => (&parameter_data.name, 2),
        Parameter::Cookie { parameter_data, .. } => (&parameter_data.name, 3),
    }
}

/// The values of a parameter that is an enum in its own place.
fn enum_values(format: &ParameterSchemaOrContent) -> Vec<String> {
    let ParameterSchemaOrContent::Schema(ReferenceOr::Item(schema)) = format else {
        return Vec::new();
    };
    match alone(schema) {
        Some(Says::Text(text)) => text.enumeration.iter().flatten().cloned().collect(),
        _ => Vec::new(),
    }
}
