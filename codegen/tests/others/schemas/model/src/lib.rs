//! Types of a document of others that is made of every kind of schema.

#[rustfmt::skip]
mod generated;

pub use generated::*;
