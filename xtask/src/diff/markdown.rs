//! For a comment on a pull request: one comment that a machine can find again,
//! folded, cut where the host would refuse it, with what breaks in the title.

use std::fmt::Write as _;

use cloudbackup_codegen::diff::{Change, Level};

use super::report::{Compared, Report, grouped, operations, places};

/// Longest comment in bytes; hosts take some 65,000 characters.
const MOST: usize = 60_000;

/// By this a comment is found and replaced.
const MARK: &str = "<!-- cargo xtask diff -->";

/// The whole comment. Writing to a `String` cannot fail.
pub(super) fn render(report: &Report) -> String {
    let sign = match report.count(Level::Breaking) {
        0 => "✅",
        _ => "❌",
    };
    let mut out = format!("{MARK}\n## {sign} Spec: {}\n\n", report.title());
    let _ = writeln!(out, "{} → {}", code(&report.base), code(&report.revision));
    for finding in &report.findings {
        let _ = writeln!(out, "\n* **{}**", escaped(finding));
    }
    let mut cut = Cut { out, left_out: 0 };
    // What breaks is never cut in favour of what does not.
    for level in [Level::Breaking, Level::Risk, Level::Note] {
        for compared in &report.compared {
            section(&mut cut, compared, level);
        }
        if level == Level::Breaking {
            for compared in &report.compared {
                crates(&mut cut, compared);
            }
        }
    }
    if cut.left_out > 0 {
        let _ = writeln!(
            cut.out,
            "\n{} more lines do not fit; `cargo xtask diff` prints all.",
            cut.left_out
        );
    }
    cut.out
}

/// A text that stops before it is too long.
struct Cut {
    out: String,
    left_out: usize,
}

impl Cut {
    /// Adds a folded list; lines that do not fit are counted.
    fn folded(&mut self, summary: &str, open: bool, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let open = if open { " open" } else { "" };
        let head = format!("\n<details{open}><summary>{summary}</summary>\n\n");
        let tail = "\n</details>\n";
        if self.out.len() + head.len() + tail.len() > MOST {
            self.left_out += lines.len();
            return;
        }
        self.out.push_str(&head);
        for line in lines {
            if self.out.len() + line.len() + tail.len() > MOST {
                self.left_out += 1;
            } else {
                self.out.push_str(line);
                self.out.push('\n');
            }
        }
        self.out.push_str(tail);
    }
}

fn section(cut: &mut Cut, compared: &Compared, level: Level) {
    let groups = grouped(compared.changes.iter().filter(|it| it.level == level));
    let lines: Vec<String> = groups.iter().map(|group| line(group)).collect();
    let title = match level {
        Level::Breaking => "breaking",
        Level::Risk => "risks",
        Level::Note => "notes",
    };
    let summary = format!(
        "{}: {} {title}",
        escaped(&compared.name),
        compared.count(level)
    );
    cut.folded(&summary, level == Level::Breaking, &lines);
    if level == Level::Breaking {
        let accepted: Vec<String> = compared
            .accepted
            .iter()
            .map(|(it, reason)| format!("* {}: {}", escaped(&it.message), escaped(reason)))
            .collect();
        let summary = format!("{}: {} accepted", escaped(&compared.name), accepted.len());
        cut.folded(&summary, false, &accepted);
    }
}

fn line(group: &[&Change]) -> String {
    let Some(first) = group.first() else {
        return String::new();
    };
    let mut line = format!(
        "* {} [{}]  \n  request **{}**, reply **{}**, Rust **{}**; {}  \n  {}",
        escaped(&first.message),
        first.kind.id,
        first.wire_request.as_str(),
        first.wire_reply.as_str(),
        first.rust.as_str(),
        code(&places(first)),
        escaped(&operations(first, 3)),
    );
    if group.len() > 1 {
        let _ = write!(line, "; and the same in {} more places", group.len() - 1);
    }
    if first.level == Level::Breaking {
        let _ = write!(line, "; fingerprint `{}`", first.fingerprint);
    }
    line
}

fn crates(cut: &mut Cut, compared: &Compared) {
    for found in compared.crates() {
        let lines: Vec<String> = found
            .items
            .iter()
            .map(|it| {
                format!(
                    "* {} {}",
                    it.change.as_str(),
                    code(&format!("{}: {}", it.path, it.text))
                )
            })
            .collect();
        let count = found.items.len();
        let bump = found.rust.as_str();
        let summary = format!(
            "{} needs a {bump} version: {count} public items differ",
            found.name
        );
        cut.folded(&summary, false, &lines);
    }
}

/// Text of a document in a comment: no mention, no tag, no link of its own.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            '@' | '#' => {
                out.push(c);
                // A joiner of width zero keeps the host from making it a mention.
                out.push('\u{2060}');
            }
            '*' | '_' | '[' | ']' | '|' => {
                out.push('\\');
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace(['\n', '\r'], " "))
}
