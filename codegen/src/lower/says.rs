//! What one schema object says of its own, apart from `allOf`: with a `type` or by its keywords.

use std::collections::HashSet;

use indexmap::IndexMap;
use openapiv3::{
    AdditionalProperties, AnySchema, ArrayType, BooleanType, IntegerType, NumberType, ObjectType,
    ReferenceOr, Schema, SchemaKind, StringType, Type, VariantOrUnknownOrEmpty,
};
use serde_json::Value;

/// One thing that a schema says.
#[derive(Clone)]
pub(super) enum Says<'a> {
    Object(Object<'a>),
    List(List<'a>),
    Text(StringType),
    Integer(IntegerType),
    Number(NumberType),
    Boolean(BooleanType),
    Union(Union<'a>),
    /// Values of several kinds.
    Mixed,
    /// What it is not.
    Not,
}

/// What a schema says of an object.
#[derive(Clone)]
pub(super) struct Object<'a> {
    pub(super) properties: &'a IndexMap<String, ReferenceOr<Box<Schema>>>,
    pub(super) required: &'a [String],
    pub(super) additional: Option<&'a AdditionalProperties>,
    pub(super) counts: (Option<u64>, Option<u64>),
}

/// What a schema says of a list.
#[derive(Clone)]
pub(super) struct List<'a> {
    pub(super) items: Option<&'a ReferenceOr<Box<Schema>>>,
    pub(super) counts: (Option<u64>, Option<u64>),
    pub(super) unique: bool,
}

/// `oneOf` or `anyOf`.
#[derive(Clone)]
pub(super) struct Union<'a> {
    pub(super) keyword: &'static str,
    pub(super) branches: &'a [ReferenceOr<Schema>],
}

/// The parts of `allOf`.
pub(super) fn all_of(schema: &Schema) -> &[ReferenceOr<Schema>] {
    match &schema.schema_kind {
        SchemaKind::AllOf { all_of } => all_of,
        SchemaKind::Any(any) => &any.all_of,
        _ => &[],
    }
}

/// All that a schema says of its own; nothing where it stands for any value.
pub(super) fn says(schema: &Schema) -> Vec<Says<'_>> {
    match &schema.schema_kind {
        SchemaKind::Type(Type::String(it)) => vec![Says::Text(it.clone())],
        SchemaKind::Type(Type::Integer(it)) => vec![Says::Integer(it.clone())],
        SchemaKind::Type(Type::Number(it)) => vec![Says::Number(it.clone())],
        SchemaKind::Type(Type::Boolean(it)) => vec![Says::Boolean(it.clone())],
        SchemaKind::Type(Type::Object(it)) => vec![Says::Object(object(it))],
        SchemaKind::Type(Type::Array(it)) => vec![Says::List(list(it))],
        SchemaKind::OneOf { one_of } => vec![union("oneOf", one_of)],
        SchemaKind::AnyOf { any_of } => vec![union("anyOf", any_of)],
        SchemaKind::AllOf { .. } => Vec::new(),
        SchemaKind::Not { .. } => vec![Says::Not],
        SchemaKind::Any(any) => {
            let mut all: Vec<Says<'_>> = by_keywords(any).into_iter().collect();
            if !any.one_of.is_empty() {
                all.push(union("oneOf", &any.one_of));
            }
            if !any.any_of.is_empty() {
                all.push(union("anyOf", &any.any_of));
            }
            if any.not.is_some() {
                all.push(Says::Not);
            }
            all
        }
    }
}

/// The one thing that a schema says.
pub(super) fn alone(schema: &Schema) -> Option<Says<'_>> {
    let mut said = says(schema);
    let only = said.pop().filter(|_| all_of(schema).is_empty());
    only.filter(|_| said.is_empty())
}

/// Whether `null` is a value.
pub(super) fn is_nullable(schema: &Schema) -> bool {
    let lists_null = match says(schema).as_slice() {
        [Says::Text(it)] => it.enumeration.contains(&None),
        [Says::Integer(it)] => it.enumeration.contains(&None),
        [Says::Number(it)] => it.enumeration.contains(&None),
        [Says::Boolean(it)] => it.enumeration.contains(&None),
        [Says::Union(union)] => union.branches.iter().any(is_null),
        _ => is_only_null(schema),
    };
    schema.schema_data.nullable || lists_null
}

/// Whether a branch is no more than `null`, or may be it.
pub(super) fn is_null(branch: &ReferenceOr<Schema>) -> bool {
    match branch {
        ReferenceOr::Item(schema) => is_only_null(schema),
        ReferenceOr::Reference { .. } => false,
    }
}

/// `enum: [null]`, or `nullable` and nothing else.
fn is_only_null(schema: &Schema) -> bool {
    match &schema.schema_kind {
        SchemaKind::Type(Type::String(text)) => {
            let values = &text.enumeration;
            !values.is_empty() && values.iter().all(Option::is_none)
        }
        SchemaKind::Any(any) => {
            let is_empty = *any == AnySchema::default();
            let values = &any.enumeration;
            let is_listed = !values.is_empty() && values.iter().all(Value::is_null);
            is_listed || (is_empty && schema.schema_data.nullable)
        }
        _ => false,
    }
}

fn object(it: &ObjectType) -> Object<'_> {
    Object {
        properties: &it.properties,
        required: &it.required,
        additional: it.additional_properties.as_ref(),
        counts: counts(it.min_properties, it.max_properties),
    }
}

fn list(it: &ArrayType) -> List<'_> {
    List {
        items: it.items.as_ref(),
        counts: counts(it.min_items, it.max_items),
        unique: it.unique_items,
    }
}

fn union<'a>(keyword: &'static str, branches: &'a [ReferenceOr<Schema>]) -> Says<'a> {
    Says::Union(Union { keyword, branches })
}

/// Nothing is smaller than empty.
fn counts(least: Option<usize>, most: Option<usize>) -> (Option<u64>, Option<u64>) {
    (
        least.map(|n| n as u64).filter(|n| *n > 0),
        most.map(|n| n as u64),
    )
}

/// Keywords of another kind than the type say nothing, by JSON Schema.
fn by_keywords(any: &AnySchema) -> Option<Says<'_>> {
    Some(match kind_of(any)? {
        "object" => Says::Object(Object {
            properties: &any.properties,
            required: &any.required,
            additional: any.additional_properties.as_ref(),
            counts: counts(any.min_properties, any.max_properties),
        }),
        "array" => Says::List(List {
            items: any.items.as_ref(),
            counts: counts(any.min_items, any.max_items),
            unique: any.unique_items.unwrap_or_default(),
        }),
        "string" => Says::Text(StringType {
            format: any.format.clone().into(),
            pattern: any.pattern.clone(),
            enumeration: texts(&any.enumeration),
            min_length: any.min_length,
            max_length: any.max_length,
        }),
        "integer" => Says::Integer(IntegerType {
            format: VariantOrUnknownOrEmpty::Empty,
            multiple_of: any.multiple_of.and_then(whole),
            exclusive_minimum: any.exclusive_minimum.unwrap_or_default(),
            exclusive_maximum: any.exclusive_maximum.unwrap_or_default(),
            minimum: any.minimum.map(f64::ceil).and_then(whole),
            maximum: any.maximum.map(f64::floor).and_then(whole),
            enumeration: any.enumeration.iter().map(Value::as_i64).collect(),
        }),
        "number" => Says::Number(NumberType {
            format: VariantOrUnknownOrEmpty::Empty,
            multiple_of: any.multiple_of,
            exclusive_minimum: any.exclusive_minimum.unwrap_or_default(),
            exclusive_maximum: any.exclusive_maximum.unwrap_or_default(),
            minimum: any.minimum,
            maximum: any.maximum,
            enumeration: any.enumeration.iter().map(Value::as_f64).collect(),
        }),
        "boolean" => Says::Boolean(BooleanType {
            enumeration: any.enumeration.iter().map(Value::as_bool).collect(),
        }),
        _ => Says::Mixed,
    })
}

fn kind_of(any: &AnySchema) -> Option<&str> {
    if let Some(given) = &any.typ {
        return Some(given);
    }
    let is_object = !any.properties.is_empty()
        || !any.required.is_empty()
        || any.additional_properties.is_some()
        || any.min_properties.or(any.max_properties).is_some();
    let is_list = any.items.is_some() || any.min_items.or(any.max_items).is_some();
    let is_text = any.pattern.is_some() || any.min_length.or(any.max_length).is_some();
    let is_number = any.minimum.or(any.maximum).or(any.multiple_of).is_some();
    if is_object {
        Some("object")
    } else if is_list {
        Some("array")
    } else if !any.enumeration.is_empty() {
        Some(kind_of_values(&any.enumeration))
    } else if is_text {
        Some("string")
    } else {
        match any.format.as_deref() {
            Some("int32" | "int64") => Some("integer"),
            Some("float" | "double") => Some("number"),
            None if is_number => Some("number"),
            None => None,
            Some(_) => Some("string"),
        }
    }
}

/// The one kind of all values.
fn kind_of_values(values: &[Value]) -> &'static str {
    let kinds: HashSet<&str> = values
        .iter()
        .filter(|value| !value.is_null())
        .map(|value| match value {
            Value::String(_) => "string",
            Value::Number(number) if number.is_i64() => "integer",
            Value::Number(_) => "number",
            Value::Bool(_) => "boolean",
            _ => "mixed",
        })
        .collect();
    let mut all = kinds.into_iter();
    match (all.next(), all.next()) {
        (Some(kind), None) => kind,
        _ => "mixed",
    }
}

/// Values of a text: YAML reads `1` and `true` as something else.
fn texts(values: &[Value]) -> Vec<Option<String>> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    values.iter().map(text).collect()
}

/// An integer, if the number is one that can be told.
fn whole(number: f64) -> Option<i64> {
    // 2^53: up to here each integer has a float of its own.
    let certain = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    certain.then_some(number as i64)
}
