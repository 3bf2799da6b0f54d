//! When an instance is backed up by itself, and how.

use std::time::Duration;

use cloudbackup_gaussdb_opengauss_model as model;
use serde::{Deserialize, Serialize};

use super::OpenGauss;
use crate::database::{Schedule, Starts, wrong};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// What a policy says of how backups are made. It is told again and does nothing here.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Settings {
    rate_limit: i64,
    prefetch_block: i64,
    file_split_size: i64,
    enable_standby_backup: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rate_limit: 75,
            prefetch_block: 64,
            file_split_size: 4,
            enable_standby_backup: false,
        }
    }
}

pub(super) fn show_backup_policy(
    service: &mut OpenGauss,
    call: &Call,
    input: model::ShowBackupPolicyInput,
) -> Result<model::ShowBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let schedule = service.store.schedule(call, &instance)?;
    let settings = service.settings.get(&instance).copied();
    let settings = settings.unwrap_or_default();
    let described = model::BackupPolicy::builder()
        .rate_limit(settings.rate_limit)
        .prefetch_block(settings.prefetch_block)
        .file_split_size(settings.file_split_size)
        .enable_standby_backup(settings.enable_standby_backup);
    let mut described = described.build().map_err(faulty)?;
    if let Some(schedule) = schedule {
        let minutes = i64::try_from(schedule.every.as_secs() / 60).unwrap_or(i64::MAX);
        described.keep_days = Some(i64::from(schedule.keep_days));
        described.start_time = Some(schedule.window.clone());
        described.period = Some(schedule.days.clone());
        // A number, though it is set as a text.
        described.differential_period = Some(minutes);
    }
    let reply = model::ShowBackupPolicyOutput::builder();
    reply.backup_policy(described).build().map_err(faulty)
}

/// The whole policy: what is left out gets its default, as the body says what is to hold.
pub(super) fn update_backup_policy(
    service: &mut OpenGauss,
    call: &Call,
    input: model::UpdateBackupPolicyInput,
) -> Result<model::UpdateBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let place = "/body/backup_policy";
    let wanted = input.backup_policy;
    let wanted = wanted.ok_or_else(|| wrong(place, "must be given"))?;
    let mut schedule = Schedule::new(
        place,
        wanted.start_time.as_deref().unwrap_or_default(),
        wanted.period.as_deref().unwrap_or_default(),
        wanted.keep_days.unwrap_or(1),
        Starts::FullHours,
    )?;
    let period = wanted.differential_period.as_ref();
    let minutes: Option<u64> = period.and_then(|period| period.as_str().parse().ok());
    if let Some(minutes) = minutes {
        schedule.every = Duration::from_secs(minutes * 60);
    }
    let default = Settings::default();
    let settings = Settings {
        rate_limit: wanted.rate_limit.unwrap_or(default.rate_limit),
        prefetch_block: wanted.prefetch_block.unwrap_or(default.prefetch_block),
        file_split_size: wanted.file_split_size.unwrap_or(default.file_split_size),
        enable_standby_backup: wanted.enable_standby_backup == Some(true),
    };
    if settings.file_split_size % 4 != 0 {
        let place = "/body/backup_policy/file_split_size";
        return Err(wrong(place, "must be a multiple of 4"));
    }
    let store = &mut service.store;
    store.set_schedule(call, &instance, Some(schedule), true)?;
    service.settings.insert(instance, settings);
    let reply = model::UpdateBackupPolicyOutput::builder();
    reply.build().map_err(faulty)
}
