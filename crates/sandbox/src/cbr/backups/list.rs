//! The list of backups.

use std::cmp::Ordering;

use cloudbackup_cbr_model as model;

use super::super::problem::{Problem, bad};
use super::super::{Cbr, is, is_between, is_granted};
use super::Backup;
use crate::gateway::Call;
use crate::page::{after, page};
use crate::refusal::{Refusal, faulty};

/// The parts of a backup are found only by the backup that they belong to. Where both are given,
/// the offset counts from the marker on.
pub(crate) fn list_backups(
    service: &mut Cbr,
    call: &Call,
    input: model::ListBackupsInput,
) -> Result<model::ListBackupsOutput, Refusal> {
    let offset = input.offset.unwrap_or(0);
    let limit = input.limit.unwrap_or(1000);
    let fullness = used_percent(input.used_percent.as_deref())?;
    let keys = sort_keys(input.sort.as_deref().unwrap_or("created_at"))?;
    let own = service.backups_of(&call.project_id).map(|(_, own)| own);
    let parts: Vec<Backup>;
    let all: Vec<&Backup> = match &input.parent_id {
        Some(id) => {
            let parents = own.filter(|backup| backup.id == *id);
            parts = parents.flat_map(Backup::parts).collect();
            parts.iter().collect()
        }
        None => own.collect(),
    };
    let fitting = all.into_iter().filter(|backup| fits(&input, backup));
    let mut full = service.full_vaults(fullness);
    let mut found: Vec<&Backup> = fitting.filter(|it| full(&it.vault_id)).collect();
    found.sort_by(|a, b| compared(&keys, a, b));
    let rest = after(&found, input.marker.as_deref(), |it| &it.id);
    let rest = rest.ok_or(bad("/query/marker: the marker is no backup of the list"))?;
    let (backups, _) = page(rest.iter(), offset, limit);
    let (_, count) = page(found.iter(), 0, 0);
    let with_records = input.show_replication == Some(true);
    let backups = backups
        .into_iter()
        .map(|backup| backup.described(with_records, call.now));
    let reply = model::ListBackupsOutput::builder()
        .backups(backups.collect::<Result<Vec<_>, _>>()?)
        .count(count)
        .offset(offset)
        .limit(limit);
    reply.build().map_err(faulty)
}

impl Cbr {
    /// Tells whether a vault is as full as this, in percent.
    fn full_vaults(&self, percent: i64) -> impl FnMut(&str) -> bool {
        let vaults = self.vaults.iter().filter(|_| percent > 0);
        let full = vaults.filter(|it| self.used_mb(&it.id) * 100 >= it.size * 1024 * percent);
        let full: Vec<String> = full.map(|vault| vault.id.clone()).collect();
        move |id| percent == 0 || full.iter().any(|full| full == id)
    }
}

/// How full a vault must be at least; the range of the number stands in no pattern.
fn used_percent(text: Option<&str>) -> Result<i64, Problem> {
    let Some(text) = text else { return Ok(0) };
    match text.parse() {
        Ok(percent @ 1..=100) => Ok(percent),
        _ => Err(bad("/query/used_percent: must be a number from 1 to 100")),
    }
}

fn fits(input: &model::ListBackupsInput, backup: &Backup) -> bool {
    let image_type = match backup.is_copy {
        true => model::ImageType::Replication,
        false => model::ImageType::Backup,
    };
    let wanted = input.image_type.as_ref();
    wanted.is_none_or(|wanted| *wanted == image_type)
        && is(input.name.as_deref(), &backup.name)
        && is(input.checkpoint_id.as_deref(), &backup.checkpoint_id)
        && is(input.vault_id.as_deref(), &backup.vault_id)
        && is_in_state(input, backup)
        && is_of_kind(input, backup)
        && is_of_resource(input, backup)
        && is_between(
            input.start_time.as_ref(),
            input.end_time.as_ref(),
            backup.created,
        )
}

fn is_of_resource(input: &model::ListBackupsInput, backup: &Backup) -> bool {
    let resource = &backup.resource;
    is(input.resource_id.as_deref(), &resource.id)
        && is(input.resource_name.as_deref(), &resource.name)
        && is(input.resource_type.as_deref(), resource.kind.wire())
        && is(input.resource_az.as_deref(), &resource.zone)
}

fn is_in_state(input: &model::ListBackupsInput, backup: &Backup) -> bool {
    let wanted = input.status.as_ref();
    wanted.is_none_or(|states| states.is_empty() || states.contains(&backup.status))
}

/// The sandbox knows no sharing. Without `incremental` both kinds are found: that full ones alone
/// would be is nowhere said outright.
fn is_of_kind(input: &model::ListBackupsInput, backup: &Backup) -> bool {
    let incremental = input.incremental;
    is_granted(
        input.enterprise_project_id.as_deref(),
        &backup.enterprise_project_id,
    ) && incremental.is_none_or(|wanted| wanted == backup.is_incremental)
        && input.member_status.is_none()
        && input.own_type != Some(model::Ownership::Shared)
}
/// Something to sort by, and whether in ascending order.
type SortKey = (fn(&Backup, &Backup) -> Ordering, bool);

fn sort_keys(text: &str) -> Result<Vec<SortKey>, Problem> {
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
