//! One request over the wire and its reply taken in: caps, redirects, status, error bodies.
//!
//! Nothing here depends on the type of an operation, so it is compiled once. A single function
//! makes a single attempt; whatever repeats attempts goes around it.

use std::borrow::Cow;
use std::error::Error as _;

use bytes::{Bytes, BytesMut};
use cloudbackup_core::operation::OperationInfo;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};

use crate::call::Call;
use crate::client::{Client, Settings};
use crate::error::parse::{self, ErrorBody};
use crate::error::{Error, ErrorKind, Outcome, ReplyProblem};
use crate::excerpt::excerpt;
use crate::head;
use crate::prepare::{Draft, TOKEN_HEADER};
use crate::text::{SHOWN_CHARS, printable};

/// A successful reply, its body not decoded yet.
pub(crate) struct Reply {
    pub(crate) client: Client,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Bytes,
}

/// Sends a request over the client's own pool.
pub(crate) async fn exchange(
    call: Call,
    info: OperationInfo,
    draft: Draft,
) -> Result<Reply, Error> {
    exchange_over(call.client.settings().transport.http(), &call, &info, draft).await
}

/// Sends a request over the given pool and takes in its reply.
pub(crate) async fn exchange_over(
    http: &reqwest::Client,
    call: &Call,
    info: &OperationInfo,
    draft: Draft,
) -> Result<Reply, Error> {
    let attempt = Attempt { call, info };
    attempt
        .run(http, draft)
        .await
        .map_err(|error| error.with_operation(info))
}

/// One attempt of a call.
struct Attempt<'a> {
    call: &'a Call,
    info: &'a OperationInfo,
}

impl Attempt<'_> {
    async fn run(&self, http: &reqwest::Client, draft: Draft) -> Result<Reply, Error> {
        let request = self.request(draft)?;
        let response = http
            .execute(request)
            .await
            .map_err(|error| self.settings().transport.no_reply(error, self.call.limit()))?;
        let status = response.status();
        let mut headers = response.headers().clone();
        head::hide_secrets(&mut headers, |value| {
            let text = lossy(value);
            self.masked(text.clone()) != text
        });
        let request_id = head::request_id(&headers).map(|id| self.masked(id));
        let result = if self.info.is_success(status.as_u16()) || status.is_success() {
            // A success status that the document does not list is one all the same: the operation
            // has been carried out.
            self.read_success(response, &headers).await
        } else if status.is_redirection() {
            Err(self.redirect(&headers))
        } else if status.is_client_error() || status.is_server_error() {
            Err(self.read_error(response, &headers).await)
        } else {
            let text = "the service answered with a status that is neither success nor error";
            Err(Error::reply(ReplyProblem::Status, text))
        };
        match result {
            Ok(body) => Ok(Reply {
                client: self.call.client.clone(),
                status,
                headers,
                request_id,
                body,
            }),
            Err(error) => Err(error
                .with_status(status)
                .with_request_id(request_id.as_deref())),
        }
    }

    fn settings(&self) -> &Settings {
        self.call.client.settings()
    }

    /// The draft with the credentials, which are added as late as possible.
    fn request(&self, draft: Draft) -> Result<reqwest::Request, Error> {
        let token = self.settings().token.as_ref().ok_or_else(|| {
            Error::config("no credentials: call `.token(..)` on the client's builder")
        })?;
        let mut request = reqwest::Request::new(draft.method, draft.url);
        *request.headers_mut() = draft.headers;
        request
            .headers_mut()
            .insert(TOKEN_HEADER, token_value(token.expose())?);
        *request.body_mut() = draft.body.map(reqwest::Body::from);
        *request.timeout_mut() = Some(self.call.limit());
        Ok(request)
    }

    fn redirect(&self, headers: &HeaderMap) -> Error {
        let text = match headers.get(LOCATION) {
            Some(location) => {
                let target = shown_location(&self.masked(lossy(location)));
                format!("the service redirects to {target}; redirects are not followed")
            }
            None => "the service answered with a redirect that names no target".into(),
        };
        Error::new(ErrorKind::Redirect, Outcome::Rejected, text)
    }

    async fn read_success(
        &self,
        mut response: reqwest::Response,
        headers: &HeaderMap,
    ) -> Result<Bytes, Error> {
        let cap = self.settings().max_reply_bytes;
        let too_large = || {
            Error::reply(
                ReplyProblem::TooLarge,
                format!("the reply is larger than {cap} bytes"),
            )
        };
        if response
            .content_length()
            .is_some_and(|length| length > cap as u64)
        {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.cut_off(error))?
        {
            if body.len() + chunk.len() > cap {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        self.check_success(without_bom(body.freeze()), headers)
    }

    /// The reply has begun and cannot be read to its end.
    fn cut_off(&self, error: reqwest::Error) -> Error {
        let failed = if error.is_timeout() {
            let text = format!("the reply did not end within {:?}", self.call.limit());
            Error::new(ErrorKind::Timeout, Outcome::Applied, text)
        } else if is_unpacking_fault(&error) {
            Error::reply(ReplyProblem::Encoding, "the reply cannot be unpacked")
        } else {
            Error::reply(ReplyProblem::Truncated, "the reply was cut off")
        };
        failed.with_source(error.without_url())
    }

    /// Refuses what stands under a success status and is no reply of the service.
    fn check_success(&self, body: Bytes, headers: &HeaderMap) -> Result<Bytes, Error> {
        // A body that the HTTP library has unpacked no longer has this header.
        if let Some(packing) = packing(headers) {
            let packing = printable(&self.masked(packing), SHOWN_CHARS);
            let text = format!("the reply is packed as {packing}, which was not asked for");
            return Err(Error::reply(ReplyProblem::Encoding, text));
        }
        if looks_like_a_page(&body, headers.get(CONTENT_TYPE)) {
            let quote = excerpt(&self.masked_bytes(&body));
            let text = format!("a web page came instead of JSON: {quote}");
            return Err(
                Error::reply(ReplyProblem::ContentType, text).with_raw_body(self.capped(&body))
            );
        }
        let error = self
            .info
            .looks_for_errors_in_success()
            .then(|| parse::error_in_success(&body))
            .flatten();
        match error {
            Some(error) => {
                let error = Error::service_error(Outcome::Rejected, self.masked_body(error));
                Err(error.with_raw_body(self.capped(&body)))
            }
            None => Ok(body),
        }
    }

    /// A refusal stays one even if its body is cut off, stalls or is too long.
    async fn read_error(&self, mut response: reqwest::Response, headers: &HeaderMap) -> Error {
        let cap = self.settings().max_error_bytes;
        let status = response.status();
        let mut body = BytesMut::new();
        while body.len() < cap {
            let Ok(Some(chunk)) = response.chunk().await else {
                break;
            };
            body.extend_from_slice(&chunk[..chunk.len().min(cap - body.len())]);
        }
        let body = without_bom(body.freeze());
        let found = if packing(headers).is_some() {
            ErrorBody::default()
        } else {
            parse::parse(&self.masked_bytes(&body))
        };
        Error::service_error(outcome_of(status), self.masked_body(found))
            .with_retry_after(head::retry_after(headers))
            .with_raw_body(body)
    }

    fn masked(&self, text: String) -> String {
        self.settings().masked(text)
    }

    fn masked_bytes<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        self.settings().masked_bytes(body)
    }

    /// Once more after parsing, for a token that was written with JSON escapes.
    fn masked_body(&self, body: ErrorBody) -> ErrorBody {
        ErrorBody {
            code: body.code.map(|text| self.masked(text)),
            message: body.message.map(|text| self.masked(text)),
            request_id: body.request_id.map(|text| self.masked(text)),
        }
    }

    fn capped(&self, body: &Bytes) -> Bytes {
        capped(body, self.settings().max_error_bytes)
    }
}

/// The token as a header. The builder has checked the text; a failure must not print it.
fn token_value(token: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(token)
        .map_err(|_| Error::config("the token cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The HTTP library calls every failure to read a body a decoding error. One of the connection
/// holds an error of the protocol library next; one of the packing holds an I/O error directly.
fn is_unpacking_fault(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(own) = cause.and_then(|cause| cause.downcast_ref::<reqwest::Error>()) {
        cause = own.source();
    }
    cause.is_some_and(|cause| cause.is::<std::io::Error>())
}

/// The beginning of a body that an error keeps. A copy, so that a small piece does not hold a
/// large body in memory.
pub(crate) fn capped(body: &Bytes, cap: usize) -> Bytes {
    if body.len() <= cap {
        body.clone()
    } else {
        Bytes::copy_from_slice(&body[..cap])
    }
}

/// Whether a refused request may have had an effect. A gateway's 502 to 504 says nothing about
/// what the service behind it did, and a service's 500 may come half-way.
fn outcome_of(status: StatusCode) -> Outcome {
    match status {
        StatusCode::REQUEST_TIMEOUT => Outcome::Unknown,
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => Outcome::Rejected,
        status if status.is_server_error() => Outcome::Unknown,
        _ => Outcome::Rejected,
    }
}

/// The target of a redirect without what may hold secrets: user name, query, fragment.
fn shown_location(location: &str) -> String {
    let plain = location.split(['?', '#']).next().unwrap_or_default();
    let shown = match plain.split_once("//") {
        Some((scheme, rest)) => {
            let (host, path) = rest
                .find('/')
                .map_or((rest, ""), |slash| rest.split_at(slash));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}//{host}{path}")
        }
        None => plain.to_owned(),
    };
    printable(&shown, SHOWN_CHARS)
}

fn packing(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim();
    let plain = text.is_empty() || text.eq_ignore_ascii_case("identity");
    (!plain).then(|| text.to_owned())
}

/// A page by its type or by its first character. JSON under the wrong type is taken, since
/// gateways mislabel it.
fn looks_like_a_page(body: &[u8], content_type: Option<&HeaderValue>) -> bool {
    match body.trim_ascii_start().first() {
        None | Some(b'{' | b'[') => false,
        Some(b'<') => true,
        Some(_) => head::is_html(content_type),
    }
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// One byte order mark is tolerated; JSON parsers refuse it.
fn without_bom(body: Bytes) -> Bytes {
    if body.starts_with(b"\xef\xbb\xbf") {
        body.slice(3..)
    } else {
        body
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn token_is_marked_so_that_the_http_library_hides_it() {
        let value = token_value("MIIE").unwrap();
        assert!(value.is_sensitive() && value == "MIIE");
        let error = token_value("s3cret\n").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn outcome_follows_the_status() {
        for (status, outcome) in [
            (400, Outcome::Rejected),
            (401, Outcome::Rejected),
            (404, Outcome::Rejected),
            (408, Outcome::Unknown),
            (409, Outcome::Rejected),
            (413, Outcome::Rejected),
            (418, Outcome::Rejected),
            (429, Outcome::Rejected),
            (500, Outcome::Unknown),
            (501, Outcome::Rejected),
            (502, Outcome::Unknown),
            (503, Outcome::Unknown),
            (504, Outcome::Unknown),
            (505, Outcome::Rejected),
            (599, Outcome::Unknown),
        ] {
            assert_eq!(
                outcome_of(StatusCode::from_u16(status).unwrap()),
                outcome,
                "{status}"
            );
        }
    }

    #[test]
    fn location_is_shown_without_what_may_be_secret() {
        for (location, shown) in [
            ("https://u:p@h/a?token=x#y", "https://h/a"),
            ("//u@h", "//h"),
            ("/login?next=x", "/login"),
            ("https://h/a@b", "https://h/a@b"),
        ] {
            assert_eq!(shown_location(location), shown);
        }
    }
}
