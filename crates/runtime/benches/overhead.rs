//! What a call costs beside the network: a small GET over a transport that answers at once, against
//! the same request built for bare reqwest and the same reply decoded by serde alone.
//!
//! Read the difference between the two, which is the cost of everything that this crate adds:
//! validation, limits, retries, spans, the reply's checks.
//!
//! `cargo bench -p cloudbackup-runtime`

#![allow(
    clippy::unwrap_used,
    reason = "a bench stops at what it did not expect"
)]

#[path = "../tests/support/small.rs"]
mod small;

use std::time::Duration;

use criterion::Criterion;
use tokio::runtime::Builder;

use small::{Bare, ShowThing, answering_client, renewing_client};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let client = answering_client();
    let renewing = renewing_client();
    let bare = Bare::new();

    let mut group = criterion.benchmark_group("small GET");
    group.bench_function("call", |b| {
        b.iter(|| {
            runtime
                .block_on(client.call().send(ShowThing::new("t1")))
                .unwrap()
        });
    });
    group.bench_function("call with a token that is renewed in time", |b| {
        b.iter(|| {
            runtime
                .block_on(renewing.call().send(ShowThing::new("t1")))
                .unwrap()
        });
    });
    group.bench_function("bare reqwest", |b| {
        b.iter(|| runtime.block_on(async { bare.exchange() }));
    });
    group.finish();

    let mut group = criterion.benchmark_group("client");
    group.bench_function("clone", |b| b.iter(|| client.clone()));
    group.bench_function("build, plain http", |b| b.iter(small::plain_client));
    group.finish();
    criterion.final_summary();
}
