//! One account with a user, two access keys and a project for each region; and who may do what.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use cloudbackup_core::Secret;
use serde::{Deserialize, Serialize};

use super::signature::Signature;
use crate::clock::Moment;
use crate::cloud::Region;
use crate::http::Request;
use crate::ids::Ids;
use crate::refusal::Refusal;
use crate::state::{Archive, Word};

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Token {
    /// How it was got: `password` or `token`.
    #[serde(deserialize_with = "crate::state::word")]
    pub(super) method: Word,
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
    /// Something has changed that is to be saved.
    is_changed: bool,
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
            is_changed: false,
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Hands out a token that is valid for a day, to one who signed in by this method.
    pub(super) fn issue(
        &mut self,
        ids: &Ids,
        method: &'static str,
        grant: Grant,
        now: Moment,
    ) -> String {
        let token = Token {
            method,
            grant,
            issued: now,
            expires: now.after(TOKEN_LIFE),
        };
        self.hand_out(ids, token)
    }

    /// Hands out a token that is valid until it is revoked, however far the clock is moved.
    pub(crate) fn issue_lasting(&mut self, ids: &Ids, grant: Grant, now: Moment) -> String {
        let token = Token {
            method: "password",
            grant,
            issued: now,
            expires: Moment::FAR,
        };
        self.hand_out(ids, token)
    }

    fn hand_out(&mut self, ids: &Ids, token: Token) -> String {
        if self.tokens.len() >= MOST_TOKENS {
            self.make_room(token.issued);
        }
        let text = format!("sandbox-{}", ids.hex(64));
        self.tokens.insert(text.clone(), token);
        self.is_changed = true;
        text
    }

    /// The lasting token for a grant, if one was handed out and not revoked since.
    pub(crate) fn lasting(&self, grant: &Grant) -> Option<&str> {
        let mut tokens = self.tokens.iter();
        let found = tokens.find(|(_, it)| it.expires == Moment::FAR && it.grant == *grant);
        found.map(|(text, _)| text.as_str())
    }

    /// Whether something has changed since this was asked last.
    pub(crate) fn has_changed(&mut self) -> bool {
        std::mem::take(&mut self.is_changed)
    }

    /// Goes through what changes of the account; everything else follows from the seed.
    pub(crate) fn archive(&mut self, archive: &mut impl Archive) {
        archive.rows("tokens", &mut self.tokens);
        let keys = self.keys.iter();
        let mut misuse: BTreeMap<String, (u32, Option<Moment>)> = keys
            .map(|(access, key)| (access.clone(), (key.failures, key.locked_until)))
            .collect();
        archive.value("keys", &mut misuse);
        for (access, (failures, locked_until)) in misuse {
            if let Some(key) = self.keys.get_mut(&access) {
                (key.failures, key.locked_until) = (failures, locked_until);
            }
        }
    }

    /// Forgets the tokens that have expired, or the oldest one if there are none of these.
    fn make_room(&mut self, now: Moment) {
        self.tokens.retain(|_, token| token.expires > now);
        if self.tokens.len() >= MOST_TOKENS {
            let tokens = self.tokens.iter();
            let oldest = tokens.min_by_key(|(_, token)| (token.expires, token.issued));
            if let Some(text) = oldest.map(|(text, _)| text.clone()) {
                self.tokens.remove(&text);
            }
        }
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
        self.is_changed |= self.tokens.remove(text).is_some();
    }

    /// What a request may do, by its token or its signature. `wall` is the time in seconds by the
    /// clock that signatures are judged by.
    pub(crate) fn grant(
        &mut self,
        request: &Request,
        now: Moment,
        wall: i64,
    ) -> Result<Grant, Refusal> {
        let mut tokens = request.headers.get_all("x-auth-token").iter();
        if let Some(token) = tokens.next() {
            if tokens.next().is_some() {
                return Err(Refusal::unauthorized("there are several tokens"));
            }
            let token = token.to_str().unwrap_or_default();
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
            self.is_changed = true;
            return Err(Refusal::unauthorized("the signature is wrong"));
        }
        self.is_changed |= std::mem::take(&mut key.failures) > 0;
        let account = request.header("x-domain-id");
        if account.is_some_and(|account| account != self.credentials.domain_id) {
            let message = "the credentials are not for this account";
            return Err(Refusal::new(403, "APIG.0802", message));
        }
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

#[cfg(test)]
mod tests {
    use super::{Grant, Iam, MOST_TOKENS, TOKEN_LIFE};
    use crate::clock::Moment;
    use crate::ids::Ids;

    const START: i64 = 1_550_040_733_000;

    /// Hands out as many tokens as there may be, a millisecond apart, the last one at the start.
    fn full(iam: &mut Iam, ids: &Ids) -> Vec<String> {
        let before = i64::try_from(MOST_TOKENS).unwrap_or_default();
        let times = (START - before + 1)..=START;
        let tokens = times.map(Moment::from_millis);
        tokens
            .map(|now| iam.issue(ids, "password", Grant::Domain, now))
            .collect()
    }

    #[test]
    fn the_oldest_token_makes_room_for_one_more() {
        let ids = Ids::new(0);
        let mut iam = Iam::new(&ids, &[]);
        let start = Moment::from_millis(START);
        let lasting = iam.issue_lasting(&ids, Grant::Domain, Moment::from_millis(0));
        let tokens = full(&mut iam, &ids);
        // The lasting one had been there already.
        assert_eq!(iam.tokens.len(), MOST_TOKENS);
        assert!(iam.token(&tokens[0], start).is_err());
        assert!(iam.token(&tokens[1], start).is_ok());
        let last = iam.issue(&ids, "password", Grant::Domain, start);
        assert_eq!(iam.tokens.len(), MOST_TOKENS);
        assert!(iam.token(&tokens[1], start).is_err());
        for token in [&tokens[2], &tokens[MOST_TOKENS - 1], &last, &lasting] {
            assert!(iam.token(token, start).is_ok());
        }
    }

    #[test]
    fn expired_tokens_make_room_for_others() {
        let ids = Ids::new(0);
        let mut iam = Iam::new(&ids, &[]);
        let lasting = iam.issue_lasting(&ids, Grant::Domain, Moment::from_millis(0));
        let _ = full(&mut iam, &ids);
        let later = Moment::from_millis(START).after(TOKEN_LIFE);
        let token = iam.issue(&ids, "password", Grant::Domain, later);
        assert_eq!(iam.tokens.len(), 2);
        assert!(iam.token(&lasting, later).is_ok() && iam.token(&token, later).is_ok());
    }
}
