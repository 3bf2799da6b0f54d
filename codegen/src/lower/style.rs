//! How the parameters of documents of others are written: the styles of OpenAPI, and what each of
//! them can say.

use openapiv3::{Parameter, ParameterData, ParameterSchemaOrContent, PathStyle, QueryStyle};

use super::{Lower, shape_of};
use crate::ir::{Place, Shape, Style, TypeId, TypeRef};
use crate::load::push;

/// The style that a document asks for.
pub(super) fn style_of(parameter: &Parameter) -> Style {
    let explode = |by_default: bool, data: &ParameterData| data.explode.unwrap_or(by_default);
    let either = |explode: bool, exploded: Style, not: Style| if explode { exploded } else { not };
    match parameter {
        Parameter::Path {
            parameter_data,
            style,
        } => {
            let explode = explode(false, parameter_data);
            match style {
                PathStyle::Simple => either(explode, Style::SimpleExploded, Style::Simple),
                PathStyle::Label => either(explode, Style::LabelExploded, Style::Label),
                PathStyle::Matrix => either(explode, Style::MatrixExploded, Style::Matrix),
            }
        }
        Parameter::Header { parameter_data, .. } => either(
            explode(false, parameter_data),
            Style::SimpleExploded,
            Style::Simple,
        ),
        Parameter::Query {
            parameter_data,
            style,
            ..
        } => match style {
            QueryStyle::Form => {
                let explode = explode(true, parameter_data);
                either(explode, Style::FormExploded, Style::Form)
            }
            QueryStyle::SpaceDelimited => either(
                explode(false, parameter_data),
                Style::FormExploded,
                Style::SpaceDelimited,
            ),
            QueryStyle::PipeDelimited => either(
                explode(false, parameter_data),
                Style::FormExploded,
                Style::PipeDelimited,
            ),
            QueryStyle::DeepObject => Style::DeepObject,
        },
        Parameter::Cookie { parameter_data, .. } => either(
            explode(true, parameter_data),
            Style::FormExploded,
            Style::Form,
        ),
    }
}

impl<'a> Lower<'a> {
    /// The schema of a parameter: its own, or that of the JSON text or plain text that it is.
    pub(super) fn parameter_schema(
        &mut self,
        pointer: &str,
        data: &'a ParameterData,
        style: &mut Style,
    ) -> Option<(String, &'a openapiv3::ReferenceOr<openapiv3::Schema>)> {
        let content = match &data.format {
            ParameterSchemaOrContent::Schema(schema) => {
                return Some((push(pointer, "schema"), schema));
            }
            ParameterSchemaOrContent::Content(content) => content,
        };
        let at = push(pointer, "content");
        let (name, media) = content.first()?;
        let essence = name.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        let is_json = essence == "application/json" || essence.ends_with("+json");
        if is_json {
            *style = Style::Json;
        }
        let schema = media.schema.as_ref();
        if !is_json && !essence.starts_with("text/") {
            return None;
        }
        Some((push(&push(&at, name), "schema"), schema?))
    }

    /// Whether a type can be written in a style, and if not, why. `None` is the style of texts, for
    /// which there are simpler calls.
    pub(super) fn fits_style(
        &self,
        place: Place,
        style: Style,
        ty: &TypeRef,
    ) -> Result<Option<Style>, &'static str> {
        if self.holds_secret(ty, &mut Vec::new()) {
            return Err("a password is sent in a body only, where nothing logs it");
        }
        if style == Style::Json {
            return Ok(Some(style));
        }
        let is_time = matches!(ty, TypeRef::Timestamp(_));
        let is_plain = match place {
            Place::Query => true,
            Place::Header => true,
            Place::Path => matches!(style, Style::Simple | Style::SimpleExploded) && !is_time,
            _ => false,
        };
        if self.is_scalar(ty) {
            return Ok((!is_plain).then_some(style));
        }
        match ty {
            TypeRef::List(item) if place == Place::Query && style == Style::FormExploded => {
                let is_simple = self.is_scalar(item) && !matches!(**item, TypeRef::Timestamp(_));
                self.is_flat(item).map(|()| (!is_simple).then_some(style))
            }
            TypeRef::List(item) | TypeRef::Map(item) => match self.is_flat(item) {
                Err(_) if style == Style::DeepObject => Ok(Some(style)),
                flat => flat.map(|()| Some(style)),
            },
            _ => Ok(Some(style)),
        }
    }

    fn is_flat(&self, item: &TypeRef) -> Result<(), &'static str> {
        let is_flat = match item {
            TypeRef::Json => true,
            TypeRef::Named(id) => !matches!(shape_of(&self.types, *id), Some(Shape::Struct(_))),
            item => self.is_scalar(item),
        };
        match is_flat {
            true => Ok(()),
            false => Err("no style has a place for lists and objects in a list"),
        }
    }

    /// Whether a password stands anywhere in a type.
    fn holds_secret(&self, ty: &TypeRef, above: &mut Vec<TypeId>) -> bool {
        match ty {
            TypeRef::Secret => true,
            TypeRef::List(item) | TypeRef::Map(item) | TypeRef::Nullable(item) => {
                self.holds_secret(item, above)
            }
            TypeRef::Named(id) if !above.contains(id) => {
                above.push(*id);
                match shape_of(&self.types, *id) {
                    Some(Shape::Struct(object)) => {
                        let mut fields = object.fields.iter();
                        fields.any(|field| self.holds_secret(&field.ty, above))
                    }
                    Some(Shape::Union(branches)) => {
                        let mut branches = branches.iter();
                        branches.any(|branch| self.holds_secret(&branch.ty, above))
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Says which members of an object a style has no place for. They can be set, and are refused.
    pub(super) fn nested_members(&mut self, pointer: &str, style: Style, ty: &TypeRef) {
        if matches!(style, Style::Json | Style::DeepObject) {
            return;
        }
        let TypeRef::Named(id) = ty else { return };
        let Some(Shape::Struct(object)) = shape_of(&self.types, *id) else {
            return;
        };
        let fields = object.fields.iter();
        let deep = fields.filter(|field| !matches!(field.ty, TypeRef::Json));
        let deep = deep.filter(|field| match &field.ty {
            TypeRef::Named(id) => matches!(shape_of(&self.types, *id), Some(Shape::Struct(_))),
            ty => !self.is_scalar(ty),
        });
        let names: Vec<String> = deep.map(|field| format!("`{}`", field.wire)).collect();
        if !names.is_empty() {
            self.left_out(
                pointer,
                &format!("{} can't be sent in this parameter", names.join(", ")),
                "a list or an object has no place in this style",
                "use the style `deepObject`, or `content` with JSON",
            );
        }
    }
}
