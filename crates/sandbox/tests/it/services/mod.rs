//! What the five services do, seen through their own clients, on a clock that the tests move.

use std::time::{Duration, SystemTime};

use cloudbackup_core::time::{TimeFormat, Timestamp};
use cloudbackup_runtime::{Error, ErrorKind, Outcome, ServiceClient};
use cloudbackup_sandbox::{Sandbox, SandboxBuilder};
use serde_json::Value;

mod cbr;
mod gaussdb_mysql;
mod gaussdb_opengauss;
mod rds;
mod vbs;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A century with its leap years.
const CENTURY: Duration = Duration::from_secs(36_525 * 24 * 3600);
/// More than a backup takes.
const MADE: Duration = Duration::from_secs(100);
/// More than a copy to another region takes.
const COPIED: Duration = Duration::from_secs(130);

/// More than a restoration of an instance takes.
const RESTORED: Duration = Duration::from_secs(190);
/// More than it takes to make an instance.
const INSTANCE_MADE: Duration = Duration::from_secs(310);
/// More than it takes to stop a backup.
const STOPPED: Duration = Duration::from_secs(11);

/// The region that is not home.
const AWAY: &str = "eu-nl";

/// A sandbox whose clock starts at ten in the morning of 2024-05-21, UTC. The instances' backups on
/// schedule are made at nine and at three.
async fn sandbox() -> Sandbox {
    at_ten(Sandbox::builder()).start().await.unwrap()
}

fn at_ten(builder: SandboxBuilder) -> SandboxBuilder {
    builder.start_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_716_285_600))
}

/// A client in the region that is not home.
fn away<C: ServiceClient>(sandbox: &Sandbox) -> C {
    client_in(sandbox, AWAY)
}

fn client_in<C: ServiceClient>(sandbox: &Sandbox, region: &str) -> C {
    let builder = sandbox.configure_in(region).unwrap();
    builder.build().unwrap()
}

fn project(sandbox: &Sandbox, region: &str) -> String {
    sandbox.project_id(region).unwrap().to_owned()
}

/// Status and code of a refusal, which came in the shape of the service, with a message and a
/// request id, and changed nothing.
#[track_caller]
fn refused(error: &Error) -> (u16, &str) {
    assert_eq!(error.kind(), ErrorKind::Service, "{error}");
    assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    let status = error.status().unwrap().as_u16();
    assert_eq!(error.is_not_found(), status == 404);
    assert_eq!(error.is_conflict(), status == 409);
    let (code, message) = (error.code().unwrap(), error.message().unwrap());
    assert!(message.len() > 10, "{message}");
    assert_eq!(error.request_id().unwrap().len(), 32);
    let body: Value = serde_json::from_slice(error.raw_body().unwrap()).unwrap();
    let shape = match error.service().unwrap() {
        "vbs" => serde_json::json!({"error": {"code": code, "message": message}}),
        _ => serde_json::json!({"error_code": code, "error_msg": message}),
    };
    assert_eq!(body, shape);
    (status, code)
}

/// What a refusal says, all of it.
#[track_caller]
fn message_of(error: &Error) -> &str {
    refused(error);
    error.message().unwrap()
}

/// Seconds since 1970 of a time in the form of the database services.
#[track_caller]
fn seconds(time: Option<&Timestamp>) -> i64 {
    let time = time.unwrap();
    let form = time.to_format(TimeFormat::BasicOffset).unwrap();
    assert_eq!(form, time.as_str(), "in the documented form");
    assert_eq!(time.offset(), Some(0));
    time.unix_seconds().unwrap()
}

/// A time of the database services, so many seconds after 1970.
fn at(seconds: i64) -> Timestamp {
    let time = Timestamp::from_unix(seconds, 0);
    let form = time.to_format(TimeFormat::BasicOffset).unwrap();
    Timestamp::from(form.into_owned())
}

#[test]
fn databases_have_behaviour_for_every_operation() {
    let missing = Sandbox::missing_operations();
    let services = ["rds ", "gaussdb-mysql ", "gaussdb-opengauss "];
    let of_databases = |it: &&String| services.iter().any(|name| it.starts_with(name));
    assert_eq!(missing.iter().find(of_databases), None);
}

/// Walks a list from its start to its end by pages of this size, of which all but the last are full,
/// and finds nothing behind its end. A page is its items and what it says of the length of the list.
async fn walk<T>(size: usize, page: impl AsyncFn(usize) -> (Vec<T>, usize)) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        let (items, total) = page(all.len()).await;
        let left = total.checked_sub(all.len()).unwrap();
        assert_eq!(items.len(), left.min(size), "after {}", all.len());
        if items.is_empty() {
            return all;
        }
        all.extend(items);
    }
}

/// Asserts that so many things are all different.
#[track_caller]
fn assert_distinct(ids: impl Iterator<Item = Option<String>>, count: usize) {
    let ids: Vec<String> = ids.map(Option::unwrap).collect();
    assert_eq!(ids.len(), count);
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), count);
}

/// An id of a database service: 32 hexadecimal digits and a suffix.
#[track_caller]
fn assert_suffixed(id: Option<&str>, suffix: &str) {
    let id = id.unwrap();
    let digits = id.strip_suffix(suffix).unwrap();
    assert_eq!(digits.len(), 32, "{id}");
    assert!(digits.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
}

/// A UUID with dashes.
#[track_caller]
fn assert_uuid(id: Option<&str>) {
    let id = id.unwrap();
    let parts: Vec<usize> = id.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
}
