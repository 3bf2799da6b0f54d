//! The limits of a store, and that it does not matter in how many steps the clock was moved.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::{
    Backup, Filter, Kind, NewInstance, OffsitePolicy, Payment, Point, Schedule, Starts, Store,
    Style,
};
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::gateway::Call;

const DAY: Duration = Duration::from_secs(86_400);

const STYLE: Style = Style {
    instance_suffix: "in01",
    backup_suffix: "br01",
    engine: "MySQL",
    version: "8.0",
    mode: "Single",
    volume_type: "CLOUDSSD",
    increments_kept: None,
    only_bad_request: false,
};

/// A store, its instance, and a call of now.
fn start() -> (Store, String, Call) {
    let regions = ["home", "away"].map(str::to_owned);
    let cloud = Arc::new(Cloud::in_memory(&regions, Some(UNIX_EPOCH)));
    let store = Store::new(&cloud, STYLE);
    let instance = store.first_instances()[0].clone();
    let call = Call {
        project_id: cloud.regions[0].project_id.clone(),
        now: cloud.clock.now(),
        fails: false,
        cloud,
    };
    (store, instance, call)
}

/// Moves the time of a call ahead, and the store with it.
fn go(store: &mut Store, call: &mut Call, time: Duration) {
    call.now = call.now.after(time);
    store.settle(call.now);
}

fn code(result: Result<impl Sized, crate::refusal::Refusal>) -> (u16, String) {
    let refusal = result.err().unwrap();
    (refusal.status, refusal.code)
}

/// Copies kept for so many days, full ones and incremental ones.
fn policy(call: &Call, full_days: u32, incremental_days: u32) -> OffsitePolicy {
    OffsitePolicy {
        full_days,
        incremental_days,
        destination_region: call.cloud.regions[1].name.clone(),
        destination_project_id: call.cloud.regions[1].project_id.clone(),
    }
}

/// What there is in both regions: the kind, whether it is a copy, and when it began after the first
/// backup of all.
fn everything(store: &Store, call: &Call, first: Moment) -> Vec<(Kind, bool, u64)> {
    let told = |backup: &Backup| {
        let since = backup.begin.since(first).as_secs();
        (backup.kind, backup.is_copy, since)
    };
    let filter = Filter::default();
    let mut found = Vec::new();
    for region in &call.cloud.regions {
        let project_id = region.project_id.clone();
        let call = Call {
            project_id,
            ..call.clone()
        };
        found.extend(store.find(&call, &filter).map(told));
    }
    found
}

#[test]
fn years_in_one_step_leave_what_years_of_days_leave() {
    for (full_days, incremental_days) in [(0, 0), (1, 0), (0, 9), (40, 3)] {
        let mut left = Vec::new();
        for (steps, step) in [(1, DAY * 800), (800, DAY), (1600, DAY / 2)] {
            let (mut store, instance, mut call) = start();
            let first = store.find(&call, &Filter::default()).next().unwrap().begin;
            let wanted = policy(&call, full_days, incremental_days);
            store.set_policy(&call, &instance, wanted).unwrap();
            for _ in 0..steps {
                go(&mut store, &mut call, step);
            }
            left.push(everything(&store, &call, first));
        }
        let copies = (full_days + incremental_days) as usize;
        assert_eq!(left[0].len(), 2 * (7 + 7) + copies);
        assert!(left[0] == left[1] && left[1] == left[2], "{left:?}");
    }
}

#[test]
fn so_do_schedules_of_some_days_and_of_many_backups_a_day() {
    for (days, keep_days, minutes, expected) in [
        ("1,2,3,4,5,6,7", 30, 1440, 30 + 30),
        ("1", 3, 360, 1 + 3 * 4),
        ("2,5", 10, 15, 3 + 10 * 96),
    ] {
        let mut left = Vec::new();
        for (steps, step) in [(1, DAY * 364), (364, DAY), (1456, DAY / 4)] {
            let (mut store, instance, mut call) = start();
            let first = store.find(&call, &Filter::default()).next().unwrap().begin;
            let schedule = Schedule::new("", "19:00-20:00", days, keep_days, Starts::FullHours);
            let mut schedule = schedule.unwrap();
            schedule.every = Duration::from_secs(minutes * 60);
            store
                .set_schedule(&call, &instance, Some(schedule), true)
                .unwrap();
            for _ in 0..steps {
                go(&mut store, &mut call, step);
            }
            let of_instance = Filter {
                instance_id: Some(&instance),
                ..Filter::default()
            };
            assert_eq!(store.find(&call, &of_instance).count(), expected, "{days}");
            left.push(everything(&store, &call, first));
        }
        assert!(left[0] == left[1] && left[1] == left[2], "{left:?}");
    }
}

#[test]
fn incremental_backups_that_no_list_shows_are_kept_for_a_day() {
    let (store, instance, call) = start();
    drop(store);
    let style = Style {
        increments_kept: Some(DAY),
        ..STYLE
    };
    let mut store = Store::new(&call.cloud, style);
    assert_ne!(store.first_instances()[0], instance);
    let instance = store.first_instances()[0].clone();
    let mut call = call;
    let schedule = Schedule::new("", "19:00-20:00", "7", 36_500, Starts::FullHours);
    let mut schedule = schedule.unwrap();
    schedule.every = Duration::from_secs(900);
    store
        .set_schedule(&call, &instance, Some(schedule), true)
        .unwrap();
    go(&mut store, &mut call, DAY * 36_500);
    let count = |kind: &[Kind]| {
        let filter = Filter {
            instance_id: Some(&instance),
            kinds: Some(kind),
            ..Filter::default()
        };
        store.find(&call, &filter).count()
    };
    assert_eq!(count(&[Kind::Incremental]), 96);
    assert_eq!(count(&[Kind::Auto]), 36_500 / 7);
}

#[test]
fn instance_has_a_thousand_backups_by_hand_at_most() {
    let (mut store, instance, mut call) = start();
    let mut first = None;
    for number in 0..1000 {
        let name = format!("backup-{number}");
        let (backup, _) = store.create(&call, &instance, name, None).unwrap();
        first.get_or_insert(backup.id);
        // Not for so long that a backup on schedule comes in between.
        go(&mut store, &mut call, Duration::from_secs(90));
        while store
            .find(&call, &Filter::default())
            .next()
            .unwrap()
            .end
            .is_none()
        {
            go(&mut store, &mut call, Duration::from_secs(90));
        }
    }
    let refused = store.create(&call, &instance, "one-more".to_owned(), None);
    assert_eq!(code(refused), (413, "RDS.3003".to_owned()));
    store.delete(&call, &first.unwrap()).unwrap();
    assert!(
        store
            .create(&call, &instance, "one-more".to_owned(), None)
            .is_ok()
    );
}

#[test]
fn ten_thousand_tasks_are_remembered() {
    let (mut store, instance, mut call) = start();
    let mut tasks = Vec::new();
    while tasks.len() <= 10_000 {
        // Refused while a backup on schedule is made.
        let made = store.create(&call, &instance, "again".to_owned(), None);
        go(&mut store, &mut call, Duration::from_secs(90));
        if let Ok((backup, job)) = made {
            tasks.push(job.id);
            store.delete(&call, &backup.id).unwrap();
        }
    }
    let forgotten = store.job(&call, &tasks[0]);
    assert_eq!(code(forgotten), (400, "DBS.200543".to_owned()));
    for known in [&tasks[1], &tasks[10_000]] {
        assert!(
            store.job(&call, known).is_ok(),
            "all are younger than a month"
        );
    }
}

#[test]
fn there_are_two_thousand_instances_at_most() {
    let (mut store, instance, call) = start();
    let filter = Filter::default();
    let backup = store.find(&call, &filter).next().unwrap().id.clone();
    let point = Point::Backup(backup);
    let source = store.source(&call, &instance, &point, true).unwrap();
    let new = || NewInstance {
        name: "one-of-many".to_owned(),
        mode: "Single",
        volume_gb: 40,
        volume_type: String::new(),
        schedule: None,
        payment: Payment::ByUse,
    };
    for _ in 2..2000 {
        store.restore_to_new(&call, &source, new()).unwrap();
    }
    let refused = store.restore_to_new(&call, &source, new());
    assert_eq!(code(refused), (413, "RDS.3003".to_owned()));
}
