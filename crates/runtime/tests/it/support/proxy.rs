//! A proxy for CONNECT that remembers what it was told before a tunnel was open.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::listen::{Listening, Workers};
use super::request::read_head;

/// The target is on this machine and answers at once, or it is not there.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the proxy does with a CONNECT. Any other request gets 405.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// Connects to the target that is asked for, which has to be on this machine.
    Tunnel,
    /// Connects to this address, whatever is asked for.
    TunnelTo(SocketAddr),
    /// Sends these bytes and goes on listening.
    Answer(Vec<u8>),
}

/// What the proxy has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// Every byte that came outside of a tunnel.
    pub(crate) bytes: Vec<u8>,
    pub(crate) connections: usize,
    /// The first line of each request.
    pub(crate) requests: Vec<String>,
    pub(crate) tunnels: usize,
}

impl Heard {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A proxy on a free loopback port, gone when dropped.
pub(crate) struct Proxy {
    listening: Listening,
    heard: Arc<Mutex<Heard>>,
}

impl Proxy {
    pub(crate) fn start(mode: Mode) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let shared = Arc::clone(&heard);
        let listening = Listening::start(move |workers, _, client| {
            shared.lock().unwrap().connections += 1;
            let call = Call {
                mode: &mode,
                heard: &shared,
                workers,
            };
            call.serve(&client);
        });
        Self { listening, heard }
    }

    /// Refuses every CONNECT with this status; 407 asks for a password.
    pub(crate) fn refusing(status: u16) -> Self {
        Self::start(Mode::Answer(answer(status)))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The address with `user:password` in it.
    pub(crate) fn url_with(&self, user: &str) -> String {
        format!("http://{user}@{}", self.address())
    }

    pub(crate) fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }
}

fn answer(status: u16) -> Vec<u8> {
    let ask = match status {
        407 => "proxy-authenticate: Basic realm=\"test\"\r\n",
        _ => "",
    };
    format!("HTTP/1.1 {status} Whatever\r\n{ask}content-length: 0\r\n\r\n").into_bytes()
}

/// Remembers what is read.
struct Listener<'a> {
    client: &'a TcpStream,
    heard: &'a Mutex<Heard>,
}

impl Read for Listener<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.client.read(bytes)?;
        let mut heard = self.heard.lock().unwrap();
        heard.bytes.extend_from_slice(&bytes[..count]);
        Ok(count)
    }
}

struct Call<'a> {
    mode: &'a Mode,
    heard: &'a Mutex<Heard>,
    workers: &'a Arc<Workers>,
}

impl Call<'_> {
    fn serve(&self, client: &Arc<TcpStream>) {
        let mut reader = BufReader::new(Listener {
            client,
            heard: self.heard,
        });
        while let Some(head) = read_head(&mut reader) {
            let line = head.lines().next().unwrap_or_default().to_owned();
            self.heard.lock().unwrap().requests.push(line.clone());
            let reply = match self.target(&line) {
                Ok(target) => match self.dial(&target) {
                    Some(server) => return self.tunnel(client, &server, reader.buffer()),
                    None => answer(502),
                },
                Err(reply) => reply,
            };
            let _ = (&**client).write_all(&reply);
        }
    }

    /// Where the tunnel goes, or what to say instead.
    fn target(&self, line: &str) -> Result<String, Vec<u8>> {
        let Some(rest) = line.strip_prefix("CONNECT ") else {
            return Err(answer(405));
        };
        match self.mode {
            Mode::Answer(bytes) => Err(bytes.clone()),
            Mode::TunnelTo(address) => Ok(address.to_string()),
            Mode::Tunnel => Ok(rest.split(' ').next().unwrap_or_default().to_owned()),
        }
    }

    fn dial(&self, target: &str) -> Option<Arc<TcpStream>> {
        let mut addresses = target.to_socket_addrs().ok()?;
        let address = addresses.find(|address| address.ip().is_loopback() && address.is_ipv4())?;
        let server = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
        Some(self.workers.keep(server))
    }

    fn tunnel(&self, client: &Arc<TcpStream>, server: &Arc<TcpStream>, early: &[u8]) {
        self.heard.lock().unwrap().tunnels += 1;
        let opened = (&**client).write_all(b"HTTP/1.1 200 Whatever\r\n\r\n");
        if opened.and((&**server).write_all(early)).is_err() {
            return;
        }
        let (from, to) = (Arc::clone(server), Arc::clone(client));
        self.workers.spawn(move || copy(&from, &to));
        copy(client, server);
    }
}

/// Copies one direction to its end and passes the end on.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
