//! `with` and `where`: what another call is asked for, and what an entry is
//! known by.

use super::Flow;
use super::look::{Kind, Member, TEXTS};
use crate::lint::Lint;
use crate::lint::paths::Op;
use crate::lint::words::{list, shorten};
use crate::load::push;
use crate::term::Term;

/// Which terms have a meaning in a place.
#[derive(Clone, Copy)]
pub(super) struct Allowed {
    /// `reply.…`
    pub(super) reply: bool,
    /// `started`
    pub(super) started: bool,
    /// Members of the request that may be absent.
    pub(super) optional: bool,
}

impl<'a> Lint<'a> {
    /// `with`: parameters of the asked operation.
    pub(super) fn question(&mut self, flow: &Flow, asked: &Op<'a>, allowed: Allowed) {
        let parameters = self.question_members(asked);
        for (at, name, value) in self.entries(&flow.part("with")) {
            let found = parameters.iter().find(|parameter| parameter.name == name);
            let Some(parameter) = found else {
                self.no_parameter(flow, &at, name, &parameters);
                continue;
            };
            let schema = parameter.schema.clone();
            let Some(term) = self.term(flow, &at, value.as_str(), allowed) else {
                continue;
            };
            match term {
                Term::Started => {
                    self.of_kind(flow, &at, &schema, &[Kind::Time], "a time for `started`");
                }
                Term::Literal(text) => self.literal(flow, &at, &schema, text),
                _ => {
                    self.of_kind(flow, &at, &schema, TEXTS, "a text or an enum");
                }
            }
        }
        self.unanswered(flow, asked, &parameters);
    }

    /// The parameters of an operation that callers give.
    pub(super) fn question_members(&self, asked: &Op<'a>) -> Vec<Member<'a>> {
        let parameters = self.given_parameters(&asked.pointer).into_iter();
        parameters
            .map(|parameter| Member {
                name: parameter.name,
                schema: push(&parameter.pointer, "schema"),
                required: self.is_true(&parameter.pointer, "required"),
            })
            .collect()
    }

    fn no_parameter(&mut self, flow: &Flow, at: &str, name: &str, known: &[Member<'a>]) {
        let names: Vec<&str> = known.iter().map(|member| member.name).collect();
        let help = self.hint(name, names.iter().copied());
        let help = help.unwrap_or_else(|| match names.as_slice() {
            [] => "the asked operation has no parameters".to_owned(),
            names => format!("the asked operation has {}", list(names, "and")),
        });
        let message = format!(
            "`with` sets `{}`, which is no parameter of the asked operation",
            shorten(name)
        );
        let span = self.key(at);
        self.push(
            crate::diag::Diagnostic::error(flow.code, message)
                .at(span, "no parameter of that name")
                .help(help),
        );
    }

    /// Mandatory parameters that the question leaves out.
    fn unanswered(&mut self, flow: &Flow, asked: &Op<'a>, parameters: &[Member<'a>]) {
        let given: Vec<&str> = self.names(&flow.part("with")).collect();
        let missing = parameters
            .iter()
            .find(|parameter| parameter.required && !given.contains(&parameter.name));
        if let Some(missing) = missing {
            let name = shorten(missing.name);
            let at = flow.part(if given.is_empty() { "ask" } else { "with" });
            let message = format!("the asked operation needs `{name}`");
            let help = format!("say where it comes from: `with: {{{name}: request.{name}}}`");
            self.unfit(flow, &at, message, "nothing gives it", help);
        }
        let body = self.body_schema(&asked.pointer);
        if body.is_some_and(|(body, _)| self.is_true(&body, "required")) {
            let at = flow.part("ask");
            let message = "the asked operation needs a body";
            let help = "ask an operation that is told all by its parameters";
            self.unfit(flow, &at, message, "nothing gives it", help);
        }
    }

    /// `where`: members of an entry.
    pub(super) fn conditions(&mut self, flow: &Flow, entry: &str, allowed: Allowed) {
        for (at, path, value) in self.entries(&flow.part("where")) {
            let members = self.members(entry);
            let found = self.member_at(flow, &at, members, path, "an entry");
            let Some(term) = self.term(flow, &at, value.as_str(), allowed) else {
                continue;
            };
            let Some(found) = found else {
                continue;
            };
            match term {
                Term::Literal(text) => self.literal(flow, &at, &found.schema, text),
                _ => {
                    self.of_kind(flow, &at, &found.schema, TEXTS, "a text or an enum");
                }
            }
        }
    }

    /// A text that stands in the spec, where a text is taken.
    fn literal(&mut self, flow: &Flow, at: &str, schema: &str, text: &str) {
        if !self.of_kind(flow, at, schema, TEXTS, "a text or an enum") {
            return;
        }
        let values = self.values_at(schema);
        if self.kind_at(schema) == Kind::Enum && !values.contains(&text) {
            let message = format!("`{}` is no value of this enum", shorten(text));
            let help = self.hint(text, values.iter().copied());
            let help = help.unwrap_or_else(|| format!("its values are {}", list(&values, "and")));
            self.unfit(flow, at, message, "not one of its values", help);
        }
    }

    /// A term whose member is there and fits.
    fn term(
        &mut self,
        flow: &Flow,
        at: &str,
        text: Option<&'a str>,
        allowed: Allowed,
    ) -> Option<Term<'a>> {
        let Some(term) = text.and_then(Term::read) else {
            let help = "write `reply.job_id`, `request.instance_id`, a text as `\"'restore'\"`, or \
                        `started`";
            self.shapeless(at, "where a value comes from", help);
            return None;
        };
        let (members, path, owner) = match term {
            Term::Reply(_) if !allowed.reply => {
                self.no_term(flow, at, "there is no reply to take a value from");
                return None;
            }
            Term::Started if !allowed.started => {
                self.no_term(flow, at, "the time of the call has no meaning here");
                return None;
            }
            Term::Reply(path) => (self.reply_members(&flow.operation), path, "the reply"),
            Term::Request(path) => (self.request_members(&flow.operation), path, "the request"),
            Term::Literal(_) | Term::Started => return Some(term),
        };
        let found = self.member_at(flow, at, members, path, owner)?;
        if !self.of_kind(flow, at, &found.schema, TEXTS, "a text or an enum") {
            return None;
        }
        if matches!(term, Term::Request(_)) && !found.required && !allowed.optional {
            self.unfit(
                flow,
                at,
                format!("`{}` may be left out by callers", shorten(path)),
                "without it nothing could be asked",
                "name a mandatory parameter or member, or one of the reply",
            );
        }
        Some(term)
    }

    fn no_term(&mut self, flow: &Flow, at: &str, label: &str) {
        let message = "a value can't come from here";
        let help = "take it from the request, or write it in quotes";
        self.unfit(flow, at, message, label, help);
    }
}
