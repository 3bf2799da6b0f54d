//! What the tests of waiting share: a job that a scripted server tells of, on a clock that skips
//! the pauses.

use std::time::Duration;

use cloudbackup_runtime::RetryConfig;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::waiting::{Started, Waiter};

use super::jobs::{ShowJob, StartJob};
use super::{Server, Step, TestClient, builder_of, json_reply};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// The reply to a start.
pub(crate) fn accepted() -> Step {
    json_reply(202, r#"{"job_id":"j1"}"#)
}

/// An answer with the job in this state.
pub(crate) fn job(status: &str) -> Step {
    json_reply(200, &format!(r#"{{"job":{{"status":"{status}"}}}}"#))
}

/// An answer of a service that does not know the job.
pub(crate) fn unknown() -> Step {
    json_reply(404, r#"{"error_code":"X.404","error_msg":"no such job"}"#)
}

/// A service, a client of it that repeats its calls, and its clock.
pub(crate) struct Setup {
    pub(crate) server: Server,
    pub(crate) clock: ManualClock,
    pub(crate) client: TestClient,
}

impl Setup {
    /// The last step repeats.
    pub(crate) fn new(script: impl IntoIterator<Item = Step>) -> Self {
        Self::on(ManualClock::skipping(), script)
    }

    pub(crate) fn on(clock: ManualClock, script: impl IntoIterator<Item = Step>) -> Self {
        let server = Server::start(script);
        let builder = builder_of(&server).clock(clock.clone());
        // Many attempts at once, so that a question that were repeated by itself would show.
        let retry = RetryConfig::new().max_attempts(5);
        let client = builder.retry(retry).build().unwrap();
        Self {
            server,
            clock,
            client,
        }
    }

    /// What waits for the job, with nothing sent yet.
    pub(crate) fn waiter(&self) -> Waiter<ShowJob> {
        self.client.0.call().wait(ShowJob::new("j1"))
    }

    /// Starts the job: one request.
    pub(crate) async fn started(&self) -> Started<StartJob> {
        self.client.0.call().start(StartJob).await.unwrap()
    }

    /// How many requests the server has seen.
    pub(crate) fn count(&self) -> usize {
        self.server.requests().len()
    }

    /// The request lines without the version.
    pub(crate) fn lines(&self) -> Vec<String> {
        let requests = self.server.log().requests;
        let line = |line: &str| line.trim_end_matches(" HTTP/1.1").to_owned();
        requests
            .iter()
            .map(|request| line(request.line()))
            .collect()
    }
}

/// Whether each pause is that many milliseconds, give or take a tenth.
pub(crate) fn check_pauses(pauses: &[Duration], expected: &[u64]) {
    assert_eq!(pauses.len(), expected.len(), "{pauses:?}");
    for (pause, expected) in pauses.iter().zip(expected) {
        let expected = Duration::from_millis(*expected);
        let range = expected * 9 / 10..=expected * 11 / 10;
        assert!(range.contains(pause), "{pauses:?}");
    }
}
