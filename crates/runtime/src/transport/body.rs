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
        poll_fn(|context| (self.next)(context)).await.transpose()
    }
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyBody")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
