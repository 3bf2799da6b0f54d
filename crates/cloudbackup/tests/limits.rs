//! What each service's document forbids: refused with pointer and reason before anything is sent,
//! and sent as it is where the checks are off.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::fmt::Debug;

use cloudbackup::{
    Error, ErrorKind, Outcome, Set, cbr, gaussdb_mysql, gaussdb_opengauss, rds, vbs,
};

use gaussdb_mysql::model::OffsiteBackupPolicy;
use support::{PROJECT, Server, TOKEN, dry_client, json};
use vbs::model::{ScheduledPolicy, Tag};

/// Pointer and message of everything that is wrong; empty if nothing is.
fn wrong<T: Debug>(result: Result<T, Error>) -> Vec<String> {
    let Err(error) = result else {
        return Vec::new();
    };
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    let violations = error.violations().iter();
    violations.map(ToString::to_string).collect()
}

fn policy(keep_days: i64, auto: bool, incremental: bool) -> OffsiteBackupPolicy {
    OffsiteBackupPolicy::builder()
        .open_auto_backup(auto)
        .open_incremental_backup(incremental)
        .destination_project_id("p")
        .destination_region("eu-nl")
        .keep_days(keep_days)
        .build()
}

fn set_policy(policy: OffsiteBackupPolicy) -> Vec<String> {
    let client: gaussdb_mysql::Client = dry_client();
    let call = client
        .update_offsite_backup_policy("i")
        .backup_policy(policy);
    wrong(call.build())
}

#[test]
fn days_that_a_copy_is_kept_have_two_ends() {
    let range = |days: i64| {
        [format!(
            "/body/backup_policy/keep_days: must be between 1 and 1825, is {days}"
        )]
    };
    for days in [0, 1826, -1, i64::MIN, i64::MAX] {
        assert_eq!(set_policy(policy(days, true, true)), range(days));
    }
    for days in [1, 1825] {
        assert_eq!(set_policy(policy(days, true, true)), [""; 0]);
    }
}

#[test]
fn incremental_backups_need_full_ones() {
    let message = "/body/backup_policy/open_incremental_backup: \
                   is allowed only with `open_auto_backup`";
    assert_eq!(set_policy(policy(7, false, true)), [message]);
    for (auto, incremental) in [(true, true), (true, false), (false, false)] {
        assert_eq!(set_policy(policy(7, auto, incremental)), [""; 0]);
    }
}

fn create_backup(name: &str, description: &str) -> Vec<String> {
    let client: gaussdb_opengauss::Client = dry_client();
    let call = client.create_backup().instance_id("i").name(name);
    wrong(call.description(description).build())
}

#[test]
fn name_of_a_backup_has_a_length_a_first_letter_and_a_character_set() {
    let long = "n".repeat(65);
    for (name, message) in [
        ("abc", "must be 4 to 64 characters long, is 3"),
        (&long, "must be 4 to 64 characters long, is 65"),
        (
            "1abc",
            "must start with a letter (A-Z, a-z), starts with `1`",
        ),
        (
            "-abc",
            "must start with a letter (A-Z, a-z), starts with `-`",
        ),
        (
            "ab.c",
            "must hold only letters (A-Z, a-z), digits, `_` and `-`, holds `.`",
        ),
        (
            "näme",
            "must hold only letters (A-Z, a-z), digits, `_` and `-`, holds `ä`",
        ),
        (
            "name\n",
            "must hold only letters (A-Z, a-z), digits, `_` and `-`, holds a line feed",
        ),
    ] {
        let expected = [format!("/body/name: {message}")];
        assert_eq!(create_backup(name, ""), expected, "{name:?}");
    }
    for name in ["abcd", "A1_-", &long[..64]] {
        assert_eq!(create_backup(name, ""), [""; 0], "{name:?}");
    }
}

#[test]
fn description_of_a_backup_counts_characters_and_forbids_some() {
    for c in ['>', '!', '<', '"', '&', '\'', '='] {
        let message = format!(
            "/body/description: must hold none of `>`, `!`, `<`, `\"`, `&`, `'` and `=`, holds `{c}`"
        );
        assert_eq!(create_backup("name", &format!("a{c}b")), [message]);
    }
    let long = "ü".repeat(257);
    let message = "/body/description: must be at most 256 characters long, is 257";
    assert_eq!(create_backup("name", &long), [message]);
    // Counted in characters: 256 of them take 512 bytes.
    assert_eq!(create_backup("name", &"ü".repeat(256)), [""; 0]);
}

#[test]
fn everything_wrong_is_told_in_one_error() {
    let found = create_backup("1.", "<");
    let expected = [
        "/body/name: must start with a letter (A-Z, a-z), starts with `1`",
        "/body/name: must hold only letters (A-Z, a-z), digits, `_` and `-`, holds `.`",
        "/body/name: must be 4 to 64 characters long, is 2",
        "/body/description: must hold none of `>`, `!`, `<`, `\"`, `&`, `'` and `=`, holds `<`",
    ];
    assert_eq!(found, expected);

    let client: gaussdb_opengauss::Client = dry_client();
    let call = client.create_backup().instance_id("i").name("abc");
    let error = call.description("<").build().unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("breaks 2 rules") && shown.contains("/body/name"));
    assert!(shown.contains("/body/description") && shown.ends_with("(not sent)"));
}

fn list(
    set: impl FnOnce(rds::ListOffsiteBackups<Set, Set>) -> rds::ListOffsiteBackups<Set, Set>,
) -> Vec<String> {
    let client: rds::Client = dry_client();
    let call = client
        .list_offsite_backups()
        .instance_id("i")
        .backup_type("auto");
    wrong(set(call).build())
}

#[test]
fn page_of_a_list_has_limits() {
    for limit in [101, 0, -1] {
        let message = format!("/query/limit: must be between 1 and 100, is {limit}");
        assert_eq!(list(|call| call.limit(limit)), [message]);
    }
    assert_eq!(
        list(|call| call.offset(-1)),
        ["/query/offset: must be at least 0, is -1"]
    );
    for limit in [1, 100] {
        assert_eq!(list(|call| call.limit(limit).offset(0)), [""; 0]);
    }
}

#[test]
fn ends_of_a_period_go_together() {
    let begin = "2018-08-06T10:41:14+0800";
    assert_eq!(
        list(|call| call.begin_time(begin)),
        ["/query/end_time: is required with `begin_time`"]
    );
    assert_eq!(
        list(|call| call.end_time(begin)),
        ["/query/begin_time: is required with `end_time`"]
    );
}

#[test]
fn ends_of_a_period_are_compared_as_instants() {
    let period = |begin: &str, end: &str| list(|call| call.begin_time(begin).end_time(end));
    let refused = ["/query/end_time: must be later than `begin_time`"];
    for (begin, end) in [
        ("2018-08-16T10:41:14+0800", "2018-08-06T10:41:14+0800"),
        ("2018-08-06T10:41:14+0800", "2018-08-06T10:41:14+0800"),
        // The same instant, and one second before it, by another clock.
        ("2018-08-06T10:41:14+0800", "2018-08-06T02:41:14+0000"),
        ("2018-08-06T10:41:14+0800", "2018-08-06T11:41:13+0900"),
    ] {
        assert_eq!(period(begin, end), refused, "{begin} {end}");
    }
    // Later, though its text sorts before the other.
    let (begin, end) = ("2018-08-06T10:41:14+0800", "2018-08-06T02:41:15+0000");
    assert_eq!(period(begin, end), [""; 0]);

    let unreadable = period("yesterday", "2018-08-06T10:41:14");
    let message = |name: &str, text: &str| {
        format!(
            "/query/{name}: must be a time with an offset such as `2018-08-06T10:41:14+0800`, \
             is {text:?}"
        )
    };
    let expected = [
        message("begin_time", "yesterday"),
        message("end_time", "2018-08-06T10:41:14"),
    ];
    assert_eq!(unreadable, expected);
}

#[test]
fn unknown_values_are_refused_in_requests() {
    let client: rds::Client = dry_client();
    let call = client
        .list_offsite_backups()
        .instance_id("i")
        .backup_type("manual");
    let expected = "/query/backup_type: must be one of `auto` or `incremental`, is \"manual\"";
    assert_eq!(wrong(call.build()), [expected]);

    let schedule = schedule("12:00").week_frequency(["SUN", "Monday"]);
    let found = create_policy("policy_01", schedule.build());
    let expected = "/body/scheduled_policy/week_frequency/1: must be one of \
                    `SUN`, `MON`, `TUE`, `WED`, `THU`, `FRI` or `SAT`, is \"Monday\"";
    assert_eq!(found, [expected]);
}

/// A schedule that lacks nothing but days.
fn schedule(start_time: &str) -> vbs::model::ScheduledPolicyBuilder<Set, Set> {
    ScheduledPolicy::builder()
        .start_time(start_time)
        .retention_num(2)
        .status("ON")
}

fn create_policy(name: &str, schedule: ScheduledPolicy) -> Vec<String> {
    let client: vbs::Client = dry_client();
    let call = client
        .create_backup_policy()
        .backup_policy_name(name)
        .scheduled_policy(schedule);
    wrong(call.build())
}

#[test]
fn schedule_needs_days_and_something_to_keep() {
    assert_eq!(
        create_policy("policy_01", schedule("12:00").build()),
        ["/body/scheduled_policy: needs `frequency` or `week_frequency`"]
    );
    let nothing_kept = ScheduledPolicy::builder()
        .start_time("12:00")
        .status("ON")
        .frequency(1);
    assert_eq!(
        create_policy("policy_01", nothing_kept.build()),
        ["/body/scheduled_policy: needs `rentention_num` or `rentention_day`"]
    );
    let both = schedule("12:00").frequency(1).week_frequency(["SUN"]);
    let both = both.retention_day(2).build();
    assert_eq!(create_policy("policy_01", both), [""; 0]);
}

#[test]
fn numbers_of_a_schedule_have_limits_under_their_wire_names() {
    let schedule = schedule("12:00")
        .frequency(15)
        .retention_num(1)
        .retention_day(100_000);
    let found = create_policy("policy_01", schedule.build());
    let expected = [
        "/body/scheduled_policy/frequency: must be between 1 and 14, is 15",
        "/body/scheduled_policy/rentention_num: must be between 2 and 14, is 1",
        "/body/scheduled_policy/rentention_day: must be between 2 and 99999, is 100000",
    ];
    assert_eq!(found, expected);
}

#[test]
fn names_of_policies_have_a_forbidden_start() {
    let long = "p".repeat(65);
    for (name, message) in [
        ("default1", "must not start with `default`"),
        ("default", "must not start with `default`"),
        ("", "must be 1 to 64 characters long, is 0"),
        (&long, "must be 1 to 64 characters long, is 65"),
    ] {
        let expected = [format!("/body/backup_policy_name: {message}")];
        let found = create_policy(name, schedule("12:00").frequency(1).build());
        assert_eq!(found, expected, "{name}");
    }
    for name in ["Default1", "my_default", "defaul", &long[..64]] {
        let found = create_policy(name, schedule("12:00").frequency(1).build());
        assert_eq!(found, [""; 0], "{name}");
    }
}

#[test]
fn hours_are_full_and_in_local_order() {
    let at = |hours: &str| create_policy("p", schedule(hours).frequency(1).build());
    for hours in ["12:30", "24:00", "12", "", "12:00, 13:00"] {
        let expected = format!(
            "/body/scheduled_policy/start_time: must be full hours such as `22:00,00:00`, is {hours:?}"
        );
        assert_eq!(at(hours), [expected]);
    }
    let unzoned = "/body/time_zone: is required, \
                   as the times of `scheduled_policy/start_time` do not ascend";
    assert_eq!(at("22:00,00:00"), [unzoned]);
    assert_eq!(at("00:00,22:00"), [""; 0]);
}

#[test]
fn hours_on_two_days_in_utc_need_days_of_the_week() {
    let client: vbs::Client = dry_client();
    let with = |schedule: ScheduledPolicy, zone: &str| {
        let call = client.create_backup_policy().backup_policy_name("p");
        wrong(call.scheduled_policy(schedule).time_zone(zone).build())
    };
    let by_number = schedule("22:00,00:00,02:00").frequency(1).build();
    let needs_days = "/body/scheduled_policy/week_frequency: is required, \
                      as the times of `scheduled_policy/start_time` lie on different UTC days";
    assert_eq!(with(by_number.clone(), "UTC+02:00"), [needs_days]);
    let wrong_order = "/body/scheduled_policy/start_time: must ascend by local time, \
                       which at UTC+01:00 is 23:00, 01:00, 03:00";
    assert_eq!(with(by_number.clone(), "UTC+01:00"), [wrong_order]);
    let no_offset = "/body/time_zone: must be an offset such as `UTC+08:00`, is \"Berlin\"";
    assert_eq!(with(by_number, "Berlin"), [no_offset]);
    let by_days = schedule("22:00,00:00,02:00").week_frequency(["SUN"]);
    assert_eq!(with(by_days.build(), "UTC+02:00"), [""; 0]);
}

#[test]
fn tags_are_checked_one_by_one() {
    let client: vbs::Client = dry_client();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let (key, value) = ("k".repeat(37), "v".repeat(44));
    let call = client
        .create_backup_policy()
        .backup_policy_name("p")
        .scheduled_policy(schedule("12:00").frequency(1).build())
        .tags([tag("key", ""), tag(&key, &value), tag("a b", "")]);
    let expected = [
        "/body/tags/1/key: must be 1 to 36 characters long, is 37",
        "/body/tags/1/value: must be at most 43 characters long, is 44",
        "/body/tags/2/key: must hold only letters (A-Z, a-z), digits, `_` and `-`, holds a space",
    ];
    assert_eq!(wrong(call.build()), expected);
}

#[test]
fn document_without_limits_forbids_nothing_but_what_breaks_the_path() {
    let client: cbr::Client = dry_client();
    let target = cbr::model::ReplicationTarget::builder()
        .name("<".repeat(300))
        .destination_project_id("")
        .destination_region("")
        .destination_vault_id("")
        .build();
    let call = |id: &str| client.replicate_backup(id).replicate(target.clone());
    assert_eq!(wrong(call("b").build()), [""; 0]);
    let expected = "/path/backup_id: must not be empty: it is a part of the path";
    assert_eq!(wrong(call("").build()), [expected]);
    assert_eq!(wrong(call("").with_validation(false).build()), [expected]);
}

#[tokio::test]
async fn refused_request_is_not_sent() {
    let server = Server::start([json(200, "{}")]);
    let client: gaussdb_mysql::Client = server.client();
    let call = client
        .update_offsite_backup_policy("i")
        .backup_policy(policy(0, true, true));
    assert_eq!(wrong(call.clone().send().await).len(), 1);
    assert_eq!(wrong(call.send_with_response().await).len(), 1);
    assert_eq!(server.requests().len(), 0);
}

/// Without the checks the same bytes go out that the prepared request shows.
#[tokio::test]
async fn request_is_sent_as_it_is_where_the_checks_are_off() {
    let server = Server::start([json(200, "{}")]);
    let client: gaussdb_mysql::Client = server.client();
    let call = client
        .update_offsite_backup_policy("i")
        .backup_policy(policy(0, false, true))
        .with_validation(false);
    call.send().await.unwrap();

    let body = concat!(
        r#"{"backup_policy":{"open_auto_backup":false,"open_incremental_backup":true,"#,
        r#""destination_project_id":"p","destination_region":"eu-nl","keep_days":0}}"#,
    );
    let target = format!("/v3/{PROJECT}/instances/i/backups/offsite-policy");
    let head = format!(
        "PUT {target} HTTP/1.1\r\n\
         user-agent: cloudbackup-gaussdb-mysql/{}\r\n\
         accept: application/json\r\n\
         content-type: application/json\r\n\
         x-auth-token: {TOKEN}\r\n\
         accept-encoding: gzip\r\n\
         host: {}\r\n\
         content-length: {}\r\n\r\n",
        env!("CARGO_PKG_VERSION"),
        server.url().trim_start_matches("http://"),
        body.len(),
    );
    assert_eq!(server.request().raw, head + body);

    let server = Server::start([json(200, "{}")]);
    let client: rds::Client = server.client();
    let call = client
        .list_offsite_backups()
        .instance_id("i")
        .backup_type("manual")
        .limit(101)
        .begin_time("not yet")
        .with_validation(false);
    call.send().await.unwrap();
    let query = "instance_id=i&backup_type=manual&limit=101&begin_time=not%20yet";
    assert_eq!(
        server.request().target,
        format!("/v3/{PROJECT}/offsite-backups?{query}")
    );
}
