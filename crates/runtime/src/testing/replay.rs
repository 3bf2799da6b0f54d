//! A transport that answers from a script, without a network.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use cloudbackup_core::operation::OperationInfo;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::auth::ShownTarget;
use crate::transport::{
    BoxFuture, FreshConnection, ReplyBody, Transport, TransportError, TransportFault,
};

/// Answers each request with the next answer of a script, and keeps the requests.
///
/// A request that the script does not expect, or for which it has no answer left, fails with what
/// was expected. A program may swallow that error, so a test ends with
/// [`assert_finished`](Self::assert_finished). Clones share script and requests.
#[derive(Clone)]
pub struct ReplayTransport(Arc<Mutex<Replay>>);

struct Replay {
    script: VecDeque<Answer>,
    requests: Vec<RecordedRequest>,
    mismatches: Vec<String>,
}

impl ReplayTransport {
    /// A transport with this script.
    #[must_use]
    pub fn new(script: impl IntoIterator<Item = Answer>) -> Self {
        Self(Arc::new(Mutex::new(Replay {
            script: script.into_iter().collect(),
            requests: Vec::new(),
            mismatches: Vec::new(),
        })))
    }

    /// The requests so far, in their order.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.replay().requests.clone()
    }

    /// How many answers are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.replay().script.len()
    }

    /// Checks that every request matched the script and that no answer is left.
    ///
    /// # Panics
    /// If not: with all requests that did not match, and the number of answers left.
    #[track_caller]
    pub fn assert_finished(&self) {
        let replay = self.replay();
        let (mut problems, left) = (replay.mismatches.clone(), replay.script.len());
        // A panic must not poison what clones go on using.
        drop(replay);
        if left > 0 {
            problems.push(format!("{left} of the script's answers left"));
        }
        assert!(
            problems.is_empty(),
            "the script was not followed:\n{}",
            problems.join("\n")
        );
    }

    fn replay(&self) -> MutexGuard<'_, Replay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: http::Request<Bytes>) -> Result<Answer, TransportError> {
        let request = RecordedRequest::new(request);
        let mut replay = self.replay();
        let next = replay.script.pop_front();
        let line = format!("{} {}", request.method, request.path_and_query());
        let shown = format!("{} {}", request.method, request.shown());
        replay.requests.push(request);
        let problem = match next {
            None => format!("the script has no answer left for {shown}"),
            Some(answer) => match answer.problem(&line) {
                Some(problem) => problem.replace(&line, &shown),
                None => return Ok(answer),
            },
        };
        replay.mismatches.push(problem.clone());
        Err(TransportError::new(TransportFault::Unsendable).with_source(problem))
    }
}

impl Transport for ReplayTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        let answer = self.answer(request);
        Box::pin(async move { answer?.play().await })
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let replay = self.replay();
        f.debug_struct("ReplayTransport")
            .field("remaining", &replay.script.len())
            .field("requests", &replay.requests)
            .field("mismatches", &replay.mismatches)
            .finish()
    }
}

/// A request as it reached a [`ReplayTransport`]; `Debug` hides the credentials and the body.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub uri: Uri,
    /// The headers, credentials included.
    pub headers: HeaderMap,
    /// The body; empty if there is none.
    pub body: Bytes,
    /// Whether it was sent again and asks for a new connection.
    pub is_fresh: bool,
    /// The Rust name of the operation.
    pub operation: Option<&'static str>,
    /// Path and query as they may be printed, where they hold a secret.
    shown: Option<String>,
}

impl RecordedRequest {
    fn new(request: http::Request<Bytes>) -> Self {
        let (parts, body) = request.into_parts();
        let info = parts.extensions.get::<OperationInfo>();
        Self {
            is_fresh: parts.extensions.get::<FreshConnection>().is_some(),
            operation: info.map(OperationInfo::name),
            shown: parts.extensions.get::<ShownTarget>().map(|it| it.0.clone()),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
        }
    }

    /// Path and query without the secrets in them.
    fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(self.path_and_query())
    }

    /// Path and query, as they are sent.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        self.uri
            .path_and_query()
            .map_or("/", |target| target.as_str())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = match &self.shown {
            Some(shown) => shown.clone(),
            None => self.uri.to_string(),
        };
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("uri", &format_args!("{uri}"))
            .field("headers", &self.headers)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What a [`ReplayTransport`] does with a request; `Debug` hides the body.
#[derive(Clone)]
#[must_use]
pub struct Answer {
    expected: Option<String>,
    play: Play,
    /// Or the number that is none.
    status: Result<StatusCode, u16>,
    headers: HeaderMap,
    body: Bytes,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum Play {
    Reply,
    Fault(TransportFault),
    Silence,
}

/// How a body ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Whole,
    Fault(TransportFault),
    Stall,
}

impl Answer {
    /// A reply with this status and no body. With a number that is no HTTP status the request that
    /// meets it fails, and says so.
    pub fn status(status: u16) -> Self {
        Self {
            expected: None,
            play: Play::Reply,
            status: StatusCode::from_u16(status).map_err(|_| status),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            end: End::Whole,
        }
    }

    /// A reply with a JSON body.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::status(status)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body)
    }

    /// A failure before any reply.
    pub fn fault(fault: TransportFault) -> Self {
        Self {
            play: Play::Fault(fault),
            ..Self::status(200)
        }
    }

    /// No answer, ever: the call hangs until one of its limits passes.
    ///
    /// That takes [`ManualClock::advance`](super::ManualClock::advance), on a
    /// [skipping](super::ManualClock::skipping) clock as well, while the call hangs, which
    /// [`ManualClock::limits`](super::ManualClock::limits) tells.
    pub fn silence() -> Self {
        Self {
            play: Play::Silence,
            ..Self::status(200)
        }
    }

    /// Expects the request to be this one: `GET /v3/p1/backups?limit=1`.
    pub fn to(mut self, request_line: impl Into<String>) -> Self {
        self.expected = Some(request_line.into());
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Lets the body fail after what there is of it.
    pub fn then_fault(mut self, fault: TransportFault) -> Self {
        self.end = End::Fault(fault);
        self
    }

    /// Lets the body never end; see [`silence`](Self::silence) for how the call does.
    pub fn then_stall(mut self) -> Self {
        self.end = End::Stall;
        self
    }

    /// Why it cannot answer this request.
    fn problem(&self, line: &str) -> Option<String> {
        if let Some(expected) = self.expected.as_ref().filter(|expected| *expected != line) {
            return Some(format!("the script expects {expected}, not {line}"));
        }
        let number = self.status.err()?;
        Some(format!(
            "the script answers {line} with {number}, which is no HTTP status"
        ))
    }

    async fn play(self) -> Result<http::Response<ReplyBody>, TransportError> {
        match self.play {
            Play::Reply => Ok(self.reply()),
            Play::Fault(fault) => Err(TransportError::new(fault)),
            Play::Silence => std::future::pending().await,
        }
    }

    fn reply(mut self) -> http::Response<ReplyBody> {
        let body = match self.end {
            End::Whole => {
                let length = self.body.len();
                self.headers.insert(CONTENT_LENGTH, length.into());
                ReplyBody::from_bytes(self.body)
            }
            End::Fault(fault) => endless(self.body, Some(fault)),
            End::Stall => endless(self.body, None),
        };
        let mut response = http::Response::new(body);
        // An answer without a status was refused before it came to this.
        *response.status_mut() = self.status.unwrap_or_default();
        *response.headers_mut() = self.headers;
        response
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("expected", &self.expected)
            .field("play", &self.play)
            .field(
                "status",
                &self.status.map_or_else(|no| no, |status| status.as_u16()),
            )
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A body that fails after its bytes, or comes to no end.
fn endless(bytes: Bytes, fault: Option<TransportFault>) -> ReplyBody {
    let mut bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
    ReplyBody::from_poll(move |_| match (bytes.take(), fault) {
        (Some(bytes), _) => Poll::Ready(Some(Ok(bytes))),
        (None, Some(fault)) => Poll::Ready(Some(Err(TransportError::new(fault)))),
        (None, None) => Poll::Pending,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::error::Error as _;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    async fn get(replay: &ReplayTransport, path: &'static str) -> Result<u16, TransportError> {
        let mut request = http::Request::new(Bytes::new());
        *request.uri_mut() = Uri::from_static(path);
        let response = replay.send(request).await?;
        Ok(response.status().as_u16())
    }

    fn complaint(replay: &ReplayTransport) -> String {
        let panic = catch_unwind(AssertUnwindSafe(|| replay.assert_finished())).unwrap_err();
        *panic.downcast::<String>().unwrap()
    }

    #[tokio::test]
    async fn number_that_is_no_status_fails_and_says_so() {
        for number in [0, 99, 1000, 4290] {
            let replay = ReplayTransport::new([Answer::status(number).to("GET /a")]);
            let error = get(&replay, "/a").await.unwrap_err();
            assert_eq!(error.fault(), TransportFault::Unsendable);
            let source = error.source().unwrap().to_string();
            assert!(
                source.contains(&format!("{number}, which is no HTTP status")),
                "{source}"
            );
            assert!(complaint(&replay).ends_with(&source));
        }
    }

    #[tokio::test]
    async fn followed_script_is_finished() {
        let replay = ReplayTransport::new([Answer::status(503), Answer::status(204).to("GET /b")]);
        assert_eq!(get(&replay, "/a").await.unwrap(), 503);
        assert_eq!(get(&replay, "/b").await.unwrap(), 204);
        replay.assert_finished();
    }

    #[tokio::test]
    async fn every_mismatch_and_what_is_left_are_told() {
        let replay = ReplayTransport::new([
            Answer::status(200).to("GET /a"),
            Answer::status(200).to("GET /b"),
            Answer::status(200),
        ]);
        get(&replay, "/x").await.unwrap_err();
        get(&replay, "/y?z=1").await.unwrap_err();
        assert_eq!(
            complaint(&replay),
            "the script was not followed:\n\
             the script expects GET /a, not GET /x\n\
             the script expects GET /b, not GET /y?z=1\n\
             1 of the script's answers left"
        );
        assert_eq!(get(&replay, "/c").await.unwrap(), 200);
        get(&replay, "/d").await.unwrap_err();
        let text = complaint(&replay);
        assert!(
            text.ends_with("\nthe script has no answer left for GET /d"),
            "{text}"
        );
    }

    #[test]
    fn answers_left_alone_are_a_complaint() {
        let replay = ReplayTransport::new([Answer::silence(), Answer::status(200)]);
        assert!(complaint(&replay).ends_with(":\n2 of the script's answers left"));
    }
}
