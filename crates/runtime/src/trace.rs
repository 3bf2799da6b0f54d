//! Spans and events for `tracing`, under OpenTelemetry's names for HTTP clients.
//!
//! A call is a span, each of its attempts a span within. They hold the route template instead of
//! the path, the status and the request id: never a header, a query, a body or a message of the
//! server.

use std::time::Duration;

use cloudbackup_core::operation::OperationInfo;
use tracing::field::Empty;
use tracing::{Span, debug, debug_span, field, info_span};

use crate::attempt::Reply;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::text::printable;

/// Longest request id recorded, in characters.
const ID_CHARS: usize = 128;

/// The span of a whole call.
pub(crate) fn call(info: &OperationInfo) -> Span {
    info_span!(
        "call",
        otel.kind = "internal",
        cloudbackup.service = info.service(),
        cloudbackup.operation = info.name(),
    )
}

/// The span of one attempt; `number` counts from 0.
pub(crate) fn attempt(info: &OperationInfo, endpoint: &Endpoint, number: usize) -> Span {
    let span = debug_span!(
        "attempt",
        otel.kind = "client",
        otel.name = Empty,
        http.request.method = info.method().as_str(),
        url.template = info.path(),
        server.address = endpoint.host(),
        server.port = endpoint.port(),
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        cloudbackup.request_id = Empty,
        error.r#type = Empty,
    );
    if !span.is_disabled() {
        let name = format_args!("{} {}", info.method().as_str(), info.path()).to_string();
        span.record("otel.name", name);
        if number > 0 {
            span.record("http.request.resend_count", number);
        }
    }
    span
}

/// Records how an attempt ended.
pub(crate) fn ended(span: &Span, result: &Result<Reply, Error>) {
    if span.is_disabled() {
        return;
    }
    let (status, id) = match result {
        Ok(reply) => (Some(reply.status), reply.request_id.as_deref()),
        Err(error) => (error.status(), error.request_id()),
    };
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if let Some(id) = id {
        span.record("cloudbackup.request_id", printable(id, ID_CHARS));
    }
    if let Err(error) = result {
        span.record("error.type", error_type(error));
    }
}

/// Says how a call failed.
pub(crate) fn failed(error: Error) -> Error {
    debug!(
        cloudbackup.service = error.service(),
        cloudbackup.operation = error.operation(),
        error.r#type = error_type(&error),
        outcome = field::debug(error.outcome()),
        attempts = error.attempts().len(),
        "the call failed"
    );
    error
}

/// Says that an attempt has failed and another one follows.
pub(crate) fn will_try_again(error: &Error, attempts: usize, delay: Duration) {
    debug!(
        error.r#type = error_type(error),
        attempts,
        delay_ms = field::display(delay.as_millis()),
        "the attempt failed and will be repeated"
    );
}

/// The status where there is one, as OpenTelemetry has it, else the kind of failure.
fn error_type(error: &Error) -> String {
    match error.status() {
        Some(status) if error.kind() == ErrorKind::Service => status.as_u16().to_string(),
        _ => format!("{:?}", error.kind()).to_ascii_lowercase(),
    }
}
