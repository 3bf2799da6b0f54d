//! Cloud Backup and Recovery: the document on replication, which limits nothing.

use cloudbackup::{Set, cbr};
use cloudbackup_sandbox::Sandbox;
use serde_json::json;

use crate::bodies::{Bodies, Raw};
use crate::support::dry_client;
use crate::table::{Manner, Table, assert_complete, calls, flat, violations};

use cbr::model::{ReplicateBackupInput, ReplicationTarget};

const SPEC: &str = include_str!("../../../../spec/cbr.yaml");

/// The backup that is meant does not exist, which is looked for after the limits.
const MANNER: Manner = Manner {
    code: "BackupService.9900",
    body: flat,
    otherwise: Some((404, "the backup does not exist")),
};

type Replicate = cbr::ReplicateBackup<Set>;

calls! { Replicate: ReplicateBackupInput; }

fn table(client: &cbr::Client) -> Table<Replicate> {
    let target = |text: &str| {
        let target = ReplicationTarget::builder()
            .destination_project_id(text)
            .destination_region(text)
            .destination_vault_id(text);
        target.build()
    };
    let call = client.replicate_backup("b");
    let mut table = Table::new(call.replicate(target("")));
    // Other copies of the document would refuse each of these.
    let mut long = target("<");
    long.name = Some("<".repeat(300));
    long.description = Some("<".repeat(300));
    let call = table.call();
    table.inside(
        "/body/replicate/destination_region required",
        call.replicate(long),
    );
    table
}

fn bodies() -> Bodies {
    let full = json!({"replicate": {
        "description": "", "destination_project_id": "p", "destination_region": "eu-nl",
        "destination_vault_id": "v", "enable_acceleration": true, "name": "copy",
    }});
    let mandatory = [
        "/replicate",
        "/replicate/destination_project_id",
        "/replicate/destination_region",
        "/replicate/destination_vault_id",
    ];
    Bodies::new(full, &mandatory)
}

#[tokio::test]
async fn document_without_limits_forbids_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    table(&sandbox.client().unwrap()).drive(&MANNER).await;
}

#[tokio::test]
async fn bodies_without_a_member_or_with_another_type_are_refused_by_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let raw = Raw {
        service: "cbr",
        method: "POST",
        version: "v3",
        target: "/backups/b/replicate",
    };
    bodies().drive(&sandbox, &raw, &MANNER).await;
}

#[test]
fn every_limit_of_the_spec_has_cases_on_both_sides() {
    assert_complete(
        SPEC,
        "replicate_backup",
        table(&dry_client()).sides().chain(bodies().sides()),
    );
}

/// What breaks the path would be another call, which the client never makes.
#[test]
fn id_that_breaks_the_path_is_refused_even_where_the_checks_are_off() {
    let target = ReplicationTarget::builder()
        .destination_project_id("p")
        .destination_region("eu-nl")
        .destination_vault_id("v")
        .build();
    let client: cbr::Client = dry_client();
    let call = client.replicate_backup("").replicate(target);
    let expected = "/path/backup_id: must not be empty: it is a part of the path";
    assert_eq!(violations(call.clone().build()), [expected]);
    assert_eq!(violations(call.with_validation(false).build()), [expected]);
}
