//! The list of backups.

use std::cmp::Ordering;

use cloudbackup_cbr_model as model;

use super::Cbr;
use super::records::{Backup, ENTERPRISE_PROJECT, RESOURCE_TYPE, VAULT_SIZE};
use crate::database::moment;
use crate::gateway::{Behaviour, Call};
use crate::page::page;
use crate::refusal::{Refusal, faulty};

pub(super) fn list_backups(
    service: &mut Cbr,
    call: &Call,
    input: model::ListBackupsInput,
) -> Result<model::ListBackupsOutput, Refusal> {
    let offset = input.offset.unwrap_or(0);
    let limit = input.limit.unwrap_or(1000);
    let backups = service.backups.iter();
    let own = backups.filter(|it| it.project_id == call.project_id);
    let fullness = used_percent(input.used_percent.as_deref())?;
    let is_full = |backup: &Backup| service.used(&backup.vault_id) * 100 >= VAULT_SIZE * fullness;
    let fitting = own.filter(|backup| fits(&input, backup) && is_full(backup));
    let mut found: Vec<&Backup> = fitting.collect();
    let keys = sort_keys(input.sort.as_deref().unwrap_or("created_at"))?;
    found.sort_by(|a, b| compared(&keys, a, b));
    let after_marker = match &input.marker {
        Some(marker) => match found.iter().position(|backup| backup.id == *marker) {
            Some(position) => position + 1,
            None => return Err(bad("the marker is no backup of the list")),
        },
        None => 0,
    };
    let (_, count) = page(found.iter(), 0, 0);
    let (backups, _) = page(found.into_iter().skip(after_marker), offset, limit);
    let with_records = input.show_replication == Some(true);
    let backups: Result<Vec<_>, _> = backups
        .into_iter()
        .map(|backup| backup.described(with_records, call.now))
        .collect();
    let reply = model::ListBackupsOutput::builder()
        .count(count)
        .offset(offset);
    reply.limit(limit).backups(backups?).build().map_err(faulty)
}

fn bad(message: &str) -> Refusal {
    Refusal::new(400, Cbr::INVALID, message)
}

/// How full a vault must be at least; the range of the number stands in no pattern.
fn used_percent(text: Option<&str>) -> Result<i64, Refusal> {
    let Some(text) = text else { return Ok(0) };
    match text.parse() {
        Ok(percent @ 1..=100) => Ok(percent),
        _ => Err(bad("/query/used_percent: must be a number from 1 to 100")),
    }
}

fn fits(input: &model::ListBackupsInput, backup: &Backup) -> bool {
    let is = |wanted: &Option<String>, own: &str| wanted.as_deref().is_none_or(|it| it == own);
    let image_type = match backup.is_copy {
        true => model::ImageType::Replication,
        false => model::ImageType::Backup,
    };
    is(&input.name, &backup.name)
        && is(&input.checkpoint_id, &backup.checkpoint_id)
        && is(&input.vault_id, &backup.vault_id)
        && is(&input.resource_id, &backup.resource.id)
        && is(&input.resource_name, &backup.resource.name)
        && is(&input.resource_type, RESOURCE_TYPE)
        && input
            .image_type
            .as_ref()
            .is_none_or(|wanted| *wanted == image_type)
        && is_in_state(input, backup)
        && is_of_kind(input)
        && is_in_period(input, backup.created.seconds())
}

/// Compared in whole seconds, as callers give them.
fn is_in_period(input: &model::ListBackupsInput, created: i64) -> bool {
    let (start, end) = (input.start_time.as_ref(), input.end_time.as_ref());
    moment(start).is_none_or(|start| created >= start.seconds())
        && moment(end).is_none_or(|end| created <= end.seconds())
}

fn is_in_state(input: &model::ListBackupsInput, backup: &Backup) -> bool {
    let wanted = input.status.as_ref();
    wanted.is_none_or(|states| states.is_empty() || states.contains(&backup.status))
}

/// The sandbox knows no children, no zones and no sharing, and all its backups are full.
fn is_of_kind(input: &model::ListBackupsInput) -> bool {
    let enterprise_project = input.enterprise_project_id.as_deref();
    enterprise_project.is_none_or(|id| [ENTERPRISE_PROJECT, "all_granted_eps"].contains(&id))
        && input.parent_id.is_none()
        && input.resource_az.is_none()
        && input.member_status.is_none()
        && input.own_type != Some(model::Ownership::Shared)
        && input.incremental != Some(true)
}

/// Something to sort by, and whether in ascending order.
type SortKey = (fn(&Backup, &Backup) -> Ordering, bool);

fn sort_keys(text: &str) -> Result<Vec<SortKey>, Refusal> {
    let keys = text.split(',').map(|part| {
        let (name, direction) = part.split_once(':').unwrap_or((part, "desc"));
        let compare: fn(&Backup, &Backup) -> Ordering = match name {
            "created_at" => |a, b| a.created.cmp(&b.created),
            "protected_at" => |a, b| a.protected.cmp(&b.protected),
            "updated_at" => |a, b| a.updated.cmp(&b.updated),
            "name" => |a, b| a.name.cmp(&b.name),
            "status" => |a, b| a.status.as_str().cmp(b.status.as_str()),
            "id" => |a, b| a.id.cmp(&b.id),
            _ => return Err(bad("the list cannot be sorted by this key")),
        };
        match direction {
            "asc" => Ok((compare, true)),
            "desc" => Ok((compare, false)),
            _ => Err(bad("the direction of a sort key is `asc` or `desc`")),
        }
    });
    keys.collect()
}

fn compared(keys: &[SortKey], a: &Backup, b: &Backup) -> Ordering {
    let compared = keys.iter().map(|(compare, ascending)| match ascending {
        true => compare(a, b),
        false => compare(b, a),
    });
    let found = compared.into_iter().find(|order| order.is_ne());
    found.unwrap_or(Ordering::Equal)
}
