//! Backs an instance of GaussDB (openGauss) up, waits for the backup, and removes it again.
//!
//! ```text
//! cargo run -p cloudbackup --example create_backup
//! ```
//!
//! In a real cloud it needs `CLOUDBACKUP_INSTANCE_ID` as well.

#[allow(dead_code, reason = "each example uses its part")]
pub(crate) mod support;

use std::io::{Write, stdout};

use cloudbackup::gaussdb_opengauss::{Client, model};
use support::{Failure, Stage, Step, shown};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_environment().await?;
    run(&stage, &mut stdout().lock()).await
}

pub(crate) async fn run(stage: &Stage, out: &mut impl Write) -> Result<(), Failure> {
    let client: Client = stage.client()?;
    let instance = stage.id("CLOUDBACKUP_INSTANCE_ID", |it| {
        &it.gaussdb_opengauss_instance
    })?;

    let created = client
        .create_backup()
        .instance_id(&instance)
        .name(stage.new_name("example"))
        .description("made by an example")
        .send()
        .await?;
    let id = created.backup.and_then(|backup| backup.id);
    let id = id.ok_or("the reply names no backup")?;
    writeln!(out, "a backup of instance {instance} was started: {id}")?;

    let backup = stage
        .until(out, None, async || {
            let backup = find(&client, &id).await?;
            match backup.status {
                Some(model::BackupStatus::Completed) => Ok(Step::Done(backup)),
                Some(model::BackupStatus::Failed) => Err("the backup has failed".into()),
                state => Ok(Step::NotYet(shown(state))),
            }
        })
        .await?;
    writeln!(out, "it is done and takes {} MB", shown(backup.size))?;

    client.delete_backup(&id).send().await?;
    writeln!(out, "it is removed again")?;
    Ok(())
}

/// There is no call for one backup: it is a list of one.
async fn find(client: &Client, id: &str) -> Result<model::Backup, Failure> {
    let found = client.list_backups().backup_id(id).send().await?;
    let backups = found.backups.unwrap_or_default();
    let first = backups.into_iter().next();
    first.ok_or_else(|| format!("there is no backup {id}").into())
}
