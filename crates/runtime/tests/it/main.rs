//! Tests of the runtime over real sockets on the loopback address.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod builder;
mod errors;
mod faults;
#[cfg(feature = "gzip")]
mod gzip;
mod logs;
mod replies;
mod secrets;
mod support;
mod testing;
mod wire;

#[cfg(feature = "blocking")]
mod blocking;
