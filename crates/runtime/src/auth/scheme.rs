//! Security schemes as documents describe them: what a caller gives for each, and where it stands in a
//! request.
//!
//! A service that says [`Service::schemes`](crate::Service::schemes) takes these in place of a token
//! of IAM. Each operation lists the schemes that it takes, and the first list of which everything was
//! given is used.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use cloudbackup_core::Secret;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};

use crate::builder::header_problem;
use crate::error::Error;
use crate::text::REDACTED;
use crate::url;

/// Lists of schemes, of which one list is needed.
pub(crate) type Alternatives = &'static [&'static [&'static str]];

/// A way in which a service knows its callers, by the name of the function that makes a credential
/// for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Header(&'static str),
    Query(&'static str),
    Cookie(&'static str),
    Bearer,
    Basic,
}

impl Scheme {
    /// A key in this header.
    #[must_use]
    pub const fn header(name: &'static str, header: &'static str) -> Self {
        let kind = Kind::Header(header);
        Self { name, kind }
    }

    /// A key in the query, under this name.
    #[must_use]
    pub const fn query(name: &'static str, wire: &'static str) -> Self {
        let kind = Kind::Query(wire);
        Self { name, kind }
    }

    /// A key in a cookie of this name.
    #[must_use]
    pub const fn cookie(name: &'static str, cookie: &'static str) -> Self {
        let kind = Kind::Cookie(cookie);
        Self { name, kind }
    }

    /// A token in `Authorization`, behind `Bearer`.
    #[must_use]
    pub const fn bearer(name: &'static str) -> Self {
        let kind = Kind::Bearer;
        Self { name, kind }
    }

    /// A user name and a password in `Authorization`, behind `Basic`.
    #[must_use]
    pub const fn basic(name: &'static str) -> Self {
        let kind = Kind::Basic;
        Self { name, kind }
    }

    /// The name of the function that makes a credential for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// What a caller gives for a security scheme, for
/// [`ClientBuilder::security`](crate::ClientBuilder::security).
///
/// The functions in the module `security` of a generated client make them, so that no scheme can be
/// misspelt. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct SchemeCredential {
    scheme: &'static str,
    user: Option<Secret>,
    secret: Secret,
}

impl SchemeCredential {
    /// A key or token for the scheme of this name.
    pub fn key(scheme: &'static str, key: impl Into<Secret>) -> Self {
        Self {
            scheme,
            user: None,
            secret: key.into(),
        }
    }

    /// A user name and a password for the scheme of this name.
    pub fn login(
        scheme: &'static str,
        user: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        Self {
            scheme,
            user: Some(Secret::new(user)),
            secret: password.into(),
        }
    }

    /// The name of the scheme that it is for.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }
}

/// Path and query of a request whose query holds a secret, as they may be printed.
#[cfg(feature = "test-util")]
#[derive(Clone, Debug)]
pub(crate) struct ShownTarget(pub(crate) String);

/// The credentials of a client, in the form in which requests take them.
#[derive(Clone, Default)]
pub(crate) struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    scheme: &'static str,
    part: Part,
}

/// A part of a request that is a secret.
#[derive(Clone)]
enum Part {
    Header(HeaderName, HeaderValue),
    /// `name=value`, as it stands in the query.
    Query(Secret),
    /// `name=value`, as it stands in the header.
    Cookie(Secret),
}

impl Keys {
    /// Makes the parts of all that was given; what is wrong is a sentence each.
    pub(crate) fn new(
        schemes: &[Scheme],
        given: &[SchemeCredential],
        problems: &mut Vec<String>,
    ) -> Self {
        let mut keys = Self::default();
        for credential in given {
            let name = credential.scheme;
            let Some(scheme) = schemes.iter().find(|scheme| scheme.name == name) else {
                problems.push(format!(
                    "the service knows no security scheme `{name}`: this credential is for another one"
                ));
                continue;
            };
            match part(scheme, credential) {
                Ok(part) => {
                    keys.0.retain(|key| key.scheme != name);
                    let scheme = scheme.name;
                    keys.0.push(Key { scheme, part });
                }
                Err(problem) => problems.push(format!("the credential of `{name}` {problem}")),
            }
        }
        keys
    }

    /// The first of the lists of which everything was given. Where nobody need be known, that is the
    /// empty one.
    fn chosen(&self, alternatives: Alternatives) -> Option<Vec<&Part>> {
        let part = |name: &&str| {
            let key = self.0.iter().find(|key| key.scheme == *name)?;
            Some(&key.part)
        };
        if alternatives.is_empty() {
            return Some(Vec::new());
        }
        let mut lists = alternatives.iter();
        lists.find_map(|names| names.iter().map(part).collect())
    }

    /// Puts what an operation takes into a request, as the last thing that is done to it.
    pub(crate) fn authenticate(
        &self,
        request: &mut http::Request<Bytes>,
        alternatives: Alternatives,
    ) -> Result<(), Error> {
        let Some(parts) = self.chosen(alternatives) else {
            return Err(Error::config(lacking(alternatives)));
        };
        let mut query = String::new();
        for part in parts {
            match part {
                Part::Header(name, value) => {
                    request.headers_mut().insert(name.clone(), value.clone());
                }
                Part::Query(pair) => {
                    query.push('&');
                    query.push_str(pair.expose());
                }
                Part::Cookie(pair) => add_cookie(request.headers_mut(), pair.expose(), true)
                    .map_err(|()| unsendable())?,
            }
        }
        if let Some(pairs) = query.get(1..) {
            let plain = request.uri().to_string();
            let uri = url::with_query(&plain, pairs);
            *request.uri_mut() = uri.parse().map_err(|_| unsendable())?;
            #[cfg(feature = "test-util")]
            request
                .extensions_mut()
                .insert(self.shown_target(&plain, alternatives));
        }
        Ok(())
    }

    #[cfg(feature = "test-util")]
    fn shown_target(&self, plain: &str, alternatives: Alternatives) -> ShownTarget {
        let target = plain.splitn(4, '/').nth(3).unwrap_or_default();
        let shown = url::with_query(target, &self.shown_query(alternatives));
        ShownTarget(format!("/{shown}"))
    }

    /// The lines of a printed request that stand for what is added when it is sent.
    pub(crate) fn shown(&self, alternatives: Alternatives) -> Vec<String> {
        let parts = self.chosen(alternatives).unwrap_or_default().into_iter();
        parts
            .filter_map(|part| match part {
                Part::Header(name, _) => Some(format!("{name}: {REDACTED}")),
                Part::Cookie(pair) => Some(format!("{COOKIE}: {}={REDACTED}", name_of(pair))),
                Part::Query(_) => None,
            })
            .collect()
    }

    /// The same for the query of a printed URL.
    pub(crate) fn shown_query(&self, alternatives: Alternatives) -> String {
        let parts = self.chosen(alternatives).unwrap_or_default().into_iter();
        let pairs = parts.filter_map(|part| match part {
            Part::Query(pair) => Some(format!("{}={REDACTED}", name_of(pair))),
            _ => None,
        });
        pairs.collect::<Vec<_>>().join("&")
    }
}

fn name_of(pair: &Secret) -> &str {
    let pair = pair.expose();
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// Adds a pair to the one header of cookies that a request has.
pub(crate) fn add_cookie(
    headers: &mut http::HeaderMap,
    pair: &str,
    is_secret: bool,
) -> Result<(), ()> {
    let old = headers
        .get(COOKIE)
        .map(|value| value.to_str().map_err(drop));
    let text = match old.transpose()? {
        Some(old) => format!("{old}; {pair}"),
        None => pair.to_owned(),
    };
    let mut value = HeaderValue::try_from(text).map_err(drop)?;
    value.set_sensitive(is_secret);
    headers.insert(COOKIE, value);
    Ok(())
}

/// What must never be printed: what was given, and what was made of it.
pub(crate) fn hidden(given: &[SchemeCredential]) -> Vec<Secret> {
    let mut all = Vec::new();
    for SchemeCredential { user, secret, .. } in given {
        let mut encoded = String::new();
        url::push_encoded(&mut encoded, secret.expose());
        if encoded != secret.expose() {
            all.push(Secret::new(encoded));
        }
        if let Some(user) = user {
            all.push(login(user, secret));
        }
        all.push(secret.clone());
    }
    all
}

fn login(user: &Secret, password: &Secret) -> Secret {
    let pair = Secret::new(format!("{}:{}", user.expose(), password.expose()));
    Secret::new(STANDARD.encode(pair.expose()))
}

/// The part of a request that a credential becomes; the error is a clause that follows its name.
fn part(scheme: &Scheme, credential: &SchemeCredential) -> Result<Part, String> {
    let text = credential.secret.expose();
    match (scheme.kind, &credential.user) {
        (Kind::Basic, Some(user)) => basic(user, &credential.secret),
        (Kind::Basic, None) => Err("is a key, but the scheme takes a user and a password".into()),
        (_, Some(_)) => Err("is a user and a password, but the scheme takes a key".into()),
        (Kind::Bearer, None) => {
            let begins = text
                .get(..7)
                .is_some_and(|it| it.eq_ignore_ascii_case("bearer "));
            if begins {
                return Err("starts with `Bearer`: give the token alone".into());
            }
            usable(text)?;
            header(AUTHORIZATION, format!("Bearer {text}"))
        }
        (Kind::Header(name), None) => {
            usable(text)?;
            let name = name.parse().map_err(|_| "has no header to stand in")?;
            header(name, text.to_owned())
        }
        (Kind::Query(name), None) => {
            if text.is_empty() {
                return Err("is empty".into());
            }
            let mut pair = String::new();
            url::push_encoded(&mut pair, name);
            pair.push('=');
            url::push_encoded(&mut pair, text);
            Ok(Part::Query(Secret::new(pair)))
        }
        (Kind::Cookie(name), None) => {
            usable(text)?;
            if text.contains([' ', '"', ',', ';', '\\']) {
                return Err("holds a character that ends a cookie".into());
            }
            Ok(Part::Cookie(Secret::new(format!("{name}={text}"))))
        }
    }
}

fn basic(user: &Secret, password: &Secret) -> Result<Part, String> {
    if user.expose().contains(':') {
        return Err("has a colon in its user name, where the password would begin".into());
    }
    for (what, text) in [("user name", user), ("password", password)] {
        if text.expose().chars().any(char::is_control) {
            return Err(format!("has a control character in its {what}"));
        }
    }
    header(
        AUTHORIZATION,
        format!("Basic {}", login(user, password).expose()),
    )
}

fn usable(text: &str) -> Result<(), String> {
    header_problem(text).map_or(Ok(()), |problem| Err(problem.to_owned()))
}

fn header(name: HeaderName, text: String) -> Result<Part, String> {
    let value = HeaderValue::try_from(text).map_err(|_| "cannot be sent in a header")?;
    let mut value = value;
    value.set_sensitive(true);
    Ok(Part::Header(name, value))
}

fn unsendable() -> Error {
    Error::config("the request cannot hold its credentials")
}

/// What to give for an operation that can't be called as nobody.
fn lacking(alternatives: Alternatives) -> String {
    let lists = alternatives.iter().map(|names| {
        let calls = names
            .iter()
            .map(|name| format!("`.security(security::{name}(..))`"));
        calls.collect::<Vec<_>>().join(" and ")
    });
    let lists: Vec<String> = lists.collect();
    format!(
        "no credentials: call {} on the client's builder",
        lists.join(", or ")
    )
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|key| key.scheme);
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    const SCHEMES: &[Scheme] = &[
        Scheme::header("key", "X-Key"),
        Scheme::query("query_key", "api key"),
        Scheme::cookie("session", "SID"),
        Scheme::bearer("oauth"),
        Scheme::basic("basic"),
    ];

    fn problem(credential: SchemeCredential) -> String {
        let mut problems = Vec::new();
        Keys::new(SCHEMES, &[credential], &mut problems);
        assert_eq!(problems.len(), 1);
        assert!(!problems[0].contains("hush"), "{problems:?}");
        problems.remove(0)
    }

    #[test]
    fn credentials_that_cannot_be_sent_are_refused_without_repeating_them() {
        let key = SchemeCredential::key;
        for (credential, part) in [
            (key("key", ""), "`key` is empty"),
            (key("key", "hush\n"), "control character"),
            (key("key", "hushé"), "outside ASCII"),
            (key("query_key", ""), "is empty"),
            (key("session", "hush;"), "ends a cookie"),
            (key("oauth", "Bearer hush"), "give the token alone"),
            (key("basic", "hush"), "a user and a password"),
            (SchemeCredential::login("key", "u", "hush"), "takes a key"),
            (SchemeCredential::login("basic", "u:v", "hush"), "colon"),
            (SchemeCredential::login("basic", "u", "hush\n"), "control"),
            (key("other", "hush"), "knows no security scheme `other`"),
        ] {
            let found = problem(credential);
            assert!(found.contains(part), "{found}");
        }
    }

    #[test]
    fn password_outside_ascii_is_sent_as_utf_8() {
        let (user, password) = (Secret::from("Aladdin"), Secret::from("öffne"));
        assert_eq!(login(&user, &password).expose(), "QWxhZGRpbjrDtmZmbmU=");
        assert!(basic(&user, &password).is_ok());
    }
}
