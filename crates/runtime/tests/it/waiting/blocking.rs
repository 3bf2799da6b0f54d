//! Waiting without an async runtime.

use cloudbackup_runtime::waiting::{WaitHandle, WaitProblem};
use cloudbackup_runtime::{ErrorKind, Outcome};

use crate::support::jobs::StartJob;
use crate::support::json_reply;
use crate::support::waits::{SECOND, Setup, accepted, check_pauses, job};

#[test]
fn job_is_started_and_waited_for_on_a_thread() {
    let setup = Setup::new([accepted(), job("RUNNING"), job("SUCCESS")]);
    let started = setup.client.0.call().start_blocking(StartJob).unwrap();
    assert_eq!(started.reply().job_id.as_deref(), Some("j1"));
    let handle = started.handle().to_string();
    let mut told = 0;
    let (sender, receiver) = std::sync::mpsc::channel();
    let waiter = started.wait().on_progress(move |progress| {
        told += 1;
        let _ = sender.send((told, progress.state().map(String::from)));
    });
    let done = waiter.wait_blocking().unwrap();
    assert_eq!(done.status.as_deref(), Some("SUCCESS"));
    let told: Vec<_> = receiver.iter().collect();
    assert_eq!(told, [(1, Some("RUNNING".to_owned()))]);
    check_pauses(&setup.clock.slept(), &[1800, 2700]);
    // One connection served all of it.
    assert_eq!((setup.count(), setup.server.connections()), (3, 1));

    let handle: WaitHandle<StartJob> = handle.parse().unwrap();
    let waiter = handle.resume(&setup.client).unwrap();
    waiter.wait_blocking().unwrap();
    assert_eq!((setup.count(), setup.server.connections()), (4, 1));
}

#[test]
fn errors_are_those_of_the_other_ways() {
    let setup = Setup::new([json_reply(202, "{}"), job("RUNNING"), job("FAIL")]);
    let call = || setup.client.0.call();
    let error = call().start_blocking(StartJob).unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Response, Outcome::Applied)
    );
    let error = setup.waiter().with_max_wait(SECOND).wait_blocking();
    // The question at the end finds it.
    assert_eq!(error.unwrap_err().problem(), WaitProblem::Failed);
}

#[tokio::test]
async fn inside_a_runtime_nothing_is_sent() {
    let setup = Setup::new([accepted()]);
    let error = setup.client.0.call().start_blocking(StartJob).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let error = setup.waiter().wait_blocking().unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Call);
    assert_eq!(error.error().unwrap().kind(), ErrorKind::Config);
    assert!(error.to_string().contains("async runtime"), "{error}");
    assert_eq!(setup.server.connections(), 0);
}

#[test]
fn what_was_started_on_a_thread_may_be_awaited() {
    let setup = Setup::new([accepted(), job("SUCCESS")]);
    let started = setup.client.0.call().start_blocking(StartJob).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { started.wait().await }).unwrap();
    // Not over a connection of the other runtime.
    assert_eq!(setup.server.connections(), 2);
}
