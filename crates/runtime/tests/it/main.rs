//! Tests of the runtime over real sockets on the loopback address.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod builder;
mod errors;
mod faults;
mod finding;
#[cfg(feature = "gzip")]
mod gzip;
mod logs;
mod paging;
mod replies;
mod secrets;
mod support;
mod testing;
mod waiting;
mod wire;

#[cfg(feature = "blocking")]
mod blocking;
