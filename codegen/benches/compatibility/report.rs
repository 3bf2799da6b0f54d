//! The judgement: what each pair did to its caller.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use cloudbackup_codegen::Output;
use cloudbackup_codegen::diag::Diagnostics;
use cloudbackup_codegen::load;
use cloudbackup_codegen::outline;
use cloudbackup_codegen::source::Sources;
use serde_json::Value;

use crate::caller::caller;
use crate::pairs::Pair;
use crate::support::cargo::Workspace;
use crate::support::{file, messages};

/// How a pair stands before anything is compiled.
struct Entry<'a> {
    pair: &'a Pair,
    /// The crates of the base, and those of the revision, each with the caller of the base.
    old: String,
    new: String,
    /// What the generator says against the revision, promises in hand.
    refusals: Vec<String>,
    /// How many public items it has deprecated.
    deprecated: usize,
}

/// How a caller learns of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Learns {
    /// There is nothing to learn.
    Same,
    /// The caller compiles, with a warning, and works on.
    Deprecation,
    /// The caller does not compile, or the generator refuses the change.
    Compiler,
    /// A request that can't succeed is not sent.
    BeforeSending,
    /// Other bytes are sent, or other values read.
    Never,
}

struct Verdict {
    text: String,
    learns: Learns,
}

/// Builds everything, prints a line for each pair, and tells whether every compatible one kept its
/// callers and every other one is seen by them.
pub(crate) fn prove(pairs: &[Pair]) -> Result<bool, String> {
    let started = Instant::now();
    let mut crates = Crates {
        workspace: Workspace::new("compatibility"),
        known: HashMap::new(),
    };
    let mut entries = Vec::new();
    for pair in pairs {
        entries.push(crates.enter(pair)?);
    }
    let mut workspace = crates.workspace;
    let failures = workspace.failures();
    let checked = started.elapsed();
    let compiles = |name: &&String| !failures.keys().any(|member| is_of(member, name));
    let mut names: Vec<String> = entries
        .iter()
        .flat_map(|entry| [&entry.old, &entry.new])
        .filter(compiles)
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    let printed = outputs(&workspace.run(&names, &main(&names)))?;
    let mut learnt = Vec::new();
    let mut list = String::new();
    for entry in &entries {
        let verdict = verdict(entry, &failures, &printed);
        let kind = match entry.pair.is_compatible {
            true => "compatible",
            false => "break",
        };
        list.push_str(&format!(
            "{kind} {} {} {}\n",
            entry.pair.name, entry.old, entry.new
        ));
        println!("{kind:<10} {:<45} {}", entry.pair.name, verdict.text);
        learnt.push((entry.pair.is_compatible, verdict.learns));
    }
    // Who looks at the crates with another tool finds them by this.
    workspace.note("pairs.txt", &list);
    let count = |compatible: bool, learns: &[Learns]| {
        let counted = learnt.iter().filter(|(is_compatible, how)| {
            *is_compatible == compatible && (learns.is_empty() || learns.contains(how))
        });
        counted.count()
    };
    let kept = [Learns::Same, Learns::Deprecation];
    println!(
        "{} of {} compatible changes keep their callers\n\
         {} breaks: {} seen by compiler or generator, {} before sending, {} as a deprecation, {} not at all\n\
         {} sets of crates; cargo check took {} s, all {} s",
        count(true, &kept),
        count(true, &[]),
        count(false, &[]),
        count(false, &[Learns::Compiler]),
        count(false, &[Learns::BeforeSending]),
        count(false, &[Learns::Deprecation]),
        count(false, &[Learns::Same, Learns::Never]),
        crates.known.len(),
        checked.as_secs(),
        started.elapsed().as_secs()
    );
    let unseen = count(false, &[Learns::Same, Learns::Never]);
    Ok(count(true, &kept) == count(true, &[]) && unseen == 0)
}

/// Whether a member of the workspace is the model, the client or the caller of a set of crates.
fn is_of(member: &str, name: &str) -> bool {
    member.rsplit_once('-').is_some_and(|(set, _)| set == name)
}

/// The crates of all pairs. Equal ones are built once: pairs often share their base.
struct Crates {
    workspace: Workspace,
    /// Names by content.
    known: HashMap<String, String>,
}

impl Crates {
    fn add(&mut self, name: String, output: &Output, caller: &str) -> String {
        let files = output.files.iter();
        let mut content: String = files.map(|file| file.text.as_str()).collect();
        content.push_str(caller);
        if let Some(known) = self.known.get(&content) {
            return known.clone();
        }
        self.workspace.add(&name, output, caller);
        self.known.insert(content, name.clone());
        name
    }

    fn enter<'a>(&mut self, pair: &'a Pair) -> Result<Entry<'a>, String> {
        let first = pair.base.generate(pair.promised.as_deref());
        if first.files.is_empty() {
            return Err(format!("{}: {:?}", pair.name, messages(&first)));
        }
        let promised = file(&first, "test.api");
        let caller = caller(&read(promised)?);
        let old = self.add(format!("{}-old", pair.name), &first, &caller);
        let second = pair.revision.generate(Some(promised));
        let refused = second.files.is_empty();
        let refusals = if refused {
            messages(&second)
        } else {
            Vec::new()
        };
        // What is refused can be had by giving up the promises: that is what its callers then meet.
        let second: Output = if refused {
            pair.revision.generate(None)
        } else {
            second
        };
        if second.files.is_empty() {
            return Err(format!("{}: {:?}", pair.name, messages(&second)));
        }
        let new = self.add(format!("{}-new", pair.name), &second, &caller);
        let marks = second
            .files
            .iter()
            .map(|file| file.text.matches("#[deprecated(").count());
        Ok(Entry {
            pair,
            old,
            new,
            refusals,
            deprecated: marks.sum(),
        })
    }
}

fn read(promised: &str) -> Result<outline::Outline, String> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let id = sources.add("test.api", promised);
    let document = load::load(&sources, id, &mut diagnostics);
    let document = document.ok_or("the promises cannot be read")?;
    Ok(outline::read(&document, &mut diagnostics))
}

/// The program that runs all callers. One that panics must not end the others.
fn main(names: &[String]) -> String {
    let calls: String = names
        .iter()
        .map(|name| format!("    show({name:?}, {}::all);\n", name.replace('-', "_")))
        .collect();
    format!("{RUNNER}\nfn main() {{\n    std::panic::set_hook(Box::new(|_| {{}}));\n{calls}}}\n")
}

const RUNNER: &str = "\
//! Runs all callers.

fn show(name: &str, all: fn() -> [String; 2]) {
    let output = std::panic::catch_unwind(all).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.unwrap_or_else(|| \"panicked\".to_owned());
        [text.clone(), text]
    });
    println!(\"{}\", serde_json::json!([name, output]));
}
";

/// What each caller sent and read.
fn outputs(printed: &str) -> Result<BTreeMap<String, Value>, String> {
    let line = |line: &str| {
        let (name, output) = serde_json::from_str(line).map_err(|error| error.to_string())?;
        Ok((name, output))
    };
    printed.lines().map(line).collect()
}

/// What became of the caller, in words and in kind.
fn verdict(
    entry: &Entry<'_>,
    failures: &BTreeMap<String, String>,
    printed: &BTreeMap<String, Value>,
) -> Verdict {
    let refused = match entry.refusals.first() {
        Some(message) => format!("refused ({message}); given up: "),
        None => String::new(),
    };
    let verdict = |text: String, learns: Learns| Verdict {
        text: format!("{refused}{text}"),
        learns,
    };
    for name in [&entry.old, &entry.new] {
        let mut found = failures.iter();
        if let Some((member, text)) = found.find(|(member, _)| is_of(member, name)) {
            let first = text.lines().next().unwrap_or_default();
            // Generated code that does not compile is nobody's way of learning.
            let learns = match member.ends_with("-new-caller") {
                true => Learns::Compiler,
                false => Learns::Never,
            };
            return verdict(format!("{member} does not compile: {first}"), learns);
        }
    }
    match difference(&printed[&entry.old], &printed[&entry.new]) {
        // What is refused reaches no caller, unless the promises are given up.
        None if !entry.refusals.is_empty() => verdict("the same".to_owned(), Learns::Compiler),
        None if entry.deprecated == 0 => verdict("the same".to_owned(), Learns::Same),
        None => verdict(
            format!("the same, {} deprecated", entry.deprecated),
            Learns::Deprecation,
        ),
        Some(line) => {
            let learns = match line.ends_with("(not sent)`") {
                true => Learns::BeforeSending,
                // Who gave the promises up has read what that means.
                false if !entry.refusals.is_empty() => Learns::Compiler,
                false => Learns::Never,
            };
            verdict(line, learns)
        }
    }
}

/// The first line that differs.
fn difference(before: &Value, after: &Value) -> Option<String> {
    for (what, index) in [("sent", 0), ("read", 1)] {
        let lines = |value: &Value| -> Vec<String> {
            let text = value[index].as_str().unwrap_or_default();
            let line =
                |line: &str| -> Vec<String> { line.split('\u{1f}').map(canonical).collect() };
            text.lines().map(|it| line(it).join(" ")).collect()
        };
        let (old, new) = (lines(before), lines(after));
        for (old, new) in old.iter().zip(&new) {
            // A value that the service would have refused is nobody's promise: the limits of a member
            // that is dropped are not known any more.
            if old != new && !old.ends_with("(not sent)") {
                return Some(format!("{what} `{old}`, now `{new}`"));
            }
        }
        if old.len() != new.len() {
            return Some(format!("{what} {} lines, now {}", old.len(), new.len()));
        }
    }
    None
}

/// A line in which what has no order on the wire is sorted: members of objects and the pairs of a
/// query.
fn canonical(line: &str) -> String {
    if let Ok(value @ Value::Object(_)) = serde_json::from_str(line) {
        return sorted(&value).to_string();
    }
    let Some((target, query)) = line.split_once('?') else {
        return line.to_owned();
    };
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    format!("{target}?{}", pairs.join("&"))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, Value)> = members
                .iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            members.sort_by_key(|(key, _)| *key);
            let members = members.into_iter().map(|(key, value)| (key.clone(), value));
            Value::Object(members.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
