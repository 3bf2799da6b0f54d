//! Rows W01 to W09: what waiting for the end of a job meets.

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cloudbackup_runtime::auth::{
    Credential, CredentialSource, Credentials, Issued, SourceError, Wish,
};
use cloudbackup_runtime::testing::{Answer, ManualClock, ReplayTransport};
use cloudbackup_runtime::waiting::{WaitHandle, WaitProblem};
use cloudbackup_runtime::{
    BoxFuture, Clock, ErrorKind, Outcome, ReplyBody, ReplyProblem, TimeoutPhase, Transport,
    TransportError,
};

use super::refusal::hides_the_token;
use crate::support::jobs::{ShowJob, StartJob};
use crate::support::waits::{SECOND, Setup, accepted, check_pauses, job, unknown};
use crate::support::{Step, TOKEN, TestClient, builder_of, json_reply, reply};

const QUESTION: &str = "GET /v3/p1/jobs/j1";

fn asking(status: u16, retry_after: &str) -> Step {
    Step::Send(reply(status, &[("Retry-After", retry_after)], ""))
}

#[tokio::test]
async fn w01_what_never_ends_is_given_up_with_what_was_seen_last() {
    let setup = Setup::new([accepted(), job("QUEUED"), job("RUNNING")]);
    let waiter = setup.started().await.wait().with_max_wait(60 * SECOND);
    let error = waiter.await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Timeout);
    assert_eq!(error.state(), Some("RUNNING"));
    let last = error.last().and_then(|job| job.status.as_deref());
    assert_eq!(last, Some("RUNNING"));
    assert!(error.error().is_none());
    // It was asked at the very end, and then no more.
    assert_eq!(error.elapsed(), 60 * SECOND);
    let slept = setup.clock.slept();
    assert_eq!(slept.iter().sum::<Duration>(), 60 * SECOND);
    assert_eq!(setup.count(), 1 + slept.len());
    check_pauses(&slept[..5], &[1800, 2700, 4050, 6075, 9112]);
}

#[tokio::test]
async fn w01_default_limit_is_that_of_the_operation() {
    let setup = Setup::new([job("RUNNING")]);
    let waiter = setup.waiter().with_interval(3600 * SECOND);
    assert_eq!(waiter.await.unwrap_err().elapsed(), 24 * 3600 * SECOND);
}

#[tokio::test]
async fn w01_one_question_runs_over_the_end_and_no_more() {
    let replay = ReplayTransport::new([
        Answer::json(200, r#"{"job":{"status":"RUNNING"}}"#),
        Answer::silence(),
    ]);
    let clock = ManualClock::skipping();
    let builder = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token(TOKEN)
        .transport(replay.clone())
        .clock(clock.clone())
        .attempt_timeout(30 * SECOND);
    let call = builder.build().unwrap().0.call();
    let waiter = call.wait(ShowJob::new("j1")).with_max_wait(SECOND);
    let waiting = tokio::spawn(waiter.into_future());
    while clock.limits() == 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(30 * SECOND);
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Timeout);
    assert_eq!(error.elapsed(), 31 * SECOND);
    assert_eq!(error.state(), Some("RUNNING"));
    let last = error.error().unwrap();
    assert_eq!(last.timeout_phase(), Some(TimeoutPhase::Attempt));
    replay.assert_finished();
}

#[tokio::test]
async fn w01_end_that_the_last_question_finds_counts() {
    let setup = Setup::new([job("RUNNING"), job("SUCCESS")]);
    let done = setup.waiter().with_max_wait(SECOND).await.unwrap();
    assert_eq!(done.status.as_deref(), Some("SUCCESS"));
    assert_eq!(setup.clock.slept(), [SECOND]);
}

#[tokio::test]
async fn w01_without_any_time_there_is_one_question() {
    let setup = Setup::new([accepted(), job("RUNNING")]);
    let waiter = setup.started().await.wait().with_max_wait(Duration::ZERO);
    let error = waiter.await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Timeout);
    assert_eq!((setup.count(), setup.clock.slept().len()), (2, 0));
}

#[tokio::test]
async fn w02_failure_that_the_service_reports_ends_the_wait() {
    let failed = r#"{"job":{"status":"FAIL","fail_reason":"disk full"}}"#;
    for status in ["FAIL", "ERROR"] {
        let step = json_reply(200, &failed.replace("FAIL", status));
        let setup = Setup::new([accepted(), job("RUNNING"), step, job("SUCCESS")]);
        let error = setup.started().await.wait().await.unwrap_err();
        assert_eq!(error.problem(), WaitProblem::Failed);
        assert_eq!(error.state(), Some(status));
        assert_eq!(error.reason(), Some("disk full"));
        let reason = error.last().and_then(|job| job.fail_reason.as_deref());
        assert_eq!(reason, Some("disk full"));
        assert!(error.error().is_none());
        assert_eq!(setup.count(), 3);
    }
}

#[tokio::test]
async fn w03_job_that_is_not_known_yet_is_waited_for() {
    let nothing = json_reply(200, "{}");
    let setup = Setup::new([
        accepted(),
        unknown(),
        nothing,
        unknown(),
        job("RUNNING"),
        job("SUCCESS"),
    ]);
    let done = setup.started().await.wait().await.unwrap();
    assert_eq!(done.status.as_deref(), Some("SUCCESS"));
    assert_eq!(setup.count(), 6);
    assert_eq!(setup.lines()[1..], [QUESTION; 5]);
}

#[tokio::test]
async fn w03_grace_counts_from_the_start_and_its_end_is_sharp() {
    let moment = Duration::from_nanos(1);
    for (age, questions) in [(10 * SECOND, 1), (10 * SECOND - moment, 2)] {
        let setup = Setup::new([accepted(), unknown()]);
        let started = setup.started().await;
        // Old enough for the first question to come at once.
        setup.clock.advance(age);
        let waiter = started.wait().with_grace(10 * SECOND);
        let error = waiter.with_max_failures(0).await.unwrap_err();
        assert_eq!(error.problem(), WaitProblem::Vanished);
        assert!(error.error().unwrap().is_not_found());
        assert_eq!(setup.count(), 1 + questions, "{age:?}");
    }
}

/// A network on which each request takes its time.
struct Slow(Arc<dyn Transport>, ManualClock, Duration);

impl Transport for Slow {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        self.1.advance(self.2);
        self.0.send(request)
    }
}

#[tokio::test]
async fn w03_what_counts_is_when_it_was_asked() {
    let answers = [unknown(), unknown(), job("SUCCESS")];
    let setup = Setup::new(answers);
    let clock = setup.clock.clone();
    let builder = builder_of(&setup.server).clock(clock.clone());
    let slow = builder.wrap_transport(move |inner| Slow(inner, clock.clone(), 9 * SECOND));
    let waiter = slow.build().unwrap().0.call().wait(ShowJob::new("j1"));
    // Asked at 0 s and about 11 s; answered at 9 s and about 20 s.
    waiter.with_grace(15 * SECOND).await.unwrap();
    assert_eq!(setup.count(), 3);
}

#[tokio::test]
async fn w03_code_of_the_document_says_the_same_under_another_status() {
    let no_such_job = |code: &str| {
        let body = format!(r#"{{"error_code":"{code}","error_msg":"no such job"}}"#);
        json_reply(400, &body)
    };
    let setup = Setup::new([no_such_job("X.0404"), job("SUCCESS")]);
    setup.waiter().await.unwrap();
    assert_eq!(setup.count(), 2);
    let setup = Setup::new([no_such_job("X.0405"), job("SUCCESS")]);
    let error = setup.waiter().await.unwrap_err();
    assert_eq!((error.problem(), setup.count()), (WaitProblem::Call, 1));
}

#[tokio::test]
async fn w03_without_a_grace_there_is_one_question() {
    let setup = Setup::new([unknown()]);
    let error = setup.waiter().with_grace(Duration::ZERO).await.unwrap_err();
    assert_eq!((error.problem(), setup.count()), (WaitProblem::Vanished, 1));
    assert!(error.last().is_none() && error.state().is_none());
}

#[tokio::test]
async fn w04_job_that_is_not_known_any_more_has_vanished() {
    let nothing = json_reply(200, "{}");
    for gone in [unknown(), nothing] {
        let clock = ManualClock::skipping();
        let script = [accepted(), job("RUNNING"), gone, job("SUCCESS")];
        let setup = Setup::on(clock.clone(), script);
        let waiter = setup.started().await.wait().with_grace(SECOND);
        let error = waiter.await.unwrap_err();
        assert_eq!(error.problem(), WaitProblem::Vanished);
        assert_eq!(error.state(), Some("RUNNING"));
        let is_refusal = error.error().is_some_and(|error| error.is_not_found());
        assert!(is_refusal || error.error().is_none());
        assert_eq!(setup.count(), 3);
    }
}

#[tokio::test]
async fn w05_state_that_nobody_knows_is_neither_an_end_nor_a_failure() {
    for state in [
        r#""status":"success""#,
        r#""status":"SUCCESS ""#,
        r#""status":"FROZEN""#,
        r#""status":"""#,
        r#""status":null"#,
        "",
    ] {
        let step = json_reply(200, &format!(r#"{{"job":{{{state}}}}}"#));
        let setup = Setup::new([accepted(), step]);
        let waiter = setup.started().await.wait().with_max_wait(300 * SECOND);
        let error = waiter.await.unwrap_err();
        assert_eq!(error.problem(), WaitProblem::Timeout, "{state}");
        let seen = error.last().unwrap().status.clone();
        assert_eq!(error.state(), seen.as_deref());
        assert!(setup.count() > 15);
    }
}

#[tokio::test]
async fn w05_unknown_state_is_told_at_the_end_of_the_wait() {
    let setup = Setup::new([accepted(), job("RUNNING"), job("FROZEN")]);
    let waiter = setup.started().await.wait().with_max_wait(9 * SECOND);
    let error = waiter.await.unwrap_err();
    assert_eq!(error.state(), Some("FROZEN"));
    assert!(error.to_string().contains("last state FROZEN"), "{error}");
}

/// What fails for now, each once.
fn hiccups() -> Vec<Step> {
    let torn = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"job\":".to_vec();
    vec![
        json_reply(503, "{}"),
        json_reply(429, "{}"),
        json_reply(500, r#"{"error_code":"X.1","error_msg":"oops"}"#),
        Step::Reset(Vec::new()),
        Step::SendAndClose(torn),
        json_reply(200, r#"{"job":7}"#),
        json_reply(200, "<html>maintenance</html>"),
        Step::Send(reply(200, &[("Content-Encoding", "br")], "x")),
        json_reply(408, "{}"),
        json_reply(403, r#"{"error_code":"APIG.0308","error_msg":"throttled"}"#),
    ]
}

#[tokio::test]
async fn w06_failures_that_pass_are_waited_out() {
    let mut script = vec![accepted()];
    script.extend(hiccups());
    script.push(job("SUCCESS"));
    let setup = Setup::new(script);
    let done = setup.started().await.wait().await.unwrap();
    assert_eq!(done.status.as_deref(), Some("SUCCESS"));
    // Ten failures, none of which was repeated by the call itself.
    assert_eq!(setup.count(), 12);
    assert_eq!(setup.clock.slept().len(), 11);
}

#[tokio::test]
async fn w06_more_failures_in_a_row_than_allowed_end_the_wait() {
    let setup = Setup::new([accepted(), job("RUNNING"), json_reply(503, "{}")]);
    let error = setup.started().await.wait().await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Call);
    assert_eq!(error.state(), Some("RUNNING"));
    let last = error.error().unwrap();
    assert_eq!(last.status().unwrap().as_u16(), 503);
    assert_eq!(last.attempts().len(), 1);
    hides_the_token(last);
    assert_eq!(setup.count(), 2 + 11);
    for (allowed, questions) in [(0, 1), (1, 2), (3, 4)] {
        let setup = Setup::new([json_reply(503, "{}")]);
        let error = setup.waiter().with_max_failures(allowed).await.unwrap_err();
        assert_eq!(error.problem(), WaitProblem::Call);
        assert_eq!(setup.count(), questions);
    }
}

#[tokio::test]
async fn w06_answer_sets_the_count_of_failures_back() {
    let two = [json_reply(503, "{}"), json_reply(503, "{}")];
    let script = [&two[..], &[job("RUNNING")], &two, &[job("SUCCESS")]].concat();
    let setup = Setup::new(script);
    setup.waiter().with_max_failures(2).await.unwrap();
    assert_eq!(setup.count(), 6);
    // A job that is not known yet is neither an answer nor a failure.
    let script = [&two[..], &[unknown()], &two[..1]].concat();
    let setup = Setup::new(script);
    let error = setup.waiter().with_max_failures(2).await.unwrap_err();
    assert_eq!(
        (error.problem(), setup.count()),
        (WaitProblem::Call, 4),
        "{error}"
    );
}

#[tokio::test]
async fn w06_failures_that_stay_end_the_wait_at_once() {
    for step in [
        json_reply(400, "{}"),
        json_reply(401, "{}"),
        json_reply(403, "{}"),
        json_reply(501, "{}"),
        Step::Send(reply(302, &[("Location", "/login")], "")),
    ] {
        let setup = Setup::new([accepted(), step.clone()]);
        let error = setup.started().await.wait().await.unwrap_err();
        assert_eq!(error.problem(), WaitProblem::Call, "{step:?}");
        assert_eq!(setup.count(), 2, "{step:?}");
        assert!(error.error().is_some());
    }
}

/// Fails some times, and then issues the token.
#[derive(Debug)]
struct Failing(Mutex<Vec<SourceError>>);

impl CredentialSource for Failing {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        let issued = Issued::new(Credential::Token(TOKEN.into()));
        let failure = self.0.lock().unwrap().pop();
        Box::pin(std::future::ready(failure.map_or(Ok(issued), Err)))
    }
}

#[tokio::test]
async fn w06_issuer_of_credentials_that_is_out_of_reach_is_waited_out() {
    let answers = |failures: Vec<SourceError>| {
        let setup = Setup::new([job("SUCCESS")]);
        let source = Failing(Mutex::new(failures));
        let builder = builder_of(&setup.server).clock(setup.clock.clone());
        let client = builder.credentials(Credentials::source(source)).build();
        let waiter = client.unwrap().0.call().wait(ShowJob::new("j1"));
        (setup, waiter)
    };
    let out_of_reach = SourceError::unavailable("the issuer is out of reach");
    let (setup, waiter) = answers(vec![out_of_reach; 2]);
    waiter.await.unwrap();
    assert_eq!(setup.count(), 1);
    // One that refuses goes on doing so.
    let (setup, waiter) = answers(vec![SourceError::refused("wrong password")]);
    let error = waiter.await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Call);
    assert_eq!(error.error().unwrap().kind(), ErrorKind::Auth);
    assert_eq!((setup.count(), setup.clock.slept().len()), (0, 0));
}

#[tokio::test]
async fn w06_server_says_when_it_is_asked_next() {
    let asked = Step::Send(reply(
        200,
        &[("Retry-After", "50")],
        r#"{"job":{"status":"RUNNING"}}"#,
    ));
    let setup = Setup::new([
        asking(503, "40"),
        asking(429, "0"),
        asked,
        asking(404, "30"),
        job("SUCCESS"),
    ]);
    setup.waiter().with_grace(3600 * SECOND).await.unwrap();
    let slept = setup.clock.slept();
    let [first, second, third, fourth] = slept[..] else {
        panic!("{slept:?}");
    };
    assert!((40 * SECOND..=41 * SECOND).contains(&first), "{slept:?}");
    check_pauses(&[second], &[2700]);
    assert!((50 * SECOND..=51 * SECOND).contains(&third), "{slept:?}");
    assert!((30 * SECOND..=31 * SECOND).contains(&fourth), "{slept:?}");
}

#[tokio::test]
async fn w06_wait_asked_for_beyond_the_end_is_not_waited() {
    let setup = Setup::new([job("RUNNING"), asking(503, "600")]);
    let waiter = setup.waiter().with_max_wait(500 * SECOND);
    let error = waiter.await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Timeout);
    let failure = error.error().unwrap();
    assert_eq!(failure.retry_after(), Some(600 * SECOND));
    assert_eq!((setup.count(), setup.clock.slept().len()), (2, 1));
    // Where it ends with the time for waiting, there is one more question.
    let setup = Setup::new([asking(503, "500"), job("SUCCESS")]);
    let waiter = setup.waiter().with_max_wait(500 * SECOND);
    waiter.await.unwrap();
    assert_eq!(setup.clock.slept(), [500 * SECOND]);
}

#[tokio::test]
async fn w07_start_without_the_id_of_its_job_is_an_error_and_nothing_is_asked() {
    for body in ["{}", r#"{"job_id":""}"#, r#"{"job_id":null}"#, ""] {
        let headers = [("X-Request-Id", "r-7")];
        let setup = Setup::new([Step::Send(reply(202, &headers, body))]);
        let error = setup.client.0.call().start(StartJob).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome(), error.reply_problem()),
            (
                ErrorKind::Response,
                Outcome::Applied,
                Some(ReplyProblem::Decode)
            )
        );
        assert_eq!(
            error.to_string(),
            "test start_job: the reply names no `job_id`, so there is nothing to ask about \
             (status 202) [request id r-7] (was applied)"
        );
        assert_eq!(error.raw_body(), Some(body.as_bytes()));
        assert_eq!(error.attempts().len(), 1);
        assert_eq!(setup.lines(), ["POST /v3/p1/jobs"]);
    }
}

#[tokio::test]
async fn w07_start_that_was_repeated_tells_of_all_attempts() {
    let throttled = json_reply(429, "{}");
    let setup = Setup::new([throttled, json_reply(202, "{}")]);
    let error = setup.client.0.call().start(StartJob).await.unwrap_err();
    let statuses: Vec<_> = error.attempts().iter().map(|a| a.status()).collect();
    assert_eq!(statuses.len(), 2);
    assert_eq!(statuses[0].unwrap().as_u16(), 429);
    assert_eq!(error.outcome(), Outcome::Applied);
}

#[tokio::test]
async fn w08_another_program_waits_on_with_the_handle() {
    let setup = Setup::new([accepted(), job("RUNNING"), job("SUCCESS")]);
    let started = setup.started().await;
    let kept = started.handle().to_string();
    let error = started.wait().with_max_wait(SECOND).await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Timeout);
    assert_eq!(error.handle_text(), kept);
    drop(error);

    // Another client, on a clock of its own that goes on in the calendar.
    let handle: WaitHandle<StartJob> = kept.parse().unwrap();
    let clock = ManualClock::skipping();
    let builder = builder_of(&setup.server).clock(clock.clone());
    let client = builder.build().unwrap();
    let done = handle.resume(&client).unwrap().await.unwrap();
    assert_eq!(done.status.as_deref(), Some("SUCCESS"));
    // It is asked at once: it is not new.
    assert!(clock.slept().is_empty());
    assert_eq!(setup.lines(), ["POST /v3/p1/jobs", QUESTION, QUESTION]);
}

#[tokio::test]
async fn w08_grace_still_counts_from_the_start() {
    for (later, problem) in [(0, WaitProblem::Timeout), (61, WaitProblem::Vanished)] {
        let clock = ManualClock::skipping();
        let setup = Setup::on(clock.clone(), [accepted(), unknown()]);
        let handle = setup.started().await.handle().clone();
        clock.set_wall(clock.wall() + later * SECOND);
        let waiter = handle.resume(&setup.client).unwrap();
        let error = waiter.with_max_wait(5 * SECOND).await.unwrap_err();
        assert_eq!(error.problem(), problem);
    }
}

#[tokio::test]
async fn w09_first_end_counts_whatever_comes_later() {
    let setup = Setup::new([accepted(), job("SUCCESS"), job("RUNNING"), job("FAIL")]);
    let done = setup.started().await.wait().await.unwrap();
    assert_eq!(done.status.as_deref(), Some("SUCCESS"));
    assert_eq!(setup.count(), 2);

    let setup = Setup::new([accepted(), job("FAIL"), job("RUNNING"), job("SUCCESS")]);
    let error = setup.started().await.wait().await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Failed);
    assert_eq!(setup.count(), 2);
}

/// Lets every task that can go on do so.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn c05_waiter_that_is_dropped_before_it_is_awaited_asks_nothing() {
    let setup = Setup::new([accepted(), job("RUNNING")]);
    let started = setup.started().await;
    drop(setup.waiter());
    drop(setup.waiter().into_future());
    drop(started.wait());
    settle().await;
    assert_eq!(setup.count(), 1);
    assert!(setup.clock.slept().is_empty());
}

#[tokio::test]
async fn c05_waiter_that_is_dropped_between_two_questions_asks_no_more() {
    let clock = ManualClock::new();
    let setup = Setup::on(clock.clone(), [job("RUNNING")]);
    let waiting = tokio::spawn(setup.waiter().into_future());
    while clock.sleeping() == 0 {
        assert!(!waiting.is_finished());
        tokio::task::yield_now().await;
    }
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!((clock.sleeping(), clock.limits()), (0, 0));
    clock.advance(3600 * SECOND);
    settle().await;
    assert_eq!(setup.count(), 1);
}

#[tokio::test]
async fn c05_waiter_that_is_dropped_during_a_question_ends_it() {
    let hanging = Step::SendAndHold(Vec::new());
    let clock = ManualClock::new();
    let setup = Setup::on(clock.clone(), [hanging]);
    let waiting = tokio::spawn(setup.waiter().into_future());
    setup.server.until(|log| log.requests.len() == 1).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    setup.server.until(|log| log.closed == 1).await;
    assert_eq!((clock.sleeping(), clock.limits()), (0, 0));
    clock.advance(3600 * SECOND);
    settle().await;
    assert_eq!((setup.count(), setup.server.connections()), (1, 1));
}
