//! What the YAML parser complains about, in words for people.

use crate::diag::{Code, Diagnostic, code};

/// One complaint: parts of the parser's own words, and ours.
struct Known {
    needles: &'static [&'static str],
    code: Code,
    message: &'static str,
    help: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        needles: &["tabs ", "a tab", "tab cannot"],
        code: code::E007,
        message: "a tab stands where YAML wants spaces",
        help: "indent with spaces",
    },
    Known {
        needles: &["recursion limit"],
        code: code::E013,
        message: "the document is nested too deep",
        help: "move inner schemas to `components/schemas` and refer to them",
    },
    Known {
        needles: &["unknown anchor"],
        code: code::E014,
        message: "an alias names an anchor that does not exist",
        help: "a text that starts with `*` needs quotes",
    },
    Known {
        needles: &["mapping values are not allowed"],
        code: code::E001,
        message: "this is not valid YAML: a second colon in one line, or a wrong indentation",
        help: "a text that holds `: ` needs quotes",
    },
    Known {
        needles: &["handle wasn't declared"],
        code: code::E010,
        message: "a tag uses a prefix that is not declared",
        help: "remove the tag; a text that starts with `!` needs quotes",
    },
    Known {
        needles: &["byte order mark"],
        code: code::E004,
        message: "a byte order mark stands inside the text",
        help: "remove it; it may only be the first character of a file",
    },
    Known {
        needles: &["simple key expect"],
        code: code::E001,
        message: "this is not valid YAML: a colon is missing after a key",
        help: "write `key: value`; the entries of one map start in the same column",
    },
    Known {
        needles: &["did not find expected key"],
        code: code::E001,
        message: "this is not valid YAML: the indentation fits nothing above",
        help: "the entries of one map start in the same column",
    },
    Known {
        needles: &["expected '-' indicator"],
        code: code::E001,
        message: "this is not valid YAML: a list goes on with something that is no `- ` item",
        help: "the items of one list start in the same column",
    },
    Known {
        needles: &["expected ',' or"],
        code: code::E001,
        message: "this is not valid YAML: a comma or a closing bracket is missing",
        help: "a text that holds `,`, `[`, `]`, `{` or `}` needs quotes inside brackets",
    },
    Known {
        needles: &["end of stream"],
        code: code::E001,
        message: "this is not valid YAML: a quote is opened and never closed",
        help: "close the quote, or quote the text with the other kind",
    },
    Known {
        needles: &["invalid Unicode character escape"],
        code: code::E001,
        message: "this is not valid YAML: half of a character is escaped",
        help: "write the character itself, or its number: \"\\U0001F600\"",
    },
    Known {
        needles: &["escape"],
        code: code::E001,
        message: "this is not valid YAML: an escape that does not exist",
        help: "in single quotes, a backslash is only a backslash",
    },
];

/// A diagnostic without a place, and the words for its place.
pub(super) fn explain(info: &str) -> (Diagnostic, &'static str) {
    let known = KNOWN
        .iter()
        .find(|known| known.needles.iter().any(|needle| info.contains(needle)));
    let Some(known) = known else {
        let message = format!("this is not valid YAML: {info}");
        let help =
            "check the indentation, and quote texts that hold `: `, ` #` or start with a sign";
        return (Diagnostic::error(code::E001, message).help(help), STOPPED);
    };
    let label = if known.code == code::E007 {
        "this is a tab"
    } else {
        STOPPED
    };
    (
        Diagnostic::error(known.code, known.message).help(known.help),
        label,
    )
}

const STOPPED: &str = "reading stopped here";

/// The tab that is meant: the parser complains somewhere near it.
pub(super) fn tab_near(text: &str, at: usize) -> usize {
    let at = crate::source::floor_boundary(text, at);
    let line = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let after = text[line..].find('\t').map(|tab| line + tab);
    after.or_else(|| text[..line].rfind('\t')).unwrap_or(at)
}

/// The character at an offset; at the end of the text or of a line, the last
/// character before it, so that there is something to mark.
pub(super) fn mark(text: &str, at: usize) -> (usize, usize) {
    let at = crate::source::floor_boundary(text, at);
    let blank = |c: char| c.is_whitespace() && c != '\t';
    if let Some(c) = text[at..].chars().next().filter(|c| !blank(*c)) {
        return (at, at + c.len_utf8());
    }
    let before = text[..at].trim_end();
    let last = before.chars().next_back().map_or(0, char::len_utf8);
    (before.len() - last, before.len())
}
