//! One document, taken through the generator by a process of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use cloudbackup_codegen::diag::{Severity, code};
use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::name::Words;
use cloudbackup_codegen::scaffold::{self, Base};
use cloudbackup_codegen::source::{Source, Sources, decode};
use cloudbackup_codegen::{Input, Layout, Output, generate, load};
use serde_json::{Value, json};

/// The argument that makes a process do one document alone.
pub(crate) const ALONE: &str = "--alone";

/// What came of a document.
pub(crate) struct One {
    pub(crate) outcome: Outcome,
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) mebibytes: u64,
    pub(crate) warnings: u64,
    /// Operations that were made, and those that a warning says are left out.
    pub(crate) operations: u64,
    pub(crate) operations_left_out: u64,
    /// Operations in the document.
    pub(crate) operations_there: u64,
    /// The same of schemas.
    pub(crate) schemas: u64,
    pub(crate) schemas_left_out: u64,
    pub(crate) schemas_there: u64,
}

#[derive(PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Two crates.
    Made,
    /// An error with a place.
    Refused(String),
    /// Neither: a panic, a signal, an error without a place.
    Ended(String),
}

impl One {
    /// What must never be.
    pub(crate) fn fault(&self, path: &Path) -> Option<String> {
        let what = match &self.outcome {
            Outcome::Ended(how) => how.clone(),
            Outcome::Refused(_) => return None,
            Outcome::Made
                if self.operations + self.operations_left_out != self.operations_there =>
            {
                format!(
                    "{} operations made and {} left out, of {}",
                    self.operations, self.operations_left_out, self.operations_there
                )
            }
            Outcome::Made if self.schemas + self.schemas_left_out != self.schemas_there => {
                format!(
                    "{} schemas made and {} left out, of {}",
                    self.schemas, self.schemas_left_out, self.schemas_there
                )
            }
            Outcome::Made => return None,
        };
        Some(format!("{}: {what}", path.display()))
    }
}

/// The name of the crates of a document.
pub(crate) fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap().to_string_lossy();
    let ascii: String = stem.chars().filter(char::is_ascii_alphanumeric).collect();
    let words = Words::split(&stem.replace(|c: char| !c.is_ascii(), " ")).kebab();
    match words.is_empty() {
        true => format!("doc-{ascii}"),
        false => format!("doc-{words}"),
    }
}

/// Lets a process do a document, and reads what it says.
pub(crate) fn run(spec: &Path, out: &Path) -> One {
    let bytes = fs::metadata(spec).unwrap().len();
    let process = Command::new(env::current_exe().unwrap())
        .args([ALONE.as_ref(), spec.as_os_str(), out.as_os_str()])
        .output()
        .unwrap();
    let said: Value = serde_json::from_slice(&process.stdout).unwrap_or_default();
    let number = |key: &str| said[key].as_u64().unwrap_or_default();
    let refused = said["refused"].as_str().map(str::to_owned);
    let outcome = match (process.status.success() && said.is_object(), refused) {
        (true, Some(why)) if said["is_placed"] == true => Outcome::Refused(why),
        (true, Some(why)) => Outcome::Ended(format!("no place: {why}")),
        (true, None) => Outcome::Made,
        (false, _) => {
            let told = String::from_utf8_lossy(&process.stderr);
            Outcome::Ended(format!("{}: {}", process.status, told.trim()))
        }
    };
    One {
        outcome,
        bytes,
        seconds: said["seconds"].as_f64().unwrap_or_default(),
        mebibytes: number("kibibytes") >> 10,
        warnings: number("warnings"),
        operations: number("operations"),
        operations_left_out: number("operations_left_out"),
        operations_there: number("operations_there"),
        schemas: number("schemas"),
        schemas_left_out: number("schemas_left_out"),
        schemas_there: number("schemas_there"),
    }
}

/// Does one document and says what came of it.
pub(crate) fn alone(spec: &Path, out: &Path) {
    let path = spec.display().to_string();
    let text = match decode(&fs::read(spec).unwrap()) {
        Ok(text) => text,
        // The sentence says where in the file.
        Err(why) => {
            println!("{}", json!({ "refused": why, "is_placed": true }));
            return;
        }
    };
    let (operations, schemas) = there(&path, &text);
    let name = name_of(spec);
    let layout = Layout::of_others(&name);
    let (started, before) = (Instant::now(), processor_time());
    let output = generate(&input(path, text, &name), &layout);
    let seconds = match (before, processor_time()) {
        (Some(before), Some(after)) => after - before,
        _ => started.elapsed().as_secs_f64(),
    };
    let kibibytes = peak();
    write(&output, &name, &layout, out);
    let found = |code| {
        output
            .diagnostics
            .iter()
            .filter(|it| it.code == code)
            .count()
    };
    let warnings = output.diagnostics.iter();
    let warnings = warnings.filter(|it| it.severity == Severity::Warning);
    let mut findings = output.diagnostics.iter();
    let error = findings.find(|it| it.severity == Severity::Error);
    println!(
        "{}",
        json!({
            "refused": error.map(|it| format!("{}: {}", it.code, it.message)),
            "is_placed": error.is_some_and(|it| it.span().is_some()),
            "seconds": seconds,
            "kibibytes": kibibytes,
            "warnings": warnings.count(),
            "operations": output.operations,
            "operations_left_out": found(code::E210),
            "operations_there": operations,
            "schemas": output.schemas,
            "schemas_left_out": found(code::E211),
            "schemas_there": schemas,
        })
    );
}

pub(crate) fn input(path: String, text: String, name: &str) -> Input {
    Input {
        spec: Source { path, text },
        promised: None,
        bodies: BTreeMap::new(),
        profile: Profile::Foreign,
        version: "0.1.0".to_owned(),
        major: false,
        name: Some(name.to_owned()),
    }
}

fn write(output: &Output, name: &str, layout: &Layout, out: &Path) {
    if output.files.is_empty() {
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = fs::canonicalize(here.join("../crates")).unwrap();
    let base = Base::Folder(crates.display().to_string());
    for folder in [&layout.model, &layout.client] {
        let _ = fs::remove_dir_all(out.join(folder));
    }
    let scaffold = scaffold::crates(name, layout, &base, &output.files);
    for file in output.files.iter().chain(&scaffold) {
        let path = out.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
}

/// Operations and schemas of a document, counted without the generator's reading of it.
fn there(path: &str, text: &str) -> (usize, usize) {
    let mut sources = Sources::new();
    let id = sources.add(path, text);
    let mut diags = Default::default();
    let Some(document) = load::load(&sources, id, &mut diags) else {
        return (0, 0);
    };
    let value = document.value;
    const METHODS: [&str; 8] = [
        "get", "put", "post", "delete", "options", "head", "patch", "trace",
    ];
    let paths = value["paths"].as_object().into_iter().flatten();
    let operations = paths
        .filter(|(path, _)| path.starts_with('/'))
        .map(|(_, item)| resolved(&value, item))
        .map(|item| METHODS.iter().filter(|it| item.get(**it).is_some()).count())
        .sum();
    let schemas = value["components"]["schemas"].as_object();
    (operations, schemas.map_or(0, serde_json::Map::len))
}

fn resolved<'v>(document: &'v Value, item: &'v Value) -> &'v Value {
    let target = item["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
    let target = target.map(|it| it.replace("%7B", "{").replace("%7D", "}"));
    target.and_then(|it| document.pointer(&it)).unwrap_or(item)
}

/// Seconds that processors have worked for this process, which others on the machine do not change
/// much; none where the system does not say.
fn processor_time() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program comes before, in brackets, and may hold anything.
    let (_, rest) = status.rsplit_once(')')?;
    let numbers = rest.split_whitespace().skip(11).take(2);
    let ticks: f64 = numbers.filter_map(|it| it.parse::<f64>().ok()).sum();
    Some(ticks / 100.0)
}

/// Most memory that this process has had, in KiB; 0 where the system does not say.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let number = line.and_then(|it| it.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}
