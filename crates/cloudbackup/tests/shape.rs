//! The public shape as callers with different habits use it, and replies that stray from the
//! document.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::fmt::Debug;

use cloudbackup::{
    ClientBuilder, Error, PreparedRequest, Response, Sending, ServiceClient, Set, Timestamp, Unset,
    cbr, gaussdb_mysql, gaussdb_opengauss, rds, vbs,
};
use serde_json::json;

use rds::model::{Backup, BackupStatus, BackupType, Datastore, ListOffsiteBackupsOutput};
use support::{PROJECT, Server, builder_for, dry_client};
use vbs::model::{DayOfWeek, ScheduledPolicy, Tag};

fn body<O>(request: &PreparedRequest<O>) -> &str {
    std::str::from_utf8(request.body().unwrap()).unwrap()
}

/// What all three ways of writing below lead to.
const POLICY: &str = concat!(
    r#"{"backup_policy_name":"nightly","scheduled_policy":{"start_time":"22:00,00:00","#,
    r#""week_frequency":["SUN","WED"],"rentention_num":7,"status":"ON"},"#,
    r#""tags":[{"key":"team","value":"db"},{"key":"env","value":""}],"time_zone":"UTC+02:00"}"#,
);

#[test]
fn call_can_be_one_chain() {
    let client: vbs::Client = dry_client();
    let request = client
        .create_backup_policy()
        .backup_policy_name("nightly")
        .scheduled_policy(
            ScheduledPolicy::builder()
                .start_time("22:00,00:00")
                .week_frequency([DayOfWeek::Sun, DayOfWeek::Wed])
                .retention_num(7)
                .status("ON")
                .build(),
        )
        .tags([
            Tag::builder().key("team").value("db").build(),
            Tag::builder().key("env").value("").build(),
        ])
        .time_zone("UTC+02:00")
        .build();
    assert_eq!(body(&request.unwrap()), POLICY);
}

/// Options as a program reads them from its own settings.
struct Options {
    days: Vec<String>,
    keep: Option<i64>,
    keep_days: Option<i64>,
    tags: Vec<(&'static str, String)>,
    zone: Option<&'static str>,
}

impl Options {
    fn nightly() -> Self {
        Self {
            days: vec!["SUN".to_owned(), "WED".to_owned()],
            keep: Some(7),
            keep_days: None,
            tags: vec![("team", "db".to_owned()), ("env", String::new())],
            zone: Some("UTC+02:00"),
        }
    }
}

#[test]
fn call_can_be_made_step_by_step() {
    let options = Options::nightly();
    let client: vbs::Client = dry_client();

    let mut schedule = ScheduledPolicy::builder()
        .start_time("22:00,00:00")
        .status("ON");
    if !options.days.is_empty() {
        schedule = schedule.week_frequency(options.days);
    }
    if let Some(keep) = options.keep {
        schedule = schedule.retention_num(keep);
    }
    if let Some(days) = options.keep_days {
        schedule = schedule.retention_day(days);
    }
    let mut tags = Vec::new();
    for (key, value) in &options.tags {
        tags.push(Tag::builder().key(*key).value(value).build());
    }

    // What is mandatory changes the type, so it comes before the steps that may be left out.
    let mut call = client
        .create_backup_policy()
        .backup_policy_name("nightly")
        .scheduled_policy(schedule.build());
    if !tags.is_empty() {
        call = call.tags(tags);
    }
    if let Some(zone) = options.zone {
        call = call.time_zone(zone);
    }
    assert_eq!(body(&call.build().unwrap()), POLICY);
}

/// Half a call: everything but the schedule.
fn named(client: &vbs::Client, name: &str) -> vbs::CreateBackupPolicy<Set, Unset> {
    client.create_backup_policy().backup_policy_name(name)
}

/// Adds the same things to a call at any stage.
fn in_berlin<S1, S2>(call: vbs::CreateBackupPolicy<S1, S2>) -> vbs::CreateBackupPolicy<S1, S2> {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let tags = [("team", "db"), ("env", "")].map(|(key, value)| tag(key, value));
    call.tags(tags).time_zone("UTC+02:00")
}

/// A stage where the caller of this function says what it needs.
fn days<B>(
    start: vbs::model::ScheduledPolicyBuilder,
    rest: impl FnOnce(vbs::model::ScheduledPolicyBuilder) -> B,
) -> B {
    rest(start.week_frequency(["SUN", "WED"]).retention_num(7))
}

#[test]
fn call_can_be_shared_between_functions() {
    let client: vbs::Client = dry_client();
    let schedule = days(ScheduledPolicy::builder(), |builder| {
        builder.status("ON").start_time("22:00,00:00").build()
    });
    let early = in_berlin(named(&client, "nightly")).scheduled_policy(schedule.clone());
    assert_eq!(body(&early.build().unwrap()), POLICY);
    let late = in_berlin(named(&client, "nightly").scheduled_policy(schedule));
    assert_eq!(body(&late.build().unwrap()), POLICY);
}

#[test]
fn half_a_call_is_cloned_and_finished_twice() {
    let client: rds::Client = dry_client();
    let call = client.list_offsite_backups().backup_type("auto").limit(1);
    let urls = ["i-1", "i-2"].map(|id| {
        let request = call.clone().instance_id(id).build().unwrap();
        request.url().to_owned()
    });
    for (url, id) in urls.iter().zip(["i-1", "i-2"]) {
        assert!(url.ends_with(&format!("?instance_id={id}&backup_type=auto&limit=1")));
    }
}

#[test]
fn names_and_texts_are_taken_as_callers_have_them() {
    let client: rds::Client = dry_client();
    let url = |call: rds::ListOffsiteBackups<Set, Set>| call.build().unwrap().url().to_owned();
    let id = String::from("i");
    let borrowed = client.list_offsite_backups().instance_id(&id);
    let owned = client.list_offsite_backups().instance_id(id.clone());
    let borrowed = url(borrowed.backup_type("auto"));
    assert_eq!(borrowed, url(owned.backup_type(BackupType::Auto)));
    let from_reply = BackupType::from(String::from("auto"));
    let again = client.list_offsite_backups().instance_id("i");
    assert_eq!(borrowed, url(again.backup_type(from_reply)));
}

#[test]
fn everything_can_go_to_another_thread() {
    fn client<C: ServiceClient + Clone + Debug + Send + Sync + 'static>() {}
    fn sent<T: Send + 'static>() {}
    fn shared<T: Send + Sync + 'static>() {}
    client::<cbr::Client>();
    client::<gaussdb_mysql::Client>();
    client::<gaussdb_opengauss::Client>();
    client::<rds::Client>();
    client::<vbs::Client>();
    shared::<ClientBuilder<rds::Client>>();
    shared::<rds::ListOffsiteBackups>();
    shared::<cbr::ReplicateBackup<Set>>();
    shared::<gaussdb_mysql::UpdateOffsiteBackupPolicy>();
    shared::<gaussdb_opengauss::CreateBackup>();
    shared::<vbs::CreateBackupPolicy<Set, Unset>>();
    shared::<PreparedRequest<vbs::model::CreateBackupPolicyInput>>();
    shared::<Response<ListOffsiteBackupsOutput>>();
    shared::<Error>();
    sent::<Sending<ListOffsiteBackupsOutput>>();
    sent::<Sending<Response<ListOffsiteBackupsOutput>>>();
}

#[tokio::test]
async fn clones_of_a_client_call_side_by_side() {
    let server = Server::start([support::json(200, r#"{"total_count":3}"#)]);
    let client: rds::Client = server.client();
    let calls = ["a", "b", "c"].map(|id| {
        let client = client.clone();
        tokio::spawn(async move {
            let call = client.list_offsite_backups().instance_id(id);
            call.backup_type("auto").send().await
        })
    });
    for call in calls {
        let reply = call.await.unwrap().unwrap();
        assert_eq!(reply.total_count, Some(3));
    }
    let targets = server.requests().into_iter().map(|request| request.target);
    let mut targets: Vec<_> = targets.collect();
    targets.sort();
    let expected = ["a", "b", "c"]
        .map(|id| format!("/v3/{PROJECT}/offsite-backups?instance_id={id}&backup_type=auto"));
    assert_eq!(targets, expected);
}

#[tokio::test]
async fn call_can_act_on_another_project_and_be_looked_at_before_it_is_sent() {
    let server = Server::start([support::json(200, "{}")]);
    let client: rds::Client = builder_for(&server.url())
        .user_agent("backup-cron/1.4")
        .build()
        .unwrap();
    let call = client.list_offsite_backups().instance_id("i");
    let prepared = call
        .backup_type("auto")
        .with_project_id("other")
        .build()
        .unwrap();
    let shown = prepared.to_string();
    let line = "/v3/other/offsite-backups?instance_id=i&backup_type=auto";
    assert!(
        shown.starts_with(&format!("GET {}{line}\n", server.url())),
        "{shown}"
    );
    assert_eq!(server.requests().len(), 0);
    prepared.clone().send().await.unwrap();
    prepared.send_with_response().await.unwrap();
    for request in server.requests() {
        assert_eq!(request.target, line);
        let [agent] = request.header("user-agent")[..] else {
            panic!("{}", request.raw);
        };
        assert!(agent.ends_with(" backup-cron/1.4"), "{agent}");
    }
}

/// A caller's own function, to be tested without a server.
fn newest(reply: &ListOffsiteBackupsOutput) -> Option<&str> {
    let backups = reply.backups.iter().flatten();
    let done = backups.filter(|backup| backup.status == Some(BackupStatus::Completed));
    let newest = done.max_by_key(|backup| backup.end_time.as_ref()?.unix_seconds())?;
    newest.id.as_deref()
}

#[test]
fn reply_can_be_made_in_a_test_of_the_caller() {
    let backup = |id: &str, status: &str, end: &str| {
        let builder = Backup::builder().id(id).status(status).end_time(end);
        builder.build().unwrap()
    };
    let reply = ListOffsiteBackupsOutput::builder()
        .backups([
            // Newer as text, older as an instant.
            backup("a", "COMPLETED", "2018-08-06T12:00:00+0800"),
            backup("b", "COMPLETED", "2018-08-06T05:00:00+0000"),
            backup("c", "BUILDING", ""),
            backup("d", "COMPLETED", "soon"),
        ])
        .total_count(4)
        .build()
        .unwrap();
    assert_eq!(newest(&reply), Some("b"));
    let empty = ListOffsiteBackupsOutput::builder().build().unwrap();
    assert_eq!(newest(&empty), None);
}

fn decode(value: serde_json::Value) -> ListOffsiteBackupsOutput {
    serde_json::from_value(value).unwrap()
}

#[test]
fn unknown_values_are_kept_and_unknown_members_passed_over() {
    let reply = decode(json!({
        "backups": [{"id": "b", "type": "differential", "status": "DELETING", "new": {"x": [1]}}],
        "total_count": 1,
        "next": null,
    }));
    let backup = &reply.backups.unwrap()[0];
    let found = backup.backup_type.as_ref().unwrap();
    assert!(matches!(found, BackupType::Unknown(text) if text.as_str() == "differential"));
    assert_eq!(
        (found.as_ref(), found.to_string()),
        ("differential", "differential".to_owned())
    );
    assert_eq!(*found, BackupType::from("differential"));
    assert_eq!(backup.status, Some(BackupStatus::Deleting));
}

#[test]
fn absent_null_and_empty_lists_stay_apart() {
    for value in [json!({}), json!({"backups": null}), json!({"backups": []})] {
        let expected = value["backups"].as_array().map(|_| Vec::new());
        assert_eq!(decode(value).backups, expected);
    }
    let reply = decode(json!({"backups": [{"databases": null, "datastore": null}]}));
    let backups = reply.backups.unwrap();
    assert_eq!(backups, [Backup::builder().build().unwrap()]);
}

#[test]
fn numbers_and_texts_stand_in_for_each_other() {
    let reply = decode(json!({
        "backups": [{
            "id": 7, "size": "2803", "associated_with_ddm": "true",
            "datastore": {"type": "MySQL", "version": 5.6}, "status": 1,
        }],
        "total_count": 1.0,
    }));
    assert_eq!(reply.total_count, Some(1));
    let datastore = Datastore::builder().engine("MySQL").version("5.6").build();
    let backup = Backup::builder()
        .id("7")
        .size(2803)
        .associated_with_ddm(true)
        .datastore(datastore.unwrap())
        .status("1");
    assert_eq!(reply.backups.unwrap(), [backup.build().unwrap()]);
    for total in [json!(1.5), json!("many"), json!(1e30), json!([1])] {
        let reply = json!({"total_count": total});
        assert!(serde_json::from_value::<ListOffsiteBackupsOutput>(reply).is_err());
    }
}

#[test]
fn odd_times_do_not_lose_a_reply() {
    for (value, text, seconds) in [
        (json!(""), "", None),
        (json!("not yet"), "not yet", None),
        (json!("2018-13-45T99:00:00Z"), "2018-13-45T99:00:00Z", None),
        (json!(1533523274), "1533523274", Some(1_533_523_274)),
        (json!("1533523274000"), "1533523274000", Some(1_533_523_274)),
        (
            json!("2018-08-06 02:41:14 UTC"),
            "2018-08-06 02:41:14 UTC",
            Some(1_533_523_274),
        ),
    ] {
        let reply = decode(json!({"backups": [{"begin_time": value}]}));
        let begin = reply.backups.unwrap().remove(0).begin_time.unwrap();
        assert_eq!((begin.as_str(), begin.unix_seconds()), (text, seconds));
        assert_eq!(begin, Timestamp::from(text));
    }
    let reply = decode(json!({"backups": [{"begin_time": null}]}));
    assert_eq!(reply.backups.unwrap()[0].begin_time, None);
}

#[test]
fn regions_give_the_endpoint() {
    let client: rds::Client = ClientBuilder::new()
        .region("eu-de")
        .project_id("p")
        .token("t")
        .build()
        .unwrap();
    let call = client.list_offsite_backups().instance_id("i");
    let request = call.backup_type("auto").build().unwrap();
    let host = "https://rds.eu-de.otc.t-systems.com/v3/p/";
    assert!(request.url().starts_with(host), "{}", request.url());
    let error = rds::Client::builder().region("mars-1").token("t").build();
    let shown = error.unwrap_err().to_string();
    assert!(
        shown.contains("mars-1") && shown.contains("eu-de"),
        "{shown}"
    );
}
