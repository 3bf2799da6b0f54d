//! Equal types of a document of others are one type, under the name of each of their places.
//!
//! Documents that are made by programs write out the same object at every place where it is used, a
//! hundred times and more, and the compiler would have to read as many types. What is emitted once
//! must be the same to the last word of its docs, with all types that it is made of. Schemas that
//! the document itself gives a name stay types of their own: where two of them are branches of a
//! union, a value of the one is not the other.
//!
//! The promises know nothing of this. Each name is promised for itself, so types that a later
//! document tells apart are told apart then, and their names stay.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::analyze::Facts;
use crate::ir::{Api, Branch, Field, Shape, TypeId, TypeRef};
use crate::settle::{MemberNames, Names};

/// Says of each type which one it is emitted as.
pub(crate) fn share(api: &Api, facts: &Facts, names: &mut Names) {
    let classes = Classes::new(api, facts, names).refined();
    let own: HashSet<TypeId> = api.schemas.iter().map(|(_, id)| *id).collect();
    for class in classes.members().into_values() {
        // A schema of the document, or the shortest name.
        let rank = |id: &&TypeId| (!own.contains(id), names.get(**id).name.len(), id.0);
        let Some(leader) = class.iter().min_by_key(rank).copied() else {
            continue;
        };
        for id in class {
            let own_type = id == leader || own.contains(&id);
            let types = &mut names.types[id.0];
            if !own_type && types.renamed.former(&types.first).is_empty() {
                types.same_as = Some(leader);
            }
        }
    }
}

/// Types that are equal as far as one has looked.
struct Classes {
    /// The class of each type.
    of: Vec<usize>,
    /// How many types each class has.
    sizes: Vec<usize>,
    /// What each type is made of.
    parts: Vec<Vec<TypeId>>,
    /// Which types are made of it.
    users: Vec<BTreeSet<TypeId>>,
    /// An equal type of the same name is not looked at: the first stands for it.
    ids: Vec<TypeId>,
}

impl Classes {
    /// By what types say of themselves, whatever they are made of.
    fn new(api: &Api, facts: &Facts, names: &Names) -> Self {
        let count = api.types.len();
        let is_first = |id: &TypeId| names.get(*id).twin_of.is_none();
        let mut classes = Classes {
            of: vec![0; count],
            sizes: Vec::new(),
            parts: vec![Vec::new(); count],
            users: vec![BTreeSet::new(); count],
            ids: api.ids().filter(is_first).collect(),
        };
        let mut known = HashMap::new();
        for id in classes.ids.clone() {
            let mut type_text = TypeText {
                names,
                parts: Vec::new(),
            };
            let text = type_text.of(api, facts, id);
            let class = *known.entry(text).or_insert(classes.sizes.len());
            if class == classes.sizes.len() {
                classes.sizes.push(0);
            }
            classes.sizes[class] += 1;
            classes.of[id.0] = class;
            for part in &type_text.parts {
                classes.users[part.0].insert(id);
            }
            classes.parts[id.0] = type_text.parts;
        }
        classes
    }

    /// Tells apart what is made of different types, until nothing changes.
    fn refined(mut self) -> Self {
        let mut changed: BTreeSet<TypeId> = self.ids.iter().copied().collect();
        while !changed.is_empty() {
            let mut found: BTreeMap<usize, BTreeMap<Vec<usize>, Vec<TypeId>>> = BTreeMap::new();
            for id in std::mem::take(&mut changed) {
                let parts = self.parts[id.0].iter().map(|part| self.of[part.0]);
                let groups = found.entry(self.of[id.0]).or_default();
                groups.entry(parts.collect()).or_default().push(id);
            }
            for (class, groups) in found {
                for group in self.leaving(class, groups) {
                    let new = self.sizes.len();
                    self.sizes[class] -= group.len();
                    self.sizes.push(group.len());
                    for id in group {
                        self.of[id.0] = new;
                        changed.extend(&self.users[id.0]);
                    }
                }
            }
        }
        self
    }

    /// Those of a class that are no longer equal to the rest of it. Types none of whose parts has
    /// changed are still equal to each other, and to no other; without any, the largest group stays.
    fn leaving(&self, class: usize, groups: BTreeMap<Vec<usize>, Vec<TypeId>>) -> Vec<Vec<TypeId>> {
        let mut groups: Vec<Vec<TypeId>> = groups.into_values().collect();
        let seen: usize = groups.iter().map(Vec::len).sum();
        if seen == self.sizes[class] {
            groups.sort_by_key(Vec::len);
            groups.pop();
        }
        groups
    }

    fn members(&self) -> BTreeMap<usize, Vec<TypeId>> {
        let mut members: BTreeMap<usize, Vec<TypeId>> = BTreeMap::new();
        for id in &self.ids {
            members.entry(self.of[id.0]).or_default().push(*id);
        }
        members
    }
}

/// All that the code of a type depends on, as text without the names of types, and these apart.
struct TypeText<'a> {
    names: &'a Names,
    parts: Vec<TypeId>,
}

impl TypeText<'_> {
    fn of(&mut self, api: &Api, facts: &Facts, id: TypeId) -> String {
        let (def, names) = (api.get(id), self.names.get(id));
        let sides = (
            facts.in_requests(id),
            facts.in_replies(id),
            facts.in_unions(id),
        );
        let shape = match &def.shape {
            Shape::Struct(object) => {
                let fields = object.fields.iter().zip(&names.fields);
                let fields: Vec<String> = fields.map(|it| self.field(it.0, it.1)).collect();
                format!("struct {fields:?} {:?}", object.rules)
            }
            Shape::OpenEnum(values) => {
                let values = values.iter().map(|it| (&it.wire, &it.deprecated));
                format!("enum {:?}", values.collect::<Vec<_>>())
            }
            Shape::Union(branches) => {
                let branches: Vec<String> = branches.iter().map(|it| self.branch(it)).collect();
                format!("union {branches:?}")
            }
        };
        let own = (&def.docs, names.made, &names.variants, &names.boxed);
        format!("{sides:?} {own:?} {shape}")
    }

    fn field(&mut self, field: &Field, names: &MemberNames) -> String {
        let document = (
            (&field.wire, field.is_rest, field.required, field.nullable),
            (self.ty(&field.ty), &field.constraints, &field.docs),
        );
        let rust = (&names.rust, self.ty(&names.ty), names.optional);
        let more = (names.slot, names.positional, names.boxed);
        format!("{document:?} {rust:?} {more:?}")
    }

    fn branch(&mut self, branch: &Branch) -> String {
        let ty = self.ty(&branch.ty);
        let more = (&branch.constraints, &branch.mark, &branch.deprecated);
        format!("{ty:?} {more:?}")
    }

    /// The type with all names alike.
    fn ty(&mut self, ty: &TypeRef) -> TypeRef {
        match ty {
            TypeRef::Named(id) => {
                let first = self.names.get(*id).twin_of;
                self.parts.push(first.unwrap_or(*id));
                TypeRef::Named(TypeId(0))
            }
            TypeRef::List(item) => TypeRef::List(Box::new(self.ty(item))),
            TypeRef::Map(item) => TypeRef::Map(Box::new(self.ty(item))),
            TypeRef::Nullable(item) => TypeRef::Nullable(Box::new(self.ty(item))),
            plain => plain.clone(),
        }
    }
}
