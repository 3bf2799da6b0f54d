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

use cloudbackup::finding::Made;
use cloudbackup::gaussdb_opengauss::Client;
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
    if let Some(sandbox) = &stage.sandbox {
        sandbox.fault(Fault::reset_after_effect().on("gaussdb-opengauss", "create_backup"));
    }

    // The name is chosen before the call, so that it can be looked for after it.
    let name = stage.new_name("example");
    let create = client.create_backup().instance_id(&instance).name(&name);
    let id = match create.send_or_find().await? {
        Made::Sent(reply) => reply.backup.and_then(|backup| backup.id),
        Made::Found(backup) => {
            writeln!(
                out,
                "the answer was lost, and the backup is there all the same"
            )?;
            backup.id
        }
    };
    writeln!(out, "{name} has the id {}", shown(id))?;
    Ok(())
}
