//! Faults below HTTP, and the time limits.

use std::error::Error as _;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use cloudbackup_runtime::{Client, Error, ErrorKind, Outcome};

use crate::support::{CopyThing, Server, ShowThing, Step, TestClient, client_of, json_reply};

const SHORT: Duration = Duration::from_millis(250);

async fn copy(client: &Client) -> Error {
    client
        .call()
        .with_timeout(SHORT)
        .send(CopyThing::new("t1", "n"))
        .await
        .unwrap_err()
}

fn client_at(endpoint: &str) -> Client {
    let builder = TestClient::builder()
        .endpoint(endpoint)
        .project_id("p1")
        .token("token-1");
    builder.build().unwrap().0
}

/// An address on which nobody listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn refused_connection_was_never_sent() {
    let error = client_at(&format!("http://{}", closed_port()))
        .call()
        .send(CopyThing::new("t1", "n"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Connect, Outcome::NotSent)
    );
    let text = error.to_string();
    assert!(
        text.starts_with("test copy_thing: cannot connect: "),
        "{text}"
    );
    assert!(
        text.to_lowercase().contains("refused") && text.ends_with("(not sent)"),
        "{text}"
    );
    assert!(error.source().is_some());
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn server_without_tls_never_gets_the_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut first = [0; 1024];
        let count = stream.read(&mut first).unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        first[..count].to_vec()
    });
    let call = client_at(&endpoint).call();
    let error = call.send(CopyThing::new("t1", "n")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Connect, Outcome::NotSent),
        "{error}"
    );
    // What came is the beginning of a TLS handshake.
    assert_eq!(server.join().unwrap()[0], 0x16);
}

#[tokio::test]
async fn silent_server_leaves_the_outcome_unknown() {
    let server = Server::always(Step::SendAndHold(Vec::new()));
    let error = copy(&client_of(&server)).await;
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Timeout, Outcome::Unknown)
    );
    assert!(error.is_timeout() && error.status().is_none());
    let text = error.to_string();
    assert!(
        text.contains("no reply within 250ms") && text.ends_with("(may have been applied)"),
        "{text}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn head_that_never_ends_leaves_the_outcome_unknown() {
    let server = Server::always(Step::SendAndHold(b"HTTP/1.1 200 OK\r\nx-a: b\r\n".to_vec()));
    let error = copy(&client_of(&server)).await;
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Timeout, Outcome::Unknown)
    );
}

#[tokio::test]
async fn stalled_and_dripping_bodies_meet_the_limit_of_the_whole_call() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\nx-request-id: r\r\n\r\n".to_vec();
    for step in [Step::SendAndHold(head.clone()), Step::SendAndDrip(head)] {
        let server = Server::always(step);
        let error = copy(&client_of(&server)).await;
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Timeout, Outcome::Applied)
        );
        assert_eq!(
            (error.status().unwrap().as_u16(), error.request_id()),
            (200, Some("r"))
        );
        assert!(
            error.to_string().ends_with("[request id r] (was applied)"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn clients_limit_holds_where_the_call_has_none() {
    let server = Server::always(Step::SendAndHold(Vec::new()));
    let builder = TestClient::builder()
        .endpoint(server.url())
        .project_id("p1")
        .token("token-1");
    let client = builder.timeout(SHORT).build().unwrap().0;
    let error = client.call().send(ShowThing::new("t1")).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn connection_that_closes_before_the_reply_leaves_the_outcome_unknown() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nx-a: ",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ] {
        let server = Server::always(Step::SendAndClose(bytes.to_vec()));
        let client = client_of(&server);
        let error = client
            .call()
            .send(CopyThing::new("t1", "n"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Transport, Outcome::Unknown)
        );
        assert!(
            error.to_string().ends_with("(may have been applied)"),
            "{error}"
        );
        // A write is not sent a second time behind the caller's back.
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn read_has_no_talk_of_effects() {
    let server = Server::always(Step::SendAndClose(Vec::new()));
    let error = client_of(&server)
        .call()
        .send(ShowThing::new("t1"))
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("applied"), "{error}");
}

#[tokio::test]
async fn hostile_head_is_an_error() {
    let many: String = (0..500).map(|n| format!("x-{n}: y\r\n")).collect();
    let head = format!("HTTP/1.1 200 OK\r\n{many}content-length: 2\r\n\r\n{{}}");
    let server = Server::always(Step::SendAndClose(head.into_bytes()));
    let error = client_of(&server)
        .call()
        .send(ShowThing::new("t1"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn large_header_of_a_reply_passes() {
    let token = "x".repeat(16 * 1024);
    let head = format!(
        "HTTP/1.1 200 OK\r\nx-subject-token: {token}\r\ncontent-length: 11\r\n\r\n{{\"id\":\"t1\"}}"
    );
    let server = Server::always(Step::SendAndClose(head.into_bytes()));
    assert!(
        client_of(&server)
            .call()
            .send(ShowThing::new("t1"))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn connection_that_timed_out_is_not_used_again() {
    let ok = json_reply(200, r#"{"id":"t2"}"#);
    let server = Server::start([Step::SendAndHold(Vec::new()), ok]);
    let client = client_of(&server);
    assert!(copy(&client).await.is_timeout());
    assert_eq!(
        client.call().send(ShowThing::new("t1")).await.unwrap().id,
        "t2"
    );
    assert_eq!(server.connections(), 2);
}

#[test]
fn client_outlives_the_runtime_of_its_first_call() {
    let server = Server::always(json_reply(200, r#"{"id":"t1"}"#));
    let client = client_of(&server);
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let thing = runtime
            .block_on(client.call().send(ShowThing::new("t1")))
            .unwrap();
        assert_eq!(thing.id, "t1");
    }
    assert_eq!(server.requests().len(), 2);
}
