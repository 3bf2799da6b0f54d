//! Building a client: what is refused, and in which words.

use std::time::Duration;

use cloudbackup_runtime::{ClientBuilder, ErrorKind, Outcome};

use crate::support::TestClient;

fn valid() -> ClientBuilder<TestClient> {
    TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token("token-1")
}

fn refusal(builder: ClientBuilder<TestClient>) -> String {
    let error = builder.build().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    error.to_string()
}

#[test]
fn unusable_tokens_are_refused_and_not_printed() {
    for token in [
        "",
        "s3cret\r\nX: y",
        "s3cret\ty",
        " s3cret",
        "s3cret ",
        "s3crét",
        "s3cret\0",
    ] {
        let text = refusal(valid().token(token));
        assert!(
            text.contains("the token ") && !text.contains("s3cr"),
            "{token:?}: {text}"
        );
    }
}

#[test]
fn unusable_headers_and_project_are_refused() {
    for builder in [
        valid().language("en\nus"),
        valid().user_agent("a\r\nHost: b"),
        valid().project_id(""),
        valid().project_id(".."),
        valid().project_id("a\tb"),
    ] {
        refusal(builder);
    }
}

#[test]
fn zero_timeouts_are_refused_and_the_longest_are_not() {
    assert!(refusal(valid().timeout(Duration::ZERO)).contains("timeout"));
    assert!(refusal(valid().connect_timeout(Duration::ZERO)).contains("connect timeout"));
    valid()
        .timeout(Duration::MAX)
        .connect_timeout(Duration::MAX)
        .build()
        .unwrap();
}

#[test]
fn every_problem_is_named_at_once() {
    let text = refusal(
        TestClient::builder()
            .endpoint("x")
            .token("é")
            .timeout(Duration::ZERO),
    );
    for part in ["endpoint", "token", "timeout is zero"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn unknown_region_lists_the_known_ones() {
    let text = refusal(TestClient::builder().region("mars-1"));
    assert!(
        text.contains("\"mars-1\"") && text.contains("eu-de, eu-nl"),
        "{text}"
    );
    let text = refusal(TestClient::builder());
    assert!(
        text.contains(".region(..)") && text.contains(".endpoint(..)"),
        "{text}"
    );
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn region_gives_the_endpoint_and_an_endpoint_goes_before_it() {
    let client = TestClient::builder().region("eu-nl").build().unwrap();
    assert_eq!(client.0.endpoint(), "https://test.eu-nl.example.com");
    assert_eq!(client.0.region(), Some("eu-nl"));
    let client = TestClient::builder()
        .region("eu-xx")
        .endpoint("https://h/x/")
        .build()
        .unwrap();
    assert_eq!(client.0.endpoint(), "https://h/x");
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
#[test]
fn https_without_tls_is_an_error_that_names_the_features() {
    let text = refusal(TestClient::builder().region("eu-nl"));
    assert!(
        text.contains("rustls") && text.contains("native-tls"),
        "{text}"
    );
}

#[test]
fn plain_http_needs_loopback_or_permission() {
    let text = refusal(valid().endpoint("http://example.com"));
    assert!(
        text.contains("plain http") && text.contains(".allow_http(true)"),
        "{text}"
    );
    valid()
        .endpoint("http://example.com")
        .allow_http(true)
        .build()
        .unwrap();
    for endpoint in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"] {
        valid().endpoint(endpoint).build().unwrap();
    }
}

#[test]
fn endpoint_with_a_password_is_refused_and_not_printed() {
    let builder = valid().endpoint("https://u:s3cret@h");
    assert!(!format!("{builder:?}").contains("s3cret"));
    let text = refusal(builder);
    assert!(
        text.contains("user name") && !text.contains("s3cret"),
        "{text}"
    );
}
