//! What a client's builder is given: credentials, or a place to get them from.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cloudbackup_core::Secret;

use super::keys::AccessKeys;
use super::password::{PasswordLogin, PasswordSource};
use super::session::Session;
use super::source::{Credential, CredentialSource, Issued, SourceError, Wish};
use crate::client::Client;
use crate::clock::{BoxFuture, Clock};

/// Credentials for [`ClientBuilder::credentials`](crate::ClientBuilder::credentials).
///
/// Clients of several services that are built with clones of one value share what was got: one
/// token serves them all.
///
/// ```
/// use cloudbackup_runtime::auth::{AccessKeys, Credentials, PasswordLogin};
///
/// let by_password = Credentials::password(PasswordLogin::new("account", "user", "password"));
/// let by_keys = Credentials::access_keys(AccessKeys::new("AK", "SK"));
/// let by_token = Credentials::token("MIIEogYJKoZIhvcNAQcC");
/// # let _ = (by_password, by_keys, by_token);
/// ```
#[derive(Clone)]
pub struct Credentials {
    kind: Kind,
    sessions: Arc<Mutex<HashMap<Scope, Arc<Session>>>>,
}

#[derive(Clone)]
enum Kind {
    Token(Secret),
    Password(PasswordLogin),
    Source(Arc<dyn CredentialSource>),
}

/// For what credentials are wanted: clients of the same project and region share them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) project_id: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) iam_endpoint: Option<String>,
}

impl Credentials {
    /// A token that was got elsewhere. It is not renewed.
    pub fn token(token: impl Into<Secret>) -> Self {
        Self::new(Kind::Token(token.into()))
    }

    /// A key pair, by which every request is signed.
    pub fn access_keys(keys: AccessKeys) -> Self {
        Self::source(FixedKeys(keys))
    }

    /// A user's password: a token is got from IAM, kept, and renewed before its end.
    pub fn password(login: PasswordLogin) -> Self {
        Self::new(Kind::Password(login))
    }

    /// Any other source.
    pub fn source(source: impl CredentialSource) -> Self {
        Self::new(Kind::Source(Arc::new(source)))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            sessions: Arc::default(),
        }
    }

    /// The token, where it is known from the start.
    pub(crate) fn fixed_token(&self) -> Option<&Secret> {
        match &self.kind {
            Kind::Token(token) => Some(token),
            _ => None,
        }
    }

    /// What a client of IAM must never print, besides tokens.
    pub(crate) fn hidden(&self) -> Vec<Secret> {
        match &self.kind {
            Kind::Password(login) => login.hidden(),
            _ => Vec::new(),
        }
    }

    /// Whether IAM must be found before anything can be sent.
    pub(crate) fn need_iam(&self) -> bool {
        matches!(self.kind, Kind::Password(_))
    }

    /// What a client gets its credentials from.
    pub(crate) fn session(
        &self,
        scope: Scope,
        clock: &Arc<dyn Clock>,
        iam: Option<&Client>,
    ) -> Arc<Session> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions
            .entry(scope)
            .or_insert_with(|| Arc::new(self.new_session(Arc::clone(clock), iam)));
        Arc::clone(session)
    }

    fn new_session(&self, clock: Arc<dyn Clock>, iam: Option<&Client>) -> Session {
        match (&self.kind, iam) {
            (Kind::Token(token), _) => Session::fixed(Arc::new(FixedToken(token.clone())), clock),
            (Kind::Password(login), Some(iam)) => {
                Session::new(PasswordSource::new(login.clone(), iam.clone()), clock)
            }
            (Kind::Password(_), None) => Session::fixed(Arc::new(NoIam), clock),
            (Kind::Source(source), _) => Session::new(Arc::clone(source), clock),
        }
    }
}

/// Shows no secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("Credentials");
        match &self.kind {
            Kind::Token(token) => shown.field(token),
            Kind::Password(login) => shown.field(login),
            Kind::Source(source) => shown.field(source),
        };
        shown.finish()
    }
}

/// A token that is there already.
#[derive(Debug)]
struct FixedToken(Secret);

impl CredentialSource for FixedToken {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        let issued = Issued::new(Credential::Token(self.0.clone()));
        Box::pin(std::future::ready(Ok(issued)))
    }
}

/// Keys that are there already.
#[derive(Debug)]
struct FixedKeys(AccessKeys);

impl CredentialSource for FixedKeys {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        let issued = Issued::new(Credential::Keys(self.0.clone()));
        Box::pin(std::future::ready(Ok(issued)))
    }
}

/// The builder refuses a password without an address of IAM before this is asked.
#[derive(Debug)]
struct NoIam;

impl CredentialSource for NoIam {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        let error = SourceError::invalid("there is no address of IAM to sign in at");
        Box::pin(std::future::ready(Err(error)))
    }
}
