//! What has no Rust counterpart is told at its place, and nothing is dropped.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use super::lower;
use crate::diag::{Diagnostics, code};
use crate::ir::{Api, Constraint, Rule, Shape, TypeRef};
use crate::lint::{Profile, lint};
use crate::load::load;
use crate::source::Sources;

/// What comes of a spec, and the messages of the lowering.
fn lowered(text: &str) -> (Api, Vec<String>) {
    let (mut sources, mut diags) = (Sources::new(), Diagnostics::new());
    let id = sources.add("a.yaml", text);
    let doc = load(&sources, id, &mut diags).unwrap();
    lint(&doc, Profile::Foreign, &mut diags);
    let openapi = crate::parse::parse(&doc, &mut diags).unwrap();
    let before = diags.iter().filter(|found| found.code != code::E202);
    let before: Vec<&String> = before.map(|found| &found.message).collect();
    assert!(!diags.has_errors(), "{before:?}\n{text}");
    let api = lower(&doc, &openapi, &BTreeMap::new(), Profile::Plain, &mut diags);
    let found = diags.iter().filter(|found| found.code == code::E202);
    let messages = found.map(|found| {
        assert!(
            found.span().is_some() && !found.help.is_empty(),
            "{found:?}"
        );
        found.message.clone()
    });
    (api, messages.collect())
}

/// One operation with this below it, and these components.
fn spec(operation: &str, schemas: &str) -> String {
    format!(
        "{{openapi: 3.0.3, info: {{title: shelf, version: '1'}}, paths: {{'/boxes/{{box}}': {{post: {{\
         operationId: pack, {operation}, responses: {{'204': {{description: Done.}}}}}}}}}}, \
         components: {{schemas: {{{schemas}}}}}}}"
    )
}

const BOX: &str = "{name: box, in: path, required: true, schema: {type: string}}";

fn parameter(text: &str) -> String {
    spec(&format!("parameters: [{BOX}, {text}]"), "")
}

fn body(schema: &str, rest: &str, schemas: &str) -> String {
    let body = format!("requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}");
    spec(&format!("parameters: [{BOX}], {body}{rest}"), schemas)
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let (_, messages) = lowered(text);
    assert_eq!(messages.len(), 1, "{expected}: {messages:?}\n{text}");
    assert!(
        messages[0].contains(expected),
        "{expected}: {messages:?}\n{text}"
    );
}

#[track_caller]
fn taken(text: &str) -> Api {
    let (api, messages) = lowered(text);
    assert_eq!(messages, Vec::<String>::new(), "{text}");
    api
}

const TREE: &str = "{$ref: '#/components/schemas/Tree'}";

#[test]
fn lists_that_hold_only_themselves() {
    for tree in [
        format!("Tree: {{type: array, items: {TREE}}}"),
        format!("Tree: {{type: object, additionalProperties: {TREE}}}"),
        format!(
            "Tree: {{type: array, items: {{$ref: '#/components/schemas/Row'}}}}, \
             Row: {{type: array, items: {TREE}}}"
        ),
    ] {
        refused(&body(TREE, "", &tree), "contains only itself");
        let inner = format!("{{type: object, properties: {{a: {TREE}}}}}");
        refused(&body(&inner, "", &tree), "contains only itself");
    }
    let inner = format!("{{type: object, properties: {{inner: {TREE}}}}}");
    taken(&body(
        TREE,
        "",
        &format!("Tree: {{type: array, items: {inner}}}"),
    ));
    let node = format!(
        "Node: {inner}, Tree: {{type: array, items: {{$ref: '#/components/schemas/Node'}}}}"
    );
    taken(&body(TREE, "", &node));
}

#[test]
fn a_long_way_down_is_an_error() {
    let link = |i: usize| {
        let next = i + 1;
        format!(
            "S{i}: {{type: object, properties: {{a: {{$ref: '#/components/schemas/S{next}'}}}}}}"
        )
    };
    let mut links: Vec<String> = (0..2000).map(link).collect();
    links.push("S2000: {type: string}".to_owned());
    let text = body("{$ref: '#/components/schemas/S0'}", "", &links.join(", "));
    refused(&text, "too deep");
}

#[test]
fn rules_in_one_place() {
    let schema = "{type: object, properties: {a: {type: string}, b: {type: string}, on: {type: boolean}, \
                  in: {type: object, properties: {at: {type: string, format: date-time}}}}}";
    let query = "{name: q, in: query, schema: {type: string}}";
    let held = "{name: X-Language, in: header, x-client: language, schema: {type: string}}";
    let with = |rule: &str| {
        let text = body(schema, &format!(", x-rules: [{rule}]"), "");
        text.replace(BOX, &format!("{BOX}, {query}, {held}"))
    };
    for rule in ["{any_of: [a, q]}", "{together: [q, X-Language]}"] {
        refused(&with(rule), "can't be checked in one place");
    }
    refused(&with("{any_of: [a, in/at]}"), "can't reach `in/at`");
    taken(&with("{any_of: [a, b]}"));
}

#[test]
fn some_values_of_an_enum_only() {
    let schemas = "State: {type: string, enum: [ON, OFF]}, Name: {type: string}";
    let narrowed = |base: &str, values: &str| {
        let reference = format!("{{$ref: '#/components/schemas/{base}'}}");
        let schema = format!("{{allOf: [{reference}], enum: {values}}}");
        body(
            &format!("{{type: object, properties: {{c: {schema}}}}}"),
            "",
            schemas,
        )
    };
    let api = taken(&narrowed("State", "['ON']"));
    let field = &api.operations[0].inputs[1].field;
    assert!(matches!(field.ty, TypeRef::Named(_)));
    assert_eq!(
        field.constraints,
        [Constraint::OneOf(vec!["ON".to_owned()])]
    );
    refused(&narrowed("State", "['ON', HALF]"), "no value of the enum");
    refused(&narrowed("Name", "['ON']"), "this is none");

    let list =
        "{type: array, items: {allOf: [{$ref: '#/components/schemas/State'}], enum: ['ON']}}";
    let list = body(
        &format!("{{type: object, properties: {{c: {list}}}}}"),
        "",
        schemas,
    );
    refused(&list, "can't be narrowed");
}

#[test]
fn rules_of_the_body_are_kept() {
    let schema = "{type: object, x-rules: [{any_of: [a, b]}], properties: {a: {type: string}, b: {type: string}}}";
    let api = taken(&body(schema, "", ""));
    assert!(matches!(api.operations[0].rules[..], [Rule::AnyOf { .. }]));
    let schemas = format!("Box: {schema}");
    let wrapped = "{allOf: [{$ref: '#/components/schemas/Box'}], x-rules: [{any_of: [a, b]}]}";
    let (_, messages) = lowered(&body(
        &format!("{{type: object, properties: {{c: {wrapped}}}}}"),
        "",
        &schemas,
    ));
    assert!(
        messages.iter().any(|m| m == "rules can't stand here"),
        "{messages:?}"
    );
}

#[test]
fn parameters_that_are_no_text() {
    for (text, expected) in [
        (
            "{name: a, in: header, schema: {type: array, items: {type: string}}}",
            "written as text",
        ),
        (
            "{name: a, in: query, schema: {type: array, items: {type: string, format: date-time}}}",
            "written as text",
        ),
        (
            "{name: a, in: query, schema: {type: object, properties: {b: {type: string}}}}",
            "written as text",
        ),
        (
            "{name: a, in: query, style: deepObject, schema: {type: string}}",
            "query style",
        ),
        (
            "{name: x-auth-token, in: header, schema: {type: string}}",
            "token",
        ),
        (
            "{name: a, in: query, schema: {type: integer, minimum: 1, maximum: 2, exclusiveMinimum: true, exclusiveMaximum: true}}",
            "no value keeps",
        ),
    ] {
        refused(&parameter(text), expected);
    }
    let timed = parameter("{name: a, in: query, schema: {type: string}}").replace(
        BOX,
        "{name: box, in: path, required: true, schema: {type: string, format: date-time}}",
    );
    refused(&timed, "written as text");
    let styled = parameter("{name: a, in: query, schema: {type: string}}").replace(
        BOX,
        "{name: box, in: path, required: true, style: matrix, schema: {type: string}}",
    );
    refused(&styled, "path style");
    let twice = parameter("{name: a, in: query, schema: {type: string}}");
    refused(&twice.replace("/{box}", "/{box}/{box}"), "`box` twice");
}

#[test]
fn headers_that_openapi_ignores() {
    for name in ["Accept", "content-type", "AUTHORIZATION"] {
        let api = taken(&parameter(&format!(
            "{{name: {name}, in: header, schema: {{type: string}}}}"
        )));
        assert_eq!(api.operations[0].inputs.len(), 1, "{name}");
    }
}

#[test]
fn a_comma_would_part_an_item() {
    let text = "{name: a, in: query, explode: false, schema: {type: array, items: {type: string, maxLength: 5}}}";
    let api = taken(&parameter(text));
    let each = Constraint::Each(vec![
        Constraint::Length(None, Some(5)),
        Constraint::NoChars(",".into()),
    ]);
    assert_eq!(api.operations[0].inputs[1].field.constraints, [each]);
}

#[test]
fn schemas_that_have_no_type() {
    for (schema, expected) in [
        (
            "{type: array, items: {type: string, nullable: true}}",
            "`null` among",
        ),
        (
            "{type: object, additionalProperties: {type: string, nullable: true}}",
            "`null` among",
        ),
        (
            "{type: object, additionalProperties: {type: string}, properties: {a: {type: string}}}",
            "beside free keys",
        ),
        (
            "{type: object, minProperties: 1, properties: {a: {type: string}}}",
            "`minProperties`",
        ),
        (
            "{type: object, allOf: [{type: string}], properties: {a: {type: string}}}",
            "no one type",
        ),
        (
            "{oneOf: [{type: string}, {type: boolean}], anyOf: [{type: string}, {type: boolean}]}",
            "twice",
        ),
        (
            "{type: string, minLength: 5, pattern: '^[a]{0,3}$'}",
            "no value keeps",
        ),
    ] {
        refused(&body(schema, "", UNIONS), expected);
    }
    let bare = "requestBody: {content: {application/json: {}}}";
    refused(
        &spec(&format!("parameters: [{BOX}], {bare}"), ""),
        "without a `schema`",
    );
}

#[test]
fn a_branch_that_can_not_say_what_it_is() {
    let union = |kind: &str| {
        let a = format!("A: {{type: object, properties: {{{kind}a: {{type: string}}}}}}");
        let b = "B: {type: object, properties: {kind: {type: string}}}";
        let refs = "[{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]";
        let union = format!("{{oneOf: {refs}, discriminator: {{propertyName: kind}}}}");
        body(&union, "", &format!("{a}, {b}"))
    };
    refused(&union(""), "this branch has no member `kind`");
    taken(&union("kind: {type: string}, "));
}

const UNIONS: &str = "A: {type: object, properties: {a: {type: string}}}, \
    B: {type: object, properties: {b: {type: string}}}, \
    U: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}, \
    V: {anyOf: [{$ref: '#/components/schemas/V'}, {$ref: '#/components/schemas/U'}, {type: string}]}";

/// Types of the branches, with their names.
#[test]
fn branches_of_unions() {
    for (schema, expected) in [
        (
            "{oneOf: [{type: string}, {$ref: '#/components/schemas/A'}]}",
            "Text A",
        ),
        (
            "{oneOf: [{type: object}, {$ref: '#/components/schemas/A'}]}",
            "Map A",
        ),
        ("{oneOf: [{}, {$ref: '#/components/schemas/A'}]}", "A Other"),
        // Branches of unions inside are branches of the outer one; none is there twice.
        (
            "{oneOf: [{$ref: '#/components/schemas/U'}, {$ref: '#/components/schemas/A'}]}",
            "A B",
        ),
        (
            "{oneOf: [{type: integer}, {$ref: '#/components/schemas/V'}]}",
            "Integer A B Text",
        ),
        (
            "{anyOf: [{type: string, format: uri}, {type: string, maxLength: 3}, {type: integer}]}",
            "Text Integer",
        ),
        (
            "{anyOf: [{type: boolean}, {enum: [null]}, {type: integer}]}",
            "Boolean Integer",
        ),
    ] {
        let api = taken(&body(schema, "", UNIONS));
        let TypeRef::Named(id) = api.operations[0].inputs[1].field.ty else {
            panic!("{schema}: {:?}", api.operations[0].inputs[1].field.ty);
        };
        let Shape::Union(branches) = &api.get(id).shape else {
            panic!("{schema}: {:?}", api.get(id));
        };
        let names: Vec<&str> = branches.iter().map(|it| it.proposed.as_str()).collect();
        assert_eq!(names.join(" "), expected, "{schema}");
    }
}

#[test]
fn unions_without_a_choice() {
    let plain = |schema: &str| {
        let api = taken(&body(schema, "", UNIONS));
        api.operations[0].inputs[1].field.ty.clone()
    };
    assert_eq!(plain("{oneOf: [{type: string}]}"), TypeRef::Text);
    assert_eq!(
        plain("{anyOf: [{type: string, format: uri}, {type: string}]}"),
        TypeRef::Text
    );
    let api = taken(&body(
        "{anyOf: [{type: string}, {type: string, enum: [a]}]}",
        "",
        UNIONS,
    ));
    let TypeRef::Named(id) = api.operations[0].inputs[1].field.ty else {
        panic!("no enum");
    };
    assert!(matches!(api.get(id).shape, Shape::OpenEnum(_)));
}

#[test]
fn limits_of_values_in_a_map() {
    let schema = "{type: object, properties: {a: {type: object, additionalProperties: {type: integer, minimum: 1}}}}";
    let api = taken(&body(schema, "", ""));
    let field = &api.operations[0].inputs[1].field;
    assert!(matches!(field.ty, TypeRef::Map(_)));
    let each = Constraint::Each(vec![Constraint::Range(Some(1), None)]);
    assert_eq!(field.constraints, [each]);
}

#[test]
fn titles_are_one_line() {
    let text = spec(&format!("parameters: [{BOX}], summary: \"a\\n b\\n\""), "")
        .replace("title: shelf", "title: \"shelf\\n  of boxes\\n\"");
    let api = taken(&text);
    assert_eq!(api.title, "shelf of boxes");
    assert_eq!(api.operations[0].docs.summary.as_deref(), Some("a b"));
}

/// A list, a job and what makes one, with these three keys.
fn flows(list: &str, job: &str, start: &str) -> String {
    let text = "{type: string}";
    let query = |name: &str, schema: &str| format!("{{name: {name}, in: query, schema: {schema}}}");
    let reply = |members: &str| {
        let schema = format!("{{type: object, properties: {{{members}}}}}");
        format!(
            "responses: {{'200': {{description: Done., content: {{application/json: {{schema: {schema}}}}}}}}}"
        )
    };
    let item = "{type: object, x-rust-name: Thing, properties: {id: {type: string}, size: {type: number}, \
                made: {type: string, format: date-time}}}";
    let parameters = [
        query("id", text),
        query("size", "{type: integer}"),
        query("deep", "{type: boolean}"),
    ];
    let parameters = format!("parameters: [{}]", parameters.join(", "));
    format!(
        "{{openapi: 3.0.3, info: {{title: shelf, version: '1'}}, paths: {{\
         /things: {{get: {{operationId: list, {list}, {parameters}, {}}}}}, \
         /job: {{get: {{operationId: job, {job}, {parameters}, {}}}, \
         post: {{operationId: start, {start}, {parameters}, {}}}}}}}}}",
        reply(&format!(
            "things: {{type: array, items: {item}}}, next: {text}"
        )),
        reply(&format!("state: {text}, size: {{type: number}}")),
        reply(&format!("id: {text}")),
    )
}

const LIST: &str = "x-paging: {style: offset, items: things, id: id, position: size}";
const JOB: &str = "x-wait: {state: state, done: [open]}";
const START: &str = "x-wait: {ask: job, with: {id: reply.id}}";

#[test]
fn flows_are_resolved_to_operations_and_members() {
    let api = taken(&flows(LIST, JOB, START));
    let [list, job, start] = api.operations.as_slice() else {
        panic!("{:?}", api.operations);
    };
    let paging = list.paging.as_ref().unwrap();
    assert_eq!(
        (paging.position, paging.items.steps.as_slice()),
        (Some(1), &[0][..])
    );
    let watch = job.wait.as_ref().unwrap();
    assert_eq!((watch.ask.0, watch.with.len()), (1, 0));
    let wait = start.wait.as_ref().unwrap();
    assert_eq!(
        (wait.ask.0, wait.done.as_slice()),
        (1, &["open".to_owned()][..])
    );
    assert_eq!(wait.state, watch.state);
    assert_eq!(wait.kept().len(), 1);
}

#[test]
fn flows_that_lead_nowhere() {
    let find = "x-find: {ask: list, where: {id: request.id}, created: made}";
    taken(&flows(LIST, JOB, find));
    for (list, job, start, expected) in [
        ("x-paging: {}", JOB, START, "`items` is missing"),
        (
            "x-paging: {style: whole, items: next}",
            JOB,
            START,
            "`next` is no list",
        ),
        (
            "x-paging: {style: whole, items: thing}",
            JOB,
            START,
            "no member `thing`",
        ),
        (
            "x-paging: {style: offset, items: things}",
            JOB,
            START,
            "`position` is missing",
        ),
        (
            "x-paging: {style: offset, items: things, position: deep}",
            JOB,
            START,
            "`deep` can't be a position",
        ),
        (
            "x-paging: {style: marker, items: things, position: id}",
            JOB,
            START,
            "`next` is missing",
        ),
        (
            "x-paging: {style: whole, items: things, id: size}",
            JOB,
            START,
            "`size` can't tell entries apart",
        ),
        (
            LIST,
            "x-wait: {state: state}",
            "x-rules: []",
            "can't be told when it is over",
        ),
        (
            LIST,
            "x-wait: {state: size, done: [a]}",
            "x-rules: []",
            "a type that `state` can't be",
        ),
        (LIST, JOB, "x-wait: {state: id, done: [a]}", "only a read"),
        (
            LIST,
            JOB,
            "x-wait: {ask: jobs}",
            "there is no operation `jobs`",
        ),
        (
            LIST,
            JOB,
            "x-wait: {ask: job, with: {id: id}}",
            "names no value",
        ),
        (
            LIST,
            JOB,
            "x-wait: {ask: job, with: {idd: reply.id}}",
            "nothing asks for `idd`",
        ),
        (
            LIST,
            JOB,
            "x-wait: {ask: job, with: {deep: reply.id}}",
            "`deep` takes another type",
        ),
        (
            LIST,
            JOB,
            "x-wait: {ask: job}",
            "nothing says what is waited for",
        ),
        (
            LIST,
            JOB,
            "x-wait: {ask: list, with: {id: reply.id}, at: things, gone: true}",
            "`where` is for lists",
        ),
        (
            LIST,
            JOB,
            "x-find: {ask: job, where: {id: request.id}, created: made}",
            "the asked list is not walked",
        ),
        (
            LIST,
            JOB,
            "x-find: {ask: list, where: {id: request.id}, created: id}",
            "`id` is no time",
        ),
        (
            LIST,
            JOB,
            "x-find: {ask: list, created: made}",
            "`where` is missing",
        ),
    ] {
        refused(&flows(list, job, start), expected);
    }
}
