//! A call that has started something.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cloudbackup_core::Timestamp;
use cloudbackup_core::operation::Operation;
use cloudbackup_core::waiting::{MissingValue, Starts};

use super::handle::{Stored, WaitHandle};
use super::waiter::{Begun, Waiter};
use crate::attempt::{Reply, capped};
use crate::call::{Call, Sending};
use crate::error::{Error, ReplyProblem};
use crate::head;
use crate::prepare::PreparedRequest;
use crate::reply::{decode, unusable};
use crate::trace;

/// What a call has started, with the reply of the call.
pub struct Started<O: Operation> {
    reply: O::Output,
    request_id: Option<String>,
    handle: WaitHandle<O>,
    call: Call,
    begun: Begun,
}

impl<O: Starts> Started<O> {
    /// The reply.
    #[must_use]
    pub fn reply(&self) -> &O::Output {
        &self.reply
    }

    /// The reply, without the rest.
    #[must_use]
    pub fn into_reply(self) -> O::Output {
        self.reply
    }

    /// What to give the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What it takes to wait later, or in another program.
    #[must_use]
    pub fn handle(&self) -> &WaitHandle<O> {
        &self.handle
    }

    /// Waits until it is over; nothing is asked before that is awaited.
    pub fn wait(self) -> Waiter<O> {
        Waiter::new(self.handle, self.call, self.begun)
    }
}

impl<O: Operation> fmt::Debug for Started<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started")
            .field("handle", &self.handle)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Sends the request, and takes from its reply what there is to wait for.
pub(crate) fn start<O: Starts>(call: Call, input: O) -> Sending<Started<O>> {
    match PreparedRequest::new(call.clone(), &input) {
        Ok(request) => Sending::new(started(call, request, input)),
        Err(error) => Sending::new(std::future::ready(Err(error))),
    }
}

/// The same on this thread.
#[cfg(feature = "blocking")]
pub(crate) fn start_blocking<O: Starts>(call: Call, input: O) -> Result<Started<O>, Error> {
    let client = call.client.clone();
    // What is started may be awaited all the same.
    let mut blocking = call.clone();
    blocking.is_blocking = true;
    let request = PreparedRequest::new(blocking, &input)?;
    crate::blocking::run(&client, &O::INFO, started(call, request, input))
}

async fn started<O: Starts>(
    call: Call,
    request: PreparedRequest<O>,
    input: O,
) -> Result<Started<O>, Error> {
    trace::called(&O::INFO, async move {
        let clock = Arc::clone(&call.client.settings().clock);
        let sent = clock.now();
        let reply = request.into_reply().await?;
        let begun = Begun {
            at: clock.now(),
            age: Duration::ZERO,
            is_fresh: true,
        };
        let took = begun.at.saturating_duration_since(sent);
        let date = head::date(&reply.headers).unwrap_or_else(|| clock.wall());
        let kept = reply.clone();
        let response = decode::<O>(reply)?;
        let subject = input
            .subject(&response.output)
            .and_then(|subject| subject.with(super::STARTED, Some(utc(date, took))))
            .map_err(|MissingValue(name)| nameless::<O>(name, kept.clone()))?;
        let mut stored = Stored::new(&call, O::INFO.service(), O::INFO.name());
        stored.subject = subject;
        stored.project_id = stored.project_id.or(kept.found_project);
        Ok(Started {
            reply: response.output,
            request_id: response.request_id,
            handle: WaitHandle::new(stored),
            call,
            begun,
        })
    })
    .await
}

/// When the call was made, by the clock that wrote the reply: never later than that, or a list of
/// what has happened since would lack it.
fn utc(date: SystemTime, took: Duration) -> String {
    let partly = u64::from(took.subsec_nanos() > 0);
    let took = took.as_secs().saturating_add(partly);
    let since = date.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since.unwrap_or_default().as_secs().saturating_sub(took);
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_unix(seconds, 0).to_string()
}

/// A reply without what the questions need.
fn nameless<O: Starts>(name: &str, reply: Reply) -> Error {
    let text = format!("the reply names no `{name}`, so there is nothing to ask about");
    let cap = reply.client.settings().max_error_bytes;
    let error = Error::reply(ReplyProblem::Decode, text);
    let error = error.with_raw_body(capped(&reply.body, cap));
    unusable(error, reply, &O::INFO)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn start_is_never_said_to_be_later_than_it_was() {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_533_523_274);
        for (millis, text) in [
            (0, "2018-08-06T02:41:14Z"),
            (1, "2018-08-06T02:41:13Z"),
            (1000, "2018-08-06T02:41:13Z"),
            (74_001, "2018-08-06T02:39:59Z"),
        ] {
            assert_eq!(utc(date, Duration::from_millis(millis)), text);
        }
        let long = utc(date, Duration::MAX);
        assert_eq!(long, "1970-01-01T00:00:00Z");
    }
}
