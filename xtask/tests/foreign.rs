//! Crates for a document from anywhere, as somebody meets them who has such a document.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const DOCUMENT: &str = "openapi: 3.0.0
info: {title: Pets, version: '1'}
paths:
  /pets/{id}:
    get:
      operationId: showPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: A pet.
          content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}
  /pets/{pet}:
    get:
      operationId: paintPet
      parameters: [{name: pet, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: Painted.}}
";

struct Place(tempfile::TempDir);

impl Place {
    fn with(document: &str) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        fs::write(place.0.path().join("My Pets.yaml"), document).unwrap();
        place
    }

    fn generate(&self, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["generate", "--spec", "My Pets.yaml", "--out", "out"])
            .args(more)
            .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join("out").join(path)).unwrap()
    }
}

#[track_caller]
fn ends(output: &Output, code: i32, out: &[&str], err: &[&str]) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
    for part in out {
        assert!(stdout.contains(part), "no {part:?} in {stdout}");
    }
    for part in err {
        assert!(stderr.contains(part), "no {part:?} in {stderr}");
    }
}

#[test]
fn two_crates_come_of_a_document_and_the_second_time_nothing_changes() {
    let place = Place::with(DOCUMENT);
    let expected = ["warning[E210]: `paintPet` is left out", "My Pets.yaml:13:5"];
    ends(
        &place.generate(&[]),
        0,
        &["my-pets: 1 operation, "],
        &expected,
    );
    let manifest = place.read("my-pets-client/Cargo.toml");
    assert!(manifest.contains("my-pets-model = { path = \"../my-pets-model\" }"));
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/core");
    let core = fs::canonicalize(core).unwrap();
    assert!(manifest.contains(&format!("{:?}", core.display().to_string())));
    let call = place.read("my-pets-client/src/generated/calls/show_pet.rs");
    assert!(call.contains("pub struct ShowPet"), "{call}");
    assert!(place.read("my-pets.api").contains("name: show_pet"));
    ends(&place.generate(&[]), 0, &["nothing to change"], &expected);
}

#[test]
fn document_with_an_error_leaves_what_was_there() {
    let place = Place::with(DOCUMENT);
    ends(&place.generate(&[]), 0, &[], &[]);
    let before = place.read("my-pets.api");
    let broken = DOCUMENT.replace("type: string}}}}}", "type: string}}}}");
    fs::write(place.0.path().join("My Pets.yaml"), broken).unwrap();
    ends(
        &place.generate(&[]),
        1,
        &[],
        &["error[E", "My Pets.yaml:", "my-pets: nothing written"],
    );
    assert_eq!(place.read("my-pets.api"), before);
    place.read("my-pets-model/src/generated/operations/show_pet.rs");
}

#[test]
fn other_version_is_refused_with_what_to_do() {
    let place = Place::with(&DOCUMENT.replace("openapi: 3.0.0", "swagger: '2.0'"));
    ends(&place.generate(&[]), 1, &[], &["this is Swagger 2.0"]);
    assert!(!place.0.path().join("out").exists());
}

#[test]
fn name_and_folder_of_the_runtime_are_checked() {
    let place = Place::with(DOCUMENT);
    ends(
        &place.generate(&["--name", "../up"]),
        2,
        &[],
        &["can't be the name of crates"],
    );
    ends(
        &place.generate(&["--runtime-path", "."]),
        2,
        &[],
        &["there is no crate `core`"],
    );
    ends(&place.generate(&["vbs"]), 2, &[], &["`--spec`"]);
    ends(
        &place.generate(&["--name", "zoo"]),
        0,
        &["zoo: 1 operation"],
        &[],
    );
    place.read("zoo-model/src/lib.rs");
}

#[test]
fn promises_hold_until_they_are_given_up() {
    let place = Place::with(DOCUMENT);
    ends(&place.generate(&[]), 0, &[], &[]);
    let other = DOCUMENT.replace("name: {type: string}", "name: {type: integer}");
    fs::write(place.0.path().join("My Pets.yaml"), other).unwrap();
    ends(&place.generate(&[]), 1, &[], &["error[E303]", "--major"]);
    let given_up = ["my-pets: 1 promise given up:"];
    ends(&place.generate(&["--major"]), 0, &given_up, &[]);
    assert!(place.read("my-pets.api").contains("name: i64?"));
}
