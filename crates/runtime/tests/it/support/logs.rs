//! Everything that is logged in a process, at the finest level, in a file: our own spans and events,
//! and those of the HTTP libraries underneath.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::sync::{Mutex, Once};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// The file to log to; without it nothing is logged.
const FILE: &str = "CLOUDBACKUP_TEST_LOG";

/// Whether this process logs.
pub(crate) fn are_on() -> bool {
    std::env::var_os(FILE).is_some()
}

/// Starts logging, if this process was told to. Called wherever a client of the tests is made.
pub(crate) fn start() {
    static STARTED: Once = Once::new();
    if let Some(path) = std::env::var_os(FILE) {
        STARTED.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(LevelFilter::TRACE)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(Mutex::new(appending(&path.into())))
                .try_init()
                .unwrap();
        });
    }
}

fn appending(path: &PathBuf) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap()
}

/// A file for the log of child processes, gone when dropped.
pub(crate) struct LogFile(tempfile::TempPath);

impl LogFile {
    pub(crate) fn new() -> Self {
        Self(tempfile::NamedTempFile::new().unwrap().into_temp_path())
    }

    /// The environment that makes a process log here.
    pub(crate) fn variable(&self) -> (&'static str, String) {
        (FILE, self.0.display().to_string())
    }

    pub(crate) fn read(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.0).unwrap()).into_owned()
    }
}
