//! The clock of an example: waiting moves the clock of the sandbox instead.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use cloudbackup::runtime::{BoxFuture, Clock};
use cloudbackup_sandbox::Sandbox;

/// Nobody likes to watch an example wait.
pub(crate) struct SandboxClock {
    sandbox: Arc<Sandbox>,
    /// How much was skipped.
    skipped: Arc<Mutex<Duration>>,
}

impl SandboxClock {
    pub(crate) fn new(sandbox: &Arc<Sandbox>) -> Self {
        Self {
            sandbox: Arc::clone(sandbox),
            skipped: Arc::default(),
        }
    }

    fn skipped(&self) -> Duration {
        *self.skipped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SandboxClock {
    fn now(&self) -> Instant {
        Instant::now() + self.skipped()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now() + self.skipped()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (sandbox, skipped) = (Arc::clone(&self.sandbox), Arc::clone(&self.skipped));
        Box::pin(async move {
            sandbox.advance(duration);
            *skipped.lock().unwrap_or_else(PoisonError::into_inner) += duration;
        })
    }

    /// A limit on work is no waiting.
    fn expire(&self, limit: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(limit))
    }
}
