//! The schedule of a policy: when it is due, and what it keeps.

use std::time::Duration;

use cloudbackup_core::Timestamp;
use cloudbackup_vbs_model as model;
use serde::{Deserialize, Serialize};

use super::quotas::MOST_BACKUPS;
use super::tasks::TASK_KEPT;
use crate::clock::Moment;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What the schedule of a policy says.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Rules {
    /// Whether it is switched on.
    pub(super) is_on: bool,
    /// A bit for each hour of the day in UTC.
    hours: u32,
    days: Days,
    /// Seconds that the local clock is ahead of UTC. It decides which day an hour belongs to.
    offset: i64,
    pub(super) kept: Kept,
    /// The first backup of the month stays while the month lasts.
    pub(super) spares_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Days {
    /// The first of each month, and every so many days from there.
    Every(i64),
    /// A bit for each day of the week, from Sunday on.
    OfWeek(u32),
}

/// Which backups of a disk are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kept {
    /// The latest ones.
    Number(usize),
    /// Those of the last days.
    Days(u32),
}

impl Rules {
    /// The rules of a policy. Where a schedule has both of two members, the first one counts.
    pub(super) fn of(policy: &model::BackupPolicy) -> Self {
        let empty = model::BackupSchedule::builder().build();
        let schedule = policy.scheduled_policy.as_ref().unwrap_or(&empty);
        let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        let spared = schedule.retain_first_backup_of_month.as_ref();
        Self {
            is_on: schedule.status == Some(model::PolicyStatus::On),
            hours: hours(schedule.start_time.as_deref().unwrap_or("")),
            days: match (schedule.frequency, &schedule.week_frequency) {
                (None, Some(days)) => Days::OfWeek(days.iter().map(day_bit).sum()),
                (every, _) => Days::Every(every.unwrap_or(1).max(1)),
            },
            offset: offset(policy.time_zone.as_deref().unwrap_or("")),
            kept: match (number(schedule.retention_num), schedule.retention_day) {
                (None, Some(days)) => Kept::Days(u32::try_from(days).unwrap_or(u32::MAX)),
                (kept, _) => Kept::Number(kept.unwrap_or(1) as usize),
            },
            spares_first: spared == Some(&model::RetainFirstBackup::Yes),
        }
    }

    /// When the policy is due next; never when it is switched off.
    pub(super) fn next(&self, now: Moment) -> Option<Moment> {
        // Each week and each month has a day of it, so that there is an hour within 31 days.
        let first = now.seconds().div_euclid(HOUR) + 1;
        let mut hours = (first..first + 32 * 24).map(|hour| hour * HOUR);
        let found = hours.find(|seconds| self.is_due(*seconds))?;
        self.is_on.then(|| Moment::from_millis(found * 1000))
    }

    fn is_due(&self, seconds: i64) -> bool {
        let hour = seconds.rem_euclid(DAY) / HOUR;
        if self.hours & (1 << hour) == 0 {
            return false;
        }
        match self.days {
            Days::OfWeek(days) => {
                // 1970 began on a Thursday.
                let day = ((seconds + self.offset).div_euclid(DAY) + 4).rem_euclid(7);
                days & (1 << day) != 0
            }
            Days::Every(days) => (day_of_month(&self.local_date(seconds)) - 1) % days == 0,
        }
    }

    /// `2018-08-06`, on the local clock.
    fn local_date(&self, seconds: i64) -> String {
        let time = Timestamp::from_unix(seconds + self.offset, 0);
        time.as_str().chars().take(10).collect()
    }

    /// Whether two instants are in the same month of the local clock.
    pub(super) fn is_same_month(&self, a: Moment, b: Moment) -> bool {
        let month = |at: Moment| {
            let date = self.local_date(at.seconds());
            date.get(..7).unwrap_or_default().to_owned()
        };
        month(a) == month(b)
    }

    /// How far back one must go to find everything of which there is still a trace: a backup, or a
    /// task that is remembered.
    pub(super) fn traces(&self) -> Duration {
        let days = match self.kept {
            Kept::Number(number) => self.days_for(number),
            Kept::Days(days) => u64::from(days).min(self.days_for(MOST_BACKUPS)),
        };
        TASK_KEPT + Duration::from_secs(days * DAY.unsigned_abs())
    }

    /// In how many days a policy is due at least so many times.
    fn days_for(&self, times: usize) -> u64 {
        let longest_gap = match self.days {
            Days::OfWeek(_) => 7,
            Days::Every(days) => days.unsigned_abs(),
        };
        let a_day = u64::from(self.hours.count_ones().max(1));
        let times = u64::try_from(times).unwrap_or(u64::MAX);
        (times.div_ceil(a_day) + 1) * longest_gap
    }
}

/// `22:00,00:00`, which was checked before.
fn hours(text: &str) -> u32 {
    let hours = text
        .split(',')
        .filter_map(|hour| hour.get(..2)?.parse().ok());
    hours
        .filter(|hour: &u32| *hour < 24)
        .fold(0, |bits, hour| bits | (1 << hour))
}

/// `UTC-02:00`, which was checked before; without one, hours are those of UTC.
fn offset(text: &str) -> i64 {
    let part = |from: usize| {
        let digits = text.get(from..from + 2)?;
        digits.parse::<i64>().ok()
    };
    let seconds = part(4).unwrap_or(0) * HOUR + part(7).unwrap_or(0) * 60;
    match text.starts_with("UTC-") {
        true => -seconds,
        false => seconds,
    }
}

fn day_bit(day: &model::DayOfWeek) -> u32 {
    let position = match day {
        model::DayOfWeek::Sun => 0,
        model::DayOfWeek::Mon => 1,
        model::DayOfWeek::Tue => 2,
        model::DayOfWeek::Wed => 3,
        model::DayOfWeek::Thu => 4,
        model::DayOfWeek::Fri => 5,
        model::DayOfWeek::Sat => 6,
        _ => return 0,
    };
    1 << position
}

fn day_of_month(date: &str) -> i64 {
    let day = date.get(8..).and_then(|day| day.parse().ok());
    day.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{DAY, Rules, model};
    use crate::clock::Moment;

    fn moment(text: &str) -> Moment {
        Moment::of(&text.into()).unwrap()
    }

    fn rules(schedule: model::BackupSchedule, zone: Option<&str>) -> Rules {
        let mut policy = model::BackupPolicy::builder().build().unwrap();
        policy.scheduled_policy = Some(schedule);
        policy.time_zone = zone.map(str::to_owned);
        Rules::of(&policy)
    }

    /// When these rules are due after an instant, so many times.
    fn due(rules: Rules, after: &str, times: usize) -> Vec<String> {
        let mut now = moment(after);
        let times = (0..times).map(|_| {
            now = rules.next(now).unwrap();
            let text = now.with_millis();
            text.strip_suffix(":00:00.000").unwrap().to_owned()
        });
        times.collect()
    }

    #[test]
    fn every_so_many_days_counts_from_the_first_of_each_month() {
        let schedule = model::BackupSchedule::builder()
            .start_time("02:00,14:00")
            .frequency(14)
            .status(model::PolicyStatus::On)
            .build();
        let found = due(rules(schedule.clone(), None), "2024-01-28T00:00:00Z", 4);
        assert_eq!(
            found,
            [
                "2024-01-29T02",
                "2024-01-29T14",
                "2024-02-01T02",
                "2024-02-01T14"
            ]
        );
        let found = due(rules(schedule, None), "2024-02-01T14:00:00Z", 2);
        assert_eq!(found, ["2024-02-15T02", "2024-02-15T14"], "strictly later");
    }

    #[test]
    fn days_are_those_of_the_local_clock() {
        // The nineteenth of May 2024 is a Sunday.
        let schedule = model::BackupSchedule::builder()
            .start_time("22:00,00:00,02:00")
            .week_frequency([model::DayOfWeek::Sun])
            .status(model::PolicyStatus::On);
        let found = due(
            rules(schedule.clone().build(), Some("UTC+02:00")),
            "2024-05-15T00:00:00Z",
            4,
        );
        assert_eq!(
            found,
            [
                "2024-05-18T22",
                "2024-05-19T00",
                "2024-05-19T02",
                "2024-05-25T22"
            ]
        );
        let found = due(
            rules(schedule.build(), Some("UTC-05:30")),
            "2024-05-15T00:00:00Z",
            3,
        );
        assert_eq!(found, ["2024-05-19T22", "2024-05-20T00", "2024-05-20T02"]);
        let schedule = model::BackupSchedule::builder()
            .start_time("23:00")
            .frequency(14)
            .status(model::PolicyStatus::On);
        let found = due(
            rules(schedule.build(), Some("UTC+08:00")),
            "2024-05-15T00:00:00Z",
            2,
        );
        assert_eq!(found, ["2024-05-28T23", "2024-05-31T23"]);
    }

    #[test]
    fn frequency_wins_over_days_of_the_week_and_a_number_over_days_of_keeping() {
        let schedule = model::BackupSchedule::builder()
            .start_time("12:00")
            .frequency(1)
            .week_frequency([model::DayOfWeek::Sun])
            .retention_num(7)
            .retention_day(99_999)
            .status(model::PolicyStatus::On)
            .build();
        let rules = rules(schedule, None);
        assert_eq!(due(rules, "2024-05-15T00:00:00Z", 1), ["2024-05-15T12"]);
        assert_eq!(rules.kept, super::Kept::Number(7));
    }

    #[test]
    fn policy_that_is_off_is_never_due() {
        let schedule = model::BackupSchedule::builder()
            .start_time("12:00")
            .frequency(1)
            .status(model::PolicyStatus::Off);
        let found = rules(schedule.build(), None).next(moment("2024-05-15T00:00:00Z"));
        assert_eq!(found, None);
    }

    #[test]
    fn traces_reach_back_as_far_as_the_last_backup_that_is_kept() {
        let schedule = model::BackupSchedule::builder()
            .start_time("12:00")
            .week_frequency([model::DayOfWeek::Sun])
            .retention_num(14)
            .status(model::PolicyStatus::On);
        let rules = rules(schedule.build(), None);
        let now = moment("2024-05-15T00:00:00Z");
        let mut at = now.before(rules.traces());
        let mut times = 0;
        while let Some(next) = rules.next(at).filter(|next| *next <= now) {
            (at, times) = (next, times + 1);
        }
        assert!(times >= 14, "{times}");
        assert!(rules.traces().as_secs() < 200 * DAY.unsigned_abs());
    }
}
