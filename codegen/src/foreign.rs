//! Documents of others: what the generator can't keep becomes free JSON, with a warning, and every
//! name that Rust can't write or that is taken gets another one. After this stage such a document is
//! like one of our own.

mod names;
mod places;
mod prune;
mod types;
mod unions;

use std::collections::HashSet;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::identity::operation_key;
use crate::ir::{Api, Field, Shape, TypeId, TypeRef};
use crate::load::Document;
use crate::modern;

pub(crate) use prune::prune;

/// Makes a document of others one of OpenAPI 3.0 whose references name components, as far as it
/// can be said so.
pub(crate) fn reshape(doc: &mut Document, diags: &mut Diagnostics) {
    places::bring_home(doc);
    if modern::is_modern(doc) {
        modern::lower(doc, diags);
    }
}

/// Makes an [`Api`] of a document of others fit for the stages after this one.
pub(crate) fn tame(api: &mut Api, diags: &mut Diagnostics) {
    once_each(api, diags);
    unions::give_up_unfit(api, diags);
    names::make_free(api);
    unions::give_up_shared(api, diags);
}

/// The warning about an operation that is not made.
pub(crate) fn left_out(operation: &str) -> Diagnostic {
    Diagnostic::warning(code::E210, format!("`{operation}` is left out"))
}

/// Two operations that no server could tell apart are one.
fn once_each(api: &mut Api, diags: &mut Diagnostics) {
    let mut seen = HashSet::new();
    api.operations.retain(|operation| {
        let is_new = seen.insert(operation_key(operation));
        if !is_new {
            let found = left_out(&operation.id)
                .at(operation.at, "another operation has this method and path")
                .help("put both under one path and method");
            diags.push(found);
        }
        is_new
    });
}

/// Every type that is named anywhere.
fn each_type(api: &mut Api, see: &mut dyn FnMut(&mut TypeRef)) {
    for operation in &mut api.operations {
        for input in &mut operation.inputs {
            see_in(&mut input.field.ty, see);
        }
        for field in operation.reply.fields_mut() {
            see_in(&mut field.ty, see);
        }
    }
    for def in &mut api.types {
        match &mut def.shape {
            Shape::Struct(object) => {
                for Field { ty, .. } in &mut object.fields {
                    see_in(ty, see);
                }
            }
            Shape::Union(branches) => {
                for branch in branches {
                    see_in(&mut branch.ty, see);
                }
            }
            Shape::OpenEnum(_) => {}
        }
    }
}

fn see_in(ty: &mut TypeRef, see: &mut dyn FnMut(&mut TypeRef)) {
    match ty {
        TypeRef::List(inner) | TypeRef::Map(inner) => see_in(inner, see),
        ty => see(ty),
    }
}

/// Takes types away; what named them is free JSON.
fn remove(api: &mut Api, dead: &[bool]) {
    let mut kept = 0;
    let numbers: Vec<Option<TypeId>> = dead
        .iter()
        .map(|dead| {
            let number = (!dead).then_some(TypeId(kept));
            kept += usize::from(!dead);
            number
        })
        .collect();
    each_type(api, &mut |ty| {
        if let TypeRef::Named(id) = ty {
            *ty = numbers[id.0].map_or(TypeRef::Json, TypeRef::Named);
        }
    });
    let mut index = 0;
    api.types.retain(|_| {
        index += 1;
        !dead[index - 1]
    });
}
