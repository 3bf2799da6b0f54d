//! Any bytes, read as a document of others: there are crates or diagnostics, and nothing else.
//!
//! A fault is a panic, Rust that does not parse, a diagnostic without a place in the text, files
//! next to an error, or none without one. Bytes that are a tree are changed as one as well, since a
//! random change of a text seldom leaves it a document.

#![no_main]

use std::collections::BTreeMap;

use cloudbackup_codegen::diag::{Diagnostic, Diagnostics};
use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::source::{Source, Sources, decode};
use cloudbackup_codegen::{Input, Layout, Output, generate, load};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use serde_json::{Map, Value, json};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(text) = decode(bytes) else {
        return Corpus::Reject;
    };
    let is_json = text.trim_start().starts_with('{');
    let path = if is_json { "spec.json" } else { "spec.yaml" };
    judge(&run(path, text));
    Corpus::Keep
});

fn run(path: &str, text: String) -> Output {
    let input = Input {
        spec: Source {
            path: path.to_owned(),
            text,
        },
        promised: None,
        major: false,
        bodies: BTreeMap::new(),
        profile: Profile::Foreign,
        version: "0.1.0".to_owned(),
        name: Some("fuzzed".to_owned()),
    };
    generate(&input, &Layout::of_others("fuzzed"))
}

fn judge(output: &Output) {
    let faults = output.diagnostics.iter().filter(|it| is_fault(output, it));
    let faults: Vec<_> = faults.map(|it| (it.code, &it.message)).collect();
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(output.files.is_empty(), output.diagnostics.has_errors());
}

fn is_fault(output: &Output, found: &Diagnostic) -> bool {
    let Some(span) = found.span() else {
        return true;
    };
    let text = &output.sources.get(span.source).text;
    found.code.as_str() == "E299" || span.end > text.len() || span.start > span.end
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = fastrand::Rng::with_seed(u64::from(seed));
    let (Some(mut tree), true) = (tree(&data[..size]), random.u8(..) < 200) else {
        return fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..random.usize(1..4) {
        change(&mut tree, &mut random);
    }
    let text = tree.to_string();
    if text.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
});

/// JSON, or what YAML says.
fn tree(bytes: &[u8]) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Some(value);
    }
    let mut sources = Sources::new();
    let id = sources.add("spec.yaml", &decode(bytes).ok()?);
    let document = load::load_any(&sources, id, &mut Diagnostics::new())?;
    Some(document.value)
}

/// Changes the tree in one place.
fn change(tree: &mut Value, random: &mut fastrand::Rng) {
    let count = count(tree);
    let donor = nth(tree, &mut random.usize(..count)).cloned();
    let Some(place) = nth(tree, &mut random.usize(..count)) else {
        return;
    };
    match random.u8(..8) {
        0 => *place = donor.unwrap_or_default(),
        1 => *place = odd_value(random),
        2..=4 => add(place, donor.unwrap_or_default(), random),
        5 => rename(place, random),
        _ => remove(place, random),
    }
}

fn add(place: &mut Value, donor: Value, random: &mut fastrand::Rng) {
    let value = if random.bool() {
        donor
    } else {
        odd_value(random)
    };
    match place {
        Value::Object(members) => {
            members.insert(word(random), value);
        }
        Value::Array(items) => items.push(value),
        other => *other = value,
    }
}

fn rename(place: &mut Value, random: &mut fastrand::Rng) {
    if let Value::Object(members) = place
        && let Some(key) = key(members, random)
        && let Some(value) = members.shift_remove(&key)
    {
        members.insert(word(random), value);
    }
}

fn key(members: &Map<String, Value>, random: &mut fastrand::Rng) -> Option<String> {
    let keys: Vec<&String> = members.keys().collect();
    random.choice(keys).cloned()
}

fn remove(place: &mut Value, random: &mut fastrand::Rng) {
    match place {
        Value::Object(members) => {
            key(members, random).and_then(|key| members.shift_remove(&key));
        }
        Value::Array(items) if !items.is_empty() => {
            items.remove(random.usize(..items.len()));
        }
        _ => {}
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The value of that number, counted from the root.
fn nth<'v>(value: &'v mut Value, number: &mut usize) -> Option<&'v mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, number)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, number)),
        _ => None,
    }
}

fn odd_value(random: &mut fastrand::Rng) -> Value {
    match random.u8(..12) {
        0 => Value::Null,
        1 => json!(random.bool()),
        2 => json!(random.i64(..)),
        3 => json!(random.f64() * 1e9),
        4 => json!({}),
        5 => json!([]),
        6 => json!({ "$ref": format!("#/components/schemas/{}", word(random)) }),
        7 => json!({ "$ref": format!("#/components/{}/{}", word(random), word(random)) }),
        8 => json!({ "type": word(random) }),
        9 => json!([word(random), word(random)]),
        _ => json!(word(random)),
    }
}

/// Words of OpenAPI, and some that names are made of with trouble.
fn word(random: &mut fastrand::Rng) -> String {
    let words: Vec<&str> = include_str!("../words.txt").lines().collect();
    random.choice(words).unwrap_or_default().to_owned()
}
