//! What kind of document it is. Anything but OpenAPI 3.0 ends the lint, since
//! every further finding would be noise.

use serde_json::Value;

use super::Lint;
use super::words::{kind_of, shorten};
use crate::diag::{Diagnostic, code};

const HELP: &str = "write `openapi: 3.0.3`";

impl Lint<'_> {
    /// Whether this is OpenAPI 3.0.
    pub(super) fn version(&mut self) -> bool {
        let Some(found) = self.get("/openapi") else {
            self.missing_version();
            return false;
        };
        let Some(version) = found.as_str() else {
            self.version_kind(found);
            return false;
        };
        if is_version(version, "3.0.") {
            return true;
        }
        let (message, help) = refusal(version);
        let at = self.val("/openapi");
        self.push(
            Diagnostic::error(code::E100, message)
                .at(at, "this version")
                .help(help),
        );
        false
    }

    fn missing_version(&mut self) {
        let (pointer, message) = match self.other_format() {
            Some((pointer, name)) => (
                pointer,
                format!("this is {name}, and only {} is supported", self.supported()),
            ),
            None => (
                "",
                "the document does not say which OpenAPI it is".to_owned(),
            ),
        };
        let (at, label) = if pointer.is_empty() {
            (self.val(""), "the key `openapi` is missing")
        } else {
            (self.key(pointer), "this key gives it away")
        };
        let help = match pointer {
            "" => HELP,
            "/swagger" | "/swaggerVersion" => "convert the document to OpenAPI 3.0 first",
            _ => "describe the service in OpenAPI 3.0",
        };
        self.push(
            Diagnostic::error(code::E100, message)
                .at(at, label)
                .help(help),
        );
    }

    fn supported(&self) -> &'static str {
        match self.house_profile() {
            true => "OpenAPI 3.0",
            false => "OpenAPI 3.0 or 3.1",
        }
    }

    fn other_format(&self) -> Option<(&'static str, String)> {
        let known = [
            ("/swagger", "Swagger"),
            ("/swaggerVersion", "Swagger"),
            ("/asyncapi", "AsyncAPI"),
            ("/arazzo", "Arazzo"),
            ("/$schema", "a JSON Schema"),
        ];
        known.into_iter().find_map(|(pointer, name)| {
            let version = match self.get(pointer)? {
                Value::String(text) if !text.contains('/') => format!(" {}", shorten(text)),
                Value::Number(number) => format!(" {number}"),
                _ => String::new(),
            };
            Some((pointer, format!("{name}{version}")))
        })
    }

    fn version_kind(&mut self, found: &Value) {
        let message = format!("`openapi` must be a text, found {}", kind_of(found));
        let help = match found {
            Value::Number(_) => "put it in quotes and write all three parts: `openapi: \"3.0.3\"`",
            _ => HELP,
        };
        let at = self.val("/openapi");
        self.push(
            Diagnostic::error(code::E100, message)
                .at(at, format!("this is {}", kind_of(found)))
                .help(help),
        );
    }
}

/// Whether this is a version of that line, such as `3.0.`.
pub(crate) fn is_version(version: &str, line: &str) -> bool {
    let patch = version.strip_prefix(line);
    patch.is_some_and(|patch| patch.starts_with(|c: char| c.is_ascii_digit()))
}

fn refusal(version: &str) -> (String, &'static str) {
    let shown = shorten(version);
    if is_version(version, "3.1.") {
        return (
            "a spec of our own is OpenAPI 3.0".to_owned(),
            "write it in 3.0.3; a type list becomes `nullable: true`",
        );
    }
    if version.starts_with("3.1") || version.starts_with("3.2") {
        return (
            format!("OpenAPI {shown} is not supported, only 3.0 and 3.1"),
            "convert the document to 3.0.3; a type list becomes `nullable: true`",
        );
    }
    if version == "3.0" {
        return (
            "`openapi` must name all three parts of the version".to_owned(),
            HELP,
        );
    }
    (
        format!("`{shown}` is no version of OpenAPI that is supported"),
        HELP,
    )
}
