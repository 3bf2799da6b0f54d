//! What the tests share: a scripted server and other things that go wrong on demand, and a
//! hand-written service like a generated one.

pub(crate) mod black_hole;
#[cfg(feature = "gzip")]
pub(crate) mod bomb;
pub(crate) mod child;
pub(crate) mod cloud;
pub(crate) mod jobs;
pub(crate) mod listen;
pub(crate) mod lists;
pub(crate) mod logs;
pub(crate) mod makes;
pub(crate) mod memory;
pub(crate) mod proxy;
pub(crate) mod records;
pub(crate) mod request;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod step;
mod tests;
pub(crate) mod tls;
pub(crate) mod waits;

pub(crate) use self::server::{Server, json_reply, reply};
pub(crate) use self::service::{
    CopyThing, DeleteThing, ShowThing, TestClient, Thing, builder_of, client_of, retrying_client_of,
};
pub(crate) use self::step::Step;

/// What every secret of the tests contains.
pub(crate) const MARKER: &str = "planted-token-9f8e7d";

/// The token of all test clients; nothing that prints may hold it. As long as real ones, so that
/// a text cut somewhere inside it shows whether the token was removed before the cut.
pub(crate) const TOKEN: &str = concat!(
    "MIIE-planted-token-9f8e7d-",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
);
