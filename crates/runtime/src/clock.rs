//! Time as the runtime sees it: a trait, so that tests can move it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::coop::unconstrained;

/// A boxed future, as trait objects need them.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the runtime takes its time from: limits, and the waits between attempts.
///
/// The default is the clock of tokio, which stands still where a test has paused it. With the
/// feature `test-util` there is `testing::ManualClock`.
pub trait Clock: Send + Sync + 'static {
    /// The time that never goes back.
    fn now(&self) -> Instant;

    /// The time of the calendar.
    fn wall(&self) -> SystemTime;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Waits for a limit to pass. A clock that skips over waits must not skip over this one: work
    /// is going on meanwhile.
    fn expire(&self, limit: Duration) -> BoxFuture<'static, ()> {
        self.sleep(limit)
    }
}

/// The clock of tokio and of the system. Outside of a tokio runtime, where its timers would panic,
/// nothing waits and no limit passes: only transports without a network work there.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        match tokio::runtime::Handle::try_current() {
            Ok(_) => Box::pin(tokio::time::sleep(duration)),
            Err(_) => Box::pin(std::future::ready(())),
        }
    }

    fn expire(&self, limit: Duration) -> BoxFuture<'static, ()> {
        match tokio::runtime::Handle::try_current() {
            // Work that uses up its turn must not keep the limit from being seen.
            Ok(_) => Box::pin(unconstrained(tokio::time::sleep(limit))),
            Err(_) => Box::pin(std::future::pending()),
        }
    }
}

/// The moment at which a call must be over; none if it lies beyond what the clock can say.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) fn after(clock: &dyn Clock, limit: Duration) -> Self {
        Self(clock.now().checked_add(limit))
    }

    pub(crate) fn remaining(self, clock: &dyn Clock) -> Duration {
        self.0.map_or(Duration::MAX, |at| {
            at.saturating_duration_since(clock.now())
        })
    }
}

/// A limit that has passed.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// One limit over several pieces of work, one after the other.
pub(crate) struct Timer {
    expired: BoxFuture<'static, ()>,
    end: Deadline,
}

impl Timer {
    pub(crate) fn start(clock: &dyn Clock, limit: Duration) -> Self {
        Self {
            expired: clock.expire(limit),
            end: Deadline::after(clock, limit),
        }
    }

    /// Whether the limit has passed, for work in pieces that are always ready.
    pub(crate) fn is_over(&self, clock: &dyn Clock) -> bool {
        self.end.remaining(clock).is_zero()
    }

    /// The result of the work, if it comes before the limit.
    pub(crate) async fn limit<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Elapsed> {
        let mut work = pin!(work);
        std::future::poll_fn(|context| {
            // Work first: what is there in time counts, even if the limit has passed since.
            if let Poll::Ready(result) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(result));
            }
            self.expired.as_mut().poll(context).map(|()| Err(Elapsed))
        })
        .await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn endless_limit_is_no_overflow() {
        let deadline = Deadline::after(&SystemClock, Duration::MAX);
        assert_eq!(deadline.remaining(&SystemClock), Duration::MAX);
        let deadline = Deadline::after(&SystemClock, Duration::ZERO);
        assert_eq!(deadline.remaining(&SystemClock), Duration::ZERO);
    }

    #[tokio::test]
    async fn work_that_is_done_beats_a_limit_that_has_passed() {
        let clock = crate::testing::ManualClock::new();
        let mut timer = Timer::start(&clock, Duration::from_secs(1));
        clock.advance(Duration::from_secs(2));
        assert_eq!(timer.limit(std::future::ready(7)).await.unwrap(), 7);
        let stuck = timer.limit(std::future::pending::<()>()).await;
        assert!(stuck.is_err());
    }
}
