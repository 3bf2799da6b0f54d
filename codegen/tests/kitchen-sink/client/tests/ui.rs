//! What the compiler says of a forgotten member: each call under `ui/missing` lacks exactly the line
//! that its twin under `ui/complete` has. `TRYBUILD=overwrite` writes the messages anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn forgotten_member_is_a_compile_error_that_says_what_to_call() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/complete/*.rs");
    cases.compile_fail("tests/ui/missing/*.rs");
    cases.compile_fail("tests/ui/swapped/*.rs");
}

/// The call that each case lacks, by file.
const LACKS: &[(&str, &str)] = &[
    ("body_member.rs", ".on(true)"),
    ("nested_member.rs", ".hours(\"02:00\")"),
    ("path_parameter.rs", ".tap_id(\"t-1\")"),
    ("query_parameter.rs", ".limit(2)"),
    ("shared_type_member.rs", ".name(\"handle\")"),
    ("whole_body.rs", ".entries(parts)"),
];

#[test]
fn twins_differ_by_exactly_the_missing_line() {
    for (file, line) in LACKS {
        let complete = read("complete", file);
        let mut lines: Vec<_> = complete.lines().collect();
        let index = lines.iter().position(|found| found.trim() == *line);
        lines.remove(index.unwrap_or_else(|| panic!("{file} has no line {line}")));
        let missing = read("missing", file);
        assert_eq!(missing.lines().collect::<Vec<_>>(), lines, "{file}");
    }
}

/// A snapshot is easily overwritten unread, so this much of it is asked for by name.
#[test]
fn messages_name_the_member_and_the_call_to_add() {
    for (file, line) in LACKS {
        let member = line.trim_start_matches('.').split('(').next().unwrap();
        let message = read("missing", &file.replace(".rs", ".stderr"));
        for part in [
            format!("required field `{member}` was not set"),
            format!("call `.{member}(..)` before this"),
        ] {
            assert_eq!(message.matches(&part).count(), 1, "{file}: {message}");
        }
        assert_eq!(message.matches("error").count(), 1, "{file}: {message}");
    }
}

#[test]
fn every_case_is_in_the_list() {
    let listed: BTreeSet<_> = LACKS.iter().map(|(file, _)| (*file).to_owned()).collect();
    for folder in ["missing", "complete"] {
        let found: BTreeSet<_> = fs::read_dir(folder_of(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| Path::new(name).extension().is_some_and(|ext| ext == "rs"))
            .collect();
        assert_eq!(found, listed, "{folder}");
    }
}

fn folder_of(folder: &str) -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.join("tests/ui").join(folder)
}

fn read(folder: &str, file: &str) -> String {
    fs::read_to_string(folder_of(folder).join(file)).unwrap()
}
