//! What a waiter tells on its way.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloudbackup_runtime::waiting::WaitProblem;

use crate::support::json_reply;
use crate::support::waits::{SECOND, Setup, accepted, check_pauses, job};

/// One progress as it was told.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    elapsed: Duration,
    questions: u32,
    observed: Option<String>,
    state: Option<String>,
    text: Option<String>,
    percent: Option<f64>,
    failure: Option<u16>,
    next_in: Duration,
}

/// The job, which has got so far.
fn at(progress: &str) -> crate::support::Step {
    let body = format!(r#"{{"job":{{"status":"RUNNING","progress":{progress}}}}}"#);
    json_reply(200, &body)
}

/// What is told of a job with these answers.
async fn told(setup: &Setup) -> Vec<Told> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let waiter = setup.started().await.wait().on_progress(move |progress| {
        let failure = progress.failure().and_then(|error| error.status());
        sink.lock().unwrap().push(Told {
            elapsed: progress.elapsed(),
            questions: progress.questions(),
            observed: progress.observed().and_then(|job| job.status.clone()),
            state: progress.state().map(Into::into),
            text: progress.text().map(Into::into),
            percent: progress.percent(),
            failure: failure.map(|status| status.as_u16()),
            next_in: progress.next_in(),
        });
    });
    let _ = waiter.await;
    let told = told.lock().unwrap();
    told.clone()
}

#[tokio::test]
async fn each_question_that_is_followed_by_another_one_is_told() {
    let setup = Setup::new([
        accepted(),
        json_reply(404, "{}"),
        at("\"5%\""),
        json_reply(503, "{}"),
        at("\"about half\""),
        at("null"),
        job("SUCCESS"),
    ]);
    let told = told(&setup).await;
    let slept = setup.clock.slept();
    assert_eq!(told.len(), 5);
    for (number, told) in told.iter().enumerate() {
        assert_eq!(told.questions as usize, number + 1);
        assert_eq!(told.elapsed, slept[..=number].iter().sum::<Duration>());
        assert_eq!(told.next_in, slept[number + 1]);
    }
    let states: Vec<_> = told.iter().map(|told| told.state.as_deref()).collect();
    let running = Some("RUNNING");
    assert_eq!(states, [None, running, running, running, running]);
    assert!(told.iter().all(|told| told.observed == told.state));
    // What was seen last stays, and the failure is that of the last question.
    let texts: Vec<_> = told.iter().map(|told| told.text.as_deref()).collect();
    let five = Some("5%");
    assert_eq!(texts, [None, five, five, Some("about half"), None]);
    let percents: Vec<_> = told.iter().map(|told| told.percent).collect();
    assert_eq!(percents, [None, Some(5.0), Some(5.0), None, None]);
    let failures: Vec<_> = told.iter().map(|told| told.failure).collect();
    assert_eq!(failures, [Some(404), None, Some(503), None, None]);
}

#[tokio::test]
async fn wait_that_ends_with_the_first_answer_tells_nothing() {
    for last in [job("SUCCESS"), job("FAIL"), json_reply(403, "{}")] {
        let setup = Setup::new([accepted(), last]);
        assert_eq!(told(&setup).await, []);
    }
}

#[tokio::test]
async fn pause_that_is_told_ends_with_the_time() {
    let setup = Setup::new([job("RUNNING")]);
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&pauses);
    let waiter = setup.waiter().with_max_wait(3 * SECOND);
    let waiter = waiter.on_progress(move |progress| sink.lock().unwrap().push(progress.next_in()));
    let error = waiter.await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Timeout);
    let pauses = pauses.lock().unwrap();
    check_pauses(&pauses[..1], &[1800]);
    assert_eq!(pauses.iter().sum::<Duration>(), 3 * SECOND);
    assert_eq!(pauses.len(), setup.count() - 1);
}

#[tokio::test]
async fn second_hook_takes_the_place_of_the_first() {
    let setup = Setup::new([job("RUNNING"), job("SUCCESS")]);
    let (count, sink) = {
        let count = Arc::new(Mutex::new(0));
        (Arc::clone(&count), count)
    };
    let waiter = setup.waiter().on_progress(|_| panic!("the first hook"));
    let waiter = waiter.on_progress(move |_| *sink.lock().unwrap() += 1);
    waiter.await.unwrap();
    assert_eq!(*count.lock().unwrap(), 1);
}
