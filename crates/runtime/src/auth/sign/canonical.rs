//! The canonical form of a request: the text that both sides make of it and hash, however it is
//! written on its way.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use sha2::{Digest, Sha256};

/// The value of `X-Sdk-Content-Sha256` that leaves the body out of the signature.
pub(super) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Everything but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A path is decoded as a whole, so that a `%2F` has become a separator too.
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// The header of the signature itself, and those that belong to one connection: each hop may
/// rewrite them. The hash of the body covers its length.
const NEVER_SIGNED: [&str; 10] = [
    "authorization",
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Takes the canonical form piece by piece, so that it is hashed without being put together: it
/// holds the security token.
pub(super) trait Sink {
    fn push(&mut self, text: &str);
}

impl Sink for String {
    fn push(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Sink for Sha256 {
    fn push(&mut self, text: &str) {
        self.update(text);
    }
}

/// A request of which the canonical form can be written.
pub(super) struct Canonical<'r> {
    request: &'r Request<Bytes>,
    headers: Vec<(&'r str, &'r str)>,
    names: String,
    payload_hash: &'r str,
}

impl<'r> Canonical<'r> {
    pub(super) fn new(request: &'r Request<Bytes>, host: &'r str, payload_hash: &'r str) -> Self {
        let headers = signed_headers(request.headers(), host);
        let mut names = String::with_capacity(128);
        for (index, (name, _)) in headers.iter().enumerate() {
            if index > 0 {
                names.push(';');
            }
            names.push_str(name);
        }
        Self {
            request,
            headers,
            names,
            payload_hash,
        }
    }

    /// The names of the signed headers, as the signature lists them.
    pub(super) fn names(&self) -> &str {
        &self.names
    }

    pub(super) fn write(&self, sink: &mut impl Sink) {
        let method = self.request.method().as_str();
        sink.push(&method.to_ascii_uppercase());
        sink.push("\n");
        push_path(sink, self.request.uri().path());
        sink.push("\n");
        push_query(sink, self.request.uri().query().unwrap_or_default());
        sink.push("\n");
        for (name, value) in &self.headers {
            sink.push(name);
            sink.push(":");
            sink.push(value);
            sink.push("\n");
        }
        sink.push("\n");
        sink.push(&self.names);
        sink.push("\n");
        sink.push(self.payload_hash);
    }
}

/// Names and values, sorted by name. What servers read in different ways is left out: a header that
/// is there twice, and one that is not ASCII.
fn signed_headers<'r>(headers: &'r HeaderMap, host: &'r str) -> Vec<(&'r str, &'r str)> {
    let mut all: Vec<(&str, Option<&HeaderValue>)> = Vec::with_capacity(headers.len() + 1);
    all.push(("host", None));
    let rest = headers.iter().map(|(name, value)| (name.as_str(), value));
    all.extend(
        rest.filter(|(name, _)| is_signed(name))
            .map(|(name, value)| (name, Some(value))),
    );
    all.sort_unstable_by_key(|(name, _)| *name);
    let once = all.chunk_by(|one, next| one.0 == next.0);
    once.filter_map(|same| match same {
        [(name, None)] => Some((*name, host)),
        [(name, Some(value))] => Some((*name, value.to_str().ok()?.trim())),
        _ => None,
    })
    .collect()
}

/// Names with an underscore are not: many servers drop such headers.
fn is_signed(name: &str) -> bool {
    name != "host" && !name.contains('_') && !NEVER_SIGNED.contains(&name)
}

/// Decoded and encoded again, with a slash at the end.
fn push_path(sink: &mut impl Sink, path: &str) {
    let path: Cow<'_, [u8]> = percent_decode(path.as_bytes()).into();
    push_encoded(sink, &path, ENCODED_IN_PATH);
    if !path.ends_with(b"/") {
        sink.push("/");
    }
}

/// Decoded, sorted by name and then by value, and encoded again.
fn push_query(sink: &mut impl Sink, query: &str) {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            sink.push("&");
        }
        push_encoded(sink, name, ENCODED);
        sink.push("=");
        push_encoded(sink, value, ENCODED);
    }
}

fn push_encoded(sink: &mut impl Sink, bytes: &[u8], encoded: &'static AsciiSet) {
    for piece in percent_encode(bytes, encoded) {
        sink.push(piece);
    }
}

/// A name or value of a query as services read it: with `+` for a space.
fn decoded(text: &str) -> Cow<'_, [u8]> {
    // Most are plain.
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return text.as_bytes().into();
    }
    let spaced = text.replace('+', " ");
    Cow::from(percent_decode(spaced.as_bytes()))
        .into_owned()
        .into()
}

/// What stands for the body: the hash that was `given` in a header, or its own.
pub(super) fn payload_hash<'h>(body: &[u8], given: Option<&'h str>) -> Cow<'h, str> {
    match given {
        // Even beside another hash in the header.
        _ if body.is_empty() => HASH_OF_NOTHING.into(),
        Some(given) => given.into(),
        None => hex(&Sha256::digest(body)).into(),
    }
}

/// Hexadecimal digits in lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = vec![0; 2 * bytes.len()];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    // Digits are UTF-8.
    String::from_utf8(text).unwrap_or_default()
}
