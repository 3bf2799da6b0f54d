//! How far the saving has got, seen from those who change a state and those who answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Changes are numbered, whatever they change; what has a number that was saved is saved itself.
#[derive(Debug)]
pub(crate) struct Progress {
    marks: Mutex<Marks>,
    /// There is something to save, or nothing any more.
    work: Condvar,
    /// Wakes those who wait without a runtime.
    done: Condvar,
    saved: watch::Sender<Saved>,
}

#[derive(Debug, Default)]
struct Marks {
    latest: u64,
    /// The latest change of each part.
    parts: BTreeMap<&'static str, u64>,
    is_over: bool,
}

/// What was saved.
#[derive(Clone, Debug)]
enum Saved {
    /// All changes until this one.
    Until(u64),
    /// Nothing more can be: why.
    Broken(Arc<str>),
}

impl Saved {
    fn reached(&self, change: u64) -> Option<Result<(), Arc<str>>> {
        match self {
            Self::Until(saved) => (*saved >= change).then_some(Ok(())),
            Self::Broken(why) => Some(Err(Arc::clone(why))),
        }
    }
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            marks: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
            saved: watch::Sender::new(Saved::Until(0)),
        }
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a part has changed. To be called while its lock is held, so that who saves up to
    /// this change sees it.
    pub(crate) fn mark(&self, part: &'static str) {
        let mut marks = self.marks();
        marks.latest += 1;
        let latest = marks.latest;
        marks.parts.insert(part, latest);
        self.work.notify_one();
    }

    /// The latest change of these parts.
    fn latest(&self, parts: &[&'static str]) -> u64 {
        let marks = self.marks();
        let changes = parts.iter().filter_map(|part| marks.parts.get(part));
        changes.copied().max().unwrap_or_default()
    }

    /// Waits until everything is saved that has changed in these parts until now.
    pub(crate) async fn saved(&self, parts: &[&'static str]) -> Result<(), Arc<str>> {
        let change = self.latest(parts);
        let mut saved = self.saved.subscribe();
        let reached = saved
            .wait_for(|saved| saved.reached(change).is_some())
            .await;
        // The sender lives as long as this does.
        reached.map_or(Ok(()), |saved| saved.reached(change).unwrap_or(Ok(())))
    }

    /// As `saved`, for those who cannot wait in a runtime.
    pub(crate) fn saved_blocking(&self, parts: &[&'static str]) -> Result<(), Arc<str>> {
        let change = self.latest(parts);
        let mut marks = self.marks();
        loop {
            if let Some(reached) = self.saved.borrow().reached(change) {
                return reached;
            }
            if marks.is_over {
                return Err(Arc::from("the sandbox has ended"));
            }
            marks = self
                .done
                .wait(marks)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing is to be saved any more, but for what was marked.
    pub(crate) fn end(&self) {
        self.marks().is_over = true;
        self.work.notify_all();
        self.done.notify_all();
    }

    /// Waits until something has changed that is not saved: the latest change, and those of the
    /// parts. `None` once it is over and all is saved.
    pub(crate) fn wait(&self) -> Option<(u64, BTreeMap<&'static str, u64>)> {
        let mut marks = self.marks();
        loop {
            if matches!(*self.saved.borrow(), Saved::Until(saved) if saved < marks.latest) {
                return Some((marks.latest, marks.parts.clone()));
            }
            if marks.is_over {
                return None;
            }
            marks = self
                .work
                .wait(marks)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Everything up to this change is saved.
    pub(crate) fn reached(&self, change: u64) {
        self.say(Saved::Until(change));
    }

    /// Nothing can be saved any more.
    pub(crate) fn broke(&self, why: &str) {
        self.say(Saved::Broken(Arc::from(why)));
    }

    fn say(&self, saved: Saved) {
        // Under the lock, so that no one begins to wait in between.
        let _marks = self.marks();
        self.saved.send_replace(saved);
        self.done.notify_all();
    }
}
