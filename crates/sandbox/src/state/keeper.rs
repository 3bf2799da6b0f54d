//! The thread that saves.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::Progress;
use super::file::{Now, StateFile};
use super::guard::guarded;
use super::rows::{Changes, Part};
use crate::cloud::Cloud;

/// Saves what changes until it is dropped.
#[derive(Debug)]
pub(crate) struct Keeper {
    progress: Arc<Progress>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread works with.
struct Work {
    file: StateFile,
    cloud: Arc<Cloud>,
    progress: Arc<Progress>,
    parts: Vec<Part>,
    /// Up to which change each part is saved.
    saved: BTreeMap<&'static str, u64>,
    starts: u64,
}

impl Keeper {
    /// Saves everything as it is now, and from then on what changes.
    pub(crate) fn start(
        file: StateFile,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
        parts: Vec<Part>,
        starts: u64,
    ) -> io::Result<Self> {
        let keeper = Arc::clone(&progress);
        let mut work = Work {
            file,
            cloud,
            progress,
            parts,
            saved: BTreeMap::new(),
            starts,
        };
        work.save(None)?;
        work.file.publish()?;
        let thread = std::thread::Builder::new().name("sandbox-state".to_owned());
        let thread = thread.spawn(move || work.run())?;
        Ok(Self {
            progress: keeper,
            thread: Some(thread),
        })
    }
}

impl Drop for Keeper {
    /// The file is free for another sandbox afterwards.
    fn drop(&mut self) {
        self.progress.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Work {
    fn run(mut self) {
        while let Some((latest, parts)) = self.progress.wait() {
            let saved = guarded(|| self.save(Some(&parts)));
            if let Err(error) = saved.unwrap_or_else(|why| Err(io::Error::other(why))) {
                eprintln!("error: {error}");
                self.progress.broke(&error.to_string());
                return;
            }
            self.progress.reached(latest);
        }
    }

    /// Saves the parts that have changed, by their latest changes, or all of them.
    fn save(&mut self, latest: Option<&BTreeMap<&'static str, u64>>) -> io::Result<()> {
        let mut changes: Vec<(&str, Changes)> = Vec::new();
        for part in &mut self.parts {
            let latest = latest.map(|latest| latest.get(part.name).copied().unwrap_or_default());
            if latest.is_some_and(|latest| self.saved.get(part.name) == Some(&latest)) {
                continue;
            }
            let found = part.changes();
            if let Some(problem) = &found.problem {
                let message = format!("{}: {problem}", part.name);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            self.saved.insert(part.name, latest.unwrap_or_default());
            if !found.is_empty() {
                changes.push((part.name, found));
            }
        }
        // After the states, so that no id that stands in them comes again, and none of their
        // times is later than what the clock shows after a restart.
        let now = Now {
            starts: self.starts,
            ids: self.cloud.ids.state(),
            clock: self.cloud.clock.reading(),
        };
        self.file.commit(&now, &changes)
    }
}
