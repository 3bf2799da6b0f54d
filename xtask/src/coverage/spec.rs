//! The spec as the comparison reads it: references followed, notes searched.

use std::borrow::Cow;

use serde_json::Value;

/// Follows no more references in a row.
const MOST_STEPS: usize = 16;

/// A loaded spec.
#[derive(Clone, Copy)]
pub(super) struct Spec<'a> {
    pub(super) root: &'a Value,
}

/// An operation of the spec.
pub(super) struct Operation<'a> {
    pub(super) method: String,
    pub(super) path: &'a str,
    pub(super) value: &'a Value,
    /// What all methods of the path share.
    pub(super) item: &'a Value,
}

impl Operation<'_> {
    pub(super) fn name(&self) -> String {
        let id = self.value["operationId"].as_str();
        id.map_or_else(|| format!("{} {}", self.method, self.path), str::to_owned)
    }
}

/// A path without the names of its parameters, which are not on the wire.
pub(super) fn erased(path: &str) -> String {
    let mut out = String::new();
    for (index, part) in path.split('{').enumerate() {
        match (index, part.split_once('}')) {
            (0, _) | (_, None) => out.push_str(part),
            (_, Some((_, rest))) => {
                out.push_str("{}");
                out.push_str(rest);
            }
        }
    }
    out
}

impl<'a> Spec<'a> {
    pub(super) fn operations(&self) -> impl Iterator<Item = Operation<'a>> + use<'a> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods
                .filter(|(_, value)| value.get("responses").is_some())
                .map(move |(method, value)| Operation {
                    method: method.to_ascii_uppercase(),
                    path,
                    value,
                    item,
                })
        })
    }

    /// What a reference leads to; anything else is itself.
    pub(super) fn resolve(&self, mut value: &'a Value) -> &'a Value {
        for _ in 0..MOST_STEPS {
            let target = value.get("$ref").and_then(Value::as_str);
            let target = target.and_then(|target| target.strip_prefix('#'));
            match target.and_then(|pointer| self.root.pointer(pointer)) {
                Some(next) => value = next,
                None => break,
            }
        }
        value
    }

    /// The parameters of an operation and of its path.
    pub(super) fn parameters(&self, operation: &Operation<'a>) -> Vec<&'a Value> {
        let lists = [operation.value, operation.item];
        let lists = lists
            .into_iter()
            .filter_map(|it| it["parameters"].as_array());
        lists.flatten().map(|it| self.resolve(it)).collect()
    }

    /// A schema and all that is folded into it.
    pub(super) fn folded(&self, schema: &'a Value) -> Vec<&'a Value> {
        let mut all = vec![schema];
        let mut next = 0;
        while let Some(schema) = all.get(next).copied() {
            next += 1;
            let mut found = Vec::new();
            let resolved = self.resolve(schema);
            if !std::ptr::eq(resolved, schema) {
                found.push(resolved);
            }
            for key in ["allOf", "oneOf", "anyOf"] {
                found.extend(schema[key].as_array().into_iter().flatten());
            }
            let is_new = |it: &&Value| !all.iter().any(|known| std::ptr::eq(*known, *it));
            let found: Vec<&Value> = found.into_iter().filter(is_new).collect();
            all.extend(found);
        }
        all
    }

    /// The value of a key in a schema or in what is folded into it.
    pub(super) fn keyword(&self, schema: &'a Value, key: &str) -> Option<&'a Value> {
        let all = self.folded(schema);
        all.into_iter().find_map(|part| part.get(key))
    }

    /// A member of an object.
    pub(super) fn member(&self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let all = self.folded(schema);
        all.into_iter()
            .find_map(|part| part.get("properties")?.get(name))
    }

    /// Whether an `x-note` in this part of the spec, or in what it refers to, names something.
    pub(super) fn notes(&self, part: &'a Value, name: &str) -> bool {
        let mut seen = Vec::new();
        let mut open = vec![part];
        while let Some(value) = open.pop() {
            if seen.iter().any(|known| std::ptr::eq(*known, value)) {
                continue;
            }
            seen.push(value);
            let note = value.get("x-note");
            if note.is_some_and(|note| has_word(&note_text(note), name)) {
                return true;
            }
            match value {
                Value::Object(map) => open.extend(map.values()),
                Value::Array(list) => open.extend(list),
                _ => {}
            }
            let target = self.resolve(value);
            if !std::ptr::eq(target, value) {
                open.push(target);
            }
        }
        false
    }
}

/// A note may be one text or several.
fn note_text(note: &Value) -> Cow<'_, str> {
    match note {
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(texts) => {
            let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
            Cow::Owned(texts.join("\n"))
        }
        _ => Cow::Borrowed(""),
    }
}

/// Whether a name stands in a text, and not only as a part of another one.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}
