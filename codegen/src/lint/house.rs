//! House rules: what our own specs promise beyond OpenAPI.

use serde_json::Value;

use super::Lint;
use super::extensions::is_text;
use super::paths::Op;
use super::words::shorten;
use crate::diag::{Diagnostic, code};
use crate::load::pointer::split_last;
use crate::load::push;

impl<'a> Lint<'a> {
    /// Checks the house rules.
    pub(super) fn house(&mut self) {
        if self.get("/x-service").is_none() {
            let help = "add `x-service: {name: …, title: …}` to the top level";
            self.house_key("/openapi", "the document", "x-service", help);
        }
        self.servers();
        for op in self.operations() {
            self.operation_rules(&op);
        }
        self.descriptions();
        self.schema_names();
        self.unreached();
    }

    fn house_key(&mut self, pointer: &str, what: &str, key: &str, help: &str) {
        let at = self.key(pointer);
        self.push(
            Diagnostic::error(code::E143, format!("{what} has no `{key}`"))
                .at(at, format!("`{key}` is missing here"))
                .help(help),
        );
    }

    fn servers(&mut self) {
        if self.get("/servers").is_none() {
            let help = "list the endpoints: `- url: https://…` with `x-region: …`";
            self.house_key("/openapi", "the document", "servers", help);
        }
        for (pointer, server) in self.elements("/servers") {
            if server.get("x-region").is_none() {
                let help = "add the region that this endpoint serves: `x-region: eu-de`";
                self.house_key(&pointer, "a server", "x-region", help);
            }
            self.endpoint(&push(&pointer, "url"));
        }
    }

    fn endpoint(&mut self, pointer: &str) {
        let Some(url) = self.get(pointer).and_then(Value::as_str) else {
            return;
        };
        let label = if !url.starts_with("https://") {
            "an endpoint starts with `https://`"
        } else if url.ends_with('/') {
            "an endpoint ends without a slash"
        } else {
            return;
        };
        let at = self.val(pointer);
        self.push(
            Diagnostic::error(code::E152, format!("`{}` is no endpoint", shorten(url)))
                .at(at, label)
                .help("write scheme and host, and no more: `https://vbs.eu-de.otc.t-systems.com`"),
        );
    }

    fn operation_rules(&mut self, op: &Op<'a>) {
        self.operation_id(op);
        let has = |key: &str| self.get(&push(&op.pointer, key)).is_some();
        let (summary, source) = (has("summary"), has("x-source"));
        if !summary {
            let help = "say in one line what the call does";
            self.house_key(&op.pointer, "an operation", "summary", help);
        }
        if !source {
            let help = "name the page it is taken from: `x-source: {document: …, date: …}`";
            self.house_key(&op.pointer, "an operation", "x-source", help);
        }
        self.retry(op);
        self.success(op);
        self.unpaged(op);
    }

    fn operation_id(&mut self, op: &Op<'a>) {
        let at = push(&op.pointer, "operationId");
        let Some(value) = self.get(&at) else {
            let help = "add one: a verb and the resource, as `list_backups`";
            self.house_key(&op.pointer, "an operation", "operationId", help);
            return;
        };
        let Some(id) = value.as_str().filter(|id| !is_snake(id)) else {
            return;
        };
        let span = self.val(&at);
        let message = format!("the operationId `{}` is not in snake_case", shorten(id));
        self.push(
            Diagnostic::error(code::E144, message)
                .at(span, "this becomes the name of a method")
                .help(format!("write `{}`", to_snake(id))),
        );
    }

    fn retry(&mut self, op: &Op<'a>) {
        let has = |key: &str| self.get(&push(&op.pointer, key)).is_some();
        let (said, reason) = (has("x-retry"), has("x-retry-reason"));
        let safe = matches!(op.method, "get" | "head");
        let (message, label, help) = match (said, reason) {
            (true, true) => return,
            (false, false) if safe => return,
            (false, false) => (
                "the operation does not say whether it may be sent twice",
                "`x-retry` is missing here",
                "add `x-retry: idempotent` or `x-retry: never`, and `x-retry-reason`",
            ),
            (true, false) => (
                "`x-retry` is given without a reason",
                "`x-retry-reason` is missing here",
                "add `x-retry-reason` with what makes it so",
            ),
            (false, true) => (
                "a reason is given for an `x-retry` that is not there",
                "`x-retry` is missing here",
                "add `x-retry`, or remove `x-retry-reason`",
            ),
        };
        let at = self.key(&op.pointer);
        self.push(
            Diagnostic::error(code::E145, message)
                .at(at, label)
                .help(help),
        );
    }

    fn success(&mut self, op: &Op<'a>) {
        let responses = push(&op.pointer, "responses");
        let entries = self.entries(&responses);
        if entries.is_empty() || entries.iter().any(|(_, key, _)| key.starts_with('2')) {
            return;
        }
        let at = self.key(&responses);
        self.push(
            Diagnostic::error(code::E146, "no response of this operation is a success")
                .at(at, "none of these starts with 2")
                .help("add the response of success, such as `\"200\"`"),
        );
    }

    /// Every parameter and every property says what it is.
    fn descriptions(&mut self) {
        let mut open = vec![String::new()];
        let mut missing = Vec::new();
        while let Some(at) = open.pop() {
            for (pointer, name, value) in self.entries(&at) {
                if is_data(&at, name) {
                    continue;
                }
                if is_named(&at, "properties") && !self.described(&pointer, value) {
                    missing.push((pointer.clone(), format!("the property `{}`", shorten(name))));
                }
                open.push(pointer);
            }
            for (pointer, value) in self.elements(&at) {
                self.undescribed_parameter(&at, &pointer, value, &mut missing);
                open.push(pointer);
            }
            if at == "/components/parameters" {
                for (pointer, _, value) in self.entries(&at) {
                    self.undescribed_parameter("/parameters", &pointer, value, &mut missing);
                }
            }
        }
        for (pointer, what) in missing {
            self.undescribed(&pointer, &what);
        }
    }

    fn undescribed_parameter(
        &self,
        list: &str,
        pointer: &str,
        value: &Value,
        missing: &mut Vec<(String, String)>,
    ) {
        let name = value.get("name").and_then(Value::as_str);
        let Some(name) = name.filter(|_| is_named(list, "parameters")) else {
            return;
        };
        let schema = push(pointer, "schema");
        let by_schema = value
            .get("schema")
            .is_some_and(|s| self.described(&schema, s));
        if !by_schema && !self.described(pointer, value) {
            let what = format!("the parameter `{}`", shorten(name));
            missing.push((push(pointer, "name"), what));
        }
    }

    /// Whether a schema or parameter has a description, its own or that of
    /// what it refers to.
    fn described(&self, pointer: &str, value: &Value) -> bool {
        if value.get("description").is_some_and(is_text) {
            return true;
        }
        let parts = self.elements(&push(pointer, "allOf"));
        let alone = match parts.as_slice() {
            [(part, _)] => part.as_str(),
            _ => pointer,
        };
        let target = self.resolve(alone);
        target.is_some_and(|(at, v)| at != pointer && v.get("description").is_some_and(is_text))
    }

    fn undescribed(&mut self, pointer: &str, what: &str) {
        let at = self.key(pointer);
        let help = match self.get(&push(pointer, "$ref")) {
            Some(_) => "describe the schema it refers to, or put the reference under `allOf`",
            None => "say in our own words what it means, with its unit",
        };
        self.push(
            Diagnostic::error(code::E147, format!("{what} has no description"))
                .at(at, "`description` is missing here")
                .help(help),
        );
    }

    fn schema_names(&mut self) {
        for (pointer, name, _) in self.entries("/components/schemas") {
            if is_pascal(name) {
                continue;
            }
            let at = self.key(&pointer);
            let message = format!("the schema name `{}` is not in PascalCase", shorten(name));
            self.push(
                Diagnostic::error(code::E144, message)
                    .at(at, "this becomes the name of a type")
                    .help("write it like `BackupPolicy`: words with a capital, nothing between"),
            );
        }
    }

    fn unreached(&mut self) {
        let reached = self.reached();
        for (section, name, _) in self.entries("/components") {
            if name == "securitySchemes" || name.starts_with("x-") {
                continue;
            }
            for (pointer, name, _) in self.entries(&section) {
                if reached.contains(&pointer) {
                    continue;
                }
                let message = format!("no operation uses `{}`", shorten(name));
                let at = self.key(&pointer);
                self.push(
                    Diagnostic::warning(code::E148, message)
                        .at(at, "nothing is generated from this")
                        .help("refer to it, or remove it"),
                );
            }
        }
    }
}

/// Whether what `pointer` points at is the value of a key of that name in an
/// OpenAPI object, and not of a property or component that is called so.
fn is_named(pointer: &str, key: &str) -> bool {
    let Some((parent, last)) = split_last(pointer) else {
        return false;
    };
    let mut names = false;
    for token in crate::load::pointer::tokens(parent) {
        names = !names && matches!(token.as_ref(), "properties" | "schemas");
    }
    last == key && !names
}

/// Whether a key holds data of its own that is not to be looked into.
fn is_data(parent: &str, key: &str) -> bool {
    let data = matches!(key, "example" | "examples" | "default" | "enum") || key.starts_with("x-");
    data && !is_named(parent, "properties") && !is_named(parent, "schemas")
}

fn is_snake(id: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    id.starts_with(|c: char| c.is_ascii_lowercase()) && id.split('_').all(word)
}

fn to_snake(id: &str) -> String {
    let mut snake = String::new();
    for c in id.chars().take(80) {
        if c.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        match c {
            c if c.is_ascii_alphanumeric() => snake.push(c.to_ascii_lowercase()),
            _ if snake.is_empty() || snake.ends_with('_') => {}
            _ => snake.push('_'),
        }
    }
    snake.trim_matches('_').to_owned()
}

fn is_pascal(name: &str) -> bool {
    let shouted = name.len() > 1 && name.chars().all(|c| !c.is_ascii_lowercase());
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !shouted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged() {
        assert!(is_snake("list_backups") && is_snake("show_v2"));
        for bad in ["listBackups", "list__x", "_a", "2a", "a_", "list-x", ""] {
            assert!(!is_snake(bad), "{bad}");
        }
        assert_eq!(to_snake("listBackups"), "list_backups");
        assert_eq!(to_snake("ListBackup-Policies"), "list_backup_policies");
        assert!(is_pascal("BackupPolicy") && is_pascal("A"));
        for bad in ["backup", "Backup_policy", "BACKUP", ""] {
            assert!(!is_pascal(bad), "{bad}");
        }
    }

    #[test]
    fn a_property_named_like_a_keyword_is_a_property() {
        assert!(is_named("/components/schemas/A/properties", "properties"));
        assert!(!is_named(
            "/components/schemas/A/properties/properties",
            "properties"
        ));
        let nested = "/components/schemas/A/properties/properties/properties";
        assert!(is_named(nested, "properties"));
        assert!(!is_named("/components/schemas/properties", "properties"));
    }
}
