//! One call: the client and the options that hold for this call only.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use cloudbackup_core::finding::Findable;
use cloudbackup_core::operation::Operation;
use cloudbackup_core::paging::Paged;
use cloudbackup_core::waiting::{Starts, Watches};

use crate::client::Client;
use crate::error::Error;
use crate::finding::{self, Made};
use crate::paging::{Items, Pages};
use crate::prepare::PreparedRequest;
use crate::response::Response;
use crate::retry::RetryConfig;
use crate::waiting::{self, Started, Waiter};

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

    /// Sends a request that starts something, and keeps with its reply what it takes to wait for
    /// that; nothing is asked before [`Started::wait`] is awaited.
    ///
    /// A reply without what the questions need, such as the id of a job, is an error of the kind
    /// [`ErrorKind::Response`](crate::ErrorKind::Response) whose outcome is
    /// [`Outcome::Applied`](crate::Outcome::Applied).
    pub fn start<O: Starts>(self, input: O) -> Sending<Started<O>> {
        waiting::start(self, input)
    }

    /// Like [`start`](Self::start), and waits for the reply on this thread, without an async
    /// runtime.
    ///
    /// # Errors
    /// As for `send_blocking`, and for a reply without what the questions need.
    #[cfg(feature = "blocking")]
    pub fn start_blocking<O: Starts>(self, input: O) -> Result<Started<O>, Error> {
        waiting::start_blocking(self, input)
    }

    /// Sends a request that tells how far something has got again and again, until it is over;
    /// nothing is sent before that is awaited.
    pub fn wait<O: Watches>(self, input: O) -> Waiter<O> {
        waiting::watch(self, input)
    }

    /// Walks over the pages of a list; see [`paging`](crate::paging).
    pub fn pages<O: Paged>(self, input: O) -> Pages<O> {
        Pages::new(self, input)
    }

    /// Walks over the entries of a list, page by page; see [`paging`](crate::paging).
    pub fn items<O: Paged>(self, input: O) -> Items<O> {
        self.pages(input).items()
    }

    /// Sends a request that makes something. If its reply is lost, what it has made is looked for in
    /// a list, several times in up to two minutes, and nothing is sent a second time.
    ///
    /// Lost is a reply whose error has the outcome [`Unknown`](crate::Outcome::Unknown) or
    /// [`Applied`](crate::Outcome::Applied). Found is the only entry that is like what was asked for
    /// and was not made before that; with none or several of them the error is that of the call, and
    /// says what came of looking. See [`finding`](crate::finding).
    pub fn send_or_find<O: Findable>(
        self,
        input: O,
    ) -> Sending<Made<O::Output, <O::List as Paged>::Item>> {
        finding::send_or_find(self, input)
    }

    /// Like [`send_or_find`](Self::send_or_find), and waits on this thread, without an async
    /// runtime.
    ///
    /// # Errors
    /// As for `send_blocking`; the error of a reply that was lost stands if nothing is found.
    #[cfg(feature = "blocking")]
    pub fn send_or_find_blocking<O: Findable>(
        self,
        input: O,
    ) -> Result<Made<O::Output, <O::List as Paged>::Item>, Error> {
        finding::send_or_find_blocking(self, input)
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
