//! GaussDB for MySQL: where copies of backups go and how long they are kept.

use cloudbackup::{Set, gaussdb_mysql};
use cloudbackup_sandbox::Sandbox;
use serde_json::json;

use crate::bodies::{Bodies, Raw};
use crate::support::dry_client;
use crate::table::{Manner, Table, assert_complete, calls, flat};

use gaussdb_mysql::model::{OffsiteBackupPolicy, UpdateOffsiteBackupPolicyInput};

const SPEC: &str = include_str!("../../../../spec/gaussdb-mysql.yaml");

/// The instance that is meant does not exist, which is looked for after the limits.
const MANNER: Manner = Manner {
    code: "DBS.280001",
    body: flat,
    otherwise: Some((400, "the instance does not exist")),
};

type Update = gaussdb_mysql::UpdateOffsiteBackupPolicy<Set>;

calls! { Update: UpdateOffsiteBackupPolicyInput; }

pub(crate) fn policy(keep_days: i64, auto: bool, incremental: bool) -> OffsiteBackupPolicy {
    OffsiteBackupPolicy::builder()
        .open_auto_backup(auto)
        .open_incremental_backup(incremental)
        .destination_project_id("p")
        .destination_region("eu-nl")
        .keep_days(keep_days)
        .build()
}

fn table(client: &gaussdb_mysql::Client) -> Table<Update> {
    let call = client.update_offsite_backup_policy("i");
    let mut table = Table::new(call.backup_policy(policy(7, true, true)));
    days_that_a_copy_is_kept_have_two_ends(&mut table);
    incremental_backups_need_full_ones(&mut table);
    table
}

fn days_that_a_copy_is_kept_have_two_ends(table: &mut Table<Update>) {
    let least = "/body/backup_policy/keep_days minimum";
    let most = "/body/backup_policy/keep_days maximum";
    for (limit, days) in [
        (least, 0),
        (least, -1),
        (least, i64::MIN),
        (most, 1826),
        (most, i64::MAX),
    ] {
        let call = table.call().backup_policy(policy(days, true, true));
        let message = format!("must be between 1 and 1825, is {days}");
        table.outside(
            limit,
            call,
            format!("/body/backup_policy/keep_days: {message}"),
        );
    }
    for (limit, days) in [(least, 1), (most, 1825)] {
        let call = table.call().backup_policy(policy(days, true, true));
        table.inside(limit, call);
    }
}

fn incremental_backups_need_full_ones(table: &mut Table<Update>) {
    let limit = "/body/backup_policy only_when open_incremental_backup open_auto_backup";
    let alone = table.call().backup_policy(policy(7, false, true));
    let message = "/body/backup_policy/open_incremental_backup: \
                   is allowed only with `open_auto_backup`";
    table.outside(limit, alone, message);
    for (auto, incremental) in [(true, true), (true, false), (false, false)] {
        let call = table.call().backup_policy(policy(7, auto, incremental));
        table.inside(limit, call);
    }
    let both = table.call().backup_policy(policy(0, false, true));
    let range = "/body/backup_policy/keep_days: must be between 1 and 1825, is 0";
    table.outside_of_all(both, &[range, message]);
}

fn bodies() -> Bodies {
    let full = json!({"backup_policy": {
        "open_auto_backup": true, "open_incremental_backup": false, "destination_project_id": "p",
        "destination_region": "eu-nl", "keep_days": 7,
    }});
    let mandatory = [
        "/backup_policy",
        "/backup_policy/open_auto_backup",
        "/backup_policy/open_incremental_backup",
        "/backup_policy/destination_project_id",
        "/backup_policy/destination_region",
        "/backup_policy/keep_days",
    ];
    Bodies::new(full, &mandatory)
}

#[tokio::test]
async fn client_and_sandbox_refuse_the_same_policies() {
    let sandbox = Sandbox::start().await.unwrap();
    table(&sandbox.client().unwrap()).drive(&MANNER).await;
}

#[tokio::test]
async fn bodies_without_a_member_or_with_another_type_are_refused_by_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let raw = Raw {
        service: "gaussdb-mysql",
        method: "PUT",
        version: "v3",
        target: "/instances/i/backups/offsite-policy",
    };
    bodies().drive(&sandbox, &raw, &MANNER).await;
}

#[test]
fn every_limit_of_the_spec_has_cases_on_both_sides() {
    assert_complete(
        SPEC,
        "update_offsite_backup_policy",
        table(&dry_client()).sides().chain(bodies().sides()),
    );
}

/// The client holds the language for all calls, so the table cannot: it speaks of one client.
#[tokio::test]
async fn language_is_one_of_two_for_client_and_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    for (language, is_known) in [
        ("en-us", true),
        ("zh-cn", true),
        ("de-de", false),
        ("EN-US", false),
    ] {
        let builder = sandbox
            .configure::<gaussdb_mysql::Client>()
            .language(language);
        let client = builder.build().unwrap();
        let call = client.update_offsite_backup_policy("i");
        let call = call.backup_policy(policy(7, true, true));
        let message =
            format!("/header/X-Language: must be one of `en-us` or `zh-cn`, is {language:?}");

        let found = call.clone().build().map(drop);
        let found = found.map_err(|error| error.violations()[0].to_string());
        assert_eq!(found.err(), (!is_known).then(|| message.clone()));

        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
        assert_eq!(error.message() == Some(&*message), !is_known, "{error}");
    }
}
