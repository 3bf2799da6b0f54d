//! `x-paging`, `x-wait` and `x-find`: how calls belong together.
//!
//! Each key is looked at twice: whether it has the parts of its table, and
//! whether the members and operations that it names are there and fit. A part
//! of the wrong shape is reported once and counts as absent afterwards.

mod find;
mod look;
mod paging;
mod terms;
mod unpaged;
mod wait;

use serde_json::Value;

use super::Lint;
use super::extensions::is_text;
use super::paths::Op;
use super::words::{list, shorten};
use crate::diag::{Code, Diagnostic};
use crate::load::push;
use crate::term::is_path;

/// One of the three keys where it stands.
struct Flow {
    /// `x-paging`
    name: &'static str,
    /// Code of what does not fit.
    code: Code,
    /// Pointer of its value.
    pointer: String,
    /// Pointer of its operation.
    operation: String,
}

impl Flow {
    fn new(name: &'static str, code: Code, pointer: &str) -> Self {
        let operation = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        Flow {
            name,
            code,
            pointer: pointer.to_owned(),
            operation: operation.to_owned(),
        }
    }

    /// The pointer of a part.
    fn part(&self, name: &str) -> String {
        push(&self.pointer, name)
    }
}

/// A key inside of one of the three.
struct Part {
    name: &'static str,
    want: Want,
    required: bool,
}

/// What a part holds.
#[derive(Clone, Copy)]
enum Want {
    Word(&'static [&'static str]),
    /// The name of a parameter or an operation.
    Name,
    Names,
    /// A member, perhaps inside of objects.
    Path,
    /// One such member or several.
    Paths,
    Texts,
    /// A whole number within these limits.
    Count(u64, u64),
    True,
    /// A map from names to terms.
    Terms,
}

const fn may(name: &'static str, want: Want) -> Part {
    Part {
        name,
        want,
        required: false,
    }
}

const fn must(name: &'static str, want: Want) -> Part {
    Part {
        name,
        want,
        required: true,
    }
}

impl<'a> Lint<'a> {
    /// Whether the value is a map; its parts are checked on the way.
    fn parts(&mut self, flow: &Flow, value: &'a Value, parts: &[Part]) -> bool {
        let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
        let Some(members) = value.as_object() else {
            let help = format!("write a map with {}", list(&names, "and"));
            self.shapeless(&flow.pointer, "a map", help);
            return false;
        };
        for (name, value) in members {
            let at = flow.part(name);
            match parts.iter().find(|part| part.name == name) {
                Some(part) => self.want(part.want, &at, value),
                None => self.unknown_field(&at, name, &names),
            }
        }
        let missing = parts.iter().filter(|part| part.required);
        for part in missing.filter(|part| !members.contains_key(part.name)) {
            self.missing_field(&flow.pointer, part.name);
        }
        true
    }

    fn want(&mut self, want: Want, at: &str, value: &Value) {
        let all = |good: fn(&Value) -> bool| {
            let items = value.as_array();
            items.is_some_and(|items| !items.is_empty() && items.iter().all(good))
        };
        let (good, wanted, help) = match want {
            Want::Word(words) => {
                let text = value.as_str();
                let near = text.and_then(|text| self.hint(text, words.iter().copied()));
                let help = near.unwrap_or_else(|| format!("write {}", list(words, "or")));
                let good = text.is_some_and(|text| words.contains(&text));
                return self.wanted(good, at, &list(words, "or"), help);
            }
            Want::Name => (
                is_text(value),
                "a name",
                "write the name as it is spelt there",
            ),
            Want::Names => (
                all(is_text),
                "a list of names",
                "write the names of parameters: `[a, b]`",
            ),
            Want::Path => (
                is_member(value),
                "the name of a member",
                "write its name on the wire; `a.b` is the member `b` of the object `a`",
            ),
            Want::Paths => (
                is_member(value) || all(is_member),
                "the name of a member, or a list of them",
                "write the name on the wire, or several: `[a, b]`",
            ),
            Want::Texts => (
                all(is_text),
                "a list of texts",
                "write the values as they are spelt on the wire: `[a, b]`",
            ),
            Want::Count(least, most) => {
                let good = value.as_u64().is_some_and(|n| (least..=most).contains(&n));
                let wanted = match most {
                    u64::MAX => format!("a whole number from {least}"),
                    most => format!("a whole number from {least} to {most}"),
                };
                return self.wanted(good, at, &wanted, "write a number, without quotes".into());
            }
            Want::True => (
                value == &Value::Bool(true),
                "`true`",
                "write `true`, or remove the key",
            ),
            Want::Terms => (
                value.as_object().is_some_and(|terms| !terms.is_empty()),
                "a map from names to where their values come from",
                "write `{id: reply.job_id}`",
            ),
        };
        self.wanted(good, at, wanted, help.to_owned());
    }

    fn wanted(&mut self, good: bool, at: &str, wanted: &str, help: String) {
        if !good {
            self.shapeless(at, wanted, help);
        }
    }

    /// A text that is not empty.
    fn part_text(&self, flow: &Flow, name: &str) -> Option<&'a str> {
        self.text(&flow.pointer, name)
            .filter(|text| !text.trim().is_empty())
    }

    /// A text that can name a member.
    fn part_path(&self, flow: &Flow, name: &str) -> Option<&'a str> {
        self.text(&flow.pointer, name).filter(|text| is_path(text))
    }

    /// The texts of a list, or one text, each with its pointer.
    fn part_texts(&self, flow: &Flow, name: &str) -> Vec<(String, &'a str)> {
        let at = flow.part(name);
        if let Some(text) = self.part_text(flow, name) {
            return vec![(at, text)];
        }
        let items = self.elements(&at).into_iter();
        items
            .filter_map(|(at, value)| Some((at, value.as_str()?)))
            .collect()
    }

    fn has_part(&self, flow: &Flow, name: &str) -> bool {
        self.get(&flow.part(name)).is_some()
    }

    /// Reports what does not fit; `at` points at the value to mend.
    fn unfit(
        &mut self,
        flow: &Flow,
        at: &str,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        let span = self.val(at);
        self.push(
            Diagnostic::error(flow.code, message)
                .at(span, label)
                .help(help),
        );
    }

    /// Reports a part that has no meaning beside another.
    fn senseless(&mut self, flow: &Flow, name: &str, why: &str) {
        let at = self.key(&flow.part(name));
        let message = format!("`{name}` has no meaning here");
        self.push(
            Diagnostic::error(flow.code, message)
                .at(at, why)
                .help(format!("remove `{name}`")),
        );
    }

    /// The operation of that id.
    fn operation_called(&self, id: &str) -> Option<Op<'a>> {
        let mut operations = self.operations().into_iter();
        operations.find(|op| self.text(&op.pointer, "operationId") == Some(id))
    }

    /// The operation that `ask` names.
    fn asked(&mut self, flow: &Flow) -> Option<Op<'a>> {
        let id = self.part_text(flow, "ask")?;
        let found = self.operation_called(id);
        if found.is_none() {
            let ids: Vec<&str> = self
                .operations()
                .iter()
                .filter_map(|op| self.text(&op.pointer, "operationId"))
                .collect();
            let help = self.hint(id, ids.iter().copied());
            let help = help.unwrap_or_else(|| "write an operationId of this document".to_owned());
            let message = format!(
                "`{}` asks `{}`, which is no operation",
                flow.name,
                shorten(id)
            );
            self.unfit(
                flow,
                &flow.part("ask"),
                message,
                "no operation of that id",
                help,
            );
        }
        found
    }
}

fn is_member(value: &Value) -> bool {
    value.as_str().is_some_and(is_path)
}
