//! Which backups a policy deletes again. Only those that it made, and only while it is switched on.

use std::time::Duration;

use cloudbackup_vbs_model::BackupStatus;

use super::schedule::Kept;
use super::{Event, Vbs};
use crate::clock::Moment;

/// When a backup that cannot go yet is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Vbs {
    /// Plans when the backups of a policy have been kept long enough by its rules of now, which may
    /// be others than when the backups were made.
    pub(super) fn plan_ends(&mut self, policy_id: &str, now: Moment) {
        let backups = self.backups.iter();
        let own = backups.filter(|(_, backup)| backup.policy_id.as_deref() == Some(policy_id));
        let own: Vec<u64> = own.map(|(number, _)| *number).collect();
        for number in own {
            self.plan_end(number, now);
        }
    }

    /// Plans when a backup has been kept for so many days, where days are what decides.
    fn plan_end(&mut self, number: u64, now: Moment) {
        let Some(backup) = self.backups.get(&number) else {
            return;
        };
        let policy = backup.policy_id.as_deref().and_then(|id| self.policy(id));
        let Some(Kept::Days(days)) = policy.map(|policy| policy.rules.kept) else {
            return;
        };
        let end = backup.created.after(DAY * days).max(now);
        self.timeline.plan(end, Event::Outdated(number));
    }

    /// A backup of a policy is made: others may have to go for it.
    pub(super) fn thin_out(&mut self, at: Moment, number: u64) {
        self.plan_end(number, at);
        let Some(made) = self.backups.get(&number) else {
            return;
        };
        let policy = made.policy_id.as_deref().and_then(|id| self.policy(id));
        let Some(rules) = policy.map(|policy| policy.rules) else {
            return;
        };
        let Kept::Number(kept) = rules.kept else {
            return;
        };
        if !rules.is_on {
            return;
        }
        let backups = self.backups.iter().rev();
        let alike = backups.filter(|(_, it)| {
            it.policy_id == made.policy_id
                && it.volume_id == made.volume_id
                && it.status == BackupStatus::Available
        });
        let outdated: Vec<u64> = alike.skip(kept).map(|(number, _)| *number).collect();
        for number in outdated {
            if !self.is_spared(at, number) {
                self.begin_to_delete(at, number, false);
            }
        }
    }

    /// A backup has been kept for so many days, if the policy still says so.
    pub(super) fn outdated(&mut self, at: Moment, number: u64) {
        let Some(backup) = self.backups.get(&number) else {
            return;
        };
        let policy = backup.policy_id.as_deref().and_then(|id| self.policy(id));
        let Some(rules) = policy.map(|policy| policy.rules) else {
            return;
        };
        let Kept::Days(days) = rules.kept else {
            return;
        };
        // A policy that is switched on again plans all ends anew, as does one that was changed.
        if !rules.is_on || backup.created.after(DAY * days) > at {
            return;
        }
        match backup.status {
            BackupStatus::Available if self.is_spared(at, number) => {
                self.timeline.plan(at.after(DAY), Event::Outdated(number));
            }
            BackupStatus::Available => self.begin_to_delete(at, number, false),
            BackupStatus::Restoring | BackupStatus::Creating => {
                let again = at.after(LOOK_AGAIN);
                self.timeline.plan(again, Event::Outdated(number));
            }
            // What failed is left to people.
            _ => {}
        }
    }

    /// Whether a backup is the first of its disk in the present month, and the policy spares it.
    fn is_spared(&self, at: Moment, number: u64) -> bool {
        let Some(backup) = self.backups.get(&number) else {
            return false;
        };
        let policy = backup.policy_id.as_deref().and_then(|id| self.policy(id));
        let Some(rules) = policy.map(|policy| policy.rules) else {
            return false;
        };
        if !rules.spares_first || !rules.is_same_month(backup.created, at) {
            return false;
        }
        let mut earlier = self.backups.range(..number).rev();
        let same = earlier.find(|(_, it)| {
            it.policy_id == backup.policy_id
                && it.volume_id == backup.volume_id
                && it.status == BackupStatus::Available
        });
        same.is_none_or(|(_, it)| !rules.is_same_month(it.created, at))
    }
}
