//! Copies of backups in other regions.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::backup::{Backup, Kind, Progress};
use super::instance::Identity;
use super::problem::Problem;
use super::schedule::DAY;
use super::store::{Event, Store};
use crate::clock::Moment;
use crate::gateway::Call;
use crate::refusal::Refusal;

/// How long it takes to copy a backup to another region.
const COPY_TIME: Duration = Duration::from_secs(120);

/// That backups of an instance are copied, where to, and how many days the copies of each kind are
/// kept; zero days are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    fn is_off(&self) -> bool {
        self.full_days == 0 && self.incremental_days == 0
    }
}

impl Store {
    /// Copies a backup to where its instance's policy wants it.
    pub(super) fn copy(&mut self, at: Moment, backup: Backup) {
        let Some(policy) = &self.instances[backup.instance.number].offsite else {
            return;
        };
        let Some(kept) = policy.kept(backup.kind) else {
            return;
        };
        let expires = at.after(kept);
        let copy = Backup {
            id: self.cloud.ids.suffixed(self.style.backup_suffix),
            project_id: policy.destination_project_id.clone(),
            is_copy: true,
            progress: Progress::Running,
            begin: at,
            end: None,
            expires: Some(expires),
            ..backup
        };
        self.begun += 1;
        let number = self.begun;
        self.backups.insert(number, copy);
        let done = at.after(COPY_TIME);
        self.timeline.plan(done, Event::Finished(number));
        self.timeline.plan(expires, Event::Expired(number));
    }

    /// Sets where the backups of an instance are copied to; no copies are made where neither kind
    /// is wanted.
    pub(crate) fn set_policy(
        &mut self,
        call: &Call,
        instance_id: &str,
        policy: OffsitePolicy,
    ) -> Result<(), Refusal> {
        let place = self.ready(call, instance_id)?;
        if policy.is_off() {
            self.instances[place].offsite = None;
            return Ok(());
        }
        let region = self.cloud.region(&policy.destination_region);
        if region.is_none_or(|region| region.project_id != policy.destination_project_id) {
            return Err(self.refusal(Problem::WrongDestination));
        }
        if policy.destination_project_id == call.project_id {
            return Err(self.refusal(Problem::SameRegion));
        }
        self.instances[place].offsite = Some(policy);
        Ok(())
    }

    /// Where the backups of an instance are copied to.
    pub(crate) fn policy(
        &self,
        call: &Call,
        instance_id: &str,
    ) -> Result<Option<&OffsitePolicy>, Refusal> {
        let place = self.place(call, instance_id)?;
        Ok(self.instances[place].offsite.as_ref())
    }

    /// The instances whose backups are copied to the call's project, or of which there still are
    /// copies, and for how many days copies are kept.
    pub(crate) fn copied_instances(&self, call: &Call) -> Vec<(&Identity, u32)> {
        let here = |project_id: &str| project_id == call.project_id;
        let copies = self.backups.values();
        let copied: BTreeSet<usize> = copies
            .filter(|it| it.is_copy && here(&it.project_id))
            .map(|it| it.instance.number)
            .collect();
        let mut found = Vec::new();
        for instance in &self.instances {
            let policy = instance.offsite.as_ref();
            let policy = policy.filter(|it| here(&it.destination_project_id));
            if policy.is_some() || copied.contains(&instance.identity.number) {
                let days = policy.map_or(0, |it| it.full_days.max(it.incremental_days));
                found.push((&*instance.identity, days));
            }
        }
        found
    }
}
