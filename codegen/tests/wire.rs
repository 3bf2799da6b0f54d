//! Every operation of our own specs is tested on the wire, in both directions, and every list is
//! walked to its end.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::source::{Source, decode};
use cloudbackup_codegen::{Input, Layout, Output, generate};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn source(path: PathBuf) -> Source {
    let text = decode(&fs::read(&path).unwrap()).unwrap();
    let path = path.display().to_string();
    Source { path, text }
}

fn generated(folder: &Path, service: &str) -> Output {
    let mut bodies = BTreeMap::new();
    for entry in fs::read_dir(folder.join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        bodies.insert(format!("examples/{name}"), source(path));
    }
    let input = Input {
        spec: source(folder.join(format!("{service}.yaml"))),
        promised: Some(source(folder.join(format!("{service}.api")))),
        major: false,
        bodies,
        profile: Profile::House,
        version: "0.0.0".to_owned(),
        name: None,
    };
    let output = generate(&input, &Layout::of_service(service));
    assert!(!output.diagnostics.has_errors(), "{service}");
    output
}

/// Names and texts of the files in a folder of the client crate.
fn calls<'o>(output: &'o Output, service: &str, part: &str) -> BTreeMap<&'o str, &'o str> {
    let folder = format!("crates/{service}-client/{part}/generated/calls/");
    let files = output.files.iter();
    files
        .filter_map(|file| Some((file.path.strip_prefix(&folder)?, file.text.as_str())))
        .filter(|(name, _)| *name != "mod.rs")
        .collect()
}

fn is_tested(text: &str, what: &str) -> bool {
    let end = format!("_{what}() -> Result<(), Box<dyn Error>> {{");
    let mut lines = text.lines();
    lines.any(|line| line.starts_with("fn ") && line.ends_with(&end))
}

/// Whether the list of a call is read to its end.
fn is_walked(text: &str) -> bool {
    text.contains("_all_items() -> Result<(), Box<dyn Error>> {\n")
}

fn check(folder: &Path, service: &str) {
    let output = generated(folder, service);
    let operations = calls(&output, service, "src");
    assert_eq!(operations.len(), output.operations, "{service}");
    let tests = calls(&output, service, "tests");
    let guide = format!("crates/{service}-client/src/generated/guide.md");
    let guide = support::file(&output, &guide);
    for name in operations.keys() {
        let call = name.strip_suffix(".rs").unwrap();
        let row = format!("| [`{call}`](Client::{call}) | ");
        assert!(
            guide.contains(&row),
            "the front page of {service} lacks {call}"
        );
        let text = tests.get(name).copied().unwrap_or_default();
        for what in ["request", "reply"] {
            assert!(is_tested(text, what), "no {what} of {service} {name}");
        }
        let walks = operations[name].contains("pub fn items(");
        assert_eq!(is_walked(text), walks, "the list of {service} {name}");
    }
}

#[test]
fn every_operation_has_a_test_of_its_request_and_of_its_reply() {
    let specs = folder("../spec");
    let mut services = 0;
    for entry in fs::read_dir(&specs).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            check(&specs, path.file_stem().unwrap().to_str().unwrap());
            services += 1;
        }
    }
    assert!(services >= 5, "found only {services} specs");
}

#[test]
fn so_has_every_operation_of_the_kitchen_sink() {
    check(&folder("tests/specs"), "kitchen-sink");
}

#[test]
fn what_no_sample_keeps_is_left_out() {
    let spec = "openapi: 3.0.3\ninfo: {title: shelf, version: '1'}\npaths:\n  /boxes:\n    post:\n      \
                operationId: pack\n      parameters:\n        - {name: size, in: query, required: true, \
                schema: {type: string, pattern: '^(?!a)[a]+$'}}\n      responses:\n        '204': \
                {description: Done.}\n";
    let output = support::run(spec, None);
    let text = support::file(&output, "client/tests/generated/calls/pack.rs");
    assert!(is_tested(text, "reply"), "{text}");
    assert!(!is_tested(text, "request"), "{text}");
}
