//! The proof that compatible changes of a spec break nobody.
//!
//! For each pair of specs, base and revision: the crates of the base, the
//! crates of the revision with what the base promised, and one caller that uses
//! everything the base promised, built against both. One `cargo check` over
//! all; then one program runs all callers and compares what they put on the
//! wire and what they read from it.
//!
//! ```text
//! cargo bench -p cloudbackup-codegen --bench compatibility -- [FOLDER …]
//! ```
//!
//! Without arguments the project's own pairs. A folder holds a folder for each
//! pair, with `base.yaml` and `revision.yaml`, and `index.json`: `id`,
//! `wire_request` and `wire_reply` for each, where `break` stands for a change
//! that no client can survive.

mod caller;
mod pairs;
mod report;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::process::ExitCode;

use pairs::Pair;

fn main() -> ExitCode {
    let folders = std::env::args_os().skip(1).filter(|it| it != "--bench");
    let folders: Vec<PathBuf> = folders.map(PathBuf::from).collect();
    match pairs(&folders).and_then(|pairs| report::prove(&pairs)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn pairs(folders: &[PathBuf]) -> Result<Vec<Pair>, String> {
    if folders.is_empty() {
        return Ok(pairs::own());
    }
    let mut all = Vec::new();
    for folder in folders {
        all.extend(pairs::read(folder)?);
    }
    Ok(all)
}
