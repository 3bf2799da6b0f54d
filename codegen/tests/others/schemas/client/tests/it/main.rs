//! Every kind of schema as a caller meets it: what goes out and what comes back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod all_of;
mod limits;
mod nulls;
mod rest;
mod support;
mod unions;
