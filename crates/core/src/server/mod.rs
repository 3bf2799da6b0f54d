//! The other direction of an operation: requests are read and replies written, for servers and
//! mocks.
//!
//! Only with the feature `server`, which every model crate has too. A [`Received`] holds the parts
//! of a request as they came; a generated input type is made from it by [`Receive`]; a [`Route`]
//! reads a request, checks it against the documented limits, hands it to a handler and writes what
//! that answers. Nothing here knows an HTTP library, as nothing on the client's side does.

mod json;
mod promised;
mod received;
mod route;

use crate::operation::Operation;

pub use self::received::Received;
pub use self::route::{Failure, Handler, Reply, Route, Server};
pub use crate::operation::FromWireText;

/// An operation that can be read from a request, implemented by its generated input type.
pub trait Receive: Operation {
    /// Reads what belongs to the operation and notes in the request what could not be read. A value
    /// that is absent, or that could not be read, stays out.
    fn receive(request: &mut Received) -> Self;
}
