//! Rows A02 to A04, A07, A11 and A12: tokens that come to their end, or are revoked before.

use cloudbackup_runtime::{Clock, RetryConfig};

use super::{
    CROWD, DAY, HOUR, MARGIN, SECOND, crowd, finished, lacking, results, settle, show, succeeds,
    until,
};
use crate::support::ShowThing;
use crate::support::cloud::{Cloud, Desk, Reply, by_password, token};

#[tokio::test]
async fn a02_token_that_comes_to_its_end_serves_while_one_call_gets_another() {
    let cloud = Cloud::new();
    let client = cloud.client();
    show(&client).await.unwrap();
    cloud.clock.advance(DAY - MARGIN - SECOND);
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (1, 2));
    cloud.clock.advance(SECOND);
    let door = cloud.hold("/auth/tokens");
    let calls = crowd(&client, CROWD);
    until("all but one are done", || finished(&calls) == CROWD - 1).await;
    assert_eq!(cloud.counts(), (2, 2 + CROWD - 1));
    door.open();
    succeeds(calls).await;
    show(&client).await.unwrap();
    let tokens = cloud.tokens();
    assert_eq!(cloud.counts(), (2, 3 + CROWD));
    let (old, new) = tokens.split_at(2 + CROWD - 1);
    assert!(old.iter().all(|sent| *sent == token(1)));
    assert_eq!(new, [token(2), token(2)]);
}

#[tokio::test]
async fn a02_token_that_has_ended_is_got_anew_by_one_call_for_all() {
    let cloud = Cloud::new();
    let client = cloud.client();
    show(&client).await.unwrap();
    cloud.clock.advance(DAY);
    let door = cloud.hold("/auth/tokens");
    let calls = crowd(&client, CROWD);
    until("all wait", || cloud.clock.limits() >= CROWD).await;
    assert_eq!((cloud.counts(), finished(&calls)), ((2, 1), 0));
    door.open();
    succeeds(calls).await;
    assert_eq!(cloud.counts(), (2, 1 + CROWD));
    assert!(cloud.tokens()[1..].iter().all(|sent| *sent == token(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a02_calls_of_several_threads_renew_once() {
    let cloud = Cloud::new();
    let client = cloud.client();
    for round in 1..=20 {
        succeeds(crowd(&client, 100)).await;
        assert_eq!(cloud.counts(), (round, round * 100));
        cloud.clock.advance(DAY - MARGIN);
    }
}

#[tokio::test]
async fn a03_thousand_calls_in_flight_meet_a_revoked_token_with_one_login() {
    let cloud = Cloud::new();
    let client = cloud.client();
    show(&client).await.unwrap();
    let door = cloud.hold("/things/");
    let calls = crowd(&client, CROWD);
    until("all are on their way", || cloud.counts().1 == 1 + CROWD).await;
    cloud.revoke();
    door.open();
    succeeds(calls).await;
    assert_eq!(cloud.counts(), (2, 1 + 2 * CROWD));
    let tokens = cloud.tokens();
    let (old, new) = tokens.split_at(1 + CROWD);
    assert!(old.iter().all(|sent| *sent == token(1)));
    assert!(new.iter().all(|sent| *sent == token(2)));
}

#[tokio::test]
async fn a03_late_refusal_of_the_old_token_leaves_the_new_one() {
    let cloud = Cloud::new();
    let client = cloud.client();
    show(&client).await.unwrap();
    let door = cloud.hold("/things/late");
    let late = tokio::spawn(client.call().send(ShowThing::new("late")));
    until("it is on its way", || cloud.counts().1 == 2).await;
    cloud.revoke();
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (2, 4));
    door.open();
    late.await.unwrap().unwrap();
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (2, 6));
    assert_eq!(cloud.tokens()[4..], [token(2), token(2)]);
}

#[tokio::test]
async fn a04_failed_renewal_of_a_token_that_still_serves_is_seen_by_nobody() {
    let cloud = Cloud::new();
    let builder = cloud.builder(by_password()).project_id("p1");
    let client = builder.retry(RetryConfig::none()).build().unwrap().0;
    show(&client).await.unwrap();
    cloud.always(Desk::Logins, Reply::status(503));
    cloud.clock.advance(DAY - MARGIN);
    // Pauses double, so that an outage is not made worse.
    let mut logins = 1;
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        succeeds(crowd(&client, 10)).await;
        logins += 1;
        assert_eq!(cloud.logins(), logins);
        cloud.clock.advance(pause * SECOND - SECOND / 2);
        succeeds(crowd(&client, 10)).await;
        assert_eq!(cloud.logins(), logins, "asked too early");
        cloud.clock.advance(SECOND / 2);
    }
    assert!(cloud.tokens().iter().all(|sent| *sent == token(1)));
    cloud.always(Desk::Logins, Reply::Usual);
    show(&client).await.unwrap();
    assert_eq!(cloud.logins(), logins + 1);
    assert_eq!(cloud.tokens().last(), Some(&token(2)));
    // What has passed lengthens no later pause.
    cloud.always(Desk::Logins, Reply::status(503));
    cloud.clock.advance(DAY - MARGIN);
    succeeds(crowd(&client, 10)).await;
    cloud.clock.advance(SECOND);
    succeeds(crowd(&client, 10)).await;
    assert_eq!(cloud.logins(), logins + 3);
}

#[tokio::test]
async fn a04_without_a_token_that_serves_the_failure_is_everybodys() {
    let cloud = Cloud::new();
    let builder = cloud.builder(by_password()).project_id("p1");
    let client = builder.retry(RetryConfig::none()).build().unwrap().0;
    show(&client).await.unwrap();
    cloud.always(Desk::Logins, Reply::status(503));
    cloud.clock.advance(DAY);
    for result in results(crowd(&client, CROWD)).await {
        assert!(lacking(result).to_string().contains("503"));
    }
    assert_eq!(cloud.counts(), (2, 1));
    // Unlike a refusal, this is likely to pass; and what has passed lengthens no later pause.
    for outage in 1..=3 {
        cloud.always(Desk::Logins, Reply::Usual);
        cloud.clock.advance(SECOND);
        show(&client).await.unwrap();
        assert_eq!(cloud.counts(), (1 + 2 * outage, 1 + outage));
        cloud.always(Desk::Logins, Reply::status(503));
        cloud.clock.advance(DAY);
        lacking(show(&client).await);
    }
}

#[tokio::test]
async fn a07_renewal_that_hangs_holds_up_one_call_for_some_seconds() {
    for (limit, patience) in [(180, 5), (8, 2)] {
        let cloud = Cloud::new();
        let client = cloud.client();
        show(&client).await.unwrap();
        cloud.always(Desk::Logins, Reply::Never);
        cloud.clock.advance(DAY - MARGIN);
        let call = || {
            client
                .call()
                .with_timeout(limit * SECOND)
                .send(ShowThing::new("t1"))
        };
        let calls: Vec<_> = (0..CROWD).map(|_| tokio::spawn(call())).collect();
        until("all but one are done", || finished(&calls) == CROWD - 1).await;
        cloud.clock.advance(patience * SECOND - SECOND / 1000);
        settle().await;
        assert_eq!(finished(&calls), CROWD - 1);
        cloud.clock.advance(SECOND / 1000);
        succeeds(calls).await;
        assert_eq!(cloud.counts(), (2, 1 + CROWD));
        assert!(cloud.tokens().iter().all(|sent| *sent == token(1)));
        assert_eq!(cloud.clock.limits(), 0);
    }
}

#[tokio::test]
async fn a11_machine_that_was_suspended_sees_that_the_token_has_ended() {
    let cloud = Cloud::new();
    let client = cloud.client();
    cloud.set_lifetime(6 * HOUR);
    show(&client).await.unwrap();
    // The calendar goes on while the steady clock stands still.
    cloud.clock.set_wall(cloud.clock.wall() + 8 * HOUR);
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (2, 2));
    assert_eq!(cloud.tokens(), [token(1), token(2)]);
}

#[tokio::test]
async fn a12_calendar_that_is_set_back_lengthens_no_life() {
    let cloud = Cloud::new();
    let client = cloud.client();
    show(&client).await.unwrap();
    cloud.clock.set_wall(cloud.clock.wall() - DAY);
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (1, 2), "it is as good as before");
    cloud.clock.advance(DAY);
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (2, 3));
    assert_eq!(cloud.tokens().last(), Some(&token(2)));
}
