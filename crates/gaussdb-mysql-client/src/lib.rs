#![doc = include_str!("../README.md")]

pub use cloudbackup_gaussdb_mysql_model as model;

pub use cloudbackup_core::{MissingMember, OpenEnum, Set, Timestamp, Unset, validate};
pub use cloudbackup_runtime::{
    ClientBuilder, Error, ErrorKind, Outcome, PreparedRequest, ReplyProblem, Response, Sending,
    SendingWithResponse, ServiceClient,
};

#[rustfmt::skip]
mod generated;

pub use generated::*;
