//! The clock of the sandbox: it runs as the real one does, and can be moved ahead.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cloudbackup_core::time::{TimeFormat, Timestamp};

/// An instant on the sandbox's clock, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(i64);

impl Moment {
    /// Later than the clock ever gets, and still one that can be written.
    pub(crate) const FAR: Self = Self(253_402_300_799_000);

    /// Where the clock can be moved to at most, the start of the year 9000: times have four digits
    /// for the year, and what happens later must still have one that can be written.
    const LATEST: Self = Self(221_845_392_000_000);

    /// The instant that a reader of this text would take it for.
    pub(crate) fn of(time: &Timestamp) -> Option<Self> {
        let millis = i64::from(time.subsec_nanos()? / 1_000_000);
        Some(Self(
            time.unix_seconds()?
                .checked_mul(1000)?
                .checked_add(millis)?,
        ))
    }

    pub(crate) fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub(crate) fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub(crate) fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This much later.
    pub(crate) fn after(self, time: Duration) -> Self {
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// This much earlier.
    pub(crate) fn before(self, time: Duration) -> Self {
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// How long it is since an earlier instant; nothing if that is a later one.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// `2018-08-06T02:41:14+0000`, as the database services write times.
    pub(crate) fn basic(self) -> Timestamp {
        let time = Timestamp::from_unix(self.seconds(), 0);
        match time.to_format(TimeFormat::BasicOffset) {
            Some(text) => Timestamp::from(text.into_owned()),
            None => time,
        }
    }

    /// `2018-08-06T02:41:14.000000Z`, as IAM writes times.
    pub(crate) fn with_micros(self) -> String {
        format!("{}000Z", self.with_millis())
    }

    /// `2018-08-06T02:41:14.000`, in UTC without saying so.
    pub(crate) fn with_millis(self) -> String {
        let time = Timestamp::from_unix(self.seconds(), 0).to_string();
        let millis = self.0.rem_euclid(1000);
        format!("{}.{millis:03}", time.trim_end_matches('Z'))
    }
}

/// The clock. It never stands still and never goes back.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    origin: i64,
    moved: AtomicI64,
}

impl Clock {
    /// A clock that shows the real time, or at first this one.
    pub(crate) fn new(origin: Option<SystemTime>) -> Self {
        let origin = origin.unwrap_or_else(SystemTime::now);
        let since_epoch = origin.duration_since(UNIX_EPOCH).unwrap_or_default();
        let origin = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Self {
            started: Instant::now(),
            origin: origin.min(Moment::LATEST.0),
            moved: AtomicI64::new(0),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        let moved = self.moved.load(Ordering::Relaxed);
        Moment(self.origin.saturating_add(moved)).after(self.started.elapsed())
    }

    /// Moves the clock ahead, by a century at a time at most, and not beyond
    /// [`LATEST`](Moment::LATEST).
    pub(crate) fn advance(&self, time: Duration) {
        // In days of a century with all its leap years.
        const MOST: i64 = 36_525 * 86_400_000;
        let millis = i64::try_from(time.as_millis()).unwrap_or(MOST).min(MOST);
        let most = Moment::LATEST.0 - self.origin;
        let _ = self
            .moved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |moved| {
                Some(moved.saturating_add(millis).min(most))
            });
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{Clock, Moment};

    #[test]
    fn moments_are_written_as_the_services_write_them() {
        let moment = Moment::from_millis(1_533_523_274_007);
        assert_eq!(moment.basic().as_str(), "2018-08-06T02:41:14+0000");
        assert_eq!(moment.with_micros(), "2018-08-06T02:41:14.007000Z");
        assert_eq!(moment.with_millis(), "2018-08-06T02:41:14.007");
        let minute = Duration::from_secs(60);
        assert_eq!(moment.before(minute).after(minute), moment);
        assert_eq!(
            Moment::of(&"2018-08-06T10:41:14.007+08:00".into()),
            Some(moment)
        );
        assert_eq!(Moment::of(&"soon".into()), None);
    }

    #[test]
    fn clock_goes_ahead_only() {
        let clock = Clock::new(Some(UNIX_EPOCH));
        clock.advance(Duration::from_secs(60));
        let now = clock.now();
        assert!(now >= Moment::from_millis(60_000));
        clock.advance(Duration::MAX);
        assert!(clock.now() > now);
        assert_eq!(now.since(clock.now()), Duration::ZERO);
    }

    #[test]
    fn after_a_century_the_clock_can_be_moved_on_as_before() {
        let clock = Clock::new(Some(UNIX_EPOCH));
        clock.advance(Duration::from_secs(90_000 * 86_400));
        let century = clock.now();
        let days = century.seconds() / 86_400;
        assert_eq!(days, 36_525, "no more at once");
        clock.advance(Duration::from_secs(3600));
        assert!(clock.now().since(century) >= Duration::from_secs(3600));
    }

    #[test]
    fn clock_always_shows_a_time_that_can_be_written() {
        let far = UNIX_EPOCH + Duration::from_secs(600_000_000_000);
        for start in [UNIX_EPOCH, far] {
            let clock = Clock::new(Some(start));
            for _ in 0..80 {
                clock.advance(Duration::MAX);
            }
            let text = clock.now().basic();
            assert!(text.as_str().starts_with("9000-01-01T00:"), "{text}");
        }
    }
}
