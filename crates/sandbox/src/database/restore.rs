//! Bringing back what backups hold.

use std::sync::Arc;
use std::time::Duration;

use super::backup::Kind;
use super::instance::{Identity, Phase};
use super::job::{Job, Task};
use super::problem::{Problem, wrong};
use super::schedule::Schedule;
use super::store::Store;
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::Refusal;

/// Instances that a service may have.
const MOST_INSTANCES: usize = 2000;

/// What is restored of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    Backup(String),
    Time(Moment),
}

impl Point {
    /// What a caller means who names a backup, a moment, or both; `place` is where it stands in the
    /// request.
    pub(crate) fn new(
        place: &str,
        is_time: bool,
        backup_id: Option<String>,
        time: Option<Moment>,
    ) -> Result<Self, Refusal> {
        match (is_time, backup_id, time) {
            (true, _, Some(time)) => Ok(Self::Time(time)),
            (false, Some(id), _) => Ok(Self::Backup(id)),
            (true, _, None) => {
                let must = "must be given for the type timestamp";
                Err(wrong(&format!("{place}/restore_time"), must))
            }
            (false, None, _) => {
                let must = "must be given for the type backup";
                Err(wrong(&format!("{place}/backup_id"), must))
            }
        }
    }
}

/// What is restored, as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) instance: Arc<Identity>,
    /// The number of the backup.
    backup: Option<u64>,
}

/// How a new instance is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payment {
    ByUse,
    InAdvance,
}

/// An instance that is to be made.
#[derive(Debug)]
pub(crate) struct NewInstance {
    pub(crate) name: String,
    pub(crate) mode: &'static str,
    pub(crate) volume_gb: i64,
    pub(crate) volume_type: String,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) payment: Payment,
}

impl Store {
    /// What is to be restored, if it can be. Copies of another region's instance will do for a new
    /// one.
    pub(crate) fn source(
        &self,
        call: &Call,
        instance_id: &str,
        point: &Point,
        for_new: bool,
    ) -> Result<Source, Refusal> {
        let refused = |problem| self.refusal(problem);
        let copied = self.copied_instances(call);
        let copied = copied.iter().find(|(it, _)| it.id == instance_id);
        let instance = match (self.place(call, instance_id), copied) {
            (Ok(place), _) => place,
            (Err(_), Some((instance, _))) if for_new => instance.number,
            (Err(refusal), _) => return Err(refusal),
        };
        let instance = Arc::clone(&self.instances[instance].identity);
        let backup = match point {
            Point::Backup(id) => {
                let (number, backup) = self.backup(call, id).map_err(refused)?;
                if backup.instance != instance {
                    return Err(refused(Problem::OtherInstance));
                }
                if !backup.is_full() {
                    return Err(refused(Problem::NotFull));
                }
                if !backup.is_completed() {
                    return Err(refused(Problem::NotCompleted));
                }
                Some(number)
            }
            Point::Time(moment) => {
                let periods = match instance.project_id == call.project_id {
                    true => self.periods(call, instance_id, None)?,
                    false => self.copied_periods(call, instance_id, None)?,
                };
                if !periods.iter().any(|period| period.holds(*moment)) {
                    return Err(refused(Problem::NotThen));
                }
                None
            }
        };
        Ok(Source { instance, backup })
    }

    /// When what is restored was there.
    pub(crate) fn held_at(&self, call: &Call, point: &Point) -> Moment {
        match point {
            Point::Time(moment) => *moment,
            Point::Backup(id) => {
                let backup = self.backup(call, id).map(|(_, backup)| backup);
                backup.ok().and_then(|it| it.end).unwrap_or(call.now)
            }
        }
    }

    /// Overwrites an instance with what another one, or it itself, once held.
    pub(crate) fn restore(
        &mut self,
        call: &Call,
        source_id: &str,
        point: &Point,
        target_id: &str,
    ) -> Result<Job, Refusal> {
        let source = self.source(call, source_id, point, false)?;
        let task = match source_id == target_id {
            true => Task::Restore,
            false => Task::RestoreToOther,
        };
        let target = self.instance(call, target_id)?;
        let fits = target.takes_in(&source.instance);
        fits.map_err(|problem| self.refusal(problem))?;
        let place = self.busied(call, target_id)?;
        let instance = &mut self.instances[place];
        let schedule = instance.schedule.as_ref();
        let kept = schedule.map_or(Duration::ZERO, |it| it.kept(Kind::Auto, None));
        let oldest = call.now.before(kept);
        instance.gaps.retain(|(_, to)| *to > oldest);
        instance.gaps.push((call.now, Moment::FAR));
        let target = Arc::clone(&instance.identity);
        Ok(self.start(call, task, &target, source.backup).clone())
    }

    /// Brings back single tables, in an instance that goes on with all others.
    pub(crate) fn restore_tables(
        &mut self,
        call: &Call,
        instance_id: &str,
    ) -> Result<Job, Refusal> {
        let place = self.busied(call, instance_id)?;
        let target = Arc::clone(&self.instances[place].identity);
        let job = self.start(call, Task::RestoreTables, &target, None);
        Ok(job.clone())
    }

    /// Marks an instance as being restored, which nothing else must be done with.
    fn busied(&mut self, call: &Call, id: &str) -> Result<usize, Refusal> {
        let place = self.ready(call, id)?;
        if self.is_backing_up(&self.instances[place].identity) {
            return Err(self.refusal(Problem::InstanceBusy));
        }
        self.instances[place].phase = Phase::Restoring;
        Ok(place)
    }

    /// Whether an instance can be made that holds what a source held.
    pub(crate) fn check_new(&self, source: &Source, new: &NewInstance) -> Result<(), Refusal> {
        if new.volume_gb < source.instance.volume_gb {
            return Err(self.refusal(Problem::TooSmall));
        }
        if self.instances.len() >= MOST_INSTANCES {
            return Err(self.refusal(Problem::TooManyInstances));
        }
        Ok(())
    }

    /// Starts to make one.
    pub(crate) fn restore_to_new(
        &mut self,
        call: &Call,
        source: &Source,
        new: NewInstance,
    ) -> Result<Job, Refusal> {
        self.check_new(source, &new)?;
        let order_id = match new.payment {
            Payment::ByUse => None,
            Payment::InAdvance => Some(call.cloud.ids.hex(32)),
        };
        let place = self.add(&call.project_id, new);
        let instance = Arc::clone(&self.instances[place].identity);
        let job = self.start(call, Task::NewInstance, &instance, source.backup);
        job.order_id = order_id;
        Ok(job.clone())
    }

    /// The instances of the call's project that can be overwritten with what a source holds now.
    pub(crate) fn targets<'s>(
        &'s self,
        call: &'s Call,
        source: &'s Identity,
    ) -> impl Iterator<Item = &'s Identity> {
        let instances = self.instances.iter();
        let active = instances.filter(|it| it.phase == Phase::Active);
        let identities = active.map(|it| &*it.identity);
        identities.filter(|it| it.project_id == call.project_id && it.takes_in(source).is_ok())
    }
}
