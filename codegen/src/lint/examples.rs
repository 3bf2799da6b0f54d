//! `x-examples`: requests and replies as the documents print them.

use serde_json::Value;

use super::Lint;
use super::extensions::is_text;
use super::parameters::is_status;
use super::table::METHODS;
use super::words::{list, shorten};
use crate::diag::{Diagnostic, code};
use crate::load::push;

const KEYS: [&str; 7] = [
    "name",
    "request",
    "parameters",
    "body",
    "status",
    "reply",
    "note",
];

impl<'a> Lint<'a> {
    /// The value of `x-examples`.
    pub(super) fn examples(&mut self, pointer: &str, value: &'a Value) {
        if !value.is_array() {
            self.shapeless(pointer, "a list of examples", "write `- name: …`");
            return;
        }
        let mut names: Vec<(&str, String)> = Vec::new();
        for (at, example) in self.elements(pointer) {
            self.example(pointer, &at, example);
            let Some(name) = self.text(&at, "name") else {
                continue;
            };
            let place = push(&at, "name");
            match names.iter().find(|(known, _)| *known == name) {
                Some((_, first)) => self.same_example(name, &first.clone(), &place),
                None => names.push((name, place)),
            }
        }
    }

    fn same_example(&mut self, name: &str, first: &str, second: &str) {
        let message = format!("two examples have the name `{}`", shorten(name));
        let (at, also) = (self.val(second), self.val(first));
        self.push(
            Diagnostic::error(code::E151, message)
                .at(at, "used again here")
                .also(also, "first used here")
                .help("give each example of an operation a name of its own"),
        );
    }

    fn example(&mut self, list: &str, pointer: &str, value: &'a Value) {
        if !value.is_object() {
            self.shapeless(pointer, "a map", "write `- name: …`");
            return;
        }
        if value.get("name").is_none() {
            self.missing_field(pointer, "name");
        }
        let operation = list.strip_suffix("/x-examples").unwrap_or(list);
        for (at, key, value) in self.entries(pointer) {
            match key {
                "name" | "note" if is_text(value) => {}
                "name" | "note" => self.shapeless(&at, "a text", "write a text"),
                "request" => self.example_request(operation, &at, value),
                "parameters" => self.example_parameters(operation, &at, value),
                "body" | "reply" => self.example_file(&at, value),
                "status" => self.example_status(&at, value),
                other => self.unknown_field(&at, other, &KEYS),
            }
        }
    }

    fn example_request(&mut self, operation: &str, at: &str, value: &Value) {
        let line = value.as_str().and_then(|text| text.split_once(' '));
        let method = crate::load::pointer::split_last(operation);
        let method = method.map_or_else(String::new, |(_, m)| m.to_ascii_uppercase());
        match line {
            Some((found, path)) if path.starts_with('/') && is_method(found) => {
                if found != method {
                    let message = format!("the example is a {found}, its operation a {method}");
                    let span = self.val(at);
                    self.push(
                        Diagnostic::error(code::E151, message)
                            .at(span, "another method than the operation's")
                            .help("move the example to its operation, or mend the method"),
                    );
                }
            }
            _ => {
                let help = format!("write method and path without the host: `{method} /v3/…`");
                self.shapeless(at, "a request line", help);
            }
        }
    }

    fn example_parameters(&mut self, operation: &str, at: &str, value: &'a Value) {
        if !value.is_object() {
            self.shapeless(at, "a map", "write a map from wire name to value");
            return;
        }
        let declared = self.parameters_of(operation);
        let names: Vec<&str> = declared.iter().map(|p| p.name).collect();
        for (at, name, value) in self.entries(at) {
            if !names.contains(&name) {
                self.no_such_parameter(&at, name, &names);
            } else if value.is_object() || value.is_null() {
                self.shapeless(
                    &at,
                    "a single value or a list",
                    "write the value as it is sent",
                );
            }
        }
    }

    fn no_such_parameter(&mut self, at: &str, name: &str, names: &[&str]) {
        let help = self.hint(name, names.iter().copied());
        let help = help.unwrap_or_else(|| match names {
            [] => "the operation has no parameters".to_owned(),
            names => format!("the operation has {}", list(names, "and")),
        });
        let message = format!(
            "the example sets `{}`, which is no parameter",
            shorten(name)
        );
        let span = self.key(at);
        self.push(
            Diagnostic::error(code::E151, message)
                .at(span, "no parameter of that name")
                .help(help),
        );
    }

    fn example_file(&mut self, at: &str, value: &Value) {
        let good = |path: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
            let inside = path
                .strip_prefix("examples/")
                .is_some_and(|rest| !rest.starts_with('/'));
            inside && path.ends_with(".json") && !path.contains("..") && path.chars().all(plain)
        };
        if !value.as_str().is_some_and(good) {
            let help = "write `examples/NAME.json`; the file stands beside the spec";
            self.shapeless(at, "the path of an example file", help);
        }
    }

    fn example_status(&mut self, at: &str, value: &Value) {
        let good = value
            .as_u64()
            .is_some_and(|status| is_status(&status.to_string()));
        if !good {
            self.shapeless(
                at,
                "a status",
                "write a number such as `200`, without quotes",
            );
        }
    }
}

fn is_method(word: &str) -> bool {
    METHODS
        .iter()
        .any(|method| method.to_ascii_uppercase() == word)
}
