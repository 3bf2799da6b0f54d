//! Client of a document of others that is made of every kind of body and reply.
#![doc = include_str!("generated/guide.md")]

pub use cloudbackup_others_messages_model as model;

pub use cloudbackup_core::{MissingMember, OpenEnum, Secret, Set, Timestamp, Unset, validate};
pub use cloudbackup_runtime as runtime;
pub use cloudbackup_runtime::{
    AttemptRecord, ClientBuilder, ConnectProblem, Drift, DriftKind, Error, ErrorKind, Outcome,
    PagingProblem, PreparedRequest, ReplyProblem, Response, RetryConfig, Sending,
    SendingWithResponse, ServiceClient, TimeoutPhase, auth, finding, paging, waiting,
};

#[rustfmt::skip]
mod generated;

pub use generated::*;
