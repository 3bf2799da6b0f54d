//! Rows T16 to T19: a reply that comes too slowly, on a clock that the test moves.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{
    BoxFuture, Client, Error, ErrorKind, Outcome, ReplyBody, RetryConfig, TimeoutPhase, Transport,
    TransportError,
};
use tokio::sync::watch;

use super::fate::{
    Fate, REQUEST_ID, body_too_late, failure, good, in_time, places, success, too_late,
};
use crate::support::{CopyThing, Server, ShowThing, Step, TOKEN, TestClient, builder_of};

/// The time of an attempt. Only the clock of the test knows it.
const LIMIT: Duration = Duration::from_secs(10);

/// What has come so far.
#[derive(Clone, Copy, Debug, Default)]
struct Come {
    heads: usize,
    pieces: usize,
}

/// Counts the heads of replies and the pieces of their bodies.
struct Watching {
    inner: Arc<dyn Transport>,
    come: Arc<watch::Sender<Come>>,
}

impl Transport for Watching {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        Box::pin(async {
            let response = self.inner.send(request).await?;
            self.come.send_modify(|come| come.heads += 1);
            let come = Arc::clone(&self.come);
            Ok(response.map(|mut body| {
                ReplyBody::from_poll(move |context| {
                    let piece = pin!(body.chunk()).poll(context);
                    if piece.is_ready() {
                        come.send_modify(|come| come.pieces += 1);
                    }
                    piece.map(Result::transpose)
                })
            }))
        })
    }
}

/// A client whose attempts end when the test says so.
struct Slow {
    server: Server,
    client: Client,
    clock: ManualClock,
    come: watch::Receiver<Come>,
}

impl Slow {
    fn start(script: impl IntoIterator<Item = Step>) -> Self {
        let server = Server::start(script);
        let clock = ManualClock::skipping();
        let (sender, come) = watch::channel(Come::default());
        let sender = Arc::new(sender);
        let builder = builder_of(&server)
            .attempt_timeout(LIMIT)
            .clock(clock.clone())
            .wrap_transport(move |inner| Watching {
                inner,
                come: Arc::clone(&sender),
            });
        let client = builder.build().unwrap().0;
        Self {
            server,
            client,
            clock,
            come,
        }
    }

    /// Lets the time of so many attempts pass, each when as much has come as will come.
    async fn play<O: Operation>(
        &mut self,
        input: O,
        attempts: usize,
        comes: Comes,
    ) -> Result<O::Output, Error> {
        let call = tokio::spawn(self.client.call().send(input));
        for attempt in 1..=attempts {
            self.server
                .until(move |log| log.requests.len() == attempt)
                .await;
            if comes != Comes::Nothing {
                self.come
                    .wait_for(|come| come.heads == attempt)
                    .await
                    .unwrap();
            }
            if comes == Comes::Pieces {
                // The limit is one for the whole reply: pieces do not put it off.
                self.clock.advance(LIMIT / 2);
                let before = self.come.borrow().pieces;
                self.come
                    .wait_for(|come| come.pieces > before + 2)
                    .await
                    .unwrap();
                self.clock.advance(LIMIT / 2);
            } else {
                self.clock.advance(LIMIT);
            }
        }
        call.await.unwrap()
    }

    async fn run_out<O: Operation>(
        &mut self,
        input: O,
        attempts: usize,
        comes: Comes,
    ) -> Result<O::Output, Error> {
        in_time(self.play(input, attempts, comes)).await
    }
}

/// How much of a reply comes before it stalls.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Comes {
    Nothing,
    Head,
    /// The head, and then one piece after the other.
    Pieces,
}

/// A read and a write meet replies that do this.
async fn stalls(fate: Fate, step: Step, comes: Comes) -> Vec<Error> {
    let mut slow = Slow::start([step.clone()]);
    let read = slow
        .run_out(ShowThing::new("t1"), 3, comes)
        .await
        .unwrap_err();
    fate.check_read(&read);
    assert_eq!(places(&slow.server), [0, 1, 2]);

    let mut slow = Slow::start([step.clone(), good("t2")]);
    let write = slow
        .run_out(CopyThing::new("t1", "n"), 1, comes)
        .await
        .unwrap_err();
    fate.check_write(&write);
    // A connection on which the rest may still come is given up.
    slow.server.until(|log| log.closed == 1).await;
    let next = success(&slow.client, ShowThing::new("t1")).await;
    assert_eq!((next.id.as_str(), places(&slow.server)), ("t2", vec![0, 1]));

    let mut slow = Slow::start([step.clone(), step, good("t2")]);
    let thing = slow.run_out(ShowThing::new("t1"), 2, comes).await.unwrap();
    assert_eq!(
        (thing.id.as_str(), places(&slow.server)),
        ("t2", vec![0, 1, 2])
    );
    vec![read, write]
}

fn head() -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\nx-request-id: {REQUEST_ID}\r\n\r\n").into()
}

#[tokio::test]
async fn t16_head_that_never_ends() {
    let begun = b"HTTP/1.1 200 OK\r\nx-request-id: r-77\r\nx-a: ".to_vec();
    for step in [Step::SendAndDrip(begun.clone()), Step::SendAndHold(begun)] {
        for error in stalls(too_late(), step, Comes::Nothing).await {
            assert!(error.to_string().contains("no reply within 10s"), "{error}");
        }
    }
}

#[tokio::test]
async fn t17_body_that_stalls() {
    let begun = [head(), br#"{"id":"#.to_vec()].concat();
    for bytes in [head(), begun] {
        for error in stalls(body_too_late(), Step::SendAndHold(bytes), Comes::Head).await {
            let says = "the reply did not end within 10s (status 200) [request id r-77";
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}

#[tokio::test]
async fn t18_body_that_comes_byte_by_byte() {
    stalls(body_too_late(), Step::SendAndDrip(head()), Comes::Pieces).await;
}

#[tokio::test]
async fn t19_server_that_never_answers() {
    for error in stalls(too_late(), Step::SendAndHold(Vec::new()), Comes::Nothing).await {
        assert!(error.to_string().contains("no reply within 10s"), "{error}");
    }
}

#[tokio::test]
async fn t19_time_of_the_whole_call_runs_out() {
    for of_client in [true, false] {
        let server = Server::always(Step::SendAndHold(Vec::new()));
        let (limit, clock) = (LIMIT / 2, ManualClock::skipping());
        let builder = builder_of(&server)
            .attempt_timeout(LIMIT)
            .clock(clock.clone());
        let builder = if of_client {
            builder.timeout(limit)
        } else {
            builder
        };
        let call = builder.build().unwrap().0.call();
        let call = if of_client {
            call
        } else {
            call.with_timeout(limit)
        };
        let call = tokio::spawn(call.send(ShowThing::new("t1")));
        server.until(|log| log.requests.len() == 1).await;
        clock.advance(limit);
        let error = in_time(call).await.unwrap().unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome(), error.timeout_phase()),
            (
                ErrorKind::Timeout,
                Outcome::Unknown,
                Some(TimeoutPhase::Operation)
            )
        );
        assert!(error.to_string().contains("no reply within 5s"), "{error}");
        // No time is left for another attempt.
        assert_eq!((places(&server), clock.slept().len()), (vec![0], 0));
    }
}

/// A transport whose replies come in pieces that are there at once, each a second after the last.
struct Pieces(ManualClock);

impl Transport for Pieces {
    fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        let (clock, mut left) = (self.0.clone(), 1000);
        let body = ReplyBody::from_poll(move |_| {
            clock.advance(Duration::from_secs(1));
            left -= 1;
            Poll::Ready((left > 0).then(|| Ok(Bytes::new())))
        });
        Box::pin(std::future::ready(Ok(http::Response::new(body))))
    }
}

#[tokio::test]
async fn t18_body_in_pieces_that_never_have_to_be_waited_for() {
    let clock = ManualClock::skipping();
    let client = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token(TOKEN)
        .transport(Pieces(clock.clone()))
        .clock(clock)
        .retry(RetryConfig::none());
    let client = client.build().unwrap().0;
    let error = failure(&client, CopyThing::new("t1", "n")).await;
    assert_eq!(
        (error.kind(), error.outcome(), error.timeout_phase()),
        (
            ErrorKind::Timeout,
            Outcome::Applied,
            Some(TimeoutPhase::Attempt)
        )
    );
}
