#![doc = include_str!("../README.md")]

mod cbr;
mod clock;
mod cloud;
mod control;
mod database;
mod fault;
mod front;
mod gateway;
mod gaussdb_mysql;
mod gaussdb_opengauss;
mod http;
mod iam;
mod ids;
mod inventory;
mod page;
mod rds;
mod refusal;
mod sandbox;
mod timeline;
mod vbs;

pub use self::fault::Fault;
pub use self::iam::Credentials;
pub use self::inventory::Inventory;
pub use self::sandbox::{Sandbox, SandboxBuilder};
