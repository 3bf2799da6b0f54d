//! What a refusal comes to: once for an operation that may be repeated, once for one that may not.

use std::error::Error as StdError;

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::{Client, Error, ErrorKind, Outcome};

use crate::support::service::retrying_client_of;
use crate::support::{CopyThing, Server, ShowThing, Step, TOKEN};

/// What all refusals of a row have in common.
#[derive(Clone, Copy)]
pub(super) struct Refusal {
    pub(super) kind: ErrorKind,
    pub(super) status: u16,
    pub(super) outcome: Outcome,
    /// How often the server is asked for an operation that may be repeated, and for another one.
    pub(super) requests: [usize; 2],
}

/// A refusal that stands for everybody.
pub(super) fn rejected(status: u16) -> Refusal {
    Refusal {
        kind: ErrorKind::Service,
        status,
        outcome: Outcome::Rejected,
        requests: [1, 1],
    }
}

/// One that says nothing about the fate of the request.
pub(super) fn unclear(status: u16) -> Refusal {
    Refusal {
        outcome: Outcome::Unknown,
        requests: [3, 1],
        ..rejected(status)
    }
}

/// One that promises that a later request may pass.
pub(super) fn throttled(status: u16) -> Refusal {
    Refusal {
        requests: [3, 3],
        ..rejected(status)
    }
}

impl Refusal {
    /// Sends a read and a write to a server that always answers like this.
    pub(super) async fn meets(self, step: Step) -> [Error; 2] {
        let server = Server::always(step.clone());
        let read = refused(&retrying_client_of(&server), ShowThing::new("t1")).await;
        self.check(&read, server.requests().len(), self.requests[0]);
        let server = Server::always(step);
        let write = refused(&retrying_client_of(&server), CopyThing::new("t1", "n")).await;
        self.check(&write, server.requests().len(), self.requests[1]);
        [read, write]
    }

    pub(super) fn check(self, error: &Error, requests: usize, expected: usize) {
        assert_eq!(requests, expected, "{error}");
        assert_eq!((error.kind(), error.outcome()), (self.kind, self.outcome));
        assert_eq!(error.status().unwrap().as_u16(), self.status);
        let finer = (
            error.reply_problem(),
            error.connect_problem(),
            error.timeout_phase(),
        );
        assert_eq!(finer, (None, None, None));
        assert!(!error.is_timeout() && error.violations().is_empty());
        assert_eq!(error.attempts().len(), expected, "{error}");
        for attempt in error.attempts() {
            assert_eq!(
                (attempt.kind(), attempt.outcome()),
                (self.kind, self.outcome)
            );
            assert_eq!(attempt.status(), error.status());
        }
        hides_the_token(error);
    }
}

/// The error of a call that fails.
pub(super) async fn refused<O: Operation>(client: &Client, input: O) -> Error {
    match client.call().send(input).await {
        Err(error) => error,
        Ok(_) => panic!("a success"),
    }
}

/// Whether an error and all that it is made of keep the token to themselves.
pub(super) fn hides_the_token(error: &Error) {
    let mut printed = String::new();
    let mut cause: Option<&dyn StdError> = Some(error);
    while let Some(error) = cause {
        printed += &format!("{error}\n{error:?}\n{error:#?}\n");
        cause = error.source();
    }
    for text in [error.code(), error.message(), error.request_id()] {
        printed += text.unwrap_or_default();
    }
    assert!(!printed.contains(&TOKEN[..12]), "{printed}");
}

/// Lets spawned calls go on as far as they can without the clock.
pub(super) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
