//! A document of somebody else, with what real ones have: the crates compile, and what is not made is
//! said with its place.

mod support;

use cloudbackup_codegen::diag::Diagnostics;
use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::source::Sources;
use cloudbackup_codegen::{Input, Output, load};
use support::cargo::Workspace;
use support::{file, input, messages, run_input};

const SPEC: &str = include_str!("specs/foreign.yaml");

const CALLER: &str = "//! Sends a request to somebody's API.\n\n\
    use shelf_client::{Client, model::{Thing, ThingColor}};\n\n\
    /// Names that were not free have others.\n\
    pub async fn call(client: &Client) -> Result<Option<i64>, cloudbackup_runtime::Error> {\n    \
        client.builder2().id(\"a\").the_self(\"s\").value(\"v\").value_1st(true).send().await?;\n    \
        client.get_thing2(\"id\").send().await?;\n    \
        let _: Option<shelf_client::r#type::GetThing> = None;\n    \
        let _: shelf_client::model::ShelfIds = vec![shelf_client::model::ShelfId::new()];\n    \
        let things = client.get_things().r#type(\"t\").type2(\"T\").send().await?;\n    \
        let first = things.items.into_iter().next();\n    \
        let is_red = |thing: &Thing| thing.color == Some(ThingColor::Red2);\n    \
        Ok(first.filter(is_red).and_then(|thing| thing.value2))\n}\n";

fn foreign(promised: Option<&str>) -> Input {
    Input {
        profile: Profile::Foreign,
        name: Some("shelf".to_owned()),
        ..input(SPEC, promised)
    }
}

fn generated() -> Output {
    run_input(&foreign(None))
}

#[test]
fn what_is_not_made_is_said() {
    insta::assert_snapshot!(messages(&generated()).join("\n"));
}

#[test]
fn crates_compile_without_a_warning() {
    let mut workspace = Workspace::new("foreign");
    workspace.add("somebody", &generated(), CALLER);
    workspace.check();
}

#[test]
fn promises_read_back() {
    let first = generated();
    let second = run_input(&foreign(Some(file(&first, "test.api"))));
    assert_eq!(first.files, second.files);
}

#[test]
fn every_schema_has_a_name() {
    let output = generated();
    insta::assert_snapshot!(file(&output, "model/src/generated/aliases.rs"));
    let (mut sources, mut diags) = (Sources::new(), Diagnostics::new());
    let id = sources.add("spec.yaml", SPEC);
    let document = load::load(&sources, id, &mut diags).unwrap();
    let schemas = document.get("/components/schemas").unwrap();
    let there = schemas.as_object().unwrap().len();
    let shared = messages(&output)
        .iter()
        .filter(|it| it.starts_with("E211"))
        .count();
    assert_eq!((output.schemas + shared, shared), (there, 1));
}

#[test]
fn names_are_promised_and_stay() {
    insta::assert_snapshot!(file(&generated(), "test.api"));
}

/// A document of OpenAPI 3.1, with references to odd places.
fn modern() -> Output {
    run_input(&Input {
        profile: Profile::Foreign,
        name: Some("shelf".to_owned()),
        ..input(include_str!("specs/modern.yaml"), None)
    })
}

#[test]
fn what_3_0_can_say_of_3_1_is_made() {
    insta::assert_snapshot!(file(&modern(), "test.api"));
}

#[test]
fn what_3_0_can_not_say_of_3_1_is_said() {
    insta::assert_snapshot!(messages(&modern()).join("\n"));
}
