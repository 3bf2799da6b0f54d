//! Names and promises: every type, member, variant and method gets its Rust
//! name, and what the `.api` file promised first wins over what the spec says
//! today.

mod boxes;
mod flow;
mod gone;
mod members;
mod renamed;
pub(crate) mod reserved;

use std::collections::BTreeMap;

use crate::analyze::Facts;
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::identity::{Claim, operation_key};
use crate::ir::{Api, Field, Operation, Shape, TimeFormat, TypeId, TypeRef};
use crate::name::{Scope, Words, is_identifier};
use crate::outline::{Made, OperationLine, Outline, Renamed, Slot};
use crate::source::Span;

pub use flow::Root;

/// The Rust side of an [`Api`].
#[derive(Debug)]
pub struct Names {
    /// One for each of [`Api::operations`].
    pub operations: Vec<OperationNames>,
    /// One for each of [`Api::types`].
    pub types: Vec<TypeNames>,
}

impl Names {
    /// Names of a type.
    pub fn get(&self, id: TypeId) -> &TypeNames {
        &self.types[id.0]
    }

    /// The type that stands for it in Rust, and whose file there is.
    pub fn emitted(&self, id: TypeId) -> TypeId {
        let first = self.get(id).twin_of.unwrap_or(id);
        self.get(first).same_as.unwrap_or(first)
    }
}

/// Names of an operation.
#[derive(Clone, Debug)]
pub struct OperationNames {
    /// Method on the client: `replicate_backup`.
    pub method: String,
    /// Stem of its types: `ReplicateBackup`.
    pub base: String,
    /// The method's first name, which stored handles carry and promises are about.
    pub first: String,
    /// Its other names.
    pub renamed: Renamed,
    /// Module that shows it: `vaults`.
    pub module: Option<String>,
    /// One for each of [`Operation::inputs`].
    pub inputs: Vec<MemberNames>,
    /// One for each field of [`Operation::reply`].
    pub reply: Vec<MemberNames>,
    /// One for each value that a handle keeps, see [`Wait::kept`](crate::ir::Wait::kept).
    pub kept: Vec<String>,
}

/// Names of a type.
#[derive(Clone, Debug)]
pub struct TypeNames {
    /// The type itself.
    pub name: String,
    /// Its first name, which promises are about.
    pub first: String,
    /// Its other names.
    pub renamed: Renamed,
    /// Who makes a value of it.
    pub made: Made,
    /// One for each field of a struct.
    pub fields: Vec<MemberNames>,
    /// One for each value of an enum or branch of a union.
    pub variants: Vec<String>,
    /// For each branch of a union whether it is behind a `Box`.
    pub boxed: Vec<bool>,
    /// An equal type that was reached first and carries the same name.
    pub twin_of: Option<TypeId>,
    /// An equal type of another name, whose alias its name is, by the stage `share`.
    pub same_as: Option<TypeId>,
}

/// Names and decisions for one member.
#[derive(Clone, Debug)]
pub struct MemberNames {
    /// Field and setter.
    pub rust: String,
    /// Type in Rust; differs from the spec's where an older one was promised.
    pub ty: TypeRef,
    /// `Option` in a reply.
    pub optional: bool,
    /// Marker in the builder.
    pub slot: Option<Slot>,
    /// Argument of the client's method.
    pub positional: bool,
    /// Behind a `Box`.
    pub boxed: bool,
}

impl OperationNames {
    /// The inputs that the client's method takes as arguments.
    pub fn positional(&self) -> impl Iterator<Item = &MemberNames> {
        self.inputs.iter().filter(|member| member.positional)
    }

    /// Stems of its types that are not to be used any more, with the version since which.
    pub fn former_bases(&self) -> Vec<(String, &str)> {
        let former = self.renamed.former(&self.first).into_iter();
        former
            .map(|(name, since)| (Words::split(name).pascal(), since))
            .collect()
    }
}

/// Settles all names, and says what is promised from now on; what changes, changes with the version
/// `since`.
pub fn settle(
    api: &Api,
    facts: &mut Facts,
    type_names: Vec<Claim>,
    promised: &Outline,
    since: &str,
    diags: &mut Diagnostics,
) -> (Names, Outline) {
    for (index, claim) in type_names.iter().enumerate() {
        if let Some(first) = claim.twin_of {
            facts.join(first, TypeId(index));
        }
    }
    let mut settle = Settle {
        renamed: renamed::types(api, &type_names, promised, since, diags),
        api,
        facts,
        promised,
        since,
        type_names,
        diags,
    };
    let types: Vec<TypeNames> = api.ids().map(|id| settle.type_names(id)).collect();
    let operations: Vec<OperationNames> = api
        .operations
        .iter()
        .map(|operation| settle.operation(operation))
        .collect();
    settle.claim_types(&types, &operations);
    settle.only_what_can_be_sent();
    let mut names = Names { operations, types };
    boxes::place(api, promised, &mut names);
    flow::times(api, &names, settle.diags);
    let outline = gone::outline(api, &names);
    gone::report(promised, &outline, settle.diags);
    (names, outline)
}

/// What the steps share.
struct Settle<'a> {
    api: &'a Api,
    facts: &'a Facts,
    promised: &'a Outline,
    since: &'a str,
    /// First Rust name of each type.
    type_names: Vec<Claim>,
    /// Later names of types, by the first one.
    renamed: BTreeMap<String, Renamed>,
    diags: &'a mut Diagnostics,
}

impl<'a> Settle<'a> {
    fn line(&self, operation: &Operation) -> Option<&'a OperationLine> {
        self.promised.operations.get(&operation_key(operation))
    }

    fn operation(&mut self, operation: &Operation) -> OperationNames {
        let line = self.line(operation);
        let wanted = operation
            .rust_name
            .clone()
            .unwrap_or_else(|| Words::split(&operation.id).snake());
        let first = match line {
            Some(line) => line.name.clone(),
            None => self.identifier(wanted, operation.at),
        };
        let mut renamed = line.map(|line| line.renamed.clone()).unwrap_or_default();
        if let (Some(wanted), Some(_)) = (&operation.rust_name, line) {
            let wanted = self.identifier(wanted.clone(), operation.at);
            renamed.rename(&first, &wanted, self.since);
        }
        let method = renamed.current().unwrap_or(&first).to_owned();
        let inputs = self.inputs(operation, line);
        OperationNames {
            base: Words::split(&method).pascal(),
            module: self.module(operation, line),
            method,
            first,
            renamed,
            kept: flow::kept(operation, &inputs),
            inputs,
            reply: self.reply(operation, line),
        }
    }

    /// Once shown in a module, always shown there.
    fn module(&mut self, operation: &Operation, line: Option<&OperationLine>) -> Option<String> {
        if let Some(module) = line.and_then(|line| line.module.clone()) {
            return Some(module);
        }
        let name = operation.tag.as_deref()?;
        let module = Words::split(name).snake();
        if reserved::MODULES.contains(&module.as_str()) || !is_identifier(&module) {
            let message = format!("a tag can't be shown as a module `{module}`");
            self.diags.push(
                Diagnostic::error(code::E302, message)
                    .at(operation.at, "the first tag of this operation")
                    .help("give the tag another name"),
            );
        }
        Some(module)
    }

    fn type_names(&mut self, id: TypeId) -> TypeNames {
        let claim = self.type_names[id.0].clone();
        let first = claim.name;
        let renamed = self.renamed.get(&first).cloned().unwrap_or_default();
        let name = renamed.current().unwrap_or(&first).to_owned();
        let name = self.identifier(name, self.api.get(id).at);
        let line = self.promised.structs.get(&first);
        let made = match line {
            Some(line) => line.made,
            None if self.facts.in_requests(id) => Made::ForRequests,
            None => Made::ForReplies,
        };
        TypeNames {
            fields: self.fields(id, made, line),
            variants: self.variants(id, &first),
            boxed: Vec::new(),
            name,
            first,
            renamed,
            made,
            twin_of: claim.twin_of,
            same_as: None,
        }
    }

    /// A setter gives a value, and a member that is not set is not sent: there is no way to send
    /// `null`. A time without an offset is one that the reader has to guess.
    fn only_what_can_be_sent(&mut self) {
        let api = self.api;
        let inputs = api
            .operations
            .iter()
            .flat_map(|operation| &operation.inputs);
        let mut fields: Vec<&Field> = inputs.map(|input| &input.field).collect();
        for id in api.ids().filter(|id| self.facts.in_requests(*id)) {
            if let Shape::Struct(object) = &api.get(id).shape {
                fields.extend(&object.fields);
            }
        }
        for field in fields {
            if field.nullable {
                self.diags.push(
                    Diagnostic::warning(
                        code::E208,
                        format!("`{}` can't be sent as `null`", field.wire),
                    )
                    .at(field.at, "set or left out, never `null`")
                    .help("remove `nullable` if the document does not ask for it"),
                );
            }
            if is_local_time(&field.ty) {
                let message = format!("`{}` can't be sent without an offset", field.wire);
                self.diags.push(
                    Diagnostic::error(code::E202, message)
                        .at(
                            field.at,
                            "the service would have to guess which time is meant",
                        )
                        .help("use another format, or none and a text with its limits"),
                );
            }
        }
    }

    /// Every name that the crates give out, once, and every file.
    fn claim_types(&mut self, types: &[TypeNames], operations: &[OperationNames]) {
        let mut model = Claims::new(reserved::IN_MODEL, self.api.at);
        let mut files = Claims::new(&["mod"], self.api.at);
        for (names, def) in types.iter().zip(&self.api.types) {
            if names.twin_of.is_none() {
                let former = names.renamed.former(&names.first).into_iter();
                for name in former.map(|(name, _)| name).chain([names.name.as_str()]) {
                    model.claim(name, def.at, self.diags);
                    model.claim(&format!("{name}Builder"), def.at, self.diags);
                }
                files.claim(&Words::split(&names.name).snake(), def.at, self.diags);
            }
        }
        let mut client = Claims::new(reserved::IN_CLIENT, self.api.at);
        let mut methods = Claims::new(reserved::METHODS_OF_CLIENTS, self.api.at);
        for (names, operation) in operations.iter().zip(&self.api.operations) {
            if renamed::taken(operation, names, self.promised, self.diags) {
                continue;
            }
            let former = names.former_bases().into_iter().map(|(base, _)| base);
            for base in former.chain([names.base.clone()]) {
                for suffix in ["Input", "Output", "OutputBuilder"] {
                    model.claim(&format!("{base}{suffix}"), operation.at, self.diags);
                }
                client.claim(&base, operation.at, self.diags);
            }
            let former = names.renamed.former(&names.first).into_iter();
            for method in former.map(|(name, _)| name).chain([names.method.as_str()]) {
                methods.claim(method, operation.at, self.diags);
            }
        }
    }

    /// Checks that a new name can be written in Rust.
    fn identifier(&mut self, name: String, at: Span) -> String {
        if !is_identifier(&name) {
            self.diags.push(
                Diagnostic::error(code::E302, format!("`{name}` can't be a name in Rust"))
                    .at(at, "no usable name comes from this spelling")
                    .help("give it one with `x-rust-name` (`x-rust-names` for enum values)"),
            );
        }
        name
    }
}

fn is_local_time(ty: &TypeRef) -> bool {
    match ty {
        TypeRef::List(inner) | TypeRef::Map(inner) | TypeRef::Nullable(inner) => {
            is_local_time(inner)
        }
        ty => *ty == TypeRef::Timestamp(TimeFormat::Local),
    }
}

fn collision(diags: &mut Diagnostics, name: &str, at: Span, first: Span) {
    diags.push(
        Diagnostic::error(code::E302, format!("two things would be called `{name}`"))
            .at(at, "this one needs another name")
            .also(first, "the name is taken here")
            .help("give one of them another name with `x-rust-name`"),
    );
}

/// Names of one scope, some of which are taken before anything is claimed.
struct Claims {
    scope: Scope,
    /// Where the reserved names were claimed: nothing else stands there.
    reserved: Span,
}

impl Claims {
    fn new(taken: &[&str], reserved: Span) -> Self {
        let mut scope = Scope::default();
        for name in taken {
            // The list may say a word twice without harm.
            let _ = scope.claim(name, reserved);
        }
        Claims { scope, reserved }
    }

    fn claim(&mut self, name: &str, at: Span, diags: &mut Diagnostics) {
        match self.scope.claim(name, at) {
            Ok(()) => {}
            Err(first) if first == self.reserved => diags.push(
                Diagnostic::error(
                    code::E302,
                    format!("`{name}` has a meaning in Rust already"),
                )
                .at(at, "generated code uses this word for something else")
                .help("give it another name with `x-rust-name`"),
            ),
            Err(first) => collision(diags, name, at, first),
        }
    }
}
