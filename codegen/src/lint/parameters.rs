//! Parameters, headers, bodies and statuses: what the table cannot say.

use serde_json::Value;

use super::table::Obj;
use super::words::shorten;
use super::{Lint, Members};
use crate::diag::{Diagnostic, code};
use crate::load::push;

impl<'a> Lint<'a> {
    /// A parameter object.
    pub(super) fn parameter(&mut self, pointer: &str, members: &'a Members) {
        self.shape_of_value(Obj::Parameter, pointer, members);
        let text = |key: &str| members.get(key).and_then(Value::as_str);
        let name = text("name").unwrap_or_default();
        match text("in") {
            Some("path") => self.path_parameter(pointer, name, members),
            Some("header") => self.header_name(&push(pointer, "name"), name),
            _ => {}
        }
    }

    fn path_parameter(&mut self, pointer: &str, name: &str, members: &Members) {
        if members.get("required") == Some(&Value::Bool(true)) {
            return;
        }
        let message = format!("the path parameter `{}` is not required", shorten(name));
        let at = match members.contains_key("required") {
            true => self.val(&push(pointer, "required")),
            false => self.key(&push(pointer, "name")),
        };
        let found = self
            .strict(code::E112, message)
            .at(at, "a path without it is another path")
            .help("write `required: true`");
        self.push(found);
    }

    /// `schema` or `content`, and not both.
    pub(super) fn shape_of_value(&mut self, obj: Obj, pointer: &str, members: &Members) {
        let schema = members.contains_key("schema");
        let content = members.get("content");
        let what = obj.name();
        let (message, label, help) = match (schema, content) {
            (false, None) => (
                format!("this {what} does not say what its value is"),
                "neither `schema` nor `content`",
                "add a `schema`",
            ),
            (true, Some(_)) => (
                format!("this {what} says twice what its value is"),
                "both `schema` and `content`",
                "keep one of the two",
            ),
            (false, Some(Value::Object(types))) if types.len() != 1 => (
                format!("`content` of this {what} must name one media type"),
                "one is needed here",
                "keep one media type",
            ),
            _ => return,
        };
        let key = if content.is_some() { "content" } else { "name" };
        let found = self
            .strict(code::E117, message)
            .at(self.key(&push(pointer, key)), label)
            .help(help);
        self.push(found);
    }

    /// The header names of a response.
    pub(super) fn header_names(&mut self, pointer: &str) {
        for (at, name, _) in self.entries(&push(pointer, "headers")) {
            self.header_name(&at, name);
        }
    }

    fn header_name(&mut self, pointer: &str, name: &str) {
        let sign = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if !name.is_empty() && name.chars().all(sign) {
            return;
        }
        let message = format!("`{}` cannot be the name of a header", shorten(name));
        let mut at = self.key(pointer);
        if self.get(pointer).is_some_and(Value::is_string) {
            at = self.val(pointer);
        }
        let found = self
            .strict(code::E118, message)
            .at(at, "HTTP would refuse this")
            .help("letters, digits and ``!#$%&'*+-.^_`|~`` are allowed, spaces and colons are not");
        self.push(found);
    }

    /// The keys of `responses`.
    pub(super) fn statuses(&mut self, pointer: &str, members: &'a Members) {
        if !members.keys().any(|key| !key.starts_with("x-")) {
            let found = self
                .strict(code::E146, "an operation without any response")
                .at(self.key(pointer), "this is empty")
                .help("add at least the response of success: `\"200\"`, or `default`");
            self.push(found);
        }
        for key in members.keys().filter(|key| !key.starts_with("x-")) {
            if !is_status(key) {
                self.odd_status(&push(pointer, key), key);
            }
        }
    }

    fn odd_status(&mut self, pointer: &str, key: &str) {
        let message = format!("`{}` is no status", shorten(key));
        let lower = key.to_ascii_uppercase();
        let help = if is_status(&lower) {
            format!("write `{lower}`")
        } else {
            "write a status such as `200`, a class such as `2XX`, or `default`".to_owned()
        };
        let at = self.key(pointer);
        self.push(
            Diagnostic::error(code::E116, message)
                .at(at, "not a status")
                .help(help),
        );
    }

    /// A form has named parts, so its schema is an object.
    pub(super) fn form_bodies(&mut self, pointer: &str) {
        for (at, name, _) in self.entries(&push(pointer, "content")) {
            let form = name.starts_with("multipart/") || name.contains("x-www-form-urlencoded");
            let schema = push(&at, "schema");
            let kind = self.type_of(&schema);
            if let (true, Some(kind)) = (form, kind.filter(|kind| *kind != "object")) {
                let message = format!("the form `{}` is not an object", shorten(name));
                let found = self
                    .strict(code::E119, message)
                    .at(self.key(&schema), format!("this is of type `{kind}`"))
                    .help("describe the parts of the form as `properties` of an object");
                self.push(found);
            }
        }
    }
}

/// `200`, `2XX` or `default`.
pub(super) fn is_status(key: &str) -> bool {
    let digits = |c: &u8| c.is_ascii_digit();
    match key.as_bytes() {
        [b'1'..=b'5', rest @ ..] => rest == b"XX" || rest.len() == 2 && rest.iter().all(digits),
        other => other == b"default",
    }
}
