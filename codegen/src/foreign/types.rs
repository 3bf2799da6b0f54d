//! Schemas say one type, and nothing that does not concern it: what documents of others leave to
//! the reader is written out, so that the schema can be read as what it means.

use serde_json::{Map, Value, json};

use crate::lint::table::{OF_TYPE, Obj};
use crate::walk::each_object;

/// Keywords that say by other means what a value is.
const OTHER_MEANS: [&str; 6] = ["$ref", "allOf", "oneOf", "anyOf", "not", "enum"];

/// Writes types out.
pub(super) fn write_out(document: &mut Value) {
    each_object(document, &mut |obj, _, value| {
        if let (Obj::Schema, Value::Object(members)) = (obj, value) {
            infer(members);
            keep_what_fits(members);
        }
    });
}

/// A schema without a type whose keywords all concern one has that type.
fn infer(members: &mut Map<String, Value>) {
    let has = |key: &&str| members.contains_key(*key);
    if has(&"type") {
        return;
    }
    let values = members.get("enum").and_then(Value::as_array);
    if values.is_some_and(|values| !values.is_empty() && values.iter().all(is_text_or_null)) {
        members.insert("type".to_owned(), json!("string"));
        return;
    }
    if OTHER_MEANS.iter().any(has) {
        return;
    }
    let mut meant = OF_TYPE
        .iter()
        .filter(|(_, keywords)| keywords.iter().any(has));
    if let (Some((kind, _)), None) = (meant.next(), meant.next()) {
        members.insert("type".to_owned(), json!(kind));
    }
}

fn is_text_or_null(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

/// Keywords of other types have had their warning.
fn keep_what_fits(members: &mut Map<String, Value>) {
    let kind = match members.get("type").and_then(Value::as_str) {
        Some("integer") => "number",
        Some(kind) => kind,
        None => return,
    };
    let others: Vec<&str> = OF_TYPE
        .iter()
        .filter(|(of, _)| *of != kind)
        .flat_map(|(_, keywords)| *keywords)
        .copied()
        .collect();
    members.retain(|key, _| !others.contains(&key.as_str()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_out_and_strangers_go() {
        for (schema, expected) in [
            (
                json!({ "properties": {} }),
                json!({ "properties": {}, "type": "object" }),
            ),
            (
                json!({ "enum": ["a", null] }),
                json!({ "enum": ["a", null], "type": "string" }),
            ),
            (json!({ "enum": [1] }), json!({ "enum": [1] })),
            (
                json!({ "minLength": 1, "minItems": 1 }),
                json!({ "minLength": 1, "minItems": 1 }),
            ),
            (json!({ "description": "d" }), json!({ "description": "d" })),
            (
                json!({ "type": "string", "uniqueItems": true, "maxLength": 3 }),
                json!({ "type": "string", "maxLength": 3 }),
            ),
            (
                json!({ "type": "integer", "minimum": 1, "properties": {} }),
                json!({ "type": "integer", "minimum": 1 }),
            ),
            (
                json!({ "allOf": [], "properties": {} }),
                json!({ "allOf": [], "properties": {} }),
            ),
        ] {
            let mut document = json!({ "components": { "schemas": { "A": schema } } });
            write_out(&mut document);
            assert_eq!(document["components"]["schemas"]["A"], expected, "{schema}");
        }
    }
}
