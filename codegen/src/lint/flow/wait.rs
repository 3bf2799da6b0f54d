//! `x-wait`: what takes its time, and how one learns that it is over.

use serde_json::Value;

use super::look::{Kind, TEXTS};
use super::terms::Allowed;
use super::{Flow, Part, Want, may};
use crate::diag::code;
use crate::lint::Lint;
use crate::lint::paths::Op;
use crate::lint::words::{list, shorten};
use crate::load::push;
use crate::term::Term;

const PARTS: &[Part] = &[
    may("ask", Want::Name),
    may("with", Want::Terms),
    may("at", Want::Path),
    may("where", Want::Terms),
    may("state", Want::Path),
    may("done", Want::Texts),
    may("failed", Want::Texts),
    may("unknown", Want::Texts),
    may("reason", Want::Path),
    may("progress", Want::Path),
    may("gone", Want::True),
    may("every", Want::Count(1, 86_400)),
    may("within", Want::Count(1, u64::MAX)),
    may("grace", Want::Count(0, u64::MAX)),
];

/// Who says a part: the operation itself, or the one that it asks.
struct Said {
    flow: Flow,
    own: bool,
}

impl<'a> Lint<'a> {
    /// The value of `x-wait`.
    pub(in crate::lint) fn wait(&mut self, pointer: &str, value: &'a Value) {
        let flow = wait_at(pointer);
        if !self.parts(&flow, value, PARTS) {
            return;
        }
        let asked = if self.has_part(&flow, "ask") {
            let Some(asked) = self.asked(&flow).filter(|asked| self.can_ask(&flow, asked)) else {
                return;
            };
            self.start(&flow, &asked);
            asked.pointer
        } else {
            self.watch(&flow);
            flow.operation.clone()
        };
        self.same_keys(&flow);
        if let Some(seen) = self.seen(&flow, &asked) {
            self.states(&flow, &asked, &seen);
        }
    }

    /// An operation that tells of itself.
    fn watch(&mut self, flow: &Flow) {
        if self.has_part(flow, "with") {
            self.senseless(flow, "with", "without `ask`, the operation asks itself");
        }
        self.is_read(flow, &flow.operation, &flow.pointer);
        for member in self.request_members(&flow.operation) {
            if member.required && !TEXTS.contains(&self.kind_at(&member.schema)) {
                let message = format!("`{}` can't be kept to ask again", shorten(member.name));
                let (at, also) = (self.key(&flow.pointer), self.key(&member.schema));
                self.push(
                    crate::diag::Diagnostic::error(flow.code, message)
                        .at(at, "asks with the mandatory parameters of the operation")
                        .also(also, "this is neither a text nor an enum")
                        .help("watch it from the operation that starts it, with `ask`"),
                );
            }
        }
    }

    /// An operation that another one tells of.
    fn start(&mut self, flow: &Flow, asked: &Op<'a>) {
        let allowed = Allowed {
            reply: true,
            started: true,
            optional: false,
        };
        self.question(flow, asked, allowed);
        self.is_read(flow, &asked.pointer, &flow.part("ask"));
        if self.kept(flow).is_empty() {
            self.unfit(
                flow,
                &flow.pointer,
                "nothing says what is waited for",
                "no value comes from the request or its reply",
                "add `with` or `where` with `reply.…` or `request.…`",
            );
        }
    }

    fn is_read(&mut self, flow: &Flow, operation: &str, at: &str) {
        if operation.ends_with("/get") || operation.ends_with("/head") {
            return;
        }
        let at = self.key(at);
        self.push(
            crate::diag::Diagnostic::error(flow.code, "only a read can be asked again and again")
                .at(at, "this one changes something")
                .help("name with `ask` the operation that shows how far it is"),
        );
    }

    /// Whether the asked operation is another one, and does not ask further.
    fn can_ask(&mut self, flow: &Flow, asked: &Op<'a>) -> bool {
        let (label, help) = if asked.pointer == flow.operation {
            ("this is the operation itself", "remove `ask`")
        } else if self.has_part(&wait_of(&asked.pointer), "ask") {
            (
                "it asks another one in its turn",
                "name the operation that tells how far it is",
            )
        } else {
            return true;
        };
        let message = "the asked operation can't tell";
        self.unfit(flow, &flow.part("ask"), message, label, help);
        false
    }

    /// The texts of the terms whose values are kept.
    fn kept(&self, flow: &Flow) -> Vec<(String, &'a str)> {
        let terms = ["with", "where"].map(|part| self.entries(&flow.part(part)));
        let texts = terms.into_iter().flatten();
        texts
            .filter_map(|(at, _, value)| Some((at, value.as_str()?)))
            .filter(|(_, text)| matches!(Term::read(text), Some(Term::Reply(_) | Term::Request(_))))
            .collect()
    }

    /// Values are kept by their paths, so two of one path would be one.
    fn same_keys(&mut self, flow: &Flow) {
        let mut seen: Vec<(&str, &str, String)> = Vec::new();
        for (at, text) in self.kept(flow) {
            let Some((_, path)) = text.split_once('.') else {
                continue;
            };
            let taken = path == "started"
                || seen
                    .iter()
                    .any(|(key, other, _)| *key == path && *other != text);
            if taken {
                let message = format!("two values would be kept as `{}`", shorten(path));
                self.unfit(
                    flow,
                    &at,
                    message,
                    "another value has this name",
                    "take the value from a place of another name",
                );
            }
            seen.push((path, text, at));
        }
    }

    /// Who says a part, and where. What is deleted may have failed before.
    fn said(&self, flow: &Flow, asked: &str, name: &str) -> Option<Said> {
        if self.has_part(flow, name) {
            let flow = wait_at(&flow.pointer);
            return Some(Said { flow, own: true });
        }
        let other = wait_of(asked);
        let is_end = matches!(name, "done" | "failed") && self.has_part(flow, "gone");
        (!is_end && self.has_part(&other, name)).then_some(Said {
            flow: other,
            own: false,
        })
    }

    /// The schema of what is watched.
    fn seen(&mut self, flow: &Flow, asked: &str) -> Option<String> {
        let Some(said) = self.said(flow, asked, "at") else {
            if self.has_part(flow, "where") {
                self.senseless(flow, "where", "there is no list to look through");
            }
            let schema = self.reply_schema(asked);
            if schema.is_none() {
                let at = flow.pointer.clone();
                let message = "the asked operation answers without a body";
                let help = "ask an operation whose reply tells how far it is";
                self.unfit(flow, &at, message, "nothing tells how far it is", help);
            }
            return schema;
        };
        let at = match said.own {
            true => flow.part("at"),
            false => flow.pointer.clone(),
        };
        let path = self.part_path(&said.flow, "at")?;
        let members = self.reply_members(asked);
        let found = self.member_at(flow, &at, members, path, "the reply")?;
        let kinds = [Kind::Object, Kind::List];
        if !self.of_kind(flow, &at, &found.schema, &kinds, "an object or a list") {
            return None;
        }
        match (self.kind_at(&found.schema), self.has_part(flow, "where")) {
            (Kind::List, true) => {
                let entry = self.items_of(&found.schema)?;
                if !self.of_kind(flow, &at, &entry, &[Kind::Object], "a list of objects") {
                    return None;
                }
                let allowed = Allowed {
                    reply: self.has_part(flow, "ask"),
                    started: false,
                    optional: false,
                };
                self.conditions(flow, &entry, allowed);
                Some(entry)
            }
            (Kind::List, false) => {
                let message = format!("`{}` is a list", shorten(path));
                let help = "say with `where` by what its entry is known";
                self.unfit(flow, &at, message, "which of its entries?", help);
                None
            }
            (_, true) => {
                self.senseless(flow, "where", "`at` is no list");
                None
            }
            (_, false) => Some(found.schema),
        }
    }

    /// `state` and what its values mean.
    fn states(&mut self, flow: &Flow, asked: &str, seen: &str) {
        let gone = self.has_part(flow, "gone");
        if gone && self.has_part(flow, "done") {
            self.senseless(flow, "done", "it is over when it is gone, and not before");
        }
        let texts = (TEXTS, "a text or an enum");
        let state = self.told(flow, asked, seen, "state", texts);
        let is_said = state.is_some() || self.has_part(flow, "state");
        if !is_said && !gone {
            self.missing_field(&flow.pointer, "state");
        } else if !is_said && self.has_part(flow, "failed") {
            self.senseless(flow, "failed", "no `state` is there to tell");
        } else if !gone && self.said(flow, asked, "done").is_none() {
            self.missing_field(&flow.pointer, "done");
        }
        if let Some(state) = state {
            self.values(flow, asked, &state);
        }
        self.both_ends(flow);
        let numbers: (&[Kind], _) = (
            &[Kind::Text, Kind::Enum, Kind::Integer, Kind::Number],
            "a text or a number",
        );
        self.told(flow, asked, seen, "reason", texts);
        self.told(flow, asked, seen, "progress", numbers);
    }

    /// The schema of a member of what is watched. What the asked operation says
    /// of itself counts where it fits, and is reported there.
    fn told(
        &mut self,
        flow: &Flow,
        asked: &str,
        seen: &str,
        name: &str,
        (kinds, wanted): (&[Kind], &str),
    ) -> Option<String> {
        let said = self.said(flow, asked, name)?;
        let path = self.part_path(&said.flow, name)?;
        let members = self.members(seen);
        if !said.own {
            let found = self.reach(members, path).ok()?;
            let fits = kinds.contains(&self.kind_at(&found.schema));
            return fits.then_some(found.schema);
        }
        let at = flow.part(name);
        let found = self.member_at(flow, &at, members, path, "what is watched")?;
        let fits = self.of_kind(flow, &at, &found.schema, kinds, wanted);
        fits.then_some(found.schema)
    }

    /// Values of `done` and `failed` that an enum does not have.
    fn values(&mut self, flow: &Flow, asked: &str, schema: &str) {
        if self.kind_at(schema) != Kind::Enum {
            return;
        }
        let values = self.values_at(schema);
        let other_state = ["at", "state"].iter().any(|name| self.has_part(flow, name));
        for name in ["done", "failed"] {
            let said = self.said(flow, asked, name);
            let Some(said) = said.filter(|said| said.own || other_state) else {
                continue;
            };
            for (at, value) in self.part_texts(&said.flow, name) {
                if values.contains(&value) {
                    continue;
                }
                let at = if said.own { at } else { flow.pointer.clone() };
                let message = format!("`{}` is no value of the state", shorten(value));
                let help = self.hint(value, values.iter().copied());
                let help =
                    help.unwrap_or_else(|| format!("its values are {}", list(&values, "and")));
                self.unfit(flow, &at, message, "not one of its values", help);
            }
        }
    }

    /// A state that means success and failure.
    fn both_ends(&mut self, flow: &Flow) {
        let done = self.part_texts(flow, "done");
        for (at, value) in self.part_texts(flow, "failed") {
            if done.iter().any(|(_, other)| *other == value) {
                let message = format!("`{}` can't be both ends", shorten(value));
                let help = "keep it in one of the two lists";
                self.unfit(flow, &at, message, "in `done` as well", help);
            }
        }
    }
}

fn wait_at(pointer: &str) -> Flow {
    Flow::new("x-wait", code::E154, pointer)
}

/// The `x-wait` of an operation.
fn wait_of(operation: &str) -> Flow {
    wait_at(&push(operation, "x-wait"))
}
