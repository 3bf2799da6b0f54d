//! A project on disk that tests may change, and what a command said.

#![allow(dead_code, reason = "not every test binary uses all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A copy of the specs and of everything generated from them.
pub(crate) struct Copy {
    pub(crate) root: tempfile::TempDir,
}

pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Copy {
    pub(crate) fn new() -> Copy {
        let copy = Copy {
            root: tempfile::tempdir().unwrap(),
        };
        copy_folder(&project().join("spec"), &copy.path("spec"));
        for folder in ["codegen/tests/specs", "codegen/tests/others"] {
            copy_folder(&project().join(folder), &copy.path(folder));
        }
        copy_folder(
            &project().join("codegen/tests/kitchen-sink"),
            &copy.path("codegen/tests/kitchen-sink"),
        );
        copy.generated(&project().join("crates"), &copy.path("crates"));
        copy
    }

    /// The folders named `generated`, wherever they are.
    fn generated(&self, from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            if !entry.file_type().unwrap().is_dir() {
                continue;
            }
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            match entry.file_name() == "generated" {
                true => copy_folder(&from, &to),
                false => self.generated(&from, &to),
            }
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no `{from}`");
        fs::write(self.path(name), text.replacen(from, to, 1)).unwrap();
    }

    pub(crate) fn xtask(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .env("CARGO_MANIFEST_DIR", self.path("xtask"))
            .output()
            .unwrap();
        Run::of(output)
    }
}

pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Run {
        let text =
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        Run {
            code: output.status.code().unwrap(),
            text,
        }
    }

    #[track_caller]
    pub(crate) fn expect(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, code, "{}", self.text);
        for part in parts {
            assert!(self.text.contains(part), "no `{part}` in:\n{}", self.text);
        }
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
