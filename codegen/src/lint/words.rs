//! Small helpers for sentences: the nearest name, lists, kinds of values.

use serde_json::Value;

/// The candidate nearest to a word, when it is near enough to be a slip.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = word.chars().count();
    // Long words are no slips of ours, and the comparison is quadratic.
    if length > 64 {
        return None;
    }
    let limit = (length / 3).clamp(1, 3);
    let near = candidates
        .into_iter()
        .take(2000)
        .filter(|c| c.chars().take(80).count().abs_diff(length) <= limit)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit);
    near.min().map(|(_, candidate)| candidate)
}

/// How many single-character edits, or swaps of two neighbours, lie between
/// two words; upper and lower case count as the same.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = rows[i][j] + usize::from(x != y);
            let mut best = change.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// `did you mean `x`?`, when there is a near name.
pub(super) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{}`?", shorten(near)))
}

/// Most words in a list for people.
const MOST_WORDS: usize = 20;

/// `a`, `b` or `c`, with the given last joint; no more of them than someone
/// would read.
pub(super) fn list<S: AsRef<str>>(words: &[S], joint: &str) -> String {
    if words.len() > MOST_WORDS {
        let shown = list(&words[..MOST_WORDS], ",").replace(" , ", ", ");
        return format!("{shown} and {} more", words.len() - MOST_WORDS);
    }
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("`{}`", shorten(word.as_ref())))
        .collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {joint} {last}", rest.join(", ")),
    }
}

/// The kind of a value with its article.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing (null)",
        Value::Bool(_) => "a boolean",
        Value::Number(n) if n.is_f64() => "a number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// Text of a document as it may stand in a message: short, on one line, with
/// nothing in it that moves a cursor or turns the direction of writing.
pub(crate) fn shorten(text: &str) -> String {
    shorten_to(text, 64)
}

/// [`shorten`] to so many characters.
pub(crate) fn shorten_to(text: &str, longest: usize) -> String {
    let mut short = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == longest {
            short.push('…');
            break;
        }
        if is_odd(c) {
            short.extend(c.escape_unicode());
        } else {
            short.push(c);
        }
    }
    short
}

/// Characters that would not print as themselves.
fn is_odd(c: char) -> bool {
    let turns =
        matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || c == '\u{FEFF}'
}

/// A value in a message: JSON, shortened.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        Value::String(text) => format!("\"{}\"", shorten(text)),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let keys = ["minLength", "maxLength", "type", "items", "x-note"];
        assert_eq!(nearest("minLenght", keys), Some("minLength"));
        assert_eq!(nearest("minlength", keys), Some("minLength"));
        assert_eq!(nearest("tpye", keys), Some("type"));
        assert_eq!(nearest("item", keys), Some("items"));
        assert_eq!(nearest("x-notes", keys), Some("x-note"));
        assert_eq!(nearest("wholly-other", keys), None);
        assert_eq!(nearest("", keys), None);
        assert_eq!(nearest(&"a".repeat(100_000), keys), None);
    }

    #[test]
    fn lists_read_well() {
        assert_eq!(list::<&str>(&[], "or"), "nothing");
        assert_eq!(list(&["a"], "or"), "`a`");
        assert_eq!(list(&["a", "b", "c"], "or"), "`a`, `b` or `c`");
        let many = list(&["a"; 23], "or");
        assert!(many.ends_with("`a`, `a` and 3 more"), "{many}");
    }

    #[test]
    fn text_in_messages_is_tame() {
        assert_eq!(shorten("a\u{202E}b\n"), "a\\u{202e}b\\u{a}");
        assert_eq!(shorten(&"é".repeat(70)), format!("{}…", "é".repeat(64)));
    }
}
