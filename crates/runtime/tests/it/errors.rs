//! Error replies: the vector table, statuses, redirects, and errors under a success status.

use std::time::Duration;

use cloudbackup_runtime::{Error, ErrorKind, Outcome};
use serde::Deserialize;

use crate::support::{CopyThing, Server, ShowThing, Step, TOKEN, client_of, json_reply, reply};

#[derive(Deserialize)]
struct Table {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    status: u16,
    body: String,
    sdk: Sdk,
    ours: Ours,
}

#[derive(Deserialize)]
struct Sdk {
    error_code: serde_json::Value,
    error_msg: String,
}

#[derive(Deserialize)]
struct Ours {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    outcome: String,
}

/// The error that a write meets when the server answers like this.
async fn copy_error(step: Step) -> Error {
    let server = Server::always(step);
    let error = client_of(&server)
        .call()
        .send(CopyThing::new("t1", "n"))
        .await
        .unwrap_err();
    assert_eq!(server.requests().len(), 1);
    error
}

#[tokio::test]
async fn error_vectors() {
    let table: Table = serde_json::from_str(include_str!("../data/error_vectors.json")).unwrap();
    assert_eq!(table.cases.len(), 26);
    for case in table.cases {
        let name = &case.name;
        let headers = [
            ("X-Request-Id", "req-1"),
            ("Content-Type", "application/json"),
        ];
        let error = copy_error(Step::Send(reply(case.status, &headers, &case.body))).await;
        assert_eq!(error.kind(), ErrorKind::Service, "{name}");
        assert_eq!(error.status().unwrap().as_u16(), case.status, "{name}");
        assert_eq!(error.code(), case.ours.code.as_deref(), "{name}");
        assert_eq!(error.message(), case.ours.message.as_deref(), "{name}");
        assert_eq!(
            error.request_id(),
            case.ours.request_id.as_deref(),
            "{name}"
        );
        assert_eq!(
            format!("{:?}", error.outcome()),
            case.ours.outcome,
            "{name}"
        );
        assert_eq!(error.raw_body(), Some(case.body.as_bytes()), "{name}");
        // Whatever the vendor's SDK finds in the body, this one finds too.
        let code = case
            .sdk
            .error_code
            .as_str()
            .map_or(case.sdk.error_code.to_string(), String::from);
        if case.sdk.error_msg != case.body {
            assert_eq!(error.code(), Some(code.as_str()), "{name}");
            assert_eq!(error.message(), Some(case.sdk.error_msg.as_str()), "{name}");
        }
    }
}

#[tokio::test]
async fn further_shapes() {
    for (body, code, message) in [
        (
            r#"{"badRequest":{"message":"no such size"}}"#,
            None,
            Some("no such size"),
        ),
        (
            r#"{"itemNotFound":{"code":404,"message":"gone"}}"#,
            Some("404"),
            Some("gone"),
        ),
        (
            r#"{"errCode":"RDS.1","externalMessage":"m"}"#,
            Some("RDS.1"),
            Some("m"),
        ),
        (
            r#"{"error_code":17,"error_msg":"m"}"#,
            Some("17"),
            Some("m"),
        ),
        (r#"{"errors":["first","second"]}"#, None, Some("first")),
        (
            r#"{"error_msg":"say \"no\" \u4e2d","error_code":"A"}"#,
            Some("A"),
            Some("say \"no\" 中"),
        ),
        (r#""just text""#, None, Some("just text")),
        ("[]", None, None),
        (
            "\u{feff}{\"code\":\"A\",\"message\":\"m\"}",
            Some("A"),
            Some("m"),
        ),
    ] {
        let error = copy_error(json_reply(400, body)).await;
        assert_eq!((error.code(), error.message()), (code, message), "{body}");
    }
}

#[tokio::test]
async fn request_id_comes_from_header_or_body() {
    let body = r#"{"error_code":"A","error_msg":"m","request_id":"in-body"}"#;
    let error = copy_error(json_reply(400, body)).await;
    assert_eq!(error.request_id(), Some("in-body"));
    let error = copy_error(Step::Send(reply(400, &[("x-REQUEST-id", "in-head")], body))).await;
    assert_eq!(error.request_id(), Some("in-head"));
    let error = copy_error(Step::Send(reply(400, &[("X-IAM-Trace-Id", "trace")], ""))).await;
    assert_eq!(error.request_id(), Some("trace"));
}

#[tokio::test]
async fn questions_are_answered_by_status_and_gateway_code() {
    let asked = |error: &Error| {
        [
            error.is_not_found(),
            error.is_conflict(),
            error.is_throttled(),
            error.is_auth(),
        ]
    };
    for (status, body, expected) in [
        (404, "{}", [true, false, false, false]),
        (409, "{}", [false, true, false, false]),
        (429, "{}", [false, false, true, false]),
        (401, "{}", [false, false, false, true]),
        (
            403,
            r#"{"error_code":"APIG.0301","error_msg":"m"}"#,
            [false, false, false, true],
        ),
        (
            403,
            r#"{"error_code":"APIGW.0301","error_msg":"m"}"#,
            [false, false, false, true],
        ),
        (
            403,
            r#"{"error_code":"APIG.0308","error_msg":"m"}"#,
            [false, false, true, false],
        ),
        (
            403,
            r#"{"error_code":"PAP5.0012","error_msg":"m"}"#,
            [false, false, false, false],
        ),
    ] {
        let error = copy_error(json_reply(status, body)).await;
        assert_eq!(asked(&error), expected, "{status} {body}");
        assert!(!error.is_timeout());
    }
}

#[tokio::test]
async fn outcome_is_unknown_where_a_server_may_have_gone_half_way() {
    for (status, outcome) in [
        (400, Outcome::Rejected),
        (408, Outcome::Unknown),
        (412, Outcome::Rejected),
        (422, Outcome::Rejected),
        (429, Outcome::Rejected),
        (500, Outcome::Unknown),
        (501, Outcome::Rejected),
        (503, Outcome::Unknown),
        (599, Outcome::Unknown),
    ] {
        let error = copy_error(json_reply(status, "{}")).await;
        assert_eq!(error.outcome(), outcome, "{status}");
    }
}

#[tokio::test]
async fn display_is_one_line_with_all_that_is_known() {
    let body = r#"{"error_code":"VBS.0012","error_msg":"bad\r\nname \u202e\u001b[31m"}"#;
    let error = copy_error(Step::Send(reply(400, &[("X-Request-Id", "r-1")], body))).await;
    assert_eq!(
        error.to_string(),
        "test copy_thing: the service answered 400 Bad Request, code VBS.0012: \
         bad\\r\\nname \\u{202e}\\u{1b}[31m [request id r-1] (rejected, nothing was changed)"
    );
    let error = copy_error(json_reply(503, "")).await;
    assert_eq!(
        error.to_string(),
        "test copy_thing: the service answered 503 Service Unavailable (may have been applied)"
    );
    let server = Server::always(json_reply(503, ""));
    let error = client_of(&server)
        .call()
        .send(ShowThing::new("t1"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "test show_thing: the service answered 503 Service Unavailable"
    );
    assert_eq!(
        (error.service(), error.operation()),
        (Some("test"), Some("show_thing"))
    );
}

#[tokio::test]
async fn long_messages_are_kept_but_not_printed_whole() {
    let body = format!(r#"{{"code":"A","message":"{}"}}"#, "x".repeat(3000));
    let error = copy_error(json_reply(400, &body)).await;
    assert_eq!(error.message().map(str::len), Some(3000));
    assert!(error.to_string().len() < 800 && format!("{error:?}").len() < 1200);
}

#[tokio::test]
async fn error_body_is_cut_at_the_cap() {
    let body = "x".repeat(200_000);
    let error = copy_error(Step::Send(reply(500, &[], &body))).await;
    assert_eq!(
        (error.kind(), error.raw_body().map(<[u8]>::len)),
        (ErrorKind::Service, Some(65_536))
    );
    assert!(error.message().unwrap().chars().count() <= 301);
}

#[tokio::test]
async fn torn_or_stalled_error_body_is_still_the_services_error() {
    let head = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 99\r\nx-request-id: r\r\n\r\n{\"code\"";
    let torn = copy_error(Step::SendAndClose(head.to_vec())).await;
    let server = Server::always(Step::SendAndHold(head.to_vec()));
    let call = client_of(&server)
        .call()
        .with_timeout(Duration::from_millis(250));
    let stalled = call.send(CopyThing::new("t1", "n")).await.unwrap_err();
    for error in [torn, stalled] {
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Service, Outcome::Rejected)
        );
        assert_eq!(
            (error.status().unwrap().as_u16(), error.request_id()),
            (403, Some("r"))
        );
    }
}

#[tokio::test]
async fn wait_asked_for_is_told() {
    let headers = [("Retry-After", "17")];
    let error = copy_error(Step::Send(reply(429, &headers, ""))).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(17)));
    assert!(error.to_string().contains("17 s"), "{error}");
    let error = copy_error(Step::Send(reply(429, &[("Retry-After", "-1")], ""))).await;
    assert_eq!(error.retry_after(), None);
}

#[tokio::test]
async fn redirects_are_errors_and_the_target_is_never_called() {
    let target = Server::always(json_reply(200, r#"{"id":"t1"}"#));
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/login?token=s3cret#x", target.url());
        let error = copy_error(Step::Send(reply(status, &[("Location", &location)], ""))).await;
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Redirect, Outcome::Rejected)
        );
        assert_eq!(error.status().unwrap().as_u16(), status);
        let text = error.to_string();
        assert!(text.contains(&format!("{}/login;", target.url())), "{text}");
        assert!(
            !text.contains("s3cret") && !format!("{error:?}").contains("s3cret"),
            "{text}"
        );
    }
    assert_eq!((target.connections(), target.requests().len()), (0, 0));
}

#[tokio::test]
async fn redirect_without_target_and_unasked_304_are_redirects() {
    for status in [302, 304] {
        let error = copy_error(Step::Send(reply(status, &[], ""))).await;
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Redirect, Outcome::Rejected)
        );
    }
}

#[tokio::test]
async fn error_under_a_success_status_is_the_services_error() {
    for body in [
        r#"{"error":{"code":"VBS.1","message":"m"}}"#,
        r#"{"error_code":"VBS.1","error_msg":"m","id":"t1"}"#,
        r#"{"message":"m","code":"VBS.1"}"#,
    ] {
        let error = copy_error(json_reply(200, body)).await;
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Service, Outcome::Rejected)
        );
        assert_eq!(error.status().unwrap().as_u16(), 200);
        assert_eq!((error.code(), error.message()), (Some("VBS.1"), Some("m")));
    }
}

#[tokio::test]
async fn operation_can_say_that_such_members_are_its_reply() {
    let body = r#"{"error_code":"E","error_msg":"m","id":"t1"}"#;
    let server = Server::always(json_reply(200, body));
    let thing = client_of(&server)
        .call()
        .send(ShowThing::new("t1"))
        .await
        .unwrap();
    assert_eq!(thing.id, "t1");
}

#[tokio::test]
async fn token_that_a_server_repeats_is_masked() {
    let body = format!(r#"{{"error_code":"APIG.0301","error_msg":"bad token {TOKEN}"}}"#);
    let error = copy_error(json_reply(401, &body)).await;
    assert_eq!(error.message(), Some("bad token [redacted]"));
}
