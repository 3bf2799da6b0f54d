//! Counts allocations, which unlike times are the same on every machine.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/small.rs"]
mod small;

use cloudbackup_runtime::Client;
use small::{Bare, ShowThing, answering_client, renewing_client};

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
    let (client, renewing) = (answering_client(), renewing_client());
    let bare = Bare::new();
    let call_of = |client: &Client| {
        let sending = client.call().send(ShowThing::new("t1"));
        drop(runtime.block_on(sending).unwrap());
    };
    let call = || call_of(&client);
    let call_with_renewal = || call_of(&renewing);
    let by_hand = || drop(bare.exchange());
    // The first ones fill what is kept.
    call();
    call_with_renewal();
    by_hand();

    let _profiler = dhat::Profiler::builder().testing().build();
    let ours = count(call);
    let theirs = count(by_hand);
    println!("allocations: {ours} of a call, {theirs} by bare reqwest");
    assert!(ours <= theirs + MOST, "{ours} against {theirs}");
    // A token that is valid is read without an allocation, whether or not it comes to an end.
    assert_eq!(count(call_with_renewal), ours);
}

fn count(work: impl Fn()) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    work();
    dhat::HeapStats::get().total_blocks - before
}
