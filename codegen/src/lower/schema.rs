//! Schemas to types, limits and doc text.

use openapiv3::{
    AdditionalProperties, ArrayType, ObjectType, ReferenceOr, Schema, SchemaKind, Type,
};

use super::named::is_type_name;
use super::narrow::is_narrowed;
use super::{Lower, extensions};
use crate::ir::{Constraint, Deprecation, Docs, TypeRef};
use crate::load::push;
use crate::name::Words;

/// A schema as it is used in one place.
pub(super) struct Lowered {
    pub(super) ty: TypeRef,
    pub(super) constraints: Vec<Constraint>,
    pub(super) nullable: bool,
    pub(super) docs: Docs,
    pub(super) rust_name: Option<String>,
}

const COMPONENTS: &str = "#/components/schemas/";

/// Schemas in schemas, through references too. A document itself is no deeper
/// either; beyond this the stack would end.
const MAX_DEPTH: usize = 128;

impl Lower<'_> {
    /// Lowers the schema at `pointer`. `hint` names the type if the schema is
    /// inline and needs a name.
    pub(super) fn schema(
        &mut self,
        pointer: &str,
        schema: &ReferenceOr<Schema>,
        hint: &Words,
    ) -> Lowered {
        if self.depth == MAX_DEPTH {
            self.error(
                pointer,
                "schemas lie too deep in each other",
                format!("this is {MAX_DEPTH} levels down"),
                "give up some levels of `$ref`, lists and objects",
            );
            return unknown(Docs::default());
        }
        self.depth += 1;
        let lowered = match schema {
            ReferenceOr::Item(schema) => self.inline(pointer, schema, hint),
            ReferenceOr::Reference { reference } => self.reference(pointer, reference),
        };
        self.depth -= 1;
        lowered
    }

    fn reference(&mut self, pointer: &str, reference: &str) -> Lowered {
        let openapi = self.openapi;
        let found = component_name(reference).and_then(|name| {
            let schemas = &openapi.components.as_ref()?.schemas;
            let schema = schemas.get(&name)?;
            Some((name, schema))
        });
        let Some((name, schema)) = found else {
            self.error(
                pointer,
                "this reference names no schema of `components`",
                "references to other places are not supported",
                "move what it points at to `components/schemas` and name that",
            );
            return unknown(Docs::default());
        };
        let target = push("/components/schemas", &name);
        match schema {
            ReferenceOr::Item(schema) => self.component(pointer, &target, &name, schema),
            // The lint has made sure that references do not go round.
            reference => self.schema(&target, reference, &Words::split(&name)),
        }
    }

    /// Schemas that no operation uses have types as well.
    pub(super) fn unused_components(&mut self) {
        let openapi = self.openapi;
        let components = openapi.components.iter();
        for name in components.flat_map(|components| components.schemas.keys()) {
            let pointer = push("/components/schemas", name);
            let reference = push("#/components/schemas", name);
            self.reference(&pointer, &reference);
        }
    }

    fn component(&mut self, pointer: &str, target: &str, name: &str, schema: &Schema) -> Lowered {
        let hint = Words::split(name);
        if !needs_name(schema) {
            return self.nameless(pointer, target, name, schema);
        }
        let id = match self.components.get(name) {
            Some(id) => *id,
            None => {
                let id = self.define();
                self.components.insert(name.to_owned(), id);
                self.fill(id, target, schema, &hint);
                id
            }
        };
        Lowered {
            ty: TypeRef::Named(id),
            constraints: Vec::new(),
            nullable: schema.schema_data.nullable,
            docs: schema_docs(schema),
            rust_name: None,
        }
    }

    /// A component that becomes no type of its own stands in every place that
    /// names it, so it can't hold itself.
    fn nameless(&mut self, pointer: &str, target: &str, name: &str, schema: &Schema) -> Lowered {
        if self.open.iter().any(|open| open == name) {
            self.error(
                pointer,
                "a list or map that contains only itself has no Rust type",
                format!("`{name}` is named inside of itself"),
                "put an object with `properties` between the two",
            );
            return unknown(Docs::default());
        }
        self.open.push(name.to_owned());
        let lowered = self.inline(target, schema, &Words::split(name));
        self.open.pop();
        lowered
    }

    fn inline(&mut self, pointer: &str, schema: &Schema, hint: &Words) -> Lowered {
        let data = &schema.schema_data;
        let mut lowered = self.kind(pointer, schema, hint);
        lowered.nullable |= data.nullable;
        let own = schema_docs(schema);
        lowered.docs = Docs {
            description: own.description.or(lowered.docs.description),
            ..own
        };
        let given = extensions::text(&data.extensions, "x-rust-name");
        lowered.rust_name = given.filter(|name| !is_type_name(name));
        lowered
    }

    fn kind(&mut self, pointer: &str, schema: &Schema, hint: &Words) -> Lowered {
        if needs_name(schema) {
            // A list component may come back to an object in its items.
            let above = self.filling.iter().find(|(at, _)| at == pointer);
            if let Some((_, id)) = above {
                return plain(TypeRef::Named(*id));
            }
            let id = self.define();
            self.fill(id, pointer, schema, hint);
            return plain(TypeRef::Named(id));
        }
        self.no_rules(pointer, &schema.schema_data.extensions);
        match &schema.schema_kind {
            SchemaKind::Type(Type::String(string)) => self.string(pointer, string),
            SchemaKind::Type(Type::Integer(integer)) => {
                let also = schema.schema_data.extensions.get("x-also");
                self.integer(pointer, integer, also)
            }
            SchemaKind::Type(Type::Number(number)) => self.number(pointer, number),
            SchemaKind::Type(Type::Boolean(boolean)) => self.boolean(pointer, boolean),
            SchemaKind::Type(Type::Array(array)) => self.array(pointer, array, hint),
            SchemaKind::Type(Type::Object(object)) => self.map(pointer, object, hint),
            SchemaKind::AllOf { all_of } if all_of.len() == 1 => {
                self.schema(&push(&push(pointer, "allOf"), "0"), &all_of[0], hint)
            }
            SchemaKind::Any(any) if is_narrowed(any) => self.narrowed(pointer, any, hint),
            SchemaKind::Any(any) if is_empty(any) => plain(TypeRef::Json),
            other => {
                let word = keyword(other);
                self.error(
                    pointer,
                    format!("{word} is not supported here"),
                    "no Rust type is made for this yet",
                    "write the members out in one schema with a `type`",
                );
                unknown(Docs::default())
            }
        }
    }

    fn array(&mut self, pointer: &str, array: &ArrayType, hint: &Words) -> Lowered {
        let items = match &array.items {
            Some(items) => {
                let items = items.clone().unbox();
                self.schema(&push(pointer, "items"), &items, &hint.singular())
            }
            None => {
                self.error(
                    pointer,
                    "an array without `items`",
                    "what does it hold?",
                    "add `items` with a schema",
                );
                unknown(Docs::default())
            }
        };
        self.no_nulls(pointer, &items);
        self.not_narrowed(pointer, &items);
        let mut constraints = Vec::new();
        let (least, most) = (
            // No list is shorter than empty.
            array.min_items.map(|n| n as u64).filter(|n| *n > 0),
            array.max_items.map(|n| n as u64),
        );
        if least.is_some() || most.is_some() {
            constraints.push(Constraint::Items(least, most));
        }
        if array.unique_items {
            constraints.push(Constraint::Unique);
        }
        if !items.constraints.is_empty() {
            constraints.push(Constraint::Each(items.constraints));
        }
        Lowered {
            constraints,
            docs: Docs {
                unit: items.docs.unit,
                ..Docs::default()
            },
            ..plain(TypeRef::List(Box::new(items.ty)))
        }
    }

    /// An object without members of its own.
    fn map(&mut self, pointer: &str, object: &ObjectType, hint: &Words) -> Lowered {
        if object.min_properties.is_some() || object.max_properties.is_some() {
            self.no_counts(pointer);
        }
        let value = match &object.additional_properties {
            Some(AdditionalProperties::Schema(schema)) => {
                let pointer = push(pointer, "additionalProperties");
                self.schema(&pointer, schema, &hint.with("value"))
            }
            _ => unknown(Docs::default()),
        };
        self.no_nulls(pointer, &value);
        self.not_narrowed(pointer, &value);
        let mut lowered = plain(TypeRef::Map(Box::new(value.ty)));
        if !value.constraints.is_empty() {
            lowered
                .constraints
                .push(Constraint::Each(value.constraints));
        }
        lowered.docs.unit = value.docs.unit;
        lowered
    }

    fn no_nulls(&mut self, pointer: &str, inner: &Lowered) {
        if inner.nullable {
            self.error(
                pointer,
                "`null` among the items of a list or the values of a map is not supported",
                "what this holds is `nullable`",
                "remove `nullable` from it",
            );
        }
    }

    pub(super) fn no_counts(&mut self, pointer: &str) {
        self.error(
            pointer,
            "`minProperties` and `maxProperties` are not supported yet",
            "this limit would be lost",
            "state it in the description, or extend the generator",
        );
    }
}

/// The component that a reference names, which is written as in a pointer.
pub(super) fn component_name(reference: &str) -> Option<String> {
    let name = reference.strip_prefix(COMPONENTS)?;
    (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
}

/// Whether a schema becomes a type with a name.
fn needs_name(schema: &Schema) -> bool {
    match &schema.schema_kind {
        SchemaKind::Type(Type::String(string)) => !string.enumeration.is_empty(),
        SchemaKind::Type(Type::Object(object)) => !object.properties.is_empty(),
        SchemaKind::OneOf { .. } | SchemaKind::AnyOf { .. } => true,
        _ => false,
    }
}

pub(super) fn schema_docs(schema: &Schema) -> Docs {
    let data = &schema.schema_data;
    let docs = extensions::docs(
        data.description.as_ref(),
        data.default.as_ref(),
        &data.extensions,
    );
    Docs {
        deprecated: data.deprecated.then_some(Deprecation::ByDocument),
        ..docs
    }
}

pub(super) fn plain(ty: TypeRef) -> Lowered {
    Lowered {
        ty,
        constraints: Vec::new(),
        nullable: false,
        docs: Docs::default(),
        rust_name: None,
    }
}

fn unknown(docs: Docs) -> Lowered {
    Lowered {
        docs,
        ..plain(TypeRef::Json)
    }
}

fn is_empty(any: &openapiv3::AnySchema) -> bool {
    *any == openapiv3::AnySchema::default()
}

fn keyword(kind: &SchemaKind) -> &'static str {
    match kind {
        SchemaKind::AllOf { .. } => "`allOf` of several schemas",
        SchemaKind::Not { .. } => "`not`",
        _ => "a schema without one `type`",
    }
}
