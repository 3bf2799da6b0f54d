//! Samples as a whole: rules, sizes and what has none; the limits of one value
//! stand in `limits`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod limits;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Size, reply, request};
use crate::diag::Diagnostics;
use crate::ir::Api;
use crate::lint::{Profile, lint};
use crate::load::load;
use crate::lower::lower;
use crate::source::Sources;

/// One operation with this below it, and these components.
fn api(operation: &str, schemas: &str) -> Api {
    api_at("/boxes", operation, schemas)
}

fn api_at(path: &str, operation: &str, schemas: &str) -> Api {
    let text = format!(
        "{{openapi: 3.0.3, info: {{title: shelf, version: '1'}}, paths: {{'{path}': {{post: {{\
         operationId: pack, {operation}}}}}}}, components: {{schemas: {{{schemas}}}}}}}"
    );
    let (mut sources, mut diags) = (Sources::new(), Diagnostics::new());
    let id = sources.add("a.yaml", &text);
    let doc = load(&sources, id, &mut diags).unwrap();
    lint(&doc, Profile::Plain, &mut diags);
    let openapi = crate::parse::parse(&doc, &mut diags).unwrap();
    let api = lower(&doc, &openapi, &BTreeMap::new(), Profile::Plain, &mut diags);
    let messages: Vec<&String> = diags.iter().map(|found| &found.message).collect();
    assert!(!diags.has_errors(), "{messages:?}\n{text}");
    api
}

const DONE: &str = "responses: {'204': {description: Done.}}";

fn with_body(required: bool, schema: &str, schemas: &str) -> Api {
    let body = format!(
        "requestBody: {{required: {required}, content: {{application/json: {{schema: {schema}}}}}}}"
    );
    api(&format!("{body}, {DONE}"), schemas)
}

/// The body of a request, as an object of its members.
fn sent(api: &Api, size: Size) -> Option<Value> {
    let operation = &api.operations[0];
    let values = request(api, operation, size)?;
    let members = operation.inputs.iter().zip(values);
    let members = members.filter_map(|(input, value)| Some((input.field.wire.clone(), value?)));
    Some(Value::Object(members.collect()))
}

/// Smallest and fullest body of these members.
fn both(keys: &str, properties: &str) -> [Option<Value>; 2] {
    let schema = format!("{{type: object, {keys} properties: {{{properties}}}}}");
    let api = with_body(true, &schema, "");
    [Size::Smallest, Size::Fullest].map(|size| sent(&api, size))
}

/// The value of the only member, `instance_id`, of a fullest body.
fn one(schema: &str) -> Option<Value> {
    let [_, fullest] = both(
        "required: [instance_id],",
        &format!("instance_id: {schema}"),
    );
    Some(fullest?["instance_id"].clone())
}

#[test]
fn rules_choose_members() {
    let properties = "a: {type: string}, b: {type: string}, c: {type: string}";
    for (rules, smallest) in [
        ("[{any_of: [b, c]}]", json!({"b": "b-1"})),
        ("[{together: [a, b]}]", json!({})),
        (
            "[{together: [a, c]}, {any_of: [b, c]}, {together: [b, c]}]",
            json!({"a": "a-1", "b": "b-1", "c": "c-1"}),
        ),
    ] {
        let fullest = json!({"a": "a-1", "b": "b-1", "c": "c-1"});
        let expected = [Some(smallest), Some(fullest)];
        let found = both(&format!("x-rules: {rules},"), properties);
        assert_eq!(found, expected, "{rules}");
    }
}

#[test]
fn a_member_without_a_sample_takes_others_with_it() {
    let properties = "a: {type: string, minLength: 2000}, b: {type: string}, c: {type: string}";
    for (rules, fullest) in [
        ("[]", Some(json!({"b": "b-1", "c": "c-1"}))),
        ("[{together: [a, b]}]", Some(json!({"c": "c-1"}))),
        ("[{any_of: [a, b]}]", Some(json!({"b": "b-1", "c": "c-1"}))),
        ("[{any_of: [a]}]", None),
    ] {
        let found = both(&format!("x-rules: {rules},"), properties);
        assert_eq!(found[1], fullest, "{rules}");
    }
}

#[test]
fn times_are_in_their_order() {
    let time = "{type: string, format: date-time}";
    let properties = format!("end: {time}, middle: {time}, begin: {time}");
    let rules = "x-rules: [{order: [begin, middle]}, {order: [middle, end]}],";
    let expected = json!({
        "end": "2026-01-03T08:00:00Z",
        "middle": "2026-01-02T08:00:00Z",
        "begin": "2026-01-01T08:00:00Z"
    });
    assert_eq!(both(rules, &properties)[1], Some(expected));
    let circle = "x-rules: [{order: [begin, end]}, {order: [end, begin]}],";
    assert_eq!(both(circle, &properties), [Some(json!({})), None]);
}

#[test]
fn a_flag_is_raised_only_with_what_it_needs() {
    let properties = "auto: {type: boolean}, often: {type: boolean}, always: {type: boolean}";
    let rules = "required: [always], x-rules: [{only_when: {member: always, needs: often}}, {only_when: \
                 {member: often, needs: auto}}],";
    let raised = json!({"auto": true, "often": true, "always": true});
    let expected = [Some(json!({"always": false})), Some(raised)];
    assert_eq!(both(rules, properties), expected);
}

#[test]
fn what_needs_others_comes_with_them_and_one_of_several_alone() {
    let properties =
        "days: {type: integer}, hour: {type: string}, id: {type: string}, name: {type: string}";
    let rules = "required: [days], x-rules: [{needs: {member: days, is_not: 0, needs: [hour]}}, {at_most_one: \
                 [name, id]}],";
    let smallest = json!({"days": 1, "hour": "hour-1"});
    let fullest = json!({"days": 1, "hour": "hour-1", "name": "name-1"});
    assert_eq!(both(rules, properties), [Some(smallest), Some(fullest)]);
    let unmade = "days: {type: integer}, hour: {type: string, pattern: '^(?!a)[a]+$'}";
    let rules = "x-rules: [{needs: {member: days, needs: [hour]}}],";
    assert_eq!(both(rules, unmade), [Some(json!({})), Some(json!({}))]);
}

#[test]
fn a_schedule_ascends_by_both_clocks() {
    let properties = "hours: {type: string, format: full-hours}, zone: {type: string, format: utc-offset}, \
                      days: {type: array, items: {type: integer}}";
    let rules =
        "required: [hours], x-rules: [{schedule: {hours: hours, time_zone: zone, days: days}}],";
    let fullest = json!({"hours": "01:00,13:00", "zone": "UTC+08:00", "days": [3, 4]});
    let expected = [Some(json!({"hours": "01:00"})), Some(fullest)];
    assert_eq!(both(rules, properties), expected);
}

#[test]
fn an_optional_body_is_whole_or_absent() {
    let members = "type: object, required: [a], properties: {a: {type: string}, b: {type: string}}";
    for (rules, smallest) in [
        ("", json!({})),
        ("x-rules: [{any_of: [b]}],", json!({"a": "a-1", "b": "b-1"})),
    ] {
        let api = with_body(false, &format!("{{{rules} {members}}}"), "");
        assert_eq!(sent(&api, Size::Smallest), Some(smallest), "{rules}");
        let fullest = json!({"a": "a-1", "b": "b-1"});
        assert_eq!(sent(&api, Size::Fullest), Some(fullest), "{rules}");
    }
}

#[test]
fn nested_objects_are_complete_or_smallest_too() {
    let schemas = "Tag: {type: object, required: [key], properties: {key: {type: string}, value: {type: \
                   string}}}";
    let tags = "{type: array, items: {$ref: '#/components/schemas/Tag'}}";
    let schema = format!("{{type: object, required: [tags], properties: {{tags: {tags}}}}}");
    let api = with_body(true, &schema, schemas);
    let smallest = json!({"tags": [{"key": "key-1"}]});
    assert_eq!(sent(&api, Size::Smallest), Some(smallest));
    let fullest = json!({"tags": [
        {"key": "key-1", "value": "value-1"}, {"key": "key-2", "value": "value-2"}
    ]});
    assert_eq!(sent(&api, Size::Fullest), Some(fullest));
}

#[test]
fn a_type_that_holds_itself_ends() {
    let tree = |required: &str| {
        format!(
            "Tree: {{type: object, required: [{required}], properties: {{name: {{type: string}}, left: \
             {{$ref: '#/components/schemas/Tree'}}, all: {{type: array, items: {{$ref: \
             '#/components/schemas/Tree'}}}}}}}}"
        )
    };
    let root =
        "{type: object, required: [tree], properties: {tree: {$ref: '#/components/schemas/Tree'}}}";
    let api = with_body(true, root, &tree("name"));
    let (first, second) = (json!({"name": "name-1"}), json!({"name": "name-2"}));
    let expected = json!({"tree": {"name": "name-1", "left": first, "all": [first, second]}});
    assert_eq!(sent(&api, Size::Fullest), Some(expected));
    let api = with_body(true, root, &tree("name, all"));
    assert_eq!(sent(&api, Size::Fullest), None, "a tree in each tree");
}

#[test]
fn a_reply_holds_everything() {
    let schema = "{type: object, required: [id], properties: {id: {type: string}, size: {type: integer, \
                  nullable: true}}}";
    let json_of = |schema: &str| {
        format!(
            "responses: {{'200': {{description: x, content: {{application/json: {{schema: {schema}}}}}}}}}"
        )
    };
    let object = api(&json_of(schema), "");
    let expected = json!({"id": "id-1", "size": 2});
    assert_eq!(reply(&object, &object.operations[0]), Some(expected));
    let list = api(&json_of("{type: array, items: {type: integer}}"), "");
    assert_eq!(reply(&list, &list.operations[0]), Some(json!([1, 2])));
    let nothing = api(DONE, "");
    assert_eq!(reply(&nothing, &nothing.operations[0]), None);
}

/// Objects in objects, each with as many members as there are levels below it.
#[test]
fn a_sample_out_of_all_proportion_is_none() {
    let levels = |count: usize| {
        let members = |level: usize| {
            let members = (0..5).map(|member| match level + 1 < count {
                true => format!("m{member}: {{$ref: '#/components/schemas/L{}'}}", level + 1),
                false => format!("m{member}: {{type: string}}"),
            });
            members.collect::<Vec<_>>().join(", ")
        };
        let schemas = (0..count).map(|level| {
            format!(
                "L{level}: {{type: object, properties: {{{}}}}}",
                members(level)
            )
        });
        schemas.collect::<Vec<_>>().join(", ")
    };
    for (count, fits) in [(3, true), (9, false)] {
        let schema = "{type: object, properties: {top: {$ref: '#/components/schemas/L0'}}}";
        let api = with_body(true, schema, &levels(count));
        assert_eq!(sent(&api, Size::Fullest).is_some(), fits, "{count}");
    }
}

#[test]
fn in_a_long_sample_only_the_first_items_are_full() {
    let many = |count: usize| {
        let members = (0..count).map(|member| format!("m{member}: {{type: string}}"));
        members.collect::<Vec<_>>().join(", ")
    };
    for (count, in_second) in [(100, 100), (150, 0)] {
        let item = format!("{{type: object, properties: {{{}}}}}", many(count));
        let list = format!("{{type: array, items: {item}}}");
        let schema = format!("{{type: object, properties: {{list: {list}}}}}");
        let api = with_body(true, &schema, "");
        let body = sent(&api, Size::Fullest).unwrap();
        let members = |index: usize| body["list"][index].as_object().unwrap().len();
        assert_eq!((members(0), members(1)), (count, in_second));
    }
}
