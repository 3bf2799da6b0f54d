//! What a database service refuses, under the codes of its documents.

use crate::refusal::Refusal;

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NoInstance,
    NoBackup,
    NoTask,
    /// A backup of the instance is being made.
    Busy,
    NameTaken,
    TooManyBackups,
    /// The backup was not made by hand.
    NotManual,
    /// The backup is still being made.
    Unfinished,
    /// The project is not that of the region.
    WrongDestination,
    /// Copies would stay in the region of the instance.
    SameRegion,
}

impl Problem {
    /// The refusal; some services know no other status for one than 400.
    pub(super) fn refusal(self, only_bad_request: bool) -> Refusal {
        let (status, code, message) = self.described();
        let status = if only_bad_request { 400 } else { status };
        Refusal::new(status, code, message)
    }

    fn described(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::NoInstance => (404, "DBS.200002", "the instance does not exist"),
            Self::NoBackup => (404, "DBS.201010", "the backup does not exist"),
            // The documents have no 404 for it.
            Self::NoTask => (400, "DBS.200543", "the task does not exist"),
            Self::Busy => {
                let message = "another backup of the instance is being made";
                (409, "DBS.201205", message)
            }
            Self::NameTaken => (409, "DBS.201201", "there is a backup of this name"),
            Self::TooManyBackups => {
                let message = "the instance has as many backups as it may have";
                (413, "RDS.3003", message)
            }
            Self::NotManual => {
                let message = "only backups made by hand can be deleted";
                (400, "DBS.201218", message)
            }
            Self::Unfinished => (400, "DBS.201208", "the backup is still being made"),
            Self::WrongDestination => {
                let message = "the destination project is not in the destination region";
                (400, "DBS.280001", message)
            }
            Self::SameRegion => {
                let message = "the destination must be another region";
                (400, "DBS.280001", message)
            }
        }
    }
}
