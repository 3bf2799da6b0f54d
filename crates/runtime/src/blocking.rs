//! Calls without an async runtime: the same exchange, driven by a private one.

use std::fmt;
use std::future::Future;
use std::sync::{OnceLock, mpsc};
use std::thread;

use cloudbackup_core::operation::OperationInfo;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Outcome};

/// The private runtime of a client, made at the first blocking call.
///
/// Its connections are not shared with async calls, since a connection makes progress only while
/// the runtime that opened it runs. For the same reason the private runtime has a thread of its
/// own: a connection that the server closes between two calls is noticed there, and not by the next
/// call writing into it.
#[derive(Default)]
pub(crate) struct Lane(OnceLock<Driver>);

struct Driver {
    runtime: Handle,
    /// The thread ends when this is dropped.
    _stop: oneshot::Sender<()>,
}

impl Lane {
    fn driver(&self) -> Result<&Driver, Error> {
        if let Some(driver) = self.0.get() {
            return Ok(driver);
        }
        let driver = Driver::start()?;
        // Of two threads that come here at once, one wins and the other's driver ends.
        Ok(self.0.get_or_init(|| driver))
    }
}

impl Driver {
    fn start() -> Result<Self, Error> {
        let failed = |error: std::io::Error| {
            Error::config("cannot start a runtime for blocking calls").with_source(error)
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("cloudbackup-blocking".into())
            .spawn(move || {
                // Ends with an error when the sender is dropped, which is all that is waited for.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_background();
            })
            .map_err(failed)?;
        Ok(Self {
            runtime: handle,
            _stop: stop,
        })
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}

/// Does the work of a call on the client's private runtime, and waits for it on this thread. What is
/// logged on the way belongs to the span and the subscriber of this thread.
pub(crate) fn run<T: Send + 'static>(
    client: &Client,
    info: &OperationInfo,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let located = |error: Error| error.with_operation(info);
    if Handle::try_current().is_ok() {
        let text = "a blocking call inside an async runtime would stop its thread: \
                    use what is awaited, such as `send`";
        return Err(located(Error::config(text)));
    }
    let driver = client.settings().lane.driver().map_err(located)?;
    let (answer, wait) = mpsc::sync_channel(1);
    let work = async move {
        let result = work.await;
        // The caller is waiting for it.
        let _ = answer.send(result);
    };
    driver
        .runtime
        .spawn(work.in_current_span().with_current_subscriber());
    wait.recv().unwrap_or_else(|_| {
        let text = "the call was given up";
        Err(located(Error::new(
            ErrorKind::Transport,
            Outcome::Unknown,
            text,
        )))
    })
}
