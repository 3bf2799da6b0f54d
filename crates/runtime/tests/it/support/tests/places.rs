//! The proxy, and the addresses that nobody answers.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{GET, expect, rest, send};
use crate::support::black_hole::{BlackHole, ClosedPort};
use crate::support::proxy::{Mode, Proxy};
use crate::support::server::{Server, reply};
use crate::support::step::Step;

const OPEN: &[u8] = b"HTTP/1.1 200 Whatever\r\n\r\n";

fn ask(target: impl std::fmt::Display) -> String {
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")
}

#[test]
fn tunnel_carries_what_the_proxy_does_not_hear() {
    let server = Server::always(Step::SendAndClose(reply(200, &[], "{}")));
    let proxy = Proxy::start(Mode::Tunnel);
    let asked = ask(server.address());
    let mut stream = send(proxy.address(), asked.as_bytes());
    expect(&stream, OPEN);
    stream.write_all(GET).unwrap();
    assert!(rest(stream).ends_with("{}"));
    let heard = proxy.heard();
    assert_eq!(
        (heard.text(), heard.tunnels, heard.connections),
        (asked, 1, 1)
    );
    assert_eq!(server.request().as_bytes(), GET);
}

#[test]
fn tunnel_to_a_fixed_address_passes_on_what_came_early() {
    let server = Server::always(Step::SendAndClose(b"end".to_vec()));
    let proxy = Proxy::start(Mode::TunnelTo(server.address()));
    let asked = [ask("cbr.example.com:443").as_bytes(), GET].concat();
    let stream = send(proxy.address(), &asked);
    expect(&stream, OPEN);
    assert_eq!(rest(stream), "end");
    let heard = proxy.heard();
    assert_eq!(heard.requests, ["CONNECT cbr.example.com:443 HTTP/1.1"]);
    assert!(heard.text().contains("s3cret"));
}

#[test]
fn refusing_proxy_opens_nothing_and_hears_on() {
    for (status, has) in [(407, true), (502, false), (503, false)] {
        let proxy = Proxy::refusing(status);
        let mut stream = send(proxy.address(), ask("h:1").as_bytes());
        stream.write_all(GET).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let text = rest(stream);
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
        assert_eq!(text.contains("proxy-authenticate: Basic"), has, "{text}");
        assert!(text.contains("HTTP/1.1 405 "), "{text}");
        let heard = proxy.heard();
        assert_eq!((heard.requests.len(), heard.tunnels), (2, 0));
        assert!(heard.text().contains("s3cret"));
    }
}

#[test]
fn tunnel_to_a_closed_port_is_a_bad_gateway() {
    let (closed, proxy) = (ClosedPort::new(), Proxy::start(Mode::Tunnel));
    let stream = send(proxy.address(), ask(closed.address()).as_bytes());
    expect(&stream, b"HTTP/1.1 502 ");
    assert!(
        proxy
            .url_with("me:pw")
            .starts_with("http://me:pw@127.0.0.1:")
    );
    assert!(proxy.url().starts_with("http://127.0.0.1:"));
}

#[test]
fn tunnel_ends_with_the_proxy() {
    let server = Server::always(Step::SendAndHold(b"a".to_vec()));
    let proxy = Proxy::start(Mode::Tunnel);
    let mut stream = send(proxy.address(), ask(server.address()).as_bytes());
    expect(&stream, OPEN);
    stream.write_all(GET).unwrap();
    expect(&stream, b"a");
    drop(proxy);
    assert_eq!(rest(stream), "");
    server.wait(|log| log.closed == 1);
}

#[test]
fn closed_port_refuses() {
    let closed = ClosedPort::new();
    let error = TcpStream::connect(closed.address()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn black_hole_takes_no_further_connection() {
    let Some(hole) = BlackHole::open() else {
        return;
    };
    for _ in 0..2 {
        let limit = Duration::from_millis(50);
        let error = TcpStream::connect_timeout(&hole.address(), limit).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
