//! What to do when the answer to a create was lost: find out whether it took effect.
//!
//! The connection is cut after the request has gone out, so nobody can say whether there is a
//! backup now. The client says that its outcome is unknown and does not send it again; a second
//! backup would cost money. The list tells, by the name that was chosen.
//!
//! ```text
//! cargo run -p cloudbackup --example find_lost_backup
//! ```
//!
//! In a real cloud it needs `CLOUDBACKUP_INSTANCE_ID` as well, and mostly finds nothing to repair.

#[allow(dead_code, reason = "each example uses its part")]
pub(crate) mod support;

use std::io::{Write, stdout};

use cloudbackup::Outcome;
use cloudbackup::gaussdb_opengauss::{Client, model};
use cloudbackup_sandbox::Fault;
use support::{Failure, Stage, shown};

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
    // Only in a sandbox can one ask for this.
    if let Stage::Sandbox(sandbox) = stage {
        sandbox.fault(Fault::reset_after_effect().on("gaussdb-opengauss", "create_backup"));
    }

    // The name is chosen before the call, so that it can be looked for after it.
    let name = stage.new_name("example");
    let create = client.create_backup().instance_id(&instance).name(&name);
    let backup = match create.clone().send().await {
        Ok(created) => created.backup,
        // Nothing has happened, or the service has said no: it may be tried again.
        Err(error) if error.outcome() < Outcome::Unknown => return Err(error.into()),
        Err(error) => {
            writeln!(out, "the answer was lost: outcome {:?}", error.outcome())?;
            match find(&client, &instance, &name).await? {
                Some(backup) => {
                    writeln!(out, "the backup is there all the same")?;
                    Some(backup)
                }
                None => {
                    writeln!(out, "there is no such backup, so it is asked for again")?;
                    create.send().await?.backup
                }
            }
        }
    };
    let id = shown(backup.and_then(|backup| backup.id));
    writeln!(out, "{name} has the id {id}")?;
    Ok(())
}

/// The backup of this name, on whichever page of the list it is.
async fn find(
    client: &Client,
    instance: &str,
    name: &str,
) -> Result<Option<model::Backup>, Failure> {
    let mut offset = 0;
    loop {
        let page = client
            .list_backups()
            .instance_id(instance)
            .offset(offset)
            .limit(100);
        let backups = page.send().await?.backups.unwrap_or_default();
        if backups.is_empty() {
            return Ok(None);
        }
        offset += i64::try_from(backups.len())?;
        let mut backups = backups.into_iter();
        if let Some(found) = backups.find(|backup| backup.name.as_deref() == Some(name)) {
            return Ok(Some(found));
        }
    }
}
