//! Signing with an access key, by the scheme `SDK-HMAC-SHA256`.

mod canonical;

use std::error::Error;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cloudbackup_core::{Secret, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use reqwest::Url;
use sha2::{Digest, Sha256};

use self::canonical::{Canonical, UNSIGNED_PAYLOAD, hex, payload_hash};
use super::AccessKeys;
use crate::builder::header_problem;

const SCHEME: &str = "SDK-HMAC-SHA256";

const DATE: HeaderName = HeaderName::from_static("x-sdk-date");
const PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");
const DOMAIN_ID: HeaderName = HeaderName::from_static("x-domain-id");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-security-token");
const CONTENT_HASH: HeaderName = HeaderName::from_static("x-sdk-content-sha256");

/// For whom a request is signed, beside the owner of the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningScope<'a> {
    /// For nobody else: neither `X-Project-Id` nor `X-Domain-Id` is sent.
    #[default]
    None,
    /// For this project, sent as `X-Project-Id`: services of a region.
    Project(&'a str),
    /// For this account (domain), sent as `X-Domain-Id`: services without regions, such as IAM.
    Domain(&'a str),
}

/// Signs a request with an access key, by the scheme `SDK-HMAC-SHA256`.
///
/// Sets `X-Sdk-Date`, `X-Project-Id` or `X-Domain-Id`, `X-Security-Token` where the key is a
/// temporary one, and `Authorization`. Values of an earlier signature are replaced or taken off, so
/// that a request can be signed again with another time. Method, URI, body and the other headers
/// stay as they are.
///
/// Signed are the method, the path, the query, the body, `Host`, and every header that the request
/// has by now. Exceptions:
///
/// * A body whose `Content-Type` begins with neither `application/json` nor `application/bson` is
///   not: `X-Sdk-Content-Sha256: UNSIGNED-PAYLOAD` is added and says so. If that header is on the
///   request already, its value stands for the body, whatever the type.
/// * Headers with `_` in their name, those of the connection (`Content-Length` and
///   `Transfer-Encoding` are among them), those that are there twice and those outside ASCII are
///   not: what is on the way changes them, or servers read them in different ways.
///
/// `Host` is not set but taken from the URI as this crate's HTTP library sends it: in lower case,
/// with the port unless it is the scheme's own. A library that sends another needs the header to
/// be set before signing. A `+` in the query counts as a space, and the URI is signed as it is:
/// a library that takes `..` out of it afterwards sends something else.
///
/// Services refuse a signature that is more than 15 minutes off their own clock, and signed bodies
/// of more than 12 MB. Five refused signatures in a row lock the key for five minutes.
///
/// ```
/// use std::time::SystemTime;
/// use cloudbackup_runtime::auth::{AccessKeys, SigningScope, sign};
/// use cloudbackup_runtime::{bytes::Bytes, http::Request};
///
/// let keys = AccessKeys::new("AKEXAMPLE0123456789A", "SkExample/+abcdefghijklmnopqrstuvwxyz012");
/// let mut request = Request::get("https://cbr.eu-de.otc.t-systems.com/v3/p1/vaults?limit=10")
///     .body(Bytes::new())?;
/// sign(&mut request, &keys, SigningScope::Project("p1"), SystemTime::now())?;
/// assert!(request.headers().contains_key("authorization"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A key, token or id that cannot be sent in a header, a time outside the years 0 to 9999, a
/// request without a host, and `Host` or `X-Sdk-Content-Sha256` twice. The request is then as it
/// was.
pub fn sign(
    request: &mut Request<Bytes>,
    keys: &AccessKeys,
    scope: SigningScope<'_>,
    at: SystemTime,
) -> Result<(), SignError> {
    let date = date(at)?;
    let access_key = checked("access key", keys.access_key().expose())?;
    let secret_key = checked("secret key", keys.secret_key().expose())?;
    let own = own_headers(&date, keys, scope)?;
    let host = host(request)?;
    let given = match single(request.headers(), &CONTENT_HASH)? {
        Some(given) => Some(given.to_owned()),
        None if is_body_signed(request.headers()) => None,
        None => Some(UNSIGNED_PAYLOAD.to_owned()),
    };
    let payload_hash = payload_hash(request.body(), given.as_deref());
    // Nothing fails from here on.
    let headers = request.headers_mut();
    for (name, value) in own {
        match value {
            Some(value) => headers.insert(name, value),
            None => headers.remove(name),
        };
    }
    if given.as_deref() == Some(UNSIGNED_PAYLOAD) {
        headers.insert(CONTENT_HASH, HeaderValue::from_static(UNSIGNED_PAYLOAD));
    }
    let authorization = {
        let canonical = Canonical::new(request, &host, &payload_hash);
        let mut hash = Sha256::new();
        canonical.write(&mut hash);
        let text = string_to_sign(&date, &hash.finalize());
        authorization(access_key, canonical.names(), &hmac(secret_key, &text)?)?
    };
    request.headers_mut().insert(AUTHORIZATION, authorization);
    Ok(())
}

/// What the signature of a request covers, to find out why a service refuses it.
///
/// The request is one that [`sign`] has signed, or one with all its headers and `X-Sdk-Date`. No
/// key is needed. Services print the canonical request that they have made of it in some of their
/// errors; the first difference is the cause.
///
/// # Errors
/// No `X-Sdk-Date`, no host, and any of the headers that the canonical form needs twice.
pub fn canonical_form(request: &Request<Bytes>) -> Result<CanonicalForm, SignError> {
    let headers = request.headers();
    let date = single(headers, &DATE)?
        .ok_or_else(|| SignError::new("the request is not signed: it has no `X-Sdk-Date`"))?;
    let host = host(request)?;
    let payload_hash = payload_hash(request.body(), single(headers, &CONTENT_HASH)?);
    let mut text = String::with_capacity(4096);
    Canonical::new(request, &host, &payload_hash).write(&mut text);
    Ok(CanonicalForm {
        string_to_sign: string_to_sign(date, &Sha256::digest(&text)),
        canonical_request: text.into(),
    })
}

/// What the signature of a request covers; see [`canonical_form`].
///
/// `Debug` shows the string to sign alone, which is a time and a hash.
#[derive(Clone, Debug)]
pub struct CanonicalForm {
    canonical_request: Secret,
    string_to_sign: String,
}

impl CanonicalForm {
    /// The canonical request. The value of `X-Security-Token` is in it, and of `X-Auth-Token` if
    /// that was signed too: do not log it.
    #[must_use]
    pub fn canonical_request(&self) -> &str {
        self.canonical_request.expose()
    }

    /// The text that is signed: the scheme, the time, and the hash of the canonical request.
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }
}

/// Why a request cannot be signed. The text says what is wrong, without any value.
#[derive(Clone, Debug)]
pub struct SignError(String);

impl SignError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for SignError {}

/// The headers that are the signature's own; those without a value must not be there.
fn own_headers(
    date: &str,
    keys: &AccessKeys,
    scope: SigningScope<'_>,
) -> Result<[(HeaderName, Option<HeaderValue>); 4], SignError> {
    let (project_id, domain_id) = match scope {
        SigningScope::None => (None, None),
        SigningScope::Project(id) => (Some(id), None),
        SigningScope::Domain(id) => (None, Some(id)),
    };
    let token = keys.security_token().map(Secret::expose);
    let mut token = token
        .map(|text| value("security token", text))
        .transpose()?;
    if let Some(token) = &mut token {
        token.set_sensitive(true);
    }
    let project_id = project_id.map(|id| value("project id", id)).transpose()?;
    let domain_id = domain_id.map(|id| value("domain id", id)).transpose()?;
    Ok([
        (DATE, Some(value("time", date)?)),
        (PROJECT_ID, project_id),
        (DOMAIN_ID, domain_id),
        (SECURITY_TOKEN, token),
    ])
}

/// The time as `X-Sdk-Date` has it.
fn date(at: SystemTime) -> Result<String, SignError> {
    let text = unix_seconds(at).map(|seconds| String::from(Timestamp::from_unix(seconds, 0)));
    // The text of a year outside these is longer.
    let text = text.filter(|text| text.len() == "2026-01-02T03:04:05Z".len());
    let text = text.ok_or_else(|| {
        SignError::new("the time of the signature is outside the years 0 to 9999: check the clock")
    })?;
    Ok([
        &text[..4],
        &text[5..7],
        &text[8..13],
        &text[14..16],
        &text[17..],
    ]
    .concat())
}

/// Whole seconds since 1970, rounded down, as the clock on a wall does.
fn unix_seconds(at: SystemTime) -> Option<i64> {
    match at.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).ok(),
        Err(before) => {
            let before = before.duration();
            let whole = i64::try_from(before.as_secs()).ok()?;
            Some(-whole - i64::from(before.subsec_nanos() > 0))
        }
    }
}

/// The host that the request is sent to: of its header, or as the HTTP library makes one.
fn host(request: &Request<Bytes>) -> Result<String, SignError> {
    if let Some(host) = single(request.headers(), &HOST)? {
        return Ok(host.to_owned());
    }
    let missing = || {
        SignError::new(
            "the request has no host to sign: give it an absolute URI with http or https, \
             or a `Host` header",
        )
    };
    let uri = request.uri();
    let scheme = uri
        .scheme_str()
        .filter(|scheme| ["https", "http"].contains(scheme));
    let (scheme, host) = scheme.zip(uri.host()).ok_or_else(missing)?;
    let port = uri.port();
    if port.is_none() && is_plain(host) {
        return Ok(host.to_owned());
    }
    let port = port.as_ref().map_or("", |port| port.as_str());
    let url = Url::parse(&[scheme, "://", host, ":", port].concat()).map_err(|_| missing())?;
    let host = url.host_str().ok_or_else(missing)?;
    Ok(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// Whether the URL parser, which decides on the host that is sent, leaves a host as it is: a name
/// in lower case. What ends in a number is an address to it.
fn is_plain(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    last.starts_with(|c: char| c.is_ascii_lowercase())
        && host
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
}

/// The value of a header that must not be there twice.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, SignError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(SignError::new(format!(
            "the request has the header `{name}` twice: leave one"
        ))),
        (Some(value), None) => value.to_str().map(|text| Some(text.trim())).map_err(|_| {
            SignError::new(format!(
                "the header `{name}` of the request holds a character outside ASCII"
            ))
        }),
    }
}

fn is_body_signed(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .map_or(&[][..], HeaderValue::as_bytes);
    let begins = |start: &str| {
        let kind = kind.get(..start.len());
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case(start.as_bytes()))
    };
    kind.is_empty() || begins("application/json") || begins("application/bson")
}

fn string_to_sign(date: &str, hash: &[u8]) -> String {
    [SCHEME, date, &hex(hash)].join("\n")
}

fn hmac(secret_key: &str, text: &str) -> Result<String, SignError> {
    let mut code = Hmac::<Sha256>::new_from_slice(secret_key.as_bytes())
        .map_err(|_| SignError::new("the secret key cannot be used"))?;
    code.update(text.as_bytes());
    Ok(hex(&code.finalize().into_bytes()))
}

fn authorization(access_key: &str, names: &str, code: &str) -> Result<HeaderValue, SignError> {
    let parts = [
        SCHEME,
        " Access=",
        access_key,
        ", SignedHeaders=",
        names,
        ", Signature=",
        code,
    ];
    let mut value = HeaderValue::try_from(parts.concat())
        .map_err(|_| SignError::new("the access key cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The text, if a header can carry it as it is. The secret key is held to that too: a line break at
/// its end, which editors leave in files, would make every signature a wrong one.
fn checked<'t>(what: &str, text: &'t str) -> Result<&'t str, SignError> {
    match header_problem(text) {
        Some(_) => Err(unsendable(what, text)),
        None => Ok(text),
    }
}

fn value(what: &str, text: &str) -> Result<HeaderValue, SignError> {
    // Tokens are long: they are looked through once more only if something is wrong.
    let is_bare = !text.is_empty() && text.is_ascii() && text.trim().len() == text.len();
    let value = HeaderValue::from_str(text).ok().filter(|_| is_bare);
    value.ok_or_else(|| unsendable(what, text))
}

fn unsendable(what: &str, text: &str) -> SignError {
    let problem = header_problem(text).unwrap_or("cannot be sent in a header");
    SignError::new(format!("the {what} {problem}"))
}
