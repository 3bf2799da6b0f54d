//! The URL of a request: a path template filled in, each value percent-encoded exactly once.

pub(crate) use cloudbackup_core::operation::push_encoded;
use cloudbackup_core::validate::{Violation, ViolationKind};
use percent_encoding::percent_decode_str;

/// Appends a path template with its parameters filled in; what is wrong with a value is reported
/// at `/path/NAME`. For a value that is missing, `value_of` answers with what to say about it.
///
/// These refusals are no documented limits and cannot be switched off: URL parsers and proxies
/// resolve `.` and `..`, encoded or not, so such a value would call another operation.
pub(crate) fn push_path<'a>(
    out: &mut String,
    template: &str,
    mut value_of: impl FnMut(&str) -> Result<Part<'a>, &'static str>,
    violations: &mut Vec<Violation>,
) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        rest = after;
        match value_of(name).map_err(missing).and_then(check_part) {
            Ok(Part::Plain(value)) => push_encoded(out, value),
            Ok(Part::Encoded(text)) => out.push_str(text),
            Err((kind, message)) => {
                let pointer = format!("/path/{name}");
                violations.push(Violation::new(pointer, kind, message));
            }
        }
    }
    out.push_str(rest);
}

/// What stands in the place of a parameter of the path.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    Plain(&'a str),
    /// Percent-encoded already.
    Encoded(&'a str),
}

type Refusal = (ViolationKind, &'static str);

fn missing(why: &'static str) -> Refusal {
    (ViolationKind::Required, why)
}

fn check_part(part: Part<'_>) -> Result<Part<'_>, Refusal> {
    match part {
        Part::Plain(value) => {
            check_value(value)?;
        }
        Part::Encoded(text) => {
            check_value(text)?;
            check_control(&percent_decode_str(text).decode_utf8_lossy())?;
        }
    }
    Ok(part)
}

fn check_control(value: &str) -> Result<&str, Refusal> {
    match value.chars().any(char::is_control) {
        true => Err((
            ViolationKind::Characters,
            "must not hold control characters",
        )),
        false => Ok(value),
    }
}

fn check_value(value: &str) -> Result<&str, Refusal> {
    match value {
        "" => Err((
            ViolationKind::Length,
            "must not be empty: it is a part of the path",
        )),
        "." | ".." => Err((
            ViolationKind::Format,
            "must not be `.` or `..`, which change the path",
        )),
        value => check_control(value),
    }
}

/// A URL with pairs behind those of its query; they are encoded already.
pub(crate) fn with_query(url: &str, pairs: &str) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}{pairs}")
}

/// Appends the query in the given order, behind what a path has of it; an empty value keeps its `=`.
pub(crate) fn push_query(out: &mut String, pairs: &[(&'static str, String)]) {
    for (name, value) in pairs {
        out.push(if out.contains('?') { '&' } else { '?' });
        push_encoded(out, name);
        out.push('=');
        push_encoded(out, value);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn path(template: &str, value: Option<&str>) -> Result<String, String> {
        let (mut out, mut violations) = (String::new(), Vec::new());
        push_path(
            &mut out,
            template,
            |_| value.map(Part::Plain).ok_or("is required"),
            &mut violations,
        );
        if violations.is_empty() {
            Ok(out)
        } else {
            Err(violations[0].to_string())
        }
    }

    #[test]
    fn values_are_encoded_exactly_once() {
        for (value, wire) in [
            ("b-1_2.3~4", "/b/b-1_2.3~4/x"),
            ("a/b", "/b/a%2Fb/x"),
            ("a%2Fb", "/b/a%252Fb/x"),
            ("%2e%2e", "/b/%252e%252e/x"),
            ("a?b#c;d\\e", "/b/a%3Fb%23c%3Bd%5Ce/x"),
            ("a b+c", "/b/a%20b%2Bc/x"),
            ("é", "/b/%C3%A9/x"),
            ("e\u{301}", "/b/e%CC%81/x"),
            ("\u{202e}x", "/b/%E2%80%AEx/x"),
            ("...", "/b/.../x"),
            ("{id}", "/b/%7Bid%7D/x"),
        ] {
            assert_eq!(path("/b/{id}/x", Some(value)).unwrap(), wire, "{value}");
        }
    }

    #[test]
    fn values_that_change_the_path_are_refused_where_they_stand() {
        for value in [
            None,
            Some(""),
            Some("."),
            Some(".."),
            Some("a\nb"),
            Some("a\tb"),
            Some("\0"),
        ] {
            let error = path("/b/{id}/x", value).unwrap_err();
            assert!(error.starts_with("/path/id: "), "{value:?}: {error}");
        }
    }

    #[test]
    fn query_keeps_order_and_encodes_everything_reserved() {
        let pairs = [
            ("begin", "2018-08-06T10:41:14+0800".to_owned()),
            ("b", String::new()),
            ("a", "x y&z=~".to_owned()),
            ("a", "2".to_owned()),
        ];
        let mut out = String::new();
        push_query(&mut out, &pairs);
        assert_eq!(
            out,
            "?begin=2018-08-06T10%3A41%3A14%2B0800&b=&a=x%20y%26z%3D~&a=2"
        );
    }
}
