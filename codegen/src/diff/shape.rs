//! What a schema says, however it is written: references followed, `allOf`
//! folded, the spellings of null and of a single value brought to one.
//!
//! A schema is the list of all schema objects that hold at once. Nothing is
//! copied, so that folding costs no more than the list, and recursion ends
//! because members are only looked at when they are compared.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::side::{Loc, Side};

/// Kinds of JSON value, as a set of bits; null apart.
pub(super) type Types = u8;

pub(super) const BOOLEAN: Types = 1;
pub(super) const INTEGER: Types = 2;
/// Every integer is a number.
pub(super) const NUMBER: Types = 4 | INTEGER;
pub(super) const STRING: Types = 8;
pub(super) const ARRAY: Types = 16;
pub(super) const OBJECT: Types = 32;
pub(super) const ANY: Types = 63;

/// A set of types in words.
pub(super) fn type_names(types: Types) -> String {
    const NAMES: [(Types, &str); 6] = [
        (OBJECT, "object"),
        (ARRAY, "array"),
        (STRING, "string"),
        (NUMBER, "number"),
        (INTEGER, "integer"),
        (BOOLEAN, "boolean"),
    ];
    if types == ANY {
        return "any type".to_owned();
    }
    let mut rest = types;
    let mut names = Vec::new();
    for (bits, name) in NAMES {
        if rest & bits == bits {
            names.push(name);
            rest &= !bits;
        }
    }
    match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.join(" or "),
    }
}

/// What is said of members beside the named ones.
#[derive(Debug, Default)]
pub(super) enum Additional<'a> {
    /// Nothing.
    #[default]
    Any,
    /// There are none.
    Forbidden(Loc<'a>),
    /// They are of these schemas.
    Of(Vec<Loc<'a>>),
}

/// What a schema says.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    /// All schema objects that hold, the outermost first.
    pub(super) parts: Vec<Loc<'a>>,
    /// Types that are named or shown by other keywords.
    pub(super) types: Option<Types>,
    /// Where the type is said.
    pub(super) type_at: Option<Loc<'a>>,
    /// Where null is allowed.
    pub(super) nullable: Option<Loc<'a>>,
    /// Values that are listed, null left out.
    pub(super) listed: Option<Vec<&'a Value>>,
    pub(super) listed_at: Option<Loc<'a>>,
    /// By types that they belong to.
    pub(super) formats: Vec<(Types, &'a str, Loc<'a>)>,
    pub(super) properties: IndexMap<&'a str, Vec<Loc<'a>>>,
    /// Where each is called required.
    pub(super) required: IndexMap<&'a str, Loc<'a>>,
    pub(super) additional: Additional<'a>,
    pub(super) items: Vec<Loc<'a>>,
    pub(super) variants: Vec<Loc<'a>>,
    /// The list of alternatives.
    pub(super) variants_at: Option<Loc<'a>>,
    pub(super) discriminator: Option<Loc<'a>>,
    /// Alternatives that only say which members must be there.
    pub(super) condition: Option<Loc<'a>>,
}

impl<'a> Shape<'a> {
    /// Reads schemas that hold at once.
    pub(super) fn of(side: &'a Side, schemas: &[Loc<'a>]) -> Shape<'a> {
        let mut reader = Reader {
            side,
            shape: Shape::default(),
            seen: HashSet::new(),
            said: None,
            shown: 0,
        };
        for schema in schemas {
            reader.part(*schema);
        }
        reader.finish()
    }

    /// The first part that has a key, and what it says there.
    pub(super) fn key(&self, key: &str) -> Option<Loc<'a>> {
        self.parts.iter().find_map(|part| part.get(key))
    }

    /// Where a part says `true` under a key.
    pub(super) fn truth(&self, key: &str) -> Option<Loc<'a>> {
        let part = self.parts.iter().find(|part| part.is_true(key))?;
        part.get(key)
    }

    /// Where to point when nothing more precise is known.
    pub(super) fn place(&self) -> Option<Loc<'a>> {
        self.parts.first().copied()
    }

    /// The types, any when none is named.
    pub(super) fn types(&self) -> Types {
        self.types.unwrap_or(ANY)
    }
}

struct Reader<'a> {
    side: &'a Side,
    shape: Shape<'a>,
    seen: HashSet<usize>,
    /// Types that are named.
    said: Option<Types>,
    /// Types that other keywords show.
    shown: Types,
}

impl<'a> Reader<'a> {
    fn part(&mut self, loc: Loc<'a>) {
        if !self.seen.insert(loc.address()) {
            return;
        }
        if let Some(reference) = loc.text("$ref") {
            if self.side.modern() && loc.value.as_object().is_some_and(|map| map.len() > 1) {
                self.keywords(loc);
            }
            if let Some(target) = self.side.target(loc.doc, reference) {
                self.part(target);
            }
            return;
        }
        match loc.value {
            Value::Bool(true) => self.shape.parts.push(loc),
            Value::Bool(false) => {
                self.shape.parts.push(loc);
                self.said = Some(0);
            }
            _ => self.keywords(loc),
        }
    }

    fn keywords(&mut self, loc: Loc<'a>) {
        self.shape.parts.push(loc);
        self.types(loc);
        self.listed(loc);
        self.members(loc);
        if let Some(items) = loc.get("items") {
            self.shape.items.push(items);
            self.shown |= ARRAY;
        }
        if let Some(found) = loc.get("discriminator") {
            self.shape.discriminator.get_or_insert(found);
        }
        for inner in loc.get("allOf").into_iter().flat_map(Loc::elements) {
            self.part(inner);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(list) = loc.get(key) {
                self.alternatives(list);
            }
        }
    }

    fn types(&mut self, loc: Loc<'a>) {
        if loc.is_true("nullable") {
            self.shape.nullable.get_or_insert(loc);
        }
        let Some(at) = loc.get("type") else { return };
        let mut types = 0;
        for name in at.elements().chain([at]).filter_map(|it| it.value.as_str()) {
            match name {
                "null" => {
                    self.shape.nullable.get_or_insert(loc);
                }
                other => types |= type_of(other),
            }
        }
        if types == 0 {
            return;
        }
        if let Some(format) = loc.get("format") {
            let text = format.value.as_str().unwrap_or_default();
            self.shape.formats.push((types, text, format));
        }
        self.shape.type_at.get_or_insert(at);
        self.said = Some(self.said.map_or(types, |said| said & types));
    }

    fn listed(&mut self, loc: Loc<'a>) {
        let single = loc.get("const");
        let Some(at) = loc.get("enum").or(single) else {
            return;
        };
        let values: Vec<&Value> = match single {
            Some(single) => vec![single.value],
            None => at.elements().map(|it| it.value).collect(),
        };
        if values.iter().any(|it| it.is_null()) {
            self.shape.nullable.get_or_insert(loc);
        }
        let values: Vec<&Value> = values.into_iter().filter(|it| !it.is_null()).collect();
        for value in &values {
            self.shown |= type_of_value(value);
        }
        self.shape.listed_at.get_or_insert(at);
        match &mut self.shape.listed {
            Some(listed) => listed.retain(|it| values.contains(it)),
            none => *none = Some(values),
        }
    }

    fn members(&mut self, loc: Loc<'a>) {
        for (name, schema) in loc.get("properties").into_iter().flat_map(Loc::entries) {
            self.shape.properties.entry(name).or_default().push(schema);
            self.shown |= OBJECT;
        }
        for name in loc.get("required").into_iter().flat_map(Loc::elements) {
            if let Some(text) = name.value.as_str() {
                self.shape.required.entry(text).or_insert(name);
            }
        }
        let Some(at) = loc.get("additionalProperties") else {
            return;
        };
        self.shown |= OBJECT;
        match (at.value, &mut self.shape.additional) {
            (Value::Bool(true), _) | (_, Additional::Forbidden(_)) => {}
            (Value::Bool(false), additional) => *additional = Additional::Forbidden(at),
            (Value::Object(map), _) if map.is_empty() => {}
            (_, Additional::Of(list)) => list.push(at),
            (_, additional) => *additional = Additional::Of(vec![at]),
        }
    }

    /// Alternatives: null among them is a property of the value, a single one
    /// is no choice, and those that only name types are a list of types.
    fn alternatives(&mut self, list: Loc<'a>) {
        let mut branches = Vec::new();
        for branch in list.elements() {
            match self.is_null(branch) {
                true => {
                    self.shape.nullable.get_or_insert(branch);
                }
                false => branches.push(branch),
            }
        }
        if let [only] = branches.as_slice() {
            return self.part(*only);
        }
        if self.only_types(&branches) {
            let (mut types, mut formats) = (0, Vec::new());
            for branch in branches {
                let shape = Shape::of(self.side, &[branch]);
                types |= shape.types();
                formats.extend(shape.formats);
                if let Some(nullable) = shape.nullable {
                    self.shape.nullable.get_or_insert(nullable);
                }
            }
            self.shape.formats.extend(formats);
            self.shape.type_at.get_or_insert(list);
            self.said = Some(self.said.map_or(types, |said| said & types));
        } else if self.only_conditions(&branches) {
            self.shape.condition.get_or_insert(list);
        } else if self.shape.variants.is_empty() && !branches.is_empty() {
            self.shape.variants = branches;
            self.shape.variants_at = Some(list);
        }
    }

    fn is_null(&self, branch: Loc<'a>) -> bool {
        let branch = self.side.resolve(branch);
        let null = Value::Null;
        let listed = branch.get("enum").and_then(|it| it.value.as_array());
        branch.text("type") == Some("null")
            || listed
                .is_some_and(|values| values.iter().all(|it| *it == null) && !values.is_empty())
    }

    fn only_types(&self, branches: &[Loc<'a>]) -> bool {
        const KEYS: [&str; 7] = [
            "type",
            "format",
            "description",
            "title",
            "nullable",
            "example",
            "examples",
        ];
        branches.len() > 1
            && branches.iter().all(|branch| {
                let branch = self.side.resolve(*branch);
                let plain = branch.value.as_object().is_some_and(|map| {
                    map.contains_key("type") && map.keys().all(|key| KEYS.contains(&key.as_str()))
                });
                let compound = matches!(branch.text("type"), Some("object" | "array"));
                plain && !compound
            })
    }

    /// `anyOf: [{required: [a]}, {required: [b]}]` describes no other values.
    fn only_conditions(&self, branches: &[Loc<'a>]) -> bool {
        const KEYS: [&str; 4] = ["required", "not", "title", "description"];
        !branches.is_empty()
            && branches.iter().all(|branch| {
                let branch = self.side.resolve(*branch).value.as_object();
                branch.is_some_and(|map| map.keys().all(|key| KEYS.contains(&key.as_str())))
            })
    }

    fn finish(mut self) -> Shape<'a> {
        let shown = (self.shown != 0).then_some(self.shown);
        // Alternatives may be of any type, whatever stands beside them.
        let alone = self.shape.variants.is_empty();
        self.shape.types = self.said.or(shown.filter(|_| alone));
        self.shape
    }
}

fn type_of(name: &str) -> Types {
    match name {
        "boolean" => BOOLEAN,
        "integer" => INTEGER,
        "number" => NUMBER,
        "string" => STRING,
        "array" => ARRAY,
        "object" => OBJECT,
        _ => 0,
    }
}

fn type_of_value(value: &Value) -> Types {
    match value {
        Value::Null => 0,
        Value::Bool(_) => BOOLEAN,
        Value::Number(number) if number.is_f64() => NUMBER,
        Value::Number(_) => INTEGER,
        Value::String(_) => STRING,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}
