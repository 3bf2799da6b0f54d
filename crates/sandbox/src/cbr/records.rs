//! Vaults, backups and the records of their copying.

use cloudbackup_cbr_model as model;
use cloudbackup_core::Timestamp;

use crate::clock::Moment;
use crate::refusal::{Refusal, faulty};

/// The id that stands for cloud servers.
const SERVER_PROVIDER: &str = "0daac4c5-6707-4851-97ba-169e36266b66";

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

/// `2018-08-06T02:41:14.007000`: the service writes UTC and does not say so.
fn time(moment: Moment) -> Timestamp {
    Timestamp::from(moment.with_micros().trim_end_matches('Z'))
}

pub(super) fn provider_id() -> &'static str {
    SERVER_PROVIDER
}

impl Backup {
    /// The backup as the service shows it; lists leave the records out unless they are asked for.
    pub(super) fn described(&self, with_records: bool) -> Result<model::Backup, Refusal> {
        let records = self.records.iter().filter(|_| with_records);
        let records: Result<Vec<_>, _> = records.map(Record::described).collect();
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
            .protected_at(time(self.created))
            .updated_at(time(self.updated))
            .replication_records(records?);
        described.build().map_err(faulty)
    }
}

impl Record {
    fn described(&self) -> Result<model::ReplicationRecord, Refusal> {
        let failed = self.status == model::ReplicationStatus::Fail;
        let details = model::ReplicationDetails::builder()
            .auto_trigger(false)
            .destination_vault_id(self.destination.vault_id.as_str())
            .progress(match self.status {
                model::ReplicationStatus::Success => 100,
                _ => 0,
            });
        let details = match failed {
            true => details
                .fail_code("BackupService.6122")
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
