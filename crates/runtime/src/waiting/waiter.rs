//! A wait that is being set up.

use std::fmt;
use std::future::IntoFuture;
use std::time::{Duration, Instant};

#[cfg(feature = "blocking")]
use cloudbackup_core::operation::Operation;
use cloudbackup_core::waiting::{MissingValue, Waits, Watches};

use super::error::WaitError;
use super::handle::{Stored, WaitHandle};
use super::progress::Progress;
use super::watch::Watch;
#[cfg(feature = "blocking")]
use super::watch::unasked;
use crate::call::Call;
use crate::clock::BoxFuture;
use crate::error::Error;

/// How many questions in a row may fail, unless something else is said.
const MAX_FAILURES: u32 = 10;

/// A wait for the end of what a call has started; await it for the result. Nothing is asked before
/// that, and nothing is left running when it is dropped.
///
/// The first question comes within two seconds. The pauses after it grow up to the interval, each
/// spread by a tenth, and are never shorter than a `Retry-After` of the service. States that nobody
/// knows go on being waited for; the first state that is an end counts, whatever comes later.
///
/// Questions that fail for now (a lost connection, 429, 5xx, a reply that cannot be read, an issuer
/// of credentials that is out of reach) are asked again; see
/// [`with_max_failures`](Self::with_max_failures). Any other failure ends the wait. Each question
/// has the time of a call, [`Call::with_timeout`].
#[must_use = "nothing is asked before this is awaited"]
pub struct Waiter<O: Waits> {
    pub(super) handle: WaitHandle<O>,
    pub(super) call: Call,
    pub(super) begun: Begun,
    pub(super) plan: Plan,
    pub(super) on_progress: Option<ProgressHook<O>>,
    /// Why there is nothing to ask.
    pub(super) problem: Option<Error>,
}

/// What a caller does with each progress.
pub(super) type ProgressHook<O> =
    Box<dyn FnMut(&Progress<'_, <O as Waits>::Observed>) + Send + 'static>;

/// When that which is waited for began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    /// A moment of the steady clock.
    pub(super) at: Instant,
    /// How old it was then.
    pub(super) age: Duration,
    /// Whether it has just been started, so that a question at once would be wasted.
    pub(super) is_fresh: bool,
}

impl Begun {
    pub(super) fn age(&self, now: Instant) -> Duration {
        let since = now.saturating_duration_since(self.at);
        self.age.saturating_add(since)
    }
}

/// How it is waited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) max_wait: Duration,
    pub(super) interval: Duration,
    pub(super) grace: Duration,
    pub(super) max_failures: u32,
}

impl<O: Waits> Waiter<O> {
    pub(super) fn new(handle: WaitHandle<O>, call: Call, begun: Begun) -> Self {
        Self {
            handle,
            call,
            begun,
            plan: Plan {
                max_wait: O::WAITING.within(),
                interval: O::WAITING.every(),
                grace: O::WAITING.grace(),
                max_failures: MAX_FAILURES,
            },
            on_progress: None,
            problem: None,
        }
    }

    /// How long it is waited at most, from when this is awaited (mostly a day). At its end it is
    /// asked once more, so one question can run over it.
    pub fn with_max_wait(mut self, limit: Duration) -> Self {
        self.plan.max_wait = limit;
        self
    }

    /// The longest pause between two questions (mostly 15 s); a tenth of a second at least.
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.plan.interval = interval;
        self
    }

    /// For how long after its start the service may not know it yet (mostly a minute).
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.plan.grace = grace;
        self
    }

    /// How many questions in a row may fail (default 10); one more ends the wait. An answer sets
    /// the count back.
    pub fn with_max_failures(mut self, questions: u32) -> Self {
        self.plan.max_failures = questions;
        self
    }

    /// Is told how far it has got, after each question that is followed by another one. It runs
    /// between the questions and holds them up; its panics are those of the wait. A second hook
    /// takes the place of the first.
    pub fn on_progress(
        mut self,
        hook: impl FnMut(&Progress<'_, O::Observed>) + Send + 'static,
    ) -> Self {
        self.on_progress = Some(Box::new(hook));
        self
    }

    /// What it takes to wait on later, or in another program.
    #[must_use]
    pub fn handle(&self) -> &WaitHandle<O> {
        &self.handle
    }

    /// Waits on this thread, without an async runtime.
    ///
    /// # Errors
    /// As when it is awaited; and on a thread that belongs to an async runtime, which it would
    /// block, [`WaitProblem::Call`](super::WaitProblem::Call) with an error of the kind
    /// [`Config`](crate::ErrorKind::Config).
    #[cfg(feature = "blocking")]
    pub fn wait_blocking(mut self) -> Result<O::Done, WaitError<O::Observed>> {
        self.call.is_blocking = true;
        let client = self.call.client.clone();
        let info = O::Probe::INFO;
        let handle = self.handle.clone();
        let work = async move { Ok(Watch::new(self).run().await) };
        crate::blocking::run(&client, &info, work)
            .unwrap_or_else(|error| Err(unasked(&handle, &client, error)))
    }
}

impl<O: Waits> IntoFuture for Waiter<O> {
    type Output = Result<O::Done, WaitError<O::Observed>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Watch::new(self).run().await })
    }
}

impl<O: Waits> fmt::Debug for Waiter<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter")
            .field("handle", &self.handle)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// A wait for what the request asks about.
pub(crate) fn watch<O: Watches>(call: Call, input: O) -> Waiter<O> {
    let mut stored = Stored::new(&call, O::INFO.service(), O::INFO.name());
    let begun = Begun {
        at: call.client.settings().clock.now(),
        age: Duration::ZERO,
        is_fresh: false,
    };
    let problem = match input.subject() {
        Ok(subject) => {
            stored.subject = subject;
            None
        }
        Err(MissingValue(name)) => Some(call.clone().prepare(input).err().unwrap_or_else(|| {
            let text = format!("the request has no `{name}`, so there is nothing to ask about");
            Error::config(text).with_operation(&O::INFO)
        })),
    };
    Waiter {
        problem,
        ..Waiter::new(WaitHandle::new(stored), call, begun)
    }
}
