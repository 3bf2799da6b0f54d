//! Copies in another region, and the policies that make them.

use cloudbackup_rds_model as model;

use super::Rds;
use super::backups::{described, kinds};
use crate::database::{Filter, Identity, OffsitePolicy, moment};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

pub(super) fn list_offsite_backups(
    service: &mut Rds,
    call: &Call,
    input: model::ListOffsiteBackupsInput,
) -> Result<model::ListOffsiteBackupsOutput, Refusal> {
    let filter = Filter {
        instance_id: input.instance_id.as_deref(),
        backup_id: input.backup_id.as_deref(),
        kinds: kinds(input.backup_type.as_ref()),
        is_copy: Some(true),
        from: moment(input.begin_time.as_ref()),
        to: moment(input.end_time.as_ref()),
        ..Filter::default()
    };
    let found = service.store.find(call, &filter);
    let (backups, total) = page(found, input.offset.unwrap_or(0), input.limit.unwrap_or(100));
    let backups: Result<Vec<_>, _> = backups.into_iter().map(described).collect();
    let reply = model::ListOffsiteBackupsOutput::builder().total_count(total);
    reply.backups(backups?).build().map_err(faulty)
}

/// Of the project that the caller's credentials are for: there is none in the path.
pub(super) fn list_offsite_backup_instances(
    service: &mut Rds,
    call: &Call,
    input: model::ListOffsiteBackupInstancesInput,
) -> Result<model::ListOffsiteBackupInstancesOutput, Refusal> {
    let found = service.store.copied_instances(call).into_iter();
    let (instances, total) = page(found, input.offset.unwrap_or(0), input.limit.unwrap_or(100));
    let instances = instances.into_iter();
    let instances: Result<Vec<_>, _> = instances
        .map(|(instance, keep_days)| copied_instance(call, instance, keep_days))
        .collect();
    let reply = model::ListOffsiteBackupInstancesOutput::builder().total_count(total);
    let reply = reply.offsite_backup_instances(instances?);
    reply.build().map_err(faulty)
}

fn copied_instance(
    call: &Call,
    instance: &Identity,
    keep_days: u32,
) -> Result<model::OffsiteBackupInstance, Refusal> {
    let region = |project_id: &str| {
        let region = call.cloud.region_of(project_id);
        region.map_or("", |region| region.name.as_str())
    };
    let described = model::OffsiteBackupInstance::builder()
        .id(instance.id.as_str())
        .name(instance.name.as_str())
        .source_region(region(&instance.project_id))
        .source_project_id(instance.project_id.as_str())
        .datastore(super::datastore(instance)?)
        .destination_region(region(&call.project_id))
        .destination_project_id(call.project_id.as_str())
        .keep_days(i64::from(keep_days));
    described.build().map_err(faulty)
}

pub(super) fn show_offsite_backup_policy(
    service: &mut Rds,
    call: &Call,
    input: model::ShowOffsiteBackupPolicyInput,
) -> Result<model::ShowOffsiteBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let mut policies = Vec::new();
    if let Some(policy) = service.store.policy(call, &instance)? {
        let kinds = [
            (policy.full_days, model::BackupType::Auto),
            (policy.incremental_days, model::BackupType::Incremental),
        ];
        for (days, kind) in kinds.into_iter().filter(|(days, _)| *days > 0) {
            let described = model::OffsiteBackupPolicy::builder()
                .backup_type(kind)
                .keep_days(i64::from(days))
                .destination_region(policy.destination_region.as_str())
                .destination_project_id(policy.destination_project_id.as_str());
            policies.push(described.build().map_err(faulty)?);
        }
    }
    let reply = model::ShowOffsiteBackupPolicyOutput::builder();
    reply.policy_para(policies).build().map_err(faulty)
}

/// Says how long copies of the kinds that are named are kept; zero days switch them off. The
/// destination of a policy that is in force stays as it is.
pub(super) fn update_offsite_backup_policy(
    service: &mut Rds,
    call: &Call,
    input: model::UpdateOffsiteBackupPolicyInput,
) -> Result<model::UpdateOffsiteBackupPolicyOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    if let Some(wanted) = input.policy_para {
        let before = service.store.policy(call, &instance)?.cloned();
        let mut policy = before.unwrap_or_else(|| OffsitePolicy {
            full_days: 0,
            incremental_days: 0,
            destination_region: wanted.destination_region.unwrap_or_default(),
            destination_project_id: wanted.destination_project_id.unwrap_or_default(),
        });
        let days = u32::try_from(wanted.keep_days.unwrap_or(0)).unwrap_or(0);
        if wanted.backup_type != Some(model::PolicyBackupType::Incremental) {
            policy.full_days = days;
        }
        if wanted.backup_type != Some(model::PolicyBackupType::Auto) {
            policy.incremental_days = days;
        }
        service.store.set_policy(call, &instance, policy)?;
    }
    let reply = model::UpdateOffsiteBackupPolicyOutput::builder();
    reply.build().map_err(faulty)
}
