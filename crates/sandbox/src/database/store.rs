//! The instances of a service, and everything that happens to their backups.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use cloudbackup_core::Timestamp;

use super::problem::Problem;
use super::records::{
    BACKUP_TIME, Backup, COPY_TIME, DAY, Filter, INCREMENT_AFTER, Instance, JOB_KEPT, Job, KEPT,
    Kind, OffsitePolicy, Progress,
};
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};
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
    /// The documents have 400 and no other status for a refusal.
    pub(crate) only_bad_request: bool,
}

/// The state of a database service.
#[derive(Debug)]
pub(crate) struct Store {
    style: Style,
    cloud: Arc<Cloud>,
    instances: Vec<Instance>,
    policies: BTreeMap<String, OffsitePolicy>,
    /// By a number of their own, and so in the order in which they began.
    backups: BTreeMap<u64, Backup>,
    /// How many backups and copies there have ever been.
    begun: u64,
    /// In the order in which they were made.
    jobs: VecDeque<Job>,
    timeline: Timeline<Event>,
}

#[derive(Debug)]
enum Event {
    /// A backup on schedule begins.
    Scheduled(String, Kind),
    /// A backup or copy is done.
    Finished(u64),
    /// A backup or copy has been kept long enough.
    Expired(u64),
}

impl Store {
    /// One instance in the home region, with a full backup of an hour ago.
    pub(crate) fn new(cloud: &Arc<Cloud>, style: Style) -> Self {
        let mut store = Self {
            style,
            cloud: Arc::clone(cloud),
            instances: Vec::new(),
            policies: BTreeMap::new(),
            backups: BTreeMap::new(),
            begun: 0,
            jobs: VecDeque::new(),
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
                    let missed = self.missed_days(at, &instance_id, now);
                    let next = at.after(DAY * missed.max(1));
                    self.plan_schedule(next, &instance_id, kind);
                    if missed == 0 {
                        self.back_up_on_schedule(at, &instance_id, kind);
                    }
                }
                Event::Finished(number) => self.finish(at, number),
                Event::Expired(number) => {
                    self.backups.remove(&number);
                }
            }
        }
    }

    /// How many days of the schedule, from this backup on, lie so far back that nothing of them is
    /// left by now. They need not be gone through when the clock jumps by years.
    fn missed_days(&self, at: Moment, instance_id: &str, now: Moment) -> u32 {
        let policy = self.policies.get(instance_id);
        let copies_kept = policy.map_or(0, |policy| policy.full_days.max(policy.incremental_days));
        let all_gone = at.after(BACKUP_TIME + KEPT.max(DAY * copies_kept));
        if all_gone >= now {
            return 0;
        }
        let days = now.since(all_gone).as_secs() / DAY.as_secs();
        u32::try_from(days).unwrap_or(u32::MAX - 1) + 1
    }

    fn back_up_on_schedule(&mut self, at: Moment, instance_id: &str, kind: Kind) {
        let instance = self.instances.iter().find(|known| known.id == instance_id);
        let Some(instance) = instance.cloned() else {
            return;
        };
        let name = format!("{}-{}", instance.name, at.seconds());
        let (number, _) = self.begin(at, instance, name, kind);
        self.timeline.plan(at.after(KEPT), Event::Expired(number));
    }

    /// Starts a backup.
    fn begin(
        &mut self,
        at: Moment,
        instance: Instance,
        name: String,
        kind: Kind,
    ) -> (u64, &mut Backup) {
        let backup = Backup {
            id: self.cloud.ids.suffixed(self.style.backup_suffix),
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
        };
        self.begun += 1;
        let number = self.begun;
        let done = at.after(BACKUP_TIME);
        self.timeline.plan(done, Event::Finished(number));
        (number, self.backups.entry(number).or_insert(backup))
    }

    fn finish(&mut self, at: Moment, number: u64) {
        let Some(backup) = self.backups.get_mut(&number) else {
            return;
        };
        backup.progress = match backup.fails {
            true => Progress::Failed,
            false => Progress::Completed,
        };
        backup.end = Some(at);
        if backup.progress == Progress::Failed {
            backup.size_mb = 0;
        }
        let backup = backup.clone();
        // The latest are at the end.
        let mut jobs = self.jobs.iter_mut().rev();
        let is_task = backup.kind == Kind::Manual;
        if let Some(job) = jobs.find(|job| is_task && job.backup == number) {
            job.progress = backup.progress;
            job.ended = Some(at);
        }
        if backup.progress == Progress::Completed && !backup.is_copy {
            self.copy(at, backup);
        }
    }

    /// Copies a backup to where its instance's policy wants it.
    fn copy(&mut self, at: Moment, backup: Backup) {
        let Some(policy) = self.policies.get(&backup.instance.id) else {
            return;
        };
        let Some(kept) = policy.kept(backup.kind) else {
            return;
        };
        let copy = Backup {
            id: self.cloud.ids.suffixed(self.style.backup_suffix),
            project_id: policy.destination_project_id.clone(),
            is_copy: true,
            progress: Progress::Running,
            begin: at,
            end: None,
            ..backup
        };
        self.begun += 1;
        let number = self.begun;
        self.backups.insert(number, copy);
        let done = at.after(COPY_TIME);
        self.timeline.plan(done, Event::Finished(number));
        self.timeline.plan(at.after(kept), Event::Expired(number));
    }

    fn refusal(&self, problem: Problem) -> Refusal {
        problem.refusal(self.style.only_bad_request)
    }

    fn instance(&self, call: &Call, id: &str) -> Result<&Instance, Refusal> {
        let mut instances = self.instances.iter();
        let found = instances.find(|it| it.id == id && it.project_id == call.project_id);
        found.ok_or_else(|| self.refusal(Problem::NoInstance))
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
        if let Some(problem) = self.hindrance(instance_id, &name) {
            return Err(self.refusal(problem));
        }
        let (number, backup) = self.begin(call.now, instance, name, Kind::Manual);
        backup.description = description;
        backup.fails = call.fails;
        let backup = backup.clone();
        let job = Job {
            id: call.cloud.ids.uuid(),
            instance: backup.instance.clone(),
            backup: number,
            progress: Progress::Running,
            created: call.now,
            ended: None,
        };
        if self.jobs.len() == MOST_JOBS {
            self.jobs.pop_front();
        }
        self.jobs.push_back(job.clone());
        Ok((backup, job))
    }

    /// Why no backup of this name can be started now.
    fn hindrance(&self, instance_id: &str, name: &str) -> Option<Problem> {
        let backups = self.backups.values();
        let own = backups.filter(|it| it.instance.id == instance_id && !it.is_copy);
        let mut made = 0;
        for backup in own {
            if backup.progress == Progress::Running {
                return Some(Problem::Busy);
            }
            if backup.kind == Kind::Manual {
                made += 1;
                if backup.name == name {
                    return Some(Problem::NameTaken);
                }
            }
        }
        (made >= MOST_MANUAL).then_some(Problem::TooManyBackups)
    }

    /// The backups of the call's project that fit, the newest first.
    pub(crate) fn find<'s>(
        &'s self,
        call: &'s Call,
        filter: &'s Filter<'s>,
    ) -> impl Iterator<Item = &'s Backup> {
        let backups = self.backups.values().rev();
        backups.filter(|it| it.project_id == call.project_id && filter.fits(it))
    }

    /// The backups that fit of an instance of the call's project, wherever they lie, the newest
    /// first.
    pub(crate) fn find_of_instance<'s>(
        &'s self,
        call: &Call,
        instance_id: &'s str,
        filter: &'s Filter<'s>,
    ) -> Result<impl Iterator<Item = &'s Backup>, Refusal> {
        self.instance(call, instance_id)?;
        let backups = self.backups.values().rev();
        Ok(backups.filter(move |it| it.instance.id == instance_id && filter.fits(it)))
    }

    /// Deletes a backup that was made by hand.
    pub(crate) fn delete(&mut self, call: &Call, id: &str) -> Result<Backup, Refusal> {
        let mut backups = self.backups.iter();
        let found = backups.find(|(_, it)| it.id == id && it.project_id == call.project_id);
        let problem = match found {
            None => Problem::NoBackup,
            Some((_, backup)) if backup.kind != Kind::Manual => Problem::NotManual,
            Some((_, backup)) if backup.progress == Progress::Running => Problem::Unfinished,
            Some((number, _)) => {
                let number = *number;
                let removed = self.backups.remove(&number);
                return removed.ok_or_else(|| faulty("a backup that was found is gone"));
            }
        };
        Err(self.refusal(problem))
    }

    /// A task, as long as it is remembered.
    pub(crate) fn job(&self, call: &Call, id: &str) -> Result<&Job, Refusal> {
        let mut jobs = self.jobs.iter();
        let found = jobs.find(|it| it.id == id && it.instance.project_id == call.project_id);
        found
            .filter(|it| call.now.since(it.created) <= JOB_KEPT)
            .ok_or_else(|| self.refusal(Problem::NoTask))
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
        if policy.is_off() {
            self.policies.remove(instance_id);
            return Ok(());
        }
        let region = self.cloud.region(&policy.destination_region);
        if region.is_none_or(|region| region.project_id != policy.destination_project_id) {
            return Err(self.refusal(Problem::WrongDestination));
        }
        if policy.destination_project_id == own {
            return Err(self.refusal(Problem::SameRegion));
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
