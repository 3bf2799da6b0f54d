//! The outline of what is settled, and what an older one promised that is no
//! longer there.

use indexmap::IndexMap;

use super::flow;
use super::{MemberNames, Names};
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::identity::{input_keys, operation_key, reply_keys, type_text};
use crate::ir::{Api, Deprecation, Field, Operation, OperationId, Place, Shape, TypeId, TypeRef};
use crate::outline::{
    FlowLine, Line, Lines, MemberLine, OperationLine, Outline, StructLine, TypeText, WaitLine,
};
use crate::source::Span;

/// What is promised from now on.
pub(super) fn outline(api: &Api, names: &Names) -> Outline {
    let mut outline = Outline::default();
    for (index, operation) in api.operations.iter().enumerate() {
        let own = &names.operations[index];
        let mut line = OperationLine {
            name: own.first.clone(),
            renamed: own.renamed.clone(),
            module: own.module.clone(),
            path: held_path(operation),
            headers: headers(operation),
            sends: operation.sends.promised(),
            accepts: operation.accepts.promised(),
            gone: gone(operation.docs.deprecated.as_ref()),
            pages: None,
            waits: None,
            finds: None,
            inputs: inputs(names, operation, &own.inputs),
            reply: members(names, reply_keys(operation), &own.reply),
            at: None,
        };
        flow::promise(api, names, OperationId(index), &mut line);
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
    let name = own.first.clone();
    if own.renamed.current().is_some() {
        outline.renamed.insert(name.clone(), own.renamed.clone());
    }
    match &api.get(id).shape {
        Shape::Struct(object) => {
            let line = StructLine {
                made: own.made,
                fields: {
                    let fields = object.fields.iter();
                    let fields = fields.map(|field| (field.wire.clone(), field));
                    members(names, fields, &own.fields)
                },
                gone: gone(api.get(id).docs.deprecated.as_ref()),
                at: None,
            };
            outline.structs.insert(name, line);
        }
        Shape::OpenEnum(values) => {
            let lines = values.iter().zip(&own.variants);
            let lines = lines.map(|(value, variant)| {
                let line = line(variant.clone(), value.deprecated.as_ref());
                (value.wire.clone(), line)
            });
            let lines = lines.collect();
            outline.enums.insert(name, Lines { lines, at: None });
        }
        Shape::Union(branches) => {
            let lines = branches.iter().zip(&own.variants);
            let lines = lines.map(|(branch, variant)| {
                let line = line(text(names, &branch.ty), branch.deprecated.as_ref());
                (variant.clone(), line)
            });
            let lines = lines.collect();
            outline.unions.insert(name, Lines { lines, at: None });
        }
    }
}

fn gone(deprecated: Option<&Deprecation>) -> Option<String> {
    deprecated?.gone_since().map(str::to_owned)
}

fn line<T>(value: T, deprecated: Option<&Deprecation>) -> Line<T> {
    Line {
        value,
        gone: gone(deprecated),
    }
}

/// The path with the names of what the client holds, which a lost operation
/// could not be sent without. Names of inputs are not on the wire.
fn held_path(operation: &Operation) -> Option<String> {
    let held = operation
        .held
        .iter()
        .filter(|held| held.place == Place::Path);
    let held: Vec<String> = held.map(|held| format!("{{{}}}", held.wire)).collect();
    let mut path = operation.path.text.clone();
    for name in operation.path.parameters() {
        let name = format!("{{{name}}}");
        if !held.contains(&name) {
            path = path.replace(&name, "{}");
        }
    }
    (!held.is_empty()).then_some(path)
}

fn headers(operation: &Operation) -> IndexMap<String, String> {
    let held = operation.held.iter();
    held.filter(|held| held.place == Place::Header)
        .map(|held| (held.wire.clone(), held.value.clone()))
        .collect()
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

fn members<'f>(
    names: &Names,
    fields: impl IntoIterator<Item = (String, &'f Field)>,
    own: &[MemberNames],
) -> IndexMap<String, MemberLine> {
    let fields = fields.into_iter().zip(own);
    fields
        .map(|((key, field), own)| {
            let mut line = member(names, field, own);
            // Members of requests are all `Option`; their mark is the slot.
            line.optional &= line.slot.is_none();
            (key, line)
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
        gone: gone(field.docs.deprecated.as_ref()),
        at: None,
    }
}

fn text(names: &Names, ty: &TypeRef) -> TypeText {
    type_text(ty, &|id| names.get(id).first.clone())
}

/// Reports every promise that the new outline does not keep.
pub(super) fn report(promised: &Outline, now: &Outline, diags: &mut Diagnostics) {
    let mut gone = Gone { diags };
    for (key, line) in &promised.operations {
        match now.operations.get(key) {
            None => gone.operation(key, line),
            Some(new) => {
                gone.members(key, &line.inputs, &new.inputs);
                gone.members(key, &line.reply, &new.reply);
                gone.flow(key, "pages", line.pages.as_ref(), new.pages.as_ref());
                gone.flow(key, "finds", line.finds.as_ref(), new.finds.as_ref());
                gone.wait(key, line.waits.as_ref(), new.waits.as_ref());
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
        self.push_with(what, at, "put it back into the spec");
    }

    fn push_with(&mut self, what: &str, at: Option<Span>, remedy: &str) {
        let Some(at) = at else {
            return;
        };
        let help = format!(
            "{remedy}, or give up the promises of this service with `cargo xtask generate --major`"
        );
        self.diags.push(
            Diagnostic::error(code::E305, format!("{what} was promised and is gone"))
                .at(at, "promised here, not in the spec any more")
                .help(help),
        );
    }

    /// Operations come back from their promises, but for those that give more than a reply: how
    /// pages are walked, and what is asked until something is done, stands in the spec alone.
    fn operation(&mut self, key: &str, line: &OperationLine) {
        let mut beside = Vec::new();
        beside.extend(line.pages.as_ref().map(|_| "`pages`"));
        beside.extend(line.waits.as_ref().map(|it| match it.watches {
            true => "`watches`",
            false => "`starts`",
        }));
        beside.extend(line.finds.as_ref().map(|_| "`finds`"));
        let remedy = match beside.is_empty() {
            true => "put it back into the spec".to_owned(),
            false => format!(
                "it has {}, which only the spec can say how to do: put it back into the spec with \
                 `deprecated: true` and leave it there until a major release",
                beside.join(" and ")
            ),
        };
        self.push_with(&format!("operation `{key}`"), line.at, &remedy);
    }

    /// What an operation gave beside its reply.
    fn lost_flow(&mut self, owner: &str, key: &str, at: Option<Span>) {
        let extension = match key {
            "pages" => "x-paging",
            "finds" => "x-find",
            _ => "x-wait",
        };
        let remedy = format!("put `{extension}` back");
        self.push_with(&format!("`{key}` of `{owner}`"), at, &remedy);
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

    fn flow(&mut self, owner: &str, key: &str, old: Option<&FlowLine>, new: Option<&FlowLine>) {
        let Some(old) = old else {
            return;
        };
        match new {
            None => self.lost_flow(owner, key, old.at),
            Some(new) if new.ty != old.ty => self.changed(owner, key, old.at),
            Some(_) => {}
        }
    }

    /// A handle that was stored must still say all that is asked for.
    fn wait(&mut self, owner: &str, old: Option<&WaitLine>, new: Option<&WaitLine>) {
        let Some(old) = old else {
            return;
        };
        let key = old.key();
        let Some(new) = new.filter(|new| new.watches == old.watches) else {
            return self.lost_flow(owner, key, old.at);
        };
        if new.done != old.done {
            self.changed(owner, key, old.at);
        }
        for kept in new.kept.iter().filter(|kept| !old.kept.contains(kept)) {
            let message = format!("handles of `{owner}` were promised without `{kept}`");
            self.broken(message, old.at);
        }
    }

    fn changed(&mut self, name: &str, key: &str, at: Option<Span>) {
        let message = format!("`{key}` of `{name}` would become another type");
        self.broken(message, at);
    }

    fn broken(&mut self, message: String, at: Option<Span>) {
        let Some(at) = at else {
            return;
        };
        self.diags.push(
            Diagnostic::error(code::E303, message)
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
                Some(now) if now.value != line.value => self.changed(name, key, old.at),
                Some(_) => {}
            }
        }
    }
}
