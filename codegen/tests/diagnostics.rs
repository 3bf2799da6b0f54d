//! What users read when a spec is wrong: one fixture for each code of loading
//! and linting, rendered as `xtask` prints it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../xtask/src/show.rs"]
mod show;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cloudbackup_codegen::diag::{CODES, Diagnostics, explain};
use cloudbackup_codegen::lint::{Profile, lint};
use cloudbackup_codegen::load::load;
use cloudbackup_codegen::source::{Sources, decode};

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs/diag");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Loads and lints a text as our own spec, or as one of others when its name
/// says so.
fn found(path: &str, text: &str) -> (Sources, Diagnostics) {
    let profile = if path.contains("foreign") {
        Profile::Foreign
    } else {
        Profile::House
    };
    let mut sources = Sources::new();
    let id = sources.add(path, text);
    let mut diags = Diagnostics::new();
    if let Some(doc) = load(&sources, id, &mut diags) {
        lint(&doc, profile, &mut diags);
    }
    diags.sort(&sources);
    (sources, diags)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn every_fixture_reads_well() {
    for path in fixtures() {
        let name = name_of(&path);
        let text = decode(&std::fs::read(&path).unwrap()).unwrap();
        let (sources, diags) = found(&name, &text);
        let code = name.get(..4).unwrap();
        let shown = show::render(&sources, &diags, false);
        if code != "good" {
            assert!(shown.contains(&format!("[{code}]")), "{name}:\n{shown}");
        } else {
            assert_eq!(shown, "", "{name}");
        }
        let stem = name.replace('.', "-");
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(stem, shown);
        });
    }
}

#[test]
fn every_code_has_a_fixture_and_a_page() {
    let named: BTreeSet<String> = fixtures()
        .iter()
        .map(|path| name_of(path)[..4].to_owned())
        .collect();
    for info in CODES {
        let code = info.code.as_str();
        let page = explain(code).unwrap();
        assert!(page.trim().len() > 80, "{code} has no page to speak of");
        assert!(!info.title.is_empty(), "{code} has no title");
        // Later stages have fixtures of their own.
        if code < "E200" {
            assert!(named.contains(code), "{code} has no fixture");
        }
    }
}

#[test]
fn codes_ascend_and_are_found_in_either_case() {
    let codes: Vec<&str> = CODES.iter().map(|info| info.code.as_str()).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    assert_eq!(explain("e101"), explain("E101"));
    assert_eq!(explain("E999"), None);
}

#[test]
fn every_finding_has_a_place_and_advice() {
    for path in fixtures() {
        let name = name_of(&path);
        let text = decode(&std::fs::read(&path).unwrap()).unwrap();
        let (_, diags) = found(&name, &text);
        for found in &diags {
            assert!(found.span().is_some(), "{name}: {found:?}");
            assert!(!found.help.is_empty(), "{name}: {found:?}");
            assert!(!found.message.ends_with('.'), "{name}: {found:?}");
        }
    }
}

/// A small document around a schema.
fn around(schema: &str) -> String {
    format!(
        "{{\"openapi\": \"3.0.3\", \"info\": {{\"title\": \"t\", \"version\": \"1\"}}, \
         \"paths\": {{}}, \"components\": {{\"schemas\": {{\"A\": {schema}}}}}}}"
    )
}

#[test]
fn hostile_texts_end_in_a_finding() {
    let deep =
        |open: &str, close: &str| around(&(open.repeat(50_000) + "{}" + &close.repeat(50_000)));
    let mut bomb = "a0: &a0 {type: object, properties: {x: {type: string}}}\n".to_owned();
    for i in 1..10 {
        let one = format!("*a{}", i - 1);
        bomb += &format!(
            "a{i}: &a{i} {{allOf: [{}]}}\n",
            [one.as_str(); 9].join(", ")
        );
    }
    let cases = [
        ("deep.json", deep("{\"items\": ", "}")),
        ("deep.yaml", deep("{\"items\": ", "}")),
        ("list.json", "[".repeat(1_000_000)),
        ("list.yaml", "- ".repeat(100_000)),
        ("bomb.yaml", bomb),
        ("nul.yaml", "openapi: 3.0.3\0\n".to_owned()),
        ("nul.json", "{\"openapi\": \"\0\"}".to_owned()),
        ("bom.yaml", "\u{FEFF}\u{FEFF}openapi: 3.0.3\n".to_owned()),
        ("self.yaml", "a: &a {b: *a}\n".to_owned()),
        ("key.yaml", format!("{}: 1\n", "k".repeat(1_000_000))),
        ("quote.yaml", "a: \"\u{202E}\n".to_owned()),
        ("cr.yaml", "openapi: 3.0.3\rinfo: [\r".to_owned()),
    ];
    for (name, text) in cases {
        let (sources, diags) = found(name, &text);
        assert!(diags.has_errors(), "{name}");
        let shown = show::render(&sources, &diags, false);
        assert!(shown.len() < 20_000, "{name}: {} bytes shown", shown.len());
    }
}

#[test]
fn long_chains_and_wide_circles_of_references_are_walked_without_recursion() {
    let link =
        |i: usize, to: usize| format!("\"S{i}\": {{\"$ref\": \"#/components/schemas/S{to}\"}}");
    let count = 20_000;
    let chain: Vec<String> = (0..count).map(|i| link(i, (i + 1) % count)).collect();
    let text = around("{}").replace("\"A\": {}", &chain.join(", "));
    let (_, diags) = found("circle-foreign.json", &text);
    let codes: Vec<&str> = diags.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["E108"]);
}

#[test]
fn messages_hold_nothing_that_moves_a_cursor() {
    let text = "{\"openapi\": \"3.0.3\", \"info\": {\"title\": \"t\", \"version\": \"1\"}, \
                \"paths\": {}, \"\\u001b[31m\\u202e\": 1}";
    let (_, diags) = found("a-foreign.json", text);
    let messages: Vec<&str> = diags.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(
        messages,
        ["unknown key `\\u{1b}[31m\\u{202e}` in the document"]
    );
}

#[test]
fn a_long_line_is_cut_around_the_mark_and_a_lone_cr_ends_a_line() {
    let long = format!("{{\"a\": \"{}\", \"openapi\": 3}}", "é".repeat(100_000));
    let (sources, diags) = found("long.json", &long);
    let shown = show::render(&sources, &diags, false);
    assert!(shown.contains("\"openapi\": 3}"), "{shown}");
    assert!(shown.contains("^ this is an integer"), "{shown}");
    assert!(shown.len() < 1000, "{shown}");
    let (sources, diags) = found("cr.yaml", "info: {}\ropenapi: 3\r");
    let shown = show::render(&sources, &diags, false);
    assert!(shown.contains("cr.yaml:2:10"), "{shown}");
    assert!(shown.contains("2 | openapi: 3\n"), "{shown}");
}

#[test]
fn of_very_many_findings_the_errors_are_shown_first() {
    let odd: Vec<String> = (0..300)
        .map(|i| format!("\"Ä{i}\": {{\"type\": \"array\"}}"))
        .collect();
    let all = format!("{}, \"Z\": {{\"maxLength\": \"a\"}}", odd.join(",\r\n"));
    let text = around("{}").replace("\"A\": {}", &all);
    let (sources, diags) = found("many-foreign.json", &text);
    let shown = show::render(&sources, &diags, false);
    assert!(shown.starts_with("error[E102]"), "{}", &shown[..200]);
    let (_, brief) = shown.rsplit_once("\n\n").unwrap();
    let lines: Vec<&str> = brief.lines().collect();
    assert_eq!(lines.len(), 101, "{brief}");
    let last = diags.iter().rev().find(|d| d.code.as_str() != "E102");
    let (line, column) = sources.line_col(last.and_then(|d| d.span()).unwrap());
    assert!(
        lines[100].starts_with("warning[")
            && lines[100].ends_with(&format!("many-foreign.json:{line}:{column}")),
        "{} {line} {column}",
        lines[100]
    );
}

#[test]
fn the_same_finding_is_kept_once_and_all_are_sorted_by_place() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {a: {}}\nzz: 1\nyy: 2\n";
    let (sources, mut diags) = found("sort-foreign.yaml", text);
    let again: Vec<_> = diags.iter().rev().cloned().collect();
    diags.extend(again);
    diags.sort(&sources);
    let lines: Vec<usize> = diags
        .iter()
        .map(|d| sources.line_col(d.span().unwrap()).0)
        .collect();
    assert_eq!(lines, [3, 4, 5]);
}
