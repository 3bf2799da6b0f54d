//! Runs one test of this binary again in a process of its own, with an environment of its own.
//!
//! Two tests work together: the one that stands for the row starts the other one, which does its
//! work only there.
//!
//! ```ignore
//! #[test]
//! fn row() {
//!     Child::of(test_name!(row_in_child)).env("HTTPS_PROXY", proxy.url()).pass();
//! }
//!
//! #[tokio::test]
//! async fn row_in_child() {
//!     if !entered(&test_name!(row_in_child)) {
//!         return;
//!     }
//! }
//! ```

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The marker: holds the name of the test that the process was started for.
const MARKER: &str = "CLOUDBACKUP_TEST_CHILD";
/// A child that hangs is killed after this.
const PATIENCE: Duration = Duration::from_secs(120);
/// What would send the requests of a test elsewhere.
const PROXIES: [&str; 9] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "REQUEST_METHOD",
];

/// The full name of a test of the module that this is written in.
macro_rules! test_name {
    ($name:ident) => {
        $crate::support::child::full_name(module_path!(), $name, stringify!($name))
    };
}
pub(crate) use test_name;

/// `function` is asked for so that a name that has changed does not compile.
pub(crate) fn full_name<F: Fn() -> T, T>(module: &str, function: F, name: &str) -> String {
    let _ = function;
    let (_crate, module) = module.split_once("::").unwrap_or(("", module));
    format!("{module}::{name}")
}

/// Whether this process was started to run this test. Where not, the test is to return at once.
pub(crate) fn entered(name: &str) -> bool {
    let here = std::env::var(MARKER).is_ok_and(|wanted| wanted == name);
    if !here {
        println!("{name}: nothing tested here, only in a process that another test starts");
    }
    here
}

/// A child process to come.
pub(crate) struct Child {
    name: String,
    command: Command,
}

/// A child process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<ExitStatus>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Child {
    /// Of the test with this full name, see `test_name`. It sees no proxy unless one is given.
    pub(crate) fn of(name: String) -> Self {
        let arguments = ["--exact", &name, "--nocapture", "--test-threads=1"];
        Self::with(&name, &arguments)
    }

    /// Of all tests.
    pub(crate) fn of_all_tests() -> Self {
        Self::with("all tests", &["--nocapture"])
    }

    fn with(name: &str, arguments: &[&str]) -> Self {
        let name = name.to_owned();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(arguments)
            .env(MARKER, &name)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in PROXIES {
            command.env_remove(variable);
        }
        Self { name, command }
    }

    pub(crate) fn env(mut self, variable: &str, value: impl AsRef<str>) -> Self {
        self.command.env(variable, value.as_ref());
        self
    }

    /// Runs to the end, and fails the caller's test where the child's has not passed.
    pub(crate) fn pass(self) -> Ended {
        let name = self.name.clone();
        let ended = self.run();
        let passed = ended.status.is_some_and(|status| status.success());
        // A name that fits no test is a success to the harness.
        let ran = ended.stdout.contains("1 passed");
        assert!(passed && ran, "{name} in a child process: {ended:#?}");
        ended
    }

    /// Runs to the end, whatever that is.
    pub(crate) fn run(mut self) -> Ended {
        let mut child = self.command.spawn().unwrap();
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        let late = stdout.recv_timeout(PATIENCE);
        if late.is_err() {
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        Ended {
            status: late.is_ok().then_some(status),
            stdout: late.or_else(|_| stdout.recv()).unwrap(),
            stderr: stderr.recv().unwrap(),
        }
    }
}

/// Reads to the end in the background.
fn collect(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}
