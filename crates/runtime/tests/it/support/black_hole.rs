//! Addresses on this machine where a connection never comes about.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

/// How long a connection may stay undone before the hole counts as one. The loopback device
/// answers within the call, and a lost SYN is repeated only after a second.
const PROOF: Duration = Duration::from_millis(200);
/// More connections than any system queues behind a backlog of zero.
const LIMIT: usize = 32;

/// A port whose queue is full, so that the system drops each further SYN without an answer.
pub(crate) struct BlackHole {
    address: SocketAddr,
    _listener: Socket,
    _queued: Vec<TcpStream>,
}

impl BlackHole {
    /// Only Linux is known to drop; elsewhere there is none.
    pub(crate) fn open() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            eprintln!("no black hole on this system");
            return None;
        }
        let (listener, address) = bound();
        listener.listen(0).unwrap();
        let mut queued = Vec::new();
        while queued.len() < LIMIT {
            match TcpStream::connect_timeout(&address, PROOF) {
                Ok(stream) => queued.push(stream),
                Err(error) if error.kind() == ErrorKind::TimedOut && !queued.is_empty() => {
                    return Some(Self {
                        address,
                        _listener: listener,
                        _queued: queued,
                    });
                }
                Err(error) => panic!("no black hole: {error}"),
            }
        }
        panic!("no black hole: the queue takes {LIMIT} connections");
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A port that refuses connections and belongs to nobody else as long as this lives.
pub(crate) struct ClosedPort {
    address: SocketAddr,
    socket: Socket,
}

impl ClosedPort {
    pub(crate) fn new() -> Self {
        let (socket, address) = bound();
        Self { address, socket }
    }

    /// Opens it.
    pub(crate) fn listen(self) -> TcpListener {
        self.socket.listen(128).unwrap();
        self.socket.into()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A socket with a free port that does not listen.
fn bound() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&SockAddr::from(any)).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}
