//! Backups, and which of them are wanted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::instance::Identity;
use crate::clock::Moment;

/// What made a backup, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Everything, on schedule.
    Auto,
    /// Everything, because a caller asked.
    Manual,
    /// What changed, on schedule.
    Incremental,
}

/// How far a backup or a task has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Progress {
    Running,
    Completed,
    Failed,
}

/// A backup, or the copy of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Backup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) instance: Arc<Identity>,
    /// The project whose region it lies in: another one than the instance's for a copy.
    pub(crate) project_id: String,
    pub(crate) kind: Kind,
    pub(crate) is_copy: bool,
    pub(crate) progress: Progress,
    pub(crate) begin: Moment,
    pub(crate) end: Option<Moment>,
    /// Space in MB, once it is made; nothing of one that failed is kept.
    pub(crate) size_mb: u32,
    /// Until when it is kept; `None` for good.
    pub(super) expires: Option<Moment>,
    /// It will fail.
    pub(super) fails: bool,
    /// A caller has asked to stop it.
    pub(super) stops: bool,
}

impl Backup {
    pub(super) fn is_full(&self) -> bool {
        self.kind != Kind::Incremental
    }

    pub(super) fn is_completed(&self) -> bool {
        self.progress == Progress::Completed
    }
}

/// Which backups are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter<'f> {
    pub(crate) instance_id: Option<&'f str>,
    pub(crate) instance_name: Option<&'f str>,
    pub(crate) backup_id: Option<&'f str>,
    pub(crate) name: Option<&'f str>,
    /// A part of the name.
    pub(crate) name_holds: Option<&'f str>,
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
                .name_holds
                .is_none_or(|wanted| backup.name.contains(wanted))
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
