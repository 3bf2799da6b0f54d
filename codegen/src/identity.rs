//! Which thing is which: what a spec says today beside what its `.api` file
//! promised before.
//!
//! Identity is where a thing is used, never what the spec calls it. A schema
//! that stands in two promised places becomes two types again, two schemas that
//! stand where one type was promised become one, and what the spec has dropped
//! comes back as deprecated. After this stage the [`Api`] holds everything that
//! callers may rely on.

mod branches;
mod claims;
mod merge;
mod retain;
mod same;

use std::collections::HashMap;

use crate::diag::Diagnostics;
use crate::ir::{Api, Field, Operation, Place, TypeId, TypeRef};
use crate::outline::{Outline, TypeText};

pub use claims::Claim;
pub(crate) use same::equal;

/// Settles the types of an [`Api`], and adds what it has lost.
pub fn identify(
    api: &mut Api,
    promised: &Outline,
    since: &str,
    diags: &mut Diagnostics,
) -> Vec<Claim> {
    let mut names = claims::claim(api, promised, diags);
    retain::retain(api, promised, since, &mut names, diags);
    claims::finish(api, names)
}

/// The Rust name of each type, and who has a name, the first first.
#[derive(Debug, Default)]
struct TypeNames {
    of: Vec<String>,
    holders: HashMap<String, Vec<TypeId>>,
}

impl TypeNames {
    fn first(&self, name: &str) -> Option<TypeId> {
        self.holders.get(name)?.first().copied()
    }

    /// A type as the outline writes it.
    fn text(&self, ty: &TypeRef) -> TypeText {
        type_text(ty, &|id| self.of[id.0].clone())
    }
}

/// Key of an operation in the outline: what the wire knows of it.
pub(crate) fn operation_key(operation: &Operation) -> String {
    format!("{} {}", operation.method.as_str(), operation.path.erased())
}

/// The place of a whole body in promises.
pub(crate) const WHOLE_BODY: &str = "body";

/// Keys of an operation's inputs, in order: place and wire name; path
/// parameters by position, since their names are not on the wire.
pub(crate) fn input_keys(operation: &Operation) -> Vec<String> {
    let mut position = 0;
    let inputs = operation.inputs.iter();
    inputs
        .map(|input| {
            position += usize::from(input.place == Place::Path);
            match input.place {
                Place::Path => format!("path {position}"),
                Place::WholeBody => WHOLE_BODY.to_owned(),
                place => format!("{} {}", place.as_str(), input.field.wire),
            }
        })
        .collect()
}

/// Before the name of a header among the members of a reply.
pub(crate) const HEADER: &str = "header ";

/// The members of an operation's output with their keys: of the body by wire name, then headers.
pub(crate) fn reply_keys(operation: &Operation) -> Vec<(String, &Field)> {
    let body = operation.reply.fields().iter();
    let body = body.map(|field| (field.wire.clone(), field));
    let heads = operation.heads.iter();
    let heads = heads.map(|field| (format!("{HEADER}{}", field.wire), field));
    body.chain(heads).collect()
}

/// A type as the outline writes it.
pub(crate) fn type_text(ty: &TypeRef, name: &dyn Fn(TypeId) -> String) -> TypeText {
    let plain = |name: &str| TypeText::Name(name.to_owned());
    match ty {
        TypeRef::Text => plain("String"),
        TypeRef::Secret => plain("Secret"),
        TypeRef::Integer => plain("i64"),
        TypeRef::Number => plain("f64"),
        TypeRef::Boolean => plain("bool"),
        TypeRef::Timestamp(_) => plain("Timestamp"),
        TypeRef::Json => plain("Json"),
        // No type of a document is spelt like this.
        TypeRef::Blob => plain("bytes"),
        TypeRef::Named(id) => TypeText::Name(name(*id)),
        TypeRef::List(item) => TypeText::List(Box::new(type_text(item, name))),
        TypeRef::Map(item) => TypeText::Map(Box::new(type_text(item, name))),
        TypeRef::Nullable(item) => TypeText::Nullable(Box::new(type_text(item, name))),
    }
}
