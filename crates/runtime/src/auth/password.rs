//! Signing in with a user's password.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cloudbackup_core::operation::Operation;
use cloudbackup_core::{Json, Secret, Timestamp};
use http::HeaderMap;
use serde_json::json;

use super::iam::{CreateToken, TokenBody, TokenReply};
use super::source::{Credential, CredentialSource, Issued, SourceError, Wish};
use crate::client::Client;
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::head;
use crate::response::Response;

/// How long a token is taken to last whose reply does not say so.
const UNKNOWN_LIFE: Duration = Duration::from_secs(3600);
/// The longest token that is believed to be one.
const LONGEST_TOKEN: usize = 64 * 1024;

/// A user and the password.
///
/// `Debug` shows no password; it is overwritten when the last clone is dropped.
#[derive(Clone)]
pub struct PasswordLogin {
    user: User,
    password: Secret,
    target: Target,
}

/// What the token shall be for.
#[derive(Clone)]
enum Target {
    /// The project of the client, or that of its region.
    Client,
    ProjectName(String),
    /// The account of the user.
    OwnDomain,
    DomainId(String),
}

#[derive(Clone)]
enum User {
    Id(String),
    Name { domain: String, user: String },
}

impl PasswordLogin {
    /// A user by name, in an account (domain) by name.
    pub fn new(
        domain_name: impl Into<String>,
        user_name: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let user = User::Name {
            domain: domain_name.into(),
            user: user_name.into(),
        };
        Self {
            user,
            password: password.into(),
            target: Target::Client,
        }
    }

    /// A user by id.
    pub fn with_user_id(user_id: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            user: User::Id(user_id.into()),
            password: password.into(),
            target: Target::Client,
        }
    }

    /// Asks for a token of the project of this name, where the client was given no id of one. Without
    /// it, the project is the one that is called like the client's region.
    #[must_use]
    pub fn for_project(mut self, name: impl Into<String>) -> Self {
        self.target = Target::ProjectName(name.into());
        self
    }

    /// Asks for a token of the whole account instead of one project. The user must have been told
    /// by name.
    #[must_use]
    pub fn for_domain(mut self) -> Self {
        self.target = Target::OwnDomain;
        self
    }

    /// Asks for a token of the account (domain) of this id instead of one project.
    #[must_use]
    pub fn for_domain_id(mut self, id: impl Into<String>) -> Self {
        self.target = Target::DomainId(id.into());
        self
    }

    /// The password as it is and as JSON has it: a server may repeat what it was sent.
    pub(super) fn hidden(&self) -> Vec<Secret> {
        let password = self.password.expose();
        let json = json!(password).to_string();
        let in_ascii: String = json.chars().map(in_ascii).collect();
        let inner = |quoted: &str| Secret::new(&quoted[1..quoted.len() - 1]);
        match password {
            "" => Vec::new(),
            _ => vec![Secret::new(password), inner(&json), inner(&in_ascii)],
        }
    }

    fn scope(&self, wish: &Wish<'_>) -> Result<Json, SourceError> {
        let name = match (&self.target, wish.project_id) {
            (Target::OwnDomain, _) => {
                return match &self.user {
                    User::Name { domain, .. } => Ok(json!({"domain": {"name": domain}})),
                    User::Id(_) => Err(SourceError::invalid(
                        "a token of the account needs the account's name, or `.for_domain_id(..)`",
                    )),
                };
            }
            (Target::DomainId(id), _) => return Ok(json!({"domain": {"id": id}})),
            (_, Some(id)) => return Ok(json!({"project": {"id": id}})),
            (Target::ProjectName(name), None) => Some(name.as_str()),
            // The project of a region is called like the region.
            (Target::Client, None) => wish.region,
        };
        name.map(|name| json!({"project": {"name": name}}))
            .ok_or_else(|| {
                let text = "signing in needs a project: call `.project_id(..)` or `.region(..)`";
                SourceError::invalid(text)
            })
    }

    /// What IAM is told: who, and for what the token shall be.
    fn request(&self, wish: &Wish<'_>) -> Result<Json, SourceError> {
        let user = match &self.user {
            User::Id(id) => json!({"id": id, "password": self.password.expose()}),
            User::Name { domain, user } => json!({
                "name": user,
                "domain": {"name": domain},
                "password": self.password.expose(),
            }),
        };
        let scope = self.scope(wish)?;
        Ok(json!({
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": scope,
        }))
    }
}

impl fmt::Debug for PasswordLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PasswordLogin");
        match &self.user {
            User::Id(id) => shown.field("user_id", id),
            User::Name { domain, user } => shown.field("domain", domain).field("user", user),
        };
        shown.field("password", &self.password).finish()
    }
}

/// Gets tokens from IAM.
pub(crate) struct PasswordSource {
    login: PasswordLogin,
    iam: Client,
}

impl fmt::Debug for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordSource")
            .field("login", &self.login)
            .field("iam", &self.iam.endpoint())
            .finish()
    }
}

impl PasswordSource {
    pub(crate) fn new(login: PasswordLogin, iam: Client) -> Arc<Self> {
        Arc::new(Self { login, iam })
    }

    async fn log_in(&self, wish: &Wish<'_>) -> Result<Issued, SourceError> {
        let auth = self.login.request(wish)?;
        let call = self.iam.call().with_timeout(wish.limit);
        let reply = call.send_with_response(CreateToken { auth }).await;
        let reply = reply.map_err(|error| self.failed(error))?;
        self.issued(&reply)
    }

    fn issued(&self, reply: &Response<TokenReply>) -> Result<Issued, SourceError> {
        let token = token(reply.headers())?;
        let body = reply.get_ref().token.as_ref();
        let now = self.iam.settings().clock.wall();
        let issued = Issued::new(Credential::Token(token)).with_lifetime(lifetime(
            body,
            reply.headers(),
            now,
        ));
        let project = body.and_then(|body| body.project.as_ref()?.id.clone());
        Ok(match project {
            Some(id) => issued.with_project_id(id),
            None => issued,
        })
    }

    /// What a failed call means for those who wait.
    fn failed(&self, error: Error) -> SourceError {
        // Nobody asks for the effect of a login.
        let error = error.without_effect();
        let text = format!("cannot sign in: {error}");
        let failure = match (error.kind(), error.status().map(|status| status.as_u16())) {
            (ErrorKind::Config | ErrorKind::Validation, _) => SourceError::invalid(text),
            (ErrorKind::Service, Some(400..=407 | 409..=428 | 430..=499)) => {
                SourceError::refused(text)
            }
            _ => SourceError::unavailable(text),
        };
        match error.retry_after() {
            Some(delay) => failure.with_retry_after(delay),
            None => failure,
        }
    }
}

impl CredentialSource for PasswordSource {
    fn issue<'a>(&'a self, wish: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        Box::pin(self.log_in(wish))
    }
}

/// A character as some write it in JSON.
fn in_ascii(c: char) -> String {
    if c.is_ascii() {
        return c.to_string();
    }
    let units = c.encode_utf16(&mut [0; 2]).to_vec();
    units.iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// The token of a reply, if it can be one. What cannot is not shown.
fn token(headers: &HeaderMap) -> Result<Secret, SourceError> {
    let name = CreateToken::INFO.name();
    let bad = |what: &str| SourceError::unavailable(format!("the reply of {name} {what}"));
    let value = headers.get("x-subject-token");
    let value = value.ok_or_else(|| bad("has no X-Subject-Token"))?;
    let text = value
        .to_str()
        .map_err(|_| bad("has a token that is no text"))?;
    if text.is_empty() || text.len() > LONGEST_TOKEN || text.contains(char::is_whitespace) {
        return Err(bad("has a token that cannot be one"));
    }
    Ok(Secret::new(text))
}

/// How long the token lasts from now on, measured by the clock of the server: ours may be wrong.
fn lifetime(body: Option<&TokenBody>, headers: &HeaderMap, now: SystemTime) -> Duration {
    let instant = |time: &Timestamp| {
        let seconds = u64::try_from(time.unix_seconds()?).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    };
    let Some(expires) = body.and_then(|body| instant(body.expires_at.as_ref()?)) else {
        return UNKNOWN_LIFE;
    };
    let issued = body.and_then(|body| instant(body.issued_at.as_ref()?));
    let server_now = head::date(headers).or(issued).unwrap_or(now);
    expires.duration_since(server_now).unwrap_or_default()
}
