//! The HTTP half of the generated clients; see the README below for a tour.
#![doc = include_str!("../README.md")]

mod addresses;
mod attempt;
pub mod auth;
#[cfg(feature = "blocking")]
mod blocking;
mod builder;
mod call;
mod client;
mod clock;
mod drift;
mod endpoint;
mod error;
mod excerpt;
mod exchange;
pub mod finding;
mod head;
mod hidden;
pub mod paging;
mod prepare;
mod raw;
mod reply;
mod response;
mod retry;
mod service;
#[cfg(feature = "test-util")]
pub mod testing;
mod text;
mod trace;
mod transport;
mod url;
pub mod waiting;

pub use crate::builder::ClientBuilder;
pub use crate::call::{Call, Sending, SendingWithResponse};
pub use crate::client::Client;
pub use crate::clock::{BoxFuture, Clock};
pub use crate::drift::Drift;
pub use crate::error::{
    AttemptRecord, ConnectProblem, Error, ErrorKind, Outcome, PagingProblem, ReplyProblem,
    TimeoutPhase,
};
pub use crate::prepare::PreparedRequest;
pub use crate::response::Response;
pub use crate::retry::RetryConfig;
pub use crate::service::{Service, ServiceClient};
pub use crate::transport::{FreshConnection, ReplyBody, Transport, TransportError, TransportFault};
/// The crate in whose types a [`Transport`] takes and gives bodies, so that one needs no other.
pub use bytes;
pub use cloudbackup_core::de::drift::DriftKind;
/// What the extensions of a request say to a [`Transport`] about its operation.
pub use cloudbackup_core::operation::OperationInfo;
/// The crate in whose types a [`Transport`] takes requests and gives replies.
pub use http;
