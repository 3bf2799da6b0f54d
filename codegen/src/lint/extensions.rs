//! The vocabulary of our own specs: which `x-` key stands where and holds what.

use serde_json::Value;

use super::Lint;
use super::table::Obj;
use super::walk::subject;
use super::words::{list, shorten};
use crate::diag::{Diagnostic, code};
use crate::load::push;

/// A key of the vocabulary.
struct Extension {
    name: &'static str,
    /// Where it may stand; everywhere when empty.
    places: &'static [Obj],
    shape: Shape,
}

/// What a key holds.
#[derive(Clone, Copy)]
enum Shape {
    /// A text that is not empty.
    Text,
    /// A text or a list of texts.
    Texts,
    Integers,
    Word(&'static [&'static str]),
    /// A Rust name.
    Name,
    /// Enum value to Rust name.
    Names,
    /// A map with these texts; `true` marks those that must be there.
    Fields(&'static [(&'static str, bool)]),
    Source,
    Rules,
    Examples,
    Paging,
    Wait,
    Find,
}

const fn key(name: &'static str, places: &'static [Obj], shape: Shape) -> Extension {
    Extension {
        name,
        places,
        shape,
    }
}

const VOCABULARY: &[Extension] = &[
    key(
        "x-service",
        &[Obj::Document],
        Shape::Fields(&[("name", true), ("title", true), ("sdk_name", false)]),
    ),
    key("x-region", &[Obj::Server], Shape::Text),
    key(
        "x-source",
        &[Obj::Operation, Obj::Schema, Obj::Parameter, Obj::Response],
        Shape::Source,
    ),
    key("x-note", &[], Shape::Texts),
    key(
        "x-client",
        &[Obj::Parameter],
        Shape::Word(&["project_id", "language"]),
    ),
    key(
        "x-retry",
        &[Obj::Operation],
        Shape::Word(&["idempotent", "never"]),
    ),
    key("x-retry-reason", &[Obj::Operation], Shape::Text),
    key("x-rules", &[Obj::Operation, Obj::Schema], Shape::Rules),
    key("x-also", &[Obj::Schema], Shape::Integers),
    key("x-unit", &[Obj::Schema], Shape::Text),
    key(
        "x-rust-name",
        &[Obj::Operation, Obj::Schema, Obj::Parameter],
        Shape::Name,
    ),
    key("x-rust-names", &[Obj::Schema], Shape::Names),
    key("x-examples", &[Obj::Operation], Shape::Examples),
    key("x-paging", &[Obj::Operation], Shape::Paging),
    key("x-wait", &[Obj::Operation], Shape::Wait),
    key("x-find", &[Obj::Operation], Shape::Find),
];

const OPERATION_SOURCE: &[(&str, bool)] =
    &[("document", true), ("date", true), ("operation", false)];
const PART_SOURCE: &[(&str, bool)] = &[("table", false), ("section", false)];

impl<'a> Lint<'a> {
    /// An `x-` key of a house spec.
    pub(super) fn extension(&mut self, obj: Obj, pointer: &str, name: &str, value: &'a Value) {
        let Some(known) = VOCABULARY.iter().find(|known| known.name == name) else {
            self.unknown_extension(pointer, name);
            return;
        };
        if !known.places.is_empty() && !known.places.contains(&obj) {
            self.misplaced(known, obj, pointer);
            return;
        }
        self.shape(known.shape, obj, pointer, value);
        match name {
            "x-client" => self.client_place(pointer, value),
            "x-unit" => self.unit_place(pointer),
            "x-also" => self.also_place(pointer),
            _ => {}
        }
    }

    fn unknown_extension(&mut self, pointer: &str, name: &str) {
        let names = || VOCABULARY.iter().map(|known| known.name);
        let help = self.hint(name, names());
        let help = help.unwrap_or_else(|| {
            format!(
                "the vocabulary is {}",
                list(&names().collect::<Vec<_>>(), "and")
            )
        });
        let at = self.key(pointer);
        let message = format!("unknown key `{}`", shorten(name));
        self.push(
            Diagnostic::error(code::E140, message)
                .at(at, "not in the vocabulary of our specs")
                .help(help),
        );
    }

    fn misplaced(&mut self, known: &Extension, obj: Obj, pointer: &str) {
        let message = format!("`{}` has no meaning in {}", known.name, subject(obj));
        let places: Vec<String> = known.places.iter().map(|place| subject(*place)).collect();
        let at = self.key(pointer);
        self.push(
            Diagnostic::error(code::E141, message)
                .at(at, "not here")
                .help(format!("it belongs into {}", places.join(" or "))),
        );
    }

    /// Reports a value that is not what its key asks for.
    pub(super) fn shapeless(&mut self, pointer: &str, wanted: &str, help: impl Into<String>) {
        let last = crate::load::pointer::split_last(pointer);
        let key = last.map_or_else(String::new, |(_, token)| shorten(&token));
        let message = match key.parse::<usize>() {
            Ok(_) => format!("an entry of this list must be {wanted}"),
            Err(_) => format!("`{key}` must be {wanted}"),
        };
        let text = self.get(pointer).and_then(Value::as_str);
        let label = match text.is_some_and(|text| text.trim().is_empty()) {
            true => "this is empty".to_owned(),
            false => format!("this is not {wanted}"),
        };
        let at = self.val(pointer);
        self.push(
            Diagnostic::error(code::E142, message)
                .at(at, label)
                .help(help),
        );
    }

    fn shape(&mut self, shape: Shape, obj: Obj, pointer: &str, value: &'a Value) {
        match shape {
            Shape::Text if is_text(value) => {}
            Shape::Text => self.shapeless(pointer, "a text", "write a text that is not empty"),
            Shape::Texts => self.texts(pointer, value),
            Shape::Integers => self.integers(pointer, value),
            Shape::Word(words) if value.as_str().is_some_and(|text| words.contains(&text)) => {}
            Shape::Word(words) => {
                let near = value
                    .as_str()
                    .and_then(|t| self.hint(t, words.iter().copied()));
                let help = near.unwrap_or_else(|| format!("write {}", list(words, "or")));
                self.shapeless(pointer, &list(words, "or"), help);
            }
            Shape::Name => self.rust_name(pointer, value),
            Shape::Names => self.rust_names(pointer, value),
            Shape::Fields(fields) => self.fields(pointer, value, fields),
            Shape::Source if obj == Obj::Operation => self.fields(pointer, value, OPERATION_SOURCE),
            Shape::Source => self.part_source(pointer, value),
            Shape::Rules => self.rules(obj, pointer, value),
            Shape::Examples => self.examples(pointer, value),
            Shape::Paging => self.paging(pointer, value),
            Shape::Wait => self.wait(pointer, value),
            Shape::Find => self.find(pointer, value),
        }
    }

    fn texts(&mut self, pointer: &str, value: &Value) {
        let list = value.as_array();
        let good = list.is_some_and(|list| !list.is_empty() && list.iter().all(is_text));
        if !good && !is_text(value) {
            let help = "a text with `: ` or ` #` in it needs quotes";
            self.shapeless(pointer, "a text or a list of texts", help);
        }
    }

    fn integers(&mut self, pointer: &str, value: &Value) {
        let list = value.as_array();
        let good = list.is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_i64));
        if !good {
            self.shapeless(pointer, "a list of integers", "write the values: `[-1]`");
        }
    }

    /// A map of texts with known keys.
    pub(super) fn fields(&mut self, pointer: &str, value: &'a Value, fields: &[(&str, bool)]) {
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        let Some(members) = value.as_object() else {
            let help = format!("write a map with {}", list(&names, "and"));
            self.shapeless(pointer, "a map", help);
            return;
        };
        for (name, member) in members {
            let at = push(pointer, name);
            if !names.contains(&name.as_str()) {
                self.unknown_field(&at, name, &names);
            } else if !is_text(member) {
                self.shapeless(
                    &at,
                    "a text",
                    "write a text that is not empty, in quotes if needed",
                );
            }
        }
        let missing = fields
            .iter()
            .filter(|(name, must)| *must && !members.contains_key(*name));
        for (name, _) in missing {
            self.missing_field(pointer, name);
        }
    }

    /// Reports a key that a map of the vocabulary does not have.
    pub(super) fn unknown_field(&mut self, pointer: &str, name: &str, names: &[&str]) {
        let help = self.hint(name, names.iter().copied());
        let at = self.key(pointer);
        let message = format!("unknown key `{}`", shorten(name));
        self.push(
            Diagnostic::error(code::E140, message)
                .at(at, "not known here")
                .help(help.unwrap_or_else(|| format!("known are {}", list(names, "and")))),
        );
    }

    /// Reports a key that a map of the vocabulary must have.
    pub(super) fn missing_field(&mut self, pointer: &str, name: &str) {
        let at = self.key(pointer);
        self.push(
            Diagnostic::error(code::E142, format!("`{name}` is missing"))
                .at(at, format!("this needs `{name}`"))
                .help(format!("add `{name}`")),
        );
    }

    fn part_source(&mut self, pointer: &str, value: &'a Value) {
        self.fields(pointer, value, PART_SOURCE);
        if value.as_object().is_some_and(serde_json::Map::is_empty) {
            self.missing_field(pointer, "table");
        }
    }

    fn rust_name(&mut self, pointer: &str, value: &Value) {
        if !value.as_str().is_some_and(is_identifier) {
            let help = "letters, digits and `_`, not starting with a digit";
            self.shapeless(pointer, "a Rust name", help);
        }
    }

    fn rust_names(&mut self, pointer: &str, value: &'a Value) {
        if !value.is_object() {
            self.shapeless(pointer, "a map", "write a map from enum value to Rust name");
            return;
        }
        let schema = pointer.strip_suffix("/x-rust-names").unwrap_or(pointer);
        let values: Vec<&str> = self
            .elements(&push(schema, "enum"))
            .into_iter()
            .filter_map(|(_, value)| value.as_str())
            .collect();
        for (at, name, rust) in self.entries(pointer) {
            if !values.contains(&name) {
                self.unknown_field(&at, name, &values);
            }
            self.rust_name(&at, rust);
        }
    }

    fn client_place(&mut self, pointer: &str, value: &Value) {
        let parameter = pointer.strip_suffix("/x-client").unwrap_or(pointer);
        let place = self.text(parameter, "in").unwrap_or_default();
        let wanted = match value.as_str() {
            Some("project_id") => &["path", "header"][..],
            Some("language") => &["header"][..],
            _ => return,
        };
        if wanted.contains(&place) {
            return;
        }
        let message = format!(
            "the client holds no {} parameters of this kind",
            shorten(place)
        );
        let (at, also) = (self.key(pointer), self.val(&push(parameter, "in")));
        self.push(
            Diagnostic::error(code::E150, message)
                .at(at, format!("only for `in: {}`", wanted.join("` or `in: ")))
                .also(also, "this is where the parameter goes")
                .help("remove `x-client`: a caller then gives the value with each call"),
        );
    }

    /// Values beside a range need a range, of integers.
    fn also_place(&mut self, pointer: &str) {
        let schema = pointer.strip_suffix("/x-also").unwrap_or(pointer);
        let is_integer = self.type_of(schema) == Some("integer");
        let has = |key: &str| self.get(&push(schema, key)).is_some();
        if is_integer && (has("minimum") || has("maximum")) {
            return;
        }
        let at = self.key(pointer);
        self.push(
            Diagnostic::error(code::E141, "there is no range of integers to add values to")
                .at(at, "these are allowed beside `minimum` and `maximum`")
                .help("add the range, or write the values as an `enum`"),
        );
    }

    fn unit_place(&mut self, pointer: &str) {
        let schema = pointer.strip_suffix("/x-unit").unwrap_or(pointer);
        let kind = self.type_of(schema);
        if matches!(kind, Some("integer" | "number")) {
            return;
        }
        let at = self.key(pointer);
        self.push(
            Diagnostic::error(code::E141, "only a number has a unit")
                .at(
                    at,
                    format!("this schema is of type `{}`", kind.unwrap_or("none")),
                )
                .help("say it in the description"),
        );
    }
}

/// A text with something in it.
pub(super) fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn is_identifier(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && text != "_"
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
