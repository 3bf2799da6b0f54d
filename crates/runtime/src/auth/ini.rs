//! INI text as Python's `configparser` reads it, which is what the vendor's SDK reads profile files
//! with.
//!
//! Its own reader, since those that there are keep copies of the values and print them, take the
//! last of two keys or sections in silence, and do not say in which line a value stands. This one
//! copies nothing but the values that are asked for.
//!
//! A line is a `[section]`, a `key = value` or `key: value`, a comment that starts with `#` or `;`,
//! or empty. A line that is indented deeper than the key above it continues that key's value. Keys
//! have no case, sections do. Values of `[DEFAULT]` count in every section.

use cloudbackup_core::Secret;

/// The section whose values all others have too.
const DEFAULT: &str = "DEFAULT";

/// What is wrong with a text, and in which line, counted from one. Never holds anything of it.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) what: String,
}

impl Wrong {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { line, what }
    }
}

/// A whole text.
pub(super) struct Ini<'a> {
    sections: Vec<Section<'a>>,
}

struct Section<'a> {
    name: &'a str,
    line: usize,
    entries: Vec<Entry<'a>>,
}

/// A key with its value.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    key: &'a str,
    value: &'a str,
    pub(super) line: usize,
    indent: usize,
    /// The first line that continues the value.
    continued: Option<usize>,
}

impl<'a> Ini<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Wrong> {
        let mut reader = Reader {
            ini: Self {
                sections: Vec::new(),
            },
            at: None,
            is_in_value: false,
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, number) in lines(text).zip(1..) {
            reader.line(line, number)?;
        }
        Ok(reader.ini)
    }

    /// The line of a section with this name.
    pub(super) fn line_of(&self, name: &str) -> Option<usize> {
        (name != DEFAULT).then_some(())?;
        self.section(name).map(|section| section.line)
    }

    /// The line of a section that somebody may take for one with this name.
    pub(super) fn line_of_similar(&self, name: &str) -> Option<usize> {
        let is_similar = |other: &str| other != DEFAULT && other.trim().eq_ignore_ascii_case(name);
        let mut sections = self.sections.iter();
        let section = sections.find(|section| is_similar(section.name))?;
        Some(section.line)
    }

    /// An entry of a section, or what `[DEFAULT]` has in its place.
    pub(super) fn entry(&self, section: &str, key: &str) -> Option<Entry<'a>> {
        let find = |name| self.section(name)?.entry(key).copied();
        find(section).or_else(|| find(DEFAULT))
    }

    fn section(&self, name: &str) -> Option<&Section<'a>> {
        self.sections.iter().find(|section| section.name == name)
    }
}

impl<'a> Section<'a> {
    fn entry(&self, key: &str) -> Option<&Entry<'a>> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.key.eq_ignore_ascii_case(key))
    }
}

impl Entry<'_> {
    /// The value, with `%%` read as `%`.
    pub(super) fn value(&self) -> Result<Secret, Wrong> {
        if let Some(line) = self.continued {
            let what = format!(
                "the line is indented deeper than line {} and so continues its value, which must \
                 stand on one line",
                self.line
            );
            return Err(Wrong::new(line, what));
        }
        let mut pieces = self.value.split("%%");
        let mut plain = String::with_capacity(self.value.len());
        plain.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            plain.push('%');
            plain.push_str(piece);
        }
        let plain = Secret::new(plain);
        let mut pieces = self.value.split("%%");
        match pieces.find_map(|piece| piece.split_once('%')) {
            None => Ok(plain),
            Some((_, rest)) if rest.starts_with('(') => {
                let what = "the value refers to another one by `%(`, which is not supported";
                Err(Wrong::new(self.line, what))
            }
            Some(_) => {
                let what = "the value holds a single `%`: write `%%` for it";
                Err(Wrong::new(self.line, what))
            }
        }
    }
}

struct Reader<'a> {
    ini: Ini<'a>,
    /// The section that entries go to.
    at: Option<usize>,
    /// Whether a line that is indented continues the last entry of that section.
    is_in_value: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, number: usize) -> Result<(), Wrong> {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if let Some(entry) = self.open_entry().filter(|entry| indent > entry.indent) {
            entry.continued.get_or_insert(number);
            return Ok(());
        }
        if let Some(name) = section_name(text) {
            return self.start_section(name, number);
        }
        let Some(at) = self.at else {
            return Err(Wrong::new(number, "no [section] comes before this line"));
        };
        let Some((key, value)) = text.split_once(['=', ':']) else {
            let what = "the line is no `[section]`, no `key = value` and no comment";
            return Err(Wrong::new(number, what));
        };
        let entry = Entry {
            key: key.trim_end(),
            value: value.trim_start(),
            line: number,
            indent,
            continued: None,
        };
        self.is_in_value = true;
        add(&mut self.ini.sections[at], entry)
    }

    fn open_entry(&mut self) -> Option<&mut Entry<'a>> {
        let section = self.ini.sections.get_mut(self.at?)?;
        section.entries.last_mut().filter(|_| self.is_in_value)
    }

    fn start_section(&mut self, name: &'a str, number: usize) -> Result<(), Wrong> {
        let sections = &mut self.ini.sections;
        let found = sections.iter().position(|section| section.name == name);
        if let Some(line) = found
            .map(|at| sections[at].line)
            .filter(|_| name != DEFAULT)
        {
            let what = format!("this section began in line {line} already: join the two");
            return Err(Wrong::new(number, what));
        }
        self.is_in_value = false;
        self.at = found.or(Some(sections.len()));
        if found.is_none() {
            sections.push(Section {
                name,
                line: number,
                entries: Vec::new(),
            });
        }
        Ok(())
    }
}

fn add<'a>(section: &mut Section<'a>, entry: Entry<'a>) -> Result<(), Wrong> {
    if entry.key.is_empty() {
        return Err(Wrong::new(entry.line, "no key stands before the value"));
    }
    if let Some(first) = section.entry(entry.key) {
        let what = format!("this key has a value in line {} already", first.line);
        return Err(Wrong::new(entry.line, what));
    }
    section.entries.push(entry);
    Ok(())
}

/// The name in a line that starts a section: up to the last `]`, whatever follows.
fn section_name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('[')?;
    let name = &rest[..rest.rfind(']')?];
    (!name.is_empty()).then_some(name)
}

/// The lines of a text, whichever of the three ways of ending them it uses.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let rows = text.split('\n');
    rows.flat_map(|row| row.strip_suffix('\r').unwrap_or(row).split('\r'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    /// What Python 3.11 makes of each: `ak` and `sk` of `[basic]`.
    #[test]
    fn reads_what_configparser_reads() {
        for (text, ak, sk) in [
            ("[basic]\nak = A\nsk: S\n", Some("A"), Some("S")),
            ("[basic]\r\nak = A\r\nsk = S\r\n", Some("A"), Some("S")),
            ("[basic]\rak = A\rsk = S", Some("A"), Some("S")),
            ("[basic]\nAK = A\nsK=S", Some("A"), Some("S")),
            ("[basic] tail\nak=A", Some("A"), None),
            ("[basic]\nak = A = B : C\n", Some("A = B : C"), None),
            ("[basic]\nak : A = B\n", Some("A = B"), None),
            ("[basic]\nak = A # c ; d\n", Some("A # c ; d"), None),
            ("# c\n[basic]\n # c\n ; c\nak = A\n", Some("A"), None),
            ("[basic]\n  ak = A\n  sk = S\n", Some("A"), Some("S")),
            ("[basic]\n  ak = A\nsk = S\n", Some("A"), Some("S")),
            ("[x]\na=1\n  b=2\n[basic]\n  sk = S", None, Some("S")),
            ("[DEFAULT]\nak = D\n[basic]\nsk = S\n", Some("D"), Some("S")),
            ("[DEFAULT]\nak=D\n[basic]\nak=A", Some("A"), None),
            (
                "[DEFAULT]\nak=1\n[DEFAULT]\nsk=2\n[basic]\n",
                Some("1"),
                Some("2"),
            ),
            ("[default]\nak=1\n[basic]\n", None, None),
            ("[basic]\nak = a%%b%%\nsk = %%%%", Some("a%b%"), Some("%%")),
            ("[basic]\nak =\nsk = S\n", Some(""), Some("S")),
            ("[basic]\nak = 'A'\n", Some("'A'"), None),
            ("[basic]\n[] = 3\nak = A", Some("A"), None),
            ("[a]b]\nak=A\n[basic]", None, None),
            ("[global]\nak = A\n[basic]\nsk = S", None, Some("S")),
            // A byte order mark, which Python does not take.
            ("\u{feff}[basic]\nak = A", Some("A"), None),
        ] {
            let ini = Ini::read(text).unwrap_or_else(|wrong| panic!("{text:?}: {wrong:?}"));
            assert!(ini.line_of("basic").is_some(), "{text:?}");
            let value = |key| ini.entry("basic", key).map(|entry| entry.value().unwrap());
            let values = [value("ak"), value("sk")];
            let found = values.each_ref().map(|it| it.as_ref().map(Secret::expose));
            assert_eq!(found, [ak, sk], "{text:?}");
        }
    }

    #[test]
    fn refuses_what_configparser_refuses_with_the_line() {
        for (text, line, part) in [
            ("ak = A\n", 1, "no [section]"),
            ("\n[basic\nak=A\n", 2, "no [section]"),
            ("[]\nak=A", 1, "no [section]"),
            ("[basic]\nak A\n", 2, "no `key = value`"),
            ("[basic]\nak = A\nsk", 3, "no `key = value`"),
            ("[basic]\n= A\n", 2, "no key"),
            ("[basic]\nak = A\n\nAK = B\n", 4, "in line 2 already"),
            ("[basic]\n[x]\n[basic]\n", 3, "in line 1 already"),
            ("[x]\na=1\na=2\n[basic]\n", 3, "in line 2 already"),
            ("[DEFAULT]\na=1\n[DEFAULT]\na=2\n", 4, "in line 2 already"),
        ] {
            let wrong = Ini::read(text).err().unwrap();
            assert_eq!(wrong.line, line, "{text:?}: {wrong:?}");
            assert!(wrong.what.contains(part), "{text:?}: {wrong:?}");
        }
    }

    #[test]
    fn value_that_is_no_plain_text_is_refused_when_it_is_asked_for() {
        for (text, line, part) in [
            ("[basic]\nak = A\n  sk = S\n", 3, "line 2"),
            ("[basic]\nak = A\n\n   more\n", 4, "line 2"),
            ("[basic]\nak = A\n# c\n  more\n even more", 4, "line 2"),
            ("[basic]\nak = A\n  [global]\nsk=S", 3, "line 2"),
            ("[basic]\nak =\n  A\n", 3, "line 2"),
            ("[basic]\nak = a%b\n", 2, "`%%`"),
            ("[basic]\nak = a%\n", 2, "`%%`"),
            ("[basic]\nak = a%%%\n", 2, "`%%`"),
            ("[basic]\nak = %(sk)s\nsk=1\n", 2, "`%(`"),
        ] {
            let ini = Ini::read(text).ok().unwrap();
            let wrong = ini.entry("basic", "ak").unwrap().value().unwrap_err();
            assert_eq!(wrong.line, line, "{text:?}: {wrong:?}");
            assert!(wrong.what.contains(part), "{text:?}: {wrong:?}");
        }
    }

    #[test]
    fn defaults_are_no_section_of_their_own() {
        let ini = Ini::read("[DEFAULT]\nak=1\n").ok().unwrap();
        assert_eq!(ini.line_of("DEFAULT"), None);
        assert_eq!(ini.line_of("basic"), None);
    }

    #[test]
    fn name_of_a_section_ends_at_the_last_bracket() {
        let ini = Ini::read("\n[a]b] c\n").ok().unwrap();
        assert_eq!(ini.line_of("a]b"), Some(2));
        assert_eq!(ini.line_of("a"), None);
    }
}
