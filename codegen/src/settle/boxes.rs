//! A struct that contains itself needs a `Box` somewhere. Which member has it
//! is visible to callers, so a promised member stays as it is and a new box
//! goes on the member that closes the circle.

use crate::ir::{Api, Shape, TypeId, TypeRef};
use crate::outline::Outline;

use super::Names;

pub(super) fn place(api: &Api, promised: &Outline, names: &mut Names) {
    let mut graph = Graph {
        edges: vec![Vec::new(); api.types.len()],
        first: names.types.iter().map(|names| names.twin_of).collect(),
    };
    fields(api, promised, names, &mut graph, true);
    for id in api.ids() {
        let Shape::Union(branches) = &api.get(id).shape else {
            continue;
        };
        let boxed = branches.iter().map(|it| graph.needs_box(id, &it.ty, false));
        names.types[id.0].boxed = boxed.collect();
    }
    fields(api, promised, names, &mut graph, false);
}

/// Members that were promised, or those that are new.
fn fields(api: &Api, promised: &Outline, names: &mut Names, graph: &mut Graph, old: bool) {
    for id in api.ids() {
        let Shape::Struct(object) = &api.get(id).shape else {
            continue;
        };
        let line = promised.structs.get(&names.types[id.0].first);
        for (index, field) in object.fields.iter().enumerate() {
            let known = line.is_some_and(|line| line.fields.contains_key(&field.wire));
            if known == old {
                let boxed = &mut names.types[id.0].fields[index].boxed;
                *boxed = graph.needs_box(id, &field.ty, *boxed);
            }
        }
    }
}

struct Graph {
    edges: Vec<Vec<TypeId>>,
    /// The type that an equal one is emitted as.
    first: Vec<Option<TypeId>>,
}

impl Graph {
    /// Adds the edge unless it is boxed, or would close a circle.
    fn needs_box(&mut self, from: TypeId, ty: &TypeRef, boxed: bool) -> bool {
        let TypeRef::Named(to) = ty else {
            return false;
        };
        let (from, to) = (self.emitted(from), self.emitted(*to));
        if boxed || self.reaches(to, from) {
            return true;
        }
        self.edges[from.0].push(to);
        false
    }

    fn emitted(&self, id: TypeId) -> TypeId {
        self.first[id.0].unwrap_or(id)
    }

    fn reaches(&self, from: TypeId, to: TypeId) -> bool {
        let mut seen = vec![false; self.edges.len()];
        let mut waiting = vec![from];
        while let Some(id) = waiting.pop() {
            if id == to {
                return true;
            }
            if !std::mem::replace(&mut seen[id.0], true) {
                waiting.extend(&self.edges[id.0]);
            }
        }
        false
    }
}
