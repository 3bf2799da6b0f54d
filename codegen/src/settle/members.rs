//! Members of structs and inputs of operations: names, types, markers.

use indexmap::IndexMap;

use super::reserved::{is_method_of_calls, is_method_of_types};
use super::{MemberNames, Settle, collision, renamed};
use crate::diag::{Diagnostic, code};
use crate::identity::{input_keys, reply_keys, type_text};
use crate::ir::{Field, Operation, Place, Shape, TypeId, TypeRef};
use crate::name::{Scope, Words, is_identifier};
use crate::outline::{Made, MemberLine, OperationLine, Slot, StructLine, TypeText};
use crate::source::Span;

impl Settle<'_> {
    pub(super) fn inputs(
        &mut self,
        operation: &Operation,
        line: Option<&OperationLine>,
    ) -> Vec<MemberNames> {
        let in_path = |input: &&crate::ir::Input| input.place == Place::Path;
        let one_in_path = operation.inputs.iter().filter(in_path).count() == 1;
        let empty = IndexMap::new();
        let lines = line.map_or(&empty, |line| &line.inputs);
        let mut slots = Slots::new(lines);
        let mut scope = Scope::default();
        let keys = input_keys(operation);
        let mut members = Vec::new();
        for (input, key) in operation.inputs.iter().zip(keys) {
            let line = lines.get(&key);
            let positional = match line {
                Some(line) => line.positional,
                None => one_in_path && input.place == Place::Path,
            };
            let mut member = self.member(&input.field, line);
            member.positional = positional;
            if !positional {
                member.slot = slots.slot(input.field.required, line);
                self.not_reserved(&member.rust, &input.field, is_method_of_calls);
            }
            member.optional = true;
            self.once(&mut scope, &member.rust, &input.field);
            members.push(member);
        }
        members
    }

    pub(super) fn reply(
        &mut self,
        operation: &Operation,
        line: Option<&OperationLine>,
    ) -> Vec<MemberNames> {
        let lines = line.map(|line| &line.reply);
        self.list(&reply_keys(operation), lines, Made::ForReplies)
    }

    pub(super) fn fields(
        &mut self,
        id: TypeId,
        made: Made,
        line: Option<&StructLine>,
    ) -> Vec<MemberNames> {
        let api = self.api;
        let Shape::Struct(object) = &api.get(id).shape else {
            return Vec::new();
        };
        let fields = object.fields.iter();
        let fields: Vec<_> = fields.map(|field| (field.wire.clone(), field)).collect();
        self.list(&fields, line.map(|line| &line.fields), made)
    }

    /// Members of a struct with their keys; of one that was promised, with its lines.
    fn list(
        &mut self,
        fields: &[(String, &Field)],
        lines: Option<&IndexMap<String, MemberLine>>,
        made: Made,
    ) -> Vec<MemberNames> {
        let is_promised = lines.is_some();
        let empty = IndexMap::new();
        let lines = lines.unwrap_or(&empty);
        let mut slots = Slots::new(lines);
        let mut scope = Scope::default();
        let mut members = Vec::new();
        for (key, field) in fields {
            let line = lines.get(key);
            let mut member = self.member(field, line);
            match made {
                Made::ForRequests => {
                    member.optional = true;
                    member.slot = slots.slot(field.required, line);
                }
                // A service is brought up to date one region after the other: what came later may
                // be absent.
                Made::ForReplies if line.is_none() && is_promised => member.optional = true,
                Made::ForReplies => member.optional = self.optional(field, line),
            }
            self.not_reserved(&member.rust, field, is_method_of_types);
            self.once(&mut scope, &member.rust, field);
            members.push(member);
        }
        members
    }

    fn member(&mut self, field: &Field, line: Option<&MemberLine>) -> MemberNames {
        MemberNames {
            rust: self.member_name(field, line),
            ty: self.member_type(field, line),
            optional: false,
            slot: None,
            positional: false,
            boxed: line.is_some_and(|line| line.boxed),
        }
    }

    fn member_name(&mut self, field: &Field, line: Option<&MemberLine>) -> String {
        let wanted = field
            .rust_name
            .clone()
            .unwrap_or_else(|| Words::split(&field.wire).snake());
        match line {
            Some(line) => {
                let known = line.rust.clone().unwrap_or_else(|| field.wire.clone());
                renamed::member(field, &known, line, self.diags);
                known
            }
            None => self.identifier(wanted, field.at),
        }
    }

    /// The promised type; one that could be kept has been.
    fn member_type(&mut self, field: &Field, line: Option<&MemberLine>) -> TypeRef {
        let Some(line) = line else {
            return field.ty.clone();
        };
        if self.text(&field.ty) == line.ty {
            return field.ty.clone();
        }
        let was = &line.ty;
        let now = self.text(&field.ty);
        let mut diagnostic = Diagnostic::error(
            code::E303,
            format!(
                "`{}` was promised as `{was}` and would become `{now}`",
                field.wire
            ),
        )
        .at(field.at, "the spec says another type now");
        if let Some(at) = line.at {
            diagnostic = diagnostic.also(at, "promised here");
        }
        self.diags.push(diagnostic.help(
            "mend the spec, or give up the promises of this service with \
             `cargo xtask generate --major`",
        ));
        field.ty.clone()
    }

    /// Once `Option`, always `Option`.
    fn optional(&mut self, field: &Field, line: Option<&MemberLine>) -> bool {
        let optional = !field.required || field.nullable;
        match line {
            Some(line) if line.optional => true,
            Some(line) if optional => {
                let mut diagnostic = Diagnostic::error(
                    code::E303,
                    format!("replies were promised to hold `{}` always", field.wire),
                )
                .at(field.at, "the spec says that it may be absent");
                if let Some(at) = line.at {
                    diagnostic = diagnostic.also(at, "promised here");
                }
                self.diags.push(diagnostic.help(
                    "mend the spec, or give up the promises of this service with \
                     `cargo xtask generate --major`",
                ));
                true
            }
            _ => optional,
        }
    }

    /// A type as the outline writes it.
    pub(super) fn text(&self, ty: &TypeRef) -> TypeText {
        type_text(ty, &|id| self.type_names[id.0].name.clone())
    }

    fn not_reserved(&mut self, name: &str, field: &Field, reserved: fn(&str) -> bool) {
        if !reserved(name) {
            return;
        }
        let (message, label) = if name.starts_with("with_") {
            (
                "`with_…` is kept for settings of a call".to_owned(),
                "a setter of this name could be one",
            )
        } else {
            (
                format!("`{name}` is kept for a method of builders"),
                "its setter would hide it",
            )
        };
        self.diags.push(
            Diagnostic::error(code::E302, message)
                .at(field.at, label)
                .help("give this one another name with `x-rust-name`"),
        );
    }

    fn once(&mut self, scope: &mut Scope, name: &str, field: &Field) {
        if let Err(first) = scope.claim(name, field.at) {
            collision(self.diags, name, field.at, first);
        }
    }

    pub(super) fn variants(&mut self, id: TypeId, name: &str) -> Vec<String> {
        let (api, promised) = (self.api, self.promised);
        let def = api.get(id);
        let variants: Vec<String> = match &def.shape {
            Shape::Struct(_) => return Vec::new(),
            Shape::OpenEnum(values) => {
                let lines = promised.enums.get(name);
                let variant = |value: &crate::ir::EnumValue| {
                    let kept = lines
                        .and_then(|lines| lines.lines.get(&value.wire))
                        .map(|line| line.value.clone());
                    let given = kept.or_else(|| value.rust_name.clone());
                    given.unwrap_or_else(|| Words::split(&value.wire).pascal())
                };
                values.iter().map(variant).collect()
            }
            Shape::Union(branches) => branches.iter().map(|b| b.proposed.clone()).collect(),
        };
        let places: Vec<Span> = match &def.shape {
            Shape::OpenEnum(values) => values.iter().map(|value| value.at).collect(),
            _ => vec![def.at; variants.len()],
        };
        if let (Shape::OpenEnum(values), Some(_)) = (&def.shape, promised.enums.get(name)) {
            for (value, known) in values.iter().zip(&variants) {
                if let Some(wanted) = &value.rust_name {
                    renamed::variant(wanted, known, value.at, self.diags);
                }
            }
        }
        let mut scope = Scope::default();
        for (variant, at) in variants.iter().zip(places) {
            self.variant(variant, at, &mut scope);
        }
        variants
    }
}

impl Settle<'_> {
    fn variant(&mut self, variant: &str, at: Span, scope: &mut Scope) {
        let starts = variant.starts_with(|c: char| c.is_ascii_uppercase());
        let problem = match variant {
            "Unknown" => "`Unknown` is kept for values that this version does not know".to_owned(),
            "Self" => "`Self` can't be a variant in Rust".to_owned(),
            _ if !starts || !is_identifier(variant) => {
                format!("`{variant}` can't be a variant in Rust")
            }
            _ => {
                if let Err(first) = scope.claim(variant, at) {
                    collision(self.diags, variant, at, first);
                }
                return;
            }
        };
        self.diags.push(
            Diagnostic::error(code::E302, problem)
                .at(at, "this value needs another name")
                .help("give it one in PascalCase with `x-rust-names` beside `enum`"),
        );
    }
}

/// Gives out markers: promised numbers stay, new ones follow.
struct Slots {
    next: u32,
}

impl Slots {
    fn new(lines: &IndexMap<String, MemberLine>) -> Self {
        let used = lines.values().filter_map(|line| line.slot);
        let most = used.map(|slot| slot.number).max().unwrap_or(0);
        Slots { next: most + 1 }
    }

    fn slot(&mut self, required: bool, line: Option<&MemberLine>) -> Option<Slot> {
        match line {
            // A member that was optional and becomes required is checked
            // before sending: a new marker would break every caller's types.
            Some(line) => line.slot.map(|slot| Slot {
                asked: required,
                ..slot
            }),
            None if required => {
                let number = self.next;
                self.next += 1;
                Some(Slot {
                    number,
                    asked: true,
                })
            }
            None => None,
        }
    }
}
