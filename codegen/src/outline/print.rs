//! Outline to text.

use std::fmt::{Display, Write};

use indexmap::IndexMap;

use super::{Lines, Made, MemberLine, OperationLine, Outline, StructLine, WaitLine};

/// The file for a service, sorted so that two branches which add items in
/// different places merge without a conflict.
pub fn print(service: &str, outline: &Outline) -> String {
    let mut out = format!(
        "# What callers of cloudbackup-{service} rely on, one line an item. Written by\n\
         # `cargo xtask generate`; what a line promised first wins. See ARCHITECTURE.md.\n\
         format: 1\n"
    );
    section(&mut out, "operations", &outline.operations, operation);
    section(&mut out, "structs", &outline.structs, structure);
    section(&mut out, "enums", &outline.enums, |out, item| {
        lines(out, item);
    });
    section(&mut out, "unions", &outline.unions, |out, item| {
        lines(out, item);
    });
    if !outline.renamed.is_empty() {
        line(&mut out, 0, "renamed", "");
        let mut names: Vec<&String> = outline.renamed.keys().collect();
        names.sort();
        for name in names {
            line(&mut out, 1, name, &outline.renamed[name].to_string());
        }
    }
    out
}

fn section<T>(
    out: &mut String,
    name: &str,
    items: &IndexMap<String, T>,
    mut print: impl FnMut(&mut String, &T),
) {
    if items.is_empty() {
        return;
    }
    line(out, 0, name, "");
    let mut keys: Vec<&String> = items.keys().collect();
    keys.sort();
    for key in keys {
        line(out, 1, key, "");
        print(out, &items[key]);
    }
}

fn operation(out: &mut String, item: &OperationLine) {
    line(out, 2, "name", &item.name);
    if item.renamed.current().is_some() {
        line(out, 2, "renamed", &item.renamed.to_string());
    }
    if let Some(since) = &item.gone {
        line(out, 2, "gone", since);
    }
    if let Some(module) = &item.module {
        line(out, 2, "module", module);
    }
    if let Some(path) = &item.path {
        line(out, 2, "path", path);
    }
    if !item.headers.is_empty() {
        line(out, 2, "headers", "");
        for (header, value) in &item.headers {
            line(out, 3, header, value);
        }
    }
    for (key, media) in [("sends", &item.sends), ("accepts", &item.accepts)] {
        if let Some(media) = media {
            line(out, 2, key, media);
        }
    }
    for (key, flow) in [("pages", &item.pages), ("finds", &item.finds)] {
        if let Some(flow) = flow {
            line(out, 2, key, &flow.ty.to_string());
        }
    }
    if let Some(waits) = &item.waits {
        line(out, 2, waits.key(), &wait(waits));
    }
    members(out, "inputs", &item.inputs);
    members(out, "reply", &item.reply);
}

/// `Job, by id`: what there is in the end, and what handles keep.
fn wait(item: &WaitLine) -> String {
    let mut text = item.done.to_string();
    for key in &item.kept {
        // Writing to a `String` cannot fail.
        let _ = write!(text, ", by {key}");
    }
    text
}

fn structure(out: &mut String, item: &StructLine) {
    let made = match item.made {
        Made::ForRequests => "requests",
        Made::ForReplies => "replies",
    };
    line(out, 2, "for", made);
    if let Some(since) = &item.gone {
        line(out, 2, "gone", since);
    }
    members(out, "fields", &item.fields);
}

fn lines<T: Display>(out: &mut String, item: &Lines<T>) {
    let mut keys: Vec<&String> = item.lines.keys().collect();
    keys.sort();
    for key in keys {
        let found = &item.lines[key];
        let gone = found.gone.as_ref().map(|since| format!(", gone {since}"));
        let text = format!("{}{}", found.value, gone.unwrap_or_default());
        line(out, 2, key, &text);
    }
}

fn members(out: &mut String, name: &str, members: &IndexMap<String, MemberLine>) {
    if members.is_empty() {
        return;
    }
    line(out, 2, name, "");
    let mut keys: Vec<&String> = members.keys().collect();
    keys.sort();
    for key in keys {
        line(out, 3, key, &member(&members[key]));
    }
}

/// `String, required 1`: a member's type and its marks.
pub(super) fn member(member: &MemberLine) -> String {
    let mut text = member.ty.to_string();
    if member.optional {
        text.push('?');
    }
    let mut mark = |mark: String| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, ", {mark}");
    };
    if let Some(rust) = &member.rust {
        mark(format!("as {rust}"));
    }
    if let Some(slot) = member.slot {
        let word = if slot.asked { "required" } else { "slot" };
        mark(format!("{word} {}", slot.number));
    }
    if member.positional {
        mark("positional".to_owned());
    }
    if member.boxed {
        mark("boxed".to_owned());
    }
    if let Some(since) = &member.gone {
        mark(format!("gone {since}"));
    }
    text
}

fn line(out: &mut String, depth: usize, key: &str, value: &str) {
    let indent = "  ".repeat(depth);
    let space = if value.is_empty() { "" } else { " " };
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "{indent}{}:{space}{}", quoted(key), value_text(value));
}

/// A value that YAML would read as something else than text stands in quotes.
fn value_text(value: &str) -> String {
    // Media types may begin with a mark, and have quotes and colons in them.
    let is_marked = value.starts_with(|c: char| "*&!|>'\"%@`#?".contains(c));
    let is_split = value.contains(": ") || value.contains(" #") || value.ends_with(':');
    if is_yaml_word(value) || is_marked || is_split {
        format!("{value:?}")
    } else {
        value.to_owned()
    }
}

fn is_yaml_word(text: &str) -> bool {
    ["true", "false", "null"].contains(&text.to_ascii_lowercase().as_str())
}

/// A key that YAML would not read as the same text stands in quotes.
fn quoted(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " _-/{}.".contains(c))
        && !key.ends_with(' ')
        && !is_yaml_word(key);
    if plain {
        key.to_owned()
    } else {
        // A JSON string is a YAML string in double quotes.
        serde_json::Value::from(key).to_string()
    }
}
