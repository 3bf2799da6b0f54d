//! Copies of RDS backups in another region.

use cloudbackup_rds_client::{Client, model};
use cloudbackup_runtime::Error;
use cloudbackup_sandbox::Sandbox;
use model::{BackupStatus, BackupType, PolicyBackupType};

use super::super::{
    AWAY, CENTURY, COPIED, DAY, HOUR, MADE, MINUTE, assert_suffixed, at, at_ten, away, client_in,
    message_of, project, refused, seconds,
};
use super::{create, ids, list, of_kind, show, start, wrong};

/// The copies of backups of this kind, in the region of the client.
async fn copies(client: &Client, instance: &str, kind: BackupType) -> Vec<model::Backup> {
    let call = client.list_offsite_backups().instance_id(instance);
    let reply = call.backup_type(kind.clone()).send().await.unwrap();
    let backups = reply.backups.unwrap();
    assert!(
        backups
            .iter()
            .all(|it| it.backup_type == Some(kind.clone()))
    );
    backups
}

/// A policy for copies in the other region.
fn policy(
    sandbox: &Sandbox,
    kind: PolicyBackupType,
    days: i64,
    region: &str,
) -> model::NewOffsiteBackupPolicy {
    model::NewOffsiteBackupPolicy::builder()
        .backup_type(kind)
        .keep_days(days)
        .destination_region(region)
        .destination_project_id(project(sandbox, region))
        .build()
}

async fn set(
    client: &Client,
    instance: &str,
    policy: model::NewOffsiteBackupPolicy,
) -> Result<(), Error> {
    let call = client.update_offsite_backup_policy(instance);
    call.policy_para(policy).send().await.map(|_| ())
}

/// Kind, days and region of each entry of the policy in force.
async fn in_force(client: &Client, instance: &str) -> Vec<(String, i64, String)> {
    let reply = client.show_offsite_backup_policy(instance).send().await;
    let entries = reply.unwrap().policy_para.unwrap().into_iter();
    let told = entries.map(|entry| {
        let kind = entry.backup_type.unwrap().to_string();
        let region = entry.destination_region.unwrap();
        (kind, entry.keep_days.unwrap(), region)
    });
    told.collect()
}

fn entry(kind: &str, days: i64, region: &str) -> (String, i64, String) {
    (kind.to_owned(), days, region.to_owned())
}

#[tokio::test]
async fn policy_is_read_back_by_kind_and_zero_days_switch_a_kind_off() {
    let (sandbox, client, instance) = start().await;
    assert_eq!(in_force(&client, &instance).await, []);
    let wanted = |kind, days| policy(&sandbox, kind, days, AWAY);
    set(&client, &instance, wanted(PolicyBackupType::Incremental, 3))
        .await
        .unwrap();
    let incremental = entry("incremental", 3, AWAY);
    assert_eq!(
        in_force(&client, &instance).await,
        std::slice::from_ref(&incremental)
    );
    set(&client, &instance, wanted(PolicyBackupType::Auto, 9))
        .await
        .unwrap();
    let both = [entry("auto", 9, AWAY), incremental.clone()];
    assert_eq!(in_force(&client, &instance).await, both);
    set(&client, &instance, wanted(PolicyBackupType::Auto, 0))
        .await
        .unwrap();
    assert_eq!(in_force(&client, &instance).await, [incremental]);
    set(&client, &instance, wanted(PolicyBackupType::All, 1825))
        .await
        .unwrap();
    let both = [entry("auto", 1825, AWAY), entry("incremental", 1825, AWAY)];
    assert_eq!(in_force(&client, &instance).await, both);
    let reply = client.show_offsite_backup_policy(&instance).send().await;
    let shown = reply.unwrap().policy_para.unwrap().remove(0);
    assert_eq!(shown.destination_project_id, Some(project(&sandbox, AWAY)));
    set(&client, &instance, wanted(PolicyBackupType::All, 0))
        .await
        .unwrap();
    assert_eq!(in_force(&client, &instance).await, []);
}

#[tokio::test]
async fn destination_of_a_policy_in_force_stays_until_it_is_switched_off() {
    let builder = at_ten(Sandbox::builder()).regions(["home", "near", "far"]);
    let sandbox = builder.start().await.unwrap();
    let client: Client = sandbox.client().unwrap();
    let instance = &sandbox.inventory().rds_instance;
    let wanted = |days, region| policy(&sandbox, PolicyBackupType::All, days, region);
    let kept = |days, region| {
        [
            entry("auto", days, region),
            entry("incremental", days, region),
        ]
    };
    set(&client, instance, wanted(5, "near")).await.unwrap();
    set(&client, instance, wanted(6, "far")).await.unwrap();
    assert_eq!(in_force(&client, instance).await, kept(6, "near"));
    set(&client, instance, wanted(0, "far")).await.unwrap();
    set(&client, instance, wanted(7, "far")).await.unwrap();
    assert_eq!(in_force(&client, instance).await, kept(7, "far"));

    sandbox.advance(DAY);
    let (near, far) = (client_in(&sandbox, "near"), client_in(&sandbox, "far"));
    assert_eq!(copies(&near, instance, BackupType::Auto).await, []);
    assert_eq!(copies(&far, instance, BackupType::Auto).await.len(), 1);
}

#[tokio::test]
async fn policies_to_wrong_places_and_of_unknown_instances_are_refused() {
    let (sandbox, client, instance) = start().await;
    let with = |region: &str, project: &str| {
        model::NewOffsiteBackupPolicy::builder()
            .backup_type(PolicyBackupType::All)
            .keep_days(7)
            .destination_region(region)
            .destination_project_id(project)
            .build()
    };
    let (home_project, away_project) = (project(&sandbox, "eu-de"), project(&sandbox, AWAY));
    for (region, project) in [
        ("nowhere", away_project.as_str()),
        (AWAY, "nobody"),
        (AWAY, &home_project),
        ("eu-de", &home_project),
        ("", ""),
    ] {
        let error = set(&client, &instance, with(region, project))
            .await
            .unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"), "{region} {project}");
        assert!(message_of(&error).contains("destination"));
    }
    assert_eq!(in_force(&client, &instance).await, []);

    let right = with(AWAY, &away_project);
    let error = set(&client, "nonein01", right.clone()).await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.200002"));
    let error = client
        .show_offsite_backup_policy("none")
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.200002"));
    let mut long = right.clone();
    (long.keep_days, long.backup_type) = (Some(1826), Some("manual".into()));
    let call = client.update_offsite_backup_policy(&instance);
    let call = call.policy_para(long).with_validation(false);
    let message = wrong(call.send()).await;
    assert!(message.contains("keep_days") && message.contains("backup_type"));
    let error = set(&away(&sandbox), &instance, right).await.unwrap_err();
    assert_eq!(refused(&error), (404, "DBS.200002"), "not its region");
}

#[tokio::test]
async fn copies_of_later_scheduled_backups_appear_in_the_other_region_only() {
    let (sandbox, client, instance) = start().await;
    let elsewhere: Client = away(&sandbox);
    let wanted = policy(&sandbox, PolicyBackupType::All, 2, AWAY);
    set(&client, &instance, wanted).await.unwrap();
    create(&client, &instance, "by-hand").await.unwrap();
    sandbox.advance(HOUR);
    let none = copies(&elsewhere, &instance, BackupType::Auto).await;
    assert_eq!(none, [], "neither earlier ones nor those of callers");

    sandbox.advance(4 * HOUR + MINUTE / 2 + MADE);
    let building = copies(&elsewhere, &instance, BackupType::Incremental).await;
    assert_eq!(building.len(), 1);
    assert_eq!(building[0].status, Some(BackupStatus::Building));
    sandbox.advance(COPIED);
    let copy = copies(&elsewhere, &instance, BackupType::Incremental)
        .await
        .remove(0);
    assert_eq!(copy.status, Some(BackupStatus::Completed));
    assert_eq!(copy.size, Some(3 * 1024));
    assert_suffixed(copy.id.as_deref(), "br01");
    assert_eq!(copy.instance_id.as_deref(), Some(instance.as_str()));
    let listed = list(&client, &instance).await;
    let source = of_kind(&listed, BackupType::Incremental)[0];
    assert_eq!(source.name, copy.name);
    assert_ne!(source.id, copy.id);
    assert!(!ids(&listed).contains(&copy.id.as_deref().unwrap()));
    assert_eq!(
        list(&elsewhere, &instance).await,
        [],
        "copies are in the other list"
    );
    assert_eq!(
        copies(&client, &instance, BackupType::Incremental).await,
        []
    );
    let error = elsewhere.delete_backup(copy.id.unwrap()).send().await;
    assert_eq!(refused(&error.unwrap_err()), (400, "DBS.201218"));

    sandbox.advance(DAY * 10);
    for kind in [BackupType::Auto, BackupType::Incremental] {
        let kept = copies(&elsewhere, &instance, kind).await;
        assert_eq!(kept.len(), 2, "of two days");
    }
    let off = policy(&sandbox, PolicyBackupType::All, 0, AWAY);
    set(&client, &instance, off).await.unwrap();
    assert_eq!(
        copies(&elsewhere, &instance, BackupType::Auto).await.len(),
        2
    );
    sandbox.advance(DAY);
    assert_eq!(
        copies(&elsewhere, &instance, BackupType::Auto).await.len(),
        1
    );
    sandbox.advance(DAY);
    assert_eq!(copies(&elsewhere, &instance, BackupType::Auto).await, []);
}

#[tokio::test]
async fn each_kind_of_copies_is_kept_as_long_as_its_own_policy_says() {
    let (sandbox, client, instance) = start().await;
    for (kind, days) in [
        (PolicyBackupType::Auto, 3),
        (PolicyBackupType::Incremental, 1),
    ] {
        let wanted = policy(&sandbox, kind, days, AWAY);
        set(&client, &instance, wanted).await.unwrap();
    }
    sandbox.advance(DAY * 20);
    let elsewhere: Client = away(&sandbox);
    assert_eq!(
        copies(&elsewhere, &instance, BackupType::Auto).await.len(),
        3
    );
    assert_eq!(
        copies(&elsewhere, &instance, BackupType::Incremental)
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn list_of_copies_is_filtered_and_paged() {
    let (sandbox, client, instance) = start().await;
    let wanted = policy(&sandbox, PolicyBackupType::All, 30, AWAY);
    set(&client, &instance, wanted).await.unwrap();
    sandbox.advance(DAY * 5);
    let elsewhere: Client = away(&sandbox);
    let all = copies(&elsewhere, &instance, BackupType::Auto).await;
    assert_eq!(all.len(), 5);
    let call = elsewhere.list_offsite_backups().instance_id(&instance);
    let call = call.backup_type(BackupType::Auto);
    let page = call.clone().offset(1).limit(2).send().await.unwrap();
    assert_eq!(page.total_count, Some(5));
    assert_eq!(ids(&page.backups.unwrap()), ids(&all)[1..3]);
    let one = call.clone().backup_id(ids(&all)[4]).send().await.unwrap();
    assert_eq!(
        (one.total_count, one.backups.unwrap()),
        (Some(1), vec![all[4].clone()])
    );
    let begin = seconds(all[3].begin_time.as_ref());
    let period = call.begin_time(at(begin)).end_time(at(begin + 86_399));
    let found = period.send().await.unwrap().backups.unwrap();
    assert_eq!(ids(&found), [ids(&all)[3]]);
}

#[tokio::test]
async fn years_ahead_the_schedule_goes_on_and_lists_stay_short() {
    let (sandbox, client, instance) = start().await;
    let elsewhere: Client = away(&sandbox);
    let wanted = policy(&sandbox, PolicyBackupType::All, 1825, AWAY);
    set(&client, &instance, wanted).await.unwrap();
    let before = seconds(list(&client, &instance).await[0].begin_time.as_ref());
    let mut jumped = 0;
    for (number, jump) in [DAY * 30, CENTURY, CENTURY].into_iter().enumerate() {
        sandbox.advance(jump);
        jumped += jump.as_secs() as i64;
        let listed = list(&client, &instance).await;
        let scheduled = of_kind(&listed, BackupType::Auto);
        assert!((7..=8).contains(&scheduled.len()), "{}", scheduled.len());
        let newest = seconds(scheduled[0].begin_time.as_ref());
        assert_eq!(newest, before + jumped, "at the same hour as ever");
        let call = elsewhere.list_offsite_backups().instance_id(&instance);
        let there = call.backup_type("auto").limit(1).send().await.unwrap();
        let expected = if number == 0 { 30 } else { 1825 };
        assert_eq!(there.total_count, Some(expected));

        let name = format!("after-jump-{number}");
        let made = create(&client, &instance, &name).await.unwrap().id.unwrap();
        sandbox.advance(MADE);
        let made = show(&client, &instance, &made).await.unwrap();
        assert_eq!(made.status, Some(BackupStatus::Completed));
    }
}

#[tokio::test]
async fn instances_are_listed_where_their_copies_are_until_the_last_one_is_gone() {
    let (sandbox, client, instance) = start().await;
    let elsewhere: Client = away(&sandbox);
    let there = async |client: &Client| {
        let reply = client.list_offsite_backup_instances().send().await.unwrap();
        let instances = reply.offsite_backup_instances.unwrap();
        assert_eq!(reply.total_count, Some(instances.len() as i64));
        instances
    };
    assert_eq!(there(&elsewhere).await, []);
    for (kind, days) in [
        (PolicyBackupType::Auto, 2),
        (PolicyBackupType::Incremental, 5),
    ] {
        let wanted = policy(&sandbox, kind, days, AWAY);
        set(&client, &instance, wanted).await.unwrap();
    }
    let listed = there(&elsewhere).await.remove(0);
    assert_eq!(listed.id.as_deref(), Some(instance.as_str()));
    assert_eq!(listed.name.as_deref(), Some("sandbox-mysql"));
    assert_eq!(listed.source_region.as_deref(), Some("eu-de"));
    assert_eq!(listed.source_project_id, Some(project(&sandbox, "eu-de")));
    assert_eq!(listed.destination_region.as_deref(), Some(AWAY));
    assert_eq!(listed.destination_project_id, Some(project(&sandbox, AWAY)));
    assert_eq!(listed.datastore.unwrap().version.as_deref(), Some("8.0"));
    assert_eq!(listed.keep_days, Some(5), "the longer time");
    assert_eq!(there(&client).await, [], "not at home");

    sandbox.advance(DAY);
    let off = policy(&sandbox, PolicyBackupType::All, 0, AWAY);
    set(&client, &instance, off).await.unwrap();
    assert_eq!(there(&elsewhere).await[0].keep_days, Some(0));
    sandbox.advance(DAY * 5);
    assert_eq!(there(&elsewhere).await, []);
}
