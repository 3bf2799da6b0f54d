//! Which Rust type each schema is: by place first, then by an unclaimed name
//! with at least half of the members equal, else a new type.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Field, Shape, TypeDef, TypeId, TypeRef};
use crate::outline::{MemberLine, Outline, TypeText};

use super::members::input_keys;
use super::operation_key;

/// The Rust name of one schema.
#[derive(Clone, Debug, Default)]
pub(super) struct Claim {
    pub(super) name: String,
    /// An equal type reached earlier under the same name.
    pub(super) twin_of: Option<TypeId>,
}

pub(super) fn claim(api: &Api, promised: &Outline, diags: &mut Diagnostics) -> Vec<Claim> {
    let mut claims = Claims {
        api,
        promised,
        names: vec![None; api.types.len()],
        holders: HashMap::new(),
        diags,
    };
    claims.by_place();
    claims.by_name();
    claims.fresh();
    claims.finish()
}

struct Claims<'a> {
    api: &'a Api,
    promised: &'a Outline,
    names: Vec<Option<String>>,
    /// Who has a name, the first first.
    holders: HashMap<String, Vec<TypeId>>,
    diags: &'a mut Diagnostics,
}

impl<'a> Claims<'a> {
    fn by_place(&mut self) {
        let (api, promised) = (self.api, self.promised);
        for operation in &api.operations {
            let Some(line) = promised.operations.get(&operation_key(operation)) else {
                continue;
            };
            let keys = input_keys(operation);
            for (input, key) in operation.inputs.iter().zip(keys) {
                if let Some(member) = line.inputs.get(&key) {
                    self.matches(&input.field.ty, &member.ty);
                }
            }
            self.fields(operation.reply.fields(), &line.reply);
        }
    }

    fn fields(&mut self, fields: &[Field], lines: &indexmap::IndexMap<String, MemberLine>) {
        for field in fields {
            if let Some(member) = lines.get(&field.wire) {
                self.matches(&field.ty, &member.ty);
            }
        }
    }

    fn matches(&mut self, ty: &TypeRef, text: &TypeText) {
        match (ty, text) {
            (TypeRef::List(ty), TypeText::List(text)) | (TypeRef::Map(ty), TypeText::Map(text)) => {
                self.matches(ty, text);
            }
            (TypeRef::Named(id), TypeText::Name(name)) if self.is_promised(name) => {
                self.take(*id, name);
            }
            _ => {}
        }
    }

    fn is_promised(&self, name: &str) -> bool {
        self.promised.structs.contains_key(name)
            || self.promised.enums.contains_key(name)
            || self.promised.unions.contains_key(name)
    }

    /// Gives the promised name to a type, then looks below it.
    fn take(&mut self, id: TypeId, name: &str) {
        if let Some(other) = &self.names[id.0] {
            if other != name {
                self.two_names(id, &other.clone(), name);
            }
            return;
        }
        self.names[id.0] = Some(name.to_owned());
        self.holders.entry(name.to_owned()).or_default().push(id);
        let (api, promised) = (self.api, self.promised);
        match &api.get(id).shape {
            Shape::Struct(object) => {
                if let Some(line) = promised.structs.get(name) {
                    self.fields(&object.fields, &line.fields);
                }
            }
            Shape::Union(branches) => {
                let lines = promised.unions.get(name);
                for branch in branches {
                    let line = lines.and_then(|lines| lines.lines.get(&branch.proposed));
                    if let Some(text) = line {
                        self.matches(&branch.ty, text);
                    }
                }
            }
            Shape::OpenEnum(_) => {}
        }
    }

    fn two_names(&mut self, id: TypeId, first: &str, second: &str) {
        self.diags.push(
            Diagnostic::error(
                code::E304,
                format!("this schema stands where `{first}` and where `{second}` were promised"),
            )
            .at(self.api.get(id).at, "one schema, two promised types")
            .help("keep two schemas, or give up both promises with `cargo xtask generate --major`"),
        );
    }

    /// Types that no place claimed, under a promised name that nobody has.
    fn by_name(&mut self) {
        let (api, promised) = (self.api, self.promised);
        for id in api.ids() {
            let def = api.get(id);
            let free = self.names[id.0].is_none() && !self.holders.contains_key(&def.proposed);
            if free && agrees(def, promised) {
                self.take(id, &def.proposed);
            }
        }
    }

    fn fresh(&mut self) {
        for id in self.api.ids() {
            if self.names[id.0].is_some() {
                continue;
            }
            let name = self.api.get(id).proposed.clone();
            if self.is_promised(&name) {
                self.taken(id, &name);
            }
            self.names[id.0] = Some(name.clone());
            self.holders.entry(name).or_default().push(id);
        }
    }

    fn taken(&mut self, id: TypeId, name: &str) {
        let holder = self.holders.get(name).and_then(|ids| ids.first());
        if holder.is_some_and(|holder| equal(self.api, *holder, id)) {
            return;
        }
        let mut diagnostic = Diagnostic::error(
            code::E304,
            format!("the name `{name}` was promised to another type"),
        )
        .at(self.api.get(id).at, "is this the same type, or a new one?");
        if let Some(holder) = holder {
            diagnostic = diagnostic.also(self.api.get(*holder).at, "this schema has the name");
        }
        self.diags.push(
            diagnostic
                .help("a new type needs a name of its own: add `x-rust-name: …` to this schema"),
        );
    }

    fn finish(self) -> Vec<Claim> {
        let api = self.api;
        let mut claims = Vec::with_capacity(self.names.len());
        for (index, name) in self.names.into_iter().enumerate() {
            let name = name.unwrap_or_default();
            let first = self.holders.get(&name).and_then(|ids| ids.first()).copied();
            // Types of one name that differ are reported as a collision later.
            let twin_of =
                first.filter(|first| first.0 != index && equal(api, *first, TypeId(index)));
            claims.push(Claim { name, twin_of });
        }
        claims
    }
}

/// At least half of the members, values or branches are those of the promise.
fn agrees(def: &TypeDef, promised: &Outline) -> bool {
    let half = |mine: Vec<&str>, theirs: Vec<&String>| {
        let common = mine
            .iter()
            .filter(|m| theirs.iter().any(|t| t == *m))
            .count();
        2 * common >= mine.len().max(theirs.len())
    };
    match &def.shape {
        Shape::Struct(object) => promised.structs.get(&def.proposed).is_some_and(|line| {
            let mine = object.fields.iter().map(|field| field.wire.as_str());
            half(mine.collect(), line.fields.keys().collect())
        }),
        Shape::OpenEnum(values) => promised.enums.get(&def.proposed).is_some_and(|line| {
            let mine = values.iter().map(|value| value.wire.as_str());
            half(mine.collect(), line.lines.keys().collect())
        }),
        Shape::Union(branches) => promised.unions.get(&def.proposed).is_some_and(|line| {
            let mine = branches.iter().map(|branch| branch.proposed.as_str());
            half(mine.collect(), line.lines.keys().collect())
        }),
    }
}

/// Same shape all the way down.
fn equal(api: &Api, left: TypeId, right: TypeId) -> bool {
    let mut assumed = Vec::new();
    equal_ids(api, left, right, &mut assumed)
}

fn equal_ids(api: &Api, left: TypeId, right: TypeId, assumed: &mut Vec<(TypeId, TypeId)>) -> bool {
    if left == right || assumed.contains(&(left, right)) {
        return true;
    }
    assumed.push((left, right));
    match (&api.get(left).shape, &api.get(right).shape) {
        (Shape::Struct(a), Shape::Struct(b)) => {
            a.rules == b.rules
                && a.fields.len() == b.fields.len()
                && a.fields.iter().zip(&b.fields).all(|(a, b)| {
                    (&a.wire, a.required, a.nullable, &a.constraints)
                        == (&b.wire, b.required, b.nullable, &b.constraints)
                        && equal_types(api, &a.ty, &b.ty, assumed)
                })
        }
        (Shape::OpenEnum(a), Shape::OpenEnum(b)) => {
            a.iter().map(|v| &v.wire).eq(b.iter().map(|v| &v.wire))
        }
        (Shape::Union(a), Shape::Union(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| equal_types(api, &a.ty, &b.ty, assumed))
        }
        _ => false,
    }
}

fn equal_types(
    api: &Api,
    left: &TypeRef,
    right: &TypeRef,
    assumed: &mut Vec<(TypeId, TypeId)>,
) -> bool {
    match (left, right) {
        (TypeRef::Named(a), TypeRef::Named(b)) => equal_ids(api, *a, *b, assumed),
        (TypeRef::List(a), TypeRef::List(b)) | (TypeRef::Map(a), TypeRef::Map(b)) => {
            equal_types(api, a, b, assumed)
        }
        _ => left == right,
    }
}
