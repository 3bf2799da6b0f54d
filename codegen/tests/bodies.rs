//! Bodies and replies in documents of others: what is lost is said, and promises hold them.

mod support;

use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::{Input, Output};
use support::{file, input, messages, run_input};

/// A document of these paths, made like one of others.
fn made(paths: &str, promised: Option<&str>) -> Output {
    let spec = format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\nservers: [{{url: 'https://x.test'}}]\n\
         paths:\n{paths}"
    );
    run_input(&Input {
        profile: Profile::Foreign,
        name: Some("t".to_owned()),
        ..input(&spec, promised)
    })
}

/// One call with this body and these responses.
fn call(body: &str, responses: &str) -> String {
    format!(
        "  /a:\n    post:\n      operationId: call_it\n      requestBody: {body}\n      \
         responses: {responses}\n"
    )
}

const DONE: &str = "{'204': {description: Done.}}";
const FILE: &str = "{schema: {type: object, properties: {f: {type: string, format: binary}}}}";

fn code(output: &Output) -> &str {
    file(output, "model/src/generated/operations/call_it.rs")
}

#[test]
fn form_that_json_stands_for_is_left_out_in_silence() {
    let json = "{schema: {type: object, properties: {a: {type: string}}}}";
    let body = format!(
        "{{content: {{multipart/form-data: {json}, application/json: {json}, text/csv: {{}}}}}}"
    );
    let output = made(&call(&body, DONE), None);
    assert!(messages(&output).is_empty(), "{:?}", messages(&output));
    assert!(code(&output).contains("request.body()"));
}

#[test]
fn form_that_holds_something_else_is_named() {
    let json = "{schema: {type: object, properties: {a: {type: string}}}}";
    let body = format!("{{content: {{multipart/form-data: {FILE}, application/json: {json}}}}}");
    let output = made(&call(&body, DONE), None);
    assert_eq!(
        messages(&output),
        ["E208: `multipart/form-data` is left out of this body"]
    );
}

#[test]
fn name_that_no_header_can_hold_is_no_media_type() {
    for name in ["json", "a b/c", "text/x\\r\\nX-Evil: 1", "é/b"] {
        let body = format!("{{content: {{\"{name}\": {{}}, text/plain: {{}}}}}}");
        let output = made(&call(&body, DONE), None);
        assert_eq!(messages(&output), ["E208: this is no media type"], "{name}");
        assert!(code(&output).contains("request.text(\"text/plain\", body)"));
    }
}

#[test]
fn parts_of_a_kind_that_only_the_caller_can_make_are_bytes() {
    let body = "{content: {multipart/mixed: {schema: {type: string}}}}";
    let output = made(&call(body, DONE), None);
    assert!(code(&output).contains("request.bytes(Some(\"multipart/mixed\"), body)"));
    let body = "{content: {multipart/form-data: {schema: {type: string}}}}";
    let output = made(&call(body, DONE), None);
    assert!(code(&output).contains("request.bytes(None, body)"));
}

#[test]
fn statuses_that_differ_too_much_are_free_json_or_bytes() {
    let of = |one: &str, other: &str| {
        let responses = format!(
            "{{'200': {{description: A., content: {one}}}, \
             '201': {{description: B., content: {other}}}}}"
        );
        made(&call("{content: {text/plain: {}}}", &responses), None)
    };
    let list = "{application/json: {schema: {type: array, items: {type: string}}}}";
    let object = "{application/json: {schema: {type: object, properties: {a: {type: string}}}}}";
    let number = "{application/json: {schema: {type: object, properties: {a: {type: integer}}}}}";
    let text = "{text/plain: {schema: {type: string}}}";
    let differ = "E202: two success statuses with different bodies that can't be one type";
    for (one, other, message, member) in [
        (list, object, differ, "value: cloudbackup_core::Json"),
        (list, text, differ, "content: cloudbackup_core::Blob"),
        (
            object,
            number,
            "E202: `a` has another type than under another status of success",
            "a: Option<cloudbackup_core::Json>",
        ),
    ] {
        let output = of(one, other);
        assert_eq!(messages(&output), [message]);
        assert!(code(&output).contains(&format!("pub {member}")), "{member}");
    }
}

#[test]
fn servers_read_json_alone() {
    let json = "{content: {application/vnd.x+json: {schema: {type: object}}}}";
    let output = made(&call(json, DONE), None);
    assert!(code(&output).contains("impl Receive"));
    let form = format!("{{content: {{multipart/form-data: {FILE}}}}}");
    let output = made(&call(&form, DONE), None);
    assert!(!code(&output).contains("impl Receive"));
}

#[test]
fn call_that_is_gone_sends_and_reads_what_it_did() {
    let form = format!("{{content: {{multipart/form-data: {FILE}}}}}");
    let archive = "{content: {'*/*': {schema: {type: string, format: binary}}}}";
    let head = "headers: {X-Left: {schema: {type: integer}}}";
    let text = format!(
        "{{'200': {{description: T., {head}, content: {{'text/plain; a=\"b: c\"': {{}}}}}}}}"
    );
    for (body, written) in [
        (form.as_str(), ".file(\"f\", &self.f, None)"),
        (archive, "request.bytes(None, body)"),
        (
            "{content: {application/x-www-form-urlencoded: {schema: {type: string}}}}",
            "request.text(\"application/x-www-form-urlencoded\", body)",
        ),
        (
            "{content: {multipart/form-data: {schema: {type: string}}}}",
            "request.bytes(None, body)",
        ),
    ] {
        let first = made(&call(body, &text), None);
        let rest = "  /b:\n    get:\n      operationId: show\n      \
                    responses: {'204': {description: Done.}}\n";
        let second = made(rest, Some(file(&first, "test.api")));
        assert!(messages(&second).is_empty(), "{:?}", messages(&second));
        let code = code(&second);
        assert!(code.contains(written), "{code}");
        assert!(code.contains("ReplyFormat::Text, \"text/plain; a=\\\"b: c\\\"\""));
        assert!(code.contains("pub text: String"), "{code}");
        assert!(code.contains("output.x_left = head.value(\"X-Left\");"));
    }
}

const OPEN: &str = "{schema: {type: object, properties: {a: {type: string}}, \
    additionalProperties: {type: integer}}}";

#[test]
fn form_holds_members_with_names_alone() {
    let name = "application/x-www-form-urlencoded";
    let output = made(
        &call(&format!("{{content: {{{name}: {OPEN}}}}}"), DONE),
        None,
    );
    assert_eq!(
        messages(&output),
        ["E202: members of a form beside those that are named are not supported"]
    );
    assert!(!code(&output).contains("additional_properties"));
}

#[test]
fn members_without_names_are_promised() {
    let closed = "{schema: {type: object, properties: {a: {type: string}}}}";
    let json = |schema: &str| format!("{{content: {{application/json: {schema}}}}}");
    let open = made(&call(&json(OPEN), DONE), None);
    assert!(messages(&open).is_empty(), "{:?}", messages(&open));
    let kept = made(&call(&json(closed), DONE), Some(file(&open, "test.api")));
    assert!(code(&kept).contains(".rest(&self.additional_properties)"));
    assert!(code(&kept).contains("the specification has it no more"));
}

#[test]
fn body_with_too_many_secrets_is_hidden_whole() {
    let level = |index| {
        let below = format!("{{$ref: '#/components/schemas/L{}'}}", index - 1);
        format!("    L{index}: {{type: object, properties: {{a: {below}, b: {below}}}}}\n")
    };
    let key = "    L0: {type: object, properties: {key: {type: string, format: password}}}\n";
    for (levels, expected) in [(2, "\"/top/a/a/key\""), (40, ".secrets(&[\"/**\"])")] {
        let top = format!("{{top: {{$ref: '#/components/schemas/L{levels}'}}}}");
        let body = format!(
            "{{content: {{application/json: {{schema: {{type: object, properties: {top}}}}}}}}}"
        );
        let schemas: String = (1..=levels).map(level).collect();
        let call = call(&body, DONE);
        let output = made(
            &format!("{call}components:\n  schemas:\n{key}{schemas}"),
            None,
        );
        assert!(code(&output).contains(expected), "{levels} levels");
    }
}
