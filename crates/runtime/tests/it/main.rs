//! Tests of the runtime over real sockets on the loopback address.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod builder;
mod errors;
#[cfg(feature = "gzip")]
mod gzip;
mod replies;
mod secrets;
mod support;
mod transport;
mod wire;

#[cfg(feature = "blocking")]
mod blocking;
