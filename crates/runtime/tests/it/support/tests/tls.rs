//! The servers with TLS against a plain rustls client.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{GET, expect, rest, send};
use crate::support::server::{Server, reply};
use crate::support::step::{Plan, Step};
use crate::support::tls::{self, Identity};

/// For clients that trust the test authority only.
pub(super) fn config() -> ClientConfig {
    let pem = tls::authority_pem();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn client(name: &str) -> ClientConnection {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    ClientConnection::new(Arc::new(config()), name).unwrap()
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn connect(server: &Server, name: &str) -> io::Result<Stream> {
    let mut stream = StreamOwned::new(client(name), send(server.address(), b""));
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

#[test]
fn good_server_plays_its_steps() {
    let server = tls::start(
        Identity::Good,
        [
            Step::Send(reply(200, &[], "{}")),
            Step::SendAndClose(b"end".to_vec()),
        ],
    );
    assert!(server.url().starts_with("https://127.0.0.1:"));
    for name in ["localhost", "127.0.0.1"] {
        assert!(connect(&server, name).is_ok());
    }
    let mut stream = connect(&server, "localhost").unwrap();
    stream.write_all(GET).unwrap();
    expect(&mut stream, &reply(200, &[], "{}"));
    stream.write_all(GET).unwrap();
    // Ends without an error only where the end was announced.
    assert_eq!(rest(&mut stream), "end");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn reset_comes_through_tls() {
    let plan = Plan::Each(vec![vec![Step::Reset(b"HTTP".to_vec())]]);
    let server = tls::start_with(Identity::Good, plan);
    let mut stream = connect(&server, "localhost").unwrap();
    stream.write_all(GET).unwrap();
    server.wait(|log| log.closed == 1);
    let error = io::copy(&mut stream, &mut io::sink()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn bad_servers_are_bad_for_the_reason_they_say() {
    for (identity, reason) in [
        (Identity::Expired, "expired"),
        (Identity::WrongHost, "not valid for name"),
        (Identity::UnknownAuthority, "UnknownIssuer"),
    ] {
        let server = tls::start(identity, [Step::Send(reply(200, &[], "{}"))]);
        let error = connect(&server, "localhost").unwrap_err().to_string();
        assert!(error.contains(reason), "{identity:?}: {error}");
        let log = server.wait(|log| log.closed == 1);
        assert!(log.requests.is_empty());
    }
}

#[test]
fn stalled_server_never_says_a_word() {
    let server = tls::stalled();
    let mut hello = Vec::new();
    client("localhost").write_tls(&mut hello).unwrap();
    let stream = send(server.address(), &hello);
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(rest(stream), "");
    assert_eq!(server.connections(), 1);
}
