//! Instances, their backups, and the tasks that make them.

use std::time::Duration;

use crate::clock::Moment;

/// How long a backup takes.
pub(super) const BACKUP_TIME: Duration = Duration::from_secs(90);
/// How long it takes to copy one to another region.
pub(super) const COPY_TIME: Duration = Duration::from_secs(120);
/// How long after a full backup the incremental one comes.
pub(super) const INCREMENT_AFTER: Duration = Duration::from_secs(6 * 3600);
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long backups made on schedule are kept.
pub(super) const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a task can be asked for.
pub(super) const JOB_KEPT: Duration = Duration::from_secs(31 * 24 * 3600);

/// A database instance.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) project_id: String,
    pub(crate) engine: &'static str,
    pub(crate) version: &'static str,
}

/// What made a backup, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything, on schedule.
    Auto,
    /// Everything, because a caller asked.
    Manual,
    /// What changed, on schedule.
    Incremental,
}

/// How far a backup or a task has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Running,
    Completed,
    Failed,
}

/// A backup, or the copy of one.
#[derive(Clone, Debug)]
pub(crate) struct Backup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) instance: Instance,
    /// The project whose region it lies in: another one than the instance's for a copy.
    pub(crate) project_id: String,
    pub(crate) kind: Kind,
    pub(crate) is_copy: bool,
    pub(crate) progress: Progress,
    pub(crate) begin: Moment,
    pub(crate) end: Option<Moment>,
    /// Space in MB, once it is made; nothing of one that failed is kept.
    pub(crate) size_mb: u32,
    /// It will fail.
    pub(super) fails: bool,
}

/// The task that makes a backup.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) instance: Instance,
    /// The number of the backup that it makes.
    pub(super) backup: u64,
    pub(crate) progress: Progress,
    pub(crate) created: Moment,
    pub(crate) ended: Option<Moment>,
}

impl Job {
    /// How much of a running task is done.
    pub(crate) fn percent(&self, now: Moment) -> u128 {
        let done = now.since(self.created).as_millis() * 100 / BACKUP_TIME.as_millis();
        done.min(99)
    }
}

/// That backups of an instance are copied, where to, and how many days the copies of each kind are
/// kept; zero days are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OffsitePolicy {
    pub(crate) full_days: u32,
    pub(crate) incremental_days: u32,
    pub(crate) destination_region: String,
    pub(crate) destination_project_id: String,
}

impl OffsitePolicy {
    /// How long copies of backups of this kind are kept; `None` where there are none, as of those
    /// made by hand.
    pub(super) fn kept(&self, kind: Kind) -> Option<Duration> {
        let days = match kind {
            Kind::Auto => self.full_days,
            Kind::Incremental => self.incremental_days,
            Kind::Manual => 0,
        };
        (days > 0).then(|| DAY * days)
    }

    /// Whether nothing is copied.
    pub(super) fn is_off(&self) -> bool {
        self.full_days == 0 && self.incremental_days == 0
    }
}

/// Which backups are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter<'f> {
    pub(crate) instance_id: Option<&'f str>,
    pub(crate) instance_name: Option<&'f str>,
    pub(crate) backup_id: Option<&'f str>,
    pub(crate) name: Option<&'f str>,
    /// Any of these kinds.
    pub(crate) kinds: Option<&'f [Kind]>,
    pub(crate) progress: Option<Progress>,
    pub(crate) is_copy: Option<bool>,
    pub(crate) from: Option<Moment>,
    pub(crate) to: Option<Moment>,
}

impl Filter<'_> {
    pub(super) fn fits(&self, backup: &Backup) -> bool {
        let is = |wanted: Option<&str>, own: &str| wanted.is_none_or(|wanted| wanted == own);
        is(self.instance_id, &backup.instance.id)
            && is(self.instance_name, &backup.instance.name)
            && is(self.backup_id, &backup.id)
            && is(self.name, &backup.name)
            && self
                .kinds
                .is_none_or(|wanted| wanted.contains(&backup.kind))
            && self.progress.is_none_or(|wanted| wanted == backup.progress)
            && self.is_copy.is_none_or(|wanted| wanted == backup.is_copy)
            && self.is_in_period(backup.begin.seconds())
    }

    /// Compared in whole seconds, as times are written: what a list shows is found by the times
    /// that it shows.
    fn is_in_period(&self, begin: i64) -> bool {
        self.from.is_none_or(|from| begin >= from.seconds())
            && self.to.is_none_or(|to| begin <= to.seconds())
    }
}
