//! The sandbox from outside: through raw connections and through the typed clients.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod control;
mod faults;
mod http;
mod iam;
mod log;
mod services;
mod signed;
#[cfg(feature = "state")]
mod state;
mod support;
