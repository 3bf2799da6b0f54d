//! What can go wrong below a call, in terms of how far the request came.

use std::error::Error as StdError;
use std::fmt;

use crate::endpoint::Endpoint;
use crate::error::{ConnectProblem, Error, ErrorKind, Outcome, ReplyProblem, TimeoutPhase};

/// How far a request came, and what stopped it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportFault {
    /// The name of the host has no address.
    Dns,
    /// The host cannot be reached, or refuses the connection.
    Tcp,
    /// TLS was not agreed on: mostly the certificate.
    Tls,
    /// The proxy cannot connect to the host.
    Proxy,
    /// The proxy asks for a password, or for another one.
    ProxyAuth,
    /// The connection was not made in time.
    ConnectTimeout,
    /// The request cannot be sent at all.
    Unsendable,
    /// The connection failed before the head of a reply; the request may have arrived.
    Broken,
    /// What came instead of the head of a reply cannot be understood.
    Protocol,
    /// The body ended before its announced end.
    Truncated,
    /// The body is packed in a way that cannot be unpacked.
    Encoding,
}

/// A failure of a [`Transport`](crate::Transport).
#[derive(Debug)]
pub struct TransportError {
    fault: TransportFault,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// A failure without a cause to tell.
    #[must_use]
    pub fn new(fault: TransportFault) -> Self {
        Self {
            fault,
            source: None,
        }
    }

    /// Adds the cause, whose text ends up in errors and logs: it must not hold a secret.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// How far the request came.
    #[must_use]
    pub fn fault(&self) -> TransportFault {
        self.fault
    }

    /// The error of a call whose reply never began, with the address that it was made to.
    pub(crate) fn before_reply(self, endpoint: &Endpoint) -> Error {
        let host = endpoint.host();
        let address = format_args!("{host}:{}", endpoint.port());
        let error = match self.fault {
            TransportFault::Dns => connect(
                ConnectProblem::Dns,
                format!("cannot look up the host {host}"),
            ),
            TransportFault::Tcp => {
                connect(ConnectProblem::Tcp, format!("cannot connect to {address}"))
            }
            TransportFault::Tls => {
                let text = format!("cannot agree on TLS with {address}");
                connect(ConnectProblem::Tls, text).permanent()
            }
            TransportFault::Proxy => connect(
                ConnectProblem::Proxy,
                format!("the proxy does not connect to {address}"),
            ),
            TransportFault::ProxyAuth => connect(
                ConnectProblem::Proxy,
                format!("the proxy wants a user name and a password to connect to {address}"),
            )
            .permanent(),
            TransportFault::ConnectTimeout => Error::new(
                ErrorKind::Timeout,
                Outcome::NotSent,
                format!("no connection to {address} within the connect timeout"),
            )
            .with_timeout_phase(TimeoutPhase::Connect),
            TransportFault::Unsendable => Error::config("the request cannot be sent"),
            TransportFault::Protocol => Error::new(
                ErrorKind::Transport,
                Outcome::Unknown,
                "what came is no HTTP reply",
            )
            .permanent(),
            // The faults of a body belong behind a head; a transport that says so here has lost
            // the reply all the same.
            TransportFault::Broken | TransportFault::Truncated | TransportFault::Encoding => {
                Error::new(
                    ErrorKind::Transport,
                    Outcome::Unknown,
                    "the connection failed before a reply",
                )
            }
        };
        self.cause_of(error)
    }

    /// The error of a call whose reply began and cannot be read to its end.
    pub(crate) fn in_reply(self) -> Error {
        let error = if self.fault == TransportFault::Encoding {
            Error::reply(ReplyProblem::Encoding, "the reply cannot be unpacked")
        } else {
            Error::reply(ReplyProblem::Truncated, "the reply was cut off")
        };
        self.cause_of(error)
    }

    fn cause_of(self, error: Error) -> Error {
        match self.source {
            Some(source) => error.with_boxed_source(source),
            None => error,
        }
    }
}

fn connect(problem: ConnectProblem, text: String) -> Error {
    Error::new(ErrorKind::Connect, Outcome::NotSent, text).with_connect_problem(problem)
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            TransportFault::Dns => "the name of the host cannot be looked up",
            TransportFault::Tcp => "no connection to the host",
            TransportFault::Tls => "no agreement on TLS",
            TransportFault::Proxy => "the proxy does not connect",
            TransportFault::ProxyAuth => "the proxy asks for a password",
            TransportFault::ConnectTimeout => "no connection in time",
            TransportFault::Unsendable => "the request cannot be sent",
            TransportFault::Broken => "the connection failed before a reply",
            TransportFault::Protocol => "what came is no HTTP reply",
            TransportFault::Truncated => "the body was cut off",
            TransportFault::Encoding => "the body cannot be unpacked",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_of_a_transport_says_what_and_why() {
        let bare = TransportError::new(TransportFault::Dns);
        assert_eq!(bare.to_string(), "the name of the host cannot be looked up");
        assert!(StdError::source(&bare).is_none());
        let caused = bare.with_source("no such name");
        assert_eq!(caused.fault(), TransportFault::Dns);
        let cause = StdError::source(&caused).map(ToString::to_string);
        assert_eq!(cause.as_deref(), Some("no such name"));
    }
}
