//! The verifier against requests that the vendor's own signer has signed.
//!
//! They are in `tests/data/signing_vectors.json`, with the text that was hashed for each.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;

use super::signature::Signature;
use crate::http::Request;

const VECTORS: &str = include_str!("../../tests/data/signing_vectors.json");

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    secret_key: String,
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_hex: Option<String>,
    authorization: String,
    canonical_request: String,
}

impl Vector {
    fn request(&self) -> Request {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let mut headers: Vec<(&str, &str)> = vec![("authorization", &self.authorization)];
        let own = self.headers.iter();
        headers.extend(own.map(|(name, value)| (name.as_str(), value.as_str())));
        let pair = |(name, value): (&str, &str)| -> (HeaderName, HeaderValue) {
            (name.parse().unwrap(), value.parse().unwrap())
        };
        Request {
            method: Method::from_bytes(self.method.as_bytes()).unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.into_iter().map(pair).collect(),
            body: Bytes::from(self.body()),
        }
    }

    fn body(&self) -> Vec<u8> {
        let text = self.body.as_deref().unwrap_or_default();
        let digits = self.body_hex.as_deref().unwrap_or_default().as_bytes();
        let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
        let raw = digits
            .chunks(2)
            .map(|two| digit(two[0]) * 16 + digit(two[1]));
        text.bytes().chain(raw).collect()
    }

    fn accepts(&self, request: &Request) -> bool {
        accepts(&self.secret_key, request)
    }

    /// Refuses what `put` makes of the request with each changed form of a text.
    fn refuses_changes(&self, what: &str, text: &[u8], put: impl Fn(&mut Request, &[u8])) {
        for changed in changes(text) {
            let mut request = self.request();
            put(&mut request, &changed);
            let shown = String::from_utf8_lossy(&changed);
            assert!(!self.accepts(&request), "{}: {what} {shown}", self.name);
        }
    }
}

fn accepts(secret: &str, request: &Request) -> bool {
    Signature::read(request).is_ok_and(|signature| signature.is_by(secret, request))
}

fn vectors() -> Vec<Vector> {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.vectors.len(), 18);
    vectors.vectors
}

/// The text with each of its bytes changed, one at a time: to its neighbour and to a letter. A hex
/// digit never becomes the same one in the other case.
fn changes(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..text.len()).flat_map(move |at| {
        [text[at] ^ 1, b'x', b'y']
            .into_iter()
            .filter_map(move |byte| {
                let mut changed = text.to_vec();
                changed[at] = byte;
                // Neither a control character nor a byte that is no text of its own.
                ((b' '..=b'~').contains(&byte) && byte != text[at]).then_some(changed)
            })
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_vendors_signatures_are_accepted_and_the_hashed_text_is_the_same() {
    for vector in vectors() {
        let request = vector.request();
        let signature = Signature::read(&request).unwrap();
        let canonical = signature.canonical_request(&request);
        assert_eq!(canonical, Some(vector.canonical_request.clone()));
        assert!(vector.accepts(&request), "{}", vector.name);
    }
}

#[test]
fn another_secret_key_is_refused() {
    for vector in vectors() {
        for key in changes(vector.secret_key.as_bytes()) {
            assert!(!accepts(&text(&key), &vector.request()), "{}", vector.name);
        }
        assert!(!accepts("", &vector.request()), "{}", vector.name);
    }
}

#[test]
fn a_changed_byte_of_method_path_or_query_is_refused() {
    for vector in vectors() {
        let Request {
            method,
            path,
            query,
            ..
        } = vector.request();
        vector.refuses_changes("method", method.as_str().as_bytes(), |request, changed| {
            request.method = Method::from_bytes(changed).unwrap();
        });
        vector.refuses_changes("path", path.as_bytes(), |request, changed| {
            request.path = text(changed);
        });
        vector.refuses_changes("query", query.as_bytes(), |request, changed| {
            request.query = text(changed);
        });
    }
}

#[test]
fn a_changed_byte_of_a_signed_header_is_refused() {
    for vector in vectors() {
        let signed = vector.authorization.split_once("SignedHeaders=").unwrap().1;
        let (signed, _) = signed.split_once(',').unwrap();
        let signed: Vec<&str> = signed.split(';').collect();
        for (name, value) in &vector.headers {
            let known = HeaderName::try_from(name).unwrap();
            if !signed.contains(&name.as_str()) {
                assert_eq!(name, "test_underscore");
                continue;
            }
            vector.refuses_changes(name, value.as_bytes(), |request, changed| {
                let value = HeaderValue::from_bytes(changed).unwrap();
                request.headers.insert(&known, value);
            });
            let mut request = vector.request();
            request.headers.remove(&known);
            assert!(!vector.accepts(&request), "{}: no {name}", vector.name);
            let mut request = vector.request();
            request.headers.append(&known, value.parse().unwrap());
            assert!(!vector.accepts(&request), "{}: two {name}", vector.name);
        }
    }
}

#[test]
fn a_changed_byte_of_the_body_is_refused_unless_the_body_is_not_signed() {
    for vector in vectors() {
        let body = vector.body();
        for changed in changes(&body) {
            let mut request = vector.request();
            request.body = Bytes::from(changed);
            let unsigned = vector.name == "unsigned_payload";
            assert_eq!(vector.accepts(&request), unsigned, "{}", vector.name);
        }
        let shorter = body.get(1..).unwrap_or(b"{}");
        for other in [shorter.to_vec(), [&body[..], b" "].concat()] {
            let mut request = vector.request();
            request.body = Bytes::from(other);
            let unsigned = vector.name == "unsigned_payload";
            assert_eq!(vector.accepts(&request), unsigned, "{}", vector.name);
        }
    }
}

#[test]
fn a_changed_byte_of_the_authorization_is_refused() {
    for vector in vectors() {
        let header = vector.authorization.as_str();
        let (before, after) = header.split_once("Access=").unwrap();
        let (_, after) = after.split_once(", ").unwrap();
        // The access key is looked up: it says whose secret key it is.
        let parts: [(&str, &str, &str); 2] = [
            ("", before, &header[before.len()..]),
            (&header[..header.len() - after.len()], after, ""),
        ];
        for (start, part, end) in parts {
            vector.refuses_changes("authorization", part.as_bytes(), |request, changed| {
                let header = format!("{start}{}{end}", text(changed));
                let header = HeaderValue::try_from(header).unwrap();
                request.headers.insert("authorization", header);
            });
        }
    }
}
