//! Nothing that prints holds the token: every printable value is searched for it, and the search
//! itself is shown to find a planted one.

mod credentials;
mod paging;
mod schemes;
mod waiting;

use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::time::Duration;

use cloudbackup_runtime::testing::{Answer, ManualClock, ReplayTransport};
use cloudbackup_runtime::{Drift, Error, RetryConfig, TransportError, TransportFault};

use crate::support::{
    CopyThing, Server, ShowThing, Step, TOKEN, TestClient, client_of, json_reply, reply,
};

/// Everything printed in a test.
#[derive(Default)]
struct Printed(String);

impl Printed {
    fn debug(&mut self, value: &dyn Debug) {
        self.0 += &format!("{value:?}\n{value:#?}\n");
    }

    fn display(&mut self, value: &dyn Display) {
        self.0 += &format!("{value}\n{value:#}\n");
    }

    /// An error with all its sources.
    fn error(&mut self, error: &Error) {
        let mut cause: Option<&dyn StdError> = Some(error);
        while let Some(error) = cause {
            self.debug(&error);
            self.display(&error);
            cause = error.source();
        }
        for text in [error.code(), error.message(), error.request_id()] {
            self.debug(&text);
        }
        self.debug(&error.attempts());
    }

    /// Leaks of a secret, whole or by its first letters.
    fn leaks(&self, secret: &str) -> usize {
        self.0.matches(&secret[..12]).count()
    }
}

#[tokio::test]
async fn token_is_in_nothing_that_prints() {
    let mut printed = Printed::default();
    let builder = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token(TOKEN);
    printed.debug(&builder);
    let client = builder.build().unwrap();
    printed.debug(&client);
    printed.debug(&client.0);
    printed.debug(&client.0.call());
    let prepared = client.0.call().prepare(CopyThing::new("t1", "n")).unwrap();
    printed.debug(&prepared);
    printed.display(&prepared);
    printed.debug(&prepared.headers());
    printed.debug(&prepared.send());
    assert!(printed.0.contains("[redacted]"));
    assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
}

#[tokio::test]
async fn token_is_in_no_error_even_if_the_server_repeats_it() {
    let location = format!("https://h/{TOKEN}?x={TOKEN}");
    let echo =
        format!(r#"{{"error_code":"{TOKEN}","error_msg":"no {TOKEN}","request_id":"{TOKEN}"}}"#);
    let steps = [
        Step::SendAndHold(Vec::new()),
        Step::SendAndClose(Vec::new()),
        Step::SendAndClose(format!("{TOKEN}\r\n").into_bytes()),
        Step::SendAndClose(
            format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{TOKEN}").into_bytes(),
        ),
        Step::Send(reply(302, &[("Location", &location)], "")),
        json_reply(401, &echo),
        json_reply(502, &format!("<html>{TOKEN}</html>")),
        json_reply(400, &format!(r#"{{"x":"{TOKEN}"}}"#)),
        json_reply(400, &format!(r#""{TOKEN}""#)),
        json_reply(401, &echo.replace('-', "\\u002d")),
        json_reply(200, &echo),
        json_reply(200, &format!(r#"{{"id":["{TOKEN}"]}}"#)),
        json_reply(200, &format!(r#"{{"id":"{TOKEN}""#)),
        json_reply(200, &format!("<html>{TOKEN}</html>")),
        Step::Send(reply(200, &[("Content-Encoding", TOKEN)], "x")),
        Step::Send(reply(400, &[("X-Request-Id", TOKEN)], "")),
    ];
    for step in steps {
        let mut printed = Printed::default();
        let server = Server::always(step.clone());
        let call = client_of(&server)
            .call()
            .with_timeout(Duration::from_millis(250));
        let error = call.send(CopyThing::new("t1", "n")).await.unwrap_err();
        printed.error(&error);
        assert_eq!(printed.leaks(TOKEN), 0, "{step:?}: {}", printed.0);
        assert!(
            server.request().contains(TOKEN),
            "the token was not even sent"
        );
    }
}

#[test]
fn token_set_as_another_member_is_in_no_violation() {
    // Whole, and as the beginning that is left of it where a message cuts a long value.
    for value in [TOKEN.to_owned(), format!("{}{TOKEN}", "x".repeat(40))] {
        let input = CopyThing {
            begin_time: Some(value),
            ..CopyThing::new("t1", "n")
        };
        let client = TestClient::builder()
            .endpoint("http://127.0.0.1:9")
            .project_id("p1")
            .token(TOKEN)
            .build()
            .unwrap();
        let error = client.0.call().prepare(input).unwrap_err();
        assert_eq!(error.violations()[0].pointer, "/query/begin_time");
        let mut printed = Printed::default();
        printed.error(&error);
        printed.debug(&error.violations());
        assert!(printed.0.contains("[redacted]"), "{}", printed.0);
        assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
    }
}

#[tokio::test]
async fn token_is_in_no_printed_response_even_if_the_server_repeats_it() {
    let echo = format!("no {TOKEN}!");
    let headers = [("X-Request-Id", TOKEN), ("X-Echo", &echo), ("X-Other", "b")];
    let server = Server::always(Step::Send(reply(200, &headers, r#"{"id":"t1"}"#)));
    let call = client_of(&server).call();
    let response = call.send_with_response(ShowThing::new("t1")).await.unwrap();
    assert_eq!(response.request_id(), Some("[redacted]"));
    assert_eq!(response.headers()["x-echo"], echo);
    let mut printed = Printed::default();
    printed.debug(&response);
    printed.debug(&response.headers());
    assert!(printed.0.contains("\"x-other\": \"b\""), "{}", printed.0);
    assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
}

#[test]
fn prepared_request_prints_its_own_members_only() {
    let client = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .token(TOKEN);
    let call = client.build().unwrap().0.call().with_project_id("p1");
    let shown = format!("{:?}", call.prepare(CopyThing::new("t1", "n")).unwrap());
    assert!(shown.contains("/v3/p1/things/t1/copies"), "{shown}");
    assert!(!shown.contains("Client"), "{shown}");
}

#[tokio::test]
async fn url_of_a_failed_request_is_not_repeated() {
    let server = Server::always(Step::SendAndClose(Vec::new()));
    let call = client_of(&server).call();
    let error = call
        .send(ShowThing::new("s3cret-path-value"))
        .await
        .unwrap_err();
    let mut printed = Printed::default();
    printed.error(&error);
    assert_eq!(printed.leaks("s3cret-path-value"), 0, "{}", printed.0);
}

/// The types that a search of their `Debug` above or below covers, and those without anything in
/// them that could be a secret, or without `Debug`.
const SEARCHED: &[&str] = &[
    "AccessKeys",
    "Answer",
    "AttemptRecord",
    "BlockingItems",
    "BlockingPages",
    "Call",
    "CanonicalForm",
    "ChainSource",
    "Client",
    "ClientBuilder",
    "Credential",
    "Credentials",
    "Drift",
    "EnvironmentSource",
    "Error",
    "Issued",
    "Items",
    "MetadataSource",
    "Page",
    "PageToken",
    "Pages",
    "PasswordLogin",
    "PreparedRequest",
    "ProfileSource",
    "Progress",
    "RecordedRequest",
    "ReplayTransport",
    "ReplyBody",
    "Response",
    "SchemeCredential",
    "Sending",
    "SendingWithResponse",
    "SignError",
    "SourceError",
    "Started",
    "TransportError",
    "Variables",
    "WaitError",
    "WaitHandle",
    "Waiter",
];
const HARMLESS: &[&str] = &[
    "BoxFuture",
    "Clock",
    "ConnectProblem",
    "CredentialSource",
    "DriftKind",
    "ErrorKind",
    "FreshConnection",
    "ManualClock",
    "OperationInfo",
    "Outcome",
    "PagingProblem",
    "ReplyProblem",
    "RetryConfig",
    "Scheme",
    "Service",
    "ServiceClient",
    "SigningScope",
    "SourceErrorKind",
    "TimeoutPhase",
    "Transport",
    "TransportFault",
    "WaitProblem",
    "Wish",
];

#[test]
fn every_public_type_is_searched_or_known_to_be_harmless() {
    let exported: Vec<&str> = [
        include_str!("../../src/lib.rs"),
        include_str!("../../src/auth/mod.rs"),
        include_str!("../../src/paging/mod.rs"),
        include_str!("../../src/testing/mod.rs"),
        include_str!("../../src/waiting/mod.rs"),
    ]
    .into_iter()
    .flat_map(|text| text.split(';'))
    .filter_map(|item| item.split_once("pub use ").map(|(_, path)| path))
    .flat_map(|path| path.split([',', '{', '}', ':', '\n', ' ']))
    .filter(|name| name.starts_with(char::is_uppercase))
    .collect();
    assert!(exported.len() > 40, "{exported:?}");
    for name in exported {
        assert!(
            SEARCHED.contains(&name) || HARMLESS.contains(&name),
            "{name} is new: search what it prints here, or say that it is harmless"
        );
    }
}

#[tokio::test]
async fn token_is_in_nothing_that_the_testing_tools_print() {
    let echo = format!("echo {TOKEN}").into_bytes();
    let script = [
        Answer::fault(TransportFault::Broken),
        Answer::json(200, r#"{"id":"t1"}"#).body(echo),
    ];
    let replay = ReplayTransport::new(script.clone());
    let client = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token(TOKEN)
        .transport(replay.clone())
        .clock(ManualClock::skipping())
        .retry(RetryConfig::new())
        .build()
        .unwrap()
        .0;
    let mut printed = Printed::default();
    let error = client.call().send(ShowThing::new("t1")).await.unwrap_err();
    assert_eq!(error.attempts().len(), 2, "{error}");
    printed.error(&error);
    printed.debug(&script);
    printed.debug(&replay);
    printed.debug(&replay.requests());
    let body = cloudbackup_runtime::ReplyBody::from_bytes(TOKEN);
    printed.debug(&body);
    let failed = TransportError::new(TransportFault::Broken);
    printed.debug(&failed);
    printed.display(&failed);
    assert_eq!(replay.requests()[1].headers["x-auth-token"], TOKEN);
    assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
}

#[tokio::test]
async fn token_is_in_no_finding_of_drift() {
    let printed = std::sync::Arc::new(std::sync::Mutex::new(Printed::default()));
    let sink = std::sync::Arc::clone(&printed);
    let echo = format!(r#"{{"id":"t1","{TOKEN}":1,"x-{TOKEN}":"{TOKEN}"}}"#);
    let server = Server::always(json_reply(200, &echo));
    let client = crate::support::builder_of(&server)
        .on_drift(move |drift: &Drift| {
            let mut printed = sink.lock().unwrap();
            printed.debug(drift);
            printed.display(drift);
            printed.display(&drift.path());
        })
        .build()
        .unwrap()
        .0;
    client.call().send(ShowThing::new("t1")).await.unwrap();
    let printed = printed.lock().unwrap();
    assert!(printed.0.contains("unknown member"), "{}", printed.0);
    assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
}

#[test]
fn search_finds_a_planted_leak() {
    #[derive(Debug)]
    struct Leaky {
        #[allow(dead_code, reason = "read by Debug only")]
        token: &'static str,
    }
    let mut printed = Printed::default();
    printed.debug(&Leaky { token: TOKEN });
    assert!(printed.leaks(TOKEN) > 0);
    let mut printed = Printed::default();
    printed.display(&format_args!("X-Auth-Token: {TOKEN}"));
    assert!(printed.leaks(TOKEN) > 0);
}
