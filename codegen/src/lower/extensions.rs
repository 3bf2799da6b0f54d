//! Reading `x-` keys. Their shapes are checked by the lint, so a value of
//! another shape counts as absent here.

use indexmap::IndexMap;
use serde_json::Value;

use crate::ir::{DocSource, Docs};

/// The `x-` keys of one object.
pub(super) type Extensions = IndexMap<String, Value>;

pub(super) fn text(extensions: &Extensions, key: &str) -> Option<String> {
    extensions.get(key)?.as_str().map(str::to_owned)
}

/// `x-source` of an operation.
pub(super) fn doc_source(extensions: &Extensions) -> DocSource {
    let part = |key: &str| {
        extensions
            .get("x-source")
            .and_then(|source| source.get(key))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    DocSource {
        document: part("document"),
        date: part("date"),
        operation: part("operation"),
    }
}

/// Doc text of a schema or parameter.
pub(super) fn docs(
    description: Option<&String>,
    default: Option<&Value>,
    extensions: &Extensions,
) -> Docs {
    let source = extensions.get("x-source").and_then(|source| {
        ["table", "section"]
            .iter()
            .find_map(|key| source.get(key)?.as_str())
            .map(str::to_owned)
    });
    Docs {
        summary: None,
        description: description.map(|text| text.trim().to_owned()),
        unit: text(extensions, "x-unit"),
        default: default.map(default_text),
        source,
        deprecated: None,
    }
}

fn default_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
