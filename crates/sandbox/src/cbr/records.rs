//! Vaults, backups and the records of their copying.

use std::time::Duration;

use cloudbackup_cbr_model as model;
use cloudbackup_core::Timestamp;

use crate::clock::Moment;
use crate::refusal::{Refusal, faulty};

/// The id that stands for cloud servers.
const SERVER_PROVIDER: &str = "0daac4c5-6707-4851-97ba-169e36266b66";

/// How long a copy to another region takes.
pub(super) const COPY_TIME: Duration = Duration::from_secs(120);
/// The enterprise project of all there is, which is the default one.
pub(super) const ENTERPRISE_PROJECT: &str = "0";
/// How much a vault holds, in GB.
pub(super) const VAULT_SIZE: i64 = 10_000;
/// Records of copies that a backup keeps; copies can be made and deleted without end.
const MOST_RECORDS: usize = 100;

/// Where backups are kept.
#[derive(Clone, Debug)]
pub(super) struct Vault {
    pub(super) id: String,
    pub(super) project_id: String,
    /// It takes copies from other regions, and nothing else.
    pub(super) is_for_replication: bool,
}

/// What is backed up.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) name: String,
    /// In GB.
    pub(super) size: i64,
}

/// The kind of every resource of the sandbox.
pub(super) const RESOURCE_TYPE: &str = "OS::Nova::Server";

/// A backup, or the copy of one in another region.
#[derive(Clone, Debug)]
pub(super) struct Backup {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) checkpoint_id: String,
    pub(super) project_id: String,
    pub(super) vault_id: String,
    pub(super) is_copy: bool,
    pub(super) status: model::BackupStatus,
    pub(super) resource: Resource,
    pub(super) created: Moment,
    /// When the data was backed up: for a copy, when its source was made.
    pub(super) protected: Moment,
    pub(super) updated: Moment,
    /// Copies made of it, or the one that it was made by.
    pub(super) records: Vec<Record>,
}

/// How a copy came about; both backups have it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) created: Moment,
    pub(super) status: model::ReplicationStatus,
    pub(super) source: End,
    pub(super) destination: End,
}

/// One end of a copying.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) backup_id: String,
    pub(super) checkpoint_id: String,
    pub(super) project_id: String,
    pub(super) region: String,
    pub(super) vault_id: String,
}

/// `2018-08-06T02:41:14.007+00:00`
fn time(moment: Moment) -> Timestamp {
    let text = moment.with_micros();
    // Three of the six digits of the fraction, and the offset in numbers.
    Timestamp::from(format!("{}+00:00", text.trim_end_matches("000Z")))
}

pub(super) fn provider_id() -> &'static str {
    SERVER_PROVIDER
}

impl Backup {
    /// Notes a copy that was begun, and forgets the oldest one that came to its end where there
    /// are too many.
    pub(super) fn note(&mut self, record: Record) {
        let is_over = |it: &Record| it.status != model::ReplicationStatus::Replicating;
        if self.records.len() >= MOST_RECORDS
            && let Some(oldest) = self.records.iter().position(is_over)
        {
            self.records.remove(oldest);
        }
        self.records.push(record);
    }

    /// The backup as the service shows it; lists leave the records out unless they are asked for.
    pub(super) fn described(
        &self,
        with_records: bool,
        now: Moment,
    ) -> Result<model::Backup, Refusal> {
        let records = self.records.iter().filter(|_| with_records);
        let records: Result<Vec<_>, _> = records.map(|record| record.described(now)).collect();
        let details = model::BackupDetails::builder()
            .auto_trigger(false)
            .contain_system_disk(true)
            .encrypted(false)
            .is_multi_az(false)
            .support_lld(true)
            .supported_restore_mode(model::RestoreMode::Backup);
        let described = model::Backup::builder()
            .id(self.id.as_str())
            .name(self.name.as_str())
            .description(self.description.as_str())
            .checkpoint_id(self.checkpoint_id.as_str())
            .project_id(self.project_id.as_str())
            .vault_id(self.vault_id.as_str())
            .image_type(match self.is_copy {
                true => model::ImageType::Replication,
                false => model::ImageType::Backup,
            })
            .status(self.status.clone())
            .incremental(false)
            .provider_id(SERVER_PROVIDER)
            .resource_id(self.resource.id.as_str())
            .resource_name(self.resource.name.as_str())
            .resource_type(RESOURCE_TYPE)
            .resource_size(self.resource.size)
            .created_at(time(self.created))
            .protected_at(time(self.protected))
            .updated_at(time(self.updated))
            .enterprise_project_id(ENTERPRISE_PROJECT)
            .extend_info(details.build().map_err(faulty)?)
            .replication_records(records?);
        described.build().map_err(faulty)
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

    fn described(&self, now: Moment) -> Result<model::ReplicationRecord, Refusal> {
        let failed = self.status == model::ReplicationStatus::Fail;
        let details = model::ReplicationDetails::builder()
            .auto_trigger(false)
            .destination_vault_id(self.destination.vault_id.as_str())
            .progress(self.progress(now));
        let details = match failed {
            true => details
                .fail_code("BackupService.1006")
                .fail_reason("the sandbox was told to fail it"),
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
