//! Parameters of operations.

use super::kinds;
use super::operations::Operation;
use super::schema::Pair;
use super::side::{Loc, Side};
use super::walk::{ANYTHING, Direction, Medium, NodeId, Walk, Way, key_of, value_of};
use crate::lint::words::shorten;

/// One parameter, references followed.
#[derive(Clone, Copy, Debug)]
struct Parameter<'a> {
    at: Loc<'a>,
    name: &'a str,
    place: &'a str,
    /// Of a path parameter, which one of the template it is.
    position: Option<usize>,
}

impl<'a> Parameter<'a> {
    /// What the wire knows of it.
    fn key(&self) -> (&'a str, String) {
        let name = match (self.position, self.place) {
            (Some(position), _) => position.to_string(),
            // Names of headers have no case.
            (None, "header") => self.name.to_ascii_lowercase(),
            (None, _) => self.name.to_owned(),
        };
        (self.place, name)
    }

    fn required(&self) -> bool {
        self.place == "path" || self.at.is_true("required")
    }

    /// `the query parameter `limit``
    fn words(&self) -> String {
        format!("the {} parameter `{}`", self.place, shorten(self.name))
    }

    /// How it is written: style and whether lists are split up.
    fn style(&self) -> (&'a str, bool) {
        let usual = match self.place {
            "query" | "cookie" => "form",
            _ => "simple",
        };
        let style = self.at.text("style").unwrap_or(usual);
        let explode = self.at.get("explode").and_then(|it| it.value.as_bool());
        (style, explode.unwrap_or(style == "form"))
    }

    fn schema(&self) -> Loc<'a> {
        let content = || {
            let (_, media) = self.at.get("content")?.entries().next()?;
            media.get("schema")
        };
        let anything = Loc {
            doc: self.at.doc,
            value: &ANYTHING,
        };
        self.at.get("schema").or_else(content).unwrap_or(anything)
    }

    /// Parameters with a media type hold that, the others text.
    fn medium(&self) -> Medium {
        match self.at.get("content") {
            Some(_) => Medium::Body,
            None => Medium::Text,
        }
    }
}

/// Parameters of an operation: its own, and those of its path that it does not
/// replace.
fn of<'a>(side: &'a Side, operation: &Operation<'a>) -> Vec<Parameter<'a>> {
    let template: Vec<&str> = operation
        .path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect();
    let mut found: Vec<Parameter<'a>> = Vec::new();
    for holder in [operation.at, operation.item] {
        for at in holder.get("parameters").into_iter().flat_map(Loc::elements) {
            let at = side.resolve(at);
            let (Some(name), Some(place)) = (at.text("name"), at.text("in")) else {
                continue;
            };
            let position = template.iter().position(|it| *it == name);
            let parameter = Parameter {
                at,
                name,
                place,
                position: position.filter(|_| place == "path"),
            };
            if found.iter().all(|it| it.key() != parameter.key()) {
                found.push(parameter);
            }
        }
    }
    found
}

impl<'a> Walk<'a> {
    /// Compares the parameters of an operation.
    pub(super) fn parameters(
        &mut self,
        node: NodeId,
        old: &Operation<'a>,
        new: &Operation<'a>,
        sent: Direction,
    ) {
        let (before, after) = (of(self.base, old), of(self.revision, new));
        let holder = |operation: &Operation<'a>| {
            Some(key_of(
                operation.at.get("parameters").unwrap_or(operation.at),
            ))
        };
        for was in &before {
            match after.iter().find(|it| it.key() == was.key()) {
                Some(is) => self.parameter(node, was, is, sent),
                None => {
                    let places = (Some(value_of(was.at)), holder(new));
                    let message = format!("{} is gone", was.words());
                    let detail = format!("{} {}", was.place, was.name);
                    let kind = &kinds::PARAMETER_REMOVED;
                    self.noted(node, kind, sent, places, (&detail, &message));
                }
            }
        }
        for is in &after {
            if before.iter().all(|it| it.key() != is.key()) {
                let (kind, what) = match is.required() {
                    true => (&kinds::REQUIRED_PARAMETER_ADDED, "is new and required"),
                    false => (&kinds::PARAMETER_ADDED, "is new"),
                };
                let places = (holder(old), Some(value_of(is.at)));
                let message = format!("{} {what}", is.words());
                let detail = format!("{} {}", is.place, is.name);
                self.noted(node, kind, sent, places, (&detail, &message));
            }
        }
    }

    fn parameter(
        &mut self,
        node: NodeId,
        was: &Parameter<'a>,
        is: &Parameter<'a>,
        sent: Direction,
    ) {
        self.texts(was.at, is.at);
        let places = |key: &str| {
            let place = |at: Loc<'a>| Some(at.get(key).map_or(value_of(at), key_of));
            (place(was.at), place(is.at))
        };
        let words = was.words();
        let detail = format!("{} {}", was.place, was.name);
        if was.name != is.name && was.place == "path" {
            let message = format!("{words} is called `{}` now", shorten(is.name));
            let kind = &kinds::PATH_PARAMETER_RENAMED;
            self.noted(node, kind, sent, places("name"), (&detail, &message));
        }
        let (kind, message) = match (was.required(), is.required()) {
            (false, true) => (Some(&kinds::PARAMETER_BECAME_REQUIRED), "must be sent now"),
            (true, false) => (
                Some(&kinds::PARAMETER_BECAME_OPTIONAL),
                "need not be sent any more",
            ),
            _ => (None, ""),
        };
        if let Some(kind) = kind {
            let message = format!("{words} {message}");
            self.noted(node, kind, sent, places("required"), (&detail, &message));
        }
        let (deprecated, now) = (was.at.is_true("deprecated"), is.at.is_true("deprecated"));
        if deprecated != now {
            let (kind, what) = match now {
                true => (&kinds::DEPRECATED, "is deprecated now"),
                false => (&kinds::UNDEPRECATED, "is not deprecated any more"),
            };
            let message = format!("{words} {what}");
            self.noted(node, kind, sent, places("deprecated"), (&detail, &message));
        }
        self.parameter_value(node, was, is, sent);
    }

    fn parameter_value(
        &mut self,
        node: NodeId,
        was: &Parameter<'a>,
        is: &Parameter<'a>,
        sent: Direction,
    ) {
        let (old, new) = (was.schema(), is.schema());
        let (from, to) = (self.old_shape(&[old]), self.new_shape(&[new]));
        // Scalars are written in one way by every common style.
        let compound = super::shape::ARRAY | super::shape::OBJECT;
        let lists = from.types() & to.types() & compound != 0 || !from.variants.is_empty();
        if lists && was.style() != is.style() || was.medium() != is.medium() {
            let message = format!("{} is written in another way", was.words());
            let places = (Some(value_of(was.at)), Some(value_of(is.at)));
            let detail = format!("{} {}", was.place, was.name);
            let kind = &kinds::PARAMETER_STYLE_CHANGED;
            self.noted(node, kind, sent, places, (&detail, &message));
        }
        let way = Way::new(sent, was.medium());
        let pair = Pair {
            node,
            way,
            base: &from,
            revision: &to,
        };
        let places = (Some(value_of(was.at)), Some(value_of(is.at)));
        self.presence(pair, places, (was.required(), is.required()));
        self.schemas(node, &[old], &[new], way);
    }
}
