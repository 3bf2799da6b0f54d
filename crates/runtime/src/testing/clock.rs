//! A clock that stands still until a test moves it.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use crate::clock::{BoxFuture, Clock};

/// A clock under the control of a test; clones are the same clock.
#[derive(Clone, Debug)]
pub struct ManualClock {
    state: Arc<Mutex<State>>,
    skips: bool,
}

#[derive(Debug)]
struct State {
    start: Instant,
    wall_start: SystemTime,
    elapsed: Duration,
    slept: Vec<Duration>,
    sleeping: usize,
    waiting: Vec<Waker>,
}

impl ManualClock {
    /// A clock that only moves by [`advance`](Self::advance).
    #[must_use]
    pub fn new() -> Self {
        Self::with_skips(false)
    }

    /// A clock on which a wait between attempts passes at once, moving it by as much. Limits pass
    /// when it has moved beyond them.
    #[must_use]
    pub fn skipping() -> Self {
        Self::with_skips(true)
    }

    fn with_skips(skips: bool) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                start: Instant::now(),
                wall_start: SystemTime::now(),
                elapsed: Duration::ZERO,
                slept: Vec::new(),
                sleeping: 0,
                waiting: Vec::new(),
            })),
            skips,
        }
    }

    /// Moves the clock; waits and limits that end by then do so.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.elapsed = state.elapsed.saturating_add(by);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Sets the calendar, which then moves with the clock.
    pub fn set_wall(&self, now: SystemTime) {
        let mut state = self.state();
        state.wall_start = now.checked_sub(state.elapsed).unwrap_or(now);
    }

    /// The waits that were asked for so far, limits not included.
    #[must_use]
    pub fn slept(&self) -> Vec<Duration> {
        self.state().slept.clone()
    }

    /// How many waits are going on right now, limits not included.
    #[must_use]
    pub fn sleeping(&self) -> usize {
        self.state().sleeping
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_until(&self, end: Option<Duration>, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if end.is_some_and(|end| state.elapsed >= end) {
            return Poll::Ready(());
        }
        state.waiting.push(context.waker().clone());
        Poll::Pending
    }

    /// None if it lies beyond what the clock can say, and is never reached.
    fn end_after(&self, duration: Duration) -> Option<Duration> {
        self.state().elapsed.checked_add(duration)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        let state = self.state();
        state
            .start
            .checked_add(state.elapsed)
            .unwrap_or(state.start)
    }

    fn wall(&self) -> SystemTime {
        let state = self.state();
        let now = state.wall_start.checked_add(state.elapsed);
        now.unwrap_or(state.wall_start)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.state().slept.push(duration);
        if self.skips {
            self.advance(duration);
            return Box::pin(std::future::ready(()));
        }
        let (clock, end) = (self.clone(), self.end_after(duration));
        Box::pin(async move {
            let _asleep = Asleep::new(&clock);
            poll_fn(|context| clock.poll_until(end, context)).await;
        })
    }

    fn expire(&self, limit: Duration) -> BoxFuture<'static, ()> {
        let (clock, end) = (self.clone(), self.end_after(limit));
        Box::pin(poll_fn(move |context| clock.poll_until(end, context)))
    }
}

/// Counts a wait, however it ends.
struct Asleep<'a>(&'a ManualClock);

impl<'a> Asleep<'a> {
    fn new(clock: &'a ManualClock) -> Self {
        clock.state().sleeping += 1;
        Self(clock)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.state().sleeping -= 1;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn wait_ends_when_the_clock_has_moved_far_enough() {
        let clock = ManualClock::new();
        let before = (clock.now(), clock.wall());
        let wait = tokio::spawn(clock.sleep(3 * SECOND));
        while clock.sleeping() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(2 * SECOND);
        tokio::task::yield_now().await;
        assert!(!wait.is_finished());
        clock.advance(SECOND);
        wait.await.unwrap();
        assert_eq!((clock.sleeping(), clock.slept()), (0, vec![3 * SECOND]));
        assert_eq!(clock.now() - before.0, 3 * SECOND);
        assert_eq!(clock.wall().duration_since(before.1).unwrap(), 3 * SECOND);
    }

    #[tokio::test]
    async fn skipping_clock_passes_waits_and_keeps_limits() {
        let clock = ManualClock::skipping();
        let limit = tokio::spawn(clock.expire(2 * SECOND));
        clock.sleep(SECOND).await;
        tokio::task::yield_now().await;
        assert!(!limit.is_finished());
        clock.sleep(SECOND).await;
        limit.await.unwrap();
    }

    #[test]
    fn wall_time_can_be_set_and_moves_on() {
        let clock = ManualClock::new();
        clock.advance(SECOND);
        clock.set_wall(SystemTime::UNIX_EPOCH + 100 * SECOND);
        clock.advance(SECOND);
        assert_eq!(clock.wall(), SystemTime::UNIX_EPOCH + 101 * SECOND);
    }

    #[test]
    fn endless_waits_do_not_overflow() {
        let clock = ManualClock::skipping();
        drop(clock.sleep(Duration::MAX));
        drop(clock.sleep(Duration::MAX));
        let _ = (clock.now(), clock.wall());
        let mut limit = clock.expire(Duration::MAX);
        let context = &mut Context::from_waker(Waker::noop());
        assert!(limit.as_mut().poll(context).is_pending());
    }
}
