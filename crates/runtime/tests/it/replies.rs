//! Replies under a success status: accepted, odd, and unusable ones.

use cloudbackup_runtime::{Error, ErrorKind, Outcome, ReplyProblem};

use crate::support::{CopyThing, Server, ShowThing, Step, Thing, client_of, reply};

async fn show(step: Step) -> Result<Thing, Error> {
    let server = Server::always(step);
    client_of(&server).call().send(ShowThing::new("t1")).await
}

/// The problem of an unusable reply, once what holds for all of them has been checked.
async fn problem(step: Step) -> (ReplyProblem, Error) {
    let error = show(step).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Response, Outcome::Applied),
        "{error}"
    );
    assert_eq!(error.operation(), Some("show_thing"));
    (error.reply_problem().unwrap(), error)
}

#[tokio::test]
async fn odd_but_readable_replies_are_accepted() {
    let json = r#"{"id":"t1","extra":[1]}"#;
    for bytes in [
        reply(200, &[], json),
        reply(201, &[], json),
        reply(202, &[], json),
        reply(200, &[("Content-Encoding", "identity")], json),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n6\r\n:\"t1\"}\r\n0\r\n\r\n".to_vec(),
    ] {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(show(Step::SendAndClose(bytes)).await.unwrap().id, "t1", "{shown}");
    }
}

#[tokio::test]
async fn head_of_the_reply_can_be_kept() {
    let headers = [("X-Request-Id", "r-1"), ("X-Subject-Token", "s3cret")];
    let server = Server::always(Step::Send(reply(202, &headers, r#"{"id":"t1"}"#)));
    let call = client_of(&server).call();
    let response = call
        .send_with_response(CopyThing::new("t1", "n"))
        .await
        .unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(response.request_id(), Some("r-1"));
    assert_eq!(response.headers()["x-subject-token"], "s3cret");
    assert!(!format!("{response:?}").contains("s3cret"));
    assert_eq!(response.get_ref().id, "t1");
    assert_eq!(response.into_inner().id, "t1");
}

#[tokio::test]
async fn decode_error_tells_where_and_quotes_what_without_secrets() {
    let body = format!(
        r#"{{"id":"t1","password":"hunter2","size":"{}"}}"#,
        "y".repeat(200)
    );
    let headers = [("X-Request-Id", "r-1")];
    let (problem, error) = problem(Step::Send(reply(200, &headers, &body))).await;
    assert_eq!(problem, ReplyProblem::Decode);
    assert_eq!(
        (error.status().unwrap().as_u16(), error.request_id()),
        (200, Some("r-1"))
    );
    let text = error.to_string();
    for part in [
        "test show_thing: ",
        "at `size`",
        "expected i64",
        "\"id\":\"t1\"",
        "[request id r-1]",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(
        !text.contains("hunter2") && !text.contains(&"y".repeat(60)),
        "{text}"
    );
    assert!(!format!("{error:?}").contains("hunter2"));
    assert_eq!(error.raw_body(), Some(body.as_bytes()));
}
