//! A line for each request.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::clock;
use crate::http::{Answer, Ending};

/// Where requests are logged.
#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<dyn Write + Send>>);

/// A request that is being answered.
pub(crate) struct Entry {
    came: clock::Moment,
    since: Instant,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

impl Log {
    pub(crate) fn new(log: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(log)))
    }

    fn line(&self, line: &str) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece, since others may write to the same place.
        let written = log.write_all(line.as_bytes()).and_then(|()| log.flush());
        // What serves goes on when its log cannot be written.
        drop(written);
    }
}

impl Entry {
    /// A request has come.
    pub(crate) fn begin() -> Self {
        Self {
            came: clock::real(),
            since: Instant::now(),
        }
    }

    /// It is answered. Nothing that a caller has written gets into the line.
    pub(crate) fn end(self, log: &Log, service: &str, operation: Option<&str>, answer: &Answer) {
        let id = answer
            .headers
            .iter()
            .find(|(name, _)| *name == "x-request-id");
        let outcome = match answer.ending {
            Ending::Reset => "reset".to_owned(),
            Ending::Truncated => format!("{} truncated", answer.status),
            Ending::Whole => answer.status.to_string(),
        };
        log.line(&format!(
            "{}Z {service} {} {outcome} {:.1}ms {}\n",
            self.came.with_millis(),
            operation.unwrap_or("-"),
            self.since.elapsed().as_secs_f64() * 1000.0,
            id.map_or("-", |(_, id)| id.as_str()),
        ));
    }
}
