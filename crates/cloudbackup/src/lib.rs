#![doc = include_str!("../README.md")]

#[cfg(feature = "cbr")]
#[doc(inline)]
pub use cloudbackup_cbr_client as cbr;

#[cfg(feature = "gaussdb-mysql")]
#[doc(inline)]
pub use cloudbackup_gaussdb_mysql_client as gaussdb_mysql;

#[cfg(feature = "gaussdb-opengauss")]
#[doc(inline)]
pub use cloudbackup_gaussdb_opengauss_client as gaussdb_opengauss;

#[cfg(feature = "rds")]
#[doc(inline)]
pub use cloudbackup_rds_client as rds;

#[cfg(feature = "vbs")]
#[doc(inline)]
pub use cloudbackup_vbs_client as vbs;

pub use cloudbackup_core::{MissingMember, OpenEnum, Set, Timestamp, Unset, validate};
pub use cloudbackup_runtime as runtime;
pub use cloudbackup_runtime::{
    AttemptRecord, ClientBuilder, ConnectProblem, Drift, DriftKind, Error, ErrorKind, Outcome,
    PagingProblem, PreparedRequest, ReplyProblem, Response, RetryConfig, Sending,
    SendingWithResponse, ServiceClient, TimeoutPhase, auth, finding, paging, waiting,
};

/// What most programs want in scope.
pub mod prelude {
    pub use crate::{Error, ErrorKind, OpenEnum, Outcome, Timestamp};
}
