//! Volume Backup Service.

mod backups;
mod disks;
#[rustfmt::skip]
mod generated;
mod jobs;
mod lists;
mod policies;
mod quotas;
mod resources;
mod restore;
mod retention;
mod schedule;
mod tasks;

use std::collections::BTreeMap;
use std::sync::Arc;

use cloudbackup_core::operation::OperationInfo;
use cloudbackup_core::server::{Route, Server};
use serde::{Deserialize, Serialize};

use self::backups::{Backup, Work};
use self::disks::Disk;
use self::generated::Handlers;
use self::jobs::Job;
use self::policies::Policy;
use self::restore::Restoration;
use self::tasks::Task;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::gateway::{Behaviour, Call};
use crate::refusal::{ErrorShape, Refusal};
use crate::state::Archive;
use crate::timeline::Timeline;

/// Why something failed that was started with a fault.
const TOLD_TO_FAIL: &str = "the sandbox was told to fail it";

/// The state of the service. What is kept under a number is in the order in which it was begun.
#[derive(Debug)]
pub(crate) struct Vbs {
    cloud: Arc<Cloud>,
    disks: Vec<Disk>,
    /// In the order in which they were made.
    policies: Vec<Policy>,
    backups: BTreeMap<u64, Backup>,
    jobs: BTreeMap<u64, Job>,
    tasks: BTreeMap<u64, Task>,
    /// The last number that was given away.
    numbered: u64,
    timeline: Timeline<Event>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Event {
    /// The schedule of a policy has come to one of its hours. It is void if the policy was changed
    /// since.
    Due { policy_id: String, revision: u64 },
    /// A task has waited long enough.
    TaskStarted(u64),
    /// A backup is made, or has failed.
    BackedUp(Work),
    /// A disk is overwritten, or not.
    Restored(Restoration),
    /// A backup of a policy has been kept long enough.
    Outdated(u64),
    /// A backup is gone, or cannot be deleted.
    Deleted { backup: u64, fails: bool },
}

impl Server for Vbs {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for Vbs {
    const NAME: &'static str = "vbs";
    const ERRORS: ErrorShape = ErrorShape::Nested;
    const INVALID: &'static str = "AutoBackup.0102";

    /// The calls under v3 come from OpenStack and have its errors.
    fn errors(operation: &OperationInfo) -> ErrorShape {
        match operation.path().starts_with("/v3/") {
            true => ErrorShape::Named,
            false => Self::ERRORS,
        }
    }

    /// Policies and backups have codes of their own.
    fn invalid(operation: &OperationInfo) -> &'static str {
        match operation.path().contains("/backuppolicy") {
            true => Self::INVALID,
            false => backups::INVALID,
        }
    }

    /// Disks in the home region, one of them with a backup.
    fn new(cloud: &Arc<Cloud>) -> Self {
        let mut service = Self {
            cloud: Arc::clone(cloud),
            disks: disks::first_disks(cloud),
            policies: Vec::new(),
            backups: BTreeMap::new(),
            jobs: BTreeMap::new(),
            tasks: BTreeMap::new(),
            numbered: 0,
            timeline: Timeline::default(),
        };
        service.make_first_backup();
        service
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            list_backup_policies: Some(policies::list_backup_policies),
            create_backup_policy: Some(policies::create_backup_policy),
            update_backup_policy: Some(policies::update_backup_policy),
            delete_backup_policy: Some(policies::delete_backup_policy),
            execute_backup_policy: Some(tasks::execute_backup_policy),
            list_backup_policy_tasks: Some(tasks::list_backup_policy_tasks),
            associate_backup_policy_resources: Some(resources::associate_backup_policy_resources),
            dissociate_backup_policy_resources: Some(resources::dissociate_backup_policy_resources),
            create_backup: Some(backups::create_backup),
            show_backup_quota: Some(quotas::show_backup_quota),
            restore_backup: Some(restore::restore_backup),
            list_backups: Some(lists::list_backups),
            list_backup_details: Some(lists::list_backup_details),
            show_backup: Some(backups::show_backup),
            delete_backup: Some(backups::delete_backup),
            show_job: Some(jobs::show_job),
        };
        handlers.into_routes()
    }

    fn settle(&mut self, now: Moment) {
        while let Some((at, event)) = self.timeline.next(now) {
            match event {
                Event::Due {
                    policy_id,
                    revision,
                } => self.due(at, &policy_id, revision, now),
                Event::TaskStarted(task) => self.start_task(at, task),
                Event::BackedUp(work) => self.backed_up(at, &work),
                Event::Restored(restoration) => self.restored(at, &restoration),
                Event::Outdated(backup) => self.outdated(at, backup),
                Event::Deleted { backup, fails } => self.deleted(at, backup, fails),
            }
        }
        self.forget_jobs(now);
        self.forget_tasks(now);
    }

    fn is_due(&self, now: Moment) -> bool {
        self.timeline.is_due(now)
    }

    fn archive(&mut self, archive: &mut impl Archive) {
        let Self {
            cloud: _,
            disks,
            policies,
            backups,
            jobs,
            tasks,
            numbered,
            timeline,
        } = self;
        archive.rows("disks", disks);
        archive.rows("policies", policies);
        archive.rows("backups", backups);
        archive.rows("jobs", jobs);
        archive.rows("tasks", tasks);
        archive.value("numbered", numbered);
        archive.rows("timeline", timeline);
    }
}

impl Vbs {
    /// What is there from the start.
    pub(crate) fn first(&self) -> First {
        let mut volumes = self.disks.iter().map(|disk| disk.id.clone());
        let mut snapshots = self.disks.iter().flat_map(|disk| &disk.snapshots);
        let snapshot = snapshots.next().map(|snapshot| snapshot.id.clone());
        let backup = self.backups.values().next().map(|it| it.id.clone());
        First {
            volume: volumes.next().unwrap_or_default(),
            attached_volume: volumes.next().unwrap_or_default(),
            small_volume: volumes.next().unwrap_or_default(),
            snapshot: snapshot.unwrap_or_default(),
            backup: backup.unwrap_or_default(),
        }
    }

    fn next_number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    fn disk(&self, call: &Call, id: &str) -> Option<&Disk> {
        let mut disks = self.disks.iter();
        disks.find(|disk| disk.id == id && disk.project_id == call.project_id)
    }

    fn disk_mut(&mut self, id: &str) -> Option<&mut Disk> {
        self.disks.iter_mut().find(|disk| disk.id == id)
    }
}

/// Ids of what is there from the start.
pub(crate) struct First {
    pub(crate) volume: String,
    pub(crate) attached_volume: String,
    pub(crate) small_volume: String,
    pub(crate) snapshot: String,
    pub(crate) backup: String,
}
