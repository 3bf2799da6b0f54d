//! Counts allocations, which unlike times are the same on every machine.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/small.rs"]
mod small;

use small::{Bare, ShowThing, answering_client};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// What a call may allocate beyond bare reqwest.
const MOST: u64 = 25;

#[test]
fn a_small_call_allocates_little_more_than_bare_reqwest() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = answering_client();
    let bare = Bare::new();
    let call = || {
        drop(
            runtime
                .block_on(client.call().send(ShowThing::new("t1")))
                .unwrap(),
        )
    };
    let by_hand = || drop(bare.exchange());
    // The first ones fill what is kept.
    call();
    by_hand();

    let _profiler = dhat::Profiler::builder().testing().build();
    let ours = count(call);
    let theirs = count(by_hand);
    println!("allocations: {ours} of a call, {theirs} by bare reqwest");
    assert!(ours <= theirs + MOST, "{ours} against {theirs}");
}

fn count(work: impl Fn()) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    work();
    dhat::HeapStats::get().total_blocks - before
}
