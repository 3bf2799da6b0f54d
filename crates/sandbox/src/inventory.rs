//! What is in the sandbox from the start.

use serde::{Deserialize, Serialize};

/// Ids of what a sandbox holds from the start, all in the home region unless it says otherwise.
///
/// Each database instance gets a full backup a day and an incremental one six hours after it, on the
/// sandbox's clock, until its backup policy is set to something else. The first one of each service
/// has a full backup of an hour ago; the spare one has none yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Inventory {
    /// A database instance of GaussDB for MySQL.
    pub gaussdb_mysql_instance: String,
    /// Another one, to restore to.
    pub gaussdb_mysql_spare_instance: String,
    /// A database instance of GaussDB (openGauss).
    pub gaussdb_opengauss_instance: String,
    /// Another one, to restore to.
    pub gaussdb_opengauss_spare_instance: String,
    /// A database instance of RDS.
    pub rds_instance: String,
    /// Another one, to restore to.
    pub rds_spare_instance: String,
    /// A vault for servers, in CBR, of 10,000 GB. No policy is applied to it.
    pub cbr_vault: String,
    /// The server in that vault, which has a system disk of 30 GB and a data disk of 10 GB.
    pub cbr_server: String,
    /// A backup of that server.
    pub cbr_backup: String,
    /// A server that is in no vault, with one disk of 20 GB.
    pub cbr_spare_server: String,
    /// A disk of 100 GB that is attached to no server and in no vault.
    pub cbr_disk: String,
    /// A file system of 500 GB that is in no vault.
    pub cbr_file_system: String,
    /// A vault for copies of other regions, in the second region; empty where there is none.
    pub cbr_replication_vault: String,
    /// A disk of 40 GB that no server has, so that it can be restored.
    pub vbs_volume: String,
    /// A disk of 100 GB that a server has: it can be backed up, and not restored.
    pub vbs_attached_volume: String,
    /// A disk of 10 GB that no server has, too small for the backups of the others.
    pub vbs_small_volume: String,
    /// A snapshot of [`vbs_volume`](Self::vbs_volume).
    pub vbs_snapshot: String,
    /// A full backup of [`vbs_volume`](Self::vbs_volume), an hour old.
    pub vbs_backup: String,
}
