//! The seam between a call and HTTP: one request out, one reply back, nothing else.

mod body;
mod fault;
mod http1;
mod progress;
mod tls;

use std::sync::Arc;

use bytes::Bytes;

pub use self::body::ReplyBody;
pub use self::fault::{TransportError, TransportFault};
pub(crate) use self::http1::{HttpTransport, TransportSettings};
pub(crate) use self::progress::Progress;
pub(crate) use crate::clock::BoxFuture;

/// Sends one request and hands back the head of its reply; the body is read afterwards.
///
/// A transport neither retries nor follows redirects, and it sets no limits of its own beyond
/// making connections: all of that is done above it, for every transport alike. A transport that
/// wraps another one is the place to hook in, see
/// [`ClientBuilder::wrap_transport`](crate::ClientBuilder::wrap_transport).
///
/// The extensions of a request hold the operation as an [`OperationInfo`](crate::OperationInfo)
/// and, where it matters, [`FreshConnection`]. Its headers hold the credentials, marked sensitive.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use cloudbackup_runtime::bytes::Bytes;
/// use cloudbackup_runtime::{BoxFuture, ReplyBody, Transport, TransportError, http};
///
/// /// Counts what is really sent, resent requests included; for the bytes that come back see
/// /// `ReplyBody::poll_chunk`.
/// struct Counting {
///     inner: Arc<dyn Transport>,
///     sent: Arc<AtomicUsize>,
/// }
///
/// impl Transport for Counting {
///     fn send(
///         &self,
///         request: http::Request<Bytes>,
///     ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
///         self.sent.fetch_add(1, Ordering::Relaxed);
///         self.inner.send(request)
///     }
/// }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and waits for the head of its reply.
    ///
    /// Dropping the future must not leave a connection in use on which the reply may still come.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        (**self).send(request)
    }
}

/// In the extensions of a request that is sent again: it should not meet the connection, or one as
/// old, on which its forerunner failed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FreshConnection;

/// In the extensions of a request of a blocking call: its connections are driven by a runtime of
/// their own.
#[cfg(feature = "blocking")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockingLane;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::testing::{Answer, ReplayTransport};

    async fn status(transport: impl Transport) -> u16 {
        let reply = transport.send(http::Request::new(Bytes::new())).await;
        reply.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn shared_transport_is_a_transport() {
        let replay = Arc::new(ReplayTransport::new([201, 202].map(Answer::status)));
        assert_eq!(status(Arc::clone(&replay)).await, 201);
        let shared: Arc<dyn Transport> = replay.clone();
        assert_eq!(status(shared).await, 202);
        replay.assert_finished();
    }
}
