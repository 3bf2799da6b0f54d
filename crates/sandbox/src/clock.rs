//! The clock of the sandbox: it runs as the real one does or faster, and can be moved ahead.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cloudbackup_core::time::{TimeFormat, Timestamp};
use serde::{Deserialize, Serialize};

/// An instant on the sandbox's clock, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// How many times as fast as the real one it runs.
    speed: u32,
}

/// What the clock showed, and when, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    shown: i64,
    real: i64,
    speed: u32,
}

/// The real time.
pub(crate) fn real() -> Moment {
    Moment(millis(SystemTime::now()))
}

fn millis(time: SystemTime) -> i64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

impl Clock {
    /// A clock that shows the real time, or at first this one.
    pub(crate) fn new(origin: Option<SystemTime>, speed: u32) -> Self {
        Self::starting(millis(origin.unwrap_or_else(SystemTime::now)), speed)
    }

    /// A clock that has gone on since it showed this, as fast as then.
    #[cfg(feature = "state")]
    pub(crate) fn continued(reading: Reading, speed: u32) -> Self {
        let elapsed = millis(SystemTime::now())
            .saturating_sub(reading.real)
            .max(0);
        let elapsed = elapsed.saturating_mul(i64::from(reading.speed));
        Self::starting(reading.shown.saturating_add(elapsed), speed)
    }

    fn starting(origin: i64, speed: u32) -> Self {
        Self {
            started: Instant::now(),
            origin: origin.min(Moment::LATEST.0),
            moved: AtomicI64::new(0),
            speed: speed.max(1),
        }
    }

    /// What it shows now, for one that goes on later.
    #[cfg(feature = "state")]
    pub(crate) fn reading(&self) -> Reading {
        Reading {
            real: millis(SystemTime::now()),
            shown: self.now().0,
            speed: self.speed,
        }
    }

    pub(crate) fn now(&self) -> Moment {
        let moved = self.moved.load(Ordering::Relaxed);
        let elapsed = self.started.elapsed();
        // At the latest it goes on as slowly as the real one: it must not stand still.
        let ahead = Moment(self.origin.saturating_add(moved)).after(elapsed * (self.speed - 1));
        ahead.min(Moment::LATEST).after(elapsed)
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
    use std::time::{Duration, Instant, UNIX_EPOCH};

    #[cfg(feature = "state")]
    use super::Reading;
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
    fn faster_clock_shows_more_than_the_real_one() {
        let began = Instant::now();
        let clock = Clock::new(Some(UNIX_EPOCH), 1000);
        while clock.now() < Moment::from_millis(50_000) {}
        let took = began.elapsed();
        assert!(
            took >= Duration::from_millis(50),
            "no faster than that: {took:?}"
        );
        assert!(
            took < Duration::from_millis(50_000),
            "and much faster than the real one"
        );
    }

    #[cfg(feature = "state")]
    #[test]
    fn clock_goes_on_as_if_it_had_never_stopped() {
        let now = super::real().millis();
        let hour = 3_600_000;
        for (real, least) in [(now - hour, hour * 10), (now, 0), (now + hour, 0)] {
            let reading = Reading {
                shown: 1000,
                real,
                speed: 10,
            };
            let shown = Clock::continued(reading, 1).now();
            assert!(shown >= Moment::from_millis(1000 + least), "{shown:?}");
            assert!(
                shown < Moment::from_millis(1000 + least + hour),
                "{shown:?}"
            );
        }
    }

    #[test]
    fn clock_goes_ahead_only() {
        let clock = Clock::new(Some(UNIX_EPOCH), 1);
        clock.advance(Duration::from_secs(60));
        let now = clock.now();
        assert!(now >= Moment::from_millis(60_000));
        clock.advance(Duration::MAX);
        assert!(clock.now() > now);
        assert_eq!(now.since(clock.now()), Duration::ZERO);
    }

    #[test]
    fn after_a_century_the_clock_can_be_moved_on_as_before() {
        let clock = Clock::new(Some(UNIX_EPOCH), 1);
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
            let clock = Clock::new(Some(start), 1);
            for _ in 0..80 {
                clock.advance(Duration::MAX);
            }
            let text = clock.now().basic();
            assert!(text.as_str().starts_with("9000-01-01T00:"), "{text}");
        }
    }
}
