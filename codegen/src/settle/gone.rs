//! The outline of what is settled, and what an older one promised that is no
//! longer there.

use indexmap::IndexMap;

use super::members::{input_keys, type_text};
use super::{MemberNames, Names, operation_key};
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Field, Operation, Shape, TypeId, TypeRef};
use crate::outline::{Lines, MemberLine, OperationLine, Outline, StructLine, TypeText};
use crate::source::Span;

/// What is promised from now on.
pub(super) fn outline(api: &Api, names: &Names) -> Outline {
    let mut outline = Outline::default();
    for (operation, own) in api.operations.iter().zip(&names.operations) {
        let line = OperationLine {
            name: own.method.clone(),
            inputs: inputs(names, operation, &own.inputs),
            reply: members(names, operation.reply.fields(), &own.reply),
            at: None,
        };
        outline.operations.insert(operation_key(operation), line);
    }
    for id in api.ids() {
        if names.get(id).twin_of.is_none() {
            add_type(&mut outline, api, names, id);
        }
    }
    outline
}

fn add_type(outline: &mut Outline, api: &Api, names: &Names, id: TypeId) {
    let own = names.get(id);
    let name = own.name.clone();
    match &api.get(id).shape {
        Shape::Struct(object) => {
            let line = StructLine {
                made: own.made,
                fields: members(names, &object.fields, &own.fields),
                at: None,
            };
            outline.structs.insert(name, line);
        }
        Shape::OpenEnum(values) => {
            let wires = values.iter().map(|value| value.wire.clone());
            let lines = wires.zip(own.variants.iter().cloned()).collect();
            outline.enums.insert(name, Lines { lines, at: None });
        }
        Shape::Union(branches) => {
            let types = branches.iter().map(|branch| text(names, &branch.ty));
            let lines = own.variants.iter().cloned().zip(types).collect();
            outline.unions.insert(name, Lines { lines, at: None });
        }
    }
}

fn inputs(
    names: &Names,
    operation: &Operation,
    own: &[MemberNames],
) -> IndexMap<String, MemberLine> {
    let keys = input_keys(operation);
    let inputs = operation.inputs.iter().zip(keys).zip(own);
    inputs
        .map(|((input, key), own)| {
            let mut line = member(names, &input.field, own);
            line.optional = line.slot.is_none() && !line.positional;
            // The wire name of a path parameter is no part of its key.
            if key != format!("{} {}", input.place.as_str(), input.field.wire) {
                line.rust = Some(own.rust.clone());
            }
            (key, line)
        })
        .collect()
}

fn members(names: &Names, fields: &[Field], own: &[MemberNames]) -> IndexMap<String, MemberLine> {
    let fields = fields.iter().zip(own);
    fields
        .map(|(field, own)| {
            let mut line = member(names, field, own);
            // Members of requests are all `Option`; their mark is the slot.
            line.optional &= line.slot.is_none();
            (field.wire.clone(), line)
        })
        .collect()
}

fn member(names: &Names, field: &Field, own: &MemberNames) -> MemberLine {
    MemberLine {
        ty: text(names, &own.ty),
        optional: own.optional,
        rust: (own.rust != field.wire).then(|| own.rust.clone()),
        slot: own.slot,
        positional: own.positional,
        boxed: own.boxed,
        at: None,
    }
}

fn text(names: &Names, ty: &TypeRef) -> TypeText {
    type_text(ty, &|id| names.get(id).name.clone())
}

/// Reports every promise that the new outline does not keep.
pub(super) fn report(promised: &Outline, now: &Outline, diags: &mut Diagnostics) {
    let mut gone = Gone { diags };
    for (key, line) in &promised.operations {
        match now.operations.get(key) {
            None => gone.push(&format!("operation `{key}`"), line.at),
            Some(new) => {
                gone.members(key, &line.inputs, &new.inputs);
                gone.members(key, &line.reply, &new.reply);
            }
        }
    }
    for (name, line) in &promised.structs {
        match now.structs.get(name) {
            None => gone.push(&format!("type `{name}`"), line.at),
            Some(new) => gone.members(name, &line.fields, &new.fields),
        }
    }
    for (name, line) in &promised.enums {
        gone.lines(name, line, now.enums.get(name));
    }
    for (name, line) in &promised.unions {
        gone.lines(name, line, now.unions.get(name));
    }
}

struct Gone<'a> {
    diags: &'a mut Diagnostics,
}

impl Gone<'_> {
    fn push(&mut self, what: &str, at: Option<Span>) {
        let Some(at) = at else {
            return;
        };
        self.diags.push(
            Diagnostic::error(code::E305, format!("{what} was promised and is gone"))
                .at(at, "promised here, not in the spec any more")
                .help(
                    "put it back into the spec, or give up the promises of this service \
                     with `cargo xtask generate --major`",
                ),
        );
    }

    fn members(
        &mut self,
        owner: &str,
        old: &IndexMap<String, MemberLine>,
        new: &IndexMap<String, MemberLine>,
    ) {
        for (key, line) in old {
            if !new.contains_key(key) {
                self.push(&format!("`{key}` of `{owner}`"), line.at);
            }
        }
    }

    fn changed(&mut self, name: &str, key: &str, at: Option<Span>) {
        let Some(at) = at else {
            return;
        };
        self.diags.push(
            Diagnostic::error(
                code::E303,
                format!("`{key}` of `{name}` would become another type"),
            )
            .at(at, "promised here")
            .help(
                "mend the spec, or give up the promises of this service \
                     with `cargo xtask generate --major`",
            ),
        );
    }

    fn lines<T: PartialEq>(&mut self, name: &str, old: &Lines<T>, new: Option<&Lines<T>>) {
        let Some(new) = new else {
            return self.push(&format!("type `{name}`"), old.at);
        };
        for (key, line) in &old.lines {
            match new.lines.get(key) {
                None => self.push(&format!("`{key}` of `{name}`"), old.at),
                Some(now) if now != line => self.changed(name, key, old.at),
                Some(_) => {}
            }
        }
    }
}
