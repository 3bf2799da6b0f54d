//! `x-paging`: how a list is walked.

use serde_json::Value;

use super::look::{Kind, Member};
use super::{Flow, Part, Want, may, must};
use crate::diag::code;
use crate::lint::Lint;
use crate::lint::words::{list, shorten};
use crate::load::push;
use crate::term::is_path;

const STYLES: &[&str] = &["offset", "number", "last_id", "marker", "link", "whole"];

const PARTS: &[Part] = &[
    must("style", Want::Word(STYLES)),
    may("items", Want::Path),
    may("id", Want::Paths),
    may("position", Want::Name),
    may("size", Want::Name),
    may("page_size", Want::Count(1, u64::MAX)),
    may("first", Want::Count(0, 1)),
    may("total", Want::Path),
    may("next", Want::Path),
    may("link_parameter", Want::Name),
    may("clears", Want::Names),
];

/// Parts that only some styles have.
const OF_STYLES: &[(&str, &[&str])] = &[
    (
        "position",
        &["offset", "number", "last_id", "marker", "link"],
    ),
    ("next", &["marker", "link"]),
    ("link_parameter", &["link"]),
    ("first", &["number"]),
    ("clears", &["offset", "number", "last_id", "marker", "link"]),
];

/// What can tell an entry from the others.
const IDS: &[Kind] = &[Kind::Text, Kind::Enum, Kind::Time, Kind::Integer];

impl<'a> Lint<'a> {
    /// The value of `x-paging`.
    pub(in crate::lint) fn paging(&mut self, pointer: &str, value: &'a Value) {
        let flow = Flow::new("x-paging", code::E153, pointer);
        if !self.parts(&flow, value, PARTS) {
            return;
        }
        let style = self.part_text(&flow, "style");
        let Some(style) = style.filter(|style| STYLES.contains(style)) else {
            return;
        };
        self.parts_of_style(&flow, style);
        let entry = self.entries_of_list(&flow);
        if let Some(entry) = entry {
            self.entry_ids(&flow, style, &entry);
        }
        self.position(&flow, style);
        self.page_size(&flow);
        self.cleared(&flow);
        self.total(&flow);
        self.next(&flow, style);
    }

    fn parts_of_style(&mut self, flow: &Flow, style: &str) {
        for (name, styles) in OF_STYLES {
            let (has, may) = (self.has_part(flow, name), styles.contains(&style));
            if has && !may {
                let why = format!("not with the style `{style}`");
                self.senseless(flow, name, &why);
            }
            let must = matches!(*name, "position" | "next");
            if must && may && !has {
                self.missing_field(&flow.pointer, name);
            }
        }
        if style == "last_id" && !self.has_part(flow, "id") {
            self.missing_field(&flow.pointer, "id");
        }
        if self.has_part(flow, "page_size") && !self.has_part(flow, "size") {
            self.senseless(flow, "page_size", "no `size` is there to say it with");
        }
    }

    /// The schema of an entry.
    pub(super) fn entries_of_list(&mut self, flow: &Flow) -> Option<String> {
        let reply = self.reply_schema(&flow.operation);
        let whole = reply.filter(|reply| self.kind_at(reply) == Kind::List);
        let (at, schema) = match (whole, self.has_part(flow, "items")) {
            (Some(_), true) => {
                self.senseless(flow, "items", "the reply is the list itself");
                return None;
            }
            (Some(reply), false) => (flow.pointer.clone(), reply),
            (None, false) => {
                self.missing_field(&flow.pointer, "items");
                return None;
            }
            (None, true) => {
                let at = flow.part("items");
                let path = self.part_path(flow, "items")?;
                let members = self.reply_members(&flow.operation);
                let found = self.member_at(flow, &at, members, path, "the reply")?;
                (at, found.schema)
            }
        };
        if !self.of_kind(flow, &at, &schema, &[Kind::List], "a list") {
            return None;
        }
        self.items_of(&schema)
    }

    fn entry_ids(&mut self, flow: &Flow, style: &str, entry: &str) {
        let ids = self.part_texts(flow, "id");
        for (at, path) in ids.iter().filter(|(_, path)| is_path(path)) {
            let members = self.members(entry);
            if let Some(found) = self.member_at(flow, at, members, path, "an entry") {
                self.of_kind(flow, at, &found.schema, IDS, "a text, a number or a time");
            }
        }
        if style == "last_id" && ids.len() > 1 {
            self.unfit(
                flow,
                &flow.part("id"),
                "the id that carries on is one member",
                "these are several",
                "name the member whose value is sent",
            );
        }
    }

    /// A query parameter that the key names, or a member of the body.
    fn query_part(&mut self, flow: &Flow, at: &str, name: &str) -> Option<Member<'a>> {
        let known = self.settable(&flow.operation);
        let names: Vec<&str> = known.iter().map(|member| member.name).collect();
        if !names.contains(&name) {
            let help = self.hint(name, names.iter().copied());
            let help = help.unwrap_or_else(|| match names.as_slice() {
                [] => "the operation has no query parameters".to_owned(),
                names => format!("the operation has {}", list(names, "and")),
            });
            let message = format!(
                "`x-paging` names `{}`, which is no query parameter",
                shorten(name)
            );
            self.unfit(flow, at, message, "no query parameter of that name", help);
        }
        known.into_iter().find(|member| member.name == name)
    }

    fn position(&mut self, flow: &Flow, style: &str) {
        let Some(name) = self
            .part_text(flow, "position")
            .filter(|_| style != "whole")
        else {
            return;
        };
        let at = flow.part("position");
        let Some(parameter) = self.query_part(flow, &at, name) else {
            return;
        };
        let (kinds, wanted): (&[Kind], _) = match style {
            "last_id" | "marker" => (&[Kind::Text], "a text"),
            _ => (&[Kind::Integer, Kind::Text], "a number or a text"),
        };
        self.of_kind(flow, &at, &parameter.schema, kinds, wanted);
    }

    fn page_size(&mut self, flow: &Flow) {
        let Some(name) = self.part_text(flow, "size") else {
            return;
        };
        let at = flow.part("size");
        let Some(parameter) = self.query_part(flow, &at, name) else {
            return;
        };
        let schema = parameter.schema;
        let kinds = [Kind::Integer, Kind::Text, Kind::Enum];
        if !self.of_kind(flow, &at, &schema, &kinds, "a number, a text or an enum") {
            return;
        }
        let Some(size) = self.get(&flow.part("page_size")).and_then(Value::as_u64) else {
            return;
        };
        if let Some(label) = self.too_much(&schema, size) {
            self.unfit(
                flow,
                &flow.part("page_size"),
                format!("a page of {size} can't be asked for"),
                label,
                format!("write the largest that `{}` takes", shorten(name)),
            );
        }
    }

    /// Why a parameter does not take a page size.
    fn too_much(&self, schema: &str, size: u64) -> Option<String> {
        let values = self.values_at(schema);
        if self.kind_at(schema) == Kind::Enum && !values.contains(&size.to_string().as_str()) {
            return Some(format!("the parameter takes {}", list(&values, "or")));
        }
        let most = self.facet(schema, "maximum").and_then(Value::as_u64)?;
        (size > most).then(|| format!("the parameter takes {most} at most"))
    }

    fn cleared(&mut self, flow: &Flow) {
        let own = ["position", "size"].map(|part| self.part_text(flow, part));
        for (at, name) in self.part_texts(flow, "clears") {
            let Some(parameter) = self.query_part(flow, &at, name) else {
                continue;
            };
            let why = if own.contains(&Some(name)) {
                "it carries on itself"
            } else if parameter.required {
                "it is mandatory"
            } else {
                continue;
            };
            let message = format!("`{}` can't be left out", shorten(name));
            let help = "name parameters that may be absent and would skip once more";
            self.unfit(flow, &at, message, why, help);
        }
    }

    fn total(&mut self, flow: &Flow) {
        let Some(path) = self.part_path(flow, "total") else {
            return;
        };
        let at = flow.part("total");
        let members = self.reply_members(&flow.operation);
        if let Some(found) = self.member_at(flow, &at, members, path, "the reply") {
            let kinds = [Kind::Integer, Kind::Text];
            self.of_kind(flow, &at, &found.schema, &kinds, "a number or a text");
        }
    }

    fn next(&mut self, flow: &Flow, style: &str) {
        let Some(path) = self.part_path(flow, "next") else {
            return;
        };
        let at = flow.part("next");
        let members = self.reply_members(&flow.operation);
        let Some(found) = self.member_at(flow, &at, members, path, "the reply") else {
            return;
        };
        match style {
            "link" => self.link(flow, &at, &found.schema),
            "marker" => {
                self.of_kind(flow, &at, &found.schema, &[Kind::Text], "a text");
            }
            _ => {}
        }
    }

    /// A URL, or a list of links among which one is `next`.
    fn link(&mut self, flow: &Flow, at: &str, schema: &str) {
        let kinds = [Kind::Text, Kind::List];
        let fits = self.of_kind(flow, at, schema, &kinds, "a text or a list of links");
        if !fits || self.kind_at(schema) == Kind::Text {
            return;
        }
        let Some(link) = self.items_of(schema) else {
            return;
        };
        for name in ["rel", "href"] {
            let members = self.members(&link);
            if let Some(found) = self.member_at(flow, at, members, name, "a link") {
                self.of_kind(
                    flow,
                    at,
                    &found.schema,
                    &[Kind::Text],
                    "links with two texts",
                );
            }
        }
    }
}

/// The `x-paging` of an operation.
pub(super) fn flow_of(operation: &str) -> Flow {
    Flow::new("x-paging", code::E153, &push(operation, "x-paging"))
}
