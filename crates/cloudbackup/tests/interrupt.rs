//! An example that waits is stopped by a real signal and goes on later, each time in a process of its
//! own: this binary, asked for one test.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cloudbackup_sandbox::Sandbox;

#[allow(dead_code, reason = "its `main` is for those who run it")]
#[path = "../examples/create_backup.rs"]
mod create_backup;

/// Set where this process is the example.
const MARKER: &str = "CLOUDBACKUP_TEST_CHILD";

// The sandbox answers while this thread reads what the example prints.
#[tokio::test(flavor = "multi_thread")]
async fn example_ends_on_a_signal_and_another_one_goes_on() {
    let sandbox = Sandbox::start().await.unwrap();

    let mut stopped = example(&sandbox, None);
    let mut lines = BufReader::new(stopped.stdout.take().unwrap()).lines();
    let waits = |line: &String| line.ends_with("BUILDING");
    let shown = lines.by_ref().map(Result::unwrap).find(waits);
    assert!(shown.is_some(), "the example does not wait");
    let interrupt = Command::new("kill")
        .args(["-INT", &stopped.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(stopped.wait().unwrap().success(), "{said:?}");
    let handle = said.iter().find_map(|line| {
        let handle = line.strip_prefix("CLOUDBACKUP_RESUME='")?;
        handle.strip_suffix('\'')
    });
    let handle = handle.expect("a handle to go on with");

    sandbox.advance(Duration::from_secs(3_600));
    let resumed = example(&sandbox, Some(handle)).wait_with_output().unwrap();
    let said = String::from_utf8(resumed.stdout).unwrap();
    assert!(resumed.status.success(), "{said}");
    assert!(!said.contains("was started"), "{said}");
    assert!(said.contains("it is removed again"), "{said}");
}

/// The example in a process of its own, for which the sandbox is the cloud.
fn example(sandbox: &Sandbox, handle: Option<&str>) -> Child {
    let known = sandbox.credentials();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "is_the_example", "--nocapture"])
        .env(MARKER, "1")
        .env("CLOUDBACKUP_REGION", "eu-de")
        .env(
            "CLOUDBACKUP_INSTANCE_ID",
            &sandbox.inventory().gaussdb_opengauss_instance,
        )
        .env("HUAWEICLOUD_SDK_AK", &known.access_key)
        .env("HUAWEICLOUD_SDK_SK", known.secret_key.expose())
        .env(
            "HUAWEICLOUD_SDK_IAM_ENDPOINT",
            sandbox.endpoint("iam").unwrap(),
        )
        .env(
            "HUAWEICLOUD_SDK_REGION_GAUSSDBFOROPENGAUSS_EU_DE",
            sandbox.endpoint("gaussdb-opengauss").unwrap(),
        )
        .env_remove("CLOUDBACKUP_RESUME")
        .stdout(Stdio::piped());
    if let Some(handle) = handle {
        command.env("CLOUDBACKUP_RESUME", handle);
    }
    command.spawn().unwrap()
}

/// Nothing is tested here but in the processes that the other test starts.
#[tokio::test]
async fn is_the_example() {
    if std::env::var_os(MARKER).is_none() {
        return;
    }
    let stage = create_backup::support::Stage::from_environment()
        .await
        .unwrap();
    create_backup::run(&stage, &mut std::io::stdout())
        .await
        .unwrap();
}
