//! The five documented calls, byte for byte over loopback, and what becomes of each kind of reply.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use cloudbackup::{
    Error, ErrorKind, Outcome, ReplyProblem, Set, cbr, gaussdb_mysql, gaussdb_opengauss, rds, vbs,
};
use serde_json::Value;

use support::{Answer, ClosedPort, PROJECT, Request, Server, TOKEN, builder_for, json, reply};

/// A file of documented bodies.
macro_rules! documented {
    ($name:literal) => {
        include_str!(concat!("../../../spec/examples/", $name, ".json"))
    };
}

fn assert_head(request: &Request, method: &str, target: &str, service: &str) {
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        (method, target)
    );
    assert_eq!(request.header("x-auth-token"), [TOKEN]);
    assert_eq!(request.header("accept"), ["application/json"]);
    let agent = format!("cloudbackup-{service}/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), [agent]);
}

fn assert_body(request: &Request, exact: &str, documented: &str) {
    assert_eq!(request.body, exact);
    assert_eq!(request.header("content-type"), ["application/json"]);
    let [sent, printed]: [Value; 2] =
        [&request.body, documented].map(|text| serde_json::from_str(text).unwrap());
    assert_eq!(sent, printed);
}

fn replication_target() -> cbr::model::ReplicationTarget {
    cbr::model::ReplicationTarget::builder()
        .name("backup_name")
        .description("backup_description")
        .destination_region("region2")
        .destination_project_id("68589cac08274b82b4e254268a3862d8")
        .destination_vault_id("0ca3eb86-8800-46da-9c37-9d657a825274")
        .enable_acceleration(false)
        .build()
}

#[tokio::test]
async fn cbr_replicates_a_backup() {
    let server = Server::start([json(200, documented!("cbr-replicate_backup-reply"))]);
    let client: cbr::Client = server.client();
    let reply = client
        .replicate_backup("a5200268-74a5-4806-acc6-95793ab0228b")
        .replicate(replication_target())
        .send()
        .await
        .unwrap();

    let request = server.request();
    assert_head(
        &request,
        "POST",
        &format!("/v3/{PROJECT}/backups/a5200268-74a5-4806-acc6-95793ab0228b/replicate"),
        "cbr",
    );
    let exact = concat!(
        r#"{"replicate":{"description":"backup_description","#,
        r#""destination_project_id":"68589cac08274b82b4e254268a3862d8","#,
        r#""destination_region":"region2","#,
        r#""destination_vault_id":"0ca3eb86-8800-46da-9c37-9d657a825274","#,
        r#""enable_acceleration":false,"name":"backup_name"}}"#,
    );
    assert_body(&request, exact, documented!("cbr-replicate_backup-request"));

    let replication = reply.replication.unwrap();
    let found = [
        (
            replication.backup_id,
            "6df2b54c-dd62-4059-a07c-1b8f24f2725d",
        ),
        (
            replication.destination_project_id,
            "68589cac08274b82b4e254268a3862d8",
        ),
        (replication.destination_region, "region2"),
        (
            replication.destination_vault_id,
            "0ca3eb86-8800-46da-9c37-9d657a825274",
        ),
        (replication.project_id, "4229d7a45436489f8c3dc2b1d35d4987"),
        (
            replication.provider_id,
            "0daac4c5-6707-4851-97ba-169e36266b66",
        ),
        (
            replication.replication_record_id,
            "1579a71e-8d8d-41e6-85dc-d77f5ce8d91a",
        ),
        (replication.source_region, "region1"),
    ];
    for (found, documented) in found {
        assert_eq!(found.as_deref(), Some(documented));
    }
}

#[tokio::test]
async fn gaussdb_mysql_sets_a_policy_in_the_clients_language() {
    let text = documented!("gaussdb-mysql-update_offsite_backup_policy-reply");
    let server = Server::start([json(200, text)]);
    let client: gaussdb_mysql::Client = builder_for(&server.url())
        .language("zh-cn")
        .build()
        .unwrap();
    let policy = gaussdb_mysql::model::OffsiteBackupPolicy::builder()
        .open_auto_backup(true)
        .open_incremental_backup(false)
        .destination_project_id("fd710c89089a448aa2e666ab15817090")
        .destination_region("cn-north-7")
        .keep_days(1)
        .build();
    let reply = client
        .update_offsite_backup_policy("61a4ea66210545909d74a05c27a7179ein07")
        .backup_policy(policy)
        .send()
        .await
        .unwrap();

    let request = server.request();
    let target = format!(
        "/v3/{PROJECT}/instances/61a4ea66210545909d74a05c27a7179ein07/backups/offsite-policy"
    );
    assert_head(&request, "PUT", &target, "gaussdb-mysql");
    assert_eq!(request.header("x-language"), ["zh-cn"]);
    let exact = concat!(
        r#"{"backup_policy":{"open_auto_backup":true,"open_incremental_backup":false,"#,
        r#""destination_project_id":"fd710c89089a448aa2e666ab15817090","#,
        r#""destination_region":"cn-north-7","keep_days":1}}"#,
    );
    let documented = documented!("gaussdb-mysql-update_offsite_backup_policy-request");
    assert_body(&request, exact, documented);
    assert_eq!(reply.result.as_deref(), Some("success"));
}

#[tokio::test]
async fn gaussdb_opengauss_creates_a_backup() {
    let text = documented!("gaussdb-opengauss-create_backup-reply");
    let server = Server::start([json(202, text)]);
    let client: gaussdb_opengauss::Client = server.client();
    let response = client
        .create_backup()
        .name("backupwqwq3")
        .description("manual backup")
        .instance_id("7e01ac5ac5274957ba506f3851d11d51in14")
        .send_with_response()
        .await
        .unwrap();

    let request = server.request();
    let target = format!("/v3/{PROJECT}/backups");
    assert_head(&request, "POST", &target, "gaussdb-opengauss");
    assert_eq!(request.header("x-language"), [""; 0]);
    let exact = concat!(
        r#"{"instance_id":"7e01ac5ac5274957ba506f3851d11d51in14","#,
        r#""name":"backupwqwq3","description":"manual backup"}"#,
    );
    let documented = documented!("gaussdb-opengauss-create_backup-request");
    assert_body(&request, exact, documented);

    assert_eq!(response.status(), 202);
    assert_eq!(response.request_id(), None);
    let reply = response.into_inner();
    assert_eq!(
        reply.job_id.as_deref(),
        Some("e4733090-b2c8-4ea7-a33a-f55f65723fb3")
    );
    let backup = reply.backup.unwrap();
    assert_eq!(
        backup.status,
        Some(gaussdb_opengauss::model::BackupStatus::Building)
    );
    let begin = backup.begin_time.unwrap();
    assert_eq!(begin.as_str(), "2022-05-09T18:02:31+0800");
    assert_eq!(begin.unix_seconds(), Some(1_652_090_551));
}

fn ten_days_in_august<S1, S2>(
    call: rds::ListOffsiteBackups<S1, S2>,
) -> rds::ListOffsiteBackups<S1, S2> {
    call.begin_time("2018-08-06T10:41:14+0800")
        .end_time("2018-08-16T10:41:14+0800")
}

#[tokio::test]
async fn rds_lists_backups_with_an_encoded_query_and_no_body() {
    let text = documented!("rds-list_offsite_backups-reply-mysql");
    let server = Server::start([json(200, text)]);
    let client: rds::Client = server.client();
    let call = client
        .list_offsite_backups()
        .instance_id("43e4feaab48f11e89039fa163ebaa7e4br01")
        .backup_type("auto")
        .offset(0)
        .limit(10);
    let reply = ten_days_in_august(call).send().await.unwrap();

    let request = server.request();
    let target = format!(
        "/v3/{PROJECT}/offsite-backups?instance_id=43e4feaab48f11e89039fa163ebaa7e4br01\
         &backup_type=auto&offset=0&limit=10\
         &begin_time=2018-08-06T10%3A41%3A14%2B0800&end_time=2018-08-16T10%3A41%3A14%2B0800"
    );
    assert_head(&request, "GET", &target, "rds");
    assert_eq!(request.body, "");
    assert_eq!(request.header("content-type"), [""; 0]);

    assert_eq!(reply.total_count, Some(1));
    let backup = reply.backups.unwrap().remove(0);
    assert_eq!(backup.size, Some(2803));
    assert_eq!(backup.associated_with_ddm, Some(false));
    assert_eq!(backup.backup_type, Some(rds::model::BackupType::Auto));
    assert_eq!(backup.databases, None);
    let datastore = backup.datastore.unwrap();
    assert_eq!(datastore.engine.as_deref(), Some("MySQL"));
    assert_eq!(datastore.version.as_deref(), Some("5.6"));
}

#[tokio::test]
async fn rds_writes_a_time_in_the_documented_form_whatever_form_it_was_given_in() {
    let server = Server::start([json(200, "{}")]);
    let client: rds::Client = server.client();
    let call = client
        .list_offsite_backups()
        .instance_id("i")
        .backup_type("auto");
    call.begin_time("2018-08-06T10:41:14.5+08:00")
        .end_time("2018-08-16T02:41:14Z")
        .send()
        .await
        .unwrap();
    let target = server.request().target;
    let query =
        "&begin_time=2018-08-06T10%3A41%3A14%2B0800&end_time=2018-08-16T02%3A41%3A14%2B0000";
    assert!(target.ends_with(query), "{target}");
}

#[tokio::test]
async fn rds_decodes_the_other_two_documented_replies() {
    let server = Server::start([
        json(
            200,
            documented!("rds-list_offsite_backups-reply-postgresql"),
        ),
        json(200, documented!("rds-list_offsite_backups-reply-sqlserver")),
    ]);
    let client: rds::Client = server.client();
    let call = client
        .list_offsite_backups()
        .instance_id("i")
        .backup_type("auto");
    let engines = |reply: rds::model::ListOffsiteBackupsOutput| -> Vec<_> {
        let backups = reply.backups.unwrap().into_iter();
        let datastores = backups.map(|backup| backup.datastore.unwrap());
        datastores.map(|store| store.engine.unwrap()).collect()
    };
    let reply = call.clone().send().await.unwrap();
    assert_eq!(engines(reply), ["PostgreSQL"]);
    let reply = call.send().await.unwrap();
    assert_eq!(reply.total_count, Some(2));
    assert_eq!(engines(reply), ["sqlserver", "sqlserver"]);
}

fn documented_policy(client: &vbs::Client) -> vbs::CreateBackupPolicy<Set, Set> {
    use vbs::model::{DayOfWeek, PolicyStatus, RetainFirstBackup, ScheduledPolicy, Tag};
    let schedule = ScheduledPolicy::builder()
        .start_time("12:00")
        .week_frequency([DayOfWeek::Sun, DayOfWeek::Wed])
        .retention_day(30)
        .retain_first_backup_of_month(RetainFirstBackup::Yes)
        .status(PolicyStatus::On)
        .build();
    client
        .create_backup_policy()
        .backup_policy_name("policy_01")
        .scheduled_policy(schedule)
        .tags([Tag::builder().key("key").value("value").build()])
        .time_zone("UTC+08:00")
}

#[tokio::test]
async fn vbs_creates_a_policy() {
    let text = documented!("vbs-create_backup_policy-reply");
    let server = Server::start([json(200, text)]);
    let reply = documented_policy(&server.client()).send().await.unwrap();

    let request = server.request();
    let target = format!("/v2/{PROJECT}/backuppolicy");
    assert_head(&request, "POST", &target, "vbs");
    let exact = concat!(
        r#"{"backup_policy_name":"policy_01","scheduled_policy":{"start_time":"12:00","#,
        r#""week_frequency":["SUN","WED"],"rentention_day":30,"#,
        r#""remain_first_backup_of_curMonth":"Y","status":"ON"},"#,
        r#""tags":[{"key":"key","value":"value"}],"time_zone":"UTC+08:00"}"#,
    );
    let documented = documented!("vbs-create_backup_policy-request");
    assert_body(&request, exact, documented);
    assert_eq!(
        reply.backup_policy_id.as_deref(),
        Some("af8a20b0-117d-4fc3-ae53-aa3968a4f870")
    );
}

/// The error of the documented VBS call when it is answered so.
async fn refused(answer: Answer) -> Error {
    let server = Server::start([answer]);
    let error = documented_policy(&server.client())
        .send()
        .await
        .unwrap_err();
    assert_eq!(server.requests().len(), 1, "nothing is sent twice");
    assert_eq!(error.service(), Some("vbs"));
    assert_eq!(error.operation(), Some("create_backup_policy"));
    error
}

/// What a caller can branch on.
fn facts(error: &Error) -> (ErrorKind, Outcome, u16, Option<&str>, Option<&str>) {
    let status = error.status().unwrap().as_u16();
    let (code, message) = (error.code(), error.message());
    (error.kind(), error.outcome(), status, code, message)
}

#[tokio::test]
async fn documented_error_body_is_an_error_under_any_status() {
    use ErrorKind::Service;
    for (status, outcome) in [
        (200, Outcome::Rejected),
        (400, Outcome::Rejected),
        (409, Outcome::Rejected),
        (500, Outcome::Unknown),
    ] {
        let error = refused(json(status, documented!("vbs-create_backup_policy-error"))).await;
        let expected = (Service, outcome, status, Some("XXXX"), Some("XXX"));
        assert_eq!(facts(&error), expected);
    }
}

#[tokio::test]
async fn flat_error_body_and_request_id_are_read() {
    let body = r#"{"error_code":"DBS.200022","error_msg":"no such instance"}"#;
    let error = refused(reply(404, "X-Request-Id: req-7\r\n", body)).await;
    let (code, message) = (Some("DBS.200022"), Some("no such instance"));
    assert_eq!(
        facts(&error),
        (ErrorKind::Service, Outcome::Rejected, 404, code, message)
    );
    assert!(error.is_not_found() && !error.is_conflict() && !error.is_auth());
    assert_eq!(error.request_id(), Some("req-7"));
    assert_eq!(error.raw_body(), Some(body.as_bytes()));
    let shown = error.to_string();
    for part in [
        "vbs create_backup_policy",
        "404",
        "DBS.200022",
        "no such instance",
        "req-7",
        "nothing was changed",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[tokio::test]
async fn page_from_a_gateway_says_nothing_of_what_became_of_a_write() {
    let headers = "Content-Type: text/html\r\nRetry-After: 30\r\n";
    let error = refused(reply(503, headers, "<html>\n<h1>Down</h1></html>")).await;
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!((error.code(), error.request_id()), (None, None));
    assert!(error.message().unwrap().contains("Down"), "{error}");
    assert_eq!(error.retry_after().unwrap().as_secs(), 30);
    assert!(error.to_string().contains("may have been applied"));
}

#[tokio::test]
async fn undocumented_statuses_are_still_refusals() {
    let error = refused(json(418, "{}")).await;
    let expected = (ErrorKind::Service, Outcome::Rejected, 418, None, None);
    assert_eq!(facts(&error), expected);
    let error = refused(reply(302, "Location: https://elsewhere.example/x\r\n", "")).await;
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert_eq!(error.outcome(), Outcome::Rejected);
}

#[tokio::test]
async fn unusable_reply_of_a_success_says_that_the_call_was_applied() {
    for (answer, problem) in [
        (json(200, "7"), ReplyProblem::Decode),
        (
            json(200, r#"{"backup_policy_id":["x"]}"#),
            ReplyProblem::Decode,
        ),
        (json(200, "{"), ReplyProblem::Decode),
    ] {
        let error = refused(answer).await;
        assert_eq!(error.kind(), ErrorKind::Response, "{error}");
        assert_eq!(error.reply_problem(), Some(problem), "{error}");
        assert_eq!(error.outcome(), Outcome::Applied);
    }
}

#[tokio::test]
async fn web_page_instead_of_a_reply_leaves_open_what_the_service_did() {
    let error = refused(json(200, "<html></html>")).await;
    assert_eq!(error.reply_problem(), Some(ReplyProblem::ContentType));
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn call_that_was_never_sent_says_so() {
    let port = ClosedPort::new();
    let client: vbs::Client = builder_for(&port.url()).build().unwrap();
    let error = documented_policy(&client).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");

    let client: vbs::Client = cloudbackup::ClientBuilder::new()
        .endpoint("http://127.0.0.1:9")
        .token(TOKEN)
        .build()
        .unwrap();
    let error = documented_policy(&client).send().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(error.violations()[0].pointer, "/path/project_id");
}
