//! What the integration tests share: a spec from text, through all stages.

#![allow(dead_code, reason = "not every test binary uses all of it")]

pub(crate) mod cargo;
pub(crate) mod changes;
pub(crate) mod edits;
pub(crate) mod kept;
pub(crate) mod services;

use std::collections::BTreeMap;

use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::source::Source;
use cloudbackup_codegen::{Input, Layout, Output, generate, promises};

/// A spec and what was promised before, without any example files.
pub(crate) fn input(spec: &str, promised: Option<&str>) -> Input {
    let source = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    Input {
        spec: source("spec/test.yaml", spec),
        promised: promised.map(|text| source("spec/test.api", text)),
        major: false,
        bodies: BTreeMap::new(),
        profile: Profile::Plain,
        version: "0.2.0".to_owned(),
        name: None,
    }
}

/// A spec to its files.
pub(crate) fn run(spec: &str, promised: Option<&str>) -> Output {
    run_input(&input(spec, promised))
}

/// The same for an input made by hand.
pub(crate) fn run_input(input: &Input) -> Output {
    generate(input, &layout())
}

/// A spec to what it promises, which is much faster.
pub(crate) fn outline(spec: &str, promised: Option<&str>) -> Output {
    promises(&input(spec, promised), &layout())
}

fn layout() -> Layout {
    Layout {
        model: "model".to_owned(),
        client: "client".to_owned(),
        prefix: "cloudbackup-",
        tests: true,
        server: Some("server".to_owned()),
        promises: "test.api".to_owned(),
    }
}

/// One file of an output, which must be without errors.
#[track_caller]
pub(crate) fn file<'o>(output: &'o Output, path: &str) -> &'o str {
    let file = output.files.iter().find(|file| file.path == path);
    match file {
        Some(file) => &file.text,
        None => panic!("no file {path}; messages: {:?}", messages(output)),
    }
}

/// `E303: …` for each diagnostic.
pub(crate) fn messages(output: &Output) -> Vec<String> {
    let diagnostics = output.diagnostics.iter();
    diagnostics
        .map(|found| format!("{}: {}", found.code, found.message))
        .collect()
}
