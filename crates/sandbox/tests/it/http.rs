//! Hostile input: each gets a clear 4xx or a closed connection, and others are served meanwhile.

use std::time::Duration;

use cloudbackup_sandbox::Sandbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::support::{Ended, Reply, call, connect, exchange, read_reply, request};

const MIB: usize = 1024 * 1024;

/// What the tests need to know of a service: a call that takes an object, and one that reads.
struct Known {
    service: &'static str,
    endpoint: String,
    writes: (&'static str, String),
    reads: String,
    token: String,
}

fn known(sandbox: &Sandbox) -> [Known; 5] {
    let project = sandbox.project_id("eu-de").unwrap();
    let there = sandbox.inventory();
    let copy = format!("/v3/{project}/backups/{}/replicate", there.cbr_backup);
    let list = format!("/v3/{project}/backups");
    let of_rds = format!("{list}?instance_id={}", there.rds_instance);
    let policies = format!("/v2/{project}/backuppolicy");
    [
        ("cbr", copy, list.clone()),
        ("gaussdb-mysql", format!("{list}/create"), list.clone()),
        (
            "gaussdb-opengauss",
            list.clone(),
            list.replace("v3", "v3.2"),
        ),
        ("rds", list, of_rds),
        ("vbs", policies.clone(), policies),
    ]
    .map(|(service, writes, reads)| Known {
        service,
        endpoint: sandbox.endpoint(service).unwrap(),
        writes: ("POST", writes),
        reads,
        token: sandbox.token("eu-de").unwrap().expose().to_owned(),
    })
}

impl Known {
    async fn call(&self, method: &str, target: &str, body: &str) -> Reply {
        let headers = [("X-Auth-Token", self.token.as_str())];
        call(&self.endpoint, method, target, &headers, body).await
    }

    async fn write(&self, body: &str) -> Reply {
        self.call(self.writes.0, &self.writes.1, body).await
    }

    async fn assert_serves(&self) {
        let reply = self.call("GET", &self.reads, "").await;
        assert_eq!(reply.status, 200, "{}: {reply:?}", self.service);
    }

    /// The status, and what a refusal says in the shape of the service.
    fn assert_refused(&self, reply: &Reply, status: u16) -> String {
        let service = self.service;
        assert_eq!(reply.status, status, "{service}: {reply:?}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("x-request-id").map(str::len), Some(32));
        assert!(reply.header("date").is_some(), "{reply:?}");
        let body = reply.json();
        let (code, message) = match service {
            "vbs" => (&body["error"]["code"], &body["error"]["message"]),
            _ => (&body["error_code"], &body["error_msg"]),
        };
        let [code, message] = [code, message].map(|it| it.as_str().unwrap_or_default());
        assert!(!code.is_empty(), "{service}: {body}");
        assert!(!message.is_empty(), "{service}: {body}");
        message.to_owned()
    }
}

async fn assert_all_serve(sandbox: &Sandbox) {
    for known in known(sandbox) {
        known.assert_serves().await;
    }
}

/// Reads until the connection ends, in whatever way.
async fn read_to_end(stream: &mut TcpStream) {
    let mut rest = [0; 1024];
    while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_refused_in_the_shape_of_each_service() {
    let sandbox = Sandbox::start().await.unwrap();
    let deep_list = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let deep_object = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    let deep_member = format!(r#"{{"name": {deep_list}}}"#);
    for known in known(&sandbox) {
        for body in [
            "",
            " ",
            "{",
            "nonsense",
            r#"{"name": }"#,
            r#"{"name": "a"} {"name": "b"}"#,
            r#"{"name": "\ud800"}"#,
            "[]",
            "[{}]",
            "7",
            r#""{}""#,
            "true",
            "null",
            &deep_list,
            &deep_object,
            &deep_member,
        ] {
            let reply = known.write(body).await;
            let message = known.assert_refused(&reply, 400);
            assert!(message.contains("/body: "), "{message}");
        }
        known.assert_serves().await;
    }
}

#[tokio::test]
async fn bodies_that_are_no_text_are_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    for known in known(&sandbox) {
        let (method, target) = &known.writes;
        let headers = [("X-Auth-Token", known.token.as_str())];
        let mut bytes = request(method, target, &headers, "{\"name\": \"??\"}");
        for byte in bytes.iter_mut().rev().filter(|byte| **byte == b'?').take(2) {
            *byte = 0xff;
        }
        let reply = exchange(&known.endpoint, &bytes).await.unwrap();
        known.assert_refused(&reply, 400);
    }
}

#[tokio::test]
async fn announced_bodies_over_a_mebibyte_are_refused_before_they_are_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    for length in [MIB + 1, 1 << 40, usize::MAX >> 1] {
        let mut stream = connect(&sandbox.endpoint("rds").unwrap()).await;
        let head = format!(
            "POST /v3/p/backups HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let reply = read_reply(&mut stream).await.unwrap();
        assert_eq!(reply.status, 413, "{reply:?}");
        assert_eq!(reply.header("connection"), Some("close"));
        assert!(!reply.json()["error_msg"].as_str().unwrap().is_empty());
        read_to_end(&mut stream).await;
    }
    assert_all_serve(&sandbox).await;
}

#[tokio::test]
async fn bodies_of_a_mebibyte_are_read_and_those_one_byte_longer_are_not() {
    let sandbox = Sandbox::start().await.unwrap();
    let [.., vbs] = known(&sandbox);
    let (method, target) = &vbs.writes;
    let token = format!("X-Auth-Token: {}", vbs.token);
    let start = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{token}\r\n");
    for (length, status) in [(MIB, 400), (MIB + 1, 413)] {
        let body = "x".repeat(length);
        for bytes in [
            format!("{start}Content-Length: {length}\r\n\r\n{body}"),
            format!("{start}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"),
        ] {
            // What is left unread makes a reset likely, which may overtake the answer.
            match exchange(&vbs.endpoint, bytes.as_bytes()).await {
                Ok(reply) => assert_eq!(reply.status, status, "{reply:?}"),
                Err(ended) => assert!(status == 413 && ended.bytes.is_empty(), "{ended:?}"),
            }
        }
    }
    vbs.assert_serves().await;
}

#[tokio::test]
async fn uploads_without_end_are_cut_off() {
    let sandbox = Sandbox::start().await.unwrap();
    let [cbr, ..] = known(&sandbox);
    let (method, target) = &cbr.writes;
    let mut stream = connect(&cbr.endpoint).await;
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let mut taken = 0;
    while taken < 1024 * MIB && stream.write_all(chunk.as_bytes()).await.is_ok() {
        taken += chunk.len();
    }
    // Beside the body there is room in the buffers of the two sockets.
    assert!(taken < 100 * MIB, "{taken}");
    read_to_end(&mut stream).await;
    cbr.assert_serves().await;
}

#[tokio::test]
async fn unknown_paths_are_404_and_known_ones_with_another_method_405() {
    let sandbox = Sandbox::start().await.unwrap();
    for known in known(&sandbox) {
        for target in [
            "/",
            "//",
            "/v3",
            "/v9/p/backups",
            "/v3//backups",
            "/v3/p/backups/",
            "/v3/p/backups/../backups",
            "/v3/p/Backups",
            "/v2/p/backuppolicy/",
            "/v3/%2F/backups%2F",
            "/.%2e/etc/passwd",
            "/?a=b",
        ] {
            let reply = known.call("GET", target, "").await;
            known.assert_refused(&reply, 404);
        }
        for method in ["PATCH", "OPTIONS", "TRACE", "BREW"] {
            let reply = known.call(method, &known.reads, "").await;
            known.assert_refused(&reply, 405);
        }
        known.assert_serves().await;
    }
}

#[tokio::test]
async fn targets_in_other_forms_are_understood_or_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    for known in known(&sandbox) {
        let reply = known.call("OPTIONS", "*", "").await;
        known.assert_refused(&reply, 404);
        let reply = known.call("CONNECT", "example.org:443", "").await;
        known.assert_refused(&reply, 404);
        let absolute = format!("{}{}", known.endpoint, known.reads);
        assert_eq!(known.call("GET", &absolute, "").await.status, 200);
        let elsewhere = format!("http://example.org{}", known.reads);
        assert_eq!(known.call("GET", &elsewhere, "").await.status, 200);
    }
}

#[tokio::test]
async fn odd_escapes_in_paths_and_queries_reach_nothing_else() {
    let sandbox = Sandbox::start().await.unwrap();
    let [cbr, ..] = known(&sandbox);
    let list = &cbr.reads;
    for (target, status) in [
        ("/v3/%FF/backups".to_owned(), 400),
        ("/v3/%/backups".to_owned(), 403),
        ("/v3/%zz/backups".to_owned(), 403),
        ("/v3/%00/backups".to_owned(), 403),
        ("/v3/../backups".to_owned(), 403),
        (format!("{list}/%FF"), 400),
        (format!("{list}/%C0%AF"), 400),
        (format!("{list}/%00"), 404),
        (format!("{list}/.."), 404),
        (format!("{list}/%2e%2e"), 404),
        (format!("{list}/..%2Fbackups"), 404),
        (format!("{list}/{}%2F", sandbox.inventory().cbr_backup), 404),
        (format!("{list}/{}%00", sandbox.inventory().cbr_backup), 404),
        (format!("{list}?limit=%FF"), 400),
        (format!("{list}?%FF=1"), 400),
        (format!("{list}?limit=%00"), 400),
    ] {
        let reply = cbr.call("GET", &target, "").await;
        cbr.assert_refused(&reply, status);
    }
    for query in ["?", "?&&", "?=", "?a&b=&=c", "?a=%"] {
        let reply = cbr.call("GET", &format!("{list}{query}"), "").await;
        assert_eq!(reply.status, 200, "{query}: {reply:?}");
    }
}

#[tokio::test]
async fn long_heads_are_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let [cbr, ..] = known(&sandbox);
    let reply = cbr
        .call("GET", &format!("/{}", "p".repeat(20_000)), "")
        .await;
    cbr.assert_refused(&reply, 404);
    let id = format!("{}/{}", cbr.reads, "p".repeat(20_000));
    cbr.assert_refused(&cbr.call("GET", &id, "").await, 404);

    // But for its length, each would be answered with 200.
    let long = "l".repeat(100 * 1024);
    let query = |length| format!("{}?x={}", cbr.reads, &long[..length]);
    let get = |target: &str, more: &[(&str, &str)]| {
        let headers = [&[("X-Auth-Token", cbr.token.as_str())], more].concat();
        request("GET", target, &headers, "")
    };
    let many = [("X-Many", "1"); 200];
    for (what, bytes) in [
        ("target of 60 KB", get(&query(60_000), &[])),
        ("target of 100 KB", get(&query(100_000), &[])),
        ("200 headers", get(&cbr.reads, &many)),
        ("header of 100 KB", get(&cbr.reads, &[("X-Long", &long)])),
        ("name of 100 KB", get(&cbr.reads, &[(&long, "")])),
        ("method of 100 KB", request(&long, &cbr.reads, &[], "")),
    ] {
        // What is left unread makes a reset likely, which may overtake the answer.
        match exchange(&cbr.endpoint, &bytes).await {
            Ok(reply) => assert_eq!(reply.status, 431, "{what}: {reply:?}"),
            Err(ended) => assert!(ended.bytes.is_empty(), "{what}: {ended:?}"),
        }
        cbr.assert_serves().await;
    }
    for bytes in [get(&query(20_000), &[]), get(&cbr.reads, &many[..90])] {
        let reply = exchange(&cbr.endpoint, &bytes).await.unwrap();
        assert_eq!(reply.status, 200, "{reply:?}");
    }
}

#[tokio::test]
async fn what_is_no_proper_request_is_refused_and_its_connection_closed() {
    let sandbox = Sandbox::start().await.unwrap();
    let [cbr, ..] = known(&sandbox);
    let body = "POST /v3/p/backups HTTP/1.1\r\nHost: a\r\n";
    for text in [
        // HTTP/0.9, and the start of a TLS connection.
        "GET /\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\x7c\x03\x03aaaaaaaaaaaaaaaa\r\n\r\n",
        "GET / HTTP/3.7\r\nHost: a\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n",
        // Where a body ends must be beyond doubt.
        &format!("{body}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{{}}"),
        &format!("{body}Content-Length: 1, 2\r\n\r\n{{}}"),
        &format!("{body}Content-Length: -1\r\n\r\n{{}}"),
        &format!("{body}Content-Length: +2\r\n\r\n{{}}"),
        &format!("{body}Content-Length: two\r\n\r\n{{}}"),
        &format!("{body}Content-Length: 99999999999999999999999\r\n\r\n{{}}"),
        &format!("{body}Transfer-Encoding: gzip\r\n\r\n{{}}"),
        &format!("{body}Transfer-Encoding: chunked, gzip\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"),
        &format!("{body}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n"),
        &format!("{body}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{{}}\r\n"),
        &format!("{body}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}XX0\r\n\r\n"),
    ] {
        let mut stream = connect(&cbr.endpoint).await;
        stream.write_all(text.as_bytes()).await.unwrap();
        let reply = read_reply(&mut stream).await.unwrap();
        assert_eq!(reply.status, 400, "{text}");
        // What follows on such a connection could be anything.
        read_to_end(&mut stream).await;
        cbr.assert_serves().await;
    }
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let ended = exchange(&cbr.endpoint, preface).await.unwrap_err();
    assert!(ended.bytes.is_empty(), "HTTP/1.1 is no answer to this");
    cbr.assert_serves().await;
}

#[tokio::test]
async fn requests_of_http_1_1_name_their_host_once() {
    let sandbox = Sandbox::start().await.unwrap();
    for known in known(&sandbox) {
        let (endpoint, path) = (&known.endpoint, &known.reads);
        let token = format!("X-Auth-Token: {}\r\n", known.token);
        for (version, target, hosts, status) in [
            ("1.1", path.clone(), "Host: a\r\n", 200),
            ("1.1", path.clone(), "", 400),
            ("1.1", path.clone(), "Host: a\r\nHost: a\r\n", 400),
            ("1.1", format!("{endpoint}{path}"), "", 400),
            ("1.0", path.clone(), "", 200),
        ] {
            let text = format!("GET {target} HTTP/{version}\r\n{hosts}{token}\r\n");
            let reply = exchange(endpoint, text.as_bytes()).await.unwrap();
            assert_eq!(reply.status, status, "{text}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn requests_are_read_byte_by_byte_and_several_from_one_piece() {
    let sandbox = Sandbox::start().await.unwrap();
    let [.., vbs] = known(&sandbox);
    let headers = [("X-Auth-Token", vbs.token.as_str())];
    let (method, target) = &vbs.writes;
    let body = r#"{"backup_policy_name": "slow", "scheduled_policy": {"start_time": "12:00",
        "frequency": 1, "rentention_num": 2, "remain_first_backup_of_curMonth": "N",
        "status": "ON"}}"#;
    let create = request(method, target, &headers, body);
    let list = request("GET", target, &headers, "");
    let mut stream = connect(&vbs.endpoint).await;
    stream.set_nodelay(true).unwrap();
    for byte in &create {
        stream.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let reply = read_reply(&mut stream).await.unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");

    let both = [create, list].concat();
    stream.write_all(&both).await.unwrap();
    // The second answer may come in one piece with the first, which a reader of one would lose.
    let mut text = Vec::new();
    let mut part = [0; 4096];
    while String::from_utf8_lossy(&text).matches("\"slow\"").count() < 2 {
        let count = stream.read(&mut part).await.unwrap();
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&part[..count]);
    }
    assert_eq!(
        String::from_utf8_lossy(&text)
            .matches("HTTP/1.1 200")
            .count(),
        2
    );
}

/// Sends a piece each second until the connection ends; tells after how many, and what came.
async fn drip(stream: &mut TcpStream, pieces: &str) -> (usize, Result<Reply, Ended>) {
    let (mut received, mut sent) = (Vec::new(), 0);
    let mut part = [0; 1024];
    loop {
        tokio::select! {
            read = stream.read(&mut part) => match read {
                Ok(count) if count > 0 => received.extend_from_slice(&part[..count]),
                _ => break,
            },
            () = sleep(Duration::from_secs(1)) => {
                assert!(sent < 100, "it is still waited for");
                let _ = stream.write_all(&pieces.as_bytes()[sent..=sent]).await;
                sent += 1;
            }
        }
    }
    let answer = crate::support::whole(&received);
    (
        sent,
        answer.ok_or(Ended {
            bytes: received,
            error: None,
        }),
    )
}

/// The clock of this test stands still, and jumps to the next timer when nothing else is to be done.
#[tokio::test(start_paused = true)]
async fn those_who_send_slowly_are_not_waited_for() {
    let sandbox = Sandbox::start().await.unwrap();
    let endpoint = sandbox.endpoint("rds").unwrap();
    let start = "POST /v3/p/backups HTTP/1.1\r\nHost: a\r\n";
    let body = format!("{start}Content-Length: 1000\r\n\r\n");
    let chunks = format!("{start}Transfer-Encoding: chunked\r\n\r\n");
    let filler = "x".repeat(200);
    for (head, pieces, status) in [
        ("", filler.clone(), None),
        (start, filler.clone(), None),
        (&body, filler.clone(), Some(408)),
        (&chunks, "1\r\nx\r\n".repeat(40), Some(408)),
    ] {
        // Those who say nothing more are left at the same time as those who drip.
        let mut silent = connect(&endpoint).await;
        let mut dripping = connect(&endpoint).await;
        for stream in [&mut silent, &mut dripping] {
            stream.write_all(head.as_bytes()).await.unwrap();
        }
        let (sent, answer) = drip(&mut dripping, &pieces).await;
        assert!(sent <= 20, "{head}: {sent}");
        let found = answer.as_ref().ok().map(|reply| reply.status);
        assert_eq!(found, status, "{head}: {answer:?}");
        let found = read_reply(&mut silent).await.ok().map(|reply| reply.status);
        assert_eq!(found, status, "{head}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_connection_is_kept_for_ever() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut stream = connect(&sandbox.control_endpoint()).await;
    let overview = request("GET", "/", &[], "");
    let started = Instant::now();
    let mut served = 0;
    while stream.write_all(&overview).await.is_ok() {
        let Ok(reply) = read_reply(&mut stream).await else {
            break;
        };
        assert_eq!(reply.status, 200);
        served += 1;
        assert!(served < 1000, "it is still being served");
        sleep(Duration::from_secs(10)).await;
    }
    assert!(served > 30, "{served} in {:?}", started.elapsed());
}
