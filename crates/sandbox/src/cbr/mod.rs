//! Cloud Backup and Recovery.

#[rustfmt::skip]
mod generated;
mod list;
mod records;
mod replicate;

use std::sync::Arc;
use std::time::Duration;

use cloudbackup_cbr_model as model;
use cloudbackup_core::server::{Route, Server};

use self::generated::Handlers;
use self::records::{Backup, Resource, Vault};
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::gateway::{Behaviour, Call};
use crate::refusal::{ErrorShape, Refusal, faulty};
use crate::timeline::Timeline;

/// How long it takes until a deleted backup is gone.
const DELETE_TIME: Duration = Duration::from_secs(30);

/// The state of the service.
#[derive(Debug, Default)]
pub(crate) struct Cbr {
    vaults: Vec<Vault>,
    /// In the order in which they were made.
    backups: Vec<Backup>,
    timeline: Timeline<Event>,
}

#[derive(Debug)]
enum Event {
    /// A copy has arrived, or has failed to.
    Replicated { record_id: String, fails: bool },
    /// A backup is gone.
    Deleted(String),
}

impl Server for Cbr {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for Cbr {
    const NAME: &'static str = "cbr";
    const ERRORS: ErrorShape = ErrorShape::Flat;
    const INVALID: &'static str = "BackupService.9900";

    /// A vault with a backup in the home region, and a vault for copies in each other one.
    fn new(cloud: &Arc<Cloud>) -> Self {
        let regions = cloud.regions.iter().enumerate();
        let vaults = regions.map(|(index, region)| Vault {
            id: cloud.ids.uuid(),
            project_id: region.project_id.clone(),
            is_for_replication: index > 0,
        });
        let mut service = Self {
            vaults: vaults.collect(),
            ..Self::default()
        };
        if let Some(home) = service.vaults.first() {
            service.backups.push(first_backup(cloud, home));
        }
        service
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            replicate_backup: Some(replicate::replicate_backup),
            list_backups: Some(list::list_backups),
            show_backup: Some(show_backup),
            delete_backup: Some(delete_backup),
        };
        handlers.into_routes()
    }

    fn settle(&mut self, now: Moment) {
        while let Some((at, event)) = self.timeline.next(now) {
            match event {
                Event::Replicated { record_id, fails } => self.replicated(at, &record_id, fails),
                Event::Deleted(id) => self.backups.retain(|backup| backup.id != id),
            }
        }
    }
}

/// A server's backup of an hour ago.
fn first_backup(cloud: &Cloud, vault: &Vault) -> Backup {
    let hour_ago = Moment::from_millis(cloud.clock.now().millis() - 3_600_000);
    Backup {
        id: cloud.ids.uuid(),
        name: "sandbox-server-backup".to_owned(),
        description: String::new(),
        checkpoint_id: cloud.ids.uuid(),
        project_id: vault.project_id.clone(),
        vault_id: vault.id.clone(),
        is_copy: false,
        status: model::BackupStatus::Available,
        resource: Resource {
            id: cloud.ids.uuid(),
            name: "sandbox-server".to_owned(),
            size: 40,
        },
        created: hour_ago,
        protected: hour_ago,
        updated: hour_ago,
        records: Vec::new(),
    }
}

impl Cbr {
    /// The backup that is there from the start.
    pub(crate) fn first_backup(&self) -> &str {
        self.backups.first().map_or("", |backup| &backup.id)
    }

    /// The vault for copies in the first region that is not home.
    pub(crate) fn replication_vault(&self) -> &str {
        let mut vaults = self.vaults.iter();
        let found = vaults.find(|vault| vault.is_for_replication);
        found.map_or("", |vault| &vault.id)
    }

    /// How much of a vault is taken up, in GB.
    fn used(&self, vault_id: &str) -> i64 {
        let backups = self.backups.iter();
        let there = backups.filter(|backup| backup.vault_id == vault_id);
        there.map(|backup| backup.resource.size).sum()
    }

    fn backup(&mut self, call: &Call, id: &str) -> Result<&mut Backup, Refusal> {
        let mut backups = self.backups.iter_mut();
        let found = backups.find(|it| it.id == id && it.project_id == call.project_id);
        found.ok_or_else(|| Refusal::new(404, "BackupService.6200", "the backup does not exist"))
    }
}

fn show_backup(
    service: &mut Cbr,
    call: &Call,
    input: model::ShowBackupInput,
) -> Result<model::ShowBackupOutput, Refusal> {
    let backup = service.backup(call, &input.backup_id.unwrap_or_default())?;
    let reply = model::ShowBackupOutput::builder();
    reply
        .backup(backup.described(true, call.now)?)
        .build()
        .map_err(faulty)
}

fn delete_backup(
    service: &mut Cbr,
    call: &Call,
    input: model::DeleteBackupInput,
) -> Result<model::DeleteBackupOutput, Refusal> {
    let id = input.backup_id.unwrap_or_default();
    let backup = service.backup(call, &id)?;
    match backup.status {
        model::BackupStatus::Available | model::BackupStatus::Error => {}
        _ => {
            let message = "the backup cannot be deleted in its present state";
            return Err(Refusal::new(400, "BackupService.6201", message));
        }
    }
    backup.status = model::BackupStatus::Deleting;
    backup.updated = call.now;
    let gone = call.now.after(DELETE_TIME);
    service.timeline.plan(gone, Event::Deleted(id));
    model::DeleteBackupOutput::builder().build().map_err(faulty)
}
