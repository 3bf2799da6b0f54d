//! From a request to a handler and back.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::promised::missing;
use super::{Receive, Received};
use crate::operation::{Operation, OperationInfo, Place, StatusRange};
use crate::validate::{Validator, Violations};

/// A server whose behaviour is made of handlers.
pub trait Server: 'static {
    /// What is known of a call besides its input: who calls, and when.
    type Call;

    /// What a handler says where it does not do what it is asked.
    type Refusal;
}

/// What a server does for an operation; `None` where it has no behaviour for it.
pub type Handler<S, O> = Option<
    fn(&mut S, &<S as Server>::Call, O) -> Result<<O as Operation>::Output, <S as Server>::Refusal>,
>;

/// A handler whose types are hidden.
type Run<S> = Box<
    dyn Fn(&mut S, &<S as Server>::Call, Received) -> Result<Value, Failure<<S as Server>::Refusal>>
        + Send
        + Sync,
>;

/// An operation of a server: when it is meant, and what is done then.
pub struct Route<S: Server> {
    info: OperationInfo,
    promised: &'static [&'static str],
    has_body: bool,
    run: Option<Run<S>>,
}

impl<S: Server> Route<S> {
    /// A route to this handler. The reply must have the promised members: JSON Pointers in which
    /// `*` stands for every item.
    pub fn new<O>(handler: Handler<S, O>, promised: &'static [&'static str]) -> Self
    where
        O: Receive,
        O::Output: Serialize,
    {
        Self {
            info: O::INFO,
            promised,
            has_body: true,
            run: handler.map(|handler| {
                let run: Run<S> = Box::new(move |server, call, mut request| {
                    let input = O::receive(&mut request);
                    let mut v = Validator::new();
                    input.validate(&mut v);
                    O::INFO.validate_client_values(&mut v, |held| match held.place() {
                        Place::Header => request.header(held.wire()),
                        Place::Path => request.path(held.wire()),
                    });
                    // What cannot be read was left out, and must not be called missing.
                    request.finish().map_err(Failure::Invalid)?;
                    v.finish().map_err(Failure::Invalid)?;
                    let output = handler(server, call, input).map_err(Failure::Refused)?;
                    serde_json::to_value(output).map_err(|error| Failure::Faulty(error.to_string()))
                });
                run
            }),
        }
    }

    /// Says that the reply has no body.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        self.has_body = false;
        self
    }

    /// The operation.
    #[must_use]
    pub fn info(&self) -> &OperationInfo {
        &self.info
    }

    /// Whether there is a handler.
    #[must_use]
    pub fn has_behaviour(&self) -> bool {
        self.run.is_some()
    }

    /// Reads a request, checks it against the documented limits and has it handled.
    ///
    /// # Errors
    /// Where there is no handler, the request cannot be read or breaks a limit, the handler refuses
    /// it, or the reply lacks what its document promises.
    pub fn answer(
        &self,
        server: &mut S,
        call: &S::Call,
        request: Received,
    ) -> Result<Reply, Failure<S::Refusal>> {
        let run = self.run.as_ref().ok_or(Failure::NoBehaviour)?;
        let body = run(server, call, request)?;
        if let Some(member) = missing(&body, self.promised) {
            let name = self.info.name();
            return Err(Failure::Faulty(format!(
                "the reply of {name} lacks {member}"
            )));
        }
        Ok(Reply {
            status: self.success(),
            body: self.has_body.then_some(body),
        })
    }

    /// The status of a success: the first that the document names, else 200.
    fn success(&self) -> u16 {
        let statuses = self.info.success_statuses().iter();
        let mut codes = statuses.filter_map(|status| match status {
            StatusRange::Code(code) => Some(*code),
            StatusRange::Class(_) => None,
        });
        codes.next().unwrap_or(200)
    }
}

impl<S: Server> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("operation", &self.info.name())
            .field("has_behaviour", &self.has_behaviour())
            .finish()
    }
}

/// What a server answers when all went well.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The JSON of the body, if there is a body.
    pub body: Option<Value>,
}

/// Why a request was not answered as asked.
#[derive(Debug)]
pub enum Failure<R> {
    /// The server has no behaviour for the operation.
    NoBehaviour,
    /// The request cannot be read, or breaks documented limits.
    Invalid(Violations),
    /// The handler refused.
    Refused(R),
    /// The reply is not what its document promises: a fault of the server.
    Faulty(String),
}
