//! HTTP/1.1 on loopback, made to outlast bad company: every size, count and wait has a limit.

mod connection;
mod listener;
mod message;

pub(crate) use self::listener::{Handle, Listener};
pub(crate) use self::message::{Answer, Ending, Request, decoded};
