//! Requests as bytes, and replies as they came, for what no typed client would send.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A reply that came whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The one header of this name; none if it is not there or several times.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let mut found = headers.by_ref().filter(|(known, _)| known == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A connection that ended before a whole reply had come.
#[derive(Debug)]
pub(crate) struct Ended {
    /// What had come until then.
    pub(crate) bytes: Vec<u8>,
    /// How it ended; none if it was closed in an orderly way.
    pub(crate) error: Option<io::ErrorKind>,
}

/// Connects to an endpoint such as `http://127.0.0.1:40123`.
pub(crate) async fn connect(endpoint: &str) -> TcpStream {
    let address = endpoint.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// A request in the form of HTTP/1.1, with `Host` and `Content-Length` as they should be.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: sandbox\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if method != "GET" {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    format!("{text}\r\n{body}").into_bytes()
}

/// Sends such a request on a connection of its own and reads the reply.
pub(crate) async fn call(
    endpoint: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    let reply = exchange(endpoint, &request(method, target, headers, body)).await;
    reply.unwrap_or_else(|ended| panic!("{method} {target}: {ended:?}"))
}

/// Sends these bytes on a connection of their own and reads what comes back.
pub(crate) async fn exchange(endpoint: &str, bytes: &[u8]) -> Result<Reply, Ended> {
    let mut stream = connect(endpoint).await;
    // A server that answers early may not take all of it.
    let _ = stream.write_all(bytes).await;
    read_reply(&mut stream).await
}

/// Reads a reply that is told by its `Content-Length`, or has no body.
pub(crate) async fn read_reply(stream: &mut TcpStream) -> Result<Reply, Ended> {
    let mut bytes = Vec::new();
    loop {
        if let Some(reply) = whole(&bytes) {
            return Ok(reply);
        }
        let mut part = [0; 16 * 1024];
        match stream.read(&mut part).await {
            Ok(0) => return Err(Ended { bytes, error: None }),
            Ok(count) => bytes.extend_from_slice(&part[..count]),
            Err(error) => {
                let error = Some(error.kind());
                return Err(Ended { bytes, error });
            }
        }
    }
}

/// The reply at the start of these bytes, once it is there to its end.
pub(crate) fn whole(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, length)| length.parse().unwrap());
    let body = bytes.get(end + 4..end + 4 + length)?.to_vec();
    Some(Reply {
        status,
        headers,
        body,
    })
}
