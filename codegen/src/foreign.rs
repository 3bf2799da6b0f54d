//! Documents of others: what the generator can't keep becomes free JSON, with a warning, and every
//! name that Rust can't write or that is taken gets another one. After this stage such a document is
//! like one of our own.

mod long;
mod names;
mod places;
mod prune;
mod types;

use std::collections::HashSet;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::identity::operation_key;
use crate::ir::Api;
use crate::load::Document;
use crate::modern;

pub(crate) use prune::prune;

/// Makes a document of others one of OpenAPI 3.0 whose references name components, as far as it
/// can be said so.
pub(crate) fn reshape(doc: &mut Document, diags: &mut Diagnostics) {
    places::bring_home(doc);
    if modern::is_modern(doc) {
        modern::lower(doc, diags);
    }
}

/// Makes an [`Api`] of a document of others fit for the stages after this one.
pub(crate) fn tame(api: &mut Api, diags: &mut Diagnostics) {
    once_each(api, diags);
    names::make_free(api, diags);
}

/// The warning about an operation that is not made.
pub(crate) fn left_out(operation: &str) -> Diagnostic {
    Diagnostic::warning(code::E210, format!("`{operation}` is left out"))
}

/// The warning about a security scheme that requests can't meet.
pub(crate) fn unmet(scheme: &str) -> Diagnostic {
    let message = format!("the security scheme `{scheme}` is left out");
    Diagnostic::warning(code::E208, message)
        .help("a transport of your own, put around the client's, can add what it needs")
}

/// Two operations that no server could tell apart are one.
fn once_each(api: &mut Api, diags: &mut Diagnostics) {
    let mut seen = HashSet::new();
    api.operations.retain(|operation| {
        let is_new = seen.insert(operation_key(operation));
        if !is_new {
            let found = left_out(&operation.id)
                .at(operation.at, "another operation has this method and path")
                .help("put both under one path and method");
            diags.push(found);
        }
        is_new
    });
}
