//! `cargo xtask diff` as a reviewer meets it: revisions, files, exit status,
//! the three ways of printing, and what is accepted.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::fs;
use std::process::Command;

use serde_json::Value;
use support::{Copy, Run};

/// A small document; `LIMIT` and `MORE` are for the tests.
const DOCUMENT: &str = "openapi: 3.0.3
info: {title: things, version: 1.0.0}
paths:
  /things:
    post:
      operationId: create_thing
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                name: {type: string, maxLength: LIMIT}MORE
      responses:
        '204': {description: Done.}
";

fn document(limit: &str, more: &str) -> String {
    DOCUMENT.replace("LIMIT", limit).replace("MORE", more)
}

/// A folder with two documents, as `a.yaml` and `b.yaml`.
struct Pair(tempfile::TempDir);

impl Pair {
    fn new(base: &str, revision: &str) -> Pair {
        let pair = Pair(tempfile::tempdir().unwrap());
        pair.write("a.yaml", base);
        pair.write("b.yaml", revision);
        pair
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn diff(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("diff")
            .args(arguments)
            .args(["a.yaml", "b.yaml"])
            .current_dir(self.0.path())
            .output()
            .unwrap();
        Run::of(output)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let run = self.diff(&[&["--format", "json"], arguments].concat());
        serde_json::from_str(&run.text).unwrap()
    }

    fn fingerprint(&self) -> String {
        let json = self.json(&[]);
        json["changes"][0]["fingerprint"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

fn tighter() -> Pair {
    Pair::new(&document("9", ""), &document("7", ""))
}

#[test]
fn the_exit_status_says_whether_something_breaks() {
    tighter().diff(&[]).expect(
        1,
        &[
            "1 breaking change",
            "`maxLength` goes from 9 to 7  [limit-tightened]  request break, reply none, rust patch",
            "a.yaml:13:38 → b.yaml:13:38",
            "/properties/name/maxLength",
            "POST /things",
        ],
    );
    tighter()
        .diff(&["--fail-on", "never"])
        .expect(0, &["1 breaking change"]);
    let note = Pair::new(&document("7", ""), &document("9", ""));
    note.diff(&[]).expect(0, &["Nothing breaks, 1 note"]);
    note.diff(&["--fail-on", "any"]).expect(1, &[]);
    let risk = Pair::new(
        &document("7", ""),
        &document("7", "\n                size: {type: integer, default: 3}"),
    );
    risk.write(
        "a.yaml",
        &document("7", "\n                size: {type: integer}"),
    );
    risk.diff(&[]).expect(0, &["1 risk"]);
    risk.diff(&["--fail-on", "risk"]).expect(1, &[]);
    let same = Pair::new(&document("7", ""), &document("7", ""));
    same.diff(&["--fail-on", "any"])
        .expect(0, &["Nothing breaks"]);
}

#[test]
fn a_broken_side_is_an_error_and_no_verdict() {
    let good = document("7", "");
    for bad in [
        good.replace("type: object", "type: objekt"),
        good.replace("paths:", "paths: ["),
        good.replace("openapi: 3.0.3", "openapi: 4.0.0"),
        good.replace("type: object", "$ref: '#/components/schemas/Gone'"),
    ] {
        for pair in [Pair::new(&good, &bad), Pair::new(&bad, &good)] {
            let run = pair.diff(&[]);
            run.expect(2, &["error[E", ".yaml:", "nothing was compared"]);
            assert!(!run.text.contains("breaks"), "{}", run.text);
        }
    }
}

#[test]
fn wrong_usage_is_told() {
    let pair = tighter();
    pair.diff(&["--format", "xml"])
        .expect(2, &["there is no format `xml`", "--help"]);
    pair.diff(&["--fail-on", "much"])
        .expect(2, &["there is no level `much`"]);
    pair.diff(&["c.yaml"]).expect(2, &["a base and a revision"]);
    let run = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["diff", "no-such-thing"])
        .output()
        .unwrap();
    Run::of(run).expect(
        2,
        &["`no-such-thing` is no file, no folder and no revision"],
    );
}

#[test]
fn json_holds_both_sides_and_all_verdicts() {
    let json = tighter().json(&[]);
    assert_eq!(
        (&json["version"], &json["breaking"]),
        (&1.into(), &1.into())
    );
    let change = &json["changes"][0];
    for (key, value) in [
        ("id", "limit-tightened"),
        ("level", "breaking"),
        ("operation", "POST /things"),
        ("wire_request", "break"),
        ("wire_reply", "none"),
        ("rust", "patch"),
        ("message", "`maxLength` goes from 9 to 7"),
    ] {
        assert_eq!(change[key], value, "{change}");
    }
    let pointer = "/paths/~1things/post/requestBody/content/application~1json/schema/properties/name/maxLength";
    assert_eq!(change["pointer"], pointer);
    for (side, file) in [("base", "a.yaml"), ("revision", "b.yaml")] {
        assert_eq!(change[side]["file"], file);
        assert_eq!(change[side]["line"], 13);
        assert_eq!(change[side]["column"], 38);
    }
    assert_eq!(change["fingerprint"].as_str().unwrap().len(), 17);
}

/// The same in JSON, where lines are found as well.
#[test]
fn json_documents_have_lines_too() {
    let text = |limit: u32| {
        format!(
            "{{\n  \"openapi\": \"3.0.3\",\n  \"paths\": {{\n    \"/a\": {{\"get\": {{\"parameters\": [\n      {{\"name\": \"q\", \"in\": \"query\", \"schema\": {{\"type\": \"string\",\n        \"maxLength\": {limit}}}}}]}}}}\n  }}\n}}"
        )
    };
    let pair = tighter();
    pair.write("a.json", &text(9));
    pair.write("b.json", &text(7));
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["diff", "a.json", "b.json"])
        .current_dir(pair.0.path())
        .output()
        .unwrap();
    Run::of(output).expect(
        1,
        &[
            "a.json:6:9 → b.json:6:9",
            "/paths/~1a/get/parameters/0/schema/maxLength",
        ],
    );
}

#[test]
fn a_comment_has_its_title_and_fits() {
    let run = tighter().diff(&["--format", "markdown"]);
    run.expect(
        1,
        &[
            "## ❌ Spec: 1 breaking change",
            "<details open>",
            "limit-tightened",
        ],
    );
    let names = (0..3000).map(|it| format!("\n                member{it}: {{type: string}}"));
    let many = Pair::new(
        &document("9", ""),
        &document("7", &names.collect::<String>()),
    );
    let run = many.diff(&["--format", "markdown"]);
    run.expect(
        1,
        &[
            "1 breaking change, 3000 notes",
            "more lines do not fit",
            "limit-tightened",
        ],
    );
    assert!(run.text.len() < 65_000, "{} bytes", run.text.len());
    let hostile = Pair::new(
        &document("9", ""),
        &document("9", "\n                '<img src=x> @all': {type: string}"),
    );
    let run = hostile.diff(&["--format", "markdown"]);
    assert!(
        !run.text.contains("<img") && !run.text.contains("@all"),
        "{}",
        run.text
    );
}

#[test]
fn a_break_is_accepted_with_a_reason_until_a_day() {
    let pair = tighter();
    let fingerprint = pair.fingerprint();
    let entry = |fingerprint: &str, expires: &str| {
        format!(
            "- fingerprint: {fingerprint}\n  reason: nobody uses it\n  owner: team\n  expires: {expires}\n"
        )
    };
    let accepted = ["--accepted", "accepted.yaml"];
    pair.write("accepted.yaml", &entry(&fingerprint, "9999-12-31"));
    pair.diff(&accepted).expect(
        0,
        &[
            "Nothing breaks, 1 accepted",
            "nobody uses it (team, until 9999-12-31)",
        ],
    );
    pair.write("accepted.yaml", &entry(&fingerprint, "2001-01-01"));
    pair.diff(&accepted).expect(
        1,
        &[
            "1 breaking change",
            "accepted.yaml:1: what team accepted has expired",
        ],
    );
    let unused = entry(&fingerprint, "9999-12-31") + &entry("c0000000000000000", "9999-12-31");
    pair.write("accepted.yaml", &unused);
    pair.diff(&accepted).expect(
        1,
        &["accepted.yaml:5: nothing that breaks has the fingerprint c0000000000000000"],
    );
    for (from, to, said, line) in [
        ("  owner: team\n", "", "has no `owner`", 1),
        ("9999-12-31", "soon", "`expires` is no day", 4),
        ("  owner", "  ovner", "unknown key `ovner`", 1),
    ] {
        let text = entry(&fingerprint, "9999-12-31").replace(from, to);
        pair.write("accepted.yaml", &text);
        pair.diff(&accepted)
            .expect(2, &[said, &format!("accepted.yaml:{line}:")]);
    }
}

#[test]
fn folders_are_compared_file_by_file() {
    let pair = tighter();
    for (folder, limit) in [("old", "9"), ("new", "7")] {
        fs::create_dir(pair.0.path().join(folder)).unwrap();
        pair.write(&format!("{folder}/things.yaml"), &document(limit, ""));
    }
    pair.write("new/extra.yaml", &document("9", ""));
    let run = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["diff", "old", "new"])
        .current_dir(pair.0.path())
        .output()
        .unwrap();
    Run::of(run).expect(
        1,
        &[
            "things: 1 breaking",
            "extra: 1 note",
            "`POST /things` is new",
        ],
    );
}

/// Runs git in a copy of the project, as somebody whom nobody configured.
fn git(copy: &Copy, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.example"])
        .args(["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"])
        .args(arguments)
        .current_dir(copy.root.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn repository() -> Copy {
    let copy = Copy::new();
    for name in ["Cargo.toml", "CHANGELOG.md"] {
        fs::copy(support::project().join(name), copy.path(name)).unwrap();
    }
    git(&copy, &["init", "--quiet", "--initial-branch", "main"]);
    git(&copy, &["add", "."]);
    git(&copy, &["commit", "--quiet", "-m", "first"]);
    copy
}

#[test]
fn revisions_are_compared_with_the_working_tree() {
    let copy = repository();
    let limit = "          minimum: 1\n          maximum: 14\n";
    git(&copy, &["switch", "--quiet", "-c", "work"]);
    copy.edit(
        "spec/vbs.yaml",
        limit,
        "          minimum: 1\n          maximum: 30\n",
    );
    // The generator is asked, and finds nothing that a compiler would see.
    copy.xtask(&["diff"]).expect(
        0,
        &[
            "the merge base → the working tree",
            "vbs: 1 note",
            "cloudbackup-vbs-model needs a patch version",
            "`maximum` goes from 14 to 30  [limit-loosened]  spec/vbs.yaml:",
        ],
    );
    copy.edit("spec/vbs.yaml", "maximum: 30\n", "maximum: 7\n");
    git(&copy, &["commit", "--quiet", "-a", "-m", "second"]);
    copy.xtask(&["diff", "HEAD~1", "HEAD"])
        .expect(1, &["HEAD~1 → HEAD", "goes from 14 to 7"]);
    copy.xtask(&["diff", "HEAD"])
        .expect(0, &["HEAD → the working tree", "Nothing breaks"]);
    copy.xtask(&["diff", "HEAD~1:spec/vbs.yaml", "HEAD:spec/vbs.yaml"])
        .expect(1, &["goes from 14 to 7"]);
    // A promise that the new spec does not keep stands where it was made.
    let member = "        has_dependent_backups:\n          type: boolean\n";
    copy.edit(
        "spec/vbs.yaml",
        member,
        &member.replace("boolean", "integer"),
    );
    copy.xtask(&["diff", "HEAD"]).expect(
        1,
        &[
            "E303",
            "[promise-broken]  request none, reply none, rust major",
            "spec/vbs.api:",
            "needs a major version",
        ],
    );
}

#[test]
fn the_version_must_say_what_the_changes_need() {
    let copy = repository();
    git(&copy, &["tag", "v0.1.0"]);
    let member = "        rentention_day:\n          type: integer\n";
    let more =
        "        rentention_hours:\n          type: integer\n          description: Hours.\n";
    copy.edit("spec/vbs.yaml", member, &format!("{more}{member}"));
    copy.xtask(&["generate", "vbs"]).expect(0, &[]);
    copy.xtask(&["check"]).expect(
        1,
        &["Cargo.toml: the version is 0.1.0, but the changes since v0.1.0 are minor: at least 0.1.1"],
    );
}

#[test]
fn every_kind_of_change_can_be_explained() {
    let run = Copy::new().xtask(&["explain", "property-removed"]);
    run.expect(
        0,
        &[
            "property-removed: an optional member is gone",
            "wire: requests risk, replies data-lost",
            "```diff",
        ],
    );
}
