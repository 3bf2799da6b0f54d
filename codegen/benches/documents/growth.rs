//! How time and memory grow with a document: the same operations and schemas once, twice, four and
//! eight times.

use std::fs;
use std::path::Path;

use cloudbackup_codegen::load;
use cloudbackup_codegen::source::{Sources, decode};
use serde_json::{Map, Value};

use crate::documents;
use crate::one::{Outcome, run};

/// Smaller documents say more of the start of a process than of the generator.
const LEAST_BYTES: u64 = 100_000;

/// Larger ones take long eight times.
const MOST_BYTES: u64 = 1_500_000;

const TIMES: [usize; 4] = [1, 2, 4, 8];

pub(crate) fn print(folder: &Path) {
    println!("growth: seconds and MiB for a document 1, 2, 4 and 8 times");
    for path in documents(folder) {
        let bytes = fs::metadata(&path).unwrap().len();
        if (LEAST_BYTES..MOST_BYTES).contains(&bytes) {
            grow(&path);
        }
    }
}

fn grow(path: &Path) {
    let mut sources = Sources::new();
    let Ok(text) = decode(&fs::read(path).unwrap()) else {
        return;
    };
    let id = sources.add(path.to_str().unwrap(), &text);
    let mut diags = Default::default();
    let Some(document) = load::load(&sources, id, &mut diags) else {
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let (mut seconds, mut mebibytes) = (Vec::new(), Vec::new());
    for times in TIMES {
        let spec = scratch.path().join(format!("times-{times}.json"));
        fs::write(&spec, many(&document.value, times).to_string()).unwrap();
        let result = run(&spec, scratch.path());
        if result.outcome != Outcome::Made {
            return;
        }
        seconds.push(result.seconds);
        mebibytes.push(result.mebibytes as f64);
    }
    let ratio = |list: &[f64]| (list[3] - list[1]) / (list[1] - list[0]) / 6.0;
    println!(
        "{:<32} {:>6.2?} s, {:>5.0?} MiB; a further copy costs {:.2} of the second in time, {:.2} in memory",
        path.file_name().unwrap().to_string_lossy(),
        seconds,
        mebibytes,
        ratio(&seconds),
        ratio(&mebibytes),
    );
}

/// The document with copies of all its paths and schemas under names of their own.
fn many(document: &Value, times: usize) -> Value {
    let mut out = document.clone();
    for number in 1..times {
        let mut copy = document.clone();
        renamed(&mut copy, number);
        for place in ["/components/schemas", "/paths"] {
            let Some(from) = copy.pointer(place).and_then(Value::as_object) else {
                continue;
            };
            let entries: Vec<_> = from
                .iter()
                .map(|(name, value)| match place {
                    "/paths" => (format!("/copy{number}{name}"), value.clone()),
                    _ => (format!("{name}Copy{number}"), value.clone()),
                })
                .collect();
            if let Some(into) = out.pointer_mut(place).and_then(Value::as_object_mut) {
                into.extend(entries);
            }
        }
    }
    out
}

/// References to schemas, and operation ids, of a copy.
fn renamed(value: &mut Value, number: usize) {
    match value {
        Value::Object(members) => rename(members, number),
        Value::Array(items) => items.iter_mut().for_each(|item| renamed(item, number)),
        _ => {}
    }
}

fn rename(members: &mut Map<String, Value>, number: usize) {
    for (key, member) in members.iter_mut() {
        match (key.as_str(), &mut *member) {
            ("$ref", Value::String(text)) if text.starts_with("#/components/schemas/") => {
                text.push_str(&format!("Copy{number}"));
            }
            ("operationId", Value::String(text)) => text.push_str(&format!("Copy{number}")),
            (_, member) => renamed(member, number),
        }
    }
}
