//! Rows S21–S26 and S29: servers that have too much to do, and say or do not say when to come back.

use std::slice::from_ref;
use std::time::{Duration, SystemTime};

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{Client, Error, ErrorKind, Outcome, RetryConfig};

use super::refusal::{refused, rejected, throttled, unclear};
use crate::support::service::builder_of;
use crate::support::{CopyThing, Server, ShowThing, Step, json_reply, reply};

const SECOND: Duration = Duration::from_secs(1);
const THING: &str = r#"{"id":"t1"}"#;
/// The time limit of a whole call, unless something else is said.
const LIMIT: Duration = Duration::from_secs(180);

fn asking(status: u16, retry_after: &str) -> Step {
    Step::Send(reply(status, &[("Retry-After", retry_after)], ""))
}

fn client_on(server: &Server, clock: &ManualClock, retry: RetryConfig) -> Client {
    let builder = builder_of(server).clock(clock.clone()).retry(retry);
    builder.build().unwrap().0
}

/// The waits of a call that succeeds after these replies.
async fn waits<O: Operation>(first: &[Step], input: O) -> Vec<Duration> {
    waits_on(&ManualClock::skipping(), first, input).await
}

async fn waits_on<O: Operation>(clock: &ManualClock, first: &[Step], input: O) -> Vec<Duration> {
    let server = Server::start([first, &[json_reply(200, THING)]].concat());
    let client = client_on(&server, clock, RetryConfig::new());
    if let Err(error) = client.call().send(input).await {
        panic!("{error}: {error:?}");
    }
    assert_eq!(server.requests().len(), first.len() + 1);
    clock.slept()
}

/// Whether each wait is what the server asked for and at most a second of spreading.
fn check_asked(waits: &[Duration], asked: &[u64]) {
    assert_eq!(waits.len(), asked.len(), "{waits:?}");
    for (wait, asked) in waits.iter().zip(asked) {
        let asked = Duration::from_secs(*asked);
        assert!((asked..=asked + SECOND).contains(wait), "{waits:?}");
    }
}

#[tokio::test]
async fn s21_too_large_a_request_is_sent_again_only_if_the_server_says_when() {
    for error in rejected(413).meets(json_reply(413, "{}")).await {
        assert_eq!(error.retry_after(), None);
    }
    for error in throttled(413).meets(asking(413, "3")).await {
        assert_eq!(error.retry_after(), Some(3 * SECOND));
        assert!(!error.is_throttled());
    }
    let refusals = [asking(413, "3"), asking(413, "5")];
    check_asked(&waits(&refusals, ShowThing::new("t1")).await, &[3, 5]);
    check_asked(&waits(&refusals, CopyThing::new("t1", "n")).await, &[3, 5]);
    // A header that says nothing does not count.
    rejected(413).meets(asking(413, "soon")).await;
}

#[tokio::test]
async fn s22_too_many_requests_wait_up_to_a_second_then_up_to_two() {
    for error in throttled(429).meets(json_reply(429, "{}")).await {
        assert!(error.is_throttled() && error.retry_after().is_none());
    }
    let refusals = [json_reply(429, ""), json_reply(429, "")];
    let mut first = Vec::new();
    for _ in 0..32 {
        let [one, two] = waits(&refusals, ShowThing::new("t1")).await[..] else {
            panic!("not two waits");
        };
        assert!(one <= SECOND && two <= 2 * SECOND, "{one:?} {two:?}");
        first.push(one);
    }
    // All of the second is used: its lower half, and its upper half, which only throttling has.
    let half = SECOND / 2;
    assert!(first.iter().any(|wait| *wait < half), "{first:?}");
    assert!(first.iter().any(|wait| *wait > half), "{first:?}");
}

#[tokio::test]
async fn s22_gateway_that_names_the_limit_under_another_status() {
    let body = r#"{"error_code":"APIG.0308","error_msg":"too many"}"#;
    for error in throttled(403).meets(json_reply(403, body)).await {
        assert!(error.is_throttled() && !error.is_auth());
    }
    // Where nothing but the throttled base can make a wait, there is one.
    let server = Server::always(json_reply(403, body));
    let clock = ManualClock::skipping();
    let retry = RetryConfig::new().base_delay(Duration::ZERO);
    refused(&client_on(&server, &clock, retry), ShowThing::new("t1")).await;
    let waits = clock.slept();
    assert!(waits.len() == 2 && waits.iter().all(|wait| !wait.is_zero()));
}

#[tokio::test]
async fn s23_seconds_that_the_server_asks_for_are_waited() {
    for error in throttled(429).meets(asking(429, "17")).await {
        assert_eq!(error.retry_after(), Some(17 * SECOND));
        assert!(
            error.to_string().contains("it asks to wait 17 s"),
            "{error}"
        );
        let delays: Vec<_> = error.attempts().iter().map(|a| a.delay()).collect();
        assert_eq!(delays[0], Duration::ZERO);
        check_asked(&delays[1..], &[17, 17]);
    }
    let refusals = [asking(429, "7"), asking(429, "0")];
    check_asked(&waits(&refusals, ShowThing::new("t1")).await, &[7, 0]);
    check_asked(&waits(&refusals, CopyThing::new("t1", "n")).await, &[7, 0]);
}

#[tokio::test]
async fn s24_dates_count_from_the_date_of_the_reply() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for until in [
        "Sun, 06 Nov 1994 08:50:07 GMT",
        "Sunday, 06-Nov-94 08:50:07 GMT",
        "Sun Nov  6 08:50:07 1994",
    ] {
        let headers = [("Date", date), ("Retry-After", until)];
        let step = Step::Send(reply(429, &headers, ""));
        for error in throttled(429).meets(step.clone()).await {
            assert_eq!(error.retry_after(), Some(30 * SECOND), "{until}");
        }
        // Whatever our own clock says.
        for now in [1, 784_111_777 - 86_400, 784_111_807 + 60, 4_000_000_000] {
            let clock = ManualClock::skipping();
            clock.set_wall(SystemTime::UNIX_EPOCH + now * SECOND);
            let waits = waits_on(&clock, from_ref(&step), CopyThing::new("t1", "n")).await;
            check_asked(&waits, &[30]);
        }
    }
}

#[tokio::test]
async fn s24_without_a_date_in_the_reply_our_clock_counts() {
    let step = asking(429, "Sun, 06 Nov 1994 08:50:07 GMT");
    for (now, expected) in [(784_111_787, 20), (784_111_807, 0), (784_111_812, 0)] {
        let clock = ManualClock::skipping();
        clock.set_wall(SystemTime::UNIX_EPOCH + Duration::from_secs(now));
        let waits = waits_on(&clock, from_ref(&step), ShowThing::new("t1")).await;
        check_asked(&waits, &[expected]);
    }
}

#[tokio::test]
async fn s25_waits_that_make_no_sense_are_ignored() {
    for value in [
        "",
        "-5",
        "+5",
        "1.5",
        "5 s",
        "0x10",
        "Sun, 06 Nov 1994 08:50:07 +0000",
        "Sun, 06 Nov 1994 08:50:07",
        "\u{ff}5",
    ] {
        for error in throttled(429).meets(asking(429, value)).await {
            assert_eq!(error.retry_after(), None, "{value}");
            let delays: Vec<_> = error.attempts().iter().map(|a| a.delay()).collect();
            assert!(delays[1] <= SECOND && delays[2] <= 2 * SECOND);
        }
    }
}

/// The error of a call that is not repeated, for it would have to wait too long.
async fn too_long<O: Operation>(value: &str, timeout: Duration, input: O) -> Error {
    let server = Server::always(asking(429, value));
    let clock = ManualClock::skipping();
    let client = client_on(&server, &clock, RetryConfig::new());
    let call = client.call().with_timeout(timeout);
    let Err(error) = call.send(input).await else {
        panic!("a success");
    };
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Rejected)
    );
    assert_eq!((server.requests().len(), error.attempts().len()), (1, 1));
    assert!(clock.slept().is_empty(), "{:?}", clock.slept());
    error
}

#[tokio::test]
async fn s26_wait_beyond_the_end_of_the_call_is_the_callers_business() {
    let date = "Fri, 31 Dec 9999 23:59:59 GMT";
    for value in ["181", "9999999999999", "18446744073709551615", date] {
        let error = too_long(value, LIMIT, ShowThing::new("t1")).await;
        let asked = error.retry_after().unwrap();
        assert!(asked > LIMIT, "{asked:?}");
        assert_eq!(
            value.parse().map_or(asked.as_secs(), |v| v),
            asked.as_secs()
        );
        let error = too_long(value, LIMIT, CopyThing::new("t1", "n")).await;
        assert_eq!(error.retry_after().map(|wait| wait > LIMIT), Some(true));
    }
}

#[tokio::test]
async fn s26_number_that_no_integer_holds_means_very_long() {
    let value = "99999999999999999999999";
    let error = too_long(value, LIMIT, ShowThing::new("t1")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(u64::MAX)));
}

#[tokio::test]
async fn s26_wait_must_end_before_the_call_does() {
    let error = too_long("10", 10 * SECOND, ShowThing::new("t1")).await;
    assert_eq!(error.retry_after(), Some(10 * SECOND));
    // With a little more time, and no spreading, it does.
    let server = Server::start([asking(429, "10"), json_reply(200, THING)]);
    let clock = ManualClock::skipping();
    let retry = RetryConfig::new().max_delay(Duration::ZERO);
    let client = client_on(&server, &clock, retry);
    let call = client.call().with_timeout(10 * SECOND + SECOND / 1000);
    call.send(ShowThing::new("t1")).await.unwrap();
    assert_eq!(
        (clock.slept(), server.requests().len()),
        (vec![10 * SECOND], 2)
    );
}

#[tokio::test]
async fn s29_gateways_do_not_know_whether_the_request_was_carried_out() {
    for status in [502, 503, 504] {
        for error in unclear(status).meets(json_reply(status, "{}")).await {
            assert!(!error.is_throttled() && error.retry_after().is_none());
        }
        // Even if they say when to come back, which is for reads then.
        for error in unclear(status).meets(asking(status, "9")).await {
            assert_eq!(error.retry_after(), Some(9 * SECOND));
        }
        check_asked(
            &waits(&[asking(status, "9")], ShowThing::new("t1")).await,
            &[9],
        );
        let waits = waits(&[json_reply(status, "")], ShowThing::new("t1")).await;
        assert!(waits.len() == 1 && waits[0] <= SECOND / 5, "{waits:?}");
    }
}

#[tokio::test]
async fn s22_gateway_that_names_the_limit_under_a_success_status() {
    let body = r#"{"error_code":"APIG.0308","error_msg":"too many"}"#;
    let server = Server::start([
        Step::Send(reply(200, &[("Retry-After", "9")], body)),
        json_reply(202, r#"{"id":"t1"}"#),
    ]);
    let clock = ManualClock::skipping();
    let client = builder_of(&server).clock(clock.clone()).build().unwrap().0;
    client.call().send(CopyThing::new("t1", "n")).await.unwrap();
    assert_eq!(server.requests().len(), 2);
    let [wait] = clock.slept()[..] else {
        panic!("{:?}", clock.slept());
    };
    assert!(wait >= Duration::from_secs(9), "{wait:?}");
}

#[tokio::test]
async fn s22_gateway_has_let_nothing_pass_whatever_the_status() {
    let body = r#"{"error_code":"APIG.0308","error_msg":"too many"}"#;
    let server = Server::always(json_reply(503, body));
    let client = builder_of(&server)
        .retry(RetryConfig::none())
        .build()
        .unwrap()
        .0;
    let error = client
        .call()
        .send(CopyThing::new("t1", "n"))
        .await
        .unwrap_err();
    assert!(error.is_throttled());
    assert_eq!(error.outcome(), Outcome::Rejected);
}
