//! What the three database services have in common: instances that are backed up by hand and on
//! schedule, copies in other regions, restorations, and the tasks that callers follow.

mod backup;
mod backups;
mod copies;
mod files;
mod instance;
mod job;
pub(crate) mod limits;
mod periods;
mod problem;
mod restore;
mod schedule;
mod stop;
mod store;

pub(crate) use self::backup::{Backup, Filter, Kind, Progress};
pub(crate) use self::copies::OffsitePolicy;
pub(crate) use self::instance::{Condition, Identity};
pub(crate) use self::job::{Job, Task};
pub(crate) use self::periods::Period;
pub(crate) use self::problem::{INVALID, Problem, wrong};
pub(crate) use self::restore::{NewInstance, Payment, Point};
pub(crate) use self::schedule::{DEFAULT_WINDOW, EVERY_DAY, Schedule, Starts};
pub(crate) use self::store::{Store, Style};

use cloudbackup_core::Timestamp;

use crate::clock::Moment;

/// The instant of a time in a query, which validation has read before.
pub(crate) fn moment(time: Option<&Timestamp>) -> Option<Moment> {
    time.and_then(Moment::of)
}

/// The instant of a text that holds milliseconds, of which validation has seen that it is digits.
pub(crate) fn millis(text: Option<&str>) -> Option<Moment> {
    // More digits than a number has are later than everything.
    text.map(|text| Moment::from_millis(text.parse().unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests;
