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
use support::{Failure, Stage, shown};

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

    // Stopped while it waits, an example says how to go on.
    let waiter = match stage.handle()? {
        Some(handle) => handle.resume(&client)?,
        None => {
            let target = model::ReplicationTarget::builder()
                .destination_region(&region)
                .destination_project_id(stage.target_project()?)
                .destination_vault_id(&vault)
                .name(stage.new_name("example"))
                .build();
            let call = client.replicate_backup(&backup).replicate(target);
            let started = call.start().await?;
            writeln!(out, "backup {backup} is being copied to {region}")?;
            started.wait()
        }
    };
    let Some(record) = stage.wait(out, waiter).await? else {
        return Ok(());
    };
    let copy_id = record.destination_backup_id;

    let there: Client = stage.target_client()?;
    let copy_id = copy_id.ok_or("the record names no copy")?;
    let copy = there.show_backup(&copy_id).send().await?;
    let copy = copy.backup.ok_or("the copy is not there")?;
    let (name, state) = (shown(copy.name), shown(copy.status));
    writeln!(out, "the copy {name} is {state} in {region}")?;
    Ok(())
}
