//! A change of a spec that does not change the wire changes nothing for
//! callers, and what would break them is an error at the line that does it.

mod support;

use support::cargo::Workspace;
use support::changes::{self, Change, SHELF as SPEC};
use support::{file, input, kept, messages, outline, run, run_input};

const CALLER: &str = include_str!("specs/promises-caller.rs");

fn compatible() -> impl Iterator<Item = &'static Change> {
    changes::all().filter(|change| change.is_compatible())
}

#[test]
fn compatible_changes_keep_every_promise() {
    for change in compatible() {
        let first = outline(change.base, None);
        let promised = file(&first, "test.api");
        let second = outline(&change.revision(), Some(promised));
        assert_eq!(messages(&second), Vec::<String>::new(), "{}", change.name);
        let lost = kept::lost(promised, file(&second, "test.api"));
        assert!(lost.is_empty(), "{}: lost {lost:?}", change.name);
    }
}

#[test]
fn a_change_that_is_taken_back_keeps_every_promise() {
    for change in compatible() {
        let first = outline(change.base, None);
        let second = outline(&change.revision(), Some(file(&first, "test.api")));
        let promised = file(&second, "test.api");
        let third = outline(change.base, Some(promised));
        assert_eq!(messages(&third), Vec::<String>::new(), "{}", change.name);
        let lost = kept::lost(promised, file(&third, "test.api"));
        assert!(lost.is_empty(), "{}: lost {lost:?}", change.name);
    }
}

/// What reviewers read of each change: the lines of the outline that come and
/// go, or what the generator asks.
#[test]
fn each_change_has_its_lines() {
    let mut text = String::new();
    for change in changes::all() {
        text.push_str(&format!("{}\n", change.name));
        let first = outline(change.base, None);
        let promised = file(&first, "test.api");
        let second = outline(&change.revision(), Some(promised));
        if let Some(expected) = change.refused {
            let found = messages(&second);
            assert!(
                found.iter().any(|message| message == expected),
                "{}: {found:?}",
                change.name
            );
            assert!(second.files.is_empty(), "{}", change.name);
            for message in found {
                text.push_str(&format!("  ! {message}\n"));
            }
            continue;
        }
        for line in difference(promised, file(&second, "test.api")) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("promises-changes", text);
    });
}

/// What `--major` would tell of each change.
#[test]
fn each_change_has_what_a_major_gives_up() {
    let mut text = String::new();
    for change in changes::all() {
        text.push_str(&format!("{}\n", change.name));
        let first = outline(change.base, None);
        let promised = file(&first, "test.api");
        let major = run_major(&change.revision(), promised);
        for line in &major.given_up {
            text.push_str(&format!("  {line}\n"));
        }
        assert_eq!(messages(&major), Vec::<String>::new(), "{}", change.name);
        // What is given up is all that differs.
        let is_kept = kept::lost(promised, file(&major, "test.api")).is_empty();
        assert_eq!(is_kept, major.given_up.is_empty(), "{}", change.name);
    }
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("promises-major", text);
    });
}

#[test]
fn promises_that_cannot_be_read_can_be_given_up() {
    let major = run_major(SPEC, "format: 7\n");
    assert_eq!(
        major.given_up,
        ["all of `spec/test.api`, which can't be read"]
    );
    assert_eq!(file(&major, "test.api"), file(&run(SPEC, None), "test.api"));
}

fn run_major(spec: &str, promised: &str) -> cloudbackup_codegen::Output {
    let mut input = input(spec, Some(promised));
    input.major = true;
    run_input(&input)
}

/// Lines with the keys above them that only one of two outlines has.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (with_place(before), with_place(after));
    let lost = before.iter().filter(|line| !after.contains(line));
    let added = after.iter().filter(|line| !before.contains(line));
    let lost = lost.map(|line| format!("- {line}"));
    lost.chain(added.map(|line| format!("+ {line}"))).collect()
}

fn with_place(outline: &str) -> Vec<String> {
    let mut above: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for line in outline.lines().filter(|line| !line.starts_with('#')) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        above.truncate(depth);
        above.push(line.trim());
        lines.push(above.join(" "));
    }
    lines
}

#[test]
fn generating_twice_gives_the_same_bytes() {
    let first = run(SPEC, None);
    let second = run(SPEC, Some(file(&first, "test.api")));
    assert_eq!(first.files, second.files);
}

#[test]
fn what_would_break_callers_is_an_error() {
    let first = run(SPEC, None);
    let promised = file(&first, "test.api");
    for (from, to, expected) in [
        (
            "required: [id, size]\n      properties:\n        id: {type: string}\n        \
             size: {type: integer}\n",
            "required: [id]\n      properties:\n        id: {type: string}\n",
            "E305: `size` of `POST /rooms/{}/boxes` was promised and is gone",
        ),
        (
            "required: [id, size]",
            "required: [id]",
            "E303: replies were promised to hold `size` always",
        ),
        (
            "        made: {type: string}\n",
            "        made: {type: integer}\n",
            "E303: `made` was promised as `String` and would become `i64`",
        ),
        (
            "        with: {room: request.room, box: reply.id}\n",
            "        with: {room: request.room, box: reply.note}\n",
            "E303: handles of `POST /rooms/{}/boxes` were promised without `note`",
        ),
        (
            "        with: {room: request.room, box: reply.id}\n",
            "        with: {room: request.room, box: reply.id}\n        gone: true\n",
            "E303: `starts` of `POST /rooms/{}/boxes` would become another type",
        ),
        (
            "      x-find:\n        ask: list_boxes\n        with: {room: request.room}\n        \
             where: {title: request.name}\n        created: made\n",
            "",
            "E305: `finds` of `POST /rooms/{}/boxes` was promised and is gone",
        ),
    ] {
        assert!(SPEC.contains(from), "no `{from}` to edit");
        let second = run(&SPEC.replace(from, to), Some(promised));
        assert_eq!(messages(&second), [expected]);
        assert!(
            second.files.is_empty(),
            "nothing may be written: {expected}"
        );
    }
}

/// How a list is walked stands in the spec alone: there it stays, deprecated.
#[test]
fn an_operation_with_pages_is_dropped_in_two_steps() {
    let first = outline(SPEC, None);
    let promised = file(&first, "test.api");
    let start = SPEC
        .find("    get:\n      operationId: list_boxes")
        .unwrap();
    let end = SPEC.find("  /rooms/{room}/boxes/{box}:\n").unwrap();
    let find = "      x-find:\n        ask: list_boxes\n        with: {room: request.room}\n        \
                where: {title: request.name}\n        created: made\n";
    let without = (SPEC[..start].to_owned() + &SPEC[end..]).replace(find, "");
    let dropped = outline(&without, Some(promised));
    let help: Vec<&String> = dropped.diagnostics.iter().flat_map(|it| &it.help).collect();
    assert!(
        messages(&dropped)[0].starts_with("E305: operation `GET /rooms/{}/boxes` was promised"),
        "{:?}",
        messages(&dropped)
    );
    assert!(
        help[0].contains("it has `pages`") && help[0].contains("`deprecated: true`"),
        "{help:?}"
    );
    assert!(help[1].contains("put `x-find` back"), "{help:?}");

    let deprecated = SPEC.replace(
        "      operationId: list_boxes\n",
        "      operationId: list_boxes\n      deprecated: true\n",
    );
    let kept = outline(&deprecated, Some(promised));
    assert_eq!(messages(&kept), Vec::<String>::new());
    assert_eq!(file(&kept, "test.api"), promised);
}

/// The first name stays what promises, stored handles and tokens of pages are about.
#[test]
fn names_are_given_one_after_the_other() {
    let named = |operation: &str, label: &str| {
        let given = |name: &str, indent: &str| match name {
            "" => String::new(),
            name => format!("{indent}x-rust-name: {name}\n"),
        };
        let operation = given(operation, "      ");
        let label = given(label, "      ");
        let spec = SPEC.replace(
            "      operationId: show_box\n",
            &format!("      operationId: show_box\n{operation}"),
        );
        spec.replace("    Label:\n", &format!("    Label:\n{label}"))
    };
    let mut promised = file(&outline(SPEC, None), "test.api").to_owned();
    let first = promised.clone();
    for (operation, label, expected) in [
        (
            "see_box",
            "Sticker",
            ["see_box since 0.2.0", "Sticker since 0.2.0"],
        ),
        // What is not said again is not taken back.
        ("", "", ["see_box since 0.2.0", "Sticker since 0.2.0"]),
        (
            "view_box",
            "Plaque",
            [
                "see_box since 0.2.0, view_box since 0.2.0",
                "Sticker since 0.2.0, Plaque since 0.2.0",
            ],
        ),
        (
            "see_box",
            "Plaque",
            [
                "see_box since 0.2.0, view_box since 0.2.0, see_box since 0.2.0",
                "Sticker since 0.2.0, Plaque since 0.2.0",
            ],
        ),
    ] {
        let output = run(&named(operation, label), Some(&promised));
        promised = file(&output, "test.api").to_owned();
        assert_eq!(kept::lost(&first, &promised), Vec::<String>::new());
        let [operation, label] = expected;
        assert!(
            promised.contains(&format!("    renamed: {operation}\n")),
            "{promised}"
        );
        assert!(
            promised.ends_with(&format!("renamed:\n  Label: {label}\n")),
            "{promised}"
        );
        let name = ", \"show_box\", Method::Get";
        let model = output
            .files
            .iter()
            .filter(|file| file.path.starts_with("model/"));
        assert_eq!(
            model
                .filter(|file| one_line(&file.text).contains(name))
                .count(),
            1
        );
    }
    let output = run(SPEC, Some(&promised));
    let client = one_line(file(&output, "client/src/generated/client.rs"));
    for (method, builder) in [
        ("show_box", "SeeBox"),
        ("view_box", "SeeBox"),
        ("see_box", "SeeBox"),
    ] {
        assert!(
            client.contains(&format!("pub fn {method}(&self) -> {builder} {{")),
            "{client}"
        );
    }
    let types = file(&output, "model/src/generated/types/plaque.rs");
    assert!(types.contains("pub type Label = Plaque;"), "{types}");
    assert!(types.contains("pub type Sticker = Plaque;"), "{types}");
    assert!(
        types.contains("pub type LabelBuilder<S1 = Unset> = PlaqueBuilder<S1>;"),
        "{types}"
    );
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_damaged_outline_is_an_error_and_not_forgotten() {
    let first = run(SPEC, None);
    let promised = file(&first, "test.api");
    let damaged = promised.replace("required 1", "requird 1");
    let second = run(SPEC, Some(&damaged));
    assert!(
        messages(&second)
            .iter()
            .all(|message| message.starts_with("E301"))
    );
    assert!(second.files.is_empty());
}

#[test]
fn the_caller_names_every_public_item() {
    let first = run(SPEC, None);
    for line in file(&first, "test.api").lines().skip(3) {
        let (key, value) = line.trim().split_once(':').unwrap_or((line, ""));
        let rust = value.split(", ").find_map(|mark| mark.strip_prefix("as "));
        let name = rust.unwrap_or_else(|| key.rsplit(' ').next().unwrap_or(key));
        let section = [
            "pages",
            "starts",
            "watches",
            "finds",
            "operations",
            "structs",
            "enums",
            "unions",
            "inputs",
            "reply",
            "fields",
            "for",
        ];
        if section.contains(&name) || key.contains('{') {
            continue;
        }
        let name = if key == "name" { value.trim() } else { name };
        let variant = value.trim();
        assert!(
            CALLER.contains(name) || CALLER.contains(variant),
            "the caller never uses `{name}` of `{line}`"
        );
    }
}

/// The proof by the compiler: one workspace with the crates of every changed
/// spec, and the caller of the first against each.
#[test]
fn the_first_caller_compiles_against_every_change() {
    let mut workspace = Workspace::new("callers");
    let first = run(SPEC, None);
    let promised = file(&first, "test.api");
    workspace.add("unchanged", &first, CALLER);
    for change in compatible().filter(|change| change.base == SPEC) {
        let second = run(&change.revision(), Some(promised));
        workspace.add(&change.name.replace(' ', "-"), &second, CALLER);
    }
    // What stays as deprecated, and its tests, are without a warning.
    for name in ["types given other names", "operation given another name"] {
        for change in changes::all().filter(|change| change.name == name) {
            let first = run(change.base, None);
            let second = run(&change.revision(), Some(file(&first, "test.api")));
            workspace.add(&change.name.replace(' ', "-"), &second, "");
        }
    }
    workspace.check();
}
