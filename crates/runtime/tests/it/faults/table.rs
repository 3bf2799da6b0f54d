//! `FAULTS.md` against the tests: each row has its tests or a reason, each test has its row.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The groups of rows, by letter and number of rows.
const GROUPS: &[(char, usize)] = &[
    ('T', 34),
    ('R', 4),
    ('B', 21),
    ('S', 31),
    ('A', 15),
    ('C', 5),
    ('P', 11),
    ('W', 9),
    ('I', 16),
];

struct Row {
    id: String,
    tests: Vec<String>,
    note: String,
}

fn rows() -> Vec<Row> {
    let table = fs::read_to_string(Path::new(ROOT).join("FAULTS.md")).unwrap();
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim().trim_matches('|');
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    table
        .lines()
        .filter(|line| {
            is_id(
                line.trim_start_matches("| ")
                    .split(' ')
                    .next()
                    .unwrap_or(""),
            )
        })
        .map(|line| match &cells(line)[..] {
            [id, _, tests, note] => Row {
                id: id.clone(),
                tests: tests
                    .split(['`', ',', ' '])
                    .filter(|name| name.contains("::"))
                    .map(str::to_owned)
                    .collect(),
                note: note.clone(),
            },
            cells => panic!("a row has four cells, not {cells:?}"),
        })
        .collect()
}

fn is_id(text: &str) -> bool {
    let mut chars = text.chars();
    let letter = chars.next().unwrap_or(' ');
    GROUPS.iter().any(|(group, _)| *group == letter)
        && text.len() == 3
        && chars.all(|c| c.is_ascii_digit())
}

/// All tests of this binary that are named after a row: module path and name.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let sources = Path::new(ROOT).join("tests/it");
    for file in files(&sources) {
        let module = file.strip_prefix(&sources).unwrap().with_extension("");
        let module = module.to_str().unwrap().replace(['/', '\\'], "::");
        for line in fs::read_to_string(&file).unwrap().lines() {
            let line = line.trim_start().trim_start_matches("async ");
            let Some(name) = line
                .strip_prefix("fn ")
                .and_then(|rest| rest.split('(').next())
            else {
                continue;
            };
            let id = name.split('_').next().unwrap().to_uppercase();
            if is_id(&id) && !name.ends_with("_in_child") {
                found.insert(format!("{module}::{name}"));
            }
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_fault_has_a_row() {
    let ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    let all: Vec<String> = GROUPS
        .iter()
        .flat_map(|(group, count)| (1..=*count).map(move |number| format!("{group}{number:02}")))
        .collect();
    assert_eq!(ids, all);
}

#[test]
fn every_row_names_its_tests_or_says_why_there_is_none() {
    let tests = tests();
    for row in rows() {
        let (id, names) = (&row.id, &row.tests);
        assert!(
            !names.is_empty() || !row.note.is_empty(),
            "{id} has neither a test nor a reason"
        );
        for name in names {
            assert!(tests.contains(name), "{id} names {name}, which is no test");
            let own = format!("::{}_", id.to_lowercase());
            assert!(name.contains(&own), "{name} is not named after {id}");
        }
    }
}

#[test]
fn every_test_of_a_fault_is_in_the_table() {
    let named: BTreeSet<String> = rows().into_iter().flat_map(|row| row.tests).collect();
    let missing: Vec<String> = tests().difference(&named).cloned().collect();
    assert_eq!(missing, [""; 0]);
}
