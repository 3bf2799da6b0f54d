//! When an instance is backed up by itself, and how long these backups are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::problem::wrong;
use super::store::{Event, Store};
use crate::clock::Moment;
use crate::database::Kind;
use crate::gateway::Call;
use crate::refusal::Refusal;

pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);
/// The hour of backups where a caller names none; the documents have none, either.
pub(crate) const DEFAULT_WINDOW: &str = "02:00-03:00";
pub(crate) const EVERY_DAY: &str = "1,2,3,4,5,6,7";
const DAY_MILLIS: i64 = 24 * 3_600_000;
/// The longest time by which the first incremental backup follows a full one.
const MOST_AFTER: i64 = 6 * 3_600_000;

/// At which minutes a service lets backups start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starts {
    FullHours,
    QuarterHours,
}

/// When an instance is backed up by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// The hour within which full backups start, such as `09:00-10:00`.
    pub(crate) window: String,
    /// The days on which they are made, such as `1,2,3`, where 1 is Monday.
    pub(crate) days: String,
    pub(crate) keep_days: u32,
    /// Time between two incremental backups; a part of a day.
    pub(crate) every: Duration,
    /// When in the day full backups start, in milliseconds.
    start: i64,
}

impl Schedule {
    /// A schedule as a caller asks for it, or the place and the rule that it breaks.
    pub(crate) fn new(
        place: &str,
        window: &str,
        days: &str,
        keep_days: i64,
        starts: Starts,
    ) -> Result<Self, Refusal> {
        let start = start_of(window, starts).ok_or_else(|| {
            let minutes = match starts {
                Starts::FullHours => "00",
                Starts::QuarterHours => "00, 15, 30 and 45",
            };
            let must = format!("must be an hour such as 08:00-09:00, its minutes one of {minutes}");
            wrong(&format!("{place}/start_time"), &must)
        })?;
        if !days.split(',').all(|day| day.len() == 1) {
            let must = "must be days from 1 to 7 with commas between";
            return Err(wrong(&format!("{place}/period"), must));
        }
        Ok(Self {
            window: window.to_owned(),
            days: days.to_owned(),
            keep_days: u32::try_from(keep_days).unwrap_or(u32::MAX),
            every: DAY,
            start,
        })
    }

    /// Every day at the time of day of this moment, kept for a week.
    pub(super) fn daily(at: Moment) -> Self {
        let start = at.millis().rem_euclid(DAY_MILLIS);
        let hour = start / 3_600_000;
        Self {
            window: format!("{hour:02}:00-{:02}:00", (hour + 1) % 24),
            days: EVERY_DAY.to_owned(),
            keep_days: 7,
            every: DAY,
            start,
        }
    }

    fn is_on(&self, day: i64) -> bool {
        // The first day of 1970 was a Thursday.
        let weekday = (day + 3).rem_euclid(7) + 1;
        let mut days = self.days.split(',');
        days.any(|wanted| wanted.parse() == Ok(weekday))
    }

    /// The first full backup then or later.
    fn next_full(&self, from: Moment) -> Moment {
        let day = (from.millis() - self.start + DAY_MILLIS - 1).div_euclid(DAY_MILLIS);
        let mut days = (day..day + 7).filter(|day| self.is_on(*day));
        let day = days.next().unwrap_or(day);
        Moment::from_millis(day * DAY_MILLIS + self.start)
    }

    /// The first incremental backup then or later. The first of a day follows the full one by half
    /// of the time between two, so that they do not begin together.
    fn next_increment(&self, from: Moment) -> Moment {
        let every = i64::try_from(self.every.as_millis()).unwrap_or(DAY_MILLIS);
        let first = self.start + (every / 2).min(MOST_AFTER);
        let passed = (from.millis() - first + every - 1).div_euclid(every);
        Moment::from_millis(first + passed * every)
    }

    fn next(&self, kind: Kind, from: Moment) -> Moment {
        match kind {
            Kind::Incremental => self.next_increment(from),
            Kind::Auto | Kind::Manual => self.next_full(from),
        }
    }

    /// How long backups of a kind are kept.
    pub(super) fn kept(&self, kind: Kind, increments_kept: Option<Duration>) -> Duration {
        let kept = DAY * self.keep_days;
        match kind {
            Kind::Incremental => increments_kept.map_or(kept, |most| most.min(kept)),
            Kind::Auto | Kind::Manual => kept,
        }
    }
}

/// The start of an hour such as `08:15-09:15`, in milliseconds of the day.
fn start_of(window: &str, starts: Starts) -> Option<i64> {
    let (from, to) = window.split_once('-')?;
    let [from, to] = [from, to].map(|time| -> Option<(i64, i64)> {
        let (hour, minute) = time.split_once(':')?;
        let is_whole = hour.len() == 2 && minute.len() == 2;
        is_whole.then_some((hour.parse().ok()?, minute.parse().ok()?))
    });
    let ((hour, minute), (to_hour, to_minute)) = (from?, to?);
    let is_start = match starts {
        Starts::FullHours => minute == 0,
        Starts::QuarterHours => [0, 15, 30, 45].contains(&minute),
    };
    let is_hour = (0..24).contains(&hour) && to_hour == (hour + 1) % 24 && to_minute == minute;
    (is_start && is_hour).then_some((hour * 60 + minute) * 60_000)
}

impl Store {
    /// Plans the backups of the schedule that holds from now on.
    pub(super) fn plan_schedule(&mut self, now: Moment, place: usize) {
        let instance = &mut self.instances[place];
        instance.schedules += 1;
        let Some(schedule) = &instance.schedule else {
            instance.logged_since = None;
            return;
        };
        instance.logged_since.get_or_insert(now);
        for kind in [Kind::Auto, Kind::Incremental] {
            let event = Event::Scheduled(place, kind, instance.schedules);
            self.timeline.plan(schedule.next(kind, now), event);
        }
    }

    /// A backup of a schedule is due; plans the next one, too.
    pub(super) fn scheduled(&mut self, at: Moment, place: usize, kind: Kind, of: u64, now: Moment) {
        let instance = &self.instances[place];
        let Some(schedule) = instance
            .schedule
            .as_ref()
            .filter(|_| instance.schedules == of)
        else {
            return;
        };
        let kept = schedule.kept(kind, self.style.increments_kept);
        // What lies so far back that nothing of it is left by now need not be gone through when the
        // clock jumps by years.
        let copies_kept = instance.offsite.as_ref().and_then(|it| it.kept(kind));
        let all_gone = kept.max(copies_kept.unwrap_or_default()) + super::Task::Backup.takes();
        let is_gone = at.after(all_gone) < now;
        let next = match is_gone {
            true => schedule.next(kind, now.before(all_gone)),
            false => schedule.next(kind, at.after(Duration::from_millis(1))),
        };
        let event = Event::Scheduled(place, kind, of);
        self.timeline.plan(next, event);
        if is_gone {
            self.instances[place].has_full |= kind == Kind::Auto;
        } else {
            self.back_up_on_schedule(at, place, kind, kept);
        }
    }

    /// Sets when an instance is backed up by itself. Backups that were made so before are kept as
    /// long as the new schedule says. When it is switched off, incremental backups are gone at
    /// once, and full ones if they are not to be kept.
    pub(crate) fn set_schedule(
        &mut self,
        call: &Call,
        instance_id: &str,
        schedule: Option<Schedule>,
        keeps_full: bool,
    ) -> Result<&super::Identity, Refusal> {
        let place = self.ready(call, instance_id)?;
        let is_made_so = |it: &super::Backup| {
            it.instance.number == place && !it.is_copy && it.kind != Kind::Manual
        };
        match &schedule {
            None => self
                .backups
                .retain(|_, it| !is_made_so(it) || (keeps_full && it.kind == Kind::Auto)),
            Some(schedule) => {
                for (number, backup) in &mut self.backups {
                    if !is_made_so(backup) {
                        continue;
                    }
                    let kept = schedule.kept(backup.kind, self.style.increments_kept);
                    let expires = backup.begin.after(kept);
                    backup.expires = Some(expires);
                    self.timeline.plan(expires, Event::Expired(*number));
                }
            }
        }
        self.instances[place].schedule = schedule;
        self.plan_schedule(call.now, place);
        // Those whose time is over by the new schedule go now and not with the next call.
        self.settle(call.now);
        Ok(&self.instances[place].identity)
    }

    /// When an instance is backed up by itself; `None` where that is switched off.
    pub(crate) fn schedule(
        &self,
        call: &Call,
        instance_id: &str,
    ) -> Result<Option<&Schedule>, Refusal> {
        let place = self.place(call, instance_id)?;
        Ok(self.instances[place].schedule.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Schedule, Starts, start_of};
    use crate::clock::Moment;

    #[test]
    fn hours_begin_where_the_service_lets_them() {
        let minutes = |window, starts| start_of(window, starts).map(|millis| millis / 60_000);
        for (window, full, quarter) in [
            ("08:00-09:00", Some(480), Some(480)),
            ("23:00-00:00", Some(1380), Some(1380)),
            ("08:15-09:15", None, Some(495)),
            ("08:10-09:10", None, None),
            ("08:00-09:15", None, None),
            ("08:00-10:00", None, None),
            ("24:00-01:00", None, None),
            ("23:00-24:00", None, None),
            ("8:00-09:000", None, None),
            ("08-00:09-00", None, None),
            ("-----------", None, None),
        ] {
            assert_eq!(minutes(window, Starts::FullHours), full, "{window}");
            assert_eq!(minutes(window, Starts::QuarterHours), quarter, "{window}");
        }
    }

    #[test]
    fn next_backups_are_on_the_days_and_at_the_times_of_the_schedule() {
        let text = |moment: Moment| moment.basic().as_str()[..16].to_owned();
        let from = |text: &str| Moment::of(&text.into()).unwrap();
        let mut schedule = Schedule::new("", "19:00-20:00", "1,3", 7, Starts::FullHours).unwrap();
        // A Tuesday.
        let tuesday = from("2024-05-21T10:00:00Z");
        for (moment, full) in [
            (tuesday, "2024-05-22T19:00"),
            (from("2024-05-22T19:00:00Z"), "2024-05-22T19:00"),
            (from("2024-05-22T19:00:00.001Z"), "2024-05-27T19:00"),
        ] {
            assert_eq!(text(schedule.next_full(moment)), full);
        }
        for (minutes, increment) in [
            (1440, "2024-05-22T01:00"),
            (720, "2024-05-21T13:00"),
            (60, "2024-05-21T10:30"),
            (15, "2024-05-21T10:07"),
        ] {
            schedule.every = Duration::from_secs(minutes * 60);
            assert_eq!(text(schedule.next_increment(tuesday)), increment);
        }
        let next = schedule.next_increment(tuesday);
        assert_eq!(schedule.next_increment(next), next);
    }
}
