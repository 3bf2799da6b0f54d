//! The token reaches the service it is for and nothing else: everything that prints is searched for
//! it, and the search is shown to find a planted one. Nor does an id change where a request goes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use cloudbackup::{
    ClientBuilder, Error, ErrorKind, ServiceClient, Set, cbr, gaussdb_mysql, gaussdb_opengauss,
    rds, vbs,
};

use support::{Answer, ClosedPort, PROJECT, Server, TOKEN, builder_for, json, reply};

/// So much of the token in a row is a leak.
const WINDOW: usize = 8;

/// The parts of the token that the text holds.
fn leaks(text: &str) -> Vec<&'static str> {
    let windows = (0..=TOKEN.len() - WINDOW).map(|start| &TOKEN[start..start + WINDOW]);
    windows.filter(|window| text.contains(window)).collect()
}

fn debug(value: &dyn Debug) -> String {
    format!("{value:?}\n{value:#?}\n")
}

fn display(value: &dyn Display) -> String {
    format!("{value}\n{value:#}\n")
}

/// All that an error tells, its sources and a panic over it included.
fn printed(error: Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn StdError> = Some(&error);
    while let Some(error) = cause {
        text += &(debug(&error) + &display(&error));
        cause = error.source();
    }
    text += &debug(&[error.code(), error.message(), error.request_id()]);
    text += &debug(&error.violations());
    text + &panic_over(Err::<(), _>(error))
}

/// What a program says that unwraps.
fn panic_over<T>(result: Result<T, Error>) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(result.unwrap()))).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

fn target() -> cbr::model::ReplicationTarget {
    cbr::model::ReplicationTarget::builder()
        .destination_project_id("p")
        .destination_region("eu-nl")
        .destination_vault_id("v")
        .build()
}

fn call_of(client: &cbr::Client) -> cbr::ReplicateBackup<Set> {
    client.replicate_backup("b-1").replicate(target())
}

#[test]
fn search_finds_a_planted_leak() {
    #[derive(Debug)]
    struct Leaky {
        #[allow(dead_code, reason = "read by Debug only")]
        token: &'static str,
    }
    assert!(!leaks(&debug(&Leaky { token: TOKEN })).is_empty());
    assert!(!leaks(&display(&format_args!("X-Auth-Token: {TOKEN}"))).is_empty());
    let cut = &TOKEN[3..3 + WINDOW];
    assert_eq!(leaks(&format!("{cut}…")), [cut]);
    assert!(leaks("X-Auth-Token: [redacted]").is_empty());
    let panic = catch_unwind(|| panic!("{TOKEN}")).unwrap_err();
    assert!(!leaks(&panic.downcast::<String>().unwrap()).is_empty());
}

#[test]
fn clients_and_their_builders_do_not_print_the_token() {
    fn both<C: ServiceClient + Debug + Clone>() -> String {
        let builder: ClientBuilder<C> = builder_for("http://127.0.0.1:9");
        let before = debug(&builder);
        let client = builder.build().unwrap();
        before + &debug(&client) + &debug(&client.clone())
    }
    let text = [
        both::<cbr::Client>(),
        both::<gaussdb_mysql::Client>(),
        both::<gaussdb_opengauss::Client>(),
        both::<rds::Client>(),
        both::<vbs::Client>(),
    ]
    .concat();
    assert_eq!(leaks(&text), [""; 0], "{text}");
    assert!(text.matches("[redacted]").count() >= 30, "{text}");
}

#[test]
fn calls_and_prepared_requests_do_not_print_the_token() {
    let client: cbr::Client = builder_for("http://127.0.0.1:9").build().unwrap();
    let call = call_of(&client);
    let prepared = call.clone().build().unwrap();
    let text = [
        debug(&client.replicate_backup("b-1")),
        debug(&call),
        debug(&prepared),
        display(&prepared),
        debug(&prepared.headers()),
        debug(&call.send()),
        debug(&prepared.send_with_response()),
    ]
    .concat();
    assert_eq!(leaks(&text), [""; 0], "{text}");
    assert!(text.contains("x-auth-token: [redacted]"), "{text}");
}

/// A server's answer, and the kind of error that comes of it.
fn answers_that_repeat_the_token() -> Vec<(Answer, ErrorKind)> {
    let echo = format!(
        r#"{{"error":{{"code":"{TOKEN}","message":"no {TOKEN}"}},"request_id":"{TOKEN}"}}"#
    );
    let flat = format!(r#"{{"error_code":"A.1","error_msg":"{TOKEN}"}}"#);
    let wrong = format!(r#"{{"replication":"{TOKEN}"}}"#);
    let page = format!("<html>{TOKEN}</html>");
    let location = format!("Location: https://h/{TOKEN}?x={TOKEN}\r\n");
    let cut = format!("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{TOKEN}");
    vec![
        (json(401, &echo), ErrorKind::Service),
        (json(200, &echo), ErrorKind::Service),
        (json(500, &flat), ErrorKind::Service),
        (
            reply(503, "Content-Type: text/html\r\n", &page),
            ErrorKind::Service,
        ),
        (
            json(400, &format!(r#"{{"x":["{TOKEN}"]}}"#)),
            ErrorKind::Service,
        ),
        (
            reply(400, &format!("X-Request-Id: {TOKEN}\r\n"), ""),
            ErrorKind::Service,
        ),
        (json(200, &wrong), ErrorKind::Response),
        (json(200, &page), ErrorKind::Response),
        (Answer::Bytes(cut.into_bytes()), ErrorKind::Response),
        (reply(302, &location, ""), ErrorKind::Redirect),
        (
            Answer::Bytes(TOKEN.as_bytes().to_vec()),
            ErrorKind::Transport,
        ),
        (Answer::Silence, ErrorKind::Timeout),
    ]
}

#[tokio::test]
async fn no_error_of_any_kind_holds_the_token() {
    let mut kinds = Vec::new();
    for (answer, kind) in answers_that_repeat_the_token() {
        let server = Server::start([answer.clone()]);
        let mut call = call_of(&server.client());
        if matches!(answer, Answer::Silence) {
            call = call.with_timeout(Duration::from_millis(100));
        }
        let error = call.send().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        kinds.push(kind);
        assert_eq!(server.request().header("x-auth-token"), [TOKEN]);
        let text = printed(error);
        assert_eq!(leaks(&text), [""; 0], "{text}");
    }
    for kind in [
        ErrorKind::Service,
        ErrorKind::Response,
        ErrorKind::Redirect,
        ErrorKind::Transport,
        ErrorKind::Timeout,
    ] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[tokio::test]
async fn errors_before_sending_do_not_hold_the_token() {
    let port = ClosedPort::new();
    let client: cbr::Client = builder_for(&port.url()).build().unwrap();
    let unreachable = call_of(&client).send();

    let broken_token = format!("{TOKEN}\n");
    let config = ClientBuilder::<cbr::Client>::new()
        .endpoint(format!("https://user:{TOKEN}@h"))
        .region("nowhere")
        .token(broken_token.as_str())
        .build();
    let errors = [
        (unreachable.await.unwrap_err(), ErrorKind::Connect),
        (config.unwrap_err(), ErrorKind::Config),
        (
            client
                .replicate_backup("..")
                .replicate(target())
                .build()
                .unwrap_err(),
            ErrorKind::Validation,
        ),
    ];
    for (error, kind) in errors {
        assert_eq!(error.kind(), kind, "{error}");
        let text = printed(error);
        assert_eq!(leaks(&text), [""; 0], "{text}");
    }
}

#[tokio::test]
async fn second_server_is_sent_no_token_of_the_first() {
    let second = Server::start([json(200, "{}")]);
    let location = format!("Location: {}/x\r\n", second.url());
    let first = Server::start([307, 301].map(|status| reply(status, &location, "")));
    let client: cbr::Client = first.client();
    for _ in 0..2 {
        let error = call_of(&client).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect);
    }
    assert_eq!(second.requests().len(), 0, "redirects are not followed");

    let other = builder_for::<cbr::Client>(&second.url()).token("another");
    call_of(&other.build().unwrap()).send().await.unwrap();
    let request = second.request();
    assert_eq!(request.header("x-auth-token"), ["another"]);
    assert_eq!(leaks(&request.raw), [""; 0]);
    let sent = first.requests();
    assert!(sent.len() == 2 && sent.iter().all(|request| !leaks(&request.raw).is_empty()));
}

#[tokio::test]
async fn reply_with_its_head_hides_headers_that_carry_tokens() {
    let headers = format!("X-Subject-Token: {TOKEN}\r\nSet-Cookie: a={TOKEN}\r\n");
    let server = Server::start([reply(200, &headers, "{}")]);
    let call = call_of(&server.client());
    let response = call.send_with_response().await.unwrap();
    assert_eq!(leaks(&debug(&response)), [""; 0]);
    assert_eq!(response.headers()["x-subject-token"], TOKEN);
}

#[tokio::test]
async fn ids_stay_inside_their_segment_of_the_path() {
    let server = Server::start([json(200, "{}")]);
    let client: cbr::Client = server.client();
    let call = |id: &str| client.replicate_backup(id).replicate(target());
    for (id, segment) in [
        ("../x", "..%2Fx"),
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("%2e%2e", "%252e%252e"),
        ("a?b#c", "a%3Fb%23c"),
        ("a\\b", "a%5Cb"),
        ("é", "%C3%A9"),
    ] {
        call(id).send().await.unwrap();
        let target = server.requests().pop().unwrap().target;
        assert_eq!(target, format!("/v3/{PROJECT}/backups/{segment}/replicate"));
    }
    let sent = server.requests().len();
    for id in ["..", ".", "", "a\nb", "a\r\nX-Auth-Token: x", "\0"] {
        for checks in [true, false] {
            let error = call(id).with_validation(checks).send().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Validation);
            assert_eq!(error.violations()[0].pointer, "/path/backup_id");
            assert!(!error.to_string().contains('\n'));
        }
    }
    assert_eq!(server.requests().len(), sent, "none of these is sent");
}
