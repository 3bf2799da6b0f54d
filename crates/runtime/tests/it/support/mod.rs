//! What the tests share: a scripted server, and a hand-written service like a generated one.

pub(crate) mod server;
pub(crate) mod service;

pub(crate) use self::server::{Server, Step, json_reply, reply};
pub(crate) use self::service::{CopyThing, DeleteThing, ShowThing, TestClient, Thing, client_of};

/// The token of all test clients; nothing that prints may hold it. As long as real ones, so that
/// a text cut somewhere inside it shows whether the token was removed before the cut.
pub(crate) const TOKEN: &str = concat!(
    "MIIE-planted-token-9f8e7d-",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
);
