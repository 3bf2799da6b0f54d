//! Schemas: what the table cannot say of them.

use std::collections::HashSet;

use serde_json::Value;

use super::table::OF_TYPE;
use super::words::{list, shorten};
use super::{Lint, Members};
use crate::diag::{Diagnostic, code};
use crate::load::push;

/// A property of a schema, its own or one that `allOf` or `$ref` brings.
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    pub(super) pointer: String,
}

/// Most parts that one schema is put together from.
const MOST_PARTS: usize = 100;

const LIMITS: &[(&str, &str)] = &[
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
];

/// Formats that our specs use, by type.
const FORMATS: &[(&str, &[&str])] = &[
    (
        "string",
        &[
            "date",
            "date-time",
            "date-time-local",
            "basic-offset-time",
            "full-hour-window",
            "full-hours",
            "hour-window",
            "password",
            "utc-offset",
            "week-days",
        ],
    ),
    ("integer", &["int32", "int64"]),
    ("number", &["float", "double"]),
];

impl<'a> Lint<'a> {
    /// A schema object that is no reference.
    pub(super) fn schema(&mut self, pointer: &str, schema: &'a Members) {
        let kind = schema.get("type").and_then(Value::as_str);
        if kind == Some("array") && !schema.contains_key("items") {
            let found = self
                .strict(code::E121, "an array that does not say what is in it")
                .at(
                    self.val(&push(pointer, "type")),
                    "`items` is missing beside this",
                )
                .help("add `items`; `items: {}` allows anything");
            self.push(found);
        }
        if let Some(kind) = kind {
            self.keywords_fit(pointer, kind, schema);
        }
        self.limits(pointer, schema);
        self.required_members(pointer, schema);
        if schema.contains_key("enum") {
            self.enumeration(pointer, schema);
        }
        self.default_value(pointer, schema);
        self.empty_choices(pointer, schema);
        self.parts_agree(pointer);
        self.pattern(pointer);
        if self.house_profile() {
            self.format(pointer, kind, schema);
        }
    }

    fn keywords_fit(&mut self, pointer: &str, kind: &str, schema: &Members) {
        let kind = if kind == "integer" { "number" } else { kind };
        for (of, keywords) in OF_TYPE.iter().filter(|(of, _)| *of != kind) {
            for keyword in keywords.iter().filter(|k| schema.contains_key(**k)) {
                // The draft 3 habit has been reported as a wrong kind.
                if schema.get(*keyword).is_some_and(Value::is_boolean) && *keyword == "required" {
                    continue;
                }
                let message = format!("`{keyword}` says nothing about a value of this type");
                let found = self
                    .strict(code::E122, message)
                    .at(
                        self.key(&push(pointer, keyword)),
                        format!("only for type `{of}`"),
                    )
                    .also(self.val(&push(pointer, "type")), "the type is given here")
                    .help("remove the keyword, or mend the type");
                self.push(found);
            }
        }
    }

    fn limits(&mut self, pointer: &str, schema: &Members) {
        let number = |key: &str| schema.get(key).and_then(Value::as_f64);
        for (least, most) in LIMITS {
            let (Some(low), Some(high)) = (number(least), number(most)) else {
                continue;
            };
            let excluded = ["exclusiveMinimum", "exclusiveMaximum"]
                .iter()
                .any(|key| schema.get(*key) == Some(&Value::Bool(true)));
            if low < high || low == high && !(excluded && *least == "minimum") {
                continue;
            }
            let (at, also) = (push(pointer, least), push(pointer, most));
            let found = self
                .strict(code::E123, format!("`{least}` and `{most}` leave no value"))
                .at(self.val(&at), "at least this")
                .also(self.val(&also), "at most this")
                .help("mend one of the two");
            self.push(found);
        }
        if number("multipleOf").is_some_and(|step| step <= 0.0) {
            let at = self.val(&push(pointer, "multipleOf"));
            self.push(
                Diagnostic::error(code::E123, "`multipleOf` must be above 0")
                    .at(at, "no value is a multiple of this")
                    .help("give the step, or remove the key"),
            );
        }
    }

    fn required_members(&mut self, pointer: &str, schema: &Members) {
        if !schema.contains_key("required") {
            return;
        }
        let properties = self.properties(pointer);
        let names: HashSet<&str> = properties.iter().map(|p| p.name).collect();
        let mut seen = HashSet::new();
        for (at, value) in self.elements(&push(pointer, "required")) {
            let Some(name) = value.as_str() else { continue };
            let shown = shorten(name);
            if !seen.insert(name) {
                let found = self
                    .strict(code::E126, format!("`required` names `{shown}` twice"))
                    .at(self.val(&at), "named again here")
                    .help("remove it");
                self.push(found);
            }
            // A part of an `allOf` may require what another part declares.
            if names.contains(name) || pointer.contains("/allOf/") {
                continue;
            }
            let help = self.hint(name, properties.iter().map(|p| p.name));
            let found = self
                .strict(
                    code::E126,
                    format!("`required` names `{shown}`, which is no property"),
                )
                .at(self.val(&at), "not among the properties")
                .help(help.unwrap_or_else(|| "add the property, or remove the name".to_owned()));
            self.push(found);
        }
    }

    fn empty_choices(&mut self, pointer: &str, schema: &Members) {
        for key in ["oneOf", "anyOf", "allOf"] {
            let empty = schema
                .get(key)
                .and_then(Value::as_array)
                .is_some_and(Vec::is_empty);
            if empty {
                let found = self
                    .strict(code::E103, format!("`{key}` lists no schema"))
                    .at(self.key(&push(pointer, key)), "this list is empty")
                    .help("list the schemas, or remove the key");
                self.push(found);
            }
        }
    }

    /// All parts of an `allOf` are of one type.
    fn parts_agree(&mut self, pointer: &str) {
        let mut first: Option<(String, &str)> = None;
        for (at, _) in self.elements(&push(pointer, "allOf")) {
            let Some(kind) = self.type_of(&at) else {
                continue;
            };
            let Some((first_at, first_kind)) = &first else {
                first = Some((at, kind));
                continue;
            };
            let pair = [*first_kind, kind];
            if pair[0] == pair[1] || pair.iter().all(|k| matches!(*k, "integer" | "number")) {
                continue;
            }
            let found = self
                .strict(code::E130, "no value is of all the types in this `allOf`")
                .at(self.val(&at), format!("this is of type `{kind}`"))
                .also(
                    self.val(first_at),
                    format!("this is of type `{first_kind}`"),
                )
                .help("mend one of the types; for a choice write `oneOf`");
            self.push(found);
            return;
        }
    }

    fn format(&mut self, pointer: &str, kind: Option<&str>, schema: &Members) {
        let Some(format) = schema.get("format").and_then(Value::as_str) else {
            return;
        };
        let known = FORMATS.iter().find(|(of, _)| Some(*of) == kind);
        let formats = known.map_or(&[][..], |(_, formats)| *formats);
        if formats.contains(&format) {
            return;
        }
        let kind = kind.unwrap_or("none");
        let shown = shorten(format);
        let help = self.hint(format, formats.iter().copied());
        let help = help.unwrap_or_else(|| match formats {
            [] => "remove it".to_owned(),
            formats => format!("our specs use {}", list(formats, "and")),
        });
        let at = self.val(&push(pointer, "format"));
        self.push(
            Diagnostic::error(
                code::E127,
                format!("unknown format `{shown}` for type `{kind}`"),
            )
            .at(at, "nothing is made of this")
            .help(help),
        );
    }

    /// All properties of a schema; references and `allOf` are followed, each
    /// place once.
    pub(super) fn properties(&self, pointer: &str) -> Vec<Property<'a>> {
        let mut found: Vec<Property<'a>> = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![pointer.to_owned()];
        while let Some(at) = open.pop() {
            let Some((at, _)) = self.resolve(&at) else {
                continue;
            };
            if seen.len() == MOST_PARTS || !seen.insert(at.clone()) {
                continue;
            }
            for (pointer, name, _) in self.entries(&push(&at, "properties")) {
                found.push(Property { name, pointer });
            }
            open.extend(
                self.elements(&push(&at, "allOf"))
                    .into_iter()
                    .map(|(at, _)| at),
            );
        }
        found
    }

    /// The type of a schema, as far as it can be told.
    pub(super) fn type_of(&self, pointer: &str) -> Option<&'a str> {
        let mut seen = HashSet::new();
        let mut open = vec![pointer.to_owned()];
        while let Some(at) = open.pop() {
            let Some((at, value)) = self.resolve(&at) else {
                continue;
            };
            if let Some(kind) = value.get("type").and_then(Value::as_str) {
                return Some(kind);
            }
            if value.get("properties").is_some() {
                return Some("object");
            }
            if seen.len() < MOST_PARTS && seen.insert(at.clone()) {
                open.extend(
                    self.elements(&push(&at, "allOf"))
                        .into_iter()
                        .map(|(at, _)| at),
                );
            }
        }
        None
    }
}
