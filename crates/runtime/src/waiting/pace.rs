//! How long a waiter waits between two questions.

use std::time::Duration;

use crate::retry::part_of;

/// The first pause. It is spread as the others are and stays below two seconds.
const FIRST: Duration = Duration::from_millis(1800);
/// Nobody asks oftener, whatever interval was set.
const SHORTEST: Duration = Duration::from_millis(100);
/// How far a wait that the server asks for is spread at most, or all clients come back at the same
/// moment.
const SPREAD: Duration = Duration::from_secs(1);

/// Pauses that grow by half up to the interval, each spread by a tenth.
pub(super) struct Pace {
    next: Duration,
    interval: Duration,
}

impl Pace {
    pub(super) fn new(interval: Duration) -> Self {
        let interval = interval.max(SHORTEST);
        Self {
            next: FIRST.min(interval),
            interval,
        }
    }

    /// The next pause, no shorter than what the server asks for; `random` lies between 0 and 1.
    pub(super) fn pause(&mut self, asked: Option<Duration>, random: f64) -> Duration {
        let base = self.next;
        self.next = base.saturating_add(base / 2).min(self.interval);
        let pause = (base - base / 10).saturating_add(part_of(base / 5, random));
        let asked = asked.map(|asked| asked.saturating_add(part_of(SPREAD.min(base), random)));
        asked.map_or(pause, |asked| asked.max(pause))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The first pauses of this interval.
    fn pauses<const N: usize>(interval: Duration, random: f64) -> [u128; N] {
        let mut pace = Pace::new(interval);
        [(); N].map(|()| pace.pause(None, random).as_millis())
    }

    #[test]
    fn pauses_grow_by_half_up_to_the_interval() {
        let usual = pauses(15 * SECOND, 0.5);
        assert_eq!(
            usual,
            [1800, 2700, 4050, 6075, 9112, 13_668, 15_000, 15_000]
        );
        assert_eq!(pauses(2 * SECOND, 0.5), [1800, 2000, 2000]);
        assert_eq!(pauses(SECOND, 0.5), [1000, 1000]);
    }

    #[test]
    fn each_pause_is_spread_by_a_tenth() {
        assert_eq!(pauses(SECOND, 0.0), [900, 900]);
        assert_eq!(pauses(SECOND, 1.0), [1100, 1100]);
        assert_eq!(pauses(15 * SECOND, 0.0), [1620, 2430]);
        let latest = pauses::<2>(15 * SECOND, 1.0);
        assert_eq!(latest, [1980, 2970]);
    }

    #[test]
    fn server_is_never_asked_too_early() {
        let pause = |asked: u32, random| {
            let mut pace = Pace::new(15 * SECOND);
            pace.pause(Some(asked * SECOND), random).as_millis()
        };
        assert_eq!([pause(9, 0.0), pause(9, 1.0)], [9000, 10_000]);
        assert_eq!([pause(0, 0.0), pause(1, 0.0)], [1620, 1620]);
    }

    #[test]
    fn wait_that_was_asked_for_does_not_slow_down_what_follows() {
        let mut pace = Pace::new(15 * SECOND);
        pace.pause(Some(600 * SECOND), 0.5);
        assert_eq!(pace.pause(None, 0.5).as_millis(), 2700);
    }

    #[test]
    fn extreme_intervals_neither_overflow_nor_spin() {
        assert_eq!(pauses(Duration::ZERO, 0.0), [90, 90]);
        let mut pace = Pace::new(Duration::MAX);
        for _ in 0..500 {
            pace.pause(None, 1.0);
        }
        assert_eq!(pace.pause(None, 1.0), Duration::MAX);
        assert_eq!(pace.pause(Some(Duration::MAX), 1.0), Duration::MAX);
    }
}
