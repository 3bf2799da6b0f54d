//! How a client of others is known to its service: what is sent for each scheme, and what is never
//! shown.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cloudbackup_others_parameters_client::runtime::testing::{Answer, ReplayTransport};
use cloudbackup_others_parameters_client::{
    Client, ClientBuilder, ErrorKind, Outcome, auth, security,
};

/// What must not be shown, and what it becomes on the wire.
const SECRETS: [&str; 7] = [
    "token-12345678",
    "key-12345678",
    "app-12345678",
    "query/12345678",
    "query%2F12345678",
    "password-1234",
    "dXNlcjpwYXNzd29yZC0xMjM0",
];

fn replay(count: usize) -> ReplayTransport {
    ReplayTransport::new((0..count).map(|_| Answer::json(204, "")))
}

fn builder(replay: &ReplayTransport) -> ClientBuilder<Client> {
    Client::builder().transport(replay.clone())
}

/// A client that was given everything.
fn full(replay: &ReplayTransport) -> Client {
    builder(replay)
        .security(security::oauth("token-12345678"))
        .security(security::api_key("key-12345678"))
        .security(security::app_id("app-12345678"))
        .security(security::query_key("query/12345678"))
        .security(security::login("user", "password-1234"))
        .build()
        .unwrap()
}

fn assert_clean(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// The header of the only request, as text.
fn header(replay: &ReplayTransport, name: &str) -> Option<String> {
    let sent = replay.requests();
    let value = sent.last().unwrap().headers.get(name)?.clone();
    assert!(value.is_sensitive(), "{name}");
    Some(value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn first_list_of_which_everything_is_given_is_sent() {
    let replay = replay(3);
    full(&replay).show_thing("a").send().await.unwrap();
    assert_eq!(
        header(&replay, "authorization").as_deref(),
        Some("Bearer token-12345678")
    );
    assert_eq!(header(&replay, "x-api-key"), None);

    let both = builder(&replay)
        .security(security::api_key("key-12345678"))
        .security(security::app_id("app-12345678"))
        .build()
        .unwrap();
    both.show_thing("a").send().await.unwrap();
    assert_eq!(header(&replay, "authorization"), None);
    assert_eq!(
        header(&replay, "x-api-key").as_deref(),
        Some("key-12345678")
    );
    assert_eq!(header(&replay, "x-app").as_deref(), Some("app-12345678"));

    // One of the two is no use, so that nobody is known, which the document allows.
    let one = builder(&replay).security(security::api_key("key-12345678"));
    one.build().unwrap().show_thing("a").send().await.unwrap();
    assert_eq!(header(&replay, "x-api-key"), None);
}

#[tokio::test]
async fn call_for_everybody_is_sent_without() {
    let replay = replay(1);
    full(&replay).show_open().send().await.unwrap();
    let sent = replay.requests();
    for name in [
        "authorization",
        "x-api-key",
        "x-app",
        "cookie",
        "x-auth-token",
    ] {
        assert!(!sent[0].headers.contains_key(name), "{name}");
    }
    assert_eq!(sent[0].path_and_query(), "/v1/open");
}

#[tokio::test]
async fn key_in_the_query_is_sent_encoded_and_never_shown() {
    let replay = replay(2);
    let client = full(&replay);
    let request = client.show_reports().year(2026).build().unwrap();
    let printed = request.to_string();
    assert!(
        printed.starts_with(
            "GET https://parameters.example.test/v1/reports?year=2026&key=[redacted]\n"
        ),
        "{printed}"
    );
    assert!(printed.contains("x-api-key: [redacted]"), "{printed}");
    assert_clean(&printed);
    assert_clean(&format!("{request:?}"));
    request.send().await.unwrap();
    client.show_reports().send().await.unwrap();
    let sent = replay.requests();
    assert_eq!(
        sent[0].path_and_query(),
        "/v1/reports?year=2026&key=query%2F12345678"
    );
    assert_eq!(sent[1].path_and_query(), "/v1/reports?key=query%2F12345678");
    assert_clean(&format!("{sent:?}"));
}

#[tokio::test]
async fn login_and_cookie_stand_in_their_headers() {
    let replay = replay(2);
    full(&replay).sign_in().send().await.unwrap();
    assert_eq!(
        header(&replay, "authorization").as_deref(),
        Some("Basic dXNlcjpwYXNzd29yZC0xMjM0")
    );
    let known = builder(&replay).security(security::session("s-12345678"));
    let known = known.build().unwrap();
    let printed = known.sign_in().build().unwrap().to_string();
    assert!(printed.contains("cookie: SID=[redacted]"), "{printed}");
    known.sign_in().send().await.unwrap();
    assert_eq!(header(&replay, "cookie").as_deref(), Some("SID=s-12345678"));
}

#[tokio::test]
async fn nothing_is_sent_where_something_is_missing() {
    let replay = replay(0);
    let client = builder(&replay)
        .security(security::api_key("key-12345678"))
        .build()
        .unwrap();
    let error = client.show_reports().send().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    let text = error.to_string();
    let asked = "`.security(security::query_key(..))` and `.security(security::api_key(..))`";
    assert!(text.contains(asked), "{text}");
    let text = client.sign_in().send().await.unwrap_err().to_string();
    let asked = "`.security(security::login(..))`, or `.security(security::session(..))`";
    assert!(text.contains(asked), "{text}");
    assert!(replay.requests().is_empty());
}

#[tokio::test]
async fn what_a_server_repeats_is_not_shown() {
    let body = r#"{"message":"no query%2F12345678, query/12345678 or key-12345678 here"}"#;
    let replay = ReplayTransport::new([
        Answer::json(401, body),
        Answer::json(401, r#"{"message":"Basic dXNlcjpwYXNzd29yZC0xMjM0?"}"#),
        Answer::status(302).header(
            "location".parse().unwrap(),
            "https://elsewhere.example.test/?key=query%2F12345678"
                .parse()
                .unwrap(),
        ),
    ]);
    let client = full(&replay);
    let refused = client.show_reports().send().await.unwrap_err();
    assert_clean(&format!("{refused} {refused:?}"));
    let refused = client.sign_in().send().await.unwrap_err();
    assert_clean(&format!("{refused} {refused:?}"));
    // A redirect is not followed, so that the key goes nowhere else.
    let moved = client.show_reports().send().await.unwrap_err();
    assert_eq!(moved.kind(), ErrorKind::Redirect);
    assert_clean(&format!("{moved} {moved:?}"));
    replay.assert_finished();
}

#[test]
fn builder_refuses_what_cannot_be_sent_without_repeating_it() {
    let refused = |builder: ClientBuilder<Client>| {
        assert_clean(&format!("{builder:?}"));
        let text = builder.build().unwrap_err().to_string();
        assert_clean(&text);
        text
    };
    let builder = Client::builder;
    let text = refused(builder().security(security::api_key("key-12345678\r\n")));
    assert!(
        text.contains("the credential of `api_key` holds a control character"),
        "{text}"
    );
    let text = refused(builder().security(security::oauth("Bearer token-12345678")));
    assert!(text.contains("give the token alone"), "{text}");
    let other = auth::SchemeCredential::key("hmac", "key-12345678");
    assert!(refused(builder().security(other)).contains("no security scheme `hmac`"));
    let text = refused(builder().token("token-12345678"));
    assert!(text.contains("call `.security(..)`"), "{text}");
}

#[test]
fn address_is_that_of_the_document_unless_another_one_is_given() {
    let client = Client::builder().build().unwrap();
    let request = client.show_open().build().unwrap();
    assert_eq!(request.url(), "https://parameters.example.test/v1/open");
    let client = Client::builder().endpoint("http://127.0.0.1:9/other/");
    let request = client.build().unwrap().show_open().build().unwrap();
    assert_eq!(request.url(), "http://127.0.0.1:9/other/open");
    let error = Client::builder().region("eu-de").build().unwrap_err();
    assert!(error.to_string().contains("no region \"eu-de\""), "{error}");
    let error = Client::builder()
        .endpoint("http://example.test")
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("`https://`"), "{error}");
}
