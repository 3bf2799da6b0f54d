//! Row T34: a client is used by two runtimes, one of which goes away or stands still. The one that
//! made a connection is the one that drives it.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{Client, Error, RetryConfig};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::fate::{good, in_time, lost, places, success};
use crate::support::{
    CopyThing, Server, ShowThing, Step, Thing, builder_of, client_of, retrying_client_of,
};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Gives all tasks of a runtime their turn.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// A call after which the client holds an idle connection of this runtime.
async fn fill_pool(client: &Client) {
    success(client, ShowThing::new("t0")).await;
    settle().await;
}

/// Each connection answers once; the first one goes on with this.
fn server(then: Step) -> Server {
    Server::per_connection([vec![good("t1"), then], vec![good("t2")]])
}

#[test]
fn t34_idle_connection_of_a_runtime_that_is_gone() {
    let server = server(good("t1"));
    let client = client_of(&server);
    for id in ["t1", "t2", "t2"] {
        let runtime = runtime();
        let thing = runtime.block_on(success(&client, CopyThing::new("t1", "n")));
        assert_eq!(thing.id, id);
        runtime.block_on(settle());
    }
    assert_eq!(places(&server), [0, 1, 2]);
}

#[test]
fn t34_runtime_goes_away_during_a_call() {
    let (server, result) = goes_away_during(CopyThing::new("t1", "n"));
    lost().check_write(&result.unwrap_err());
    assert_eq!(places(&server), [0, 0]);
    // A read is repeated on a connection of its own runtime.
    let (server, result) = goes_away_during(ShowThing::new("t1"));
    assert_eq!(
        (result.unwrap().id.as_str(), places(&server)),
        ("t2", vec![0, 0, 1])
    );
}

/// The runtime of the connection goes away when the server has the request.
fn goes_away_during<O: Operation<Output = Thing>>(input: O) -> (Server, Result<Thing, Error>) {
    let server = server(Step::SendAndHold(Vec::new()));
    let client = retrying_client_of(&server);
    let other = Other::start(client.clone());
    let result = runtime().block_on(async {
        let call = tokio::spawn(client.call().send(input));
        server.until(|log| log.requests.len() == 2).await;
        other.end();
        in_time(call).await.unwrap()
    });
    (server, result)
}

/// A runtime in a thread of its own, which drives the idle connection of the client.
struct Other {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Other {
    fn start(client: Client) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            runtime().block_on(async {
                fill_pool(&client).await;
                ready.send(()).unwrap();
                stopped.await.unwrap();
            });
        });
        is_ready.recv().unwrap();
        Self { stop, thread }
    }

    fn end(self) {
        self.stop.send(()).unwrap();
        self.thread.join().unwrap();
    }
}

#[test]
fn t34_runtime_goes_away_before_the_request_is_written() {
    fn sent<O: Operation<Output = Thing>>(input: O) {
        let server = server(good("t1"));
        let client = client_of(&server);
        let still = runtime();
        still.block_on(fill_pool(&client));
        let result = runtime().block_on(async {
            // Waits in the queue of a connection that nobody looks after any more.
            let call = client.call().with_retry(RetryConfig::none()).send(input);
            let call = tokio::spawn(call);
            settle().await;
            assert!(!call.is_finished());
            still.shutdown_background();
            in_time(call).await.unwrap()
        });
        // The HTTP library takes another connection by itself.
        assert_eq!(
            (result.unwrap().id.as_str(), places(&server)),
            ("t2", vec![0, 1])
        );
    }
    sent(ShowThing::new("t1"));
    sent(CopyThing::new("t1", "n"));
}

#[test]
fn t34_runtime_that_stands_still_does_not_hold_up_calls_for_ever() {
    fn moves_on<O: Operation<Output = Thing>>(input: O) {
        let (server, result) = stands_still_during(input);
        assert_eq!(
            (result.unwrap().id.as_str(), places(&server)),
            ("t2", vec![0, 1])
        );
    }
    moves_on(ShowThing::new("t1"));
    // Nothing of the first attempt was written, so that even a write moves on.
    moves_on(CopyThing::new("t1", "n"));
}

fn stands_still_during<O: Operation<Output = Thing>>(input: O) -> (Server, Result<Thing, Error>) {
    let (server, clock) = (server(good("t1")), ManualClock::skipping());
    let limit = Duration::from_secs(10);
    let builder = builder_of(&server)
        .attempt_timeout(limit)
        .clock(clock.clone());
    let client = builder.build().unwrap().0;
    let still = runtime();
    still.block_on(fill_pool(&client));
    let result = runtime().block_on(async {
        let call = tokio::spawn(client.call().send(input));
        settle().await;
        assert!(!call.is_finished());
        clock.advance(limit);
        in_time(call).await.unwrap()
    });
    (server, result)
}
