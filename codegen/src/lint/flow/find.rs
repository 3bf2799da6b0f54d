//! `x-find`: how one recognises in a list what a call has made.

use serde_json::Value;

use super::look::Kind;
use super::paging::flow_of;
use super::terms::Allowed;
use super::{Flow, Part, Want, may, must};
use crate::diag::code;
use crate::lint::Lint;
use crate::lint::paths::Op;
use crate::lint::words::shorten;
use crate::term::Term;

const PARTS: &[Part] = &[
    must("ask", Want::Name),
    may("with", Want::Terms),
    must("where", Want::Terms),
    must("created", Want::Path),
];

impl<'a> Lint<'a> {
    /// The value of `x-find`.
    pub(in crate::lint) fn find(&mut self, pointer: &str, value: &'a Value) {
        let flow = Flow::new("x-find", code::E155, pointer);
        if !self.parts(&flow, value, PARTS) {
            return;
        }
        let Some(asked) = self.asked(&flow) else {
            return;
        };
        let list = flow_of(&asked.pointer);
        if self.get(&list.pointer).is_none() {
            self.unfit(
                &flow,
                &flow.part("ask"),
                "what was made is looked for in a list",
                "this operation has no `x-paging`",
                "say how it is walked with `x-paging`; `style: whole` for a list on one page",
            );
            return;
        }
        let allowed = Allowed {
            reply: false,
            started: false,
            optional: true,
        };
        self.question(&flow, &asked, allowed);
        self.no_paging(&flow, &asked);
        self.recognises(&flow);
        let Some(entry) = self.entries_of_list(&list) else {
            return;
        };
        self.conditions(&flow, &entry, allowed);
        self.created(&flow, &entry);
    }

    /// The walk sets what leads through the list.
    fn no_paging(&mut self, flow: &Flow, asked: &Op<'a>) {
        let list = flow_of(&asked.pointer);
        for part in ["position", "size"] {
            let Some(name) = self.part_text(&list, part) else {
                continue;
            };
            if self.names(&flow.part("with")).any(|given| given == name) {
                let at = crate::load::push(&flow.part("with"), name);
                let message = format!("`{}` is set by the walk through the list", shorten(name));
                self.unfit(flow, &at, message, "not here", "remove it");
            }
        }
    }

    fn recognises(&mut self, flow: &Flow) {
        let at = flow.part("where");
        let terms = self.entries(&at);
        let mut texts = terms.iter().filter_map(|(_, _, value)| value.as_str());
        if terms.is_empty() || texts.any(|text| matches!(Term::read(text), Some(Term::Request(_))))
        {
            return;
        }
        let message = "every entry of the list would be a match";
        let label = "nothing of the request is in it";
        let help = "compare a member with what was sent: `name: request.name`";
        self.unfit(flow, &at, message, label, help);
    }

    fn created(&mut self, flow: &Flow, entry: &str) {
        let Some(path) = self.part_path(flow, "created") else {
            return;
        };
        let at = flow.part("created");
        let members = self.members(entry);
        if let Some(found) = self.member_at(flow, &at, members, path, "an entry") {
            self.of_kind(flow, &at, &found.schema, &[Kind::Time], "a time");
        }
    }
}
