//! Faults on request: what the caller sees of each, and what has happened all the same.

use std::time::{Duration, SystemTime};

use cloudbackup_gaussdb_opengauss_client as opengauss;
use cloudbackup_rds_client as rds;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{ErrorKind, Outcome, ReplyProblem, RetryConfig};
use cloudbackup_sandbox::{Fault, Sandbox};
use tokio::time::Instant;

use crate::support::{Reply, call, exchange, request};

/// A client that tries once.
fn client(sandbox: &Sandbox) -> rds::Client {
    let builder = sandbox.configure::<rds::Client>();
    builder.retry(RetryConfig::none()).build().unwrap()
}

/// A client that repeats what may be repeated, at once.
fn patient(sandbox: &Sandbox) -> rds::Client {
    let retry = RetryConfig::new().base_delay(Duration::ZERO);
    let builder = sandbox.configure::<rds::Client>();
    builder.retry(retry).build().unwrap()
}

fn create(
    client: &rds::Client,
    sandbox: &Sandbox,
    name: &str,
) -> rds::CreateBackup<rds::Set, rds::Set> {
    let instance = sandbox.inventory().rds_instance.as_str();
    client.create_backup().instance_id(instance).name(name)
}

/// The backups by hand that there are: names and statuses, the newest first.
async fn backups(sandbox: &Sandbox) -> Vec<(String, rds::model::BackupStatus)> {
    let reply = client(sandbox)
        .list_backups()
        .instance_id(sandbox.inventory().rds_instance.as_str())
        .backup_type(rds::model::BackupType::Manual)
        .send()
        .await
        .unwrap();
    let backups = reply.backups.unwrap().into_iter();
    backups
        .map(|backup| (backup.name.unwrap(), backup.status.unwrap()))
        .collect()
}

async fn names(sandbox: &Sandbox) -> Vec<String> {
    let backups = backups(sandbox).await.into_iter();
    backups.map(|(name, _)| name).collect()
}

/// A list of backups as bytes; one that none of the service's clients has asked for.
fn list_request(sandbox: &Sandbox) -> Vec<u8> {
    let project = sandbox.project_id("eu-de").unwrap();
    let instance = &sandbox.inventory().rds_instance;
    let target = format!("/v3/{project}/backups?instance_id={instance}");
    let token = sandbox.token("eu-de").unwrap();
    request("GET", &target, &[("X-Auth-Token", token.expose())], "")
}

async fn sent(sandbox: &Sandbox, request: &[u8]) -> Reply {
    let endpoint = sandbox.endpoint("rds").unwrap();
    exchange(&endpoint, request).await.unwrap()
}

#[tokio::test]
async fn reset_before_the_effect_leaves_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = patient(&sandbox);
    sandbox.fault(Fault::reset_before_effect().on("rds", "create_backup"));
    let error = create(&client, &sandbox, "lost").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    // A write that may have been applied is never repeated by itself.
    assert_eq!(error.attempts().len(), 1);
    assert!(names(&sandbox).await.is_empty());

    create(&client, &sandbox, "made").send().await.unwrap();
    assert_eq!(names(&sandbox).await, ["made"]);
}

#[tokio::test]
async fn reset_after_the_effect_leaves_one_object() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = patient(&sandbox);
    // The second time on a connection that has served before.
    for (name, all) in [
        ("first", vec!["first"]),
        ("second", vec!["second", "first"]),
    ] {
        sandbox.fault(Fault::reset_after_effect().on("rds", "create_backup"));
        let error = create(&client, &sandbox, name).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(error.attempts().len(), 1);
        assert_eq!(names(&sandbox).await, all);
        sandbox.advance(Duration::from_secs(120));
        let list = client.list_backups();
        let list = list.instance_id(sandbox.inventory().rds_instance.as_str());
        list.send().await.unwrap();
    }
}

#[tokio::test]
async fn reset_cuts_the_connection_before_a_byte_of_the_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let endpoint = sandbox.endpoint("rds").unwrap();
    for fault in [Fault::reset_before_effect(), Fault::reset_after_effect()] {
        sandbox.fault(fault.clone());
        let ended = exchange(&endpoint, &list_request(&sandbox)).await;
        let ended = ended.unwrap_err();
        assert!(ended.bytes.is_empty(), "{fault}: {ended:?}");
        let reset = Some(std::io::ErrorKind::ConnectionReset);
        assert_eq!(ended.error, reset, "{fault}");
    }
}

#[tokio::test]
async fn lost_answers_to_reading_are_fetched_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = patient(&sandbox);
    for fault in [
        Fault::reset_before_effect(),
        Fault::reset_after_effect(),
        Fault::unavailable(),
        Fault::truncated_body(),
    ] {
        sandbox.fault(fault.clone().on("rds", "list_backups").times(2));
        let list = client.list_backups();
        let list = list.instance_id(sandbox.inventory().rds_instance.as_str());
        let listed = list.send().await;
        assert!(listed.is_ok(), "{fault}: {listed:?}");
        let again = sent(&sandbox, &list_request(&sandbox)).await;
        assert_eq!(again.status, 200, "{fault} came less than twice");
    }
}

#[tokio::test]
async fn truncated_body_ends_in_the_middle_after_the_effect() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fault(Fault::truncated_body().on("rds", "create_backup"));
    let create_first = create(&client(&sandbox), &sandbox, "first");
    let error = create_first.send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Response, "{error}");
    assert_eq!(error.reply_problem(), Some(ReplyProblem::Truncated));
    assert_eq!(error.outcome(), Outcome::Applied, "{error}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(names(&sandbox).await, ["first"]);

    let whole = sent(&sandbox, &list_request(&sandbox)).await;
    sandbox.fault(Fault::truncated_body());
    let endpoint = sandbox.endpoint("rds").unwrap();
    let ended = exchange(&endpoint, &list_request(&sandbox))
        .await
        .unwrap_err();
    assert_eq!(ended.error, None, "the end is no reset");
    let text = String::from_utf8(ended.bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let length = format!("content-length: {}\r\n", whole.body.len());
    assert!(head.contains(&length), "{head}");
    let half = &whole.body[..whole.body.len() / 2];
    assert_eq!(body.as_bytes(), half);
}

#[tokio::test]
async fn answers_without_a_body_cannot_be_truncated() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let made = create(&client, &sandbox, "made").send().await.unwrap();
    let id = made.backup.unwrap().id.unwrap();
    sandbox.advance(Duration::from_secs(120));
    sandbox.fault(Fault::truncated_body().on("rds", "delete_backup"));
    client.delete_backup(id).send().await.unwrap();
    assert!(names(&sandbox).await.is_empty());
}

#[tokio::test]
async fn latency_delays_the_answer_and_not_the_effect() {
    let sandbox = Sandbox::start().await.unwrap();
    // The limits of the client pass when this clock is moved, and the sandbox keeps real time.
    let clock = ManualClock::new();
    let builder = sandbox.configure::<rds::Client>().clock(clock.clone());
    let hasty = builder.timeout(Duration::from_secs(5)).build().unwrap();
    sandbox.fault(Fault::latency(Duration::from_secs(60)).on("rds", "create_backup"));
    let calling = tokio::spawn(create(&hasty, &sandbox, "made").send());
    while names(&sandbox).await.is_empty() {
        assert!(!calling.is_finished());
    }
    clock.advance(Duration::from_secs(5));
    let error = calling.await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(names(&sandbox).await, ["made"]);
}

/// The clock of this test stands still, and jumps to the next timer when nothing else is to be done.
#[tokio::test(start_paused = true)]
async fn latency_is_as_long_as_asked_for_and_at_most_a_minute() {
    let sandbox = Sandbox::start().await.unwrap();
    for (asked, seconds) in [
        (vec![30], 30),
        (vec![3600], 60),
        (vec![7, 8], 15),
        (vec![], 0),
    ] {
        for latency in asked {
            sandbox.fault(Fault::latency(Duration::from_secs(latency)));
        }
        let start = Instant::now();
        assert_eq!(sent(&sandbox, &list_request(&sandbox)).await.status, 200);
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test]
async fn too_many_requests_say_when_to_come_back_and_take_no_effect() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let fault = Fault::too_many_requests(Duration::from_secs(7));
    sandbox.fault(fault.on("rds", "create_backup"));
    let refused = create(&client, &sandbox, "refused").send().await;
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service, "{error}");
    assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.is_throttled() && error.code().is_some(), "{error}");
    assert!(error.message().is_some() && error.request_id().is_some());
    assert!(names(&sandbox).await.is_empty());
    create(&client, &sandbox, "made").send().await.unwrap();
}

#[tokio::test]
async fn polite_clients_come_back_after_the_time_that_was_said() {
    let sandbox = Sandbox::start().await.unwrap();
    let clock = ManualClock::skipping();
    let builder = sandbox.configure::<rds::Client>().clock(clock.clone());
    let polite = builder.build().unwrap();
    let fault = Fault::too_many_requests(Duration::from_secs(7));
    sandbox.fault(fault.on("rds", "create_backup").times(2));
    create(&polite, &sandbox, "made").send().await.unwrap();
    let waits = clock.slept();
    assert_eq!(waits.len(), 2, "{waits:?}");
    assert!(waits.iter().all(|wait| wait.as_secs() >= 7), "{waits:?}");
    assert_eq!(names(&sandbox).await, ["made"]);
}

#[tokio::test]
async fn unavailable_services_do_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    sandbox.fault(Fault::unavailable().on("rds", "create_backup"));
    let refused = create(&client, &sandbox, "refused").send().await;
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service, "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
    assert_eq!(error.retry_after(), None);
    assert!(error.code().is_some() && error.message().is_some());
    assert!(names(&sandbox).await.is_empty());
}

#[tokio::test]
async fn expired_token_is_of_no_use_any_more() {
    let sandbox = Sandbox::start().await.unwrap();
    let (client, other) = (client(&sandbox), patient(&sandbox));
    create(&client, &sandbox, "before").send().await.unwrap();
    sandbox.advance(Duration::from_secs(120));
    sandbox.fault(Fault::expired_token().on("rds", "create_backup"));
    for name in ["first", "second"] {
        let error = create(&client, &sandbox, name).send().await.unwrap_err();
        assert!(error.is_auth(), "{error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
        assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    }
    let list = client.list_backups();
    let list = list.instance_id(sandbox.inventory().rds_instance.as_str());
    assert!(list.send().await.unwrap_err().is_auth());
    assert_eq!(names(&sandbox).await, ["before"]);

    // Another token of the same project is as good as before, also one from before the fault.
    create(&other, &sandbox, "after").send().await.unwrap();
    assert_eq!(names(&sandbox).await, ["after", "before"]);
}

#[tokio::test]
async fn skewed_clock_shows_in_the_date_of_that_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let list = list_request(&sandbox);
    for skew in [0, 3600, -3600, 86_400] {
        if skew != 0 {
            sandbox.fault(Fault::clock_skew(skew));
        }
        let real = || {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            i64::try_from(since.unwrap().as_secs()).unwrap()
        };
        let before = real();
        let reply = sent(&sandbox, &list).await;
        let after = real();
        let shown = date(&reply) - skew;
        assert!((before..=after).contains(&shown), "{skew}: {reply:?}");
    }
}

fn date(reply: &Reply) -> i64 {
    let date = httpdate::parse_http_date(reply.header("date").unwrap()).unwrap();
    let since = date.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[tokio::test]
async fn clocks_that_are_skewed_beyond_all_dates_show_the_first_or_the_last_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let list = list_request(&sandbox);
    for (skew, year) in [(i64::MAX, "9999"), (i64::MIN, "1970")] {
        // Two of them are more than there is room for.
        sandbox.fault(Fault::clock_skew(skew));
        sandbox.fault(Fault::clock_skew(skew));
        let reply = sent(&sandbox, &list).await;
        assert_eq!(reply.status, 200);
        let date = reply.header("date").unwrap();
        assert!(date.contains(year), "{date}");
    }
}

#[tokio::test]
async fn failed_job_ends_as_failed_and_the_next_one_does_not() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    sandbox.fault(Fault::failed_job().on("rds", "create_backup"));
    create(&client, &sandbox, "wrong").send().await.unwrap();
    let building = [("wrong".to_owned(), rds::model::BackupStatus::Building)];
    assert_eq!(backups(&sandbox).await, building);
    sandbox.advance(Duration::from_secs(120));
    create(&client, &sandbox, "right").send().await.unwrap();
    sandbox.advance(Duration::from_secs(120));
    let ended = [
        ("right".to_owned(), rds::model::BackupStatus::Completed),
        ("wrong".to_owned(), rds::model::BackupStatus::Failed),
    ];
    assert_eq!(backups(&sandbox).await, ended);
}

#[tokio::test]
async fn failed_job_shows_in_the_task_as_well() {
    let sandbox = Sandbox::start().await.unwrap();
    let client: opengauss::Client = sandbox.client().unwrap();
    sandbox.fault(Fault::failed_job().on("gaussdb-opengauss", "create_backup"));
    let create = client.create_backup().name("failing");
    let create = create.instance_id(sandbox.inventory().gaussdb_opengauss_instance.as_str());
    let job = create.send().await.unwrap().job_id.unwrap();
    for (seconds, status) in [
        (0, opengauss::model::JobStatus::Running),
        (120, opengauss::model::JobStatus::Failed),
    ] {
        sandbox.advance(Duration::from_secs(seconds));
        let shown = client.show_job().id(job.as_str()).send().await.unwrap();
        assert_eq!(shown.job.unwrap().status, Some(status));
    }
}

/// Which of the requests to two operations of RDS and one of VBS are answered with 503, of three
/// rounds; the fault is asked for before.
async fn unavailable(sandbox: &Sandbox, fault: Fault) -> String {
    let project = sandbox.project_id("eu-de").unwrap();
    let list = format!("/v3/{project}/backups");
    let policy = format!("/v3/{project}/instances/i/backups/offsite-policy");
    let policies = format!("/v2/{project}/backuppolicy");
    sandbox.fault(fault);
    let mut seen = String::new();
    for _ in 0..3 {
        for (service, target) in [("rds", &list), ("rds", &policy), ("vbs", &policies)] {
            let endpoint = sandbox.endpoint(service).unwrap();
            let reply = call(&endpoint, "GET", target, &[], "").await;
            // Without a token there is no other success than to get as far as the gateway.
            seen.push(match reply.status {
                503 => '!',
                401 => '.',
                other => panic!("{other}: {reply:?}"),
            });
        }
        seen.push(' ');
    }
    sandbox.clear_faults();
    seen
}

#[tokio::test]
async fn faults_happen_where_when_and_as_often_as_asked_for() {
    let sandbox = Sandbox::start().await.unwrap();
    let down = Fault::unavailable;
    for (fault, seen) in [
        (down(), "!.. ... ... "),
        (down().times(4), "!!! !.. ... "),
        (down().skip(4), "... .!. ... "),
        (down().skip(2).times(2), "..! !.. ... "),
        (down().times(0), "... ... ... "),
        (down().times(u32::MAX).skip(u32::MAX), "... ... ... "),
        (down().on("rds", "list_backups").times(2), "!.. !.. ... "),
        (
            down().on("rds", "show_offsite_backup_policy"),
            ".!. ... ... ",
        ),
        (down().on("rds", "list_backups").skip(1), "... !.. ... "),
        (
            down().on("vbs", "list_backup_policies").times(9),
            "..! ..! ..! ",
        ),
        (down().on("vbs", "list_backups").times(9), "... ... ... "),
        (down().on("cbr", "list_backups").times(9), "... ... ... "),
        (down().on_service("rds").times(3), "!!. !.. ... "),
        (down().on_service("rds").skip(1), ".!. ... ... "),
        (down().on_service("vbs"), "..! ... ... "),
        (down().on("vbs", "x").on_service("rds"), "!.. ... ... "),
        (
            down().on_service("rds").on("vbs", "list_backup_policies"),
            "..! ... ... ",
        ),
    ] {
        let told = format!("{fault:?}");
        assert_eq!(unavailable(&sandbox, fault).await, seen, "{told}");
    }
}

#[tokio::test]
async fn faults_can_be_forgotten() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fault(Fault::unavailable().times(9));
    assert_eq!(sent(&sandbox, &list_request(&sandbox)).await.status, 503);
    sandbox.fault(Fault::reset_before_effect().on_service("rds"));
    sandbox.clear_faults();
    assert_eq!(sent(&sandbox, &list_request(&sandbox)).await.status, 200);
}

#[tokio::test]
async fn requests_that_reach_no_operation_use_no_fault_up() {
    let sandbox = Sandbox::start().await.unwrap();
    let endpoint = sandbox.endpoint("rds").unwrap();
    sandbox.fault(Fault::unavailable());
    let project = sandbox.project_id("eu-de").unwrap();
    let lost = call(&endpoint, "GET", "/v3/nowhere", &[], "").await;
    assert_eq!(lost.status, 404);
    let list = format!("/v3/{project}/backups");
    let other = call(&endpoint, "PATCH", &list, &[], "").await;
    assert_eq!(other.status, 405);
    assert_eq!(call(&endpoint, "GET", &list, &[], "").await.status, 503);
}

#[tokio::test]
async fn refusals_on_request_have_the_shape_of_their_service() {
    let sandbox = Sandbox::start().await.unwrap();
    let iam = sandbox.endpoint("iam").unwrap();
    let vbs = sandbox.endpoint("vbs").unwrap();
    for (fault, status) in [
        (Fault::unavailable(), 503),
        (Fault::too_many_requests(Duration::from_secs(2)), 429),
    ] {
        let wait = (status == 429).then_some("2");
        sandbox.fault(fault.clone().on("iam", "create_token"));
        let reply = call(&iam, "POST", "/v3/auth/tokens", &[], "{}").await;
        assert_eq!((reply.status, reply.header("retry-after")), (status, wait));
        let error = &reply.json()["error"];
        assert_eq!(error["code"], status, "{error}");
        assert!(error["title"].is_string() && error["message"].is_string());

        sandbox.fault(fault.on_service("vbs"));
        let reply = call(&vbs, "GET", "/v2/p/backuppolicy", &[], "").await;
        assert_eq!((reply.status, reply.header("retry-after")), (status, wait));
        let error = &reply.json()["error"];
        assert!(error["code"].is_string() && error["message"].is_string());
    }
}
