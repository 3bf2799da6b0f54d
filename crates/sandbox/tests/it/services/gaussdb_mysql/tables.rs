//! Bringing back single tables.

use std::time::Duration;

use cloudbackup_core::builder::Set;
use cloudbackup_gaussdb_mysql_client::{Client, ListRestorableTables, model};
use cloudbackup_runtime::Error;
use cloudbackup_sandbox::Fault;
use model::{JobStatus, TableState};

use super::super::{HOUR, MINUTE, RESTORED, message_of, refused};
use super::backups::made;
use super::restore::times;
use super::{create, start, task};

/// More than it takes to restore tables.
const TABLES_RESTORED: Duration = Duration::from_secs(61);

/// All tables that a list has, as `database.table`.
async fn found(call: ListRestorableTables<Set, Set>) -> Vec<String> {
    let reply = call.send().await.unwrap();
    let databases = reply.databases.unwrap();
    assert_eq!(reply.total_databases, Some(databases.len() as i64));
    let mut found = Vec::new();
    for database in databases {
        let tables = database.tables.unwrap();
        assert_eq!(database.total_tables, Some(tables.len() as i64));
        let name = database.name.unwrap();
        let tables = tables.into_iter();
        found.extend(tables.map(|it| format!("{name}.{}", it.name.unwrap())));
    }
    found
}

/// The tables of one database to restore, by old and new names.
fn wanted(database: &str, tables: &[(&str, &str)]) -> model::DatabaseToRestore {
    let tables = tables.iter().map(|(old, new)| {
        let table = model::TableToRestore::builder().old_name(*old);
        table.new_name(*new).build()
    });
    let wanted = model::DatabaseToRestore::builder().database(database);
    wanted.tables(tables.collect::<Vec<_>>()).build()
}

async fn restore(
    client: &Client,
    instance: &str,
    time: i64,
    state: TableState,
    wanted: Vec<model::DatabaseToRestore>,
) -> Result<String, Error> {
    let call = client.restore_tables(instance).restore_tables(wanted);
    let call = call.restore_time(time.to_string()).last_table_info(state);
    Ok(call.send().await?.job_id.unwrap())
}

async fn latest(client: &Client, instance: &str) -> i64 {
    let times = times(client.list_restore_times(instance)).await;
    times.last().unwrap().1
}

const AT_FIRST: [&str; 4] = [
    "shop.customers",
    "shop.orders",
    "shop.products",
    "statistics.visits",
];

#[tokio::test]
async fn tables_are_restored_beside_those_that_there_are() {
    let (sandbox, client, instance) = start().await;
    let early = latest(&client, &instance).await;
    let tables = |time: i64, state: TableState| {
        let call = client.list_restorable_tables(&instance);
        call.restore_time(time.to_string()).last_table_info(state)
    };
    assert_eq!(
        found(tables(early, TableState::AtRestoreTime)).await,
        AT_FIRST
    );
    let shop = tables(early, TableState::AtRestoreTime).database_name("sho");
    assert_eq!(found(shop.clone()).await.len(), 3);
    let some = found(shop.table_name("er")).await;
    assert_eq!(some, ["shop.customers", "shop.orders"]);

    let databases = vec![
        wanted("shop", &[("orders", "orders_of_may"), ("products", "old")]),
        wanted("statistics", &[("visits", "visits_of_may")]),
    ];
    let job_id = restore(
        &client,
        &instance,
        early,
        TableState::AtRestoreTime,
        databases,
    );
    let job_id = job_id.await.unwrap();
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Running));
    let error = create(&client, &instance, "not-now").await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.201015"));
    let now = found(tables(early, TableState::Latest)).await;
    assert_eq!(now, AT_FIRST, "not yet");
    sandbox.advance(TABLES_RESTORED);
    let job = task(&client, &job_id).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Completed));
    let now = found(tables(early, TableState::Latest)).await;
    assert_eq!(
        now,
        [
            "shop.customers",
            "shop.old",
            "shop.orders",
            "shop.orders_of_may",
            "shop.products",
            "statistics.visits",
            "statistics.visits_of_may"
        ]
    );
    let then = found(tables(early, TableState::AtRestoreTime)).await;
    assert_eq!(then, AT_FIRST, "the past stays as it was");
    sandbox.advance(HOUR);
    let later = latest(&client, &instance).await;
    let then = found(tables(later, TableState::AtRestoreTime)).await;
    assert_eq!(then.len(), 7);
    let times = times(client.list_restore_times(&instance)).await;
    assert_eq!(times.len(), 1, "the other tables went on");
}

#[tokio::test]
async fn tables_are_refused_that_are_not_there_and_names_that_are_taken() {
    let (sandbox, client, instance) = start().await;
    let early = latest(&client, &instance).await;
    let add = vec![wanted("shop", &[("orders", "added")])];
    let job = restore(&client, &instance, early, TableState::Latest, add);
    task(&client, &job.await.unwrap()).await.unwrap();
    sandbox.advance(TABLES_RESTORED);
    for (state, databases, place) in [
        (TableState::Latest, vec![], "/body/restore_tables"),
        (TableState::Latest, vec![wanted("shop", &[])], "0/tables"),
        (
            TableState::AtRestoreTime,
            vec![wanted("shop", &[("orders", "fine"), ("none", "new")])],
            "0/tables/1/old_name",
        ),
        (
            TableState::AtRestoreTime,
            vec![
                wanted("shop", &[("orders", "fine")]),
                wanted("none", &[("visits", "new")]),
            ],
            "1/tables/0/old_name",
        ),
        // It is there now, and there was nothing of it then.
        (
            TableState::Latest,
            vec![wanted("shop", &[("added", "new")])],
            "0/tables/0/old_name",
        ),
        (
            TableState::Latest,
            vec![wanted("shop", &[("orders", "added")])],
            "0/tables/0/new_name",
        ),
        (
            TableState::Latest,
            vec![wanted("shop", &[("orders", "")])],
            "0/tables/0/new_name",
        ),
        (
            TableState::Latest,
            vec![wanted(
                "shop",
                &[("orders", "twice"), ("products", "twice")],
            )],
            "0/tables/1/new_name",
        ),
    ] {
        let error = restore(&client, &instance, early, state, databases).await;
        let error = error.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"));
        let message = message_of(&error);
        assert!(message.starts_with("/body/restore_tables"), "{message}");
        assert!(message.contains(place), "{place}: {message}");
    }
    let one = vec![wanted("shop", &[("orders", "new")])];
    for time in [0, early + 10 * 3_600_000] {
        let error = restore(&client, &instance, time, TableState::Latest, one.clone()).await;
        assert!(message_of(&error.unwrap_err()).contains("/body/restore_time"));
        let call = client
            .list_restorable_tables(&instance)
            .last_table_info("true");
        let error = call
            .restore_time(time.to_string())
            .send()
            .await
            .unwrap_err();
        assert!(message_of(&error).contains("/query/restore_time"));
    }
    let error = restore(&client, "none", early, TableState::Latest, one).await;
    assert_eq!(refused(&error.unwrap_err()), (400, "DBS.200002"));
    let call = client
        .list_restorable_tables("none")
        .last_table_info("true");
    let error = call.restore_time("5").send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.200002"));
}

#[tokio::test]
async fn nothing_is_added_when_restoring_tables_fails() {
    let (sandbox, client, instance) = start().await;
    let early = latest(&client, &instance).await;
    sandbox.fault(Fault::failed_job().on("gaussdb-mysql", "restore_tables"));
    for (status, count) in [(JobStatus::Failed, 4), (JobStatus::Completed, 5)] {
        let add = vec![wanted("shop", &[("orders", "added")])];
        let job = restore(&client, &instance, early, TableState::Latest, add);
        let job = job.await.unwrap();
        sandbox.advance(TABLES_RESTORED);
        let job = task(&client, &job).await.unwrap();
        assert_eq!(job.status, Some(status));
        let call = client
            .list_restorable_tables(&instance)
            .last_table_info("true");
        assert_eq!(
            found(call.restore_time(early.to_string())).await.len(),
            count
        );
    }
}

#[tokio::test]
async fn instance_that_is_restored_has_the_tables_of_its_source() {
    let (sandbox, client, instance) = start().await;
    let spare = sandbox.inventory().gaussdb_mysql_spare_instance.clone();
    let before = made(&sandbox, &client, &instance, "before").await;
    let early = latest(&client, &instance).await;
    let add = vec![wanted("shop", &[("orders", "added")])];
    let job = restore(&client, &instance, early, TableState::Latest, add);
    job.await.unwrap();
    sandbox.advance(TABLES_RESTORED);
    let after = made(&sandbox, &client, &instance, "after").await;
    // Until the spare instance can be asked, too.
    sandbox.advance(24 * HOUR);
    let tables = async |of: &str| {
        let call = client.list_restorable_tables(of).last_table_info("true");
        let moment = latest(&client, of).await;
        found(call.restore_time(moment.to_string())).await.len()
    };
    assert_eq!((tables(&instance).await, tables(&spare).await), (5, 4));
    for (backup, target, counts) in [
        (&after, &spare, (5, 5)),
        (&before, &instance, (4, 5)),
        (&before, &spare, (4, 4)),
        (&after, &instance, (5, 4)),
    ] {
        let call = client.restore_instance().r#type("backup").backup_id(backup);
        let call = call.source_instance_id(&instance);
        call.target_instance_id(target).send().await.unwrap();
        sandbox.advance(RESTORED);
        assert_eq!((tables(&instance).await, tables(&spare).await), counts);
        sandbox.advance(MINUTE * 10);
    }
}
