//! What the head of a reply says besides its status: request id, and when to come back.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, HeaderValue, RETRY_AFTER, SET_COOKIE};

/// Headers of a reply that carry credentials.
const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "x-auth-token",
    "x-security-token",
    "x-subject-token",
];

/// The id that support asks for; IAM calls it a trace id.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "x-iam-trace-id"]
        .into_iter()
        .find_map(|name| {
            let text = String::from_utf8_lossy(headers.get(name)?.as_bytes())
                .trim()
                .to_owned();
            (!text.is_empty()).then_some(text)
        })
}

/// The wait asked for, in whole seconds or as a date. A date counts from the reply's own `Date`,
/// because our clock may differ from the server's. Anything else in the header is ignored.
/// `now` is our clock, for replies without a `Date`.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.starts_with(|c: char| c.is_ascii_digit())
        && !text.contains(|c: char| !c.is_ascii_digit())
    {
        // Digits that no integer holds are a very long time, and not no answer.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = date(headers).unwrap_or(now);
    // A date that has passed means: now.
    Some(until.duration_since(now).unwrap_or_default())
}

/// What the server's clock showed.
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()
}

/// Marks the values of secret headers, and of all that `is_secret` finds one in, so that `Debug` of
/// the map hides them.
pub(crate) fn hide_secrets(headers: &mut HeaderMap, is_secret: impl Fn(&HeaderValue) -> bool) {
    for (name, value) in headers.iter_mut() {
        let listed = SECRET_HEADERS.contains(&name.as_str()) || name == SET_COOKIE;
        if listed || is_secret(value) {
            value.set_sensitive(true);
        }
    }
}

/// Whether a content type announces a web page.
pub(crate) fn is_html(content_type: Option<&HeaderValue>) -> bool {
    let text = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/html")
        || essence.eq_ignore_ascii_case("application/xhtml+xml")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn retry_after_takes_seconds_and_the_three_date_forms() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (value, seconds) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("9999999999999", Some(9_999_999_999_999)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
            ("Sun Nov  6 08:50:07 1994", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-5", None),
            ("1.5", None),
            ("+5", None),
            ("", None),
            ("Sun, 06 Nov 1994 08:50:07 +0000", None),
            ("99999999999999999999999", Some(u64::MAX)),
        ] {
            let found = retry_after(
                &headers(&[("date", date), ("retry-after", value)]),
                SystemTime::UNIX_EPOCH,
            );
            assert_eq!(found, seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn request_id_comes_from_either_header_and_is_never_empty() {
        assert_eq!(
            request_id(&headers(&[("X-Request-Id", "a")])).as_deref(),
            Some("a")
        );
        let both = headers(&[("x-request-id", " "), ("X-IAM-Trace-Id", "b")]);
        assert_eq!(request_id(&both).as_deref(), Some("b"));
        assert_eq!(request_id(&headers(&[])), None);
    }

    #[test]
    fn secret_headers_do_not_show() {
        let mut map = headers(&[
            ("X-Subject-Token", "s3cret"),
            ("Set-Cookie", "s3cret"),
            ("X-Echo", "no s3cret"),
            ("a", "b"),
        ]);
        hide_secrets(&mut map, |value| value == "no s3cret");
        let shown = format!("{map:?}");
        assert!(
            !shown.contains("s3cret") && shown.contains("\"b\""),
            "{shown}"
        );
    }
}
