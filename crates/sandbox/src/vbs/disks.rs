//! Disks, which belong to another service: here they are there from the start and only change
//! their state.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::cloud::Cloud;

/// A disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Disk {
    pub(super) id: String,
    pub(super) project_id: String,
    /// In GB.
    pub(super) size: i64,
    pub(super) availability_zone: String,
    pub(super) state: DiskState,
    pub(super) snapshots: Vec<Snapshot>,
    /// The policy that it is attached to: never more than one.
    pub(super) policy_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DiskState {
    Available,
    /// A server has it.
    InUse,
    Restoring,
    /// It was overwritten in part. Nothing here mends it.
    ErrorRestoring,
}

/// The state of a disk at some time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub(super) id: String,
    pub(super) taken: Moment,
}

impl Disk {
    /// The point of delivery that hosts it.
    pub(super) fn host(&self) -> String {
        format!("pod01.{}", self.availability_zone)
    }

    /// Whether it can be backed up.
    pub(super) fn is_readable(&self) -> bool {
        matches!(self.state, DiskState::Available | DiskState::InUse)
    }
}

/// The disks of the home region: one with a snapshot, one that a server has, and a small one.
pub(super) fn first_disks(cloud: &Cloud) -> Vec<Disk> {
    let Some(home) = cloud.regions.first() else {
        return Vec::new();
    };
    let disks = [
        (40, DiskState::Available),
        (100, DiskState::InUse),
        (10, DiskState::Available),
    ];
    let mut disks = disks.map(|(size, state)| Disk {
        id: cloud.ids.uuid(),
        project_id: home.project_id.clone(),
        size,
        availability_zone: format!("{}-01", home.name),
        state,
        snapshots: Vec::new(),
        policy_id: None,
    });
    let two_hours = Duration::from_secs(2 * 3600);
    disks[0].snapshots.push(Snapshot {
        id: cloud.ids.uuid(),
        taken: cloud.clock.now().before(two_hours),
    });
    Vec::from(disks)
}
