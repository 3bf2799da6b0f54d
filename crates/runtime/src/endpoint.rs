//! The base address of a service: checked once, normalised once.

use std::net::IpAddr;

use reqwest::Url;

/// An address that paths are appended to: scheme, host, port and an optional path prefix.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Endpoint {
    /// Normalised by the URL parser, without a trailing slash.
    base: String,
    host: String,
    port: u16,
    is_https: bool,
    is_loopback: bool,
}

impl Endpoint {
    /// Reads an endpoint; the error is a clause that follows "the endpoint".
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // The parser silently drops tabs and line breaks and turns `\` into `/`.
        if text.is_empty() {
            return Err("is empty".into());
        }
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
        {
            return Err("holds a space, a control character or a backslash".into());
        }
        let scheme = text
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_https = match scheme.as_deref() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("must start with `https://`".into()),
        };
        // Its text is not repeated in errors: it may hold a password.
        let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err("must not hold a user name or password".into());
        }
        if url.query().is_some() {
            return Err("must not hold a query".into());
        }
        if url.fragment().is_some() {
            return Err("must not hold a fragment".into());
        }
        let host = url.host_str().ok_or("has no host")?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            is_https,
            is_loopback: is_loopback(host),
            host: host.to_owned(),
            port: url
                .port_or_known_default()
                .unwrap_or(if is_https { 443 } else { 80 }),
            base,
        })
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

/// The part between `://` and the path, where an empty user name would hide from the parser.
fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_normalised_once() {
        for (text, base) in [
            (
                "https://cbr.eu-de.otc.t-systems.com",
                "https://cbr.eu-de.otc.t-systems.com",
            ),
            (
                "https://CBR.EU-DE.otc.t-systems.com/",
                "https://cbr.eu-de.otc.t-systems.com",
            ),
            ("https://h:443//", "https://h"),
            ("HTTPS://h:8443/cbr/", "https://h:8443/cbr"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().base(), base, "{text}");
        }
    }

    #[test]
    fn loopback_is_recognised_by_host() {
        for (text, expected) in [
            ("http://localhost:1", true),
            ("http://127.0.0.1:1", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:1", true),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://128.0.0.1", false),
        ] {
            assert_eq!(
                Endpoint::parse(text).unwrap().is_loopback(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn unusable_endpoints_are_refused_without_repeating_them() {
        for (text, part) in [
            ("", "empty"),
            ("cbr.example.com", "`https://`"),
            ("localhost:8080", "`https://`"),
            ("ftp://h", "`https://`"),
            ("https://user:s3cret@h", "user name"),
            ("https://user@h", "user name"),
            ("https://@h", "user name"),
            ("https://h/?s3cret=1", "query"),
            ("https://h?", "query"),
            ("https://h/#s3cret", "fragment"),
            ("https://h\n", "control character"),
            ("https://h/a b", "space"),
            ("https://h\\a", "backslash"),
            ("https://", "no URL"),
            ("https://h:99999", "no URL"),
        ] {
            let error = Endpoint::parse(text).unwrap_err();
            assert!(
                error.contains(part) && !error.contains("s3cret"),
                "{text}: {error}"
            );
        }
    }
}
