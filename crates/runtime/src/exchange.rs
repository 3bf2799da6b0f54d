//! A whole call: one attempt after the other, until a reply, a refusal that stands, or the end of
//! the time that the call has.

use std::time::Duration;

use bytes::Bytes;
use cloudbackup_core::operation::OperationInfo;
use http::header::HeaderValue;
use tracing::Instrument;

use crate::attempt::{Attempt, Reply};
use crate::call::Call;
use crate::client::Settings;
use crate::clock::Deadline;
use crate::error::{AttemptRecord, Error, TimeoutPhase};
use crate::prepare::{Draft, TOKEN_HEADER};
use crate::retry::{self, Permit, RetryConfig, Spent};
use crate::trace;
use crate::transport::FreshConnection;

/// Sends a request, again where that is safe, and takes in its reply.
pub(crate) async fn exchange(
    call: Call,
    info: OperationInfo,
    draft: Draft,
) -> Result<Reply, Error> {
    let exchange = Exchange {
        call: &call,
        info: &info,
        draft,
        deadline: Deadline::after(&*call.client.settings().clock, call.limit()),
    };
    exchange
        .run()
        .await
        .map_err(|error| error.with_operation(&info))
}

struct Exchange<'a> {
    call: &'a Call,
    info: &'a OperationInfo,
    draft: Draft,
    deadline: Deadline,
}

/// Another attempt: when, and what it was paid with.
struct Next {
    delay: Duration,
    permit: Permit,
}

impl Exchange<'_> {
    async fn run(self) -> Result<Reply, Error> {
        let mut failed: Vec<AttemptRecord> = Vec::new();
        let mut delay = Duration::ZERO;
        let mut paid: Option<Spent> = None;
        loop {
            let error = match self.attempt(failed.len()).await {
                Ok(reply) => {
                    match paid {
                        Some(paid) => paid.refund(),
                        None => self.settings().budget.reward(),
                    }
                    return Ok(Reply {
                        failed,
                        delay,
                        ..reply
                    });
                }
                Err(error) => error,
            };
            failed.push(AttemptRecord::new(delay, &error));
            let Some(next) = self.next(&error, failed.len()) else {
                return Err(error.with_attempts(failed));
            };
            trace::will_try_again(&error, failed.len(), next.delay);
            self.settings().clock.sleep(next.delay).await;
            if self.is_over() {
                // The machine may have slept much longer than it was asked to.
                return Err(error.with_attempts(failed));
            }
            delay = next.delay;
            paid = Some(next.permit.spend());
        }
    }

    async fn attempt(&self, number: usize) -> Result<Reply, Error> {
        let (limit, phase) = self.limit();
        let attempt = Attempt {
            call: self.call,
            info: self.info,
            limit,
            phase,
        };
        let span = trace::attempt(self.info, self.call.client.endpoint_parts(), number);
        let result = match self.request(number > 0) {
            Ok(request) => attempt.run(request).instrument(span.clone()).await,
            Err(error) => Err(error),
        };
        trace::ended(&span, &result);
        result
    }

    /// The time of an attempt, and which of the two limits it is.
    fn limit(&self) -> (Duration, TimeoutPhase) {
        let left = self.deadline.remaining(&*self.settings().clock);
        let limit = self.settings().attempt_timeout;
        if limit < left {
            (limit, TimeoutPhase::Attempt)
        } else {
            (left, TimeoutPhase::Operation)
        }
    }

    /// The draft with the credentials, which are added as late as possible.
    fn request(&self, is_repeated: bool) -> Result<http::Request<Bytes>, Error> {
        let token = self.settings().token.as_ref().ok_or_else(|| {
            Error::config("no credentials: call `.token(..)` on the client's builder")
        })?;
        let token = token_value(token.expose())?;
        let mut request = http::Request::new(self.draft.body.clone().unwrap_or_default());
        *request.method_mut() = self.draft.method.clone();
        *request.uri_mut() = self.draft.uri.clone();
        *request.headers_mut() = self.draft.headers.clone();
        request.headers_mut().insert(TOKEN_HEADER, token);
        request.extensions_mut().insert(*self.info);
        if is_repeated {
            request.extensions_mut().insert(FreshConnection);
        }
        #[cfg(feature = "blocking")]
        if self.call.is_blocking {
            request
                .extensions_mut()
                .insert(crate::transport::BlockingLane);
        }
        Ok(request)
    }

    /// Whether, and when, to try again: if the failure may pass, another attempt does no harm, its
    /// wait ends within the call's time, and the budget has something left.
    fn next(&self, error: &Error, attempts: usize) -> Option<Next> {
        let config = self.retry_config();
        let failure = retry::transient(error, self.info.retry_safety())?;
        if !config.allows_another(attempts) {
            return None;
        }
        let delay = config.delay(failure, attempts, fastrand::f64());
        if delay >= self.deadline.remaining(&*self.settings().clock) {
            return None;
        }
        let permit = self.settings().budget.take()?;
        Some(Next { delay, permit })
    }

    fn is_over(&self) -> bool {
        self.deadline.remaining(&*self.settings().clock).is_zero()
    }

    fn retry_config(&self) -> &RetryConfig {
        self.call.retry.as_ref().unwrap_or(&self.settings().retry)
    }

    fn settings(&self) -> &Settings {
        self.call.client.settings()
    }
}

/// The token as a header. The builder has checked the text; a failure must not print it.
fn token_value(token: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(token)
        .map_err(|_| Error::config("the token cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use cloudbackup_core::operation::Method;

    use super::*;

    /// Large futures overflow stacks when calls are nested in others.
    #[test]
    fn future_of_a_call_is_small() {
        let client = crate::client::tests::client();
        let info = OperationInfo::new("test", "show", Method::Get, "/v3/things");
        let draft = Draft {
            method: http::Method::GET,
            url: "http://127.0.0.1:9/v3/things".parse().unwrap(),
            uri: http::Uri::from_static("http://127.0.0.1:9/v3/things"),
            headers: http::HeaderMap::new(),
            body: None,
        };
        let size = size_of_val(&exchange(client.call(), info, draft));
        assert!(size <= 4096, "{size} bytes");
    }

    #[test]
    fn token_is_marked_so_that_the_http_library_hides_it() {
        let value = token_value("MIIE").unwrap();
        assert!(value.is_sensitive() && value == "MIIE");
        let error = token_value("s3cret\n").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}
