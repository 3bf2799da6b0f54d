//! Database instances.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::copies::OffsitePolicy;
use super::problem::Problem;
use super::schedule::Schedule;
use crate::clock::Moment;
use crate::state::Word;

/// What never changes of an instance, shared by its backups and tasks.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Its place among the instances, which are never taken away.
    pub(super) number: usize,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) project_id: String,
    #[serde(deserialize_with = "crate::state::word")]
    pub(crate) engine: Word,
    #[serde(deserialize_with = "crate::state::word")]
    pub(crate) version: Word,
    /// How it is built, in the word of the service.
    #[serde(deserialize_with = "crate::state::word")]
    pub(crate) mode: Word,
    /// Space in GB.
    pub(crate) volume_gb: i64,
    /// Kind of its disks.
    pub(crate) volume_type: String,
}

impl Identity {
    /// Whether it can take in what another instance holds, as far as it is built for it.
    pub(super) fn takes_in(&self, source: &Self) -> Result<(), Problem> {
        if (source.engine, source.version) != (self.engine, self.version) {
            return Err(Problem::OtherEngine);
        }
        if self.volume_gb < source.volume_gb {
            return Err(Problem::TooSmall);
        }
        Ok(())
    }
}

/// A database instance.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Instance {
    pub(super) identity: Arc<Identity>,
    pub(super) phase: Phase,
    /// When it is backed up by itself; `None` where that is switched off.
    pub(super) schedule: Option<Schedule>,
    /// How often the schedule has been set: what was planned for an earlier one does not happen.
    pub(super) schedules: u64,
    pub(super) offsite: Option<OffsitePolicy>,
    /// Whether there has ever been a full backup, without which there are no incremental ones.
    pub(super) has_full: bool,
    /// Since when everything that changes is kept, while it is backed up by itself.
    pub(super) logged_since: Option<Moment>,
    /// When it was being restored: there is nothing of these times.
    pub(super) gaps: Vec<(Moment, Moment)>,
}

impl Instance {
    pub(super) fn new(identity: Arc<Identity>, schedule: Option<Schedule>) -> Self {
        Self {
            identity,
            phase: Phase::Building,
            schedule,
            schedules: 0,
            offsite: None,
            has_full: false,
            logged_since: None,
            gaps: Vec::new(),
        }
    }
}

/// What is done with an instance besides backing it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    Building,
    /// It could not be made.
    NeverMade,
    Active,
    Restoring,
}

/// The state of an instance as callers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Building,
    NeverMade,
    Active,
    Restoring,
    BackingUp,
}
