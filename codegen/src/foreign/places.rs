//! References to other places than `components`: what they name moves there, and leaves a reference
//! behind. The stages after this one follow references to components only.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::lint::table::Obj;
use crate::load::pointer::{from_ref, tokens};
use crate::load::{Document, MAX_NODES, push};
use crate::name::Words;
use crate::walk::each_object;

/// Most references between path items that are followed in a row.
const LONGEST_CHAIN: usize = 16;

/// Most times that things move.
const MOST_ROUNDS: usize = 8;

/// Moves what references name into `components`.
pub(crate) fn bring_home(doc: &mut Document) {
    let mut value = std::mem::take(&mut doc.value);
    copy_path_items(&mut value);
    // What moves may have references of its own that nobody saw before.
    for _ in 0..MOST_ROUNDS {
        let odd = odd_references(&mut value);
        let moves = moves(&mut value, odd);
        if moves.is_empty() {
            break;
        }
        rename(&mut value, &moves);
        doc.moved.extend(carry_out(&mut value, moves));
    }
    doc.value = value;
}

/// Pointers that references name although no component stands there, with what is wanted.
fn odd_references(value: &mut Value) -> BTreeMap<String, Obj> {
    let mut odd = BTreeMap::new();
    each_object(value, &mut |obj, _, value| {
        if let Some(target) = target(value)
            && let Some(section) = obj.section()
            && !is_component(&target, section)
        {
            odd.insert(target, obj);
        }
    });
    odd
}

/// Where the reference at hand leads, inside of the document.
fn target(value: &Value) -> Option<String> {
    from_ref(value.get("$ref")?.as_str()?)
}

fn is_component(pointer: &str, section: &str) -> bool {
    let rest = pointer.strip_prefix("/components/");
    let name = rest.and_then(|rest| rest.strip_prefix(section)?.strip_prefix('/'));
    name.is_some_and(|name| !name.contains('/'))
}

/// A thing that moves.
struct Move {
    from: String,
    to: String,
    section: &'static str,
    name: String,
}

/// Only what is of the wanted kind moves, or what stands where OpenAPI knows nothing: anything else
/// would take a part out of the document that is needed where it is.
fn moves(value: &mut Value, odd: BTreeMap<String, Obj>) -> Vec<Move> {
    let mut kinds: BTreeMap<String, Obj> = BTreeMap::new();
    each_object(value, &mut |obj, pointer, _| {
        if odd.contains_key(pointer) {
            kinds.insert(pointer.to_owned(), obj);
        }
    });
    let mut taken = BTreeSet::new();
    let mut moves = Vec::new();
    for (from, wanted) in odd {
        let is_fit = match kinds.get(&from) {
            Some(kind) => *kind == wanted,
            None => is_unknown_land(&from),
        };
        let stands = value.pointer(&from).is_some_and(Value::is_object);
        let (true, true, Some(section)) = (is_fit, stands, wanted.section()) else {
            continue;
        };
        let known = value.pointer(&format!("/components/{section}"));
        let name = free_name(&from, |name| {
            taken.contains(&(section, name.to_owned()))
                || known.is_some_and(|known| known.get(name).is_some())
        });
        taken.insert((section, name.clone()));
        moves.push(Move {
            to: push(&format!("/components/{section}"), &name),
            from,
            section,
            name,
        });
    }
    moves
}

/// Keys of the document that nothing reads.
fn is_unknown_land(pointer: &str) -> bool {
    let mut tokens = tokens(pointer);
    match tokens.next().as_deref() {
        Some("components") => tokens.next().is_some_and(|section| {
            !Obj::Components
                .keys()
                .iter()
                .any(|key| key.name == section.as_ref())
        }),
        Some(key) => !Obj::Document.keys().iter().any(|known| known.name == key),
        None => false,
    }
}

/// A name by the words of the place.
fn free_name(from: &str, is_taken: impl Fn(&str) -> bool) -> String {
    const PLACES: [&str; 8] = [
        "paths",
        "components",
        "schemas",
        "properties",
        "responses",
        "content",
        "schema",
        "$defs",
    ];
    let words: Vec<String> = tokens(from)
        .filter(|token| !PLACES.contains(&token.as_ref()))
        .map(|token| Words::split(&token).pascal())
        .collect();
    let mut wanted: String = words.concat();
    wanted.retain(|c| c.is_ascii_alphanumeric());
    if wanted.is_empty() {
        wanted.push_str("Part");
    }
    let mut name = wanted.clone();
    let mut number = 2;
    while is_taken(&name) {
        name = format!("{wanted}{number}");
        number += 1;
    }
    name
}

/// Lets references name the new places.
fn rename(value: &mut Value, moves: &[Move]) {
    let new: BTreeMap<&str, &str> = moves
        .iter()
        .map(|it| (it.from.as_str(), it.to.as_str()))
        .collect();
    each_object(value, &mut |_, _, value| {
        let to = target(value).and_then(|from| new.get(from.as_str()).copied());
        if let (Some(to), Some(members)) = (to, value.as_object_mut()) {
            members.insert("$ref".to_owned(), json!(format!("#{to}")));
        }
    });
}

/// Inner things first: what holds them then moves with the reference that they leave. Gives where
/// each thing was.
fn carry_out(value: &mut Value, mut moves: Vec<Move>) -> BTreeMap<String, String> {
    moves.sort_by_key(|it| std::cmp::Reverse(it.from.len()));
    let mut moved = BTreeMap::new();
    for it in moves {
        let Some(place) = value.pointer_mut(&it.from) else {
            continue;
        };
        let thing = std::mem::replace(place, json!({ "$ref": format!("#{}", it.to) }));
        if let Some(section) = section(value, it.section) {
            section.insert(it.name, thing);
            moved.insert(it.to, it.from);
        }
    }
    moved
}

/// A section of the components, made if there is none.
fn section<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Map<String, Value>> {
    let document = value.as_object_mut()?;
    let components = document.entry("components").or_insert_with(|| json!({}));
    let components = components.as_object_mut()?;
    let section = components.entry(name).or_insert_with(|| json!({}));
    section.as_object_mut()
}

/// Path items that are references are copied: their operations are made for each path.
fn copy_path_items(value: &mut Value) {
    let Some(paths) = value.get("paths").and_then(Value::as_object) else {
        return;
    };
    let mut copied = 0;
    let mut copies = Vec::new();
    for (path, item) in paths {
        let Some(copy) = path_item(value, item) else {
            continue;
        };
        copied += size(&copy);
        if copied > MAX_NODES {
            return;
        }
        copies.push((path.clone(), copy));
    }
    let paths = value.get_mut("paths").and_then(Value::as_object_mut);
    if let Some(paths) = paths {
        paths.extend(copies);
    }
}

/// The item that a reference names in the end, with what stands beside the reference.
fn path_item(document: &Value, item: &Value) -> Option<Value> {
    let mut target = document.pointer(&target(item)?)?;
    for _ in 0..LONGEST_CHAIN {
        let Some(next) = target.get("$ref") else {
            let mut copy = target.as_object()?.clone();
            let beside = item.as_object()?.iter().filter(|(key, _)| *key != "$ref");
            copy.extend(beside.map(|(key, value)| (key.clone(), value.clone())));
            return Some(Value::Object(copy));
        };
        target = document.pointer(&from_ref(next.as_str()?)?)?;
    }
    None
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}
