//! Rows T25 to T28 and T32: replies that are odd, but what HTTP allows.

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::{Outcome, ReplyProblem, RetryConfig};

use super::fate::{Fate, REQUEST_ID, failure, good, in_time, places, success, unusable};
use crate::support::{
    CopyThing, DeleteThing, Server, ShowThing, Step, Thing, reply, retrying_client_of,
};

fn whole(status: u16, body: &str) -> Vec<u8> {
    reply(status, &[("X-Request-Id", REQUEST_ID)], body)
}

#[tokio::test]
async fn t25_informational_heads_before_the_reply() {
    let go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    let processing = "HTTP/1.1 102 Processing\r\nx-request-id: other\r\n\r\n";
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\nretry-after: 9\r\n\r\n";
    for early in [
        go_on.to_owned(),
        processing.to_owned(),
        hints.to_owned(),
        format!("{go_on}{hints}{hints}{processing}"),
    ] {
        let bytes = [early.as_bytes(), &whole(200, r#"{"id":"t1"}"#)].concat();
        let server = Server::always(Step::Send(bytes));
        reads_past(&server, ShowThing::new("t1")).await;
        reads_past(&server, CopyThing::new("t1", "n")).await;
        assert_eq!(server.requests().len(), 2, "{early}");
    }
}

async fn reads_past<O: Operation<Output = Thing>>(server: &Server, input: O) {
    let call = retrying_client_of(server).call();
    let response = in_time(call.send_with_response(input)).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.request_id()),
        (200, Some(REQUEST_ID))
    );
    assert_eq!(
        (response.attempts(), response.get_ref().id.as_str()),
        (1, "t1")
    );
}

#[tokio::test]
async fn t26_switch_of_protocols_that_nobody_asked_for() {
    let fate = Fate {
        status: Some(101),
        outcome: Outcome::Unknown,
        ..unusable(ReplyProblem::Status, 1)
    };
    for headers in ["connection: upgrade\r\nupgrade: websocket\r\n", ""] {
        let head = format!("HTTP/1.1 101 Whatever\r\nx-request-id: {REQUEST_ID}\r\n{headers}\r\n");
        for step in [Step::SendAndHold, Step::SendAndClose] {
            fate.meets(step(head.clone().into_bytes())).await;
        }
    }
}

/// Replies without a body that is more than white space, under this status.
fn blank(status: u16) -> Vec<Step> {
    let head = format!("HTTP/1.1 {status} Whatever\r\nx-request-id: {REQUEST_ID}\r\n");
    let bare = format!("{head}\r\n").into_bytes();
    if status == 204 {
        return vec![Step::Send(bare), Step::Send(whole(204, ""))];
    }
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n0\r\n\r\n");
    vec![
        Step::Send(whole(status, "")),
        Step::Send(whole(status, " \r\n")),
        Step::Send(chunked.into_bytes()),
        // Only the end of the connection ends it.
        Step::SendAndClose(bare),
    ]
}

/// A read and a write that need a body fail, and are not sent again: they have been carried out. A
/// deletion needs none.
async fn is_empty(status: u16) {
    let fate = Fate {
        status: Some(status),
        ..unusable(ReplyProblem::Empty, 1)
    };
    for step in blank(status) {
        let server = Server::always(step);
        let client = retrying_client_of(&server);
        fate.check_read(&failure(&client, ShowThing::new("t1")).await);
        fate.check_write(&failure(&client, CopyThing::new("t1", "n")).await);
        success(&client, DeleteThing).await;
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn t27_no_content() {
    is_empty(204).await;
}

#[tokio::test]
async fn t28_empty_body() {
    for status in [200, 202] {
        is_empty(status).await;
    }
}

#[tokio::test]
async fn t32_bytes_after_a_whole_reply() {
    let evil = whole(200, r#"{"id":"evil"}"#);
    for extra in [
        &evil[..],
        b"}",
        b"\r\n",
        b"\0\0",
        b"HTTP/1.1 200 OK\r\ncontent-le",
    ] {
        next_does_not_read(extra, ShowThing::new("t1")).await;
        next_does_not_read(extra, CopyThing::new("t1", "n")).await;
    }
}

async fn next_does_not_read<O: Operation<Output = Thing> + Clone>(extra: &[u8], input: O) {
    for turns in [0, 20] {
        let first = Step::send_with_extra(whole(200, r#"{"id":"t1"}"#), extra);
        let server = Server::start([first, good("t2")]);
        let client = retrying_client_of(&server);
        for id in ["t1", "t2"] {
            let call = client.call().with_retry(RetryConfig::none());
            assert_eq!(in_time(call.send(input.clone())).await.unwrap().id, id);
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(places(&server), [0, 1]);
    }
}
