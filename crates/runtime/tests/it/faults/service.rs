//! Rows S01–S20, S27 and S28: errors of the service, by status and by the shape of their body.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::testing::{Answer, ManualClock, ReplayTransport};
use cloudbackup_runtime::{
    BoxFuture, Client, Error, ErrorKind, Outcome, ReplyBody, RetryConfig, Transport, TransportError,
};
use tokio::sync::Semaphore;

use super::refusal::{Refusal, hides_the_token, refused, rejected, settle, unclear};
use crate::errors::Case;
use crate::support::service::{PutThing, RemoveThing, builder_of, retrying_client_of};
use crate::support::step::Flood;
use crate::support::{
    CopyThing, Server, ShowThing, Step, TOKEN, TestClient, Thing, client_of, json_reply, reply,
};

/// The most that is read of an error's body.
const CAP: usize = 64 * 1024;
/// The time for reading that.
const BODY_TIME: Duration = Duration::from_secs(5);
const GIB: usize = 1024;
/// How long a test waits in vain before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends bodies of the table of error vectors, and checks what is found in them.
async fn vectors(names: &[&str], refusal: impl Fn(u16) -> Refusal) {
    for name in names {
        let case = Case::named(name);
        for error in refusal(case.status).meets(case.step()).await {
            case.check(&error);
        }
    }
}

/// Sends other bodies under 400, with the code and the message that are to be found.
async fn bodies<'a>(table: impl IntoIterator<Item = (&'a str, Option<&'a str>, Option<&'a str>)>) {
    for (body, code, message) in table {
        for error in rejected(400).meets(json_reply(400, body)).await {
            assert_eq!((error.code(), error.message()), (code, message), "{body}");
            assert_eq!(error.raw_body(), Some(body.as_bytes()));
        }
    }
}

/// Outcomes of the attempts, in their order.
fn outcomes(error: &Error) -> Vec<Outcome> {
    error.attempts().iter().map(|a| a.outcome()).collect()
}

#[tokio::test]
async fn s01_flat_error_code_under_400() {
    vectors(&["flat_error_code", "flat_error_code_extra"], rejected).await;
}

#[tokio::test]
async fn s02_code_and_message_in_an_error_object() {
    vectors(&["nested_error", "nested_error_reversed"], rejected).await;
}

#[tokio::test]
async fn s03_error_object_with_the_name_of_the_fault() {
    let names = ["openstack_badRequest", "openstack_itemNotFound_int"];
    vectors(&names, rejected).await;
    let without_code = r#"{"badRequest":{"message":"no such size"}}"#;
    bodies([(without_code, None, Some("no such size"))]).await;
}

#[tokio::test]
async fn s04_other_spellings_of_code_and_message() {
    let names = ["camel_errorCode", "flat_code_message", "rds_v1_errCode"];
    vectors(&names, rejected).await;
}

#[tokio::test]
async fn s05_empty_body_has_no_code_and_no_message() {
    vectors(&["empty_body", "empty_object"], unclear).await;
    for body in ["", " \r\n", "null", "{}", r#"{"error":{}}"#] {
        bodies([(body, None, None)]).await;
    }
    // No status becomes a code, not even in what is printed.
    let [error, _] = rejected(403).meets(json_reply(403, "")).await;
    assert_eq!(
        error.to_string(),
        "test show_thing: the service answered 403 Forbidden"
    );
}

#[tokio::test]
async fn s06_web_page_is_quoted_shortly() {
    vectors(&["html"], unclear).await;
    let page = format!(
        "<html>\n<title>No\u{202e} entry</title>{TOKEN}<p>{}</html>",
        "x".repeat(5000)
    );
    let headers = [("Content-Type", "text/html")];
    let step = Step::Send(reply(403, &headers, &page));
    for error in rejected(403).meets(step).await {
        assert_eq!(error.code(), None);
        let message = error.message().unwrap();
        assert!(message.starts_with("<html> <title>No"), "{message}");
        assert_eq!(message.chars().count(), 301, "{message}");
        let text = error.to_string();
        assert!(text.contains("No\\u{202e} entry"), "{text}");
        assert!(text.len() < 600 && !text.contains('\n'), "{text}");
        assert_eq!(error.raw_body(), Some(page.as_bytes()));
    }
}

#[tokio::test]
async fn s07_body_that_is_no_object_and_code_that_is_a_number() {
    let names = ["top_level_array", "openstack_itemNotFound_int"];
    vectors(&names, rejected).await;
    bodies([
        ("[]", None, None),
        (
            r#"["first", "second"]"#,
            None,
            Some(r#"["first", "second"]"#),
        ),
        (r#""just text""#, None, Some("just text")),
        ("17", None, Some("17")),
        ("true", None, Some("true")),
        (
            r#"{"error_code":17,"error_msg":"m"}"#,
            Some("17"),
            Some("m"),
        ),
        (r#"{"code":-1.5,"message":7}"#, Some("-1.5"), Some("7")),
    ])
    .await;
    for error in unclear(503).meets(json_reply(503, "[17]")).await {
        assert_eq!((error.code(), error.message()), (None, Some("[17]")));
    }
}

#[tokio::test]
async fn s08_escapes_in_messages_are_resolved() {
    let body = r#"{"error_code":"A\u002e1","error_msg":"say \"no\" \\ \/ \u4e2d\ud83d\ude00\t."}"#;
    bodies([(body, Some("A.1"), Some("say \"no\" \\ / 中😀\t."))]).await;
    // Half a character ends the JSON, but neither the call nor the quotation.
    let broken = r#"{"error_code":"A","error_msg":"\ud83d"}"#;
    bodies([(broken, None, Some(broken))]).await;
    // A token in escapes is found as well.
    let echo = format!(r#"{{"error_msg":"no {TOKEN}"}}"#).replace('-', "\\u002d");
    for error in unclear(500).meets(json_reply(500, &echo)).await {
        assert_eq!(error.message(), Some("no [redacted]"));
    }
}

#[tokio::test]
async fn s09_of_an_endless_body_the_beginning_is_read() {
    let with_length = |status| Flood::with_length(status, GIB);
    let chunked = |status| {
        let head = format!("HTTP/1.1 {status} Whatever\r\ntransfer-encoding: chunked\r\n\r\n");
        Flood {
            head: head.into_bytes(),
            ..Flood::chunked(GIB)
        }
    };
    for (flood, refusal) in [
        (with_length(400), rejected(400)),
        (chunked(400), rejected(400)),
        (with_length(503), unclear(503)),
        (chunked(503), unclear(503)),
    ] {
        for error in refusal.meets(Step::Flood(flood)).await {
            assert_eq!(error.raw_body(), Some(&[b' '; CAP][..]));
            assert_eq!((error.code(), error.message()), (None, None));
        }
    }
    // The rest is not read either, and the connection that still holds it is given up.
    let thing = json_reply(200, r#"{"id":"t1"}"#);
    let server = Server::start([Step::Flood(chunked(400)), thing]);
    let client = client_of(&server);
    refused(&client, ShowThing::new("t1")).await;
    let log = server.until(|log| log.closed == 1).await;
    assert!(log.flooded < 64 * 1024 * 1024, "{} bytes", log.flooded);
    let found: Thing = client.call().send(ShowThing::new("t1")).await.unwrap();
    assert_eq!((found.id.as_str(), server.connections()), ("t1", 2));
}

const TORN: &str = "content-length: 99\r\nx-request-id: req-1\r\n\r\n{\"error_msg\":\"no\"";

/// A refusal whose body comes to no end.
fn torn(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} Whatever\r\n{TORN}").into_bytes()
}

fn check_torn(error: &Error, status: u16, outcome: Outcome) {
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, outcome)
    );
    assert_eq!(error.status().unwrap().as_u16(), status);
    assert_eq!(error.request_id(), Some("req-1"));
    assert_eq!(error.raw_body(), Some(&br#"{"error_msg":"no""#[..]));
    assert!(!error.is_timeout() && error.timeout_phase().is_none());
    hides_the_token(error);
}

/// Counts the replies whose head has come.
struct Heads {
    inner: Arc<dyn Transport>,
    seen: Arc<Semaphore>,
}

impl Transport for Heads {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        Box::pin(async {
            let response = self.inner.send(request).await?;
            self.seen.add_permits(1);
            Ok(response)
        })
    }
}

/// A server that never ends the body of its refusals, and a client of it.
struct Stalling {
    server: Server,
    client: Client,
    clock: ManualClock,
    seen: Arc<Semaphore>,
}

impl Stalling {
    fn new(status: u16, limit: Duration) -> Self {
        let server = Server::always(Step::SendAndHold(torn(status)));
        let (clock, seen) = (ManualClock::new(), Arc::new(Semaphore::new(0)));
        let counted = Arc::clone(&seen);
        let builder = builder_of(&server).wrap_transport(move |inner| Heads {
            inner,
            seen: Arc::clone(&counted),
        });
        let retry = RetryConfig::new().base_delay(Duration::ZERO);
        let builder = builder.clock(clock.clone()).retry(retry);
        Self {
            client: builder.attempt_timeout(limit).build().unwrap().0,
            server,
            clock,
            seen,
        }
    }

    /// The error of a call for which the time passes only while the body of a reply stalls.
    async fn refuses<O: Operation>(&self, input: O) -> Error {
        let mut call = tokio::spawn(self.client.call().send(input));
        loop {
            tokio::select! {
                result = &mut call => match result.unwrap() {
                    Err(error) => return error,
                    Ok(_) => panic!("a success"),
                },
                head = self.seen.acquire() => head.unwrap().forget(),
                // Nothing passes by this time going by.
                () = tokio::time::sleep(PATIENCE) => panic!("the call does not go on"),
            }
            settle().await;
            self.clock.advance(BODY_TIME);
        }
    }
}

#[tokio::test]
async fn s10_refusal_whose_body_stalls_is_no_timeout() {
    // The attempt ends before the time for the body does, or goes on.
    for limit in [Duration::from_secs(2), Duration::from_secs(60)] {
        for (status, outcome, expected) in [
            (403, Outcome::Rejected, [1, 1]),
            (503, Outcome::Unknown, [3, 1]),
        ] {
            let stalling = Stalling::new(status, limit);
            let error = stalling.refuses(ShowThing::new("t1")).await;
            check_torn(&error, status, outcome);
            assert_eq!(stalling.server.requests().len(), expected[0]);
            assert_eq!(stalling.server.connections(), expected[0]);

            let stalling = Stalling::new(status, limit);
            let error = stalling.refuses(CopyThing::new("t1", "n")).await;
            check_torn(&error, status, outcome);
            assert_eq!(stalling.server.requests().len(), expected[1]);
            // A connection on which the rest may still come is not used again.
            stalling.refuses(CopyThing::new("t1", "n")).await;
            assert_eq!(stalling.server.connections(), 2);
        }
    }
}

#[tokio::test]
async fn s10_refusal_whose_body_is_cut_off_is_one_all_the_same() {
    for refusal in [rejected(403), unclear(503)] {
        let step = Step::SendAndClose(torn(refusal.status));
        for error in refusal.meets(step).await {
            check_torn(&error, refusal.status, refusal.outcome);
        }
    }
}

#[tokio::test]
async fn s10_stalled_body_is_given_up_long_before_the_attempt() {
    let stalled = Answer::json(403, r#"{"error_msg":"no""#).then_stall();
    let replay = ReplayTransport::new([stalled]);
    let clock = ManualClock::new();
    let builder = TestClient::builder().endpoint("http://127.0.0.1:9");
    let builder = builder.transport(replay.clone()).clock(clock.clone());
    let client = builder.project_id("p1").token(TOKEN).build().unwrap().0;
    let call = tokio::spawn(client.call().send(ShowThing::new("t1")));
    settle().await;
    assert_eq!(replay.requests().len(), 1);
    clock.advance(BODY_TIME - Duration::from_millis(1));
    settle().await;
    assert!(!call.is_finished());
    clock.advance(Duration::from_millis(1));
    settle().await;
    assert!(call.is_finished());
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Rejected)
    );
    assert_eq!(error.raw_body(), Some(&br#"{"error_msg":"no""#[..]));
}

#[tokio::test]
async fn s11_undocumented_statuses_count_by_their_hundred() {
    let body = r#"{"error_code":"A","error_msg":"m"}"#;
    for status in [402, 418, 451, 499] {
        for error in rejected(status).meets(json_reply(status, body)).await {
            assert_eq!((error.code(), error.message()), (Some("A"), Some("m")));
        }
    }
    for status in [506, 520, 599] {
        for error in unclear(status).meets(json_reply(status, body)).await {
            assert_eq!((error.code(), error.message()), (Some("A"), Some("m")));
        }
    }
}

#[tokio::test]
async fn s13_refused_static_token_is_not_sent_again() {
    vectors(&["apig_with_request_id", "iam_nested_int"], rejected).await;
    let echo = format!(r#"{{"error_code":"APIG.0301","error_msg":"bad token {TOKEN}"}}"#);
    // The gateway also says so under another status.
    for status in [401, 403] {
        for error in rejected(status).meets(json_reply(status, &echo)).await {
            assert!(error.is_auth() && !error.is_throttled());
            assert_eq!(error.message(), Some("bad token [redacted]"));
        }
    }
    let [error, _] = rejected(403).meets(json_reply(403, "{}")).await;
    assert!(!error.is_auth());
}

#[tokio::test]
async fn s17_not_found_stands() {
    for error in rejected(404).meets(json_reply(404, "{}")).await {
        assert!(error.is_not_found() && !error.is_after_ambiguous_attempt());
    }
    // Nor is there anything ambiguous about a read that failed before.
    let server = Server::start([json_reply(503, ""), json_reply(404, "")]);
    let error = refused(&retrying_client_of(&server), ShowThing::new("t1")).await;
    assert!(error.is_not_found() && !error.is_after_ambiguous_attempt());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn s17_not_found_may_be_the_work_of_the_deletion_itself() {
    for first in [
        json_reply(503, ""),
        Step::SendAndClose(Vec::new()),
        Step::SendAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()),
    ] {
        let server = Server::start([first, json_reply(404, "{}")]);
        let error = refused(&retrying_client_of(&server), RemoveThing).await;
        assert_eq!(error.kind(), ErrorKind::Service, "{error}");
        assert!(error.is_not_found() && error.is_after_ambiguous_attempt());
        let outcomes = outcomes(&error);
        assert!(outcomes[0] >= Outcome::Unknown, "{outcomes:?}");
        assert_eq!(outcomes[1..], [Outcome::Rejected]);
        assert_eq!(error.outcome(), outcomes[0]);
        assert_eq!((server.requests().len(), server.connections()), (2, 2));
        hides_the_token(&error);
    }
    // After an attempt that did nothing, it is no work of ours.
    let server = Server::start([json_reply(429, ""), json_reply(404, "{}")]);
    let error = refused(&retrying_client_of(&server), RemoveThing).await;
    assert!(error.is_not_found() && !error.is_after_ambiguous_attempt());
    assert_eq!(outcomes(&error), [Outcome::Rejected, Outcome::Rejected]);
    assert_eq!(error.outcome(), Outcome::Rejected);
}

#[tokio::test]
async fn s18_request_timeout_of_the_server() {
    unclear(408).meets(json_reply(408, "{}")).await;
}

#[tokio::test]
async fn s19_conflict_may_be_with_what_the_call_itself_has_made() {
    let server = Server::start([Step::Reset(Vec::new()), json_reply(409, "{}")]);
    let error = refused(&retrying_client_of(&server), PutThing).await;
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Unknown)
    );
    assert!(error.is_conflict() && error.is_after_ambiguous_attempt());
    assert_eq!(outcomes(&error), [Outcome::Unknown, Outcome::Rejected]);
    let kinds: Vec<_> = error.attempts().iter().map(|a| a.kind()).collect();
    assert_eq!(kinds, [ErrorKind::Transport, ErrorKind::Service]);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn s19_creation_of_unknown_fate_does_not_come_to_a_conflict() {
    let server = Server::start([Step::Reset(Vec::new()), json_reply(409, "{}")]);
    let client = retrying_client_of(&server);
    let error = refused(&client, CopyThing::new("t1", "n")).await;
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Transport, Outcome::Unknown)
    );
    assert_eq!(server.requests().len(), 1);
    for error in rejected(409).meets(json_reply(409, "{}")).await {
        assert!(error.is_conflict() && !error.is_after_ambiguous_attempt());
    }
}

#[tokio::test]
async fn s20_failed_conditions_and_unprocessable_requests() {
    for status in [412, 422] {
        rejected(status).meets(json_reply(status, "{}")).await;
    }
}

#[tokio::test]
async fn s27_internal_error_leaves_the_fate_of_a_write_unknown() {
    vectors(&["server_500"], unclear).await;
}

#[tokio::test]
async fn s28_what_the_server_does_not_do_was_not_done() {
    for status in [501, 505] {
        rejected(status).meets(json_reply(status, "{}")).await;
    }
}
