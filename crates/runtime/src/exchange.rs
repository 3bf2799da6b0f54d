//! A whole call: one attempt after the other, until a reply, a refusal that stands, or the end of
//! the time that the call has.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cloudbackup_core::operation::OperationInfo;
use tracing::Instrument;

use crate::attempt::{Attempt, Reply};
use crate::auth::{Held, Lack, Ready, SourceErrorKind, Wish};
use crate::call::Call;
use crate::client::Settings;
use crate::clock::Deadline;
use crate::error::{AttemptRecord, Error, ErrorKind, Outcome, TimeoutPhase};
use crate::prepare::Draft;
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
        found_project: None,
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
    /// The project that had to be found.
    found_project: Option<String>,
    deadline: Deadline,
}

/// Another attempt: when, and what it was paid with.
struct Next {
    delay: Duration,
    permit: Permit,
}

/// What an attempt came to, and with which credential it was made.
struct Attempted {
    result: Result<Reply, Error>,
    held: Option<Arc<Held>>,
}

impl Exchange<'_> {
    async fn run(mut self) -> Result<Reply, Error> {
        if self.draft.lacks_project {
            self.find_project().await?;
        }
        let mut failed: Vec<AttemptRecord> = Vec::new();
        let mut delay = Duration::ZERO;
        let mut paid: Option<Spent> = None;
        let mut has_new_credential = false;
        loop {
            let Attempted { result, held } = self.attempt(failed.len()).await;
            let error = match result {
                Ok(reply) => {
                    match paid {
                        Some(paid) => paid.refund(),
                        None => self.settings().budget.reward(),
                    }
                    if let Some(session) = &self.settings().session {
                        session.accepted();
                    }
                    return Ok(Reply {
                        failed,
                        delay,
                        found_project: self.found_project,
                        ..reply
                    });
                }
                Err(error) => error,
            };
            failed.push(AttemptRecord::new(delay, &error));
            // A refused credential was not looked past: the operation was not carried out, and
            // with another one it may be. What a second refusal tells is for the next call.
            let may_pass = self.may_pass_with_another(&error, held.as_deref());
            if may_pass && !has_new_credential {
                has_new_credential = true;
                delay = Duration::ZERO;
                continue;
            }
            let counted = failed.len() - usize::from(has_new_credential);
            let Some(next) = self.next(&error, counted) else {
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

    async fn attempt(&self, number: usize) -> Attempted {
        let held = match self.credential().await {
            Ok(held) => held,
            Err(error) => {
                return Attempted {
                    result: Err(error),
                    held: None,
                };
            }
        };
        let (limit, phase) = self.limit();
        let attempt = Attempt {
            call: self.call,
            info: self.info,
            limit,
            phase,
        };
        let span = trace::attempt(self.info, self.call.client.endpoint_parts(), number);
        let result = match self.request(number > 0, held.as_deref()) {
            Ok(request) => attempt.run(request).instrument(span.clone()).await,
            Err(error) => Err(error),
        };
        trace::ended(&span, &result);
        Attempted { result, held }
    }

    /// The credential to send, got within the time that the call has; none for those who call as
    /// nobody.
    async fn credential(&self) -> Result<Option<Arc<Held>>, Error> {
        let settings = self.settings();
        if self.draft.security.is_some() {
            return Ok(None);
        }
        let Some(session) = &settings.session else {
            return match settings.is_iam {
                true => Ok(None),
                false => Err(Error::config(
                    "no credentials: call `.token(..)` or `.credentials(..)` on the client's builder",
                )),
            };
        };
        if let Some(held) = session.at_hand()? {
            return Ok(Some(held));
        }
        let wish = Wish {
            // What is got serves all calls of the client, whatever project this one names.
            project_id: settings.project_id.as_deref(),
            region: settings.region.as_deref(),
            limit: self.deadline.remaining(&*settings.clock),
        };
        // On the heap: most calls never come here.
        match Box::pin(session.credential(&wish)).await {
            Ok(held) => Ok(Some(held)),
            Err(Lack::Failed(error)) => Err(error.into()),
            Err(Lack::Late) => Err(self.late("no credentials")),
        }
    }

    /// The time of the call is over before there was anything to send.
    fn late(&self, what: &str) -> Error {
        let text = format!("{what} within {:?}", self.call.limit());
        let error = Error::new(ErrorKind::Timeout, Outcome::NotSent, text);
        error.with_timeout_phase(TimeoutPhase::Operation)
    }

    /// Fills in the project that nobody has named: the one of the credentials, or of the region.
    async fn find_project(&mut self) -> Result<(), Error> {
        let held = self.credential().await?;
        if let Some(id) = held.as_ref().and_then(|held| held.project_id.clone()) {
            return self.set_project(id);
        }
        let Some(projects) = &self.settings().projects else {
            return Err(Error::config(
                "the project is not known: call `.project_id(..)` or `.region(..)` on the \
                 client's builder",
            ));
        };
        let limit = self.deadline.remaining(&*self.settings().clock);
        let found = Box::pin(projects.project(limit)).await;
        match found {
            Ok(id) => self.set_project(id),
            Err(Lack::Failed(error)) if error.kind() == SourceErrorKind::Invalid => {
                Err(Error::config(error.to_string()))
            }
            Err(Lack::Failed(error)) => Err(error.into()),
            Err(Lack::Late) => Err(self.late("no project")),
        }
    }

    fn set_project(&mut self, id: String) -> Result<(), Error> {
        self.draft.set_project(&id)?;
        self.found_project = Some(id);
        Ok(())
    }

    /// The project that the call acts on, as far as anybody has named it.
    fn project(&self) -> Option<&str> {
        let named = self.call.project_id.as_deref();
        let named = named.or(self.settings().project_id.as_deref());
        named.or(self.found_project.as_deref())
    }

    /// Whether a refusal may be one of this credential only. What is learned from it is kept.
    fn may_pass_with_another(&self, error: &Error, held: Option<&Held>) -> bool {
        let (Some(session), Some(held)) = (&self.settings().session, held) else {
            return false;
        };
        if error.outcome() != Outcome::Rejected || !error.is_auth() {
            return false;
        }
        if let Ready::Keys(_) = held.credential {
            if error.date().is_some_and(|date| session.learn_skew(date)) {
                return true;
            }
            session.signature_refused();
            // Asking again gives the same keys, unless they are ones that come to an end.
            if !held.is_temporary() {
                return false;
            }
        }
        session.refuse(held)
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

    /// The draft with the credential, which is added as late as possible.
    fn request(
        &self,
        is_repeated: bool,
        held: Option<&Held>,
    ) -> Result<http::Request<Bytes>, Error> {
        let mut request = http::Request::new(self.draft.body.clone().unwrap_or_default());
        *request.method_mut() = self.draft.method.clone();
        *request.uri_mut() = self.draft.uri.clone();
        *request.headers_mut() = self.draft.headers.clone();
        if let (Some(held), Some(session)) = (held, &self.settings().session) {
            held.authenticate(&mut request, self.project(), session.signing_time())?;
        }
        if let Some(security) = self.draft.security {
            self.settings().keys.authenticate(&mut request, security)?;
        }
        request.extensions_mut().insert(*self.info);
        if is_repeated || self.settings().is_iam {
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
            lacks_project: false,
            hidden: &[],
            form: None,
            security: None,
        };
        let size = size_of_val(&exchange(client.call(), info, draft));
        assert!(size <= 4096, "{size} bytes");
    }
}
