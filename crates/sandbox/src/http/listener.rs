//! Accepts connections and serves them within limits.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderValue, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connection::{Connection, Cut};
use super::{Answer, Ending, Request};

/// The largest body of a request.
const MOST_BODY: usize = 1024 * 1024;
/// All header lines of a request together.
const MOST_HEAD: usize = 32 * 1024;
const MOST_HEADERS: usize = 100;
/// Until the head of a request has come; an idle connection ends after it too.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Until the body has come.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// Until a connection has ended, however lively it is. Clients make another one.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(600);
/// Connections at a time; one more is closed at once.
const MOST_CONNECTIONS: usize = 512;

/// What answers requests.
pub(crate) trait Handle: Send + Sync + 'static {
    /// Answers a request.
    fn handle(&self, request: Request) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>>;

    /// Takes note of a request that could not be read, and how it was answered.
    fn unread(&self, answer: &Answer);
}

/// A listener that serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens at this address; port 0 takes a free one.
    pub(crate) async fn start(address: SocketAddr, handle: Arc<dyn Handle>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self {
            address: listener.local_addr()?,
            task: tokio::spawn(accept(listener, handle)),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, handle: Arc<dyn Handle>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // Ends with the listener: dropping the set ends all of them.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            // Out of file descriptors, mostly: others must end first.
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        let handle = Arc::clone(&handle);
        connections.spawn(async move {
            // What goes wrong with a connection is the other side's affair.
            let _ = timeout(CONNECTION_TIMEOUT, serve(stream, handle)).await;
            drop(place);
        });
    }
}

async fn serve(stream: TcpStream, handle: Arc<dyn Handle>) {
    let cut = Cut::default();
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Connection::new(stream, cut.clone()));
    let service = service_fn(move |request| {
        let (handle, cut) = (Arc::clone(&handle), cut.clone());
        async move {
            let answer = match received(request).await {
                Ok(request) => handle.handle(request).await,
                Err(answer) => {
                    handle.unread(&answer);
                    answer
                }
            };
            if answer.ending == Ending::Reset {
                cut.reset();
                return Err(Lost);
            }
            Ok(response(answer))
        }
    });
    // Dates are the sandbox's own: its clock may be skewed on request.
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MOST_HEADERS)
        .max_buf_size(MOST_HEAD)
        .auto_date_header(false)
        .serve_connection(io, service)
        .await;
    drop(served);
}

/// The connection is given up on purpose.
#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is given up")
    }
}

impl Error for Lost {}

/// Reads all of a request, or says why not.
async fn received(request: http::Request<Incoming>) -> Result<Request, Answer> {
    let (head, body) = request.into_parts();
    let hosts = head.headers.get_all(HOST).iter().count();
    if head.version == Version::HTTP_11 && hosts != 1 {
        return Err(unread(400, "a request names one host"));
    }
    let body = match timeout(BODY_TIMEOUT, collected(body)).await {
        Ok(body) => body?,
        Err(_) => return Err(unread(408, "the body took more than 15 seconds")),
    };
    Ok(Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    })
}

/// All of a body. Its pieces are copied: kept as they came, tiny ones would take many times the
/// memory that they are worth.
async fn collected(mut body: Incoming) -> Result<Bytes, Answer> {
    let too_large = || unread(413, "the body is larger than 1 MiB");
    // Where the length is announced, nothing of the body need be sent.
    if body.size_hint().lower() > MOST_BODY as u64 {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| unread(400, "the body cannot be read"))?;
        let Some(piece) = frame.data_ref() else {
            continue;
        };
        if piece.len() > MOST_BODY - bytes.len() {
            return Err(too_large());
        }
        bytes.extend_from_slice(piece);
    }
    Ok(bytes.freeze())
}

/// An answer to what was not read to its end, after which the connection is of no use.
fn unread(status: u16, why: &str) -> Answer {
    let body = json!({"error_code": "Sandbox.0001", "error_msg": why});
    Answer::json(status, body).header("connection", "close")
}

/// The answer in the words of the HTTP library.
fn response(answer: Answer) -> http::Response<Body> {
    let bytes = match &answer.body {
        Some(body) => Bytes::from(body.to_string()),
        None => Bytes::new(),
    };
    let body = match answer.ending {
        Ending::Truncated => Body::truncated(&bytes),
        Ending::Whole | Ending::Reset => Body::whole(bytes.clone()),
    };
    let mut response = http::Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    let headers = response.headers_mut();
    if answer.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if answer.body.is_some() || answer.status != 204 {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(name, value);
        }
    }
    response
}

/// The body of an answer: bytes, and perhaps a failure after them.
#[derive(Debug)]
struct Body {
    bytes: Option<Bytes>,
    fails: bool,
    /// A body that fails waits once before it does so: what was written until then is sent while
    /// the body waits, and would be thrown away with it otherwise.
    waits: bool,
}

impl Body {
    fn whole(bytes: Bytes) -> Self {
        let bytes = (!bytes.is_empty()).then_some(bytes);
        Self {
            bytes,
            fails: false,
            waits: false,
        }
    }

    /// The first half.
    fn truncated(bytes: &Bytes) -> Self {
        Self {
            bytes: Some(bytes.slice(..bytes.len() / 2)),
            fails: true,
            waits: true,
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Lost;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Lost>>> {
        let frame = match (self.bytes.take(), self.fails) {
            (Some(bytes), _) => Some(Ok(Frame::data(bytes))),
            (None, true) if std::mem::take(&mut self.waits) => {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            (None, true) => Some(Err(Lost)),
            (None, false) => None,
        };
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && !self.fails
    }
}
