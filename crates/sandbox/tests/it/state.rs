//! Sandboxes that go on with what an earlier one has kept in a file.

mod broken;
mod format;
mod story;

use std::path::Path;
use std::time::{Duration, SystemTime};

use cloudbackup_sandbox::{Fault, Sandbox};
use cloudbackup_vbs_client as vbs;
use tempfile::TempDir;
use vbs::model::JobStatus;

use self::story::{overview, seen, story};
use crate::support::call;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// More than a backup takes.
const MADE: Duration = Duration::from_secs(100);

/// A sandbox with this file, whose clock starts at ten in the morning of 2024-05-21, UTC, if the file is
/// new.
async fn started(file: &Path) -> Sandbox {
    let at_ten = SystemTime::UNIX_EPOCH + Duration::from_secs(1_716_285_600);
    let builder = Sandbox::builder().start_time(at_ten).state(file);
    builder.start().await.unwrap()
}

/// A folder, and a file in it that is not there yet.
fn new_file() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.redb");
    (folder, file)
}

#[tokio::test]
async fn everything_is_as_it_was_after_a_restart() {
    let (_folder, file) = new_file();
    let sandbox = started(&file).await;
    story(&sandbox).await;
    let before = seen(&sandbox).await;
    assert!(before.iter().all(|(_, body)| !body.is_null()));
    let inventory = sandbox.inventory().clone();
    let credentials = sandbox.credentials();
    let token = sandbox.token("eu-de").unwrap();
    drop(sandbox);

    let sandbox = started(&file).await;
    let after = seen(&sandbox).await;
    for ((target, before), (_, after)) in before.iter().zip(&after) {
        assert_eq!(after, before, "{target}");
    }
    assert_eq!(sandbox.inventory(), &inventory);
    let again = sandbox.credentials();
    assert_eq!(again.access_key, credentials.access_key);
    assert_eq!(again.password.expose(), credentials.password.expose());
    assert_eq!(sandbox.token("eu-de").unwrap().expose(), token.expose());

    // What the policies were to do goes on as well, and gives no id a second time.
    sandbox.advance(3 * DAY);
    let later = seen(&sandbox).await;
    let (before, later) = (overview(&after), overview(&later));
    assert!(later.len() > before.len(), "{later:?}");
    let distinct: std::collections::BTreeSet<&String> = later.iter().collect();
    assert_eq!(distinct.len(), later.len());
}

#[tokio::test]
async fn what_was_begun_comes_to_its_end_after_a_restart() {
    let (_folder, file) = new_file();
    let sandbox = started(&file).await;
    let there = sandbox.inventory().clone();
    let client: vbs::Client = sandbox.client().unwrap();
    let mut jobs = Vec::new();
    for (volume, fails) in [
        (&there.vbs_volume, false),
        (&there.vbs_attached_volume, true),
    ] {
        if fails {
            sandbox.fault(Fault::failed_job());
        }
        let backup = vbs::model::NewBackup::builder();
        let backup = backup.volume_id(volume.as_str()).name("begun").build();
        let begun = client.create_backup().backup(backup).send().await.unwrap();
        jobs.push(begun.job_id.unwrap());
    }
    drop(sandbox);

    let sandbox = started(&file).await;
    let client: vbs::Client = sandbox.client().unwrap();
    let status = async |job: &str| client.show_job(job).send().await.unwrap().status;
    assert_eq!(status(&jobs[0]).await, Some(JobStatus::Init));
    sandbox.advance(MADE);
    assert_eq!(status(&jobs[0]).await, Some(JobStatus::Success));
    assert_eq!(status(&jobs[1]).await, Some(JobStatus::Fail));
}

#[tokio::test]
async fn clock_goes_on_where_it_was_moved_to() {
    let (_folder, file) = new_file();
    let sandbox = started(&file).await;
    sandbox.advance(1000 * DAY);
    drop(sandbox);
    let sandbox = started(&file).await;
    let reply = call(&sandbox.control_endpoint(), "GET", "/", &[], "").await;
    let clock = reply.json()["clock"].as_str().unwrap().to_owned();
    assert!(clock.starts_with("2027-02-15T10:0"), "{clock}");
}

#[tokio::test]
async fn revoked_token_and_locked_key_stay_so() {
    let (_folder, file) = new_file();
    let sandbox = started(&file).await;
    let token = sandbox.token("eu-de").unwrap();
    let iam = sandbox.endpoint("iam").unwrap();
    let headers = [
        ("X-Auth-Token", token.expose()),
        ("X-Subject-Token", token.expose()),
    ];
    let revoked = call(&iam, "DELETE", "/v3/auth/tokens", &headers, "").await;
    assert_eq!(revoked.status, 204);
    drop(sandbox);

    let sandbox = started(&file).await;
    let client = sandbox.configure::<vbs::Client>().token(token.clone());
    let client = client.build().unwrap();
    let error = client.list_backup_policies().send().await.unwrap_err();
    assert_eq!(error.status().map(|it| it.as_u16()), Some(401), "{error}");
    let other = sandbox.token("eu-de").unwrap();
    assert_ne!(other.expose(), token.expose());
    let client: vbs::Client = sandbox.client().unwrap();
    client.list_backup_policies().send().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, file) = new_file();
    let _sandbox = started(&file).await;
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
