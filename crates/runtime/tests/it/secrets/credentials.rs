//! The same for passwords, keys and tokens that were got: in what prints them, and in errors where
//! a server repeats them.

use std::time::{Duration, SystemTime};

use cloudbackup_runtime::auth::{
    AccessKeys, ChainSource, Credential, CredentialSource, Credentials, EnvironmentSource, Issued,
    MetadataSource, PasswordLogin, ProfileSource, SigningScope, SourceError, Variables, Wish,
    canonical_form, sign,
};
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{BoxFuture, ErrorKind};
use http::Request;

use super::Printed;
use crate::support::cloud::{Cloud, Desk, PASSWORD, Reply, by_password, keys, token};
use crate::support::{CopyThing, MARKER, ShowThing, TOKEN, TestClient};

/// Fails if a secret of these tests was printed.
#[track_caller]
fn check(printed: &Printed) {
    let leaks = printed.leaks(MARKER) + printed.leaks(PASSWORD) + printed.leaks(TOKEN);
    assert_eq!(leaks, 0, "{}", printed.0);
}

fn variables() -> Variables {
    Variables::of([
        ("HUAWEICLOUD_SDK_AK", MARKER),
        ("HUAWEICLOUD_SDK_SK", MARKER),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", MARKER),
        ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "/nowhere"),
    ])
}

#[test]
fn credentials_are_in_nothing_that_prints() {
    let mut printed = Printed::default();
    let keys = AccessKeys::new(MARKER, MARKER).with_security_token(MARKER);
    let login = PasswordLogin::new("account", "user", PASSWORD);
    printed.debug(&login);
    printed.debug(&PasswordLogin::with_user_id("u1", PASSWORD));
    printed.debug(&keys);
    for credential in [
        Credential::Keys(keys.clone()),
        Credential::Token(TOKEN.into()),
    ] {
        printed.debug(&credential);
        printed.debug(&Issued::new(credential).with_project_id("p1"));
    }
    let environment = EnvironmentSource::new().with_variables(variables());
    let profile = ProfileSource::new().with_variables(variables());
    printed.debug(&variables());
    printed.debug(&environment);
    printed.debug(&profile);
    printed.debug(&MetadataSource::new());
    let chain = ChainSource::new().then(environment.clone()).then(profile);
    printed.debug(&chain);
    for credentials in [
        Credentials::password(login),
        Credentials::access_keys(keys),
        Credentials::token(TOKEN),
        Credentials::source(environment),
        Credentials::source(chain),
    ] {
        printed.debug(&credentials);
        let builder = TestClient::builder()
            .endpoint("http://127.0.0.1:9")
            .iam_endpoint("http://127.0.0.1:9")
            .variables(variables())
            .project_id("p1")
            .credentials(credentials);
        printed.debug(&builder);
        let client = builder.build().unwrap();
        printed.debug(&client);
        let request = client.0.call().prepare(CopyThing::new("t1", "n")).unwrap();
        printed.debug(&request);
        printed.display(&request);
    }
    for shown in ["[redacted]", "account", "u1", "p1"] {
        assert!(printed.0.contains(shown), "{shown} in {}", printed.0);
    }
    check(&printed);
}

#[test]
fn signed_request_and_its_canonical_form_print_no_secret() {
    let mut printed = Printed::default();
    let mut request = Request::post("https://h/a").body("{}".into()).unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    let keys = AccessKeys::new("AK", MARKER).with_security_token(MARKER);
    sign(&mut request, &keys, SigningScope::Project("p1"), at).unwrap();
    printed.debug(&request.headers());
    let form = canonical_form(&request).unwrap();
    assert!(form.canonical_request().contains(MARKER));
    printed.debug(&form);
    // A key that cannot be used is not shown either.
    for broken in [
        AccessKeys::new(format!("{MARKER}\r\nX: y"), "SK"),
        AccessKeys::new("AK", format!("{MARKER}\r\nX: y")),
        AccessKeys::new("AK", "SK").with_security_token(format!("{MARKER}\r\nX: y")),
    ] {
        let error = sign(&mut request, &broken, SigningScope::None, at).unwrap_err();
        printed.debug(&error);
        printed.display(&error);
    }
    check(&printed);
}

#[tokio::test]
async fn issued_credentials_and_failures_of_sources_print_no_secret() {
    let mut printed = Printed::default();
    let wish = Wish::within(Duration::from_secs(1));
    printed.debug(&wish);
    let whole = EnvironmentSource::new().with_variables(variables());
    printed.debug(&whole.issue(&wish).await.unwrap());
    let half = Variables::of([("HUAWEICLOUD_SDK_SK", MARKER)]);
    let half = EnvironmentSource::new().with_variables(half);
    let error = half.issue(&wish).await.unwrap_err();
    assert!(error.to_string().contains("HUAWEICLOUD_SDK_AK"), "{error}");
    printed.debug(&error);
    printed.display(&error);
    check(&printed);
}

/// What a server can make of a request that it repeats.
fn echoes() -> Vec<Reply> {
    let json = serde_json::to_string(PASSWORD).unwrap();
    let body =
        format!(r#"{{"auth":{{"identity":{{"password":{{"user":{{"password":{json}}}}}}}}}}}"#);
    let ascii: String = json
        .chars()
        .map(|c| match c.is_ascii() {
            true => c.to_string(),
            false => format!("\\u{:04x}", u32::from(c)),
        })
        .collect();
    let mut echoes = vec![
        Reply::json(302, "").with("location", format!("https://h/{PASSWORD}")),
        Reply::json(400, "{}").with("x-request-id", PASSWORD),
    ];
    for status in [201, 400, 401, 429, 500] {
        let reply = |text: String| Reply::json(status, text);
        echoes.extend([
            reply(format!(r#"{{"error_code":{json},"error_msg":{json}}}"#)),
            reply(format!(r#"{{"error":{{"code":401,"message":{ascii}}}}}"#)),
            reply(format!(r#"{{"x":{json}}}"#)),
            reply(format!("bad request: {body}")),
            reply(format!("{}{body}", "x".repeat(170))),
            reply(format!("{}{PASSWORD}", "x".repeat(280))),
            reply(format!("<html>{PASSWORD}</html>")),
            reply(format!("[{json}, 7")),
            reply(PASSWORD.to_owned()),
            reply(json.clone()),
            reply(body.clone()),
        ]);
    }
    echoes
}

#[tokio::test]
async fn password_is_in_no_error_even_if_iam_repeats_it() {
    for echo in echoes() {
        let cloud = Cloud::on(ManualClock::skipping());
        cloud.always(Desk::Logins, echo.clone());
        let client = cloud.client();
        let call = client.call().send(CopyThing::new("t1", "n"));
        let error = call.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{error}");
        let mut printed = Printed::default();
        printed.error(&error);
        let leaks = printed.leaks(MARKER) + printed.leaks(PASSWORD);
        // Nor the beginning that is left of it where a text was cut.
        let leaks = leaks + printed.0.matches(r#"pässwörd \"#).count();
        assert_eq!(leaks, 0, "{echo:?}: {}", printed.0);
        assert_eq!(
            cloud.seen(Desk::Logins)[0].text().matches(MARKER).count(),
            1
        );
        // What the call might have done is told once, and not of the login.
        let text = error.to_string();
        assert!(
            !text.contains("applied") && text.ends_with("(not sent)"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn token_that_was_replaced_meanwhile_is_in_no_error() {
    for status in [200, 400] {
        let cloud = Cloud::new();
        let day = Duration::from_secs(24 * 3600);
        let builder = cloud.builder(by_password()).project_id("p1");
        let builder = builder.timeout(2 * day).attempt_timeout(2 * day);
        let client = builder.build().unwrap().0;
        client.call().send(ShowThing::new("t1")).await.unwrap();
        let echo = format!(
            r#"{{"error_code":"x","error_msg":"no {} and no {}"}}"#,
            token(1),
            token(2)
        );
        cloud.next(Desk::Service, [Reply::json(status, echo)]);
        let door = cloud.hold("/things/late");
        let late = tokio::spawn(client.call().send(CopyThing::new("late", "n")));
        while cloud.counts().1 < 2 {
            tokio::task::yield_now().await;
        }
        // Before its end, so that the old one is still worth something.
        cloud.clock.advance(day - Duration::from_secs(60));
        client.call().send(ShowThing::new("t1")).await.unwrap();
        assert_eq!(cloud.tokens(), [token(1), token(1), token(2)]);
        door.open();
        let error = late.await.unwrap().unwrap_err();
        assert_eq!(error.message(), Some("no [redacted] and no [redacted]"));
        let mut printed = Printed::default();
        printed.error(&error);
        printed.debug(&client);
        check(&printed);
    }
}

#[tokio::test]
async fn security_token_is_in_no_error_even_if_the_service_repeats_it() {
    let cloud = Cloud::new();
    let client = cloud.signing_client(keys(1));
    let secret = keys(1).security_token().unwrap().expose().to_owned();
    let body = format!(r#"{{"error_code":"x","error_msg":"no {secret}"}}"#);
    cloud.always(
        Desk::Service,
        Reply::json(400, body).with("x-echo", &secret),
    );
    let error = client
        .call()
        .send(CopyThing::new("t1", "n"))
        .await
        .unwrap_err();
    assert_eq!(error.message(), Some("no [redacted]"));
    let mut printed = Printed::default();
    printed.error(&error);
    check(&printed);
}

/// Prints its secret, which the session around it does not.
struct Careless;

impl std::fmt::Debug for Careless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Careless")
    }
}

impl CredentialSource for Careless {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        let error = SourceError::unavailable("no answer");
        Box::pin(std::future::ready(Err(
            error.with_retry_after(Duration::from_secs(5))
        )))
    }
}

#[tokio::test]
async fn printed_client_shows_where_its_credentials_come_from() {
    let cloud = Cloud::new();
    let builder = cloud
        .builder(Credentials::source(Careless))
        .project_id("p1");
    let client = builder.build().unwrap().0;
    assert!(format!("{client:?}").contains("Careless"), "{client:?}");
    let error = client.call().send(ShowThing::new("t1")).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    let by_password = cloud.builder(by_password()).build().unwrap();
    let shown = format!("{by_password:?}");
    assert!(
        shown.contains("http://127.0.0.1:5") && shown.contains("account"),
        "{shown}"
    );
}
