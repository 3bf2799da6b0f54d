//! The one error type of all clients: opaque, one pointer wide, with flat accessors.

mod display;
mod history;
mod kind;
pub(crate) mod parse;

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cloudbackup_core::Secret;
use cloudbackup_core::operation::{Method, OperationInfo};
use cloudbackup_core::validate::Violation;
use http::StatusCode;

use crate::text::REDACTED;

pub use self::history::AttemptRecord;
pub use self::kind::{
    ConnectProblem, ErrorKind, Outcome, PagingProblem, ReplyProblem, TimeoutPhase,
};

/// Fewer characters of a password may be any word.
const SHORTEST_SECRET: usize = 6;

/// Anything that can go wrong with a client or a call.
///
/// [`kind`](Self::kind) says what happened, [`outcome`](Self::outcome) whether the operation may
/// have taken effect; `{}` prints all that is known on one line. Neither `{}` nor `{:?}` shows the
/// client's credentials.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    problem: Option<ReplyProblem>,
    connect_problem: Option<ConnectProblem>,
    timeout_phase: Option<TimeoutPhase>,
    paging_problem: Option<PagingProblem>,
    /// Whether the same request would fail in the same way.
    permanent: bool,
    attempts: Vec<AttemptRecord>,
    /// What happened, in our own words.
    text: String,
    service: Option<&'static str>,
    operation: Option<&'static str>,
    /// Whether the operation changes anything; reads need no talk of effects.
    is_write: bool,
    status: Option<StatusCode>,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
    /// When the server said it, by its clock.
    date: Option<SystemTime>,
    raw_body: Option<Bytes>,
    /// What was done about it, in our own words.
    note: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, outcome: Outcome, text: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            outcome,
            problem: None,
            connect_problem: None,
            timeout_phase: None,
            paging_problem: None,
            permanent: false,
            attempts: Vec::new(),
            text: text.into(),
            service: None,
            operation: None,
            is_write: false,
            status: None,
            code: None,
            message: None,
            request_id: None,
            violations: Vec::new(),
            retry_after: None,
            date: None,
            raw_body: None,
            note: None,
            source: None,
        }))
    }

    pub(crate) fn config(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, Outcome::NotSent, text)
    }

    pub(crate) fn validation(violations: Vec<Violation>) -> Self {
        let mut error = Self::new(ErrorKind::Validation, Outcome::NotSent, "");
        error.0.violations = violations;
        error
    }

    pub(crate) fn reply(problem: ReplyProblem, text: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::Response, Outcome::Applied, text);
        error.0.problem = Some(problem);
        error
    }

    /// A reply that does not tell whether the operation was carried out.
    pub(crate) fn unclear_reply(problem: ReplyProblem, text: impl Into<String>) -> Self {
        let mut error = Self::reply(problem, text);
        error.0.outcome = Outcome::Unknown;
        error
    }

    /// A walk over pages that cannot go on. A limit keeps the next request from being sent; in all
    /// other cases the service has answered well.
    pub(crate) fn paging(problem: PagingProblem, text: impl Into<String>) -> Self {
        let outcome = match problem {
            PagingProblem::Limit => Outcome::NotSent,
            _ => Outcome::Applied,
        };
        let mut error = Self::new(ErrorKind::Paging, outcome, text);
        error.0.paging_problem = Some(problem);
        error
    }

    /// An error of the service itself, with what its body says.
    pub(crate) fn service_error(outcome: Outcome, body: parse::ErrorBody) -> Self {
        let mut error = Self::new(ErrorKind::Service, outcome, "");
        error.0.code = body.code;
        error.0.message = body.message;
        error.0.request_id = body.request_id;
        error
    }

    pub(crate) fn with_operation(mut self, info: &OperationInfo) -> Self {
        self.0.service = Some(info.service());
        self.0.operation = Some(info.name());
        self.0.is_write = !matches!(info.method(), Method::Get | Method::Head);
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the request id of the reply's head, which is what support asks for; the one of the
    /// body stays only where the head has none.
    pub(crate) fn with_request_id(mut self, id: Option<&str>) -> Self {
        if let Some(id) = id {
            self.0.request_id = Some(id.to_owned());
        }
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_date(mut self, date: Option<SystemTime>) -> Self {
        self.0.date = date;
        self
    }

    /// What the server's clock showed.
    pub(crate) fn date(&self) -> Option<SystemTime> {
        self.0.date
    }

    pub(crate) fn with_raw_body(mut self, body: Bytes) -> Self {
        self.0.raw_body = Some(body);
        self
    }

    /// Without what the request held that nobody may see, should the server repeat it. A text of a
    /// few characters would only garble the words around it.
    pub(crate) fn without_secrets(mut self, secrets: &[Secret]) -> Self {
        let secrets = secrets.iter().map(Secret::expose);
        for secret in secrets.filter(|secret| secret.len() >= SHORTEST_SECRET) {
            let clean = |text: &mut String| *text = text.replace(secret, REDACTED);
            clean(&mut self.0.text);
            let optional = [&mut self.0.code, &mut self.0.message, &mut self.0.note];
            optional.into_iter().flatten().for_each(clean);
            if let Some(body) = &mut self.0.raw_body {
                let text = String::from_utf8_lossy(body).replace(secret, REDACTED);
                *body = Bytes::from(text);
            }
        }
        self
    }

    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.0.note = Some(note.into());
        self
    }

    pub(crate) fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with_boxed_source(Box::new(source))
    }

    pub(crate) fn with_boxed_source(mut self, source: Box<dyn StdError + Send + Sync>) -> Self {
        self.0.source = Some(source);
        self
    }

    pub(crate) fn with_connect_problem(mut self, problem: ConnectProblem) -> Self {
        self.0.connect_problem = Some(problem);
        self
    }

    pub(crate) fn with_timeout_phase(mut self, phase: TimeoutPhase) -> Self {
        self.0.timeout_phase = Some(phase);
        self
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// Without words about its effect, for a call that is a step of another one.
    pub(crate) fn without_effect(mut self) -> Self {
        self.0.is_write = false;
        self
    }

    pub(crate) fn permanent(mut self) -> Self {
        self.0.permanent = true;
        self
    }

    /// The error of a whole call: what counts is the attempt that may have done the most.
    pub(crate) fn with_attempts(mut self, attempts: Vec<AttemptRecord>) -> Self {
        let worst = attempts.iter().map(AttemptRecord::outcome).max();
        self.0.outcome = worst.unwrap_or(self.0.outcome);
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn is_permanent(&self) -> bool {
        self.0.permanent
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the operation may have taken effect, by any of its attempts. For an operation that
    /// only reads, [`Outcome::Unknown`] is harmless.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Why the reply cannot be used, where [`kind`](Self::kind) is [`ErrorKind::Response`].
    #[must_use]
    pub fn reply_problem(&self) -> Option<ReplyProblem> {
        self.0.problem
    }

    /// Where making a connection failed, where [`kind`](Self::kind) is [`ErrorKind::Connect`].
    #[must_use]
    pub fn connect_problem(&self) -> Option<ConnectProblem> {
        self.0.connect_problem
    }

    /// Which limit ran out, where [`kind`](Self::kind) is [`ErrorKind::Timeout`].
    #[must_use]
    pub fn timeout_phase(&self) -> Option<TimeoutPhase> {
        self.0.timeout_phase
    }

    /// Why a walk over pages cannot go on, where [`kind`](Self::kind) is [`ErrorKind::Paging`].
    #[must_use]
    pub fn paging_problem(&self) -> Option<PagingProblem> {
        self.0.paging_problem
    }

    /// The attempts of the call in their order, the last one being what this error tells of.
    /// Empty if nothing was tried.
    #[must_use]
    pub fn attempts(&self) -> &[AttemptRecord] {
        &self.0.attempts
    }

    /// Whether an attempt before the last one may have taken effect. A 404 for a deletion, or a 409
    /// for a creation, may then be the work of this very call.
    #[must_use]
    pub fn is_after_ambiguous_attempt(&self) -> bool {
        let earlier = self
            .0
            .attempts
            .split_last()
            .map_or(&[][..], |(_, earlier)| earlier);
        let effective = |attempt: &AttemptRecord| attempt.outcome() >= Outcome::Unknown;
        self.0.is_write && earlier.iter().any(effective)
    }

    /// The service called, such as `cbr`; `None` if the client could not be built.
    #[must_use]
    pub fn service(&self) -> Option<&'static str> {
        self.0.service
    }

    /// The operation called, by the name of its method; `None` if the client could not be built.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The status of the reply, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The service's own error code, if the body holds one; it is never made from the status.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's own message, or the short text of a body that has no message. Unescaped:
    /// it is as the server sent it, apart from an echo of the client's token.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// What to give the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Everything that is wrong with the request; empty unless [`kind`](Self::kind) is
    /// [`ErrorKind::Validation`].
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// How long the server asked to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The body of an error reply or of an unusable one as it came, up to the client's cap.
    #[must_use]
    pub fn raw_body(&self) -> Option<&[u8]> {
        self.0.raw_body.as_deref()
    }

    /// Whether the service does not know the resource (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.has_status(StatusCode::NOT_FOUND)
    }

    /// Whether the state of the resource does not allow the operation (409).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.has_status(StatusCode::CONFLICT)
    }

    /// Whether too many calls were made (429, or the gateway's code for it).
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.has_status(StatusCode::TOO_MANY_REQUESTS) || self.has_gateway_code("0308")
    }

    /// Whether the credentials were refused (401, or the gateway's code for it under another
    /// status), or there were none to send. A 403 without that code means that the credentials are
    /// known and not allowed.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        self.0.kind == ErrorKind::Auth
            || self.has_status(StatusCode::UNAUTHORIZED)
            || self.has_gateway_code("0301")
    }

    /// Whether a time limit ran out on our side; [`timeout_phase`](Self::timeout_phase) says which.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether the gateway in front of the service has answered, by its code.
    pub(crate) fn is_of_gateway(&self) -> bool {
        let gateway = self.code().and_then(|code| code.split_once('.'));
        self.0.kind == ErrorKind::Service && matches!(gateway, Some(("APIG" | "APIGW", _)))
    }

    /// Only a service's refusal counts: a reply that cannot be read has a status as well.
    fn has_status(&self, status: StatusCode) -> bool {
        self.0.kind == ErrorKind::Service && self.0.status == Some(status)
    }

    fn has_gateway_code(&self, number: &str) -> bool {
        let found = self.code().and_then(|code| code.split_once('.'));
        self.is_of_gateway() && found.is_some_and(|(_, found)| found == number)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
