//! YAML events to a JSON value and its spans.
//!
//! The events are pulled one at a time and nested values are kept on a stack
//! of our own, so that reading stops at the first event past a limit.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Mark, Tag};
use serde_json::{Map, Value};

use super::offsets::Offsets;
use super::scalar::{self, Plain};
use super::spans::{NodeId, Range, SpanTree};
use super::{Findings, MAX_COPIED, MAX_DEPTH, MAX_NODES, Text, yaml_error};
use crate::diag::{Diagnostic, code};

/// Reads a YAML text. `None` when the rest of the text cannot be made sense of.
pub(super) fn read(text: &Text<'_>, out: &mut Findings<'_>) -> Option<(Value, SpanTree)> {
    let mut builder = Builder::new(text, out);
    for event in Parser::new_from_str(text.body) {
        let step = match event {
            Ok((event, mark)) => builder.event(event, mark),
            Err(error) => {
                let at = builder.offsets.byte(error.marker().index());
                let found = yaml_error::explain(error.info());
                Err(builder.out.at(found, text, at))
            }
        };
        if let Err(diagnostic) = step {
            builder.out.push(diagnostic);
            return None;
        }
    }
    builder.finish()
}

impl Findings<'_> {
    /// Marks the character at an offset of the body.
    fn at(&self, found: (Diagnostic, &str), text: &Text<'_>, at: usize) -> Diagnostic {
        let (diagnostic, label) = found;
        let at = if diagnostic.code == code::E007 {
            yaml_error::tab_near(text.body, at)
        } else {
            at
        };
        let (start, end) = yaml_error::mark(text.body, at);
        let range = (start + text.skipped, end + text.skipped);
        diagnostic.at(self.span(range), label)
    }
}

/// Stops the reading.
type Step = Result<(), Diagnostic>;

/// What a value costs when an alias copies it.
#[derive(Clone, Copy, Default)]
struct Cost {
    nodes: usize,
    bytes: usize,
}

struct Anchored {
    value: Value,
    cost: Cost,
    height: usize,
}

struct Key {
    text: String,
    node: NodeId,
    range: Range,
    repeated: bool,
}

enum Holder {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<Key>),
}

/// A list or map that is not complete yet.
struct Frame {
    holder: Holder,
    node: NodeId,
    anchor: usize,
    before: Cost,
    /// How many levels are below.
    height: usize,
    line: usize,
    range: Range,
}

/// A value that is complete.
struct Done {
    value: Value,
    height: usize,
    lines: (usize, usize),
    end: usize,
}

struct Builder<'a, 'b> {
    text: &'a Text<'a>,
    out: &'a mut Findings<'b>,
    offsets: Offsets<'a>,
    spans: SpanTree,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    seen: Cost,
    copied: usize,
    documents: usize,
    root: Option<Value>,
}

impl<'a, 'b> Builder<'a, 'b> {
    fn new(text: &'a Text<'a>, out: &'a mut Findings<'b>) -> Self {
        Self {
            text,
            out,
            offsets: Offsets::new(text.body),
            spans: SpanTree::default(),
            stack: Vec::new(),
            anchors: HashMap::new(),
            seen: Cost::default(),
            copied: 0,
            documents: 0,
            root: None,
        }
    }

    fn finish(self) -> Option<(Value, SpanTree)> {
        if self.root.is_none() {
            let message = "the document holds nothing but comments";
            let nothing = Diagnostic::error(code::E005, message)
                .at(self.out.span((0, 0)), "nothing here")
                .help("an OpenAPI document starts with `openapi: 3.0.3`");
            self.out.push(nothing);
        }
        self.root.map(|value| (value, self.spans))
    }

    fn event(&mut self, event: Event<'_>, mark: Mark) -> Step {
        let range = self.range(mark);
        match event {
            Event::DocumentStart(_) => self.document(range),
            Event::Scalar(text, style, anchor, tag) => {
                let node = Scalar {
                    text: &text,
                    plain: style == ScalarStyle::Plain,
                    tag: tag.as_deref(),
                    anchor,
                };
                self.scalar(&node, range, mark)
            }
            Event::SequenceStart(anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", range)?;
                self.open(Holder::List(Vec::new()), anchor, range, mark)
            }
            Event::MappingStart(anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", range)?;
                self.open(Holder::Map(Map::new(), None), anchor, range, mark)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range, mark),
            Event::Alias(anchor) => self.alias(anchor, range, mark),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn document(&mut self, range: Range) -> Step {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        Err(
            Diagnostic::error(code::E008, "the file holds more than one YAML document")
                .at(self.out.span(range), "a second document starts here")
                .help("keep one document; put the others into files of their own"),
        )
    }

    fn scalar(&mut self, scalar: &Scalar<'_>, range: Range, mark: Mark) -> Step {
        self.seen.bytes += scalar.text.len();
        if self.wants_key() {
            return self.key(scalar, range);
        }
        let node = self.place(range)?;
        let value = self.value(scalar, range)?;
        let missing = scalar.plain && scalar.text.is_empty();
        if !missing || self.spans.key(node).is_none() {
            self.spans.set_value(node, self.first_line(range));
        }
        let done = Done {
            value,
            height: 0,
            lines: (mark.start.line(), mark.end.line()),
            end: range.1,
        };
        let cost = Cost {
            nodes: 1,
            bytes: scalar.text.len(),
        };
        self.keep(scalar.anchor, &done, cost)?;
        self.put(done)
    }

    fn value(&mut self, scalar: &Scalar<'_>, range: Range) -> Result<Value, Diagnostic> {
        let span = self.out.span(range);
        match scalar.read() {
            Ok(Plain::Value(value)) => Ok(value),
            Ok(Plain::Rounded(value)) => {
                let message = format!("the number {} is rounded to {value}", scalar.text);
                self.out.push(
                    Diagnostic::warning(code::E015, message)
                        .at(span, "no 64-bit integer holds this")
                        .help("put it in quotes if it is a text"),
                );
                Ok(value)
            }
            Ok(Plain::NotFinite) => Err(Diagnostic::error(
                code::E015,
                format!("`{}` is no number that JSON can hold", shorten(scalar.text)),
            )
            .at(span, "not a finite number")
            .help("put it in quotes if it is a text")),
            Err(message) => Err(Diagnostic::error(code::E010, message)
                .at(span, "the tag starts here")
                .help("remove the tag; quotes make a value a text")),
        }
    }

    fn wants_key(&self) -> bool {
        let frame = self.stack.last();
        matches!(frame.map(|f| &f.holder), Some(Holder::Map(_, None)))
    }

    fn key(&mut self, scalar: &Scalar<'_>, range: Range) -> Step {
        let span = self.out.span(range);
        if scalar.plain && scalar.text == "<<" {
            return Err(
                Diagnostic::error(code::E011, "merge keys are not supported")
                    .at(span, "`<<` is no part of YAML 1.2")
                    .help("write the members out, or share them through `$ref`"),
            );
        }
        if scalar.plain && scalar.text.is_empty() {
            return Err(Diagnostic::error(code::E009, "a key is missing")
                .at(span, "nothing stands in front of the colon")
                .help("write the key, as text; \"\" is an empty one"));
        }
        if let Err(message) = scalar.read() {
            return Err(Diagnostic::error(code::E010, message)
                .at(span, "the tag starts here")
                .help("remove the tag"));
        }
        self.begin_entry(scalar.text, range)?;
        let done = Done {
            value: Value::String(scalar.text.to_owned()),
            height: 0,
            lines: (0, 0),
            end: range.1,
        };
        let cost = Cost {
            nodes: 1,
            bytes: scalar.text.len(),
        };
        self.keep(scalar.anchor, &done, cost)
    }

    /// Notes the key of the value that comes next.
    fn begin_entry(&mut self, text: &str, range: Range) -> Step {
        self.count(1, range)?;
        let Some(frame) = self.stack.last_mut() else {
            return Ok(());
        };
        let Holder::Map(members, key) = &mut frame.holder else {
            return Ok(());
        };
        let repeated = members.contains_key(text);
        let first = self.spans.child(frame.node, text);
        let node = self.spans.add(Some((frame.node, text)), Some(range));
        *key = Some(Key {
            text: text.to_owned(),
            node,
            range,
            repeated,
        });
        if let (true, Some(first)) = (repeated, first.and_then(|id| self.spans.key(id))) {
            let found = super::repeated_key(self.out, text, first, range);
            self.out.push(found);
        }
        Ok(())
    }

    /// The node of the value that starts now.
    fn place(&mut self, range: Range) -> Result<NodeId, Diagnostic> {
        let Some(frame) = self.stack.last() else {
            self.count(1, range)?;
            return Ok(self.spans.add(None, None));
        };
        match &frame.holder {
            Holder::Map(_, Some(key)) => Ok(key.node),
            Holder::Map(_, None) => Err(complex_key(self.out, range)),
            Holder::List(items) => {
                let (parent, token) = (frame.node, items.len().to_string());
                self.count(1, range)?;
                Ok(self.spans.add(Some((parent, &token)), None))
            }
        }
    }

    fn open(&mut self, holder: Holder, anchor: usize, range: Range, mark: Mark) -> Step {
        let before = self.seen;
        let node = self.place(range)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(super::too_deep(self.out, range));
        }
        self.stack.push(Frame {
            holder,
            node,
            anchor,
            before,
            height: 0,
            line: mark.start.line(),
            range,
        });
        Ok(())
    }

    fn close(&mut self, range: Range, mark: Mark) -> Step {
        let Some(mut frame) = self.stack.pop() else {
            return Ok(());
        };
        // A block ends where the next thing starts, a bracket where it stands.
        let bracket = range.1 > range.0;
        if bracket && mark.end.line() == frame.line {
            frame.range.1 = range.1;
        }
        let shown = self.first_line(frame.range);
        self.spans.set_value(frame.node, shown);
        let done = Done {
            value: match frame.holder {
                Holder::List(items) => Value::Array(items),
                Holder::Map(members, _) => Value::Object(members),
            },
            height: frame.height + 1,
            lines: (frame.line, mark.end.line()),
            end: frame.range.1,
        };
        let cost = Cost {
            nodes: 1 + self.seen.nodes.saturating_sub(frame.before.nodes),
            bytes: self.seen.bytes.saturating_sub(frame.before.bytes),
        };
        self.keep(frame.anchor, &done, cost)?;
        self.put(done)
    }

    /// Remembers a value for its aliases.
    fn keep(&mut self, anchor: usize, done: &Done, cost: Cost) -> Step {
        if anchor == 0 {
            return Ok(());
        }
        self.spend(cost, (0, 0))?;
        let anchored = Anchored {
            value: done.value.clone(),
            cost,
            height: done.height,
        };
        self.anchors.insert(anchor, anchored);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, range: Range, mark: Mark) -> Step {
        let node = self.place(range)?;
        let Some(known) = self.anchors.get(&anchor) else {
            return Err(
                Diagnostic::error(code::E014, "an anchor holds an alias of itself")
                    .at(self.out.span(range), "this would go on for ever")
                    .help("write a recursive schema with `$ref`"),
            );
        };
        let (cost, height) = (known.cost, known.height);
        if self.stack.len() + height > MAX_DEPTH {
            return Err(super::too_deep(self.out, range));
        }
        self.spend(cost, range)?;
        let value = self.anchors.get(&anchor).map(|a| a.value.clone());
        self.spans.set_value(node, range);
        self.put(Done {
            value: value.unwrap_or_default(),
            height,
            lines: (mark.start.line(), mark.end.line()),
            end: range.1,
        })
    }

    /// Hands a complete value to what holds it.
    fn put(&mut self, done: Done) -> Step {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(done.value);
            return Ok(());
        };
        frame.height = frame.height.max(done.height);
        if done.lines.0 == frame.line {
            frame.range.1 = frame.range.1.max(done.end);
        }
        match &mut frame.holder {
            Holder::List(items) => items.push(done.value),
            Holder::Map(members, key) => {
                if let Some(key) = key.take() {
                    frame.range.1 = frame.range.1.max(key.end_on(frame.range));
                    if !key.repeated {
                        members.insert(key.text, done.value);
                    }
                }
            }
        }
        Ok(())
    }

    /// Counts what aliases and anchors copy.
    fn spend(&mut self, cost: Cost, range: Range) -> Step {
        self.copied += cost.bytes;
        self.seen.bytes += cost.bytes;
        if self.copied > MAX_COPIED {
            return Err(self.too_many(range));
        }
        self.count(cost.nodes, range)
    }

    fn count(&mut self, nodes: usize, range: Range) -> Step {
        self.seen.nodes += nodes;
        if self.seen.nodes > MAX_NODES {
            return Err(self.too_many(range));
        }
        Ok(())
    }

    fn too_many(&self, range: Range) -> Diagnostic {
        let message = format!(
            "the document is too large: more than {MAX_NODES} values, or {} MiB of text copied by aliases",
            MAX_COPIED >> 20
        );
        Diagnostic::error(code::E012, message)
            .at(self.out.span(range), "the limit is reached here")
            .help("aliases copy what they name: share schemas through `$ref` instead")
    }

    fn collection_tag(&self, tag: Option<&Tag>, wanted: &str, range: Range) -> Step {
        let Some(tag) = tag else { return Ok(()) };
        if tag.is_yaml_core_schema() && tag.suffix == wanted {
            return Ok(());
        }
        Err(Diagnostic::error(code::E010, unknown_tag(tag))
            .at(self.out.span(range), "the tag starts here")
            .help("remove the tag"))
    }

    fn range(&self, mark: Mark) -> Range {
        let start = self.offsets.byte(mark.start.index());
        let end = self.offsets.byte(mark.end.index()).max(start);
        let body = self.text.body.get(start..end).unwrap_or("");
        let trimmed = body.trim_end().len();
        (
            start + self.text.skipped,
            start + trimmed + self.text.skipped,
        )
    }

    /// Cuts a range at the end of its first line.
    fn first_line(&self, (start, end): Range) -> Range {
        let skipped = self.text.skipped;
        let body = self.text.body.get(start - skipped..end - skipped);
        let line = body.unwrap_or("").split(['\n', '\r']).next();
        (start, start + line.unwrap_or("").trim_end().len())
    }
}

impl Key {
    /// The end of this key when it is the first of its map, which starts with
    /// it; else no further than the map is marked already.
    fn end_on(&self, map: Range) -> usize {
        if self.range.0 == map.0 {
            self.range.1
        } else {
            map.1
        }
    }
}

/// A scalar as written.
struct Scalar<'a> {
    text: &'a str,
    plain: bool,
    tag: Option<&'a Tag>,
    anchor: usize,
}

impl Scalar<'_> {
    /// The value; the error is a sentence about the tag.
    fn read(&self) -> Result<Plain, String> {
        let text = || Plain::Value(Value::String(self.text.to_owned()));
        let Some(tag) = self.tag else {
            let value = if self.plain {
                scalar::plain(self.text)
            } else {
                text()
            };
            return Ok(value);
        };
        let lone = tag.handle.is_empty() || tag.handle == "!";
        if lone && (tag.suffix.is_empty() || tag.suffix == "!") {
            return Ok(text());
        }
        if !tag.is_yaml_core_schema() {
            return Err(unknown_tag(tag));
        }
        self.tagged(tag, text())
    }

    fn tagged(&self, tag: &Tag, text: Plain) -> Result<Plain, String> {
        let read = scalar::plain(self.text);
        let value = match &read {
            Plain::Value(value) | Plain::Rounded(value) => value,
            Plain::NotFinite => &Value::Null,
        };
        let fits = match tag.suffix.as_str() {
            "str" => return Ok(text),
            "bool" => value.is_boolean(),
            "null" => value.is_null(),
            "int" => value.is_i64() || value.is_u64(),
            "float" => value.is_number(),
            _ => return Err(unknown_tag(tag)),
        };
        let what = shorten(self.text);
        fits.then_some(read)
            .ok_or_else(|| format!("`{what}` is not what its tag `!!{}` says", tag.suffix))
    }
}

fn unknown_tag(tag: &Tag) -> String {
    let name = if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else if tag.handle.is_empty() {
        format!("!{}", tag.suffix)
    } else {
        tag.to_string()
    };
    format!("the YAML tag `{}` has no meaning here", shorten(&name))
}

fn complex_key(out: &Findings<'_>, range: Range) -> Diagnostic {
    Diagnostic::error(code::E009, "a key must be a text")
        .at(out.span(range), "a list, a map or an alias is no key")
        .help("a text that starts with `{`, `[`, `*` or `?` needs quotes")
}

/// Text of the document inside a message.
fn shorten(text: &str) -> String {
    crate::lint::words::shorten(text)
}
