//! OpenAPI 3.1 in the words of 3.0, as far as 3.0 has them: the stages after this one know only
//! that. What it has no words for is left out, and a warning says where.

mod schema;

use serde_json::{Map, Value, json};

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::lint::is_version;
use crate::lint::table::Obj;
use crate::load::{Document, push};
use crate::walk::each_object;

/// Whether a document says that it is OpenAPI 3.1.
pub(crate) fn is_modern(doc: &Document) -> bool {
    let version = doc.get("/openapi").and_then(Value::as_str);
    version.is_some_and(|version| is_version(version, "3.1."))
}

/// Makes it OpenAPI 3.0.
pub(crate) fn lower(doc: &mut Document, diags: &mut Diagnostics) {
    let mut value = std::mem::take(&mut doc.value);
    let mut report = Report { doc, diags };
    each_object(&mut value, &mut |obj, pointer, value| {
        match (obj, value) {
            (Obj::Schema, value) => schema::lower(pointer, value, &mut report),
            (Obj::Document, Value::Object(members)) => document(members, &mut report),
            (Obj::Info, Value::Object(members)) => drop(members.remove("summary")),
            (Obj::License, Value::Object(members)) => drop(members.remove("identifier")),
            (Obj::Operation, Value::Object(members)) => operation(members),
            (Obj::Components, Value::Object(members)) => drop(members.remove("pathItems")),
            // References have these for the readers of a document.
            (_, Value::Object(members)) if members.contains_key("$ref") => {
                members.retain(|key, _| !matches!(key.as_str(), "summary" | "description"));
            }
            _ => {}
        }
    });
    doc.value = value;
}

fn document(members: &mut Map<String, Value>, report: &mut Report<'_>) {
    members.insert("openapi".to_owned(), json!("3.0.3"));
    members.remove("jsonSchemaDialect");
    members.entry("paths").or_insert_with(|| json!({}));
    if let Some(Value::Object(webhooks)) = members.remove("webhooks") {
        for name in webhooks.keys() {
            report.left_out(
                &push("/webhooks", name),
                "a webhook is left out",
                "clients make requests, and this is one that is made to them",
                "its schemas have types if they stand under `components/schemas`",
            );
        }
    }
}

/// An operation may say nothing of its replies.
fn operation(members: &mut Map<String, Value>) {
    members
        .entry("responses")
        .or_insert_with(|| json!({ "default": { "description": "" } }));
}

/// Says what is lost.
struct Report<'a> {
    doc: &'a Document,
    diags: &'a mut Diagnostics,
}

impl Report<'_> {
    fn left_out(&mut self, pointer: &str, message: impl Into<String>, label: &str, help: &str) {
        self.diags.push(
            Diagnostic::warning(code::E208, message)
                .at(self.doc.key_span(pointer), label)
                .help(help),
        );
    }
}
