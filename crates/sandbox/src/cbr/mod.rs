//! Cloud Backup and Recovery.

mod backups;
mod checkpoints;
#[rustfmt::skip]
mod generated;
mod policies;
mod problem;
mod protectables;
mod resources;
mod start;
mod tasks;
mod vaults;

use std::collections::BTreeMap;
use std::sync::Arc;

use cloudbackup_core::Timestamp;
use cloudbackup_core::server::{Route, Server};
use serde::{Deserialize, Serialize};

use self::backups::Backup;
use self::checkpoints::Checkpoint;
use self::generated::Handlers;
use self::policies::Policy;
use self::resources::Resource;
pub(crate) use self::start::First;
use self::tasks::Task;
use self::vaults::Vault;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::database::moment;
use crate::gateway::{Behaviour, Call};
use crate::refusal::{ErrorShape, Refusal};
use crate::state::Archive;
use crate::timeline::Timeline;

/// The enterprise project of everything that was not put into another one.
const ENTERPRISE_PROJECT: &str = "0";

/// The state of the service.
#[derive(Debug)]
pub(crate) struct Cbr {
    cloud: Arc<Cloud>,
    first: First,
    resources: Vec<Resource>,
    /// In the order in which they were made, as the policies are.
    vaults: Vec<Vault>,
    policies: Vec<Policy>,
    /// By their ids.
    checkpoints: BTreeMap<String, Checkpoint>,
    /// By numbers, and so in the order in which they were begun.
    backups: BTreeMap<u64, Backup>,
    tasks: BTreeMap<u64, Task>,
    /// How many backups and tasks there have ever been.
    begun: u64,
    timeline: Timeline<Event>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Event {
    /// A task is over.
    Ends(u64),
    /// A backup has been kept long enough.
    Expires(u64),
    /// A policy does something, unless it got another schedule since.
    Runs { policy_id: String, schedule: u64 },
    /// A vault has got the size that was ordered.
    Enlarged(String),
}

impl Server for Cbr {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for Cbr {
    const NAME: &'static str = "cbr";
    const ERRORS: ErrorShape = ErrorShape::Flat;
    const INVALID: &'static str = "BackupService.9900";

    fn new(cloud: &Arc<Cloud>) -> Self {
        let mut service = Self {
            cloud: Arc::clone(cloud),
            first: First::default(),
            resources: Vec::new(),
            vaults: Vec::new(),
            policies: Vec::new(),
            checkpoints: BTreeMap::new(),
            backups: BTreeMap::new(),
            tasks: BTreeMap::new(),
            begun: 0,
            timeline: Timeline::default(),
        };
        service.furnish();
        service
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            replicate_backup: Some(backups::replicate_backup),
            list_backups: Some(backups::list_backups),
            show_backup: Some(backups::show_backup),
            update_backup: Some(backups::update_backup),
            delete_backup: Some(backups::delete_backup),
            restore_backup: Some(backups::restore_backup),
            show_backup_metadata: Some(backups::show_backup_metadata),
            create_checkpoint: Some(checkpoints::create_checkpoint),
            show_checkpoint: Some(checkpoints::show_checkpoint),
            replicate_checkpoint: Some(backups::replicate_checkpoint),
            list_vaults: Some(vaults::list_vaults),
            create_vault: Some(vaults::create_vault),
            show_vault: Some(vaults::show_vault),
            update_vault: Some(vaults::update_vault),
            delete_vault: Some(vaults::delete_vault),
            add_vault_resources: Some(vaults::add_vault_resources),
            remove_vault_resources: Some(vaults::remove_vault_resources),
            migrate_vault_resources: Some(vaults::migrate_vault_resources),
            associate_vault_policy: Some(policies::associate_vault_policy),
            dissociate_vault_policy: Some(policies::dissociate_vault_policy),
            list_policies: Some(policies::list_policies),
            create_policy: Some(policies::create_policy),
            show_policy: Some(policies::show_policy),
            update_policy: Some(policies::update_policy),
            delete_policy: Some(policies::delete_policy),
            list_replication_capabilities: Some(protectables::list_replication_capabilities),
            list_protectable_instances: Some(protectables::list_protectable_instances),
            list_operation_logs: Some(tasks::list_operation_logs),
            show_operation_log: Some(tasks::show_operation_log),
        };
        handlers.into_routes()
    }

    fn settle(&mut self, now: Moment) {
        while let Some((at, event)) = self.timeline.next(now) {
            match event {
                Event::Ends(task) => self.end(at, task),
                Event::Expires(backup) => self.expire(at, backup),
                Event::Runs {
                    policy_id,
                    schedule,
                } => self.policy_is_due(at, &policy_id, schedule, now),
                Event::Enlarged(vault_id) => self.enlarged(&vault_id),
            }
        }
    }

    fn is_due(&self, now: Moment) -> bool {
        self.timeline.is_due(now)
    }

    fn archive(&mut self, archive: &mut impl Archive) {
        let Self {
            cloud: _,
            first,
            resources,
            vaults,
            policies,
            checkpoints,
            backups,
            tasks,
            begun,
            timeline,
        } = self;
        archive.value("first", first);
        archive.rows("resources", resources);
        archive.rows("vaults", vaults);
        archive.rows("policies", policies);
        archive.rows("checkpoints", checkpoints);
        archive.rows("backups", backups);
        archive.rows("tasks", tasks);
        archive.value("begun", begun);
        archive.rows("timeline", timeline);
    }
}

impl Cbr {
    /// What callers can begin with.
    pub(crate) fn first(&self) -> &First {
        &self.first
    }

    /// The next number of a backup or task.
    fn number(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }
}

/// `2018-08-06T02:41:14.007+00:00`
fn time(moment: Moment) -> Timestamp {
    let text = moment.with_micros();
    // Three of the six digits of the fraction, and the offset in numbers.
    Timestamp::from(format!("{}+00:00", text.trim_end_matches("000Z")))
}

/// Whether something belongs to the enterprise project that is asked for; `all_granted_eps` are
/// all of them.
fn is_granted(wanted: Option<&str>, own: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == own || wanted == "all_granted_eps")
}

/// Whether a text is the one that is asked for, if one is.
fn is(wanted: Option<&str>, own: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == own)
}

/// Whether something happened in a period, compared in whole seconds, as callers give them.
fn is_between(start: Option<&Timestamp>, end: Option<&Timestamp>, happened: Moment) -> bool {
    let happened = happened.seconds();
    moment(start).is_none_or(|start| happened >= start.seconds())
        && moment(end).is_none_or(|end| happened <= end.seconds())
}
