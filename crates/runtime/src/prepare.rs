//! From an input to the exact request: validated, encoded, and printable before it is sent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use cloudbackup_core::operation::{
    ClientValue, Method as CoreMethod, Operation, OperationInfo, Place, RequestParts,
};
use cloudbackup_core::validate::{Validator, Violation, ViolationKind};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Uri};
use reqwest::Url;

use crate::attempt::Reply;
use crate::auth::{Alternatives, add_cookie};
use crate::builder::header_problem;
use crate::call::{Call, Sending, SendingWithResponse};
use crate::error::Error;
use crate::exchange::exchange;
use crate::hidden;
use crate::reply::decode;
use crate::response::Response;
use crate::text::REDACTED;
use crate::trace;
use crate::url;

/// The header that carries the token.
pub(crate) const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-auth-token");

/// Headers that no operation may set: they decide where a request goes, as whom, and how it and its
/// reply are read.
const OWN_HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-auth-token",
    "x-domain-id",
    "x-project-id",
    "x-sdk-content-sha256",
    "x-sdk-date",
    "x-security-token",
];

/// A request, ready to be sent, and exactly what will be sent.
///
/// `{}` prints it as text: the request line, the headers with the token redacted, the body.
/// Credentials are added at the moment of sending and are not among [`headers`](Self::headers).
///
/// A body that is printed has its passwords redacted; [`body`](Self::body) hands it out as it is.
#[must_use = "a prepared request is not sent yet"]
pub struct PreparedRequest<O> {
    call: Call,
    draft: Draft,
    operation: PhantomData<fn() -> O>,
}

/// The parts of a request that do not depend on the type of its operation.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// The same, as it is sent.
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    /// Whether the project still has to be found.
    pub(crate) lacks_project: bool,
    /// JSON pointers to what nobody may see in the body.
    pub(crate) hidden: &'static [&'static str],
    /// The members of a form as JSON, where anything in it is hidden.
    pub(crate) form: Option<Bytes>,
    /// The security schemes that the operation takes; `None` for those of IAM.
    pub(crate) security: Option<Alternatives>,
}

impl<O: Operation> PreparedRequest<O> {
    pub(crate) fn new(call: Call, input: &O) -> Result<Self, Error> {
        let mut validator = Validator::new();
        if call.validation {
            input.validate(&mut validator);
            O::INFO.validate_client_values(&mut validator, |held| {
                client_value(&call, held.held()).map(str::to_owned)
            });
        }
        let violations = match validator.finish() {
            Ok(()) => Vec::new(),
            Err(found) => found.into_iter().collect(),
        };
        let mut parts = RequestParts::new();
        input.encode(&mut parts);
        let draft = Draft::new(&call, &O::INFO, parts, violations)
            .map_err(|error| error.with_operation(&O::INFO))?;
        Ok(Self {
            call,
            draft,
            operation: PhantomData,
        })
    }

    /// Sends the request and decodes the reply.
    pub fn send(self) -> Sending<O::Output> {
        Sending::new(async move { self.exchange().await.map(Response::into_inner) })
    }

    /// Like [`send`](Self::send), and keeps status, headers and request id of the reply.
    pub fn send_with_response(self) -> SendingWithResponse<O::Output> {
        Sending::new(self.exchange())
    }

    /// Sends the request and waits for the reply on this thread, without an async runtime.
    ///
    /// # Errors
    /// As the other ways of sending, and [`ErrorKind::Config`](crate::ErrorKind::Config) on a
    /// thread that belongs to an async runtime, which it would block. That includes the threads of
    /// `spawn_blocking`, where `Handle::current().block_on(request.send())` does the same.
    #[cfg(feature = "blocking")]
    pub fn send_blocking(self) -> Result<O::Output, Error> {
        self.send_blocking_with_response().map(Response::into_inner)
    }

    /// Like `send_blocking`, and keeps status, headers and request id of the reply.
    ///
    /// # Errors
    /// As for `send_blocking`.
    #[cfg(feature = "blocking")]
    pub fn send_blocking_with_response(mut self) -> Result<Response<O::Output>, Error> {
        self.call.is_blocking = true;
        let client = self.call.client.clone();
        crate::blocking::run(&client, &O::INFO, self.exchange())
    }

    /// Sends the request, for a reply of which more is made than an output.
    pub(crate) async fn into_reply(self) -> Result<Reply, Error> {
        exchange(self.call, O::INFO, self.draft).await
    }

    async fn exchange(self) -> Result<Response<O::Output>, Error> {
        trace::called(&O::INFO, async move {
            let (pointers, body) = (self.draft.hidden, self.draft.members());
            let reply = self.into_reply().await;
            let decoded = reply.and_then(decode::<O>);
            decoded
                .map_err(|error| error.without_secrets(&hidden::secrets(pointers, body.as_deref())))
        })
        .await
    }
}

impl<O> PreparedRequest<O> {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.draft.method
    }

    /// The URL, byte for byte.
    #[must_use]
    pub fn url(&self) -> &str {
        self.draft.url.as_str()
    }

    /// The path of the URL, percent-encoded as it is sent.
    #[must_use]
    pub fn path(&self) -> &str {
        self.draft.url.path()
    }

    /// Names and values of the query, decoded, in the order in which they are sent.
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.draft.url.query_pairs()
    }

    /// The headers, without those that the connection adds (`Host`, `Content-Length`) and without
    /// credentials.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.draft.headers
    }

    /// The body, if there is one.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.draft.body.as_deref()
    }
}

impl Draft {
    /// The JSON in which secrets are looked for: the body, or the members of a form.
    fn members(&self) -> Option<Bytes> {
        self.form.clone().or_else(|| self.body.clone())
    }

    /// The body as it may be shown.
    fn shown_body(&self) -> Option<String> {
        let body = self.body.as_deref()?;
        let media_type = self.headers.get(CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok());
        let members = self.members();
        let members = members.as_deref().unwrap_or_default();
        Some(hidden::shown(
            self.hidden,
            media_type.unwrap_or_default(),
            body,
            members,
        ))
    }

    /// Puts the project in.
    pub(crate) fn set_project(&mut self, id: &str) -> Result<(), Error> {
        let (mut hole, mut encoded) = (String::new(), String::new());
        url::push_encoded(&mut hole, PROJECT_HOLE);
        url::push_encoded(&mut encoded, id);
        if matches!(id, "" | "." | "..") {
            return Err(Error::config("the project that was found has no usable id"));
        }
        (self.url, self.uri) = exact_url(self.url.as_str().replacen(&hole, &encoded, 1))?;
        Ok(())
    }

    /// Puts the request together; what is wrong is reported together with what validation found.
    fn new(
        call: &Call,
        info: &OperationInfo,
        mut parts: RequestParts,
        mut violations: Vec<Violation>,
    ) -> Result<Self, Error> {
        let mut found = Vec::new();
        let address = address(call, info, &parts, &mut found);
        let headers = headers(call, info, &parts, &mut found);
        found.extend(parts.refused().iter().map(|refused| {
            let pointer = refused.pointer.clone();
            Violation::new(pointer, ViolationKind::Format, refused.message)
        }));
        let encoding = parts.take_error();
        if let Some(error) = &encoding {
            let pointer = error
                .member()
                .map_or("/body".to_owned(), |name| format!("/body/{name}"));
            found.push(Violation::new(
                pointer,
                ViolationKind::Format,
                error.problem(),
            ));
        }
        // One message for each place: validation has said it in the document's terms.
        found.retain(|own| violations.iter().all(|known| known.pointer != own.pointer));
        violations.append(&mut found);
        if !violations.is_empty() {
            // A message may quote the value, which is the token where the two were mixed up.
            for violation in &mut violations {
                for text in [&mut violation.pointer, &mut violation.message] {
                    *text = call.client.settings().masked(std::mem::take(text));
                }
            }
            let error = Error::validation(violations);
            return Err(match encoding {
                Some(cause) => error.with_source(cause),
                None => error,
            });
        }
        if call.limit().is_zero() {
            return Err(Error::config("the call's timeout is zero"));
        }
        let (url, uri) = exact_url(address)?;
        Ok(Self {
            method: method(info.method())?,
            url,
            uri,
            headers,
            body: parts.take_body().map(Bytes::from),
            form: form_members(info, &mut parts),
            hidden: info.secret_members(),
            security: info.security_schemes(),
            lacks_project: finds_project(call) && info.values_from_client().iter().any(is_project),
        })
    }
}

/// The members of a form, for those who look for secrets in it.
fn form_members(info: &OperationInfo, parts: &mut RequestParts) -> Option<Bytes> {
    let members = parts.take_form_members()?;
    let is_needed = !info.secret_members().is_empty();
    let text = is_needed.then(|| serde_json::to_vec(&members).ok());
    text.flatten().map(Bytes::from)
}

fn address(
    call: &Call,
    info: &OperationInfo,
    parts: &RequestParts,
    violations: &mut Vec<Violation>,
) -> String {
    let mut address = call.client.endpoint().to_owned();
    let value_of = |name: &str| {
        let of_client = |held: &&ClientValue| held.place() == Place::Path && held.wire() == name;
        match info.values_from_client().iter().find(of_client) {
            Some(held) if is_project(held) && finds_project(call) => {
                Ok(url::Part::Plain(PROJECT_HOLE))
            }
            Some(held) => client_value(call, held.held()).map(url::Part::Plain).ok_or(
                "is not set: call `.project_id(..)` on the client's builder \
                 or `.with_project_id(..)` on the call",
            ),
            None => {
                let plain = parts.path_value(name).map(url::Part::Plain);
                let part = plain.or(parts.path_text(name).map(url::Part::Encoded));
                part.ok_or("is required")
            }
        }
    };
    url::push_path(&mut address, info.path(), value_of, violations);
    url::push_query(&mut address, parts.query_pairs());
    match parts.query_text() {
        "" => address,
        pairs => url::with_query(&address, pairs),
    }
}

/// Stands in a path for a project that is found when the request is sent.
const PROJECT_HOLE: &str = "{project_id}";

/// Whether a value is the project as a part of the path.
fn is_project(value: &ClientValue) -> bool {
    value.place() == Place::Path && value.held() == "project_id"
}

/// Whether the project is not known and can be found.
fn finds_project(call: &Call) -> bool {
    let settings = call.client.settings();
    let known = call.project_id.as_ref().or(settings.project_id.as_ref());
    known.is_none() && settings.token.is_none() && settings.session.is_some()
}

/// What the client holds under this name, unless the call has its own.
fn client_value<'a>(call: &'a Call, held: &str) -> Option<&'a str> {
    let settings = call.client.settings();
    match held {
        "project_id" => call
            .project_id
            .as_deref()
            .or(settings.project_id.as_deref()),
        "language" => settings.language.as_deref(),
        _ => None,
    }
}

fn headers(
    call: &Call,
    info: &OperationInfo,
    parts: &RequestParts,
    violations: &mut Vec<Violation>,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, call.client.settings().user_agent.clone());
    let media_types = [
        (ACCEPT, Some(info.accepts())),
        (CONTENT_TYPE, parts.content_type()),
    ];
    for (name, media_type) in media_types {
        match media_type.map(HeaderValue::from_str) {
            None => {}
            Some(Ok(value)) => {
                headers.insert(name, value);
            }
            Some(Err(_)) => {
                let pointer = format!("/header/{name}");
                let message = "cannot be sent in a header";
                violations.push(Violation::new(pointer, ViolationKind::Characters, message));
            }
        }
    }
    let of_client = info
        .values_from_client()
        .iter()
        .filter(|held| held.place() == Place::Header)
        .filter_map(|held| Some((held.wire(), client_value(call, held.held())?)));
    let of_input = parts
        .headers()
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    for (name, value) in of_client.chain(of_input) {
        if let Err(message) = push_header(&mut headers, name, value) {
            let pointer = format!("/header/{name}");
            violations.push(Violation::new(pointer, ViolationKind::Characters, message));
        }
    }
    let cookies = parts.cookie_text();
    if !cookies.is_empty() && add_cookie(&mut headers, cookies, false).is_err() {
        let message = "cannot be sent beside a header `Cookie`";
        violations.push(Violation::new(
            "/cookie",
            ViolationKind::Characters,
            message,
        ));
    }
    headers
}

/// Adds a header; the error is a clause that follows its name.
fn push_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), &'static str> {
    let unusable = "cannot be sent in a header";
    let name: HeaderName = name.parse().map_err(|_| unusable)?;
    if OWN_HEADERS.contains(&name.as_str()) {
        return Err("is set by the client alone");
    }
    // An empty value is legal in a header, unlike in the settings of a client.
    if let Some(problem) = header_problem(value).filter(|_| !value.is_empty()) {
        return Err(problem);
    }
    headers.append(name, HeaderValue::from_str(value).map_err(|_| unusable)?);
    Ok(())
}

fn method(method: CoreMethod) -> Result<Method, Error> {
    Method::from_bytes(method.as_str().as_bytes())
        .map_err(|_| Error::config("the operation's method is no HTTP method"))
}

/// The URL parser's result must be what was put together: it would otherwise send, and a signature
/// would cover, something else.
fn exact_url(address: String) -> Result<(Url, Uri), Error> {
    let changed = || Error::config("the URL of the request would be changed on its way");
    let url = Url::parse(&address)
        .ok()
        .filter(|url| url.as_str() == address)
        .ok_or_else(changed)?;
    let uri = Uri::try_from(address).map_err(|error| {
        Error::config("the URL of the request cannot be sent").with_source(error)
    })?;
    Ok((url, uri))
}

impl<O> fmt::Display for PreparedRequest<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.call.client.settings();
        let added = match self.draft.security {
            Some(security) => settings.keys.shown_query(security),
            None => String::new(),
        };
        match added.as_str() {
            "" => writeln!(f, "{} {}", self.method(), self.url())?,
            pairs => writeln!(
                f,
                "{} {}",
                self.method(),
                url::with_query(self.url(), pairs)
            )?,
        }
        for (name, value) in self.headers() {
            writeln!(f, "{name}: {}", value.to_str().unwrap_or(REDACTED))?;
        }
        match self.draft.security {
            Some(security) => {
                for line in settings.keys.shown(security) {
                    writeln!(f, "{line}")?;
                }
            }
            None if settings.session.is_some() => writeln!(f, "{TOKEN_HEADER}: {REDACTED}")?,
            None => {}
        }
        if let Some(body) = self.draft.shown_body() {
            write!(f, "\n{body}")?;
        }
        Ok(())
    }
}

impl<O> fmt::Debug for PreparedRequest<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRequest")
            .field("method", self.method())
            .field("url", &self.url())
            .field("headers", self.headers())
            .field("body_len", &self.body().map(<[u8]>::len))
            .finish_non_exhaustive()
    }
}

impl<O> Clone for PreparedRequest<O> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            draft: self.draft.clone(),
            operation: PhantomData,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn address_that_the_url_parser_would_change_is_refused() {
        assert_eq!(
            exact_url("https://h/a%2Fb?c=d".into()).unwrap().0.as_str(),
            "https://h/a%2Fb?c=d"
        );
        for address in [
            "https://h/a/../b",
            "https://h/%2e%2e/b",
            "https://h/a\nb",
            "https://H/",
            "https://h",
        ] {
            assert!(exact_url(address.into()).is_err(), "{address:?}");
        }
    }
}
