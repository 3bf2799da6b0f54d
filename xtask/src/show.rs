//! Diagnostics as text for people, in the manner of rustc.

use std::collections::HashMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use cloudbackup_codegen::diag::{Diagnostic, Diagnostics, Label, Severity};
use cloudbackup_codegen::source::{LineIndex, SourceId, Sources, Span};

/// Lines longer than this are cut around the place that is marked.
const LONGEST_LINE: usize = 400;

/// Findings beyond this many take a line each.
const MOST_SHOWN: usize = 200;

/// The diagnostics, one below the other, with a blank line in between. Of very many the first are
/// shown with their text.
pub(crate) fn render(sources: &Sources, diags: &Diagnostics, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut list: Vec<&Diagnostic> = diags.iter().collect();
    if list.len() > MOST_SHOWN {
        // No warning may hide an error.
        list.sort_by_key(|diagnostic| diagnostic.severity);
    }
    let mut lines = HashMap::new();
    let (first, rest) = list.split_at(list.len().min(MOST_SHOWN));
    let mut shown: Vec<String> = first
        .iter()
        .map(|diagnostic| one(sources, &mut lines, diagnostic, &renderer))
        .collect();
    if !rest.is_empty() {
        shown.push(briefly(sources, rest));
    }
    shown.join("\n")
}

/// A line each: what and where.
fn briefly(sources: &Sources, list: &[&Diagnostic]) -> String {
    let mut cursor = Cursor::default();
    let mut out = String::new();
    for diagnostic in list {
        let word = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = diagnostic.span().map(|span| {
            let source = sources.get(span.source);
            let (line, column) = cursor.find(&source.text, span);
            format!(" at {}:{line}:{column}", source.path)
        });
        out.push_str(&format!(
            "{word}[{}]: {}{}\n",
            diagnostic.code,
            diagnostic.message,
            place.unwrap_or_default()
        ));
    }
    out
}

/// Line and column of places that come in order: a document may stand on one line of many
/// megabytes.
#[derive(Default)]
struct Cursor {
    source: Option<SourceId>,
    at: usize,
    line: usize,
    column: usize,
}

impl Cursor {
    fn find(&mut self, text: &str, span: Span) -> (usize, usize) {
        let end = boundary(text, span.start);
        if self.source != Some(span.source) || self.at > end {
            *self = Self {
                source: Some(span.source),
                at: 0,
                line: 1,
                column: 1,
            };
        }
        for line in Lines(&text[self.at..end]) {
            self.column += line.chars().count();
            let ends = text[..self.at + line.len()].ends_with(['\n', '\r']);
            if ends && !text[self.at + line.len() - 1..].starts_with("\r\n") {
                self.line += 1;
                self.column = 1;
            }
            self.at += line.len();
        }
        (self.line, self.column)
    }
}

/// The lines of the texts that are shown.
type AllLines = HashMap<SourceId, LineIndex>;

fn one(
    sources: &Sources,
    lines: &mut AllLines,
    diagnostic: &Diagnostic,
    renderer: &Renderer,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    for (source, labels) in by_source(diagnostic) {
        let text = &sources.get(source).text;
        let lines = lines.entry(source).or_insert_with(|| LineIndex::new(text));
        let part = Part::new(text, lines, &labels);
        let marks = labels.iter().map(|label| part.mark(label));
        let marks: Vec<_> = marks
            .map(|(label, range)| kind(label).span(range).label(label_text(label)))
            .collect();
        let snippet = Snippet::source(part.text)
            .line_start(part.line)
            .path(sources.get(source).path.as_str())
            .annotations(marks);
        group = group.element(snippet);
    }
    let notes = diagnostic.notes.iter();
    group = group.elements(notes.map(|note| Level::NOTE.message(note.as_str())));
    let help = diagnostic.help.iter();
    group = group.elements(help.map(|help| Level::HELP.message(help.as_str())));
    let mut shown = renderer.render(&[group]);
    shown.push('\n');
    shown
}

/// The labels of each text, the text of the first label first.
fn by_source(diagnostic: &Diagnostic) -> Vec<(SourceId, Vec<&Label>)> {
    let mut groups: Vec<(SourceId, Vec<&Label>)> = Vec::new();
    for label in &diagnostic.labels {
        match groups.iter_mut().find(|(id, _)| *id == label.span.source) {
            Some((_, labels)) => labels.push(label),
            None => groups.push((label.span.source, vec![label])),
        }
    }
    groups
}

fn kind(label: &Label) -> AnnotationKind {
    if label.primary {
        AnnotationKind::Primary
    } else {
        AnnotationKind::Context
    }
}

fn label_text(label: &Label) -> Option<String> {
    (!label.text.is_empty()).then(|| label.text.clone())
}

/// The lines of a text from the first label to the last, so that the renderer
/// is spared the rest. Line ends become LF, long lines are cut.
struct Part {
    text: String,
    /// Number of the first line.
    line: usize,
    pieces: Vec<Piece>,
}

/// A stretch of the whole text and where it went.
struct Piece {
    from: usize,
    to: usize,
    length: usize,
}

impl Part {
    fn new(whole: &str, lines: &LineIndex, labels: &[&Label]) -> Self {
        let low = labels.iter().map(|l| l.span.start).min().unwrap_or(0);
        let high = labels.iter().map(|l| l.span.end).max().unwrap_or(0);
        // What is marked at the very end of a text is marked on its last line.
        let low = low.min(whole.len().saturating_sub(1));
        let first = lines.line(low);
        let mut part = Self {
            text: String::new(),
            line: first,
            pieces: Vec::new(),
        };
        let mut line = first;
        loop {
            let at = lines.start(line);
            let end = lines.start(line + 1).min(whole.len());
            if at > high && line > first || at >= whole.len() {
                break;
            }
            let here = |l: &&&Label| l.span.start <= end && l.span.end >= at;
            let marked = labels.iter().filter(here).map(|l| l.span.start);
            part.take(&whole[at..end], at, marked.min());
            line += 1;
        }
        part
    }

    fn take(&mut self, line: &str, at: usize, marked: Option<usize>) {
        let content = line.trim_end_matches(['\n', '\r']);
        let around = marked.map_or(0, |start| start.saturating_sub(at));
        let from = if content.len() > LONGEST_LINE {
            boundary(content, around.saturating_sub(LONGEST_LINE / 4))
        } else {
            0
        };
        let kept = &content[from..boundary(content, from + LONGEST_LINE)];
        self.pieces.push(Piece {
            from: at + from,
            to: self.text.len(),
            length: kept.len(),
        });
        self.text.push_str(kept);
        if content.len() < line.len() {
            self.text.push('\n');
        }
    }

    /// A label in terms of this part.
    fn mark<'l>(&self, label: &'l Label) -> (&'l Label, Range<usize>) {
        let start = self.place(label.span.start);
        let end = self.place(label.span.end).max(start);
        (label, start..end)
    }

    fn place(&self, offset: usize) -> usize {
        let before = self.pieces.iter().rev().find(|p| p.from <= offset);
        let place = before.map_or(0, |p| p.to + p.length.min(offset - p.from));
        boundary(&self.text, place)
    }
}

/// The lines of a text with their ends: LF, CR LF or a lone CR.
struct Lines<'a>(&'a str);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0;
        if text.is_empty() {
            return None;
        }
        let end = match text.find(['\n', '\r']) {
            Some(at) if text[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None => text.len(),
        };
        let (line, rest) = text.split_at(end);
        self.0 = rest;
        Some(line)
    }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
