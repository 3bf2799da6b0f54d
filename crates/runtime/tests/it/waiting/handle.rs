//! What it takes to wait on elsewhere, and which clients it fits.

use std::time::{Duration, SystemTime};

use cloudbackup_runtime::auth::{
    Credential, CredentialSource, Credentials, Issued, SourceError, Wish,
};
use cloudbackup_runtime::testing::{ManualClock, ReplayTransport};
use cloudbackup_runtime::waiting::WaitHandle;
use cloudbackup_runtime::{
    BoxFuture, Client, ClientBuilder, Error, ErrorKind, Outcome, Service, ServiceClient,
};

use crate::support::jobs::{DropJob, ShowJob, StartJob};
use crate::support::waits::{SECOND, Setup, accepted, job};
use crate::support::{TOKEN, TestClient, builder_of};

/// A handle as it is stored.
const KEPT: &str = r#"{"version":1,"service":"test","operation":"start_job","subject":{"job_id":"j1","started":"2025-10-09T08:53:20Z"},"project_id":"p1","project_of_call":false,"place":{"region":"eu-de"},"started":1760000000}"#;

fn handle(text: &str) -> WaitHandle<StartJob> {
    text.parse().unwrap()
}

/// A client of the region, or of any other place.
fn client_at(
    set: impl FnOnce(ClientBuilder<TestClient>) -> ClientBuilder<TestClient>,
) -> TestClient {
    // Nothing is sent, with or without TLS.
    let builder = TestClient::builder().transport(ReplayTransport::new([]));
    set(builder.token(TOKEN)).build().unwrap()
}

fn client_of_region() -> TestClient {
    client_at(|builder| builder.region("eu-de").project_id("p1"))
}

/// The error of a client that this handle does not fit: it is plain, and nothing is sent.
fn misfit<C: ServiceClient>(text: &str, client: &C) -> String {
    let error = handle(text).resume(client).unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    assert_eq!(error.operation(), Some("start_job"));
    error.to_string()
}

#[tokio::test]
async fn handle_is_one_line_of_json_that_is_always_the_same() {
    let clock = ManualClock::skipping();
    let setup = Setup::on(clock.clone(), [accepted()]);
    clock.set_wall(SystemTime::UNIX_EPOCH + 1_760_000_000 * SECOND);
    let text = setup.started().await.handle().to_string();
    let place = format!(r#"{{"endpoint":"{}"}}"#, setup.server.url());
    assert_eq!(text, KEPT.replace(r#"{"region":"eu-de"}"#, &place));
    assert_eq!(handle(&text).to_string(), text);
}

#[test]
fn handle_can_be_a_member_of_something_larger() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Kept {
        since: u64,
        handle: WaitHandle<StartJob>,
    }
    let kept = Kept {
        since: 7,
        handle: handle(KEPT),
    };
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(text, format!(r#"{{"since":7,"handle":{KEPT}}}"#));
    assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
}

#[test]
fn handle_tells_what_it_is() {
    let handle = handle(KEPT);
    assert_eq!(
        (handle.service(), handle.operation(), handle.project_id()),
        ("test", "start_job", Some("p1"))
    );
    assert_eq!(handle.subject().get("job_id"), Some("j1"));
    let other = KEPT.replace("j1", "j2");
    assert_ne!(handle, other.parse().unwrap());
}

#[tokio::test]
async fn handle_fits_every_client_of_its_place_and_project() {
    let regional = client_of_region();
    let endpoint = "https://TEST.eu-de.example.com:443/";
    for client in [
        regional.clone(),
        // The region's own endpoint, and another road to the region.
        client_at(|builder| builder.endpoint(endpoint).project_id("p1")),
        client_at(|builder| {
            let builder = builder.endpoint("https://elsewhere.example.com");
            builder.region("eu-de").project_id("p1")
        }),
        // The project is that of the handle.
        client_at(|builder| builder.region("eu-de")),
    ] {
        let waiter = handle(KEPT).resume(&client).unwrap();
        assert_eq!(waiter.handle(), &handle(KEPT));
    }
    let of_endpoint = KEPT.replace(
        r#"{"region":"eu-de"}"#,
        r#"{"endpoint":"https://test.eu-de.example.com"}"#,
    );
    let waiter = handle(&of_endpoint).resume(&regional).unwrap();
    assert_eq!(waiter.handle().to_string(), of_endpoint);
}

#[test]
fn handle_of_another_region_or_project_is_refused() {
    let regional = client_of_region();
    let place = |place: &str| KEPT.replace(r#"{"region":"eu-de"}"#, place);
    assert_eq!(
        misfit(&place(r#"{"region":"eu-nl"}"#), &regional),
        "test start_job: the handle is one of the region eu-nl, and the client calls eu-de"
    );
    let other = client_at(|builder| {
        let builder = builder.endpoint("https://other.example.com/v");
        builder.project_id("p1")
    });
    assert_eq!(
        misfit(KEPT, &other),
        "test start_job: the handle is one of the region eu-de, and the client calls \
         https://other.example.com/v"
    );
    assert_eq!(
        misfit(&place(r#"{"endpoint":"https://h.example.com"}"#), &regional),
        "test start_job: the handle is one of https://h.example.com, and the client calls eu-de"
    );
    misfit(&place(r#"{"region":"mars-1"}"#), &other);
    misfit(&place(r#"{"endpoint":"no address"}"#), &regional);
    assert_eq!(
        misfit(&KEPT.replace("\"p1\"", "\"p2\""), &regional),
        "test start_job: the handle is one of the project p2, and the client's is p1"
    );
    assert_eq!(
        misfit(&KEPT.replace("\"p1\"", "null"), &regional),
        "test start_job: the handle does not say of which project it is, and the client's is p1"
    );
}

#[derive(Debug)]
struct OtherClient(Client);

impl ServiceClient for OtherClient {
    const SERVICE: Service =
        Service::new("other").regions(&[("eu-de", "https://other.eu-de.example.com")]);

    fn from_runtime(client: Client) -> Self {
        Self(client)
    }

    fn runtime(&self) -> &Client {
        &self.0
    }
}

#[test]
fn handle_of_another_service_or_operation_is_refused() {
    let regional = client_of_region();
    assert_eq!(
        misfit(&KEPT.replace("\"test\"", "\"other\""), &regional),
        "test start_job: the handle is one of the service other, not of test"
    );
    let builder = ClientBuilder::<OtherClient>::new().region("eu-de");
    let builder = builder.project_id("p1").token(TOKEN);
    let other = builder.transport(ReplayTransport::new([]));
    let other = other.build().unwrap();
    assert_eq!(
        misfit(KEPT, &other),
        "test start_job: the handle is one of the service test, not of other"
    );
    assert_eq!(
        misfit(&KEPT.replace("start_job", "stop_job"), &regional),
        "test start_job: the handle is one of the operation stop_job, not of start_job"
    );
    let wrong: WaitHandle<ShowJob> = KEPT.parse().unwrap();
    let error = wrong.resume(&regional).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

/// The error of a text that is no handle.
fn unreadable(text: &str) -> String {
    let error: Error = text.parse::<WaitHandle<StartJob>>().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Config, Outcome::NotSent)
    );
    let text = error.to_string();
    let rest = text.strip_prefix("this is no handle to wait with");
    rest.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn text_that_is_no_handle_is_refused_with_its_place() {
    let other = "that is not what a handle has there";
    for (text, expected) in [
        (
            "",
            ": EOF while parsing a value (line 1, column 0)".to_owned(),
        ),
        ("j1", ": expected value (line 1, column 1)".to_owned()),
        ("7", format!(": {other} (line 1, column 1)")),
        (
            "{}",
            ": missing field `version` (line 1, column 2)".to_owned(),
        ),
        (
            r#"{"version":"1"}"#,
            format!(" at `version`: {other} (line 1, column 14)"),
        ),
        (
            r#"{"version":0}"#,
            format!(" at `version`: {other} (line 1, column 13)"),
        ),
        (
            r#"{"version":1,"service":"test"}"#,
            ": missing field `operation` (line 1, column 30)".to_owned(),
        ),
    ] {
        assert_eq!(unreadable(text), expected, "{text}");
    }
    for (part, wrong, place) in [
        (r#""j1""#, "7", "subject"),
        (r#"{"region":"#, r#"{"planet":"#, "place"),
        ("1760000000", "-1", "started"),
        (r#""p1""#, "[]", "project_id"),
        ("false", "\"no\"", "project_of_call"),
    ] {
        let text = unreadable(&KEPT.replace(part, wrong));
        let start = format!(" at `{place}`: {other} (line 1, column ");
        assert!(text.starts_with(&start), "{text}");
    }
    let more = format!("{KEPT} {{}}");
    assert!(unreadable(&more).starts_with(": trailing characters (line 1"));
    assert!(unreadable(&KEPT[..80]).contains(": EOF while parsing"));
}

#[test]
fn handle_of_a_newer_release_is_refused_before_the_rest_is_read() {
    let newer = r#"{"version":2,"jobs":[]}"#;
    assert_eq!(
        unreadable(newer),
        " at `version`: a newer release of this library has written version 2, and this one reads \
         version 1 (line 1, column 12)"
    );
}

#[test]
fn text_that_is_no_handle_is_not_repeated() {
    for text in [
        TOKEN.to_owned(),
        format!("\"{TOKEN}\""),
        format!(r#"{{"version":"{TOKEN}"}}"#),
        format!(r#"{{"version":1,"service":["{TOKEN}"]}}"#),
        KEPT.replace("1760000000", &format!("\"{TOKEN}\"")),
        KEPT.replace("false", &format!("\"a\\\"{TOKEN}\"")),
        KEPT.replace("region", TOKEN),
        KEPT.replace("\"job_id\":\"j1\"", &format!("\"{TOKEN}\":7")),
    ] {
        let error = unreadable(&text);
        assert!(!error.contains(&TOKEN[..12]), "{error}");
    }
}

#[test]
fn members_that_nobody_knows_are_passed_over() {
    let more = KEPT.replace(r#""started":17"#, r#""colour":"red","started":17"#);
    assert_eq!(handle(&more), handle(KEPT));
}

#[test]
fn subject_that_cannot_be_asked_about_is_refused() {
    let client = client_of_region();
    for subject in [
        r#"{}"#,
        r#"{"job_id":""}"#,
        r#"{"job_id":".."}"#,
        r#"{"id":"j1"}"#,
    ] {
        let text = KEPT.replace(
            r#"{"job_id":"j1","started":"2025-10-09T08:53:20Z"}"#,
            subject,
        );
        let error = handle(&text).resume(&client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{subject}");
        assert_eq!(error.violations()[0].pointer, "/path/job_id");
        assert!(!error.to_string().contains("sent"), "{error}");
    }
}

#[tokio::test]
async fn project_of_the_call_is_that_of_the_questions() {
    let setup = Setup::new([accepted(), job("SUCCESS")]);
    let call = setup.client.0.call().with_project_id("p9");
    let started = call.start(StartJob).await.unwrap();
    let kept = started.handle().to_string();
    started.wait().await.unwrap();
    // The client has another project, and is the one that started it.
    handle(&kept).resume(&setup.client).unwrap().await.unwrap();
    let question = "GET /v3/p9/jobs/j1";
    assert_eq!(setup.lines(), ["POST /v3/p9/jobs", question, question]);
}

/// Issues tokens that belong to a project.
#[derive(Debug)]
struct OfProject;

impl CredentialSource for OfProject {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        let issued = Issued::new(Credential::Token(TOKEN.into()));
        Box::pin(std::future::ready(Ok(issued.with_project_id("p7"))))
    }
}

#[tokio::test]
async fn project_that_was_found_is_in_the_handle() {
    let setup = Setup::new([accepted(), job("SUCCESS")]);
    let builder = TestClient::builder()
        .endpoint(setup.server.url())
        .credentials(Credentials::source(OfProject));
    let finding = builder.build().unwrap();
    let started = finding.0.call().start(StartJob).await.unwrap();
    assert_eq!(started.handle().project_id(), Some("p7"));
    let kept = started.handle().to_string();

    let error = handle(&kept).resume(&setup.client).unwrap_err();
    assert!(error.to_string().contains("project p7"), "{error}");
    let named = builder_of(&setup.server).project_id("p7");
    for client in [finding, named.build().unwrap()] {
        handle(&kept).resume(&client).unwrap().await.unwrap();
    }
    assert_eq!(setup.lines()[1..], ["GET /v3/p7/jobs/j1"; 2]);
}

#[tokio::test]
async fn handle_of_a_watch_goes_on_with_the_same_question() {
    let setup = Setup::new([job("RUNNING"), job("SUCCESS")]);
    let waiter = setup.waiter();
    let kept = waiter.handle().to_string();
    waiter.with_max_wait(Duration::ZERO).await.unwrap_err();
    let handle: WaitHandle<ShowJob> = kept.parse().unwrap();
    handle.resume(&setup.client).unwrap().await.unwrap();
    assert_eq!(setup.lines(), ["GET /v3/p1/jobs/j1"; 2]);
}

#[tokio::test]
async fn time_of_the_start_is_kept_for_the_questions() {
    let date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let started = crate::support::Step::Send(crate::support::reply(202, &[date], "{}"));
    let setup = Setup::new([started, crate::support::json_reply(200, r#"{"jobs":[]}"#)]);
    let job_id = Some("j1".into());
    let call = setup.client.0.call();
    let started = call.start(DropJob { job_id }).await.unwrap();
    let kept = started.handle().to_string();
    let handle: WaitHandle<DropJob> = kept.parse().unwrap();
    handle.resume(&setup.client).unwrap().await.unwrap();
    let question = "GET /v3/p1/jobs?start_time=1994-11-06T08%3A49%3A37%2B0000";
    assert_eq!(setup.lines()[1], question);
}
