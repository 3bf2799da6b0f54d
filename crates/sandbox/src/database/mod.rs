//! What the three database services have in common: instances that are backed up by hand and on
//! schedule, copies in other regions, and the tasks that callers follow.

mod problem;
mod records;
mod store;

pub(crate) use self::records::{Backup, Filter, Job, Kind, OffsitePolicy, Progress};
pub(crate) use self::store::{Store, Style, moment};

#[cfg(test)]
mod tests;
