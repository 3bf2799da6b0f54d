//! A service's section of the table of operations: what reviewers and callers
//! look up without reading a spec.

use std::fmt::Write;

use crate::ir::{Api, Deprecation, Operation, OperationId, PagingStyle, RetrySafety};
use crate::settle::{Names, OperationNames};

/// The columns of the table.
const HEAD: &str = "| operation | request | does | source | pages | waits | retry | errors |\n\
                    |---|---|---|---|---|---|---|---|\n";

/// The section, in Markdown.
pub(crate) fn section(api: &Api, names: &Names) -> String {
    let mut out = format!("## {}\n\n{HEAD}", cell(&api.title));
    let operations = api.operations.iter().zip(&names.operations);
    for (index, (operation, own)) in operations.enumerate() {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            out,
            "| `{}` | `{} {}` | {} | {} | {} | {} | {} | {} |",
            own.method,
            operation.method.as_str(),
            operation.path.text,
            does(operation),
            source(operation),
            pages(operation, own),
            waits(names, operation, OperationId(index)),
            retry(operation),
            errors(operation),
        );
    }
    out
}

/// Text that a table can hold.
fn cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

fn does(operation: &Operation) -> String {
    let summary = cell(operation.docs.summary.as_deref().unwrap_or_default());
    match &operation.docs.deprecated {
        None => summary,
        Some(Deprecation::ByDocument) => format!("{summary} *Deprecated by its document.*"),
        Some(Deprecation::Gone { since }) => format!("*Not in the spec since {since}.*"),
    }
}

fn source(operation: &Operation) -> String {
    let document = operation.source.document.as_deref().unwrap_or("–");
    match operation.source.date.as_deref() {
        None | Some("undated") => cell(document),
        Some(date) => format!("{}, {}", cell(document), cell(date)),
    }
}

fn pages(operation: &Operation, own: &OperationNames) -> String {
    let Some(paging) = &operation.paging else {
        return "–".to_owned();
    };
    let position = paging.position.map(|index| own.inputs[index].rust.as_str());
    let position = position.unwrap_or_default();
    let style = match &paging.style {
        PagingStyle::Offset => format!("`{position}` counts records"),
        PagingStyle::Number { first } => format!("`{position}` counts pages from {first}"),
        PagingStyle::LastId => format!("`{position}` is the last id"),
        PagingStyle::Marker => format!("`{position}` from the reply"),
        PagingStyle::LinkMarker(_) | PagingStyle::LinkOffset(_) => {
            format!("`{position}` from a link")
        }
        PagingStyle::Whole => "one page".to_owned(),
    };
    match paging.page_size {
        Some(size) => format!("{style}, {size} each"),
        None => style,
    }
}

fn waits(names: &Names, operation: &Operation, id: OperationId) -> String {
    let Some(wait) = &operation.wait else {
        return "–".to_owned();
    };
    let by = match wait.ask == id {
        true => "itself".to_owned(),
        false => format!("`{}`", names.operations[wait.ask.0].method),
    };
    let end = match wait.gone {
        true => "gone".to_owned(),
        false => wait
            .done
            .iter()
            .map(|state| format!("`{state}`"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!("{by}: {end}")
}

fn retry(operation: &Operation) -> &'static str {
    match operation.retry {
        RetrySafety::Idempotent => "idempotent",
        RetrySafety::Never => "never",
    }
}

fn errors(operation: &Operation) -> String {
    let statuses = operation.errors.iter().map(|error| error.status.as_str());
    let statuses: Vec<&str> = statuses.collect();
    match statuses.is_empty() {
        true => "–".to_owned(),
        false => statuses.join(", "),
    }
}
