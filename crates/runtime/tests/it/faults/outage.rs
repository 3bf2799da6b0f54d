//! Rows S30 and S31: services that stay down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use cloudbackup_runtime::testing::{Answer, ManualClock, ReplayTransport};
use cloudbackup_runtime::{
    BoxFuture, Client, Clock, Error, ErrorKind, Outcome, ReplyBody, RetryConfig, TimeoutPhase,
    Transport, TransportError,
};
use http::header::{HeaderValue, RETRY_AFTER};
use tokio::task::JoinHandle;

use super::refusal::{hides_the_token, refused, settle};
use crate::support::service::{builder_of, retrying_client_of};
use crate::support::{
    CopyThing, Server, ShowThing, Step, TOKEN, TestClient, Thing, json_reply, reply,
};

const SECOND: Duration = Duration::from_secs(1);

fn numbered(status: u16, id: &str) -> Step {
    Step::Send(reply(status, &[("X-Request-Id", id)], ""))
}

#[tokio::test]
async fn s30_last_error_tells_of_all_attempts() {
    let script = [
        numbered(500, "r-1"),
        Step::SendAndClose(Vec::new()),
        numbered(429, "r-3"),
        numbered(502, "r-4"),
        json_reply(200, r#"{"id":"t1"}"#),
    ];
    let server = Server::start(script);
    let clock = ManualClock::skipping();
    let builder = builder_of(&server).clock(clock.clone());
    let client = builder.retry(RetryConfig::new().max_attempts(4));
    let error = refused(&client.build().unwrap().0, ShowThing::new("t1")).await;

    assert_eq!(
        (error.kind(), error.request_id()),
        (ErrorKind::Service, Some("r-4"))
    );
    assert_eq!(error.status().unwrap().as_u16(), 502);
    assert_eq!(server.requests().len(), 4);
    let told: Vec<_> = error
        .attempts()
        .iter()
        .map(|a| {
            (
                a.kind(),
                a.outcome(),
                a.status().map(|s| s.as_u16()),
                a.request_id(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (ErrorKind::Service, Outcome::Unknown, Some(500), Some("r-1")),
            (ErrorKind::Transport, Outcome::Unknown, None, None),
            (
                ErrorKind::Service,
                Outcome::Rejected,
                Some(429),
                Some("r-3")
            ),
            (ErrorKind::Service, Outcome::Unknown, Some(502), Some("r-4")),
        ]
    );
    let delays: Vec<_> = error.attempts().iter().map(|a| a.delay()).collect();
    assert_eq!(delays[0], Duration::ZERO);
    assert_eq!(delays[1..], clock.slept());
    let text = error.to_string();
    assert!(text.ends_with("[request id r-4, 4 attempts]"), "{text}");
    assert!(format!("{error:?}").contains("attempts: 4"), "{error:?}");
    hides_the_token(&error);
}

#[tokio::test]
async fn s30_outcome_of_the_call_is_that_of_its_worst_attempt() {
    // The write is repeated after the refusal, and not after the lost connection.
    let script = [numbered(429, "r-1"), Step::SendAndClose(Vec::new())];
    let server = Server::start(script);
    let client = retrying_client_of(&server);
    let error = refused(&client, CopyThing::new("t1", "n")).await;
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Transport, Outcome::Unknown)
    );
    assert_eq!((server.requests().len(), error.attempts().len()), (2, 2));
    assert!(!error.is_after_ambiguous_attempt());
}

#[tokio::test]
async fn s30_no_attempt_starts_after_the_end_of_the_call() {
    let server = Server::always(json_reply(503, ""));
    let clock = ManualClock::skipping();
    let patient = RetryConfig::new().max_attempts(u32::MAX).base_delay(SECOND);
    let builder = builder_of(&server).clock(clock.clone()).retry(patient);
    let client = builder.retry_budget(1000).build().unwrap().0;
    let call = client.call().with_timeout(20 * SECOND);
    let error = call.send(ShowThing::new("t1")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Unknown)
    );
    let slept = clock.slept();
    assert!(slept.iter().sum::<Duration>() < 20 * SECOND, "{slept:?}");
    // More than two waits: the number of attempts has not stopped it.
    assert!(slept.len() > 2, "{slept:?}");
    assert_eq!(server.requests().len(), slept.len() + 1);
    assert_eq!(error.attempts().len(), slept.len() + 1);
}

#[tokio::test]
async fn s30_unreadable_reply_tells_of_the_attempts_before_it() {
    let server = Server::start([numbered(429, "r-1"), json_reply(200, r#"{"id":[]}"#)]);
    let clock = ManualClock::skipping();
    let client = builder_of(&server).clock(clock.clone()).build().unwrap().0;
    let error = refused(&client, CopyThing::new("t1", "n")).await;
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Response, Outcome::Applied)
    );
    let attempts = error.attempts().iter();
    let told: Vec<_> = attempts.map(|a| (a.kind(), a.delay())).collect();
    let wait = clock.slept()[0];
    assert!(!wait.is_zero());
    assert_eq!(
        told,
        [
            (ErrorKind::Service, Duration::ZERO),
            (ErrorKind::Response, wait)
        ]
    );
    assert_eq!(server.requests().len(), 2);
}

/// A call whose last attempt is never answered; times in seconds.
struct Silent {
    /// Of the whole call, whose attempts may take 60 each.
    whole: u32,
    /// The wait that the server asks for before, if it refuses once.
    wait: Option<&'static str>,
    /// What the last attempt has.
    left: u32,
}

impl Silent {
    /// A spawned call that waits for its last reply.
    async fn begin(&self, clock: &ManualClock) -> JoinHandle<Result<Thing, Error>> {
        let asking = |wait| Answer::status(503).header(RETRY_AFTER, HeaderValue::from_static(wait));
        let script = self.wait.map(asking).into_iter().chain([Answer::silence()]);
        let replay = ReplayTransport::new(script);
        let tries = 1 + u32::from(self.wait.is_some());
        let client = TestClient::builder()
            .endpoint("http://127.0.0.1:9")
            .project_id("p1")
            .token(TOKEN)
            .transport(replay.clone())
            .clock(clock.clone())
            .attempt_timeout(60 * SECOND)
            .timeout(self.whole * SECOND)
            .retry(
                RetryConfig::new()
                    .max_attempts(tries)
                    .max_delay(Duration::ZERO),
            );
        let call = client.build().unwrap().0.call();
        let call = tokio::spawn(call.send(ShowThing::new("t1")));
        settle().await;
        if let Some(wait) = self.wait {
            assert_eq!(clock.sleeping(), 1);
            clock.advance(wait.parse::<u32>().unwrap() * SECOND);
            settle().await;
        }
        assert_eq!((clock.sleeping(), replay.remaining()), (0, 0));
        call
    }

    async fn ends_with(&self, phase: TimeoutPhase, shown: &str) {
        let clock = ManualClock::new();
        let call = self.begin(&clock).await;
        clock.advance(self.left * SECOND - SECOND / 1000);
        settle().await;
        assert!(!call.is_finished());
        clock.advance(SECOND / 1000);
        settle().await;
        assert!(call.is_finished());
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Timeout, Outcome::Unknown)
        );
        assert_eq!(error.timeout_phase(), Some(phase));
        let text = format!("no reply within {shown}");
        assert!(error.to_string().contains(&text), "{error}");
    }
}

#[tokio::test]
async fn s30_last_attempt_has_the_time_that_is_left_of_the_call() {
    let (attempt, operation) = (TimeoutPhase::Attempt, TimeoutPhase::Operation);
    for (whole, wait, left, phase, shown) in [
        (100, None, 60, attempt, "60s"),
        (61, None, 60, attempt, "60s"),
        (60, None, 60, operation, "60s"),
        (59, None, 59, operation, "59s"),
        (100, Some("70"), 30, operation, "100s"),
        (100, Some("40"), 60, operation, "100s"),
        (100, Some("39"), 60, attempt, "60s"),
    ] {
        Silent { whole, wait, left }.ends_with(phase, shown).await;
    }
}

#[tokio::test]
async fn s30_call_can_set_its_own_number_of_attempts() {
    let server = Server::always(json_reply(503, ""));
    let client = retrying_client_of(&server);
    let mut seen = 0;
    for (attempts, expected) in [(0, 1), (1, 1), (2, 2), (5, 5)] {
        let retry = RetryConfig::new().max_attempts(attempts);
        let call = client.call().with_retry(retry);
        let error = call.send(ShowThing::new("t1")).await.unwrap_err();
        assert_eq!(error.attempts().len(), expected);
        seen += expected;
        assert_eq!(server.requests().len(), seen);
    }
}

/// A service that is up or down, and counts what it is asked.
#[derive(Clone, Default)]
struct Service {
    is_up: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
}

impl Transport for Service {
    fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        Box::pin(async {
            self.requests.fetch_add(1, Ordering::SeqCst);
            // Lets the other callers in between.
            tokio::task::yield_now().await;
            let (status, body) = match self.is_up.load(Ordering::SeqCst) {
                true => (200, r#"{"id":"t1"}"#),
                false => (503, ""),
            };
            let response = http::Response::builder().status(status);
            Ok(response.body(ReplyBody::from_bytes(body)).unwrap())
        })
    }
}

impl Service {
    /// The number of requests that so many calls at the same time come to.
    async fn called_by(&self, client: &Client, callers: usize) -> usize {
        let before = self.requests.load(Ordering::SeqCst);
        let calls: Vec<_> = (0..callers)
            .map(|_| tokio::spawn(client.clone().call().send(ShowThing::new("t1"))))
            .collect();
        let is_up = self.is_up.load(Ordering::SeqCst);
        for call in calls {
            assert_eq!(call.await.unwrap().is_ok(), is_up);
        }
        self.requests.load(Ordering::SeqCst) - before
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s31_in_an_outage_a_thousand_callers_add_no_more_than_the_budget() {
    let service = Service::default();
    let client = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token(TOKEN)
        .transport(service.clone())
        .clock(ManualClock::skipping())
        // All callers share the clock, and each of their waits moves it.
        .attempt_timeout(1000 * SECOND)
        .timeout(1000 * SECOND);
    let client = client.build().unwrap().0;

    // The budget of a hundred is used up, and not exceeded.
    assert_eq!(service.called_by(&client, 1000).await, 1100);
    assert_eq!(service.called_by(&client, 1000).await, 1000);

    // Ten successes earn one repetition.
    service.is_up.store(true, Ordering::SeqCst);
    assert_eq!(service.called_by(&client, 30).await, 30);
    service.is_up.store(false, Ordering::SeqCst);
    assert_eq!(service.called_by(&client, 1000).await, 1003);

    // It fills up again, and no further.
    service.is_up.store(true, Ordering::SeqCst);
    assert_eq!(service.called_by(&client, 2000).await, 2000);
    service.is_up.store(false, Ordering::SeqCst);
    assert_eq!(service.called_by(&client, 1000).await, 1100);
}

#[tokio::test]
async fn s31_repetition_that_helps_costs_nothing_and_earns_nothing() {
    let (down, up) = (json_reply(503, ""), json_reply(200, r#"{"id":"t1"}"#));
    // One call uses up the budget of two, and ten earn one of it back.
    let before = [vec![down.clone(); 3], vec![up.clone(); 10]].concat();
    let helped = std::iter::repeat_n([down.clone(), up], 30).flatten();
    let server = Server::start(before.into_iter().chain(helped).chain([down]));
    let builder = builder_of(&server).clock(ManualClock::skipping());
    let client = builder.retry_budget(2).build().unwrap().0;
    refused(&client, ShowThing::new("t1")).await;
    for _ in 0..10 {
        client.call().send(ShowThing::new("t1")).await.unwrap();
    }
    assert_eq!(server.requests().len(), 13);
    for _ in 0..30 {
        let call = client.call();
        let response = call.send_with_response(ShowThing::new("t1")).await.unwrap();
        assert_eq!(response.attempts(), 2);
    }
    assert_eq!(server.requests().len(), 73);
    // The one repetition is still there, and no other has come.
    refused(&client, ShowThing::new("t1")).await;
    assert_eq!(server.requests().len(), 75);
    refused(&client, ShowThing::new("t1")).await;
    assert_eq!(server.requests().len(), 76);
}

#[tokio::test]
async fn s31_without_a_budget_nothing_is_repeated() {
    let server = Server::always(json_reply(503, ""));
    let builder = builder_of(&server).clock(ManualClock::skipping());
    let client = builder.retry_budget(0).build().unwrap().0;
    let error = refused(&client, ShowThing::new("t1")).await;
    assert_eq!((server.requests().len(), error.attempts().len()), (1, 1));
}

/// A clock on which a wait takes an hour longer than asked for, as on a machine that was suspended.
#[derive(Clone)]
struct Suspended(ManualClock);

impl Clock for Suspended {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.advance(3600 * SECOND);
        self.0.sleep(duration)
    }

    fn expire(&self, limit: Duration) -> BoxFuture<'static, ()> {
        self.0.expire(limit)
    }
}

#[tokio::test]
async fn s30_no_attempt_follows_a_wait_that_took_too_long() {
    let server = Server::always(json_reply(429, ""));
    let builder = builder_of(&server).clock(Suspended(ManualClock::skipping()));
    let client = builder.build().unwrap().0;
    let error = refused(&client, CopyThing::new("t1", "n")).await;
    // The answer that there was stands.
    assert_eq!(
        (error.outcome(), error.status().unwrap().as_u16()),
        (Outcome::Rejected, 429)
    );
    assert_eq!((server.requests().len(), error.attempts().len()), (1, 1));
}
