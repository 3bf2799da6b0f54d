//! Rows C01 to C04: calls that are dropped on their way.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cloudbackup_core::Operation;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{BoxFuture, Client, ReplyBody, Transport, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::support::service::PutThing;
use crate::support::{
    CopyThing, Server, ShowThing, Step, TOKEN, TestClient, Thing, builder_of, client_of,
    json_reply, reply, retrying_client_of,
};

const OLD: &str = r#"{"id":"old"}"#;
const NEW: &str = r#"{"id":"new"}"#;

/// How long a connection may stay open before a test fails; less than idle ones are kept.
const PATIENCE: Duration = Duration::from_secs(10);

fn start<O: Operation>(client: &Client, input: O) -> JoinHandle<()> {
    let sending = client.call().send(input);
    tokio::spawn(async move {
        let _ = sending.await;
    })
}

/// Drops the future of a call that is still on its way.
async fn give_up(call: JoinHandle<()>) {
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled(), "the call was over");
}

async fn new_thing(client: &Client) -> Thing {
    client.call().send(ShowThing::new("t2")).await.unwrap()
}

/// Lets every task that can go on do so.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn c01_dropped_before_anything_is_sent() {
    let server = Server::always(json_reply(200, NEW));
    let client = retrying_client_of(&server);
    drop(client.call().send(CopyThing::new("t1", "n")));
    drop(client.call().send_with_response(ShowThing::new("t1")));
    drop(client.call().prepare(CopyThing::new("t1", "n")).unwrap());
    settle().await;
    assert_eq!(server.connections(), 0);

    // After the first poll a connection is being made, and nothing is written yet.
    let mut sending = client.call().send(CopyThing::new("t1", "n"));
    poll_fn(|context| {
        assert!(Pin::new(&mut sending).poll(context).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    drop(sending);
    settle().await;
    assert_eq!(new_thing(&client).await.id, "new");
    assert!(server.request().starts_with("GET /v3/p1/things/t2 "));
}

/// A server on the runtime of the test, for replies that come at the wrong moment.
async fn listen() -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let builder = TestClient::builder()
        .endpoint(format!("http://{}", listener.local_addr().unwrap()))
        .project_id("p1")
        .token(TOKEN);
    (listener, builder.build().unwrap().0)
}

/// The next connection, with its request read.
async fn accept(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        assert!(stream.read_buf(&mut request).await.unwrap() > 0);
    }
    (stream, String::from_utf8(request).unwrap())
}

async fn late_reply_is_received_by_nobody<O: Operation>(input: O) {
    let (listener, client) = listen().await;
    let call = start(&client, input);
    let (mut first, _) = accept(&listener).await;
    give_up(call).await;
    let _ = first.write_all(&reply(200, &[], OLD)).await;

    let mut next = pin!(new_thing(&client));
    let (mut second, request) = tokio::select! {
        accepted = accept(&listener) => accepted,
        thing = &mut next => panic!("{thing:?} came over the old connection"),
    };
    assert!(request.starts_with("GET /v3/p1/things/t2 "), "{request}");
    second.write_all(&reply(200, &[], NEW)).await.unwrap();
    assert_eq!(next.await.id, "new");
    // The client has closed the first one: its end comes, or a reset because of the late reply.
    let mut rest = Vec::new();
    let end = tokio::time::timeout(PATIENCE, first.read_to_end(&mut rest)).await;
    assert!(end.is_ok(), "the old connection is still open");
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test]
async fn c02_dropped_after_the_request_is_written() {
    late_reply_is_received_by_nobody(ShowThing::new("t1")).await;
    late_reply_is_received_by_nobody(CopyThing::new("t1", "n")).await;
}

/// Tells when the head of a reply has come.
struct HeadCame {
    inner: Arc<dyn Transport>,
    came: Arc<Notify>,
}

impl Transport for HeadCame {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        Box::pin(async move {
            let response = self.inner.send(request).await;
            self.came.notify_one();
            response
        })
    }
}

#[tokio::test]
async fn c02_dropped_in_the_middle_of_a_body() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"id\":".to_vec();
    let server = Server::start([Step::SendAndHold(half), json_reply(200, NEW)]);
    let came = Arc::new(Notify::new());
    let told = Arc::clone(&came);
    let builder = builder_of(&server).wrap_transport(move |inner| HeadCame {
        inner,
        came: Arc::clone(&told),
    });
    let client = builder.build().unwrap().0;
    let call = start(&client, CopyThing::new("t1", "n"));
    came.notified().await;
    settle().await;
    give_up(call).await;
    server.until(|log| log.closed == 1).await;
    assert_eq!(new_thing(&client).await.id, "new");
    assert_eq!((server.requests().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn c02_dropped_repetition_has_cost_what_a_failed_one_costs() {
    let server = Server::start([
        json_reply(503, "{}"),
        Step::SendAndHold(Vec::new()),
        json_reply(503, "{}"),
    ]);
    let builder = builder_of(&server)
        .clock(ManualClock::skipping())
        .retry_budget(1);
    let client = builder.build().unwrap().0;
    let call = start(&client, PutThing);
    server.until(|log| log.requests.len() == 2).await;
    give_up(call).await;
    server.until(|log| log.closed >= 1).await;

    // Or callers that give up early would repeat without end in an outage.
    let error = client.call().send(PutThing).await.unwrap_err();
    assert_eq!(error.attempts().len(), 1, "{error}");
    assert_eq!(server.requests().len(), 3);
}

/// Waits until the call waits for its next attempt.
async fn asleep<T>(clock: &ManualClock, call: &JoinHandle<T>) {
    while clock.sleeping() == 0 {
        assert!(!call.is_finished(), "there is no next attempt");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn c03_dropped_between_two_attempts() {
    let server = Server::start([
        json_reply(503, "{}"),
        json_reply(503, "{}"),
        json_reply(200, NEW),
    ]);
    let clock = ManualClock::new();
    let builder = builder_of(&server).clock(clock.clone()).retry_budget(1);
    let client = builder.build().unwrap().0;
    let call = start(&client, ShowThing::new("t1"));
    asleep(&clock, &call).await;
    give_up(call).await;
    assert_eq!((clock.sleeping(), clock.slept().len()), (0, 1));
    clock.advance(clock.slept()[0]);
    settle().await;
    assert_eq!(server.requests().len(), 1);

    // The only permit is there again.
    let next = tokio::spawn(client.call().send_with_response(ShowThing::new("t2")));
    asleep(&clock, &next).await;
    clock.advance(clock.slept()[1]);
    assert_eq!(next.await.unwrap().unwrap().attempts(), 2);
    let lines: Vec<_> = server
        .log()
        .requests
        .iter()
        .map(|r| r.line().to_owned())
        .collect();
    let [first, second, third] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert!(first.contains("/t1 ") && second.contains("/t2 ") && third == second);
}

async fn timed_out_outside<O: Operation>(input: O) {
    let server = Server::start([
        json_reply(200, NEW),
        Step::SendAndHold(Vec::new()),
        json_reply(200, NEW),
    ]);
    let client = client_of(&server);
    // With its connection there, a request is written at once.
    new_thing(&client).await;
    let limit = Duration::from_millis(50);
    assert!(
        tokio::time::timeout(limit, client.call().send(input))
            .await
            .is_err()
    );

    // The server has the request, so a write may have happened; nobody waits for its reply.
    let log = server
        .until(|log| log.requests.len() == 2 && log.closed > 0)
        .await;
    assert_eq!(new_thing(&client).await.id, "new");
    let last = server.log().requests.pop().unwrap();
    assert_ne!(last.connection, log.requests[1].connection);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn c04_outer_timeout() {
    timed_out_outside(ShowThing::new("t1")).await;
    timed_out_outside(CopyThing::new("t1", "n")).await;
}
