//! Credentials from variables of the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use cloudbackup_core::Secret;

use super::given::{self, Member, Place};
use super::source::{CredentialSource, Issued, SourceError, Wish};
use crate::clock::BoxFuture;

/// Variables of an environment: those of the process, or others that a program or a test gives.
///
/// `Debug` shows no values. Those that were given are overwritten when the last clone is dropped.
///
/// ```
/// use cloudbackup_runtime::auth::{EnvironmentSource, Variables};
///
/// let variables = Variables::of([("HUAWEICLOUD_SDK_AK", "AK"), ("HUAWEICLOUD_SDK_SK", "SK")]);
/// let source = EnvironmentSource::new().with_variables(variables);
/// # let _ = source;
/// ```
#[derive(Clone)]
pub struct Variables(Kind);

#[derive(Clone)]
enum Kind {
    Process,
    Given(Arc<BTreeMap<String, Value>>),
}

/// The value of a variable.
#[derive(Clone)]
pub(super) enum Value {
    Text(Secret),
    /// A value that is no text: a path can be one, a key cannot.
    Other(OsString),
}

impl From<OsString> for Value {
    fn from(value: OsString) -> Self {
        match value.into_string() {
            Ok(text) => Self::Text(text.into()),
            Err(other) => Self::Other(other),
        }
    }
}

impl Variables {
    /// Those of the process. Each is read anew whenever it is needed, and no copy is kept.
    #[must_use]
    pub fn of_process() -> Self {
        Self(Kind::Process)
    }

    /// These and no others; of one name the last counts.
    #[must_use]
    pub fn of<N: Into<String>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter();
        let given = variables.map(|(name, value)| (name.into(), value.into().into()));
        Self(Kind::Given(Arc::new(given.collect())))
    }

    pub(super) fn get(&self, name: &str) -> Option<Value> {
        match &self.0 {
            Kind::Process => std::env::var_os(name).map(Value::from),
            Kind::Given(given) => given.get(name).cloned(),
        }
    }

    /// A variable that holds a text which is no secret; one that is empty counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::Text(text) => Some(text.expose().trim().to_owned()).filter(|it| !it.is_empty()),
            Value::Other(_) => None,
        }
    }

    /// A variable that holds a path; one that is empty counts as absent.
    pub(super) fn path(&self, name: &str) -> Option<OsString> {
        let path = match self.get(name)? {
            Value::Text(text) => text.expose().into(),
            Value::Other(path) => path,
        };
        (!path.is_empty()).then_some(path)
    }
}

/// Shows names only.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Process => f.write_str("Variables(of the process)"),
            Kind::Given(given) => {
                f.write_str("Variables")?;
                f.debug_list().entries(given.keys()).finish()
            }
        }
    }
}

/// Takes an access key from the environment, by the names that the vendor's SDK uses.
///
/// | variable | |
/// |---|---|
/// | `HUAWEICLOUD_SDK_AK`, `HUAWEICLOUD_SDK_SK` | the access key and its secret key |
/// | `HUAWEICLOUD_SDK_SECURITY_TOKEN` | the security token of a temporary access key |
/// | `HUAWEICLOUD_SDK_PROJECT_ID` | the project, taken where the client was given none |
/// | `HUAWEICLOUD_SDK_DOMAIN_ID` | the account (domain) |
///
/// The last three may be absent or empty. The key is taken to last until it is refused, a temporary
/// one too, since the environment does not say when it ends.
///
/// # Errors
/// [`Missing`](super::SourceErrorKind::Missing) where neither key nor security token is there.
/// [`Invalid`](super::SourceErrorKind::Invalid), with the name of the variable and without its
/// value, where one half of the pair is absent, empty or cannot be a key: it holds white space,
/// control characters, quotation marks around it, or anything outside ASCII.
///
/// A login by an identity provider (`HUAWEICLOUD_SDK_IDP_ID` and `HUAWEICLOUD_SDK_ID_TOKEN_FILE`)
/// is not supported: where both are there, or one without an access key, that is an error too.
/// Nothing is ever taken for them in silence.
#[derive(Clone, Debug)]
pub struct EnvironmentSource {
    variables: Variables,
}

impl EnvironmentSource {
    /// Reads the environment of the process, each time it is asked.
    #[must_use]
    pub fn new() -> Self {
        Self {
            variables: Variables::of_process(),
        }
    }

    /// Reads these variables instead.
    #[must_use]
    pub fn with_variables(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    fn read(&self) -> Result<Issued, SourceError> {
        given::issued(&self.variables)?.ok_or_else(|| {
            let [access_key, secret_key] = [Member::AccessKey, Member::SecretKey];
            SourceError::missing(format!(
                "no access key in the environment: {} and {} are not set",
                access_key.variable(),
                secret_key.variable()
            ))
        })
    }
}

impl Default for EnvironmentSource {
    fn default() -> Self {
        Self::new()
    }
}

impl CredentialSource for EnvironmentSource {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        Box::pin(std::future::ready(self.read()))
    }
}

impl Place for Variables {
    fn get(&self, member: Member) -> Result<Option<Secret>, SourceError> {
        match Self::get(self, member.variable()) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Other(_)) => Err(self.invalid(member, "is no UTF-8 text")),
            None => Ok(None),
        }
    }

    fn name(&self, member: Member) -> String {
        member.variable().to_owned()
    }

    fn invalid(&self, about: Member, what: &str) -> SourceError {
        SourceError::invalid(format!("the variable {} {what}", about.variable()))
    }
}
