//! `INDEX.tsv`: what each document of a folder must get.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::one::{One, Outcome};

/// Most seconds for one document.
const MOST_SECONDS: f64 = 10.0;

/// Most memory for one document.
const MOST_MEBIBYTES: u64 = 1024;

/// Expected outcomes by the name of the file; none without an index.
#[derive(Default)]
pub(crate) struct Index(BTreeMap<String, String>);

pub(crate) fn read(folder: &Path) -> Index {
    let Ok(text) = fs::read_to_string(folder.join("INDEX.tsv")) else {
        return Index::default();
    };
    let rows = text.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        let name = cells.next()?;
        Some((name.to_owned(), cells.nth(1)?.to_owned()))
    });
    Index(rows.collect())
}

impl Index {
    /// What is not as the index wants it.
    pub(crate) fn fault(&self, path: &Path, result: &One) -> Option<String> {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let expected = self.0.get(&name)?;
        let is_as_expected = match (expected.as_str(), &result.outcome) {
            (_, Outcome::Ended(_)) => false,
            ("ok", outcome) => *outcome == Outcome::Made,
            ("error", outcome) => *outcome != Outcome::Made,
            ("loud", Outcome::Made) => result.warnings > 0,
            _ => true,
        };
        if !is_as_expected {
            return Some(format!("{name}: `{expected}` is wanted"));
        }
        let is_costly = result.seconds > MOST_SECONDS || result.mebibytes > MOST_MEBIBYTES;
        is_costly.then(|| format!("{name}: {:.1} s, {} MiB", result.seconds, result.mebibytes))
    }
}
