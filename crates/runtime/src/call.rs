//! One call: the client and the options that hold for this call only.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use cloudbackup_core::operation::Operation;

use crate::client::Client;
use crate::error::Error;
use crate::prepare::PreparedRequest;
use crate::response::Response;
use crate::retry::RetryConfig;

/// A call that is being set up; the generated builders hold one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Call {
    pub(crate) client: Client,
    pub(crate) timeout: Option<Duration>,
    pub(crate) project_id: Option<String>,
    pub(crate) validation: bool,
    pub(crate) retry: Option<RetryConfig>,
    #[cfg(feature = "blocking")]
    pub(crate) is_blocking: bool,
}

impl Call {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            timeout: None,
            project_id: None,
            validation: true,
            retry: None,
            #[cfg(feature = "blocking")]
            is_blocking: false,
        }
    }

    /// The time for this call, with all its attempts and until the last byte of its reply, instead
    /// of the client's.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The project that this call acts on, instead of the client's.
    pub fn with_project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// How this call is repeated after a failure, instead of the client's way.
    pub fn with_retry(mut self, retry: RetryConfig) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Whether the documented limits are checked before the request is sent (the default). The
    /// request is the same either way; values that would change its path are always refused.
    pub fn with_validation(mut self, on: bool) -> Self {
        self.validation = on;
        self
    }

    /// Sends the request and decodes the reply.
    pub fn send<O: Operation>(self, input: O) -> Sending<O::Output> {
        match self.prepare(input) {
            Ok(request) => request.send(),
            Err(error) => Sending::new(std::future::ready(Err(error))),
        }
    }

    /// Like [`send`](Self::send), and keeps status, headers and request id of the reply.
    pub fn send_with_response<O: Operation>(self, input: O) -> SendingWithResponse<O::Output> {
        match self.prepare(input) {
            Ok(request) => request.send_with_response(),
            Err(error) => Sending::new(std::future::ready(Err(error))),
        }
    }

    /// Sends the request and waits for the reply on this thread, without an async runtime.
    ///
    /// # Errors
    /// As the other ways of sending, and [`ErrorKind::Config`](crate::ErrorKind::Config) on a
    /// thread that belongs to an async runtime, which it would block. That includes the threads of
    /// `spawn_blocking`, where `Handle::current().block_on(call.send(input))` does the same.
    #[cfg(feature = "blocking")]
    pub fn send_blocking<O: Operation>(self, input: O) -> Result<O::Output, Error> {
        self.prepare(input)?.send_blocking()
    }

    /// Like `send_blocking`, and keeps status, headers and request id of the reply.
    ///
    /// # Errors
    /// As for `send_blocking`.
    #[cfg(feature = "blocking")]
    pub fn send_blocking_with_response<O: Operation>(
        self,
        input: O,
    ) -> Result<Response<O::Output>, Error> {
        self.prepare(input)?.send_blocking_with_response()
    }

    /// Validates and encodes the request without sending it.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`](crate::ErrorKind::Validation) with everything that is wrong with
    /// the request.
    pub fn prepare<O: Operation>(self, input: O) -> Result<PreparedRequest<O>, Error> {
        PreparedRequest::new(self, &input)
    }

    /// The time that this call has.
    pub(crate) fn limit(&self) -> Duration {
        self.timeout.unwrap_or(self.client.settings().timeout)
    }
}

/// A request on its way; await it for the result. Nothing is sent before the first poll.
///
/// Dropped on the way, its connection is closed and nothing more is sent; the operation may have
/// been applied by then. That is also what a time limit around it comes to, unlike
/// [`Call::with_timeout`], whose error says what is known.
#[must_use = "nothing is sent before this is awaited"]
pub struct Sending<T> {
    future: Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>,
}

/// A request on its way that keeps the head of its reply.
pub type SendingWithResponse<T> = Sending<Response<T>>;

impl<T> Sending<T> {
    pub(crate) fn new(future: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self {
            future: Box::pin(future),
        }
    }
}

impl<T> Future for Sending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.future.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}
