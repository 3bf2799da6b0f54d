//! What a change of a document means: a pair of documents for each kind of
//! change, and what is no change however it looks.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cloudbackup_codegen::diff::{Change, KINDS, Level, Rust, Side, Wire, compare, kind, service};
use cloudbackup_codegen::source::Source;
use support::{file, run};

fn source(path: &str, text: &str) -> Source {
    Source {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

/// Loads two texts, with files beside them: what is wrong, and the changes.
fn sides(base: &str, revision: &str, files: &[(&str, &str)]) -> (Vec<String>, Vec<Change>) {
    let mut fetch = |path: &str| {
        let found = files.iter().find(|it| it.0 == path);
        found
            .map(|it| source(path, it.1))
            .ok_or_else(|| "there is no such file".to_owned())
    };
    let old = Side::load(source("api.yaml", base), &mut fetch);
    let new = Side::load(source("api.yaml", revision), &mut fetch);
    let broken = [&old, &new].map(|it| it.as_ref().err());
    let said = broken.into_iter().flatten().flat_map(|broken| {
        broken.diagnostics.iter().map(|it| {
            let place = broken.sources.line_col(it.span().unwrap());
            format!("{} {place:?} {}", it.code, it.message)
        })
    });
    let said = said.collect();
    match (old, new) {
        (Ok(old), Ok(new)) => (said, compare(&old, &new).unwrap()),
        _ => (said, Vec::new()),
    }
}

#[track_caller]
fn changes(base: &str, revision: &str) -> Vec<Change> {
    let (said, changes) = sides(base, revision, &[]);
    assert_eq!(said, Vec::<String>::new());
    changes
}

fn shown(changes: &[Change]) -> String {
    let mut out = String::new();
    for change in changes {
        let site = |it: &Option<cloudbackup_codegen::diff::Site>| match it {
            Some(it) => format!("{}:{} {}", it.line, it.column, it.pointer),
            None => "nowhere".to_owned(),
        };
        writeln!(
            out,
            "{} {}: {} [{}/{}/{}] {}\n  {}\n  {}",
            change.level.as_str(),
            change.kind.id,
            change.message,
            change.wire_request.as_str(),
            change.wire_reply.as_str(),
            change.rust.as_str(),
            change.operations.join(", "),
            site(&change.base),
            site(&change.revision),
        )
        .unwrap();
    }
    out
}

fn pair(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/diff")
        .join(id)
}

fn read(id: &str, name: &str) -> String {
    std::fs::read_to_string(pair(id).join(name)).unwrap()
}

/// Kinds that the generator finds, not the comparison of documents.
const OF_THE_GENERATOR: &str = "promise-broken";

#[test]
fn every_kind_has_a_pair_with_its_verdicts() {
    let mut all = String::new();
    for kind in KINDS.iter().filter(|it| it.id != OF_THE_GENERATOR) {
        let found = changes(&read(kind.id, "base.yaml"), &read(kind.id, "revision.yaml"));
        writeln!(all, "== {}\n{}", kind.id, shown(&found)).unwrap();
        let own: Vec<&Change> = found.iter().filter(|it| it.kind == *kind).collect();
        // One for each body, where a pair changes that of both directions.
        let most = if kind.id.starts_with("media-type") {
            2
        } else {
            1
        };
        assert!(
            (1..=most).contains(&own.len()),
            "{}:\n{}",
            kind.id,
            shown(&found)
        );
        let request = own.iter().map(|it| it.wire_request).max();
        let reply = own.iter().map(|it| it.wire_reply).max();
        assert_eq!(
            (request, reply),
            (Some(kind.request), Some(kind.reply)),
            "{}",
            kind.id
        );
        let worst = found.iter().map(|it| it.level).max();
        assert_eq!(worst, Some(own[0].level), "{}", kind.id);
    }
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("diff-kinds", all);
    });
}

#[test]
fn no_pair_is_left_over() {
    for entry in std::fs::read_dir(pair("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(kind(&name).is_some(), "{name} is the pair of no kind");
    }
}

#[test]
fn every_kind_has_a_page_with_an_example() {
    for kind in KINDS {
        assert!(kind.explain.contains("```diff"), "{}", kind.id);
        assert!(
            kind.explain.len() > 120,
            "{} has no page to speak of",
            kind.id
        );
    }
}

/// A pair read backwards is the opposite change, never an alarm of its own.
#[test]
fn nothing_differs_from_itself() {
    for kind in KINDS.iter().filter(|it| it.id != OF_THE_GENERATOR) {
        for name in ["base.yaml", "revision.yaml"] {
            let text = read(kind.id, name);
            assert_eq!(shown(&changes(&text, &text)), "", "{} {name}", kind.id);
        }
    }
}

/// An operation that sends and receives `Thing`, and schemas.
fn spec(schemas: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{title: things, version: 1.0.0}}
paths:
  /things/{{id}}:
    put:
      operationId: put_thing
      parameters:
      - {{name: id, in: path, required: true, schema: {{type: string}}}}
      - {{name: zone, in: query, schema: {{type: string}}}}
      requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}}}
      responses:
        '200': {{description: It., content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}}}
components:
  schemas:
{schemas}"
    )
}

const PLAIN: &str = "    Thing:
      type: object
      required: [id, size]
      properties:
        id: {type: string}
        size: {type: integer, nullable: true}
        state: {type: string, enum: [on, off]}
        part: {type: object, properties: {weight: {type: number, maximum: 9}}}
";

#[test]
fn another_spelling_is_no_change() {
    let inline_to_reference = PLAIN.replace(
        "part: {type: object, properties: {weight: {type: number, maximum: 9}}}",
        "part: {$ref: '#/components/schemas/Part'}
    Part: {type: object, properties: {weight: {type: number, maximum: 9}}}",
    );
    let folded = PLAIN.replace(
        "      type: object
      required: [id, size]
      properties:
        id: {type: string}
",
        "      allOf:
      - type: object
        required: [id]
        properties: {id: {type: string}}
      required: [size]
      properties:
",
    );
    let null_as_type = PLAIN.replace("type: integer, nullable: true", "type: [integer, 'null']");
    let null_as_branch = PLAIN.replace(
        "{type: integer, nullable: true}",
        "{anyOf: [{type: integer}, {type: 'null'}]}",
    );
    let wrapped = PLAIN.replace(
        "{type: string, enum: [on, off]}",
        "{oneOf: [{enum: [off, on]}]}",
    );
    let reordered = PLAIN.replace("required: [id, size]", "required: [size, id]");
    let typeless = PLAIN.replace("      type: object\n      required", "      required");
    for (name, revision) in [
        ("inline to reference", inline_to_reference),
        ("allOf", folded),
        ("null as a type", null_as_type),
        ("null as a branch", null_as_branch),
        ("one alternative", wrapped),
        ("another order", reordered),
        ("an object that does not say so", typeless),
    ] {
        assert_ne!(revision, PLAIN, "{name}");
        let (base, revision) = (spec(PLAIN), spec(&revision));
        assert_eq!(shown(&changes(&base, &revision)), "", "{name}");
        assert_eq!(shown(&changes(&revision, &base)), "", "{name}, backwards");
    }
}

#[test]
fn another_name_is_no_alarm() {
    let base = spec(PLAIN);
    let renamed = base
        .replace("Thing", "Box")
        .replace("/things/{id}", "/things/{key}");
    let renamed = renamed.replace("name: id, in: path", "name: key, in: path");
    let found = changes(&base, &renamed);
    let ids: Vec<&str> = found.iter().map(|it| it.kind.id).collect();
    assert_eq!(ids, ["path-parameter-renamed"], "{}", shown(&found));
    let moved = base.replace(
        "      - {name: zone, in: query, schema: {type: string}}\n",
        "",
    );
    let moved = moved.replace(
        "    put:\n",
        "    parameters: [{name: zone, in: query, schema: {type: string}}]\n    put:\n",
    );
    assert_eq!(
        shown(&changes(&base, &moved)),
        "",
        "a parameter of the path"
    );
}

#[test]
fn recursion_ends() {
    let base = spec(
        "    Thing: {type: object, properties: {next: {$ref: '#/components/schemas/Thing'}, other: {$ref: '#/components/schemas/Other'}}}
    Other: {allOf: [{$ref: '#/components/schemas/Base'}], properties: {thing: {$ref: '#/components/schemas/Thing'}}}
    Base: {type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/Other'}}}}
",
    );
    let revision = base.replace(
        "Base: {type: object, properties: {",
        "Base: {type: object, properties: {size: {type: integer}, ",
    );
    let found = changes(&base, &revision);
    assert_eq!(found.len(), 1, "{}", shown(&found));
    assert_eq!(found[0].kind.id, "property-added");
}

/// `S0` stays and starts a chain of 20 at each `a`, so where the chains are is
/// one of a million sets of parts, if all were made.
#[test]
fn parts_that_combine_without_end_are_refused() {
    const COUNT: usize = 20;
    let mut schemas = "    Thing: {allOf: [{$ref: '#/components/schemas/S0'}]}\n    \
         S0: {properties: {a: {allOf: [{$ref: '#/components/schemas/S0'}, {$ref: '#/components/schemas/S1'}]}, \
         b: {$ref: '#/components/schemas/S0'}}}\n"
        .to_owned();
    for number in 1..COUNT {
        let next = format!("{{$ref: '#/components/schemas/S{}'}}", number + 1);
        writeln!(
            schemas,
            "    S{number}: {{properties: {{a: {next}, b: {next}}}}}"
        )
        .unwrap();
    }
    writeln!(schemas, "    S{COUNT}: {{type: object, description: DOC}}").unwrap();
    let base = spec(&schemas);
    let load = |text: &str| {
        let side = Side::load(source("api.yaml", text), &mut |_| Err(String::new()));
        side.unwrap_or_else(|broken| panic!("{:?}", broken.diagnostics))
    };
    let found = compare(&load(&base), &load(&base.replace("DOC", "Doc")));
    assert!(found.unwrap_err().contains("more than can be compared"));
}

/// The complaint about other tools: an entry for each path that leads there.
#[test]
fn one_cause_is_one_entry_with_all_operations() {
    let operation = |name: &str| {
        format!(
            "  /{name}:
    get:
      operationId: show_{name}
      responses:
        '200': {{description: It., content: {{application/json: {{schema: {{type: array, items: {{$ref: '#/components/schemas/Thing'}}}}}}}}}}
"
        )
    };
    let names = ["a", "b", "c"].map(operation).concat();
    let base = spec(PLAIN).replace("paths:\n", &format!("paths:\n{names}"));
    let revision = base.replace("maximum: 9", "maximum: 7");
    let found = changes(&base, &revision);
    assert_eq!(found.len(), 1, "{}", shown(&found));
    assert_eq!(
        found[0].operations,
        ["GET /a", "GET /b", "GET /c", "PUT /things/{id}"]
    );
    assert_eq!(
        (found[0].wire_request, found[0].wire_reply),
        (Wire::Break, Wire::Ok)
    );
}

/// Copies that become one schema, with a change: one cause.
#[test]
fn copies_that_become_one_schema_are_one_cause() {
    let part = "{type: object, properties: {weight: {type: number}}}";
    let base = spec(&format!(
        "    Thing: {{type: object, properties: {{a: {part}, b: {part}, c: {part}}}}}\n"
    ));
    let reference = "{$ref: '#/components/schemas/Part'}";
    let revision = spec(&format!(
        "    Thing: {{type: object, properties: {{a: {reference}, b: {reference}, c: {reference}}}}}
    Part: {{type: object, properties: {{weight: {{type: string}}}}}}\n"
    ));
    let found = changes(&base, &revision);
    assert_eq!(found.len(), 1, "{}", shown(&found));
    assert_eq!((found[0].kind.id, found[0].also), ("type-changed", 2));
}

#[test]
fn a_fingerprint_outlives_lines_and_names_of_the_revision() {
    let base = spec(PLAIN);
    let print = |revision: &str| {
        let found = changes(&base, revision);
        let found = found.iter().find(|it| it.kind.id == "limit-tightened");
        found.unwrap().fingerprint.clone()
    };
    let tight = base.replace("maximum: 9", "maximum: 7");
    let renamed = format!("# moved\n\n{}", tight.replace("Thing", "Box"));
    assert_eq!(print(&tight), print(&renamed));
    let other = base.replace(
        "properties: {weight: {type: number, maximum: 9}}",
        "maxProperties: 1, properties: {weight: {type: number, maximum: 9}}",
    );
    let found = changes(&base, &other);
    assert_ne!(found[0].fingerprint, print(&tight));
}

/// Only a request is broken by a member that it never holds.
#[test]
fn a_direction_that_does_not_carry_a_member_is_not_broken() {
    let base =
        spec("    Thing: {type: object, properties: {id: {type: string, readOnly: true}}}\n");
    let revision = base.replace("readOnly: true", "readOnly: true, maxLength: 5, enum: [a]");
    let found = changes(&base, &revision);
    assert!(
        found.iter().all(|it| it.wire_request <= Wire::Ok),
        "{}",
        shown(&found)
    );
    let required = base.replace("{type: object, prop", "{type: object, required: [id], prop");
    let found = changes(&base, &required);
    assert!(
        found.iter().all(|it| it.level == Level::Note),
        "{}",
        shown(&found)
    );
}

/// In text, a plain string may be any scalar; a list of values is still only a
/// list of values.
#[test]
fn parameters_are_text() {
    let base = spec(PLAIN);
    let ids = |to: &str| -> Vec<&str> {
        let zone = "name: zone, in: query, schema: {type: string}";
        let revision = base.replace(zone, &zone.replace("{type: string}", to));
        let found = changes(&base, &revision);
        found.iter().map(|it| it.kind.id).collect()
    };
    assert_eq!(ids("{type: string, enum: [a]}"), ["became-enum"]);
    assert_eq!(ids("{type: integer}"), ["type-narrowed"]);
    assert_eq!(ids("{type: [string, integer]}"), ["type-widened"]);
}

#[test]
fn references_are_followed_into_other_files() {
    let base = spec("    Thing: {$ref: 'parts/thing.json#/Thing'}\n");
    let old = r#"{"Thing": {"type": "object", "properties": {"size": {"$ref": "size.json"}}}}"#;
    let size = "{\n  \"type\": \"integer\",\n  \"maximum\": 9\n}";
    let files = [("parts/thing.json", old), ("parts/size.json", size)];
    let (said, found) = sides(&base, &base, &files);
    assert_eq!((said.len(), found.len()), (0, 0));
    let revision =
        spec("    Thing: {type: object, properties: {size: {type: integer, maximum: 7}}}\n");
    let (said, found) = sides(&base, &revision, &files);
    assert_eq!(said, Vec::<String>::new());
    assert_eq!(found.len(), 1, "{}", shown(&found));
    let site = found[0].base.as_ref().unwrap();
    assert_eq!(
        (site.file.as_str(), site.line, site.column),
        ("parts/size.json", 3, 3)
    );
    assert_eq!(site.pointer, "/maximum");
}

#[test]
fn what_is_broken_is_an_error_at_its_place() {
    let good = spec(PLAIN);
    for (from, to, expected) in [
        (
            "enum: [on, off]",
            "enum: on",
            "E102 (21, 37) `enum` must be a list",
        ),
        (
            "schemas/Thing'",
            "schemas/Think'",
            "E106 (10, 65) nothing stands at `#/components/schemas/Think`",
        ),
        (
            "{type: string, enum: [on, off]}",
            "{type: strin}",
            "E104 (21, 23) `type` can't be `strin`",
        ),
        (
            "    put:\n",
            "    put: nothing\n    post:\n",
            "E102 (5, 10) an operation must be a map",
        ),
        (
            "schema: {type: string}}\n      requestBody",
            "}\n      - *x\n      requestBody",
            "E014 (10, 9) an alias names an anchor that does not exist",
        ),
        (
            "openapi: 3.0.3",
            "swagger: '2.0'",
            "E100 (1, 1) this is not OpenAPI 3",
        ),
        (
            "$ref: '#/components/schemas/Thing'",
            "$ref: 'gone.yaml#/Thing'",
            "E107 (10, 65) the file of `gone.yaml#/Thing` can't be read",
        ),
        (
            "$ref: '#/components/schemas/Thing'",
            "$ref: '/etc/passwd'",
            "E107 (10, 65) the file of `/etc/passwd` can't be read",
        ),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        for (base, revision) in [(&good, &bad), (&bad, &good)] {
            let (said, found) = sides(base, revision, &[]);
            assert!(said.iter().any(|it| it == expected), "{to}: {said:?}");
            assert_eq!(found.len(), 0);
        }
    }
    let itself = spec("    Thing: {allOf: [{$ref: '#/components/schemas/Thing'}]}\n");
    let (said, _) = sides(&itself, &good, &[]);
    assert_eq!(said, ["E108 (15, 20) an `allOf` holds itself"]);
}

/// The generator is asked what a change means to Rust callers.
#[test]
fn promises_decide_about_rust() {
    let first = run(support::changes::SHELF, None);
    let promised = source("spec/test.api", file(&first, "test.api"));
    let with = |from: &str, to: &str| {
        let spec = support::changes::SHELF.replacen(from, to, 1);
        assert_ne!(spec, support::changes::SHELF, "{from}");
        service(Some(&promised), support::input(&spec, Some(&promised.text)))
    };
    let kept = with(
        "        made: {type: string}\n",
        "        made: {type: string}\n        color: {type: string}\n",
    );
    assert_eq!(kept.rust(), Rust::Minor);
    let paths: Vec<&str> = kept.items.model.iter().map(|it| it.path.as_str()).collect();
    assert!(paths.iter().any(|it| it.ends_with("::color")), "{paths:?}");
    assert_eq!(kept.broken.len(), 0);

    let broken = with("required: [id, size]", "required: [id]");
    assert_eq!(broken.rust(), Rust::Major);
    assert_eq!(broken.broken.len(), 1);
    let change = &broken.broken[0];
    assert_eq!(change.kind.id, OF_THE_GENERATOR);
    assert!(change.message.starts_with("E303: "), "{}", change.message);
    assert_eq!(change.base.as_ref().unwrap().file, "spec/test.api");

    // A spec that nothing can be generated from says nothing about Rust.
    let unreadable = with("type: boolean", "type: boolean\n            minLenght: 4");
    assert!(unreadable.unreadable.is_some());
}

/// A promise that was given up is told, although the generator is content.
#[test]
fn a_promise_that_is_given_up_breaks_callers() {
    let first = run(support::changes::SHELF, None);
    let promised = source("spec/test.api", file(&first, "test.api"));
    let spec = support::changes::SHELF.replacen(
        "        made: {type: string}\n",
        "        made: {type: integer}\n",
        1,
    );
    let anew = run(&spec, None);
    let given_up = service(
        Some(&promised),
        support::input(&spec, Some(file(&anew, "test.api"))),
    );
    let messages: Vec<&str> = given_up
        .broken
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert!(
        messages
            .iter()
            .any(|it| it.contains("::made`: String? becomes i64?")),
        "{messages:?}"
    );
    assert_eq!(given_up.rust(), Rust::Major);
}
