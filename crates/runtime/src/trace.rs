//! Spans and events for `tracing`, under OpenTelemetry's names for HTTP clients.
//!
//! A call is a span, each of its attempts a span within. They hold the route template instead of
//! the path, the status and the request id: never a header, a query, a body or a message of the
//! server.

use std::future::Future;
use std::time::Duration;

use cloudbackup_core::operation::OperationInfo;
use tracing::field::Empty;
use tracing::{Instrument, Span, debug, debug_span, field, info_span};

use crate::attempt::Reply;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::text::printable;

/// Longest request id recorded, in characters.
const ID_CHARS: usize = 128;

/// The span of a whole call.
fn call(info: &OperationInfo) -> Span {
    info_span!(
        "call",
        otel.kind = "internal",
        cloudbackup.service = info.service(),
        cloudbackup.operation = info.name(),
        cloudbackup.outcome = Empty,
        otel.status_code = Empty,
        error.r#type = Empty,
    )
}

/// Makes a call in its span, which also records how it fails.
pub(crate) async fn called<T>(
    info: &OperationInfo,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let span = call(info);
    let result = work.instrument(span.clone()).await;
    span.in_scope(|| ended_call(&span, result))
}

fn ended_call<T>(span: &Span, result: Result<T, Error>) -> Result<T, Error> {
    result.inspect_err(|error| {
        span.record("cloudbackup.outcome", field::debug(error.outcome()));
        span.record("otel.status_code", "ERROR");
        span.record("error.type", error_type(error));
        failed(error);
    })
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
fn failed(error: &Error) {
    debug!(
        cloudbackup.service = error.service(),
        cloudbackup.operation = error.operation(),
        error.r#type = error_type(error),
        outcome = field::debug(error.outcome()),
        attempts = error.attempts().len(),
        "the call failed"
    );
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
