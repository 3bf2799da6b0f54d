//! What a start gives, and what waiting takes.

use std::future::IntoFuture;
use std::time::{Duration, SystemTime};

use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::waiting::{Started, WaitError, WaitHandle, WaitProblem, Waiter};
use cloudbackup_runtime::{ErrorKind, Outcome};

use crate::support::jobs::{DropJob, Job, ShowJob, StartJob};
use crate::support::waits::{SECOND, Setup, accepted, check_pauses, job};
use crate::support::{Step, json_reply, reply};

#[tokio::test]
async fn start_keeps_the_reply() {
    let step = Step::Send(reply(202, &[("X-Request-Id", "r-9")], r#"{"job_id":"j1"}"#));
    let setup = Setup::new([step]);
    let started = setup.started().await;
    assert_eq!(started.reply().job_id.as_deref(), Some("j1"));
    assert_eq!(started.request_id(), Some("r-9"));
    assert_eq!(started.handle().subject().get("job_id"), Some("j1"));
    assert_eq!(started.into_reply().job_id.as_deref(), Some("j1"));
    assert_eq!(setup.count(), 1);
}

#[tokio::test]
async fn start_that_fails_is_the_error_of_any_call() {
    let setup = Setup::new([json_reply(503, "{}")]);
    let error = setup.client.0.call().start(StartJob).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Unknown)
    );
    assert_eq!(setup.count(), 1);
    let job_id = None;
    let start = setup.client.0.call().start(DropJob { job_id });
    assert_eq!(start.await.unwrap_err().kind(), ErrorKind::Validation);
    assert_eq!(setup.count(), 1);
}

#[tokio::test]
async fn first_question_waits_for_what_was_just_started_only() {
    let script = [accepted(), job("SUCCESS")];
    let setup = Setup::new(script.clone());
    setup.started().await.wait().await.unwrap();
    check_pauses(&setup.clock.slept(), &[1800]);
    // Some of the pause is over by the time that it is waited for.
    let setup = Setup::new(script.clone());
    let started = setup.started().await;
    setup.clock.advance(SECOND);
    started.wait().await.unwrap();
    let [pause] = setup.clock.slept()[..] else {
        panic!("{:?}", setup.clock.slept());
    };
    assert!((SECOND / 2..SECOND).contains(&pause), "{pause:?}");
    // Or all of it.
    let setup = Setup::new(script);
    let started = setup.started().await;
    setup.clock.advance(2 * SECOND);
    started.wait().await.unwrap();
    assert!(setup.clock.slept().is_empty());
    // What somebody asks about is old.
    let setup = Setup::new([job("SUCCESS")]);
    setup.waiter().await.unwrap();
    assert!(setup.clock.slept().is_empty());
}

#[tokio::test]
async fn pauses_grow_up_to_the_interval_and_differ() {
    let setup = Setup::new([job("RUNNING")]);
    let waiter = setup.waiter().with_max_wait(600 * SECOND);
    waiter.await.unwrap_err();
    let mut slept = setup.clock.slept();
    // The last one ends with the time.
    slept.pop();
    let (growing, full) = slept.split_at(6);
    check_pauses(growing, &[1800, 2700, 4050, 6075, 9112, 13_668]);
    check_pauses(full, &vec![15_000; full.len()]);
    let first = full[0];
    assert!(full.len() > 30 && full.iter().any(|pause| *pause != first));
}

#[tokio::test]
async fn interval_that_was_set_is_the_longest_pause() {
    let setup = Setup::new([job("RUNNING")]);
    let waiter = setup.waiter().with_interval(SECOND / 2);
    waiter.with_max_wait(3 * SECOND).await.unwrap_err();
    let mut slept = setup.clock.slept();
    slept.pop();
    check_pauses(&slept, &vec![500; slept.len()]);
    // Without an interval it is asked ten times a second, and not without end.
    let setup = Setup::new([job("RUNNING")]);
    let waiter = setup.waiter().with_interval(Duration::ZERO);
    waiter.with_max_wait(SECOND).await.unwrap_err();
    assert!((9..=13).contains(&setup.count()), "{}", setup.count());
}

#[tokio::test]
async fn extreme_settings_neither_overflow_nor_panic() {
    let setup = Setup::new([
        json_reply(404, "{}"),
        json_reply(503, "{}"),
        job("RUNNING"),
        job("SUCCESS"),
    ]);
    let waiter = setup.waiter().with_max_wait(Duration::MAX);
    let waiter = waiter.with_interval(Duration::MAX);
    let waiter = waiter.with_grace(Duration::MAX).with_max_failures(u32::MAX);
    waiter.await.unwrap();
    assert_eq!(setup.count(), 4);
}

/// The time that a start says of itself.
async fn time_of(steps: Vec<Step>, wall: u32) -> String {
    let clock = ManualClock::skipping();
    clock.set_wall(SystemTime::UNIX_EPOCH + wall * SECOND);
    let setup = Setup::on(clock, steps);
    let started = setup.started().await;
    let time = started.handle().subject().get("started");
    time.unwrap().to_owned()
}

fn dated(status: u16, date: &str) -> Step {
    let headers = [("Date", date), ("Retry-After", "7")];
    Step::Send(reply(status, &headers, r#"{"job_id":"j1"}"#))
}

#[tokio::test]
async fn time_of_the_start_is_that_of_the_server() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    // Whatever our own clock says.
    for wall in [0, 784_111_777, 4_000_000_000] {
        let time = time_of(vec![dated(202, date)], wall).await;
        assert_eq!(time, "1994-11-06T08:49:37Z");
    }
    // Without a date in the reply it is our own.
    let time = time_of(vec![accepted()], 784_111_777).await;
    assert_eq!(time, "1994-11-06T08:49:37Z");
}

#[tokio::test]
async fn time_of_the_start_is_when_the_call_was_made_first() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let time = time_of(vec![dated(429, date), dated(202, date)], 0).await;
    // Seven seconds and at most one of spreading, rounded down.
    assert!(
        ["1994-11-06T08:49:29Z", "1994-11-06T08:49:30Z"].contains(&time.as_str()),
        "{time}"
    );
}

#[tokio::test]
async fn questions_have_the_settings_of_the_call() {
    let setup = Setup::new([accepted(), Step::SendAndHold(Vec::new())]);
    let call = setup.client.0.call().with_timeout(60 * SECOND);
    let waiter = call.start(StartJob).await.unwrap().wait();
    let waiter = waiter.with_max_wait(100 * SECOND).with_max_failures(0);
    let waiting = tokio::spawn(waiter.into_future());
    setup.server.until(|log| log.requests.len() == 2).await;
    while setup.clock.limits() == 0 {
        tokio::task::yield_now().await;
    }
    setup.clock.advance(60 * SECOND);
    let error = waiting.await.unwrap().unwrap_err();
    assert!(error.error().unwrap().is_timeout());

    // An id that breaks a limit of the document is not asked about, unless limits are off.
    let id = "j".repeat(65);
    let setup = Setup::new([job("SUCCESS")]);
    let error = setup.client.0.call().wait(ShowJob::new(&id)).await;
    let error = error.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Call);
    assert_eq!(error.error().unwrap().kind(), ErrorKind::Validation);
    assert_eq!(setup.count(), 0);
    let call = setup.client.0.call().with_validation(false);
    call.wait(ShowJob::new(&id)).await.unwrap();
}

#[tokio::test]
async fn request_that_names_nothing_to_watch_is_never_sent() {
    let setup = Setup::new([job("SUCCESS")]);
    for is_validated in [true, false] {
        let call = setup.client.0.call().with_validation(is_validated);
        let error = call.wait(ShowJob { job_id: None }).await.unwrap_err();
        assert_eq!(error.problem(), WaitProblem::Call);
        let cause = error.error().unwrap();
        assert_eq!(cause.kind(), ErrorKind::Validation);
        assert_eq!(cause.violations()[0].pointer, "/path/job_id");
        assert!(!error.to_string().contains("handle"), "{error}");
    }
    assert_eq!((setup.count(), setup.clock.slept().len()), (0, 0));
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn is_shared<T: Send + Sync + 'static>() {}

#[tokio::test]
async fn everything_can_go_to_another_thread() {
    let setup = Setup::new([accepted(), job("SUCCESS")]);
    let starting = is_send(setup.client.0.call().start(StartJob));
    let started: Started<StartJob> = is_send(starting.await.unwrap());
    let waiter: Waiter<StartJob> = is_send(started.wait());
    let waiting = tokio::spawn(is_send(waiter.into_future()));
    let done: Result<Job, WaitError<Job>> = is_send(waiting.await.unwrap());
    done.unwrap();
    is_shared::<WaitHandle<StartJob>>();
    is_shared::<WaitError<Job>>();
}
