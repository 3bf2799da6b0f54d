//! Asking again and again until it is over.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use cloudbackup_core::operation::Operation;
use cloudbackup_core::waiting::{Waiting, Waits};

use super::error::{Ended, WaitError, WaitProblem};
use super::handle::WaitHandle;
use super::pace::Pace;
use super::progress::Progress;
use super::waiter::Waiter;
use crate::client::{Client, Settings};
use crate::clock::Deadline;
use crate::error::{Error, ErrorKind, ReplyProblem};
use crate::head;
use crate::response::Response;
use crate::retry::{self, RetryConfig};
use crate::text::printable;

/// Longest value of a subject shown.
const SHOWN_ID: usize = 128;

/// A wait that is going on.
pub(super) struct Watch<O: Waits> {
    waiter: Waiter<O>,
    begin: Instant,
    deadline: Deadline,
    pace: Pace,
    questions: u32,
    /// Questions that failed in a row.
    failures: u32,
    last: Option<O::Observed>,
    /// Why the last question has no answer.
    failure: Option<Error>,
}

type Answer<O> = Result<Response<<<O as Waits>::Probe as Operation>::Output>, Error>;
type End<O> = Result<<O as Waits>::Done, WaitError<<O as Waits>::Observed>>;

/// What follows from an answer.
enum Step<O: Waits> {
    Over(End<O>),
    /// To be asked again, but not before that time has passed.
    GoesOn(Option<Duration>),
}

impl<O: Waits> Watch<O> {
    pub(super) fn new(waiter: Waiter<O>) -> Self {
        let clock = &*waiter.call.client.settings().clock;
        Self {
            begin: clock.now(),
            deadline: Deadline::after(clock, waiter.plan.max_wait),
            pace: Pace::new(waiter.plan.interval),
            questions: 0,
            failures: 0,
            last: None,
            failure: None,
            waiter,
        }
    }

    pub(super) async fn run(mut self) -> End<O> {
        if let Some(error) = self.waiter.problem.take() {
            return Err(self.failed(error));
        }
        let settled = self.first_pause();
        self.sleep(settled).await;
        loop {
            // What counts is how old it was when it was asked about.
            let age = self.waiter.begun.age(self.now());
            let answer = self.ask().await;
            self.questions = self.questions.saturating_add(1);
            let not_before = match self.judge(answer, age) {
                Step::Over(end) => return end,
                Step::GoesOn(not_before) => not_before,
            };
            let Some(pause) = self.next_pause(not_before) else {
                return Err(self.ended(WaitProblem::Timeout));
            };
            self.tell(pause);
            self.sleep(pause).await;
        }
    }

    async fn ask(&mut self) -> Answer<O> {
        let call = self.waiter.call.clone().with_retry(RetryConfig::none());
        let question = O::probe(self.waiter.handle.subject());
        call.send_with_response(question).await
    }

    async fn sleep(&mut self, pause: Duration) {
        if !pause.is_zero() {
            let sleeping = self.settings().clock.sleep(pause);
            sleeping.await;
        }
    }

    /// The pause before the first question: something that was started just now is not over yet.
    fn first_pause(&mut self) -> Duration {
        if !self.waiter.begun.is_fresh {
            return Duration::ZERO;
        }
        let since = self.now().saturating_duration_since(self.waiter.begun.at);
        let pause = self.pace.pause(None, fastrand::f64());
        pause.saturating_sub(since).min(self.left())
    }

    /// The pause before the next question; none if there is no time left for one.
    fn next_pause(&mut self, not_before: Option<Duration>) -> Option<Duration> {
        let left = self.left();
        let pause = self.pace.pause(not_before, fastrand::f64());
        let is_in_time = not_before.is_none_or(|asked| asked <= left);
        (!left.is_zero() && is_in_time).then(|| pause.min(left))
    }

    fn judge(&mut self, answer: Answer<O>, age: Duration) -> Step<O> {
        match answer.and_then(telling::<O>) {
            Ok(response) => {
                self.failures = 0;
                self.failure = None;
                let now = self.settings().clock.wall();
                let not_before = head::retry_after(&response.headers, now);
                match O::observe(self.waiter.handle.subject(), response.output) {
                    Some(observed) => self.observed(observed, not_before),
                    None => self.not_known(age, not_before),
                }
            }
            Err(error) if is_not_known(&O::WAITING, &error) => {
                let not_before = error.retry_after();
                self.failure = Some(error);
                self.not_known(age, not_before)
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                if !retry::may_pass_later(&error) || self.failures > self.waiter.plan.max_failures {
                    return Step::Over(Err(self.failed(error)));
                }
                let not_before = error.retry_after();
                self.failure = Some(error);
                Step::GoesOn(not_before)
            }
        }
    }

    fn observed(&mut self, observed: O::Observed, not_before: Option<Duration>) -> Step<O> {
        let state = O::state(&observed);
        let state = state.as_deref();
        let is_failed = state.is_some_and(|state| O::WAITING.is_failed(state));
        let is_done = state.is_some_and(|state| O::WAITING.is_done(state));
        self.last = Some(observed);
        if is_failed {
            return Step::Over(Err(self.ended(WaitProblem::Failed)));
        }
        match is_done.then(|| O::done(self.last.clone())).flatten() {
            Some(done) => Step::Over(Ok(done)),
            None => Step::GoesOn(not_before),
        }
    }

    fn not_known(&mut self, age: Duration, not_before: Option<Duration>) -> Step<O> {
        if O::WAITING.ends_gone()
            && let Some(done) = O::done(self.last.clone())
        {
            return Step::Over(Ok(done));
        }
        if age < self.waiter.plan.grace {
            Step::GoesOn(not_before)
        } else {
            Step::Over(Err(self.ended(WaitProblem::Vanished)))
        }
    }

    fn tell(&mut self, next_in: Duration) {
        let elapsed = self.elapsed();
        let Some(hook) = &mut self.waiter.on_progress else {
            return;
        };
        let observed = self.last.as_ref();
        hook(&Progress {
            elapsed,
            questions: self.questions,
            observed,
            state: observed.and_then(O::state),
            text: observed.and_then(O::progress),
            failure: self.failure.as_ref(),
            next_in,
        });
    }

    fn failed(&mut self, error: Error) -> WaitError<O::Observed> {
        self.failure = Some(error);
        self.ended(WaitProblem::Call)
    }

    fn ended(&mut self, problem: WaitProblem) -> WaitError<O::Observed> {
        let elapsed = self.elapsed();
        let last = self.last.take();
        let settings = self.settings();
        let masked = |text: Cow<'_, str>| settings.masked(text.into_owned());
        let state = last.as_ref().and_then(O::state).map(masked);
        let reason = last.as_ref().and_then(O::reason).map(masked);
        WaitError::new(Ended {
            last,
            state,
            reason,
            error: self.failure.take(),
            elapsed,
            questions: self.questions,
            failures: self.failures,
            ..nothing(&self.waiter.handle, &self.waiter.call.client, problem)
        })
    }

    fn elapsed(&self) -> Duration {
        self.now().saturating_duration_since(self.begin)
    }

    fn left(&self) -> Duration {
        self.deadline.remaining(&*self.settings().clock)
    }

    fn now(&self) -> Instant {
        self.settings().clock.now()
    }

    fn settings(&self) -> &Settings {
        self.waiter.call.client.settings()
    }
}

/// The answer, unless it would be taken for the end of a deletion though it says nothing of it.
fn telling<O: Waits>(
    response: Response<<O::Probe as Operation>::Output>,
) -> Result<Response<<O::Probe as Operation>::Output>, Error> {
    if !O::WAITING.ends_gone() || O::can_tell(&response.output) {
        return Ok(response);
    }
    let text = "the reply lacks the member in which the answer would stand";
    Err(Error::reply(ReplyProblem::Decode, text)
        .with_operation(&<O::Probe as Operation>::INFO)
        .with_status(response.status)
        .with_request_id(response.request_id.as_deref()))
}

/// The end of a wait in which nothing was asked.
#[cfg(feature = "blocking")]
pub(super) fn unasked<O: Waits>(
    handle: &WaitHandle<O>,
    client: &Client,
    error: Error,
) -> WaitError<O::Observed> {
    WaitError::new(Ended {
        error: Some(error),
        ..nothing(handle, client, WaitProblem::Call)
    })
}

fn nothing<O, T>(handle: &WaitHandle<O>, client: &Client, problem: WaitProblem) -> Ended<T> {
    let values = handle.subject().iter();
    // When it was started is no part of what it is.
    let values = values.filter(|(name, _)| *name != super::STARTED);
    let values: Vec<_> = values
        .map(|(name, text)| {
            let text = client.settings().masked(text.to_owned());
            format!("{name} {}", printable(&text, SHOWN_ID))
        })
        .collect();
    Ended {
        problem,
        name: format!("{} {}", handle.service(), handle.operation()),
        subject: values.join(", "),
        handle: handle.to_string(),
        last: None,
        state: None,
        reason: None,
        error: None,
        elapsed: Duration::ZERO,
        questions: 0,
        failures: 0,
    }
}

/// Whether the service says that it does not know it. A gateway that knows no such API says
/// nothing of the service behind it.
fn is_not_known(waiting: &Waiting, error: &Error) -> bool {
    let is_code = |code: &str| error.kind() == ErrorKind::Service && waiting.is_unknown(code);
    (error.is_not_found() && !error.is_of_gateway()) || error.code().is_some_and(is_code)
}
