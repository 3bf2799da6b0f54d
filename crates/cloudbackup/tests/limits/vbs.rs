//! Volume Backup Service: names, schedules and tags of a policy.

use cloudbackup::{Set, vbs};
use cloudbackup_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::bodies::{Bodies, Raw};
use crate::support::dry_client;
use crate::table::{Manner, Table, assert_complete, calls};

use vbs::model::{CreateBackupPolicyInput, ScheduledPolicy, ScheduledPolicyBuilder, Tag};

const SPEC: &str = include_str!("../../../../spec/vbs.yaml");

/// The tenant has all the policies that it may have, which are counted after the limits.
const MANNER: Manner = Manner {
    code: "AutoBackup.0102",
    body: nested,
    otherwise: Some((403, "a tenant can have 10 backup policies")),
};

fn nested(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}})
}

type Create = vbs::CreateBackupPolicy<Set, Set>;

calls! { Create: CreateBackupPolicyInput; }

/// A schedule that lacks days and something to keep.
fn bare(start_time: &str) -> ScheduledPolicyBuilder<Set, Set> {
    ScheduledPolicy::builder()
        .start_time(start_time)
        .status("ON")
}

/// A schedule that lacks days.
fn without_days(start_time: &str) -> ScheduledPolicyBuilder<Set, Set> {
    bare(start_time).retention_num(2)
}

/// A schedule that lacks nothing.
fn daily(start_time: &str) -> ScheduledPolicyBuilder<Set, Set> {
    without_days(start_time).frequency(1)
}

fn table(client: &vbs::Client) -> Table<Create> {
    let call = client.create_backup_policy().backup_policy_name("p");
    let mut table = Table::new(call.scheduled_policy(daily("12:00").build()));
    name_has_a_length_a_character_set_and_a_forbidden_start(&mut table);
    schedule_needs_days_and_something_to_keep(&mut table);
    numbers_of_a_schedule_have_limits_under_their_wire_names(&mut table);
    days_and_switches_are_documented_words(&mut table);
    hours_are_full(&mut table);
    hours_are_in_local_order(&mut table);
    hours_on_two_days_in_utc_need_days_of_the_week(&mut table);
    zone_is_an_offset(&mut table);
    tags_are_checked_one_by_one(&mut table);
    table
}

fn name_has_a_length_a_character_set_and_a_forbidden_start(table: &mut Table<Create>) {
    let long = "p".repeat(65);
    let (least, most) = (
        "/body/backup_policy_name minLength",
        "/body/backup_policy_name maxLength",
    );
    let pattern = "/body/backup_policy_name pattern";
    for (limit, name, message) in [
        (pattern, "default1", "must not start with `default`"),
        (pattern, "default", "must not start with `default`"),
        (
            pattern,
            "my policy",
            "must hold only letters (A-Z, a-z), digits, `_` and `-`, holds a space",
        ),
        (least, "", "must be 1 to 64 characters long, is 0"),
        (most, &long, "must be 1 to 64 characters long, is 65"),
    ] {
        let call = table.call().backup_policy_name(name);
        table.outside(limit, call, format!("/body/backup_policy_name: {message}"));
    }
    for (limit, name) in [
        (pattern, "Default1"),
        (pattern, "my_default"),
        (pattern, "defaul"),
        (pattern, "-Az09_"),
        (least, "p"),
        (most, &long[..64]),
    ] {
        let call = table.call().backup_policy_name(name);
        table.inside(limit, call);
    }
}

fn schedule_needs_days_and_something_to_keep(table: &mut Table<Create>) {
    let days = "/body/scheduled_policy any_of frequency week_frequency";
    let call = table.call().scheduled_policy(without_days("12:00").build());
    let message = "/body/scheduled_policy: needs `frequency` or `week_frequency`";
    table.outside(days, call, message);
    let kept = "/body/scheduled_policy any_of rentention_num rentention_day";
    let call = table
        .call()
        .scheduled_policy(bare("12:00").frequency(1).build());
    let message = "/body/scheduled_policy: needs `rentention_num` or `rentention_day`";
    table.outside(kept, call, message);

    let by_name = without_days("12:00").week_frequency(["SUN"]);
    let both = daily("12:00").week_frequency(["SUN"]).retention_day(2);
    for schedule in [daily("12:00"), by_name, both.clone()] {
        table.inside(days, table.call().scheduled_policy(schedule.build()));
    }
    let by_days = bare("12:00").frequency(1).retention_day(2);
    for schedule in [daily("12:00"), by_days, both] {
        table.inside(kept, table.call().scheduled_policy(schedule.build()));
    }
}

fn numbers_of_a_schedule_have_limits_under_their_wire_names(table: &mut Table<Create>) {
    type Set64 = fn(ScheduledPolicyBuilder<Set, Set>, i64) -> ScheduledPolicyBuilder<Set, Set>;
    let numbers: [(_, _, Set64, _, _); 3] = [
        (
            "/body/scheduled_policy/frequency minimum",
            "/body/scheduled_policy/frequency maximum",
            |schedule, number| schedule.frequency(number),
            1,
            14,
        ),
        (
            "/body/scheduled_policy/rentention_num minimum",
            "/body/scheduled_policy/rentention_num maximum",
            |schedule, number| schedule.retention_num(number),
            2,
            14,
        ),
        (
            "/body/scheduled_policy/rentention_day minimum",
            "/body/scheduled_policy/rentention_day maximum",
            |schedule, number| schedule.retention_day(number),
            2,
            99_999,
        ),
    ];
    for (least, most, set, low, high) in numbers {
        for (limit, inside, outside) in [(least, low, low - 1), (most, high, high + 1)] {
            let with = |number| {
                let schedule = set(daily("12:00"), number).build();
                table.call().scheduled_policy(schedule)
            };
            let (inside, call) = (with(inside), with(outside));
            let (pointer, _) = limit.split_once(' ').unwrap();
            let message = format!("{pointer}: must be between {low} and {high}, is {outside}");
            table.inside(limit, inside);
            table.outside(limit, call, message);
        }
    }
    let schedule = daily("12:00").frequency(15).retention_num(1);
    let schedule = schedule.retention_day(100_000).build();
    let expected = [
        "/body/scheduled_policy/frequency: must be between 1 and 14, is 15",
        "/body/scheduled_policy/rentention_num: must be between 2 and 14, is 1",
        "/body/scheduled_policy/rentention_day: must be between 2 and 99999, is 100000",
    ];
    table.outside_of_all(table.call().scheduled_policy(schedule), &expected);
}

fn days_and_switches_are_documented_words(table: &mut Table<Create>) {
    let days = "/body/scheduled_policy/week_frequency/* enum";
    let schedule = daily("12:00").week_frequency(["SUN", "Monday"]);
    let message = "/body/scheduled_policy/week_frequency/1: must be one of \
                   `SUN`, `MON`, `TUE`, `WED`, `THU`, `FRI` or `SAT`, is \"Monday\"";
    table.outside(
        days,
        table.call().scheduled_policy(schedule.build()),
        message,
    );
    let all = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let schedule = daily("12:00").week_frequency(all).build();
    table.inside(days, table.call().scheduled_policy(schedule));

    let none = "/body/scheduled_policy/week_frequency minItems";
    let schedule = daily("12:00").week_frequency([""; 0]).build();
    let message = "/body/scheduled_policy/week_frequency: must hold at least 1 item, holds 0";
    table.outside(none, table.call().scheduled_policy(schedule), message);
    let schedule = daily("12:00").week_frequency(["SAT"]).build();
    table.inside(none, table.call().scheduled_policy(schedule));

    let month = "/body/scheduled_policy/remain_first_backup_of_curMonth enum";
    let status = "/body/scheduled_policy/status enum";
    for word in ["y", "Yes", ""] {
        let schedule = daily("12:00").retain_first_backup_of_month(word).build();
        let message = format!(
            "/body/scheduled_policy/remain_first_backup_of_curMonth: \
             must be one of `Y` or `N`, is {word:?}"
        );
        table.outside(month, table.call().scheduled_policy(schedule), message);
    }
    for word in ["on", "true", ""] {
        let schedule = daily("12:00").status(word).build();
        let message =
            format!("/body/scheduled_policy/status: must be one of `ON` or `OFF`, is {word:?}");
        table.outside(status, table.call().scheduled_policy(schedule), message);
    }
    for (yes, on) in [("Y", "ON"), ("N", "OFF")] {
        let schedule = daily("12:00").retain_first_backup_of_month(yes).build();
        table.inside(month, table.call().scheduled_policy(schedule));
        let schedule = daily("12:00").status(on).build();
        table.inside(status, table.call().scheduled_policy(schedule));
    }
}

fn hours_are_full(table: &mut Table<Create>) {
    let limit = "/body/scheduled_policy/start_time format";
    for hours in ["12:30", "24:00", "12", "1:00", "", "12:00, 13:00", "12:00,"] {
        let message = format!(
            "/body/scheduled_policy/start_time: must be full hours such as `22:00,00:00`, is {hours:?}"
        );
        let call = table.call().scheduled_policy(daily(hours).build());
        table.outside(limit, call, message);
    }
    for hours in ["00:00", "23:00", "12:00,13:00"] {
        let call = table.call().scheduled_policy(daily(hours).build());
        table.inside(limit, call);
    }
}

const SCHEDULE: &str =
    "schedule scheduled_policy/week_frequency scheduled_policy/start_time time_zone";

fn hours_are_in_local_order(table: &mut Table<Create>) {
    let at = |table: &Table<Create>, hours: &str| {
        let schedule = without_days(hours).week_frequency(["SUN"]).build();
        table.call().scheduled_policy(schedule)
    };
    let unzoned = "/body/time_zone: is required, \
                   as the times of `scheduled_policy/start_time` do not ascend";
    table.outside(SCHEDULE, at(table, "22:00,00:00"), unzoned);
    let repeated = "/body/scheduled_policy/start_time: must not hold 12:00 twice";
    table.outside(SCHEDULE, at(table, "12:00,12:00"), repeated);
    let wrong_order = "/body/scheduled_policy/start_time: must ascend by local time, \
                       which at UTC+01:00 is 23:00, 01:00, 03:00";
    let call = at(table, "22:00,00:00,02:00").time_zone("UTC+01:00");
    table.outside(SCHEDULE, call, wrong_order);
    table.inside(SCHEDULE, at(table, "00:00,22:00"));
    let call = at(table, "22:00,00:00,02:00").time_zone("UTC+02:00");
    table.inside(SCHEDULE, call);
}

fn hours_on_two_days_in_utc_need_days_of_the_week(table: &mut Table<Create>) {
    let schedule = daily("22:00,00:00,02:00").build();
    let call = table.call().scheduled_policy(schedule);
    let message = "/body/scheduled_policy/week_frequency: is required, \
                   as the times of `scheduled_policy/start_time` lie on different UTC days";
    table.outside(SCHEDULE, call.time_zone("UTC+02:00"), message);
    let schedule = daily("00:00,02:00").build();
    let call = table.call().scheduled_policy(schedule);
    table.inside(SCHEDULE, call.time_zone("UTC+02:00"));
}

fn zone_is_an_offset(table: &mut Table<Create>) {
    let limit = "/body/time_zone format";
    for zone in [
        "Berlin",
        "",
        "UTC",
        "UTC+8:00",
        "+08:00",
        "UTC+24:00",
        "UTC+08:60",
    ] {
        let message =
            format!("/body/time_zone: must be an offset such as `UTC+08:00`, is {zone:?}");
        table.outside(limit, table.call().time_zone(zone), message);
    }
    for zone in ["UTC+08:00", "UTC-02:00", "UTC+00:00", "UTC+05:45"] {
        table.inside(limit, table.call().time_zone(zone));
    }
}

fn tags_are_checked_one_by_one(table: &mut Table<Create>) {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let (key, value) = ("k".repeat(37), "v".repeat(44));
    let only = "must hold only letters (A-Z, a-z), digits, `_` and `-`, holds";
    for (limit, key, value, message) in [
        (
            "/body/tags/*/key minLength",
            "",
            "",
            "key: must be 1 to 36 characters long, is 0",
        ),
        (
            "/body/tags/*/key maxLength",
            &key,
            "",
            "key: must be 1 to 36 characters long, is 37",
        ),
        (
            "/body/tags/*/key pattern",
            "a b",
            "",
            &format!("key: {only} a space"),
        ),
        (
            "/body/tags/*/value maxLength",
            "k",
            &value,
            "value: must be at most 43 characters long, is 44",
        ),
        (
            "/body/tags/*/value pattern",
            "k",
            "a,b",
            &format!("value: {only} `,`"),
        ),
    ] {
        let call = table.call().tags([tag("key", ""), tag(key, value)]);
        table.outside(limit, call, format!("/body/tags/1/{message}"));
    }
    for (limit, key, value) in [
        ("/body/tags/*/key minLength", "k", ""),
        ("/body/tags/*/key maxLength", &key[..36], ""),
        ("/body/tags/*/key pattern", "-Az09_", ""),
        ("/body/tags/*/value maxLength", "k", &value[..43]),
        ("/body/tags/*/value pattern", "k", "-Az09_"),
    ] {
        table.inside(limit, table.call().tags([tag(key, value)]));
    }
    let tags = [tag("key", ""), tag(&key, &value), tag("a b", "")];
    let expected = [
        "/body/tags/1/key: must be 1 to 36 characters long, is 37",
        "/body/tags/1/value: must be at most 43 characters long, is 44",
        "/body/tags/2/key: must hold only letters (A-Z, a-z), digits, `_` and `-`, holds a space",
    ];
    table.outside_of_all(table.call().tags(tags), &expected);
}

fn bodies() -> Bodies {
    let full = json!({
        "backup_policy_name": "p",
        "scheduled_policy": {
            "start_time": "12:00", "frequency": 1, "week_frequency": ["SUN"], "rentention_num": 2,
            "rentention_day": 2, "remain_first_backup_of_curMonth": "Y", "status": "ON",
        },
        "tags": [{"key": "k", "value": "v"}],
        "time_zone": "UTC+08:00",
    });
    let mandatory = [
        "/backup_policy_name",
        "/scheduled_policy",
        "/scheduled_policy/start_time",
        "/scheduled_policy/status",
        "/tags/0/key",
        "/tags/0/value",
    ];
    Bodies::new(full, &mandatory)
}

/// A sandbox whose tenant has ten policies.
async fn full_sandbox() -> Sandbox {
    let sandbox = Sandbox::start().await.unwrap();
    let client: vbs::Client = sandbox.client().unwrap();
    for _ in 0..10 {
        table(&client).call().send().await.unwrap();
    }
    sandbox
}

#[tokio::test]
async fn client_and_sandbox_refuse_the_same_policies() {
    let sandbox = full_sandbox().await;
    table(&sandbox.client().unwrap()).drive(&MANNER).await;
}

#[tokio::test]
async fn bodies_without_a_member_or_with_another_type_are_refused_by_the_sandbox() {
    let sandbox = full_sandbox().await;
    let raw = Raw {
        service: "vbs",
        method: "POST",
        version: "v2",
        target: "/backuppolicy",
    };
    bodies().drive(&sandbox, &raw, &MANNER).await;
}

#[test]
fn every_limit_of_the_spec_has_cases_on_both_sides() {
    assert_complete(
        SPEC,
        "create_backup_policy",
        table(&dry_client()).sides().chain(bodies().sides()),
    );
}
