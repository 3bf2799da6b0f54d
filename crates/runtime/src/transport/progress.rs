//! How far a request has come when time runs out: before it began to be written, nobody can have
//! acted on it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const UNTRACKED: u8 = 0;
const WAITING: u8 = 1;
const STARTED: u8 = 2;

/// In the extensions of a request; a transport that tracks nothing leaves it alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(Arc<AtomicU8>);

impl Progress {
    /// Whether it is certain that no byte of the request has gone out.
    pub(crate) fn is_before_the_request(&self) -> bool {
        self.0.load(Ordering::Acquire) == WAITING
    }

    /// The body, reporting when the HTTP library asks for it: it does so with a connection at hand
    /// and the head not flushed yet.
    pub(super) fn track(&self, body: Bytes) -> TrackedBody {
        debug_assert_eq!(self.0.load(Ordering::Relaxed), UNTRACKED);
        self.0.store(WAITING, Ordering::Release);
        TrackedBody {
            rest: Some(body),
            progress: self.clone(),
        }
    }
}

/// A whole body that says when it is taken.
pub(super) struct TrackedBody {
    rest: Option<Bytes>,
    progress: Progress,
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.progress.0.store(STARTED, Ordering::Release);
        Poll::Ready(self.rest.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |rest| rest.len() as u64))
    }
}
