//! Credentials of a cloud server, from the metadata service that it reaches.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cloudbackup_core::{Secret, Timestamp, de};
use http::header::{DATE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::keys::AccessKeys;
use super::source::{Credential, CredentialSource, Issued, SourceError, Wish};
use crate::builder::header_problem;
use crate::clock::{BoxFuture, Clock, Deadline, Elapsed, SystemClock, Timer};
use crate::endpoint::Endpoint;
use crate::head;
use crate::transport::{
    FreshConnection, HttpTransport, ReplyBody, Transport, TransportError, TransportFault,
    TransportSettings,
};

/// The one address of the service, the same on every server and on no other network.
const ADDRESS: &str = "http://169.254.169.254";
const TOKEN_PATH: &str = "/meta-data/latest/api/token";
const KEY_PATH: &str = "/openstack/latest/securitykey";
const TOKEN_HEADER: &str = "x-metadata-token";
const TTL_HEADER: &str = "x-metadata-token-ttl-seconds";
/// How long a metadata token shall be good for, in seconds.
const TTL: HeaderValue = HeaderValue::from_static("21600");
/// What the service says in a 401 that is not about the metadata token.
const NO_AGENCY: &str = "Please configure Cloud Service Agency first";

/// The time for one request, until the last byte of its reply.
const REQUEST_TIME: Duration = Duration::from_secs(3);
/// The time for a connection: the service is next door, and elsewhere nobody answers.
const CONNECT_TIME: Duration = Duration::from_secs(1);
/// The largest reply that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// How long a key is taken to last whose end the service does not say.
const UNKNOWN_LIFE: Duration = Duration::from_secs(3600);

/// Takes a temporary access key from the metadata service of the cloud server that this program
/// runs on. The server must have been given an agency.
///
/// The service is asked at `http://169.254.169.254` and nowhere else: in plain http, which does not
/// leave the host, past any proxy, and without following a redirect. First
/// `PUT /meta-data/latest/api/token` for a metadata token (a service that knows none says 404, 405
/// or 503, and is asked without), then `GET /openstack/latest/securitykey`; after a 401 both once
/// more. A connection has 1 s, each request 3 s, all together no more than the limit of the
/// [`Wish`]. A reply may have 64 KiB. Nothing is kept between two times of asking.
///
/// The key lasts as long as the service says, counted from the service's own clock where its reply
/// has a `Date`, else from ours; if it does not say, an hour.
///
/// # Errors
/// [`Missing`](super::SourceErrorKind::Missing) where nothing answers, as on a machine outside of
/// the cloud, and where the server has no agency.
/// [`Unavailable`](super::SourceErrorKind::Unavailable) where the service has answered before and
/// no longer does, has broken off, or says 429 or 5xx.
/// [`Refused`](super::SourceErrorKind::Refused) where it says 401 twice.
/// [`Invalid`](super::SourceErrorKind::Invalid) for any other answer, none of which is shown:
/// other statuses, redirects, more than 64 KiB, no JSON, or a key without one of its three parts.
pub struct MetadataSource {
    address: String,
    clock: Arc<dyn Clock>,
    transport: OnceLock<HttpTransport>,
    /// Whether a service is known to be there.
    has_answered: AtomicBool,
}

impl MetadataSource {
    /// Asks the metadata service when it is asked itself; until then nothing is sent.
    #[must_use]
    pub fn new() -> Self {
        Self::at(ADDRESS.to_owned())
    }

    /// A stand-in for the service on this machine, for tests: `http://127.0.0.1` with this port.
    #[cfg(feature = "test-util")]
    #[must_use]
    pub fn on_loopback(port: u16) -> Self {
        Self::at(format!("http://127.0.0.1:{port}"))
    }

    fn at(address: String) -> Self {
        Self {
            address,
            clock: Arc::new(SystemClock),
            transport: OnceLock::new(),
            has_answered: AtomicBool::new(false),
        }
    }

    /// Takes time from here, for tests. The time for a connection is not among it.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    async fn ask(&self, wish: &Wish<'_>) -> Result<Issued, SourceError> {
        let end = Deadline::after(&*self.clock, wish.limit);
        let token = self.token(end).await?;
        let mut answer = self.key(token, end).await?;
        if answer.status == StatusCode::UNAUTHORIZED && !answer.says(NO_AGENCY) {
            let token = self.token(end).await?;
            answer = self.key(token, end).await?;
        }
        match answer.status {
            StatusCode::OK => self.issued(&answer),
            StatusCode::NOT_FOUND => Err(self.no_agency()),
            StatusCode::UNAUTHORIZED if answer.says(NO_AGENCY) => Err(self.no_agency()),
            StatusCode::UNAUTHORIZED => Err(SourceError::refused(format!(
                "the metadata service at {} answers 401, with a new metadata token too",
                self.address
            ))),
            _ => Err(self.unexpected(&answer, "the access key")),
        }
    }

    /// A metadata token; `None` where the service has no such thing.
    async fn token(&self, end: Deadline) -> Result<Option<HeaderValue>, SourceError> {
        let mut request = self.request(Method::PUT, TOKEN_PATH);
        request.headers_mut().insert(TTL_HEADER, TTL);
        let answer = self.exchange(request, end).await?;
        match answer.status {
            StatusCode::OK => match token_value(&answer.body) {
                Some(token) => Ok(Some(token)),
                None => Err(self.invalid("sends no usable metadata token")),
            },
            StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::SERVICE_UNAVAILABLE => Ok(None),
            _ => Err(self.unexpected(&answer, "a metadata token")),
        }
    }

    async fn key(&self, token: Option<HeaderValue>, end: Deadline) -> Result<Answer, SourceError> {
        let mut request = self.request(Method::GET, KEY_PATH);
        if let Some(token) = token {
            request.headers_mut().insert(TOKEN_HEADER, token);
        }
        self.exchange(request, end).await
    }

    fn request(&self, method: Method, path: &str) -> http::Request<Bytes> {
        let mut request = http::Request::new(Bytes::new());
        *request.method_mut() = method;
        // The address is known to be one; were it not, the request would be refused as it stands.
        *request.uri_mut() = format!("{}{path}", self.address)
            .parse()
            .unwrap_or_default();
        // A few requests a day gain nothing from a connection that is kept, and one that is kept
        // belongs to the tokio runtime that opened it.
        request.extensions_mut().insert(FreshConnection);
        request
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
        end: Deadline,
    ) -> Result<Answer, SourceError> {
        let limit = REQUEST_TIME.min(end.remaining(&*self.clock));
        let mut timer = Timer::start(&*self.clock, limit);
        let reply = match timer.limit(self.transport()?.send(request)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => return Err(self.no_reply(&error)),
            Err(Elapsed) => return Err(self.silent(&format!("no reply within {limit:?}"))),
        };
        self.has_answered.store(true, Ordering::Relaxed);
        let (head, body) = reply.into_parts();
        Ok(Answer {
            status: head.status,
            body: self.read(body, timer, limit).await?,
            headers: head.headers,
        })
    }

    async fn read(
        &self,
        mut body: ReplyBody,
        mut timer: Timer,
        limit: Duration,
    ) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let too_large = || self.invalid("sends more than 64 KiB");
        if body
            .length()
            .is_some_and(|length| length > MOST_BYTES as u64)
        {
            return Err(too_large());
        }
        // Of the full size from the start: a buffer that grew would leave what it held in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
        loop {
            let chunk = match timer.is_over(&*self.clock) {
                false => timer.limit(body.chunk()).await,
                true => Err(Elapsed),
            };
            match chunk {
                Ok(Ok(Some(chunk))) if bytes.len() + chunk.len() > MOST_BYTES => {
                    return Err(too_large());
                }
                Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
                Ok(Ok(None)) => return Ok(bytes),
                Ok(Err(_)) => return Err(self.silent("the reply was cut off")),
                Err(Elapsed) => {
                    return Err(self.silent(&format!("the reply did not end within {limit:?}")));
                }
            }
        }
    }

    fn transport(&self) -> Result<&HttpTransport, SourceError> {
        if let Some(transport) = self.transport.get() {
            return Ok(transport);
        }
        let made = Endpoint::parse(&self.address)
            .map_err(crate::error::Error::config)
            .and_then(|endpoint| TransportSettings::new(&endpoint, CONNECT_TIME, &[]))
            .and_then(HttpTransport::new);
        let transport = made.map_err(|error| SourceError::invalid(error.to_string()))?;
        Ok(self.transport.get_or_init(|| transport))
    }

    fn issued(&self, answer: &Answer) -> Result<Issued, SourceError> {
        let key = answer.key().map_err(|what| self.invalid(what))?;
        let part = |name: &str, value: Option<Secret>| {
            let value =
                value.ok_or_else(|| self.invalid(&format!("sends a key without `{name}`")))?;
            match header_problem(value.expose()) {
                Some(problem) => {
                    Err(self.invalid(&format!("sends a key whose `{name}` {problem}")))
                }
                None => Ok(value),
            }
        };
        let keys = AccessKeys::new(part("access", key.access)?, part("secret", key.secret)?)
            .with_security_token(part("securitytoken", key.securitytoken)?);
        let lifetime = key
            .expires_at
            .and_then(|end| lifetime(&end, answer.now(&*self.clock)));
        Ok(Issued::new(Credential::Keys(keys)).with_lifetime(lifetime.unwrap_or(UNKNOWN_LIFE)))
    }

    fn no_agency(&self) -> SourceError {
        SourceError::missing(format!(
            "the metadata service at {} has no access key: no agency is assigned to this server",
            self.address
        ))
    }

    /// Nothing came, or not all of it.
    fn silent(&self, what: &str) -> SourceError {
        let address = &self.address;
        if self.has_answered.load(Ordering::Relaxed) {
            let text =
                format!("the metadata service at {address} does not answer any more: {what}");
            return SourceError::unavailable(text);
        }
        SourceError::missing(format!(
            "no metadata service at {address}, which cloud servers have: {what}"
        ))
    }

    fn no_reply(&self, error: &TransportError) -> SourceError {
        match error.fault() {
            TransportFault::Protocol => self.invalid("sends what is no HTTP reply"),
            TransportFault::Unsendable => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                let cause = cause.unwrap_or_else(|| error.to_string());
                SourceError::invalid(format!("the metadata service cannot be asked: {cause}"))
            }
            _ => self.silent(&error.to_string()),
        }
    }

    fn unexpected(&self, answer: &Answer, wanted: &str) -> SourceError {
        let status = answer.status;
        if status.is_redirection() {
            let what = format!(
                "answers with a redirect ({}), which is not followed",
                status.as_u16()
            );
            return self.invalid(&what);
        }
        let what = format!("answers {} where {wanted} was asked for", status.as_u16());
        let passes = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        if !passes {
            return self.invalid(&what);
        }
        let text = format!("the metadata service at {} {what}", self.address);
        let error = SourceError::unavailable(text);
        match head::retry_after(&answer.headers, self.clock.wall()) {
            Some(delay) => error.with_retry_after(delay),
            None => error,
        }
    }

    fn invalid(&self, what: &str) -> SourceError {
        let address = &self.address;
        SourceError::invalid(format!("the metadata service at {address} {what}"))
    }
}

impl Default for MetadataSource {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MetadataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetadataSource")
            .field("address", &self.address)
            .field("has_answered", &self.has_answered)
            .finish_non_exhaustive()
    }
}

impl CredentialSource for MetadataSource {
    fn issue<'a>(&'a self, wish: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        Box::pin(self.ask(wish))
    }
}

/// A whole reply.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

/// A reply with a key.
#[derive(Deserialize)]
struct KeyReply {
    #[serde(deserialize_with = "de::object")]
    credential: Key,
}

#[derive(Deserialize)]
struct Key {
    #[serde(default, deserialize_with = "secret")]
    access: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    secret: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    securitytoken: Option<Secret>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

impl Answer {
    fn says(&self, text: &str) -> bool {
        let mut windows = self.body.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    }

    /// The key in it. What the JSON library has to say is left out, since it quotes values.
    fn key(&self) -> Result<Key, &'static str> {
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let reply: Result<KeyReply, _> = de::object(&mut json);
        let reply = reply.and_then(|reply| json.end().map(|()| reply));
        reply
            .map(|reply| reply.credential)
            .map_err(|error| match error.is_data() {
                true => "sends JSON that holds no `credential` as it should be",
                false => "sends what is no JSON where the access key should be",
            })
    }

    /// The time at the service, or ours where it does not say.
    fn now(&self, clock: &dyn Clock) -> SystemTime {
        let date = self.headers.get(DATE);
        let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        date.unwrap_or_else(|| clock.wall())
    }
}

/// A metadata token as a header, if a body can be one.
fn token_value(body: &[u8]) -> Option<HeaderValue> {
    let token = std::str::from_utf8(body.trim_ascii()).ok()?;
    if header_problem(token).is_some() {
        return None;
    }
    let mut value = HeaderValue::from_str(token).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// How long it is until a point in time; nothing, if it is past.
fn lifetime(end: &Timestamp, now: SystemTime) -> Option<Duration> {
    let seconds = u64::try_from(end.unix_seconds()?).ok()?;
    let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    Some(end.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn metadata_token_is_marked_so_that_the_http_library_hides_it() {
        let value = token_value(b"s3cret\n").unwrap();
        assert!(value.is_sensitive() && value == "s3cret");
        assert_eq!(token_value(b"s3\ncret"), None);
    }
}
