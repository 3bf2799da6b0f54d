//! The records of copies: both backups have one.

use std::time::Duration;

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

use super::super::problem::{self, Problem};
use super::super::time;
use super::Backup;
use crate::clock::Moment;
use crate::refusal::{Refusal, faulty};

/// How long a copy to another region takes.
pub(crate) const COPY_TIME: Duration = Duration::from_secs(120);
/// Records of copies that a backup keeps; copies can be made and deleted without end.
const MOST_RECORDS: usize = 100;
/// Why a copy fails.
pub(crate) const FAILURE: Problem = problem::IMPORT_FAILED;

/// How a copy came about; both backups have it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) created: Moment,
    /// Begun by a policy, or as by one.
    pub(crate) is_automatic: bool,
    pub(crate) status: model::ReplicationStatus,
    pub(crate) source: End,
    pub(crate) destination: End,
}

/// One end of a copying.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) backup_id: String,
    pub(crate) checkpoint_id: String,
    pub(crate) project_id: String,
    pub(crate) region: String,
    pub(crate) vault_id: String,
}

impl Backup {
    /// Notes a copy that was begun, and forgets the oldest one that came to its end where there
    /// are too many.
    pub(crate) fn note(&mut self, record: Record) {
        let is_over = |it: &Record| it.status != model::ReplicationStatus::Replicating;
        if self.records.len() >= MOST_RECORDS
            && let Some(oldest) = self.records.iter().position(is_over)
        {
            self.records.remove(oldest);
        }
        self.records.push(record);
    }
}

impl Record {
    /// How much of the copying is done, in percent.
    fn progress(&self, now: Moment) -> i64 {
        match self.status {
            model::ReplicationStatus::Success => 100,
            model::ReplicationStatus::Replicating => {
                let percent = now.since(self.created).as_secs() * 100 / COPY_TIME.as_secs();
                i64::try_from(percent).unwrap_or(99).min(99)
            }
            _ => 0,
        }
    }

    pub(crate) fn described(&self, now: Moment) -> Result<model::ReplicationRecord, Refusal> {
        let failed = self.status == model::ReplicationStatus::Fail;
        let details = model::ReplicationDetails::builder()
            .auto_trigger(self.is_automatic)
            .destination_vault_id(self.destination.vault_id.as_str())
            .progress(self.progress(now));
        let details = match failed {
            true => details.fail_code(FAILURE.code).fail_reason(FAILURE.message),
            false => details,
        };
        let described = model::ReplicationRecord::builder()
            .id(self.id.as_str())
            .created_at(time(self.created))
            .status(self.status.clone())
            .source_backup_id(self.source.backup_id.as_str())
            .source_checkpoint_id(self.source.checkpoint_id.as_str())
            .source_project_id(self.source.project_id.as_str())
            .source_region(self.source.region.as_str())
            .vault_id(self.source.vault_id.as_str())
            .destination_backup_id(self.destination.backup_id.as_str())
            .destination_checkpoint_id(self.destination.checkpoint_id.as_str())
            .destination_project_id(self.destination.project_id.as_str())
            .destination_region(self.destination.region.as_str())
            .destination_vault_id(self.destination.vault_id.as_str())
            .extra_info(details.build().map_err(faulty)?);
        described.build().map_err(faulty)
    }
}
