//! Which Rust type each schema is: by place first, then by an unclaimed name
//! with at least half of the members equal, else a new type.

use std::collections::HashMap;

use super::branches::match_branches;
use super::same::equal;
use super::{TypeNames, input_keys, operation_key};
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Shape, TypeDef, TypeId, TypeRef};
use crate::outline::{MemberLine, Outline, TypeText};

/// The Rust name of one schema.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// An equal type reached earlier under the same name.
    pub twin_of: Option<TypeId>,
}

pub(super) fn claim(api: &mut Api, promised: &Outline, diags: &mut Diagnostics) -> TypeNames {
    let mut claims = Claims {
        names: vec![None; api.types.len()],
        api,
        promised,
        holders: HashMap::new(),
        copies: HashMap::new(),
        diags,
    };
    claims.by_place();
    claims.by_name();
    claims.fresh();
    TypeNames {
        of: claims.names.into_iter().flatten().collect(),
        holders: claims.holders,
    }
}

/// Types of one name that are equal are one type.
pub(super) fn finish(api: &Api, names: TypeNames) -> Vec<Claim> {
    let twin_of = |index: usize, name: &str| {
        let first = names.first(name)?;
        // Types of one name that differ are reported as a collision later.
        (first.0 != index && equal(api, first, TypeId(index))).then_some(first)
    };
    let claims = names.of.iter().enumerate();
    claims
        .map(|(index, name)| Claim {
            name: name.clone(),
            twin_of: twin_of(index, name),
        })
        .collect()
}

struct Claims<'a> {
    api: &'a mut Api,
    promised: &'a Outline,
    names: Vec<Option<String>>,
    holders: HashMap<String, Vec<TypeId>>,
    /// Copies of a schema that stands where several types were promised.
    copies: HashMap<(TypeId, String), TypeId>,
    diags: &'a mut Diagnostics,
}

impl Claims<'_> {
    fn by_place(&mut self) {
        let promised = self.promised;
        for index in 0..self.api.operations.len() {
            let operation = &self.api.operations[index];
            let Some(line) = promised.operations.get(&operation_key(operation)) else {
                continue;
            };
            for (input, key) in input_keys(operation).into_iter().enumerate() {
                if let Some(member) = line.inputs.get(&key) {
                    let ty = &self.api.operations[index].inputs[input].field.ty;
                    let ty = self.place(ty.clone(), &member.ty);
                    self.api.operations[index].inputs[input].field.ty = ty;
                }
            }
            for field in 0..self.api.operations[index].reply.fields().len() {
                let known = &self.api.operations[index].reply.fields()[field];
                if let Some(member) = line.reply.get(&known.wire) {
                    let ty = self.place(known.ty.clone(), &member.ty);
                    self.api.operations[index].reply.fields_mut()[field].ty = ty;
                }
            }
        }
    }

    /// The type of a place, named as it was promised there.
    fn place(&mut self, ty: TypeRef, text: &TypeText) -> TypeRef {
        match (ty, text) {
            (TypeRef::List(ty), TypeText::List(text)) => {
                TypeRef::List(Box::new(self.place(*ty, text)))
            }
            (TypeRef::Map(ty), TypeText::Map(text)) => {
                TypeRef::Map(Box::new(self.place(*ty, text)))
            }
            (TypeRef::Nullable(ty), TypeText::Nullable(text)) => {
                TypeRef::Nullable(Box::new(self.place(*ty, text)))
            }
            (TypeRef::Named(id), TypeText::Name(name)) if self.is_promised(id, name) => {
                TypeRef::Named(self.take(id, name))
            }
            (ty, _) => ty,
        }
    }

    /// Whether a type of this name and this kind was promised.
    fn is_promised(&self, id: TypeId, name: &str) -> bool {
        match &self.api.get(id).shape {
            Shape::Struct(_) => self.promised.structs.contains_key(name),
            Shape::OpenEnum(_) => self.promised.enums.contains_key(name),
            Shape::Union(_) => self.promised.unions.contains_key(name),
        }
    }

    /// Gives the promised name to a type, then looks below it. A schema that
    /// has another name already stands where two types were promised: it
    /// becomes two types again.
    fn take(&mut self, id: TypeId, name: &str) -> TypeId {
        let id = match &self.names[id.0] {
            Some(own) if own == name => return id,
            Some(_) => match self.copies.get(&(id, name.to_owned())) {
                Some(copy) => return *copy,
                None => self.copy(id, name),
            },
            None => id,
        };
        self.names[id.0] = Some(name.to_owned());
        self.holders.entry(name.to_owned()).or_default().push(id);
        match_branches(self.api, id, name, self.promised, self.diags);
        self.below(id, name);
        id
    }

    fn copy(&mut self, id: TypeId, name: &str) -> TypeId {
        let copy = TypeId(self.api.types.len());
        self.api.types.push(self.api.get(id).clone());
        self.names.push(None);
        self.copies.insert((id, name.to_owned()), copy);
        copy
    }

    fn below(&mut self, id: TypeId, name: &str) {
        let promised = self.promised;
        let lines: Vec<Option<&TypeText>> = match &self.api.get(id).shape {
            Shape::Struct(object) => {
                let lines = promised.structs.get(name).map(|line| &line.fields);
                let line = |wire: &str| -> Option<&MemberLine> { lines?.get(wire) };
                let fields = object.fields.iter();
                fields
                    .map(|field| line(&field.wire).map(|line| &line.ty))
                    .collect()
            }
            Shape::Union(branches) => {
                let lines = promised.unions.get(name).map(|lines| &lines.lines);
                let branches = branches.iter();
                branches
                    .map(|branch| lines?.get(&branch.proposed).map(|line| &line.value))
                    .collect()
            }
            Shape::OpenEnum(_) => Vec::new(),
        };
        for (index, text) in lines.into_iter().enumerate() {
            if let Some(text) = text {
                let ty = self.part(id, index).clone();
                let ty = self.place(ty, text);
                *self.part(id, index) = ty;
            }
        }
    }

    /// A member of a struct, or a branch of a union.
    fn part(&mut self, id: TypeId, index: usize) -> &mut TypeRef {
        match &mut self.api.types[id.0].shape {
            Shape::Struct(object) => &mut object.fields[index].ty,
            Shape::Union(branches) => &mut branches[index].ty,
            Shape::OpenEnum(_) => unreachable!("an enum has no parts"),
        }
    }

    /// Types that no place claimed, under a promised name that nobody has.
    fn by_name(&mut self) {
        for id in self.api.ids() {
            let def = self.api.get(id);
            let name = self.promised.first_name(&def.proposed).to_owned();
            let free = self.names[id.0].is_none() && !self.holders.contains_key(&name);
            if free && agrees(def, &name, self.promised) {
                self.take(id, &name);
            }
        }
    }

    fn fresh(&mut self) {
        for id in self.api.ids() {
            if self.names[id.0].is_some() {
                continue;
            }
            let promised = self.promised;
            let name = promised.first_name(&self.api.get(id).proposed).to_owned();
            if promised.structs.contains_key(&name)
                || promised.enums.contains_key(&name)
                || promised.unions.contains_key(&name)
            {
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
}

/// At least half of the members, values or branches are those of the promise.
fn agrees(def: &TypeDef, name: &str, promised: &Outline) -> bool {
    members_in_common(def, name, promised)
        .is_some_and(|(common, now, then)| 2 * common >= now.max(then))
}

/// How many members, values or branches a schema shares with a promised type, and how many each of
/// them has; none where they are of different kinds.
pub(super) fn members_in_common(
    def: &TypeDef,
    name: &str,
    promised: &Outline,
) -> Option<(usize, usize, usize)> {
    let count = |mine: Vec<&str>, theirs: Vec<&String>| {
        let common = mine
            .iter()
            .filter(|mine| theirs.iter().any(|it| it == *mine));
        (common.count(), mine.len(), theirs.len())
    };
    Some(match &def.shape {
        Shape::Struct(object) => {
            let mine = object.fields.iter().map(|field| field.wire.as_str());
            let theirs = promised.structs.get(name)?.fields.keys();
            count(mine.collect(), theirs.collect())
        }
        Shape::OpenEnum(values) => {
            let mine = values.iter().map(|value| value.wire.as_str());
            let theirs = promised.enums.get(name)?.lines.keys();
            count(mine.collect(), theirs.collect())
        }
        Shape::Union(branches) => {
            let mine = branches.iter().map(|branch| branch.proposed.as_str());
            let theirs = promised.unions.get(name)?.lines.keys();
            count(mine.collect(), theirs.collect())
        }
    })
}
