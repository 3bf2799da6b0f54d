//! The limits of a store, and that it does not matter in how many steps the clock was moved.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::{Backup, Filter, Kind, OffsitePolicy, Store, Style};
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::gateway::Call;

const DAY: Duration = Duration::from_secs(86_400);

const STYLE: Style = Style {
    instance_suffix: "in01",
    backup_suffix: "br01",
    engine: "MySQL",
    version: "8.0",
    only_bad_request: false,
};

/// A store, its instance, and a call of now.
fn start() -> (Store, String, Call) {
    let regions = ["home", "away"].map(str::to_owned);
    let cloud = Arc::new(Cloud::new(&regions, 0, Some(UNIX_EPOCH)));
    let store = Store::new(&cloud, STYLE);
    let instance = store.first_instance().to_owned();
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
        assert_eq!(left[0].len(), 7 + 7 + copies);
        assert!(left[0] == left[1] && left[1] == left[2], "{left:?}");
    }
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
