//! HTTP/1.1 by reqwest: pools of connections, and what the library's failures mean.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body as _;
use reqwest::redirect::Policy;

use super::body::ReplyBody;
use super::fault::{TransportError, TransportFault};
use super::progress::Progress;
use super::tls::Tls;
use super::{BoxFuture, FreshConnection, Transport};
use crate::endpoint::Endpoint;
use crate::error::Error;

/// Idle connections are closed before most gateways do it: a connection that dies while a request
/// is being written leaves the fate of the request unknown.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// What a pool is made with.
#[derive(Clone)]
pub(crate) struct TransportSettings {
    pub(crate) is_https: bool,
    pub(crate) connect_timeout: Duration,
    pub(crate) tls: Tls,
}

impl TransportSettings {
    pub(crate) fn new(
        endpoint: &Endpoint,
        connect_timeout: Duration,
        root_certificates: &[Vec<u8>],
    ) -> Result<Self, Error> {
        Ok(Self {
            is_https: endpoint.is_https(),
            connect_timeout,
            tls: Tls::new(endpoint.is_https(), root_certificates)?,
        })
    }

    /// Every setting that matters is made here: the library's own defaults follow redirects with
    /// the token, wait for ever, accept plain http, and resend on their own under HTTP/2, which
    /// another crate of the program may have switched on.
    fn pool(&self, keep_connections: bool) -> Result<reqwest::Client, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .http1_only()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(self.is_https)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(if keep_connections { usize::MAX } else { 0 });
        // A proxy from the environment would read the token of a plain request. Through https it
        // only passes bytes on.
        let builder = if self.is_https {
            builder
        } else {
            builder.no_proxy()
        };
        self.tls.apply(builder).build()
    }
}

/// The connections of a client.
pub(crate) struct HttpTransport {
    settings: TransportSettings,
    pooled: reqwest::Client,
    /// Keeps no connection: requests that are sent again must not meet a dead one again.
    fresh: OnceLock<reqwest::Client>,
    /// A connection is driven by the runtime that opened it, so blocking calls have their own.
    #[cfg(feature = "blocking")]
    blocking: OnceLock<reqwest::Client>,
}

impl HttpTransport {
    pub(crate) fn new(settings: TransportSettings) -> Result<Self, Error> {
        let pooled = settings.pool(true).map_err(|error| {
            Error::config("cannot set up the HTTP client").with_source(error.without_url())
        })?;
        Ok(Self {
            settings,
            pooled,
            fresh: OnceLock::new(),
            #[cfg(feature = "blocking")]
            blocking: OnceLock::new(),
        })
    }

    fn pool_for(&self, request: &http::Request<Bytes>) -> Result<&reqwest::Client, TransportError> {
        if request.extensions().get::<FreshConnection>().is_some() {
            return self.made_once(&self.fresh, false);
        }
        #[cfg(feature = "blocking")]
        if request.extensions().get::<super::BlockingLane>().is_some() {
            return self.made_once(&self.blocking, true);
        }
        Ok(&self.pooled)
    }

    fn made_once<'a>(
        &self,
        cell: &'a OnceLock<reqwest::Client>,
        keep_connections: bool,
    ) -> Result<&'a reqwest::Client, TransportError> {
        if let Some(pool) = cell.get() {
            return Ok(pool);
        }
        let pool = self.settings.pool(keep_connections).map_err(failure)?;
        // Of two tasks that come here at once, one wins.
        Ok(cell.get_or_init(|| pool))
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<ReplyBody>, TransportError> {
        // The library panics without one.
        if tokio::runtime::Handle::try_current().is_err() {
            let text = "no tokio runtime here: await the call inside one";
            return Err(TransportError::new(TransportFault::Unsendable).with_source(text));
        }
        let pool = self.pool_for(&request)?;
        let request = reqwest::Request::try_from(tracked(request)).map_err(failure)?;
        let response: http::Response<reqwest::Body> =
            pool.execute(request).await.map_err(failure)?.into();
        Ok(response.map(reply_body))
    }
}

impl Transport for HttpTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// The request with a body that reports when it is sent. An empty body is never asked for.
fn tracked(request: http::Request<Bytes>) -> http::Request<reqwest::Body> {
    let progress = request.extensions().get::<Progress>().cloned();
    request.map(|body| match progress {
        Some(progress) if !body.is_empty() => reqwest::Body::wrap(progress.track(body)),
        _ => body.into(),
    })
}

fn reply_body(mut body: reqwest::Body) -> ReplyBody {
    let length = body.size_hint().exact();
    ReplyBody::from_poll(move |context| poll_data(&mut body, context)).with_length(length)
}

/// The next piece of data; trailers are passed over.
fn poll_data(
    body: &mut reqwest::Body,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, TransportError>>> {
    loop {
        match std::task::ready!(Pin::new(&mut *body).poll_frame(context)) {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
            Some(Err(error)) => return Poll::Ready(Some(Err(body_failure(error)))),
            None => return Poll::Ready(None),
        }
    }
}

/// What it means that the library gave no reply.
fn failure(error: reqwest::Error) -> TransportError {
    let fault = fault_of(&error);
    // The URL is left out: its query may hold what does not belong into logs.
    TransportError::new(fault).with_source(error.without_url())
}

fn fault_of(error: &reqwest::Error) -> TransportFault {
    if error.is_builder() {
        TransportFault::Unsendable
    } else if !error.is_connect() {
        // Anything but a failure to connect comes after the request may have gone out.
        if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
            TransportFault::Protocol
        } else {
            TransportFault::Broken
        }
    } else if error.is_timeout() {
        TransportFault::ConnectTimeout
    } else if error.is_dns() {
        TransportFault::Dns
    } else if let Some(fault) = proxy_fault(error) {
        fault
    } else if is_tls(error) {
        TransportFault::Tls
    } else {
        TransportFault::Tcp
    }
}

/// The library keeps the type of these failures to itself, so that their text must do; the tests
/// with a proxy notice when it changes.
fn proxy_fault(error: &reqwest::Error) -> Option<TransportFault> {
    let text = causes(error)
        .map(ToString::to_string)
        .find(|text| text.starts_with("tunnel error: "))?;
    Some(if text.ends_with("proxy authorization required") {
        TransportFault::ProxyAuth
    } else {
        TransportFault::Proxy
    })
}

/// A failed handshake holds an error of the TLS library. A peer that just goes away in the middle
/// of one is an I/O error instead: it is as likely to be back soon as one that resets a connection.
fn is_tls(error: &reqwest::Error) -> bool {
    #[cfg(feature = "rustls")]
    if find::<rustls::Error>(error).is_some() {
        return true;
    }
    cfg!(feature = "native-tls") && find::<std::io::Error>(error).is_none()
}

/// The library calls every failure to read a body a decoding error. One of the connection holds an
/// error of the protocol library; one of the packing holds an I/O error directly.
fn body_failure(error: reqwest::Error) -> TransportError {
    let is_packing = find::<hyper::Error>(&error).is_none()
        && find::<std::io::Error>(&error)
            .is_some_and(|io| io.kind() != std::io::ErrorKind::UnexpectedEof);
    let fault = if is_packing {
        TransportFault::Encoding
    } else {
        TransportFault::Truncated
    };
    TransportError::new(fault).with_source(error.without_url())
}

fn find<E: StdError + 'static>(error: &reqwest::Error) -> Option<&E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

/// The causes of a failure from the outside in. An I/O error hides what was put into it, one level
/// deeper than its own source.
fn causes<'a>(
    error: &'a reqwest::Error,
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> + use<'a> {
    std::iter::successors(error.source(), |&cause: &&'a (dyn StdError + 'static)| {
        let hidden = cause
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        match hidden {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => cause.source(),
        }
    })
}
