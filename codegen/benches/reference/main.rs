//! The comparison of documents against judgements of others.
//!
//! ```text
//! cargo bench -p cloudbackup-codegen --bench reference -- [--verbose] FOLDER …
//! ```
//!
//! A folder with `index.json` holds a folder for each pair, with `base.yaml`
//! and `revision.yaml`; the index gives the verdicts for requests and replies.
//! A folder with `cases.json` and `checks.json` holds the test cases of another
//! tool under `data`; `kinds.tsv` says which of its ids are which of ours, and
//! `reasons.tsv` why we judge some cases otherwise. These are the work of
//! others and not part of the project: without a folder there is nothing to do.

#![allow(
    clippy::unwrap_used,
    reason = "a bench stops at what it did not expect"
)]

mod cases;
mod pairs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cloudbackup_codegen::diff::{Broken, Change, Side, compare};
use cloudbackup_codegen::source::{Source, decode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    let verbose = arguments.iter().any(|it| it == "--verbose");
    let folders: Vec<PathBuf> = arguments
        .iter()
        .filter(|it| !it.starts_with("--"))
        .map(PathBuf::from)
        .collect();
    if folders.is_empty() {
        println!("skipped: give the folders of the judgements to compare with");
        return ExitCode::SUCCESS;
    }
    let mut agreed = true;
    for folder in &folders {
        if folder.join("index.json").is_file() {
            agreed &= pairs::judge(folder, verbose);
        } else if folder.join("cases.json").is_file() {
            agreed &= cases::judge(folder, verbose);
        } else {
            println!("skipped: `{}` holds no judgements", folder.display());
        }
    }
    ExitCode::from(u8::from(!agreed))
}

/// Compares two files; a broken side is told, and has no changes.
fn changes(base: &Path, revision: &Path) -> Vec<Change> {
    let (old, new) = (side(base), side(revision));
    for broken in [&old, &new].into_iter().filter_map(|it| it.as_ref().err()) {
        for diagnostic in &broken.diagnostics {
            let place = diagnostic.span().map(|it| broken.sources.line_col(it));
            println!("{}: {} at {place:?}", base.display(), diagnostic.message);
        }
    }
    match (old, new) {
        (Ok(old), Ok(new)) => compare(&old, &new).unwrap(),
        _ => Vec::new(),
    }
}

fn side(path: &Path) -> Result<Side, Broken> {
    let read = |path: &str| {
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        let text = decode(&bytes)?;
        let path = path.to_owned();
        Ok(Source { path, text })
    };
    let first = read(path.to_str().unwrap()).unwrap();
    Side::load(first, &mut |path| read(path))
}
