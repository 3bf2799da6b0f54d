//! The testing tools around a whole call, as the programs of others use them.

use std::time::Duration;

use cloudbackup_runtime::testing::{Answer, ManualClock, ReplayTransport};
use cloudbackup_runtime::{ErrorKind, RetryConfig, TimeoutPhase};

use crate::support::{ShowThing, TestClient};

fn client(replay: &ReplayTransport, clock: &ManualClock) -> cloudbackup_runtime::Client {
    let builder = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token("t")
        .transport(replay.clone())
        .clock(clock.clone())
        .retry(RetryConfig::none());
    builder.build().unwrap().0
}

#[tokio::test]
async fn silence_ends_when_the_clock_is_moved_beyond_a_limit() {
    for clock in [ManualClock::new(), ManualClock::skipping()] {
        let replay = ReplayTransport::new([Answer::silence()]);
        let call = client(&replay, &clock).call();
        let call = tokio::spawn(async move { call.send(ShowThing::new("t1")).await });
        while clock.limits() == 0 {
            assert!(!call.is_finished(), "there is nothing to wait for");
            tokio::task::yield_now().await;
        }
        assert_eq!((replay.requests().len(), call.is_finished()), (1, false));
        clock.advance(Duration::from_secs(60));
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Attempt));
        assert_eq!(clock.limits(), 0);
        replay.assert_finished();
    }
}

#[tokio::test]
async fn answer_that_is_no_status_fails_the_call() {
    let replay = ReplayTransport::new([Answer::status(4290)]);
    let client = client(&replay, &ManualClock::skipping());
    let error = client.call().send(ShowThing::new("t1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("4290"), "{source}");
}

#[tokio::test]
async fn script_that_names_its_requests_takes_no_others() {
    let answer = || Answer::json(200, r#"{"id":"t1"}"#).to("GET /v3/p1/things/t1");
    let replay = ReplayTransport::new([answer(), answer()]);
    assert_eq!(replay.remaining(), 2);
    let client = client(&replay, &ManualClock::skipping());
    client.call().send(ShowThing::new("t1")).await.unwrap();
    assert_eq!(replay.remaining(), 1);
    let error = client.call().send(ShowThing::new("t2")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains("GET /v3/p1/things/t1"),
        "{error}"
    );
    let lines: Vec<String> = replay
        .requests()
        .iter()
        .map(|request| format!("{} {}", request.method, request.path_and_query()))
        .collect();
    assert_eq!(lines, ["GET /v3/p1/things/t1", "GET /v3/p1/things/t2"]);
}

#[tokio::test]
async fn debug_of_an_error_has_our_words_where_there_are_any() {
    let replay = ReplayTransport::new([Answer::status(404), Answer::status(307)]);
    let client = client(&replay, &ManualClock::skipping());
    let service = client.call().send(ShowThing::new("t1")).await.unwrap_err();
    assert!(!format!("{service:?}").contains("text:"), "{service:?}");
    let own = client.call().send(ShowThing::new("t1")).await.unwrap_err();
    assert!(format!("{own:?}").contains("names no target"), "{own:?}");
}
