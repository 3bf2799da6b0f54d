//! The body of a reply, read piece by piece.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::fault::TransportError;

/// What comes next: a piece, a failure, or the end.
type Piece = Option<Result<Bytes, TransportError>>;

type PollPiece = dyn FnMut(&mut Context<'_>) -> Poll<Piece> + Send;

/// The body of a reply while it arrives. Dropped before its end, its connection is closed.
pub struct ReplyBody {
    next: Box<PollPiece>,
    length: Option<u64>,
}

impl ReplyBody {
    /// A body that is there as a whole.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let length = bytes.len() as u64;
        let mut rest = Some(bytes).filter(|bytes| !bytes.is_empty());
        Self {
            next: Box::new(move |_| Poll::Ready(rest.take().map(Ok))),
            length: Some(length),
        }
    }

    /// A body that is polled for one piece after the other, until `None`.
    #[must_use]
    pub fn from_poll(
        next: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>>
        + Send
        + 'static,
    ) -> Self {
        Self {
            next: Box::new(next),
            length: None,
        }
    }

    /// The same with the length that the head announced, in bytes.
    #[must_use]
    pub fn with_length(mut self, length: Option<u64>) -> Self {
        self.length = length;
        self
    }

    /// The announced length in bytes, if there is one.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// What keeps the rest from being read; the body is over then.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        poll_fn(|context| self.poll_chunk(context))
            .await
            .transpose()
    }

    /// [`chunk`](Self::chunk) for a body that wraps another one. Not to be called again after
    /// `None` or a failure.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use std::task::Poll;
    ///
    /// use cloudbackup_runtime::ReplyBody;
    ///
    /// /// Counts the bytes of a body as they are read, for a transport that wraps another one:
    /// /// `Ok(self.inner.send(request).await?.map(|body| counted(body, read)))`.
    /// fn counted(mut body: ReplyBody, read: Arc<AtomicUsize>) -> ReplyBody {
    ///     let length = body.length();
    ///     let counted = ReplyBody::from_poll(move |context| {
    ///         let next = body.poll_chunk(context);
    ///         if let Poll::Ready(Some(Ok(chunk))) = &next {
    ///             read.fetch_add(chunk.len(), Ordering::Relaxed);
    ///         }
    ///         next
    ///     });
    ///     counted.with_length(length)
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let read = Arc::default();
    /// let mut body = counted(ReplyBody::from_bytes("four"), Arc::clone(&read));
    /// assert_eq!(body.length(), Some(4));
    /// while body.chunk().await?.is_some() {}
    /// assert_eq!(read.load(Ordering::Relaxed), 4);
    /// # Ok::<(), cloudbackup_runtime::TransportError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, TransportError>>> {
        (self.next)(context)
    }
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyBody")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::task::Waker;

    use super::super::fault::TransportFault;
    use super::*;

    #[tokio::test]
    async fn wrapped_body_yields_pieces_failure_and_pauses_as_they_are() {
        let mut script = vec![
            Poll::Ready(Some(Err(TransportError::new(TransportFault::Truncated)))),
            Poll::Ready(Some(Ok(Bytes::from_static(b"b")))),
            Poll::Pending,
            Poll::Ready(Some(Ok(Bytes::from_static(b"a")))),
        ];
        let mut inner = ReplyBody::from_poll(move |_| script.pop().unwrap());
        let mut body = ReplyBody::from_poll(move |context| inner.poll_chunk(context));
        assert_eq!(body.chunk().await.unwrap().unwrap(), "a");
        let context = &mut Context::from_waker(Waker::noop());
        assert!(body.poll_chunk(context).is_pending());
        assert_eq!(body.chunk().await.unwrap().unwrap(), "b");
        let error = body.chunk().await.unwrap_err();
        assert_eq!(error.fault(), TransportFault::Truncated);
    }

    #[tokio::test]
    async fn whole_body_is_one_piece_and_an_end() {
        let context = &mut Context::from_waker(Waker::noop());
        let mut body = ReplyBody::from_bytes("ab");
        let piece = body.poll_chunk(context);
        assert!(matches!(piece, Poll::Ready(Some(Ok(piece))) if piece == "ab"));
        assert!(matches!(body.poll_chunk(context), Poll::Ready(None)));
        assert!(body.chunk().await.unwrap().is_none());
    }
}
