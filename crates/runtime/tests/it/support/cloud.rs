//! A cloud in memory, on the clock of the test: IAM, and a service that takes the tokens and the
//! signatures that it should take. Each request is kept, each reply can be held back or replaced.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cloudbackup_core::Timestamp;
use cloudbackup_runtime::auth::{AccessKeys, Credentials, PasswordLogin, SigningScope, sign};
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{
    BoxFuture, Client, ClientBuilder, Clock, ReplyBody, Transport, TransportError,
};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{MARKER, TestClient};

const SERVICE: &str = "127.0.0.1:9";
const IAM: &str = "127.0.0.1:5";
/// Long enough not to be found in anything by chance, with what escaping and cutting may change.
pub(crate) const PASSWORD: &str = concat!("pässwörd \"planted-token-9f8e7d\" \\ ", "0123456789");
/// How far the clock of a signature may be off.
const MOST_SKEW: Duration = Duration::from_secs(15 * 60);

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Desk {
    Logins,
    Projects,
    Service,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// What IAM or the service says by itself.
    Usual,
    /// Nothing, ever.
    Never,
    This(u16, Vec<(&'static str, HeaderValue)>, String),
}

/// Holds replies back until it is opened.
#[derive(Clone, Debug)]
pub(crate) struct Door(Arc<Semaphore>);

#[derive(Clone)]
pub(crate) struct Cloud {
    pub(crate) clock: ManualClock,
    state: Arc<Mutex<State>>,
}

struct State {
    desks: [Book; 3],
    doors: Vec<(String, Door)>,
    issued: usize,
    revoked: usize,
    /// Seconds that a token lasts.
    lifetime: i64,
    keys: Vec<AccessKeys>,
    projects: Vec<String>,
    /// Seconds that the cloud's clock is ahead of the client's.
    ahead: i64,
}

#[derive(Default)]
struct Book {
    seen: Vec<Seen>,
    script: VecDeque<Reply>,
    otherwise: Option<Reply>,
}

/// The n-th token of a cloud, counted from one. As of real ones, the first letters are those of the
/// others.
pub(crate) fn token(number: usize) -> String {
    format!("MIIE-{number:08}-{MARKER}-0123456789")
}

/// The n-th access key that tests make, with its secret key and its security token.
pub(crate) fn keys(number: usize) -> AccessKeys {
    AccessKeys::new(format!("AK{number:08}"), format!("SK-{MARKER}-{number:08}"))
        .with_security_token(format!("ST-{MARKER}-{number:08}"))
}

pub(crate) fn by_password() -> Credentials {
    Credentials::password(PasswordLogin::new("account", "user", PASSWORD))
}

impl Desk {
    fn of(request: &Request<Bytes>) -> Self {
        let (host, path) = (request.uri().authority().unwrap(), request.uri().path());
        match (host.as_str(), path) {
            (IAM, "/v3/auth/tokens") => Self::Logins,
            (IAM, "/v3/projects") => Self::Projects,
            (SERVICE, _) => Self::Service,
            _ => panic!("nobody is at {}", request.uri()),
        }
    }
}

impl Seen {
    fn new(request: &Request<Bytes>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn token(&self) -> &str {
        self.header("x-auth-token").unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// All of it, for a search.
    pub(crate) fn text(&self) -> String {
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        let body = String::from_utf8_lossy(&self.body);
        format!("{} {}\n{headers}\n{body}", self.method, self.uri)
    }
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::This(status, Vec::new(), "{}".into())
    }

    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        Self::This(status, Vec::new(), body.into())
    }

    /// With a header, whose value may hold any byte that HTTP allows.
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        if let Self::This(_, headers, _) = &mut self {
            headers.push((name, HeaderValue::from_bytes(value.as_ref()).unwrap()));
        }
        self
    }
}

impl Door {
    pub(crate) fn open(&self) {
        self.0.close();
    }
}

impl Cloud {
    pub(crate) fn new() -> Self {
        Self::on(ManualClock::new())
    }

    pub(crate) fn on(clock: ManualClock) -> Self {
        let state = State {
            desks: Default::default(),
            doors: Vec::new(),
            issued: 0,
            revoked: 0,
            lifetime: 24 * 3600,
            keys: Vec::new(),
            projects: vec!["p1".into()],
            ahead: 0,
        };
        Self {
            clock,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// A client that signs in with the password, for the project of the cloud.
    pub(crate) fn client(&self) -> Client {
        let builder = self.builder(by_password()).project_id("p1");
        builder.build().unwrap().0
    }

    /// A client with these keys, which the cloud knows.
    pub(crate) fn signing_client(&self, keys: AccessKeys) -> Client {
        self.know(keys.clone());
        let builder = self.builder(Credentials::access_keys(keys));
        builder.project_id("p1").build().unwrap().0
    }

    /// A client that knows no project.
    pub(crate) fn builder(&self, credentials: Credentials) -> ClientBuilder<TestClient> {
        TestClient::builder()
            .endpoint(format!("http://{SERVICE}"))
            .iam_endpoint(format!("http://{IAM}"))
            .region("eu-de")
            .credentials(credentials)
            .clock(self.clock.clone())
            .transport(self.clone())
    }

    /// The requests that came to a desk.
    pub(crate) fn seen(&self, desk: Desk) -> Vec<Seen> {
        self.state().desks[desk as usize].seen.clone()
    }

    /// How many logins and calls there were.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state();
        let count = |desk: Desk| state.desks[desk as usize].seen.len();
        (count(Desk::Logins), count(Desk::Service))
    }

    pub(crate) fn logins(&self) -> usize {
        self.counts().0
    }

    /// The tokens of all calls in their order.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let calls = self.seen(Desk::Service);
        calls.iter().map(|call| call.token().to_owned()).collect()
    }

    /// Answers the next requests with these.
    pub(crate) fn next(&self, desk: Desk, replies: impl IntoIterator<Item = Reply>) {
        self.state().desks[desk as usize].script.extend(replies);
    }

    /// Answers all requests with this, after those that have an answer.
    pub(crate) fn always(&self, desk: Desk, reply: Reply) {
        self.state().desks[desk as usize].otherwise = Some(reply);
    }

    /// Holds back what is answered to requests whose path holds this. The answer is decided on
    /// when the door opens.
    pub(crate) fn hold(&self, part: &str) -> Door {
        let door = Door(Arc::new(Semaphore::new(0)));
        self.state().doors.push((part.to_owned(), door.clone()));
        door
    }

    /// Refuses all tokens that were issued so far.
    pub(crate) fn revoke(&self) {
        let mut state = self.state();
        state.revoked = state.issued;
    }

    pub(crate) fn know(&self, keys: AccessKeys) {
        self.state().keys.push(keys);
    }

    pub(crate) fn set_projects(&self, ids: &[&str]) {
        self.state().projects = ids.iter().map(|id| (*id).to_owned()).collect();
    }

    /// Sets how long tokens last.
    pub(crate) fn set_lifetime(&self, lifetime: Duration) {
        self.state().lifetime = i64::try_from(lifetime.as_secs()).unwrap();
    }

    /// Sets how far the cloud's clock is ahead of the client's.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.state().ahead = seconds;
    }

    /// What the cloud's clock shows.
    pub(crate) fn now(&self) -> SystemTime {
        let ahead = self.state().ahead;
        let amount = Duration::from_secs(ahead.unsigned_abs());
        match ahead < 0 {
            true => self.clock.wall() - amount,
            false => self.clock.wall() + amount,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn take(&self, desk: Desk, request: &Request<Bytes>) -> (Reply, Option<Door>) {
        let mut state = self.state();
        let book = &mut state.desks[desk as usize];
        book.seen.push(Seen::new(request));
        let reply = book.script.pop_front().or(book.otherwise.clone());
        let path = request.uri().path();
        let door = state.doors.iter().find(|(part, _)| path.contains(part));
        (
            reply.unwrap_or(Reply::Usual),
            door.map(|(_, door)| door.clone()),
        )
    }

    fn usual(&self, desk: Desk, request: &Request<Bytes>) -> Reply {
        let refusal = match (desk, request.headers().contains_key(AUTHORIZATION)) {
            (Desk::Logins, _) => return self.issue(),
            (_, true) => self.check_signature(request),
            (_, false) => self.check_token(request),
        };
        if let Err(reason) = refusal {
            let body = json!({"error_code": "APIG.0301", "error_msg": reason});
            return Reply::json(401, body.to_string());
        }
        match desk {
            Desk::Projects => {
                let state = self.state();
                let list = state
                    .projects
                    .iter()
                    .map(|id| json!({"id": id, "name": "eu-de"}));
                let body = json!({"projects": list.collect::<Vec<_>>(), "links": {}});
                Reply::json(200, body.to_string())
            }
            _ => Reply::json(200, r#"{"id":"t1"}"#),
        }
    }

    fn issue(&self) -> Reply {
        let now = self.now();
        let mut state = self.state();
        state.issued += 1;
        let seconds = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let seconds = i64::try_from(seconds).unwrap();
        let text = |seconds| Timestamp::from_unix(seconds, 0).as_str().to_owned();
        let body = token_body(&text(seconds), Some(&text(seconds + state.lifetime)));
        Reply::json(201, body).with("x-subject-token", token(state.issued))
    }

    fn check_token(&self, request: &Request<Bytes>) -> Result<(), &'static str> {
        let state = self.state();
        let token_of = Seen::new(request).token().to_owned();
        let mut good = (state.revoked + 1..=state.issued).map(token);
        good.any(|good| good == token_of)
            .then_some(())
            .ok_or("the token must be updated")
    }

    /// By signing the same request once more.
    fn check_signature(&self, request: &Request<Bytes>) -> Result<(), &'static str> {
        let seen = Seen::new(request);
        let at = seen.header("x-sdk-date").ok_or("no date")?;
        let at = signing_time(at).ok_or("no date")?;
        let far = |a: SystemTime, b: SystemTime| a.duration_since(b).is_ok_and(|it| it > MOST_SKEW);
        if far(at, self.now()) || far(self.now(), at) {
            return Err("the signature has expired, look at the server time");
        }
        let given = seen.header("authorization").unwrap_or_default();
        let keys = self.state().keys.clone();
        let access =
            |keys: &&AccessKeys| given.contains(&format!("Access={},", keys.access_key().expose()));
        let keys = keys.iter().find(access).ok_or("no such access key")?;
        let scope = match (seen.header("x-project-id"), seen.header("x-domain-id")) {
            (Some(id), _) => SigningScope::Project(id),
            (None, Some(id)) => SigningScope::Domain(id),
            (None, None) => SigningScope::None,
        };
        let mut again = request.clone();
        again.headers_mut().remove(AUTHORIZATION);
        sign(&mut again, keys, scope, at).unwrap();
        let same = again.headers() == request.headers();
        same.then_some(()).ok_or("verify aksk signature fail")
    }
}

/// What IAM says of a token in the body.
pub(crate) fn token_body(issued_at: &str, expires_at: Option<&str>) -> String {
    let mut body = json!({"trace": "t", "token": {
        "methods": ["password"],
        "issued_at": issued_at,
        "project": {"id": "p1", "name": "eu-de", "domain": {"id": "d1", "name": "account"}},
        "user": {"id": "u1", "name": "user", "password_expires_at": ""},
        "roles": [{"id": "0", "name": "te_admin"}],
    }});
    if let Some(text) = expires_at {
        body["token"]["expires_at"] = text.into();
    }
    body.to_string()
}

/// The time of a signature: `20191115T033655Z`.
pub(crate) fn signing_time(text: &str) -> Option<SystemTime> {
    let part = |range: std::ops::Range<usize>| text.get(range);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(9..11)?,
        part(11..13)?,
        part(13..15)?
    );
    let seconds = Timestamp::from(text).unix_seconds()?;
    let since = Duration::from_secs(u64::try_from(seconds).ok()?);
    Some(SystemTime::UNIX_EPOCH + since)
}

impl Transport for Cloud {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<ReplyBody>, TransportError>> {
        let desk = Desk::of(&request);
        let (reply, door) = self.take(desk, &request);
        Box::pin(async move {
            if let Some(Door(door)) = door {
                // An error is what says that it is open.
                let _ = door.acquire().await;
            }
            let reply = match reply {
                Reply::Usual => self.usual(desk, &request),
                other => other,
            };
            let Reply::This(status, headers, body) = reply else {
                return std::future::pending().await;
            };
            let date = httpdate::fmt_http_date(self.now());
            let length = body.len();
            let mut response = Response::new(ReplyBody::from_bytes(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            let all = response.headers_mut();
            all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            all.insert(CONTENT_LENGTH, length.into());
            all.insert(DATE, date.parse().unwrap());
            for (name, value) in headers {
                all.insert(HeaderName::from_static(name), value);
            }
            // An empty date stands for none.
            if all.get(DATE).is_some_and(HeaderValue::is_empty) {
                all.remove(DATE);
            }
            Ok(response)
        })
    }
}
