//! What was promised and is gone from the spec comes back, deprecated: callers
//! that use it still compile, send the same bytes and read the same values.

mod convert;
mod operations;

use std::collections::HashMap;

use indexmap::IndexMap;

use super::{TypeNames, merge};
use crate::diag::Diagnostics;
use crate::ir::{
    Api, Branch, Constraint, Deprecation, Docs, EnumValue, Field, REST, Shape, Struct, TimeFormat,
    TypeDef, TypeId, TypeRef,
};
use crate::outline::{Lines, Made, MemberLine, Outline, TypeText};
use crate::source::Span;

pub(super) fn retain(
    api: &mut Api,
    promised: &Outline,
    since: &str,
    names: &mut TypeNames,
    diags: &mut Diagnostics,
) {
    let mut retain = Retain {
        times: time_format(api),
        ids: HashMap::new(),
        lost: Vec::new(),
        api,
        promised,
        since,
        names,
    };
    retain.lost_types();
    // Schemas that stand for one type are compared by what they are for callers.
    retain.kept_types();
    merge::merge(retain.api, promised, retain.names, diags);
    retain.types();
    retain.operations();
}

struct Retain<'a> {
    api: &'a mut Api,
    promised: &'a Outline,
    /// The version that drops it.
    since: &'a str,
    names: &'a mut TypeNames,
    /// Who has a promised name.
    ids: HashMap<String, TypeId>,
    /// Types that came back whole.
    lost: Vec<TypeId>,
    /// How times are written.
    times: TimeFormat,
}

/// The form of times in a service, which a promise does not tell.
fn time_format(api: &Api) -> TimeFormat {
    let inputs = api.operations.iter().flat_map(|it| &it.inputs);
    let mut types = inputs.map(|input| &input.field.ty);
    let found = types.find_map(|ty| match ty {
        TypeRef::Timestamp(format) => Some(*format),
        _ => None,
    });
    found.unwrap_or(TimeFormat::Rfc3339)
}

impl Retain<'_> {
    fn deprecation(&self, since: Option<&String>) -> Deprecation {
        Deprecation::Gone {
            since: since.map_or(self.since, String::as_str).to_owned(),
        }
    }

    fn docs(&self, since: Option<&String>) -> Docs {
        Docs {
            description: Some("No longer in the specification.".to_owned()),
            deprecated: Some(self.deprecation(since)),
            ..Docs::default()
        }
    }

    /// Finds who has each promised name, and makes those that nobody has.
    fn lost_types(&mut self) {
        let promised = self.promised;
        let structs = promised.structs.iter().map(|(name, line)| {
            let empty = Shape::Struct(Struct::default());
            (name, empty, line.at, line.gone.as_ref())
        });
        let enums = promised
            .enums
            .iter()
            .map(|(name, lines)| (name, Shape::OpenEnum(Vec::new()), lines.at, lines.gone()));
        let unions = promised
            .unions
            .iter()
            .map(|(name, lines)| (name, Shape::Union(Vec::new()), lines.at, lines.gone()));
        for (name, shape, at, gone) in structs.chain(enums).chain(unions) {
            let id = match self.names.first(name) {
                Some(id) => id,
                None => self.lost_type(name, shape, at, gone),
            };
            self.ids.insert(name.clone(), id);
        }
    }

    fn lost_type(
        &mut self,
        name: &str,
        shape: Shape,
        at: Option<Span>,
        gone: Option<&String>,
    ) -> TypeId {
        let id = TypeId(self.api.types.len());
        self.api.types.push(TypeDef {
            proposed: name.to_owned(),
            rust_name: None,
            shape,
            docs: self.docs(gone),
            at: at.unwrap_or(self.api.at),
        });
        self.names.of.push(name.to_owned());
        self.names.holders.insert(name.to_owned(), vec![id]);
        self.lost.push(id);
        id
    }

    fn kept_types(&mut self) {
        let promised = self.promised;
        for (name, line) in &promised.structs {
            let is_reply = line.made == Made::ForReplies;
            for id in self.holders(name) {
                let mut fields = self.take_fields(id);
                for field in &mut fields {
                    if let Some(line) = line.fields.get(&field.wire) {
                        self.keep_type(field, &line.ty, is_reply);
                    }
                }
                self.put_fields(id, fields);
            }
        }
    }

    fn take_fields(&mut self, id: TypeId) -> Vec<Field> {
        match &mut self.api.types[id.0].shape {
            Shape::Struct(object) => std::mem::take(&mut object.fields),
            _ => Vec::new(),
        }
    }

    fn put_fields(&mut self, id: TypeId, fields: Vec<Field>) {
        if let Shape::Struct(object) = &mut self.api.types[id.0].shape {
            object.fields = fields;
        }
    }

    fn types(&mut self) {
        let promised = self.promised;
        for (name, line) in &promised.structs {
            let is_reply = line.made == Made::ForReplies;
            self.structure(name, &line.fields, is_reply);
        }
        for (name, lines) in &promised.enums {
            self.enumeration(name, lines);
        }
        for (name, lines) in &promised.unions {
            self.union(name, lines);
        }
    }

    /// All schemas that share a name are kept alike.
    fn holders(&self, name: &str) -> Vec<TypeId> {
        self.names.holders.get(name).cloned().unwrap_or_default()
    }

    fn structure(&mut self, name: &str, lines: &IndexMap<String, MemberLine>, is_reply: bool) {
        for id in self.holders(name) {
            if !matches!(self.api.get(id).shape, Shape::Struct(_)) {
                continue;
            }
            let mut fields = self.take_fields(id);
            let is_lost = self.lost.contains(&id);
            self.fields(&mut fields, lines, is_reply, is_lost);
            self.put_fields(id, fields);
        }
    }

    /// Adds the members that are gone, and keeps the types of the others.
    fn fields(
        &mut self,
        fields: &mut Vec<Field>,
        lines: &IndexMap<String, MemberLine>,
        is_reply: bool,
        is_lost: bool,
    ) {
        for (wire, line) in lines {
            let known = fields.iter_mut().find(|field| field.wire == *wire);
            if let Some(field) = known {
                // A member of a struct has its type already, one of a reply has not.
                self.keep_type(field, &line.ty, is_reply);
            } else if is_reply && !is_lost && !line.optional {
                // Every reply was promised to hold it: that can't be kept, and is reported with
                // all promises that are not.
            } else if let Some(field) = self.lost_field(wire, line) {
                fields.push(Field {
                    // Who still makes the whole, or reads it, does it as before.
                    required: is_lost && is_asked(line),
                    ..field
                });
            }
        }
    }

    /// A member of something that is gone.
    fn lost_field(&mut self, wire: &str, line: &MemberLine) -> Option<Field> {
        Some(Field {
            wire: wire.to_owned(),
            is_rest: wire == REST && matches!(line.ty, TypeText::Map(_)),
            rust_name: line.rust.clone(),
            required: false,
            nullable: false,
            ty: self.type_of(&line.ty)?,
            constraints: Vec::new(),
            docs: self.docs(line.gone.as_ref()),
            at: line.at.unwrap_or(self.api.at),
        })
    }

    /// The type that a promise names.
    fn type_of(&self, text: &TypeText) -> Option<TypeRef> {
        Some(match text {
            TypeText::List(item) => TypeRef::List(Box::new(self.type_of(item)?)),
            TypeText::Map(item) => TypeRef::Map(Box::new(self.type_of(item)?)),
            TypeText::Nullable(item) => TypeRef::Nullable(Box::new(self.type_of(item)?)),
            TypeText::Name(name) => match name.as_str() {
                "String" => TypeRef::Text,
                "Secret" => TypeRef::Secret,
                "i64" => TypeRef::Integer,
                "f64" => TypeRef::Number,
                "bool" => TypeRef::Boolean,
                "Timestamp" => TypeRef::Timestamp(self.times),
                "Json" => TypeRef::Json,
                "bytes" => TypeRef::Blob,
                name => TypeRef::Named(*self.ids.get(name)?),
            },
        })
    }

    fn enumeration(&mut self, name: &str, lines: &Lines<String>) {
        for id in self.holders(name) {
            for (wire, line) in &lines.lines {
                let gone = self.deprecation(line.gone.as_ref());
                let at = lines.at.unwrap_or(self.api.at);
                let Shape::OpenEnum(values) = &mut self.api.types[id.0].shape else {
                    continue;
                };
                if !values.iter().any(|value| value.wire == *wire) {
                    values.push(EnumValue {
                        wire: wire.clone(),
                        rust_name: Some(line.value.clone()),
                        deprecated: Some(gone),
                        at,
                    });
                }
            }
        }
    }

    fn union(&mut self, name: &str, lines: &Lines<TypeText>) {
        for id in self.holders(name) {
            for (variant, line) in &lines.lines {
                let gone = self.deprecation(line.gone.as_ref());
                let ty = self.type_of(&line.value);
                let Shape::Union(branches) = &mut self.api.types[id.0].shape else {
                    continue;
                };
                let is_known = branches.iter().any(|branch| branch.proposed == *variant);
                if let Some(ty) = ty.filter(|_| !is_known) {
                    branches.push(Branch {
                        ty,
                        constraints: Vec::new(),
                        mark: None,
                        proposed: variant.clone(),
                        deprecated: Some(gone),
                    });
                }
            }
        }
    }

    /// The values of an enum, as a limit on text.
    fn values_of(&self, id: TypeId) -> Option<Constraint> {
        match &self.api.get(id).shape {
            Shape::OpenEnum(values) => {
                let wires = values.iter().map(|value| value.wire.clone());
                Some(Constraint::OneOf(wires.collect()))
            }
            _ => None,
        }
    }
}

/// Whether a member was promised to be there, or is asked for.
fn is_asked(line: &MemberLine) -> bool {
    !line.optional && line.slot.is_none_or(|slot| slot.asked)
}
