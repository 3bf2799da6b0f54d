//! Why a wait has ended without what was waited for.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::text::{SHOWN_CHARS, printable};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitProblem {
    /// The time for waiting is over; what was started goes on.
    Timeout,
    /// The service says that it has failed.
    Failed,
    /// The service does not know it (any more).
    Vanished,
    /// A question failed in a way that will not pass, or too many failed in a row;
    /// [`WaitError::error`] says how. What was started goes on.
    Call,
}

/// A wait that ended without what was waited for, with what was observed last.
///
/// `{}` prints on one line what is known and what to do. A secret of the client is neither in that
/// nor in `{:?}`, even where the service repeats it.
pub struct WaitError<T>(Box<Ended<T>>);

pub(super) struct Ended<T> {
    pub(super) problem: WaitProblem,
    /// Service and operation.
    pub(super) name: String,
    /// What was asked about.
    pub(super) subject: String,
    pub(super) handle: String,
    pub(super) last: Option<T>,
    pub(super) state: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) error: Option<Error>,
    pub(super) elapsed: Duration,
    pub(super) questions: u32,
    /// Questions that failed in a row at the end.
    pub(super) failures: u32,
}

impl<T> WaitError<T> {
    pub(super) fn new(ended: Ended<T>) -> Self {
        Self(Box::new(ended))
    }

    /// How it ended.
    #[must_use]
    pub fn problem(&self) -> WaitProblem {
        self.0.problem
    }

    /// What was observed last.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.0.last.as_ref()
    }

    /// The state that was observed last, as it is spelt on the wire.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// Why it has failed, in the service's words.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The error of the last question, if it failed. A refusal as not found counts as one.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.0.error.as_ref()
    }

    /// How long it was waited.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// The handle to wait on with, as text: what [`WaitHandle`](super::WaitHandle) prints and reads.
    #[must_use]
    pub fn handle_text(&self) -> &str {
        &self.0.handle
    }
}

impl<T> Ended<T> {
    fn write_problem(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = self.elapsed.as_secs();
        match self.problem {
            WaitProblem::Timeout => write!(f, "not over after {after} s"),
            WaitProblem::Failed => write!(f, "failed after {after} s"),
            WaitProblem::Vanished if self.state.is_some() || self.last.is_some() => {
                write!(f, "not known to the service any more after {after} s")
            }
            WaitProblem::Vanished => write!(f, "not known to the service after {after} s"),
            WaitProblem::Call => write!(f, "cannot be asked about any more after {after} s"),
        }
    }

    fn write_state(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.state, &self.last) {
            (Some(state), _) => write!(f, ", last state {}", printable(state, SHOWN_CHARS)),
            (None, Some(_)) => f.write_str(", without a state"),
            (None, None) => Ok(()),
        }
    }

    fn write_cause(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = &self.reason {
            write!(f, ": {}", printable(reason, SHOWN_CHARS))?;
        }
        match (&self.error, self.failures) {
            (Some(error), 0 | 1) => write!(f, "; the last question: {error}"),
            (Some(error), count) => write!(f, "; the last of {count} failed questions: {error}"),
            (None, _) => Ok(()),
        }
    }

    fn advice(&self) -> Option<&'static str> {
        match self.problem {
            WaitProblem::Timeout | WaitProblem::Call if self.questions > 0 => {
                Some("it may still be running: wait on with its handle")
            }
            WaitProblem::Vanished => Some("see whether it exists before starting it again"),
            _ => None,
        }
    }
}

impl<T> fmt::Display for WaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = &*self.0;
        f.write_str(&ended.name)?;
        if !ended.subject.is_empty() {
            write!(f, " ({})", ended.subject)?;
        }
        f.write_str(": ")?;
        ended.write_problem(f)?;
        ended.write_state(f)?;
        ended.write_cause(f)?;
        match ended.advice() {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

/// Without what was observed, which is as the service said it.
impl<T> fmt::Debug for WaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = &*self.0;
        f.debug_struct("WaitError")
            .field("problem", &ended.problem)
            .field("operation", &ended.name)
            .field("subject", &ended.subject)
            .field("state", &ended.state)
            .field("reason", &ended.reason)
            .field("error", &ended.error)
            .field("elapsed", &ended.elapsed)
            .field("questions", &ended.questions)
            .finish_non_exhaustive()
    }
}

impl<T> StdError for WaitError<T> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.error.as_ref().map(|error| error as _)
    }
}
