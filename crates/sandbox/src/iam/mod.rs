//! Identity and access: accounts, tokens and signed requests.

mod accounts;
mod catalog;
mod server;
mod signature;
#[cfg(test)]
mod vectors;

pub use self::accounts::Credentials;
pub(crate) use self::accounts::{Grant, Iam};
pub(crate) use self::server::IamService;
