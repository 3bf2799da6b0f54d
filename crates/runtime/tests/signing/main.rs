//! Signing with access keys: the vendor's own signatures reproduced, and what its vectors leave open.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod form;
mod host;
mod refusals;
mod vectors;

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cloudbackup_core::Timestamp;
use cloudbackup_runtime::auth::{AccessKeys, SigningScope, canonical_form, sign};
use http::{HeaderMap, HeaderName, HeaderValue, Request};

const ACCESS_KEY: &str = "AKEXAMPLE0123456789A";
const SECRET_KEY: &str = "SkExample/+abcdefghijklmnopqrstuvwxyz012";

/// A time written as `X-Sdk-Date` has it.
fn time(date: &str) -> SystemTime {
    let (day, clock) = date.split_once('T').unwrap();
    let (year, month, day) = (&day[..4], &day[4..6], &day[6..]);
    let (hour, minute, second) = (&clock[..2], &clock[2..4], &clock[4..]);
    let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}");
    let seconds = Timestamp::from(text).unix_seconds().unwrap();
    UNIX_EPOCH + Duration::from_secs(seconds.try_into().unwrap())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn keys() -> AccessKeys {
    AccessKeys::new(ACCESS_KEY, SECRET_KEY)
}

fn noon() -> SystemTime {
    time("20260102T120000Z")
}

fn get(uri: &str) -> Request<Bytes> {
    Request::get(uri).body(Bytes::new()).unwrap()
}

fn put(headers: &[(&str, &str)], body: &'static str) -> Request<Bytes> {
    let mut request = Request::put("https://h.example/x").body(body.into());
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        let headers = request.as_mut().unwrap().headers_mut();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request.unwrap()
}

fn signed(mut request: Request<Bytes>) -> Request<Bytes> {
    sign(&mut request, &keys(), SigningScope::None, noon()).unwrap();
    request
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

/// The lines of the canonical request.
fn canonical_lines(request: &Request<Bytes>) -> Vec<String> {
    let form = canonical_form(request).unwrap();
    let lines = form.canonical_request().split('\n');
    lines.map(str::to_owned).collect()
}

fn signed_names(request: &Request<Bytes>) -> String {
    let header = text(request.headers(), "authorization").unwrap();
    let (_, rest) = header.split_once("SignedHeaders=").unwrap();
    rest.split_once(',').unwrap().0.to_owned()
}
