//! Rules over several members.

use cloudbackup_core::Timestamp;
use cloudbackup_core::validate::{Schedule, Validator, ViolationKind};

/// Everything that these rules find, one violation a line.
fn lines(rules: impl FnOnce(&mut Validator)) -> String {
    let mut validator = Validator::new();
    validator.place("body", rules);
    let Err(found) = validator.finish() else {
        return String::new();
    };
    assert!(
        found
            .iter()
            .all(|violation| violation.kind == ViolationKind::Relation)
    );
    found.to_string()
}

#[test]
fn any_of() {
    let any = |a, b| lines(|v| v.any_of([("a", a), ("b", b)]));
    assert_eq!(
        [any(true, false), any(false, true), any(true, true)],
        [""; 3]
    );
    assert_eq!(any(false, false), "/body: needs `a` or `b`");
    let three = lines(|v| v.any_of([("a", false), ("b", false), ("c", false)]));
    assert_eq!(three, "/body: needs `a`, `b` or `c`");
}

#[test]
fn together() {
    let both = |a, b| lines(|v| v.together([("begin_time", a), ("end_time", b)]));
    assert_eq!([both(true, true), both(false, false)], ["", ""]);
    assert_eq!(
        both(true, false),
        "/body/end_time: is required with `begin_time`"
    );
    assert_eq!(
        both(false, true),
        "/body/begin_time: is required with `end_time`"
    );
    let three = lines(|v| v.together([("a", false), ("b", true), ("c", false)]));
    assert_eq!(
        three,
        "/body/a: is required with `b`\n/body/c: is required with `b`"
    );
}

#[test]
fn at_most_one() {
    let one = |a, b, c| lines(|v| v.at_most_one([("a", a), ("b", b), ("c", c)]));
    assert_eq!(
        [one(false, false, false), one(false, true, false)],
        ["", ""]
    );
    assert_eq!(one(true, false, true), "/body/c: cannot be given with `a`");
    let all = "/body/b: cannot be given with `a`\n/body/c: cannot be given with `a`";
    assert_eq!(one(true, true, true), all);
}

#[test]
fn needs() {
    let needs =
        |applies, a, b| lines(|v| v.needs(applies, "when `type` is `x`", [("a", a), ("b", b)]));
    assert_eq!(
        [needs(false, false, false), needs(true, true, true)],
        ["", ""]
    );
    assert_eq!(
        needs(true, true, false),
        "/body/b: is required when `type` is `x`"
    );
}

#[test]
fn only_when() {
    let rule = |is_true, needs_true| {
        lines(|v| {
            v.only_when(
                "open_incremental_backup",
                is_true,
                "open_auto_backup",
                needs_true,
            )
        })
    };
    assert_eq!(
        [rule(false, false), rule(false, true), rule(true, true)],
        [""; 3]
    );
    let expected = "/body/open_incremental_backup: is allowed only with `open_auto_backup`";
    assert_eq!(rule(true, false), expected);
}

#[test]
fn order_compares_instants() {
    let wrong = "/body/end: must be later than `begin`";
    let table = [
        (
            Some("2018-08-06T10:41:14+0800"),
            Some("2018-08-16T10:41:14+0800"),
            "",
        ),
        (
            Some("2018-08-06T10:41:14+0800"),
            Some("2018-08-06T10:41:14+0800"),
            wrong,
        ),
        (
            Some("2018-08-06T10:41:15+0800"),
            Some("2018-08-06T10:41:14+0800"),
            wrong,
        ),
        // 02:41 in UTC, although it reads as the later one.
        (
            Some("2018-08-06T03:00:00+0000"),
            Some("2018-08-06T10:41:14+0800"),
            wrong,
        ),
        (
            Some("2018-08-06T10:41:14+0800"),
            Some("2018-08-06T03:00:00Z"),
            "",
        ),
        (
            Some("2018-08-06T10:41:14.1Z"),
            Some("2018-08-06T10:41:14.2Z"),
            "",
        ),
        (
            Some("2018-08-06T10:41:14.2Z"),
            Some("2018-08-06T10:41:14.1Z"),
            wrong,
        ),
        (
            Some("2018-08-06T10:41:14.20Z"),
            Some("2018-08-06T10:41:14.2Z"),
            wrong,
        ),
        (Some("2018-08-06T10:41:14Z"), None, ""),
        (None, Some("2018-08-06T10:41:14Z"), ""),
        (Some("soon"), Some("2018-08-06T10:41:14Z"), ""),
        (Some("2018-08-06T10:41:14Z"), Some("later"), ""),
    ];
    for (begin, end, expected) in table {
        let (begin, end) = (begin.map(Timestamp::from), end.map(Timestamp::from));
        let found = lines(|v| v.order(("begin", &begin), ("end", &end)));
        assert_eq!(found, expected, "{begin:?} {end:?}");
    }
}

fn schedule(hours: &str, time_zone: Option<&str>, days: bool) -> String {
    lines(|v| {
        v.schedule(Schedule {
            hours: ("scheduled_policy/start_time", Some(hours)),
            time_zone: ("time_zone", time_zone),
            days: ("scheduled_policy/week_frequency", days),
        });
    })
}

#[test]
fn schedules_that_fit() {
    let table = [
        ("12:00", None, false),
        ("12:00", Some("UTC+08:00"), false),
        ("00:00,12:00,23:00", None, false),
        ("00:00,12:00", Some("UTC+00:00"), false),
        // The example of the service: 00:00, 02:00 and 04:00 local time.
        ("22:00,00:00,02:00", Some("UTC+02:00"), true),
        // 18:00, 20:00 and 22:00 local time, all on the next UTC day.
        ("00:00,02:00,04:00", Some("UTC-06:00"), false),
        ("18:30", Some("UTC+05:30"), false),
        ("19:00,20:00", Some("UTC+05:30"), false),
        ("17:00,18:00", Some("UTC+05:00"), false),
        ("12:00,23:00,00:00", Some("UTC-12:00"), true),
    ];
    for (hours, zone, days) in table {
        assert_eq!(schedule(hours, zone, days), "", "{hours} {zone:?} {days}");
    }
}

#[test]
fn times_that_do_not_ascend_need_a_zone() {
    let expected = "/body/time_zone: is required, as the times of \
                    `scheduled_policy/start_time` do not ascend";
    for days in [false, true] {
        assert_eq!(schedule("22:00,00:00,02:00", None, days), expected);
    }
}

#[test]
fn times_on_two_utc_days_need_days() {
    let expected = "/body/scheduled_policy/week_frequency: is required, as the times of \
                    `scheduled_policy/start_time` lie on different UTC days";
    assert_eq!(
        schedule("22:00,00:00,02:00", Some("UTC+02:00"), false),
        expected
    );
    assert_eq!(schedule("12:00,00:00", Some("UTC-12:00"), false), expected);
}

#[test]
fn times_must_ascend_by_local_time() {
    let table = [
        ("22:00,00:00,02:00", "UTC+00:00", "22:00, 00:00, 02:00"),
        ("00:00,02:00,22:00", "UTC+02:00", "02:00, 04:00, 00:00"),
        ("10:00,08:00", "UTC+02:00", "12:00, 10:00"),
        ("18:00,19:00", "UTC+05:30", "23:30, 00:30"),
        ("05:00,07:00", "UTC-06:00", "23:00, 01:00"),
    ];
    for (hours, zone, local) in table {
        let expected = format!(
            "/body/scheduled_policy/start_time: must ascend by local time, which at {zone} is {local}"
        );
        assert_eq!(schedule(hours, Some(zone), true), expected);
    }
}

#[test]
fn no_time_may_occur_twice() {
    let expected = "/body/scheduled_policy/start_time: must not hold 00:00 twice";
    assert_eq!(schedule("00:00,12:00,00:00", None, true), expected);
    assert_eq!(schedule("00:00,00:00", Some("UTC+02:00"), true), expected);
    for hour in 1..24 {
        let clock = format!("{hour:02}:00");
        let expected = format!("/body/scheduled_policy/start_time: must not hold {clock} twice");
        let hours = format!("00:00,{clock},{clock}");
        assert_eq!(schedule(&hours, None, true), expected);
    }
}

#[test]
fn texts_out_of_form_are_left_to_their_own_checks() {
    for (hours, zone) in [
        ("12:30,00:00", None),
        ("", Some("UTC+02:00")),
        ("22:00,00:00", Some("Berlin")),
    ] {
        assert_eq!(schedule(hours, zone, false), "", "{hours} {zone:?}");
    }
    let absent = lines(|v| {
        v.schedule(Schedule {
            hours: ("start_time", None),
            time_zone: ("time_zone", Some("UTC+02:00")),
            days: ("week_frequency", false),
        });
    });
    assert_eq!(absent, "");
}

/// With the local times in order, any start and any zone fit, and the days are
/// asked for exactly when midnight in UTC lies between the first and the last.
#[test]
fn every_day_of_local_times_fits_its_zone() {
    for offset in -12..=14_i32 {
        for first in 0..22 {
            let local = [first, first + 1, first + 2];
            let utc = local.map(|hour| (hour - offset).rem_euclid(24));
            let hours = utc.map(|hour| format!("{hour:02}:00")).join(",");
            let sign = if offset < 0 { '-' } else { '+' };
            let zone = format!("UTC{sign}{:02}:00", offset.abs());
            assert_eq!(schedule(&hours, Some(&zone), true), "", "{hours} {zone}");
            let asked = !schedule(&hours, Some(&zone), false).is_empty();
            assert_eq!(asked, utc[0] > utc[2], "{hours} {zone}");
        }
    }
}
