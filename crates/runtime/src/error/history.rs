//! What became of each attempt of a call.

use std::time::Duration;

use http::StatusCode;

use super::{Error, ErrorKind, Outcome};

/// One attempt of a call that failed; see [`Error::attempts`].
#[derive(Clone, Debug)]
pub struct AttemptRecord {
    delay: Duration,
    kind: ErrorKind,
    outcome: Outcome,
    status: Option<StatusCode>,
    request_id: Option<String>,
}

impl AttemptRecord {
    pub(crate) fn new(delay: Duration, error: &Error) -> Self {
        Self {
            delay,
            kind: error.kind(),
            outcome: error.outcome(),
            status: error.status(),
            request_id: error.request_id().map(str::to_owned),
        }
    }

    /// The wait before this attempt; zero for the first one.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether this attempt, taken alone, may have taken effect.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The status of the reply, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// What to give the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}
