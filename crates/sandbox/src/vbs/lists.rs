//! The lists of backups, in short and with all there is to know. They come from OpenStack, and page
//! as it does.

use cloudbackup_vbs_model as model;

use super::Vbs;
use super::backups::{Backup, INVALID, link};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

/// Backups that a page holds at most. A larger wish is cut down in silence.
const LARGEST_PAGE: i64 = 1000;
/// The version in which parts of a text can be looked for.
const LIKE_VERSION: u32 = 31;
/// The version in which backups are counted.
const COUNT_VERSION: u32 = 45;
/// A version later than all.
const LATEST_VERSION: u32 = u32::MAX;

/// A page of a list.
struct Found<'s> {
    backups: Vec<(u64, &'s Backup)>,
    links: Option<Vec<model::Link>>,
    /// How many fit, on all pages, if that was asked for.
    count: Option<i64>,
}

pub(super) fn list_backups(
    service: &mut Vbs,
    call: &Call,
    input: model::ListBackupsInput,
) -> Result<model::ListBackupsOutput, Refusal> {
    let mut query = model::ListBackupDetailsInput::default();
    query.name = input.name;
    query.status = input.status;
    query.offset = input.offset;
    query.limit = input.limit;
    query.volume_id = input.volume_id;
    query.include_count = input.include_count;
    query.name_like = input.name_like;
    query.status_like = input.status_like;
    query.volume_id_like = input.volume_id_like;
    query.openstack_api_version = input.openstack_api_version;
    let found = service.find(call, query, "backups")?;
    let backups = found.backups.into_iter().map(|(_, backup)| {
        let summary = model::BackupSummary::builder()
            .id(backup.id.as_str())
            .name(backup.name.as_str())
            .links(backup.links()?);
        summary.build().map_err(faulty)
    });
    let backups = backups.collect::<Result<Vec<_>, _>>()?;
    let reply = model::ListBackupsOutput::builder().backups(backups);
    let mut reply = reply.build().map_err(faulty)?;
    reply.backups_links = found.links;
    reply.count = found.count;
    Ok(reply)
}

pub(super) fn list_backup_details(
    service: &mut Vbs,
    call: &Call,
    input: model::ListBackupDetailsInput,
) -> Result<model::ListBackupDetailsOutput, Refusal> {
    let found = service.find(call, input, "backups/detail")?;
    let backups = found.backups.into_iter();
    let backups = backups.map(|(number, backup)| service.described(number, backup));
    let backups = backups.collect::<Result<Vec<_>, _>>()?;
    let reply = model::ListBackupDetailsOutput::builder().backups(backups);
    let mut reply = reply.build().map_err(faulty)?;
    reply.backups_links = found.links;
    reply.count = found.count;
    Ok(reply)
}

impl Vbs {
    /// A page of the backups that fit, the newest first.
    fn find(
        &self,
        call: &Call,
        mut query: model::ListBackupDetailsInput,
        path: &str,
    ) -> Result<Found<'_>, Refusal> {
        let version = minor_version(query.openstack_api_version.as_deref())?;
        if version < LIKE_VERSION {
            // What an older version does not know it passes over.
            query.name_like = None;
            query.status_like = None;
            query.volume_id_like = None;
        }
        let offset = natural("offset", query.offset, 0)?;
        let limit = natural("limit", query.limit, LARGEST_PAGE)?.min(LARGEST_PAGE);
        let backups = self.backups.iter().rev();
        let own = backups.filter(|(_, it)| it.project_id == call.project_id);
        let fitting = own.filter(|(_, backup)| fits(&query, backup));
        let (backups, count) = page(fitting, offset, limit);
        let length = i64::try_from(backups.len()).unwrap_or(i64::MAX);
        let links = match backups.last() {
            // As in OpenStack, a page that is full has the link even if nothing comes after it.
            Some((_, last)) if length == limit => {
                let next = format!(
                    "{}/{path}?limit={limit}&offset={}&marker={}",
                    call.project_id,
                    offset.saturating_add(length),
                    last.id
                );
                Some(vec![link("next", &next)?])
            }
            _ => None,
        };
        let is_counted = query.include_count == Some(true) && version >= COUNT_VERSION;
        Ok(Found {
            backups: backups
                .into_iter()
                .map(|(number, it)| (*number, it))
                .collect(),
            links,
            count: is_counted.then_some(count),
        })
    }
}

fn fits(query: &model::ListBackupDetailsInput, backup: &Backup) -> bool {
    let is = |wanted: &Option<String>, own: &str| wanted.as_deref().is_none_or(|it| it == own);
    let has = |part: &Option<String>, own: &str| {
        let part = part.as_deref();
        part.is_none_or(|part| own.contains(part))
    };
    is(&query.name, &backup.name)
        && is(&query.volume_id, &backup.volume_id)
        && query.status.as_ref().is_none_or(|it| *it == backup.status)
        && has(&query.name_like, &backup.name)
        && has(&query.volume_id_like, &backup.volume_id)
        && has(&query.status_like, backup.status.as_str())
}

fn natural(name: &str, number: Option<i64>, default: i64) -> Result<i64, Refusal> {
    match number.unwrap_or(default) {
        number @ 0.. => Ok(number),
        _ => Err(bad(format!("/query/{name}: cannot be negative"))),
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, INVALID, message)
}

/// The version that a call is made for: `volume 3.45` is 45, perhaps beside those of other services.
fn minor_version(header: Option<&str>) -> Result<u32, Refusal> {
    let versions = header.into_iter().flat_map(|text| text.split(','));
    let mut own = versions.filter_map(|version| version.trim().strip_prefix("volume "));
    let Some(version) = own.next() else {
        return Ok(0);
    };
    match version.split_once('.') {
        Some(("3", minor)) => minor.parse().ok(),
        None if version == "latest" => Some(LATEST_VERSION),
        _ => None,
    }
    .ok_or_else(|| bad("/header/OpenStack-API-Version: must be such as `volume 3.45`"))
}
