//! Decoding a page of 100 backups: the generated types against `serde_json::Value` and against
//! types written by hand; once as it is, and once with all times read.
//!
//! `cargo bench -p cloudbackup --features rds --bench decode`

#![allow(
    clippy::unwrap_used,
    reason = "a bench stops at what it did not expect"
)]

mod support;

use std::hint::black_box;
use std::time::Duration;

use cloudbackup::rds::model::ListOffsiteBackupsOutput;
use criterion::{Criterion, Throughput};
use serde::de::DeserializeOwned;
use serde_json::Value;
use support::Page;

const BACKUPS: usize = 100;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let text = support::page(BACKUPS);
    decode(&mut criterion, &text);
    decode_with_times(&mut criterion, &text);
    criterion.final_summary();
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(black_box(text)).unwrap()
}

fn decode(criterion: &mut Criterion, text: &str) {
    // Types that pass over what they don't know would win by doing less.
    let ours: ListOffsiteBackupsOutput = read(text);
    let by_hand: Page = read(text);
    assert_eq!(ours.backups.unwrap().len(), BACKUPS);
    assert_eq!(by_hand.backups.unwrap().len(), BACKUPS);
    assert_eq!(ours.total_count, by_hand.total_count);

    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("generated", |b| {
        b.iter(|| read::<ListOffsiteBackupsOutput>(text))
    });
    group.bench_function("by hand", |b| b.iter(|| read::<Page>(text)));
    group.bench_function("Value", |b| b.iter(|| read::<Value>(text)));
    group.finish();
}

fn decode_with_times(criterion: &mut Criterion, text: &str) {
    assert_eq!(times_of_generated(text), times_by_hand(text));
    assert_eq!(times_of_generated(text), times_of_value(text));

    let mut group = criterion.benchmark_group("decode, times read");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("generated", |b| b.iter(|| times_of_generated(text)));
    group.bench_function("by hand", |b| b.iter(|| times_by_hand(text)));
    group.bench_function("Value", |b| b.iter(|| times_of_value(text)));
    group.finish();
}

/// The sum of all times, so that none can be left out.
fn times_of_generated(text: &str) -> i64 {
    let page: ListOffsiteBackupsOutput = read(text);
    let backups = page.backups.as_deref().unwrap();
    let times = backups
        .iter()
        .flat_map(|backup| [&backup.begin_time, &backup.end_time]);
    times
        .flatten()
        .map(|time| time.unix_seconds().unwrap())
        .sum()
}

fn times_by_hand(text: &str) -> i64 {
    let page: Page = read(text);
    let backups = page.backups.as_deref().unwrap();
    let times = backups
        .iter()
        .flat_map(|backup| [&backup.begin_time, &backup.end_time]);
    times
        .flatten()
        .map(|time| unix_seconds(time).unwrap())
        .sum()
}

fn times_of_value(text: &str) -> i64 {
    let page: Value = read(text);
    let backups = page["backups"].as_array().unwrap();
    let times = backups
        .iter()
        .flat_map(|backup| [&backup["begin_time"], &backup["end_time"]]);
    times
        .map(|time| unix_seconds(time.as_str().unwrap()).unwrap())
        .sum()
}

/// What a program would write that trusts the one documented form, `2018-08-06T10:41:14+0800`, and
/// checks no ranges.
fn unix_seconds(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let clock = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    let ahead = number(20, 22)? * 3600 + number(22, 24)? * 60;
    match text.get(19..20)? {
        "+" => Some(days * 86_400 + clock - ahead),
        "-" => Some(days * 86_400 + clock + ahead),
        _ => None,
    }
}

/// Days since 1970-01-01, the year being counted from March so that the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year / 4 - year / 100 + year / 400;
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}
