//! What a database service refuses, under the codes of its documents.

use crate::refusal::Refusal;

/// The code for a request that breaks a limit.
pub(crate) const INVALID: &str = "DBS.280001";

/// A limit that no keyword of a spec says, broken at this place of a request.
pub(crate) fn wrong(place: &str, must: &str) -> Refusal {
    Refusal::new(400, INVALID, format!("{place}: {must}"))
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NoInstance,
    NoBackup,
    NoTask,
    /// The instance is being made, restored or backed up, or could not be made.
    InstanceBusy,
    /// A backup of the instance is being made.
    Busy,
    NameTaken,
    TooManyBackups,
    TooManyInstances,
    /// The backup was not made by hand.
    NotManual,
    /// The backup is still being made.
    Unfinished,
    /// The backup is being made, or failed.
    NotCompleted,
    /// An instance is being restored from the backup.
    InUse,
    /// What is wanted works with full backups.
    NotFull,
    /// The backup is one of another instance.
    OtherInstance,
    /// No backup of the instance is being made.
    NothingToStop,
    /// The task has not come to its end.
    TaskRunning,
    /// The instance cannot be brought back to this moment.
    NotThen,
    /// Engine or version of source and target differ.
    OtherEngine,
    /// The target has less space than the source.
    TooSmall,
    /// The project is not that of the region.
    WrongDestination,
    /// Copies would stay in the region of the instance.
    SameRegion,
}

impl Problem {
    /// The refusal; some services know no other status for one than 400.
    pub(super) fn refusal(self, only_bad_request: bool) -> Refusal {
        let (status, code) = self.code();
        let status = if only_bad_request { 400 } else { status };
        Refusal::new(status, code, self.message())
    }

    /// Status and code.
    pub(crate) fn code(self) -> (u16, &'static str) {
        match self {
            Self::NoInstance => (404, "DBS.200002"),
            Self::NoBackup => (404, "DBS.201010"),
            // The documents have no 404 for it.
            Self::NoTask => (400, "DBS.200543"),
            Self::InstanceBusy | Self::TaskRunning => (409, "DBS.201015"),
            Self::Busy => (409, "DBS.201205"),
            Self::NameTaken => (409, "DBS.201201"),
            Self::TooManyBackups | Self::TooManyInstances => (413, "RDS.3003"),
            Self::NotManual => (400, "DBS.201218"),
            Self::Unfinished | Self::NotCompleted | Self::NothingToStop => (400, "DBS.201208"),
            Self::InUse => (409, "DBS.200054"),
            Self::NotFull => (400, "DBS.201204"),
            Self::OtherInstance
            | Self::NotThen
            | Self::OtherEngine
            | Self::TooSmall
            | Self::WrongDestination
            | Self::SameRegion => (400, INVALID),
        }
    }

    /// The message for people.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::NoInstance => "the instance does not exist",
            Self::NoBackup => "the backup does not exist",
            Self::NoTask => "the task does not exist",
            Self::InstanceBusy => "the state of the instance does not allow this now",
            Self::Busy => "another backup of the instance is being made",
            Self::NameTaken => "there is a backup of this name",
            Self::TooManyBackups => "the instance has as many backups as it may have",
            Self::TooManyInstances => "there are as many instances as there may be",
            Self::NotManual => "only backups made by hand can be deleted",
            Self::Unfinished => "the backup is still being made",
            Self::NotCompleted => "the backup is not completed",
            Self::InUse => "the backup is in use",
            Self::NotFull => "this needs a full backup",
            Self::OtherInstance => "the backup is not one of the source instance",
            Self::NothingToStop => "no backup of the instance is being made",
            Self::TaskRunning => "the task is still running",
            Self::NotThen => "the source cannot be brought back to this moment",
            Self::OtherEngine => "source and target must have the same engine and version",
            Self::TooSmall => "the target must have at least the space of the source",
            Self::WrongDestination => "the destination project is not in the destination region",
            Self::SameRegion => "the destination must be another region",
        }
    }
}
