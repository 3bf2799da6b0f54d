//! An access key and what belongs to it.

use std::fmt;

use cloudbackup_core::Secret;

/// An access key, its secret key, and for a temporary key its security token: always of one issue.
///
/// `Debug` shows none of them; the secrets are overwritten when the value is dropped.
#[derive(Clone)]
pub struct AccessKeys {
    access_key: Secret,
    secret_key: Secret,
    security_token: Option<Secret>,
}

impl AccessKeys {
    /// A lasting access key (AK) and its secret key (SK).
    pub fn new(access_key: impl Into<Secret>, secret_key: impl Into<Secret>) -> Self {
        Self {
            access_key: access_key.into(),
            secret_key: secret_key.into(),
            security_token: None,
        }
    }

    /// The security token that goes along with a temporary access key.
    #[must_use]
    pub fn with_security_token(mut self, token: impl Into<Secret>) -> Self {
        self.security_token = Some(token.into());
        self
    }

    /// The access key, which is sent with every request.
    #[must_use]
    pub fn access_key(&self) -> &Secret {
        &self.access_key
    }

    /// The secret key, which is never sent.
    #[must_use]
    pub fn secret_key(&self) -> &Secret {
        &self.secret_key
    }

    /// The security token of a temporary access key.
    #[must_use]
    pub fn security_token(&self) -> Option<&Secret> {
        self.security_token.as_ref()
    }
}

impl fmt::Debug for AccessKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKeys")
            .field("access_key", &self.access_key)
            .field("secret_key", &self.secret_key)
            .field("security_token", &self.security_token)
            .finish()
    }
}
