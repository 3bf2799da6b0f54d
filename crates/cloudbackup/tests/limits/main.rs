//! What each service's document forbids: refused by the client before anything is sent, and by the
//! sandbox, in the same words, where the client's checks are off. One table of cases drives both,
//! and a walk over the specs says whether it has a case on either side of every limit.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bodies;
mod cbr;
mod client_alone;
mod gaussdb_mysql;
mod gaussdb_opengauss;
mod rds;
mod spec;
#[allow(dead_code, reason = "each test file uses its part")]
#[path = "../support/mod.rs"]
mod support;
mod table;
mod vbs;
