//! Whether two types are the same all the way down.

use crate::ir::{Api, Shape, TypeId, TypeRef};

/// Same shape all the way down.
pub(crate) fn equal(api: &Api, left: TypeId, right: TypeId) -> bool {
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
        (TypeRef::List(a), TypeRef::List(b))
        | (TypeRef::Map(a), TypeRef::Map(b))
        | (TypeRef::Nullable(a), TypeRef::Nullable(b)) => equal_types(api, a, b, assumed),
        _ => left == right,
    }
}
