//! One attempt: a request over the transport and its reply taken in, within limits of time and size.
//!
//! Nothing here depends on the type of an operation, so it is compiled once. What repeats attempts
//! is `exchange`, around this.

use std::borrow::Cow;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cloudbackup_core::operation::{OperationInfo, ReplyFormat};
use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, TRANSFER_ENCODING,
};
use http::{HeaderMap, StatusCode};
use serde::de::IgnoredAny;

use crate::call::Call;
use crate::client::{Client, Settings};
use crate::clock::{Elapsed, Timer};
use crate::error::parse::{self, ErrorBody};
use crate::error::{AttemptRecord, Error, ErrorKind, Outcome, ReplyProblem, TimeoutPhase};
use crate::excerpt::excerpt;
use crate::head;
use crate::text::{SHOWN_CHARS, printable};
use crate::transport::{Progress, ReplyBody, TransportError};

/// How long the body of a refusal may take: the refusal itself is known by then.
const ERROR_BODY_TIME: Duration = Duration::from_secs(5);

/// A successful reply, its body not decoded yet.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) client: Client,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    /// The attempts before it, which failed.
    pub(crate) failed: Vec<AttemptRecord>,
    /// The wait before this attempt.
    pub(crate) delay: Duration,
    /// The project that had to be found.
    pub(crate) found_project: Option<String>,
    pub(crate) body: Bytes,
}

impl Reply {
    /// How many attempts it took, this one included.
    pub(crate) fn attempts(&self) -> u32 {
        u32::try_from(self.failed.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }
}

/// One attempt of a call, with the time that it has.
pub(crate) struct Attempt<'a> {
    pub(crate) call: &'a Call,
    pub(crate) info: &'a OperationInfo,
    pub(crate) limit: Duration,
    /// Which of the limits it is.
    pub(crate) phase: TimeoutPhase,
}

impl Attempt<'_> {
    pub(crate) async fn run(&self, mut request: http::Request<Bytes>) -> Result<Reply, Error> {
        let progress = Progress::default();
        request.extensions_mut().insert(progress.clone());
        let mut timer = Timer::start(&*self.settings().clock, self.limit);
        let response = match timer.limit(self.settings().transport.send(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(error.before_reply(self.call.client.endpoint_parts())),
            Err(Elapsed) if progress.is_before_the_request() => {
                return Err(self.timeout(Outcome::NotSent, "no connection within"));
            }
            Err(Elapsed) => return Err(self.timeout(Outcome::Unknown, "no reply within")),
        };
        let (parts, body) = response.into_parts();
        let (status, mut headers) = (parts.status, parts.headers);
        head::hide_secrets(&mut headers, |value| {
            self.settings().shows_secret(value.as_bytes())
        });
        let request_id = head::request_id(&headers).map(|id| self.masked(id));
        let incoming = Incoming {
            attempt: self,
            status,
            headers: &headers,
            body,
            timer,
        };
        match incoming.take_in().await {
            Ok(body) => Ok(Reply {
                client: self.call.client.clone(),
                status,
                headers,
                request_id,
                failed: Vec::new(),
                delay: Duration::ZERO,
                found_project: None,
                body,
            }),
            Err(error) => Err(error
                .with_status(status)
                .with_date(head::date(&headers))
                .with_request_id(request_id.as_deref())),
        }
    }

    fn settings(&self) -> &Settings {
        self.call.client.settings()
    }

    fn timeout(&self, outcome: Outcome, text: &str) -> Error {
        let shown = match self.phase {
            TimeoutPhase::Operation => self.call.limit(),
            _ => self.limit,
        };
        let text = format!("{text} {shown:?}");
        Error::new(ErrorKind::Timeout, outcome, text).with_timeout_phase(self.phase)
    }

    fn masked(&self, text: String) -> String {
        self.settings().masked(text)
    }
}

/// A reply whose head is there and whose body is still to come.
struct Incoming<'a> {
    attempt: &'a Attempt<'a>,
    status: StatusCode,
    headers: &'a HeaderMap,
    body: ReplyBody,
    timer: Timer,
}

impl Incoming<'_> {
    /// The body of a success, or the error that the reply is.
    async fn take_in(self) -> Result<Bytes, Error> {
        let status = self.status;
        if self.attempt.info.is_success(status.as_u16()) || status.is_success() {
            // A success status that the document does not list is one all the same: the operation
            // has been carried out.
            self.read_success().await
        } else if status.is_redirection() {
            Err(self.redirect())
        } else if status.is_client_error() || status.is_server_error() {
            Err(self.read_error().await)
        } else {
            let text = "the service answered with a status that is neither success nor error";
            Err(Error::unclear_reply(ReplyProblem::Status, text))
        }
    }

    fn redirect(&self) -> Error {
        let text = match self.headers.get(LOCATION) {
            Some(location) => {
                let target = shown_location(&self.masked(lossy(location)));
                format!("the service redirects to {target}; redirects are not followed")
            }
            None => "the service answered with a redirect that names no target".into(),
        };
        // See Other means: it was done, the result is elsewhere.
        let outcome = match self.status {
            StatusCode::SEE_OTHER => Outcome::Unknown,
            _ => Outcome::Rejected,
        };
        Error::new(ErrorKind::Redirect, outcome, text)
    }

    async fn read_success(mut self) -> Result<Bytes, Error> {
        let cap = self.settings().max_reply_bytes;
        let too_large = || {
            Error::reply(
                ReplyProblem::TooLarge,
                format!("the reply is larger than {cap} bytes"),
            )
        };
        if self.body.length().is_some_and(|length| length > cap as u64) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > cap {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let body = match self.attempt.info.reply_format() {
            ReplyFormat::Bytes => body.freeze(),
            _ => without_bom(body.freeze()),
        };
        self.check_success(body)
    }

    /// The next piece of a success; a failure is one of a reply that has begun.
    async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let limited = if self.timer.is_over(&*self.settings().clock) {
            Err(Elapsed)
        } else {
            self.timer.limit(self.body.chunk()).await
        };
        match limited {
            Ok(chunk) => chunk.map_err(TransportError::in_reply),
            Err(Elapsed) => {
                let text = "the reply did not end within";
                Err(self.attempt.timeout(Outcome::Applied, text))
            }
        }
    }

    /// Refuses what stands under a success status and is no reply of the service.
    fn check_success(&self, body: Bytes) -> Result<Bytes, Error> {
        // A body that the HTTP library has unpacked no longer has this header.
        if let Some(packing) = packing(self.headers) {
            let packing = printable(&self.masked(packing), SHOWN_CHARS);
            let text = format!("the reply is packed as {packing}, which was not asked for");
            return Err(Error::reply(ReplyProblem::Encoding, text));
        }
        let info = self.attempt.info;
        let is_json = info.reply_format() == ReplyFormat::Json;
        if is_unexpected_page(info, &body, self.headers.get(CONTENT_TYPE)) {
            let quote = excerpt(&self.masked_bytes(&body));
            let expected = if is_json { "JSON" } else { info.accepts() };
            let text = format!("a web page came instead of {expected}: {quote}");
            // A login page or a firewall says nothing of what the service behind it did.
            return Err(Error::unclear_reply(ReplyProblem::ContentType, text)
                .with_raw_body(self.capped(&body)));
        }
        if is_json && !has_known_end(self.headers) && stops_short(&body) {
            let quote = excerpt(&self.masked_bytes(&body));
            let text = format!("the JSON of the reply stops short; the reply is {quote}");
            return Err(Error::reply(ReplyProblem::Decode, text).with_raw_body(self.capped(&body)));
        }
        let error = (is_json && info.looks_for_errors_in_success())
            .then(|| parse::error_in_success(&body))
            .flatten();
        match error {
            Some(error) => Err(self.refusal(Outcome::Rejected, error, self.capped(&body))),
            None => Ok(body),
        }
    }

    /// A refusal stays one even if its body is cut off, stalls or is too long.
    async fn read_error(mut self) -> Error {
        let body = without_bom(self.read_refusal().await.freeze());
        let found = if packing(self.headers).is_some() {
            ErrorBody::default()
        } else {
            parse::parse(&self.masked_bytes(&body))
        };
        self.refusal(outcome_of(self.status), found, body)
    }

    /// What the service or the gateway before it says.
    fn refusal(&self, outcome: Outcome, found: ErrorBody, body: Bytes) -> Error {
        let now = self.settings().clock.wall();
        let error = Error::service_error(outcome, self.masked_body(found))
            .with_retry_after(head::retry_after(self.headers, now))
            .with_raw_body(body);
        if error.is_throttled() {
            // The gateway has let nothing pass, whatever the status.
            return error.with_outcome(Outcome::Rejected);
        }
        error
    }

    /// As much of the body as comes in time and fits.
    async fn read_refusal(&mut self) -> BytesMut {
        let cap = self.settings().max_error_bytes;
        let mut shorter = Timer::start(&*self.settings().clock, ERROR_BODY_TIME);
        let mut body = BytesMut::new();
        while body.len() < cap && !shorter.is_over(&*self.settings().clock) {
            let chunk = self.timer.limit(self.body.chunk());
            let Ok(Ok(Ok(Some(chunk)))) = shorter.limit(chunk).await else {
                break;
            };
            body.extend_from_slice(&chunk[..chunk.len().min(cap - body.len())]);
        }
        body
    }

    fn settings(&self) -> &Settings {
        self.attempt.settings()
    }

    fn masked(&self, text: String) -> String {
        self.attempt.masked(text)
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

/// Whether the head says where the body ends. Otherwise the end of the connection ends it, and
/// nothing else tells a whole body from one that was cut off.
fn has_known_end(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING)
}

/// Whether a body is the beginning of a JSON text.
fn stops_short(body: &[u8]) -> bool {
    !body.trim_ascii().is_empty()
        && serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

fn packing(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim();
    let plain = text.is_empty() || text.eq_ignore_ascii_case("identity");
    (!plain).then(|| text.to_owned())
}

/// Whether a web page came where the operation answers with something else.
fn is_unexpected_page(
    info: &OperationInfo,
    body: &[u8],
    content_type: Option<&HeaderValue>,
) -> bool {
    match info.reply_format() {
        ReplyFormat::Json => looks_like_a_page(body, content_type),
        _ => {
            let wanted = info.accepts();
            let may_be = wanted.contains("html") || wanted.starts_with("*/");
            !may_be && !body.is_empty() && head::is_html(content_type)
        }
    }
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
