//! Where credentials go, and what is shared of them: each to its own address and nowhere else.

use std::sync::{Arc, Mutex};

use cloudbackup_runtime::auth::{AccessKeys, Credentials, PasswordLogin};
use cloudbackup_runtime::{ClientBuilder, Drift, ErrorKind};

use super::{CROWD, crowd, lacking, show, succeeds};
use crate::support::cloud::{Cloud, Desk, PASSWORD, Reply, by_password, token, token_body};
use crate::support::{MARKER, Server, ShowThing, Step, TestClient, json_reply, reply};

fn builder(iam: &str, service: &str) -> ClientBuilder<TestClient> {
    TestClient::builder()
        .endpoint(service)
        .iam_endpoint(iam)
        .project_id("p1")
        .credentials(by_password())
}

/// IAM over a socket.
fn iam() -> Server {
    let headers = [("X-Subject-Token", token(1))];
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    Server::always(Step::Send(reply(201, &headers, token_body("", None))))
}

fn service() -> Server {
    Server::always(json_reply(200, r#"{"id":"t1"}"#))
}

#[tokio::test]
async fn password_goes_to_iam_and_the_token_to_the_service() {
    let (iam, service) = (iam(), service());
    let client = builder(&iam.url(), &service.url()).build().unwrap().0;
    for _ in 0..3 {
        show(&client).await.unwrap();
    }
    let login = iam.request();
    assert!(
        login.starts_with("POST /v3/auth/tokens?nocatalog=true HTTP/1.1\r\n"),
        "{login}"
    );
    let password = serde_json::to_string(PASSWORD).unwrap();
    assert!(login.contains(&password) && !login.contains("x-auth-token"));
    let calls = service.requests();
    assert_eq!(calls.len(), 3);
    for call in calls {
        assert!(
            call.contains(&format!("x-auth-token: {}\r\n", token(1))),
            "{call}"
        );
        // The marker is in the token alone.
        assert_eq!(call.matches(MARKER).count(), 1, "{call}");
    }
}

#[test]
fn plain_iam_is_refused_unless_it_is_this_machine() {
    let service = "https://test.example.com";
    let problem = |iam: &str| {
        let error = builder(iam, service)
            .transport(Cloud::new())
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    };
    for iam in [
        "http://iam.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
    ] {
        let text = problem(iam);
        assert!(text.contains("IAM endpoint is plain http"), "{text}");
        let builder = builder(iam, service).transport(Cloud::new());
        assert!(builder.allow_http(true).build().is_ok());
    }
    let text = problem(&format!("https://user:{MARKER}@iam.example.com"));
    assert!(
        text.contains("user name") && !text.contains(MARKER),
        "{text}"
    );
    for iam in [
        "http://localhost:1",
        "http://127.0.0.1",
        "http://[::1]:5",
        "https://iam.example",
    ] {
        let builder = builder(iam, service).transport(Cloud::new());
        builder.build().unwrap();
    }
    // Also for keys, which are used there to look for the project.
    let keys = Credentials::access_keys(AccessKeys::new("AK", MARKER));
    let builder = builder("http://iam.example.com", service).credentials(keys);
    builder.transport(Cloud::new()).build().unwrap_err();
}

#[tokio::test]
async fn redirect_of_iam_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let (other, service) = (iam(), service());
        let target = format!("{}/v3/auth/tokens", other.url());
        let iam = Server::always(Step::Send(reply(status, &[("Location", &target)], "")));
        let client = builder(&iam.url(), &service.url()).build().unwrap().0;
        let error = lacking(show(&client).await);
        assert!(
            error.to_string().contains("redirects are not followed"),
            "{error}"
        );
        assert_eq!((iam.requests().len(), other.connections()), (1, 0));
        assert_eq!(service.connections(), 0);
    }
}

#[tokio::test]
async fn clients_of_one_value_share_its_login() {
    let cloud = Cloud::new();
    let credentials = by_password();
    let [one, two] = [(); 2].map(|()| {
        let builder = cloud.builder(credentials.clone()).project_id("p1");
        builder.build().unwrap().0
    });
    let calls = [crowd(&one, CROWD / 2), crowd(&two, CROWD / 2)];
    for calls in calls {
        succeeds(calls).await;
    }
    assert_eq!(cloud.counts(), (1, CROWD));
    // Another project needs another token, which does not replace the first.
    let other = cloud
        .builder(credentials)
        .project_id("p2")
        .build()
        .unwrap()
        .0;
    show(&other).await.unwrap();
    show(&one).await.unwrap();
    assert_eq!(cloud.logins(), 2);
    assert_eq!(cloud.tokens()[CROWD..], [token(2), token(1)]);
    let scope = |login: usize| cloud.seen(Desk::Logins)[login].json()["auth"]["scope"].clone();
    assert_eq!(scope(1)["project"]["id"], "p2");
    // So does another value, even of the same user.
    show(&cloud.client()).await.unwrap();
    assert_eq!(cloud.logins(), 3);
}

#[tokio::test]
async fn user_by_id_has_no_name_and_no_account() {
    let cloud = Cloud::new();
    let login = PasswordLogin::with_user_id("u1", PASSWORD);
    let builder = cloud
        .builder(Credentials::password(login.clone()))
        .project_id("p1");
    show(&builder.build().unwrap().0).await.unwrap();
    let user = &cloud.seen(Desk::Logins)[0].json()["auth"]["identity"]["password"]["user"];
    assert_eq!(*user, serde_json::json!({"id": "u1", "password": PASSWORD}));
    // Whose account that is nobody knows.
    let builder = cloud.builder(Credentials::password(login.for_domain()));
    let error = lacking(show(&builder.build().unwrap().0).await);
    assert!(
        error.to_string().contains("`.for_domain_id(..)`"),
        "{error}"
    );
    assert_eq!(cloud.logins(), 1);
}

#[tokio::test]
async fn login_without_anything_that_it_could_be_for() {
    let cloud = Cloud::new();
    let builder = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .transport(cloud.clone());
    let builder = builder
        .iam_endpoint("http://127.0.0.1:5")
        .credentials(by_password());
    let error = lacking(show(&builder.build().unwrap().0).await);
    let text = error.to_string();
    assert!(
        text.contains(".project_id(..)") && text.contains(".region(..)"),
        "{text}"
    );
    assert_eq!(cloud.counts(), (0, 0));
}

#[test]
fn password_without_an_address_of_iam_is_refused() {
    let builder = TestClient::builder()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1");
    let error = builder.credentials(by_password()).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(
        text.contains(".iam_endpoint(..)") && text.contains("eu-nl"),
        "{text}"
    );
}

#[tokio::test]
async fn what_iam_says_beyond_the_token_is_no_drift() {
    let cloud = Cloud::new();
    let found = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&found);
    let builder = cloud.builder(by_password());
    let builder =
        builder.on_drift(move |drift: &Drift| sink.lock().unwrap().push(drift.to_string()));
    let client = builder.build().unwrap().0;
    cloud.always(
        Desk::Service,
        Reply::json(200, r#"{"id":"t1","colour":"red"}"#),
    );
    show(&client).await.unwrap();
    assert_eq!(
        *found.lock().unwrap(),
        ["test show_thing: unknown member `colour` of `Thing`"]
    );
}

#[cfg(feature = "blocking")]
#[test]
fn calls_without_a_runtime_sign_in_as_well() {
    let (iam, service) = (iam(), service());
    let client = builder(&iam.url(), &service.url()).build().unwrap().0;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| client.call().send_blocking(ShowThing::new("t1")).unwrap());
        }
    });
    // A call on a runtime has the same token.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(show(&client)).unwrap();
    assert_eq!((iam.requests().len(), service.requests().len()), (1, 9));
}

#[cfg(feature = "blocking")]
#[test]
fn login_outlives_the_runtime_that_made_it() {
    let (iam, service) = (iam(), service());
    let client = builder(&iam.url(), &service.url()).build().unwrap().0;
    for round in 1..=3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(show(&client)).unwrap();
        drop(runtime);
        assert_eq!((iam.requests().len(), service.requests().len()), (1, round));
    }
}
