//! An `.api` file with the marks of a merge that git could not finish: both
//! sides are read, each as if the other one were not there.

use crate::source::Source;

/// The two sides of a text with conflicts, the side into which was merged first.
///
/// What belongs to the other side is blanked, so that everything keeps its
/// place and an error points at the line that is in the file.
pub(super) fn sides(source: &Source) -> Option<[Source; 2]> {
    let is_mark = |line: &str, mark: &str| line.strip_prefix(mark).is_some_and(is_end_of_mark);
    if !source.text.lines().any(|line| is_mark(line, "<<<<<<<")) {
        return None;
    }
    let (mut ours, mut theirs) = (String::new(), String::new());
    let mut part = Part::Both;
    for line in source.text.split_inclusive('\n') {
        let next = match part {
            Part::Both if is_mark(line, "<<<<<<<") => Some(Part::Ours),
            Part::Ours if is_mark(line, "|||||||") => Some(Part::Before),
            Part::Ours | Part::Before if is_mark(line, "=======") => Some(Part::Theirs),
            Part::Theirs if is_mark(line, ">>>>>>>") => Some(Part::Both),
            _ => None,
        };
        let shown = next.is_none();
        part = next.unwrap_or(part);
        take(
            &mut ours,
            line,
            shown && matches!(part, Part::Both | Part::Ours),
        );
        take(
            &mut theirs,
            line,
            shown && matches!(part, Part::Both | Part::Theirs),
        );
    }
    Some([ours, theirs].map(|text| Source {
        path: source.path.clone(),
        text,
    }))
}

#[derive(Clone, Copy)]
enum Part {
    Both,
    Ours,
    /// What both sides started from, as some settings of git show it.
    Before,
    Theirs,
}

/// A mark is followed by a name, or by nothing.
fn is_end_of_mark(rest: &str) -> bool {
    rest.trim_end().is_empty() || rest.starts_with(' ')
}

fn take(text: &mut String, line: &str, shown: bool) {
    if shown {
        text.push_str(line);
    } else {
        let content = line.trim_end_matches(['\n', '\r']);
        text.push_str(&" ".repeat(content.len()));
        text.push_str(&line[content.len()..]);
    }
}
