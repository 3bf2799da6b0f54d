//! The sandbox, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use cloudbackup_core::Secret;
use cloudbackup_runtime::{ClientBuilder, ServiceClient};

/// A sandbox that serves until this is dropped. A second here is a quarter of an hour there.
pub(crate) struct Program {
    child: Child,
    text: String,
    _stdout: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn start(state: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloudbackup-sandbox"));
        command.args(["--speed", "900"]);
        if let Some(state) = state {
            command.arg("--state").arg(state);
        }
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.ends_with("\nCtrl-C ends it.\n") {
            assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "it does not serve");
        }
        Self {
            child,
            text,
            _stdout: stdout,
        }
    }

    /// What stands behind the first of these labels.
    pub(crate) fn told(&self, label: &str) -> String {
        let mut lines = self.text.lines();
        let value = lines.find_map(|line| line.trim().strip_prefix(label)?.strip_prefix("  "));
        value.unwrap().trim().to_owned()
    }

    /// A client with connections of its own.
    pub(crate) fn client<C: ServiceClient>(&self) -> C {
        let builder = ClientBuilder::new().endpoint(self.told(C::SERVICE.name()));
        let token = Secret::new(self.told("token eu-de"));
        let builder = builder.project_id(self.told("eu-de")).token(token);
        builder.build().unwrap()
    }

    /// What it takes up, in MiB; 0 where it cannot be told.
    pub(crate) fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        kib.unwrap_or(0) / 1024
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
