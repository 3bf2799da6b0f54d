//! A clock that stands still until a test moves it.

use std::collections::BTreeMap;
use std::pin::Pin;
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
    limits: usize,
    timers: u64,
    /// By the number of the timer, so that each has one waker however often it is polled.
    waiting: BTreeMap<u64, Waker>,
}

impl State {
    fn count(&mut self, purpose: Purpose) -> &mut usize {
        match purpose {
            Purpose::Wait => &mut self.sleeping,
            Purpose::Limit => &mut self.limits,
        }
    }
}

impl ManualClock {
    /// A clock that only moves by [`advance`](Self::advance).
    #[must_use]
    pub fn new() -> Self {
        Self::with_skips(false)
    }

    /// A clock on which a wait between attempts passes at once, moving it by as much. Limits pass
    /// when it has moved beyond them: a call that hangs takes [`advance`](Self::advance) to end.
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
                limits: 0,
                timers: 0,
                waiting: BTreeMap::new(),
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
        waiting.into_values().for_each(Waker::wake);
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

    /// How many limits are running right now. A call that hangs has at least one, and moving the
    /// clock before that comes too early:
    ///
    /// ```
    /// use std::time::Duration;
    /// use cloudbackup_runtime::Clock;
    /// use cloudbackup_runtime::testing::ManualClock;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let clock = ManualClock::new();
    /// // Stands for a call that meets `Answer::silence()`.
    /// let call = tokio::spawn(clock.expire(Duration::from_secs(60)));
    /// while clock.limits() == 0 {
    ///     tokio::task::yield_now().await;
    /// }
    /// clock.advance(Duration::from_secs(60));
    /// call.await?;
    /// assert_eq!(clock.limits(), 0);
    /// # Ok::<(), tokio::task::JoinError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn limits(&self) -> usize {
        self.state().limits
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timer(&self, purpose: Purpose, duration: Duration) -> Timer {
        Timer {
            clock: self.clone(),
            purpose,
            end: self.state().elapsed.checked_add(duration),
            running: None,
        }
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
        Box::pin(self.timer(Purpose::Wait, duration))
    }

    fn expire(&self, limit: Duration) -> BoxFuture<'static, ()> {
        Box::pin(self.timer(Purpose::Limit, limit))
    }
}

#[derive(Clone, Copy, Debug)]
enum Purpose {
    Wait,
    Limit,
}

/// A wait or a limit: counted from its first poll until it ends or is dropped.
struct Timer {
    clock: ManualClock,
    purpose: Purpose,
    /// None if it lies beyond what the clock can say, and is never reached.
    end: Option<Duration>,
    /// The number under which it waits.
    running: Option<u64>,
}

impl Timer {
    fn start(&mut self, state: &mut State) -> u64 {
        let purpose = self.purpose;
        *self.running.get_or_insert_with(|| {
            *state.count(purpose) += 1;
            state.timers += 1;
            state.timers
        })
    }

    fn stop(&mut self) {
        let Some(number) = self.running.take() else {
            return;
        };
        let mut state = self.clock.state();
        *state.count(self.purpose) -= 1;
        let waker = state.waiting.remove(&number);
        // Dropping a waker may drop a task, and with it timers of this clock.
        drop(state);
        drop(waker);
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut state = clock.state();
        if self.end.is_some_and(|end| state.elapsed >= end) {
            drop(state);
            self.stop();
            return Poll::Ready(());
        }
        let number = self.start(&mut state);
        let earlier = state.waiting.insert(number, context.waker().clone());
        drop(state);
        drop(earlier);
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.stop();
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

    #[tokio::test]
    async fn limits_count_while_they_run() {
        let clock = ManualClock::new();
        let idle = clock.expire(SECOND);
        assert_eq!((clock.limits(), clock.sleeping()), (0, 0));
        let limits = [SECOND, 2 * SECOND].map(|limit| tokio::spawn(clock.expire(limit)));
        let wait = tokio::spawn(clock.sleep(SECOND));
        while clock.limits() < 2 || clock.sleeping() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(SECOND);
        let [first, second] = limits;
        first.await.unwrap();
        wait.await.unwrap();
        assert_eq!((clock.limits(), clock.sleeping()), (1, 0));
        second.abort();
        assert!(second.await.unwrap_err().is_cancelled());
        assert_eq!((clock.limits(), clock.sleeping()), (0, 0));
        drop(idle);
        assert_eq!(clock.limits(), 0);
    }

    #[test]
    fn timer_keeps_one_waker_and_takes_it_along() {
        let clock = ManualClock::new();
        let mut timers = [clock.expire(SECOND), clock.sleep(SECOND)];
        for _ in 0..100 {
            for timer in &mut timers {
                let context = &mut Context::from_waker(Waker::noop());
                assert!(timer.as_mut().poll(context).is_pending());
            }
        }
        assert_eq!(clock.state().waiting.len(), 2);
        drop(timers);
        assert_eq!(clock.state().waiting.len(), 0);
    }

    #[tokio::test]
    async fn timer_wakes_the_task_that_polled_it_last() {
        let clock = ManualClock::new();
        let mut limit = clock.expire(SECOND);
        let context = &mut Context::from_waker(Waker::noop());
        assert!(limit.as_mut().poll(context).is_pending());
        let task = tokio::spawn(limit);
        tokio::task::yield_now().await;
        clock.advance(SECOND);
        task.await.unwrap();
        assert_eq!((clock.limits(), clock.state().waiting.len()), (0, 0));
    }

    #[test]
    fn limit_that_has_passed_may_be_polled_again() {
        let clock = ManualClock::new();
        let mut limit = clock.expire(Duration::ZERO);
        let context = &mut Context::from_waker(Waker::noop());
        assert!(limit.as_mut().poll(context).is_ready());
        assert!(limit.as_mut().poll(context).is_ready());
        assert_eq!(clock.limits(), 0);
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
