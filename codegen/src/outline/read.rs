//! Text to outline.

use indexmap::IndexMap;
use serde_json::Value;

use super::merge::distinct_slots;
use super::{
    FlowLine, Line, Lines, Made, MemberLine, OperationLine, Outline, Renamed, Slot, StructLine,
    TypeText, WaitLine,
};
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::load::{Document, push};
use crate::name::is_identifier;

/// Reads an `.api` file. A line that is not understood is an error, since
/// leaving it out would break the promise that it holds.
pub fn read(doc: &Document, diags: &mut Diagnostics) -> Outline {
    let mut reader = Reader { doc, diags };
    if doc.get("/format") != Some(&Value::from(1)) {
        reader.bad("/format", "this generator reads `format: 1`");
    }
    let sections = [
        "format",
        "operations",
        "structs",
        "enums",
        "unions",
        "renamed",
    ];
    reader.only("", &sections);
    reader.rust_names(&["/structs", "/enums", "/unions"]);
    Outline {
        operations: reader.section("/operations", Reader::operation),
        structs: reader.section("/structs", Reader::structure),
        enums: reader.section("/enums", |reader, pointer| {
            reader.lines(pointer, |text| is_identifier(text).then(|| text.to_owned()))
        }),
        unions: reader.section("/unions", |reader, pointer| {
            reader.lines(pointer, TypeText::parse)
        }),
        renamed: reader.section("/renamed", |reader, pointer| reader.get_renamed(pointer)),
    }
}

const OPERATION_KEYS: [&str; 10] = [
    "name", "renamed", "gone", "module", "path", "headers", "sends", "accepts", "inputs", "reply",
];

struct Reader<'a> {
    doc: &'a Document,
    diags: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn bad(&mut self, pointer: &str, label: &str) {
        self.diags.push(
            Diagnostic::error(code::E301, "this line of the `.api` file can't be read")
                .at(self.doc.value_span(pointer), label)
                .help("take the file from version control again, then run `cargo xtask generate`"),
        );
    }

    fn keys(&self, pointer: &str) -> Vec<(String, String)> {
        match self.doc.get(pointer) {
            Some(Value::Object(map)) => map
                .keys()
                .map(|key| (key.clone(), push(pointer, key)))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn section<T>(
        &mut self,
        pointer: &str,
        mut read: impl FnMut(&mut Self, &str) -> Option<T>,
    ) -> IndexMap<String, T> {
        let keys = self.keys(pointer).into_iter();
        keys.filter_map(|(key, pointer)| Some((key, read(self, &pointer)?)))
            .collect()
    }

    fn text(&mut self, pointer: &str) -> Option<&str> {
        if self.doc.get(pointer).is_none_or(|value| !value.is_string()) {
            self.bad(pointer, "text is expected here");
        }
        self.doc.get(pointer)?.as_str()
    }

    /// A text that may be absent.
    fn word(&mut self, pointer: &str) -> Option<String> {
        self.doc.get(pointer)?;
        self.text(pointer).map(str::to_owned)
    }

    /// Reports keys that would be passed over, and their promises forgotten.
    fn only(&mut self, pointer: &str, known: &[&str]) {
        for (key, pointer) in self.keys(pointer) {
            if !known.contains(&key.as_str()) {
                self.bad(&pointer, &format!("the keys here are {}", known.join(", ")));
            }
        }
    }

    fn rust_names(&mut self, sections: &[&str]) {
        for section in sections {
            for (name, pointer) in self.keys(section) {
                if !is_identifier(&name) {
                    self.bad(&pointer, "not a name in Rust");
                }
            }
        }
    }

    /// Members with a marker each: two under one would let callers leave one of them out.
    fn members(&mut self, pointer: &str) -> IndexMap<String, MemberLine> {
        let mut members = self.section(pointer, Reader::member);
        let slots = members.values().filter_map(|line| line.slot);
        // Numbers are given out without gaps, and each is a type parameter.
        let most = slots.map(|slot| slot.number as usize).max();
        if most.is_some_and(|most| most > members.len()) {
            self.bad(pointer, "a number is larger than the count of members");
        }
        // Git merges two branches that gave out the same number without a conflict.
        distinct_slots(&mut members);
        members
    }

    fn operation(&mut self, pointer: &str) -> Option<OperationLine> {
        let flows = ["pages", "starts", "watches", "finds"];
        self.only(pointer, &[&OPERATION_KEYS, &flows[..]].concat());
        let inputs = self.members(&push(pointer, "inputs"));
        let name = push(pointer, "name");
        let text = self.text(&name)?.to_owned();
        if !is_identifier(&text) {
            self.bad(&name, "not a name in Rust");
        }
        Some(OperationLine {
            name: text,
            renamed: self
                .get_renamed(&push(pointer, "renamed"))
                .unwrap_or_default(),
            gone: self.word(&push(pointer, "gone")),
            module: self.word(&push(pointer, "module")),
            path: self.word(&push(pointer, "path")),
            headers: self.section(&push(pointer, "headers"), |reader, pointer| {
                reader.text(pointer).map(str::to_owned)
            }),
            sends: self.word(&push(pointer, "sends")),
            accepts: self.word(&push(pointer, "accepts")),
            pages: self.flow(&push(pointer, "pages")),
            waits: self.wait(pointer),
            finds: self.flow(&push(pointer, "finds")),
            inputs,
            reply: self.section(&push(pointer, "reply"), Reader::member),
            at: Some(self.doc.key_span(pointer)),
        })
    }

    /// `Sticker since 0.2.0, Plaque since 0.3.0`, where there is any.
    fn get_renamed(&mut self, pointer: &str) -> Option<Renamed> {
        let line = self.word(pointer)?;
        let names = line.split(", ").map(|part| {
            let (name, since) = part.split_once(" since ")?;
            is_identifier(name).then(|| (name.to_owned(), since.to_owned()))
        });
        let names: Option<Vec<(String, String)>> = names.collect();
        if names.is_none() {
            self.bad(
                pointer,
                "a name and `since` with a version are expected here",
            );
        }
        Some(Renamed {
            names: names?,
            at: Some(self.doc.key_span(pointer)),
        })
    }

    fn flow(&mut self, pointer: &str) -> Option<FlowLine> {
        self.doc.get(pointer)?;
        let ty = TypeText::parse(self.text(pointer)?);
        let at = Some(self.doc.key_span(pointer));
        if ty.is_none() {
            self.bad(pointer, "a type is expected here");
        }
        Some(FlowLine { ty: ty?, at })
    }

    /// An operation starts something or watches it, and never both.
    fn wait(&mut self, operation: &str) -> Option<WaitLine> {
        let [starts, watches] = ["starts", "watches"].map(|key| push(operation, key));
        let has = |pointer: &str| self.doc.get(pointer).is_some();
        if has(&starts) && has(&watches) {
            self.bad(&watches, "`starts` and `watches` exclude each other");
        }
        let pointer = if has(&watches) {
            watches.clone()
        } else {
            starts
        };
        self.doc.get(&pointer)?;
        let line = self.text(&pointer)?.to_owned();
        let at = Some(self.doc.key_span(&pointer));
        let mut parts = line.split(", ");
        let done = parts.next().and_then(TypeText::parse);
        let kept = parts.map(|part| part.strip_prefix("by ").map(str::to_owned));
        let kept: Option<Vec<String>> = kept.collect();
        let (Some(done), Some(kept)) = (done, kept) else {
            self.bad(&pointer, "a type and `by` with a name are expected here");
            return None;
        };
        let watches = pointer == watches;
        Some(WaitLine {
            watches,
            done,
            kept,
            at,
        })
    }

    fn structure(&mut self, pointer: &str) -> Option<StructLine> {
        let made = push(pointer, "for");
        let made = match self.text(&made)? {
            "requests" => Made::ForRequests,
            "replies" => Made::ForReplies,
            _ => {
                self.bad(&made, "`requests` or `replies`");
                return None;
            }
        };
        self.only(pointer, &["for", "gone", "fields"]);
        let fields = self.members(&push(pointer, "fields"));
        Some(StructLine {
            made,
            fields,
            gone: self.word(&push(pointer, "gone")),
            at: Some(self.doc.key_span(pointer)),
        })
    }

    fn lines<T>(&mut self, pointer: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Lines<T>> {
        let at = Some(self.doc.key_span(pointer));
        let lines = self.section(pointer, |reader, pointer| {
            let line = reader.text(pointer)?;
            let (text, gone) = match line.split_once(", gone ") {
                Some((text, since)) => (text, Some(since.to_owned())),
                None => (line, None),
            };
            let parsed = parse(text).map(|value| Line { value, gone });
            if parsed.is_none() {
                reader.bad(pointer, "not a type");
            }
            parsed
        });
        Some(Lines { lines, at })
    }

    fn member(&mut self, pointer: &str) -> Option<MemberLine> {
        let line = self.text(pointer)?.to_owned();
        let member = parse_member(&line);
        match member {
            Some(member) => Some(MemberLine {
                at: Some(self.doc.key_span(pointer)),
                ..member
            }),
            None => {
                self.bad(pointer, "a type and its marks are expected here");
                None
            }
        }
    }
}

fn parse_member(line: &str) -> Option<MemberLine> {
    let mut parts = line.split(", ");
    let ty = parts.next()?;
    let (ty, optional) = match ty.strip_suffix('?') {
        Some(ty) => (ty, true),
        None => (ty, false),
    };
    let mut member = MemberLine {
        ty: TypeText::parse(ty)?,
        optional,
        rust: None,
        slot: None,
        positional: false,
        boxed: false,
        gone: None,
        at: None,
    };
    for mark in parts {
        match mark.split_once(' ') {
            Some(("as", name)) if is_identifier(name) => member.rust = Some(name.to_owned()),
            Some(("gone", since)) => member.gone = Some(since.to_owned()),
            Some((word @ ("required" | "slot"), number)) => {
                member.slot = Some(Slot {
                    number: number.parse().ok().filter(|number| *number > 0)?,
                    asked: word == "required",
                });
            }
            None if mark == "positional" => member.positional = true,
            None if mark == "boxed" => member.boxed = true,
            _ => return None,
        }
    }
    Some(member)
}
