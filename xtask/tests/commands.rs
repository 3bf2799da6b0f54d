//! The commands as a maintainer meets them: exit status, output, files.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Copy, Run};

/// The drift test: what is checked in is what the specs say.
#[test]
fn the_project_has_not_drifted() {
    let run = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("check")
        .output()
        .unwrap();
    let run = Run::of(run);
    assert_eq!(run.code, 0, "{}", run.text);
}

#[test]
fn generate_changes_nothing_the_second_time() {
    let copy = Copy::new();
    copy.xtask(&["generate"])
        .expect(0, &["vbs:", "nothing to change"]);
}

#[test]
fn a_changed_a_missing_and_an_extra_file_are_found_and_mended() {
    let copy = Copy::new();
    let folder = "crates/vbs-model/src/generated";
    let (changed, missing, extra) = (
        format!("{folder}/types/tag.rs"),
        format!("{folder}/mod.rs"),
        format!("{folder}/half.rs.tmp"),
    );
    let before = (copy.read(&changed), copy.read(&missing));
    copy.edit(&changed, "pub struct Tag", "pub struct Tab");
    fs::remove_file(copy.path(&missing)).unwrap();
    fs::write(copy.path(&extra), "left by a crash").unwrap();

    let found = copy.xtask(&["check"]);
    found.expect(
        1,
        &[
            &format!("{changed} differs"),
            &format!("{missing} is missing"),
            &format!("{extra} has no place here"),
            "run `cargo xtask generate vbs`",
            "version: not checked, there is no git history",
        ],
    );

    let mended = copy.xtask(&["generate", "vbs"]);
    mended.expect(
        0,
        &[
            &format!("changed {changed}"),
            &format!("added {missing}"),
            &format!("removed {extra}"),
        ],
    );
    assert_eq!((copy.read(&changed), copy.read(&missing)), before);
    assert!(!copy.path(&extra).exists());
    copy.xtask(&["check"]).expect(0, &["vbs:"]);
}

/// Files of a folder by their path, the left-over temporary ones aside.
fn contents(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            contents(&path, found);
        } else if path.extension().is_none_or(|extension| extension != "tmp") {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn a_crash_leaves_whole_files_and_the_next_run_mends_the_rest() {
    let copy = Copy::new();
    let folder = copy.path("crates");
    let mut whole = Vec::new();
    contents(&folder, &mut whole);
    for kept in 1..6 {
        fs::remove_dir_all(&folder).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("generate")
            .env("CARGO_MANIFEST_DIR", copy.path("xtask"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut left = Vec::new();
        while left.len() < 5 * kept && child.try_wait().unwrap().is_none() {
            left.clear();
            contents(&folder, &mut left);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        left.clear();
        contents(&folder, &mut left);
        assert!(!left.is_empty(), "killed too early to show anything");
        for file in left {
            assert!(
                whole.contains(&file),
                "{} is half written",
                file.0.display()
            );
        }
    }
    copy.xtask(&["generate"]).expect(0, &["vbs:"]);
    let mut mended = Vec::new();
    contents(&folder, &mut mended);
    whole.sort();
    mended.sort();
    let paths = |files: &[(PathBuf, Vec<u8>)]| -> Vec<PathBuf> {
        files.iter().map(|(path, _)| path.clone()).collect()
    };
    assert_eq!(paths(&mended), paths(&whole));
    assert!(mended == whole, "some files have other bytes");
}

#[test]
fn an_outline_edited_by_hand_is_found() {
    let copy = Copy::new();
    copy.edit("spec/vbs.api", "# What", "# All that");
    copy.xtask(&["check"]).expect(1, &["spec/vbs.api differs"]);
}

#[test]
fn a_documented_body_that_no_spec_names_is_found() {
    let copy = Copy::new();
    fs::write(copy.path("spec/examples/left-over.json"), "{}").unwrap();
    copy.xtask(&["check"])
        .expect(1, &["spec/examples/left-over.json is named by no spec"]);
}

#[test]
fn a_spec_with_an_error_is_shown_and_nothing_is_written() {
    let copy = Copy::new();
    copy.edit("spec/vbs.yaml", "minLength:", "minLenght:");
    let before = copy.read("crates/vbs-model/src/generated/types/tag.rs");
    let run = copy.xtask(&["generate"]);
    run.expect(
        1,
        &[
            "minLenght",
            "spec/vbs.yaml:",
            "did you mean `minLength`?",
            "vbs: nothing written",
        ],
    );
    run.expect(1, &["rds:", "nothing to change"]);
    assert_eq!(
        copy.read("crates/vbs-model/src/generated/types/tag.rs"),
        before
    );
}

#[test]
fn an_unknown_reference_a_doubled_key_and_a_misspelt_extension_are_located() {
    for (from, to, parts) in [
        (
            "#/components/schemas/Tag\"",
            "#/components/schemas/Tga\"",
            ["Tga", "did you mean"],
        ),
        ("x-source:", "x-sauce:", ["x-sauce", "x-source"]),
        (
            "openapi: 3.0.3",
            "openapi: 3.0.3\nopenapi: 3.0.3",
            ["given twice", "help"],
        ),
    ] {
        let copy = Copy::new();
        copy.edit("spec/vbs.yaml", from, to);
        let run = copy.xtask(&["check"]);
        run.expect(1, &parts);
        run.expect(1, &["--> spec/vbs.yaml:"]);
    }
}

#[test]
fn a_member_renamed_in_the_schema_alone_is_an_error_at_the_example() {
    let copy = Copy::new();
    let text = copy
        .read("spec/gaussdb-mysql.yaml")
        .replace("keep_days", "keep_day");
    fs::write(copy.path("spec/gaussdb-mysql.yaml"), text).unwrap();
    copy.xtask(&["check"]).expect(
        1,
        &[
            "E206",
            "`keep_days`",
            "--> spec/examples/gaussdb-mysql",
            "keep_day",
        ],
    );
}

#[test]
fn an_override_that_changes_nothing_is_an_error() {
    let copy = Copy::new();
    let name = "codegen/tests/specs/kitchen-sink.yaml";
    copy.edit(name, "x-rust-name: ids", "x-rust-name: id");
    copy.xtask(&["check"])
        .expect(1, &["x-rust-name", "kitchen-sink.yaml:"]);
}

#[test]
fn promises_are_given_up_only_when_asked() {
    let copy = Copy::new();
    let name = "codegen/tests/specs/kitchen-sink.yaml";
    copy.edit(name, "widthMm", "widthCm");
    let example = "codegen/tests/specs/examples/kitchen-sink-list_sinks-reply.json";
    copy.edit(example, "widthMm", "widthCm");
    let promises = "codegen/tests/specs/kitchen-sink.api";
    copy.xtask(&["generate", "kitchen-sink"])
        .expect(0, &["changed"]);
    let kept = copy.read(promises);
    let line = kept.lines().find(|line| line.contains("widthMm"));
    assert!(
        line.is_some_and(|line| line.contains(", gone ")),
        "{line:?}"
    );
    let given_up = copy.xtask(&["generate", "kitchen-sink", "--major"]);
    given_up.expect(
        0,
        &[
            "changed",
            "kitchen-sink: 1 promise given up:",
            "`widthMm` of `Sink` is gone, deprecated since 0.1.0",
            "callers of these have to change",
        ],
    );
    assert!(!copy.read(promises).contains("widthMm"));
    copy.xtask(&["check"]).expect(0, &[]);
}

#[test]
fn a_merge_that_git_could_not_finish_is_finished_by_generate() {
    let copy = Copy::new();
    let name = "spec/vbs.api";
    let before = copy.read(name);
    let line = "structs:\n";
    copy.edit(
        name,
        line,
        &format!("<<<<<<< HEAD\n{line}=======\n{line}  Lost:\n    for: replies\n>>>>>>> other\n"),
    );
    copy.xtask(&["check"]).expect(
        1,
        &["spec/vbs.api differs", "run `cargo xtask generate vbs`"],
    );
    copy.xtask(&["generate", "vbs"])
        .expect(0, &["changed spec/vbs.api"]);
    let after = copy.read(name);
    // What one branch alone had is promised, though the spec has it no more.
    let lost = "  Lost:\n    for: replies\n    gone: ";
    let start = after.find(lost).unwrap();
    let end = start + lost.len() + after[start + lost.len()..].find('\n').unwrap() + 1;
    assert_eq!(after[..start].to_owned() + &after[end..], before);
    copy.xtask(&["check"]).expect(0, &[]);
}

#[test]
fn wrong_usage_is_told_apart_from_findings() {
    let copy = Copy::new();
    copy.xtask(&["generate", "nothing"])
        .expect(2, &["there is no service `nothing`", "vbs"]);
    copy.xtask(&["generat"])
        .expect(2, &["there is no command `generat`"]);
    copy.xtask(&["check", "--fast"]).expect(2, &["--fast"]);
    copy.xtask(&["explain", "E999"])
        .expect(2, &["there is no code `E999`"]);
    copy.xtask(&["explain"]).expect(2, &["a code is missing"]);
}

#[test]
fn help_teaches() {
    let copy = Copy::new();
    for arguments in [&["--help"][..], &[], &["help"]] {
        copy.xtask(arguments)
            .expect(0, &["generate", "check", "explain", "Exit status"]);
    }
    copy.xtask(&["generate", "--help"])
        .expect(0, &["--major", "Example"]);
    copy.xtask(&["explain", "e206"])
        .expect(0, &["spec/examples"]);
}
