//! Listening on a free loopback port with a thread for each connection, all gone when dropped.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};

/// The sockets and threads of one listener.
#[derive(Default)]
pub(crate) struct Workers(Mutex<State>);

#[derive(Default)]
struct State {
    ending: bool,
    // Weak, and never a duplicate: a worker that lets go of its socket must close it at once.
    sockets: Vec<Weak<TcpStream>>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Has this socket shut down in the end, so that nobody stays blocked on it.
    pub(crate) fn keep(&self, stream: TcpStream) -> Arc<TcpStream> {
        let stream = Arc::new(stream);
        let mut state = self.0.lock().unwrap();
        if state.ending {
            let _ = stream.shutdown(Shutdown::Both);
        }
        state.sockets.push(Arc::downgrade(&stream));
        stream
    }

    /// Runs this in a thread that is waited for in the end.
    pub(crate) fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        let thread = thread::spawn(work);
        self.0.lock().unwrap().threads.push(thread);
    }

    pub(crate) fn ending(&self) -> bool {
        self.0.lock().unwrap().ending
    }

    fn end(&self) {
        self.0.lock().unwrap().ending = true;
    }

    fn close(&self) {
        let mut state = self.0.lock().unwrap();
        for socket in state.sockets.drain(..).filter_map(|weak| weak.upgrade()) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// A thread that panicked has printed why, and its client has seen the connection break.
    fn join(&self) {
        loop {
            let thread = self.0.lock().unwrap().threads.pop();
            match thread {
                Some(thread) => drop(thread.join()),
                None => return,
            }
        }
    }
}

/// A listener and its workers.
pub(crate) struct Listening {
    address: SocketAddr,
    workers: Arc<Workers>,
    accepting: Option<JoinHandle<()>>,
}

impl Listening {
    /// Runs `serve` in a new thread for each connection, with its number from zero on.
    pub(crate) fn start(
        serve: impl Fn(&Arc<Workers>, usize, Arc<TcpStream>) + Send + Sync + 'static,
    ) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), serve)
    }

    /// The same on a port that is open already.
    pub(crate) fn on(
        listener: TcpListener,
        serve: impl Fn(&Arc<Workers>, usize, Arc<TcpStream>) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let workers = Arc::new(Workers::default());
        let accepting = thread::spawn({
            let workers = Arc::clone(&workers);
            move || accept(&listener, &workers, &Arc::new(serve))
        });
        Self {
            address,
            workers,
            accepting: Some(accepting),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections and goes on listening.
    pub(crate) fn hang_up(&self) {
        self.workers.close();
    }
}

fn accept(
    listener: &TcpListener,
    workers: &Arc<Workers>,
    serve: &Arc<impl Fn(&Arc<Workers>, usize, Arc<TcpStream>) + Send + Sync + 'static>,
) {
    // A client may be gone again before it is accepted; that one does not count.
    for (number, stream) in listener.incoming().flatten().enumerate() {
        if workers.ending() {
            return;
        }
        let stream = workers.keep(stream);
        let (serve, inner) = (Arc::clone(serve), Arc::clone(workers));
        workers.spawn(move || serve(&inner, number, stream));
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.workers.end();
        // Wakes the thread that accepts; where that fails it is not waited for.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            let _ = accepting.join();
        }
        self.workers.close();
        self.workers.join();
    }
}
