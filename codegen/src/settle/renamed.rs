//! Names that `x-rust-name` gives to something that callers know by another
//! one: the new name is the one to use, and the old one stays as an alias.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::identity::{Claim, operation_key};
use crate::ir::{Api, Field, Operation};
use crate::outline::{MemberLine, Outline, Renamed};
use crate::source::Span;

use super::OperationNames;

/// Later names of promised types, by the first one.
pub(super) fn types(
    api: &Api,
    claims: &[Claim],
    promised: &Outline,
    since: &str,
    diags: &mut Diagnostics,
) -> BTreeMap<String, Renamed> {
    let mut renamed: BTreeMap<String, Renamed> = BTreeMap::new();
    for (first, names) in &promised.renamed {
        renamed.insert(first.clone(), names.clone());
    }
    let mut given: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for (claim, def) in claims.iter().zip(&api.types) {
        let Some(wanted) = def.rust_name.as_deref() else {
            continue;
        };
        let first = claim.name.as_str();
        // A schema that stands for several promised types may be called as one of them is.
        let owner = promised.first_name(wanted);
        if !is_type(promised, first) || owner != first && is_type(promised, owner) {
            continue;
        }
        let names = renamed.entry(first.to_owned()).or_default();
        names.rename(first, wanted, since);
        if names.names.is_empty() {
            renamed.remove(first);
            continue;
        }
        match given.insert(wanted, (first, def.at)) {
            Some((other, at)) if other != first => diags.push(
                Diagnostic::error(
                    code::E304,
                    format!("`{wanted}` would be the name of `{other}` and of `{first}`"),
                )
                .at(at, "callers know this as two types")
                .help("two types can't become one: remove `x-rust-name` here, or give up the promises of this service with `cargo xtask generate --major`"),
            ),
            _ => {}
        }
    }
    renamed
}

fn is_type(promised: &Outline, name: &str) -> bool {
    promised.structs.contains_key(name)
        || promised.enums.contains_key(name)
        || promised.unions.contains_key(name)
}

/// Whether a new operation would have the name of one that was promised; where this is, one
/// question is enough.
pub(super) fn taken(
    operation: &Operation,
    names: &OperationNames,
    promised: &Outline,
    diags: &mut Diagnostics,
) -> bool {
    if promised.operations.contains_key(&operation_key(operation)) {
        return false;
    }
    let mut lines = promised.operations.iter();
    let Some((key, line)) =
        lines.find(|(_, line)| line.name == names.method || line.renamed.has(&names.method))
    else {
        return false;
    };
    let message = format!(
        "the name `{}` was promised to another operation",
        names.method
    );
    let mut diagnostic = Diagnostic::error(code::E304, message)
        .at(operation.at, "this one has another method or path");
    if let Some(at) = line.at {
        diagnostic = diagnostic.also(at, format!("`{key}` has the name"));
    }
    diags.push(diagnostic.help(
        "a new operation needs a name of its own: add `x-rust-name: …` to it; one that has moved \
         is a new one, since callers go on calling the old path until `cargo xtask generate --major`",
    ));
    true
}

/// A member is public, and no public member can have two names.
pub(super) fn member(field: &Field, known: &str, line: &MemberLine, diags: &mut Diagnostics) {
    if let Some(wanted) = field.rust_name.as_deref().filter(|name| *name != known) {
        let mut diagnostic = Diagnostic::error(
            code::E303,
            format!(
                "`{}` was promised under the name `{known}` and would be called `{wanted}`",
                field.wire
            ),
        )
        .at(field.at, "a public member can't have two names");
        if let Some(at) = line.at {
            diagnostic = diagnostic.also(at, "promised here");
        }
        diags.push(diagnostic.help(format!(
            "write `x-rust-name: {known}` or leave it out, or give up the promises of this \
             service with `cargo xtask generate --major`"
        )));
    }
}

/// The same for a value of an enum.
pub(super) fn variant(wanted: &str, known: &str, at: Span, diags: &mut Diagnostics) {
    if wanted != known {
        diags.push(
            Diagnostic::error(
                code::E303,
                format!("the variant `{known}` was promised and would be called `{wanted}`"),
            )
            .at(at, "a variant can't have two names")
            .help(format!(
                "keep `{known}` in `x-rust-names`, or give up the promises of this service \
                 with `cargo xtask generate --major`"
            )),
        );
    }
}
