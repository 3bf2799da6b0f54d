//! The support tested by itself, without the runtime: a row of the fault matrix is worth what its
//! fault is worth.

mod places;
mod processes;
mod server;
mod tls;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: h\r\nX-Secret: s3cret\r\n\r\n";

/// A connection on which these bytes were sent.
fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    // A test that would hang fails instead.
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes).unwrap();
    stream
}

/// All that comes until the other side ends.
fn rest(mut stream: impl Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Exactly as many bytes as are expected.
fn expect(mut stream: impl Read, expected: &[u8]) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, expected);
}
