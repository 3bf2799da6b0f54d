//! What is in CBR from the start.

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

use super::Cbr;
use super::backups::{Backup, Subject};
use super::checkpoints::Checkpoint;
use super::resources::{Kind, Resource, State};
use super::vaults::{Member, Vault};
use crate::clock::Moment;
use crate::cloud::Region;

/// The size of the first vaults, in GB.
const VAULT_SIZE: i64 = 10_000;

/// Ids of what callers can begin with, in the home region unless it says otherwise.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct First {
    /// A vault for servers.
    pub(crate) vault: String,
    /// The server in it, which has a backup.
    pub(crate) server: String,
    pub(crate) backup: String,
    /// A server in no vault.
    pub(crate) spare_server: String,
    /// A disk that is attached to nothing.
    pub(crate) disk: String,
    pub(crate) file_system: String,
    /// A vault for copies in the second region.
    pub(crate) replication_vault: String,
}

impl Cbr {
    /// Servers, disks and a file system in the home region, a vault with a backup of one of the
    /// servers, and a vault for copies in each other region.
    pub(crate) fn furnish(&mut self) {
        let regions = self.cloud.regions.clone();
        for (index, region) in regions.iter().enumerate() {
            let vault = self.first_vault(region, index > 0);
            match index {
                0 => self.first.vault.clone_from(&vault.id),
                1 => self.first.replication_vault.clone_from(&vault.id),
                _ => {}
            }
            self.vaults.push(vault);
        }
        if let Some(home) = regions.first() {
            self.furnish_home(home);
            self.first_backup();
        }
    }

    fn first_vault(&self, region: &Region, is_for_copies: bool) -> Vault {
        let id = self.cloud.ids.uuid();
        let now = self.cloud.clock.now();
        let (name, protect_type) = match is_for_copies {
            true => ("sandbox-replication-vault", model::ProtectType::Replication),
            false => ("sandbox-vault", model::ProtectType::Backup),
        };
        let kind = model::ObjectType::Server;
        let mut vault = Vault::new(id, &region.project_id, name, kind, protect_type, now);
        vault.size = VAULT_SIZE;
        vault
    }

    fn furnish_home(&mut self, home: &Region) {
        self.first.server = self.server(home, "sandbox-server", &[30, 10], State::Running);
        self.first.spare_server = self.server(home, "sandbox-server-2", &[20], State::Idle);
        let faulty = "sandbox-server-faulty";
        self.server(home, faulty, &[20], State::Faulty);
        self.first.disk = self.place(home, "sandbox-disk", Kind::Disk, 100, State::Idle);
        let name = "sandbox-file-system";
        self.first.file_system = self.place(home, name, Kind::FileSystem, 500, State::Idle);
    }

    /// A server with disks of these sizes, of which the first is that of the system.
    pub(crate) fn server(
        &mut self,
        region: &Region,
        name: &str,
        disks: &[i64],
        state: State,
    ) -> String {
        let id = self.place(region, name, Kind::Server, disks.iter().sum(), state);
        if let Some(server) = self.resources.last_mut() {
            server.tags = vec![("name".to_owned(), "sandbox".to_owned())];
        }
        for (index, size) in disks.iter().enumerate() {
            let name = format!("{name}-disk-{index}");
            self.place(region, &name, Kind::Disk, *size, State::Running);
            if let Some(disk) = self.resources.last_mut() {
                disk.server_id = Some(id.clone());
                disk.is_system = index == 0;
            }
        }
        id
    }

    fn place(
        &mut self,
        region: &Region,
        name: &str,
        kind: Kind,
        size: i64,
        state: State,
    ) -> String {
        let id = self.cloud.ids.uuid();
        self.resources.push(Resource {
            id: id.clone(),
            project_id: region.project_id.clone(),
            name: name.to_owned(),
            kind,
            size,
            zone: format!("{}-01", region.name),
            state,
            server_id: None,
            is_system: false,
            tags: Vec::new(),
            is_restored: false,
        });
        id
    }

    /// The first server's backup of an hour ago.
    fn first_backup(&mut self) {
        let hour_ago = Moment::from_millis(self.cloud.clock.now().millis() - 3_600_000);
        let Some(server) = self.resources.first().cloned() else {
            return;
        };
        let Some(vault) = self.vaults.first_mut() else {
            return;
        };
        vault.members.push(Member {
            id: server.id.clone(),
            details: None,
            is_removing: false,
        });
        let vault = vault.clone();
        let subject = Subject::of(&server, server.size);
        let checkpoint = Checkpoint {
            id: self.cloud.ids.uuid(),
            project_id: vault.project_id.clone(),
            vault_id: vault.id.clone(),
            vault_name: vault.name.clone(),
            created: hour_ago,
            name: "sandbox-server-backup".to_owned(),
            description: String::new(),
            kept_days: -1,
            resources: vec![subject.clone()],
            skipped: Vec::new(),
        };
        let mut backup = Backup::new(
            self.cloud.ids.uuid(),
            &checkpoint,
            &vault,
            subject,
            hour_ago,
        );
        backup.children = self.children(&server, None);
        backup.status = model::BackupStatus::Available;
        self.first.backup.clone_from(&backup.id);
        self.checkpoints.insert(checkpoint.id.clone(), checkpoint);
        let number = self.number();
        self.backups.insert(number, backup);
    }
}
