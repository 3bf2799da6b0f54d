//! A transport that hands each request to the routes of the kitchen sink's server.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cloudbackup_core::server::{Failure, Received, Route};
use cloudbackup_kitchen_sink_client::Client;
use cloudbackup_kitchen_sink_model::Fitting;
use cloudbackup_kitchen_sink_server::{Sinks, routes};
use cloudbackup_runtime::bytes::Bytes;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{BoxFuture, ReplyBody, Transport, TransportError, TransportFault, http};
use percent_encoding::percent_decode_str;

type Pairs = Vec<(String, String)>;

/// The server and what it was asked; clones are the same one.
#[derive(Clone)]
pub(crate) struct Local(Arc<Mutex<State>>);

struct State {
    routes: Vec<Route<Sinks>>,
    sinks: Sinks,
    lines: Vec<String>,
    loses_replies_of: Option<&'static str>,
    /// How many replies will be empty objects, and to which path.
    blanks: (usize, &'static str),
}

/// The clock of all tests stands at 2023-11-14T22:13:20Z in the beginning.
pub(crate) const BEGIN: u64 = 1_700_000_000;

impl Local {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            routes: routes(),
            sinks: Sinks::default(),
            lines: Vec::new(),
            loses_replies_of: None,
            blanks: (0, ""),
        })))
    }

    /// One with so many fittings: `f-0000`, `f-0001`, …
    pub(crate) fn with_fittings(count: i64) -> Self {
        let local = Self::new();
        let fitting = |index: i64| {
            let fitting = Fitting::builder().id(format!("f-{index:04}"));
            let name = ["bend", "cross"][usize::from(index % 2 == 0)];
            fitting.name(name).place(index / 2).build().unwrap()
        };
        local.sinks(|sinks| sinks.fittings = (0..count).map(fitting).collect());
        local
    }

    /// A client whose pauses pass at once.
    pub(crate) fn client(&self) -> Client {
        let clock = ManualClock::skipping();
        clock.set_wall(SystemTime::UNIX_EPOCH + Duration::from_secs(BEGIN));
        let builder = Client::builder().endpoint("https://sink.eu-de.example");
        let builder = builder.project_id("p").token("t").clock(clock);
        builder.transport(self.clone()).build().unwrap()
    }

    pub(crate) fn sinks<T>(&self, act: impl FnOnce(&mut Sinks) -> T) -> T {
        act(&mut self.0.lock().unwrap().sinks)
    }

    /// Replies of this method go nowhere from now on.
    pub(crate) fn lose_replies_of(&self, method: &'static str) {
        self.0.lock().unwrap().loses_replies_of = Some(method);
    }

    /// The next replies to this path say nothing.
    pub(crate) fn blank(&self, count: usize, path: &'static str) {
        self.0.lock().unwrap().blanks = (count, path);
    }

    /// `GET /v1/jobs?id=…` for each request so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().lines.clone()
    }
}

impl State {
    fn answer(
        &mut self,
        request: &http::Request<Bytes>,
    ) -> Result<http::Response<ReplyBody>, TransportError> {
        let method = request.method().as_str();
        let target = request.uri().path_and_query().unwrap().as_str();
        self.lines.push(format!("{method} {target}"));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut routes = self.routes.iter().filter_map(|route| {
            let info = route.info();
            let values = values(info.path(), path)?;
            (info.method().as_str() == method).then_some((route, values))
        });
        let (route, values) = routes.next().expect("a route for every request");
        let received = Received::new(values, pairs(query), Vec::new(), request.body().to_vec());
        let (status, body) = match route.answer(&mut self.sinks, &(), received) {
            Ok(reply) => (reply.status, reply.body.map(|body| body.to_string())),
            Err(Failure::Refused(why)) => (404, Some(error(&why))),
            Err(failure) => (400, Some(error(&format!("{failure:?}")))),
        };
        let (status, body) = match &mut self.blanks {
            (left @ 1.., blank) if *blank == path => {
                *left -= 1;
                (200, Some("{}".to_owned()))
            }
            _ => (status, body),
        };
        if self.loses_replies_of == Some(method) {
            return Err(TransportError::new(TransportFault::Broken));
        }
        let reply = http::Response::builder().status(status);
        let reply = reply.header("content-type", "application/json");
        Ok(reply
            .body(ReplyBody::from_bytes(body.unwrap_or_default()))
            .unwrap())
    }
}

impl Transport for Local {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        let answer = self.0.lock().unwrap().answer(&request);
        Box::pin(std::future::ready(answer))
    }
}

fn error(why: &str) -> String {
    serde_json::json!({"error_code": "Sink.1", "error_msg": why}).to_string()
}

/// The values of a template in a path that fits it.
fn values(template: &str, path: &str) -> Option<Pairs> {
    let (template, path) = (template.split('/'), path.split('/'));
    if template.clone().count() != path.clone().count() {
        return None;
    }
    let mut values = Pairs::new();
    for (expected, found) in template.zip(path) {
        match expected
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) => values.push((name.to_owned(), decoded(found))),
            None if expected == found => {}
            None => return None,
        }
    }
    Some(values)
}

fn pairs(query: &str) -> Pairs {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}
