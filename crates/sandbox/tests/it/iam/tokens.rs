//! How long a token is good, for what, and how it is looked at and taken back.

use std::time::{Duration, UNIX_EPOCH};

use cloudbackup_core::Timestamp;
use cloudbackup_sandbox::Sandbox;
use serde_json::{Value, json};

use super::{
    assert_refused, assert_unauthorized, by_password, iam, log_in, reading_calls, status, token,
    user,
};
use crate::support::call;

const DAY: Duration = Duration::from_secs(24 * 3600);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_token_is_good_for_a_day_of_the_sandboxs_clock() {
    let start = UNIX_EPOCH + Duration::from_secs(1_550_040_733);
    let sandbox = Sandbox::builder().start_time(start).start().await.unwrap();
    let reply = log_in(&sandbox, &by_password(&user(&sandbox), Value::Null)).await;
    let body = reply.json();
    let time = |member: &str| body["token"][member].as_str().unwrap();
    assert!(time("issued_at").starts_with("2019-02-13T0"));
    let seconds = |text: &str| Timestamp::from(text).unix_seconds().unwrap();
    let (issued, expires) = (time("issued_at"), time("expires_at"));
    assert_eq!(seconds(expires) - seconds(issued), 24 * 3600);
    for text in [issued, expires] {
        // Such as 2019-02-13T06:52:13.855000Z
        assert_eq!(text.len(), 27, "{text}");
        let (_, fraction) = text.split_once('.').unwrap();
        assert!(fraction.ends_with("000Z"), "{text}");
    }
    assert_eq!(issued[19..], expires[19..]);

    let token = reply.header("x-subject-token").unwrap();
    let headers = [("X-Auth-Token", token)];
    sandbox.advance(DAY - MINUTE);
    assert_eq!(status(&sandbox, token, "rds", "eu-de").await, 200);
    let domains = iam(&sandbox, "GET", "/v3/auth/domains", &headers, "").await;
    assert_eq!(domains.status, 200);

    sandbox.advance(MINUTE);
    assert_eq!(status(&sandbox, token, "rds", "eu-de").await, 401);
    let domains = iam(&sandbox, "GET", "/v3/auth/domains", &headers, "").await;
    assert_unauthorized(&domains);
    // The message is of help, after others have signed in too.
    log_in(&sandbox, &by_password(&user(&sandbox), Value::Null)).await;
    let domains = iam(&sandbox, "GET", "/v3/auth/domains", &headers, "").await;
    let message = domains.json()["error"]["message"].to_string();
    assert!(message.contains("expired"), "{message}");
}

#[tokio::test]
async fn the_token_of_the_sandbox_itself_outlives_its_days() {
    let sandbox = Sandbox::start().await.unwrap();
    let lasting = sandbox.token("eu-de").unwrap();
    sandbox.advance(DAY * 400);
    let status = status(&sandbox, lasting.expose(), "rds", "eu-de").await;
    assert_eq!(status, 200);
    assert!(sandbox.token("cn-north-4").is_none());
}

#[tokio::test]
async fn a_second_token_does_not_void_the_first() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = token(&sandbox, "eu-de").await;
    sandbox.advance(DAY / 2);
    let second = token(&sandbox, "eu-de").await;
    assert_ne!(first, second);
    for token in [&first, &second] {
        assert_eq!(status(&sandbox, token, "cbr", "eu-de").await, 200);
    }
    // Nor does it make it live longer.
    sandbox.advance(DAY / 2);
    assert_eq!(status(&sandbox, &first, "cbr", "eu-de").await, 401);
    assert_eq!(status(&sandbox, &second, "cbr", "eu-de").await, 200);
}

#[tokio::test]
async fn a_token_is_refused_in_another_project_by_every_service() {
    let sandbox = Sandbox::start().await.unwrap();
    let regions = ["eu-de", "eu-nl"];
    for own in regions {
        let token = token(&sandbox, own).await;
        let headers = [("X-Auth-Token", token.as_str())];
        for region in regions {
            for (service, target) in reading_calls(&sandbox, region) {
                let endpoint = sandbox.endpoint(service).unwrap();
                let reply = call(&endpoint, "GET", &target, &headers, "").await;
                let expected = if own == region { 200 } else { 403 };
                assert_eq!(reply.status, expected, "{service} {region}: {reply:?}");
            }
        }
        let endpoint = sandbox.endpoint("cbr").unwrap();
        for project in ["unknown", "%20", "."] {
            let target = format!("/v3/{project}/backups");
            let reply = call(&endpoint, "GET", &target, &headers, "").await;
            assert_eq!(reply.status, 403, "{project}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_token_can_be_looked_at() {
    let sandbox = Sandbox::start().await.unwrap();
    let scope = json!({"project": {"name": "eu-de"}});
    let made = log_in(&sandbox, &by_password(&user(&sandbox), scope)).await;
    let subject = made.header("x-subject-token").unwrap();
    let other = token(&sandbox, "eu-nl").await;
    // By itself or by another one, and however much later.
    sandbox.advance(MINUTE);
    for token in [subject, other.as_str()] {
        let headers = [("X-Auth-Token", token), ("X-Subject-Token", subject)];
        let reply = iam(&sandbox, "GET", "/v3/auth/tokens", &headers, "").await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("x-subject-token"), Some(subject));
        assert_eq!(reply.json(), made.json());
    }
    for unknown in ["", "sandbox-0", &subject[1..]] {
        let headers = [("X-Auth-Token", subject), ("X-Subject-Token", unknown)];
        let reply = iam(&sandbox, "GET", "/v3/auth/tokens", &headers, "").await;
        assert_refused(&reply, 404, "Not Found");
    }
    let headers = [("X-Auth-Token", subject)];
    let reply = iam(&sandbox, "GET", "/v3/auth/tokens", &headers, "").await;
    assert_refused(&reply, 404, "Not Found");
    let headers = [("X-Subject-Token", subject)];
    assert_unauthorized(&iam(&sandbox, "GET", "/v3/auth/tokens", &headers, "").await);
}

#[tokio::test]
async fn a_token_can_be_taken_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let [first, second] = [
        token(&sandbox, "eu-de").await,
        token(&sandbox, "eu-de").await,
    ];
    for (token, subject) in [("sandbox-0", first.as_str()), ("", &first)] {
        let headers = [("X-Auth-Token", token), ("X-Subject-Token", subject)];
        let reply = iam(&sandbox, "DELETE", "/v3/auth/tokens", &headers, "").await;
        assert_unauthorized(&reply);
    }
    for unknown in ["", "sandbox-0", &first[1..]] {
        let headers = [
            ("X-Auth-Token", first.as_str()),
            ("X-Subject-Token", unknown),
        ];
        let reply = iam(&sandbox, "DELETE", "/v3/auth/tokens", &headers, "").await;
        assert_refused(&reply, 404, "Not Found");
    }
    let headers = [
        ("X-Auth-Token", second.as_str()),
        ("X-Subject-Token", &first),
    ];
    let reply = iam(&sandbox, "DELETE", "/v3/auth/tokens", &headers, "").await;
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert_eq!(status(&sandbox, &first, "cbr", "eu-de").await, 401);
    let again = iam(&sandbox, "DELETE", "/v3/auth/tokens", &headers, "").await;
    assert_refused(&again, 404, "Not Found");

    // The other one is as good as before, until it takes itself back.
    assert_eq!(status(&sandbox, &second, "cbr", "eu-de").await, 200);
    let headers = [
        ("X-Auth-Token", second.as_str()),
        ("X-Subject-Token", &second),
    ];
    let reply = iam(&sandbox, "DELETE", "/v3/auth/tokens", &headers, "").await;
    assert_eq!(reply.status, 204);
    assert_eq!(status(&sandbox, &second, "cbr", "eu-de").await, 401);
}
