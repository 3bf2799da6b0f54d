//! A transport whose replies a test works out from the request, for lists that no sound server has.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cloudbackup_runtime::{
    BoxFuture, Client, ReplyBody, RetryConfig, Transport, TransportError, TransportFault,
};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{TOKEN, TestClient};

type Reply = dyn Fn(&Asked) -> Option<Value> + Send + Sync;

/// A request, and how many came before it.
pub(crate) struct Asked {
    pub(crate) number: usize,
    url: Url,
}

impl Asked {
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        let (_, value) = pairs.find(|(known, _)| known == name)?;
        Some(value.into_owned())
    }

    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        Some(self.value(name)?.parse().unwrap())
    }
}

/// Replies that are worked out; clones are the same server.
#[derive(Clone)]
pub(crate) struct Answers {
    reply: Arc<Reply>,
    queries: Arc<Mutex<Vec<String>>>,
}

impl Answers {
    /// Answers with this body; without one the connection breaks.
    pub(crate) fn new(reply: impl Fn(&Asked) -> Option<Value> + Send + Sync + 'static) -> Self {
        Self {
            reply: Arc::new(reply),
            queries: Arc::default(),
        }
    }

    /// A client that makes one attempt for each call.
    pub(crate) fn client(&self) -> Client {
        TestClient::builder()
            .endpoint("http://127.0.0.1:9")
            .project_id("p1")
            .token(TOKEN)
            .retry(RetryConfig::none())
            .transport(self.clone())
            .build()
            .unwrap()
            .0
    }

    /// The queries that were asked, in their order.
    pub(crate) fn queries(&self) -> Vec<String> {
        self.queries.lock().unwrap().clone()
    }
}

impl Transport for Answers {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        let url: Url = request.uri().to_string().parse().unwrap();
        let mut queries = self.queries.lock().unwrap();
        let number = queries.len();
        queries.push(url.query().unwrap_or_default().to_owned());
        drop(queries);
        let reply = (self.reply)(&Asked { number, url });
        let result = match reply {
            Some(body) => {
                let mut response = http::Response::new(ReplyBody::from_bytes(body.to_string()));
                let kind = "application/json".parse().unwrap();
                response.headers_mut().insert("content-type", kind);
                Ok(response)
            }
            None => Err(TransportError::new(TransportFault::Broken)),
        };
        Box::pin(std::future::ready(result))
    }
}

/// A transport behind a door, which lets nothing through until it is closed for good.
pub(crate) struct Behind<T> {
    inner: T,
    door: Arc<Semaphore>,
}

impl<T: Transport> Behind<T> {
    pub(crate) fn new(inner: T, door: Arc<Semaphore>) -> Self {
        Self { inner, door }
    }
}

impl<T: Transport> Transport for Behind<T> {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        Box::pin(async move {
            let _ = self.door.acquire().await;
            self.inner.send(request).await
        })
    }
}

/// A page with the rows of these numbers.
pub(crate) fn page(numbers: impl IntoIterator<Item = u64>) -> Value {
    let row =
        |number| json!({"id": format!("row-{number:05}"), "name": format!("row-{number:05}")});
    let rows: Vec<Value> = numbers.into_iter().map(row).collect();
    json!({"rows": rows})
}

/// The names of these rows.
pub(crate) fn named(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    let name = |number| format!("row-{number:05}");
    numbers.into_iter().map(name).collect()
}
