#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(feature = "state"),
    allow(
        dead_code,
        reason = "what is kept in a file is listed whether or not there is one"
    )
)]

mod builder;
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
mod log;
mod page;
mod rds;
mod refusal;
mod sandbox;
mod start;
mod state;
mod timeline;
mod vbs;

pub use self::builder::SandboxBuilder;
pub use self::fault::Fault;
pub use self::iam::Credentials;
pub use self::inventory::Inventory;
pub use self::sandbox::Sandbox;
