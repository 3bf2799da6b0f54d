//! Which disks belong to which policy.

use cloudbackup_vbs_model as model;

use super::Vbs;
use super::disks::{Disk, DiskState};
use super::jobs::Problem;
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Attaches disks, each for itself: one that cannot be attached hinders no other.
pub(super) fn associate_backup_policy_resources(
    service: &mut Vbs,
    call: &Call,
    input: model::AssociateBackupPolicyResourcesInput,
) -> Result<model::AssociateBackupPolicyResourcesOutput, Refusal> {
    let policy_id = input.backup_policy_id.unwrap_or_default();
    service.position(call, &policy_id)?;
    let wanted = input.resources.unwrap_or_default();
    check_not_empty(wanted.len())?;
    let (mut attached, mut failed) = (Vec::new(), Vec::new());
    for resource in wanted {
        let id = resource.resource_id.unwrap_or_default();
        let named = model::PolicyResource::builder()
            .resource_id(id.as_str())
            .resource_type(model::ResourceType::Volume);
        match service.attach(call, &id, &policy_id) {
            Ok(disk) => {
                let named = named.availability_zone(disk.availability_zone.as_str());
                let named = named.os_vol_host_attr(disk.host());
                attached.push(named.build().map_err(faulty)?);
            }
            Err((code, message)) => {
                let named = named.code(code).message(message);
                failed.push(named.build().map_err(faulty)?);
            }
        }
    }
    let reply = model::AssociateBackupPolicyResourcesOutput::builder();
    let reply = reply.success_resources(attached).fail_resources(failed);
    reply.build().map_err(faulty)
}

/// Detaches disks, each for itself.
pub(super) fn dissociate_backup_policy_resources(
    service: &mut Vbs,
    call: &Call,
    input: model::DissociateBackupPolicyResourcesInput,
) -> Result<model::DissociateBackupPolicyResourcesOutput, Refusal> {
    let policy_id = input.policy_id.unwrap_or_default();
    service.position(call, &policy_id)?;
    let wanted = input.resources.unwrap_or_default();
    check_not_empty(wanted.len())?;
    let (mut detached, mut failed) = (Vec::new(), Vec::new());
    for resource in wanted {
        let id = resource.resource_id.unwrap_or_default();
        let named = model::PolicyResource::builder().resource_id(id.as_str());
        match service.detach(&id, &policy_id) {
            Ok(()) => detached.push(named.build().map_err(faulty)?),
            Err((code, message)) => {
                let named = named.code(code).message(message);
                failed.push(named.build().map_err(faulty)?);
            }
        }
    }
    let reply = model::DissociateBackupPolicyResourcesOutput::builder();
    let reply = reply.success_resources(detached).fail_resources(failed);
    reply.build().map_err(faulty)
}

fn check_not_empty(resources: usize) -> Result<(), Refusal> {
    if resources == 0 {
        let message = "/body/resources: must name a disk";
        return Err(Refusal::new(400, "AutoBackup.0207", message));
    }
    Ok(())
}

impl Vbs {
    /// Puts a disk into a policy, and with that takes it out of the one that it had.
    fn attach(&mut self, call: &Call, id: &str, policy_id: &str) -> Result<&Disk, Problem> {
        let mut disks = self.disks.iter_mut();
        let disk = disks.find(|disk| disk.id == id && disk.project_id == call.project_id);
        let Some(disk) = disk else {
            return Err(("AutoBackup.1400", "the disk does not exist"));
        };
        if disk.state == DiskState::ErrorRestoring {
            let message = "the disk is damaged, as a restoration has failed";
            return Err(("AutoBackup.0206", message));
        }
        disk.policy_id = Some(policy_id.to_owned());
        Ok(disk)
    }

    fn detach(&mut self, id: &str, policy_id: &str) -> Result<(), Problem> {
        let disk = self.disk_mut(id);
        let attached = disk.filter(|disk| disk.policy_id.as_deref() == Some(policy_id));
        match attached {
            Some(disk) => {
                disk.policy_id = None;
                Ok(())
            }
            None => Err(("AutoBackup.1400", "the disk is not attached to the policy")),
        }
    }
}
