//! Copies a CBR backup to a vault in another region, waits for the copy, and looks at it there.
//!
//! ```text
//! cargo run -p cloudbackup --example replicate_backup
//! ```
//!
//! In a real cloud it needs `CLOUDBACKUP_BACKUP_ID`, `CLOUDBACKUP_TARGET_REGION`,
//! `CLOUDBACKUP_TARGET_PROJECT_ID` and `CLOUDBACKUP_TARGET_VAULT_ID` (a vault for replication) as
//! well.

#[allow(dead_code, reason = "each example uses its part")]
pub(crate) mod support;

use std::io::{Write, stdout};

use cloudbackup::cbr::{Client, model};
use support::{Failure, Stage, Step, shown};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_environment().await?;
    run(&stage, &mut stdout().lock()).await
}

pub(crate) async fn run(stage: &Stage, out: &mut impl Write) -> Result<(), Failure> {
    let client: Client = stage.client()?;
    let backup = stage.id("CLOUDBACKUP_BACKUP_ID", |it| &it.cbr_backup)?;
    let vault = stage.id("CLOUDBACKUP_TARGET_VAULT_ID", |it| {
        &it.cbr_replication_vault
    })?;
    let region = stage.target_region()?;

    let target = model::ReplicationTarget::builder()
        .destination_region(&region)
        .destination_project_id(stage.target_project()?)
        .destination_vault_id(&vault)
        .name(stage.new_name("example"))
        .build();
    let started = client
        .replicate_backup(&backup)
        .replicate(target)
        .send()
        .await?;
    let record = started.replication.and_then(|it| it.replication_record_id);
    let record = record.ok_or("the reply names no replication record")?;
    writeln!(out, "backup {backup} is being copied to {region}")?;

    // The call gives no task to follow: the source backup tells how its copies are doing.
    let copy_id = stage
        .until(out, None, async || {
            let found = client.show_backup(&backup).send().await?;
            let records = found.backup.and_then(|backup| backup.replication_records);
            let mut records = records.unwrap_or_default().into_iter();
            let own = records.find(|it| it.id.as_deref() == Some(&record));
            let Some(own) = own else {
                return Ok(Step::NotYet("no record yet".to_owned()));
            };
            match own.status {
                Some(model::ReplicationStatus::Success) => {
                    Ok(Step::Done(own.destination_backup_id))
                }
                Some(model::ReplicationStatus::Fail) => Err(own
                    .extra_info
                    .and_then(|details| details.fail_reason)
                    .unwrap_or_else(|| "the copying has failed".to_owned())
                    .into()),
                state => Ok(Step::NotYet(shown(state))),
            }
        })
        .await?;

    let there: Client = stage.target_client()?;
    let copy_id = copy_id.ok_or("the record names no copy")?;
    let copy = there.show_backup(&copy_id).send().await?;
    let copy = copy.backup.ok_or("the copy is not there")?;
    let (name, state) = (shown(copy.name), shown(copy.status));
    writeln!(out, "the copy {name} is {state} in {region}")?;
    Ok(())
}
