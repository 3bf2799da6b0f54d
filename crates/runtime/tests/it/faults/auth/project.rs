//! Clients that know their region only: the project is that of the token, or is looked up.

use cloudbackup_runtime::auth::{Credentials, PasswordLogin};
use cloudbackup_runtime::{Client, Error, ErrorKind, Outcome, RetryConfig};
use serde_json::json;

use super::{CROWD, MINUTE, SECOND, crowd, hides_secrets, results, show, succeeds, until};
use crate::support::cloud::{Cloud, Desk, PASSWORD, Reply, by_password, keys, token};
use crate::support::{CopyThing, ShowThing, TOKEN};

/// A client that signs and knows its region only.
fn signing_client(cloud: &Cloud) -> Client {
    cloud.know(keys(1));
    let builder = cloud.builder(Credentials::access_keys(keys(1)));
    builder.retry(RetryConfig::none()).build().unwrap().0
}

fn paths(cloud: &Cloud) -> Vec<String> {
    let calls = cloud.seen(Desk::Service);
    calls
        .iter()
        .map(|call| call.uri.path().to_owned())
        .collect()
}

fn lookups(cloud: &Cloud) -> usize {
    cloud.seen(Desk::Projects).len()
}

/// The error of a call whose project is not found: nothing was sent to the service.
async fn unfound(cloud: &Cloud, client: &Client) -> Error {
    let error = client
        .call()
        .send(CopyThing::new("t1", "n"))
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    assert!(
        error.to_string().starts_with("test copy_thing: "),
        "{error}"
    );
    assert!(error.to_string().ends_with("(not sent)"), "{error}");
    hides_secrets(&error);
    assert_eq!(cloud.counts().1, 0);
    error
}

#[tokio::test]
async fn project_is_that_of_the_token() {
    let cloud = Cloud::new();
    let client = cloud.builder(by_password()).build().unwrap().0;
    succeeds(crowd(&client, CROWD)).await;
    assert_eq!((cloud.counts(), lookups(&cloud)), ((1, CROWD), 0));
    let scope = &cloud.seen(Desk::Logins)[0].json()["auth"]["scope"];
    assert_eq!(*scope, json!({"project": {"name": "eu-de"}}));
    assert!(paths(&cloud).iter().all(|path| path == "/v3/p1/things/t1"));
}

#[tokio::test]
async fn project_of_a_region_is_looked_up_once_and_signed() {
    let cloud = Cloud::new();
    let client = signing_client(&cloud);
    let door = cloud.hold("/v3/projects");
    let calls = crowd(&client, CROWD);
    until("all wait", || lookups(&cloud) == 1).await;
    door.open();
    succeeds(calls).await;
    assert_eq!((cloud.counts(), lookups(&cloud)), ((0, CROWD), 1));
    let lookup = &cloud.seen(Desk::Projects)[0];
    assert_eq!(
        lookup.uri.to_string(),
        "http://127.0.0.1:5/v3/projects?name=eu-de"
    );
    assert!(lookup.header("authorization").is_some() && lookup.header("x-project-id").is_none());
    for call in cloud.seen(Desk::Service) {
        assert_eq!(call.header("x-project-id"), Some("p1"));
        assert_eq!(call.uri.path(), "/v3/p1/things/t1");
    }
}

#[tokio::test]
async fn project_of_a_token_of_the_account_is_looked_up() {
    let cloud = Cloud::new();
    let login = PasswordLogin::new("account", "user", PASSWORD).for_domain();
    let body = r#"{"token":{"domain":{"id":"d1","name":"account"}}}"#;
    let reply = Reply::json(201, body).with("x-subject-token", token(1));
    cloud.next(Desk::Logins, [reply]);
    cloud.always(
        Desk::Projects,
        Reply::json(200, r#"{"projects":[{"id":"p9"}]}"#),
    );
    cloud.always(Desk::Service, Reply::json(200, r#"{"id":"t1"}"#));
    let builder = cloud.builder(Credentials::password(login));
    succeeds(crowd(&builder.build().unwrap().0, CROWD)).await;
    assert_eq!((cloud.counts(), lookups(&cloud)), ((1, CROWD), 1));
    let scope = &cloud.seen(Desk::Logins)[0].json()["auth"]["scope"];
    assert_eq!(*scope, json!({"domain": {"name": "account"}}));
    assert_eq!(cloud.seen(Desk::Projects)[0].token(), token(1));
    assert!(paths(&cloud).iter().all(|path| path == "/v3/p9/things/t1"));
}

#[tokio::test]
async fn no_project_or_several_are_an_error_that_says_what_to_do() {
    for (ids, count) in [(&[][..], "0 projects"), (&["p1", "p2"], "2 projects")] {
        let cloud = Cloud::new();
        cloud.set_projects(ids);
        let client = signing_client(&cloud);
        let error = unfound(&cloud, &client).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = error.to_string();
        for part in [count, "\"eu-de\"", ".project_id(..)"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[tokio::test]
async fn failed_lookup_is_no_answer_of_the_service() {
    for status in [403, 404, 500, 503] {
        let cloud = Cloud::new();
        cloud.always(Desk::Projects, Reply::status(status));
        let client = signing_client(&cloud);
        let error = unfound(&cloud, &client).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Auth, None));
        let text = error.to_string();
        assert!(
            text.contains("\"eu-de\"") && text.contains(&status.to_string()),
            "{text}"
        );
        // The next call looks again.
        cloud.always(Desk::Projects, Reply::Usual);
        cloud.clock.advance(SECOND);
        show(&client).await.unwrap();
        assert_eq!((cloud.counts(), lookups(&cloud)), ((0, 1), 2));
    }
}

#[tokio::test]
async fn thousand_calls_do_not_repeat_a_lookup_that_fails() {
    for reply in [Reply::status(503), Reply::json(200, r#"{"projects":[]}"#)] {
        let cloud = Cloud::new();
        cloud.always(Desk::Projects, reply);
        let client = signing_client(&cloud);
        for result in results(crowd(&client, CROWD)).await {
            assert_eq!(result.unwrap_err().outcome(), Outcome::NotSent);
        }
        assert_eq!((cloud.counts(), lookups(&cloud)), ((0, 0), 1));
    }
}

#[tokio::test]
async fn lookup_that_hangs_ends_with_the_call() {
    let cloud = Cloud::new();
    cloud.always(Desk::Projects, Reply::Never);
    let client = signing_client(&cloud);
    let send = |limit| tokio::spawn(client.call().with_timeout(limit).send(ShowThing::new("t1")));
    let calls = vec![send(MINUTE / 2), send(MINUTE / 2), send(MINUTE / 4)];
    until("one looks", || lookups(&cloud) == 1).await;
    super::settle().await;
    cloud.clock.advance(MINUTE / 2);
    for result in results(calls).await {
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Timeout, Outcome::NotSent),
            "{error}"
        );
    }
    assert_eq!((cloud.counts(), lookups(&cloud)), ((0, 0), 1));
    assert_eq!(cloud.clock.limits(), 0);
}

#[tokio::test]
async fn dry_run_shows_the_hole_and_sends_nothing() {
    let cloud = Cloud::new();
    let client = cloud.builder(by_password()).build().unwrap().0;
    let request = client.call().prepare(ShowThing::new("t1")).unwrap();
    assert_eq!(request.path(), "/v3/%7Bproject_id%7D/things/t1");
    assert_eq!(cloud.counts(), (0, 0));
    request.clone().send().await.unwrap();
    assert_eq!(paths(&cloud), ["/v3/p1/things/t1"]);
    // Where nothing can find it, it has to be given.
    let client = cloud.builder(Credentials::token(TOKEN)).build().unwrap().0;
    let error = client.call().prepare(ShowThing::new("t1")).unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/path/project_id");
}

#[tokio::test]
async fn value_that_looks_like_the_hole_is_a_value() {
    let value = "{project_id}";
    let cloud = Cloud::new();
    let known = cloud.client();
    known.call().send(ShowThing::new(value)).await.unwrap();
    let unknown = cloud.builder(by_password()).build().unwrap().0;
    unknown.call().send(ShowThing::new(value)).await.unwrap();
    let named = unknown.call().with_project_id("p2");
    named.send(ShowThing::new(value)).await.unwrap();
    assert_eq!(
        paths(&cloud),
        [
            "/v3/p1/things/%7Bproject_id%7D",
            "/v3/p1/things/%7Bproject_id%7D",
            "/v3/p2/things/%7Bproject_id%7D"
        ]
    );
}

#[tokio::test]
async fn project_that_the_issuer_names_is_one_part_of_the_path() {
    for (id, path) in [
        ("a/b?c#d", Some("/v3/a%2Fb%3Fc%23d/things/t1")),
        ("..", None),
        ("", None),
    ] {
        let cloud = Cloud::new();
        cloud.set_projects(&[id]);
        let client = signing_client(&cloud);
        match (show(&client).await, path) {
            (Ok(_), Some(path)) => assert_eq!(paths(&cloud), [path]),
            (Err(error), None) => assert_eq!(error.kind(), ErrorKind::Config, "{error}"),
            (result, _) => panic!("{id}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn project_of_one_call_is_not_what_the_token_of_all_is_for() {
    let cloud = Cloud::new();
    let client = cloud.client();
    let call = client.call().with_project_id("p2");
    call.send(ShowThing::new("t1")).await.unwrap();
    show(&client).await.unwrap();
    assert_eq!(cloud.logins(), 1);
    let scope = &cloud.seen(Desk::Logins)[0].json()["auth"]["scope"];
    assert_eq!(*scope, json!({"project": {"id": "p1"}}));
    assert_eq!(paths(&cloud), ["/v3/p2/things/t1", "/v3/p1/things/t1"]);
}

#[tokio::test]
async fn signature_names_the_project_of_the_call() {
    let cloud = Cloud::new();
    let client = signing_client(&cloud);
    let call = client.call().with_project_id("p2");
    call.send(ShowThing::new("t1")).await.unwrap();
    assert_eq!(
        (paths(&cloud), lookups(&cloud)),
        (vec!["/v3/p2/things/t1".into()], 0)
    );
    let call = &cloud.seen(Desk::Service)[0];
    assert_eq!(call.header("x-project-id"), Some("p2"));
}
