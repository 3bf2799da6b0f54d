//! The client: what all calls share, behind one reference count.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cloudbackup_core::Secret;
use http::HeaderValue;

use crate::auth::{Gate, Keys, Lack, ListProjects, Session, SourceError};
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
    /// A token that is known from the start: it must never be printed.
    pub(crate) token: Option<Secret>,
    /// What else must never be printed, of any length.
    pub(crate) hidden: Vec<Secret>,
    /// Who calls.
    pub(crate) session: Option<Arc<Session>>,
    /// Who calls a service that has security schemes of its own.
    pub(crate) keys: Keys,
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
    gate: Gate,
    found: OnceLock<String>,
}

impl ProjectLookup {
    pub(crate) fn new(iam: Client, region: String) -> Self {
        Self {
            iam,
            region,
            gate: Gate::default(),
            found: OnceLock::new(),
        }
    }

    /// The project; looked up once, by one call for all.
    pub(crate) async fn project(&self, limit: Duration) -> Result<String, Lack> {
        let clock = &*self.iam.settings().clock;
        let known = || self.found.get().cloned();
        let found = self
            .gate
            .pass(clock, limit, known, |left| self.look_up(left));
        found.await
    }

    async fn look_up(&self, limit: Duration) -> Result<String, SourceError> {
        let (name, region) = (self.region.clone(), &self.region);
        let call = self.iam.call().with_timeout(limit);
        let reply = call.send(ListProjects { name }).await.map_err(|error| {
            let text = format!("the project of {region:?} cannot be looked up: {error}");
            let failure = SourceError::unavailable(text);
            match error.retry_after() {
                Some(delay) => failure.with_retry_after(delay),
                None => failure,
            }
        })?;
        let projects = reply.projects.unwrap_or_default();
        let ids: Vec<String> = projects
            .into_iter()
            .filter_map(|project| project.id)
            .collect();
        match <[String; 1]>::try_from(ids) {
            Ok([id]) => Ok(self.found.get_or_init(|| id).clone()),
            Err(ids) => Err(SourceError::invalid(format!(
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
        self.with_secrets(|secrets| without(text, secrets))
    }

    /// The same for a body that is shown as text.
    pub(crate) fn masked_bytes<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        self.with_secrets(|secrets| match secrets {
            [] => Cow::Borrowed(body),
            secrets => {
                let text = String::from_utf8_lossy(body).into_owned();
                Cow::Owned(without(text, secrets).into_bytes())
            }
        })
    }

    /// Whether a text that is not ours holds the token, or the beginning of it.
    pub(crate) fn shows_secret(&self, text: &[u8]) -> bool {
        self.with_secrets(|secrets| first_of(secrets, &String::from_utf8_lossy(text)).is_some())
    }

    /// Works with all that is sent as a secret: the token that was given, or the last ones that were
    /// got, and the password. A token that is so short that replacing it would only garble texts is left out; real ones
    /// are long.
    fn with_secrets<T>(&self, work: impl FnOnce(&[&str]) -> T) -> T {
        let held = match (&self.token, &self.session) {
            (None, Some(session)) => session.known(),
            _ => [None, None],
        };
        let held = held.iter().flatten().filter_map(|held| held.secret());
        let tokens = self.token.iter().chain(held).map(Secret::expose);
        let tokens = tokens.filter(|token| token.len() >= SHORTEST);
        let secrets = tokens.chain(self.hidden.iter().map(Secret::expose));
        // Mostly not in a list on the heap, since every header of every reply is searched.
        let mut found = [""; 8];
        if self.hidden.len() + 3 > found.len() {
            return work(&secrets.collect::<Vec<_>>());
        }
        let mut count = 0;
        for (place, secret) in found.iter_mut().zip(secrets) {
            *place = secret;
            count += 1;
        }
        work(&found[..count])
    }
}

/// Fewer characters of a token tell nothing, and may be any word.
pub(crate) const SHORTEST: usize = 8;

/// What a secret is known by: its first characters, or all of a short one.
fn beginning(secret: &str) -> &str {
    let end = secret.char_indices().nth(SHORTEST);
    end.map_or(secret, |(end, _)| &secret[..end])
}

/// Where the first of these secrets begins.
fn first_of(secrets: &[&str], text: &str) -> Option<usize> {
    let found = secrets
        .iter()
        .filter_map(|secret| text.find(beginning(secret)));
    found.min()
}

/// The text without the secrets and without the beginning of one, which is left where a text was
/// cut before it came here or a message quotes no more. Several may begin alike. None is empty.
fn without(text: String, secrets: &[&str]) -> String {
    if first_of(secrets, &text).is_none() {
        return text;
    }
    let mut rest = text.as_str();
    let mut out = String::with_capacity(text.len());
    while let Some(start) = first_of(secrets, rest) {
        let (before, found) = rest.split_at(start);
        let length = secrets.iter().map(|secret| in_common(found, secret)).max();
        out.push_str(before);
        out.push_str(REDACTED);
        rest = &found[length.unwrap_or_default()..];
    }
    out + rest
}

/// How many bytes two texts begin with alike, in whole characters.
fn in_common(one: &str, two: &str) -> usize {
    let same = one.chars().zip(two.chars()).take_while(|(a, b)| a == b);
    same.map(|(a, _)| a.len_utf8()).sum()
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
            .field("security", &self.inner.keys)
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

        fn runtime(&self) -> &Client {
            &self.0
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
            assert_eq!(without(text.to_owned(), &["secret-1234"]), left);
        }
    }

    #[test]
    fn secrets_that_begin_alike_are_all_removed() {
        let secrets = ["secret-1234", "secret-1357", "sécrèt-ö\"ä"];
        for (text, left) in [
            ("secret-1357, secret-1234", "[redacted], [redacted]"),
            ("cut: secret-135", "cut: [redacted]"),
            ("a sécrèt-ö\"ä, a sécrèt-ö\"", "a [redacted], a [redacted]"),
            ("a sécrèt-ö and more", "a [redacted] and more"),
            ("a sécrèt-, b", "a sécrèt-, b"),
        ] {
            assert_eq!(without(text.to_owned(), &secrets), left);
        }
        assert_eq!(without("a b".to_owned(), &[]), "a b");
    }
}
