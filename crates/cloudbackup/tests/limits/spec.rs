//! The limits that a spec has for an operation, found by walking its text.
//!
//! The reader knows the YAML that our specs are written in and no more: block mappings and lists,
//! one-line lists in brackets and maps in braces, texts over several lines. It stops at anything else.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keywords that forbid something.
const LIMITS: [&str; 9] = [
    "enum",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
];
/// Keywords that forbid nothing, or are walked into.
const OTHERS: [&str; 9] = [
    "$ref",
    "allOf",
    "default",
    "description",
    "items",
    "properties",
    "required",
    "type",
    "x-rules",
];

/// Every limit of an operation as `POINTER KEYWORD`, in which `*` stands for each item of a list.
///
/// Left out is what no request can break: the type of texts outside the body, and parameters of the
/// path, without which it is another path. Also left out is what the client holds for all calls.
pub(crate) fn limits(spec: &str, operation: &str) -> BTreeSet<String> {
    let root = read(spec);
    let mut walk = Walk {
        root: &root,
        found: BTreeSet::new(),
    };
    for path in root["paths"].as_object().unwrap().values() {
        let mut operations = path.as_object().unwrap().values();
        if let Some(operation) = operations.find(|it| it["operationId"] == operation) {
            walk.parameters(path);
            walk.parameters(operation);
            walk.operation(operation);
        }
    }
    assert!(!walk.found.is_empty(), "there is no {operation}");
    walk.found
}

struct Walk<'s> {
    root: &'s Value,
    found: BTreeSet<String>,
}

impl<'s> Walk<'s> {
    fn parameters(&mut self, holder: &'s Value) {
        for parameter in list(&holder["parameters"]) {
            let parameter = self.resolved(parameter);
            let place = parameter["in"].as_str().unwrap();
            if parameter.get("x-client").is_some() || place == "path" {
                continue;
            }
            let pointer = format!("/{place}/{}", parameter["name"].as_str().unwrap());
            if parameter["required"] == "true" {
                self.found.insert(format!("{pointer} required"));
            }
            self.schema(&pointer, &parameter["schema"]);
        }
    }

    fn operation(&mut self, operation: &'s Value) {
        if let Some(body) = operation.get("requestBody") {
            if body["required"] == "true" {
                self.found.insert("/body required".to_owned());
            }
            self.schema("/body", &body["content"]["application/json"]["schema"]);
        }
        self.rules("", operation);
    }

    fn schema(&mut self, pointer: &str, schema: &'s Value) {
        let schema = self.resolved(schema);
        for (keyword, value) in schema.as_object().unwrap() {
            let is_known = OTHERS.contains(&keyword.as_str()) || keyword.starts_with("x-");
            // A least length of 0 forbids nothing.
            if LIMITS.contains(&keyword.as_str()) && (keyword != "minLength" || value != "0") {
                self.found.insert(format!("{pointer} {keyword}"));
            } else {
                assert!(is_known || keyword == "minLength", "{pointer} {keyword}");
            }
        }
        if schema.get("type").is_some_and(|kind| kind != "string") || pointer.starts_with("/body") {
            self.found.insert(format!("{pointer} type"));
        }
        for part in list(&schema["allOf"]) {
            self.schema(pointer, part);
        }
        for name in list(&schema["required"]) {
            let name = name.as_str().unwrap();
            self.found.insert(format!("{pointer}/{name} required"));
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            self.schema(&format!("{pointer}/{name}"), member);
        }
        if let Some(items) = schema.get("items") {
            self.schema(&format!("{pointer}/*"), items);
        }
        self.rules(pointer, schema);
    }

    /// Rules over several members, with the members.
    fn rules(&mut self, pointer: &str, holder: &'s Value) {
        for rule in list(&holder["x-rules"]) {
            let rule = rule.as_object().unwrap().iter();
            for (name, members) in rule.filter(|(name, _)| *name != "first_wins") {
                let mut names: Vec<&str> = list(members).flat_map(Value::as_str).collect();
                for role in ["member", "needs", "days", "hours", "time_zone"] {
                    names.extend(members[role].as_str());
                }
                let rule = format!("{pointer} {name} {}", names.join(" "));
                self.found.insert(rule.trim_start().to_owned());
            }
        }
    }

    fn resolved(&self, value: &'s Value) -> &'s Value {
        match value["$ref"].as_str() {
            Some(name) => self.root.pointer(&name[1..]).unwrap(),
            None => value,
        }
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A line that is no comment and does not go on with a text.
struct Line<'s> {
    indent: usize,
    text: &'s str,
}

/// All values are texts, lists or objects.
fn read(text: &str) -> Value {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut folded = None;
    for line in text.lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if text.is_empty() || text.starts_with('#') || folded.is_some_and(|above| indent > above) {
            continue;
        }
        // What follows a dash is a member of its own column.
        let dash = text.starts_with("- ") && text != "- >-";
        let column = if dash { indent + 2 } else { indent };
        folded = (text.ends_with(">-") || text.ends_with("\\")).then_some(column);
        lines.push(Line { indent, text });
    }
    let mut at = 0;
    let value = block(&mut lines, &mut at);
    assert_eq!(at, lines.len(), "{}", lines[at].text);
    value
}

/// The list or mapping that begins at this line.
fn block(lines: &mut [Line<'_>], at: &mut usize) -> Value {
    let indent = lines[*at].indent;
    let is_list = lines[*at].text.starts_with("- ");
    let (mut items, mut members) = (Vec::new(), Map::new());
    while *at < lines.len() && lines[*at].indent == indent {
        let text = lines[*at].text;
        assert_eq!(text.starts_with("- "), is_list, "{text}");
        if is_list {
            // An item with members is a mapping that begins after the dash.
            lines[*at].indent += 2;
            lines[*at].text = &text[2..];
            items.push(match split(&text[2..]) {
                Some(_) => block(lines, at),
                None => alone(lines, at),
            });
            continue;
        }
        let (name, value) = split(text).unwrap_or_else(|| panic!("{text}"));
        *at += 1;
        let value = match value {
            "" => {
                assert!(lines[*at].indent > indent, "{text}");
                block(lines, at)
            }
            value => scalar(value),
        };
        members.insert(unquoted(name).to_owned(), value);
    }
    match is_list {
        true => Value::Array(items),
        false => Value::Object(members),
    }
}

/// The line as a value without a name.
fn alone(lines: &[Line<'_>], at: &mut usize) -> Value {
    *at += 1;
    scalar(lines[*at - 1].text)
}

/// Name and value of a member; the value is empty if it is a block.
fn split(text: &str) -> Option<(&str, &str)> {
    let is_scalar = text.starts_with(['"', '[']) && !text.contains("\": ");
    match text.strip_suffix(':') {
        Some(name) => Some((name, "")),
        None if is_scalar => None,
        None => text.split_once(": "),
    }
}

fn scalar(text: &str) -> Value {
    match text.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some("") => Value::Array(Vec::new()),
        Some(items) => items.split(", ").map(unquoted).collect(),
        // Such are the maps of keys that begin with `x-`, which forbid nothing.
        None if text.starts_with('{') && text.ends_with('}') => {
            let says = |keyword: &&str| text.contains(&format!("{keyword}: "));
            assert!(!LIMITS.iter().any(says), "{text}");
            Value::Object(Map::new())
        }
        None => {
            assert!(!text.starts_with(['{', '&', '*', '|']), "{text}");
            unquoted(text).into()
        }
    }
}

fn unquoted(text: &str) -> &str {
    let inner = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inner.unwrap_or(text)
}
