//! Rows T20 to T24: replies that are too large, or packed in a way that cannot be unpacked.

use cloudbackup_runtime::{Error, ReplyProblem};

use super::fate::{Fate, REQUEST_ID, failure, lost, places, unusable};
#[cfg(feature = "gzip")]
use crate::support::bomb::gzip_bomb;
use crate::support::child::{Child, entered, test_name};
use crate::support::memory::Growth;
use crate::support::step::Flood;
use crate::support::{
    CopyThing, DeleteThing, Server, ShowThing, Step, builder_of, client_of, json_reply, reply,
    retrying_client_of,
};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// The size of the floods, in MiB.
const GIB: usize = 1024;
/// What a client accepts unless it is told otherwise.
const CAP: u64 = 16 * MIB;
/// What a process may grow beyond the bodies that it holds: the HTTP library reads into buffers of
/// 400 KiB, two at a time, and the system counts roughly.
const SLACK: u64 = 4 * MIB;
/// What the sockets of both sides may hold of a flood beyond what was read.
const SOCKETS: u64 = 4 * MIB;

/// The flood with a request id in its head.
fn identified(flood: Flood) -> Flood {
    let end = flood.head.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let (status, rest) = flood.head.split_at(end);
    let id = format!("x-request-id: {REQUEST_ID}\r\n");
    Flood {
        head: [status, id.as_bytes(), rest].concat(),
        ..flood
    }
}

/// Refused, and not asked for again: the next reply would be as large.
fn too_large() -> Fate {
    unusable(ReplyProblem::TooLarge, 1)
}

/// How many bytes the server could send to a read and to a write before they gave up.
async fn flooded(flood: Flood) -> u64 {
    let server = Server::always(Step::Flood(identified(flood)));
    let client = retrying_client_of(&server);
    too_large().check_read(&failure(&client, ShowThing::new("t1")).await);
    too_large().check_write(&failure(&client, CopyThing::new("t1", "n")).await);
    // Both connections are given up while the client lives.
    let log = server.until(|log| log.closed == 2).await;
    assert_eq!(places(&server), [0, 1]);
    log.flooded
}

#[tokio::test]
async fn t20_length_beyond_the_cap() {
    let flooded = flooded(Flood::with_length(200, GIB)).await;
    // Nothing was read: what was sent lies in the buffers of the sockets.
    assert!(flooded < 2 * SOCKETS, "{flooded}");
    // Nor is anything waited for.
    let head = identified(Flood::with_length(200, GIB)).head;
    for error in too_large().meets(Step::SendAndHold(head)).await {
        assert!(
            error
                .to_string()
                .contains("larger than 16777216 bytes (status 200)"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn t21_chunks_beyond_the_cap() {
    let flooded = flooded(Flood::chunked(GIB)).await;
    assert!(flooded < 2 * (CAP + SOCKETS), "{flooded}");
}

#[tokio::test]
async fn t21_cap_that_was_set_is_exact() {
    let body = r#"{"id":"t1"}"#;
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nx-request-id: {REQUEST_ID}\r\ntransfer-encoding: chunked\r\n\r\n\
         6\r\n{}\r\n5\r\n{}\r\n0\r\n\r\n",
        &body[..6],
        &body[6..]
    );
    for step in [json_reply(200, body), Step::Send(chunked.into_bytes())] {
        let server = Server::always(step);
        let build = |cap| builder_of(&server).max_reply_bytes(cap).build().unwrap().0;
        let thing = build(body.len()).call().send(ShowThing::new("t1")).await;
        assert_eq!(thing.unwrap().id, "t1");
        let error = failure(&build(body.len() - 1), ShowThing::new("t1")).await;
        assert_eq!(error.reply_problem(), Some(ReplyProblem::TooLarge));
        assert!(
            error.to_string().contains("larger than 10 bytes"),
            "{error}"
        );
    }
}

#[test]
fn t21_memory_is_bounded() {
    Child::of(test_name!(t21_in_child)).pass();
}

#[tokio::test]
async fn t21_in_child() {
    if entered(&test_name!(t21_in_child)) {
        grows_by_at_most(SLACK, Flood::with_length(200, GIB)).await;
        grows_by_at_most(2 * CAP + SLACK, Flood::chunked(GIB)).await;
    }
}

/// Replies like this, one after the other, never make the process larger than that. A body whose
/// length is not known grows in steps, and the allocator may keep the smaller ones beside it: all of
/// them together are as large as the last.
async fn grows_by_at_most(most: u64, flood: Flood) {
    let server = Server::always(Step::Flood(identified(flood)));
    // Code that runs for the first time counts as well, so that it has run before.
    let client = builder_of(&server)
        .max_reply_bytes(256 * 1024)
        .build()
        .unwrap()
        .0;
    too_large().check_read(&failure(&client, ShowThing::new("t1")).await);
    let Some(growth) = Growth::start() else {
        return;
    };
    let client = client_of(&server);
    for _ in 0..3 {
        too_large().check_read(&failure(&client, ShowThing::new("t1")).await);
    }
    let peak = growth.peak();
    assert!(
        peak <= most,
        "{} KiB more than {most}",
        (peak - most) / 1024
    );
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn t22_gzip_bomb() {
    let flooded = flooded(gzip_bomb(GIB)).await;
    // Of the whole bomb, which is not much larger.
    assert!(flooded < SOCKETS, "{flooded}");
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn t22_unpacked_size_counts() {
    // An empty object with 1 MiB of blanks in it, in about a kilobyte.
    let body = include_bytes!("../../data/spaces.json.gz");
    let whole = 2 + (1 << 20);
    let server = Server::always(Step::Send(reply(200, &PACKED, body)));
    let build = |cap| builder_of(&server).max_reply_bytes(cap).build().unwrap().0;
    build(whole).call().send(DeleteThing).await.unwrap();
    for cap in [whole - 1, 64 * 1024, body.len()] {
        let error = failure(&build(cap), DeleteThing).await;
        assert_eq!(error.reply_problem(), Some(ReplyProblem::TooLarge));
    }
}

#[cfg(feature = "gzip")]
#[test]
fn t22_memory_is_bounded() {
    Child::of(test_name!(t22_in_child)).pass();
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn t22_in_child() {
    if entered(&test_name!(t22_in_child)) {
        grows_by_at_most(2 * CAP + SLACK, gzip_bomb(GIB)).await;
    }
}

const PACKED: [(&str, &str); 2] = [("Content-Encoding", "gzip"), ("X-Request-Id", REQUEST_ID)];

/// The error of a read and of a write that get this reply once.
async fn packed_wrongly(headers: &[(&str, &str)], body: &[u8]) -> [Error; 2] {
    let server = Server::always(Step::Send(reply(200, headers, body)));
    let fate = unusable(ReplyProblem::Encoding, 1);
    let read = failure(&retrying_client_of(&server), ShowThing::new("t1")).await;
    fate.check_read(&read);
    let write = failure(&retrying_client_of(&server), CopyThing::new("t1", "n")).await;
    fate.check_write(&write);
    assert_eq!(places(&server), [0, 1]);
    [read, write]
}

#[tokio::test]
async fn t23_body_that_is_not_packed_as_its_head_says() {
    for body in [
        &br#"{"id":"t1"}"#[..],
        b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b",
    ] {
        packed_wrongly(&PACKED, body).await;
    }
    // What nobody asked for is refused by its name, whether it is packed like that or not.
    let headers = [("Content-Encoding", "br"), PACKED[1]];
    for error in packed_wrongly(&headers, b"\x01\x02").await {
        assert!(error.to_string().contains("packed as br"), "{error}");
    }
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn t23_damaged_gzip() {
    let good = include_bytes!("../../data/thing.json.gz");
    let (middle, checksum) = (good.len() / 2, good.len() - 8);
    for place in [0, 2, middle, checksum] {
        let mut body = good.to_vec();
        body[place] ^= 0xff;
        for error in packed_wrongly(&PACKED, &body).await {
            let says = "the reply cannot be unpacked (status 200): ";
            assert!(error.to_string().contains(says), "{place}: {error}");
        }
    }
    // Cut off, it is like any other reply that is.
    for bytes in [&good[..middle], &good[..checksum]] {
        let step = Step::SendAndClose(reply(200, &PACKED, bytes));
        unusable(ReplyProblem::Truncated, 3).meets(step).await;
    }
}

#[tokio::test]
async fn t24_head_with_too_many_headers_or_too_large() {
    let headers = |count| {
        (0..count)
            .map(|n| format!("x-{n}: y\r\n"))
            .collect::<String>()
    };
    let long = "y".repeat(500 * 1024);
    for headers in [headers(101), headers(500), format!("x-long: {long}\r\n")] {
        let head = format!("HTTP/1.1 200 OK\r\n{headers}");
        for end in ["content-length: 11\r\n\r\n{\"id\":\"t1\"}", ""] {
            // Its status is lost with it, so that nothing is known of the fate of the request.
            let step = Step::SendAndHold(format!("{head}{end}").into_bytes());
            for error in lost().permanent().meets(step).await {
                let says = "what came is no HTTP reply: message head is too large";
                assert!(error.to_string().contains(says), "{error}");
                assert!(error.to_string().len() < 200);
            }
        }
    }
}

#[tokio::test]
async fn t24_head_that_is_just_large() {
    let headers = |count| {
        (0..count)
            .map(|n| format!("x-{n}: y\r\n"))
            .collect::<String>()
    };
    // Tokens of the identity service come in a header.
    let token = format!("x-subject-token: {}\r\n", "x".repeat(16 * 1024));
    for headers in [headers(99), token] {
        let head =
            format!("HTTP/1.1 200 OK\r\n{headers}content-length: 11\r\n\r\n{{\"id\":\"t1\"}}");
        let server = Server::always(Step::Send(head.into_bytes()));
        let call = client_of(&server).call();
        assert_eq!(call.send(ShowThing::new("t1")).await.unwrap().id, "t1");
    }
}
