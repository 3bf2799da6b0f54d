//! RDS: the query for copies in another region.

use cloudbackup::{Set, rds};
use cloudbackup_sandbox::Sandbox;

use crate::bodies::Raw;
use crate::support::dry_client;
use crate::table::{Manner, Table, assert_complete, calls, flat};

use rds::model::{BackupType, ListOffsiteBackupsInput};

const SPEC: &str = include_str!("../../../../spec/rds.yaml");

/// A list of nothing is an answer too.
const MANNER: Manner = Manner {
    code: "DBS.280001",
    body: flat,
    otherwise: None,
};

type List = rds::ListOffsiteBackups<Set, Set>;

calls! { List: ListOffsiteBackupsInput; }

fn table(client: &rds::Client) -> Table<List> {
    let call = client.list_offsite_backups().instance_id("i");
    let mut table = Table::new(call.backup_type("auto"));
    page_has_limits(&mut table);
    only_two_kinds_of_backups_have_copies(&mut table);
    ends_of_a_period_go_together(&mut table);
    ends_of_a_period_are_compared_as_instants(&mut table);
    ends_of_a_period_have_an_offset(&mut table);
    table
}

fn page_has_limits(table: &mut Table<List>) {
    for (limit, count) in [
        ("/query/limit minimum", 0),
        ("/query/limit minimum", -1),
        ("/query/limit maximum", 101),
    ] {
        let message = format!("/query/limit: must be between 1 and 100, is {count}");
        table.outside(limit, table.call().limit(count), message);
    }
    table.inside("/query/limit minimum", table.call().limit(1));
    table.inside("/query/limit maximum", table.call().limit(100));
    let message = "/query/offset: must be at least 0, is -1";
    table.outside("/query/offset minimum", table.call().offset(-1), message);
    for offset in [0, i64::MAX] {
        table.inside("/query/offset minimum", table.call().offset(offset));
    }
}

/// The type has four values, of which the document of this call knows two.
fn only_two_kinds_of_backups_have_copies(table: &mut Table<List>) {
    let limit = "/query/backup_type enum";
    for kind in ["manual", "fragment", "Auto", "", "snapshot"] {
        let message =
            format!("/query/backup_type: must be one of `auto` or `incremental`, is {kind:?}");
        table.outside(limit, table.call().backup_type(kind), message);
    }
    for kind in [BackupType::Auto, BackupType::Incremental] {
        table.inside(limit, table.call().backup_type(kind));
    }
}

const BEGIN: &str = "2018-08-06T10:41:14+0800";

fn ends_of_a_period_go_together(table: &mut Table<List>) {
    let limit = "together begin_time end_time";
    let message = "/query/end_time: is required with `begin_time`";
    table.outside(limit, table.call().begin_time(BEGIN), message);
    let message = "/query/begin_time: is required with `end_time`";
    table.outside(limit, table.call().end_time(BEGIN), message);
    let call = table.call().begin_time(BEGIN);
    table.inside(limit, call.end_time("2018-08-16T10:41:14+0800"));
    table.inside(limit, table.call());
}

fn ends_of_a_period_are_compared_as_instants(table: &mut Table<List>) {
    let limit = "order begin_time end_time";
    for (begin, end) in [
        ("2018-08-16T10:41:14+0800", BEGIN),
        (BEGIN, BEGIN),
        // The same instant, and one second before it, by another clock.
        (BEGIN, "2018-08-06T02:41:14+0000"),
        (BEGIN, "2018-08-06T11:41:13+0900"),
    ] {
        let call = table.call().begin_time(begin).end_time(end);
        let message = "/query/end_time: must be later than `begin_time`";
        table.outside(limit, call, message);
    }
    // Later, though its text sorts before the other.
    let call = table.call().begin_time(BEGIN);
    table.inside(limit, call.end_time("2018-08-06T02:41:15+0000"));
}

fn ends_of_a_period_have_an_offset(table: &mut Table<List>) {
    let message = |name: &str, text: &str| {
        format!("/query/{name}: must be a time with an offset such as `{BEGIN}`, is {text:?}")
    };
    for text in [
        "yesterday",
        "",
        "2018-08-06T10:41:14",
        "2018-13-06T10:41:14+0800",
    ] {
        let end = "2018-08-16T10:41:14+0800";
        let call = table.call().begin_time(text).end_time(end);
        table.outside(
            "/query/begin_time format",
            call,
            message("begin_time", text),
        );
        let call = table.call().begin_time(BEGIN).end_time(text);
        table.outside("/query/end_time format", call, message("end_time", text));
    }
    // Any readable form is sent in the documented one.
    for begin in [BEGIN, "2018-08-06T10:41:14+08:00", "2018-08-06T02:41:14Z"] {
        let end = "2018-08-06T02:41:15.5Z";
        let call = table.call().begin_time(begin).end_time(end);
        table.inside("/query/begin_time format", call.clone());
        table.inside("/query/end_time format", call);
    }
    let call = table.call().begin_time("yesterday").end_time("tomorrow");
    let expected = [
        message("begin_time", "yesterday"),
        message("end_time", "tomorrow"),
    ];
    table.outside_of_all(call, &expected.each_ref().map(String::as_str));
}

/// Queries that no typed caller can write: the limit, the query, what is wrong with it.
const QUERIES: [(&str, &str, &str); 15] = [
    (
        "/query/instance_id required",
        "instance_id=i&backup_type=auto",
        "",
    ),
    (
        "/query/backup_type required",
        "backup_type=incremental&instance_id=i&unknown=1",
        "",
    ),
    (
        "/query/instance_id required",
        "backup_type=auto",
        "/query/instance_id: is required",
    ),
    (
        "/query/backup_type required",
        "instance_id=i",
        "/query/backup_type: is required",
    ),
    (
        "",
        "",
        "/query/instance_id: is required; /query/backup_type: is required",
    ),
    (
        "",
        "instance_id=i&instance_id=i&backup_type=auto",
        "/query/instance_id: must be given once only",
    ),
    (
        "/query/limit type",
        "instance_id=i&backup_type=auto&limit=7",
        "",
    ),
    (
        "/query/limit type",
        "instance_id=i&backup_type=auto&limit=ten",
        INTEGER[0],
    ),
    (
        "/query/limit type",
        "instance_id=i&backup_type=auto&limit=",
        INTEGER[0],
    ),
    (
        "/query/limit type",
        "instance_id=i&backup_type=auto&limit=1.5",
        INTEGER[0],
    ),
    (
        "/query/limit type",
        "instance_id=i&backup_type=auto&limit=9223372036854775808",
        INTEGER[0],
    ),
    (
        "/query/offset type",
        "instance_id=i&backup_type=auto&offset=7",
        "",
    ),
    (
        "/query/offset type",
        "instance_id=i&backup_type=auto&offset=0x7",
        INTEGER[1],
    ),
    (
        "/query/offset type",
        "instance_id=i&backup_type=auto&offset",
        INTEGER[1],
    ),
    ("", "instance_id=i&limit=x&offset=y", BOTH),
];
const INTEGER: [&str; 2] = [
    "/query/limit: must be a 64-bit integer",
    "/query/offset: must be a 64-bit integer",
];
/// What cannot be read is told before anything else is looked at.
const BOTH: &str =
    "/query/offset: must be a 64-bit integer; /query/limit: must be a 64-bit integer";

#[tokio::test]
async fn client_and_sandbox_refuse_the_same_lists() {
    let sandbox = Sandbox::start().await.unwrap();
    table(&sandbox.client().unwrap()).drive(&MANNER).await;
}

#[tokio::test]
async fn queries_without_a_parameter_or_with_another_type_are_refused_by_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    for (_, query, violation) in QUERIES {
        let raw = Raw {
            service: "rds",
            method: "GET",
            version: "v3",
            target: &format!("/offsite-backups?{query}"),
        };
        let refused = raw.send(&sandbox, "").await;
        let is_right = MANNER.is_answer(violation, refused.as_ref());
        assert!(is_right, "{query}: {refused:?}");
    }
}

#[test]
fn every_limit_of_the_spec_has_cases_on_both_sides() {
    let queries = QUERIES.into_iter().filter(|(limit, ..)| !limit.is_empty());
    let queries = queries.map(|(limit, _, violation)| (limit.to_owned(), !violation.is_empty()));
    assert_complete(
        SPEC,
        "list_offsite_backups",
        table(&dry_client()).sides().chain(queries),
    );
}
