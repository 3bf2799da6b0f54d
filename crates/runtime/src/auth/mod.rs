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
pub use self::sign::{CanonicalForm, SignError, SigningScope, canonical_form, sign};
pub use self::source::{Credential, CredentialSource, Issued, SourceError, SourceErrorKind, Wish};

pub(crate) use self::credentials::Scope;
pub(crate) use self::gate::{Gate, Lack};
pub(crate) use self::iam::{IAM, ListProjects};
pub(crate) use self::session::{Held, Ready, Session};
