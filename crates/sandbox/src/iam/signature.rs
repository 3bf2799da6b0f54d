//! Signatures of the scheme `SDK-HMAC-SHA256`, from the side of the one who checks them.
//!
//! Written apart from the clients' signer, so that a mistake in one shows against the other.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

use crate::http::Request;

const SCHEME: &str = "SDK-HMAC-SHA256";
const DATE: &str = "x-sdk-date";
const CONTENT_HASH: &str = "x-sdk-content-sha256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Everything but letters, digits, `-`, `_`, `.` and `~` is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Headers that say for whom a request is made: signed or not there at all.
const BINDING: [&str; 4] = [
    "x-project-id",
    "x-domain-id",
    "x-security-token",
    CONTENT_HASH,
];

/// The parts of an `Authorization` header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signature<'r> {
    /// The access key.
    pub(super) access: &'r str,
    signed_headers: Vec<&'r str>,
    code: Vec<u8>,
    date: &'r str,
}

impl<'r> Signature<'r> {
    /// Whether a request says that it is signed.
    pub(super) fn is_claimed(request: &Request) -> bool {
        request
            .header("authorization")
            .is_some_and(|value| value.starts_with(SCHEME))
    }

    /// Reads the header; the error says what is wrong with it.
    pub(super) fn read(request: &'r Request) -> Result<Self, &'static str> {
        if request.headers.get_all("authorization").iter().count() > 1 {
            return Err("the authorization header is there twice");
        }
        let header = request.header("authorization").ok_or("not signed")?;
        let parts = header.strip_prefix(SCHEME);
        let parts = parts.and_then(|parts| parts.strip_prefix(' '));
        let parts = parts.ok_or("unknown algorithm")?;
        let (mut access, mut signed, mut code) = (None, None, None);
        for part in parts.split(',') {
            let slot = match part.trim().split_once('=') {
                Some(("Access", value)) => (&mut access, value),
                Some(("SignedHeaders", value)) => (&mut signed, value),
                Some(("Signature", value)) => (&mut code, value),
                _ => return Err("unknown part in the authorization header"),
            };
            if slot.0.replace(slot.1).is_some() {
                return Err("a part of the authorization header is there twice");
            }
        }
        let signed = signed.ok_or("the signed headers are missing")?;
        let signature = Self {
            access: access.ok_or("the access key is missing")?,
            signed_headers: signed.split(';').collect(),
            code: unhex(code.ok_or("the signature is missing")?)
                .ok_or("the signature is not hexadecimal")?,
            date: request.header(DATE).ok_or("X-Sdk-Date is missing")?,
        };
        signature.covers_what_it_must(request)?;
        Ok(signature)
    }

    fn covers_what_it_must(&self, request: &Request) -> Result<(), &'static str> {
        let signs = |name: &str| self.signed_headers.contains(&name);
        if !signs("host") || !signs(DATE) {
            return Err("Host and X-Sdk-Date must be signed");
        }
        let mut binding = BINDING.iter();
        if binding.any(|name| request.headers.contains_key(*name) && !signs(name)) {
            return Err("a header that binds the request is not signed");
        }
        let once = |name: &&str| request.headers.get_all(*name).iter().count() == 1;
        if !self.signed_headers.iter().all(once) {
            return Err("a signed header is missing, or there twice");
        }
        // Otherwise a long list of one long header would make a text of many megabytes.
        let mut names = self.signed_headers.clone();
        names.sort_unstable();
        names.dedup();
        if names.len() != self.signed_headers.len() {
            return Err("a signed header is named twice");
        }
        Ok(())
    }

    /// The time of the signature in seconds since 1970.
    pub(super) fn seconds(&self) -> Option<i64> {
        let date = self.date.strip_suffix('Z')?;
        let (day, time) = date.split_once('T')?;
        if day.len() != 8 || time.len() != 6 || !day.is_ascii() || !time.is_ascii() {
            return None;
        }
        let text = format!(
            "{}-{}-{}T{}:{}:{}Z",
            &day[..4],
            &day[4..6],
            &day[6..],
            &time[..2],
            &time[2..4],
            &time[4..]
        );
        cloudbackup_core::Timestamp::from(text).unix_seconds()
    }

    /// Whether the request was signed with this secret key, compared in constant time.
    pub(super) fn is_by(&self, secret: &str, request: &Request) -> bool {
        let Some(canonical) = self.canonical_request(request) else {
            return false;
        };
        let text = format!(
            "{SCHEME}\n{}\n{}",
            self.date,
            hex_hash(canonical.as_bytes())
        );
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
            return false;
        };
        mac.update(text.as_bytes());
        mac.verify_slice(&self.code).is_ok()
    }

    /// The text that was hashed for the signature.
    pub(super) fn canonical_request(&self, request: &Request) -> Option<String> {
        let mut text = format!("{}\n", request.method);
        push_path(&mut text, &request.path);
        text.push('\n');
        push_query(&mut text, &request.query);
        text.push('\n');
        let mut headers = self.signed_headers.clone();
        headers.sort_unstable();
        for name in &headers {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name}:{}", request.header(name)?.trim());
        }
        let _ = write!(text, "\n{}\n{}", headers.join(";"), payload_hash(request)?);
        Some(text)
    }
}

/// Each segment decoded and encoded again, and a slash at the end.
fn push_path(text: &mut String, path: &str) {
    let path: Vec<u8> = percent_decode_str(path).collect();
    for (index, segment) in path.split(|byte| *byte == b'/').enumerate() {
        if index > 0 {
            text.push('/');
        }
        text.extend(percent_encode(segment, ENCODED));
    }
    if !text.ends_with('/') {
        text.push('/');
    }
}

/// The pairs sorted by their decoded names and values. They are decoded as the services do it, with
/// `+` for a blank: a signature must not hold for a query that is read as another one.
fn push_query(text: &mut String, query: &str) {
    let query = query.replace('+', " ");
    let decoded = |part: &str| -> Vec<u8> { percent_decode_str(part).collect() };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.extend(percent_encode(name, ENCODED));
        text.push('=');
        text.extend(percent_encode(value, ENCODED));
    }
}

/// What stands for the body. A body that is JSON cannot be left unsigned, and a hash given in
/// advance must be the right one.
fn payload_hash(request: &Request) -> Option<String> {
    let hash = hex_hash(&request.body);
    match request.header(CONTENT_HASH) {
        Some(UNSIGNED) if !request.body.is_empty() => {
            let kind = request.header("content-type").unwrap_or_default();
            (!kind.is_empty() && !kind.starts_with("application/json")).then(|| UNSIGNED.to_owned())
        }
        Some(given) if given != UNSIGNED && given != hash => None,
        _ => Some(hash),
    }
}

fn hex_hash(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64
        || !text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        return None;
    }
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}
