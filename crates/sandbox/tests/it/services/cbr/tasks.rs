//! The operation log of CBR.

use std::time::Duration;

use cloudbackup_core::time::Timestamp;

use super::super::{AWAY, DAY, HOUR, MADE, project, refused};
use super::support::{World, create_vault, new_vault};
use super::{model, seconds};
use model::OperationStatus;

#[tokio::test]
async fn task_of_a_backup_tells_its_progress_and_what_it_is_about() {
    let world = World::new().await;
    assert_eq!(world.tasks("backup").await, [], "nothing was done yet");
    let checkpoint = world.back_up().await.id;
    world.sandbox.advance(Duration::from_secs(45));
    let task = world.task("backup").await;
    assert_eq!(task.status, Some(OperationStatus::Running));
    assert_eq!((&task.checkpoint_id, &task.policy_id), (&checkpoint, &None));
    assert_eq!(task.project_id, Some(project(&world.sandbox, "eu-de")));
    assert_eq!(task.vault_id.as_ref(), Some(&world.there.cbr_vault));
    assert_eq!(task.vault_name.as_deref(), Some("sandbox-vault"));
    let provider = "0daac4c5-6707-4851-97ba-169e36266b66";
    assert_eq!(task.provider_id.as_deref(), Some(provider));
    let why = task.error_info.unwrap();
    assert_eq!(
        (why.code.as_deref(), why.message.as_deref()),
        (Some(""), Some(""))
    );
    let details = task.extra_info.unwrap();
    let resource = details.resource.unwrap();
    assert_eq!(resource.id.as_ref(), Some(&world.there.cbr_server));
    let common = details.common.unwrap();
    assert!((50..60).contains(&common.progress.unwrap()), "{common:?}");
    assert!(common.request_id.unwrap().starts_with("req-"));
    let backup = details.backup.unwrap();
    assert_eq!(backup.backup_id, world.backups().await[0].id);
    assert_eq!(backup.incremental.as_deref(), Some("true"));
    assert!(backup.backup_name.unwrap().starts_with("manualbk_"));
    let others = (details.restore, details.delete, details.replication);
    assert_eq!(others, (None, None, None), "of the kind of task only");

    world.sandbox.advance(MADE);
    let id = task.id.unwrap();
    let over = world.home.show_operation_log(&id).send().await.unwrap();
    let over = over.operation_log.unwrap();
    assert_eq!(over.status, Some(OperationStatus::Success));
    assert_eq!(over.updated_at, over.ended_at);
    let began = seconds(over.created_at.as_ref());
    assert_eq!(seconds(over.ended_at.as_ref()), began + 90);
    let error = world.away.show_operation_log(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6500"), "not of there");
}

#[tokio::test]
async fn tasks_are_found_by_what_they_are_about() {
    let world = World::new().await;
    let began = 1_716_285_600;
    let mut wanted = new_vault("of-department", "server", 100);
    wanted.enterprise_project_id = Some("department".to_owned());
    let other = create_vault(&world.home, wanted).await.unwrap().id.unwrap();
    world.back_up().await;
    world.sandbox.advance(HOUR);
    let call = world.home.replicate_checkpoint();
    let target = world.target(&world.there.cbr_vault);
    call.replicate(target).send().await.unwrap();
    world.sandbox.advance(HOUR);
    world.home.delete_vault(&other).send().await.unwrap();
    let call = world.home.list_operation_logs();
    let away = project(&world.sandbox, AWAY);
    let utc = |seconds: i64| Timestamp::from_unix(seconds, 0);
    let (all, other_call) = (call.clone(), call.clone());
    for (found, expected) in [
        (all, "vrrb"),
        (other_call.limit(2), "vr"),
        (call.clone().limit(2).offset(3), "b"),
        (call.clone().operation_type("replication"), "rr"),
        (call.clone().operation_type("copy"), ""),
        (call.clone().status("running"), "v"),
        (call.clone().status("success"), "rrb"),
        (call.clone().vault_id(&world.there.cbr_vault), "rrb"),
        (call.clone().vault_name("of-department"), "v"),
        (call.clone().resource_id(&world.there.cbr_server), "rrb"),
        (call.clone().resource_name("sandbox-server"), "rrb"),
        (call.clone().resource_name("sandbox"), ""),
        (
            call.clone()
                .provider_id("0daac4c5-6707-4851-97ba-169e36266b66"),
            "vrrb",
        ),
        (
            call.clone()
                .provider_id("d1603440-187d-4516-af25-121250c7cc97"),
            "",
        ),
        (call.clone().enterprise_project_id("department"), "v"),
        (call.clone().enterprise_project_id("0"), "rrb"),
        (
            call.clone().enterprise_project_id("all_granted_eps"),
            "vrrb",
        ),
        (call.clone().destination_region(AWAY), "rr"),
        (call.clone().destination_region("eu-de"), ""),
        (call.clone().destination_project_id(away), "rr"),
        (call.clone().start_time(utc(began + 3600)), "vrr"),
        (call.clone().end_time(utc(began + 1800)), "b"),
        (
            call.clone()
                .start_time(utc(began + 3600))
                .end_time(utc(began + 3700)),
            "rr",
        ),
    ] {
        let shown = format!("{found:?}");
        let tasks = found.send().await.unwrap().operation_logs.unwrap();
        let kinds = tasks.into_iter().map(|it| it.operation_type.unwrap());
        let first: String = kinds.map(|it| it.as_str()[..1].to_owned()).collect();
        assert_eq!(first, expected, "{shown}");
    }
    let reply = call.limit(5000).send().await.unwrap();
    assert_eq!((reply.limit, reply.offset), (Some(1000), Some(0)));
    assert_eq!(reply.count, Some(4));
}

#[tokio::test]
async fn tasks_are_told_for_thirty_days() {
    let world = World::new().await;
    world.back_up().await;
    let id = world.task("backup").await.id.unwrap();
    world.sandbox.advance(30 * DAY - HOUR);
    world.home.show_operation_log(&id).send().await.unwrap();
    world.sandbox.advance(2 * HOUR);
    let error = world.home.show_operation_log(&id).send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "BackupService.6500"));
    assert_eq!(world.tasks("backup").await, []);
}
