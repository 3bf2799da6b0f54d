//! What a document must be so that a verdict about it means something: the
//! right kind of value in each place that is compared, and references that
//! lead somewhere. Stricter rules are the business of the lint; a document of
//! others may break them and still be compared.

use std::collections::HashSet;

use serde_json::Value;

use super::side::{LONGEST_CHAIN, Loc, Side};
use crate::diag::{Code, Diagnostic, Diagnostics, code};
use crate::lint::kind_of;
use crate::lint::words::shorten;
use crate::load::pointer::{append, from_ref};

/// Kinds of object, as far as they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obj {
    Document,
    Components,
    PathItem,
    Operation,
    Parameter,
    Body,
    MediaType,
    Reply,
    Header,
    Schema,
    Discriminator,
    Server,
    Scheme,
}

/// What stands under a key.
#[derive(Clone, Copy)]
enum Want {
    Text,
    Bool,
    Number,
    Texts,
    List,
    TextOrTexts,
    SchemaOrBool,
    BoolOrNumber,
    /// A map with entries of any kind.
    Map,
    /// A list of maps of any kind.
    Maps,
    One(Obj),
    /// A list of objects.
    Each(Obj),
    /// A map of objects.
    Named(Obj),
}

use Want::{
    Bool, BoolOrNumber, Each, List, Map, Maps, Named, Number, One, SchemaOrBool, Text, TextOrTexts,
    Texts,
};

impl Obj {
    fn keys(self) -> &'static [(&'static str, Want)] {
        match self {
            Obj::Document => &[
                ("paths", Named(Obj::PathItem)),
                ("webhooks", Named(Obj::PathItem)),
                ("components", One(Obj::Components)),
                ("servers", Each(Obj::Server)),
                ("security", Maps),
            ],
            Obj::Components => &[
                ("schemas", Named(Obj::Schema)),
                ("parameters", Named(Obj::Parameter)),
                ("requestBodies", Named(Obj::Body)),
                ("responses", Named(Obj::Reply)),
                ("headers", Named(Obj::Header)),
                ("securitySchemes", Named(Obj::Scheme)),
                ("pathItems", Named(Obj::PathItem)),
            ],
            Obj::PathItem => &[
                ("parameters", Each(Obj::Parameter)),
                ("servers", Each(Obj::Server)),
                ("get", One(Obj::Operation)),
                ("put", One(Obj::Operation)),
                ("post", One(Obj::Operation)),
                ("delete", One(Obj::Operation)),
                ("options", One(Obj::Operation)),
                ("head", One(Obj::Operation)),
                ("patch", One(Obj::Operation)),
                ("trace", One(Obj::Operation)),
            ],
            Obj::Operation => &[
                ("operationId", Text),
                ("tags", Texts),
                ("deprecated", Bool),
                ("parameters", Each(Obj::Parameter)),
                ("requestBody", One(Obj::Body)),
                ("responses", Named(Obj::Reply)),
                ("security", Maps),
                ("servers", Each(Obj::Server)),
            ],
            Obj::Parameter => &[
                ("name", Text),
                ("in", Text),
                ("required", Bool),
                ("deprecated", Bool),
                ("style", Text),
                ("explode", Bool),
                ("schema", One(Obj::Schema)),
                ("content", Named(Obj::MediaType)),
            ],
            Obj::Body => &[("required", Bool), ("content", Named(Obj::MediaType))],
            Obj::MediaType => &[("schema", One(Obj::Schema))],
            Obj::Reply => &[
                ("content", Named(Obj::MediaType)),
                ("headers", Named(Obj::Header)),
            ],
            Obj::Header => &[
                ("required", Bool),
                ("schema", One(Obj::Schema)),
                ("content", Named(Obj::MediaType)),
            ],
            Obj::Schema => SCHEMA,
            Obj::Discriminator => &[("propertyName", Text), ("mapping", Map)],
            Obj::Server => &[("url", Text)],
            Obj::Scheme => &[("type", Text)],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Obj::Document => "an OpenAPI document",
            Obj::Components => "components",
            Obj::PathItem => "a path item",
            Obj::Operation => "an operation",
            Obj::Parameter => "a parameter",
            Obj::Body => "a request body",
            Obj::MediaType => "a media type",
            Obj::Reply => "a response",
            Obj::Header => "a header",
            Obj::Schema => "a schema",
            Obj::Discriminator => "a discriminator",
            Obj::Server => "a server",
            Obj::Scheme => "a security scheme",
        }
    }

    /// Texts that are known under a key, where others mean nothing.
    fn values(self, key: &str) -> &'static [&'static str] {
        match (self, key) {
            (Obj::Parameter, "in") => &["path", "query", "header", "cookie"],
            (Obj::Schema, "type") => &[
                "string", "number", "integer", "boolean", "array", "object", "null",
            ],
            _ => &[],
        }
    }
}

const SCHEMA: &[(&str, Want)] = &[
    ("type", TextOrTexts),
    ("format", Text),
    ("nullable", Bool),
    ("enum", List),
    ("properties", Named(Obj::Schema)),
    ("required", Texts),
    ("additionalProperties", SchemaOrBool),
    ("items", SchemaOrBool),
    ("allOf", Each(Obj::Schema)),
    ("oneOf", Each(Obj::Schema)),
    ("anyOf", Each(Obj::Schema)),
    ("not", SchemaOrBool),
    ("discriminator", One(Obj::Discriminator)),
    ("readOnly", Bool),
    ("writeOnly", Bool),
    ("deprecated", Bool),
    ("minimum", Number),
    ("maximum", Number),
    ("exclusiveMinimum", BoolOrNumber),
    ("exclusiveMaximum", BoolOrNumber),
    ("minLength", Number),
    ("maxLength", Number),
    ("minItems", Number),
    ("maxItems", Number),
    ("minProperties", Number),
    ("maxProperties", Number),
    ("multipleOf", Number),
    ("uniqueItems", Bool),
    ("pattern", Text),
];

/// Complains of everything that makes a comparison meaningless, and counts the
/// objects that there are.
pub(super) fn validate(side: &Side, diags: &mut Diagnostics) -> usize {
    let mut validate = Validate {
        side,
        diags,
        seen: HashSet::new(),
        waiting: Vec::new(),
    };
    if !validate.version() {
        return 0;
    }
    validate
        .waiting
        .push((Obj::Document, side.root(), String::new()));
    while let Some((obj, loc, pointer)) = validate.waiting.pop() {
        let mut pointer = pointer;
        validate.object(obj, loc, &mut pointer);
    }
    validate.seen.len()
}

struct Validate<'a, 'd> {
    side: &'a Side,
    diags: &'d mut Diagnostics,
    /// Objects that have been looked at.
    seen: HashSet<usize>,
    /// What references lead to.
    waiting: Vec<(Obj, Loc<'a>, String)>,
}

impl<'a> Validate<'a, '_> {
    fn push(&mut self, code: Code, message: String, loc: (usize, &str), label: &str, help: &str) {
        let at = self.side.docs()[loc.0].value_span(loc.1);
        self.diags
            .push(Diagnostic::error(code, message).at(at, label).help(help));
    }

    fn version(&mut self) -> bool {
        let found = self.side.root().get("openapi");
        let text = found.and_then(|it| it.value.as_str());
        if text.is_some_and(|it| it.starts_with("3.")) {
            return true;
        }
        let (pointer, label) = match found {
            Some(_) => ("/openapi", "not a version that is understood"),
            None => ("", "the key `openapi` is missing"),
        };
        let message = "this is not OpenAPI 3".to_owned();
        let help = "write `openapi: 3.0.3`, or convert the document first";
        self.push(code::E100, message, (0, pointer), label, help);
        false
    }

    fn object(&mut self, obj: Obj, loc: Loc<'a>, pointer: &mut String) {
        if !self.seen.insert(loc.address()) {
            return;
        }
        // A schema may be `true` or `false` since OpenAPI 3.1.
        if obj == Obj::Schema && loc.value.is_boolean() && self.side.modern() {
            return;
        }
        let Some(map) = loc.value.as_object() else {
            let wanted = format!("{} must be a map", obj.name());
            return self.wrong_kind(loc, pointer, &wanted);
        };
        if let Some(reference) = map.get("$ref") {
            self.reference(obj, loc, reference, pointer);
        }
        for (key, want) in obj.keys() {
            // A key without a value says nothing.
            if let Some(value) = loc.get(key).filter(|it| !it.value.is_null()) {
                let length = pointer.len();
                append(pointer, key);
                self.value(obj, key, *want, value, pointer);
                pointer.truncate(length);
            }
        }
        self.specifics(obj, loc, pointer);
    }

    fn specifics(&mut self, obj: Obj, loc: Loc<'a>, pointer: &str) {
        match obj {
            Obj::Document => self.document(loc),
            Obj::Schema if loc.get("allOf").is_some() => self.contains_itself(loc, pointer),
            Obj::Parameter if loc.get("$ref").is_none() => {
                for key in ["name", "in"] {
                    if loc.get(key).is_none() {
                        let message = format!("a parameter has no `{key}`");
                        let at = (loc.doc, pointer);
                        self.push(code::E103, message, at, "this parameter", "add it");
                    }
                }
            }
            Obj::PathItem | Obj::Operation => self.parameters_twice(loc, pointer),
            _ => {}
        }
    }

    fn document(&mut self, loc: Loc<'a>) {
        let any = ["paths", "webhooks", "components"];
        if any.iter().all(|key| loc.get(key).is_none()) {
            let message = "an OpenAPI document has no `paths`".to_owned();
            self.push(
                code::E103,
                message,
                (0, ""),
                "nothing to compare",
                "add `paths`",
            );
        }
        let paths = loc.get("paths").into_iter().flat_map(Loc::entries);
        for (path, _) in paths {
            if !path.starts_with('/') && !path.starts_with("x-") {
                let mut pointer = "/paths".to_owned();
                append(&mut pointer, path);
                let message = format!("the path `{}` does not start with a slash", shorten(path));
                self.push(
                    code::E110,
                    message,
                    (0, &pointer),
                    "this path",
                    "write `/…`",
                );
            }
        }
    }

    fn parameters_twice(&mut self, loc: Loc<'a>, pointer: &str) {
        let mut seen = HashSet::new();
        let parameters = loc.get("parameters").into_iter().flat_map(Loc::elements);
        for (index, parameter) in parameters.enumerate() {
            let parameter = self.side.resolve(parameter);
            let (Some(name), Some(place)) = (parameter.text("name"), parameter.text("in")) else {
                continue;
            };
            if !seen.insert((name, place)) {
                let pointer = format!("{pointer}/parameters/{index}");
                let message = format!("the {place} parameter `{}` is listed twice", shorten(name));
                let at = (loc.doc, pointer.as_str());
                self.push(
                    code::E113,
                    message,
                    at,
                    "listed again",
                    "remove one of the two",
                );
            }
        }
    }

    fn value(&mut self, obj: Obj, key: &str, want: Want, loc: Loc<'a>, pointer: &mut String) {
        let value = loc.value;
        let texts = |value: &Value| {
            value
                .as_array()
                .is_some_and(|it| it.iter().all(Value::is_string))
        };
        let (fits, wanted) = match want {
            Text => (value.is_string(), "a text"),
            Bool => (value.is_boolean(), "`true` or `false`"),
            Number => (value.is_number(), "a number"),
            BoolOrNumber => (value.is_boolean() || value.is_number(), "a number"),
            Texts => (texts(value), "a list of texts"),
            TextOrTexts => (value.is_string() || texts(value), "a text"),
            List => (value.is_array(), "a list"),
            Map => (value.is_object(), "a map"),
            Maps => (
                value
                    .as_array()
                    .is_some_and(|it| it.iter().all(Value::is_object)),
                "a list of maps",
            ),
            One(inner) => return self.object(inner, loc, pointer),
            SchemaOrBool if value.is_boolean() => return,
            SchemaOrBool => return self.object(Obj::Schema, loc, pointer),
            Each(_) => (value.is_array(), "a list"),
            Named(_) => (value.is_object(), "a map"),
        };
        if !fits {
            return self.wrong_kind(loc, pointer, &format!("`{key}` must be {wanted}"));
        }
        match want {
            Each(inner) => self.each(inner, loc, pointer),
            Named(inner) => self.named(inner, loc, pointer),
            Text | TextOrTexts => self.listed(obj, key, loc, pointer),
            _ => {}
        }
    }

    fn each(&mut self, inner: Obj, loc: Loc<'a>, pointer: &mut String) {
        let length = pointer.len();
        for (index, item) in loc.elements().enumerate() {
            append(pointer, &index.to_string());
            self.object(inner, item, pointer);
            pointer.truncate(length);
        }
    }

    fn named(&mut self, inner: Obj, loc: Loc<'a>, pointer: &mut String) {
        let length = pointer.len();
        // Only names of members may start with `x-`; elsewhere such a key is an extension.
        let members = pointer.ends_with("/properties");
        for (name, item) in loc.entries() {
            if !members && name.starts_with("x-") {
                continue;
            }
            append(pointer, name);
            self.object(inner, item, pointer);
            pointer.truncate(length);
        }
    }

    fn listed(&mut self, obj: Obj, key: &str, loc: Loc<'a>, pointer: &str) {
        let known = obj.values(key);
        let mut texts = loc
            .elements()
            .chain([loc])
            .filter_map(|it| it.value.as_str());
        let unknown = texts.find(|text| !known.contains(text));
        if let Some(text) = unknown.filter(|_| !known.is_empty()) {
            let message = format!("`{key}` can't be `{}`", shorten(text));
            let help = format!("known are {}", known.join(", "));
            self.push(
                code::E104,
                message,
                (loc.doc, pointer),
                "not on the list",
                &help,
            );
        }
    }

    fn wrong_kind(&mut self, loc: Loc<'a>, pointer: &str, wanted: &str) {
        let label = format!("this is {}", kind_of(loc.value));
        let help = "mend it before comparing; nothing is compared while a side is broken";
        self.push(
            code::E102,
            wanted.to_owned(),
            (loc.doc, pointer),
            &label,
            help,
        );
    }

    fn reference(&mut self, obj: Obj, loc: Loc<'a>, reference: &Value, pointer: &str) {
        let at = format!("{pointer}/$ref");
        let Some(text) = reference.as_str() else {
            let label = format!("this is {}", kind_of(reference));
            let message = "`$ref` must be a text".to_owned();
            let help = "write it in quotes: `\"#/components/…\"`";
            return self.push(code::E102, message, (loc.doc, &at), &label, help);
        };
        let Some(target) = self.side.target(loc.doc, text) else {
            // Of a file that could not be read, all is said already.
            if self.side.document(loc.doc, text).is_none() {
                return;
            }
            let message = format!("nothing stands at `{}`", shorten(text));
            let help = "define it there, or mend the reference";
            return self.push(
                code::E106,
                message,
                (loc.doc, &at),
                "this reference leads nowhere",
                help,
            );
        };
        let end = self.side.resolve(loc);
        let circle = end.value.get("$ref").is_some_and(Value::is_string)
            && end
                .text("$ref")
                .is_some_and(|it| self.side.target(end.doc, it).is_some());
        if circle {
            let message =
                format!("references go round, or more than {LONGEST_CHAIN} follow each other");
            let help = "let one of them say what it is";
            return self.push(code::E108, message, (loc.doc, &at), "starting here", help);
        }
        let fragment = text.find('#').map_or("#", |at| &text[at..]);
        let pointer = from_ref(fragment).unwrap_or_default();
        self.waiting.push((obj, target, pointer));
    }

    /// An `allOf` that holds itself describes nothing.
    fn contains_itself(&mut self, loc: Loc<'a>, pointer: &str) {
        let mut seen = HashSet::new();
        let mut waiting: Vec<Loc<'a>> = all_of(loc).collect();
        while let Some(next) = waiting.pop() {
            let next = self.side.resolve(next);
            if next.address() == loc.address() {
                let message = "an `allOf` holds itself".to_owned();
                let help =
                    "a schema that holds others of its kind says so under `properties` or `items`";
                let at = format!("{pointer}/allOf");
                return self.push(code::E108, message, (loc.doc, &at), "this `allOf`", help);
            }
            if seen.insert(next.address()) {
                waiting.extend(all_of(next));
            }
        }
    }
}

fn all_of(loc: Loc<'_>) -> impl Iterator<Item = Loc<'_>> {
    loc.get("allOf").into_iter().flat_map(Loc::elements)
}
