//! What a server looked like when it was backed up.

use cloudbackup_cbr_model as model;
use serde_json::{Value, json};

use super::super::resources::Kind;
use super::super::{Cbr, problem};
use super::{Backup, Child};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// Every part is a text that holds JSON. Of what is no server there is less to tell.
pub(crate) fn show_backup_metadata(
    service: &mut Cbr,
    call: &Call,
    input: model::ShowBackupMetadataInput,
) -> Result<model::ShowBackupMetadataOutput, Refusal> {
    let number = service.backup_number(call, &input.backup_id.unwrap_or_default())?;
    let backup = service.backup_mut(number)?;
    if !backup.is_available() {
        return Err(problem::METADATA_STATE.into());
    }
    let described = backup.described(false, call.now)?;
    let described = serde_json::to_string(&described).map_err(faulty)?;
    let volumes = backup.children.iter().map(|child| volume(backup, child));
    let mut reply = model::ShowBackupMetadataOutput::builder()
        .backup_id(backup.id.as_str())
        .backups(described)
        .volumes(volumes.map(|volume| volume.to_string()));
    if backup.resource.kind == Kind::Server {
        reply = reply
            .server(server(backup).to_string())
            .flavor(json!({"name": "s3.large.2", "vcpus": 2, "ram": 4096}).to_string())
            .interface(
                json!([{"fixed_ips": [address(backup)], "port_state": "ACTIVE"}]).to_string(),
            )
            .ports([json!({"name": "", "fixed_ips": [address(backup)]}).to_string()])
            .floating_ips(Vec::<String>::new());
    }
    reply.build().map_err(faulty)
}

fn server(backup: &Backup) -> Value {
    let disks = backup.children.iter();
    let disks: Vec<Value> = disks.map(|child| json!({"id": child.disk.id})).collect();
    json!({
        "id": backup.resource.id,
        "name": backup.resource.name,
        "status": "ACTIVE",
        "tenant_id": backup.project_id,
        "OS-EXT-AZ:availability_zone": backup.resource.zone,
        "os-extended-volumes:volumes_attached": disks,
    })
}

fn volume(backup: &Backup, child: &Child) -> Value {
    json!({
        "id": child.disk.id,
        "name": child.disk.name,
        "size": child.disk.size,
        "bootable": child.is_system.to_string(),
        "status": "in-use",
        "attachments": [{"server_id": backup.resource.id}],
    })
}

/// An address of the server that stays the same: the last byte comes from its id.
fn address(backup: &Backup) -> String {
    let digits = backup.resource.id.get(..2).unwrap_or_default();
    let byte = u8::from_str_radix(digits, 16).unwrap_or(1);
    format!("192.168.0.{byte}")
}
