//! Values that a schema names itself, in `enum` and `default`, against what it
//! says of them.

use serde_json::Value;

use super::words::{kind_of, show};
use super::{Lint, Members};
use crate::diag::code;
use crate::load::push;

impl<'a> Lint<'a> {
    /// `enum`: not empty, no value twice, all of the type.
    pub(super) fn enumeration(&mut self, pointer: &str, schema: &'a Members) {
        let at = push(pointer, "enum");
        let values = self.elements(&at);
        if values.is_empty() && schema.get("enum").is_some_and(Value::is_array) {
            let found = self
                .strict(code::E124, "an enum without values allows nothing")
                .at(self.key(&at), "this list is empty")
                .help("list the values, or remove `enum`");
            self.push(found);
        }
        self.repeated_values(&values);
        let nullable = schema.get("nullable") == Some(&Value::Bool(true));
        let kind = schema.get("type").and_then(Value::as_str);
        match kind {
            Some(kind) => self.values_of_type(kind, nullable, &values),
            None => self.mixed_values(&values),
        }
    }

    fn repeated_values(&mut self, values: &[(String, &'a Value)]) {
        let mut seen = std::collections::HashMap::new();
        for (at, value) in values {
            let Some(first) = seen.insert(value.to_string(), at.clone()) else {
                continue;
            };
            let found = self
                .strict(
                    code::E124,
                    format!("the value {} is listed twice", show(value)),
                )
                .at(self.val(at), "listed again here")
                .also(self.val(&first), "first listed here")
                .help("remove one of the two");
            self.push(found);
        }
    }

    fn values_of_type(&mut self, kind: &str, nullable: bool, values: &[(String, &'a Value)]) {
        for (at, value) in values {
            if value.is_null() && nullable || fits_type(kind, value) {
                continue;
            }
            let help = match (kind, value) {
                (_, Value::Null) => "add `nullable: true`, or remove the value".to_owned(),
                ("string", Value::Bool(_) | Value::Number(_)) => {
                    format!("put it in quotes: \"{value}\"")
                }
                _ => "mend the value or the type".to_owned(),
            };
            let message = format!("the value {} is not of type `{kind}`", show(value));
            let found = self
                .strict(code::E124, message)
                .at(self.val(at), format!("this is {}", kind_of(value)))
                .help(help);
            self.push(found);
        }
    }

    fn mixed_values(&mut self, values: &[(String, &'a Value)]) {
        let mut kinds = values.iter().filter(|(_, value)| !value.is_null());
        let Some((first_at, first)) = kinds.next() else {
            return;
        };
        let other =
            kinds.find(|(_, v)| std::mem::discriminant(*v) != std::mem::discriminant(*first));
        if let Some((at, value)) = other {
            let found = self
                .strict(code::E124, "the values of this enum are of several kinds")
                .at(self.val(at), format!("this is {}", kind_of(value)))
                .also(self.val(first_at), format!("this is {}", kind_of(first)))
                .help("give the schema a `type`, and values of that type only");
            self.push(found);
        }
    }

    /// `default`: of the type, in the enum, within the limits.
    pub(super) fn default_value(&mut self, pointer: &str, schema: &'a Members) {
        let Some(value) = schema.get("default") else {
            return;
        };
        if let Some(reason) = misfit(schema, value) {
            let message = format!(
                "the default {} is not allowed by its own schema",
                show(value)
            );
            let found = self
                .strict(code::E125, message)
                .at(self.val(&push(pointer, "default")), reason)
                .help("mend the default or the limit");
            self.push(found);
        }
    }
}

/// Whether a value is of a type; unknown types take everything.
fn fits_type(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// Why a schema does not take a value.
fn misfit(schema: &Members, value: &Value) -> Option<String> {
    if value.is_null() {
        let nullable = schema.get("nullable") == Some(&Value::Bool(true));
        let typed = schema.contains_key("type");
        return (typed && !nullable).then(|| "null needs `nullable: true`".to_owned());
    }
    let kind = schema.get("type").and_then(Value::as_str);
    if let Some(kind) = kind.filter(|kind| !fits_type(kind, value)) {
        return Some(format!("this is {}, the type is `{kind}`", kind_of(value)));
    }
    let values = schema.get("enum").and_then(Value::as_array);
    if values.is_some_and(|values| !values.contains(value)) {
        return Some("not one of the values of `enum`".to_owned());
    }
    let size = match value {
        Value::String(text) => {
            return out_of(
                schema,
                text.chars().count(),
                "minLength",
                "maxLength",
                "characters",
            );
        }
        Value::Array(items) => {
            return out_of(schema, items.len(), "minItems", "maxItems", "items");
        }
        other => other.as_f64()?,
    };
    let others = schema.get("x-also").and_then(Value::as_array);
    match others.is_some_and(|others| others.contains(value)) {
        true => None,
        false => number_misfit(schema, size),
    }
}

fn out_of(schema: &Members, size: usize, least: &str, most: &str, unit: &str) -> Option<String> {
    let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
    let size = size as u64;
    if let Some(limit) = limit(least).filter(|limit| size < *limit) {
        return Some(format!("`{least}` asks for at least {limit} {unit}"));
    }
    let limit = limit(most).filter(|limit| size > *limit)?;
    Some(format!("`{most}` allows at most {limit} {unit}"))
}

fn number_misfit(schema: &Members, size: f64) -> Option<String> {
    let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
    let strict = |key: &str| schema.get(key) == Some(&Value::Bool(true));
    if let Some(limit) = limit("minimum")
        && (size < limit || strict("exclusiveMinimum") && size <= limit)
    {
        return Some(format!("below the minimum of {limit}"));
    }
    if let Some(limit) = limit("maximum")
        && (size > limit || strict("exclusiveMaximum") && size >= limit)
    {
        return Some(format!("above the maximum of {limit}"));
    }
    let step = limit("multipleOf").filter(|step| *step > 0.0)?;
    // Steps such as 0.1 have no exact quotient; whole ones do.
    let off = step.fract() == 0.0 && size % step != 0.0;
    off.then(|| format!("not a multiple of {step}"))
}
