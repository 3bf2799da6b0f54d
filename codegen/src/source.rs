//! The texts that diagnostics point into, and the spans that do the pointing.
//!
//! Nothing here reads a file: the caller hands over a path, which is only
//! printed, and the text that belongs to it.

/// A text in a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// One text and the name it goes by in messages.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path as it shall be printed.
    pub path: String,
    /// The whole text, as [`decode`] left it.
    pub text: String,
}

/// All texts of one run.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

/// A range of bytes in one text. Both ends lie on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span over `start..end`; an end before the start is moved to it.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        Self {
            source,
            start,
            end: end.max(start),
        }
    }
}

impl Sources {
    /// No texts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a text.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> SourceId {
        // Ids are made here alone; a run holds a handful of texts.
        let id = SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(Source {
            path: path.into(),
            text: text.into(),
        });
        id
    }

    /// The text behind an id.
    ///
    /// # Panics
    ///
    /// When the id comes from another `Sources`.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.list[id.0 as usize]
    }

    /// The part of the text that a span covers.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source)
            .text
            .get(span.start..span.end)
            .unwrap_or("")
    }

    /// Line and column of the start of a span, both from 1, the column in
    /// characters. A line ends at LF, CR LF or a lone CR.
    pub fn line_col(&self, span: Span) -> (usize, usize) {
        let text = &self.get(span.source).text;
        let end = floor_boundary(text, span.start);
        let (mut line, mut start) = (1, 0);
        let bytes = text.as_bytes();
        for (at, byte) in bytes[..end].iter().enumerate() {
            let lone_cr = *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
            if *byte == b'\n' || lone_cr {
                line += 1;
                start = at + 1;
            }
        }
        (line, text[start..end].chars().count() + 1)
    }
}

/// Where the lines of a text start, for those who ask often.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Reads a text once.
    pub fn new(text: &str) -> Self {
        let mut ends: Vec<usize> = text.match_indices('\n').map(|it| it.0).collect();
        // Hardly any text has a lone CR.
        if text.contains('\r') {
            let lone = text.match_indices('\r').map(|it| it.0);
            ends.extend(lone.filter(|at| text.as_bytes().get(at + 1) != Some(&b'\n')));
            ends.sort_unstable();
        }
        let starts = std::iter::once(0)
            .chain(ends.into_iter().map(|at| at + 1))
            .collect();
        Self { starts }
    }

    /// As [`Sources::line_col`], of a byte of the text that was read.
    pub fn line_col(&self, text: &str, at: usize) -> (usize, usize) {
        let at = floor_boundary(text, at);
        let line = self.line(at);
        let before = text.get(self.start(line)..at).unwrap_or("");
        (line, before.chars().count() + 1)
    }

    /// The line, from 1, of a byte of the text that was read.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// Where a line starts, counted from 1; the end of all text behind the last.
    pub fn start(&self, line: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1));
        start.copied().unwrap_or(usize::MAX)
    }
}

/// The nearest character boundary at or before `at`.
pub(crate) fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Turns the bytes of a file into text: UTF-8, with or without a byte order
/// mark, which is dropped. The error is a sentence for people.
pub fn decode(bytes: &[u8]) -> Result<String, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Some(name) = other_encoding(bytes) {
        return Err(format!("the file is {name}; save it as UTF-8"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(not_utf8(bytes, error.valid_up_to())),
    }
}

/// Names an encoding that shows in the first bytes.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some("UTF-32"),
        [0xFF, 0xFE, ..] => Some("UTF-16 (little endian)"),
        [0xFE, 0xFF, ..] => Some("UTF-16 (big endian)"),
        [0x7F, b'E', b'L', b'F', ..] | [b'M', b'Z', 0x90, ..] => Some("a program, not text"),
        [0x1F, 0x8B, ..] => Some("compressed with gzip"),
        [b'P', b'K', 3, 4, ..] => Some("a zip archive"),
        // Without a mark, ASCII in UTF-16 shows as every other byte being zero.
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => Some("UTF-16 (little endian)"),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => Some("UTF-16 (big endian)"),
        _ => None,
    }
}

fn not_utf8(bytes: &[u8], at: usize) -> String {
    let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
    let byte = bytes.get(at).copied().unwrap_or_default();
    format!(
        "the file is not UTF-8: byte 0x{byte:02X} in line {line} (offset {at}); save it as UTF-8"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_lf_crlf_and_lone_cr() {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml", "a\nä\r\nc\rdé x");
        let at = |part: &str| {
            let start = sources.get(id).text.find(part).unwrap_or_default();
            sources.line_col(Span::new(id, start, start + 1))
        };
        assert_eq!(at("a"), (1, 1));
        assert_eq!(at("ä"), (2, 1));
        assert_eq!(at("c"), (3, 1));
        assert_eq!(at("x"), (4, 4));
    }

    #[test]
    fn a_span_past_the_end_or_inside_a_character_is_harmless() {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml", "é");
        assert_eq!(sources.line_col(Span::new(id, 1, 9)), (1, 1));
        assert_eq!(sources.slice(Span::new(id, 1, 9)), "");
    }

    #[test]
    fn encodings_are_named() {
        assert_eq!(decode(b"\xEF\xBB\xBFa: 1"), Ok("a: 1".to_owned()));
        let said = |bytes: &[u8]| decode(bytes).err().unwrap_or_default();
        assert!(said(b"\xFF\xFEa\0").contains("UTF-16 (little endian)"));
        assert!(said(b"a\0:\0").contains("UTF-16 (little endian)"));
        assert!(said(b"\0a\0:").contains("UTF-16 (big endian)"));
        assert!(said(b"a\nb \xE9").contains("byte 0xE9 in line 2"));
        assert!(said(b"\x7FELF\x02").contains("a program"));
    }
}
