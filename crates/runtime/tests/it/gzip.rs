//! Packed replies: unpacked, and counted against the cap by their unpacked size.

use cloudbackup_runtime::{ErrorKind, Outcome, ReplyProblem};

use crate::support::{DeleteThing, Server, ShowThing, Step, TestClient, client_of, reply};

const PACKED: [(&str, &str); 1] = [("Content-Encoding", "gzip")];

#[tokio::test]
async fn packed_reply_is_asked_for_and_unpacked() {
    let body = include_bytes!("../data/thing.json.gz");
    let server = Server::always(Step::Send(reply(200, &PACKED, body)));
    assert_eq!(
        client_of(&server)
            .call()
            .send(ShowThing::new("t1"))
            .await
            .unwrap()
            .id,
        "t1"
    );
    assert!(server.request().contains("\r\naccept-encoding: gzip\r\n"));
}

#[tokio::test]
async fn unpacked_size_counts() {
    // 1 MiB of spaces in about a kilobyte.
    let body = include_bytes!("../data/spaces.json.gz");
    let server = Server::always(Step::Send(reply(200, &PACKED, body)));
    assert!(client_of(&server).call().send(DeleteThing).await.is_ok());
    let builder = TestClient::builder()
        .endpoint(server.url())
        .project_id("p")
        .token("token-1");
    let client = builder.max_reply_bytes(64 * 1024).build().unwrap();
    let error = client.0.call().send(DeleteThing).await.unwrap_err();
    assert_eq!(error.reply_problem(), Some(ReplyProblem::TooLarge));
}

#[tokio::test]
async fn body_that_is_not_packed_as_it_says_is_an_error() {
    let server = Server::always(Step::Send(reply(200, &PACKED, r#"{"id":"t1"}"#)));
    let error = client_of(&server)
        .call()
        .send(ShowThing::new("t1"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Response, Outcome::Applied)
    );
    assert_eq!(
        error.reply_problem(),
        Some(ReplyProblem::Encoding),
        "{error:?}"
    );
}
