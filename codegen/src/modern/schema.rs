//! Schemas of OpenAPI 3.1 in the words of 3.0.

use serde_json::{Map, Value, json};

use super::Report;
use crate::lint::table::OF_TYPE;
use crate::load::push;

type Members = Map<String, Value>;

/// Keywords that say nothing of a value.
const ABOUT_SCHEMAS: [&str; 9] = [
    "$schema",
    "$id",
    "$comment",
    "$anchor",
    "$dynamicAnchor",
    "$vocabulary",
    "$defs",
    "definitions",
    "contentSchema",
];

/// Keywords that limit a value in ways that OpenAPI 3.0 can't say.
const LIMITS: [&str; 11] = [
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "propertyNames",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords that choose among values or schemas.
const CHOICES: [&str; 4] = ["enum", "oneOf", "anyOf", "allOf"];

/// Lowers one schema; those in it come after it.
pub(super) fn lower(pointer: &str, value: &mut Value, report: &mut Report<'_>) {
    match value {
        Value::Bool(true) => *value = json!({}),
        Value::Bool(false) => *value = json!({ "not": {} }),
        Value::Object(members) => {
            reference(members);
            members.retain(|key, _| !ABOUT_SCHEMAS.contains(&key.as_str()));
            dynamic(pointer, members, report);
            limits(pointer, members, report);
            constant(members);
            examples(members);
            content(members);
            bound(members, "minimum", "exclusiveMinimum", f64::max);
            bound(members, "maximum", "exclusiveMaximum", f64::min);
            tuple(pointer, members, report);
            patterns(pointer, members, report);
            types(pointer, members, report);
            for choice in ["oneOf", "anyOf"] {
                null_branch(members, choice);
            }
        }
        _ => {}
    }
}

/// Keys beside a reference count since 3.1.
fn reference(members: &mut Members) {
    if members.len() < 2 || !members.get("$ref").is_some_and(Value::is_string) {
        return;
    }
    let target = members.remove("$ref");
    let part = json!({ "$ref": target });
    match members.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.insert(0, part),
        _ => drop(members.insert("allOf".to_owned(), json!([part]))),
    }
}

fn dynamic(pointer: &str, members: &mut Members, report: &mut Report<'_>) {
    if members.remove("$dynamicRef").is_some() {
        report.left_out(
            &push(pointer, "$dynamicRef"),
            "a reference that depends on where it is used is not followed",
            "this stands for any JSON",
            "name the schema with `$ref`",
        );
    }
}

fn limits(pointer: &str, members: &mut Members, report: &mut Report<'_>) {
    for keyword in LIMITS {
        if members.remove(keyword).is_some() {
            report.left_out(
                &push(pointer, keyword),
                format!("`{keyword}` is left out"),
                "OpenAPI 3.0 can't say this limit",
                "the service checks it; say it in the description for those who call it",
            );
        }
    }
}

fn constant(members: &mut Members) {
    let Some(value) = members.remove("const") else {
        return;
    };
    let kind = match &value {
        Value::String(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_f64() => Some("number"),
        Value::Number(_) => Some("integer"),
        _ => None,
    };
    if let Some(kind) = kind {
        members.entry("type").or_insert_with(|| json!(kind));
    }
    members.insert("enum".to_owned(), json!([value]));
}

fn examples(members: &mut Members) {
    if let Some(Value::Array(mut values)) = members.remove("examples")
        && !values.is_empty()
    {
        members
            .entry("example")
            .or_insert_with(|| values.swap_remove(0));
    }
}

/// Text that stands for bytes.
fn content(members: &mut Members) {
    let encoding = members.remove("contentEncoding");
    let media = members.remove("contentMediaType");
    let format = match encoding.as_ref().and_then(Value::as_str) {
        Some("base64") => "byte",
        None if media.is_some() => "binary",
        _ => return,
    };
    members.entry("format").or_insert_with(|| json!(format));
}

/// The bound that is left out and the one that is let in become one.
fn bound(members: &mut Members, within: &str, beyond: &str, stricter: fn(f64, f64) -> f64) {
    let Some(limit) = members.get(beyond).filter(|limit| limit.is_number()) else {
        return;
    };
    let limit = limit.clone();
    let given = members.get(within).and_then(Value::as_f64);
    let wins = match (given, limit.as_f64()) {
        // Of two equal bounds the one that is left out is the stricter.
        (Some(given), Some(limit)) => stricter(given, limit) == limit,
        _ => true,
    };
    match wins {
        true => {
            members.insert(within.to_owned(), limit);
            members.insert(beyond.to_owned(), json!(true));
        }
        false => drop(members.remove(beyond)),
    }
}

/// A list whose first items have types of their own.
fn tuple(pointer: &str, members: &mut Members, report: &mut Report<'_>) {
    if members.remove("prefixItems").is_some() {
        members.insert("items".to_owned(), json!({}));
        report.left_out(
            &push(pointer, "prefixItems"),
            "items with types of their own are left out",
            "the list holds any JSON",
            "where all items are alike, say so with `items`",
        );
    }
}

/// Names that a pattern decides over. One pattern is a map; beside others it can't be told which
/// name it means.
fn patterns(pointer: &str, members: &mut Members, report: &mut Report<'_>) {
    let Some(Value::Object(patterns)) = members.remove("patternProperties") else {
        return;
    };
    let is_alone = patterns.len() == 1
        && !members
            .get("additionalProperties")
            .is_some_and(Value::is_object);
    match patterns.into_iter().next() {
        Some((_, schema)) if is_alone => {
            members.insert("additionalProperties".to_owned(), schema);
        }
        _ => report.left_out(
            &push(pointer, "patternProperties"),
            "`patternProperties` is left out",
            "members of these names have no type",
            "name the members under `properties`, or give all others one type",
        ),
    }
}

fn types(pointer: &str, members: &mut Members, report: &mut Report<'_>) {
    let mut types: Vec<String> = match members.get("type") {
        Some(Value::String(one)) if one == "null" => vec![one.clone()],
        Some(Value::Array(list)) => {
            let texts = list.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => return,
    };
    members.remove("type");
    let before = types.len();
    types.retain(|name| name != "null");
    if types.len() < before {
        members.insert("nullable".to_owned(), json!(true));
    }
    // All numbers are numbers.
    if types.iter().any(|name| name == "number") {
        types.retain(|name| name != "integer");
    }
    match types.as_slice() {
        [] => report.left_out(
            &push(pointer, "type"),
            "a value that is always `null` has no type",
            "this stands for any JSON",
            "leave the member out of the schema, or say what else it can be",
        ),
        [one] => drop(members.insert("type".to_owned(), json!(one))),
        // Values or branches say more than a list of types does.
        _ if CHOICES.iter().any(|key| members.contains_key(*key)) => {}
        _ => {
            let branches = branches(members, &types);
            members.insert("anyOf".to_owned(), branches);
        }
    }
}

/// One branch for each type, with the keywords that belong to it.
fn branches(members: &mut Members, types: &[String]) -> Value {
    let branch = |name: &String| {
        let kind = if name == "integer" { "number" } else { name };
        let own = OF_TYPE.iter().filter(|(of, _)| *of == kind);
        let own = own.flat_map(|(_, keywords)| *keywords);
        let has_format = matches!(kind, "string" | "number");
        let own = own.chain(has_format.then_some(&"format"));
        let given = own.filter_map(|key| Some(((*key).to_owned(), members.get(*key)?.clone())));
        let mut branch: Members = given.collect();
        branch.insert("type".to_owned(), json!(name));
        Value::Object(branch)
    };
    let branches = types.iter().map(branch).collect();
    let all = OF_TYPE.iter().flat_map(|(_, keywords)| *keywords);
    for keyword in all.chain([&"format"]) {
        members.remove(*keyword);
    }
    Value::Array(branches)
}

/// `null` as a branch.
fn null_branch(members: &mut Members, choice: &str) {
    let Some(Value::Array(branches)) = members.get_mut(choice) else {
        return;
    };
    let before = branches.len();
    branches.retain(|branch| branch.get("type").and_then(Value::as_str) != Some("null"));
    let (left, is_less) = (branches.len(), branches.len() < before);
    if is_less {
        members.insert("nullable".to_owned(), json!(true));
    }
    if left == 0 {
        members.remove(choice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diagnostics;
    use crate::load;
    use crate::source::Sources;

    /// What a schema becomes, and how many warnings it gives.
    fn lowered(schema: &Value) -> (Value, usize) {
        let mut sources = Sources::new();
        let id = sources.add("a.json", json!({ "a": schema }).to_string());
        let mut diags = Diagnostics::new();
        let doc = load::load(&sources, id, &mut diags).expect("an object");
        let mut value = schema.clone();
        let mut report = Report {
            doc: &doc,
            diags: &mut diags,
        };
        lower("/a", &mut value, &mut report);
        (value, diags.len())
    }

    #[test]
    fn what_3_0_can_say_is_said_in_its_words() {
        for (modern, expected) in [
            (json!(true), json!({})),
            (
                json!({ "type": ["string", "null"], "maxLength": 3 }),
                json!({ "type": "string", "maxLength": 3, "nullable": true }),
            ),
            (
                json!({ "type": ["string", "integer"], "maxLength": 3, "minimum": 1 }),
                json!({ "anyOf": [
                    { "type": "string", "maxLength": 3 },
                    { "type": "integer", "minimum": 1 },
                ] }),
            ),
            (
                json!({ "type": ["integer", "number"] }),
                json!({ "type": "number" }),
            ),
            (
                json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
                json!({ "anyOf": [{ "type": "string" }], "nullable": true }),
            ),
            (
                json!({ "const": "a" }),
                json!({ "type": "string", "enum": ["a"] }),
            ),
            (
                json!({ "exclusiveMinimum": 1, "minimum": 0, "exclusiveMaximum": 9, "maximum": 5 }),
                json!({ "exclusiveMinimum": true, "minimum": 1, "maximum": 5 }),
            ),
            (
                json!({ "exclusiveMinimum": 1, "minimum": 1 }),
                json!({ "exclusiveMinimum": true, "minimum": 1 }),
            ),
            (json!({ "examples": [1, 2] }), json!({ "example": 1 })),
            (
                json!({ "$ref": "#/a", "description": "b" }),
                json!({ "allOf": [{ "$ref": "#/a" }], "description": "b" }),
            ),
            (
                json!({ "type": "object", "patternProperties": { "^x": { "type": "string" } } }),
                json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            ),
            (
                json!({ "type": "string", "contentEncoding": "base64", "$comment": "c" }),
                json!({ "type": "string", "format": "byte" }),
            ),
            (
                json!({ "type": "string", "contentMediaType": "image/png" }),
                json!({ "type": "string", "format": "binary" }),
            ),
        ] {
            assert_eq!(lowered(&modern), (expected, 0), "{modern}");
        }
    }

    #[test]
    fn what_3_0_can_not_say_is_left_out_with_a_warning() {
        for (modern, expected) in [
            (json!({ "if": {}, "then": {}, "type": "string" }), 2),
            (json!({ "type": "null" }), 1),
            (json!({ "prefixItems": [{ "type": "string" }] }), 1),
            (json!({ "$dynamicRef": "#node" }), 1),
            (json!({ "patternProperties": { "^x": {}, "^y": {} } }), 1),
        ] {
            assert_eq!(lowered(&modern).1, expected, "{modern}");
        }
    }
}
