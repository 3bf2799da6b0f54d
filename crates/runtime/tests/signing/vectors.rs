//! The vectors: requests as the vendor's own signer has signed them.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cloudbackup_runtime::auth::{AccessKeys, SigningScope, canonical_form, sign};
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, Request};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{hex, text, time};

/// What the signer adds, beside `Authorization`.
const ADDED: [&str; 5] = [
    "x-sdk-date",
    "x-project-id",
    "x-domain-id",
    "x-security-token",
    "x-sdk-content-sha256",
];

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
    /// The request before anything was added.
    fn unsigned(&self) -> Request<Bytes> {
        self.unsigned_with(&self.target)
    }

    fn unsigned_with(&self, target: &str) -> Request<Bytes> {
        let host = &self.headers["host"];
        let scheme = if host.contains(':') { "http" } else { "https" };
        let mut request = Request::builder()
            .method(Method::from_bytes(self.method.as_bytes()).unwrap())
            .uri(format!("{scheme}://{host}{target}"));
        let given = self.headers.iter();
        for (name, value) in
            given.filter(|(name, _)| *name != "host" && !ADDED.contains(&name.as_str()))
        {
            request = request.header(name, value);
        }
        request.body(self.body()).unwrap()
    }

    fn body(&self) -> Bytes {
        match (&self.body, &self.body_hex) {
            (Some(text), _) => text.clone().into(),
            (None, Some(digits)) => (0..digits.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
                .collect(),
            (None, None) => Bytes::new(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    fn keys(&self) -> AccessKeys {
        let (_, rest) = self.authorization.split_once("Access=").unwrap();
        let (access_key, _) = rest.split_once(',').unwrap();
        let keys = AccessKeys::new(access_key, self.secret_key.as_str());
        match self.header("x-security-token") {
            Some(token) => keys.with_security_token(token),
            None => keys,
        }
    }

    fn scope(&self) -> SigningScope<'_> {
        match (self.header("x-project-id"), self.header("x-domain-id")) {
            (Some(id), None) => SigningScope::Project(id),
            (None, Some(id)) => SigningScope::Domain(id),
            (None, None) => SigningScope::None,
            (Some(_), Some(_)) => panic!("{}: two scopes", self.name),
        }
    }

    fn at(&self) -> SystemTime {
        time(&self.headers["x-sdk-date"])
    }

    fn sign(&self, request: &mut Request<Bytes>) {
        sign(request, &self.keys(), self.scope(), self.at()).unwrap();
    }

    fn signed(&self) -> Request<Bytes> {
        let mut request = self.unsigned();
        self.sign(&mut request);
        request
    }
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../data/signing_vectors.json");
    let vectors: Vectors = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.vectors.len(), 18);
    vectors.vectors
}

#[test]
fn vectors_are_reproduced_with_every_header_that_is_added() {
    for vector in vectors() {
        let before = vector.unsigned();
        let request = vector.signed();
        let headers = request.headers();
        assert_eq!(
            text(headers, "authorization").unwrap(),
            vector.authorization,
            "{}",
            vector.name
        );
        let found: BTreeMap<String, String> = headers
            .iter()
            .filter(|(name, _)| *name != "authorization")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let mut expected = vector.headers.clone();
        expected.remove("host");
        assert_eq!(found, expected, "{}", vector.name);
        assert_eq!(request.method(), before.method());
        assert_eq!(request.uri(), before.uri());
        assert_eq!(request.body(), before.body());
    }
}

#[test]
fn canonical_requests_and_strings_to_sign_are_those_of_the_vectors() {
    for vector in vectors() {
        let form = canonical_form(&vector.signed()).unwrap();
        assert_eq!(form.canonical_request(), vector.canonical_request);
        let hash = hex(&Sha256::digest(&vector.canonical_request));
        let date = &vector.headers["x-sdk-date"];
        let string_to_sign = format!("SDK-HMAC-SHA256\n{date}\n{hash}");
        assert_eq!(form.string_to_sign(), string_to_sign, "{}", vector.name);
        // The vendor's signature is over this very text.
        let mut code = Hmac::<Sha256>::new_from_slice(vector.secret_key.as_bytes()).unwrap();
        code.update(form.string_to_sign().as_bytes());
        let (_, signature) = vector.authorization.split_once("Signature=").unwrap();
        assert_eq!(hex(&code.finalize().into_bytes()), signature);
    }
}

#[test]
fn query_counts_in_any_order_and_any_encoding() {
    let mut tried = 0;
    for vector in vectors() {
        let Some((path, query)) = vector.target.split_once('?') else {
            continue;
        };
        let mut pairs: Vec<&str> = query.split('&').collect();
        for _ in 0..pairs.len() {
            pairs.rotate_left(1);
            let all = pairs.join("&");
            for other in [
                all.clone(),
                all.replace("%20", "+"),
                all.replace('1', "%31"),
                format!("&{all}&&"),
            ] {
                let mut request = vector.unsigned_with(&format!("{path}?{other}"));
                vector.sign(&mut request);
                let found = text(request.headers(), "authorization").unwrap();
                assert_eq!(found, vector.authorization, "{other}");
                assert_eq!(request.uri().query(), Some(other.as_str()));
                tried += 1;
            }
        }
    }
    assert!(tried > 40, "{tried}");
}

#[test]
fn signing_again_is_signing_anew() {
    for vector in vectors() {
        let mut request = vector.unsigned();
        let other = AccessKeys::new("OTHER", "other").with_security_token("old");
        let earlier = [
            SigningScope::None,
            SigningScope::Project("p0"),
            SigningScope::Domain("d0"),
        ];
        for scope in earlier {
            sign(&mut request, &other, scope, UNIX_EPOCH).unwrap();
        }
        vector.sign(&mut request);
        assert_eq!(request.headers(), vector.signed().headers());
        assert_eq!(request.headers().len(), vector.headers.len());
    }
}
