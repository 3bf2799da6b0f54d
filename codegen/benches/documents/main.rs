//! Documents of others, one table: what comes of each, how long it takes and how much memory.
//!
//! ```text
//! cargo bench -p cloudbackup-codegen --bench documents -- [--check DIR] [--growth] FOLDER …
//! ```
//!
//! Each document is taken through the generator by a process of its own, so that nothing it does
//! ends the others. `--check DIR` writes the crates there and lets cargo check them all in one
//! workspace. `--growth` generates documents that hold the same thing once, twice, four and eight
//! times. An `INDEX.tsv` in a folder says what each of its documents must get. The documents are the
//! work of others and not part of the project: without a folder there is nothing to do.

#![allow(
    clippy::unwrap_used,
    reason = "a bench stops at what it did not expect"
)]

mod growth;
mod index;
mod one;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use one::{One, Outcome};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    if let [first, spec, out] = arguments.as_slice()
        && first == one::ALONE
    {
        one::alone(Path::new(spec), Path::new(out));
        return ExitCode::SUCCESS;
    }
    let mut check = None;
    let mut wants_growth = false;
    let mut folders = Vec::new();
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--check" => check = rest.next().map(PathBuf::from),
            "--growth" => wants_growth = true,
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    if folders.is_empty() {
        println!("skipped: give the folders of the documents");
        return ExitCode::SUCCESS;
    }
    let mut is_good = true;
    for folder in &folders {
        is_good &= folder_of_documents(folder, check.as_deref());
        if wants_growth {
            growth::print(folder);
        }
    }
    ExitCode::from(u8::from(!is_good))
}

fn folder_of_documents(folder: &Path, check: Option<&Path>) -> bool {
    let index = index::read(folder);
    let scratch = tempfile::tempdir().unwrap();
    let out = check.unwrap_or(scratch.path());
    let mut results: Vec<(PathBuf, One)> = Vec::new();
    for path in documents(folder) {
        let result = one::run(&path, out);
        println!("{}", line(&path, &result));
        results.push((path, result));
    }
    let mut faults = Vec::new();
    if let Some(folder) = check {
        faults.extend(workspace::check(folder, &results));
    }
    for (path, result) in &results {
        faults.extend(result.fault(path));
        faults.extend(index.fault(path, result));
    }
    let made = results
        .iter()
        .filter(|(_, it)| it.outcome == Outcome::Made)
        .count();
    println!("{made} of {} make crates", results.len());
    for fault in &faults {
        println!("FAULT {fault}");
    }
    faults.is_empty()
}

/// The documents of a folder, by name.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_document = |path: &PathBuf| {
        let ending = path.extension().and_then(|it| it.to_str());
        matches!(ending, Some("json" | "yaml" | "yml")) && path.is_file()
    };
    let mut documents: Vec<PathBuf> = paths.filter(is_document).collect();
    documents.sort();
    documents
}

fn line(path: &Path, result: &One) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    let outcome = match &result.outcome {
        Outcome::Made => format!(
            "{:>5} of {:>5} operations, {:>5} of {:>5} schemas, {:>5} warnings",
            result.operations,
            result.operations_there,
            result.schemas,
            result.schemas_there,
            result.warnings
        ),
        Outcome::Refused(why) => format!("refused: {why}"),
        Outcome::Ended(how) => format!("ENDED: {how}"),
    };
    format!(
        "{name:<32} {:>9} bytes {:>6.2} s {:>5} MiB  {outcome}",
        result.bytes, result.seconds, result.mebibytes
    )
}
