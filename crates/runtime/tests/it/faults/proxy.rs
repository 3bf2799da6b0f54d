//! Rows T06 and T07: a proxy of the environment refuses. The environment belongs to a process, so
//! each row has one of its own.
#![cfg(any(feature = "rustls", feature = "native-tls"))]

use cloudbackup_runtime::ConnectProblem;
use cloudbackup_runtime::testing::ManualClock;

use super::fate::{Fate, failure, good, not_connected, places};
use crate::support::child::{Child, entered, test_name};
use crate::support::logs::LogFile;
use crate::support::proxy::{Mode, Proxy};
use crate::support::tls::{self, Identity};
use crate::support::{CopyThing, MARKER, Server, ShowThing, TOKEN, TestClient, builder_of};

/// Where calls of the child process go; only the proxy could find it.
const HOST: &str = "cloud.invalid";
const USER: &str = "me";
const PASSWORD: &str = "proxy-hunter2";
/// Both, as they are sent to the proxy.
const BASIC: &str = "bWU6cHJveHktaHVudGVyMg==";

/// Runs the test with this proxy, and a log in which neither password nor token may show.
fn run_behind(proxy: &Proxy, name: String) {
    let log = LogFile::new();
    let (variable, path) = log.variable();
    let url = proxy.url_with(&format!("{USER}:{PASSWORD}"));
    let child = Child::of(name).env("HTTPS_PROXY", url).env(variable, path);
    let ended = child.pass();
    let logged = log.read();
    assert!(logged.contains(HOST), "{logged}");
    for text in [logged, ended.stdout, ended.stderr] {
        assert!(!text.contains(PASSWORD) && !text.contains(BASIC), "{text}");
        assert!(!text.contains(MARKER), "{text}");
    }
}

/// All that the proxy has heard are requests for a tunnel, this many.
fn check_heard(proxy: &Proxy, count: usize) {
    let heard = proxy.heard();
    let expected = vec![format!("CONNECT {HOST}:443 HTTP/1.1"); count];
    assert_eq!((&heard.requests, heard.connections), (&expected, count));
    let text = heard.text().to_lowercase();
    assert!(
        !text.contains("x-auth-token") && !text.contains(MARKER),
        "{text}"
    );
    // Its own password is what it is meant to hear.
    assert_eq!(heard.text().matches(BASIC).count(), count);
}

/// A read and a write through the proxy of this process.
async fn both_fail(fate: Fate, says: &str) {
    let clock = ManualClock::skipping();
    let builder = TestClient::builder().endpoint(format!("https://{HOST}"));
    let builder = builder.project_id("p1").token(TOKEN).clock(clock);
    let client = builder.build().unwrap().0;
    let read = failure(&client, ShowThing::new("t1")).await;
    fate.check_read(&read);
    let write = failure(&client, CopyThing::new("t1", "n")).await;
    fate.check_write(&write);
    for error in [read, write] {
        assert!(error.to_string().contains(says), "{error}");
        let shown = format!("{error} {error:?} {error:#?}");
        assert!(
            !shown.contains(PASSWORD) && !shown.contains(BASIC),
            "{shown}"
        );
    }
}

#[test]
fn t06_proxy_that_wants_another_password() {
    let proxy = Proxy::refusing(407);
    run_behind(&proxy, test_name!(t06_in_child));
    // Once for each call: the password will not be another one a moment later.
    check_heard(&proxy, 2);
}

#[tokio::test]
async fn t06_in_child() {
    if entered(&test_name!(t06_in_child)) {
        let fate = not_connected(ConnectProblem::Proxy).permanent();
        both_fail(
            fate,
            "wants a user name and a password to connect to cloud.invalid:443",
        )
        .await;
    }
}

#[test]
fn t07_proxy_that_cannot_connect() {
    for status in [502, 503] {
        let proxy = Proxy::refusing(status);
        run_behind(&proxy, test_name!(t07_in_child));
        check_heard(&proxy, 6);
    }
}

#[tokio::test]
async fn t07_in_child() {
    if entered(&test_name!(t07_in_child)) {
        let fate = not_connected(ConnectProblem::Proxy);
        both_fail(fate, "the proxy does not connect to cloud.invalid:443").await;
    }
}

#[test]
fn t06_token_goes_through_the_tunnel_only() {
    let proxy = Proxy::start(Mode::Tunnel);
    let url = proxy.url_with(&format!("{USER}:{PASSWORD}"));
    let child = Child::of(test_name!(t06_tunnel_in_child));
    // Plain requests would be readable to it, so they are not sent there.
    child
        .env("HTTPS_PROXY", &url)
        .env("HTTP_PROXY", &url)
        .env("ALL_PROXY", &url)
        .pass();
    let heard = proxy.heard();
    assert_eq!((heard.connections, heard.tunnels), (1, 1));
    assert!(!heard.text().contains(MARKER), "{}", heard.text());
}

#[tokio::test]
async fn t06_tunnel_in_child() {
    if !entered(&test_name!(t06_tunnel_in_child)) {
        return;
    }
    let (secure, plain) = (
        tls::start(Identity::Good, [good("t1")]),
        Server::always(good("t2")),
    );
    for (server, id) in [(&secure, "t1"), (&plain, "t2")] {
        let builder = builder_of(server).root_certificate_pem(tls::authority_pem());
        let call = builder.build().unwrap().0.call();
        let thing = call.send(CopyThing::new("t1", "n")).await.unwrap();
        assert_eq!((thing.id.as_str(), places(server)), (id, vec![0]));
        assert!(server.request().contains(TOKEN));
    }
}
