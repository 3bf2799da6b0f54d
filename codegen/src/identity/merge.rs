//! Several schemas where one type was promised: the type holds the members of
//! all of them, or callers of one place would lose what they use.

use super::TypeNames;
use super::same::equal;
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Branch, Constraint, Field, Shape, Struct, TypeId};
use crate::outline::Outline;

pub(super) fn merge(api: &mut Api, promised: &Outline, names: &TypeNames, diags: &mut Diagnostics) {
    let mut shared: Vec<(&String, &Vec<TypeId>)> = names.holders.iter().collect();
    shared.sort();
    for (name, holders) in shared {
        let is_promised = promised.structs.contains_key(name)
            || promised.enums.contains_key(name)
            || promised.unions.contains_key(name);
        let Some((first, others)) = holders.split_first() else {
            continue;
        };
        if !is_promised || others.iter().all(|other| equal(api, *first, *other)) {
            continue;
        }
        let mut shape = api.get(*first).shape.clone();
        for other in others {
            if let Err(member) = join(&mut shape, &api.get(*other).shape, names) {
                refuse(api, name, &member, (*first, *other), diags);
            }
        }
        for id in holders {
            api.types[id.0].shape = shape.clone();
        }
    }
}

fn refuse(
    api: &Api,
    name: &str,
    member: &str,
    (first, other): (TypeId, TypeId),
    diags: &mut Diagnostics,
) {
    let message = format!("`{name}` stands for two schemas that disagree about `{member}`");
    diags.push(
        Diagnostic::error(code::E304, message)
            .at(api.get(other).at, "one promised type can't be both")
            .also(api.get(first).at, "the other one")
            .help(
                "make the two agree about it, or give up the promises of this service with \
                 `cargo xtask generate --major`",
            ),
    );
}

/// Adds what another shape has. The error is the member that they disagree about.
fn join(shape: &mut Shape, other: &Shape, names: &TypeNames) -> Result<(), String> {
    match (shape, other) {
        (Shape::Struct(object), Shape::Struct(other)) => join_structs(object, other, names),
        (Shape::OpenEnum(values), Shape::OpenEnum(others)) => {
            for value in others {
                if !values.iter().any(|known| known.wire == value.wire) {
                    values.push(value.clone());
                }
            }
            Ok(())
        }
        (Shape::Union(branches), Shape::Union(others)) => {
            for branch in others {
                let same = |known: &&Branch| known.proposed == branch.proposed;
                match branches.iter().find(same) {
                    None => branches.push(branch.clone()),
                    Some(known) if names.text(&known.ty) == names.text(&branch.ty) => {}
                    Some(_) => return Err(branch.proposed.clone()),
                }
            }
            Ok(())
        }
        _ => Err("its kind".to_owned()),
    }
}

fn join_structs(object: &mut Struct, other: &Struct, names: &TypeNames) -> Result<(), String> {
    let lacks = |fields: &[Field], wire: &str| !fields.iter().any(|field| field.wire == wire);
    for field in &mut object.fields {
        // What one of them may leave out, the type may leave out.
        field.required &= !lacks(&other.fields, &field.wire);
    }
    for field in &other.fields {
        match object
            .fields
            .iter_mut()
            .find(|known| known.wire == field.wire)
        {
            None => object.fields.push(Field {
                required: false,
                ..field.clone()
            }),
            Some(known) if names.text(&known.ty) == names.text(&field.ty) => {
                known.required &= field.required;
                known.nullable |= field.nullable;
                let both = |limit: &Constraint| field.constraints.contains(limit);
                known.constraints.retain(both);
            }
            Some(_) => return Err(field.wire.clone()),
        }
    }
    let both = other.rules.clone();
    object.rules.retain(|rule| both.contains(rule));
    Ok(())
}
