//! JSON Pointers: building, splitting, and reading one out of a `$ref`.

use std::borrow::Cow;

/// The pointer of a member or an element of what `parent` points at.
pub fn push(parent: &str, token: &str) -> String {
    let mut pointer = String::with_capacity(parent.len() + token.len() + 1);
    pointer.push_str(parent);
    append(&mut pointer, token);
    pointer
}

/// [`push`] in place.
pub fn append(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// [`push`] for several tokens.
pub fn join(parent: &str, tokens: &[&str]) -> String {
    let start = parent.to_owned();
    tokens.iter().fold(start, |at, token| push(&at, token))
}

/// The unescaped tokens of a pointer, outermost first.
pub fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape)
}

/// The pointer of what holds this one, and the last token.
pub fn split_last(pointer: &str) -> Option<(&str, Cow<'_, str>)> {
    let (parent, token) = pointer.rsplit_once('/')?;
    Some((parent, unescape(token)))
}

fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

/// The pointer that a `$ref` into the same document means: `#/a/b%20c` gives
/// `/a/b c`. `None` when it leads elsewhere or is no pointer.
pub fn from_ref(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    if !fragment.is_empty() && !fragment.starts_with('/') {
        return None;
    }
    percent_decode(fragment)
}

fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                bytes.push(hex(*high)? * 16 + hex(*low)?);
                rest = after;
            }
            (b'%', _) => return None,
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_they_went_in() {
        let pointer = join("", &["paths", "/a/{b}", "x~1y", ""]);
        assert_eq!(pointer, "/paths/~1a~1{b}/x~01y/");
        let back: Vec<_> = tokens(&pointer).collect();
        assert_eq!(back, ["paths", "/a/{b}", "x~1y", ""]);
        assert_eq!(tokens("").count(), 0);
    }

    #[test]
    fn a_reference_may_be_percent_encoded() {
        assert_eq!(from_ref("#/a/b%20c"), Some("/a/b c".to_owned()));
        assert_eq!(from_ref("#"), Some(String::new()));
        assert_eq!(from_ref("#a"), None);
        assert_eq!(from_ref("other.yaml#/a"), None);
        assert_eq!(from_ref("#/a%2"), None);
        assert_eq!(from_ref("#/a%zz"), None);
        assert_eq!(from_ref("#/a%FF"), None);
    }
}
