//! Rows A09 and A10: what IAM says of a token, and what cannot be one.

use std::time::{Duration, SystemTime};

use cloudbackup_core::Timestamp;
use cloudbackup_runtime::Clock;

use super::{DAY, HOUR, MARGIN, SECOND, crowd, lacking, show, succeeds};
use crate::support::MARKER;
use crate::support::cloud::{Cloud, Desk, Reply, token, token_body};

/// A time as IAM writes it.
fn text(at: SystemTime, offset: i32) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seconds = i64::try_from(since.as_secs()).unwrap();
    Timestamp::from_unix(seconds, offset).as_str().to_owned()
}

#[tokio::test]
async fn a09_reply_without_a_token_that_could_be_one() {
    let long = format!("MIIE-{MARKER}{}", "0".repeat(100 * 1024));
    let tokens: [Option<&[u8]>; 8] = [
        None,
        Some(b""),
        Some(b" "),
        Some(b"MIIE-planted-token-9f8e7d with a space"),
        Some(b"MIIE-planted-token-9f8e7d\twith a tab"),
        Some("MIIE-planted-token-9f8e7d-é".as_bytes()),
        Some(b"MIIE-planted-token-9f8e7d-\xff"),
        Some(long.as_bytes()),
    ];
    for token in tokens {
        let cloud = Cloud::new();
        let client = cloud.client();
        let reply = Reply::json(201, token_body("", None));
        let reply = match token {
            Some(token) => reply.with("x-subject-token", token),
            None => reply,
        };
        cloud.always(Desk::Logins, reply);
        let error = lacking(show(&client).await);
        let printed = error.to_string();
        assert!(
            printed.contains("create_token") && printed.len() < 200,
            "{printed}"
        );
        assert_eq!(cloud.counts(), (1, 0));
        // And so it stays for a moment.
        lacking(show(&client).await);
        assert_eq!(cloud.counts(), (1, 0));
        cloud.always(Desk::Logins, Reply::Usual);
        cloud.clock.advance(SECOND);
        show(&client).await.unwrap();
        assert_eq!(cloud.counts(), (2, 1));
    }
}

#[tokio::test]
async fn a09_token_in_a_body_that_cannot_be_read_is_none() {
    for body in ["", "[]", "7", "<html>", r#"{"token":7}"#, r#"{"token":"#] {
        let cloud = Cloud::new();
        let reply = Reply::json(201, body).with("x-subject-token", token(1));
        cloud.always(Desk::Logins, reply);
        cloud.always(Desk::Service, Reply::json(200, r#"{"id":"t1"}"#));
        // Either way: a token without a life that is known, or an error that does not show it.
        if let Err(error) = show(&cloud.client()).await {
            super::hides_secrets(&error);
        }
        assert_eq!(cloud.logins(), 1, "{body}");
    }
}

/// Whether a token is renewed a margin before the end of this life, and not earlier.
async fn lasts(cloud: &Cloud, reply: Option<Reply>, life: Duration) {
    cloud.always(Desk::Service, Reply::json(200, r#"{"id":"t1"}"#));
    if let Some(reply) = reply {
        let reply = reply.with("x-subject-token", token(1));
        cloud.next(Desk::Logins, [reply]);
    }
    let client = cloud.client();
    // However short it is, calls that follow at once have it.
    succeeds(crowd(&client, 100)).await;
    assert_eq!(cloud.logins(), 1);
    cloud.clock.advance(life - MARGIN.min(life / 10) - SECOND);
    show(&client).await.unwrap();
    assert_eq!(cloud.logins(), 1, "renewed too early for {life:?}");
    cloud.clock.advance(SECOND);
    show(&client).await.unwrap();
    assert_eq!(cloud.logins(), 2, "not renewed for {life:?}");
}

#[tokio::test]
async fn a10_life_is_what_the_reply_says() {
    lasts(&Cloud::new(), None, DAY).await;
    for (offset, life) in [(0, DAY), (8 * 3600, 10 * HOUR), (-5 * 3600, 2 * HOUR)] {
        let cloud = Cloud::new();
        let issued = text(cloud.now(), 0);
        let expires = text(cloud.now() + life, offset);
        let reply = Reply::json(201, token_body(&issued, Some(&expires)));
        lasts(&cloud, Some(reply), life).await;
    }
}

#[tokio::test]
async fn a10_life_that_is_not_said_is_an_hour() {
    for expires in [None, Some(""), Some("soon"), Some("-1")] {
        let cloud = Cloud::new();
        let reply = Reply::json(201, token_body("", expires));
        lasts(&cloud, Some(reply), HOUR).await;
    }
}

#[tokio::test]
async fn a10_life_that_is_over_is_a_minute() {
    for ago in [Duration::ZERO, SECOND, 400 * DAY] {
        let cloud = Cloud::new();
        let expires = text(cloud.now() - ago, 0);
        let reply = Reply::json(201, token_body("", Some(&expires)));
        lasts(&cloud, Some(reply), 60 * SECOND).await;
    }
}

#[tokio::test]
async fn a10_clock_that_is_a_year_off_shortens_and_lengthens_nothing() {
    for ahead in [-365 * 86_400, 365 * 86_400] {
        let cloud = Cloud::new();
        cloud.set_ahead(ahead);
        lasts(&cloud, None, DAY).await;
        // Nor does it where the reply has no date, but says when the token was issued.
        let cloud = Cloud::new();
        cloud.set_ahead(ahead);
        let (issued, expires) = (text(cloud.now(), 0), text(cloud.now() + DAY, 0));
        let reply = Reply::json(201, token_body(&issued, Some(&expires))).with("date", "");
        lasts(&cloud, Some(reply), DAY).await;
    }
}

#[tokio::test]
async fn a10_without_any_time_of_the_issuer_our_clock_counts() {
    let cloud = Cloud::new();
    // A time has whole seconds.
    cloud.clock.set_wall(SystemTime::UNIX_EPOCH + 20_000 * DAY);
    let expires = text(cloud.clock.wall() + DAY, 0);
    let reply = Reply::json(201, token_body("", Some(&expires))).with("date", "");
    lasts(&cloud, Some(reply), DAY).await;
}
