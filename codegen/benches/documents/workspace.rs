//! All crates in one workspace: the compiler is the judge.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::one::{One, Outcome, name_of};

/// Checks the crates that were made; gives those that do not compile, or not without a warning.
pub(crate) fn check(folder: &Path, results: &[(PathBuf, One)]) -> Vec<String> {
    let made = results.iter().filter(|(_, it)| it.outcome == Outcome::Made);
    let members: Vec<String> = made
        .flat_map(|(path, _)| ["model", "client"].map(|part| format!("{}-{part}", name_of(path))))
        .collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n\
         [profile.dev]\ndebug = false\nincremental = false\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let checked = Command::new(env!("CARGO"))
        .args([
            "check",
            "--workspace",
            "--all-features",
            "--keep-going",
            "--message-format",
            "json",
        ])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .unwrap();
    let mut faults = BTreeSet::new();
    for line in String::from_utf8_lossy(&checked.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if message["reason"] == "compiler-message" {
            let target = message["target"]["name"].as_str().unwrap_or_default();
            let level = message["message"]["level"].as_str().unwrap_or_default();
            let text = message["message"]["message"].as_str().unwrap_or_default();
            faults.insert(format!("{target}: {level}: {text}"));
        }
    }
    if !checked.status.success() && faults.is_empty() {
        faults.insert(String::from_utf8_lossy(&checked.stderr).into_owned());
    }
    println!("{} crates checked", members.len());
    faults.into_iter().collect()
}
