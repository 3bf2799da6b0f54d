//! Rows S14 and S15: signatures that are refused, because of the key or because of the clock.

use std::time::SystemTime;

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::auth::AccessKeys;
use cloudbackup_runtime::{Client, Clock};

use super::{DAY, MINUTE, SECOND, crowd, lacking, refusal, show, succeeds};
use crate::support::cloud::{Cloud, Desk, Reply, keys, signing_time};
use crate::support::{CopyThing, MARKER, ShowThing};

/// Seconds that make a signature void.
const SKEW: i64 = 20 * 60;

fn lasting_keys() -> AccessKeys {
    AccessKeys::new("AK00000000", format!("SK-{MARKER}-right"))
}

/// A client whose secret key is not the one that the cloud knows.
fn client_with_a_wrong_key(cloud: &Cloud) -> Client {
    cloud.know(lasting_keys());
    cloud.signing_client(AccessKeys::new("AK00000000", format!("SK-{MARKER}-wrong")))
}

/// How far each signature was off the cloud's clock, in seconds.
fn skews(cloud: &Cloud) -> Vec<i64> {
    let skew = |date: &str| {
        let (at, now) = (signing_time(date).unwrap(), cloud.now());
        let seconds = |it: std::time::Duration| i64::try_from(it.as_secs()).unwrap();
        match at.duration_since(now) {
            Ok(ahead) => seconds(ahead),
            // The date has whole seconds, rounded down.
            Err(behind) => -seconds(behind.duration()),
        }
    };
    let calls = cloud.seen(Desk::Service);
    calls
        .iter()
        .map(|call| skew(call.header("x-sdk-date").unwrap()))
        .collect()
}

#[tokio::test]
async fn s14_signed_requests_are_taken() {
    let cloud = Cloud::new();
    let client = cloud.signing_client(lasting_keys());
    succeeds(crowd(&client, 20)).await;
    client
        .call()
        .send(CopyThing::new("ä b", "n"))
        .await
        .unwrap();
    assert_eq!(cloud.counts(), (0, 21));
    assert!(
        cloud.seen(Desk::Service)[0]
            .header("x-auth-token")
            .is_none()
    );
    let client = cloud.signing_client(keys(1));
    show(&client).await.unwrap();
    let call = cloud.seen(Desk::Service).pop().unwrap();
    let token = keys(1).security_token().unwrap().expose().to_owned();
    assert_eq!(call.header("x-security-token"), Some(token.as_str()));
}

#[tokio::test]
async fn s14_wrong_signature_is_not_sent_again() {
    async fn check<O: Operation>(input: O) {
        let cloud = Cloud::new();
        let error = refusal(&client_with_a_wrong_key(&cloud), input).await;
        assert!(error.is_auth() && error.to_string().contains("verify aksk signature fail"));
        assert_eq!((cloud.counts(), error.attempts().len()), ((0, 1), 1));
    }
    check(ShowThing::new("t1")).await;
    check(CopyThing::new("t1", "n")).await;
}

#[tokio::test]
async fn s14_after_three_wrong_signatures_there_is_a_pause() {
    let cloud = Cloud::new();
    let client = client_with_a_wrong_key(&cloud);
    for _ in 0..3 {
        refusal(&client, ShowThing::new("t1")).await;
        cloud.clock.advance(SECOND);
    }
    for pause in [MINUTE - 2 * SECOND, SECOND] {
        let error = lacking(show(&client).await);
        assert!(error.to_string().contains("lock"), "{error}");
        lacking(client.call().send(CopyThing::new("t1", "n")).await);
        assert_eq!(cloud.counts(), (0, 3));
        cloud.clock.advance(pause);
    }
    // One more, and at once there is a pause again.
    refusal(&client, ShowThing::new("t1")).await;
    lacking(show(&client).await);
    assert_eq!(cloud.counts(), (0, 4));
    // It ends for good where the key is mended on the other side.
    cloud.always(Desk::Service, Reply::json(200, r#"{"id":"t1"}"#));
    cloud.clock.advance(MINUTE);
    succeeds(crowd(&client, 20)).await;
    assert_eq!(cloud.counts(), (0, 24));
}

#[tokio::test]
async fn s14_success_in_between_starts_the_count_anew() {
    let cloud = Cloud::new();
    let client = cloud.signing_client(lasting_keys());
    for _ in 0..4 {
        cloud.next(Desk::Service, [Reply::status(401), Reply::status(401)]);
        refusal(&client, ShowThing::new("t1")).await;
        refusal(&client, CopyThing::new("t1", "n")).await;
        show(&client).await.unwrap();
    }
    assert_eq!(cloud.counts(), (0, 12));
}

#[tokio::test]
async fn s14_other_errors_are_no_wrong_signatures() {
    let cloud = Cloud::new();
    let client = cloud.signing_client(lasting_keys());
    cloud.always(Desk::Service, Reply::status(403));
    for _ in 0..5 {
        assert!(!refusal(&client, ShowThing::new("t1")).await.is_auth());
    }
    assert_eq!(cloud.counts(), (0, 5));
}

#[tokio::test]
async fn s14_request_that_could_not_be_signed_is_no_wrong_signature() {
    let cloud = Cloud::new();
    let client = cloud.signing_client(lasting_keys());
    show(&client).await.unwrap();
    let now = cloud.clock.wall();
    // The year 12000.
    cloud
        .clock
        .set_wall(SystemTime::UNIX_EPOCH + 3_663_000 * DAY);
    for _ in 0..5 {
        let text = lacking(show(&client).await).to_string();
        assert!(text.contains("cannot be signed"), "{text}");
    }
    cloud.clock.set_wall(now);
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (0, 2));
}

#[tokio::test]
async fn s15_clock_that_is_off_is_learned_from_the_refusal() {
    async fn check<O: Operation + Clone>(input: O, ahead: i64) {
        let cloud = Cloud::new();
        let client = cloud.signing_client(lasting_keys());
        cloud.set_ahead(ahead);
        let response = client.call().send_with_response(input.clone()).await;
        assert_eq!(
            response
                .map_err(|error| error.to_string())
                .unwrap()
                .attempts(),
            2
        );
        let [first, second] = skews(&cloud)[..] else {
            panic!("not sent once more");
        };
        assert!(
            (first + ahead).abs() <= 1 && second.abs() <= 1,
            "{first} {second}"
        );
        // It is kept for the calls after it.
        succeeds(crowd(&client, 20)).await;
        assert_eq!(cloud.counts(), (0, 22));
        // And learned anew once somebody has set our clock.
        cloud.clock.set_wall(cloud.now());
        cloud.set_ahead(0);
        client
            .call()
            .send(input.clone())
            .await
            .map_err(|error| error.to_string())
            .unwrap();
        client
            .call()
            .send(input)
            .await
            .map_err(|error| error.to_string())
            .unwrap();
        assert_eq!(cloud.counts(), (0, 25));
        assert!(skews(&cloud).pop().unwrap().abs() <= 1);
    }
    for ahead in [SKEW, -SKEW, 86_400, -86_400] {
        check(ShowThing::new("t1"), ahead).await;
        check(CopyThing::new("t1", "n"), ahead).await;
    }
}

#[tokio::test]
async fn s15_clock_that_is_right_enough_is_not_the_cause() {
    for ahead in [0, 200, -200] {
        let cloud = Cloud::new();
        let client = client_with_a_wrong_key(&cloud);
        cloud.set_ahead(ahead);
        assert_eq!(
            refusal(&client, ShowThing::new("t1"))
                .await
                .attempts()
                .len(),
            1
        );
        assert_eq!(cloud.counts(), (0, 1));
    }
    // Nor is anything known without a date.
    let cloud = Cloud::new();
    let client = cloud.signing_client(lasting_keys());
    cloud.set_ahead(SKEW);
    cloud.always(Desk::Service, Reply::status(401).with("date", ""));
    assert_eq!(
        refusal(&client, ShowThing::new("t1"))
            .await
            .attempts()
            .len(),
        1
    );
}

#[tokio::test]
async fn s15_wrong_key_behind_a_wrong_clock_counts_as_often_as_it_is_sent() {
    let cloud = Cloud::new();
    let client = client_with_a_wrong_key(&cloud);
    cloud.set_ahead(SKEW);
    let error = refusal(&client, ShowThing::new("t1")).await;
    assert!(error.is_auth() && error.attempts().len() == 2);
    refusal(&client, ShowThing::new("t1")).await;
    refusal(&client, ShowThing::new("t1")).await;
    lacking(show(&client).await);
    assert!(cloud.counts().1 <= 4, "five lock the key");
}

#[tokio::test]
async fn s15_date_of_another_year_makes_no_request_that_cannot_be_signed() {
    let cloud = Cloud::new();
    let client = cloud.signing_client(lasting_keys());
    let old = Reply::status(401).with("date", "Thu, 01 Jan 1970 00:00:00 GMT");
    cloud.next(Desk::Service, [old]);
    // Believed once; the refusal that this brings about sets it right for the next call.
    refusal(&client, ShowThing::new("t1")).await;
    show(&client).await.unwrap();
    assert_eq!(cloud.counts(), (0, 3));
}

#[tokio::test]
async fn i04_body_that_is_too_large_to_be_signed() {
    let cloud = Cloud::new();
    cloud.know(lasting_keys());
    let client = cloud.signing_client(lasting_keys());
    let name = "n".repeat(12 << 20);
    let call = client.call().with_validation(false);
    let error = lacking(call.send(CopyThing::new("t1", &name)).await);
    assert!(error.to_string().contains("12 MB"), "{error}");
    assert_eq!(cloud.counts(), (0, 0));
}
