//! The fault matrix: one test for each fault, named after its row in `FAULTS.md`.

mod auth;
mod body;
mod both;
mod cancel;
mod connect;
mod connection;
mod deletion;
mod extremes;
mod fate;
mod inject;
mod json;
mod odd;
mod outage;
mod paging;
mod proxy;
mod redirect;
mod refusal;
mod runtimes;
mod service;
mod size;
mod stall;
mod table;
mod throttle;
mod waiting;
