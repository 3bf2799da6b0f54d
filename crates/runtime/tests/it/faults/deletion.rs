//! Rows W02 and W04 of the matrix, for waits until something is gone.

use cloudbackup_runtime::ReplyProblem;
use cloudbackup_runtime::waiting::WaitProblem;

use crate::support::jobs::{DropJob, DropThing};
use crate::support::json_reply;
use crate::support::waits::{Setup, accepted, unknown};

#[tokio::test]
async fn w02_deletion_can_fail_too() {
    let failed = json_reply(200, r#"{"jobs":[{"id":"j1","status":"ERROR"}]}"#);
    let setup = Setup::new([accepted(), failed]);
    let job_id = Some("j1".into());
    let started = setup.client.0.call().start(DropJob { job_id }).await;
    let error = started.unwrap().wait().await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Failed);
    assert_eq!((error.state(), error.reason()), (Some("ERROR"), None));
}

#[tokio::test]
async fn w04_for_a_deletion_that_is_the_end_without_any_grace() {
    let setup = Setup::new([
        accepted(),
        json_reply(200, r#"{"id":"deleting"}"#),
        unknown(),
    ]);
    let thing_id = Some("t1".into());
    let started = setup.client.0.call().start(DropThing { thing_id }).await;
    let last = started.unwrap().wait().await.unwrap();
    assert_eq!(last.as_deref(), Some("deleting"));
    assert_eq!(setup.lines()[1..], ["GET /v3/p1/things/t1"; 2]);

    let other = json_reply(200, r#"{"jobs":[{"id":"j2","status":"DELETING"}]}"#);
    let setup = Setup::new([
        accepted(),
        json_reply(200, r#"{"jobs":[{"id":"j1","status":"GONE"}]}"#),
        other,
    ]);
    let job_id = Some("j1".into());
    let started = setup.client.0.call().start(DropJob { job_id }).await;
    started.unwrap().wait().await.unwrap();
    assert_eq!(setup.count(), 3);
}

#[tokio::test]
async fn w04_reply_without_the_list_is_not_the_end_of_a_deletion() {
    let job_id = Some("j1".into());
    let nothing = [json_reply(200, "{}"), json_reply(200, r#"{"jobs":null}"#)];
    let over = json_reply(200, r#"{"jobs":[]}"#);
    let setup = Setup::new(
        [accepted()]
            .into_iter()
            .chain(nothing.clone())
            .chain([over]),
    );
    let started = setup.client.0.call().start(DropJob { job_id });
    started.await.unwrap().wait().await.unwrap();
    assert_eq!(setup.count(), 4);
    // Such a reply that stays is an error.
    let job_id = Some("j1".into());
    let setup = Setup::new([accepted()].into_iter().chain(nothing));
    let started = setup.client.0.call().start(DropJob { job_id }).await;
    let error = started.unwrap().wait().await.unwrap_err();
    assert_eq!(error.problem(), WaitProblem::Call);
    let cause = error.error().unwrap();
    assert_eq!(cause.reply_problem(), Some(ReplyProblem::Decode));
    assert!(cause.to_string().contains("lacks the member"), "{cause}");
}

#[tokio::test]
async fn w04_gateway_that_knows_no_such_api_says_nothing_of_the_job() {
    for code in ["APIG.0101", "APIGW.0101"] {
        let body = format!(r#"{{"error_code":"{code}","error_msg":"no such API"}}"#);
        let setup = Setup::new([accepted(), json_reply(404, &body)]);
        let thing_id = Some("t1".into());
        let started = setup.client.0.call().start(DropThing { thing_id }).await;
        let error = started.unwrap().wait().await.unwrap_err();
        assert_eq!(error.problem(), WaitProblem::Call);
        assert_eq!(error.error().and_then(|error| error.code()), Some(code));
        assert_eq!(setup.count(), 2);
    }
}
