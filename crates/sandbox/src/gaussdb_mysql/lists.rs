//! Lists of backups.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use cloudbackup_gaussdb_mysql_model as model;

use super::GaussDbMySql;
use crate::database::{Backup, Filter, Kind, Progress, moment, wrong};
use crate::gateway::Call;
use crate::page::page;
use crate::refusal::{Refusal, faulty};

/// The number in a text of a query; its range stands in no pattern, so it is checked here.
fn number(
    name: &str,
    text: Option<&str>,
    default: i64,
    range: RangeInclusive<i64>,
) -> Result<i64, Refusal> {
    let Some(text) = text else { return Ok(default) };
    // Digits that are no number are too many of them.
    let number = text.parse().unwrap_or(i64::MAX);
    if range.contains(&number) {
        return Ok(number);
    }
    let (least, most) = range.into_inner();
    let must = format!("must be a number from {least} to {most}");
    Err(wrong(&format!("/query/{name}"), &must))
}

pub(super) fn list_backups(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ListBackupsInput,
) -> Result<model::ListBackupsOutput, Refusal> {
    let offset = number("offset", input.offset.as_deref(), 0, 0..=i64::MAX)?;
    let limit = number("limit", input.limit.as_deref(), 100, 1..=100)?;
    let kinds: &[Kind] = match input.backup_type {
        Some(model::BackupType::Auto) => &[Kind::Auto],
        Some(model::BackupType::Manual) => &[Kind::Manual],
        _ => &[Kind::Auto, Kind::Manual],
    };
    let filter = Filter {
        instance_id: input.instance_id.as_deref(),
        instance_name: input.instance_name.as_deref(),
        backup_id: input.backup_id.as_deref(),
        name: input.name.as_deref(),
        kinds: Some(kinds),
        from: moment(input.begin_time.as_ref()),
        to: moment(input.end_time.as_ref()),
        ..Filter::default()
    };
    let (backups, total) = page(service.store.find(call, &filter), offset, limit);
    let backups: Result<Vec<_>, _> = backups.into_iter().map(described).collect();
    let reply = model::ListBackupsOutput::builder().total_count(total);
    reply.backups(backups?).build().map_err(faulty)
}

fn status(progress: Progress) -> model::BackupStatus {
    match progress {
        Progress::Running => model::BackupStatus::Building,
        Progress::Completed => model::BackupStatus::Completed,
        Progress::Failed => model::BackupStatus::Failed,
    }
}

fn described(backup: &Backup) -> Result<model::Backup, Refusal> {
    let datastore = model::Datastore::builder()
        .r#type(backup.instance.engine)
        .version(backup.instance.version);
    let described = model::Backup::builder()
        .id(backup.id.as_str())
        .name(backup.name.as_str())
        .description(backup.description.clone().unwrap_or_default())
        .begin_time(backup.begin.basic())
        .status(status(backup.progress))
        .r#type(match backup.kind {
            Kind::Manual => model::BackupType::Manual,
            Kind::Auto | Kind::Incremental => model::BackupType::Auto,
        })
        .datastore(datastore.build().map_err(faulty)?)
        .instance_id(backup.instance.id.as_str())
        .instance_name(backup.instance.name.as_str());
    let described = match backup.end {
        Some(end) => {
            let minutes = end.since(backup.begin).as_secs().div_ceil(60);
            described
                .end_time(end.basic())
                .take_up_time(i64::try_from(minutes).unwrap_or(i64::MAX))
                .size(f64::from(backup.size_mb))
        }
        None => described,
    };
    described.build().map_err(faulty)
}

/// The only list that can be sorted. Without a wish the newest comes first, as in the others.
pub(super) fn list_instance_backups(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ListInstanceBackupsInput,
) -> Result<model::ListInstanceBackupsOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let offset = number("offset", input.offset.as_deref(), 0, 0..=i64::MAX)?;
    let limit = number("limit", input.limit.as_deref(), 100, 1..=100)?;
    let filter = Filter {
        // The name is all that backups can be sifted by, whether it is said or not.
        name_holds: input.filter_content.as_deref(),
        kinds: Some(&[Kind::Auto, Kind::Manual]),
        is_copy: Some(false),
        ..Filter::default()
    };
    let store = &service.store;
    let found = store.find_of_instance(call, &instance, &filter)?;
    let mut found: Vec<&Backup> = found.collect();
    // Those that are alike stay in the order of the list.
    let order: fn(&Backup, &Backup) -> Ordering = match input.order_field {
        Some(model::BackupSortKey::Name) => |a, b| a.name.cmp(&b.name),
        Some(model::BackupSortKey::Type) => |a, b| a.kind.cmp(&b.kind),
        _ => |a, b| a.begin.cmp(&b.begin),
    };
    match input.order_rule {
        Some(model::SortOrder::Ascending) => found.sort_by(|a, b| order(a, b)),
        _ => found.sort_by(|a, b| order(b, a)),
    }
    let (backups, total) = page(found.into_iter(), offset, limit);
    let backups: Result<Vec<_>, _> = backups.into_iter().map(of_instance).collect();
    // A number in a text, in this list alone.
    let reply = model::ListInstanceBackupsOutput::builder().total_count(total.to_string());
    reply.backups(backups?).build().map_err(faulty)
}

fn of_instance(backup: &Backup) -> Result<model::InstanceBackup, Refusal> {
    let described = model::InstanceBackup::builder()
        .id(backup.id.as_str())
        .name(backup.name.as_str())
        .description(backup.description.clone().unwrap_or_default())
        .instance_id(backup.instance.id.as_str())
        .instance_name(backup.instance.name.as_str())
        .status(status(backup.progress))
        .created(backup.begin.basic())
        .updated(backup.end.unwrap_or(backup.begin).basic())
        .backup_type(model::BackupMethod::Snapshot)
        .backup_method(model::BackupMethod::Snapshot)
        .time_zone("UTC+00:00");
    let described = match backup.end {
        Some(_) => {
            let size = u64::from(backup.size_mb) * 1024;
            described.size(size.to_string()).size_unit("KB")
        }
        None => described,
    };
    described.build().map_err(faulty)
}

pub(super) fn list_incremental_backups(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ListIncrementalBackupsInput,
) -> Result<model::ListIncrementalBackupsOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let offset = number("offset", input.offset.as_deref(), 0, 0..=i64::MAX)?;
    let limit = input.limit.as_ref().map(|limit| limit.as_str());
    let limit = number("limit", limit, 10, 10..=50)?;
    let with_copies = input.display_offsite_backup == Some(true);
    let filter = Filter {
        kinds: Some(&[Kind::Incremental]),
        is_copy: (!with_copies).then_some(false),
        from: moment(input.begin_time.as_ref()),
        to: moment(input.end_time.as_ref()),
        ..Filter::default()
    };
    let store = &service.store;
    let found = store.find_of_instance(call, &instance, &filter)?;
    let (backups, total) = page(found, offset, limit);
    let backups: Result<Vec<_>, _> = backups.into_iter().map(incremental).collect();
    let reply = model::ListIncrementalBackupsOutput::builder().total_count(total);
    reply.backups(backups?).build().map_err(faulty)
}

fn incremental(backup: &Backup) -> Result<model::IncrementalBackup, Refusal> {
    let described = model::IncrementalBackup::builder()
        .id(backup.id.as_str())
        .name(backup.name.as_str())
        .begin_time(backup.begin.basic())
        .backup_type(match backup.is_copy {
            true => model::IncrementalBackupType::OffSiteLog,
            false => model::IncrementalBackupType::Log,
        })
        .instance_id(backup.instance.id.as_str());
    let described = match backup.end {
        // In KB, other than full backups.
        Some(end) => described
            .end_time(end.basic())
            .size(f64::from(backup.size_mb) * 1024.0),
        None => described,
    };
    described.build().map_err(faulty)
}
