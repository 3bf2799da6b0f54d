//! Rows S12, S13 and S16: services that refuse a token.

use std::time::Duration;

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::auth::Credentials;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{Error, ErrorKind, Outcome, RetryConfig};

use super::{CROWD, MINUTE, SECOND, crowd, hides_secrets, refusal, results, show, succeeds};
use crate::support::cloud::{Cloud, Desk, Reply, by_password, token};
use crate::support::service::PutThing;
use crate::support::{CopyThing, ShowThing, TOKEN};

fn unauthorized() -> Reply {
    Reply::json(
        401,
        r#"{"error_code":"APIG.0301","error_msg":"the token must be updated"}"#,
    )
}

/// What a gateway says of a token under any status.
fn gateway(status: u16, code: &str) -> Reply {
    Reply::json(
        status,
        format!(r#"{{"error_code":"{code}","error_msg":"decrypt token fail"}}"#),
    )
}

fn statuses(error: &Error) -> Vec<u16> {
    let statuses = error.attempts().iter().filter_map(|it| it.status());
    statuses.map(|status| status.as_u16()).collect()
}

/// Whether a refusal like this is answered by one login, and the request sent once more.
async fn is_renewed<O: Operation>(refusal: Reply, input: O) {
    let cloud = Cloud::new();
    let client = cloud.client();
    show(&client).await.unwrap();
    cloud.next(Desk::Service, [refusal]);
    let response = client.call().send_with_response(input).await;
    assert_eq!(
        response
            .map_err(|error| error.to_string())
            .unwrap()
            .attempts(),
        2
    );
    assert_eq!(cloud.counts(), (2, 3));
    assert_eq!(cloud.tokens(), [token(1), token(1), token(2)]);
    // The same request, but for the token.
    let [_, first, second] = &cloud.seen(Desk::Service)[..] else {
        panic!("not three requests");
    };
    assert_eq!((&first.uri, &first.body), (&second.uri, &second.body));
    assert!(cloud.clock.slept().is_empty());
    // The new one is kept.
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (2, 4));
}

/// Whether a refusal like this stands after one attempt, without a login.
async fn stands<O: Operation>(reply: Reply, input: O) -> Error {
    let cloud = Cloud::new();
    let client = cloud.client();
    cloud.next(Desk::Service, [reply]);
    let error = refusal(&client, input).await;
    assert_eq!((cloud.counts(), error.attempts().len()), ((1, 1), 1));
    show(&client).await.unwrap();
    assert_eq!(cloud.tokens(), [token(1), token(1)]);
    error
}

#[tokio::test]
async fn s12_refused_token_is_renewed_once_and_the_request_sent_again() {
    is_renewed(unauthorized(), ShowThing::new("t1")).await;
    is_renewed(unauthorized(), CopyThing::new("t1", "n")).await;
    is_renewed(Reply::status(401), CopyThing::new("t1", "n")).await;
}

#[tokio::test]
async fn s12_second_refusal_is_the_error() {
    async fn check<O: Operation>(input: O) {
        let cloud = Cloud::new();
        cloud.always(Desk::Service, unauthorized());
        let error = refusal(&cloud.client(), input).await;
        assert!(error.is_auth());
        assert_eq!(cloud.counts(), (2, 2));
        assert_eq!(cloud.tokens(), [token(1), token(2)]);
        assert_eq!(statuses(&error), [401, 401]);
        for attempt in error.attempts() {
            let found = (attempt.kind(), attempt.outcome(), attempt.delay());
            assert_eq!(
                found,
                (ErrorKind::Service, Outcome::Rejected, Duration::ZERO)
            );
        }
    }
    check(ShowThing::new("t1")).await;
    check(CopyThing::new("t1", "n")).await;
}

#[tokio::test]
async fn s12_service_that_takes_no_token_causes_one_login_a_minute() {
    let cloud = Cloud::new();
    let client = cloud.client();
    cloud.always(Desk::Service, unauthorized());
    for _ in 0..10 {
        assert!(refusal(&client, ShowThing::new("t1")).await.is_auth());
    }
    assert_eq!(cloud.counts(), (2, 11));
    for result in results(crowd(&client, CROWD)).await {
        assert!(result.unwrap_err().is_auth());
    }
    assert_eq!(cloud.counts(), (2, 11 + CROWD));
    cloud.clock.advance(MINUTE);
    assert!(refusal(&client, ShowThing::new("t1")).await.is_auth());
    assert_eq!(cloud.counts(), (3, 13 + CROWD));
    // Once it takes them, all is well.
    cloud.always(Desk::Service, Reply::Usual);
    succeeds(crowd(&client, CROWD)).await;
    assert_eq!(cloud.logins(), 3);
}

#[tokio::test]
async fn s12_renewal_counts_neither_as_a_repetition_nor_against_them() {
    let cloud = Cloud::on(ManualClock::skipping());
    let client = cloud.client();
    let busy = || Reply::status(503);
    cloud.next(Desk::Service, [busy(), unauthorized(), busy()]);
    let call = client.call().send_with_response(ShowThing::new("t1"));
    assert_eq!(call.await.unwrap().attempts(), 4);
    assert_eq!(cloud.counts(), (2, 4));

    // An attempt of unknown fate before or after it is not forgotten.
    cloud.next(Desk::Service, [busy(), busy(), busy()]);
    let error = client.call().send(PutThing).await.unwrap_err();
    assert_eq!(
        (error.outcome(), error.attempts().len()),
        (Outcome::Unknown, 3)
    );
    cloud.clock.advance(MINUTE);
    cloud.next(Desk::Service, [busy(), unauthorized(), unauthorized()]);
    let error = client.call().send(PutThing).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Unknown)
    );
    assert_eq!(statuses(&error), [503, 401, 401]);
    assert!(error.is_auth() && error.is_after_ambiguous_attempt());
}

#[tokio::test]
async fn s12_write_of_unknown_fate_is_not_sent_again_after_a_renewal() {
    let cloud = Cloud::on(ManualClock::skipping());
    let client = cloud.client();
    cloud.next(Desk::Service, [unauthorized(), Reply::status(503)]);
    let error = client
        .call()
        .send(CopyThing::new("t1", "n"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Unknown)
    );
    assert_eq!((cloud.counts(), statuses(&error)), ((2, 2), vec![401, 503]));
}

#[tokio::test]
async fn s12_where_no_other_token_is_to_be_had_that_is_the_error() {
    let cloud = Cloud::new();
    let builder = cloud.builder(by_password()).project_id("p1");
    let client = builder.retry(RetryConfig::none()).build().unwrap().0;
    show(&client).await.unwrap();
    cloud.revoke();
    cloud.always(Desk::Logins, Reply::status(503));
    for (result, calls) in [(show(&client).await, 2), (show(&client).await, 2)] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert!(error.is_auth() && error.outcome() <= Outcome::Rejected);
        assert!(error.to_string().contains("503"), "{error}");
        hides_secrets(&error);
        assert_eq!(cloud.counts(), (2, calls));
    }
    cloud.always(Desk::Logins, Reply::Usual);
    cloud.clock.advance(SECOND);
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (3, 3));
}

#[tokio::test]
async fn s13_static_token_is_neither_renewed_nor_sent_again() {
    async fn check<O: Operation>(input: O) {
        let cloud = Cloud::new();
        let builder = cloud.builder(Credentials::token(TOKEN)).project_id("p1");
        let client = builder.build().unwrap().0;
        let error = refusal(&client, input).await;
        assert!(error.is_auth());
        assert_eq!((cloud.counts(), error.attempts().len()), ((0, 1), 1));
        // There is no telling what became of it meanwhile, so it is sent with the next call.
        refusal(&client, ShowThing::new("t1")).await;
        assert_eq!(cloud.counts(), (0, 2));
    }
    check(ShowThing::new("t1")).await;
    check(CopyThing::new("t1", "n")).await;
}

#[tokio::test]
async fn s16_gateway_that_speaks_of_the_token_under_another_status() {
    for status in [200, 400, 403] {
        for code in ["APIG.0301", "APIGW.0301"] {
            is_renewed(gateway(status, code), CopyThing::new("t1", "n")).await;
        }
    }
    is_renewed(gateway(403, "APIG.0301"), ShowThing::new("t1")).await;
}

#[tokio::test]
async fn s16_status_that_leaves_the_fate_open_is_no_refusal_whatever_the_code() {
    let cloud = Cloud::on(ManualClock::skipping());
    let client = cloud.client();
    cloud.next(Desk::Service, [gateway(503, "APIG.0301")]);
    let error = client
        .call()
        .send(CopyThing::new("t1", "n"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Unknown)
    );
    assert_eq!((cloud.counts(), statuses(&error)), ((1, 1), vec![503]));
}

#[tokio::test]
async fn s16_other_refusals_stand() {
    for body in [
        Reply::status(403),
        gateway(403, "APIG.0302"),
        gateway(403, "CBR.0301"),
        gateway(400, "APIG.0201"),
    ] {
        assert!(!stands(body.clone(), ShowThing::new("t1")).await.is_auth());
        assert!(!stands(body, CopyThing::new("t1", "n")).await.is_auth());
    }
}
