//! `cargo xtask diff`: what a spec change does on the wire and to Rust callers.
//!
//! The comparison is in the library; here are revisions and files, the list of
//! accepted breaks, and three ways of printing.

mod accepted;
mod git;
mod input;
mod json;
mod markdown;
mod release;
mod report;
mod text;

use std::io::IsTerminal;
use std::path::Path;

use cloudbackup_codegen::Input;
use cloudbackup_codegen::diag::Diagnostics;
use cloudbackup_codegen::diff::{self, Level, Side, compare};
use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::source::{Source, Sources};

use crate::project::Project;
use crate::{DONE, FAILED, FINDINGS, show};
use accepted::Accepted;
use git::Git;
use input::{Document, Finder, Place, documents};
use report::{Compared, Report};

pub(crate) use release::version_rule;

/// How the result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// For a person at a terminal.
    #[default]
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For machines.
    Json,
}

/// What makes the exit status 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FailOn {
    /// Nothing but failures.
    Never,
    /// Breaks that are not accepted.
    #[default]
    Breaking,
    /// Risks, too.
    Risk,
    /// Every change.
    Any,
}

/// The command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Base and revision, as far as they are given.
    pub(crate) places: Vec<String>,
    /// How to print.
    pub(crate) format: Format,
    /// What to complain of.
    pub(crate) fail_on: FailOn,
    /// The list of accepted breaks, where it is not the project's.
    pub(crate) accepted: Option<String>,
    /// Print every change in full.
    pub(crate) verbose: bool,
}

/// A side that can't be compared, printed already; or a sentence.
enum Failure {
    Shown,
    Said(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Said(message)
    }
}

/// `cargo xtask diff`
pub(crate) fn diff(options: &Options) -> Result<u8, String> {
    match report(options) {
        Ok(report) => {
            match options.format {
                Format::Text => {
                    let color = std::io::stdout().is_terminal();
                    crate::print::result(&text::render(&report, options.verbose, color));
                }
                Format::Markdown => crate::print::result(&markdown::render(&report)),
                Format::Json => crate::print::result(&json::render(&report)),
            }
            Ok(status(&report, options.fail_on))
        }
        Err(Failure::Shown) => Ok(FAILED),
        Err(Failure::Said(message)) => Err(message),
    }
}

fn status(report: &Report, fail_on: FailOn) -> u8 {
    let level = match fail_on {
        FailOn::Never => return DONE,
        FailOn::Breaking => Level::Breaking,
        FailOn::Risk => Level::Risk,
        FailOn::Any => Level::Note,
    };
    match report.open().any(|it| it.level >= level) || !report.findings.is_empty() {
        true => FINDINGS,
        false => DONE,
    }
}

fn report(options: &Options) -> Result<Report, Failure> {
    let project = Project::find();
    let root = project.as_ref().map_or(Path::new("."), Project::root);
    let finder = Finder {
        root,
        git: Git::around(root),
    };
    let (base, revision) = finder.places(&options.places)?;
    let mut report = between(&base, &revision)?;
    // Those of the project are about its own specs.
    let path = match &options.accepted {
        Some(path) => Some(Path::new(path).to_owned()),
        None => Some(root.join(accepted::FILE)).filter(|path| path.is_file() && project.is_ok()),
    };
    if let Some(path) = path {
        let list = Accepted::read(&path).map_err(|shown| match shown {
            Some(message) => Failure::Said(message),
            None => Failure::Shown,
        })?;
        // An entry that another comparison needs is not wrong in this one.
        let whole = revision.working || options.accepted.is_some();
        list.apply(&mut report, accepted::today(), whole);
    }
    Ok(report)
}

/// Compares everything at two places.
fn between(base: &Place, revision: &Place) -> Result<Report, Failure> {
    let mut report = Report {
        base: base.name.clone(),
        revision: revision.name.clone(),
        ..Report::default()
    };
    let mut broken = false;
    for document in documents(base, revision)? {
        match compared(&document, base, revision) {
            Ok(found) => report.compared.extend(found),
            Err(Failure::Shown) => broken = true,
            Err(other) => return Err(other),
        }
    }
    match broken {
        true => Err(Failure::Shown),
        false => Ok(report),
    }
}

/// A document that a side does not have describes nothing.
fn nothing(name: &str) -> Source {
    Source {
        path: format!("no {name}"),
        text: "openapi: 3.0.3\npaths: {}\n".to_owned(),
    }
}

fn compared(
    document: &Document,
    base: &Place,
    revision: &Place,
) -> Result<Option<Compared>, Failure> {
    // Our own specs refer to no other file.
    if base.is_specs()
        && revision.is_specs()
        && document.is_same()
        && same_promises(document, base, revision)?
    {
        return Ok(None);
    }
    let first = |from: &Option<Source>| from.clone().unwrap_or_else(|| nothing(&document.name));
    let load = |from, place: &Place| Side::load(from, &mut |path| place.fetch(path));
    // Reading is half of the work, and the sides know nothing of each other.
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| load(first(&document.base), base));
        let new = load(first(&document.revision), revision);
        (old.join(), new)
    });
    let old = old.map_err(|_| "reading the base failed".to_owned())?;
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            for (broken, place) in [(old.err(), base), (new.err(), revision)] {
                if let Some(broken) = broken {
                    complain(&broken.sources, &broken.diagnostics, &place.name);
                }
            }
            return Err(Failure::Shown);
        }
    };
    let mut changes = compare(&old, &new)?;
    let mut compared = Compared {
        name: document.name.clone(),
        ..Compared::default()
    };
    if let Some(generated) = generated(document, base, revision)? {
        if let Some((sources, diags)) = &generated.unreadable {
            if revision.working {
                complain(sources, diags, &revision.name);
                return Err(Failure::Shown);
            }
            compared.notes.push(
                "today's generator does not take this revision: what it means to Rust is judged by the kind of change"
                    .to_owned(),
            );
        }
        generated.settle(&mut changes);
        changes.splice(0..0, generated.broken.iter().cloned());
        compared.ours = generated.unreadable.is_none();
        compared.rust = generated.rust();
        compared.items = generated.items;
    }
    if changes.is_empty() && compared.items.model.is_empty() && compared.items.client.is_empty() {
        return Ok(None);
    }
    compared.changes = changes;
    Ok(Some(compared))
}

fn same_promises(document: &Document, base: &Place, revision: &Place) -> Result<bool, String> {
    let promises = |spec: &Option<Source>, place: &Place| match spec {
        Some(spec) => place.beside(spec, "api"),
        None => Ok(None),
    };
    let (old, new) = (
        promises(&document.base, base)?,
        promises(&document.revision, revision)?,
    );
    Ok(old.map(|it| it.text) == new.map(|it| it.text))
}

fn complain(sources: &Sources, diags: &Diagnostics, place: &str) {
    let color = std::io::stderr().is_terminal();
    crate::print::aside(&show::render(sources, diags, color));
    eprintln!("\nin {place}; nothing was compared");
}

/// What the generator makes of the change, for a spec with promises.
fn generated(
    document: &Document,
    base: &Place,
    revision: &Place,
) -> Result<Option<diff::Generated>, String> {
    let Some(spec) = &document.revision else {
        return Ok(None);
    };
    let promised = match &document.base {
        Some(document) => base.beside(document, "api")?,
        None => None,
    };
    let checked_in = revision.beside(spec, "api")?;
    if promised.is_none() && checked_in.is_none() {
        return Ok(None);
    }
    let input = Input {
        spec: spec.clone(),
        promised: checked_in,
        major: false,
        name: None,
        bodies: revision.examples(spec)?,
        profile: Profile::House,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok(Some(diff::service(promised.as_ref(), input)))
}
