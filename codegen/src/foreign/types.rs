//! Schemas with a type say nothing that does not concern it, so that they can be read as what they
//! mean.

use serde_json::{Map, Value};

use crate::lint::table::{OF_TYPE, Obj};
use crate::walk::each_object;

/// Takes out the keywords of other types.
pub(super) fn keep(document: &mut Value) {
    each_object(document, &mut |obj, _, value| {
        if let (Obj::Schema, Value::Object(members)) = (obj, value) {
            keep_what_fits(members);
        }
    });
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
    use serde_json::json;

    use super::*;

    #[test]
    fn strangers_go() {
        for (schema, expected) in [
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
            keep(&mut document);
            assert_eq!(document["components"]["schemas"]["A"], expected, "{schema}");
        }
    }
}
