//! The instances of a service, and everything that happens to their backups.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cloudbackup_core::Timestamp;

use super::records::{
    BACKUP_TIME, Backup, COPY_TIME, DAY, Filter, INCREMENT_AFTER, Instance, Job, KEPT, Kind,
    OffsitePolicy, Progress,
};
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::gateway::Call;
use crate::refusal::Refusal;
use crate::timeline::Timeline;

/// Backups by hand that an instance may have.
const MOST_MANUAL: usize = 1000;
/// Tasks that are remembered.
const MOST_JOBS: usize = 10_000;

/// How a service tells its things apart, and which statuses its documents have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// End of the ids of instances, such as `in14`.
    pub(crate) instance_suffix: &'static str,
    /// End of the ids of backups, such as `br14`.
    pub(crate) backup_suffix: &'static str,
    pub(crate) engine: &'static str,
    pub(crate) version: &'static str,
    /// Status of an answer about something that is not there.
    pub(crate) not_found: u16,
    /// Status of an answer to what cannot be done at present.
    pub(crate) conflict: u16,
}

/// The state of a database service.
#[derive(Debug)]
pub(crate) struct Store {
    style: Style,
    cloud: Arc<Cloud>,
    instances: Vec<Instance>,
    policies: BTreeMap<String, OffsitePolicy>,
    /// In the order in which they began.
    backups: Vec<Backup>,
    jobs: Vec<Job>,
    timeline: Timeline<Event>,
}

#[derive(Debug)]
enum Event {
    /// A backup on schedule begins.
    Scheduled(String, Kind),
    /// A backup or copy is done.
    Finished(String),
    /// A backup or copy has been kept long enough.
    Expired(String),
}

impl Store {
    /// One instance in the home region, with a full backup of an hour ago.
    pub(crate) fn new(cloud: &Arc<Cloud>, style: Style) -> Self {
        let mut store = Self {
            style,
            cloud: Arc::clone(cloud),
            instances: Vec::new(),
            policies: BTreeMap::new(),
            backups: Vec::new(),
            jobs: Vec::new(),
            timeline: Timeline::default(),
        };
        if let Some(home) = cloud.regions.first() {
            let instance = Instance {
                id: cloud.ids.suffixed(style.instance_suffix),
                name: format!("sandbox-{}", style.engine.to_ascii_lowercase()),
                project_id: home.project_id.clone(),
                engine: style.engine,
                version: style.version,
            };
            let hour_ago = Moment::from_millis(cloud.clock.now().millis() - 3_600_000);
            store.plan_schedule(hour_ago, &instance.id, Kind::Auto);
            store.plan_schedule(
                hour_ago.after(INCREMENT_AFTER),
                &instance.id,
                Kind::Incremental,
            );
            store.instances.push(instance);
            store.settle(cloud.clock.now());
        }
        store
    }

    /// The instance that is there from the start.
    pub(crate) fn first_instance(&self) -> &str {
        self.instances.first().map_or("", |instance| &instance.id)
    }

    fn plan_schedule(&mut self, at: Moment, instance_id: &str, kind: Kind) {
        let event = Event::Scheduled(instance_id.to_owned(), kind);
        self.timeline.plan(at, event);
    }

    /// Brings about everything that was due.
    pub(crate) fn settle(&mut self, now: Moment) {
        while let Some((at, event)) = self.timeline.next(now) {
            match event {
                Event::Scheduled(instance_id, kind) => {
                    self.back_up_on_schedule(at, &instance_id, kind)
                }
                Event::Finished(id) => self.finish(at, &id),
                Event::Expired(id) => self.backups.retain(|backup| backup.id != id),
            }
        }
    }

    fn back_up_on_schedule(&mut self, at: Moment, instance_id: &str, kind: Kind) {
        self.plan_schedule(at.after(DAY), instance_id, kind);
        let instance = self.instances.iter().find(|known| known.id == instance_id);
        let Some(instance) = instance.cloned() else {
            return;
        };
        let name = format!("{}-{}", instance.name, at.seconds());
        let id = self.begin(at, instance, name, kind);
        self.timeline.plan(at.after(KEPT), Event::Expired(id));
    }

    /// Starts a backup and gives its id.
    fn begin(&mut self, at: Moment, instance: Instance, name: String, kind: Kind) -> String {
        let id = self.cloud.ids.suffixed(self.style.backup_suffix);
        self.backups.push(Backup {
            id: id.clone(),
            name,
            description: None,
            project_id: instance.project_id.clone(),
            instance,
            kind,
            is_copy: false,
            progress: Progress::Running,
            begin: at,
            end: None,
            size_mb: match kind {
                Kind::Incremental => 3,
                Kind::Auto | Kind::Manual => 2803,
            },
            fails: false,
        });
        let done = Event::Finished(id.clone());
        self.timeline.plan(at.after(BACKUP_TIME), done);
        id
    }

    fn finish(&mut self, at: Moment, id: &str) {
        let found = self.backups.iter_mut().find(|backup| backup.id == id);
        // A backup can be deleted while it is made.
        let Some(backup) = found else { return };
        backup.progress = match backup.fails {
            true => Progress::Failed,
            false => Progress::Completed,
        };
        backup.end = Some(at);
        let backup = backup.clone();
        let mut jobs = self.jobs.iter_mut();
        if let Some(job) = jobs.find(|job| job.backup_id == id) {
            job.progress = backup.progress;
            job.ended = Some(at);
        }
        if backup.progress == Progress::Completed && !backup.is_copy {
            self.copy(at, backup);
        }
    }

    /// Copies a backup to where its instance's policy wants it.
    fn copy(&mut self, at: Moment, backup: Backup) {
        let policy = self.policies.get(&backup.instance.id);
        let Some(policy) = policy.filter(|policy| policy.copies(backup.kind)) else {
            return;
        };
        let id = self.cloud.ids.suffixed(self.style.backup_suffix);
        let kept = Duration::from_secs(u64::from(policy.keep_days) * 86_400);
        self.timeline
            .plan(at.after(COPY_TIME), Event::Finished(id.clone()));
        self.timeline
            .plan(at.after(kept), Event::Expired(id.clone()));
        self.backups.push(Backup {
            id,
            project_id: policy.destination_project_id.clone(),
            is_copy: true,
            progress: Progress::Running,
            begin: at,
            end: None,
            ..backup
        });
    }

    fn refuse<T>(&self, status: u16, code: &str, message: &str) -> Result<T, Refusal> {
        Err(Refusal::new(status, code, message))
    }

    fn instance(&self, call: &Call, id: &str) -> Result<&Instance, Refusal> {
        let mut instances = self.instances.iter();
        let found = instances.find(|it| it.id == id && it.project_id == call.project_id);
        found.ok_or_else(|| {
            let message = "the instance does not exist";
            Refusal::new(self.style.not_found, "DBS.200010", message)
        })
    }

    /// Starts a backup by hand: the backup and the task that makes it.
    pub(crate) fn create(
        &mut self,
        call: &Call,
        instance_id: &str,
        name: String,
        description: Option<String>,
    ) -> Result<(Backup, Job), Refusal> {
        let instance = self.instance(call, instance_id)?.clone();
        let own = || {
            self.backups
                .iter()
                .filter(|it| it.instance.id == instance_id && !it.is_copy)
        };
        if own().any(|backup| backup.progress == Progress::Running) {
            let message = "another operation is being performed on the instance";
            return self.refuse(self.style.conflict, "DBS.200019", message);
        }
        if own().any(|backup| backup.kind == Kind::Manual && backup.name == name) {
            let message = "there is a backup of this name";
            return self.refuse(self.style.conflict, "DBS.200042", message);
        }
        if own().filter(|backup| backup.kind == Kind::Manual).count() >= MOST_MANUAL {
            let message = "the instance has as many backups as it may have";
            return self.refuse(self.style.conflict, "DBS.200043", message);
        }
        let id = self.begin(call.now, instance, name, Kind::Manual);
        let backup = self.backups.iter_mut().find(|backup| backup.id == id);
        let Some(backup) = backup else {
            return self.refuse(500, "DBS.200412", "the backup was not made");
        };
        backup.description = description;
        backup.fails = call.fails;
        let job = Job {
            id: call.cloud.ids.uuid(),
            instance: backup.instance.clone(),
            backup_id: id,
            progress: Progress::Running,
            created: call.now,
            ended: None,
        };
        let backup = backup.clone();
        if self.jobs.len() == MOST_JOBS {
            self.jobs.remove(0);
        }
        self.jobs.push(job.clone());
        Ok((backup, job))
    }

    /// The backups of the call's project that fit, the newest first.
    pub(crate) fn find<'s>(
        &'s self,
        call: &'s Call,
        filter: &'s Filter<'s>,
    ) -> impl Iterator<Item = &'s Backup> {
        let backups = self.backups.iter().rev();
        backups.filter(|it| it.project_id == call.project_id && filter.fits(it))
    }

    /// The backups of instances of the call's project that fit, wherever they lie, the newest first.
    pub(crate) fn find_anywhere<'s>(
        &'s self,
        call: &'s Call,
        filter: &'s Filter<'s>,
    ) -> impl Iterator<Item = &'s Backup> {
        let backups = self.backups.iter().rev();
        backups.filter(|it| it.instance.project_id == call.project_id && filter.fits(it))
    }

    /// Deletes a backup that was made by hand.
    pub(crate) fn delete(&mut self, call: &Call, id: &str) -> Result<Backup, Refusal> {
        let found = self.backups.iter();
        let mut found = found.enumerate();
        let found = found.find(|(_, it)| it.id == id && it.project_id == call.project_id);
        let Some((index, backup)) = found else {
            let message = "the backup does not exist";
            return self.refuse(self.style.not_found, "DBS.201010", message);
        };
        if backup.kind != Kind::Manual {
            let message = "only backups made by hand can be deleted";
            return self.refuse(self.style.conflict, "DBS.201203", message);
        }
        if backup.progress == Progress::Running {
            let message = "the backup is still being made";
            return self.refuse(self.style.conflict, "DBS.201203", message);
        }
        Ok(self.backups.remove(index))
    }

    /// A task.
    pub(crate) fn job(&self, call: &Call, id: &str) -> Result<&Job, Refusal> {
        let mut jobs = self.jobs.iter();
        let found = jobs.find(|it| it.id == id && it.instance.project_id == call.project_id);
        found.ok_or_else(|| {
            let message = "the task does not exist";
            Refusal::new(self.style.not_found, "DBS.200011", message)
        })
    }

    /// Sets where the backups of an instance are copied to; no copies are made where neither kind
    /// is wanted.
    pub(crate) fn set_policy(
        &mut self,
        call: &Call,
        instance_id: &str,
        policy: OffsitePolicy,
    ) -> Result<(), Refusal> {
        let own = self.instance(call, instance_id)?.project_id.clone();
        if !policy.full && !policy.incremental {
            self.policies.remove(instance_id);
            return Ok(());
        }
        let region = self.cloud.region(&policy.destination_region);
        if region.is_none_or(|region| region.project_id != policy.destination_project_id) {
            let message = "the destination project is not in the destination region";
            return self.refuse(400, "DBS.280001", message);
        }
        if policy.destination_project_id == own {
            let message = "the destination must be another region";
            return self.refuse(400, "DBS.280001", message);
        }
        self.policies.insert(instance_id.to_owned(), policy);
        Ok(())
    }

    /// Where the backups of an instance are copied to.
    pub(crate) fn policy(
        &self,
        call: &Call,
        instance_id: &str,
    ) -> Result<Option<&OffsitePolicy>, Refusal> {
        self.instance(call, instance_id)?;
        Ok(self.policies.get(instance_id))
    }
}

/// The instant of a time in a query, which validation has read before.
pub(crate) fn moment(time: Option<&Timestamp>) -> Option<Moment> {
    time.and_then(Moment::of)
}
