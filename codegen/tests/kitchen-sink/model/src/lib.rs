//! Types made from the test spec that holds one of everything.

#[rustfmt::skip]
mod generated;

pub use generated::*;
