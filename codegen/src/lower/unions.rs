//! Unions once all types are known: those inside of others become branches of these, branches of one
//! type become one, and what is left without a choice is no union.

use std::collections::HashSet;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::identity::equal;
use crate::ir::{Api, Branch, Field, Mark, Shape, TypeId, TypeRef};

pub(super) fn settle(api: &mut Api) {
    let mut instead = vec![None; api.types.len()];
    let unions: Vec<TypeId> = api.ids().filter(|id| is_union(api, *id)).collect();
    for id in &unions {
        marks_from_branches(api, *id);
    }
    let flat: Vec<Vec<Branch>> = unions.iter().map(|id| distinct(api, *id)).collect();
    for (id, branches) in unions.into_iter().zip(flat) {
        instead[id.0] = without_choice(api, &branches);
        take_over(api, id, instead[id.0].as_ref());
        api.types[id.0].shape = Shape::Union(branches);
    }
    replace(api, &instead);
}

/// Tells of branches that can't say what they are called: what is sent as one does not hold the
/// member by which it is told.
pub(super) fn tell_unmarked(api: &Api, diags: &mut Diagnostics) {
    let mut told = HashSet::new();
    for def in &api.types {
        let Shape::Union(branches) = &def.shape else {
            continue;
        };
        for branch in branches {
            let (Some(mark), TypeRef::Named(id)) = (&branch.mark, &branch.ty) else {
                continue;
            };
            let def = api.get(*id);
            let Shape::Struct(object) = &def.shape else {
                continue;
            };
            let is_there = object.fields.iter().any(|field| field.wire == mark.member);
            if is_there || !told.insert((*id, &mark.member)) {
                continue;
            }
            let message = format!(
                "this branch has no member `{}`, which tells it",
                mark.member
            );
            diags.push(
                Diagnostic::warning(code::E202, message)
                    .at(
                        def.at,
                        "it can be read, but does not say what it is when it is sent",
                    )
                    .help("add the member of the discriminator to `properties`"),
            );
        }
    }
}

fn is_union(api: &Api, id: TypeId) -> bool {
    matches!(api.get(id).shape, Shape::Union(_))
}

/// A discriminator without a `mapping` means the names of schemas, unless the schemas know better.
fn marks_from_branches(api: &mut Api, id: TypeId) {
    let Shape::Union(branches) = &api.get(id).shape else {
        return;
    };
    let values: Vec<Vec<String>> = branches.iter().map(|it| mark_values(api, it)).collect();
    if let Shape::Union(branches) = &mut api.types[id.0].shape {
        for (branch, values) in branches.iter_mut().zip(values) {
            if let Some(mark) = &mut branch.mark {
                mark.values = values;
            }
            branch.mark.take_if(|mark| mark.values.is_empty());
        }
    }
}

fn mark_values(api: &Api, branch: &Branch) -> Vec<String> {
    let Some(mark) = &branch.mark else {
        return Vec::new();
    };
    let member = branch.ty.named().and_then(|id| match &api.get(id).shape {
        Shape::Struct(object) => object.fields.iter().find(|it| it.wire == mark.member),
        _ => None,
    });
    let listed = member.and_then(|field| match &api.get(field.ty.named()?).shape {
        Shape::OpenEnum(values) => Some(values),
        _ => None,
    });
    match listed {
        Some(values) if !mark.is_mapped => values.iter().map(|it| it.wire.clone()).collect(),
        _ => mark.values.clone(),
    }
}

/// The branches of a union and of those among its branches, each type once.
fn distinct(api: &Api, id: TypeId) -> Vec<Branch> {
    let mut flat = Vec::new();
    flatten(api, id, None, &mut vec![id], &mut flat);
    let mut kept: Vec<Branch> = Vec::new();
    for branch in flat {
        match kept
            .iter_mut()
            .find(|known| is_same(api, &known.ty, &branch.ty))
        {
            Some(known) => join(known, &branch),
            None => kept.push(branch),
        }
    }
    // What takes anything comes last.
    let (any, mut all): (Vec<_>, Vec<_>) = kept.into_iter().partition(|it| it.ty == TypeRef::Json);
    all.extend(any);
    all
}

fn flatten(
    api: &Api,
    id: TypeId,
    mark: Option<&Mark>,
    seen: &mut Vec<TypeId>,
    out: &mut Vec<Branch>,
) {
    let Shape::Union(branches) = &api.get(id).shape else {
        return;
    };
    for branch in branches {
        let own = branch.mark.as_ref().or(mark);
        match branch.ty {
            TypeRef::Named(inner) if is_union(api, inner) => {
                if !seen.contains(&inner) {
                    seen.push(inner);
                    flatten(api, inner, mark, seen, out);
                }
            }
            _ => out.push(Branch {
                mark: own.cloned(),
                ..branch.clone()
            }),
        }
    }
}

/// Equal schemas of one name become one type.
fn is_same(api: &Api, left: &TypeRef, right: &TypeRef) -> bool {
    match (left, right) {
        (TypeRef::Named(a), TypeRef::Named(b)) => {
            a == b || (api.get(*a).proposed == api.get(*b).proposed && equal(api, *a, *b))
        }
        (TypeRef::List(a), TypeRef::List(b))
        | (TypeRef::Map(a), TypeRef::Map(b))
        | (TypeRef::Nullable(a), TypeRef::Nullable(b)) => is_same(api, a, b),
        _ => left == right,
    }
}

/// A value of either branch is one of both.
fn join(known: &mut Branch, other: &Branch) {
    if known.constraints != other.constraints {
        known.constraints.clear();
    }
    known.mark = match (known.mark.take(), &other.mark) {
        (Some(mut mark), Some(also)) if mark.member == also.member => {
            for value in &also.values {
                if !mark.values.contains(value) {
                    mark.values.push(value.clone());
                }
            }
            Some(mark)
        }
        _ => None,
    };
}

/// The type that stands for a union in which nothing is left to choose.
fn without_choice(api: &Api, branches: &[Branch]) -> Option<TypeRef> {
    let is_enum = |ty: &TypeRef| match ty {
        TypeRef::Named(id) => matches!(api.get(*id).shape, Shape::OpenEnum(_)),
        _ => false,
    };
    match branches {
        [] => Some(TypeRef::Json),
        [only] if only.mark.is_none() => Some(only.ty.clone()),
        // An open enum holds any text.
        [a, b] if a.ty == TypeRef::Text && is_enum(&b.ty) => Some(b.ty.clone()),
        [a, b] if b.ty == TypeRef::Text && is_enum(&a.ty) => Some(a.ty.clone()),
        _ => None,
    }
}

/// What stands for a union and has no name but one made from that of the union takes that.
fn take_over(api: &mut Api, id: TypeId, other: Option<&TypeRef>) {
    let Some(TypeRef::Named(other)) = other else {
        return;
    };
    let name = &api.get(id).proposed;
    if api
        .get(*other)
        .proposed
        .starts_with(&format!("{name}Variant"))
    {
        api.types[other.0].proposed = name.clone();
    }
}

/// Takes types away and puts others in their places.
fn replace(api: &mut Api, instead: &[Option<TypeRef>]) {
    let mut kept = 0;
    let numbers: Vec<TypeId> = instead
        .iter()
        .map(|other| {
            let number = TypeId(kept);
            kept += usize::from(other.is_none());
            number
        })
        .collect();
    each_type(api, &mut |ty| *ty = resolved(ty, instead, &numbers, 0));
    api.schemas.retain_mut(|(_, id)| {
        let is_kept = instead[id.0].is_none();
        *id = numbers[id.0];
        is_kept
    });
    let mut index = 0;
    api.types.retain(|_| {
        index += 1;
        instead[index - 1].is_none()
    });
}

fn resolved(
    ty: &TypeRef,
    instead: &[Option<TypeRef>],
    numbers: &[TypeId],
    depth: usize,
) -> TypeRef {
    match ty {
        // What stands only for itself is nothing that is known.
        _ if depth > instead.len().min(64) => TypeRef::Json,
        TypeRef::Named(id) => match &instead[id.0] {
            Some(other) => resolved(other, instead, numbers, depth + 1),
            None => TypeRef::Named(numbers[id.0]),
        },
        TypeRef::List(item) => TypeRef::List(Box::new(resolved(item, instead, numbers, depth))),
        TypeRef::Map(item) => TypeRef::Map(Box::new(resolved(item, instead, numbers, depth))),
        TypeRef::Nullable(item) => match resolved(item, instead, numbers, depth) {
            TypeRef::Json => TypeRef::Json,
            item => TypeRef::Nullable(Box::new(item)),
        },
        other => other.clone(),
    }
}

/// Every type that is named anywhere.
fn each_type(api: &mut Api, see: &mut dyn FnMut(&mut TypeRef)) {
    for operation in &mut api.operations {
        for input in &mut operation.inputs {
            see(&mut input.field.ty);
        }
        for field in operation.reply.fields_mut() {
            see(&mut field.ty);
        }
    }
    for alias in &mut api.aliases {
        see(&mut alias.ty);
    }
    for def in &mut api.types {
        match &mut def.shape {
            Shape::Struct(object) => {
                for Field { ty, .. } in &mut object.fields {
                    see(ty);
                }
            }
            Shape::Union(branches) => {
                for branch in branches {
                    see(&mut branch.ty);
                }
            }
            Shape::OpenEnum(_) => {}
        }
    }
}
