//! Calls without an async runtime.

use std::thread;
use std::time::Duration;

use cloudbackup_runtime::{ErrorKind, Outcome};

use crate::support::{CopyThing, Server, ShowThing, Step, client_of, json_reply, reply};

const THING: &str = r#"{"id":"t1"}"#;

#[test]
fn blocking_call_sends_and_decodes() {
    let server = Server::always(json_reply(200, THING));
    let client = client_of(&server);
    for _ in 0..2 {
        assert_eq!(
            client
                .call()
                .send_blocking(ShowThing::new("t1"))
                .unwrap()
                .id,
            "t1"
        );
    }
    assert_eq!((server.requests().len(), server.connections()), (2, 1));
}

#[test]
fn prepared_request_can_be_sent_blocking() {
    let server = Server::always(json_reply(200, THING));
    let prepared = client_of(&server)
        .call()
        .prepare(CopyThing::new("t1", "n"))
        .unwrap();
    assert_eq!(prepared.send_blocking().unwrap().id, "t1");
}

#[test]
fn errors_and_time_limits_hold() {
    let server = Server::start([json_reply(404, "{}"), Step::SendAndHold(Vec::new())]);
    let client = client_of(&server);
    let error = client
        .call()
        .send_blocking(ShowThing::new("t1"))
        .unwrap_err();
    assert!(error.is_not_found());
    let call = client.call().with_timeout(Duration::from_millis(250));
    assert!(
        call.send_blocking(ShowThing::new("t1"))
            .unwrap_err()
            .is_timeout()
    );
}

#[test]
fn connection_that_the_server_closes_is_replaced() {
    let bytes = reply(200, &[("Connection", "close")], THING);
    let server = Server::always(Step::SendAndClose(bytes));
    let client = client_of(&server);
    for _ in 0..3 {
        assert_eq!(
            client
                .call()
                .send_blocking(CopyThing::new("t1", "n"))
                .unwrap()
                .id,
            "t1"
        );
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 3));
}

#[test]
fn threads_can_share_a_client() {
    let server = Server::always(json_reply(200, THING));
    let client = client_of(&server);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| client.call().send_blocking(ShowThing::new("t1")).unwrap());
        }
    });
    assert_eq!(server.requests().len(), 8);
}

#[tokio::test]
async fn blocking_call_inside_a_runtime_is_an_error() {
    let server = Server::always(json_reply(200, THING));
    let error = client_of(&server)
        .call()
        .send_blocking(ShowThing::new("t1"))
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    assert!(error.to_string().contains("`send`"), "{error}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn async_calls_beside_blocking_ones_do_not_share_connections() {
    let server = Server::always(json_reply(200, THING));
    let client = client_of(&server);
    client.call().send_blocking(ShowThing::new("t1")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(client.call().send(ShowThing::new("t1")))
        .unwrap();
    assert_eq!(server.connections(), 2);
    // The last client goes away inside a runtime, which must not panic.
    runtime.block_on(async move { drop(client) });
}
