//! When a policy does something: rules of RFC 2445, as far as the document goes with them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::problem::{Problem, bad};
use crate::clock::Moment;

const MINUTES_OF_DAY: i64 = 24 * 60;
const MINUTES_OF_WEEK: i64 = 7 * MINUTES_OF_DAY;
/// Days or weeks between two runs at most; the console lets one choose up to 30 days.
const MOST_INTERVAL: i64 = 366;

/// A list of rules, which all hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    rules: Vec<Rule>,
    /// The day that intervals are counted from, since 1970.
    first_day: i64,
}

/// Certain minutes of certain days, in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rule {
    is_weekly: bool,
    /// Every so many days or weeks.
    interval: i64,
    /// Monday is 0.
    days: BTreeSet<i64>,
    minutes: BTreeSet<i64>,
}

/// The week of a day since 1970, and the day in it.
fn week_and_day(day: i64) -> (i64, i64) {
    // 1970 began on a Thursday.
    ((day + 3).div_euclid(7), (day + 3).rem_euclid(7))
}

fn day_of(moment: Moment) -> i64 {
    moment.seconds().div_euclid(60 * MINUTES_OF_DAY)
}

impl Schedule {
    /// Reads the rules of a policy that begins at an instant.
    pub(crate) fn read(patterns: &[String], begins: Moment) -> Result<Self, Problem> {
        let rules = patterns.iter().map(|pattern| Rule::read(pattern));
        let rules: Option<Vec<Rule>> = rules.collect();
        let rules = rules.filter(|rules| !rules.is_empty()).ok_or(bad(
            "/body/policy/trigger/properties/pattern: must be rules such as \
             FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=14;BYMINUTE=00",
        ))?;
        let schedule = Self {
            rules,
            first_day: day_of(begins),
        };
        match schedule.is_spread() {
            true => Ok(schedule),
            false => Err(bad(
                "/body/policy/trigger/properties/pattern: two times must be an hour apart",
            )),
        }
    }

    /// Whether all times of a week are an hour apart, as if no rule left a day or week out.
    fn is_spread(&self) -> bool {
        let mut times: Vec<i64> = Vec::new();
        for rule in &self.rules {
            for day in &rule.days {
                times.extend(rule.minutes.iter().map(|it| day * MINUTES_OF_DAY + it));
            }
        }
        times.sort_unstable();
        let first = times.first().map(|first| first + MINUTES_OF_WEEK);
        let next = times.iter().skip(1).copied().chain(first);
        times.iter().zip(next).all(|(time, next)| next - time >= 60)
    }

    /// The first time after an instant.
    pub(crate) fn after(&self, moment: Moment) -> Moment {
        let longest = self.rules.iter().map(|rule| rule.interval).max();
        // From any day on, every rule has its turn within two of its intervals.
        let days = 14 * longest.unwrap_or(1);
        let today = day_of(moment);
        let mut times = (today..=today + days).filter_map(|day| self.first_of(day, moment));
        times.next().unwrap_or(Moment::FAR)
    }

    /// The first time of a day that is after an instant.
    fn first_of(&self, day: i64, after: Moment) -> Option<Moment> {
        let rules = self.rules.iter();
        let today = rules.filter(|rule| rule.is_on(day, self.first_day));
        let times = today.flat_map(|rule| &rule.minutes);
        let times = times.map(|minute| {
            let minutes = day * MINUTES_OF_DAY + minute;
            Moment::from_millis(minutes * 60_000)
        });
        times.filter(|time| *time > after).min()
    }

    /// How long so many runs take, roughly.
    pub(crate) fn time_of(&self, runs: u64) -> Duration {
        let in_a_thousand_weeks = self.rules.iter().map(|rule| {
            let times = rule.days.len() * rule.minutes.len() * 1000;
            times as u64 / rule.interval.unsigned_abs().max(1)
        });
        let weeks = runs.saturating_mul(1000) / in_a_thousand_weeks.sum::<u64>().max(1) + 1;
        Duration::from_secs(weeks.saturating_mul(MINUTES_OF_WEEK.unsigned_abs() * 60))
    }
}

impl Rule {
    fn read(pattern: &str) -> Option<Self> {
        let (mut frequency, mut interval) = (None, 1);
        let (mut days, mut hours, mut minutes) = (None, None, None);
        for part in pattern.split(';') {
            let (key, value) = part.split_once('=')?;
            match key {
                "FREQ" => frequency = Some(value),
                "INTERVAL" => interval = number(value, 1, MOST_INTERVAL)?,
                "BYDAY" => days = Some(numbers(value, weekday)?),
                "BYHOUR" => hours = Some(numbers(value, |it| number(it, 0, 23))?),
                "BYMINUTE" => minutes = Some(numbers(value, |it| number(it, 0, 59))?),
                _ => return None,
            }
        }
        let is_weekly = match frequency? {
            "WEEKLY" => true,
            "DAILY" => false,
            _ => return None,
        };
        let days = match (days, is_weekly) {
            (Some(days), _) => days,
            (None, false) => (0..7).collect(),
            (None, true) => return None,
        };
        let (hours, minutes) = (hours?, minutes?);
        let times = hours.iter().flat_map(|hour| {
            let minutes = minutes.iter();
            minutes.map(move |minute| hour * 60 + minute)
        });
        Some(Self {
            is_weekly,
            interval,
            days,
            minutes: times.collect(),
        })
    }

    fn is_on(&self, day: i64, first_day: i64) -> bool {
        let (week, weekday) = week_and_day(day);
        let passed = match self.is_weekly {
            true => week - week_and_day(first_day).0,
            false => day - first_day,
        };
        self.days.contains(&weekday) && passed.rem_euclid(self.interval) == 0
    }
}

fn number(text: &str, least: i64, most: i64) -> Option<i64> {
    let number = text.parse().ok()?;
    (least..=most).contains(&number).then_some(number)
}

fn weekday(text: &str) -> Option<i64> {
    let days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let position = days.iter().position(|day| *day == text)?;
    i64::try_from(position).ok()
}

fn numbers(text: &str, read: impl Fn(&str) -> Option<i64>) -> Option<BTreeSet<i64>> {
    text.split(',').map(read).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Schedule;
    use crate::clock::Moment;

    /// A Tuesday, ten in the morning.
    const BEGINS: i64 = 1_716_285_600_000;

    fn schedule(patterns: &[&str]) -> Option<Schedule> {
        let patterns: Vec<String> = patterns.iter().map(|it| (*it).to_owned()).collect();
        Schedule::read(&patterns, Moment::from_millis(BEGINS)).ok()
    }

    fn times(patterns: &[&str], count: usize) -> Vec<String> {
        let schedule = schedule(patterns).unwrap();
        let mut time = Moment::from_millis(BEGINS);
        let times = (0..count).map(|_| {
            time = schedule.after(time);
            time.basic().as_str()[5..16].to_owned()
        });
        times.collect()
    }

    #[test]
    fn times_come_in_their_order_day_by_day() {
        for (patterns, expected) in [
            (
                &["FREQ=DAILY;INTERVAL=1;BYHOUR=6;BYMINUTE=00"][..],
                ["05-22T06:00", "05-23T06:00", "05-24T06:00"],
            ),
            (
                &["FREQ=DAILY;INTERVAL=2;BYHOUR=6,22;BYMINUTE=30"],
                ["05-21T22:30", "05-23T06:30", "05-23T22:30"],
            ),
            (
                &["FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=14;BYMINUTE=00"],
                ["05-21T14:00", "05-27T14:00", "05-28T14:00"],
            ),
            (
                &["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,WE;BYHOUR=9;BYMINUTE=00"],
                ["05-22T09:00", "06-04T09:00", "06-05T09:00"],
            ),
            (
                &["FREQ=DAILY;BYDAY=SA;BYHOUR=0;BYMINUTE=0"],
                ["05-25T00:00", "06-01T00:00", "06-08T00:00"],
            ),
            (
                &[
                    "FREQ=WEEKLY;BYDAY=FR;BYHOUR=1;BYMINUTE=0",
                    "FREQ=WEEKLY;BYDAY=TH;BYHOUR=23;BYMINUTE=59",
                ],
                ["05-23T23:59", "05-24T01:00", "05-30T23:59"],
            ),
        ] {
            assert_eq!(times(patterns, 3), expected, "{patterns:?}");
        }
    }

    #[test]
    fn rules_that_are_none_are_refused() {
        for pattern in [
            "",
            "daily",
            "FREQ=DAILY",
            "FREQ=MONTHLY;BYHOUR=1;BYMINUTE=0",
            "FREQ=WEEKLY;BYHOUR=1;BYMINUTE=0",
            "FREQ=DAILY;BYHOUR=24;BYMINUTE=0",
            "FREQ=DAILY;BYHOUR=1;BYMINUTE=60",
            "FREQ=DAILY;BYHOUR=;BYMINUTE=0",
            "FREQ=DAILY;BYHOUR=1;BYMINUTE=0;INTERVAL=0",
            "FREQ=DAILY;BYHOUR=1;BYMINUTE=0;COUNT=3",
            "FREQ=WEEKLY;BYDAY=XX;BYHOUR=1;BYMINUTE=0",
            "FREQ=DAILY;BYHOUR=1;BYMINUTE=0,30",
        ] {
            assert_eq!(schedule(&[pattern]), None, "{pattern}");
        }
        assert_eq!(schedule(&[]), None);
    }

    #[test]
    fn two_times_are_an_hour_apart_across_the_end_of_the_week_too() {
        let monday = "FREQ=WEEKLY;BYDAY=MO;BYHOUR=0;BYMINUTE=0";
        let close = "FREQ=WEEKLY;BYDAY=SU;BYHOUR=23;BYMINUTE=30";
        assert_eq!(schedule(&[monday, close]), None);
        assert_eq!(schedule(&[monday, monday]), None);
        let apart = "FREQ=WEEKLY;BYDAY=SU;BYHOUR=23;BYMINUTE=0";
        assert!(schedule(&[monday, apart]).is_some());
    }

    #[test]
    fn time_of_many_runs_is_told_roughly() {
        let daily = schedule(&["FREQ=DAILY;BYHOUR=6;BYMINUTE=0"]).unwrap();
        let days = daily.time_of(700).as_secs() / 86_400;
        assert!((700..=714).contains(&days), "{days}");
        let rarely = schedule(&["FREQ=DAILY;INTERVAL=10;BYHOUR=6;BYMINUTE=0"]).unwrap();
        let days = rarely.time_of(70).as_secs() / 86_400;
        assert!((700..=714).contains(&days), "{days}");
    }
}
