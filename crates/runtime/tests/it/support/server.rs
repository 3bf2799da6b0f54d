//! A server that records what it is sent and answers with exactly the bytes it is told to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does after a request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes and reads on.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    SendAndClose(Vec<u8>),
    /// Sends these bytes and then nothing, with the connection open.
    SendAndHold(Vec<u8>),
    /// Sends these bytes and then `1` again and again, slowly.
    SendAndDrip(Vec<u8>),
}

#[derive(Default)]
struct Shared {
    script: Mutex<VecDeque<Step>>,
    requests: Mutex<Vec<String>>,
    held: Mutex<Vec<TcpStream>>,
    connections: AtomicUsize,
    done: AtomicBool,
}

/// A server on a free loopback port, gone when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// Answers one request after the other with these steps; the last one repeats.
    pub(crate) fn start(script: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Mutex::new(script.into_iter().collect()),
            ..Shared::default()
        });
        let server = Self {
            address,
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.done.load(Ordering::SeqCst) {
                    return;
                }
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.serve(stream.unwrap()));
            }
        });
        server
    }

    /// A server with one answer to everything.
    pub(crate) fn always(step: Step) -> Self {
        Self::start([step])
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, each as it came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The only request.
    pub(crate) fn request(&self) -> String {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.done.store(true, Ordering::SeqCst);
        self.shared.held.lock().unwrap().clear();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        while let Some(request) = read_request(&mut reader) {
            self.requests.lock().unwrap().push(request);
            // A client that has seen enough closes; failing to write is then no fault.
            match self.next_step() {
                Step::Send(bytes) => {
                    let _ = stream.write_all(&bytes);
                }
                Step::SendAndClose(bytes) => {
                    let _ = stream.write_all(&bytes);
                    return;
                }
                Step::SendAndHold(bytes) => {
                    let _ = stream.write_all(&bytes);
                    self.held.lock().unwrap().push(stream);
                    return;
                }
                Step::SendAndDrip(bytes) => {
                    let _ = stream.write_all(&bytes);
                    self.drip(stream);
                    return;
                }
            }
        }
    }

    /// Paced by a read that times out, until the client goes away.
    fn drip(&self, mut stream: TcpStream) {
        stream
            .set_read_timeout(Some(Duration::from_millis(2)))
            .unwrap();
        while !self.done.load(Ordering::SeqCst) && stream.write_all(b"1").is_ok() {
            if matches!(stream.read(&mut [0]), Ok(0)) {
                return;
            }
        }
    }

    fn next_step(&self) -> Step {
        let mut script = self.script.lock().unwrap();
        if script.len() > 1 {
            script.pop_front().unwrap()
        } else {
            script[0].clone()
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        head.push_str(&line);
        if line == "\r\n" {
            break;
        }
    }
    let length = head
        .lines()
        .filter_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .map(str::to_owned)
        })
        .find_map(|value| value.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

/// A whole reply with its length.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut head = format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// A whole reply with a JSON body.
pub(crate) fn json_reply(status: u16, body: &str) -> Step {
    Step::Send(reply(status, &[("Content-Type", "application/json")], body))
}
