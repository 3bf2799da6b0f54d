//! What is started, watched and deleted, waited for until it is over.

use std::sync::{Arc, Mutex};

use cloudbackup_kitchen_sink_client::model::{
    DrainSinkInput, InspectionKind, InspectionState, JobStatus, Order,
};
use cloudbackup_kitchen_sink_client::waiting::{WaitHandle, WaitProblem};
use cloudbackup_kitchen_sink_client::{ErrorKind, Outcome};

use crate::local::Local;

#[tokio::test]
async fn job_that_a_call_has_started() {
    let local = Local::new();
    let started = local.client().drain_sink("s").start().await.unwrap();
    assert_eq!(started.reply().job_id.as_deref(), Some("drain-s"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&seen);
    let waiter = started.wait().on_progress(move |progress| {
        let (state, text) = (progress.state(), progress.text());
        let said = [state, text].map(|text| text.unwrap_or_default().to_owned());
        hook.lock().unwrap().push(said);
    });
    let job = waiter.await.unwrap();
    assert_eq!(
        (job.id.as_str(), job.status),
        ("drain-s", Some(JobStatus::Completed))
    );
    let expected = [["RUNNING", "33%"], ["RUNNING", "50%"]];
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(local.lines()[1..], ["GET /v1/jobs?id=drain-s"; 3]);
}

#[tokio::test]
async fn job_that_fails_says_why() {
    let local = Local::new();
    let started = local.client().fill_sink("s").start().await.unwrap();
    let error = started.wait().await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Failed);
    assert_eq!(
        (error.state(), error.reason()),
        (Some("FAILED"), Some("no water"))
    );
    assert_eq!(error.last().unwrap().id, "fill-s");
}

#[tokio::test]
async fn calls_that_tell_of_themselves() {
    let local = Local::new();
    let client = local.client();
    client.drain_sink("s").send().await.unwrap();
    let drain = client.show_drain("s").wait().await.unwrap();
    assert_eq!(drain.state, "empty");
    client.drain_sink("t").send().await.unwrap();
    let job = client
        .show_job()
        .deep(true)
        .id("drain-t")
        .wait()
        .await
        .unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    // Only what the handle keeps is asked with.
    assert_eq!(local.lines().last().unwrap(), "GET /v1/jobs?id=drain-t");
}

#[tokio::test]
async fn wait_goes_on_from_a_stored_handle() {
    let local = Local::new();
    let started = local.client().drain_sink("s").start().await.unwrap();
    let stored = started.handle().to_string();
    drop(started);
    let handle: WaitHandle<DrainSinkInput> = stored.parse().unwrap();
    assert_eq!(handle.subject().get("job_id"), Some("drain-s"));
    let waiter = handle.resume(&local.client()).unwrap();
    assert_eq!(waiter.await.unwrap().id, "drain-s");
}

#[test]
fn wait_of_a_program_without_a_runtime() {
    let local = Local::new();
    let started = local.client().drain_sink("s").start_blocking().unwrap();
    let job = started.wait().wait_blocking().unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
}

#[tokio::test]
async fn reply_without_the_job_is_an_error_and_nothing_is_asked() {
    let local = Local::new();
    let error = local.client().drain_sink("odd").start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Response);
    assert_eq!(error.outcome(), Outcome::Applied);
    assert!(error.to_string().contains("job_id"), "{error}");
    assert_eq!(local.lines().len(), 1);
}

#[tokio::test]
async fn entry_of_a_list_that_is_known_by_several_members() {
    let local = Local::new();
    let call = local
        .client()
        .start_inspection("s")
        .kind(InspectionKind::Metal);
    let started = call.start().await.unwrap();
    let inspection = started.wait().await.unwrap();
    let result = inspection.result.unwrap();
    assert_eq!(
        (result.state, result.percent),
        (Some(InspectionState::Passed), Some(100))
    );
    let asked = local.sinks(|sinks| sinks.works.asked.clone()).unwrap();
    assert_eq!(asked.kind, Some(InspectionKind::Metal));
    assert_eq!(asked.order, Some(Order::Newest));
    assert_eq!(asked.purpose.as_deref(), Some("on request"));
    // When it was started, by the clock of the test.
    let since = asked.since.and_then(|since| since.unix_seconds());
    assert_eq!(since, Some(1_700_000_000));
}

#[tokio::test]
async fn deletions_are_over_when_nothing_is_found() {
    let local = Local::with_fittings(3);
    let client = local.client();
    client
        .delete_sink("s")
        .start()
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    assert_eq!(local.lines()[1..], ["GET /v1/sinks/s"; 3]);
    let started = client.delete_fitting("f-0001").start().await.unwrap();
    let handle = started.handle().to_string();
    assert!(handle.contains(r#""fitting_id":"f-0001""#), "{handle}");
    started.wait().await.unwrap();
    assert_eq!(local.lines()[5..], ["GET /v1/fittings/whole"; 2]);
    assert_eq!(local.sinks(|sinks| sinks.fittings.len()), 2);
}

#[tokio::test]
async fn reply_without_the_list_is_not_the_end_of_a_deletion() {
    let local = Local::with_fittings(3);
    let started = local.client().delete_fitting("f-0001").start().await;
    local.blank(2, "/v1/fittings/whole");
    started.unwrap().wait().await.unwrap();
    let asked = local.lines().len() - 1;
    assert!(asked > 2, "{:?}", local.lines());
    assert_eq!(local.sinks(|sinks| sinks.fittings.len()), 2);
}
