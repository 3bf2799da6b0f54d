//! The bytes of requests: what is put on the wire, and what is refused before that. Values that
//! would lead a request elsewhere are in `faults`.

use std::time::Duration;

use cloudbackup_core::validate::ViolationKind;
use cloudbackup_runtime::{ErrorKind, Outcome};

use crate::support::{
    CopyThing, DeleteThing, Server, ShowThing, TOKEN, TestClient, client_of, json_reply,
};

const THING: &str = r#"{"id":"t1"}"#;

fn server() -> Server {
    Server::always(json_reply(200, THING))
}

/// The lines of a request's head, and its body.
fn parts(request: &str) -> (Vec<String>, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    (head.lines().map(String::from).collect(), body.to_owned())
}

#[tokio::test]
async fn whole_request_is_as_documented() {
    let server = server();
    let client = TestClient::builder()
        .endpoint(format!("{}/", server.url()))
        .project_id("p1")
        .token(TOKEN)
        .language("en-us")
        .user_agent("cron/1.4")
        .build()
        .unwrap();
    let input = CopyThing {
        begin_time: Some("2018-08-06T10:41:14+0800".into()),
        ids: Some(vec!["b".into(), "a c~".into()]),
        flag: Some("Y".into()),
        keep_days: Some(7),
        ..CopyThing::new("t1", "näme")
    };
    let thing = client.0.call().send(input).await.unwrap();
    assert_eq!(thing.id, "t1");

    let (mut head, body) = parts(&server.request());
    assert_eq!(
        head.remove(0),
        "POST /v3/p1/things/t1/copies?begin_time=2018-08-06T10%3A41%3A14%2B0800&id=b&id=a%20c~ HTTP/1.1"
    );
    assert_eq!(body, r#"{"name":"näme","keep_days":7}"#);
    head.retain(|line| !line.starts_with("accept-encoding"));
    head.sort();
    let version = env!("CARGO_PKG_VERSION");
    let host = server.url().replace("http://", "");
    assert_eq!(
        head,
        [
            "accept: application/json".to_owned(),
            format!("content-length: {}", body.len()),
            "content-type: application/json".to_owned(),
            format!("host: {host}"),
            format!("user-agent: cloudbackup-test/{version} cron/1.4"),
            format!("x-auth-token: {TOKEN}"),
            "x-flag: Y".to_owned(),
            "x-language: en-us".to_owned(),
        ]
    );
}

#[tokio::test]
async fn request_without_body_has_no_content_type() {
    let server = Server::always(json_reply(200, "{}"));
    client_of(&server).call().send(DeleteThing).await.unwrap();
    let (head, body) = parts(&server.request());
    assert_eq!(
        (head[0].as_str(), body.as_str()),
        ("DELETE /v3/things HTTP/1.1", "")
    );
    assert!(
        !head.iter().any(|line| line.starts_with("content-type")),
        "{head:?}"
    );
    assert!(
        !head.iter().any(|line| line.starts_with("x-language")),
        "{head:?}"
    );
}

#[tokio::test]
async fn every_violation_is_in_one_error_and_nothing_is_sent() {
    let server = server();
    let input = CopyThing {
        keep_days: Some(99),
        flag: Some("a\r\nb".into()),
        ..CopyThing::default()
    };
    let error = client_of(&server).call().send(input).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Validation, Outcome::NotSent)
    );
    let pointers: Vec<_> = error
        .violations()
        .iter()
        .map(|v| v.pointer.as_str())
        .collect();
    assert_eq!(
        pointers,
        [
            "/path/thing_id",
            "/body/name",
            "/body/keep_days",
            "/header/X-Flag"
        ]
    );
    assert_eq!(error.violations()[0].kind, ViolationKind::Required);
    let text = error.to_string();
    assert!(
        text.starts_with("test copy_thing: the request breaks 4 rules: /path/thing_id"),
        "{text}"
    );
    assert!(
        text.ends_with("(not sent)") && !text.contains('\n'),
        "{text}"
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn without_validation_the_same_request_is_sent() {
    let server = server();
    let client = client_of(&server);
    let input = CopyThing {
        keep_days: Some(99),
        ..CopyThing::new("t1", "n")
    };
    assert!(client.call().prepare(input.clone()).is_err());
    client
        .call()
        .with_validation(false)
        .send(input)
        .await
        .unwrap();
    assert!(server.request().ends_with(r#"{"name":"n","keep_days":99}"#));

    let valid = CopyThing::new("t1", "n");
    let strict = client.call().prepare(valid.clone()).unwrap().to_string();
    let lax = client
        .call()
        .with_validation(false)
        .prepare(valid)
        .unwrap()
        .to_string();
    assert_eq!(strict, lax);
}

#[tokio::test]
async fn missing_project_says_how_to_set_it_and_a_call_can_set_it() {
    let server = server();
    let client = TestClient::builder()
        .endpoint(server.url())
        .token(TOKEN)
        .build()
        .unwrap();
    let error = client
        .0
        .call()
        .send(ShowThing::new("t1"))
        .await
        .unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/path/project_id");
    let text = error.to_string();
    assert!(
        text.contains(".project_id(..)") && text.contains(".with_project_id(..)"),
        "{text}"
    );
    assert_eq!(server.connections(), 0);

    client
        .0
        .call()
        .with_project_id("p2")
        .send(ShowThing::new("t1"))
        .await
        .unwrap();
    assert!(server.request().starts_with("GET /v3/p2/things/t1 "));
}

#[tokio::test]
async fn missing_token_is_found_before_sending() {
    let server = server();
    let builder = TestClient::builder()
        .endpoint(server.url())
        .project_id("p1");
    let call = builder.build().unwrap().0.call();
    let error = call.send(ShowThing::new("t1")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    assert!(error.to_string().contains(".token(..)"), "{error}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn prepared_request_shows_what_is_then_sent() {
    let server = server();
    let input = CopyThing {
        keep_days: Some(7),
        ..CopyThing::new("a/b", "n")
    };
    let prepared = client_of(&server).call().prepare(input).unwrap();
    let shown = prepared.to_string();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        shown,
        format!(
            "POST {}/v3/p1/things/a%2Fb/copies\n\
             user-agent: cloudbackup-test/{version}\n\
             accept: application/json\n\
             content-type: application/json\n\
             x-auth-token: [redacted]\n\
             \n\
             {{\"name\":\"n\",\"keep_days\":7}}",
            server.url()
        )
    );
    assert_eq!(prepared.method(), "POST");
    assert!(prepared.url().ends_with("/v3/p1/things/a%2Fb/copies"));
    assert_eq!(prepared.headers()["accept"], "application/json");
    assert_eq!(prepared.body(), Some(&br#"{"name":"n","keep_days":7}"#[..]));
    assert_eq!(server.connections(), 0);

    prepared.send().await.unwrap();
    let (head, body) = parts(&server.request());
    assert_eq!(head[0], "POST /v3/p1/things/a%2Fb/copies HTTP/1.1");
    assert_eq!(body, r#"{"name":"n","keep_days":7}"#);
    for line in shown.lines().skip(1).take_while(|line| !line.is_empty()) {
        let wire = line.replace("[redacted]", TOKEN);
        assert!(head.contains(&wire), "{wire} in {head:?}");
    }
}

#[tokio::test]
async fn zero_timeout_of_a_call_is_refused() {
    let server = server();
    let call = client_of(&server).call().with_timeout(Duration::ZERO);
    let error = call.send(ShowThing::new("t1")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = server();
    let client = client_of(&server);
    for _ in 0..3 {
        client
            .clone()
            .call()
            .send(ShowThing::new("t1"))
            .await
            .unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 1));
}

#[test]
fn public_types_can_cross_threads_and_stay_small() {
    fn check<T: Send + Sync>() {}
    fn check_send<T: Send>(_: &T) {}
    check::<cloudbackup_runtime::Client>();
    check::<cloudbackup_runtime::Call>();
    check::<cloudbackup_runtime::Error>();
    check::<cloudbackup_runtime::PreparedRequest<ShowThing>>();
    let server = server();
    let sending = client_of(&server).call().send(ShowThing::new("t1"));
    check_send(&sending);
    assert_eq!(size_of_val(&sending), 2 * size_of::<usize>());
    assert_eq!(
        size_of::<Option<cloudbackup_runtime::Error>>(),
        size_of::<usize>()
    );
}

#[test]
fn prepared_query_is_told_decoded_and_in_order() {
    let builder = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token(TOKEN);
    let input = CopyThing {
        begin_time: Some("2018-08-06T10:41:14+0800".into()),
        ids: Some(vec!["a&b".into(), "c".into()]),
        ..CopyThing::new("t1", "n")
    };
    let request = builder.build().unwrap().0.call().prepare(input).unwrap();
    let pairs: Vec<(String, String)> = request
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let expected = [
        ("begin_time", "2018-08-06T10:41:14+0800"),
        ("id", "a&b"),
        ("id", "c"),
    ];
    assert_eq!(
        pairs,
        expected.map(|(name, value)| (name.into(), value.into()))
    );
}
