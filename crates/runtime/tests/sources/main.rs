//! Tests of the sources of credentials, end to end: environment, profile file, metadata service on
//! the loopback address, and the chain of them. Every error and every `Debug` that they come by is
//! searched for the planted secrets.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod chain;
mod environment;
mod metadata;
mod profile;
mod profile_file;
mod support;
