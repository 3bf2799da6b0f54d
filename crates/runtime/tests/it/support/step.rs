//! What the scripted server can do with a connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

const BLOCK: usize = 64 * 1024;

/// What the server does after a request, or instead of reading one.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes and reads on.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    SendAndClose(Vec<u8>),
    /// Sends these bytes and then nothing, with the connection open until the client closes it.
    SendAndHold(Vec<u8>),
    /// Sends these bytes and then `1` again and again, slowly.
    SendAndDrip(Vec<u8>),
    /// Sends these bytes; what comes later on this connection is recorded and never answered.
    SendAndIgnore(Vec<u8>),
    /// Sends these bytes and resets the connection. On Linux the client can still read them.
    Reset(Vec<u8>),
    /// Sends far more than anybody wants, then reads on.
    Flood(Flood),
    /// On a new connection: resets it once the client has begun to send, reading nothing.
    ResetBeforeReading,
    /// On a new connection: ends it once the client has begun to send, reading no request.
    CloseBeforeReading,
    /// On a new connection: never answers, not even a TLS handshake.
    HoldBeforeReading,
}

impl Step {
    /// A reply with bytes behind its end that nobody asked for, in one piece.
    pub(crate) fn send_with_extra(mut reply: Vec<u8>, extra: &[u8]) -> Self {
        reply.extend_from_slice(extra);
        Self::Send(reply)
    }

    fn opens(&self) -> bool {
        matches!(
            self,
            Self::ResetBeforeReading | Self::CloseBeforeReading | Self::HoldBeforeReading
        )
    }
}

/// A large reply that never lies whole in memory.
#[derive(Clone, Debug)]
pub(crate) struct Flood {
    pub(crate) head: Vec<u8>,
    /// Sent `count` times, or until the client goes away.
    pub(crate) block: Vec<u8>,
    pub(crate) count: usize,
    /// Sent after the last block.
    pub(crate) tail: Vec<u8>,
}

impl Flood {
    /// A chunked 200 of that many MiB of blanks, complete and as JSON as blanks can be.
    pub(crate) fn chunked(mib: usize) -> Self {
        let mut block = format!("{BLOCK:x}\r\n").into_bytes();
        block.resize(block.len() + BLOCK, b' ');
        block.extend_from_slice(b"\r\n");
        Self {
            head: head(200, "transfer-encoding: chunked"),
            block,
            count: mib * 16,
            tail: b"0\r\n\r\n".to_vec(),
        }
    }

    /// A reply of that many MiB of blanks that gives its length.
    pub(crate) fn with_length(status: u16, mib: usize) -> Self {
        let count = mib * 16;
        Self {
            head: head(status, &format!("content-length: {}", count * BLOCK)),
            block: vec![b' '; BLOCK],
            count,
            tail: Vec::new(),
        }
    }
}

fn head(status: u16, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\n{headers}\r\n\r\n")
        .into_bytes()
}

/// Which steps a connection plays.
pub(crate) enum Plan {
    /// All connections take from the same steps.
    Together(Arc<Script>),
    /// Each has its own; the last ones are for all that come later.
    Each(Vec<Vec<Step>>),
}

impl Plan {
    pub(crate) fn together(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::Together(Arc::new(Script::new(steps)))
    }

    pub(crate) fn of(&self, connection: usize) -> Arc<Script> {
        match self {
            Self::Together(script) => Arc::clone(script),
            Self::Each(scripts) => {
                let steps = scripts.get(connection).or(scripts.last());
                Arc::new(Script::new(steps.cloned().unwrap_or_default()))
            }
        }
    }
}

/// Steps in their order, of which the last one repeats.
pub(crate) struct Script(Mutex<VecDeque<Step>>);

impl Script {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self(Mutex::new(steps.into_iter().collect()))
    }

    /// What to do with a new connection instead of reading from it.
    pub(crate) fn opening(&self) -> Option<Step> {
        let mut steps = self.0.lock().unwrap();
        let first = steps.front()?.opens();
        first.then(|| take(&mut steps, 0)).flatten()
    }

    /// What to do after a request. Steps for new connections stay where they are.
    pub(crate) fn next(&self) -> Option<Step> {
        let mut steps = self.0.lock().unwrap();
        let place = steps.iter().position(|step| !step.opens())?;
        take(&mut steps, place)
    }
}

fn take(steps: &mut VecDeque<Step>, place: usize) -> Option<Step> {
    if place + 1 < steps.len() {
        steps.remove(place)
    } else {
        steps.get(place).cloned()
    }
}
