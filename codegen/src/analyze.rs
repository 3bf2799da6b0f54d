//! Questions about types that need the whole service: which side of the wire
//! uses them.

use crate::ir::{Api, Deprecation, Shape, TypeId, TypeRef};

/// The side table: one entry for each type.
#[derive(Debug)]
pub struct Facts {
    in_requests: Vec<bool>,
    in_replies: Vec<bool>,
    in_unions: Vec<bool>,
    holds_secrets: Vec<bool>,
}

impl Facts {
    /// Callers send it.
    pub fn in_requests(&self, id: TypeId) -> bool {
        self.in_requests[id.0]
    }

    /// Services answer with it.
    pub fn in_replies(&self, id: TypeId) -> bool {
        self.in_replies[id.0]
    }

    /// It is a branch of a union, or in a list or map that is one.
    pub fn in_unions(&self, id: TypeId) -> bool {
        self.in_unions[id.0]
    }

    /// Something in it is text that nobody may see.
    pub fn holds_secrets(&self, id: TypeId) -> bool {
        self.holds_secrets[id.0]
    }

    /// Two equal schemas become one type, which then serves the uses of both.
    pub fn join(&mut self, first: TypeId, twin: TypeId) {
        self.in_requests[first.0] |= self.in_requests[twin.0];
        self.in_replies[first.0] |= self.in_replies[twin.0];
        self.in_unions[first.0] |= self.in_unions[twin.0];
    }
}

/// Walks all operations.
pub fn analyze(api: &Api) -> Facts {
    let mut in_requests = vec![false; api.types.len()];
    let mut in_replies = vec![false; api.types.len()];
    for operation in &api.operations {
        for input in &operation.inputs {
            mark(api, &input.field.ty, &mut in_requests);
        }
        for field in operation.reply.fields() {
            mark(api, &field.ty, &mut in_replies);
        }
    }
    for id in api.ids() {
        if in_requests[id.0] || in_replies[id.0] {
            continue;
        }
        match api.get(id).docs.deprecated {
            // What nothing uses any more can still be made and read by those who did.
            Some(Deprecation::Gone { .. }) => (in_requests[id.0], in_replies[id.0]) = (true, true),
            // What nothing has used yet can be read.
            _ => mark(api, &TypeRef::Named(id), &mut in_replies),
        }
    }
    Facts {
        in_unions: in_unions(api),
        holds_secrets: holding_secrets(api),
        in_requests,
        in_replies,
    }
}

fn in_unions(api: &Api) -> Vec<bool> {
    let mut all = vec![false; api.types.len()];
    for def in &api.types {
        if let Shape::Union(branches) = &def.shape {
            for id in branches.iter().filter_map(|branch| branch.ty.named()) {
                all[id.0] = true;
            }
        }
    }
    all
}

fn holding_secrets(api: &Api) -> Vec<bool> {
    let mut users = vec![Vec::new(); api.types.len()];
    let mut waiting = Vec::new();
    for id in api.ids() {
        for ty in parts(&api.get(id).shape) {
            if let Some(part) = ty.named() {
                users[part.0].push(id);
            }
            if ty.is_secret() {
                waiting.push(id);
            }
        }
    }
    let mut all = vec![false; api.types.len()];
    while let Some(id) = waiting.pop() {
        if !std::mem::replace(&mut all[id.0], true) {
            waiting.extend(&users[id.0]);
        }
    }
    all
}

fn mark(api: &Api, ty: &TypeRef, seen: &mut [bool]) {
    let mut waiting: Vec<TypeId> = ty.named().into_iter().collect();
    while let Some(id) = waiting.pop() {
        if std::mem::replace(&mut seen[id.0], true) {
            continue;
        }
        waiting.extend(parts(&api.get(id).shape).filter_map(TypeRef::named));
    }
}

/// The types that a shape is made of.
pub fn parts(shape: &Shape) -> Box<dyn Iterator<Item = &TypeRef> + '_> {
    match shape {
        Shape::Struct(object) => Box::new(object.fields.iter().map(|field| &field.ty)),
        Shape::Union(branches) => Box::new(branches.iter().map(|branch| &branch.ty)),
        Shape::OpenEnum(_) => Box::new(std::iter::empty()),
    }
}
