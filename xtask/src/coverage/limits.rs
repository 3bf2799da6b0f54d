//! Limits of a value: those of the catalogue beside those of a schema.

use serde_json::Value;

use super::Verdict;
use super::spec::Spec;

/// Compares every limit of a value, and hands over each with its verdict. `is_noted` tells whether
/// a note elsewhere names the value.
pub(super) fn compare<'a>(
    spec: &Spec<'a>,
    entry: &Value,
    schema: &'a Value,
    is_noted: impl Fn() -> bool,
    mut enter: impl FnMut(Verdict, String),
) {
    let constraints = entry.get("constraints").and_then(Value::as_object);
    for (key, wanted) in constraints.into_iter().flatten() {
        // How many bits an integer has is no limit that a caller meets.
        if key == "format" {
            continue;
        }
        let verdict = match has(spec, schema, key, wanted) {
            true => Verdict::Found,
            false if has_note(spec, schema) || is_noted() => Verdict::Noted,
            false => Verdict::Missing,
        };
        enter(verdict, format!("{key} {wanted}"));
    }
}

fn has<'a>(spec: &Spec<'a>, schema: &'a Value, key: &str, wanted: &Value) -> bool {
    if key == "items" {
        let items = spec.keyword(schema, "items");
        let parts = wanted.as_object().into_iter().flatten();
        let mut parts = parts.filter(|(key, _)| *key != "format");
        return items.is_some_and(|items| parts.all(|(key, it)| has(spec, items, key, it)));
    }
    let Some(found) = spec.keyword(schema, key) else {
        // A list of texts keeps the limits of its texts at its items.
        let items = spec.keyword(schema, "items");
        return key == "enum" && items.is_some_and(|items| has(spec, items, key, wanted));
    };
    match (found, wanted) {
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && wanted.iter().all(|it| holds(found, it))
        }
        (found, wanted) => same(found, wanted),
    }
}

fn holds(values: &[Value], wanted: &Value) -> bool {
    values.iter().any(|value| same(value, wanted))
}

/// Whether a note stands beside the limits themselves.
fn has_note<'a>(spec: &Spec<'a>, schema: &'a Value) -> bool {
    let all = spec.folded(schema);
    all.iter().any(|part| part.get("x-note").is_some())
}

/// `20` and `"20"` and `20.0` are the same limit.
fn same(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let numbers = number(a).zip(number(b));
    numbers.map_or_else(|| text(a) == text(b), |(a, b): (f64, f64)| a == b)
}
