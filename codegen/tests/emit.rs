//! What small specs become: one construct each, as a reviewer would read it.

mod support;

use support::{file, run};

fn spec(parameters: &str, body: &str, reply: &str) -> String {
    let section = |name: &str, text: &str| {
        if text.is_empty() {
            String::new()
        } else {
            format!("      {name}:\n{text}")
        }
    };
    format!(
        "openapi: 3.0.3\ninfo: {{title: shelf, version: '1'}}\npaths:\n  /boxes/{{box}}:\n    post:\n      \
         operationId: update_box\n{}{}      responses:\n        '200':\n          description: The box.\n{reply}",
        section(
            "parameters",
            &format!(
                "        - {{name: box, in: path, required: true, schema: {{type: string}}}}\n{parameters}"
            )
        ),
        section("requestBody", body),
    )
}

fn json(schema: &str, indent: usize) -> String {
    let space = " ".repeat(indent);
    format!("{space}content:\n{space}  application/json:\n{space}    schema: {schema}\n")
}

/// Snapshot of one generated file.
macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(concat!("emit-", $name), $text);
        });
    };
}

#[test]
fn a_call_with_one_required_parameter() {
    let query = "        - {name: mode, in: query, required: true, schema: {type: string}}\n        \
                 - {name: dry, in: query, schema: {type: boolean}}\n";
    let output = run(&spec(query, "", ""), None);
    snapshot!(
        "call",
        file(&output, "client/src/generated/calls/update_box.rs")
    );
    snapshot!(
        "required",
        file(&output, "client/src/generated/required.rs")
    );
}

#[test]
fn an_input_with_limits() {
    let body = json(
        "{type: object, required: [name], properties: {name: {type: string, minLength: 4, maxLength: 64, \
         pattern: '^[A-Za-z][A-Za-z0-9_-]*$'}, days: {type: integer, minimum: 1, maximum: 1825, x-unit: days, \
         default: 7}}}",
        8,
    );
    let body = format!("        required: true\n{body}");
    let output = run(&spec("", &body, ""), None);
    snapshot!(
        "input",
        file(&output, "model/src/generated/operations/update_box.rs")
    );
}

#[test]
fn a_type_with_limits_that_depend_on_each_other() {
    let body = json(
        "{type: object, required: [plan], properties: {plan: {type: object, x-rust-name: Plan, x-rules: \
         [{needs: {member: size, is_not: 0, needs: [hour]}}, {needs: {member: kind, is: HOT, needs: [days]}}, \
         {needs: {member: days, needs: [hour]}}, {at_most_one: [hour, day]}], properties: {size: {type: \
         integer, minimum: 20, maximum: 95, multipleOf: 10, x-also: [0]}, kind: {type: string, enum: [HOT], \
         x-rust-name: Kind}, hour: {type: string, format: hour-window}, days: {type: string, format: \
         week-days}, day: {type: string, format: date}}}}}",
        8,
    );
    let body = format!("        required: true\n{body}");
    let output = run(&spec("", &body, ""), None);
    snapshot!(
        "dependent",
        file(&output, "model/src/generated/types/plan.rs")
    );
}

#[test]
fn a_reply_with_an_open_enum() {
    let reply = json(
        "{type: object, required: [state], properties: {state: {type: string, enum: [OPEN, SHUT], \
         x-rust-name: State}}}",
        10,
    );
    let output = run(&spec("", "", &reply), None);
    snapshot!("enum", file(&output, "model/src/generated/types/state.rs"));
    snapshot!("api", file(&output, "test.api"));
}

#[test]
fn a_type_that_callers_build() {
    let body = json(
        "{type: object, required: [lid], properties: {lid: {type: object, required: [size], x-rust-name: Lid, \
         properties: {size: {type: integer}, tags: {type: array, items: {type: string}}}}}}",
        8,
    );
    let output = run(
        &spec("", &format!("        required: true\n{body}"), ""),
        None,
    );
    snapshot!("type", file(&output, "model/src/generated/types/lid.rs"));
}

#[test]
fn wire_tests_of_a_call_without_examples() {
    let query = "        - {name: dry, in: query, schema: {type: boolean}}\n".to_owned()
        + "        - {name: X-Trace, in: header, schema: {type: string, maxLength: 6}}\n";
    let body = json(
        "{type: object, required: [name], properties: {name: {type: string, pattern: '^[a-z]{3}$'}, sizes: \
         {type: array, items: {type: integer, minimum: 7}}, since: {type: string, format: date-time}}}",
        8,
    );
    let reply = json(
        "{type: object, required: [id], properties: {id: {type: string}, boxes: {type: array, items: {type: \
         object, x-rust-name: Item, properties: {id: {type: string}, lid: {type: boolean}}}}}}",
        10,
    );
    let output = run(
        &spec(&query, &format!("        required: true\n{body}"), &reply),
        None,
    );
    snapshot!(
        "wire",
        file(&output, "client/tests/generated/calls/update_box.rs")
    );
    snapshot!(
        "support",
        file(&output, "client/tests/generated/support.rs")
    );
    snapshot!("main", file(&output, "client/tests/generated/main.rs"));
}
