//! Where credentials come from: the trait, what a source is asked, and what it answers.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use cloudbackup_core::Secret;

use super::AccessKeys;
use crate::clock::BoxFuture;
use crate::error::{ErrorKind, Outcome};

/// What a request is authenticated with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// A token, sent as `X-Auth-Token`.
    Token(Secret),
    /// A key pair that requests are signed with.
    Keys(AccessKeys),
}

/// A credential as it was issued: how long it lasts and what it is for.
#[derive(Clone, Debug)]
pub struct Issued {
    pub(crate) credential: Credential,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) project_id: Option<String>,
    pub(crate) domain_id: Option<String>,
}

impl Issued {
    /// A credential that lasts until it is refused.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self {
            credential,
            lifetime: None,
            project_id: None,
            domain_id: None,
        }
    }

    /// How long it is valid from now on. It is renewed some time before.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The project that it is for, taken where the client was given none.
    #[must_use]
    pub fn with_project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// The account (domain) that it is for, signed along where there is no project.
    #[must_use]
    pub fn with_domain_id(mut self, domain_id: impl Into<String>) -> Self {
        self.domain_id = Some(domain_id.into());
        self
    }

    /// The credential.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// How long it was valid when it was issued; `None` if it lasts until it is refused.
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }

    /// The project that it is for, where the source knows it.
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    /// The account (domain) that it is for, where the source knows it.
    #[must_use]
    pub fn domain_id(&self) -> Option<&str> {
        self.domain_id.as_deref()
    }
}

/// Somewhere that credentials come from; implement it for one's own.
///
/// A source is asked when there is no credential yet and when the one there is comes to its end.
/// It caches nothing itself: one call is made however many requests wait for it, the old
/// credential serves while it is valid, and failures are followed by a pause.
///
/// ```
/// use cloudbackup_runtime::auth::{Credential, CredentialSource, Issued, SourceError, Wish};
/// use cloudbackup_runtime::BoxFuture;
///
/// /// Asks a program of ours for a token.
/// #[derive(Debug)]
/// struct Vault;
///
/// impl CredentialSource for Vault {
///     fn issue<'a>(&'a self, _wish: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
///         Box::pin(async move {
///             let token = std::env::var("VAULT_TOKEN")
///                 .map_err(|_| SourceError::missing("no variable VAULT_TOKEN"))?;
///             Ok(Issued::new(Credential::Token(token.into())))
///         })
///     }
/// }
/// ```
pub trait CredentialSource: fmt::Debug + Send + Sync + 'static {
    /// Gets a credential.
    fn issue<'a>(&'a self, wish: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>>;
}

/// What a credential is wanted for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Wish<'a> {
    /// The project that the client was given.
    pub project_id: Option<&'a str>,
    /// The region that the client was given.
    pub region: Option<&'a str>,
    /// How long the call that waits for it can wait.
    pub limit: Duration,
}

impl Wish<'_> {
    /// A wish for any project and region, for calling a source oneself.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cloudbackup_runtime::auth::Wish;
    ///
    /// let mut wish = Wish::within(Duration::from_secs(10));
    /// wish.region = Some("eu-de");
    /// assert_eq!(wish.limit.as_secs(), 10);
    /// ```
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        Self {
            project_id: None,
            region: None,
            limit,
        }
    }
}

/// Why a source gives no credential. The text says what and where, and never holds a secret.
#[derive(Clone, Debug)]
pub struct SourceError {
    pub(crate) kind: SourceErrorKind,
    message: String,
    pub(crate) retry_after: Option<Duration>,
}

/// What a [`SourceError`] means for those who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// Nothing is set up here.
    Missing,
    /// Something is set up here and is wrong.
    Invalid,
    /// Whoever issues credentials refuses these.
    Refused,
    /// Whoever issues credentials cannot be reached at present.
    Unavailable,
}

impl SourceError {
    fn new(kind: SourceErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after: None,
        }
    }

    /// Nothing is set up here: a chain goes on with its next source. The text says what was looked
    /// for and where.
    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::Missing, message)
    }

    /// Something is set up here and is wrong: a chain ends with it.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::Invalid, message)
    }

    /// Whoever issues credentials refuses these: asking again soon would do harm.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::Refused, message)
    }

    /// Whoever issues credentials cannot be reached at present.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::Unavailable, message)
    }

    /// What it means for those who asked.
    #[must_use]
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }

    /// When to ask again at the earliest, as the issuer says.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for SourceError {}

impl From<SourceError> for crate::Error {
    fn from(error: SourceError) -> Self {
        let failure = Self::new(ErrorKind::Auth, Outcome::NotSent, error.to_string());
        let failure = failure.with_retry_after(error.retry_after);
        match error.kind {
            SourceErrorKind::Unavailable => failure,
            _ => failure.permanent(),
        }
    }
}
