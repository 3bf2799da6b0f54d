//! What stands in the file. Who changes it must raise its format, so that an older file is refused
//! instead of being misread.

use std::collections::BTreeSet;
use std::path::Path;

use redb::{Database, ReadableTable as _, TableDefinition};
use serde_json::Value;

use super::story::story;
use super::{new_file, started};

pub(super) const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("about");
pub(super) const ROWS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("rows");

const SHAPE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/state_format.txt");

/// The members of a value at any depth, and what stands there.
fn shape(place: &str, value: &Value, shapes: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if members.keys().all(|name| is_member(name)) => {
            for (name, value) in members {
                shape(&format!("{place}.{name}"), value, shapes);
            }
        }
        Value::Object(members) => {
            for value in members.values() {
                shape(&format!("{place}.*"), value, shapes);
            }
        }
        Value::Array(items) => {
            for value in items {
                shape(&format!("{place}[]"), value, shapes);
            }
        }
        Value::Null => {}
        Value::Bool(_) => drop(shapes.insert(format!("{place}: boolean"))),
        Value::Number(_) => drop(shapes.insert(format!("{place}: number"))),
        Value::String(_) => drop(shapes.insert(format!("{place}: text"))),
    }
}

/// Whether a key is the name of a member and not an id or another value.
fn is_member(name: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphabetic() || b"_-".contains(&byte);
    name.bytes().all(is_name) && !["shop", "crm"].contains(&name)
}

fn shapes(file: &Path) -> (String, BTreeSet<String>) {
    let database = Database::open(file).unwrap();
    let read = database.begin_read().unwrap();
    let about = read.open_table(ABOUT).unwrap();
    let mut shapes = BTreeSet::new();
    for row in about.iter().unwrap() {
        let (key, value) = row.unwrap();
        let value = serde_json::from_slice(value.value()).unwrap();
        shape(key.value(), &value, &mut shapes);
    }
    for row in read.open_table(ROWS).unwrap().iter().unwrap() {
        let (key, value) = row.unwrap();
        let (part, key) = key.value();
        let member = match key.split_once('/') {
            Some((member, _)) => format!("{part} {member}/"),
            None => format!("{part} {key}"),
        };
        let value = serde_json::from_slice(value.value()).unwrap();
        shape(&member, &value, &mut shapes);
    }
    let format = about.get("format").unwrap().unwrap();
    (String::from_utf8(format.value().to_vec()).unwrap(), shapes)
}

#[tokio::test]
async fn format_is_raised_with_every_change_of_what_stands_in_the_file() {
    let (_folder, file) = new_file();
    let sandbox = started(&file).await;
    story(&sandbox).await;
    drop(sandbox);
    let (format, shapes) = shapes(&file);
    let mut told = format!("format {format}\n");
    for line in shapes {
        told.push_str(&line);
        told.push('\n');
    }
    if std::env::var_os("UPDATE_STATE_FORMAT").is_some() {
        std::fs::write(SHAPE, &told).unwrap();
    }
    let known = std::fs::read_to_string(SHAPE).unwrap();
    let new: Vec<&str> = told
        .lines()
        .filter(|line| !known.lines().any(|it| it == *line))
        .collect();
    let gone: Vec<&str> = known
        .lines()
        .filter(|line| !told.lines().any(|it| it == *line))
        .collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "what stands in a state file has changed: raise FORMAT in src/state/file.rs, then run this \
         test with UPDATE_STATE_FORMAT=1\nnew: {new:#?}\ngone: {gone:#?}"
    );
}
