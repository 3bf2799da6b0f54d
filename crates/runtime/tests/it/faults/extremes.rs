//! Row I16: the smallest and the largest settings for time and repetition.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cloudbackup_runtime::testing::{Answer, ManualClock, ReplayTransport};
use cloudbackup_runtime::{
    BoxFuture, Client, Error, ReplyBody, RetryConfig, Transport, TransportError, TransportFault,
};

use crate::support::{Server, ShowThing, builder_of, json_reply};

/// As often and as rarely as can be said.
const ENDLESS: RetryConfig = RetryConfig::new()
    .max_attempts(u32::MAX)
    .base_delay(Duration::MAX)
    .max_delay(Duration::MAX);
/// As often as can be said, without a wait.
const EAGER: RetryConfig = RetryConfig::new()
    .max_attempts(u32::MAX)
    .base_delay(Duration::ZERO)
    .max_delay(Duration::ZERO);

fn busy_server() -> Server {
    Server::always(json_reply(503, "{}"))
}

async fn show(client: &Client) -> Error {
    let call = client.call().send(ShowThing::new("t1"));
    call.await.unwrap_err()
}

#[tokio::test]
async fn i16_no_attempt_and_one() {
    for attempts in [0, 1] {
        let server = busy_server();
        let clock = ManualClock::skipping();
        let config = ENDLESS.max_attempts(attempts);
        let builder = builder_of(&server).retry(config).clock(clock.clone());
        let error = show(&builder.build().unwrap().0).await;
        assert_eq!((server.requests().len(), error.attempts().len()), (1, 1));
        assert!(clock.slept().is_empty());
    }
    // The setting of a call goes before the client's, either way.
    let server = busy_server();
    let builder = builder_of(&server).clock(ManualClock::skipping());
    let client = builder.retry(RetryConfig::none()).build().unwrap().0;
    let call = client.call().with_retry(EAGER.max_attempts(4));
    let error = call.send(ShowThing::new("t1")).await.unwrap_err();
    assert_eq!((server.requests().len(), error.attempts().len()), (4, 4));
}

#[tokio::test]
async fn i16_endless_waits() {
    // A wait that would not end within the call's time is not begun.
    let server = busy_server();
    let clock = ManualClock::skipping();
    let builder = builder_of(&server).retry(ENDLESS).clock(clock.clone());
    show(&builder.build().unwrap().0).await;
    assert_eq!((server.requests().len(), clock.slept().len()), (1, 0));

    // Without an end to that time, the budget ends it.
    let server = busy_server();
    let builder = builder_of(&server).retry(ENDLESS).clock(clock.clone());
    let builder = builder
        .retry_budget(5)
        .timeout(Duration::MAX)
        .attempt_timeout(Duration::MAX);
    let error = show(&builder.build().unwrap().0).await;
    assert_eq!((server.requests().len(), error.attempts().len()), (6, 6));
    assert_eq!(clock.slept().len(), 5);
    let delays = error.attempts().iter().skip(1).map(|a| a.delay());
    assert_eq!(delays.collect::<Vec<_>>(), clock.slept());
}

#[tokio::test]
async fn i16_endless_wait_on_the_real_clock() {
    let server = busy_server();
    let replay = ReplayTransport::new([Answer::status(503), Answer::json(200, "{}")]);
    let builder = builder_of(&server).transport(replay.clone()).retry(ENDLESS);
    let builder = builder
        .timeout(Duration::MAX)
        .attempt_timeout(Duration::MAX);
    let client = builder.build().unwrap().0;
    let call = tokio::spawn(client.call().send(ShowThing::new("t1")));
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(!call.is_finished());
    assert_eq!(replay.requests().len(), 1);
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn i16_no_waits() {
    // On the real clock; the default budget is 100.
    let server = busy_server();
    let client = builder_of(&server).retry(EAGER).build().unwrap().0;
    let error = show(&client).await;
    assert_eq!(
        (server.requests().len(), error.attempts().len()),
        (101, 101)
    );
    assert!(error.attempts().iter().all(|a| a.delay().is_zero()));
    // The next call finds the budget empty.
    assert_eq!(show(&client).await.attempts().len(), 1);

    let server = busy_server();
    let builder = builder_of(&server).retry(EAGER).retry_budget(0);
    show(&builder.build().unwrap().0).await;
    assert_eq!(server.requests().len(), 1);
}

/// Refuses every connection at once.
struct Refusing(Arc<AtomicUsize>);

impl Transport for Refusing {
    fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Err(TransportError::new(
            TransportFault::Tcp,
        ))))
    }
}

#[tokio::test]
async fn i16_no_waits_and_no_budget_end_with_the_time_of_the_call() {
    let server = busy_server();
    let sent = Arc::new(AtomicUsize::new(0));
    let builder = builder_of(&server).transport(Refusing(Arc::clone(&sent)));
    let builder = builder.retry(EAGER).retry_budget(usize::MAX);
    let client = builder
        .timeout(Duration::from_millis(20))
        .build()
        .unwrap()
        .0;
    let error = show(&client).await;
    assert_eq!(error.attempts().len(), sent.load(Ordering::SeqCst));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn i16_longest_timeouts() {
    let server = Server::start([json_reply(503, "{}"), json_reply(200, r#"{"id":"t1"}"#)]);
    let builder = builder_of(&server)
        .connect_timeout(Duration::MAX)
        .attempt_timeout(Duration::MAX)
        .timeout(Duration::MAX)
        .retry(EAGER);
    let client = builder.build().unwrap().0;
    client.call().send(ShowThing::new("t1")).await.unwrap();
    let call = client.call().with_timeout(Duration::MAX);
    call.send(ShowThing::new("t1")).await.unwrap();
    assert_eq!(server.requests().len(), 3);
}
