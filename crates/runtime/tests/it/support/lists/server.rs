//! A server in memory that lists its rows in pages, by any of the ways.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cloudbackup_runtime::{
    BoxFuture, Client, ClientBuilder, ReplyBody, RetryConfig, Transport, TransportError,
};
use http::StatusCode;
use reqwest::Url;
use serde_json::{Value, json};

use super::edits::Edits;
use crate::support::{TOKEN, TestClient};

/// For how many requests rows come and go: where they come faster than they are asked for, there
/// would be no end.
const BUSY: usize = 150;

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// Whether it is there all the time.
    pub(crate) stays: bool,
}

impl Row {
    pub(crate) fn staying(number: u64) -> Self {
        Self {
            id: format!("row-{number:05}"),
            stays: true,
        }
    }

    pub(crate) fn passing(number: u64) -> Self {
        Self {
            id: format!("new-{number:05}"),
            stays: false,
        }
    }
}

/// What a reply says of the number of all rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Total {
    Missing,
    Right,
    /// By this much too high, or too low.
    Off(i64),
    Exactly(i64),
}

/// What a server does with a marker whose row is gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Gone {
    Refuse(u16),
    Nothing,
    /// As if there were no marker.
    Start,
    /// It remembers where the row was.
    Remember,
}

/// How the server behaves.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The most rows that it gives, whatever is asked for.
    pub(crate) cap: usize,
    /// The rows that it gives to those who name no number.
    pub(crate) default: usize,
    pub(crate) total: Total,
    pub(crate) gone: Gone,
    /// What its links begin with; without, it gives the marker itself.
    pub(crate) link: Option<&'static str>,
    /// How it refuses places beyond the end.
    pub(crate) beyond: Option<u16>,
    /// How the first page is numbered.
    pub(crate) first: usize,
    pub(crate) edits: Edits,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            cap: usize::MAX,
            default: 20,
            total: Total::Missing,
            gone: Gone::Refuse(404),
            link: None,
            beyond: None,
            first: 1,
            edits: Edits::None,
        }
    }
}

struct World {
    rows: Vec<Row>,
    /// Where rows were that are gone: the row that came next.
    graves: BTreeMap<String, String>,
    rules: Rules,
    rng: fastrand::Rng,
    ids: u64,
    near: usize,
    requests: Vec<Url>,
    /// Answers that are given instead, one for each request that comes.
    instead: BTreeMap<usize, u16>,
}

/// A server of one list; clones are the same server.
#[derive(Clone)]
pub(crate) struct ListServer(Arc<Mutex<World>>);

impl ListServer {
    pub(crate) fn new(rows: impl IntoIterator<Item = Row>, rules: Rules, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(World {
            rows: rows.into_iter().collect(),
            graves: BTreeMap::new(),
            rules,
            rng: fastrand::Rng::with_seed(seed),
            ids: 0,
            near: 0,
            requests: Vec::new(),
            instead: BTreeMap::new(),
        })))
    }

    /// As many rows, which stay.
    pub(crate) fn of(count: u64, rules: Rules) -> Self {
        Self::new((0..count).map(Row::staying), rules, 0)
    }

    /// A client that makes one attempt for each call.
    pub(crate) fn client(&self) -> Client {
        let builder = self.builder().retry(RetryConfig::none());
        builder.build().unwrap().0
    }

    pub(crate) fn builder(&self) -> ClientBuilder<TestClient> {
        TestClient::builder()
            .endpoint("http://127.0.0.1:9")
            .project_id("p1")
            .token(TOKEN)
            .transport(self.clone())
    }

    /// Answers the request of this number, counted from 0, with a status.
    pub(crate) fn refuse(&self, request: usize, status: u16) {
        self.world().instead.insert(request, status);
    }

    /// The queries that were asked, in their order.
    pub(crate) fn queries(&self) -> Vec<String> {
        let world = self.world();
        let queries = world.requests.iter().map(|url| url.query().unwrap_or(""));
        queries.map(str::to_owned).collect()
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.world().rows.clone()
    }

    pub(crate) fn rules(&self) -> Rules {
        self.world().rules.clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<Row>)) {
        change(&mut self.world().rows);
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for ListServer {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        assert_eq!(request.uri().host(), Some("127.0.0.1"));
        let (status, body) = self.world().answer(&request.uri().to_string());
        let mut response = http::Response::new(ReplyBody::from_bytes(body.to_string()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let headers = response.headers_mut();
        headers.insert("content-type", "application/json".parse().unwrap());
        headers.insert("x-request-id", "r-1".parse().unwrap());
        Box::pin(std::future::ready(Ok(response)))
    }
}

fn refusal(status: u16) -> (u16, Value) {
    (
        status,
        json!({"error_code": "T.1", "error_msg": "no such place"}),
    )
}

impl World {
    fn answer(&mut self, url: &str) -> (u16, Value) {
        let url = Url::parse(url).unwrap();
        let number = self.requests.len();
        self.requests.push(url.clone());
        if (1..BUSY).contains(&number) {
            self.edit();
        }
        if let Some(status) = self.instead.get(&number) {
            return refusal(*status);
        }
        let get = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned())
        };
        let size = get("limit").map_or(self.rules.default, |text| text.parse().unwrap());
        let size = size.min(self.rules.cap);
        let from = if let Some(offset) = get("offset") {
            offset.parse().unwrap()
        } else if let Some(page) = get("page") {
            let page: usize = page.parse().unwrap();
            (page - self.rules.first) * size
        } else if let Some(marker) = get("marker") {
            match self.after(&marker) {
                Ok(place) => place,
                Err(answer) => return answer,
            }
        } else {
            0
        };
        match self.rules.beyond {
            Some(status) if from > 0 && from >= self.rows.len() => refusal(status),
            _ => (200, self.page(from, size)),
        }
    }

    /// What happens between two requests.
    fn edit(&mut self) {
        let remembers = self.rules.gone == Gone::Remember;
        let before = remembers.then(|| self.rows.clone());
        let (near, edits) = (self.near, self.rules.edits);
        edits.make(&mut self.rows, near, &mut self.rng, &mut self.ids);
        let Some(before) = before else {
            return;
        };
        let left: HashSet<&str> = self.rows.iter().map(|row| &*row.id).collect();
        let mut next = "";
        for row in before.iter().rev() {
            if left.contains(&*row.id) {
                next = &row.id;
            } else {
                self.graves.insert(row.id.clone(), next.to_owned());
            }
        }
    }

    fn after(&self, marker: &str) -> Result<usize, (u16, Value)> {
        let place = self.rows.iter().position(|row| row.id == marker);
        if let Some(place) = place {
            return Ok(place + 1);
        }
        match self.rules.gone {
            Gone::Refuse(status) => Err(refusal(status)),
            Gone::Nothing => Ok(self.rows.len()),
            Gone::Start => Ok(0),
            Gone::Remember => {
                let mut next = self.graves.get(marker);
                while let Some(id) = next {
                    let place = self.rows.iter().position(|row| row.id == *id);
                    if let Some(place) = place {
                        return Ok(place);
                    }
                    next = self.graves.get(id);
                }
                Ok(self.rows.len())
            }
        }
    }

    fn page(&mut self, from: usize, size: usize) -> Value {
        let rows: Vec<&Row> = self.rows.iter().skip(from).take(size).collect();
        let all = self.rows.len();
        let end = from + rows.len();
        self.near = end;
        let entries: Vec<Value> = rows
            .iter()
            .map(|row| json!({"id": row.id, "name": row.id}))
            .collect();
        let mut reply = json!({ "rows": entries });
        let total = match self.rules.total {
            Total::Missing => None,
            Total::Right => Some(all as i64),
            Total::Off(by) => Some(all as i64 + by),
            Total::Exactly(total) => Some(total),
        };
        if let Some(total) = total {
            reply["total"] = total.into();
        }
        if end < all {
            reply["next"] = self.next(rows.last().map_or("", |row| &row.id), end).into();
        }
        reply
    }

    /// A link has both parameters, of which a client reads the one that it knows.
    fn next(&self, last: &str, end: usize) -> String {
        match self.rules.link {
            Some(link) => format!("{link}?offset={end}&marker={last}"),
            None => last.to_owned(),
        }
    }
}
