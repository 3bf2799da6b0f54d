//! Replies under a success status: accepted, odd, and unusable ones.

use cloudbackup_runtime::{Error, ErrorKind, Outcome, ReplyProblem};

use crate::support::{
    CopyThing, DeleteThing, Server, ShowThing, Step, TestClient, Thing, client_of, json_reply,
    reply,
};

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
    let html = ("Content-Type", "text/html");
    for bytes in [
        reply(200, &[], json),
        reply(201, &[("Content-Type", "text/plain")], json),
        reply(202, &[html], json),
        reply(200, &[("Content-Encoding", "identity")], json),
        reply(200, &[], format!("\u{feff}{json}")),
        reply(200, &[], format!("{json}\r\n ")),
        [b"HTTP/1.1 100 Continue\r\n\r\n", &reply(200, &[], json)[..]].concat(),
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"id\":\"t1\"}".to_vec(),
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
async fn empty_reply_is_success_where_the_output_needs_nothing() {
    for bytes in [
        reply(200, &[], ""),
        reply(204, &[], ""),
        reply(200, &[], " \n"),
    ] {
        let server = Server::always(Step::SendAndClose(bytes));
        client_of(&server).call().send(DeleteThing).await.unwrap();
    }
}

#[tokio::test]
async fn empty_reply_is_a_problem_elsewhere() {
    for bytes in [
        reply(200, &[], ""),
        b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
    ] {
        let (problem, _) = problem(Step::SendAndClose(bytes)).await;
        assert_eq!(problem, ReplyProblem::Empty);
    }
}

#[tokio::test]
async fn web_page_is_told_from_json() {
    let page = format!(
        "<html>\n<title>Sign in\u{202e}</title>{}</html>",
        "x".repeat(5000)
    );
    for headers in [&[("Content-Type", "text/html; charset=utf-8")][..], &[]] {
        let (problem, error) = problem(Step::Send(reply(200, headers, &page))).await;
        assert_eq!(problem, ReplyProblem::ContentType);
        let text = error.to_string();
        assert!(
            text.contains("<html> <title>Sign in\\u{202e}</title>"),
            "{text}"
        );
        assert!(text.len() < 1100 && !text.contains('\n'), "{text}");
        assert_eq!(error.raw_body(), Some(page.as_bytes()));
    }
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

#[tokio::test]
async fn unreadable_bodies_are_decode_errors() {
    let deep = format!(
        r#"{{"id":"t1","size":{}1{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    for body in [
        &b"{"[..],
        br#"{"id":"t1"}x"#,
        br#"{"id":"t1","id":"t2"}"#,
        br#"{"id":null}"#,
        br#"{}"#,
        br#"{"id":"t1","size":99999999999999999999}"#,
        b"{\"id\":\"t1\",\"x\":\"\xff\"}",
        br#"{"id":"\ud800"}"#,
        b"17",
        b"null",
        deep.as_bytes(),
    ] {
        let shown = String::from_utf8_lossy(body).into_owned();
        let (problem, _) = problem(Step::Send(reply(200, &[], body))).await;
        assert_eq!(problem, ReplyProblem::Decode, "{shown}");
    }
}

#[tokio::test]
async fn body_that_ends_early_is_truncated() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\nx-request-id: r\r\n\r\n{\"id\""[..],
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-request-id: r\r\n\r\n5\r\n{\"id\"\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-request-id: r\r\n\r\nzz\r\n{\"id\"\r\n",
    ] {
        let (problem, error) = problem(Step::SendAndClose(bytes.to_vec())).await;
        assert_eq!(problem, ReplyProblem::Truncated);
        assert_eq!((error.status().unwrap().as_u16(), error.request_id()), (200, Some("r")));
    }
    // Without a length nobody can tell that JSON cut in the middle was longer.
    let bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"id\":\"t";
    let (problem, error) = problem(Step::SendAndClose(bytes.to_vec())).await;
    assert_eq!(problem, ReplyProblem::Decode);
    assert!(error.to_string().contains("EOF"), "{error}");
}

#[tokio::test]
async fn announced_size_over_the_cap_is_refused_unread() {
    // The body never comes: reading it would end in a timeout instead.
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n".to_vec();
    let (problem, error) = problem(Step::SendAndHold(head)).await;
    assert_eq!(problem, ReplyProblem::TooLarge);
    assert!(error.to_string().contains("16777216 bytes"), "{error}");
}

#[tokio::test]
async fn body_over_the_cap_is_refused_while_it_comes() {
    let body = format!(r#"{{"id":"t1","x":"{}"}}"#, "x".repeat(1000));
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
        body.len()
    );
    let server = Server::always(Step::SendAndHold(chunked.into_bytes()));
    let builder = TestClient::builder()
        .endpoint(server.url())
        .project_id("p")
        .token("token-1");
    let client = builder.max_reply_bytes(body.len() - 1).build().unwrap();
    let error = client
        .0
        .call()
        .send(ShowThing::new("t1"))
        .await
        .unwrap_err();
    assert_eq!(error.reply_problem(), Some(ReplyProblem::TooLarge));
}

#[tokio::test]
async fn body_of_exactly_the_cap_is_accepted() {
    let body = r#"{"id":"t1"}"#;
    let server = Server::always(json_reply(200, body));
    let builder = TestClient::builder()
        .endpoint(server.url())
        .project_id("p")
        .token("token-1");
    let client = builder.max_reply_bytes(body.len()).build().unwrap();
    assert!(client.0.call().send(ShowThing::new("t1")).await.is_ok());
}

#[tokio::test]
async fn packing_that_was_not_asked_for_is_refused_by_name() {
    let headers = [("Content-Encoding", "br")];
    let (problem, error) = problem(Step::Send(reply(200, &headers, "\u{1}\u{2}"))).await;
    assert_eq!(problem, ReplyProblem::Encoding);
    assert!(error.to_string().contains("packed as br"), "{error}");
}

#[tokio::test]
async fn unasked_switch_of_protocols_is_no_reply() {
    let bytes = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    let (problem, _) = problem(Step::SendAndClose(bytes.to_vec())).await;
    assert_eq!(problem, ReplyProblem::Status);
}

#[tokio::test]
async fn bytes_after_a_reply_do_not_reach_the_next_one() {
    let first = [
        reply(200, &[], r#"{"id":"t1"}"#),
        reply(200, &[], r#"{"id":"evil"}"#),
    ]
    .concat();
    let server = Server::start([Step::Send(first), json_reply(200, r#"{"id":"t2"}"#)]);
    let client = client_of(&server);
    assert_eq!(
        client.call().send(ShowThing::new("t1")).await.unwrap().id,
        "t1"
    );
    assert_eq!(
        client.call().send(ShowThing::new("t1")).await.unwrap().id,
        "t2"
    );
    assert_eq!((server.requests().len(), server.connections()), (2, 2));
}
