//! Two schemas, compared by what they say.

use super::kinds::{self, Kind};
use super::limits;
use super::shape::{ARRAY, Additional, BOOLEAN, NUMBER, OBJECT, STRING, Shape, Types, type_names};
use super::side::Loc;
use super::walk::{Direction, Finding, Medium, NodeId, Place, Walk, Way, key_of, value_of};
use crate::lint::words::shorten;

/// Keywords that are only compared as a whole.
const CONDITIONS: [&str; 17] = [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "prefixItems",
    "contentSchema",
    "contentMediaType",
    "contentEncoding",
];

/// Keys of our own that change what is generated.
const EXTENSIONS: [&str; 2] = ["x-rust-name", "x-rules"];

/// Two shapes that are compared, and where.
#[derive(Clone, Copy)]
pub(super) struct Pair<'s, 'a> {
    pub(super) node: NodeId,
    pub(super) way: Way,
    pub(super) base: &'s Shape<'a>,
    pub(super) revision: &'s Shape<'a>,
}

/// What a finding says.
pub(super) struct Say {
    pub(super) detail: String,
    pub(super) message: String,
}

pub(super) fn say(detail: impl Into<String>, message: impl Into<String>) -> Say {
    Say {
        detail: detail.into(),
        message: message.into(),
    }
}

impl<'a> Walk<'a> {
    /// Compares two schemas.
    pub(super) fn schema(
        &mut self,
        node: NodeId,
        base: &Shape<'a>,
        revision: &Shape<'a>,
        way: Way,
    ) {
        let pair = Pair {
            node,
            way,
            base,
            revision,
        };
        self.schema_texts(base, revision);
        self.annotations(pair);
        if base.variants.is_empty() != revision.variants.is_empty() {
            return self.wrapped(pair);
        }
        if !self.types(pair) {
            return;
        }
        self.listed(pair);
        self.formats(pair);
        for limit in limits::compare(base, revision) {
            let (old, new) = (limit.base.map(key_of), limit.revision.map(key_of));
            self.found(
                pair,
                limit.kind,
                old,
                new,
                say(limit.keyword, limit.message),
            );
        }
        self.members(pair);
        self.additional(pair);
        self.items(pair);
        self.variants(pair);
        self.conditions(pair);
    }

    /// Notes a change; a side without a place of its own points at the schema.
    pub(super) fn found(
        &mut self,
        pair: Pair<'_, 'a>,
        kind: &'static Kind,
        base: Option<Place<'a>>,
        revision: Option<Place<'a>>,
        say: Say,
    ) {
        self.findings.push(Finding {
            kind,
            node: pair.node,
            way: pair.way,
            base: base.or(pair.base.place().map(value_of)),
            revision: revision.or(pair.revision.place().map(value_of)),
            detail: say.detail,
            message: say.message,
        });
    }

    /// Whether the values have anything in common that can be compared.
    fn types(&mut self, pair: Pair<'_, 'a>) -> bool {
        let said = (pair.base.types(), pair.revision.types());
        if said.0 == said.1 {
            return true;
        }
        let (old, new) = (
            carried(pair.base, pair.way.medium),
            carried(pair.revision, pair.way.medium),
        );
        // What is the same text on the wire may still be another type in Rust.
        let pair = Pair {
            way: pair.way.muted(old == new),
            ..pair
        };
        let (old, new) = if old == new { said } else { (old, new) };
        let kind = match old & new {
            common if common == old => &kinds::TYPE_WIDENED,
            common if common == new => &kinds::TYPE_NARROWED,
            _ => &kinds::TYPE_CHANGED,
        };
        let (before, after) = (type_names(said.0), type_names(said.1));
        let (from, to) = (pair.base.type_at, pair.revision.type_at);
        let message = format!("{before} becomes {after}");
        let detail = format!("{before}>{after}");
        self.found(
            pair,
            kind,
            from.map(value_of),
            to.map(value_of),
            say(detail, message),
        );
        pair.base.types() & pair.revision.types() != 0
    }

    fn listed(&mut self, pair: Pair<'_, 'a>) {
        let (from, to) = (pair.base.listed_at, pair.revision.listed_at);
        let (from, to) = (from.map(key_of), to.map(key_of));
        match (&pair.base.listed, &pair.revision.listed) {
            (None, None) => {}
            (None, Some(new)) => {
                let message = format!("only {} are allowed now", values(new.iter().copied()));
                self.found(pair, &kinds::BECAME_ENUM, from, to, say("", message));
            }
            (Some(_), None) => {
                let message = "any value is allowed now, not only listed ones";
                self.found(pair, &kinds::ENUM_LIFTED, from, to, say("", message));
            }
            (Some(old), Some(new)) => {
                let added = new.iter().filter(|it| !old.contains(it));
                let gone = old.iter().filter(|it| !new.contains(it));
                let kinds = [&kinds::ENUM_VALUE_ADDED, &kinds::ENUM_VALUE_REMOVED];
                self.values(pair, kinds, added.copied(), gone.copied(), (from, to));
            }
        }
        let known = |shape: &Shape<'a>| shape.key("x-extensible-enum");
        if let (Some(old), Some(new)) = (known(pair.base), known(pair.revision)) {
            let has = |loc: Loc<'a>, value: &serde_json::Value| {
                loc.elements().any(|it| it.value == value)
            };
            let added = new.elements().map(|it| it.value).filter(|it| !has(old, it));
            let gone = old.elements().map(|it| it.value).filter(|it| !has(new, it));
            let kinds = [
                &kinds::EXTENSIBLE_VALUE_ADDED,
                &kinds::EXTENSIBLE_VALUE_REMOVED,
            ];
            let places = (Some(key_of(old)), Some(key_of(new)));
            self.values(pair, kinds, added, gone, places);
        }
    }

    fn values<'v>(
        &mut self,
        pair: Pair<'_, 'a>,
        kinds: [&'static Kind; 2],
        added: impl Iterator<Item = &'v serde_json::Value>,
        gone: impl Iterator<Item = &'v serde_json::Value>,
        places: (Option<Place<'a>>, Option<Place<'a>>),
    ) {
        let (added, gone) = (values(added), values(gone));
        for (kind, values, what) in [(kinds[0], added, "new"), (kinds[1], gone, "gone")] {
            if !values.is_empty() {
                let message = format!("of the values, {values} {} {what}", are(&values));
                self.found(pair, kind, places.0, places.1, say(values, message));
            }
        }
    }

    fn members(&mut self, pair: Pair<'_, 'a>) {
        let (base, revision) = (pair.base, pair.revision);
        for (name, schemas) in &base.properties {
            match revision.properties.get(name) {
                Some(new) => self.member(pair, name, schemas, new),
                None => self.member_gone(pair, name, schemas),
            }
        }
        for (name, schemas) in &revision.properties {
            if !base.properties.contains_key(name) {
                self.member_new(pair, name, schemas);
            }
        }
        // Names that are required and described nowhere.
        for (name, at) in &revision.required {
            let described =
                base.properties.contains_key(name) || revision.properties.contains_key(name);
            if !described && !base.required.contains_key(name) {
                let message = format!("`{}` is required now", shorten(name));
                let kind = &kinds::PROPERTY_BECAME_REQUIRED;
                self.found(pair, kind, None, Some(value_of(*at)), say(*name, message));
            }
        }
    }

    fn member_gone(&mut self, pair: Pair<'_, 'a>, name: &'a str, schemas: &[Loc<'a>]) {
        let shape = self.old_shape(schemas);
        let pair = Pair {
            way: pair.way.muted(not_carried(&shape, pair.way.direction)),
            ..pair
        };
        let (kind, what) = match pair.base.required.contains_key(name) {
            true => (&kinds::REQUIRED_PROPERTY_REMOVED, "required"),
            false => (&kinds::PROPERTY_REMOVED, "optional"),
        };
        let message = format!("the {what} member `{}` is gone", shorten(name));
        let from = schemas.first().copied().map(key_of);
        let to = pair.revision.key("properties").map(key_of);
        self.found(pair, kind, from, to, say(name, message));
    }

    fn member_new(&mut self, pair: Pair<'_, 'a>, name: &'a str, schemas: &[Loc<'a>]) {
        let shape = self.new_shape(schemas);
        let pair = Pair {
            way: pair.way.muted(not_carried(&shape, pair.way.direction)),
            ..pair
        };
        let (kind, what) = match pair.revision.required.contains_key(name) {
            true => (&kinds::REQUIRED_PROPERTY_ADDED, "required"),
            false => (&kinds::PROPERTY_ADDED, "optional"),
        };
        let message = format!("the {what} member `{}` is new", shorten(name));
        let from = pair.base.key("properties").map(key_of);
        let to = schemas.first().copied().map(key_of);
        self.found(pair, kind, from, to, say(name, message));
    }

    fn member(&mut self, pair: Pair<'_, 'a>, name: &'a str, old: &[Loc<'a>], new: &[Loc<'a>]) {
        let (from, to) = (self.old_shape(old), self.new_shape(new));
        let direction = pair.way.direction;
        let absent = (not_carried(&from, direction), not_carried(&to, direction));
        let places = (
            old.first().copied().map(key_of),
            new.first().copied().map(key_of),
        );
        let inner = Pair {
            base: &from,
            revision: &to,
            ..pair
        };
        let always = (
            pair.base.required.contains_key(name),
            pair.revision.required.contains_key(name),
        );
        self.access(inner, places, always.0);
        // What begins to be carried was never sent or received before.
        let begins = absent.0 && !absent.1;
        let before = always.0 && !begins;
        let outer = Pair {
            way: pair.way.muted(absent.1),
            ..pair
        };
        self.requiredness(outer, name, places, (before, always.1));
        let inner = Pair {
            way: pair.way.muted(absent.0 || absent.1),
            ..inner
        };
        self.presence(inner, places, always);
        self.schemas(pair.node, old, new, inner.way);
    }

    fn requiredness(
        &mut self,
        pair: Pair<'_, 'a>,
        name: &'a str,
        places: (Option<Place<'a>>, Option<Place<'a>>),
        always: (bool, bool),
    ) {
        let at = |shape: &Shape<'a>| shape.required.get(name).copied().map(value_of);
        let shown = shorten(name);
        match always {
            (false, true) => {
                let message = format!("`{shown}` is required now");
                let kind = &kinds::PROPERTY_BECAME_REQUIRED;
                self.found(pair, kind, places.0, at(pair.revision), say(name, message));
            }
            (true, false) => {
                let message = format!("`{shown}` may be missing now");
                let kind = &kinds::PROPERTY_BECAME_OPTIONAL;
                self.found(pair, kind, at(pair.base), places.1, say(name, message));
            }
            _ => {}
        }
    }

    /// What depends on whether a value may be missing, which its schema does
    /// not know: whether null is allowed, and defaults.
    pub(super) fn presence(
        &mut self,
        pair: Pair<'_, 'a>,
        places: (Option<Place<'a>>, Option<Place<'a>>),
        always: (bool, bool),
    ) {
        self.defaults(pair, always.0 && always.1);
        self.nullability(pair, places, always.0);
    }

    fn nullability(
        &mut self,
        pair: Pair<'_, 'a>,
        places: (Option<Place<'a>>, Option<Place<'a>>),
        always: bool,
    ) {
        let (old, new) = (pair.base.nullable, pair.revision.nullable);
        let (kind, message) = match (old.is_some(), new.is_some()) {
            (false, true) if always => (&kinds::BECAME_NULLABLE, "may be null now"),
            (false, true) => (&kinds::OPTIONAL_BECAME_NULLABLE, "may be null now"),
            (true, false) => (&kinds::BECAME_NOT_NULLABLE, "may not be null any more"),
            _ => return,
        };
        let from = old.map(value_of).or(places.0);
        let to = new.map(value_of).or(places.1);
        self.found(pair, kind, from, to, say("", message));
    }

    /// Members that only one direction carries.
    fn access(
        &mut self,
        pair: Pair<'_, 'a>,
        places: (Option<Place<'a>>, Option<Place<'a>>),
        always: bool,
    ) {
        let gone = match always {
            true => &kinds::REQUIRED_BECAME_WRITE_ONLY,
            false => &kinds::BECAME_WRITE_ONLY,
        };
        let both = [
            (
                "readOnly",
                &kinds::BECAME_READ_ONLY,
                &kinds::BECAME_NOT_READ_ONLY,
            ),
            ("writeOnly", gone, &kinds::BECAME_NOT_WRITE_ONLY),
        ];
        for (key, became, ceased) in both {
            let (old, new) = (pair.base.truth(key), pair.revision.truth(key));
            let (kind, message) = match (old.is_some(), new.is_some()) {
                (false, true) => (became, format!("is `{key}` now")),
                (true, false) => (ceased, format!("is not `{key}` any more")),
                _ => continue,
            };
            let from = old.map(key_of).or(places.0);
            let to = new.map(key_of).or(places.1);
            self.found(pair, kind, from, to, say(key, message));
        }
    }

    fn additional(&mut self, pair: Pair<'_, 'a>) {
        let object = |shape: &Shape<'a>| shape.types() & OBJECT != 0;
        if !object(pair.base) || !object(pair.revision) {
            return;
        }
        let at = |additional: &Additional<'a>| match additional {
            Additional::Any => None,
            Additional::Forbidden(at) => Some(key_of(*at)),
            Additional::Of(list) => list.first().copied().map(key_of),
        };
        let (old, new) = (&pair.base.additional, &pair.revision.additional);
        let (kind, message) = match (old, new) {
            (Additional::Of(old), Additional::Of(new)) => {
                return self.schemas(pair.node, old, new, pair.way);
            }
            (Additional::Any, Additional::Any)
            | (Additional::Forbidden(_), Additional::Forbidden(_)) => return,
            (_, Additional::Forbidden(_)) => (
                &kinds::ADDITIONAL_PROPERTIES_RESTRICTED,
                "no members beside the named ones are allowed now",
            ),
            (Additional::Any, Additional::Of(_)) => (
                &kinds::ADDITIONAL_PROPERTIES_RESTRICTED,
                "members beside the named ones are of one type now",
            ),
            (Additional::Forbidden(_) | Additional::Of(_), _) => (
                &kinds::ADDITIONAL_PROPERTIES_ALLOWED,
                "members beside the named ones are allowed now",
            ),
        };
        self.found(pair, kind, at(old), at(new), say("", message));
    }

    fn items(&mut self, pair: Pair<'_, 'a>) {
        let (old, new) = (&pair.base.items, &pair.revision.items);
        let array = |shape: &Shape<'a>| shape.types() & ARRAY != 0;
        if !array(pair.base) || !array(pair.revision) {
            return;
        }
        let said = match (old.is_empty(), new.is_empty()) {
            (true, true) => return,
            (true, false) => Some((
                &kinds::TYPE_NARROWED,
                "items of any type become items of one type",
            )),
            (false, true) => Some((
                &kinds::TYPE_WIDENED,
                "items of one type become items of any type",
            )),
            (false, false) => None,
        };
        if let Some((kind, message)) = said {
            let place = |list: &[Loc<'a>]| list.first().copied().map(key_of);
            return self.found(pair, kind, place(old), place(new), say("items", message));
        }
        let (from, to) = (self.old_shape(old), self.new_shape(new));
        let inner = Pair {
            base: &from,
            revision: &to,
            ..pair
        };
        let place = |list: &[Loc<'a>]| list.first().copied().map(value_of);
        self.presence(inner, (place(old), place(new)), (true, true));
        self.schemas(pair.node, old, new, pair.way);
    }

    fn conditions(&mut self, pair: Pair<'_, 'a>) {
        for key in CONDITIONS {
            self.condition(pair, key, pair.base.key(key), pair.revision.key(key));
        }
        let (old, new) = (pair.base.condition, pair.revision.condition);
        self.condition(pair, "choice", old, new);
    }

    fn condition(
        &mut self,
        pair: Pair<'_, 'a>,
        key: &str,
        old: Option<Loc<'a>>,
        new: Option<Loc<'a>>,
    ) {
        let (kind, what) = match (old, new) {
            (None, None) => return,
            (Some(a), Some(b)) if a.value == b.value => return,
            (None, Some(_)) => (&kinds::CONDITION_ADDED, "is new"),
            (Some(_), None) => (&kinds::CONDITION_REMOVED, "is gone"),
            (Some(_), Some(_)) => (&kinds::CONDITION_CHANGED, "is another"),
        };
        let message = match key {
            "choice" => format!("the choice between required members {what}"),
            _ => format!("the condition `{key}` {what}"),
        };
        self.found(
            pair,
            kind,
            old.map(key_of),
            new.map(key_of),
            say(key, message),
        );
    }

    fn annotations(&mut self, pair: Pair<'_, 'a>) {
        let (old, new) = (
            pair.base.truth("deprecated"),
            pair.revision.truth("deprecated"),
        );
        if old.is_some() != new.is_some() {
            let (kind, message) = match new {
                Some(_) => (&kinds::DEPRECATED, "is deprecated now"),
                None => (&kinds::UNDEPRECATED, "is not deprecated any more"),
            };
            self.found(
                pair,
                kind,
                old.map(key_of),
                new.map(key_of),
                say("", message),
            );
        }
        for key in EXTENSIONS {
            let (old, new) = (pair.base.key(key), pair.revision.key(key));
            if old.map(|it| it.value) != new.map(|it| it.value) {
                let kind = &kinds::EXTENSION_CHANGED;
                let message = format!("`{key}` is another");
                self.found(
                    pair,
                    kind,
                    old.map(key_of),
                    new.map(key_of),
                    say(key, message),
                );
            }
        }
    }

    /// What holds where nothing is sent; where something always is, it never does.
    fn defaults(&mut self, pair: Pair<'_, 'a>, always: bool) {
        if always && pair.way.direction != Direction::Reply {
            return;
        }
        let (old, new) = (pair.base.key("default"), pair.revision.key("default"));
        let show = |loc: Loc<'_>| shorten(&loc.value.to_string());
        let (kind, message) = match (old, new) {
            (None, None) => return,
            (Some(a), Some(b)) if a.value == b.value => return,
            (None, Some(b)) => (
                &kinds::DEFAULT_ADDED,
                format!("the default is {} now, there was none", show(b)),
            ),
            (Some(a), None) => (
                &kinds::DEFAULT_REMOVED,
                format!("the default was {}, there is none now", show(a)),
            ),
            (Some(a), Some(b)) => (
                &kinds::DEFAULT_CHANGED,
                format!("the default goes from {} to {}", show(a), show(b)),
            ),
        };
        self.found(
            pair,
            kind,
            old.map(key_of),
            new.map(key_of),
            say("", message),
        );
    }
}

/// Types as they are told apart on their way: in text, a string without a form
/// of its own may be any scalar.
fn carried(shape: &Shape<'_>, medium: Medium) -> Types {
    let types = shape.types();
    let free = shape.listed.is_none() && shape.key("pattern").is_none() && shape.formats.is_empty();
    match medium != Medium::Body && types & STRING != 0 && free {
        true => types | NUMBER | BOOLEAN,
        false => types,
    }
}

/// Whether a direction leaves a member out.
fn not_carried(shape: &Shape<'_>, direction: Direction) -> bool {
    match direction {
        Direction::Request => shape.truth("readOnly").is_some(),
        Direction::Reply => shape.truth("writeOnly").is_some(),
        Direction::Unused => false,
    }
}

/// Values in words, sorted.
fn values<'v>(values: impl Iterator<Item = &'v serde_json::Value>) -> String {
    let mut shown: Vec<String> = values
        .map(|value| match value.as_str() {
            Some(text) => format!("`{text}`"),
            None => format!("`{value}`"),
        })
        .collect();
    shown.sort();
    shown.join(", ")
}

fn are(values: &str) -> &'static str {
    if values.contains(", ") { "are" } else { "is" }
}
