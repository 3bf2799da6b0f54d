//! Breaks that somebody has accepted: a checked-in list with a reason, an
//! owner and an end for each.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use cloudbackup_codegen::diag::{Diagnostic, Diagnostics, code};
use cloudbackup_codegen::diff::Level;
use cloudbackup_codegen::load::{Document, load_any};
use cloudbackup_codegen::source::{Source, Sources, decode};
use serde_json::Value;

use super::report::Report;

/// Where the project keeps its list.
pub(super) const FILE: &str = "accepted-breaks.yaml";

const KEYS: [&str; 4] = ["fingerprint", "reason", "owner", "expires"];

/// A day as it sorts: `2027-01-31`.
type Day = String;

/// The list.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    path: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    fingerprint: String,
    reason: String,
    owner: String,
    expires: Day,
    line: usize,
}

impl Accepted {
    /// Reads a list. The error is a sentence, or nothing when it was printed.
    pub(super) fn read(path: &Path) -> Result<Accepted, Option<String>> {
        let shown = path.display().to_string();
        let bytes =
            fs::read(path).map_err(|error| Some(format!("can't read `{shown}`: {error}")))?;
        let text = decode(&bytes).map_err(|message| Some(format!("{shown}: {message}")))?;
        let source = Source { path: shown, text };
        let (sources, list, diags) = parse(source);
        match diags.has_errors() {
            true => {
                crate::print::aside(&crate::show::render(&sources, &diags, false));
                Err(None)
            }
            false => Ok(list),
        }
    }

    /// Takes what is accepted out of a report. `whole`: everything that the
    /// list is about was compared, so an entry without use is a leftover.
    pub(super) fn apply(&self, report: &mut Report, today: Day, whole: bool) {
        for entry in &self.entries {
            let at = format!("{}:{}", self.path, entry.line);
            if entry.expires < today {
                report.findings.push(format!(
                    "{at}: what {} accepted has expired on {}: mend the break, or accept it anew",
                    entry.owner, entry.expires
                ));
                continue;
            }
            let used = entry.take(report);
            if !used && whole {
                report.findings.push(format!(
                    "{at}: nothing that breaks has the fingerprint {}: remove the entry",
                    entry.fingerprint
                ));
            }
        }
    }
}

impl Entry {
    fn take(&self, report: &mut Report) -> bool {
        let mut used = false;
        for compared in &mut report.compared {
            let changes = std::mem::take(&mut compared.changes);
            for change in changes {
                let fits =
                    change.level == Level::Breaking && change.fingerprint == self.fingerprint;
                if fits {
                    used = true;
                    let reason =
                        format!("{} ({}, until {})", self.reason, self.owner, self.expires);
                    compared.accepted.push((change, reason));
                } else {
                    compared.changes.push(change);
                }
            }
        }
        used
    }
}

fn parse(source: Source) -> (Sources, Accepted, Diagnostics) {
    let (mut sources, mut diags) = (Sources::new(), Diagnostics::new());
    let mut list = Accepted {
        path: source.path.clone(),
        entries: Vec::new(),
    };
    let id = sources.add(source.path, source.text);
    if let Some(doc) = load_any(&sources, id, &mut diags) {
        match doc.value.as_array() {
            Some(entries) => {
                for index in 0..entries.len() {
                    list.entries
                        .extend(entry(&sources, &doc, index, &mut diags));
                }
            }
            None => diags.push(
                Diagnostic::error(code::E102, "accepted breaks are a list")
                    .at(doc.value_span(""), "not a list")
                    .help("write `- fingerprint: …`; an empty list is `[]`"),
            ),
        }
    }
    (sources, list, diags)
}

fn entry(
    sources: &Sources,
    doc: &Document,
    index: usize,
    diags: &mut Diagnostics,
) -> Option<Entry> {
    let pointer = format!("/{index}");
    let span = doc.value_span(&pointer);
    let help = "an entry has `fingerprint`, `reason`, `owner` and `expires`";
    let mut wrong = |code, message: String, at: &str| {
        diags.push(
            Diagnostic::error(code, message)
                .at(doc.value_span(at), "this entry")
                .help(help),
        );
    };
    let map = doc.get(&pointer).and_then(Value::as_object);
    let Some(map) = map else {
        wrong(code::E102, "an entry is no map".to_owned(), &pointer);
        return None;
    };
    if let Some(key) = map.keys().find(|key| !KEYS.contains(&key.as_str())) {
        wrong(
            code::E101,
            format!("unknown key `{key}` in an accepted break"),
            &pointer,
        );
        return None;
    }
    let mut texts = Vec::new();
    for key in KEYS {
        match map.get(key).and_then(Value::as_str).map(str::trim) {
            Some(text) if !text.is_empty() => texts.push(text.to_owned()),
            _ => {
                wrong(
                    code::E103,
                    format!("an accepted break has no `{key}`"),
                    &pointer,
                );
                return None;
            }
        }
    }
    let [fingerprint, reason, owner, expires] = texts.try_into().ok()?;
    if !is_day(&expires) {
        let at = format!("{pointer}/expires");
        wrong(
            code::E102,
            "`expires` is no day such as `2027-01-31`".to_owned(),
            &at,
        );
        return None;
    }
    Some(Entry {
        fingerprint,
        reason,
        owner,
        expires,
        line: sources.line_col(span).0,
    })
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str, length: usize| {
        let digits = text.len() == length && text.bytes().all(|it| it.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    match parts.as_slice() {
        [year, month, day] => {
            let (month, day) = (number(month, 2), number(day, 2));
            number(year, 4).is_some()
                && month.is_some_and(|it| (1..=12).contains(&it))
                && day.is_some_and(|it| (1..=31).contains(&it))
        }
        _ => false,
    }
}

/// The day it is, by UTC.
pub(super) fn today() -> Day {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let days = now.map_or(0, |it| it.as_secs() / 86_400);
    day(days)
}

/// A day by its number since 1970, in the calendar whose years begin in March.
fn day(days: u64) -> Day {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(11_016), "2000-02-29");
        assert_eq!(day(11_017), "2000-03-01");
        assert_eq!(day(20_819), "2027-01-01");
    }
}
