//! One account with a user, two access keys and a project for each region; and who may do what.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use cloudbackup_core::Secret;

use super::signature::Signature;
use crate::clock::Moment;
use crate::cloud::Region;
use crate::http::Request;
use crate::ids::Ids;
use crate::refusal::Refusal;

/// How long a token is valid.
const TOKEN_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How far the time of a signature may be off, in seconds.
const MOST_SKEW: u64 = 15 * 60;
/// After so many wrong signatures in a row a key is locked,
const MOST_FAILURES: u32 = 5;
/// for this long.
const LOCK: Duration = Duration::from_secs(5 * 60);
/// Tokens at a time; the oldest goes when there is one more.
const MOST_TOKENS: usize = 10_000;

/// What a consumer signs in with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// Name of the account.
    pub domain_name: String,
    /// Id of the account.
    pub domain_id: String,
    /// Name of the user.
    pub user_name: String,
    /// Password of the user.
    pub password: Secret,
    /// Access key of the user.
    pub access_key: String,
    /// Secret key that belongs to it.
    pub secret_key: Secret,
    /// A temporary access key of the user.
    pub temporary_access_key: String,
    /// Secret key that belongs to it.
    pub temporary_secret_key: Secret,
    /// What goes along with the temporary key as `X-Security-Token`.
    pub security_token: Secret,
}

/// What a request may touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// One project.
    Project(String),
    /// Everything of the account.
    Domain,
}

impl Grant {
    pub(crate) fn covers(&self, project_id: &str) -> bool {
        match self {
            Self::Project(own) => own == project_id,
            Self::Domain => true,
        }
    }
}

/// A token that was handed out.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) grant: Grant,
    pub(super) issued: Moment,
    pub(super) expires: Moment,
}

/// An access key and how it was misused.
#[derive(Default)]
struct Key {
    secret: String,
    security_token: Option<String>,
    failures: u32,
    locked_until: Option<Moment>,
}

/// The account.
pub(crate) struct Iam {
    pub(super) credentials: Credentials,
    pub(super) user_id: String,
    pub(super) projects: Vec<Region>,
    tokens: BTreeMap<String, Token>,
    keys: BTreeMap<String, Key>,
}

/// Shows nothing: all of it is secret.
impl fmt::Debug for Iam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iam").finish_non_exhaustive()
    }
}

impl Iam {
    pub(crate) fn new(ids: &Ids, projects: &[Region]) -> Self {
        let credentials = Credentials {
            domain_name: "sandbox".to_owned(),
            domain_id: ids.hex(32),
            user_name: "tester".to_owned(),
            password: Secret::new(ids.hex(16)),
            access_key: ids.hex(20).to_ascii_uppercase(),
            secret_key: Secret::new(ids.hex(40)),
            temporary_access_key: ids.hex(20).to_ascii_uppercase(),
            temporary_secret_key: Secret::new(ids.hex(40)),
            security_token: Secret::new(ids.hex(64)),
        };
        let key = |secret: &Secret, token: Option<&Secret>| Key {
            secret: secret.expose().to_owned(),
            security_token: token.map(|token| token.expose().to_owned()),
            ..Key::default()
        };
        let lasting = key(&credentials.secret_key, None);
        let temporary = key(
            &credentials.temporary_secret_key,
            Some(&credentials.security_token),
        );
        Self {
            keys: BTreeMap::from([
                (credentials.access_key.clone(), lasting),
                (credentials.temporary_access_key.clone(), temporary),
            ]),
            user_id: ids.hex(32),
            projects: projects.to_vec(),
            credentials,
            tokens: BTreeMap::new(),
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Hands out a token that is valid for a day.
    pub(crate) fn issue(&mut self, ids: &Ids, grant: Grant, now: Moment) -> String {
        self.hand_out(ids, grant, now, now.after(TOKEN_LIFE))
    }

    /// Hands out a token that is valid until it is revoked, however far the clock is moved.
    pub(crate) fn issue_lasting(&mut self, ids: &Ids, grant: Grant, now: Moment) -> String {
        self.hand_out(ids, grant, now, Moment::FAR)
    }

    fn hand_out(&mut self, ids: &Ids, grant: Grant, now: Moment, expires: Moment) -> String {
        self.tokens.retain(|_, token| token.expires > now);
        if self.tokens.len() >= MOST_TOKENS {
            let tokens = self.tokens.iter();
            let oldest = tokens.min_by_key(|(_, token)| (token.expires, token.issued));
            if let Some(text) = oldest.map(|(text, _)| text.clone()) {
                self.tokens.remove(&text);
            }
        }
        let text = format!("sandbox-{}", ids.hex(64));
        let token = Token {
            grant,
            issued: now,
            expires,
        };
        self.tokens.insert(text.clone(), token);
        text
    }

    /// A token that is valid now.
    pub(super) fn token(&self, text: &str, now: Moment) -> Result<&Token, Refusal> {
        match self.tokens.get(text) {
            Some(token) if token.expires > now => Ok(token),
            Some(_) => Err(Refusal::unauthorized(
                "the token has expired, get another one",
            )),
            None => Err(Refusal::unauthorized("the token is not valid")),
        }
    }

    /// Voids a token before its time.
    pub(crate) fn revoke(&mut self, text: &str) {
        self.tokens.remove(text);
    }

    /// What a request may do, by its token or its signature. `wall` is the time in seconds by the
    /// clock that signatures are judged by.
    pub(crate) fn grant(
        &mut self,
        request: &Request,
        now: Moment,
        wall: i64,
    ) -> Result<Grant, Refusal> {
        if let Some(token) = request.header("x-auth-token") {
            return Ok(self.token(token, now)?.grant.clone());
        }
        if Signature::is_claimed(request) {
            return self.signed(request, now, wall);
        }
        Err(Refusal::unauthorized(
            "there is neither a token nor a signature",
        ))
    }

    fn signed(&mut self, request: &Request, now: Moment, wall: i64) -> Result<Grant, Refusal> {
        let signature = Signature::read(request).map_err(Refusal::unauthorized)?;
        let key = self.keys.get_mut(signature.access);
        let key = key.ok_or_else(|| Refusal::unauthorized("there is no such access key"))?;
        if key.locked_until.is_some_and(|until| until > now) {
            return Err(Refusal::unauthorized(
                "the access key is locked after too many wrong signatures",
            ));
        }
        let skew = signature.seconds().map(|seconds| seconds.abs_diff(wall));
        if skew.is_none_or(|skew| skew > MOST_SKEW) {
            return Err(Refusal::unauthorized(
                "the time of the signature is off by more than 15 minutes",
            ));
        }
        if !key.is_used_by(&signature, request) {
            key.failed(now);
            return Err(Refusal::unauthorized("the signature is wrong"));
        }
        key.failures = 0;
        let project = request.header("x-project-id").map(str::to_owned);
        Ok(project.map_or(Grant::Domain, Grant::Project))
    }
}

impl Key {
    /// Whether a signature is made with this key, and the temporary token goes along with it.
    fn is_used_by(&self, signature: &Signature<'_>, request: &Request) -> bool {
        let token = request.header("x-security-token");
        signature.is_by(&self.secret, request) && self.security_token.as_deref() == token
    }

    fn failed(&mut self, now: Moment) {
        self.failures += 1;
        if self.failures >= MOST_FAILURES {
            self.failures = 0;
            self.locked_until = Some(now.after(LOCK));
        }
    }
}
