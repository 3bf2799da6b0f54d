//! The same for what waits and what was found: a service may repeat the token in all that it says.

use std::sync::{Arc, Mutex};

use cloudbackup_runtime::waiting::WaitHandle;

use super::Printed;
use crate::support::jobs::StartJob;
use crate::support::makes::MakeThing;
use crate::support::waits::{SECOND, Setup, accepted};
use crate::support::{Step, TOKEN, json_reply};

/// A job that repeats the token.
fn echo(status: &str) -> Step {
    let body = format!(
        r#"{{"job":{{"status":"{status}","progress":"{TOKEN}","fail_reason":"no {TOKEN}!"}}}}"#
    );
    json_reply(200, &body)
}

#[tokio::test]
async fn token_is_in_nothing_that_waiting_prints() {
    let refusal = format!(r#"{{"error_code":"{TOKEN}","error_msg":"no {TOKEN}"}}"#);
    for last in [
        echo("FAIL"),
        echo(TOKEN),
        json_reply(404, &refusal),
        json_reply(403, &refusal),
        json_reply(200, &format!(r#"{{"job":"{TOKEN}"}}"#)),
    ] {
        let mut printed = Printed::default();
        let setup = Setup::new([accepted(), echo(TOKEN), last]);
        let started = setup.started().await;
        printed.debug(&started);
        let handle = started.handle().clone();
        printed.debug(&handle);
        printed.display(&handle);
        let told = Arc::new(Mutex::new(Printed::default()));
        let sink = Arc::clone(&told);
        let waiter = started.wait().with_max_wait(60 * SECOND);
        let waiter = waiter.with_grace(SECOND).with_max_failures(1);
        let waiter = waiter.on_progress(move |progress| sink.lock().unwrap().debug(progress));
        printed.debug(&waiter);
        let error = waiter.await.unwrap_err();
        printed.debug(&error);
        printed.display(&error);
        printed.debug(&error.state());
        printed.debug(&error.reason());
        printed.display(&error.handle_text());
        if let Some(error) = error.error() {
            printed.error(error);
        }
        printed.0 += &told.lock().unwrap().0;
        assert!(printed.0.contains("Progress"), "{}", printed.0);
        assert!(printed.0.contains("[redacted]"), "{}", printed.0);
        assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
    }
}

#[tokio::test]
async fn token_that_is_the_id_of_a_job_is_in_no_error() {
    let script = [json_reply(202, &format!(r#"{{"job_id":"{TOKEN}"}}"#))];
    let setup = Setup::new(script);
    let started = setup.started().await;
    let kept = started.handle().to_string();
    let mut printed = Printed::default();
    // An id that long breaks a limit; the question is not sent.
    let error = started.wait().await.unwrap_err();
    printed.debug(&error);
    printed.display(&error);
    let handle: WaitHandle<StartJob> = kept.parse().unwrap();
    printed.error(&handle.resume(&setup.client).unwrap_err());
    let elsewhere = kept.replace("\"p1\"", &format!("\"{TOKEN}\""));
    let handle: WaitHandle<StartJob> = elsewhere.parse().unwrap();
    printed.error(&handle.resume(&setup.client).unwrap_err());
    assert!(printed.0.contains("[redacted]"), "{}", printed.0);
    assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
    assert_eq!(setup.count(), 1);
}

#[tokio::test]
async fn token_is_in_no_error_of_a_search() {
    let echo = format!(r#"{{"error_msg":"no {TOKEN}"}}"#);
    let setup = Setup::new([Step::Reset(Vec::new()), json_reply(403, &echo)]);
    let call = setup.client.0.call();
    let error = call.send_or_find(MakeThing::new("n1")).await.unwrap_err();
    let mut printed = Printed::default();
    printed.error(&error);
    assert!(printed.0.contains("no [redacted]"), "{}", printed.0);
    assert_eq!(printed.leaks(TOKEN), 0, "{}", printed.0);
}
