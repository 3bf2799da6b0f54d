//! Unions that can't be told apart become free JSON.

use super::remove;
use crate::analyze::{Facts, analyze, parts};
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Branch, Shape, TypeId, TypeRef};

/// Those with a branch that is no object, with two branches of one type, or that hold themselves.
pub(super) fn give_up_unfit(api: &mut Api, diags: &mut Diagnostics) {
    // A union in a union is no object either way, so that one look is enough.
    give_up(api, diags, |api, id, branches| {
        let mut types: Vec<_> = branches.iter().filter_map(|b| b.ty.named()).collect();
        let are_objects = branches
            .iter()
            .all(|branch| matches!(&branch.ty, TypeRef::Named(id) if is_struct(api, *id)));
        types.sort_unstable_by_key(|id| id.0);
        let twice = types.windows(2).any(|pair| pair[0] == pair[1]);
        if !are_objects {
            Some("a branch of this union is no object with members")
        } else if twice {
            Some("two branches of this union have one type")
        } else if holds_itself(api, id) {
            Some("this union contains itself")
        } else {
            None
        }
    });
}

/// Those in replies with a branch that callers send: its members are all optional, so that it would
/// fit every reply.
pub(super) fn give_up_shared(api: &mut Api, diags: &mut Diagnostics) {
    let facts = analyze(api);
    let sent: Vec<String> = api
        .ids()
        .filter(|id| facts.in_requests(*id))
        .map(|id| api.get(id).proposed.clone())
        .collect();
    give_up(api, diags, |api, id, branches| {
        let is_sent = |branch: &Branch| {
            let id = branch.ty.named();
            id.is_some_and(|id| sent.contains(&api.get(id).proposed))
        };
        let in_replies = in_replies(&facts, api, id);
        (in_replies && branches.iter().any(is_sent))
            .then_some("a union in a reply holds a type that callers send")
    });
}

/// A type of the same name is the same type.
fn in_replies(facts: &Facts, api: &Api, id: TypeId) -> bool {
    let name = &api.get(id).proposed;
    let mut same = api.ids().filter(|other| api.get(*other).proposed == *name);
    same.any(|id| facts.in_replies(id))
}

fn is_struct(api: &Api, id: TypeId) -> bool {
    matches!(api.get(id).shape, Shape::Struct(_))
}

/// Whether a value of a type can hold another one without a list or map in between.
fn holds_itself(api: &Api, start: TypeId) -> bool {
    let mut seen = vec![false; api.types.len()];
    let mut waiting = vec![start];
    while let Some(id) = waiting.pop() {
        for part in parts(&api.get(id).shape) {
            match part {
                TypeRef::Named(part) if *part == start => return true,
                TypeRef::Named(part) if !std::mem::replace(&mut seen[part.0], true) => {
                    waiting.push(*part);
                }
                _ => {}
            }
        }
    }
    false
}

fn give_up(
    api: &mut Api,
    diags: &mut Diagnostics,
    why: impl Fn(&Api, TypeId, &[Branch]) -> Option<&'static str>,
) {
    let mut dead = vec![false; api.types.len()];
    for id in api.ids() {
        let Shape::Union(branches) = &api.get(id).shape else {
            continue;
        };
        if let Some(why) = why(api, id, branches) {
            dead[id.0] = true;
            diags.push(
                Diagnostic::warning(code::E202, why)
                    .at(api.get(id).at, "its branches could not be told apart")
                    .help("it is any JSON in the generated types"),
            );
        }
    }
    remove(api, &dead);
}
