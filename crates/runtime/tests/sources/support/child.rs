//! Runs a test again in a process of its own, with an environment of its own.

use std::process::{Command, Output};

/// The marker: holds the name of the test that the process was started for.
const MARKER: &str = "CLOUDBACKUP_TEST_CHILD";

/// Whether this process was started for this test. Where not, the test is to start it.
pub(crate) fn entered(name: &str) -> bool {
    std::env::var(MARKER).is_ok_and(|wanted| wanted == name)
}

/// A process for the test with this full name, with nothing of the vendor's in its environment.
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(MARKER, name);
    for (variable, _) in std::env::vars_os() {
        let vendors = variable.to_string_lossy().starts_with("HUAWEICLOUD_");
        if vendors {
            command.env_remove(&variable);
        }
    }
    command
}

/// Fails where the test has not passed in its process. What it printed is searched for secrets.
pub(crate) fn assert_passed(output: &Output) {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    super::assert_sealed(&stdout);
    super::assert_sealed(&stderr);
    // A name that fits no test is a success to the harness.
    let passed = output.status.success() && stdout.contains("1 passed");
    assert!(passed, "in a child process: {stdout}{stderr}");
}
