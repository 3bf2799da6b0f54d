//! A server on loopback that records the bytes it is sent and answers with the bytes it is told,
//! and clients of it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use cloudbackup::{ClientBuilder, ServiceClient};

/// The token of every client here; nothing that prints may hold it.
pub(crate) const TOKEN: &str = "MIIEq7Zr-T0kV9xLw-B3mNcY";

/// The project of every client here.
pub(crate) const PROJECT: &str = "0483b6b16e954cb88930a360d2c4e663";

/// What the server does with one request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Says nothing and keeps the connection open.
    Silence,
}

/// A reply with a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Answer {
    reply(status, "Content-Type: application/json\r\n", body)
}

/// A reply with header lines, each ended by a line break.
pub(crate) fn reply(status: u16, headers: &str, body: &str) -> Answer {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    Answer::Bytes(text.into_bytes())
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Every byte of it.
    pub(crate) raw: String,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: String,
}

impl Request {
    /// The values of a header, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default();
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

#[derive(Default)]
struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<Request>>,
    done: AtomicBool,
}

/// A server on a free port, gone when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// Answers one request after the other; the last answer repeats.
    pub(crate) fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answers: Mutex::new(answers.into_iter().collect()),
            ..Shared::default()
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || serve(&listener, &serving));
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of this server.
    pub(crate) fn client<C: ServiceClient>(&self) -> C {
        builder_for(&self.url()).build().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The only request.
    pub(crate) fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.done.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

/// An address that refuses connections. The port is taken by the near end of a connection, so that
/// no other test can be given it.
pub(crate) struct ClosedPort {
    near_end: TcpStream,
    _far_end: TcpListener,
}

impl ClosedPort {
    pub(crate) fn new() -> Self {
        let far_end = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            near_end: TcpStream::connect(far_end.local_addr().unwrap()).unwrap(),
            _far_end: far_end,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.near_end.local_addr().unwrap())
    }
}

/// A builder with project and token set.
pub(crate) fn builder_for<C: ServiceClient>(endpoint: &str) -> ClientBuilder<C> {
    ClientBuilder::new()
        .endpoint(endpoint)
        .project_id(PROJECT)
        .token(TOKEN)
}

/// A client whose requests are only looked at.
pub(crate) fn dry_client<C: ServiceClient>() -> C {
    builder_for("http://127.0.0.1:9").build().unwrap()
}

fn serve(listener: &TcpListener, shared: &Shared) {
    let mut silent = Vec::new();
    for stream in listener.incoming() {
        if shared.done.load(Ordering::SeqCst) {
            return;
        }
        let mut stream = stream.unwrap();
        let Some(request) = read_request(&stream) else {
            continue;
        };
        shared.requests.lock().unwrap().push(request);
        match next_answer(shared) {
            // A client that has seen enough closes first, which is no fault.
            Answer::Bytes(bytes) => drop(stream.write_all(&bytes)),
            Answer::Silence => silent.push(stream),
        }
    }
}

fn next_answer(shared: &Shared) -> Answer {
    let mut answers = shared.answers.lock().unwrap();
    match answers.len() {
        1 => answers[0].clone(),
        _ => answers.pop_front().unwrap(),
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut raw = String::new();
    while !raw.ends_with("\r\n\r\n") {
        if reader.read_line(&mut raw).ok()? == 0 {
            return None;
        }
    }
    let mut line = raw.lines().next()?.split(' ');
    let (method, target) = (line.next()?.to_owned(), line.next()?.to_owned());
    let mut request = Request {
        raw,
        method,
        target,
        body: String::new(),
    };
    let length = request.header("content-length");
    let length = length.first().map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).unwrap();
    request.raw += &request.body;
    Some(request)
}
