//! The HTTP half of the generated clients; see the README below for a tour.
#![doc = include_str!("../README.md")]

#[cfg(feature = "blocking")]
mod blocking;
mod builder;
mod call;
mod client;
mod endpoint;
mod error;
mod excerpt;
mod exchange;
mod head;
mod prepare;
mod reply;
mod response;
mod service;
mod text;
mod transport;
mod url;

pub use crate::builder::ClientBuilder;
pub use crate::call::{Call, Sending, SendingWithResponse};
pub use crate::client::Client;
pub use crate::error::{Error, ErrorKind, Outcome, ReplyProblem};
pub use crate::prepare::PreparedRequest;
pub use crate::response::Response;
pub use crate::service::{Service, ServiceClient};
