//! Two branches that both changed a spec: `generate` solves the conflict in the
//! `.api` file, so that what callers of either branch use is there.

mod support;

use support::{file, kept, messages, outline};

/// A request with two members that must be set.
const SPEC: &str = include_str!("specs/promises.yaml");

fn edited(edits: &[(&str, &str)]) -> String {
    let mut spec = SPEC.to_owned();
    for (from, to) in edits {
        assert!(spec.contains(from), "no `{from}` to edit");
        spec = spec.replacen(from, to, 1);
    }
    spec
}

fn promises(spec: &str, promised: &str) -> String {
    let output = outline(spec, Some(promised));
    assert_eq!(messages(&output), Vec::<String>::new());
    file(&output, "test.api").to_owned()
}

/// The file as git leaves it: what the two sides have in common around a conflict.
fn conflict(base: &str, ours: &str, theirs: &str, marks: [&str; 4]) -> String {
    let [start, before, between, end] = marks;
    let lines =
        |text: &'_ str| -> Vec<String> { text.lines().map(|it| format!("{it}\n")).collect() };
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let pairs = ours.iter().zip(&theirs);
    let head = pairs.take_while(|(one, other)| one == other).count();
    let pairs = ours[head..].iter().rev().zip(theirs[head..].iter().rev());
    let tail = pairs.take_while(|(one, other)| one == other).count();
    let inside = |lines: &[String]| lines[head..lines.len() - tail].concat();
    let before = match before {
        "" => String::new(),
        mark => format!("{mark}\n{}", inside(&base)),
    };
    format!(
        "{}{start}\n{}{before}{between}\n{}{end}\n{}",
        ours[..head].concat(),
        inside(&ours),
        inside(&theirs),
        ours[ours.len() - tail..].concat()
    )
}

const MARKS: [&str; 4] = ["<<<<<<< HEAD", "", "=======", ">>>>>>> other"];
const MARKS_OF_DIFF3: [&str; 4] = ["<<<<<<< HEAD", "||||||| base", "=======", ">>>>>>> other"];

const NEW_OURS: &str = "        name: {type: string}\n        mine: {type: string}\n        size: {type: integer, format: int32}\n";
const NEW_THEIRS: &str = "        name: {type: string}\n        size: {type: integer, format: int32}\n        yours: {type: integer}\n";
const MEMBERS: &str =
    "        name: {type: string}\n        size: {type: integer, format: int32}\n";

#[test]
fn what_either_side_promised_is_promised() {
    let base = promises(SPEC, "format: 1\n");
    let ours = promises(
        &edited(&[
            (MEMBERS, NEW_OURS),
            ("required: [name, size]", "required: [name, size, mine]"),
            ("enum: [open, shut]", "enum: [ajar, open, shut]"),
        ]),
        &base,
    );
    let theirs = promises(
        &edited(&[
            (MEMBERS, NEW_THEIRS),
            ("required: [name, size]", "required: [name, size, yours]"),
            ("enum: [open, shut]", "enum: [open, shut, stuck]"),
            ("        title: {type: string}\n", ""),
            // Needed by nothing once `title` is gone.
            (
                "      x-find:\n        ask: list_boxes\n        with: {room: request.room}\n        \
                 where: {title: request.name}\n        created: made\n",
                "      x-find:\n        ask: list_boxes\n        with: {room: request.room}\n        \
                 where: {id: reply.id}\n        created: made\n",
            ),
        ]),
        &base,
    );
    let merged = edited(&[
        (
            MEMBERS,
            "        mine: {type: string}\n        name: {type: string}\n        \
             size: {type: integer, format: int32}\n        yours: {type: integer}\n",
        ),
        (
            "required: [name, size]",
            "required: [name, size, mine, yours]",
        ),
        ("enum: [open, shut]", "enum: [ajar, open, shut, stuck]"),
    ]);
    for marks in [MARKS, MARKS_OF_DIFF3] {
        let found = conflict(&base, &ours, &theirs, marks);
        assert!(found.contains("<<<<<<<") && found.contains("body mine: String, required 4"));
        assert!(found.contains("body yours: i64, required 4"));
        let solved = promises(&merged, &found);
        assert_eq!(kept::lost(&ours, &solved), Vec::<String>::new());
        // The marker of one of the two new members is another one.
        assert_eq!(
            kept::lost(&theirs, &solved),
            ["operations POST /rooms/{}/boxes inputs body yours: i64, required 4"]
        );
        assert!(solved.contains("body yours: i64, required 5"), "{solved}");
        // Solved is solved.
        assert_eq!(promises(&merged, &solved), solved);
    }
}

/// Git merges lines that are far enough apart, and numbers may then stand twice.
#[test]
fn a_marker_given_out_twice_is_numbered_anew() {
    let promised = promises(SPEC, "format: 1\n");
    let twice = promised.replace("size: i64, required 3", "size: i64, required 2");
    assert_ne!(twice, promised);
    let solved = promises(SPEC, &twice);
    let now = kept::lines(&solved);
    let marker = |name: &str| {
        let line = &now[&format!("operations POST /rooms/{{}}/boxes inputs {name}")];
        let (_, number) = line.split_once(", required ").unwrap_or_default();
        number.to_owned()
    };
    let mut markers = [
        marker("body name"),
        marker("body size"),
        marker("query shelf"),
    ];
    markers.sort();
    assert_eq!(markers, ["1", "2", "3"]);
}

#[test]
fn two_names_for_one_thing_are_a_question() {
    let promised = promises(SPEC, "format: 1\n");
    for (line, other, what) in [
        (
            "    name: show_box\n",
            "    name: read_box\n",
            "`name` of `GET /rooms/{}/boxes/{}`",
        ),
        (
            "      note: String?\n",
            "      note: String?, as remark\n",
            "`note` of `POST /rooms/{}/boxes`",
        ),
        (
            "      made: String?\n",
            "      made: Timestamp?\n",
            "`made` of `POST /rooms/{}/boxes`",
        ),
        (
            "    open: Open\n",
            "    open: Opened\n",
            "`open` of `State`",
        ),
    ] {
        assert!(promised.contains(line), "no `{line}`");
        let both = format!("<<<<<<< HEAD\n{line}=======\n{other}>>>>>>> other\n");
        let output = outline(SPEC, Some(&promised.replacen(line, &both, 1)));
        assert_eq!(
            messages(&output),
            [format!(
                "E306: the sides of a merge promise two things about {what}"
            )]
        );
        assert!(output.files.is_empty());
        // The answer: both sides say the same.
        let same = format!("<<<<<<< HEAD\n{line}=======\n{line}>>>>>>> other\n");
        assert_eq!(promises(SPEC, &promised.replacen(line, &same, 1)), promised);
    }
}

#[test]
fn half_of_a_conflict_is_no_conflict() {
    let promised = promises(SPEC, "format: 1\n");
    let line = "    name: show_box\n";
    for broken in [
        format!("=======\n{line}"),
        format!("{line}>>>>>>> other\n"),
        format!("<<<<<<< HEAD\n{line}"),
    ] {
        let output = outline(SPEC, Some(&promised.replacen(line, &broken, 1)));
        assert!(output.files.is_empty(), "{broken}");
    }
}
