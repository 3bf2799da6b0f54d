//! The walk over the document by the table: names and kinds.

use serde_json::Value;

use super::table::{self, Key, Obj, Want};
use super::words::{kind_of, list, shorten};
use super::{Lint, Members, Profile};
use crate::diag::{Diagnostic, code};
use crate::load::push;

impl<'a> Lint<'a> {
    /// Checks an object and all that is in it.
    pub(super) fn object(&mut self, obj: Obj, pointer: &str, value: &'a Value) {
        let Some(members) = value.as_object() else {
            let wanted = format!("{} must be a map", subject(obj));
            let help = kind_help(&key_of(pointer), value, "a map");
            let help = help.unwrap_or_else(|| match known(obj).as_slice() {
                [] => "write `key: value` entries, indented below".to_owned(),
                _ if obj == Obj::Schema => "write a schema: `type: …`, indented below".to_owned(),
                keys => format!("its keys are {}", list(keys, "and")),
            });
            self.wrong_kind(pointer, value, &wanted, help);
            return;
        };
        for (name, member) in members {
            self.member(obj, &push(pointer, name), name, member);
        }
        for key in obj.keys().iter().filter(|key| key.required) {
            if !members.contains_key(key.name) {
                self.missing(obj, pointer, key.name);
            }
        }
        self.specifics(obj, pointer, members);
    }

    fn member(&mut self, obj: Obj, pointer: &str, name: &str, value: &'a Value) {
        let extension = name.starts_with("x-") && obj != Obj::SecurityRequirement;
        if extension {
            if self.house_profile() {
                self.extension(obj, pointer, name, value);
            }
            return;
        }
        match obj.keys().iter().find(|key| key.name == name) {
            Some(key) => self.value(key.want, pointer, value),
            None => match obj.others() {
                Some(want) => self.value(want, pointer, value),
                None => self.unknown_key(obj, pointer, name),
            },
        }
    }

    fn unknown_key(&mut self, obj: Obj, pointer: &str, name: &str) {
        let names = obj.keys().iter().map(|key| key.name);
        let mut help = self.hint(name, names);
        if let Some(text) = later_keyword(obj, name) {
            help = Some(text.to_owned());
        }
        let help = help.unwrap_or_else(|| match obj {
            Obj::Schema => {
                "remove it; a member of the object belongs under `properties`".to_owned()
            }
            _ => format!("known are {}", list(&known(obj), "and")),
        });
        let message = format!("unknown key `{}` in {}", shorten(name), obj.name());
        let label = match obj {
            Obj::Schema => "not an OpenAPI 3.0 schema keyword".to_owned(),
            other => format!("OpenAPI 3.0 has no such key in {}", other.name()),
        };
        let at = self.key(pointer);
        self.push(self.strict(code::E101, message).at(at, label).help(help));
    }

    fn missing(&mut self, obj: Obj, pointer: &str, name: &str) {
        let message = format!("{} has no `{name}`", subject(obj));
        let at = self.key(pointer);
        let label = format!("`{name}` is missing here");
        let help = format!("OpenAPI 3.0 asks for `{name}` in every {}", obj.name());
        let help = match obj {
            Obj::Document | Obj::Info => format!("add `{name}`"),
            _ => help,
        };
        self.push(
            Diagnostic::error(code::E103, message)
                .at(at, label)
                .help(help),
        );
    }

    /// Checks the value of a key.
    pub(super) fn value(&mut self, want: Want, pointer: &str, value: &'a Value) {
        match want {
            Want::Any => {}
            Want::Text => self.fits(value.is_string(), pointer, value, "a text"),
            Want::Flag => self.fits(value.is_boolean(), pointer, value, "`true` or `false`"),
            Want::Number => self.fits(value.is_number(), pointer, value, "a number"),
            Want::Count => self.fits(is_count(value), pointer, value, "a whole number from 0"),
            Want::Word(words) => self.word(words, pointer, value),
            Want::One(obj) => self.object(obj, pointer, value),
            Want::Ref(obj) => self.object_or_ref(obj, pointer, value),
            Want::SchemaOrFlag if value.is_boolean() => {}
            Want::SchemaOrFlag if value.is_object() => {
                self.object_or_ref(Obj::Schema, pointer, value);
            }
            Want::SchemaOrFlag => self.fits(false, pointer, value, "a schema, `true` or `false`"),
            Want::List(inner) => self.items(*inner, pointer, value),
            Want::Map(inner) => self.map(*inner, pointer, value),
        }
    }

    fn items(&mut self, inner: Want, pointer: &str, value: &'a Value) {
        let Some(items) = value.as_array() else {
            self.fits(false, pointer, value, "a list");
            return;
        };
        for (index, item) in items.iter().enumerate() {
            self.value(inner, &push(pointer, &index.to_string()), item);
        }
    }

    fn map(&mut self, inner: Want, pointer: &str, value: &'a Value) {
        let Some(members) = value.as_object() else {
            self.fits(false, pointer, value, "a map");
            return;
        };
        for (name, member) in members {
            self.value(inner, &push(pointer, name), member);
        }
    }

    fn object_or_ref(&mut self, obj: Obj, pointer: &str, value: &'a Value) {
        match value.as_object() {
            Some(members) if members.contains_key("$ref") => {
                self.reference(obj, pointer, members);
            }
            _ => self.object(obj, pointer, value),
        }
    }

    fn word(&mut self, words: &[&'static str], pointer: &str, value: &'a Value) {
        let Some(text) = value.as_str() else {
            let wanted = format!("one of {}", list(words, "and"));
            let before = self.diags.len();
            self.fits(false, pointer, value, &wanted);
            // A schema of another type stands for any JSON.
            if words == table::TYPES && !self.house_profile() {
                self.diags.soften(before);
            }
            return;
        };
        // A scheme of another type is left out of what is made from a document of others.
        let is_left_out = words == table::SCHEME_TYPES && self.profile == Profile::Foreign;
        if words.contains(&text) || is_left_out {
            return;
        }
        let key = key_of(pointer);
        let message = format!("`{}` is no value of `{key}`", shorten(text));
        let help = self.hint(text, words.iter().copied());
        let help = help.or_else(|| Some(old_word(text)?.to_owned()));
        let help = help.unwrap_or_else(|| format!("write {}", list(words, "or")));
        let at = self.val(pointer);
        let found = match (words, key.as_str()) {
            (table::TYPES, "type") if old_word(text).is_none() => self.strict(code::E104, message),
            _ => Diagnostic::error(code::E104, message),
        };
        self.push(
            found
                .at(at, format!("not one of {}", list(words, "and")))
                .help(help),
        );
    }

    fn fits(&mut self, good: bool, pointer: &str, value: &Value, wanted: &str) {
        if good {
            return;
        }
        let key = key_of(pointer);
        let message = if key.parse::<usize>().is_ok() {
            let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            format!("an item of `{}` must be {wanted}", key_of(parent))
        } else {
            format!("`{key}` must be {wanted}")
        };
        let help = kind_help(&key, value, wanted);
        let help = help.unwrap_or_else(|| format!("write {wanted}"));
        self.wrong_kind(pointer, value, &message, help);
    }

    /// Reports a value of the wrong kind.
    pub(super) fn wrong_kind(
        &mut self,
        pointer: &str,
        value: &Value,
        wanted: &str,
        help: impl Into<String>,
    ) {
        let found = kind_of(value);
        let at = self.val(pointer);
        self.push(
            Diagnostic::error(code::E102, format!("{wanted}, found {found}"))
                .at(at, format!("this is {found}"))
                .help(help),
        );
    }

    /// What the table cannot say.
    fn specifics(&mut self, obj: Obj, pointer: &str, members: &'a Members) {
        match obj {
            Obj::Schema => self.schema(pointer, members),
            Obj::Parameter => self.parameter(pointer, members),
            Obj::Header => self.shape_of_value(obj, pointer, members),
            Obj::Response => self.header_names(pointer),
            Obj::Responses => self.statuses(pointer, members),
            Obj::RequestBody => self.form_bodies(pointer),
            Obj::SecurityRequirement => self.requirement(pointer, members),
            Obj::SecurityScheme => self.scheme(pointer, members),
            Obj::Discriminator => self.discriminator(pointer, members),
            _ => {}
        }
    }
}

/// An object with its article.
pub(super) fn subject(obj: Obj) -> String {
    let name = obj.name();
    match obj {
        Obj::Document => name.to_owned(),
        Obj::Info | Obj::Paths | Obj::Components | Obj::Responses => format!("`{name}`"),
        Obj::OAuthFlows => "`flows`".to_owned(),
        Obj::Xml | Obj::Contact | Obj::License => format!("`{name}`"),
        _ if name.starts_with(['a', 'e', 'i', 'o', 'O']) => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

fn known(obj: Obj) -> Vec<&'static str> {
    let keys: &[Key] = obj.keys();
    keys.iter().map(|key| key.name).collect()
}

fn key_of(pointer: &str) -> String {
    let last = crate::load::pointer::split_last(pointer);
    last.map_or_else(String::new, |(_, token)| shorten(&token))
}

fn is_count(value: &Value) -> bool {
    value.is_u64() || value.as_f64().is_some_and(|n| n >= 0.0 && n.fract() == 0.0)
}

/// Keywords of other versions, with what to write instead.
fn later_keyword(obj: Obj, name: &str) -> Option<&'static str> {
    let text = match (obj, name) {
        (Obj::Schema, "const") => "OpenAPI 3.0 writes it as an `enum` of one value",
        (Obj::Schema, "examples") => "OpenAPI 3.0 has only `example`, with one value",
        (Obj::Schema, "$defs" | "definitions") => "put schemas into `components/schemas`",
        (Obj::Schema, "patternProperties" | "propertyNames") => {
            "OpenAPI 3.0 has only `additionalProperties`"
        }
        (Obj::Schema, "optional") => {
            "a member is optional unless `required` of its object names it"
        }
        (Obj::Document, "webhooks") => "webhooks came with OpenAPI 3.1; clients do not answer them",
        (Obj::Document, "definitions") => "OpenAPI 3.0 keeps schemas under `components/schemas`",
        (Obj::Document, "host" | "basePath" | "schemes") => "OpenAPI 3.0 writes it as `servers`",
        (Obj::Operation, "consumes" | "produces") => {
            "OpenAPI 3.0 names media types under `content`"
        }
        (Obj::Response, "schema") => "OpenAPI 3.0 wants it under `content` and a media type",
        (
            Obj::Parameter,
            "type" | "format" | "items" | "enum" | "minimum" | "maximum" | "minLength"
            | "maxLength" | "default" | "pattern",
        ) => "it describes the value: put it under `schema`",
        (Obj::PathItem, "$ref") => "the reference must be the only key",
        _ => return None,
    };
    Some(text)
}

/// Words of other versions.
fn old_word(text: &str) -> Option<&'static str> {
    Some(match text {
        "body" => "a body is no parameter in OpenAPI 3.0: describe it as `requestBody`",
        "formData" => "a form is a `requestBody` with a form media type in OpenAPI 3.0",
        "file" => "a file is `type: string` with `format: binary` in OpenAPI 3.0",
        "basic" => "write `type: http` and `scheme: basic`",
        "null" => "OpenAPI 3.0 writes `nullable: true` beside the type",
        _ => return None,
    })
}

fn kind_help(key: &str, value: &Value, wanted: &str) -> Option<String> {
    let text = match (key, value) {
        ("required", Value::Bool(_)) => {
            "list the names of the required members in `required` of the object that holds them"
        }
        ("exclusiveMinimum" | "exclusiveMaximum", Value::Number(_)) => {
            "OpenAPI 3.0 writes the limit as `minimum` or `maximum`, with `true` here"
        }
        ("type", Value::Array(_)) => "give one type; `nullable: true` allows null as well",
        (_, Value::Null) if key != "type" => "remove the key, or write the value that is meant",
        ("type", Value::Null) => "give the type of the value, with `nullable: true` beside it",
        ("items", Value::Array(_)) => "give one schema for all items",
        _ if wanted == "a text" && (value.is_number() || value.is_boolean()) => {
            return Some(format!("put it in quotes: \"{value}\""));
        }
        _ => return None,
    };
    Some(text.to_owned())
}
