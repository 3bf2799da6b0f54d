//! JSON: the value by `serde_json`, spans and repeated keys by a scan.
//!
//! The scan runs over text that `serde_json` has accepted, so it only has to
//! find its way, not to judge.

use std::borrow::Cow;

use serde_json::Value;

use super::spans::{NodeId, Range, SpanTree};
use super::{Findings, MAX_DEPTH, MAX_NODES, Text};
use crate::diag::{Diagnostic, code};

/// Reads a JSON text.
pub(super) fn read(text: &Text<'_>, out: &mut Findings<'_>) -> Option<(Value, SpanTree)> {
    let value: Value = match serde_json::from_str(text.body) {
        Ok(value) => value,
        Err(error) => {
            // `serde_json` stops at the same depth, whatever it calls it.
            if let Some(at) = too_deep(text.body.as_bytes()) {
                let start = at + text.skipped;
                out.push(super::too_deep(out, (start, start + 1)));
                return None;
            }
            out.push(syntax(text, &error, out));
            return None;
        }
    };
    let spans = Scan::new(text, out).run()?;
    Some((value, spans))
}

/// Where the first bracket past the limit stands.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn syntax(text: &Text<'_>, error: &serde_json::Error, out: &Findings<'_>) -> Diagnostic {
    let at = offset(text.body, error.line(), error.column());
    let (start, end) = super::yaml_error::mark(text.body, at);
    let full = error.to_string();
    let what = full.split(" at line ").next().unwrap_or("syntax error");
    let span = out.span((start + text.skipped, end + text.skipped));
    let what = if error.is_eof() {
        "the text ends too early"
    } else {
        what
    };
    let diagnostic = Diagnostic::error(code::E002, format!("this is not valid JSON: {what}"))
        .at(span, "reading stopped here");
    let help = match what {
        "the text ends too early" => "is the file cut short?",
        "trailing characters" => "a JSON file holds one value: remove what follows it",
        "trailing comma" => "remove the comma after the last member",
        "key must be a string" => "keys need double quotes",
        _ => {
            "JSON has no comments, no single quotes and no trailing commas; YAML files end in `.yaml`"
        }
    };
    diagnostic.help(help)
}

/// Byte offset of a place that `serde_json` counts in lines and bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    before + column.saturating_sub(1)
}

/// A map or list that the scan is in.
struct Open {
    node: NodeId,
    start: usize,
    /// Elements so far, for lists.
    index: Option<usize>,
}

struct Scan<'a, 'b> {
    text: &'a Text<'a>,
    out: &'a mut Findings<'b>,
    at: usize,
    stack: Vec<Open>,
    spans: SpanTree,
    nodes: usize,
    /// The key that the next value belongs to.
    pending: Option<NodeId>,
}

impl<'a, 'b> Scan<'a, 'b> {
    fn new(text: &'a Text<'a>, out: &'a mut Findings<'b>) -> Self {
        Self {
            text,
            out,
            at: 0,
            stack: Vec::new(),
            spans: SpanTree::default(),
            nodes: 0,
            pending: None,
        }
    }

    fn run(mut self) -> Option<SpanTree> {
        let bytes = self.text.body.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'{' | b'[' => self.open(*byte == b'['),
                b'}' | b']' => self.close(),
                b'"' if self.wants_key() => self.key(),
                b'"' => self.string(),
                byte if byte.is_ascii_whitespace() || matches!(byte, b',' | b':') => self.at += 1,
                _ => self.word(),
            }
            if self.nodes > MAX_NODES {
                self.too_many();
                return None;
            }
        }
        Some(self.spans)
    }

    fn too_many(&mut self) {
        let message = format!("the document is too large: more than {MAX_NODES} values");
        let at = self.at + self.text.skipped;
        self.out.push(
            Diagnostic::error(code::E012, message)
                .at(self.out.span((at, at)), "the limit is reached here")
                .help("split the document by service"),
        );
    }

    fn wants_key(&self) -> bool {
        let map = self.stack.last().is_some_and(|open| open.index.is_none());
        map && self.pending.is_none()
    }

    /// The node of the value that starts here.
    fn node(&mut self) -> NodeId {
        self.nodes += 1;
        if let Some(node) = self.pending.take() {
            return node;
        }
        let Some(open) = self.stack.last_mut() else {
            return self.spans.add(None, None);
        };
        let index = open.index.unwrap_or_default();
        open.index = open.index.map(|i| i + 1);
        self.spans.add(Some((open.node, &index.to_string())), None)
    }

    fn open(&mut self, list: bool) {
        let node = self.node();
        self.stack.push(Open {
            node,
            start: self.at,
            index: list.then_some(0),
        });
        self.at += 1;
    }

    fn close(&mut self) {
        self.at += 1;
        if let Some(open) = self.stack.pop() {
            self.set(open.node, open.start);
        }
    }

    /// The end of a quoted text that starts here.
    fn skip_string(&mut self) -> &'a str {
        let start = self.at;
        let body = self.text.body;
        let mut at = start + 1;
        while let Some(found) = body.get(at..).and_then(|rest| rest.find('"')) {
            let before = body.as_bytes()[at..at + found].iter().rev();
            let escapes = before.take_while(|byte| **byte == b'\\').count();
            at += found + 1;
            if escapes % 2 == 0 {
                break;
            }
        }
        self.at = at.min(body.len());
        self.text.body.get(start..self.at).unwrap_or("")
    }

    fn key(&mut self) {
        let start = self.at;
        let raw = self.skip_string();
        let range = self.range(start);
        let plain = raw.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        let key = match plain.filter(|it| !it.contains('\\')) {
            Some(plain) => Cow::Borrowed(plain),
            None => Cow::Owned(serde_json::from_str(raw).unwrap_or_default()),
        };
        let Some(open) = self.stack.last() else {
            return;
        };
        let first = self.spans.child(open.node, &key);
        if let Some(first) = first.and_then(|id| self.spans.key(id)) {
            let found = super::repeated_key(self.out, &key, first, range);
            self.out.push(found);
        }
        self.pending = Some(self.spans.add(Some((open.node, &key)), Some(range)));
    }

    fn string(&mut self) {
        let start = self.at;
        let node = self.node();
        self.skip_string();
        self.set(node, start);
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) {
        let start = self.at;
        let node = self.node();
        let rest = self.text.body.as_bytes().get(start..).unwrap_or_default();
        let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b',' | b'}' | b']');
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
        self.set(node, start);
    }

    fn range(&self, start: usize) -> Range {
        (start + self.text.skipped, self.at + self.text.skipped)
    }

    /// The value of a node ends here; only its first line is marked.
    fn set(&mut self, node: NodeId, start: usize) {
        let whole = self.text.body.get(start..self.at).unwrap_or("");
        let line = whole.find('\n').map_or(whole, |end| &whole[..end]);
        let line = line.find('\r').map_or(line, |end| &line[..end]);
        let end = start + line.trim_end().len();
        let skipped = self.text.skipped;
        self.spans.set_value(node, (start + skipped, end + skipped));
    }
}
