//! What the errors of waiting say.

use std::error::Error as _;

use cloudbackup_runtime::waiting::{WaitError, WaitProblem};

use crate::support::jobs::Job;
use crate::support::waits::{SECOND, Setup, accepted, job};
use crate::support::{Step, json_reply};

/// The error of a wait of eight seconds, of whose questions one may fail, that meets these answers.
async fn error_of(script: impl IntoIterator<Item = Step>) -> WaitError<Job> {
    let setup = Setup::new(std::iter::once(accepted()).chain(script));
    let started = setup.started().await;
    // Old enough for the first question to come at once.
    setup.clock.advance(5 * SECOND);
    let waiter = started.wait().with_max_wait(8 * SECOND);
    let waiter = waiter.with_grace(5 * SECOND).with_max_failures(1);
    waiter.await.unwrap_err()
}

const WAIT_ON: &str = "; it may still be running: wait on with its handle";

#[tokio::test]
async fn timeout_says_what_was_seen_last_and_that_it_goes_on() {
    let error = error_of([job("RUNNING")]).await;
    assert_eq!(
        error.to_string(),
        format!("test start_job (job_id j1): not over after 8 s, last state RUNNING{WAIT_ON}")
    );
    assert!(error.source().is_none());
    let error = error_of([json_reply(200, r#"{"job":{}}"#)]).await;
    assert_eq!(
        error.to_string(),
        format!("test start_job (job_id j1): not over after 8 s, without a state{WAIT_ON}")
    );
}

#[tokio::test]
async fn timeout_says_why_the_last_question_has_no_answer() {
    let setup = Setup::new([accepted(), json_reply(404, "{}")]);
    let waiter = setup.started().await.wait().with_max_wait(SECOND);
    let error = waiter.await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "test start_job (job_id j1): not over after 1 s; the last question: test show_job: \
             the service answered 404 Not Found{WAIT_ON}"
        )
    );
}

#[tokio::test]
async fn failure_says_why_in_the_words_of_the_service() {
    let body = r#"{"job":{"status":"FAIL","fail_reason":"disk\nfull"}}"#;
    let error = error_of([json_reply(200, body)]).await;
    assert_eq!(
        error.to_string(),
        "test start_job (job_id j1): failed after 0 s, last state FAIL: disk\\nfull"
    );
    assert_eq!(error.reason(), Some("disk\nfull"));
    let error = error_of([job("ERROR")]).await;
    assert_eq!(
        error.to_string(),
        "test start_job (job_id j1): failed after 0 s, last state ERROR"
    );
}

#[tokio::test]
async fn what_vanished_was_there_or_never_was() {
    let gone = json_reply(404, r#"{"error_code":"X.4","error_msg":"no job"}"#);
    let refusal = "the last question: test show_job: the service answered 404 Not Found, \
                   code X.4: no job";
    let advice = "see whether it exists before starting it again";
    let error = error_of([gone.clone()]).await;
    assert_eq!(
        error.to_string(),
        format!(
            "test start_job (job_id j1): not known to the service after 0 s; {refusal}; {advice}"
        )
    );
    let error = error_of([job("RUNNING"), gone]).await;
    assert_eq!(error.problem(), WaitProblem::Vanished);
    let elapsed = error.elapsed().as_secs();
    assert_eq!(
        error.to_string(),
        format!(
            "test start_job (job_id j1): not known to the service any more after {elapsed} s, \
             last state RUNNING; {refusal}; {advice}"
        )
    );
    let error = error_of([json_reply(200, "{}")]).await;
    assert_eq!(
        error.to_string(),
        format!("test start_job (job_id j1): not known to the service after 0 s; {advice}")
    );
}

#[tokio::test]
async fn failed_question_says_how_it_failed() {
    let error = error_of([json_reply(403, r#"{"error_msg":"not yours"}"#)]).await;
    assert_eq!(
        error.to_string(),
        format!(
            "test start_job (job_id j1): cannot be asked about any more after 0 s; the last \
             question: test show_job: the service answered 403 Forbidden: not yours{WAIT_ON}"
        )
    );
    let source = error.source().unwrap().to_string();
    assert_eq!(source, error.error().unwrap().to_string());
    let error = error_of([json_reply(503, "")]).await;
    assert!(
        error.to_string().contains(
            "after 2 s; the last of 2 failed questions: test show_job: the service answered 503"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn error_prints_on_one_line_without_what_turns_text_around() {
    let body = r#"{"job":{"status":"FAIL","fail_reason":"a\r\nb\u202ec\u001b[31m"}}"#;
    let error = error_of([json_reply(200, body)]).await;
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(text.chars().all(|c| !c.is_control()), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
    }
    let long = "x".repeat(5000);
    let body = format!(r#"{{"job":{{"status":"{long}","fail_reason":"{long}"}}}}"#);
    let error = error_of([json_reply(200, &body)]).await;
    assert!(error.to_string().len() < 1200, "{error}");
}

#[tokio::test]
async fn debug_lists_what_is_known() {
    let body = r#"{"job":{"status":"FAIL","fail_reason":"full","progress":"97%"}}"#;
    let error = error_of([json_reply(200, body)]).await;
    assert_eq!(
        format!("{error:?}"),
        "WaitError { problem: Failed, operation: \"test start_job\", subject: \"job_id j1\", \
         state: Some(\"FAIL\"), reason: Some(\"full\"), error: None, elapsed: 0ns, questions: 1, .. }"
    );
    let setup = Setup::new([accepted()]);
    let started = setup.started().await;
    let shown = format!("{started:?} {:?}", setup.waiter());
    assert!(shown.contains("Started") && shown.contains("Waiter"));
    assert!(!shown.contains("Client"), "{shown}");
}
