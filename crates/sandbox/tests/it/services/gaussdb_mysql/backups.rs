//! Deleting several backups, and the list of one instance's.

use cloudbackup_gaussdb_mysql_client::{Client, ListInstanceBackups, model};
use cloudbackup_sandbox::Sandbox;
use model::{BackupStatus, BackupType};

use super::super::{DAY, MADE, away, message_of, refused, seconds};
use super::{create, list, show, start};

/// Makes a backup and waits for it; its id.
pub(super) async fn made(sandbox: &Sandbox, client: &Client, instance: &str, name: &str) -> String {
    let (id, _) = create(client, instance, name).await.unwrap();
    sandbox.advance(MADE);
    id
}

#[tokio::test]
async fn several_backups_are_deleted_and_those_that_were_not_are_named() {
    let (sandbox, client, instance) = start().await;
    let first = made(&sandbox, &client, &instance, "first").await;
    let second = made(&sandbox, &client, &instance, "second").await;
    let all = list(&client).await;
    let scheduled = all.iter().find(|it| it.r#type == Some(BackupType::Auto));
    let scheduled = scheduled.unwrap().id.clone().unwrap();
    let (building, _) = create(&client, &instance, "third").await.unwrap();
    let ids = [&first, "none", &scheduled, &building, &second, &first];
    let reply = client
        .delete_backups()
        .backup_ids(ids)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (reply.success_count, reply.failed_count),
        (Some(2), Some(4))
    );
    let failed = reply.failed_results.unwrap();
    let told: Vec<(&str, &str)> = failed
        .iter()
        .map(|it| {
            assert!(it.error_msg.as_ref().unwrap().len() > 10);
            let (id, code) = (it.backup_id.as_deref(), it.error_code.as_deref());
            (id.unwrap(), code.unwrap())
        })
        .collect();
    let expected = [
        ("none", "DBS.201203"),
        (scheduled.as_str(), "DBS.201204"),
        (building.as_str(), "DBS.201208"),
        (first.as_str(), "DBS.201203"),
    ];
    assert_eq!(told, expected);
    for id in [&first, &second] {
        assert_eq!(show(&client, id).await, None);
    }
    assert!(show(&client, &scheduled).await.is_some());

    let none: [&str; 0] = [];
    let reply = client
        .delete_backups()
        .backup_ids(none)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (reply.success_count, reply.failed_count),
        (Some(0), Some(0))
    );
    assert_eq!(reply.failed_results, Some(Vec::new()));
    let call = client.delete_backups().backup_ids(vec!["none"; 51]);
    let error = call.with_validation(false).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "DBS.280001"));
    let elsewhere: Client = away(&sandbox);
    let reply = elsewhere
        .delete_backups()
        .backup_ids([&building])
        .send()
        .await;
    assert_eq!(reply.unwrap().failed_count, Some(1));
}

#[tokio::test]
async fn list_of_an_instance_tells_other_things_of_its_full_backups() {
    let (sandbox, client, instance) = start().await;
    let call = client.create_backup().instance_id(&instance).name("night");
    let made = call.description("before the change").send().await.unwrap();
    let id = made.backup.unwrap().id.unwrap();
    let first = async || {
        let reply = client
            .list_instance_backups(&instance)
            .send()
            .await
            .unwrap();
        assert_eq!(reply.total_count.as_deref(), Some("2"), "a text");
        reply.backups.unwrap().remove(0)
    };
    let building = first().await;
    assert_eq!(building.id, Some(id));
    assert_eq!(building.status, Some(BackupStatus::Building));
    assert_eq!((building.size, building.size_unit), (None, None));
    assert_eq!(building.created, building.updated);
    sandbox.advance(MADE);
    let listed = first().await;
    assert_eq!(listed.name.as_deref(), Some("night"));
    assert_eq!(listed.description.as_deref(), Some("before the change"));
    assert_eq!(listed.instance_id.as_deref(), Some(instance.as_str()));
    assert!(listed.instance_name.is_some());
    assert_eq!(listed.status, Some(BackupStatus::Completed));
    assert_eq!(listed.size.as_deref(), Some("2870272"), "2803 MB as a text");
    assert_eq!(listed.size_unit.as_deref(), Some("KB"));
    let [created, updated] = [&listed.created, &listed.updated];
    assert_eq!(seconds(updated.as_ref()) - seconds(created.as_ref()), 90);
    assert_eq!(listed.backup_type, Some(model::BackupMethod::Snapshot));
    assert_eq!(listed.backup_method, listed.backup_type);
    assert_eq!(listed.backup_level, None);
}

/// The names that a list has, but for those that the service made up.
async fn names(call: ListInstanceBackups) -> Vec<String> {
    let backups = call.send().await.unwrap().backups.unwrap().into_iter();
    let names = backups.map(|it| it.name.unwrap());
    names
        .map(|name| match name.starts_with("sandbox-") {
            true => "auto".to_owned(),
            false => name,
        })
        .collect()
}

#[tokio::test]
async fn list_of_an_instance_is_sorted_and_sifted() {
    let (sandbox, client, instance) = start().await;
    for name in ["night-b", "day-1", "night-a"] {
        made(&sandbox, &client, &instance, name).await;
    }
    sandbox.advance(DAY);
    let spare = &sandbox.inventory().gaussdb_mysql_spare_instance;
    made(&sandbox, &client, spare, "another").await;
    let call = client.list_instance_backups(&instance);
    let newest = ["auto", "night-a", "day-1", "night-b", "auto"];
    assert_eq!(names(call.clone()).await, newest);
    let by = |key: &str, order: &str| call.clone().order_field(key).order_rule(order);
    let mut oldest = newest;
    oldest.reverse();
    assert_eq!(names(by("beginTime", "asc")).await, oldest);
    assert_eq!(names(by("beginTime", "desc")).await, newest);
    assert_eq!(names(call.clone().order_field("beginTime")).await, newest);
    assert_eq!(names(call.clone().order_rule("asc")).await, oldest);
    let by_name = ["day-1", "night-a", "night-b", "auto", "auto"];
    assert_eq!(names(by("name", "asc")).await, by_name);
    let by_type = ["auto", "auto", "night-a", "day-1", "night-b"];
    assert_eq!(names(by("type", "asc")).await, by_type);

    let sifted = call.clone().filter_field("name").filter_content("night");
    assert_eq!(names(sifted.clone()).await, ["night-a", "night-b"]);
    let reply = sifted.limit("1").offset("1").send().await.unwrap();
    assert_eq!(reply.total_count.as_deref(), Some("2"));
    assert_eq!(reply.backups.unwrap()[0].name.as_deref(), Some("night-b"));
    assert_eq!(names(call.clone().filter_content("none")).await.len(), 0);

    for (call, place) in [
        (call.clone().limit("0"), "/query/limit"),
        (call.clone().limit("101"), "/query/limit"),
        (call.clone().offset("-1"), "/query/offset"),
        (call.clone().order_field("size"), "/query/order_field"),
        (call.clone().order_rule("ASC"), "/query/order_rule"),
        (call.clone().filter_field("id"), "/query/filter_field"),
    ] {
        let error = call.with_validation(false).send().await.unwrap_err();
        assert!(message_of(&error).contains(place), "{error}");
    }
    for (client, instance) in [(&client, "none"), (&away(&sandbox), &instance)] {
        let error = client.list_instance_backups(instance).send().await;
        assert_eq!(refused(&error.unwrap_err()), (400, "DBS.200002"));
    }
}
