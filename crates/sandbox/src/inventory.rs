//! What is in the sandbox from the start.

/// Ids of what a sandbox holds from the start, all in the home region unless it says otherwise.
///
/// Each database instance has a full backup of an hour ago, and gets one a day and an incremental
/// one six hours after it, on the sandbox's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inventory {
    /// A database instance of GaussDB for MySQL.
    pub gaussdb_mysql_instance: String,
    /// A database instance of GaussDB (openGauss).
    pub gaussdb_opengauss_instance: String,
    /// A database instance of RDS.
    pub rds_instance: String,
    /// A backup of a server, in CBR.
    pub cbr_backup: String,
    /// A vault for copies of other regions, in the second region; empty where there is none.
    pub cbr_replication_vault: String,
}
