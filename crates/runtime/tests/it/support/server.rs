//! A server that records what it is sent and answers with exactly the bytes it is told to.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use socket2::SockRef;

use super::listen::{Listening, Workers};
use super::request::{Request, read_request};
use super::step::{Flood, Plan, Step};

/// How long a test may wait for the server before it fails; nothing passes by this time going by.
const PATIENCE: Duration = Duration::from_secs(60);

/// What has happened so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) requests: Vec<Request>,
    pub(crate) connections: usize,
    /// Connections that are gone, whichever side ended them.
    pub(crate) closed: usize,
    /// Bytes of floods that the system took for sending: what the client has read, and at most
    /// what the buffers of both sockets hold besides.
    pub(crate) flooded: u64,
}

/// A connection as a step sees it: plain, or inside of TLS.
pub(crate) trait Wire: Read + Write {
    /// Tells the client that the end is meant, where the protocol has words for that.
    fn finish(&mut self) {}
}

/// A connection without TLS.
pub(crate) struct Plain(Arc<TcpStream>);

type Wrap = dyn Fn(Plain) -> Option<Box<dyn Wire>> + Send + Sync;

struct Shared {
    plan: Plan,
    wrap: Box<Wrap>,
    log: Mutex<Log>,
    changed: Condvar,
}

/// A server on a free loopback port, gone when dropped.
pub(crate) struct Server {
    listening: Listening,
    shared: Arc<Shared>,
    scheme: &'static str,
}

impl Server {
    /// Answers one request after the other with these steps, whatever connection they come on; the
    /// last one repeats.
    pub(crate) fn start(script: impl IntoIterator<Item = Step>) -> Self {
        Self::with("http", Plan::together(script), |wire| Some(Box::new(wire)))
    }

    /// A server with one answer to everything.
    pub(crate) fn always(step: Step) -> Self {
        Self::start([step])
    }

    /// Each connection has its own steps, of which the last one repeats; so does the last script.
    pub(crate) fn per_connection(scripts: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let plan = Plan::Each(scripts.into_iter().collect());
        Self::with("http", plan, |wire| Some(Box::new(wire)))
    }

    /// Plays the plan on connections as `wrap` makes them; it may refuse one.
    pub(crate) fn with(
        scheme: &'static str,
        plan: Plan,
        wrap: impl Fn(Plain) -> Option<Box<dyn Wire>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::serving(listener, scheme, plan, wrap)
    }

    /// Answers like `start`, on a port that is open already.
    pub(crate) fn on(listener: TcpListener, script: impl IntoIterator<Item = Step>) -> Self {
        let plan = Plan::together(script);
        Self::serving(listener, "http", plan, |wire| Some(Box::new(wire)))
    }

    fn serving(
        listener: TcpListener,
        scheme: &'static str,
        plan: Plan,
        wrap: impl Fn(Plain) -> Option<Box<dyn Wire>> + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            plan,
            wrap: Box::new(wrap),
            log: Mutex::default(),
            changed: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        let listening = Listening::on(listener, move |workers, number, stream| {
            serving.note(|log| log.connections += 1);
            serving.serve(workers, number, stream);
            serving.note(|log| log.closed += 1);
        });
        Self {
            listening,
            shared,
            scheme,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address())
    }

    /// Ends all connections, idle ones as well, and takes new ones.
    pub(crate) fn hang_up(&self) {
        self.listening.hang_up();
    }

    /// The requests so far, each as it came.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.log().requests.into_iter();
        requests.map(|request| request.raw).collect()
    }

    /// The only request.
    pub(crate) fn request(&self) -> String {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    pub(crate) fn connections(&self) -> usize {
        self.log().connections
    }

    /// All that has happened so far.
    pub(crate) fn log(&self) -> Log {
        self.shared.log.lock().unwrap().clone()
    }

    /// Blocks until the log is like this.
    pub(crate) fn wait(&self, like: impl Fn(&Log) -> bool) -> Log {
        self.shared.wait(like)
    }

    /// Waits until the log is like this, while the runtime of the test goes on.
    pub(crate) async fn until(&self, like: impl Fn(&Log) -> bool + Send + 'static) -> Log {
        let shared = Arc::clone(&self.shared);
        let waiting = tokio::task::spawn_blocking(move || shared.wait(like));
        waiting.await.unwrap()
    }
}

impl Shared {
    fn note(&self, change: impl FnOnce(&mut Log)) {
        change(&mut self.log.lock().unwrap());
        self.changed.notify_all();
    }

    fn wait(&self, like: impl Fn(&Log) -> bool) -> Log {
        let log = self.log.lock().unwrap();
        let waited = self
            .changed
            .wait_timeout_while(log, PATIENCE, |log| !like(log));
        // The lock is given back before the test fails, so that the workers can end.
        let (log, late) = waited
            .map(|(log, time)| (log.clone(), time.timed_out()))
            .unwrap();
        assert!(!late, "the server waits in vain after {log:?}");
        log
    }

    fn serve(&self, workers: &Workers, number: usize, stream: Arc<TcpStream>) {
        let script = self.plan.of(number);
        if let Some(step) = script.opening() {
            open(&step, &stream);
            return;
        }
        let Some(wire) = (self.wrap)(Plain(Arc::clone(&stream))) else {
            return;
        };
        let mut connection = Connection {
            reader: BufReader::new(wire),
            stream,
            number,
            workers,
            shared: self,
        };
        while let Some(request) = connection.read() {
            // At once, so that requests get their steps in the order in which they are recorded.
            let mut step = None;
            self.note(|log| {
                log.requests.push(request);
                step = script.next();
            });
            if !connection.play(step.expect("a step for a request")) {
                return;
            }
        }
    }
}

/// Plays a step for a new connection.
fn open(step: &Step, stream: &TcpStream) {
    // Waits without reading: a client whose connection goes away earlier may or may not have seen
    // it open.
    let _ = stream.peek(&mut [0]);
    match step {
        Step::ResetBeforeReading => reset(stream),
        Step::CloseBeforeReading => {
            let _ = stream.shutdown(Shutdown::Write);
            // With bytes unread the system would send a reset instead.
            drain(stream);
        }
        _ => drain(stream),
    }
}

/// Has the system reset the connection when the stream is dropped.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Returns when the client has closed.
fn drain(mut stream: &TcpStream) {
    let mut bytes = [0; 4096];
    while stream.read(&mut bytes).is_ok_and(|count| count > 0) {}
}

struct Connection<'a> {
    reader: BufReader<Box<dyn Wire>>,
    stream: Arc<TcpStream>,
    number: usize,
    workers: &'a Workers,
    shared: &'a Shared,
}

impl Connection<'_> {
    /// The next request, if there is one.
    fn read(&mut self) -> Option<Request> {
        let raw = read_request(&mut self.reader)?;
        Some(Request {
            raw,
            connection: self.number,
        })
    }

    /// Says whether the connection goes on.
    fn play(&mut self, step: Step) -> bool {
        match step {
            // A client that has seen enough closes; the next read tells.
            Step::Send(bytes) => {
                self.send(&bytes);
                return true;
            }
            Step::Flood(flood) => return self.flood(&flood),
            Step::SendAndClose(bytes) => {
                self.send(&bytes);
                self.reader.get_mut().finish();
            }
            Step::SendAndHold(bytes) => {
                self.send(&bytes);
                drain(&self.stream);
            }
            Step::SendAndDrip(bytes) => {
                self.send(&bytes);
                self.drip();
            }
            Step::SendAndIgnore(bytes) => {
                self.send(&bytes);
                while let Some(request) = self.read() {
                    self.shared.note(|log| log.requests.push(request));
                }
            }
            Step::Reset(bytes) => {
                self.send(&bytes);
                reset(&self.stream);
            }
            Step::ResetBeforeReading | Step::CloseBeforeReading | Step::HoldBeforeReading => {
                unreachable!("the script keeps these for new connections")
            }
        }
        false
    }

    /// Says whether the system took all bytes.
    fn send(&mut self, bytes: &[u8]) -> bool {
        let wire = self.reader.get_mut();
        wire.write_all(bytes).and_then(|()| wire.flush()).is_ok()
    }

    fn flood(&mut self, flood: &Flood) -> bool {
        // What lies in the buffer counts as sent, so it had better be small.
        let _ = SockRef::from(&*self.stream).set_send_buffer_size(flood.block.len());
        if !self.send(&flood.head) {
            return false;
        }
        for _ in 0..flood.count {
            if !self.send(&flood.block) {
                return false;
            }
            let length = flood.block.len() as u64;
            self.shared.note(|log| log.flooded += length);
        }
        self.send(&flood.tail)
    }

    /// Paced by a read that times out, until the client goes away.
    fn drip(&mut self) {
        let pace = Some(Duration::from_millis(2));
        self.stream.set_read_timeout(pace).unwrap();
        while !self.workers.ending() && self.send(b"1") {
            if matches!(self.stream.peek(&mut [0]), Ok(0)) {
                return;
            }
        }
    }
}

impl Read for Plain {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(bytes)
    }
}

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Wire for Plain {}

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
