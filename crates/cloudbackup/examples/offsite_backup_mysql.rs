//! Has the backups of a GaussDB for MySQL instance copied to another region, and waits until a
//! copy is there.
//!
//! ```text
//! cargo run -p cloudbackup --example offsite_backup_mysql
//! ```
//!
//! In a real cloud it needs `CLOUDBACKUP_INSTANCE_ID`, `CLOUDBACKUP_TARGET_REGION` and
//! `CLOUDBACKUP_TARGET_PROJECT_ID` as well, and patience: what is copied are the backups made on
//! schedule.

#[allow(dead_code, reason = "each example uses its part")]
pub(crate) mod support;

use std::io::{Write, stdout};
use std::time::Duration;

use cloudbackup::gaussdb_mysql::{Client, model};
use support::{Failure, Stage, Step, shown};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_environment().await?;
    run(&stage, &mut stdout().lock()).await
}

pub(crate) async fn run(stage: &Stage, out: &mut impl Write) -> Result<(), Failure> {
    let client: Client = stage.client()?;
    let instance = stage.id("CLOUDBACKUP_INSTANCE_ID", |it| &it.gaussdb_mysql_instance)?;
    let region = stage.target_region()?;

    let policy = model::OffsiteBackupPolicy::builder()
        .open_auto_backup(true)
        .open_incremental_backup(false)
        .destination_region(&region)
        .destination_project_id(stage.target_project()?)
        .keep_days(7)
        .build();
    let call = client.update_offsite_backup_policy(&instance);
    call.backup_policy(policy).send().await?;
    writeln!(
        out,
        "full backups of instance {instance} are copied to {region} from now on"
    )?;

    let there: Client = stage.target_client()?;
    let pause = Some(Duration::from_secs(3 * 3600));
    let copy = stage
        .until(out, pause, async || {
            let found = there.list_backups().instance_id(&instance).send().await?;
            let mut copies = found.backups.unwrap_or_default().into_iter();
            let done = |copy: &model::Backup| copy.status == Some(model::BackupStatus::Completed);
            Ok(match copies.find(done) {
                Some(copy) => Step::Done(copy),
                None => Step::NotYet(format!("no copy in {region}")),
            })
        })
        .await?;
    writeln!(out, "{} is there", shown(copy.name))?;
    Ok(())
}
