//! The Rust side of pages, waiting and finding: members on the way of a path,
//! and what of it is promised.

use super::{MemberNames, Names, OperationNames};
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::identity::type_text;
use crate::ir::{
    Api, Field, Find, Operation, OperationId, Path, Shape, TypeId, TypeRef, Value, Wait,
};
use crate::name::Words;
use crate::outline::{FlowLine, OperationLine, TypeText, WaitLine};

/// What a path begins in.
#[derive(Clone, Copy, Debug)]
pub enum Root {
    /// The inputs of an operation.
    Inputs(OperationId),
    /// The reply of an operation.
    Reply(OperationId),
    /// A struct.
    Type(TypeId),
}

impl Names {
    /// The members on the way of a path.
    pub fn way<'a>(
        &'a self,
        api: &'a Api,
        root: Root,
        path: &Path,
    ) -> Vec<(&'a Field, &'a MemberNames)> {
        let mut way = Vec::new();
        let mut members = self.members(api, root);
        for (step, wire) in path.steps.iter().zip(path.wire.split('.')) {
            // A type that several schemas share has members of all of them, in another order.
            let same = members.iter().find(|(field, _)| field.wire == wire);
            let Some(member) = same.or(members.get(*step)).copied() else {
                break;
            };
            way.push(member);
            members = match &member.1.ty {
                TypeRef::Named(id) => self.members(api, Root::Type(*id)),
                _ => Vec::new(),
            };
        }
        way
    }

    fn members<'a>(&'a self, api: &'a Api, root: Root) -> Vec<(&'a Field, &'a MemberNames)> {
        match root {
            Root::Inputs(id) => {
                let fields = api.operation(id).inputs.iter().map(|input| &input.field);
                fields.zip(&self.operations[id.0].inputs).collect()
            }
            Root::Reply(id) => {
                let fields = api.operation(id).reply.fields().iter();
                fields.zip(&self.operations[id.0].reply).collect()
            }
            Root::Type(id) => {
                let id = self.get(id).twin_of.unwrap_or(id);
                match &api.get(id).shape {
                    Shape::Struct(object) => {
                        object.fields.iter().zip(&self.get(id).fields).collect()
                    }
                    _ => Vec::new(),
                }
            }
        }
    }

    /// What the last member on a way holds in Rust.
    pub fn type_at(&self, api: &Api, root: Root, path: &Path) -> TypeRef {
        let way = self.way(api, root, path);
        way.last()
            .map_or_else(|| path.ty.clone(), |(_, names)| names.ty.clone())
    }

    /// An entry of a list that is walked.
    pub fn entry(&self, api: &Api, list: OperationId) -> Option<TypeRef> {
        let paging = api.operation(list).paging.as_ref()?;
        match self.type_at(api, Root::Reply(list), &paging.items) {
            TypeRef::List(item) => Some(*item),
            _ => None,
        }
    }

    /// What is watched; the whole reply where there is no type.
    pub fn watched(&self, api: &Api, wait: &Wait) -> Option<TypeRef> {
        let at = wait.at.as_ref()?;
        Some(match self.type_at(api, Root::Reply(wait.ask), at) {
            TypeRef::List(item) => *item,
            ty => ty,
        })
    }
}

/// The names under which a handle keeps its values: those on the wire, and
/// those in Rust for what has no name on the wire.
pub(super) fn kept(operation: &Operation, inputs: &[MemberNames]) -> Vec<String> {
    let Some(wait) = &operation.wait else {
        return Vec::new();
    };
    let kept = wait.kept().into_iter();
    kept.filter_map(|value| match value {
        Value::Reply(path) | Value::Request(path) => Some(match value.path_parameter(operation) {
            Some(index) => inputs[index].rust.clone(),
            None => path.wire.clone(),
        }),
        Value::Literal(_) | Value::Started => None,
    })
    .collect()
}

/// Adds what is promised of an operation beside its inputs and its reply.
pub(super) fn promise(api: &Api, names: &Names, id: OperationId, line: &mut OperationLine) {
    let operation = api.operation(id);
    line.pages = names.entry(api, id).map(|ty| plain(text(names, &ty)));
    line.waits = operation.wait.as_ref().map(|wait| WaitLine {
        watches: wait.ask == id,
        done: done(api, names, wait),
        kept: names.operations[id.0].kept.clone(),
        at: None,
    });
    let list = operation.find.as_ref().map(|find: &Find| find.list);
    let entry = list.and_then(|list| names.entry(api, list));
    line.finds = entry.map(|ty| plain(text(names, &ty)));
}

fn done(api: &Api, names: &Names, wait: &Wait) -> TypeText {
    if wait.gone {
        return TypeText::Name("nothing".to_owned());
    }
    match names.watched(api, wait) {
        Some(ty) => text(names, &ty),
        None => TypeText::Name(format!("{}Output", base(names, wait.ask))),
    }
}

fn base(names: &Names, id: OperationId) -> String {
    let names: &OperationNames = &names.operations[id.0];
    Words::split(&names.first).pascal()
}

fn text(names: &Names, ty: &TypeRef) -> TypeText {
    type_text(ty, &|id| names.get(id).first.clone())
}

fn plain(ty: TypeText) -> FlowLine {
    FlowLine { ty, at: None }
}

/// A time that callers were promised as text can't be handed out as a time.
pub(super) fn times(api: &Api, names: &Names, diags: &mut Diagnostics) {
    for operation in &api.operations {
        let Some(find) = &operation.find else {
            continue;
        };
        let Some(TypeRef::Named(entry)) = names.entry(api, find.list) else {
            continue;
        };
        let created = names.way(api, Root::Type(entry), &find.created);
        let Some((field, member)) = created.last() else {
            continue;
        };
        if !matches!(member.ty, TypeRef::Timestamp(_)) {
            let message = format!(
                "`{}` was promised as text, no time can be read from it",
                field.wire
            );
            diags.push(
                Diagnostic::error(code::E303, message)
                    .at(operation.at, "`x-find` of this operation needs the time")
                    .also(field.at, "a time in the spec, a text for callers")
                    .help(
                        "name another member, or give up the promises of this service with \
                         `cargo xtask generate --major`",
                    ),
            );
        }
    }
}
