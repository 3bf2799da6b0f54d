//! Has the backups of an RDS instance copied to another region, waits until a copy is there, and
//! switches the copying off again.
//!
//! ```text
//! cargo run -p cloudbackup --example offsite_backup_rds
//! ```
//!
//! In a real cloud it needs `CLOUDBACKUP_INSTANCE_ID`, `CLOUDBACKUP_TARGET_REGION` and
//! `CLOUDBACKUP_TARGET_PROJECT_ID` as well, and patience: what is copied are the backups made on
//! schedule.

#[allow(dead_code, reason = "each example uses its part")]
pub(crate) mod support;

use std::io::{Write, stdout};
use std::time::Duration;

use cloudbackup::rds::{Client, model};
use support::{Failure, Stage, Step, shown};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_environment().await?;
    run(&stage, &mut stdout().lock()).await
}

pub(crate) async fn run(stage: &Stage, out: &mut impl Write) -> Result<(), Failure> {
    let client: Client = stage.client()?;
    let instance = stage.id("CLOUDBACKUP_INSTANCE_ID", |it| &it.rds_instance)?;
    let region = stage.target_region()?;
    let policy = |keep_days: i64| -> Result<model::NewOffsiteBackupPolicy, Failure> {
        let policy = model::NewOffsiteBackupPolicy::builder()
            .backup_type(model::PolicyBackupType::Auto)
            .keep_days(keep_days)
            .destination_region(&region)
            .destination_project_id(stage.target_project()?);
        Ok(policy.build())
    };

    let call = client.update_offsite_backup_policy(&instance);
    call.policy_para(policy(7)?).send().await?;
    let set = client.show_offsite_backup_policy(&instance).send().await?;
    for policy in set.policy_para.unwrap_or_default() {
        let (kind, days) = (shown(policy.backup_type), shown(policy.keep_days));
        writeln!(
            out,
            "`{kind}` backups of {instance} are copied to {region} for {days} days"
        )?;
    }

    let there: Client = stage.target_client()?;
    let pause = Some(Duration::from_secs(3 * 3600));
    let copy = stage
        .until(out, pause, async || {
            let call = there.list_offsite_backups().instance_id(&instance);
            let found = call.backup_type(model::BackupType::Auto).send().await?;
            let mut copies = found.backups.unwrap_or_default().into_iter();
            let done = |copy: &model::Backup| copy.status == Some(model::BackupStatus::Completed);
            Ok(match copies.find(done) {
                Some(copy) => Step::Done(copy),
                None => Step::NotYet(format!("no copy in {region}")),
            })
        })
        .await?;
    let (name, size) = (shown(copy.name), shown(copy.size));
    writeln!(out, "{name} is there and takes {size} KB")?;

    // Zero days switch it off.
    let call = client.update_offsite_backup_policy(&instance);
    call.policy_para(policy(0)?).send().await?;
    writeln!(out, "backups are not copied any more")?;
    Ok(())
}
