//! Error replies: the vector table, what can be asked of an error, and how it prints. Statuses,
//! shapes and redirects are in `faults`.

use cloudbackup_runtime::{Error, ErrorKind};
use serde::Deserialize;

use crate::support::{CopyThing, Server, ShowThing, Step, client_of, json_reply, reply};

#[derive(Deserialize)]
struct Table {
    cases: Vec<Case>,
}

/// An error reply, and what is to be found in it.
#[derive(Deserialize)]
pub(crate) struct Case {
    name: String,
    pub(crate) status: u16,
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

fn cases() -> Vec<Case> {
    let table: Table = serde_json::from_str(include_str!("../data/error_vectors.json")).unwrap();
    assert_eq!(table.cases.len(), 26);
    table.cases
}

impl Case {
    /// One of the table.
    pub(crate) fn named(name: &str) -> Self {
        let found = cases().into_iter().find(|case| case.name == name);
        found.unwrap_or_else(|| panic!("no vector {name}"))
    }

    pub(crate) fn step(&self) -> Step {
        let headers = [
            ("X-Request-Id", "req-1"),
            ("Content-Type", "application/json"),
        ];
        Step::Send(reply(self.status, &headers, &self.body))
    }

    pub(crate) fn check(&self, error: &Error) {
        let (name, ours) = (&self.name, &self.ours);
        assert_eq!(error.kind(), ErrorKind::Service, "{name}");
        assert_eq!(error.status().unwrap().as_u16(), self.status, "{name}");
        assert_eq!(error.code(), ours.code.as_deref(), "{name}");
        assert_eq!(error.message(), ours.message.as_deref(), "{name}");
        assert_eq!(error.request_id(), ours.request_id.as_deref(), "{name}");
        assert_eq!(format!("{:?}", error.outcome()), ours.outcome, "{name}");
        assert_eq!(error.raw_body(), Some(self.body.as_bytes()), "{name}");
    }
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
    for case in cases() {
        let (name, sdk) = (&case.name, &case.sdk);
        let error = copy_error(case.step()).await;
        case.check(&error);
        // Whatever the vendor's SDK finds in the body, this one finds too.
        let code = sdk.error_code.as_str();
        let code = code.map_or(sdk.error_code.to_string(), String::from);
        if sdk.error_msg != case.body {
            assert_eq!(error.code(), Some(code.as_str()), "{name}");
            assert_eq!(error.message(), Some(sdk.error_msg.as_str()), "{name}");
        }
    }
}

#[tokio::test]
async fn further_shapes() {
    for (body, code, message) in [
        (r#"{"errors":["first","second"]}"#, None, Some("first")),
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
