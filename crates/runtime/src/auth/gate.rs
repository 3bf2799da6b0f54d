//! One call asks for what many wait for, and a failure is followed by a pause.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::source::{SourceError, SourceErrorKind};
use crate::clock::{Clock, Deadline, Elapsed, Timer};

/// A call that waited less than this in vain says nothing of whom it asked: the next one may have
/// more time.
const FAIR_WAIT: Duration = Duration::from_secs(10);
/// The pause after a refusal: five failures lock a key, so nobody may hammer.
pub(super) const REFUSED_PAUSE: Duration = Duration::from_secs(60);
/// The shortest and the longest pause after the issuer could not be reached.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Whoever holds it asks, and knows what became of it the last time.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Option<Failure>>);

/// The last time somebody asked, it failed.
#[derive(Debug)]
struct Failure {
    error: SourceError,
    /// In a row.
    count: u32,
    /// Nobody asks again before.
    until: Instant,
}

/// Why there is nothing for a call.
#[derive(Debug)]
pub(crate) enum Lack {
    Failed(SourceError),
    /// The time of the call is over.
    Late,
}

impl Gate {
    /// What is `known`, or else what comes of asking, or else why somebody else got nothing lately.
    /// Dropped on its way, the next in line takes over.
    pub(crate) async fn pass<T, F>(
        &self,
        clock: &dyn Clock,
        limit: Duration,
        known: impl Fn() -> Option<T>,
        ask: impl FnOnce(Duration) -> F,
    ) -> Result<T, Lack>
    where
        F: Future<Output = Result<T, SourceError>>,
    {
        let end = Deadline::after(clock, limit);
        let mut timer = Timer::start(clock, limit);
        let gate = timer.limit(self.0.lock()).await;
        let mut last = gate.map_err(|Elapsed| Lack::Late)?;
        if let Some(known) = known() {
            return Ok(known);
        }
        let left = end.remaining(clock);
        if left.is_zero() {
            // All those that waited as long come here now: asking would be in vain, and a burst.
            return Err(Lack::Late);
        }
        if let Some(failure) = pausing(last.as_ref(), clock) {
            return Err(Lack::Failed(failure.error.clone()));
        }
        let answer = within(clock, left, ask(left)).await;
        let is_late = end.remaining(clock).is_zero();
        let error = match answer {
            Ok(found) => {
                *last = None;
                return Ok(found);
            }
            Err(error) => error,
        };
        let is_hasty = is_late && left < FAIR_WAIT;
        if !is_hasty || error.kind() != SourceErrorKind::Unavailable {
            *last = Some(Failure::after(last.as_ref(), &error, clock));
        }
        Err(match is_late {
            true => Lack::Late,
            false => Lack::Failed(error),
        })
    }

    /// What is `known`, or else what comes of asking, for those who have something to go on with:
    /// nothing while somebody else asks or there is a pause.
    pub(crate) async fn try_pass<T, F>(
        &self,
        clock: &dyn Clock,
        limit: Duration,
        known: impl Fn() -> Option<T>,
        ask: impl FnOnce(Duration) -> F,
    ) -> Option<T>
    where
        F: Future<Output = Result<T, SourceError>>,
    {
        let mut last = self.0.try_lock().ok()?;
        if let Some(known) = known() {
            return Some(known);
        }
        if pausing(last.as_ref(), clock).is_some() {
            return None;
        }
        let answer = within(clock, limit, ask(limit)).await;
        *last = match &answer {
            Ok(_) => None,
            Err(error) => Some(Failure::after(last.as_ref(), error, clock)),
        };
        answer.ok()
    }
}

fn pausing<'a>(last: Option<&'a Failure>, clock: &dyn Clock) -> Option<&'a Failure> {
    last.filter(|failure| clock.now() < failure.until)
}

async fn within<T>(
    clock: &dyn Clock,
    limit: Duration,
    answer: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    match Timer::start(clock, limit).limit(answer).await {
        Ok(answer) => answer,
        Err(Elapsed) => {
            let text = format!("no credentials within {limit:?}");
            Err(SourceError::unavailable(text))
        }
    }
}

impl Failure {
    fn after(last: Option<&Self>, error: &SourceError, clock: &dyn Clock) -> Self {
        let count = last.map_or(0, |last| last.count).saturating_add(1);
        let now = clock.now();
        Self {
            error: error.clone(),
            count,
            // A pause beyond what the clock can say is as long as it gets.
            until: now
                .checked_add(pause(error, count))
                .unwrap_or(now + LONGEST_PAUSE),
        }
    }
}

/// How long nobody asks again after so many failures in a row.
fn pause(error: &SourceError, count: u32) -> Duration {
    let own = match error.kind() {
        SourceErrorKind::Refused => REFUSED_PAUSE,
        SourceErrorKind::Unavailable => {
            let doubled = SHORTEST_PAUSE.saturating_mul(1 << count.min(10).saturating_sub(1));
            doubled.min(LONGEST_PAUSE)
        }
        // Whoever mends a file or a variable should not have to wait.
        SourceErrorKind::Missing | SourceErrorKind::Invalid => SHORTEST_PAUSE,
    };
    own.max(error.retry_after.unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::testing::ManualClock;

    const LIMIT: Duration = Duration::from_secs(5);

    fn nobody(_: Duration) -> std::future::Ready<Result<u32, SourceError>> {
        panic!("asked")
    }

    #[tokio::test]
    async fn what_was_got_meanwhile_is_not_asked_for_again() {
        let (gate, clock) = (Gate::default(), ManualClock::new());
        let known = || Some(7);
        assert_eq!(gate.try_pass(&clock, LIMIT, known, nobody).await, Some(7));
        let passed = gate.pass(&clock, LIMIT, known, nobody).await;
        assert_eq!(passed.unwrap(), 7);
    }

    #[tokio::test]
    async fn who_has_something_to_go_on_with_does_not_wait() {
        let (gate, clock) = (Gate::default(), ManualClock::new());
        let held = gate.0.lock().await;
        assert_eq!(gate.try_pass(&clock, LIMIT, || None, nobody).await, None);
        drop(held);
        let failed = |_| std::future::ready(Err::<u32, _>(SourceError::unavailable("x")));
        assert_eq!(gate.try_pass(&clock, LIMIT, || None, failed).await, None);
        // And there is a pause for everybody.
        assert_eq!(gate.try_pass(&clock, LIMIT, || None, nobody).await, None);
        let passed = gate.pass(&clock, LIMIT, || None, nobody).await;
        assert!(matches!(passed, Err(Lack::Failed(_))));
    }
}
