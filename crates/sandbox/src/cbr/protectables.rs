//! What can be backed up, and where backups can be replicated to.

use std::collections::BTreeMap;

use cloudbackup_cbr_model as model;
use cloudbackup_core::Json;
use serde_json::json;

use super::problem::{self, Problem, bad};
use super::resources::{Kind, Resource};
use super::{Cbr, ENTERPRISE_PROJECT, is, is_granted, time};
use crate::gateway::Call;
use crate::page::{after, page};
use crate::refusal::{Refusal, faulty};

/// Resources on a page at most, and where nothing is said: no document has a default.
const MOST_ON_PAGE: i64 = 50;

type Members = BTreeMap<String, Json>;

fn members(value: Json) -> Members {
    match value {
        Json::Object(members) => members.into_iter().collect(),
        _ => Members::new(),
    }
}

fn kind_of(wanted: Option<&model::ProtectableType>) -> Option<Kind> {
    match wanted? {
        model::ProtectableType::Server => Some(Kind::Server),
        model::ProtectableType::Disk => Some(Kind::Disk),
        model::ProtectableType::Turbo => Some(Kind::FileSystem),
        // The older ones are another kind, of which there are none here.
        model::ProtectableType::WorkspaceV2 => Some(Kind::Desktop),
        _ => None,
    }
}

/// There is no count. Where both are given, the offset counts from the marker on.
pub(crate) fn list_protectable_instances(
    service: &mut Cbr,
    call: &Call,
    input: model::ListProtectableInstancesInput,
) -> Result<model::ListProtectableInstancesOutput, Refusal> {
    let (offset, limit) = (
        input.offset.unwrap_or(0),
        input.limit.unwrap_or(MOST_ON_PAGE),
    );
    if offset < 0 {
        return Err(bad("/query/offset: must be 0 or more").into());
    }
    if limit < 1 {
        return Err(bad("/query/limit: must be 1 or more").into());
    }
    let kind = kind_of(input.protectable_type.as_ref());
    let resources = service.resources.iter();
    let own = resources.filter(|it| Some(it.kind) == kind && it.project_id == call.project_id);
    let found: Vec<&Resource> = own.filter(|it| service.is_wanted(&input, it)).collect();
    let rest = after(&found, input.marker.as_deref(), |it| &it.id);
    let rest = rest.ok_or(bad("/query/marker: is no resource of the list"))?;
    let (found, _) = page(rest.iter(), offset, limit);
    let found = found.into_iter();
    let found = found.map(|resource| service.describe_protectable(resource));
    let reply = model::ListProtectableInstancesOutput::builder();
    reply
        .instances(found.collect::<Result<Vec<_>, _>>()?)
        .build()
        .map_err(faulty)
}

impl Cbr {
    fn is_wanted(&self, input: &model::ListProtectableInstancesInput, it: &Resource) -> bool {
        let server = it.server_id.as_deref().unwrap_or_default();
        let status = input.status.as_deref();
        is(input.id.as_deref(), &it.id)
            && is(input.name.as_deref(), &it.name)
            && is(input.server_id.as_deref(), server)
            && is_granted(input.enterprise_project_id.as_deref(), ENTERPRISE_PROJECT)
            && status.is_none_or(|wanted| {
                self.state(it) == wanted || it.status().eq_ignore_ascii_case(wanted)
            })
    }

    /// What is done to a resource here: the values of the filter, which are not those that the
    /// resources have in the list.
    fn state(&self, resource: &Resource) -> &'static str {
        match self.obstacle(resource) {
            None => "available",
            Some(problem::BEING_BACKED_UP) => "protecting",
            Some(problem::BEING_RESTORED) => "restoring",
            Some(_) => "error",
        }
    }

    /// Why a resource cannot be backed up now.
    fn obstacle(&self, resource: &Resource) -> Option<Problem> {
        if resource.is_restored {
            return Some(problem::BEING_RESTORED);
        }
        let vault = self.vault_of(resource);
        if vault.is_some_and(|vault| self.is_backed_up(&vault.id, &resource.id)) {
            return Some(problem::BEING_BACKED_UP);
        }
        resource.fault()
    }

    fn protectability(&self, resource: &Resource) -> Result<model::Protectability, Refusal> {
        let obstacle = self.obstacle(resource);
        let mut described = model::Protectability::builder()
            .result(obstacle.is_none())
            .code(obstacle.map_or("", |problem| problem.code))
            .reason(obstacle.map_or("", |problem| problem.message));
        if let Some(problem) = obstacle {
            described = described.message(problem.message);
        }
        if let Some(vault) = self.vault_of(resource) {
            let mut shown = self.describe_vault(vault)?;
            shown.updated_at = Some(time(vault.updated));
            shown.version = Some("0".to_owned());
            described = described.vault(shown);
        }
        described.build().map_err(faulty)
    }

    fn describe_protectable(
        &self,
        resource: &Resource,
    ) -> Result<model::ProtectableInstance, Refusal> {
        let disks = self.covered_disks(&resource.id, None);
        let children = disks.map(|disk| {
            members(json!({
                "id": disk.id,
                "name": disk.name,
                "type": disk.kind.wire(),
                "size": disk.size,
                "status": disk.status(),
                "children": [],
                "detail": detail(disk),
            }))
        });
        let described = model::ProtectableInstance::builder()
            .id(resource.id.as_str())
            .name(resource.name.as_str())
            .r#type(resource.kind.wire())
            .size(resource.size)
            .status(resource.status())
            .children(children)
            .detail(detail(resource))
            .protectable(self.protectability(resource)?);
        described.build().map_err(faulty)
    }
}

/// Some of what the service that a resource belongs to says about it.
fn detail(resource: &Resource) -> Members {
    members(match resource.kind {
        Kind::Server => json!({
            "OS-EXT-AZ:availability_zone": resource.zone,
            "tags": resource.tags.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
        }),
        Kind::Disk => json!({
            "availability_zone": resource.zone,
            "bootable": resource.is_system.to_string(),
            "attachments": resource.server_id.iter().map(|id| json!({"server_id": id}))
                .collect::<Vec<_>>(),
        }),
        Kind::FileSystem | Kind::Desktop => json!({"availability_zone": resource.zone}),
    })
}

/// The region of the call alone, as in the examples, with all others as destinations.
pub(crate) fn list_replication_capabilities(
    _service: &mut Cbr,
    call: &Call,
    _input: model::ListReplicationCapabilitiesInput,
) -> Result<model::ListReplicationCapabilitiesOutput, Refusal> {
    let is_own = |project_id: &str| project_id == call.project_id;
    let (own, others): (Vec<_>, Vec<_>) = call
        .cloud
        .regions
        .iter()
        .partition(|region| is_own(&region.project_id));
    let destinations: Vec<&str> = others.iter().map(|region| region.name.as_str()).collect();
    let regions = own.into_iter().map(|region| {
        let capability = model::ReplicationCapability::builder()
            .name(region.name.as_str())
            .replication_destinations(destinations.iter().copied());
        capability.build().map_err(faulty)
    });
    let reply = model::ListReplicationCapabilitiesOutput::builder();
    reply
        .regions(regions.collect::<Result<Vec<_>, _>>()?)
        .build()
        .map_err(faulty)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use super::super::resources::State;
    use super::{Cbr, Kind, list_protectable_instances, model};
    use crate::cloud::Cloud;
    use crate::gateway::{Behaviour, Call};

    /// The ids on a page of the servers.
    fn page(service: &mut Cbr, call: &Call, offset: i64, marker: Option<String>) -> Vec<String> {
        let mut input = model::ListProtectableInstancesInput::default();
        input.protectable_type = Some(model::ProtectableType::Server);
        input.offset = Some(offset);
        input.marker = marker;
        let reply = list_protectable_instances(service, call, input).unwrap();
        let instances = reply.instances.unwrap().into_iter();
        instances.map(|instance| instance.id.unwrap()).collect()
    }

    /// No call makes a server, so that the list is filled from within.
    #[test]
    fn list_is_walked_to_its_end_by_offset_and_by_marker() {
        let cloud = Arc::new(Cloud::in_memory(&["home".to_owned()], None));
        let mut service = Cbr::new(&cloud);
        let region = cloud.regions[0].clone();
        for number in 0..1047 {
            service.server(&region, &format!("s{number}"), &[1], State::Running);
        }
        let call = Call {
            project_id: region.project_id,
            now: cloud.clock.now(),
            fails: false,
            cloud,
        };
        let servers = service.resources.iter();
        let servers = servers.filter(|resource| resource.kind == Kind::Server);
        let all: Vec<String> = servers.map(|server| server.id.clone()).collect();
        assert_eq!(all.len(), 1050);
        let mut seen: Vec<String> = Vec::new();
        let mut walked: Vec<String> = Vec::new();
        for _ in 0..22 {
            let offset = i64::try_from(seen.len()).unwrap();
            seen.extend(page(&mut service, &call, offset, None));
            let marker = walked.last().cloned();
            walked.extend(page(&mut service, &call, 0, marker));
        }
        assert_eq!(seen, all, "fifty at a time, and nothing after the last");
        assert_eq!(walked, all);
    }
}
