//! The one thing that is read from a link to the next page: a parameter of its query.

use reqwest::Url;

/// The parameter of this name. Nothing else of the link counts: it may lead anywhere, and is never
/// followed.
pub(super) fn parameter(link: &str, name: &str) -> Option<String> {
    // For links without scheme and host, of which there is no need to know where they lead.
    let base = Url::parse("https://link.invalid/").ok()?;
    let url = base.join(link.trim()).ok()?;
    let mut pairs = url.query_pairs();
    let (_, value) = pairs.find(|(known, value)| known == name && !value.is_empty())?;
    Some(value.into_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_parameter_is_read() {
        for (link, found) in [
            ("https://h/v3/p/backups?limit=2&marker=m1", Some("m1")),
            (
                "http://evil.example:1/x?marker=m%2F1+%C3%A9#y",
                Some("m/1 é"),
            ),
            ("/v3/p/backups?marker=m1", Some("m1")),
            ("?marker=m1", Some("m1")),
            ("ftp://h/?marker=m1", Some("m1")),
            ("https://h/?marker=&marker=m2", Some("m2")),
            ("https://h/?Marker=m1", None),
            ("https://h/?marker=", None),
            ("https://h/?limit=2", None),
            ("https://h/", None),
            ("https://[h/?marker=m1", None),
            ("m1", None),
            ("", None),
        ] {
            assert_eq!(parameter(link, "marker").as_deref(), found, "{link}");
        }
    }
}
