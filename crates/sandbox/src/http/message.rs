//! Requests and answers with nothing of an HTTP library in them.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request as it came.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path as it stands on the wire.
    pub(crate) path: String,
    /// The query as it stands on the wire, without `?`.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// A header; `None` if it is not text either.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The query pairs, decoded; `None` where the text is no UTF-8.
    pub(crate) fn query_pairs(&self) -> Option<Vec<(String, String)>> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((form_decoded(name)?, form_decoded(value)?))
            })
            .collect()
    }

    /// The headers that are text.
    pub(crate) fn header_pairs(&self) -> Vec<(String, String)> {
        let headers = self.headers.iter();
        let texts = headers.filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        texts.collect()
    }
}

/// Shows no header and no body: they hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Percent-decoded text; `None` where it is no UTF-8.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    Some(text.into_owned())
}

/// As `decoded`, and `+` is a blank: what clients of forms send.
fn form_decoded(text: &str) -> Option<String> {
    decoded(&text.replace('+', " "))
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) ending: Ending,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With its last byte.
    Whole,
    /// In the middle of the body.
    Truncated,
    /// Before its first byte, with a reset.
    Reset,
}

impl Answer {
    /// An answer with a body.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::empty(status)
        }
    }

    /// An answer without one.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
            ending: Ending::Whole,
        }
    }

    /// A reset instead of an answer.
    pub(crate) fn reset() -> Self {
        Self {
            ending: Ending::Reset,
            ..Self::empty(500)
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
