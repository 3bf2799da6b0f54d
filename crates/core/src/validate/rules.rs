//! Rules over several members.
//!
//! Each rule takes names relative to the current position and whether the
//! member was given, so that it needs no type of its own.

use super::{Validator, ViolationKind, formats, words};
use crate::time::Timestamp;

const MINUTES_OF_DAY: i32 = 24 * 60;

/// The members of a backup schedule; see [`Validator::schedule`].
///
/// Each has its name, relative to the current position.
#[derive(Clone, Copy, Debug)]
pub struct Schedule<'a> {
    /// The execution times: full hours in UTC, such as `22:00,00:00`.
    pub hours: (&'a str, Option<&'a str>),
    /// The offset of the local time, such as `UTC+02:00`.
    pub time_zone: (&'a str, Option<&'a str>),
    /// Whether the days of the week were given.
    pub days: (&'a str, bool),
}

impl Validator {
    /// At least one of these members must be given. The violation is at the
    /// current position.
    pub fn any_of<'a>(&mut self, members: impl AsRef<[(&'a str, bool)]>) {
        let members = members.as_ref();
        if !members.iter().any(|(_, given)| *given) {
            let names = words::names(members.iter().map(|(name, _)| *name), "or");
            self.report("", ViolationKind::Relation, format!("needs {names}"));
        }
    }

    /// These members are given all or not at all. The violations are at those
    /// that are absent.
    pub fn together<'a>(&mut self, members: impl AsRef<[(&'a str, bool)]>) {
        let members = members.as_ref();
        let Some((given, _)) = members.iter().find(|(_, given)| *given) else {
            return;
        };
        for (name, _) in members.iter().filter(|(_, given)| !given) {
            self.report(
                name,
                ViolationKind::Relation,
                format!("is required with `{given}`"),
            );
        }
    }

    /// No more than one of these members may be given. The violations are at
    /// all but the first.
    pub fn at_most_one<'a>(&mut self, members: impl AsRef<[(&'a str, bool)]>) {
        let members = members.as_ref();
        let mut given = members.iter().filter(|(_, given)| *given);
        let Some((first, _)) = given.next() else {
            return;
        };
        for (name, _) in given {
            self.report(
                name,
                ViolationKind::Relation,
                format!("cannot be given with `{first}`"),
            );
        }
    }

    /// Where it applies, these members must be given; `when` says in words where that is. The
    /// violations are at those that are absent.
    pub fn needs<'a>(&mut self, applies: bool, when: &str, members: impl AsRef<[(&'a str, bool)]>) {
        let absent = members.as_ref().iter().filter(|(_, given)| !given);
        for (name, _) in absent.filter(|_| applies) {
            self.report(name, ViolationKind::Relation, format!("is required {when}"));
        }
    }

    /// The second time must be later than the first. Instants are compared, so
    /// that offsets may differ; a time that cannot be read is left to
    /// [`Member::time`](super::Member::time).
    pub fn order(
        &mut self,
        earlier: (&str, &Option<Timestamp>),
        later: (&str, &Option<Timestamp>),
    ) {
        let instant = |time: &Option<Timestamp>| time.as_ref().and_then(Timestamp::instant);
        if let (Some(first), Some(second)) = (instant(earlier.1), instant(later.1))
            && second <= first
        {
            let message = format!("must be later than `{}`", earlier.0);
            self.report(later.0, ViolationKind::Relation, message);
        }
    }

    /// The first member may be true only if the second is.
    pub fn only_when(&mut self, name: &str, is_true: bool, needs: &str, needs_true: bool) {
        if is_true && !needs_true {
            self.report(
                name,
                ViolationKind::Relation,
                format!("is allowed only with `{needs}`"),
            );
        }
    }

    /// The times of a backup schedule must fit together.
    ///
    /// The times are UTC but ordered by local time: 00:00, 02:00 and 04:00 at
    /// `UTC+02:00` are written `22:00,00:00,02:00`. So
    ///
    /// * no time may occur twice,
    /// * with a time zone the local times must ascend, and if they lie on
    ///   different days in UTC, the days of the week must be given,
    /// * without one, times that do not ascend need a time zone.
    ///
    /// Texts that are not in their form are left to
    /// [`full_hours`](super::Member::full_hours) and
    /// [`utc_offset`](super::Member::utc_offset).
    pub fn schedule(&mut self, schedule: Schedule<'_>) {
        if let Some((name, message)) = unfit_schedule(&schedule) {
            self.report(name, ViolationKind::Relation, message);
        }
    }
}

/// The member of the schedule that is wrong, and how.
fn unfit_schedule<'a>(schedule: &Schedule<'a>) -> Option<(&'a str, String)> {
    let name = schedule.hours.0;
    let hours = formats::full_hours(schedule.hours.1?)?;
    if let Some(hour) = first_repeated(hours.clone()) {
        return Some((name, format!("must not hold {hour:02}:00 twice")));
    }
    let ascending = hours.clone().is_sorted();
    let Some(zone) = schedule.time_zone.1 else {
        let message = || format!("is required, as the times of `{name}` do not ascend");
        return (!ascending).then(|| (schedule.time_zone.0, message()));
    };
    let offset = formats::utc_offset(zone)?;
    let local = hours.map(|hour| (hour * 60 + offset).rem_euclid(MINUTES_OF_DAY));
    if !local.clone().is_sorted() {
        let clocks = clocks(local);
        return Some((
            name,
            format!("must ascend by local time, which at {zone} is {clocks}"),
        ));
    }
    // In local order, a step back in UTC is the step to the next UTC day.
    let message = || format!("is required, as the times of `{name}` lie on different UTC days");
    (!ascending && !schedule.days.1).then(|| (schedule.days.0, message()))
}

/// The first hour that occurred before.
fn first_repeated(mut hours: impl Iterator<Item = i32>) -> Option<i32> {
    let mut seen = 0_u32;
    hours.find(|hour| {
        let bit = 1 << hour;
        let repeated = seen & bit != 0;
        seen |= bit;
        repeated
    })
}

/// Minutes of the day as `02:00, 04:30`.
fn clocks(minutes: impl Iterator<Item = i32>) -> String {
    let clocks: Vec<_> = minutes
        .map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60))
        .collect();
    clocks.join(", ")
}
