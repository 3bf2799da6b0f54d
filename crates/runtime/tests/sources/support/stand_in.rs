//! A stand-in for the metadata service: answers one request after the other with given bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use cloudbackup_runtime::testing::ManualClock;

/// What is done with a request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes and ends the connection.
    Send(Vec<u8>),
    /// Sends these bytes and keeps the connection open until the client ends it.
    Hold(Vec<u8>),
    /// Lets so much time pass before it sends these bytes.
    Late(ManualClock, Duration, Vec<u8>),
}

/// The server, gone when dropped. Requests beyond its steps get the last one.
pub(crate) struct StandIn {
    port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Vec<String>>,
    /// The connection that is served; at the end it is shut down, so that nobody waits for it.
    current: Mutex<Option<Arc<TcpStream>>>,
    is_ending: AtomicBool,
}

impl StandIn {
    pub(crate) fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let steps: Vec<_> = steps.into_iter().collect();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming().flatten() {
                    let stream = Arc::new(stream);
                    *shared.current.lock().unwrap() = Some(Arc::clone(&stream));
                    if shared.is_ending.load(Ordering::SeqCst) {
                        return;
                    }
                    shared.serve(&stream, &steps);
                }
            }
        });
        Self {
            port,
            shared,
            thread: Some(thread),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The heads of the requests so far.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The first lines of the requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let seen = self.seen().into_iter();
        seen.map(|head| head.lines().next().unwrap().to_owned())
            .collect()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::SeqCst);
        if let Some(stream) = &*self.shared.current.lock().unwrap() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread that accepts.
        let woken = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// One request for each connection: the client keeps none.
    fn serve(&self, mut stream: &TcpStream, steps: &[Step]) {
        let Some(head) = read_head(stream) else {
            return;
        };
        let number = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(head);
            seen.len() - 1
        };
        let step = steps.get(number).or(steps.last()).unwrap();
        let bytes = match step {
            Step::Send(bytes) | Step::Hold(bytes) => bytes,
            Step::Late(clock, time, bytes) => {
                clock.advance(*time);
                bytes
            }
        };
        // A client that has seen enough ends the connection earlier.
        let _ = stream.write_all(bytes);
        if !matches!(step, Step::Hold(_)) {
            let _ = stream.shutdown(Shutdown::Write);
        }
        // Until the client ends it: bytes that nobody read would make a reset of the end.
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

fn read_head(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let length = reader.read_line(&mut head).ok()?;
        (length > 0).then_some(())?;
    }
    Some(head)
}

/// The value of a header of a request.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let (_, value) = lines.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    Some(value)
}

/// A whole reply with its length.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let mut head = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}
