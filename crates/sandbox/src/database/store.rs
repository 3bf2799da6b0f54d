//! The instances of a service, and the order in which things happen to them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::backup::{Backup, Kind};
use super::instance::{Identity, Instance, Phase};
use super::job::{Job, Task};
use super::problem::Problem;
use super::restore::{NewInstance, Payment};
use super::schedule::Schedule;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::gateway::Call;
use crate::refusal::Refusal;
use crate::state::Archive;
use crate::timeline::Timeline;

/// How a service tells its things apart, and which statuses its documents have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// End of the ids of instances, such as `in14`.
    pub(crate) instance_suffix: &'static str,
    /// End of the ids of backups, such as `br14`.
    pub(crate) backup_suffix: &'static str,
    pub(crate) engine: &'static str,
    pub(crate) version: &'static str,
    /// How its instances are built.
    pub(crate) mode: &'static str,
    pub(crate) volume_type: &'static str,
    /// How long incremental backups are kept at most, where no list shows them; as long as full
    /// ones elsewhere.
    pub(crate) increments_kept: Option<Duration>,
    /// The documents have 400 and no other status for a refusal.
    pub(crate) only_bad_request: bool,
}

/// The state of a database service.
#[derive(Debug)]
pub(crate) struct Store {
    pub(super) style: Style,
    pub(super) cloud: Arc<Cloud>,
    pub(super) instances: Vec<Instance>,
    /// By a number of their own, and so in the order in which they began.
    pub(super) backups: BTreeMap<u64, Backup>,
    /// How many backups and copies there have ever been.
    pub(super) begun: u64,
    /// In the order in which they were started.
    pub(super) jobs: VecDeque<Job>,
    /// How many tasks there have ever been.
    pub(super) started: u64,
    pub(super) timeline: Timeline<Event>,
}

/// What will happen. Instances are meant by their place among all, backups and tasks by their
/// number.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Event {
    /// A backup of the schedule that was set as this one begins.
    Scheduled(usize, Kind, u64),
    /// A backup or copy is done.
    Finished(u64),
    /// A backup or copy has been kept long enough.
    Expired(u64),
    /// A task comes to its end.
    Done {
        job: u64,
        task: Task,
        instance: usize,
        fails: bool,
    },
}

impl Store {
    /// Two instances in the home region: one with a full backup of an hour ago, and one that has
    /// no backup yet.
    pub(crate) fn new(cloud: &Arc<Cloud>, style: Style) -> Self {
        let mut store = Self {
            style,
            cloud: Arc::clone(cloud),
            instances: Vec::new(),
            backups: BTreeMap::new(),
            begun: 0,
            jobs: VecDeque::new(),
            started: 0,
            timeline: Timeline::default(),
        };
        if let Some(home) = cloud.regions.first() {
            let now = cloud.clock.now();
            let hour_ago = now.before(Duration::from_secs(3600));
            let name = format!("sandbox-{}", style.engine.to_ascii_lowercase());
            let spare = format!("{name}-spare");
            for (name, made) in [(name, hour_ago), (spare, now)] {
                let schedule = Schedule::daily(hour_ago);
                let new = NewInstance {
                    name,
                    mode: style.mode,
                    volume_gb: 40,
                    volume_type: style.volume_type.to_owned(),
                    schedule: Some(schedule),
                    payment: Payment::ByUse,
                };
                let place = store.add(&home.project_id, new);
                store.instances[place].phase = Phase::Active;
                store.plan_schedule(made, place);
            }
            store.settle(now);
        }
        store
    }

    /// Adds an instance that is not there yet; its place.
    pub(super) fn add(&mut self, project_id: &str, new: NewInstance) -> usize {
        let number = self.instances.len();
        let identity = Identity {
            number,
            id: self.cloud.ids.suffixed(self.style.instance_suffix),
            name: new.name,
            project_id: project_id.to_owned(),
            engine: self.style.engine,
            version: self.style.version,
            mode: new.mode,
            volume_gb: new.volume_gb,
            volume_type: new.volume_type,
        };
        let instance = Instance::new(Arc::new(identity), new.schedule);
        self.instances.push(instance);
        number
    }

    /// The instances that are there from the start.
    pub(crate) fn first_instances(&self) -> [String; 2] {
        let id = |place: usize| {
            let instance = self.instances.get(place);
            instance.map_or_else(String::new, |it| it.identity.id.clone())
        };
        [id(0), id(1)]
    }

    /// Brings about everything that was due.
    pub(crate) fn settle(&mut self, now: Moment) {
        while let Some((at, event)) = self.timeline.next(now) {
            match event {
                Event::Scheduled(place, kind, of) => self.scheduled(at, place, kind, of, now),
                Event::Finished(number) => self.finish(at, number, None),
                Event::Expired(number) => {
                    let backup = self.backups.get(&number);
                    let expires = backup.and_then(|it| it.expires);
                    // It may have got more time since this was planned.
                    if expires.is_some_and(|expires| expires <= at) {
                        self.backups.remove(&number);
                    }
                }
                Event::Done {
                    job,
                    task,
                    instance,
                    fails,
                } => self.done(at, job, task, instance, fails),
            }
        }
    }

    /// Whether anything was due.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        self.timeline.is_due(now)
    }

    /// Goes through all that changes.
    pub(crate) fn archive(&mut self, archive: &mut impl Archive) {
        let Self {
            style: _,
            cloud: _,
            instances,
            backups,
            begun,
            jobs,
            started,
            timeline,
        } = self;
        archive.rows("instances", instances);
        archive.rows("backups", backups);
        archive.value("begun", begun);
        archive.rows("jobs", jobs);
        archive.value("started", started);
        archive.rows("timeline", timeline);
    }

    pub(super) fn refusal(&self, problem: Problem) -> Refusal {
        problem.refusal(self.style.only_bad_request)
    }

    /// Where an instance of the call's project is.
    pub(super) fn place(&self, call: &Call, id: &str) -> Result<usize, Refusal> {
        let mut instances = self.instances.iter();
        let found = instances
            .position(|it| it.identity.id == id && it.identity.project_id == call.project_id);
        found.ok_or_else(|| self.refusal(Problem::NoInstance))
    }

    /// Where an instance of the call's project is with which something can be done.
    pub(super) fn ready(&self, call: &Call, id: &str) -> Result<usize, Refusal> {
        let place = self.place(call, id)?;
        match self.instances[place].phase {
            Phase::Active => Ok(place),
            _ => Err(self.refusal(Problem::InstanceBusy)),
        }
    }

    /// An instance of the call's project.
    pub(crate) fn instance(&self, call: &Call, id: &str) -> Result<&Arc<Identity>, Refusal> {
        let place = self.place(call, id)?;
        Ok(&self.instances[place].identity)
    }
}
