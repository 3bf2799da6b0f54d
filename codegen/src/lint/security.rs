//! Security schemes and requirements, and discriminators.

use serde_json::Value;

use super::table::{Obj, SCHEMES};
use super::words::shorten;
use super::{Lint, Members};
use crate::diag::{Diagnostic, code};
use crate::load::push;

impl<'a> Lint<'a> {
    /// A requirement names schemes that exist.
    pub(super) fn requirement(&mut self, pointer: &str, members: &'a Members) {
        for name in members.keys() {
            if self.get(&push(SCHEMES, name)).is_some() {
                continue;
            }
            let help = self.hint(name, self.names(SCHEMES));
            let help = help.unwrap_or_else(|| {
                "define it under `components/securitySchemes`, or remove it".to_owned()
            });
            let message = format!("there is no security scheme `{}`", shorten(name));
            let at = self.key(&push(pointer, name));
            self.push(
                self.bearable(code::E120, message)
                    .at(at, "not defined")
                    .help(help),
            );
        }
    }

    /// The keys that each type of scheme needs.
    pub(super) fn scheme(&mut self, pointer: &str, members: &'a Members) {
        let kind = members.get("type").and_then(Value::as_str);
        let needed: &[&str] = match kind {
            Some("apiKey") => &["name", "in"],
            Some("http") => &["scheme"],
            Some("oauth2") => &["flows"],
            Some("openIdConnect") => &["openIdConnectUrl"],
            _ => &[],
        };
        for key in needed.iter().filter(|key| !members.contains_key(**key)) {
            let kind = kind.unwrap_or_default();
            let message = format!("a security scheme of type `{kind}` has no `{key}`");
            let at = self.key(pointer);
            let label = format!("`{key}` is missing here");
            self.push(
                Diagnostic::error(code::E103, message)
                    .at(at, label)
                    .help(format!("add `{key}`, or mend `type`")),
            );
        }
    }

    /// The targets of a discriminator.
    pub(super) fn discriminator(&mut self, pointer: &str, _: &'a Members) {
        for (at, _, value) in self.entries(&push(pointer, "mapping")) {
            let Some(text) = value.as_str() else { continue };
            let by_name = push("/components/schemas", text);
            if self.get(&by_name).is_some() {
                self.refs.insert(at, by_name);
            } else if text.starts_with('#') {
                if let Some(target) = self.target(Obj::Schema, &at, text) {
                    self.refs.insert(at, target);
                }
            } else {
                self.no_such_variant(&at, text);
            }
        }
        self.discriminator_property(pointer);
    }

    fn no_such_variant(&mut self, at: &str, text: &str) {
        let help = self.hint(text, self.names("/components/schemas"));
        let message = format!(
            "the discriminator names a schema `{}` that does not exist",
            shorten(text)
        );
        let span = self.val(at);
        self.push(
            Diagnostic::error(code::E128, message)
                .at(span, "not among `components/schemas`")
                .help(help.unwrap_or_else(|| {
                    "write `#/components/schemas/…` with a name that is defined".to_owned()
                })),
        );
    }

    /// A discriminator belongs to a choice, or to a base that names the member.
    fn discriminator_property(&mut self, pointer: &str) {
        let Some(schema) = pointer.strip_suffix("/discriminator") else {
            return;
        };
        let choice = ["oneOf", "anyOf"]
            .iter()
            .any(|k| self.get(&push(schema, k)).is_some());
        let Some(name) = self.text(pointer, "propertyName") else {
            return;
        };
        let declared = self.properties(schema).iter().any(|p| p.name == name);
        if choice || declared {
            return;
        }
        let message = format!("the discriminator `{}` is no property", shorten(name));
        let found = self
            .strict(code::E128, message)
            .at(
                self.val(&push(pointer, "propertyName")),
                "not a property of this schema",
            )
            .help("add the property, or put the discriminator beside `oneOf`");
        self.push(found);
    }
}
