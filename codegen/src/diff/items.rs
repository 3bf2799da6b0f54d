//! What callers can name, from two `.api` files: what came, changed, was
//! deprecated or went, and the version that this asks for.

use std::collections::BTreeMap;

use super::verdict::Rust;
use crate::outline::{Made, MemberLine, OperationLine, Outline, Slot};
use crate::source::Span;

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemChange {
    /// It was not there.
    Added,
    /// It is another one now.
    Changed,
    /// It is still there and says so.
    Deprecated,
    /// It is not there any more.
    Removed,
}

impl ItemChange {
    /// The name in the machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            ItemChange::Added => "added",
            ItemChange::Changed => "changed",
            ItemChange::Deprecated => "deprecated",
            ItemChange::Removed => "removed",
        }
    }
}

/// One public item of the crates of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// As a path of Rust: `Backup::size`.
    pub path: String,
    /// What happened to it.
    pub change: ItemChange,
    /// Its signature before and after, as far as it has one.
    pub text: String,
    /// What it asks of the version.
    pub rust: Rust,
    /// Its line in the `.api` file before.
    pub base: Option<Span>,
    /// Its line in the `.api` file after.
    pub revision: Option<Span>,
}

/// The items that differ, by crate.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// Of the model crate.
    pub model: Vec<Item>,
    /// Of the client crate.
    pub client: Vec<Item>,
}

/// What one item is to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature {
    text: String,
    gone: bool,
    /// The builder asks for it.
    asked: bool,
    at: Option<Span>,
}

type Signatures = BTreeMap<String, Signature>;

/// Compares what two `.api` files promise.
pub fn items(base: &Outline, revision: &Outline) -> Items {
    Items {
        model: compare(&model(base), &model(revision)),
        client: compare(&client(base), &client(revision)),
    }
}

fn compare(old: &Signatures, new: &Signatures) -> Vec<Item> {
    let mut found = Vec::new();
    for (path, was) in old {
        let Some(is) = new.get(path) else {
            let text = was.text.clone();
            found.push(item(
                path,
                ItemChange::Removed,
                text,
                Rust::Major,
                (Some(was), None),
            ));
            continue;
        };
        let both = (Some(was), Some(is));
        if was.text != is.text || was.asked != is.asked {
            let breaks = was.text != is.text || is.asked;
            let rust = if breaks { Rust::Major } else { Rust::Patch };
            let text = match was.text == is.text {
                true if is.asked => format!("{}, required now", is.text),
                true => format!("{}, not required any more", is.text),
                false => format!("{} becomes {}", was.text, is.text),
            };
            found.push(item(path, ItemChange::Changed, text, rust, both));
        }
        if is.gone && !was.gone {
            let text = is.text.clone();
            found.push(item(path, ItemChange::Deprecated, text, Rust::Minor, both));
        }
    }
    for (path, is) in new.iter().filter(|it| !old.contains_key(it.0)) {
        // What is new and asked for by an old builder breaks its callers.
        let owner = path.rsplit_once("::").map_or("", |it| it.0);
        let breaks = is.asked && old.contains_key(owner);
        let rust = if breaks { Rust::Major } else { Rust::Minor };
        let required = if is.asked { ", required" } else { "" };
        let text = format!("{}{required}", is.text);
        found.push(item(path, ItemChange::Added, text, rust, (None, Some(is))));
    }
    found
}

fn item(
    path: &str,
    change: ItemChange,
    text: String,
    rust: Rust,
    (base, revision): (Option<&Signature>, Option<&Signature>),
) -> Item {
    Item {
        path: path.to_owned(),
        change,
        text,
        rust,
        base: base.and_then(|it| it.at),
        revision: revision.and_then(|it| it.at),
    }
}

/// Types of the model crate, with inputs and outputs of operations.
fn model(outline: &Outline) -> Signatures {
    let mut all = Signatures::new();
    for (name, line) in &outline.structs {
        let made = match line.made {
            Made::ForRequests => "struct",
            Made::ForReplies => "struct of replies",
        };
        all.insert(
            name.clone(),
            signature(made.to_owned(), line.gone.as_ref(), line.at),
        );
        for (wire, field) in &line.fields {
            member(&mut all, name, wire, field);
        }
    }
    for (name, lines) in &outline.enums {
        all.insert(
            name.clone(),
            signature("enum".to_owned(), lines.gone(), lines.at),
        );
        for (wire, line) in &lines.lines {
            let text = format!("\"{wire}\"");
            let path = format!("{name}::{}", line.value);
            all.insert(path, signature(text, line.gone.as_ref(), lines.at));
        }
    }
    for (name, lines) in &outline.unions {
        all.insert(
            name.clone(),
            signature("union".to_owned(), lines.gone(), lines.at),
        );
        for (variant, line) in &lines.lines {
            let text = format!("({})", line.value);
            let path = format!("{name}::{variant}");
            all.insert(path, signature(text, line.gone.as_ref(), lines.at));
        }
    }
    for operation in outline.operations.values() {
        let input = format!("{}Input", pascal(&operation.name));
        let output = format!("{}Output", pascal(&operation.name));
        let whole = |text: &str| signature(text.to_owned(), operation.gone.as_ref(), operation.at);
        all.insert(input.clone(), whole("input"));
        all.insert(output.clone(), whole("output"));
        for (place, line) in &operation.inputs {
            let wire = place.rsplit(' ').next().unwrap_or(place);
            member(&mut all, &input, wire, line);
        }
        for (wire, line) in &operation.reply {
            member(&mut all, &output, wire, line);
        }
    }
    all
}

/// Methods of the client, with what they take and give.
fn client(outline: &Outline) -> Signatures {
    let mut all = Signatures::new();
    for operation in outline.operations.values() {
        let path = format!("Client::{}", operation.name);
        let arguments: Vec<String> = operation
            .inputs
            .values()
            .filter(|line| line.positional)
            .map(|line| line.ty.to_string())
            .collect();
        let text = format!("({})", arguments.join(", "));
        all.insert(
            path.clone(),
            signature(text, operation.gone.as_ref(), operation.at),
        );
        for (place, line) in &operation.inputs {
            let wire = place.rsplit(' ').next().unwrap_or(place);
            if !line.positional {
                member(&mut all, &path, wire, line);
            }
        }
        flows(&mut all, &path, operation);
    }
    all
}

/// Pages, waits and what is looked for.
fn flows(all: &mut Signatures, path: &str, operation: &OperationLine) {
    let mut add = |name: &str, text: String| {
        all.insert(
            format!("{path}::{name}"),
            signature(text, operation.gone.as_ref(), operation.at),
        );
    };
    if let Some(line) = &operation.pages {
        add("pages", line.ty.to_string());
    }
    if let Some(line) = &operation.finds {
        add("send_or_find", line.ty.to_string());
    }
    if let Some(line) = &operation.waits {
        add(
            line.key(),
            format!("{}, by {}", line.done, line.kept.join(", ")),
        );
    }
}

fn signature(text: String, gone: Option<&String>, at: Option<Span>) -> Signature {
    Signature {
        text,
        gone: gone.is_some(),
        asked: false,
        at,
    }
}

fn member(all: &mut Signatures, owner: &str, wire: &str, line: &MemberLine) {
    let name = line.rust.as_deref().unwrap_or(wire);
    let optional = if line.optional { "?" } else { "" };
    let boxed = if line.boxed { ", boxed" } else { "" };
    let slot = line.slot.map(|it: Slot| it.asked).unwrap_or_default();
    let signature = Signature {
        text: format!("{}{optional}{boxed}", line.ty),
        gone: line.gone.is_some(),
        asked: slot,
        at: line.at,
    };
    all.insert(format!("{owner}::{name}"), signature);
}

/// `list_backups` to `ListBackups`.
fn pascal(name: &str) -> String {
    let words = name.split('_');
    words
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|it| it.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}
