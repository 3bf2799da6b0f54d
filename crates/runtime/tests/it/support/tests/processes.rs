//! Tests in processes of their own, and the measure of memory that needs one.

use std::hint::black_box;
use std::io::{self, Read};

use super::{GET, send};
use crate::support::child::{Child, entered, test_name};
use crate::support::memory::Growth;
use crate::support::server::Server;
use crate::support::step::{Flood, Step};

const MIB: u64 = 1 << 20;

#[test]
fn child_has_its_own_environment() {
    let child = Child::of(test_name!(shows_environment));
    let ended = child.env("HTTPS_PROXY", "http://h:1").pass();
    assert!(
        ended.stdout.contains("proxy: Ok(\"http://h:1\")"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("other: Err(NotPresent)"), "{ended:?}");
}

#[test]
fn shows_environment() {
    if entered(&test_name!(shows_environment)) {
        println!("proxy: {:?}", std::env::var("HTTPS_PROXY"));
        eprintln!("other: {:?}", std::env::var("https_proxy"));
    }
}

#[test]
fn proxies_of_this_process_are_not_for_the_child() {
    let child = Child::of(test_name!(hides_environment));
    child.env("https_proxy", "http://h:1").pass();
}

#[test]
fn hides_environment() {
    if entered(&test_name!(hides_environment)) {
        assert!(std::env::var("https_proxy").is_ok());
        let ended = Child::of(test_name!(shows_environment)).pass();
        assert!(ended.stderr.contains("other: Err(NotPresent)"), "{ended:?}");
    }
}

#[test]
fn failure_of_a_child_is_seen() {
    let ended = Child::of(test_name!(fails)).run();
    assert!(!ended.status.unwrap().success(), "{ended:?}");
    assert!(ended.stderr.contains("as it should"), "{ended:?}");
}

#[test]
fn fails() {
    assert!(!entered(&test_name!(fails)), "as it should");
}

#[test]
#[should_panic(expected = "in a child process")]
fn child_that_runs_no_test_does_not_pass() {
    Child::of("support::no_such_test".to_owned()).pass();
}

#[test]
fn growth_is_measured_in_a_child() {
    Child::of(test_name!(grows)).pass();
}

#[test]
fn grows() {
    if !entered(&test_name!(grows)) {
        return;
    }
    // Memory of the past, given back, does not count.
    drop(black_box(vec![1_u8; 256 << 20]));
    let Some(growth) = Growth::start() else {
        return;
    };
    let server = Server::always(Step::Flood(Flood::chunked(256)));
    let mut stream = send(server.address(), GET).take(200 * MIB);
    io::copy(&mut stream, &mut io::sink()).unwrap();
    assert!(growth.peak() < 8 * MIB, "{}", growth.peak());

    drop(black_box(vec![1_u8; 64 << 20]));
    assert!(
        (63 * MIB..80 * MIB).contains(&growth.peak()),
        "{}",
        growth.peak()
    );
}
