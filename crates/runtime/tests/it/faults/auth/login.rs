//! Rows A01, A05 to A08 and A14: tokens that are got for the first time.

use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{ErrorKind, Outcome, RetryConfig, TimeoutPhase};
use serde_json::json;

use super::{
    CROWD, DAY, HOUR, MINUTE, SECOND, crowd, finished, hides_secrets, lacking, results, settle,
    show, succeeds, until,
};
use crate::support::ShowThing;
use crate::support::cloud::{Cloud, Desk, PASSWORD, Reply, by_password, token};

#[tokio::test]
async fn a01_thousand_calls_start_with_one_login() {
    let cloud = Cloud::new();
    let client = cloud.client();
    let door = cloud.hold("/auth/tokens");
    let calls = crowd(&client, CROWD);
    until("all wait", || cloud.clock.limits() >= CROWD).await;
    assert_eq!((cloud.counts(), finished(&calls)), ((1, 0), 0));
    door.open();
    succeeds(calls).await;
    assert_eq!(cloud.counts(), (1, CROWD));
    assert!(cloud.tokens().iter().all(|sent| *sent == token(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a01_thousand_calls_of_several_threads_start_with_one_login() {
    let cloud = Cloud::new();
    succeeds(crowd(&cloud.client(), CROWD)).await;
    assert_eq!(cloud.counts(), (1, CROWD));
}

#[tokio::test]
async fn a01_login_is_as_documented() {
    let cloud = Cloud::new();
    show(&cloud.client()).await.unwrap();
    let login = &cloud.seen(Desk::Logins)[0];
    assert_eq!(
        (login.method.as_str(), login.uri.to_string().as_str()),
        ("POST", "http://127.0.0.1:5/v3/auth/tokens?nocatalog=true")
    );
    assert_eq!(login.header("content-type"), Some("application/json"));
    let user = json!({"name": "user", "domain": {"name": "account"}, "password": PASSWORD});
    let auth = json!({
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"id": "p1"}},
    });
    assert_eq!(login.json(), json!({ "auth": auth }));
    let call = &cloud.seen(Desk::Service)[0];
    assert_eq!(call.token(), token(1));
    assert_eq!(call.uri.path(), "/v3/p1/things/t1");
    assert!(call.header("authorization").is_none());
}

#[tokio::test]
async fn a05_wrong_password_is_tried_once_for_all_and_again_after_a_minute() {
    let cloud = Cloud::new();
    let client = cloud.client();
    let wrong = r#"{"error":{"code":401,"message":"wrong password","title":"Unauthorized"}}"#;
    cloud.always(Desk::Logins, Reply::json(401, wrong));
    let door = cloud.hold("/auth/tokens");
    let calls = crowd(&client, CROWD);
    until("all wait", || cloud.clock.limits() >= CROWD).await;
    door.open();
    let texts: Vec<String> = results(calls)
        .await
        .into_iter()
        .map(|result| lacking(result).to_string())
        .collect();
    assert_eq!(cloud.counts(), (1, 0));
    let text = &texts[0];
    assert!(texts.iter().all(|other| other == text), "{texts:?}");
    assert!(
        text.contains("wrong password") && text.contains("401"),
        "{text}"
    );

    cloud.clock.advance(MINUTE - SECOND);
    assert_eq!(lacking(show(&client).await).to_string(), *text);
    assert_eq!(cloud.logins(), 1);
    cloud.clock.advance(SECOND);
    lacking(show(&client).await);
    lacking(show(&client).await);
    assert_eq!(cloud.logins(), 2);

    // Nothing is poisoned: with the right password it goes on.
    cloud.always(Desk::Logins, Reply::Usual);
    cloud.clock.advance(MINUTE);
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (3, 1));
}

#[tokio::test]
async fn a05_every_refusal_of_the_issuer_is_followed_by_a_pause() {
    for status in [400, 401, 403, 404] {
        let cloud = Cloud::new();
        let client = cloud.client();
        cloud.always(Desk::Logins, Reply::status(status));
        for _ in 0..3 {
            lacking(show(&client).await);
            cloud.clock.advance(MINUTE / 4);
        }
        assert_eq!(cloud.counts(), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a05_refusal_that_comes_at_the_last_moment_is_followed_by_a_pause_too() {
    let cloud = Cloud::new();
    let client = cloud.client();
    cloud.always(Desk::Logins, Reply::status(401));
    let door = cloud.hold("/auth/tokens");
    let call = client.call().with_timeout(SECOND);
    let hasty = tokio::spawn(call.send(ShowThing::new("t1")));
    until("it asks", || cloud.logins() == 1).await;
    cloud.clock.advance(SECOND);
    door.open();
    assert!(hasty.await.unwrap().unwrap_err().is_timeout());
    assert!(lacking(show(&client).await).to_string().contains("401"));
    assert_eq!(cloud.counts(), (1, 0));
}

#[tokio::test]
async fn a06_follower_takes_over_from_a_leader_that_is_dropped() {
    let cloud = Cloud::new();
    let client = cloud.client();
    let door = cloud.hold("/auth/tokens");
    let leader = crowd(&client, 1).remove(0);
    until("the leader asks", || cloud.logins() == 1).await;
    let followers = crowd(&client, CROWD - 1);
    until("all wait", || cloud.clock.limits() >= CROWD).await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    until("a follower asks", || cloud.logins() == 2).await;
    door.open();
    succeeds(followers).await;
    assert_eq!(cloud.counts(), (2, CROWD - 1));
}

#[tokio::test]
async fn a06_leader_that_is_dropped_leaves_the_next_call_free_to_ask() {
    let cloud = Cloud::new();
    let client = cloud.client();
    let door = cloud.hold("/auth/tokens");
    let leader = crowd(&client, 1).remove(0);
    until("the leader asks", || cloud.logins() == 1).await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    door.open();
    show(&client).await.unwrap();
    assert_eq!((cloud.counts(), cloud.clock.limits()), ((2, 1), 0));
}

#[tokio::test]
async fn a07_call_ends_in_time_while_the_issuer_hangs() {
    let cloud = Cloud::new();
    let client = cloud.client();
    cloud.always(Desk::Logins, Reply::Never);
    let calls = crowd(&client, CROWD);
    until("all wait", || cloud.clock.limits() >= CROWD).await;
    cloud.clock.advance(3 * MINUTE);
    for result in results(calls).await {
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Timeout, Outcome::NotSent),
            "{error}"
        );
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Operation));
        assert!(error.to_string().contains("180s"), "{error}");
        hides_secrets(&error);
    }
    assert_eq!((cloud.counts(), cloud.clock.limits()), ((1, 0), 0));
}

#[tokio::test]
async fn a07_calls_that_come_meanwhile_do_not_hammer_an_issuer_that_hangs() {
    let cloud = Cloud::new();
    let builder = cloud.builder(by_password()).project_id("p1");
    let client = builder.retry(RetryConfig::none()).build().unwrap().0;
    cloud.always(Desk::Logins, Reply::Never);
    let leader = tokio::spawn(
        client
            .call()
            .with_timeout(30 * SECOND)
            .send(ShowThing::new("t1")),
    );
    until("the leader asks", || cloud.logins() == 1).await;
    // Each comes a little later than the one before, and so has a little more time left.
    let mut followers = Vec::new();
    for _ in 0..20 {
        cloud.clock.advance(SECOND / 100);
        let call = client.call().with_timeout(30 * SECOND);
        followers.push(tokio::spawn(call.send(ShowThing::new("t1"))));
        settle().await;
    }
    cloud.clock.advance(30 * SECOND - 20 * SECOND / 100);
    assert!(leader.await.unwrap().unwrap_err().is_timeout());
    for follower in followers {
        follower.await.unwrap().unwrap_err();
    }
    assert_eq!(cloud.counts(), (1, 0));
}

#[tokio::test]
async fn a07_call_with_more_time_takes_over_from_an_impatient_one() {
    let cloud = Cloud::new();
    let client = cloud.client();
    cloud.next(Desk::Logins, [Reply::Never]);
    let send = |limit| tokio::spawn(client.call().with_timeout(limit).send(ShowThing::new("t1")));
    let leader = send(SECOND);
    until("the leader asks", || cloud.logins() == 1).await;
    let follower = send(MINUTE);
    settle().await;
    cloud.clock.advance(SECOND);
    let error = leader.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Timeout, Outcome::NotSent)
    );
    follower.await.unwrap().unwrap();
    assert_eq!(cloud.counts(), (2, 1));
}

#[tokio::test]
async fn a08_issuer_that_has_too_much_to_do_is_asked_when_it_says() {
    let cloud = Cloud::on(ManualClock::skipping());
    let client = cloud.client();
    let busy = || Reply::status(429).with("retry-after", "7");
    cloud.next(Desk::Logins, [busy(), busy()]);
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (3, 1));
    let waits = cloud.clock.slept();
    let asked = 7 * SECOND..=8 * SECOND;
    assert!(
        waits.len() == 2 && waits.iter().all(|it| asked.contains(it)),
        "{waits:?}"
    );
}

#[tokio::test]
async fn a08_wait_beyond_the_end_of_the_call_is_kept_by_the_calls_after_it() {
    let cloud = Cloud::on(ManualClock::skipping());
    let client = cloud.client();
    cloud.next(
        Desk::Logins,
        [Reply::status(429).with("retry-after", "500")],
    );
    for result in results(crowd(&client, CROWD)).await {
        assert_eq!(lacking(result).retry_after(), Some(500 * SECOND));
    }
    cloud.clock.advance(499 * SECOND);
    lacking(show(&client).await);
    assert_eq!(cloud.counts(), (1, 0));
    cloud.clock.advance(SECOND);
    show(&client).await.unwrap();
    assert_eq!((cloud.counts(), cloud.clock.slept()), ((2, 1), vec![]));
}

#[tokio::test]
async fn a08_wait_that_no_clock_can_hold_is_no_overflow() {
    let cloud = Cloud::new();
    let client = cloud.client();
    for asked in [
        u64::MAX.to_string(),
        "9".repeat(30),
        "9223372036854775807".into(),
    ] {
        let reply = Reply::status(429).with("retry-after", asked);
        cloud.next(Desk::Logins, [reply]);
        lacking(show(&client).await);
        lacking(show(&client).await);
        cloud.clock.advance(DAY);
    }
    assert!(cloud.counts().0 <= 3);
}

#[tokio::test]
async fn a14_token_is_never_used_to_get_another_one() {
    let cloud = Cloud::new();
    let client = cloud.client();
    // The first time, before the end, after the end, and after a refusal.
    show(&client).await.unwrap();
    cloud.clock.advance(DAY - HOUR / 2);
    show(&client).await.unwrap();
    cloud.clock.advance(2 * DAY);
    show(&client).await.unwrap();
    cloud.revoke();
    show(&client).await.unwrap();
    let logins = cloud.seen(Desk::Logins);
    assert_eq!(logins.len(), 4);
    for login in logins {
        let identity = &login.json()["auth"]["identity"];
        assert_eq!(identity["methods"], json!(["password"]));
        assert_eq!(identity["password"]["user"]["password"], PASSWORD);
        assert!(identity.get("token").is_none());
        assert!(login.header("x-auth-token").is_none());
        assert!(!login.text().contains("MIIE-"));
    }
}
