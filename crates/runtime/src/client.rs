//! The client: what all calls share, behind one reference count.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cloudbackup_core::Secret;
use http::HeaderValue;

use crate::call::Call;
use crate::clock::Clock;
use crate::drift::Drift;
use crate::endpoint::Endpoint;
use crate::retry::{Budget, RetryConfig};
use crate::service::Service;
use crate::text::REDACTED;
use crate::transport::Transport;

/// A client of one service: endpoint, credentials, limits and a pool of connections.
///
/// Cloning costs one atomic increment, and the clones share the pool. Connections are driven by the
/// tokio runtime that opened them: where several runtimes share a client and one of them stands
/// still, calls of the others can wait on its connections until their limit. Give each runtime a
/// client of its own then. Made by
/// [`ClientBuilder`](crate::ClientBuilder); the generated clients wrap it.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Settings>,
}

/// Everything that a client was built with.
pub(crate) struct Settings {
    pub(crate) service: Service,
    pub(crate) endpoint: Endpoint,
    pub(crate) region: Option<String>,
    pub(crate) project_id: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) token: Option<Secret>,
    pub(crate) timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) retry: RetryConfig,
    pub(crate) budget: Budget,
    pub(crate) user_agent: HeaderValue,
    pub(crate) max_reply_bytes: usize,
    pub(crate) max_error_bytes: usize,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) on_drift: Option<DriftHook>,
    #[cfg(feature = "blocking")]
    pub(crate) lane: crate::blocking::Lane,
}

/// What a caller does with each finding.
pub(crate) type DriftHook = Arc<dyn Fn(&Drift) + Send + Sync>;

impl Settings {
    /// Removes the token from a text that is not ours: servers have been seen to repeat what they
    /// refuse, and callers to set it where something else belongs.
    pub(crate) fn masked(&self, text: String) -> String {
        match self.known_token() {
            Some(token) => without(text, token),
            None => text,
        }
    }

    /// The same for a body that is shown as text.
    pub(crate) fn masked_bytes<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        match self.known_token() {
            Some(token) => {
                let text = String::from_utf8_lossy(body).into_owned();
                Cow::Owned(without(text, token).into_bytes())
            }
            None => Cow::Borrowed(body),
        }
    }

    /// Whether a text that is not ours holds the token, or the beginning of it.
    pub(crate) fn shows_secret(&self, text: &[u8]) -> bool {
        self.known_token()
            .is_some_and(|token| String::from_utf8_lossy(text).contains(&token[..SHORTEST]))
    }

    /// The token, unless it is so short that replacing it would only garble texts; real ones are
    /// long.
    fn known_token(&self) -> Option<&str> {
        self.token
            .as_ref()
            .map(Secret::expose)
            .filter(|token| token.len() >= SHORTEST)
    }
}

/// Fewer characters of a token tell nothing, and may be any word.
const SHORTEST: usize = 8;

/// The text without the secret and without the beginning of it, which is left where a text was cut
/// before it came here or a message quotes no more. A secret is ASCII and has the shortest length.
fn without(text: String, secret: &str) -> String {
    let beginning = &secret[..SHORTEST];
    if !text.contains(beginning) {
        return text;
    }
    let text = text.replace(secret, REDACTED);
    let mut rest = text.as_str();
    let mut out = String::with_capacity(text.len());
    while let Some(start) = rest.find(beginning) {
        let found = rest[start..].bytes().zip(secret.bytes());
        let length = found.take_while(|(a, b)| a == b).count();
        out.push_str(&rest[..start]);
        out.push_str(REDACTED);
        rest = &rest[start + length..];
    }
    out + rest
}

impl Client {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            inner: Arc::new(settings),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner
    }

    pub(crate) fn endpoint_parts(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// Starts a call.
    pub fn call(&self) -> Call {
        Call::new(self.clone())
    }

    /// The service that this client calls.
    #[must_use]
    pub fn service(&self) -> Service {
        self.inner.service
    }

    /// The address that the paths of requests are appended to, without a trailing slash.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.inner.endpoint.base()
    }

    /// The region that was given to the builder.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.inner.region.as_deref()
    }

    /// The project that calls act on, unless a call names another one.
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        self.inner.project_id.as_deref()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("service", &self.inner.service.name())
            .field("endpoint", &self.endpoint())
            .field("project_id", &self.inner.project_id)
            .field("token", &self.inner.token)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
pub(crate) mod tests {
    use super::*;
    use crate::{ClientBuilder, ServiceClient};

    struct Plain(Client);

    impl ServiceClient for Plain {
        const SERVICE: Service = Service::new("test");

        fn from_runtime(client: Client) -> Self {
            Self(client)
        }
    }

    /// A client of an address where nobody listens.
    pub(crate) fn client() -> Client {
        let builder = ClientBuilder::<Plain>::new().endpoint("http://127.0.0.1:9");
        builder.token("token-1").build().unwrap().0
    }

    #[test]
    fn secret_is_removed_whole_and_in_part() {
        for (text, left) in [
            ("no secret-1234!", "no [redacted]!"),
            ("secret-1234secret-1234", "[redacted][redacted]"),
            ("\"secret-12\"… and é", "\"[redacted]\"… and é"),
            ("cut: secret-1", "cut: [redacted]"),
            ("secret-", "secret-"),
            ("secret-secret-1234", "secret-[redacted]"),
        ] {
            assert_eq!(without(text.to_owned(), "secret-1234"), left);
        }
    }
}
