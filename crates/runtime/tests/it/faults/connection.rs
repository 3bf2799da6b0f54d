//! Rows T08 to T15, T29 and T33: a connection that breaks, or does not bring what it should.

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::{Client, ErrorKind, Outcome, ReplyProblem, RetryConfig};

use super::fate::{REQUEST_ID, failure, good, in_time, lost, places, success, unusable};
use crate::support::{
    CopyThing, Server, ShowThing, Step, Thing, client_of, reply, retrying_client_of,
};

/// A head and the beginning of a body.
fn torn(headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nx-request-id: {REQUEST_ID}\r\n{headers}\r\n{body}").into_bytes()
}

/// A client that holds an idle connection.
async fn pooling(server: &Server) -> Client {
    let client = retrying_client_of(server);
    success(&client, ShowThing::new("t0")).await;
    // The library takes a connection back in a task of its own, which is due by now.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(places(server), [0]);
    client
}

#[tokio::test]
async fn t08_reset_after_the_request_is_written() {
    for error in lost().meets(Step::Reset(Vec::new())).await {
        assert!(
            error
                .to_string()
                .contains("the connection failed before a reply: "),
            "{error}"
        );
    }
}

#[tokio::test]
async fn t08_reset_before_the_request_is_read() {
    // The client cannot know that nobody has read it.
    for step in [Step::ResetBeforeReading, Step::CloseBeforeReading] {
        let server = Server::always(step.clone());
        lost().check_read(&failure(&retrying_client_of(&server), ShowThing::new("t1")).await);
        assert_eq!((server.connections(), server.requests().len()), (3, 0));
        let server = Server::always(step.clone());
        lost().check_write(&failure(&retrying_client_of(&server), CopyThing::new("t1", "n")).await);
        assert_eq!((server.connections(), server.requests().len()), (1, 0));

        let server = Server::start([step.clone(), step, good("t2")]);
        let read = success(&retrying_client_of(&server), ShowThing::new("t1")).await;
        assert_eq!(read.id, "t2");
        assert_eq!((server.connections(), server.requests().len()), (3, 1));
    }
}

#[tokio::test]
async fn t09_idle_connection_that_is_dead_before_the_request_is_written() {
    // After one turn of the runtime the end of the connection is known, and this task goes on
    // before the one that looks after the connection: the request is handed to that, which has not
    // begun to write it when it finds the end. The HTTP library then takes another connection by
    // itself. After many turns the pool has heard of the end already.
    for turns in [1, 20] {
        is_sent_once(turns, ShowThing::new("t1")).await;
        is_sent_once(turns, CopyThing::new("t1", "n")).await;
    }
}

async fn is_sent_once<O: Operation<Output = Thing>>(turns: usize, input: O) {
    let server = Server::per_connection([vec![good("t1")], vec![good("t2")]]);
    let client = pooling(&server).await;
    hang_up(&server);
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
    // No attempt of ours is needed for that.
    let call = client.call().with_retry(RetryConfig::none());
    assert_eq!(in_time(call.send(input)).await.unwrap().id, "t2");
    assert_eq!(places(&server), [0, 1]);
}

/// Ends the idle connection while this thread, and with it the runtime of the client, stands still.
fn hang_up(server: &Server) {
    server.hang_up();
    server.wait(|log| log.closed == 1);
}

#[tokio::test]
async fn t10_idle_connection_that_is_closed_after_the_request_is_written() {
    for step in [Step::SendAndClose(Vec::new()), Step::Reset(Vec::new())] {
        let start = || Server::per_connection([vec![good("t1"), step.clone()], vec![good("t2")]]);
        let server = start();
        let client = pooling(&server).await;
        lost().check_write(&failure(&client, CopyThing::new("t1", "n")).await);
        assert_eq!(places(&server), [0, 0]);

        let server = start();
        let reply = repeated_once(&pooling(&server).await).await;
        assert_eq!((reply.id.as_str(), places(&server)), ("t2", vec![0, 0, 1]));
    }
}

#[tokio::test]
async fn t10_request_is_written_to_a_connection_that_was_closed_unnoticed() {
    let start = || Server::per_connection([vec![good("t1")], vec![good("t2")]]);
    let server = start();
    let client = pooling(&server).await;
    hang_up(&server);
    lost().check_write(&failure(&client, CopyThing::new("t1", "n")).await);
    assert_eq!(places(&server), [0]);

    let server = start();
    let client = pooling(&server).await;
    hang_up(&server);
    let reply = repeated_once(&client).await;
    assert_eq!((reply.id.as_str(), places(&server)), ("t2", vec![0, 1]));
}

/// What a read brings at its second attempt.
async fn repeated_once(client: &Client) -> Thing {
    let sent = client.call().send_with_response(ShowThing::new("t1"));
    let response = in_time(sent).await.unwrap();
    assert_eq!(response.attempts(), 2);
    response.into_inner()
}

#[tokio::test]
async fn t11_connection_that_ends_in_the_head() {
    for head in [
        "H",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nx-a: b\r\nx-",
    ] {
        lost().meets(Step::Reset(head.into())).await;
        lost().meets(Step::SendAndClose(head.into())).await;
    }
    lost().meets(Step::SendAndClose(Vec::new())).await;
}

#[tokio::test]
async fn t12_reset_in_the_body() {
    let fate = unusable(ReplyProblem::Truncated, 3);
    let length = "content-length: 99\r\n";
    let chunked = "transfer-encoding: chunked\r\n";
    for bytes in [
        torn(length, r#"{"id":"#),
        torn(length, ""),
        torn(chunked, "6\r\n{\"id\":\r\n"),
        // Without a length a reset is the only thing that tells.
        torn("", r#"{"id":"t1"}"#),
    ] {
        for error in fate.meets(Step::Reset(bytes)).await {
            let text = error.to_string();
            assert!(
                text.contains("the reply was cut off (status 200): "),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn t13_body_shorter_than_its_length() {
    let fate = unusable(ReplyProblem::Truncated, 3);
    // What came may well be JSON.
    for (length, body) in [(99, r#"{"id":"#), (12, r#"{"id":"t1"}"#), (1, "")] {
        let bytes = torn(&format!("content-length: {length}\r\n"), body);
        fate.meets(Step::SendAndClose(bytes)).await;
    }
}

#[tokio::test]
async fn t14_chunks_that_are_wrong_or_do_not_end() {
    let fate = unusable(ReplyProblem::Truncated, 3);
    let whole = "b\r\n{\"id\":\"t1\"}\r\n";
    for chunks in [
        // The end of the body is missing, in whole or in part.
        whole.to_owned(),
        format!("{whole}0\r\n"),
        "ff\r\n{\"id\":\"t1\"}".to_owned(),
        // No numbers, or none that a size can be.
        format!("{whole}zz\r\n"),
        "-1\r\n{\r\n0\r\n\r\n".to_owned(),
        "10000000000000000\r\n{".to_owned(),
        // Longer than it says.
        "5\r\n{\"id\":\"t1\"}\r\n0\r\n\r\n".to_owned(),
    ] {
        let bytes = torn("transfer-encoding: chunked\r\n", &chunks);
        fate.meets(Step::SendAndClose(bytes)).await;
    }
}

#[tokio::test]
async fn t15_json_cut_off_where_only_the_end_of_the_connection_ends_it() {
    let fate = unusable(ReplyProblem::Decode, 3);
    for body in ["{", r#"{"id":"t"#, r#"{"id":"t1""#, "[1,", "\""] {
        for error in fate
            .meets(Step::SendAndClose(torn("connection: close\r\n", body)))
            .await
        {
            assert!(
                error
                    .to_string()
                    .contains("the JSON of the reply stops short"),
                "{error}"
            );
            assert_eq!(error.raw_body(), Some(body.as_bytes()));
        }
    }
    // With a length it is what the server meant to send: the same will come again.
    let server = Server::always(Step::Send(torn("content-length: 1\r\n", "{")));
    let read = failure(&retrying_client_of(&server), ShowThing::new("t1")).await;
    unusable(ReplyProblem::Decode, 1).check_read(&read);
    assert_eq!(places(&server), [0]);
    // Nothing is wrong with a reply just because nothing says how long it is.
    let server = Server::always(Step::SendAndClose(torn("", r#"{"id":"t1"}"#)));
    let write = success(&client_of(&server), CopyThing::new("t1", "n")).await;
    assert_eq!(write.id, "t1");
}

#[tokio::test]
async fn t29_server_of_another_protocol() {
    for greeting in [
        &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
        b"220 mail.example.com ESMTP\r\n",
        b"-ERR unknown command\r\n",
        // A TLS alert, and a protocol that looks similar.
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"RTSP/1.0 200 OK\r\n\r\n",
        b"<html></html>\r\n\r\n",
        b"HTTP/1.1 xyz OK\r\n\r\n",
    ] {
        for step in [Step::SendAndClose, Step::SendAndHold] {
            for error in lost().permanent().meets(step(greeting.to_vec())).await {
                assert!(
                    error.to_string().contains("what came is no HTTP reply: "),
                    "{error}"
                );
            }
        }
    }
}

#[tokio::test]
async fn t33_connection_that_hangs_after_a_refusal() {
    // The refusal is whole, and the connection looks as if it could be used again.
    let hangs = |status| {
        let refusal = Step::Send(reply(status, &[("X-Request-Id", REQUEST_ID)], "{}"));
        let first = vec![refusal, Step::SendAndHold(Vec::new())];
        Server::per_connection([first, vec![good("t2")]])
    };
    let server = hangs(503);
    let reply = repeated_once(&retrying_client_of(&server)).await;
    assert_eq!((reply.id.as_str(), places(&server)), ("t2", vec![0, 1]));
    // The fate of a write is unknown after 503, but not after 429.
    let server = hangs(503);
    let error = failure(&retrying_client_of(&server), CopyThing::new("t1", "n")).await;
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Unknown)
    );
    assert_eq!(
        (error.request_id(), places(&server)),
        (Some(REQUEST_ID), vec![0])
    );
    let server = hangs(429);
    let written = success(&retrying_client_of(&server), CopyThing::new("t1", "n")).await;
    assert_eq!((written.id.as_str(), places(&server)), ("t2", vec![0, 1]));
}
