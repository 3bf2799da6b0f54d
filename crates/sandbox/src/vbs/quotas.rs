//! How many backups there may be.

use cloudbackup_vbs_model::{self as model, BackupStatus};

use super::Vbs;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Backups that a project may have. There is no limit of their size.
pub(super) const MOST_BACKUPS: usize = 2000;

impl Vbs {
    /// How many more backups a project may have.
    pub(super) fn backups_left(&self, project_id: &str) -> usize {
        let backups = self.backups.values();
        let own = backups.filter(|backup| backup.project_id == project_id);
        MOST_BACKUPS.saturating_sub(own.count())
    }
}

pub(super) fn show_backup_quota(
    service: &mut Vbs,
    call: &Call,
    _input: model::ShowBackupQuotaInput,
) -> Result<model::ShowBackupQuotaOutput, Refusal> {
    // Number and size of what is being made, and of what is there.
    let (mut reserved, mut used) = ((0, 0), (0, 0));
    for backup in service.backups.values() {
        if backup.project_id == call.project_id {
            let sum = match backup.status {
                BackupStatus::Creating => &mut reserved,
                _ => &mut used,
            };
            *sum = (sum.0 + 1, sum.1 + backup.size);
        }
    }
    let most = i64::try_from(MOST_BACKUPS).unwrap_or(i64::MAX);
    let quotas = [
        ("backups", reserved.0, used.0, most),
        ("backup_gigabytes", reserved.1, used.1, -1),
    ];
    let quotas = quotas.map(|(name, reserved, used, quota)| {
        let described = model::Quota::builder().r#type(name).reserved(reserved);
        described.used(used).quota(quota).build().map_err(faulty)
    });
    let quotas = quotas.into_iter().collect::<Result<Vec<_>, _>>()?;
    let quotas = model::Quotas::builder().resources(quotas).build();
    let reply = model::ShowBackupQuotaOutput::builder();
    let reply = reply.quotas(quotas.map_err(faulty)?);
    reply.build().map_err(faulty)
}
