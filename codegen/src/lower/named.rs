//! Schemas that become types with names: objects, enums and unions.

use std::collections::HashSet;

use indexmap::IndexMap;
use openapiv3::{AdditionalProperties, Discriminator, ReferenceOr, Schema, StringType};

use super::fold::{Choice, Part, Whole, place, required_only};
use super::rules::Located;
use super::says::{Says, is_null};
use super::schema::{Lowered, component_name, plain, schema_docs};
use super::{Lower, extensions};
use crate::ir::{
    Branch, Constraint, Docs, EnumValue, Field, Mark, REST, Rule, Shape, Struct, TypeDef, TypeId,
    TypeRef,
};
use crate::lint::Profile;
use crate::load::push;
use crate::name::Words;

/// A member's schema as it stands in `properties`.
type Property = ReferenceOr<Box<Schema>>;

impl<'a> Lower<'a> {
    /// Fills the definition of a type that has a name.
    pub(super) fn fill(
        &mut self,
        id: TypeId,
        pointer: &str,
        schema: &'a Schema,
        whole: Whole<'a>,
        hint: &Words,
    ) {
        // Inside of a type with a name, a list may hold itself.
        let open = std::mem::take(&mut self.open);
        self.filling.push((pointer.to_owned(), id));
        let shape = self.shape(pointer, schema, whole, hint);
        self.filling.pop();
        self.open = open;
        let given = extensions::text(&schema.schema_data.extensions, "x-rust-name");
        let given = given.filter(|name| is_type_name(name));
        let proposed = self.name_or(pointer, given.clone(), hint.pascal());
        self.types[id.0] = Some(TypeDef {
            proposed,
            rust_name: given,
            shape,
            docs: schema_docs(schema),
            at: self.doc.key_span(pointer),
        });
    }

    fn shape(
        &mut self,
        pointer: &str,
        schema: &'a Schema,
        whole: Whole<'a>,
        hint: &Words,
    ) -> Shape {
        if !matches!(whole, Whole::Struct(_)) {
            self.no_rules(pointer, &schema.schema_data.extensions);
        }
        match whole {
            Whole::Enum(string) => self.open_enum(pointer, schema, &string),
            Whole::Struct(parts) => {
                let (fields, rules) = self.members(&parts, hint);
                let rules = self.struct_rules(rules, &fields);
                Shape::Struct(Struct { fields, rules })
            }
            Whole::Union(choice) => self.union(&choice, hint),
            _ => Shape::Struct(Struct::default()),
        }
    }

    fn open_enum(&mut self, pointer: &str, schema: &Schema, string: &StringType) -> Shape {
        if string.pattern.is_some() || string.min_length.is_some() || string.max_length.is_some() {
            self.error(
                pointer,
                "an `enum` needs no other limit",
                "its values decide already",
                "remove `pattern`, `minLength` and `maxLength`",
            );
        }
        let names = schema.schema_data.extensions.get("x-rust-names");
        for (wire, name) in names
            .and_then(|names| names.as_object())
            .into_iter()
            .flatten()
        {
            let known = string
                .enumeration
                .iter()
                .flatten()
                .any(|value| value == wire);
            let default = if known {
                Words::split(wire).pascal()
            } else {
                name.as_str().unwrap_or_default().to_owned()
            };
            let pointer = push(&push(pointer, "x-rust-names"), wire);
            self.not_idle(&pointer, name.as_str(), &default);
        }
        let values = string.enumeration.iter().flatten().enumerate();
        // The lint has told of a value that is listed twice.
        let mut seen = HashSet::new();
        let values = values.filter(|(_, wire)| seen.insert(*wire));
        let list = push(pointer, "enum");
        let values = values.map(|(index, wire)| EnumValue {
            at: self.doc.value_span(&push(&list, &index.to_string())),
            wire: wire.clone(),
            deprecated: None,
            rust_name: names
                .and_then(|names| names.get(wire)?.as_str())
                .map(str::to_owned),
        });
        Shape::OpenEnum(values.collect())
    }

    /// The members that the parts of an object have, and the rules over them.
    pub(super) fn members(
        &mut self,
        parts: &[Part<'a>],
        hint: &Words,
    ) -> (Vec<Field>, Vec<Located>) {
        let mut rules = Vec::new();
        let mut members: IndexMap<&'a str, Vec<(String, &'a Property, Words)>> = IndexMap::new();
        let mut required: HashSet<&str> = HashSet::new();
        for part in parts {
            let Says::Object(object) = &part.says else {
                continue;
            };
            rules.extend(self.read_rules(&part.pointer, &part.schema.schema_data.extensions));
            if object.counts != (None, None) {
                self.no_counts(&part.pointer);
            }
            required.extend(object.required.iter().map(String::as_str));
            let properties = push(&part.pointer, "properties");
            for (wire, property) in object.properties {
                let known = members.entry(wire).or_default();
                known.retain(|(_, other, _)| *other != property);
                known.push((push(&properties, wire), property, part.hint.with(wire)));
            }
        }
        let mut fields = Vec::new();
        for (wire, places) in members {
            fields.push(self.field(wire, places, required.contains(wire), &hint.with(wire)));
        }
        rules.extend(self.completeness(parts, &fields));
        let rest = self.rest(parts, &fields, hint);
        fields.extend(rest);
        (fields, rules)
    }

    fn field(
        &mut self,
        wire: &str,
        places: Vec<(String, &'a Property, Words)>,
        required: bool,
        hint: &Words,
    ) -> Field {
        let pointer = places.last().map_or(String::new(), |(at, ..)| at.clone());
        let lowered = match places.as_slice() {
            [(pointer, property, hint)] => self.schema(pointer, *property, hint),
            _ => {
                let schemas = places.into_iter();
                let schemas = schemas.map(|(at, property, hint)| (at, place(property), hint));
                self.several(schemas.collect(), hint)
            }
        };
        self.not_idle(
            &pointer,
            lowered.rust_name.as_deref(),
            &Words::split(wire).snake(),
        );
        Field {
            wire: wire.to_owned(),
            is_rest: false,
            rust_name: lowered.rust_name,
            required,
            nullable: lowered.nullable,
            ty: lowered.ty,
            constraints: lowered.constraints,
            docs: lowered.docs,
            at: self.doc.key_span(&pointer),
        }
    }

    /// What holds the members that are not named.
    fn rest(&mut self, parts: &[Part<'a>], fields: &[Field], hint: &Words) -> Option<Field> {
        let free = |part: &Part<'a>| match &part.says {
            Says::Object(object) => match object.additional {
                Some(AdditionalProperties::Schema(schema)) => Some((part.pointer.clone(), schema)),
                _ => None,
            },
            _ => None,
        };
        let (pointer, schema) = parts.iter().rev().find_map(free)?;
        let pointer = push(&pointer, "additionalProperties");
        if self.profile != Profile::Foreign || fields.iter().any(|field| field.wire == REST) {
            self.error(
                &pointer,
                "members beside free keys are not supported here",
                "an object has either known members or free keys",
                "drop one of the two",
            );
            return None;
        }
        let mut values = self.schema(&pointer, &**schema, &hint.with("value"));
        self.nulls(&pointer, &mut values);
        self.not_narrowed(&pointer, &values);
        let mut constraints = Vec::new();
        if !values.constraints.is_empty() {
            constraints.push(Constraint::Each(values.constraints));
        }
        Some(Field {
            wire: REST.to_owned(),
            is_rest: true,
            rust_name: None,
            required: false,
            nullable: false,
            ty: TypeRef::Map(Box::new(values.ty)),
            constraints,
            docs: Docs {
                description: values.docs.description,
                unit: values.docs.unit,
                ..Docs::default()
            },
            at: self.doc.key_span(&pointer),
        })
    }

    /// `anyOf` and `oneOf` that say no more than which members must be there.
    fn completeness(&mut self, parts: &[Part<'a>], fields: &[Field]) -> Vec<Located> {
        let mut rules = Vec::new();
        for part in parts {
            let Says::Union(union) = &part.says else {
                continue;
            };
            let pointer = push(&part.pointer, union.keyword);
            let ways = required_only(union).unwrap_or_default();
            let single: Vec<String> = ways
                .iter()
                .filter_map(|way| match way {
                    [one] if fields.iter().any(|field| field.wire == *one) => Some(one.clone()),
                    _ => None,
                })
                .collect();
            if single.len() < ways.len() {
                self.left_out(
                    &pointer,
                    "which of several members must be given together is not checked",
                    "this limit is left to the service",
                    "callers see it in the description, if it stands there",
                );
                continue;
            }
            if union.keyword == "oneOf" {
                rules.push(Located {
                    rule: Rule::AtMostOne(single.clone()),
                    pointer: pointer.clone(),
                });
            }
            rules.push(Located {
                rule: Rule::AnyOf {
                    members: single,
                    first_wins: false,
                },
                pointer,
            });
        }
        rules
    }

    fn union(&mut self, choice: &Choice<'a>, hint: &Words) -> Shape {
        let mut branches = Vec::new();
        for (index, branch) in choice.branches.iter().enumerate() {
            if is_null(branch) {
                continue;
            }
            let words = match branch {
                ReferenceOr::Reference { reference } => {
                    Words::split(reference.rsplit('/').next().unwrap_or_default())
                }
                ReferenceOr::Item(_) => hint.with(&format!("variant {}", index + 1)),
            };
            let at = push(&choice.list, &index.to_string());
            let lowered = self.branch(choice, &at, branch, &words, hint);
            let proposed = match (branch, kind_name(&lowered.ty)) {
                (ReferenceOr::Item(_), Some(kind)) => kind.to_owned(),
                _ => words.pascal(),
            };
            branches.push(Branch {
                mark: choice.discriminator.map(|it| mark(it, branch)),
                ty: lowered.ty,
                constraints: lowered.constraints,
                proposed,
                deprecated: None,
            });
        }
        Shape::Union(branches)
    }

    /// A branch with the members that all branches share.
    fn branch(
        &mut self,
        choice: &Choice<'a>,
        at: &str,
        branch: &'a ReferenceOr<Schema>,
        words: &Words,
        hint: &Words,
    ) -> Lowered {
        if choice.beside.is_empty() {
            return self.schema(at, branch, words);
        }
        let Some(schema) = self.item(place(branch)) else {
            self.names_nothing(at);
            return plain(TypeRef::Json);
        };
        let hint = match branch {
            ReferenceOr::Reference { .. } => hint.with(&words.snake()),
            ReferenceOr::Item(_) => words.clone(),
        };
        let whole = self.beside(at, &choice.beside, place(branch), &hint);
        self.with_data(at, schema, whole, &hint)
    }
}

/// What the discriminator calls a branch; nothing where only the branch itself can tell.
fn mark(discriminator: &Discriminator, branch: &ReferenceOr<Schema>) -> Mark {
    let name = match branch {
        ReferenceOr::Reference { reference } => component_name(reference),
        ReferenceOr::Item(_) => None,
    };
    let is_meant = |to: &str| {
        let component = component_name(to).unwrap_or_else(|| to.to_owned());
        name.as_ref() == Some(&component)
    };
    let mapping = discriminator.mapping.iter();
    let mapped = mapping.filter(|(_, to)| is_meant(to));
    let mapped: Vec<String> = mapped.map(|(value, _)| value.clone()).collect();
    let is_mapped = !mapped.is_empty();
    Mark {
        member: discriminator.property_name.clone(),
        values: match is_mapped {
            true => mapped,
            false => name.into_iter().collect(),
        },
        is_mapped,
    }
}

/// What a branch without a name of its own is called.
fn kind_name(ty: &TypeRef) -> Option<&'static str> {
    match ty {
        TypeRef::Text => Some("Text"),
        TypeRef::Secret => Some("Secret"),
        TypeRef::Blob => Some("Bytes"),
        TypeRef::Integer => Some("Integer"),
        TypeRef::Number => Some("Number"),
        TypeRef::Boolean => Some("Boolean"),
        TypeRef::Timestamp(_) => Some("Time"),
        TypeRef::List(_) => Some("List"),
        TypeRef::Map(_) => Some("Map"),
        TypeRef::Json => Some("Other"),
        TypeRef::Named(_) | TypeRef::Nullable(_) => None,
    }
}

/// `x-rust-name` of an inline schema names its type when it is written like a
/// type, and the member that has it when it is written like a member.
pub(super) fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}
