//! Rows T01 to T05: no connection comes about, so that the request was never sent.

#[cfg(any(feature = "rustls", feature = "native-tls"))]
use std::io::{Read, Write};
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use std::net::TcpListener;
use std::time::Duration;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use std::time::{Instant, SystemTime};

use cloudbackup_runtime::testing::ManualClock;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use cloudbackup_runtime::{BoxFuture, Clock, ErrorKind, Outcome, TimeoutPhase};
use cloudbackup_runtime::{Call, Client, ClientBuilder, ConnectProblem, Error, Sending};

use super::fate::{Fate, connect_timeout, failure, good, in_time, not_connected, places};
#[cfg(feature = "rustls")]
use crate::support::Step;
use crate::support::black_hole::{BlackHole, ClosedPort};
use crate::support::server::Server;
use crate::support::{CopyThing, ShowThing, TOKEN, TestClient};
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use crate::support::{
    MARKER, builder_of,
    tls::{self, Identity},
};

/// Long enough for a connection on this machine, if there is to be one.
const LIMIT: Duration = Duration::from_millis(50);
/// The longest wait before the first repetition.
const WAIT: Duration = Duration::from_millis(200);

/// A client of this address, with plain HTTP and the default number of attempts.
fn builder_at(address: impl std::fmt::Display) -> ClientBuilder<TestClient> {
    TestClient::builder()
        .endpoint(format!("http://{address}/prefix"))
        .allow_http(true)
        .project_id("p1")
        .token(TOKEN)
}

/// The errors of a read and of a write that are tried to the end, once all that they have in common
/// has been checked. The texts name the host, and neither path nor query.
async fn fails(fate: Fate, builder: ClientBuilder<TestClient>, says: &str) -> [Error; 2] {
    let clock = ManualClock::skipping();
    let client = builder.clock(clock.clone()).build().unwrap().0;
    let read = failure(&client, ShowThing::new("thing-in-path")).await;
    fate.check_read(&read);
    let mut copy = CopyThing::new("thing-in-path", "n");
    copy.begin_time = Some("2018-in-query".into());
    let write = failure(&client, copy).await;
    fate.check_write(&write);
    for error in [&read, &write] {
        let shown = format!("{error} {error:?}");
        let text = error.to_string();
        let (operation, rest) = text.split_once(": ").unwrap();
        assert!(
            operation.starts_with("test ") && rest.starts_with(says),
            "{text}"
        );
        assert!(
            !["in-path", "in-query", "prefix"]
                .iter()
                .any(|part| shown.contains(part)),
            "{shown}"
        );
    }
    // In front of each attempt but the first.
    let waits = clock.slept();
    assert_eq!(waits.len(), fate.attempts[0] + fate.attempts[1] - 2);
    assert!(waits.iter().all(|wait| *wait <= 2 * WAIT), "{waits:?}");
    [read, write]
}

#[tokio::test]
async fn t01_name_that_has_no_address() {
    // A label may have 63 characters: resolvers refuse this one without asking anybody.
    let host = format!("{}.invalid", "a".repeat(64));
    let says = format!("cannot look up the host {host}: ");
    fails(not_connected(ConnectProblem::Dns), builder_at(&host), &says).await;
}

#[tokio::test]
async fn t02_refused_connection() {
    let port = ClosedPort::new();
    let says = format!("cannot connect to {}: ", port.address());
    let fate = not_connected(ConnectProblem::Tcp);
    for error in fails(fate, builder_at(port.address()), &says).await {
        assert!(
            error.to_string().to_lowercase().contains("refused"),
            "{error}"
        );
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[tokio::test]
async fn t02_refused_request_is_sent_once_the_port_is_open() {
    let (server, thing) = refused_at_first(|call| call.send(ShowThing::new("t1"))).await;
    assert_eq!((thing.id.as_str(), places(&server)), ("t2", vec![0]));
    // Nothing went out before, so that this holds for writes as well.
    let (server, thing) = refused_at_first(|call| call.send(CopyThing::new("t1", "n"))).await;
    assert_eq!((thing.id.as_str(), places(&server)), ("t2", vec![0]));
    assert!(server.request().starts_with("POST "));
}

/// Opens the port between the first attempt and the second.
async fn refused_at_first<T: Send + 'static>(send: impl FnOnce(Call) -> Sending<T>) -> (Server, T) {
    let (port, clock) = (ClosedPort::new(), ManualClock::new());
    let builder = builder_at(port.address()).clock(clock.clone());
    let client: Client = builder.build().unwrap().0;
    let call = tokio::spawn(send(client.call()));
    in_time(async {
        while clock.sleeping() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let server = Server::on(port.listen(), [good("t2")]);
    clock.advance(WAIT);
    (server, in_time(call).await.unwrap().unwrap())
}

#[tokio::test]
async fn t03_host_that_swallows_connections() {
    let Some(hole) = BlackHole::open() else {
        return;
    };
    let builder = builder_at(hole.address()).connect_timeout(LIMIT);
    let says = format!(
        "no connection to {} within the connect timeout",
        hole.address()
    );
    fails(connect_timeout(), builder, &says).await;
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn t04_certificate_that_is_not_to_be_trusted() {
    for (identity, reason) in [
        (Identity::Expired, "expired"),
        (Identity::WrongHost, "not valid for name"),
        (Identity::UnknownAuthority, "UnknownIssuer"),
    ] {
        let server = tls::start(identity, [good("t1")]);
        let trusting = builder_of(&server).root_certificate_pem(tls::authority_pem());
        let says = format!("cannot agree on TLS with {}: ", server.address());
        for error in refuses(&server, trusting, &says).await {
            // Other libraries and systems have words of their own.
            let known = cfg!(all(feature = "rustls", target_os = "linux"));
            let text = error.to_string();
            assert!(!known || text.contains(reason), "{text}");
        }
    }
    // Nor one that would be good, as long as nobody vouches for it.
    let server = tls::start(Identity::Good, [good("t1")]);
    refuses(&server, builder_of(&server), "cannot agree on TLS with ").await;
}

/// Each call tries it once: the certificate will not be another one a moment later.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
async fn refuses(server: &Server, builder: ClientBuilder<TestClient>, says: &str) -> [Error; 2] {
    let fate = not_connected(ConnectProblem::Tls).permanent();
    let errors = fails(fate, builder, says).await;
    let log = server.until(|log| log.closed == 2).await;
    assert_eq!((log.requests.len(), log.connections), (0, 2));
    errors
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn t04_certificate_of_an_authority_that_was_given() {
    let server = tls::start(Identity::Good, [good("t1")]);
    for host in ["127.0.0.1", "localhost"] {
        let endpoint = format!("https://{host}:{}", server.address().port());
        let builder = builder_of(&server).endpoint(endpoint);
        let builder = builder.root_certificate_pem(tls::authority_pem());
        let client = builder.build().unwrap().0;
        let sent = client.call().send(CopyThing::new("t1", "n"));
        assert_eq!(in_time(sent).await.unwrap().id, "t1");
    }
    assert_eq!(places(&server), [0, 1]);
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn t04_server_that_does_not_speak_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || [greet(&listener), greet(&listener)]);
    let builder = builder_at(address).endpoint(format!("https://{address}/prefix"));
    let says = format!("cannot agree on TLS with {address}: ");
    fails(
        not_connected(ConnectProblem::Tls).permanent(),
        builder,
        &says,
    )
    .await;
    for came in server.join().unwrap() {
        // The beginning of a handshake, and nothing that would be worth reading.
        assert_eq!(came[0], 0x16);
        assert!(!String::from_utf8_lossy(&came).contains(MARKER));
    }
}

/// Answers the first bytes of a connection in plain HTTP, and hands back all that comes.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn greet(listener: &TcpListener) -> Vec<u8> {
    let (mut stream, _) = listener.accept().unwrap();
    let mut came = vec![0; 4096];
    let count = stream.read(&mut came).unwrap();
    came.truncate(count);
    stream
        .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        .unwrap();
    // It may be reset, with the answer unread.
    let _ = stream.read_to_end(&mut came);
    came
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn t05_handshake_that_stalls() {
    let server = tls::stalled();
    let builder = builder_of(&server).connect_timeout(LIMIT);
    let says = format!(
        "no connection to {} within the connect timeout",
        server.address()
    );
    fails(connect_timeout(), builder, &says).await;
    let log = server.until(|log| log.closed == 6).await;
    assert_eq!((log.requests.len(), log.connections), (0, 6));
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn t05_attempt_that_is_over_before_there_is_a_connection() {
    let server = tls::stalled();
    let client = builder_of(&server).attempt_timeout(LIMIT);
    let client = client.clock(ShortWaits).build().unwrap().0;
    let error = failure(&client, CopyThing::new("t1", "n")).await;
    assert_eq!(
        (error.kind(), error.outcome(), error.timeout_phase()),
        (
            ErrorKind::Timeout,
            Outcome::NotSent,
            Some(TimeoutPhase::Attempt)
        )
    );
    // Not sent for certain, so that even a write is tried again.
    assert_eq!(error.attempts().len(), 3);
    assert!(
        error.to_string().contains("no connection within 50ms"),
        "{error}"
    );
    let log = server.until(|log| log.closed == 3).await;
    assert_eq!((log.requests.len(), log.connections), (0, 3));
}

/// Real limits, and no waits between attempts.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
struct ShortWaits;

#[cfg(any(feature = "rustls", feature = "native-tls"))]
impl Clock for ShortWaits {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn expire(&self, limit: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(limit))
    }
}

#[cfg(feature = "rustls")]
#[tokio::test]
async fn t04_host_that_goes_away_during_the_handshake() {
    let server = Server::always(Step::CloseBeforeReading);
    let endpoint = server.url().replace("http://", "https://");
    let builder = builder_of(&server).endpoint(endpoint);
    let client = builder.clock(ManualClock::skipping()).build().unwrap().0;
    let error = failure(&client, CopyThing::new("t1", "n")).await;
    assert_eq!(
        (error.outcome(), error.connect_problem()),
        (Outcome::NotSent, Some(ConnectProblem::Tcp))
    );
    // As likely to be back soon as one that refuses connections.
    assert_eq!((error.attempts().len(), server.connections()), (3, 3));
}
