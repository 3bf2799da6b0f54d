//! Cloud Backup and Recovery.

mod calendar;
mod checkpoints;
mod list;
mod pages;
mod policies;
mod protectables;
mod replicate_vault;
mod restore;
mod support;
mod tasks;
mod vault_resources;
mod vaults;

use cloudbackup_cbr_client::{Client, model};
use cloudbackup_core::time::Timestamp;
use cloudbackup_runtime::{Error, Outcome};
use cloudbackup_sandbox::{Fault, Sandbox};
use model::{BackupStatus, ImageType, ReplicationStatus};

use super::{
    AWAY, CENTURY, COPIED, MINUTE, assert_uuid, away, message_of, project, refused, sandbox,
};

/// A sandbox, clients at home and away, and the backup at home.
async fn start() -> (Sandbox, Client, Client, String) {
    let sandbox = sandbox().await;
    let (client, elsewhere) = (sandbox.client().unwrap(), away(&sandbox));
    let backup = sandbox.inventory().cbr_backup.clone();
    (sandbox, client, elsewhere, backup)
}

/// The vault in the other region.
fn target(sandbox: &Sandbox) -> model::ReplicationTarget {
    model::ReplicationTarget::builder()
        .destination_project_id(project(sandbox, AWAY))
        .destination_region(AWAY)
        .destination_vault_id(&sandbox.inventory().cbr_replication_vault)
        .build()
}

async fn replicate(
    client: &Client,
    backup: &str,
    target: model::ReplicationTarget,
) -> Result<model::Replication, Error> {
    let reply = client.replicate_backup(backup).replicate(target).send();
    Ok(reply.await?.replication.unwrap())
}

async fn show(client: &Client, id: &str) -> Result<model::Backup, Error> {
    let reply = client.show_backup(id).send().await?;
    Ok(reply.backup.unwrap())
}

async fn list(client: &Client) -> Vec<model::Backup> {
    let reply = client.list_backups().send().await.unwrap();
    let backups = reply.backups.unwrap();
    assert_eq!(reply.count.unwrap(), backups.len() as i64);
    backups
}

/// The one record of a backup.
async fn record(client: &Client, backup: &str) -> model::ReplicationRecord {
    let records = show(client, backup).await.unwrap().replication_records;
    let [record] = <[_; 1]>::try_from(records.unwrap()).unwrap();
    record
}

/// Seconds since 1970 of a time as this service writes it, in UTC.
#[track_caller]
fn seconds(time: Option<&Timestamp>) -> i64 {
    let time = time.unwrap();
    assert!(matches!(time.offset(), None | Some(0)), "{time}");
    assert!(time.as_str().contains('.'), "with a fraction: {time}");
    time.unix_seconds().unwrap()
}

#[tokio::test]
async fn backup_that_is_there_from_the_start_is_described_in_full() {
    let (sandbox, client, _, id) = start().await;
    let backup = show(&client, &id).await.unwrap();
    assert_uuid(backup.id.as_deref());
    assert_uuid(backup.checkpoint_id.as_deref());
    assert_uuid(backup.vault_id.as_deref());
    assert_uuid(backup.resource_id.as_deref());
    assert_eq!(backup.project_id, Some(project(&sandbox, "eu-de")));
    assert_eq!(backup.status, Some(BackupStatus::Available));
    assert_eq!(backup.image_type, Some(ImageType::Backup));
    assert_eq!(backup.resource_type.as_deref(), Some("OS::Nova::Server"));
    assert_eq!(backup.resource_size, Some(40), "in GB");
    assert_eq!(backup.incremental, Some(false));
    assert_eq!(backup.enterprise_project_id.as_deref(), Some("0"));
    let provider = "0daac4c5-6707-4851-97ba-169e36266b66";
    assert_eq!(backup.provider_id.as_deref(), Some(provider));
    assert_eq!(backup.replication_records, Some(Vec::new()));
    let details = backup.extend_info.unwrap();
    assert_eq!(details.auto_trigger, Some(false));
    assert_eq!(
        details.supported_restore_mode,
        Some(model::RestoreMode::Backup)
    );
    let created = seconds(backup.created_at.as_ref());
    let hour_ago = 1_716_285_600 - 3600;
    assert!((hour_ago..hour_ago + 60).contains(&created));
    assert_eq!(seconds(backup.protected_at.as_ref()), created);
    assert_eq!(backup.expired_at, None);
}

#[tokio::test]
async fn copy_is_protecting_then_available_in_the_other_region_with_its_record() {
    let (sandbox, client, elsewhere, id) = start().await;
    let started = replicate(&client, &id, target(&sandbox)).await.unwrap();
    assert_eq!(started.backup_id.as_deref(), Some(id.as_str()));
    assert_eq!(started.project_id, Some(project(&sandbox, "eu-de")));
    assert_eq!(started.source_region.as_deref(), Some("eu-de"));
    assert_eq!(started.destination_region.as_deref(), Some(AWAY));
    assert_eq!(
        started.destination_project_id,
        Some(project(&sandbox, AWAY))
    );
    let vault = sandbox.inventory().cbr_replication_vault.clone();
    assert_eq!(started.destination_vault_id.as_ref(), Some(&vault));

    let running = record(&client, &id).await;
    assert_eq!(running.id, started.replication_record_id);
    assert_eq!(running.status, Some(ReplicationStatus::Replicating));
    assert_eq!(running.source_backup_id.as_deref(), Some(id.as_str()));
    assert_eq!(running.source_region.as_deref(), Some("eu-de"));
    assert_eq!(running.destination_region.as_deref(), Some(AWAY));
    assert_eq!(running.destination_vault_id.as_ref(), Some(&vault));
    let source = show(&client, &id).await.unwrap();
    assert_eq!(source.status, Some(BackupStatus::Available));
    assert_eq!(running.vault_id, source.vault_id);
    assert_eq!(running.source_checkpoint_id, source.checkpoint_id);
    let details = running.extra_info.unwrap();
    assert!(details.progress.unwrap() < 50);
    assert_eq!(details.fail_code, None);
    let copy_id = running.destination_backup_id.unwrap();
    let copy = show(&elsewhere, &copy_id).await.unwrap();
    assert_eq!(copy.status, Some(BackupStatus::Protecting));

    sandbox.advance(MINUTE);
    let details = record(&client, &id).await.extra_info.unwrap();
    assert!((50..100).contains(&details.progress.unwrap()));
    sandbox.advance(COPIED - MINUTE);
    let over = record(&client, &id).await;
    assert_eq!(over.status, Some(ReplicationStatus::Success));
    assert_eq!(over.extra_info.as_ref().unwrap().progress, Some(100));
    assert_eq!(record(&elsewhere, &copy_id).await, over, "both have it");
    let copy = show(&elsewhere, &copy_id).await.unwrap();
    assert_eq!(copy.status, Some(BackupStatus::Available));
    assert_eq!(copy.image_type, Some(ImageType::Replication));
    assert_eq!(copy.project_id, Some(project(&sandbox, AWAY)));
    assert_eq!(copy.vault_id, Some(vault));
    assert_eq!((&copy.name, copy.resource_size), (&source.name, Some(40)));
    assert_eq!(copy.resource_id, source.resource_id);
    assert_eq!(copy.protected_at, source.protected_at, "the data is as old");
    assert!(seconds(copy.created_at.as_ref()) >= seconds(source.created_at.as_ref()) + 3600);
    assert_eq!(list(&client).await.len(), 1);
    assert_eq!(list(&elsewhere).await.len(), 1);
}

#[tokio::test]
async fn copy_has_the_name_and_remark_that_were_asked_for() {
    let (sandbox, client, elsewhere, id) = start().await;
    let mut target = target(&sandbox);
    target.name = Some("far-away".to_owned());
    target.description = Some("in case of floods".to_owned());
    replicate(&client, &id, target).await.unwrap();
    let copy = list(&elsewhere).await.remove(0);
    assert_eq!(copy.name.as_deref(), Some("far-away"));
    assert_eq!(copy.description.as_deref(), Some("in case of floods"));
}

#[tokio::test]
async fn replication_that_fails_says_why_and_can_be_tried_again() {
    let (sandbox, client, elsewhere, id) = start().await;
    sandbox.fault(Fault::failed_job().on("cbr", "replicate_backup"));
    replicate(&client, &id, target(&sandbox)).await.unwrap();
    let running = record(&client, &id).await;
    assert_eq!(running.status, Some(ReplicationStatus::Replicating));
    sandbox.advance(COPIED);
    let failed = record(&client, &id).await;
    assert_eq!(failed.status, Some(ReplicationStatus::Fail));
    let details = failed.extra_info.unwrap();
    assert_eq!(details.fail_code.as_deref(), Some("BackupService.1006"));
    assert!(details.fail_reason.unwrap().contains("fail"));
    assert_eq!(details.progress, Some(0));
    let failed_copy = failed.destination_backup_id.unwrap();
    let copy = show(&elsewhere, &failed_copy).await.unwrap();
    assert_eq!(copy.status, Some(BackupStatus::Error));
    let source = show(&client, &id).await.unwrap();
    assert_eq!(source.status, Some(BackupStatus::Available));

    replicate(&client, &id, target(&sandbox)).await.unwrap();
    sandbox.advance(COPIED);
    let records = show(&client, &id)
        .await
        .unwrap()
        .replication_records
        .unwrap();
    let states: Vec<_> = records
        .iter()
        .map(|it| it.status.clone().unwrap())
        .collect();
    assert_eq!(
        states,
        [ReplicationStatus::Fail, ReplicationStatus::Success]
    );
    elsewhere.delete_backup(&failed_copy).send().await.unwrap();
}

#[tokio::test]
async fn backup_has_one_copy_in_a_region_until_that_is_gone() {
    let (sandbox, client, elsewhere, id) = start().await;
    replicate(&client, &id, target(&sandbox)).await.unwrap();
    for _ in 0..2 {
        let error = replicate(&client, &id, target(&sandbox)).await.unwrap_err();
        assert_eq!(refused(&error), (400, "BackupService.1012"));
        sandbox.advance(COPIED);
    }
    let copy = list(&elsewhere).await.remove(0).id.unwrap();
    elsewhere.delete_backup(&copy).send().await.unwrap();
    let error = replicate(&client, &id, target(&sandbox)).await.unwrap_err();
    assert_eq!(
        refused(&error),
        (400, "BackupService.1012"),
        "still deleting"
    );
    sandbox.advance(MINUTE);
    replicate(&client, &id, target(&sandbox)).await.unwrap();
    assert_eq!(list(&elsewhere).await.len(), 1);
}

#[tokio::test]
async fn replication_to_wrong_places_is_refused() {
    let (sandbox, client, elsewhere, id) = start().await;
    let home_vault = show(&client, &id).await.unwrap().vault_id.unwrap();
    let (home, away) = (project(&sandbox, "eu-de"), project(&sandbox, AWAY));
    let vault = sandbox.inventory().cbr_replication_vault.as_str();
    for (region, project, vault, code) in [
        ("nowhere", away.as_str(), vault, "1011"),
        (AWAY, "nobody", vault, "1011"),
        (AWAY, &home, vault, "1011"),
        ("eu-de", &home, &home_vault, "1011"),
        (AWAY, &away, "none", "6120"),
        (AWAY, &away, &home_vault, "6120"),
    ] {
        let wrong = model::ReplicationTarget::builder()
            .destination_region(region)
            .destination_project_id(project)
            .destination_vault_id(vault);
        let error = replicate(&client, &id, wrong.build()).await.unwrap_err();
        let code = format!("BackupService.{code}");
        assert_eq!(
            refused(&error),
            (400, code.as_str()),
            "{region} {project} {vault}"
        );
        assert!(message_of(&error).contains("destination"), "{error}");
    }
    let error = replicate(&client, "none", target(&sandbox))
        .await
        .unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6200"));
    let error = replicate(&elsewhere, &id, target(&sandbox))
        .await
        .unwrap_err();
    assert_eq!(
        refused(&error),
        (404, "BackupService.6200"),
        "not of that project"
    );
    assert_eq!(list(&elsewhere).await, []);
    let untouched = show(&client, &id).await.unwrap();
    assert_eq!(untouched.replication_records, Some(Vec::new()));
}

#[tokio::test]
async fn copy_cannot_be_copied_on() {
    let (sandbox, client, elsewhere, id) = start().await;
    replicate(&client, &id, target(&sandbox)).await.unwrap();
    sandbox.advance(COPIED);
    let copy = list(&elsewhere).await.remove(0).id.unwrap();
    let back = model::ReplicationTarget::builder()
        .destination_region("eu-de")
        .destination_project_id(project(&sandbox, "eu-de"))
        .destination_vault_id(show(&client, &id).await.unwrap().vault_id.unwrap());
    let error = replicate(&elsewhere, &copy, back.build())
        .await
        .unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6128"));
    assert_eq!(list(&client).await.len(), 1);
}

#[tokio::test]
async fn deleted_backup_is_deleting_then_gone() {
    let (sandbox, client, _, id) = start().await;
    let before = show(&client, &id).await.unwrap();
    client.delete_backup(&id).send().await.unwrap();
    let deleting = show(&client, &id).await.unwrap();
    assert_eq!(deleting.status, Some(BackupStatus::Deleting));
    let (then, now) = (before.updated_at, deleting.updated_at);
    assert!(
        seconds(now.as_ref()) > seconds(then.as_ref()),
        "the record changed"
    );
    let error = client.delete_backup(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.6201"));
    let error = replicate(&client, &id, target(&sandbox)).await.unwrap_err();
    assert_eq!(refused(&error), (400, "BackupService.9900"));

    sandbox.advance(MINUTE);
    assert_eq!(list(&client).await, []);
    for error in [
        show(&client, &id).await.map(|_| ()),
        client.delete_backup(&id).send().await.map(|_| ()),
        replicate(&client, &id, target(&sandbox)).await.map(|_| ()),
    ] {
        assert_eq!(refused(&error.unwrap_err()), (404, "BackupService.6200"));
    }
}

#[tokio::test]
async fn backups_of_other_projects_are_not_found() {
    let (_sandbox, client, elsewhere, id) = start().await;
    for error in [
        show(&elsewhere, &id).await.map(|_| ()),
        elsewhere.delete_backup(&id).send().await.map(|_| ()),
        show(&client, "none").await.map(|_| ()),
    ] {
        assert_eq!(refused(&error.unwrap_err()), (404, "BackupService.6200"));
    }
    assert_eq!(list(&client).await.len(), 1);
}

#[tokio::test]
async fn copy_outlives_its_source_even_when_that_goes_while_it_is_made() {
    let (sandbox, client, elsewhere, id) = start().await;
    replicate(&client, &id, target(&sandbox)).await.unwrap();
    let copy = list(&elsewhere).await.remove(0).id.unwrap();
    let error = elsewhere.delete_backup(&copy).send().await.unwrap_err();
    assert_eq!(
        refused(&error),
        (400, "BackupService.6201"),
        "while it is made"
    );
    client.delete_backup(&id).send().await.unwrap();
    sandbox.advance(COPIED);
    assert_eq!(list(&client).await, []);
    let kept = show(&elsewhere, &copy).await.unwrap();
    assert_eq!(kept.status, Some(BackupStatus::Available));
    let over = record(&elsewhere, &copy).await;
    assert_eq!(over.status, Some(ReplicationStatus::Success));
    assert_eq!(over.source_backup_id, Some(id));
}

#[tokio::test]
async fn vault_is_full_in_the_end_and_records_do_not_grow_without_bound() {
    let (sandbox, client, elsewhere, id) = start().await;
    sandbox.fault(
        Fault::failed_job()
            .on("cbr", "replicate_backup")
            .times(1000),
    );
    let mut copies = 0;
    let error = loop {
        match replicate(&client, &id, target(&sandbox)).await {
            Ok(_) => copies += 1,
            Err(error) => break error,
        }
        assert!(copies <= 1000, "a vault has an end");
        sandbox.advance(COPIED);
    };
    assert_eq!(refused(&error), (400, "BackupService.6129"));
    assert_eq!(copies, 250, "10,000 GB, 40 GB each");
    let records = show(&client, &id).await.unwrap().replication_records;
    assert_eq!(records.unwrap().len(), 100);
    let failed = list(&elsewhere).await.remove(0).id.unwrap();
    elsewhere.delete_backup(&failed).send().await.unwrap();
    sandbox.advance(MINUTE);
    replicate(&client, &id, target(&sandbox)).await.unwrap();
}

#[tokio::test]
async fn backups_stay_as_they_are_for_a_century() {
    let (sandbox, client, elsewhere, id) = start().await;
    replicate(&client, &id, target(&sandbox)).await.unwrap();
    sandbox.advance(CENTURY);
    let copy = list(&elsewhere).await.remove(0);
    assert_eq!(copy.status, Some(BackupStatus::Available));
    client.delete_backup(&id).send().await.unwrap();
    let deleting = show(&client, &id).await.unwrap();
    assert!(deleting.updated_at.unwrap().as_str().starts_with("2124-"));
    sandbox.advance(MINUTE);
    assert!(show(&client, &id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn replication_that_was_reset_after_its_effect_made_one_copy() {
    let (sandbox, client, elsewhere, id) = start().await;
    sandbox.fault(Fault::reset_after_effect().on("cbr", "replicate_backup"));
    let error = replicate(&client, &id, target(&sandbox)).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(error.attempts().len(), 1);
    assert_eq!(list(&elsewhere).await.len(), 1);
    let running = record(&client, &id).await;
    assert_eq!(running.status, Some(ReplicationStatus::Replicating));
}
