//! When openGauss instances are backed up by themselves.

use cloudbackup_gaussdb_opengauss_client::{Client, model};
use cloudbackup_runtime::Error;
use model::DifferentialPeriod;

use super::super::{DAY, HOUR, MINUTE, away, message_of, refused};
use super::{create, list, start};

const EVERY_DAY: &str = "1,2,3,4,5,6,7";

fn policy(
    days: i64,
    window: &str,
    period: &str,
    differential: DifferentialPeriod,
) -> model::NewBackupPolicy {
    let policy = model::NewBackupPolicy::builder().keep_days(days);
    let policy = policy.start_time(window).period(period);
    policy.differential_period(differential).build()
}

pub(super) async fn set(
    client: &Client,
    instance: &str,
    policy: model::NewBackupPolicy,
) -> Result<(), Error> {
    let call = client.update_backup_policy(instance).backup_policy(policy);
    call.send().await.map(|_| ())
}

pub(super) async fn keep(client: &Client, instance: &str, days: i64) {
    let wanted = policy(days, "09:00-10:00", EVERY_DAY, DifferentialPeriod::OneDay);
    set(client, instance, wanted).await.unwrap();
}

async fn in_force(client: &Client, instance: &str) -> model::BackupPolicy {
    let reply = client.show_backup_policy(instance).send().await.unwrap();
    reply.backup_policy.unwrap()
}

#[tokio::test]
async fn policy_is_read_back_with_defaults_for_what_was_left_out() {
    let (_sandbox, client, instance) = start().await;
    let first = in_force(&client, &instance).await;
    assert_eq!(first.keep_days, Some(7));
    assert_eq!(first.start_time.as_deref(), Some("09:00-10:00"));
    assert_eq!(first.period.as_deref(), Some(EVERY_DAY));
    assert_eq!(first.differential_period, Some(1440));
    assert_eq!(first.rate_limit, Some(75));
    assert_eq!(first.prefetch_block, Some(64));
    assert_eq!(first.file_split_size, Some(4));
    assert_eq!(first.enable_standby_backup, Some(false));

    let half_an_hour = DifferentialPeriod::ThirtyMinutes;
    let mut wanted = policy(36_500, "21:00-22:00", "2,4", half_an_hour);
    wanted.rate_limit = Some(0);
    wanted.prefetch_block = Some(8192);
    wanted.file_split_size = Some(1024);
    wanted.enable_standby_backup = Some(true);
    set(&client, &instance, wanted).await.unwrap();
    let shown = in_force(&client, &instance).await;
    assert_eq!(shown.keep_days, Some(36_500));
    assert_eq!(shown.start_time.as_deref(), Some("21:00-22:00"));
    assert_eq!(shown.period.as_deref(), Some("2,4"));
    assert_eq!(shown.differential_period, Some(30), "a number here");
    assert_eq!(shown.rate_limit, Some(0));
    assert_eq!(shown.prefetch_block, Some(8192));
    assert_eq!(shown.file_split_size, Some(1024));
    assert_eq!(shown.enable_standby_backup, Some(true));
    keep(&client, &instance, 7).await;
    assert_eq!(in_force(&client, &instance).await, first);
}

#[tokio::test]
async fn policy_fires_on_its_days_and_differentially_in_between() {
    let (sandbox, client, instance) = start().await;
    let wanted = policy(9, "21:00-22:00", "3,7", DifferentialPeriod::ThreeHours);
    set(&client, &instance, wanted).await.unwrap();
    sandbox.advance(DAY * 8);
    let listed = list(&client, &instance).await;
    let begins: Vec<&str> = listed
        .iter()
        .map(|it| &it.begin_time.as_ref().unwrap().as_str()[..16])
        .collect();
    let expected = ["2024-05-26T21:00", "2024-05-22T21:00", "2024-05-21T09:00"];
    assert_eq!(begins, expected, "Sunday, Wednesday, and the one of before");

    // Half of three hours after nine in the evening, and then every three hours: the next ones are
    // at half past ten and at half past one.
    for (number, wait) in [HOUR / 2, 3 * HOUR - 2 * MINUTE].into_iter().enumerate() {
        sandbox.advance(wait + MINUTE / 2);
        let name = format!("in-between-{number}");
        let error = create(&client, &instance, &name).await.unwrap_err();
        assert_eq!(refused(&error), (409, "DBS.201205"));
        sandbox.advance(MINUTE * 3 / 2);
        create(&client, &instance, &name).await.unwrap();
    }
}

#[tokio::test]
async fn policies_that_are_none_are_refused() {
    let (sandbox, client, instance) = start().await;
    let before = in_force(&client, &instance).await;
    let fine = policy(7, "08:00-09:00", "1", DifferentialPeriod::OneHour);
    let changed = |change: fn(&mut model::NewBackupPolicy)| {
        let mut policy = fine.clone();
        change(&mut policy);
        policy
    };
    for (wanted, member) in [
        (
            changed(|it| it.start_time = Some("08:15-09:15".into())),
            "start_time",
        ),
        (changed(|it| it.period = Some("1,2,".into())), "period"),
        (changed(|it| it.keep_days = Some(0)), "keep_days"),
        (changed(|it| it.keep_days = Some(36_501)), "keep_days"),
        (
            changed(|it| it.differential_period = Some("45".into())),
            "differential_period",
        ),
        (changed(|it| it.rate_limit = Some(1025)), "rate_limit"),
        (changed(|it| it.prefetch_block = Some(0)), "prefetch_block"),
        (
            changed(|it| it.file_split_size = Some(6)),
            "file_split_size",
        ),
    ] {
        let call = client.update_backup_policy(&instance).backup_policy(wanted);
        let error = call.with_validation(false).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "DBS.280001"));
        let place = format!("/body/backup_policy/{member}");
        assert!(message_of(&error).contains(&place), "{error}");
    }
    assert_eq!(in_force(&client, &instance).await, before);
    let elsewhere: Client = away(&sandbox);
    for (client, instance) in [(&client, "nonein14"), (&elsewhere, instance.as_str())] {
        let error = set(client, instance, fine.clone()).await.unwrap_err();
        assert_eq!(refused(&error), (404, "DBS.200002"));
        let error = client.show_backup_policy(instance).send().await;
        assert_eq!(refused(&error.unwrap_err()), (404, "DBS.200002"));
    }
}
