//! Building a client: what is refused, and in which words. Values that would change a request are in
//! `faults`.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cloudbackup_runtime::{ClientBuilder, ErrorKind, Outcome};

use crate::support::{ShowThing, TestClient};

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
fn zero_timeouts_are_refused() {
    assert!(refusal(valid().timeout(Duration::ZERO)).contains("timeout"));
    assert!(refusal(valid().connect_timeout(Duration::ZERO)).contains("connect timeout"));
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
fn call_outside_of_a_runtime_is_an_error_and_no_panic() {
    let builder = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token("token-1");
    let client = builder.build().unwrap().0;
    let mut call = client.call().send(ShowThing::new("t1"));
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Err(error)) = Pin::new(&mut call).poll(&mut context) else {
        panic!("the call waits");
    };
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("no tokio runtime"), "{error}");
}
