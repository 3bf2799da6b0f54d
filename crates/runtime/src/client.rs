//! The client: what all calls share, behind one reference count.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cloudbackup_core::Secret;
use http::HeaderValue;
use tokio::sync::OnceCell;

use crate::auth::{ListProjects, Session};
use crate::call::Call;
use crate::clock::Clock;
use crate::drift::Drift;
use crate::endpoint::Endpoint;
use crate::error::Error;
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
    /// A token that is known from the start: it must never be printed.
    pub(crate) token: Option<Secret>,
    /// Who calls.
    pub(crate) session: Option<Arc<Session>>,
    /// Finds the project of a region where none was given.
    pub(crate) projects: Option<ProjectLookup>,
    /// A client of IAM may call as nobody, to become somebody; and each of its rare calls takes a
    /// connection of its own, since it is made on whichever runtime comes to need it.
    pub(crate) is_iam: bool,
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

/// How the project of a region is found: by its name, which is that of the region.
pub(crate) struct ProjectLookup {
    iam: Client,
    region: String,
    found: OnceCell<String>,
}

impl ProjectLookup {
    pub(crate) fn new(iam: Client, region: String) -> Self {
        Self {
            iam,
            region,
            found: OnceCell::new(),
        }
    }

    /// The project; looked up once.
    pub(crate) async fn project(&self, limit: Duration) -> Result<&str, Error> {
        let found = self.found.get_or_try_init(|| self.look_up(limit)).await?;
        Ok(found)
    }

    async fn look_up(&self, limit: Duration) -> Result<String, Error> {
        let name = self.region.clone();
        let reply = self
            .iam
            .call()
            .with_timeout(limit)
            .send(ListProjects { name });
        let projects = reply.await?.projects.unwrap_or_default();
        let ids: Vec<String> = projects
            .into_iter()
            .filter_map(|project| project.id)
            .collect();
        let region = &self.region;
        match <[String; 1]>::try_from(ids) {
            Ok([id]) => Ok(id),
            Err(ids) => Err(Error::config(format!(
                "{} projects are called {region:?}, so which is meant is not known: \
                 call `.project_id(..)` on the client's builder",
                ids.len()
            ))),
        }
    }
}

/// What a caller does with each finding.
pub(crate) type DriftHook = Arc<dyn Fn(&Drift) + Send + Sync>;

impl Settings {
    /// Removes the token from a text that is not ours: servers have been seen to repeat what they
    /// refuse, and callers to set it where something else belongs.
    pub(crate) fn masked(&self, text: String) -> String {
        self.with_secret(|secret| match secret {
            Some(secret) => without(text, secret),
            None => text,
        })
    }

    /// The same for a body that is shown as text.
    pub(crate) fn masked_bytes<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        self.with_secret(|secret| match secret {
            Some(secret) => {
                let text = String::from_utf8_lossy(body).into_owned();
                Cow::Owned(without(text, secret).into_bytes())
            }
            None => Cow::Borrowed(body),
        })
    }

    /// Whether a text that is not ours holds the token, or the beginning of it.
    pub(crate) fn shows_secret(&self, text: &[u8]) -> bool {
        self.with_secret(|secret| {
            secret.is_some_and(|it| String::from_utf8_lossy(text).contains(&it[..SHORTEST]))
        })
    }

    /// Works with what is sent as a secret: the token that was given, or the one that was got. One
    /// that is so short that replacing it would only garble texts is left out; real ones are long.
    fn with_secret<T>(&self, work: impl FnOnce(Option<&str>) -> T) -> T {
        let held = match (&self.token, &self.session) {
            (None, Some(session)) => session.known(),
            _ => None,
        };
        let secret = self.token.as_ref();
        let secret = secret.or_else(|| held.as_ref().and_then(|held| held.secret()));
        work(
            secret
                .map(Secret::expose)
                .filter(|text| text.len() >= SHORTEST),
        )
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
            .field("session", &self.inner.session)
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
