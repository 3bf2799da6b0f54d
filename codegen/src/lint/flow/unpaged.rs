//! Lists without `x-paging`: a note says that they are not paged.

use serde_json::Value;

use super::look::Kind;
use crate::diag::{Diagnostic, code};
use crate::lint::Lint;
use crate::lint::paths::Op;
use crate::lint::words::shorten;
use crate::load::push;

/// What a note says that such a list is.
const WORDS: &str = "not paged";

impl<'a> Lint<'a> {
    /// Whoever reads the spec must see that a list was not forgotten.
    pub(in crate::lint) fn unpaged(&mut self, op: &Op<'a>) {
        if self.get(&push(&op.pointer, "x-paging")).is_some() || self.says_unpaged(&op.pointer) {
            return;
        }
        let Some(schema) = self.reply_schema(&op.pointer) else {
            return;
        };
        let (list, what) = if self.kind_at(&schema) == Kind::List {
            (schema, "the reply is a list".to_owned())
        } else {
            let mut members = self.members(&schema).into_iter();
            let Some(list) = members.find(|it| self.kind_at(&it.schema) == Kind::List) else {
                return;
            };
            let what = format!("the reply has the list `{}`", shorten(list.name));
            (list.schema, what)
        };
        let (at, also) = (self.key(&op.pointer), self.key(&list));
        self.push(
            Diagnostic::error(
                code::E156,
                format!("{what}, and nothing says how it is walked"),
            )
            .at(at, "no `x-paging` here")
            .also(also, "this is the list")
            .help("add `x-paging`, or an `x-note` that says `Not paged` and why"),
        );
    }

    fn says_unpaged(&self, operation: &str) -> bool {
        let says = |note: &Value| {
            let note = note.as_str().unwrap_or_default().to_lowercase();
            note.contains(WORDS)
        };
        match self.get(&push(operation, "x-note")) {
            Some(Value::Array(notes)) => notes.iter().any(says),
            note => note.is_some_and(says),
        }
    }
}
