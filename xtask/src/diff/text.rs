//! For a person at a terminal: causes first, the worst first, notes in short.

use std::collections::HashSet;
use std::fmt::Write as _;

use cloudbackup_codegen::diff::{Change, ItemChange, Level};

use super::report::{Compared, Report, grouped, operations, places};

/// Groups of one level that are printed in full.
const MOST_GROUPS: usize = 40;
/// Items of a crate that are printed.
const MOST_ITEMS: usize = 20;
/// So many changes need no summary.
const FEW: usize = 12;
/// Notes that are printed one by one; more are counted by kind.
const MOST_NOTES: usize = 20;

/// The whole report. Writing to a `String` cannot fail.
pub(super) fn render(report: &Report, verbose: bool, color: bool) -> String {
    let paint = Paint(color);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}",
        paint.bold(&format!("{} → {}", report.base, report.revision))
    );
    let _ = writeln!(out, "{}", paint.level(worst(report), &report.title()));
    for compared in &report.compared {
        document(&mut out, compared, verbose, paint);
    }
    for finding in &report.findings {
        let _ = writeln!(
            out,
            "\n{}: {finding}",
            paint.level(Level::Breaking, "error")
        );
    }
    out
}

fn worst(report: &Report) -> Level {
    report
        .open()
        .map(|it| it.level)
        .max()
        .unwrap_or(Level::Note)
}

fn document(out: &mut String, compared: &Compared, verbose: bool, paint: Paint) {
    let counts: Vec<String> = [Level::Breaking, Level::Risk, Level::Note]
        .into_iter()
        .map(|level| (compared.count(level), level))
        .filter(|it| it.0 > 0)
        .map(|(count, level)| format!("{count} {}", level.as_str()))
        .collect();
    let _ = writeln!(
        out,
        "\n{}",
        paint.bold(&format!("{}: {}", compared.name, counts.join(", ")))
    );
    for note in &compared.notes {
        let _ = writeln!(out, "  ({note})");
    }
    summary(out, compared, paint);
    crates(out, compared, verbose, paint);
    for level in [Level::Breaking, Level::Risk] {
        let groups = grouped(compared.changes.iter().filter(|it| it.level == level));
        let most = if verbose { usize::MAX } else { MOST_GROUPS };
        for group in groups.iter().take(most) {
            change(out, group, verbose, paint);
        }
        let rest = groups.len().saturating_sub(most);
        if rest > 0 {
            let _ = writeln!(
                out,
                "  … and {rest} more kinds of {}; --verbose prints all",
                level.as_str()
            );
        }
    }
    notes(out, compared, verbose, paint);
    for (found, reason) in &compared.accepted {
        let _ = writeln!(
            out,
            "  accepted  {} ({}): {reason}",
            found.message, found.fingerprint
        );
    }
}

/// The causes by kind, where there are too many to take in at a glance.
fn summary(out: &mut String, compared: &Compared, paint: Paint) {
    let serious: Vec<&Change> = compared
        .changes
        .iter()
        .filter(|it| it.level > Level::Note)
        .collect();
    if serious.len() <= FEW {
        return;
    }
    let mut kinds: Vec<(Level, &str, &str, Vec<&str>)> = Vec::new();
    for change in serious {
        let known = kinds
            .iter_mut()
            .find(|it| it.0 == change.level && it.1 == change.kind.id);
        match known {
            Some(kind) => kind.3.push(&change.message),
            None => kinds.push((
                change.level,
                change.kind.id,
                change.kind.title,
                vec![change.message.as_str()],
            )),
        }
    }
    kinds.sort_by(|a, b| {
        b.0.cmp(&a.0)
            .then(b.3.len().cmp(&a.3.len()))
            .then(a.1.cmp(b.1))
    });
    let _ = writeln!(out);
    for (level, id, title, messages) in kinds {
        let level = paint.level(level, &format!("{:<8}", level.as_str()));
        let example = match messages.as_slice() {
            [only] => (*only).to_owned(),
            [first, ..] => format!("{title}, as {first}"),
            [] => String::new(),
        };
        let _ = writeln!(out, "  {level} {:>4} × {id}: {example}", messages.len());
    }
}

/// One cause, or several that read the same.
fn change(out: &mut String, group: &[&Change], verbose: bool, paint: Paint) {
    let Some(first) = group.first() else { return };
    let level = paint.level(first.level, first.level.as_str());
    let _ = writeln!(
        out,
        "\n  {level}  {}  [{}]  request {}, reply {}, rust {}",
        first.message,
        first.kind.id,
        first.wire_request.as_str(),
        first.wire_reply.as_str(),
        first.rust.as_str()
    );
    let shown = if verbose { group.len() } else { 1 };
    for change in group.iter().take(shown) {
        let place = format!("    {}  {}", places(change), pointer(change));
        let _ = writeln!(out, "{}", place.trim_end());
        let most = if verbose { usize::MAX } else { 2 };
        let mut rest = Vec::new();
        if !change.operations.is_empty() {
            rest.push(operations(change, most));
        }
        if change.level == Level::Breaking {
            rest.push(format!("fingerprint {}", change.fingerprint));
        }
        if !rest.is_empty() {
            let _ = writeln!(out, "    {}", rest.join("; "));
        }
    }
    if group.len() > shown {
        let more = group.len() - shown;
        let places = if more == 1 { "place" } else { "places" };
        let _ = writeln!(out, "    and the same in {more} more {places}");
    }
}

/// The more precise of both sides.
fn pointer(change: &Change) -> &str {
    let sites = [&change.base, &change.revision].into_iter().flatten();
    let pointers = sites.map(|it| it.pointer.as_str());
    pointers.max_by_key(|it| it.len()).unwrap_or_default()
}

fn notes(out: &mut String, compared: &Compared, verbose: bool, paint: Paint) {
    let groups = grouped(compared.changes.iter().filter(|it| it.level == Level::Note));
    if groups.is_empty() {
        return;
    }
    let _ = writeln!(out);
    if groups.len() > MOST_NOTES && !verbose {
        let mut kinds: Vec<(&str, &str, usize)> = Vec::new();
        for change in groups.iter().flatten() {
            match kinds.iter_mut().find(|it| it.0 == change.kind.id) {
                Some(kind) => kind.2 += 1,
                None => kinds.push((change.kind.id, change.kind.title, 1)),
            }
        }
        kinds.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(b.0)));
        for (id, title, count) in kinds {
            let _ = writeln!(
                out,
                "  {}  {count} times: {title}  [{id}]",
                paint.dim("note")
            );
        }
        return;
    }
    for group in groups {
        let Some(first) = group.first() else { continue };
        let more = match group.len() {
            1 => String::new(),
            many => format!(", and in {} more places", many - 1),
        };
        let note = paint.dim("note");
        let _ = writeln!(
            out,
            "  {note}  {}  [{}]  {}{more}",
            first.message,
            first.kind.id,
            places(first)
        );
        if verbose {
            let _ = writeln!(out, "        {}", operations(first, usize::MAX));
        }
    }
}

fn crates(out: &mut String, compared: &Compared, verbose: bool, paint: Paint) {
    for found in compared.crates() {
        let count = |change| found.items.iter().filter(|it| it.change == change).count();
        let counts: Vec<String> = [
            ItemChange::Added,
            ItemChange::Changed,
            ItemChange::Deprecated,
            ItemChange::Removed,
        ]
        .into_iter()
        .map(|change| (count(change), change))
        .filter(|it| it.0 > 0)
        .map(|(count, change)| format!("{count} {}", change.as_str()))
        .collect();
        let counts = match counts.is_empty() {
            true => "no public item differs".to_owned(),
            false => counts.join(", "),
        };
        let _ = writeln!(
            out,
            "  {} needs a {} version: {counts}",
            found.name,
            found.rust.as_str()
        );
        let most = if verbose { usize::MAX } else { MOST_ITEMS };
        // What belongs to a new item is new with it.
        let added: HashSet<&str> = found
            .items
            .iter()
            .filter(|it| it.change == ItemChange::Added)
            .map(|it| it.path.as_str())
            .collect();
        let owner = |path: &str| {
            path.rsplit_once("::")
                .is_some_and(|it| added.contains(it.0))
        };
        let mut items: Vec<_> = found
            .items
            .iter()
            .filter(|it| verbose || !owner(&it.path))
            .collect();
        items.sort_by_key(|it| std::cmp::Reverse(it.rust));
        for item in items.iter().take(most) {
            let what = paint.dim(item.change.as_str());
            let _ = writeln!(out, "    {what} {}: {}", item.path, item.text);
        }
        if items.len() > most {
            let _ = writeln!(out, "    … and {} more", items.len() - most);
        }
    }
}

/// Colours, where they are wanted.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        match self.0 {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn level(self, level: Level, text: &str) -> String {
        match level {
            Level::Breaking => self.with("1;31", text),
            Level::Risk => self.with("33", text),
            Level::Note => self.with("32", text),
        }
    }
}
