//! What is logged: the spans and events that `tracing` gets, and that none of them, nor anything
//! else that a process prints, holds a secret.
//!
//! All tests of this file's binary run a second time in a process that logs everything.

use crate::support::child::{Child, Ended, entered, test_name};
use crate::support::logs::{self, LogFile};
use crate::support::records::ListRecords;
use crate::support::{MARKER, Server, ShowThing, TOKEN, client_of, json_reply, retrying_client_of};

/// Lines that hold a part of a secret which no cut of a text makes innocent.
fn leaks(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains(MARKER)).collect()
}

fn printed(ended: &Ended) -> String {
    format!("{}\n{}", ended.stdout, ended.stderr)
}

#[test]
fn i14_no_secret_in_anything_that_is_logged_or_printed() {
    if logs::are_on() {
        return;
    }
    let file = LogFile::new();
    let (variable, path) = file.variable();
    let ended = Child::of_all_tests().env(variable, path).run();
    let printed = printed(&ended);
    assert!(
        ended.status.is_some_and(|status| status.success()),
        "{printed}"
    );
    let log = file.read();
    for origin in [
        "cloudbackup_runtime::trace",
        "hyper_util::client",
        "reqwest::connect",
        "http.response.status_code=429",
        // Over sockets and in memory: passwords, keys, and what is got by them.
        r#"cloudbackup.operation="create_token""#,
        r#"url.template="/v3/projects""#,
        "the attempt failed and will be repeated",
    ] {
        assert!(log.contains(origin), "nothing of {origin} was logged");
    }
    assert_eq!(leaks(&log), [""; 0]);
    assert_eq!(leaks(&printed), [""; 0]);
}

#[test]
fn search_finds_a_planted_leak() {
    let file = LogFile::new();
    let (variable, path) = file.variable();
    let ended = Child::of(test_name!(planted_leak_in_child))
        .env(variable, path)
        .pass();
    assert_eq!(leaks(&file.read()).len(), 2);
    assert_eq!(leaks(&printed(&ended)).len(), 1);
}

#[test]
fn planted_leak_in_child() {
    if !entered(&test_name!(planted_leak_in_child)) {
        return;
    }
    logs::start();
    println!("printed: {TOKEN}");
    tracing::trace!(token = TOKEN, "logged");
    log::trace!("logged without a span: {TOKEN}");
}

#[test]
fn spans_and_events_follow_opentelemetry() {
    let file = LogFile::new();
    let (variable, path) = file.variable();
    Child::of(test_name!(repeated_call_in_child))
        .env(variable, path)
        .pass();
    let log = file.read();
    let line = |parts: &[&str]| {
        let fits = |line: &&str| parts.iter().all(|part| line.contains(part));
        assert!(log.lines().any(|line| fits(&line)), "{parts:?} in {log}");
    };
    let call = r#"call{otel.kind="internal" cloudbackup.service="test" cloudbackup.operation="show_thing"}"#;
    let attempt = r#"attempt{otel.kind="client" http.request.method="GET" url.template="/v3/{project_id}/things/{thing_id}" server.address="127.0.0.1""#;
    line(&["INFO", call]);
    line(&[
        "DEBUG",
        call,
        attempt,
        r#"otel.name="GET /v3/{project_id}/things/{thing_id}""#,
    ]);
    line(&[
        "close",
        attempt,
        "http.response.status_code=503",
        r#"cloudbackup.request_id="r-1""#,
        r#"error.type="503""#,
    ]);
    line(&[
        "close",
        attempt,
        "http.request.resend_count=1",
        "http.response.status_code=200",
    ]);
    line(&[
        r#"error.type="503" attempts=1 delay_ms="#,
        "the attempt failed and will be repeated",
    ]);
    line(&[
        r#"outcome=Rejected attempts=1"#,
        r#"error.type="404""#,
        "the call failed",
    ]);
    // Ids, queries and the server's own words stay out, which our own spans could hold.
    for secret in ["t1-in-the-path", "said-by-the-server"] {
        let own = |line: &&str| line.contains("cloudbackup_runtime");
        assert_eq!(
            log.lines().filter(own).find(|line| line.contains(secret)),
            None
        );
    }
}

#[tokio::test]
async fn repeated_call_in_child() {
    if !entered(&test_name!(repeated_call_in_child)) {
        return;
    }
    let busy = crate::support::reply(503, &[("X-Request-Id", "r-1")], "said-by-the-server");
    let script = [
        crate::support::Step::Send(busy),
        json_reply(200, r#"{"id":"t1"}"#),
    ];
    let server = Server::start(script);
    let call = retrying_client_of(&server).call();
    call.send(ShowThing::new("t1-in-the-path")).await.unwrap();
    let server = Server::always(json_reply(404, r#"{"error_msg":"said-by-the-server"}"#));
    let call = client_of(&server).call();
    call.send(ShowThing::new("t1-in-the-path"))
        .await
        .unwrap_err();
}

#[test]
fn drift_is_logged_by_its_place_and_without_the_value() {
    let file = LogFile::new();
    let (variable, path) = file.variable();
    Child::of(test_name!(drifting_call_in_child))
        .env(variable, path)
        .pass();
    let log = file.read();
    let own = |line: &&str| line.contains("what the specification does not know");
    let lines: Vec<&str> = log.lines().filter(own).collect();
    let [member, value] = lines[..] else {
        panic!("{lines:?}");
    };
    let call = r#"call{otel.kind="internal" cloudbackup.service="test" cloudbackup.operation="list_records"}"#;
    // A line break in a name is escaped before the log escapes the backslash.
    let place = r#"kind="unknown member" type_name="Record" path="records[].a\\nb""#;
    assert!(member.contains(call) && member.contains(place), "{member}");
    let place = r#"kind="unknown value" type_name="RecordStatus" path="records[].status""#;
    assert!(value.contains(call) && value.contains(place), "{value}");
    assert!(!log.contains("GONE-to-the-moon"), "{log}");
}

#[tokio::test]
async fn drifting_call_in_child() {
    if !entered(&test_name!(drifting_call_in_child)) {
        return;
    }
    let body = r#"{"records":[{"id":"1","a\nb":1},{"id":"2","status":"GONE-to-the-moon"}]}"#;
    let server = Server::always(json_reply(200, body));
    let call = client_of(&server).call();
    call.send(ListRecords).await.unwrap();
}
