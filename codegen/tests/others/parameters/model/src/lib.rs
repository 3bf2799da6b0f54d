//! Types of a document of others that is made of every way to send a parameter.

#[rustfmt::skip]
mod generated;

pub use generated::*;
