//! The servers, disks and file systems that can be backed up.

use cloudbackup_cbr_model as model;
use serde::{Deserialize, Serialize};

use super::Cbr;
use super::problem::{self, Problem};

/// A kind of resource, as far as the sandbox has any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Server,
    Disk,
    FileSystem,
    Desktop,
}

impl Kind {
    /// What it is called in the type of a resource.
    pub(crate) fn wire(self) -> &'static str {
        match self {
            Self::Server => "OS::Nova::Server",
            Self::Disk => "OS::Cinder::Volume",
            Self::FileSystem => "OS::Sfs::Turbo",
            Self::Desktop => "OS::Workspace::DesktopV2",
        }
    }

    /// The fixed id that stands for it.
    pub(crate) fn provider_id(self) -> &'static str {
        match self {
            Self::Server => "0daac4c5-6707-4851-97ba-169e36266b66",
            Self::Disk => "d1603440-187d-4516-af25-121250c7cc97",
            Self::FileSystem => "3f3c3220-245c-4805-b811-758870015881",
            Self::Desktop => "86a80900-71bf-4961-956a-d52df944f84a",
        }
    }

    /// What a vault of this kind is for; `None` for kinds of which there are no resources.
    pub(crate) fn of_vault(object_type: &model::ObjectType) -> Option<Self> {
        match object_type {
            model::ObjectType::Server => Some(Self::Server),
            model::ObjectType::Disk => Some(Self::Disk),
            model::ObjectType::Turbo => Some(Self::FileSystem),
            model::ObjectType::Workspace => Some(Self::Desktop),
            _ => None,
        }
    }

    /// That there is no resource of this kind with an id.
    pub(crate) fn missing(self) -> Problem {
        match self {
            Self::Server => problem::NO_SERVER,
            Self::Disk => problem::NO_DISK,
            Self::FileSystem | Self::Desktop => problem::NO_RESOURCE,
        }
    }
}

/// The state of a resource, apart from what is done to it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// A server that runs, or a disk that is attached.
    Running,
    /// A server that was stopped, or a disk that is not attached.
    Idle,
    /// Nothing can be done with it.
    Faulty,
}

/// Something that can be backed up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) project_id: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// In GB; of a server, that of all its disks.
    pub(crate) size: i64,
    pub(crate) zone: String,
    pub(crate) state: State,
    /// The server that a disk is attached to.
    pub(crate) server_id: Option<String>,
    /// Whether a disk is that of the system.
    pub(crate) is_system: bool,
    /// Labels, by which vaults find servers to take in.
    pub(crate) tags: Vec<(String, String)>,
    /// Data are restored to it.
    pub(crate) is_restored: bool,
}

impl Resource {
    /// Its state in the words of the service that it belongs to.
    pub(crate) fn status(&self) -> &'static str {
        match (self.kind, self.state) {
            (Kind::Server, _) if self.is_restored => "SHUTOFF",
            (Kind::Disk, _) if self.is_restored => "restoring-backup",
            (Kind::Server, State::Running) => "ACTIVE",
            (Kind::Server, State::Idle) => "SHUTOFF",
            (Kind::Server, State::Faulty) => "ERROR",
            (Kind::Disk, State::Running) => "in-use",
            (_, State::Faulty) => "error",
            (_, _) => "available",
        }
    }

    /// Why it cannot be backed up whatever the vault.
    pub(crate) fn fault(&self) -> Option<Problem> {
        match self.state {
            State::Faulty => Some(problem::SERVER_STATE),
            State::Running | State::Idle => None,
        }
    }
}

impl Cbr {
    /// The resource of this kind with this id.
    pub(crate) fn resource(
        &self,
        project_id: &str,
        kind: Kind,
        id: &str,
    ) -> Result<&Resource, Problem> {
        let mut resources = self.resources.iter();
        let found =
            resources.find(|it| it.id == id && it.kind == kind && it.project_id == project_id);
        found.ok_or(kind.missing())
    }

    /// The disks of a server that its backups cover: those that are asked for, else all, without
    /// those that are left out.
    pub(crate) fn covered_disks<'s>(
        &'s self,
        server_id: &'s str,
        details: Option<&'s model::ResourceDetails>,
    ) -> impl Iterator<Item = &'s Resource> {
        let disks = self.resources.iter();
        disks.filter(move |disk| {
            disk.server_id.as_deref() == Some(server_id)
                && details.is_none_or(|details| is_covered(details, &disk.id))
        })
    }

    /// How much of a resource its backups cover, in GB.
    pub(crate) fn covered_size(
        &self,
        resource: &Resource,
        details: Option<&model::ResourceDetails>,
    ) -> i64 {
        match resource.kind {
            Kind::Server => {
                let disks = self.covered_disks(&resource.id, details);
                disks.map(|disk| disk.size).sum()
            }
            _ => resource.size,
        }
    }

    /// Whether the disks that are asked for or left out are those of the server.
    pub(crate) fn check_details(
        &self,
        resource: &Resource,
        details: Option<&model::ResourceDetails>,
    ) -> Result<(), Problem> {
        let Some(details) = details else {
            return Ok(());
        };
        let is_own = |id: &str| {
            let mut disks = self.covered_disks(&resource.id, None);
            disks.any(|disk| disk.id == id)
        };
        let excluded = details.exclude_volumes.iter().flatten();
        let included = details.include_volumes.iter().flatten();
        let included = included.map(|it| it.id.as_deref().unwrap_or_default());
        let mut named = excluded.map(String::as_str).chain(included);
        match named.all(is_own) {
            true => Ok(()),
            false => Err(problem::NO_DISK),
        }
    }
}

fn is_covered(details: &model::ResourceDetails, disk_id: &str) -> bool {
    let mut excluded = details.exclude_volumes.iter().flatten();
    let mut included = details.include_volumes.iter().flatten();
    let wants_all = details.include_volumes.as_ref().is_none_or(Vec::is_empty);
    let is_wanted = wants_all || included.any(|disk| disk.id.as_deref() == Some(disk_id));
    is_wanted && !excluded.any(|id| id == disk_id)
}
