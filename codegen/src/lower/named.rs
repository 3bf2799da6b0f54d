//! Schemas that become types with names: objects, enums and unions.

use openapiv3::{
    AdditionalProperties, ObjectType, ReferenceOr, Schema, SchemaKind, StringType, Type,
};

use super::schema::schema_docs;
use super::{Lower, extensions, shape_of};
use crate::ir::{Branch, EnumValue, Field, Shape, Struct, TypeDef, TypeId, TypeRef};
use crate::load::push;
use crate::name::Words;

impl Lower<'_> {
    /// Fills the definition of a type that has a name.
    pub(super) fn fill(&mut self, id: TypeId, pointer: &str, schema: &Schema, hint: &Words) {
        // Inside of a type with a name, a list may hold itself.
        let open = std::mem::take(&mut self.open);
        self.filling.push((pointer.to_owned(), id));
        let shape = self.shape(pointer, schema, hint);
        self.filling.pop();
        self.open = open;
        if let Shape::Union(_) = &shape {
            self.unions.push((pointer.to_owned(), id));
        }
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

    fn shape(&mut self, pointer: &str, schema: &Schema, hint: &Words) -> Shape {
        if !matches!(schema.schema_kind, SchemaKind::Type(Type::Object(_))) {
            self.no_rules(pointer, &schema.schema_data.extensions);
        }
        match &schema.schema_kind {
            SchemaKind::Type(Type::String(string)) => self.open_enum(pointer, schema, string),
            SchemaKind::Type(Type::Object(object)) => {
                let fields = self.object(pointer, object, hint);
                self.with_rules(pointer, schema, fields)
            }
            SchemaKind::OneOf { one_of } => self.union(pointer, "oneOf", schema, one_of, hint),
            SchemaKind::AnyOf { any_of } => self.union(pointer, "anyOf", schema, any_of, hint),
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

    /// The members of an object schema.
    pub(super) fn object(
        &mut self,
        pointer: &str,
        object: &ObjectType,
        hint: &Words,
    ) -> Vec<Field> {
        if let Some(AdditionalProperties::Schema(_)) = &object.additional_properties {
            self.error(
                &push(pointer, "additionalProperties"),
                "members beside free keys are not supported yet",
                "an object has either known members or free keys",
                "drop one of the two",
            );
        }
        if object.min_properties.is_some() || object.max_properties.is_some() {
            self.no_counts(pointer);
        }
        let properties = push(pointer, "properties");
        let mut fields = Vec::new();
        for (wire, property) in &object.properties {
            let pointer = push(&properties, wire);
            let property = property.clone().unbox();
            let lowered = self.schema(&pointer, &property, &hint.with(wire));
            self.not_idle(
                &pointer,
                lowered.rust_name.as_deref(),
                &Words::split(wire).snake(),
            );
            fields.push(Field {
                wire: wire.clone(),
                rust_name: lowered.rust_name,
                required: object.required.contains(wire),
                nullable: lowered.nullable,
                ty: lowered.ty,
                constraints: lowered.constraints,
                docs: lowered.docs,
                at: self.doc.key_span(&pointer),
            });
        }
        fields
    }

    /// The rules over the members of an object schema.
    fn with_rules(&mut self, pointer: &str, schema: &Schema, fields: Vec<Field>) -> Shape {
        let rules = self.read_rules(pointer, &schema.schema_data.extensions);
        let rules = self.struct_rules(rules, &fields);
        Shape::Struct(Struct { fields, rules })
    }

    fn union(
        &mut self,
        pointer: &str,
        keyword: &str,
        schema: &Schema,
        branches: &[ReferenceOr<Schema>],
        hint: &Words,
    ) -> Shape {
        if schema.schema_data.discriminator.is_some() {
            self.error(
                &push(pointer, "discriminator"),
                "a discriminator is not supported yet",
                "branches are told apart by their members",
                "remove it, or extend the generator",
            );
        }
        let list = push(pointer, keyword);
        let branches = branches.iter().enumerate().map(|(index, branch)| {
            let words = match branch {
                ReferenceOr::Reference { reference } => {
                    Words::split(reference.rsplit('/').next().unwrap_or_default())
                }
                ReferenceOr::Item(_) => hint.with(&format!("variant {}", index + 1)),
            };
            let at = push(&list, &index.to_string());
            let lowered = self.schema(&at, branch, &words);
            if lowered.nullable {
                self.error(
                    &at,
                    "`null` as one of several types is not supported",
                    "this branch may be `null`",
                    "write `nullable: true` beside the list of branches, and not in them",
                );
            }
            Branch {
                ty: lowered.ty,
                proposed: words.pascal(),
                deprecated: None,
            }
        });
        Shape::Union(branches.collect())
    }

    /// Branches are told apart by their members. Whether they have any is known
    /// once all types are.
    pub(super) fn check_unions(&mut self) {
        for (pointer, id) in std::mem::take(&mut self.unions) {
            let Some(Shape::Union(branches)) = shape_of(&self.types, id) else {
                continue;
            };
            let is_struct = |branch: &Branch| match branch.ty {
                TypeRef::Named(id) => matches!(shape_of(&self.types, id), Some(Shape::Struct(_))),
                _ => false,
            };
            let objects = branches.iter().all(is_struct);
            let mut names: Vec<&str> = branches
                .iter()
                .filter_map(|branch| self.proposed(&branch.ty))
                .collect();
            names.sort_unstable();
            let twice = names.windows(2).any(|pair| pair[0] == pair[1]);
            if !objects {
                self.error(
                    &pointer,
                    "a branch of this union is no object with members",
                    "branches are told apart by their members",
                    "list only objects with `properties`, and no unions among them",
                );
            } else if twice {
                self.error(
                    &pointer,
                    "two branches of this union have one type",
                    "they could not be told apart",
                    "keep one of the two, or give one another `x-rust-name`",
                );
            }
        }
    }

    fn proposed(&self, ty: &TypeRef) -> Option<&str> {
        let def = self.types.get(ty.named()?.0)?.as_ref()?;
        Some(&def.proposed)
    }
}

/// `x-rust-name` of an inline schema names its type when it is written like a
/// type, and the member that has it when it is written like a member.
pub(super) fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}
