//! The version rule: what was changed since the last release asks for a
//! version and an entry of the changelog, and both must be there.

use std::fs;
use std::path::Path;

use cloudbackup_codegen::diff::{Level, Rust};

use super::git::Git;
use super::input::Finder;
use super::{Failure, between};
use crate::project::failed;
use crate::{DONE, FAILED, FINDINGS};

/// Checks version and changelog of the project against its last release.
pub(crate) fn version_rule(root: &Path) -> Result<u8, String> {
    let git = Git::around(root).filter(|git| same(git.root(), root));
    let Some(git) = git else {
        println!("version: not checked, there is no git history");
        return Ok(DONE);
    };
    let Some(tag) = git.last_release() else {
        println!("version: not checked, there is no tag of a release");
        return Ok(DONE);
    };
    let finder = Finder {
        root,
        git: Some(git.clone()),
    };
    let (base, working) = finder.places(&[format!("refs/tags/{tag}")])?;
    let report = match between(&base, &working) {
        Ok(report) => report,
        Err(Failure::Shown) => return Ok(FAILED),
        Err(Failure::Said(message)) => return Err(message),
    };
    let read = |name: &str| {
        let path = root.join(name);
        fs::read_to_string(&path).map_err(|error| failed("read", &path, &error))
    };
    let needs = Needs {
        rust: report
            .compared
            .iter()
            .flat_map(|it| {
                it.crates()
                    .into_iter()
                    .map(|it| it.rust)
                    .collect::<Vec<_>>()
            })
            .max()
            .unwrap_or_default(),
        changed: !report.compared.is_empty(),
        breaking: report
            .compared
            .iter()
            .any(|it| it.count(Level::Breaking) > 0 || !it.accepted.is_empty()),
    };
    let complaints = needs.complaints(&tag, &read("Cargo.toml")?, &read("CHANGELOG.md")?);
    for complaint in &complaints {
        eprintln!("error: {complaint}");
        eprintln!("  = help: `cargo xtask diff {tag}` tells why");
    }
    match complaints.is_empty() {
        true => {
            println!("version: as much as the changes since {tag} need");
            Ok(DONE)
        }
        false => Ok(FINDINGS),
    }
}

fn same(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// What the changes since a release ask for.
#[derive(Debug, Default)]
struct Needs {
    rust: Rust,
    changed: bool,
    breaking: bool,
}

type Version = (u64, u64, u64);

impl Needs {
    fn complaints(&self, tag: &str, manifest: &str, changelog: &str) -> Vec<String> {
        if !self.changed {
            return Vec::new();
        }
        let mut found = Vec::new();
        let (old, new) = (version(tag.trim_start_matches('v')), current(manifest));
        let (Some(old), Some((text, new))) = (old, new) else {
            return vec![format!(
                "`{tag}` or the version in Cargo.toml is no version"
            )];
        };
        let least = self.least(old);
        if new < least {
            let (a, b, c) = least;
            let rust = self.rust.as_str();
            found.push(format!(
                "Cargo.toml: the version is {text}, but the changes since {tag} are {rust}: at least {a}.{b}.{c}"
            ));
        }
        let Some(section) = section(changelog, &text) else {
            found.push(format!("CHANGELOG.md: there is no section `## {text}`"));
            return found;
        };
        if self.breaking && !section.contains("\n### Breaking") {
            found.push(format!(
                "CHANGELOG.md: what breaks since {tag} is not told under `### Breaking` of {text}"
            ));
        }
        if self.rust >= Rust::Minor && !section.contains("\n* ") {
            found.push(format!("CHANGELOG.md: the section of {text} tells nothing"));
        }
        found
    }

    /// Before 1.0, the second number is for what breaks.
    fn least(&self, (major, minor, patch): Version) -> Version {
        match (self.rust, major) {
            (Rust::Major, 0) => (0, minor + 1, 0),
            (Rust::Major, _) => (major + 1, 0, 0),
            (Rust::Minor, 1..) => (major, minor + 1, 0),
            _ => (major, minor, patch + 1),
        }
    }
}

fn version(text: &str) -> Option<Version> {
    let numbers = text.split(['-', '+']).next()?;
    let mut numbers = numbers.split('.').map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    Some((next()?, next()?, next()?))
}

/// The version of the workspace.
fn current(manifest: &str) -> Option<(String, Version)> {
    let section = manifest.split("[workspace.package]").nth(1)?;
    let line = section
        .lines()
        .find_map(|line| line.strip_prefix("version"))?;
    let text = line.split('"').nth(1)?;
    Some((text.to_owned(), version(text)?))
}

/// The section of a version, with a line end in front.
fn section<'c>(changelog: &'c str, version: &str) -> Option<&'c str> {
    let mut at = 0;
    for line in changelog.split_inclusive('\n') {
        let title = line.strip_prefix("## ");
        if title.is_some_and(|it| it.split_whitespace().next() == Some(version)) {
            let rest = &changelog[at + line.len() - 1..];
            return Some(rest.find("\n## ").map_or(rest, |end| &rest[..end]));
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str =
        "# Changelog\n\n## 0.3.0\n\n### Breaking\n\n* a\n\n## 0.2.1\n\n### Added\n\n* b\n";

    fn needs(rust: Rust, breaking: bool) -> Needs {
        Needs {
            rust,
            changed: true,
            breaking,
        }
    }

    fn manifest(version: &str) -> String {
        format!("[workspace]\n\n[workspace.package]\nversion = \"{version}\"\n")
    }

    #[test]
    fn a_break_needs_another_second_number_and_a_word() {
        let major = needs(Rust::Major, true);
        let said = major.complaints("v0.2.0", &manifest("0.2.1"), CHANGELOG);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("at least 0.3.0"), "{said:?}");
        assert!(said[1].contains("### Breaking"), "{said:?}");
        let good = major.complaints("v0.2.0", &manifest("0.3.0"), CHANGELOG);
        assert_eq!(good, Vec::<String>::new());
    }

    #[test]
    fn an_addition_needs_a_version_and_a_section() {
        let minor = needs(Rust::Minor, false);
        assert!(
            minor
                .complaints("v0.2.0", &manifest("0.2.1"), CHANGELOG)
                .is_empty()
        );
        let said = minor.complaints("v0.2.0", &manifest("0.2.0"), CHANGELOG);
        assert!(said[0].contains("at least 0.2.1"), "{said:?}");
        let said = minor.complaints("v1.2.0", &manifest("1.2.1"), CHANGELOG);
        assert!(said[0].contains("at least 1.3.0"), "{said:?}");
        assert!(said[1].contains("no section"), "{said:?}");
    }

    #[test]
    fn without_a_change_nothing_is_needed() {
        let said = Needs::default().complaints("v0.2.0", "", "");
        assert!(said.is_empty());
    }
}
