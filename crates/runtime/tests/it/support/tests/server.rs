//! The scripted server against plain sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use super::{GET, expect, rest, send};
#[cfg(feature = "gzip")]
use crate::support::bomb::gzip_bomb;
use crate::support::server::{Server, json_reply, reply};
use crate::support::step::{Flood, Step};

const POST: &[u8] = b"POST /b HTTP/1.1\r\nContent-Length: 2\r\nX-A:  b \r\n\r\nhi";

fn ok() -> Vec<u8> {
    reply(200, &[], "{}")
}

#[test]
fn request_is_recorded_with_its_connection() {
    let server = Server::always(Step::SendAndClose(ok()));
    rest(send(server.address(), GET));
    rest(send(server.address(), POST));
    let log = server.wait(|log| log.closed == 2);
    let second = &log.requests[1];
    assert_eq!(second.raw.as_bytes(), POST);
    assert_eq!(second.connection, 1);
    assert_eq!((second.line(), second.body()), ("POST /b HTTP/1.1", "hi"));
    assert_eq!(
        (second.header("x-a"), second.header("x-b")),
        (Some("b"), None)
    );
    assert_eq!((server.connections(), server.requests().len()), (2, 2));
}

#[test]
fn connection_is_kept_and_then_closed_right_after_the_next_request() {
    let server = Server::start([Step::Send(ok()), Step::SendAndClose(Vec::new())]);
    let mut stream = send(server.address(), GET);
    expect(&stream, &ok());
    stream.write_all(POST).unwrap();
    assert_eq!(rest(stream), "");
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

#[test]
fn reset_comes_after_the_bytes() {
    let server = Server::always(Step::Reset(b"HTTP/1.1 200".to_vec()));
    let mut stream = send(server.address(), GET);
    server.wait(|log| log.closed == 1);
    if cfg!(target_os = "linux") {
        expect(&stream, b"HTTP/1.1 200");
    }
    let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.request().as_bytes(), GET);
}

#[test]
fn new_connections_end_without_a_request_being_read() {
    let server = Server::start([
        Step::ResetBeforeReading,
        Step::CloseBeforeReading,
        Step::Send(ok()),
    ]);
    let mut stream = send(server.address(), GET);
    let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(rest(send(server.address(), GET)), "");
    assert!(server.requests().is_empty());
    expect(send(server.address(), GET), &ok());
    assert_eq!(server.wait(|log| log.closed == 3).requests.len(), 1);
}

#[test]
fn each_connection_has_its_own_steps() {
    let first = vec![Step::Send(b"one".to_vec()), Step::SendAndClose(Vec::new())];
    let later = vec![
        Step::Send(b"two".to_vec()),
        Step::SendAndClose(b"three".to_vec()),
    ];
    let server = Server::per_connection([first, later]);
    let mut streams: Vec<TcpStream> = Vec::new();
    for expected in [b"one", b"two", b"two"] {
        streams.push(send(server.address(), GET));
        expect(streams.last().unwrap(), expected);
    }
    for (mut stream, expected) in streams.into_iter().zip(["", "three", "three"]) {
        stream.write_all(GET).unwrap();
        assert_eq!(rest(stream), expected);
    }
}

#[test]
fn kept_connection_can_answer_once_and_never_again() {
    let server = Server::start([Step::SendAndIgnore(ok()), json_reply(200, "{}")]);
    let mut stream = send(server.address(), GET);
    expect(&stream, &ok());
    stream.write_all(POST).unwrap();
    server.wait(|log| log.requests.len() == 2);
    // The next step was not used up.
    expect(send(server.address(), GET), b"HTTP/1.1 200 Whatever\r\n");
    let places: Vec<usize> = server.log().requests.iter().map(|r| r.connection).collect();
    assert_eq!(places, [0, 0, 1]);
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(rest(stream), "");
}

#[test]
fn held_connection_ends_with_the_client_or_the_server() {
    for step in [
        Step::SendAndHold(b"HTTP".to_vec()),
        Step::SendAndDrip(b"HTTP".to_vec()),
        Step::HoldBeforeReading,
    ] {
        let server = Server::always(step.clone());
        let stream = send(server.address(), GET);
        if !matches!(step, Step::HoldBeforeReading) {
            expect(&stream, b"HTTP");
        }
        drop(stream);
        server.wait(|log| log.closed == 1);

        let mut stream = send(server.address(), GET);
        drop(server);
        let end = stream.read_to_end(&mut Vec::new());
        // Bytes that the server has not read become a reset.
        assert!(end.is_ok() || end.unwrap_err().kind() == ErrorKind::ConnectionReset);
    }
}

#[test]
fn extra_bytes_follow_a_reply_in_the_same_piece() {
    let server = Server::always(Step::send_with_extra(ok(), b"HTTP/1.1 500 X\r\n\r\n"));
    let expected = [ok(), b"HTTP/1.1 500 X\r\n\r\n".to_vec()].concat();
    expect(send(server.address(), GET), &expected);
}

#[test]
fn flood_stops_when_the_client_goes_away() {
    let flood = Flood::chunked(1024);
    let server = Server::always(Step::Flood(flood.clone()));
    let stream = send(server.address(), GET);
    expect(
        &stream,
        &[&flood.head[..], &flood.block, &flood.block].concat(),
    );
    drop(stream);
    let flooded = server.wait(|log| log.closed == 1).flooded;
    let two = 2 * flood.block.len() as u64;
    assert!((two..64 << 20).contains(&flooded), "{flooded}");
}

#[test]
fn flood_is_complete_where_the_client_takes_it_all() {
    let server = Server::start([
        Step::Flood(Flood::with_length(403, 2)),
        Step::SendAndClose(b"end".to_vec()),
    ]);
    let mut stream = send(server.address(), GET);
    stream.write_all(GET).unwrap();
    let text = rest(stream);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    assert!(head.ends_with("content-length: 2097152"), "{head}");
    assert!(body.trim_start() == "end" && body.len() == (2 << 20) + 3);
    assert_eq!(server.log().flooded, 2 << 20);
}

#[tokio::test]
async fn server_is_waited_for_while_the_runtime_goes_on() {
    let server = Server::always(Step::SendAndHold(Vec::new()));
    let address = server.address();
    let client = tokio::spawn(async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, GET)
            .await
            .unwrap();
        stream
    });
    assert_eq!(server.until(|log| log.requests.len() == 1).await.closed, 0);
    drop(client.await.unwrap());
    server.until(|log| log.closed == 1).await;
}

/// A client that keeps its connections.
fn pooling_client() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy();
    #[cfg(feature = "rustls")]
    let builder = builder.tls_backend_preconfigured(super::tls::config());
    builder.build().unwrap()
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn gzip_bomb_unpacks_to_far_more_than_was_sent() {
    let server = Server::always(Step::Flood(gzip_bomb(1024)));
    let client = pooling_client();
    let mut reply = client.get(server.url()).send().await.unwrap();
    let mut length = 0;
    while length < 256 << 20 {
        let bytes = reply.chunk().await.unwrap().unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0));
        length += bytes.len() as u64;
    }
    drop(reply);
    drop(client);
    let flooded = server.until(|log| log.closed == 1).await.flooded;
    assert!(flooded <= 1024 * 6700, "{flooded}");
}
