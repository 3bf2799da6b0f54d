//! Output is a function of the input, and the order in which a spec lists
//! things that have no order on the wire does not reach callers.

mod support;

use cloudbackup_codegen::Output;
use support::{file, messages, run};

const SPEC: &str = include_str!("specs/promises.yaml");

/// Public lines of all files, sorted: what callers see, wherever it stands.
fn surface(output: &Output) -> Vec<String> {
    let mut lines: Vec<String> = output
        .files
        .iter()
        .flat_map(|file| file.text.lines())
        .filter(|line| line.trim_start().starts_with("pub "))
        .map(|line| line.trim().to_owned())
        .collect();
    lines.sort();
    lines
}

/// Cuts a text at lines of this indentation and puts the pieces the other way
/// round.
fn reversed(text: &str, indent: &str) -> String {
    let mut pieces: Vec<String> = Vec::new();
    for line in text.lines() {
        let starts = line.starts_with(indent) && !line[indent.len()..].starts_with(' ');
        match pieces.last_mut() {
            Some(piece) if !starts => piece.push_str(&format!("{line}\n")),
            _ => pieces.push(format!("{line}\n")),
        }
    }
    pieces.reverse();
    pieces.concat()
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(run(SPEC, None).files, run(SPEC, None).files);
}

#[test]
fn line_ends_and_comments_do_not_matter() {
    let first = run(SPEC, None);
    let other = format!("# a comment\n{SPEC}").replace('\n', "\r\n");
    assert_eq!(first.files, run(&other, None).files);
}

#[test]
fn the_order_of_schemas_does_not_matter() {
    let (head, schemas) = SPEC.split_once("  schemas:\n").unwrap_or_default();
    let other = format!("{head}  schemas:\n{}", reversed(schemas, "    "));
    assert_ne!(other, SPEC);
    let (first, second) = (run(SPEC, None), run(&other, None));
    assert_eq!(messages(&second), Vec::<String>::new());
    assert_eq!(file(&first, "test.api"), file(&second, "test.api"));
    assert_eq!(surface(&first), surface(&second));
}

#[test]
fn the_order_of_paths_does_not_matter() {
    let (head, rest) = SPEC.split_once("paths:\n").unwrap_or_default();
    let (paths, tail) = rest.split_once("components:\n").unwrap_or_default();
    let other = format!("{head}paths:\n{}components:\n{tail}", reversed(paths, "  "));
    assert_ne!(other, SPEC);
    let (first, second) = (run(SPEC, None), run(&other, None));
    assert_eq!(file(&first, "test.api"), file(&second, "test.api"));
    assert_eq!(surface(&first), surface(&second));
}

#[test]
fn what_a_description_says_never_becomes_code() {
    let hostile = "        name: {type: string, description: \"*/ pub fn owned() {} /* ``` # <b>[x](y) \\u202e\"}\n";
    let other = SPEC.replace("        name: {type: string}\n", hostile);
    assert_ne!(other, SPEC);
    let (first, second) = (run(SPEC, None), run(&other, None));
    assert_eq!(messages(&second), Vec::<String>::new());
    assert_eq!(surface(&first), surface(&second));
    assert!(!file(&second, "client/src/generated/calls/create_box.rs").contains('\u{202e}'));
}
