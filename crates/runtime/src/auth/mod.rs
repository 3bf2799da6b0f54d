//! Who calls: credentials, where they come from, and what they add to a request.

mod chain;
mod credentials;
mod environment;
mod gate;
mod given;
mod iam;
mod ini;
mod keys;
mod metadata;
mod password;
mod profile;
mod scheme;
mod session;
mod sign;
mod source;

pub use self::chain::{ChainSource, default_chain};
pub use self::credentials::Credentials;
pub use self::environment::{EnvironmentSource, Variables};
pub use self::keys::AccessKeys;
pub use self::metadata::MetadataSource;
pub use self::password::PasswordLogin;
pub use self::profile::ProfileSource;
pub use self::scheme::{Scheme, SchemeCredential};
pub use self::sign::{CanonicalForm, SignError, SigningScope, canonical_form, sign};
pub use self::source::{Credential, CredentialSource, Issued, SourceError, SourceErrorKind, Wish};

pub(crate) use self::credentials::Scope;
pub(crate) use self::gate::{Gate, Lack};
pub(crate) use self::iam::{IAM, ListProjects};
#[cfg(feature = "test-util")]
pub(crate) use self::scheme::ShownTarget;
pub(crate) use self::scheme::{Alternatives, Keys, add_cookie, hidden};
pub(crate) use self::session::{Held, Ready, Session};
