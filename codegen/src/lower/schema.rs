//! Schemas to types, limits and doc text.

use std::borrow::Borrow;

use openapiv3::{AdditionalProperties, ReferenceOr, Schema, StringType};

use super::fold::{Part, Whole, place};
use super::limits::narrower;
use super::named::is_type_name;
use super::says::{List, Says, all_of, is_nullable, says};
use super::{Lower, extensions};
use crate::ir::{Constraint, Deprecation, Docs, Field, TypeId, TypeRef};
use crate::lint::Profile;
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
pub(super) const MAX_DEPTH: usize = 128;

impl<'a> Lower<'a> {
    /// Lowers the schema at `pointer`. `hint` names the type if the schema is
    /// inline and needs a name.
    pub(super) fn schema<S: Borrow<Schema>>(
        &mut self,
        pointer: &str,
        schema: &'a ReferenceOr<S>,
        hint: &Words,
    ) -> Lowered {
        self.schema_at(pointer, place(schema), hint)
    }

    fn schema_at(
        &mut self,
        pointer: &str,
        schema: ReferenceOr<&'a Schema>,
        hint: &Words,
    ) -> Lowered {
        if self.depth == MAX_DEPTH {
            self.too_deep(pointer);
            return unknown(Docs::default());
        }
        self.depth += 1;
        let lowered = match schema {
            ReferenceOr::Item(schema) => self.inline(pointer, schema, hint),
            ReferenceOr::Reference { reference } => self.reference(pointer, &reference),
        };
        self.depth -= 1;
        lowered
    }

    /// Lowers schemas that one value must keep to.
    pub(super) fn several(
        &mut self,
        schemas: Vec<(String, ReferenceOr<&'a Schema>, Words)>,
        hint: &Words,
    ) -> Lowered {
        let Some((last, schema, _)) = schemas.last().cloned() else {
            return unknown(Docs::default());
        };
        let Some(schema) = self.item(schema) else {
            return unknown(Docs::default());
        };
        if self.depth == MAX_DEPTH {
            self.too_deep(&last);
            return unknown(Docs::default());
        }
        self.depth += 1;
        let places: Vec<&str> = schemas.iter().map(|(at, ..)| at.as_str()).collect();
        let places = places.join("\n");
        let mut telling = schemas.iter().filter(|(_, schema, _)| !is_bare(schema));
        let only = match (telling.next(), telling.next()) {
            (Some((at, schema, hint)), None) => Some((at.clone(), schema.clone(), hint.clone())),
            _ => None,
        };
        let whole = self.together(&last, schemas);
        if let (Some((at, schema, hint)), false) = (only, matches!(whole, Whole::Json)) {
            let lowered = self.schema_at(&at, schema, &hint);
            self.depth -= 1;
            return lowered;
        }
        let mut lowered = self.made(&places, &last, schema, whole, hint);
        lowered.nullable |= is_nullable(schema);
        lowered.docs = schema_docs(schema);
        self.depth -= 1;
        lowered
    }

    /// The schema behind references.
    pub(super) fn item(&self, mut schema: ReferenceOr<&'a Schema>) -> Option<&'a Schema> {
        for _ in 0..MAX_DEPTH {
            match schema {
                ReferenceOr::Item(schema) => return Some(schema),
                ReferenceOr::Reference { reference } => {
                    schema = place(self.component_named(&reference)?.1);
                }
            }
        }
        None
    }

    pub(super) fn too_deep(&mut self, pointer: &str) {
        self.error(
            pointer,
            "schemas lie too deep in each other",
            format!("this is {MAX_DEPTH} levels down"),
            "give up some levels of `$ref`, lists and objects",
        );
    }

    pub(super) fn names_nothing(&mut self, pointer: &str) {
        self.error(
            pointer,
            "this reference names no schema of `components`",
            "references to other places are not supported",
            "move what it points at to `components/schemas` and name that",
        );
    }

    fn reference(&mut self, pointer: &str, reference: &str) -> Lowered {
        let Some((name, schema)) = self.component_named(reference) else {
            self.names_nothing(pointer);
            return unknown(Docs::default());
        };
        let target = push("/components/schemas", &name);
        match schema {
            ReferenceOr::Item(schema) => self.component(pointer, &target, &name, schema),
            // The lint has made sure that references do not go round.
            reference => self.schema(&target, reference, &Words::split(&name)),
        }
    }

    /// Schemas that no operation uses have types as well. Gives what the name of each stands for.
    pub(super) fn every_component(&mut self) -> Vec<Field> {
        let openapi = self.openapi;
        let mut aliases = Vec::new();
        let components = openapi.components.iter();
        for name in components.flat_map(|components| components.schemas.keys()) {
            let pointer = push("/components/schemas", name);
            let reference = push("#/components/schemas", name);
            let lowered = self.reference(&pointer, &reference);
            aliases.push(Field {
                wire: name.clone(),
                is_rest: false,
                rust_name: None,
                required: false,
                nullable: lowered.nullable,
                ty: lowered.ty,
                constraints: lowered.constraints,
                docs: lowered.docs,
                at: self.doc.key_span(&pointer),
            });
        }
        aliases
    }

    fn component(
        &mut self,
        pointer: &str,
        target: &str,
        name: &str,
        schema: &'a Schema,
    ) -> Lowered {
        if let Some(id) = self.components.get(name) {
            return of_component(*id, schema);
        }
        // A component that becomes no type of its own stands in every place that
        // names it, so it can't hold itself.
        if self.open.iter().any(|open| open == name) {
            self.error(
                pointer,
                "a list or map that contains only itself has no Rust type",
                format!("`{name}` is named inside of itself"),
                "put an object with `properties` between the two",
            );
            return unknown(Docs::default());
        }
        let hint = Words::split(name);
        let whole = self.whole(target, schema, &hint);
        if whole.has_name() {
            let id = self.define();
            self.components.insert(name.to_owned(), id);
            self.fill(id, target, schema, whole, &hint);
            return of_component(id, schema);
        }
        self.open.push(name.to_owned());
        let lowered = self.with_data(target, schema, whole, &hint);
        self.open.pop();
        lowered
    }

    fn inline(&mut self, pointer: &str, schema: &'a Schema, hint: &Words) -> Lowered {
        let whole = self.whole(pointer, schema, hint);
        self.with_data(pointer, schema, whole, hint)
    }

    /// A schema with what it says beside its kind.
    pub(super) fn with_data(
        &mut self,
        pointer: &str,
        schema: &'a Schema,
        whole: Whole<'a>,
        hint: &Words,
    ) -> Lowered {
        let mut lowered = self.made(pointer, pointer, schema, whole, hint);
        lowered.nullable |= is_nullable(schema);
        let own = schema_docs(schema);
        lowered.docs = Docs {
            description: own.description.or(lowered.docs.description),
            ..own
        };
        let given = extensions::text(&schema.schema_data.extensions, "x-rust-name");
        lowered.rust_name = given.filter(|name| !is_type_name(name));
        lowered
    }

    /// The type of an inline schema; `places` tells it from all others.
    fn made(
        &mut self,
        places: &str,
        pointer: &str,
        schema: &'a Schema,
        whole: Whole<'a>,
        hint: &Words,
    ) -> Lowered {
        if !whole.has_name() {
            return self.nameless(pointer, schema, whole, hint);
        }
        // A list component may come back to an object in its items, and a part of several schemas
        // to what its members hold.
        let above = self.filling.iter().find(|(at, _)| at == places);
        if let Some((_, id)) = above {
            return plain(TypeRef::Named(*id));
        }
        let key = (places.to_owned(), hint.snake());
        if let Some(id) = self.inlines.get(&key) {
            return plain(TypeRef::Named(*id));
        }
        let id = self.define();
        self.inlines.insert(key, id);
        self.fill(id, pointer, schema, whole, hint);
        plain(TypeRef::Named(id))
    }

    fn nameless(
        &mut self,
        pointer: &str,
        schema: &'a Schema,
        whole: Whole<'a>,
        hint: &Words,
    ) -> Lowered {
        self.no_rules(pointer, &schema.schema_data.extensions);
        match whole {
            Whole::Same(at, schema) => self.schema_at(&at, schema, hint),
            Whole::Narrowed(any) => self.narrowed(pointer, any, hint),
            Whole::Text(text) => self.string(pointer, &text),
            Whole::Integer(integer) => {
                let also = schema.schema_data.extensions.get("x-also");
                self.integer(pointer, &integer, also)
            }
            Whole::Number(number) => self.number(&number),
            Whole::Boolean(boolean) => self.boolean(&boolean),
            Whole::List(at, list) => self.array(pointer, &at, &list, hint),
            Whole::Map(parts) => self.map(pointer, &parts, hint),
            Whole::Json | Whole::Struct(_) | Whole::Enum(_) | Whole::Union(_) => {
                plain(TypeRef::Json)
            }
        }
    }

    /// `at` is where the schema with the items stands.
    fn array(&mut self, pointer: &str, at: &str, array: &List<'a>, hint: &Words) -> Lowered {
        let mut items = match array.items {
            Some(items) => self.schema(&push(at, "items"), items, &hint.singular()),
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
        self.nulls(pointer, &mut items);
        self.not_narrowed(pointer, &items);
        let mut constraints = Vec::new();
        let (least, most) = array.counts;
        if least.is_some() || most.is_some() {
            constraints.push(Constraint::Items(least, most));
        }
        if array.unique {
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
    fn map(&mut self, pointer: &str, parts: &[Part<'a>], hint: &Words) -> Lowered {
        let mut values = None;
        let mut counts = (None, None);
        for part in parts {
            let Says::Object(object) = &part.says else {
                continue;
            };
            counts = narrower(counts, object.counts);
            if let Some(AdditionalProperties::Schema(schema)) = object.additional {
                values = Some((push(&part.pointer, "additionalProperties"), schema));
            }
        }
        let mut value = match values {
            Some((at, schema)) => self.schema(&at, schema, &hint.with("value")),
            None => unknown(Docs::default()),
        };
        self.nulls(pointer, &mut value);
        self.not_narrowed(pointer, &value);
        let mut lowered = plain(TypeRef::Map(Box::new(value.ty)));
        if counts != (None, None) {
            let limit = Constraint::Items(counts.0, counts.1);
            lowered.constraints.push(limit);
        }
        if !value.constraints.is_empty() {
            lowered
                .constraints
                .push(Constraint::Each(value.constraints));
        }
        lowered.docs.unit = value.docs.unit;
        lowered
    }

    /// Reading `null` as anything else would fail the whole reply.
    pub(super) fn nulls(&mut self, pointer: &str, inner: &mut Lowered) {
        let is_null = std::mem::take(&mut inner.nullable);
        if is_null && self.profile == Profile::Foreign {
            if inner.ty != TypeRef::Json {
                let ty = std::mem::replace(&mut inner.ty, TypeRef::Json);
                inner.ty = TypeRef::Nullable(Box::new(ty));
            }
        } else if is_null {
            self.error(
                pointer,
                "`null` among the items of a list or the values of a map is not supported here",
                "what this holds is `nullable`",
                "remove `nullable` from it",
            );
            inner.ty = TypeRef::Json;
            inner.constraints.clear();
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

/// Whether a schema names a kind of values and no more.
fn is_bare(schema: &ReferenceOr<&Schema>) -> bool {
    let ReferenceOr::Item(schema) = schema else {
        return false;
    };
    let alone = all_of(schema).is_empty();
    alone
        && match says(schema).as_slice() {
            [] => true,
            [Says::Text(text)] => *text == StringType::default(),
            [Says::Object(object)] => object.properties.is_empty() && object.additional.is_none(),
            _ => false,
        }
}

fn of_component(id: TypeId, schema: &Schema) -> Lowered {
    Lowered {
        nullable: is_nullable(schema),
        docs: schema_docs(schema),
        ..plain(TypeRef::Named(id))
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
