//! Backs an instance of GaussDB (openGauss) up, waits for the backup, and removes it again.
//!
//! ```text
//! cargo run -p cloudbackup --example create_backup
//! ```
//!
//! In a real cloud it needs `CLOUDBACKUP_INSTANCE_ID` as well. Stopped with Ctrl-C while it waits, it
//! prints what `CLOUDBACKUP_RESUME` has to be to go on.

#[allow(dead_code, reason = "each example uses its part")]
pub(crate) mod support;

use std::io::{Write, stdout};

use cloudbackup::gaussdb_opengauss::Client;
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

    // Stopped while it waits, an example says how to go on.
    let waiter = match stage.handle()? {
        Some(handle) => handle.resume(&client)?,
        None => {
            let started = client
                .create_backup()
                .instance_id(&instance)
                .name(stage.new_name("example"))
                .description("made by an example")
                .start()
                .await?;
            writeln!(out, "a backup of instance {instance} was started")?;
            started.wait()
        }
    };
    let Some(backup) = stage.wait(out, waiter).await? else {
        return Ok(());
    };
    let id = backup.id.ok_or("the backup has no id")?;
    writeln!(out, "it is done and takes {} MB", shown(backup.size))?;

    client.delete_backup(&id).send().await?;
    writeln!(out, "it is removed again")?;
    Ok(())
}
