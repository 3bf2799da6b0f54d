//! The judgement: what each pair did to its caller.

use std::collections::BTreeMap;
use std::time::Instant;

use cloudbackup_codegen::Output;
use cloudbackup_codegen::diag::Diagnostics;
use cloudbackup_codegen::load;
use cloudbackup_codegen::outline;
use cloudbackup_codegen::source::Sources;
use serde_json::Value;

use crate::caller::caller;
use crate::pairs::Pair;
use crate::support::cargo::Workspace;
use crate::support::{file, messages, run};

/// How a pair stands before anything is compiled.
struct Entry<'a> {
    pair: &'a Pair,
    /// What the generator says against the revision, promises in hand.
    refusals: Vec<String>,
    /// How many public items it has deprecated.
    deprecated: usize,
}

/// Builds everything, prints a line for each pair, and tells whether every compatible one kept its
/// callers.
pub(crate) fn prove(pairs: &[Pair]) -> Result<bool, String> {
    let started = Instant::now();
    let mut workspace = Workspace::new("compatibility");
    let mut entries = Vec::new();
    for pair in pairs {
        entries.push(enter(&mut workspace, pair)?);
    }
    let failures = workspace.failures();
    let checked = started.elapsed();
    let compiles = |name: String| !failures.keys().any(|member| member.starts_with(&name));
    let sound: Vec<&Entry<'_>> = entries
        .iter()
        .filter(|entry| compiles(old(entry.pair)) && compiles(new(entry.pair)))
        .collect();
    let names: Vec<String> = sound
        .iter()
        .flat_map(|entry| [old(entry.pair), new(entry.pair)])
        .collect();
    let printed = outputs(&workspace.run(&names, &main(&names)))?;
    let mut kept = 0;
    let mut is_proven = true;
    for entry in &entries {
        let (verdict, is_kept) = verdict(entry, &failures, &printed);
        let kind = if entry.pair.is_compatible {
            "compatible"
        } else {
            "break"
        };
        println!("{kind:<10} {:<45} {verdict}", entry.pair.name);
        kept += usize::from(is_kept && entry.pair.is_compatible);
        // A break must be seen: by the compiler, before the request leaves, or as a deprecation.
        is_proven &= match entry.pair.is_compatible {
            true => is_kept,
            false => !is_kept || entry.deprecated > 0,
        };
    }
    let compatible = pairs.iter().filter(|pair| pair.is_compatible).count();
    println!(
        "{kept} of {compatible} compatible changes keep their callers; {} breaks; \
         cargo check took {} s, all {} s",
        pairs.len() - compatible,
        checked.as_secs(),
        started.elapsed().as_secs()
    );
    Ok(is_proven)
}

fn old(pair: &Pair) -> String {
    format!("{}-old", pair.name)
}

fn new(pair: &Pair) -> String {
    format!("{}-new", pair.name)
}

fn enter<'a>(workspace: &mut Workspace, pair: &'a Pair) -> Result<Entry<'a>, String> {
    let first = run(&pair.base, None);
    if first.files.is_empty() {
        return Err(format!("{}: {:?}", pair.name, messages(&first)));
    }
    let promised = file(&first, "test.api");
    let caller = caller(&read(promised)?);
    workspace.add(&old(pair), &first, &caller);
    let second = run(&pair.revision, Some(promised));
    let refused = second.files.is_empty();
    let refusals = if refused {
        messages(&second)
    } else {
        Vec::new()
    };
    // What is refused can be had by giving up the promises: that is what its callers then meet.
    let second: Output = if refused {
        run(&pair.revision, None)
    } else {
        second
    };
    if second.files.is_empty() {
        return Err(format!("{}: {:?}", pair.name, messages(&second)));
    }
    workspace.add(&new(pair), &second, &caller);
    let marks = second
        .files
        .iter()
        .map(|file| file.text.matches("#[deprecated(").count());
    Ok(Entry {
        pair,
        refusals,
        deprecated: marks.sum(),
    })
}

fn read(promised: &str) -> Result<outline::Outline, String> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let id = sources.add("test.api", promised);
    let document = load::load(&sources, id, &mut diagnostics);
    let document = document.ok_or("the promises cannot be read")?;
    Ok(outline::read(&document, &mut diagnostics))
}

/// The program that runs all callers. One that panics must not end the others.
fn main(names: &[String]) -> String {
    let calls: String = names
        .iter()
        .map(|name| format!("    show({name:?}, {}::all);\n", name.replace('-', "_")))
        .collect();
    format!("{RUNNER}\nfn main() {{\n    std::panic::set_hook(Box::new(|_| {{}}));\n{calls}}}\n")
}

const RUNNER: &str = "\
//! Runs all callers.

fn show(name: &str, all: fn() -> [String; 2]) {
    let output = std::panic::catch_unwind(all).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.unwrap_or_else(|| \"panicked\".to_owned());
        [text.clone(), text]
    });
    println!(\"{}\", serde_json::json!([name, output]));
}
";

/// What each caller sent and read.
fn outputs(printed: &str) -> Result<BTreeMap<String, Value>, String> {
    let line = |line: &str| {
        let (name, output) = serde_json::from_str(line).map_err(|error| error.to_string())?;
        Ok((name, output))
    };
    printed.lines().map(line).collect()
}

/// In words, and whether the caller lives on as if nothing had happened.
fn verdict(
    entry: &Entry<'_>,
    failures: &BTreeMap<String, String>,
    printed: &BTreeMap<String, Value>,
) -> (String, bool) {
    let refused = match entry.refusals.first() {
        Some(message) => format!("refused ({message}); given up: "),
        None => String::new(),
    };
    for name in [old(entry.pair), new(entry.pair)] {
        let mut found = failures.iter();
        if let Some((member, text)) = found.find(|(member, _)| member.starts_with(&name)) {
            let first = text.lines().next().unwrap_or_default();
            return (
                format!("{refused}{member} does not compile: {first}"),
                false,
            );
        }
    }
    let (before, after) = (&printed[&old(entry.pair)], &printed[&new(entry.pair)]);
    match difference(before, after) {
        None if entry.refusals.is_empty() => {
            let deprecated = match entry.deprecated {
                0 => String::new(),
                count => format!(", {count} deprecated"),
            };
            (format!("the same{deprecated}"), true)
        }
        None => (format!("{refused}the same"), false),
        Some(line) => (format!("{refused}{line}"), false),
    }
}

/// The first line that differs.
fn difference(before: &Value, after: &Value) -> Option<String> {
    for (what, index) in [("sent", 0), ("read", 1)] {
        let lines = |value: &Value| -> Vec<String> {
            let text = value[index].as_str().unwrap_or_default();
            text.lines().map(canonical).collect()
        };
        let (old, new) = (lines(before), lines(after));
        for (old, new) in old.iter().zip(&new) {
            if old != new {
                return Some(format!("{what} `{old}`, now `{new}`"));
            }
        }
        if old.len() != new.len() {
            return Some(format!("{what} {} lines, now {}", old.len(), new.len()));
        }
    }
    None
}

/// A line in which what has no order on the wire is sorted: members of objects and the pairs of a
/// query.
fn canonical(line: &str) -> String {
    if let Ok(value @ Value::Object(_)) = serde_json::from_str(line) {
        return sorted(&value).to_string();
    }
    let Some((target, query)) = line.split_once('?') else {
        return line.to_owned();
    };
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    format!("{target}?{}", pairs.join("&"))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, Value)> = members
                .iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            members.sort_by_key(|(key, _)| *key);
            let members = members.into_iter().map(|(key, value)| (key.clone(), value));
            Value::Object(members.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
