//! Names and shapes that trip generators, judged by the compiler.

mod support;

use support::cargo::Workspace;
use support::{file, messages, run};

const SPEC: &str = include_str!("specs/obstacles.yaml");

const CALLER: &str = "//! Sends a request of the obstacle course.\n\n\
    use shelf_client::{Client, model::Tree};\n\n\
    /// All that is required.\n\
    pub async fn call(client: &Client) -> Result<String, cloudbackup_runtime::Error> {\n    \
        let tree = Tree::builder().name(\"root\").build();\n    \
        let call = client.create_box(\"c\").set(\"s\").unset(\"u\").tree(tree);\n    \
        let reply = call.value(\"v\").self_(\"s\").rows([[(\"a\".to_owned(), \"b\".to_owned())]]);\n    \
        Ok(reply.send().await?.default_)\n}\n";

#[test]
fn awkward_names_and_shapes_compile_without_a_warning() {
    let output = run(SPEC, None);
    assert_eq!(messages(&output), Vec::<String>::new());
    let mut workspace = Workspace::new("obstacles");
    workspace.add("course", &output, CALLER);
    workspace.check();
}

#[test]
fn the_outline_of_awkward_names_reads_back() {
    let first = run(SPEC, None);
    let second = run(SPEC, Some(file(&first, "test.api")));
    assert_eq!(messages(&second), Vec::<String>::new());
    assert_eq!(first.files, second.files);
}

#[test]
fn no_two_files_share_a_path() {
    let output = run(SPEC, None);
    let mut paths: Vec<&str> = output.files.iter().map(|file| file.path.as_str()).collect();
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count);
}

#[test]
fn a_name_that_cannot_be_used_is_an_error_at_its_place() {
    for (from, to, expected) in [
        (
            "    Kind:\n",
            "    Validator:\n",
            "`Validator` has a meaning in Rust already",
        ),
        (
            "operationId: tag",
            "operationId: builder",
            "`builder` has a meaning in Rust already",
        ),
        (
            "enum: [\"true\"",
            "enum: [2fa, \"true\"",
            "`2fa` can't be a variant in Rust",
        ),
        (
            "enum: [\"true\"",
            "enum: [unknown, \"true\"",
            "`Unknown` is kept for values",
        ),
        (
            "                input: {type",
            "                build: {type",
            "`build` is kept for a method",
        ),
        (
            "{name: flags,",
            "{name: with_count,",
            "`with_…` is kept for settings",
        ),
    ] {
        assert!(SPEC.contains(from), "no `{from}` to edit");
        let spec = SPEC.replace(from, to).replace(
            "schemas/Kind",
            match to.contains("Validator") {
                true => "schemas/Validator",
                false => "schemas/Kind",
            },
        );
        let output = run(&spec, None);
        let found = messages(&output);
        assert!(
            found.iter().any(|message| message.contains(expected)),
            "{expected}: {found:?}"
        );
        assert!(output.files.is_empty());
    }
}
