//! The HTTP library, kept behind one type: its settings, and what its failures mean.

use std::time::Duration;

use reqwest::redirect::Policy;

use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Outcome};

/// Idle connections are closed before most gateways do it: a connection that dies while a request
/// is being written leaves the fate of the request unknown.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// A pool of connections to one endpoint.
pub(crate) struct Transport {
    http: reqwest::Client,
    connect_timeout: Duration,
    #[cfg(feature = "blocking")]
    pub(crate) blocking: crate::blocking::Lane,
}

impl Transport {
    pub(crate) fn new(endpoint: &Endpoint, connect_timeout: Duration) -> Result<Self, Error> {
        Ok(Self {
            http: new_pool(endpoint, connect_timeout)?,
            connect_timeout,
            #[cfg(feature = "blocking")]
            blocking: crate::blocking::Lane::default(),
        })
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A pool of its own for another runtime, because a pooled connection is driven by the runtime
    /// that opened it.
    #[cfg(feature = "blocking")]
    pub(crate) fn second_pool(&self, endpoint: &Endpoint) -> Result<reqwest::Client, Error> {
        new_pool(endpoint, self.connect_timeout)
    }

    /// What it means that no reply came; `limit` is the time the call had.
    pub(crate) fn no_reply(&self, error: reqwest::Error, limit: Duration) -> Error {
        let (kind, outcome, text) = if error.is_timeout() && error.is_connect() {
            let limit = self.connect_timeout.min(limit);
            (
                ErrorKind::Timeout,
                Outcome::NotSent,
                format!("no connection within {limit:?}"),
            )
        } else if error.is_timeout() {
            (
                ErrorKind::Timeout,
                Outcome::Unknown,
                format!("no reply within {limit:?}"),
            )
        } else if error.is_connect() {
            (
                ErrorKind::Connect,
                Outcome::NotSent,
                "cannot connect".into(),
            )
        } else if error.is_builder() {
            (
                ErrorKind::Config,
                Outcome::NotSent,
                "the request cannot be sent".into(),
            )
        } else {
            (
                ErrorKind::Transport,
                Outcome::Unknown,
                "the connection failed before a reply".into(),
            )
        };
        // The URL is left out: its query may hold what does not belong into logs.
        Error::new(kind, outcome, text).with_source(error.without_url())
    }
}

/// Every setting that matters is made here: the library's own defaults follow redirects with the
/// token, wait for ever and accept plain http.
fn new_pool(endpoint: &Endpoint, connect_timeout: Duration) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .https_only(endpoint.is_https())
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE);
    // A proxy from the environment would read the token of a plain request. Through https it only
    // passes bytes on.
    let builder = if endpoint.is_https() {
        builder
    } else {
        builder.no_proxy()
    };
    with_tls(builder, endpoint)?.build().map_err(|error| {
        Error::config("cannot set up the HTTP client").with_source(error.without_url())
    })
}

/// TLS by rustls with the ring provider, named explicitly: the library would otherwise look for a
/// process-wide provider and panic where there is none.
#[cfg(feature = "rustls")]
fn with_tls(
    builder: reqwest::ClientBuilder,
    endpoint: &Endpoint,
) -> Result<reqwest::ClientBuilder, Error> {
    use std::sync::Arc;

    let failed = |error: rustls::Error| Error::config("cannot set up TLS").with_source(error);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let config = if endpoint.is_https() {
        let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(failed)?;
        config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        // Never used, and so works on a machine without certificates too.
        config.with_root_certificates(rustls::RootCertStore::empty())
    };
    Ok(builder.tls_backend_preconfigured(config.with_no_client_auth()))
}

/// TLS by the operating system's library, or none at all.
#[cfg(not(feature = "rustls"))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    endpoint: &Endpoint,
) -> Result<reqwest::ClientBuilder, Error> {
    if cfg!(feature = "native-tls") || !endpoint.is_https() {
        Ok(builder)
    } else {
        Err(Error::config(
            "cannot set up TLS: turn on the cargo feature `rustls` or `native-tls`",
        ))
    }
}
