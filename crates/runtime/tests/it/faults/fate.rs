//! What a failure below a whole reply comes to: once for a read, which is repeated where that may
//! help, and once for a write, which must not be.

use std::time::Duration;

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::{
    Client, ConnectProblem, Error, ErrorKind, Outcome, ReplyProblem, TimeoutPhase,
};

use super::refusal::hides_the_token;
use crate::support::{CopyThing, Server, ShowThing, Step, json_reply, retrying_client_of};

/// The request id of replies that have one.
pub(super) const REQUEST_ID: &str = "r-77";

/// What all failures of a row have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    pub(super) kind: ErrorKind,
    pub(super) outcome: Outcome,
    pub(super) finer: Finer,
    /// The status, where the head of a reply came; it holds [`REQUEST_ID`] then.
    pub(super) status: Option<u16>,
    /// How often a read is tried that never succeeds, and a write.
    pub(super) attempts: [usize; 2],
}

/// What there is below the kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Finer {
    None,
    Connect(ConnectProblem),
    Timeout(TimeoutPhase),
    Reply(ReplyProblem),
}

/// No connection: the request never went out, so that even a write is repeated.
pub(super) fn not_connected(problem: ConnectProblem) -> Fate {
    Fate {
        kind: ErrorKind::Connect,
        outcome: Outcome::NotSent,
        finer: Finer::Connect(problem),
        status: None,
        attempts: [3, 3],
    }
}

/// The connection was not made in time.
pub(super) fn connect_timeout() -> Fate {
    Fate {
        kind: ErrorKind::Timeout,
        finer: Finer::Timeout(TimeoutPhase::Connect),
        ..not_connected(ConnectProblem::Tcp)
    }
}

/// The connection broke before the head of a reply.
pub(super) fn lost() -> Fate {
    Fate {
        kind: ErrorKind::Transport,
        outcome: Outcome::Unknown,
        finer: Finer::None,
        status: None,
        attempts: [3, 1],
    }
}

/// A success whose body cannot be used. Whether a read is repeated depends on the problem.
pub(super) fn unusable(problem: ReplyProblem, reads: usize) -> Fate {
    Fate {
        kind: ErrorKind::Response,
        outcome: Outcome::Applied,
        finer: Finer::Reply(problem),
        status: Some(200),
        attempts: [reads, 1],
    }
}

/// A reply did not come within the time of the attempt.
pub(super) fn too_late() -> Fate {
    Fate {
        kind: ErrorKind::Timeout,
        finer: Finer::Timeout(TimeoutPhase::Attempt),
        ..lost()
    }
}

/// The head came in time and the rest did not.
pub(super) fn body_too_late() -> Fate {
    Fate {
        outcome: Outcome::Applied,
        status: Some(200),
        ..too_late()
    }
}

impl Fate {
    pub(super) fn permanent(self) -> Self {
        Self {
            attempts: [1, 1],
            ..self
        }
    }

    /// Lets a read and a write meet a server that does this after each request. The connection is
    /// given up, and what comes after it finds another one.
    pub(super) async fn meets(self, step: Step) -> [Error; 2] {
        let server = Server::always(step.clone());
        let read = failure(&retrying_client_of(&server), ShowThing::new("t1")).await;
        self.check_read(&read);
        let reads = self.attempts[0];
        assert_eq!(places(&server), (0..reads).collect::<Vec<_>>());
        if reads > 1 {
            repeats_until_it_succeeds(&step).await;
        }
        [read, self.meets_write(step).await]
    }

    async fn meets_write(self, step: Step) -> Error {
        let server = Server::start([step, good("t2")]);
        let client = retrying_client_of(&server);
        let write = failure(&client, CopyThing::new("t1", "n")).await;
        self.check_write(&write);
        assert_eq!(places(&server), [0]);
        server.until(|log| log.closed == 1).await;
        let next = success(&client, ShowThing::new("t1")).await;
        assert_eq!((next.id.as_str(), places(&server)), ("t2", vec![0, 1]));
        write
    }

    pub(super) fn check_read(self, error: &Error) {
        self.check(error, self.attempts[0]);
        let text = error.to_string();
        assert!(
            !text.contains("applied") && !text.contains("not sent"),
            "{text}"
        );
    }

    pub(super) fn check_write(self, error: &Error) {
        self.check(error, self.attempts[1]);
        let hint = match self.outcome {
            Outcome::NotSent => "(not sent)",
            Outcome::Rejected => "(rejected, nothing was changed)",
            Outcome::Unknown => "(may have been applied)",
            Outcome::Applied => "(was applied)",
        };
        assert!(error.to_string().ends_with(hint), "{error}");
    }

    fn check(self, error: &Error, attempts: usize) {
        let head = (self.status, self.status.map(|_| REQUEST_ID));
        assert_eq!(
            (error.kind(), error.outcome(), finer(error)),
            (self.kind, self.outcome, self.finer),
            "{error:?}"
        );
        let status = error.status().map(|status| status.as_u16());
        assert_eq!((status, error.request_id()), head);
        assert_eq!(error.is_timeout(), self.kind == ErrorKind::Timeout);
        assert_eq!(error.attempts().len(), attempts, "{error}");
        for attempt in error.attempts() {
            assert_eq!(
                (attempt.kind(), attempt.outcome()),
                (self.kind, self.outcome)
            );
            let status = attempt.status().map(|status| status.as_u16());
            assert_eq!((status, attempt.request_id()), head);
        }
        assert!(!error.is_after_ambiguous_attempt());
        hides_the_token(error);
    }
}

fn finer(error: &Error) -> Finer {
    let found = (
        error.connect_problem(),
        error.timeout_phase(),
        error.reply_problem(),
    );
    match found {
        (None, None, None) => Finer::None,
        (Some(problem), None, None) => Finer::Connect(problem),
        (None, Some(phase), None) => Finer::Timeout(phase),
        (None, None, Some(problem)) => Finer::Reply(problem),
        found => panic!("more than one: {found:?}"),
    }
}

async fn repeats_until_it_succeeds(step: &Step) {
    let server = Server::start([step.clone(), step.clone(), good("t2")]);
    let call = retrying_client_of(&server).call();
    let sent = call.send_with_response(ShowThing::new("t1"));
    let reply = in_time(sent).await.unwrap();
    assert_eq!((reply.get_ref().id.as_str(), reply.attempts()), ("t2", 3));
    assert_eq!(places(&server), [0, 1, 2]);
}

/// The reply that a thing with this id is in.
pub(super) fn good(id: &str) -> Step {
    json_reply(200, &format!(r#"{{"id":"{id}"}}"#))
}

/// The connections on which requests came, in the order of the requests. The server has seen no
/// other connection.
pub(super) fn places(server: &Server) -> Vec<usize> {
    let log = server.log();
    let places: Vec<usize> = log.requests.iter().map(|r| r.connection).collect();
    let last = places.iter().max().map_or(0, |last| last + 1);
    assert_eq!(last, log.connections, "{places:?}");
    places
}

/// The error of a call that fails.
pub(super) async fn failure<O: Operation>(client: &Client, input: O) -> Error {
    match in_time(client.call().send(input)).await {
        Err(error) => error,
        Ok(_) => panic!("a success"),
    }
}

/// The output of a call that succeeds.
pub(super) async fn success<O: Operation>(client: &Client, input: O) -> O::Output {
    in_time(client.call().send(input)).await.unwrap()
}

/// What the work comes to. It takes no time to speak of, and a test had better fail than hang.
pub(super) async fn in_time<T>(work: impl IntoFuture<Output = T>) -> T {
    let patience = Duration::from_secs(60);
    let limited = tokio::time::timeout(patience, work);
    limited.await.expect("an end")
}
