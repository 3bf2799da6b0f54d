//! Makes a backup policy of VBS, looks at it, switches it off, and removes it again.
//!
//! ```text
//! cargo run -p cloudbackup --example backup_policy
//! ```

#[allow(dead_code, reason = "each example uses its part")]
pub(crate) mod support;

use std::io::{Write, stdout};

use cloudbackup::vbs::{Client, model};
use support::{Failure, Stage, shown};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_environment().await?;
    run(&stage, &mut stdout().lock()).await
}

pub(crate) async fn run(stage: &Stage, out: &mut impl Write) -> Result<(), Failure> {
    let client: Client = stage.client()?;

    // Midnight, two and four o'clock in Berlin in winter, on Sundays and Wednesdays. The hours are
    // UTC and ascend by local time.
    let schedule = model::ScheduledPolicy::builder()
        .start_time("23:00,01:00,03:00")
        .week_frequency([model::DayOfWeek::Sun, model::DayOfWeek::Wed])
        .retention_day(30)
        .retain_first_backup_of_month(model::RetainFirstBackup::Yes)
        .status(model::PolicyStatus::On)
        .build();
    let created = client
        .create_backup_policy()
        .backup_policy_name(stage.new_name("example"))
        .scheduled_policy(schedule)
        .time_zone("UTC+01:00")
        .tags([model::Tag::builder()
            .key("made_by")
            .value("example")
            .build()])
        .send()
        .await?;
    let id = created
        .backup_policy_id
        .ok_or("the reply names no policy")?;
    writeln!(out, "policy {id} was made")?;
    show(&client, &id, out).await?;

    // An update names the days as well, or the service refuses it.
    let off = model::BackupSchedule::builder()
        .week_frequency([model::DayOfWeek::Sun])
        .status(model::PolicyStatus::Off)
        .build();
    client
        .update_backup_policy(&id)
        .scheduled_policy(off)
        .send()
        .await?;
    writeln!(out, "it was switched off")?;
    show(&client, &id, out).await?;

    client.delete_backup_policy(&id).send().await?;
    writeln!(out, "it is removed again")?;
    Ok(())
}

/// There is no call for one policy: it is found in the list.
async fn show(client: &Client, id: &str, out: &mut impl Write) -> Result<(), Failure> {
    let policies = client.list_backup_policies().send().await?;
    let policies = policies.backup_policies.unwrap_or_default();
    let mut policies = policies.into_iter();
    let found = policies.find(|policy| policy.backup_policy_id.as_deref() == Some(id));
    let policy = found.ok_or("the policy is not in the list")?;
    let schedule = policy
        .scheduled_policy
        .ok_or("the policy has no schedule")?;
    let days: Vec<&str> = schedule
        .week_frequency
        .iter()
        .flatten()
        .map(|day| day.as_str())
        .collect();
    writeln!(
        out,
        "  {}: {} on {}, {}",
        shown(policy.backup_policy_name),
        shown(schedule.start_time),
        days.join(" and "),
        shown(schedule.status),
    )?;
    Ok(())
}
