//! Rows I01 to I03 and I05 to I13: values that would change a request or lead it elsewhere.

use cloudbackup_core::operation::{ListStyle, Method, Operation, OperationInfo, RequestParts};
use cloudbackup_core::{TimeFormat, Timestamp, Validate, Validator};
use cloudbackup_runtime::{Client, ClientBuilder, Error, ErrorKind, Outcome};

use crate::support::service::DeleteThingOutput;
use crate::support::{
    CopyThing, Server, ShowThing, TOKEN, TestClient, builder_of, client_of, json_reply,
};

const CONTROLS: [&str; 5] = ["\r\nX: y", "\n", "\r", "\0", "\u{7f}"];

fn server() -> Server {
    Server::always(json_reply(200, r#"{"id":"t1"}"#))
}

fn valid() -> ClientBuilder<TestClient> {
    TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token(TOKEN)
}

/// The text with which a builder refuses.
fn refusal(builder: ClientBuilder<TestClient>) -> String {
    let error = builder.build().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    assert!(error.attempts().is_empty());
    format!("{error} {error:?}")
}

/// Where a request is refused, before anything is sent.
fn places(error: &Error) -> Vec<&str> {
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Validation, Outcome::NotSent)
    );
    assert!(error.attempts().is_empty());
    let violations = error.violations().iter();
    violations
        .map(|violation| violation.pointer.as_str())
        .collect()
}

/// Sends a header and a query of the test's choice.
#[derive(Clone, Debug, Default)]
struct Probe {
    header: Option<(&'static str, String)>,
    marker: Option<String>,
    limit: Option<i64>,
    ids: Option<Vec<String>>,
    zones: Option<Vec<String>>,
    begin_time: Option<Timestamp>,
}

impl Validate for Probe {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for Probe {
    const INFO: OperationInfo = OperationInfo::new("test", "probe", Method::Get, "/v3/probe");
    type Output = DeleteThingOutput;

    fn encode(&self, request: &mut RequestParts) {
        if let Some((name, value)) = &self.header {
            request.header(name, &Some(value.clone()));
        }
        request.query("marker", &self.marker);
        request.query("limit", &self.limit);
        request.query_list("id", &self.ids, ListStyle::Repeated);
        request.query_list("zone", &self.zones, ListStyle::Comma);
        request.query_time("begin_time", &self.begin_time, TimeFormat::BasicOffset);
    }
}

/// A header as it is refused, with the connections that were made all the same.
async fn header_refused(name: &'static str, value: &str) {
    let server = server();
    let probe = Probe {
        header: Some((name, value.to_owned())),
        ..Probe::default()
    };
    for validation in [true, false] {
        let call = client_of(&server).call().with_validation(validation);
        let error = call.send(probe.clone()).await.unwrap_err();
        assert_eq!(places(&error), [format!("/header/{name}")], "{value:?}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(TOKEN) && !shown.contains("s3cr"), "{shown}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn i01_line_breaks_and_nul_in_headers() {
    for control in CONTROLS {
        let value = format!("s3cret{control}");
        let text = refusal(valid().token(value.as_str()));
        assert!(
            text.contains("the token ") && !text.contains("s3cr"),
            "{text}"
        );
        for (builder, name) in [
            (valid().language(&value), "the language "),
            (valid().user_agent(&value), "the user agent "),
            (valid().project_id(&value), "the project id "),
        ] {
            let text = refusal(builder);
            assert!(text.contains(name) && !text.contains("s3cr"), "{text}");
        }
        header_refused("X-Flag", &value).await;
    }
}

#[tokio::test]
async fn i02_values_that_http_libraries_let_pass() {
    for value in [
        "s3cret\tx",
        " s3cret",
        "s3cret ",
        "s3crét",
        "s3cret\u{a0}",
        "\t",
    ] {
        let text = refusal(valid().token(value));
        assert!(
            text.contains("the token ") && !text.contains("s3cr"),
            "{text}"
        );
        refusal(valid().user_agent(value));
        refusal(valid().language(value));
        header_refused("X-Flag", value).await;
    }
    refusal(valid().token(""));
    // What looks odd and is legal arrives as it is.
    for token in ["a b", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"] {
        let server = server();
        let client = builder_of(&server).token(token).build().unwrap().0;
        client.call().send(ShowThing::new("t1")).await.unwrap();
        let request = server.log().requests.remove(0);
        assert_eq!(request.header("x-auth-token"), Some(token));
    }
}

#[tokio::test]
async fn i03_headers_that_belong_to_the_client() {
    for name in [
        "Host",
        "HOST",
        "Authorization",
        "X-Auth-Token",
        "x-auth-TOKEN",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "User-Agent",
    ] {
        header_refused(name, "evil.example.com").await;
    }
    // Names that are none, or two.
    for name in ["", "X Flag", "X-Flag:", "X-Flag\r\nHost", "X-Fläg"] {
        header_refused(name, "x").await;
    }
    let server = server();
    let probe = Probe {
        header: Some(("X-Hosts", "a".into())),
        ..Probe::default()
    };
    client_of(&server).call().send(probe).await.unwrap();
    let request = server.log().requests.remove(0);
    assert_eq!(request.header("x-hosts"), Some("a"));
    assert_eq!(request.header("x-auth-token"), Some(TOKEN));
}

/// Refused as any parameter of the path, and by any setting.
async fn path_value_refused(value: &str) {
    let server = server();
    let client = client_of(&server);
    for validation in [true, false] {
        let call = || client.call().with_validation(validation);
        let error = call().send(ShowThing::new(value)).await.unwrap_err();
        assert_eq!(places(&error), ["/path/thing_id"], "{value:?}");
        let error = call().send(CopyThing::new(value, "n")).await.unwrap_err();
        assert_eq!(places(&error), ["/path/thing_id"], "{value:?}");
        let other = call().with_project_id(value);
        let error = other.send(ShowThing::new("t1")).await.unwrap_err();
        assert_eq!(places(&error), ["/path/project_id"], "{value:?}");
    }
    refusal(valid().project_id(value));
    assert_eq!(server.connections(), 0);
}

/// What a path value is on the wire, as the last segment and in the middle.
async fn path_value_sent(value: &str, wire: &str) {
    let server = server();
    let client = client_of(&server);
    client.call().send(ShowThing::new(value)).await.unwrap();
    client
        .call()
        .send(CopyThing::new(value, "n"))
        .await
        .unwrap();
    let other = client.call().with_project_id(value);
    other.send(ShowThing::new("t1")).await.unwrap();
    let requests = server.log().requests;
    let lines: Vec<_> = requests.iter().map(|request| request.line()).collect();
    assert_eq!(
        lines,
        [
            format!("GET /v3/p1/things/{wire} HTTP/1.1"),
            format!("POST /v3/p1/things/{wire}/copies HTTP/1.1"),
            format!("GET /v3/{wire}/things/t1 HTTP/1.1"),
        ]
    );
}

#[tokio::test]
async fn i05_dots_as_a_path_value() {
    path_value_refused(".").await;
    path_value_refused("..").await;
    // Encoded by the caller they are other texts, and are sent as these.
    path_value_sent("%2E%2E", "%252E%252E").await;
    path_value_sent("%2e.", "%252e.").await;
    path_value_sent("../restore", "..%2Frestore").await;
    path_value_sent("..;x", "..%3Bx").await;
    path_value_sent("...", "...").await;
}

#[tokio::test]
async fn i06_empty_path_value() {
    path_value_refused("").await;
    path_value_sent(" ", "%20").await;
}

#[tokio::test]
async fn i07_reserved_characters_in_a_path_value() {
    for (value, wire) in [
        ("a/b", "a%2Fb"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("a%2Fb", "a%252Fb"),
        ("a%", "a%25"),
        ("a\\b", "a%5Cb"),
        ("a;b", "a%3Bb"),
        ("/", "%2F"),
        ("a b+'\"<>", "a%20b%2B%27%22%3C%3E"),
        (":@!$&()*,=", "%3A%40%21%24%26%28%29%2A%2C%3D"),
        ("{thing_id}", "%7Bthing_id%7D"),
        ("-_.~", "-_.~"),
    ] {
        path_value_sent(value, wire).await;
    }
}

#[tokio::test]
async fn i08_control_characters_in_a_path_value() {
    for value in ["a\nb", "a\tb", "\r\n", "a\0", "\u{7f}", "a\u{85}b"] {
        path_value_refused(value).await;
    }
    path_value_sent("a%0Ab", "a%250Ab").await;
}

#[tokio::test]
async fn i09_unicode_in_a_path_value() {
    // Project ids also go into headers elsewhere, so the client holds ASCII ones only; in a path
    // alone anything goes.
    for (value, wire) in [
        ("日", "%E6%97%A5"),
        ("é", "%C3%A9"),
        ("e\u{301}", "e%CC%81"),
        ("\u{202e}x", "%E2%80%AEx"),
        ("\u{1f4be}", "%F0%9F%92%BE"),
        ("\u{ff0f}\u{2024}\u{2024}", "%EF%BC%8F%E2%80%A4%E2%80%A4"),
    ] {
        path_value_sent(value, wire).await;
    }
    let text = refusal(valid().project_id("é"));
    assert!(text.contains("outside ASCII"), "{text}");
}

async fn query_of(probe: Probe) -> String {
    let server = server();
    client_of(&server).call().send(probe).await.unwrap();
    let request = server.log().requests.remove(0);
    let target = request.line().split(' ').nth(1).unwrap();
    target.strip_prefix("/v3/probe").unwrap().to_owned()
}

#[tokio::test]
async fn i10_plus_sign_in_a_time() {
    let time = |text: &str| Probe {
        begin_time: Some(text.into()),
        ..Probe::default()
    };
    for text in [
        "2018-08-06T10:41:14+0800",
        // The operation wants the other form.
        "2018-08-06T10:41:14+08:00",
    ] {
        assert_eq!(
            query_of(time(text)).await,
            "?begin_time=2018-08-06T10%3A41%3A14%2B0800"
        );
    }
    // Encoded by the caller it is no time any more, and still encoded once.
    assert_eq!(query_of(time("14%2B0800")).await, "?begin_time=14%252B0800");
    let probe = Probe {
        marker: Some("a+b c&d=e#f%20\r\n".into()),
        ..Probe::default()
    };
    assert_eq!(
        query_of(probe).await,
        "?marker=a%2Bb%20c%26d%3De%23f%2520%0D%0A"
    );
}

#[tokio::test]
async fn i11_absent_empty_and_list_values_in_a_query() {
    let texts = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
    let whole = Probe {
        marker: Some("m".into()),
        limit: Some(10),
        ids: texts(&["b", "", "a", "b"]),
        zones: texts(&["z2", "z1"]),
        ..Probe::default()
    };
    for _ in 0..3 {
        assert_eq!(
            query_of(whole.clone()).await,
            "?marker=m&limit=10&id=b&id=&id=a&id=b&zone=z2%2Cz1"
        );
    }
    assert_eq!(query_of(Probe::default()).await, "");
    let nothing = Probe {
        ids: texts(&[]),
        zones: texts(&[]),
        ..Probe::default()
    };
    assert_eq!(query_of(nothing).await, "");
    let empty = Probe {
        marker: Some(String::new()),
        zones: texts(&[""]),
        ..Probe::default()
    };
    assert_eq!(query_of(empty).await, "?marker=&zone=");
}

/// The endpoint of a client, as it is kept.
fn kept(endpoint: &str) -> String {
    let builder = valid().endpoint(endpoint).allow_http(true);
    builder.build().unwrap().0.endpoint().to_owned()
}

#[tokio::test]
async fn i12_odd_endpoints() {
    for (endpoint, reason) in [
        ("http://u:s3cret@h", "user name"),
        ("http://s3cret@h", "user name"),
        ("http://@h", "user name"),
        ("http://h?s3cret", "query"),
        ("http://h/#s3cret", "fragment"),
        ("http://h/s3cret\r\nX: y", "control character"),
        ("http://h\\s3cret", "backslash"),
        ("h/s3cret", "`https://`"),
        ("file:///s3cret", "`https://`"),
        ("", "is empty"),
    ] {
        let builder = valid().endpoint(endpoint).allow_http(true);
        assert!(!format!("{builder:?}").contains("s3cret"));
        let text = refusal(builder);
        assert!(text.contains(reason) && !text.contains("s3cret"), "{text}");
    }
    for (endpoint, base) in [
        ("http://H.Example:80//", "http://h.example"),
        ("http://bücher.example/", "http://xn--bcher-kva.example"),
        ("http://BÜCHER.example", "http://xn--bcher-kva.example"),
        ("HTTP://h:8080/a/../b/", "http://h:8080/b"),
        ("http://127.1/é", "http://127.0.0.1/%C3%A9"),
    ] {
        assert_eq!(kept(endpoint), base);
        assert_eq!(kept(base), base);
    }
    // A prefix stays in front of every path, with one slash in between.
    for suffix in ["/gate", "/gate/", "/gate//"] {
        let server = server();
        let builder = builder_of(&server).endpoint(server.url() + suffix);
        let client = builder.build().unwrap().0;
        client.call().send(ShowThing::new("..%2F")).await.unwrap();
        let line = server.log().requests[0].line().to_owned();
        assert_eq!(line, "GET /gate/v3/p1/things/..%252F HTTP/1.1");
    }
}

#[test]
fn i13_plain_http() {
    for endpoint in [
        "http://example.com",
        "HTTP://example.com:443",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
    ] {
        let text = refusal(valid().endpoint(endpoint));
        assert!(text.contains("plain http"), "{text}");
        assert!(text.contains(".allow_http(true)"), "{text}");
        let allowed = |allow| valid().endpoint(endpoint).allow_http(allow);
        refusal(allowed(false));
        assert!(allowed(true).build().is_ok());
    }
    for endpoint in [
        "http://localhost:1",
        "http://LOCALHOST:1",
        "http://127.0.0.1:1",
        "http://127.8.9.1",
        "http://[::1]:1",
    ] {
        let _: Client = valid().endpoint(endpoint).build().unwrap().0;
    }
}
