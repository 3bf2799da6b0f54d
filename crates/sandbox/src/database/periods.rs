//! The moments that an instance can be brought back to.

use std::time::Duration;

use cloudbackup_core::Timestamp;

use super::backup::Kind;
use super::problem::{Problem, wrong};
use super::schedule::DAY;
use super::store::Store;
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::Refusal;

/// How far what is kept of the changes is behind.
const BEHIND: Duration = Duration::from_secs(300);

/// A period of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) start: Moment,
    pub(crate) end: Moment,
}

impl Period {
    /// A day in UTC such as `2024-05-21`.
    pub(crate) fn of_day(date: &str) -> Result<Self, Refusal> {
        let midnight = Timestamp::from(format!("{date}T00:00:00Z"));
        let must = "must be a day such as 2024-05-21";
        let start = Moment::of(&midnight).ok_or_else(|| wrong("/query/date", must))?;
        let end = start.after(DAY.saturating_sub(Duration::from_millis(1)));
        Ok(Self { start, end })
    }

    fn is_some(self) -> bool {
        self.start < self.end
    }

    fn within(self, other: Self) -> Self {
        Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        }
    }

    pub(crate) fn holds(self, moment: Moment) -> bool {
        self.start <= moment && moment <= self.end
    }
}

/// What of these periods lies within another one, if one is given.
fn cut(periods: Vec<Period>, wanted: Option<Period>) -> Vec<Period> {
    let periods = periods.into_iter();
    let cut = periods.map(|period| wanted.map_or(period, |wanted| period.within(wanted)));
    cut.filter(|period| period.is_some()).collect()
}

impl Store {
    /// The periods that an instance of the call's project can be brought back to by what is kept
    /// in its region: from its first full backup on, but for times when it was being restored.
    pub(crate) fn periods(
        &self,
        call: &Call,
        instance_id: &str,
        wanted: Option<Period>,
    ) -> Result<Vec<Period>, Refusal> {
        let place = self.place(call, instance_id)?;
        Ok(cut(self.own_periods(place, call.now), wanted))
    }

    fn own_periods(&self, place: usize, now: Moment) -> Vec<Period> {
        let instance = &self.instances[place];
        let logs = instance.schedule.as_ref().zip(instance.logged_since);
        let Some((schedule, since)) = logs else {
            return Vec::new();
        };
        let kept_since = since.max(now.before(schedule.kept(Kind::Auto, None)));
        let ends = self.backups.values().filter_map(|it| {
            let is_base =
                it.instance.number == place && !it.is_copy && it.is_full() && it.is_completed();
            it.end.filter(|end| is_base && *end >= kept_since)
        });
        let Some(mut start) = ends.min() else {
            return Vec::new();
        };
        let last = now.before(BEHIND);
        let mut periods = Vec::new();
        for (from, to) in &instance.gaps {
            if *to > start {
                let end = last.min(*from);
                periods.push(Period { start, end });
                start = *to;
            }
        }
        periods.push(Period { start, end: last });
        cut(periods, None)
    }

    /// The periods that the copies of an instance's backups in the call's project reach: from the
    /// first full one to the last incremental one.
    pub(crate) fn copied_periods(
        &self,
        call: &Call,
        instance_id: &str,
        wanted: Option<Period>,
    ) -> Result<Vec<Period>, Refusal> {
        let copied = self.copied_instances(call);
        let known = copied.iter().find(|(it, _)| it.id == instance_id);
        let (instance, _) = known.ok_or_else(|| self.refusal(Problem::NoInstance))?;
        let copies = self.backups.values().filter(|it| {
            it.is_copy
                && it.is_completed()
                && it.project_id == call.project_id
                && it.instance.number == instance.number
        });
        // A copy begins when its source is completed, and holds what there was then.
        let (full, incremental): (Vec<_>, Vec<_>) = copies.partition(|it| it.is_full());
        let start = full.iter().map(|it| it.begin).min();
        let end = incremental.iter().map(|it| it.begin).max();
        let period = start.zip(end).map(|(start, end)| Period { start, end });
        Ok(cut(period.into_iter().collect(), wanted))
    }
}
