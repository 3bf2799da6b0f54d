//! Making, finding and deleting backups.

use std::sync::Arc;
use std::time::Duration;

use super::backup::{Backup, Filter, Kind, Progress};
use super::instance::{Identity, Phase};
use super::job::{Job, TOLD, Task};
use super::problem::Problem;
use super::store::{Event, Store};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::Refusal;

/// Backups by hand that an instance may have.
const MOST_MANUAL: usize = 1000;

impl Store {
    /// Makes a backup of the schedule, unless something else is done with the instance.
    pub(super) fn back_up_on_schedule(
        &mut self,
        at: Moment,
        place: usize,
        kind: Kind,
        kept: Duration,
    ) {
        let instance = &self.instances[place];
        let has_base = instance.has_full || kind != Kind::Incremental;
        if instance.phase != Phase::Active || !has_base {
            return;
        }
        let identity = Arc::clone(&instance.identity);
        let name = format!("{}-{}", identity.name, at.seconds());
        let (number, backup) = self.begin(at, identity, name, kind);
        let expires = at.after(kept);
        backup.expires = Some(expires);
        self.timeline.plan(expires, Event::Expired(number));
    }

    /// Starts a backup.
    fn begin(
        &mut self,
        at: Moment,
        instance: Arc<Identity>,
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
            expires: None,
            fails: false,
            stops: false,
        };
        self.begun += 1;
        let number = self.begun;
        let done = at.after(Task::Backup.takes());
        self.timeline.plan(done, Event::Finished(number));
        (number, self.backups.entry(number).or_insert(backup))
    }

    /// A backup or copy comes to its end, before its time with a reason.
    pub(super) fn finish(&mut self, at: Moment, number: u64, reason: Option<&'static str>) {
        let found = self.backups.get_mut(&number);
        let Some(backup) = found.filter(|it| it.progress == Progress::Running) else {
            return;
        };
        backup.end = Some(at);
        if backup.fails {
            backup.progress = Progress::Failed;
            backup.size_mb = 0;
        } else {
            backup.progress = Progress::Completed;
        }
        let (fails, backup) = (backup.fails, backup.clone());
        if backup.kind == Kind::Manual {
            self.end_backup_job(at, number, fails.then_some(reason.unwrap_or(TOLD)));
        }
        if !fails && !backup.is_copy {
            self.instances[backup.instance.number].has_full |= backup.is_full();
            self.copy(at, backup);
        }
    }

    /// Starts a backup by hand: the backup and the task that makes it.
    pub(crate) fn create(
        &mut self,
        call: &Call,
        instance_id: &str,
        name: String,
        description: Option<String>,
    ) -> Result<(Backup, Job), Refusal> {
        let place = self.ready(call, instance_id)?;
        let instance = Arc::clone(&self.instances[place].identity);
        if let Some(problem) = self.hindrance(&instance, &name) {
            return Err(self.refusal(problem));
        }
        let (number, backup) = self.begin(call.now, Arc::clone(&instance), name, Kind::Manual);
        backup.description = description;
        backup.fails = call.fails;
        let backup = backup.clone();
        let job = self.start(call, Task::Backup, &instance, Some(number));
        Ok((backup, job.clone()))
    }

    /// The backups of an instance where it is, without copies.
    fn own(&self, instance: &Identity) -> impl Iterator<Item = &Backup> {
        let (number, backups) = (instance.number, self.backups.values().rev());
        backups.filter(move |it| it.instance.number == number && !it.is_copy)
    }

    /// Whether a backup of an instance is being made.
    pub(super) fn is_backing_up(&self, instance: &Identity) -> bool {
        let mut own = self.own(instance);
        own.any(|it| it.progress == Progress::Running)
    }

    /// Why no backup of this name can be started now.
    fn hindrance(&self, instance: &Identity, name: &str) -> Option<Problem> {
        let mut made = 0;
        for backup in self.own(instance) {
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
        instance_id: &str,
        filter: &'s Filter<'s>,
    ) -> Result<impl Iterator<Item = &'s Backup>, Refusal> {
        let place = self.place(call, instance_id)?;
        let backups = self.backups.values().rev();
        Ok(backups.filter(move |it| it.instance.number == place && filter.fits(it)))
    }

    /// A backup that lies in the call's project, and its number.
    pub(super) fn backup(&self, call: &Call, id: &str) -> Result<(u64, &Backup), Problem> {
        let mut backups = self.backups.iter();
        let found = backups.find(|(_, it)| it.id == id && it.project_id == call.project_id);
        let (number, backup) = found.ok_or(Problem::NoBackup)?;
        Ok((*number, backup))
    }

    /// Deletes a backup that was made by hand.
    pub(crate) fn delete(&mut self, call: &Call, id: &str) -> Result<Backup, Refusal> {
        self.try_delete(call, id)
            .map_err(|problem| self.refusal(problem))
    }

    /// Deletes what can be deleted of several backups; what hinders it of the others.
    pub(crate) fn delete_each(
        &mut self,
        call: &Call,
        ids: Vec<String>,
    ) -> Vec<(String, Result<Backup, Problem>)> {
        let ids = ids.into_iter();
        ids.map(|id| {
            let deleted = self.try_delete(call, &id);
            (id, deleted)
        })
        .collect()
    }

    fn try_delete(&mut self, call: &Call, id: &str) -> Result<Backup, Problem> {
        let (number, backup) = self.backup(call, id)?;
        if backup.kind != Kind::Manual {
            return Err(Problem::NotManual);
        }
        if backup.progress == Progress::Running {
            return Err(Problem::Unfinished);
        }
        if self.is_restored_from(number) {
            return Err(Problem::InUse);
        }
        self.backups.remove(&number).ok_or(Problem::NoBackup)
    }
}
