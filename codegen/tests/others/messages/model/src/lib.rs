//! Types of a document of others that is made of every kind of body and reply.

#[rustfmt::skip]
mod generated;

pub use generated::*;
