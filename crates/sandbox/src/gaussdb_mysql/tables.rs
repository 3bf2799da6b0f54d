//! The tables of instances, and bringing back single ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cloudbackup_gaussdb_mysql_model as model;
use serde::{Deserialize, Serialize};

use super::GaussDbMySql;
use crate::clock::Moment;
use crate::database::{millis, wrong};
use crate::gateway::Call;
use crate::refusal::{Refusal, faulty};

/// The tables of an instance, by their databases.
pub(super) type Databases = BTreeMap<String, BTreeSet<String>>;

/// What tables there are and were.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tables {
    /// By instance, what there is from a moment on, in the order of time. Those of which nothing
    /// stands here have what all have from the start. A moment may be one to come: what a task
    /// leaves behind is known when it starts.
    changed: BTreeMap<String, Vec<(Moment, Databases)>>,
}

impl Tables {
    /// What an instance held at a moment.
    pub(super) fn at(&self, instance_id: &str, moment: Moment) -> Databases {
        let changed = self.changed.get(instance_id).map_or(&[][..], Vec::as_slice);
        let mut until_then = changed.iter().rev().filter(|(from, _)| *from <= moment);
        match until_then.next() {
            Some((_, databases)) => databases.clone(),
            None => at_first(),
        }
    }

    /// Says what an instance will hold from a moment on.
    pub(super) fn become_at(&mut self, instance_id: &str, from: Moment, databases: Databases) {
        let changed = self.changed.entry(instance_id.to_owned()).or_default();
        // Nobody can go back further than backups are kept at most.
        let oldest = from.before(Duration::from_secs(733 * 24 * 3600));
        let last = changed.iter().rposition(|(from, _)| *from <= oldest);
        changed.drain(..last.unwrap_or(0));
        changed.push((from, databases));
    }
}

/// What is in every instance from the start.
fn at_first() -> Databases {
    let database = |name: &str, tables: &[&str]| {
        let tables = tables.iter().map(|&table| table.to_owned());
        (name.to_owned(), tables.collect())
    };
    BTreeMap::from([
        database("shop", &["customers", "orders", "products"]),
        database("statistics", &["visits"]),
    ])
}

/// The moment that tables are brought back to.
fn wanted_moment(
    service: &GaussDbMySql,
    call: &Call,
    instance_id: &str,
    place: &str,
    text: Option<&str>,
) -> Result<Moment, Refusal> {
    let periods = service.store.periods(call, instance_id, None)?;
    let moment = millis(text).filter(|moment| periods.iter().any(|period| period.holds(*moment)));
    let must = "must be a moment that the instance can be brought back to";
    moment.ok_or_else(|| wrong(&format!("{place}/restore_time"), must))
}

pub(super) fn list_restorable_tables(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::ListRestorableTablesInput,
) -> Result<model::ListRestorableTablesOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let time = input.restore_time.as_deref();
    let then = wanted_moment(service, call, &instance, "/query", time)?;
    let moment = match input.last_table_info {
        Some(model::TableState::Latest) => call.now,
        _ => then,
    };
    let fits = |wanted: &Option<String>, own: &str| {
        wanted.as_deref().is_none_or(|wanted| own.contains(wanted))
    };
    let mut found = Vec::new();
    for (name, tables) in service.tables.at(&instance, moment) {
        let tables = tables.into_iter();
        let tables = tables.filter(|table| fits(&input.table_name, table));
        let tables = tables.map(|table| {
            let table = model::RestorableTable::builder().name(table);
            table.build().map_err(faulty)
        });
        let tables = tables.collect::<Result<Vec<_>, Refusal>>()?;
        if fits(&input.database_name, &name) && !tables.is_empty() {
            let database = model::RestorableDatabase::builder()
                .name(name)
                .total_tables(count(tables.len()))
                .tables(tables);
            found.push(database.build().map_err(faulty)?);
        }
    }
    let reply = model::ListRestorableTablesOutput::builder();
    let reply = reply.total_databases(count(found.len()));
    reply.databases(found).build().map_err(faulty)
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

pub(super) fn restore_tables(
    service: &mut GaussDbMySql,
    call: &Call,
    input: model::RestoreTablesInput,
) -> Result<model::RestoreTablesOutput, Refusal> {
    let instance = input.instance_id.unwrap_or_default();
    let time = input.restore_time.as_deref();
    let then = wanted_moment(service, call, &instance, "/body", time)?;
    let held = service.tables.at(&instance, then);
    let mut now = service.tables.at(&instance, call.now);
    let named = match input.last_table_info {
        Some(model::TableState::Latest) => now.clone(),
        _ => held.clone(),
    };
    let wanted = input.restore_tables.unwrap_or_default();
    if wanted.is_empty() {
        return Err(wrong("/body/restore_tables", "must name tables"));
    }
    for (number, database) in wanted.into_iter().enumerate() {
        let place = format!("/body/restore_tables/{number}");
        add(database, &place, &[&named, &held], &mut now)?;
    }
    let job = service.store.restore_tables(call, &instance)?;
    if !call.fails {
        service.tables.become_at(&instance, job.due, now);
    }
    let reply = model::RestoreTablesOutput::builder().job_id(job.id);
    reply.build().map_err(faulty)
}

/// Adds tables under their new names to those that there are. Their old names must be among each
/// of `known`.
fn add(
    wanted: model::DatabaseToRestore,
    place: &str,
    known: &[&Databases],
    there: &mut Databases,
) -> Result<(), Refusal> {
    let database = wanted.database.unwrap_or_default();
    let tables = wanted.tables.unwrap_or_default();
    if tables.is_empty() {
        return Err(wrong(&format!("{place}/tables"), "must name tables"));
    }
    for (number, table) in tables.into_iter().enumerate() {
        let place = format!("{place}/tables/{number}");
        let old = table.old_name.unwrap_or_default();
        let holds = |databases: &Databases| {
            let tables = databases.get(&database);
            tables.is_some_and(|tables| tables.contains(&old))
        };
        if !known.iter().all(|databases| holds(databases)) {
            let must = "must be a table that can be brought back";
            return Err(wrong(&format!("{place}/old_name"), must));
        }
        let new = table.new_name.unwrap_or_default();
        let there = there.entry(database.clone()).or_default();
        if new.is_empty() || !there.insert(new) {
            let must = "must be a name that no table has";
            return Err(wrong(&format!("{place}/new_name"), must));
        }
    }
    Ok(())
}
