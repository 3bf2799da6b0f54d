//! States as rows: which have changed since they were saved, and what is read from them.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hasher as _};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::archive::{Archive, Rows};

/// A part of the state with a lock of its own.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) known: Known,
    /// Shows the state as it is now to a saver.
    pub(crate) archive: Box<dyn FnMut(&mut Saver<'_>) + Send>,
}

/// The rows of a part that are in the file, by their keys.
#[derive(Debug, Default)]
pub(crate) struct Known {
    rows: HashMap<Box<str>, Print>,
    round: u64,
}

/// What a row held when it was saved.
#[derive(Clone, Copy, Debug)]
struct Print {
    hash: u64,
    /// In which round it was seen last.
    round: u64,
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// What is to be done to the rows of a part.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) put: Vec<(String, Vec<u8>)>,
    pub(crate) removed: Vec<String>,
    /// What cannot be written.
    pub(crate) problem: Option<String>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.put.is_empty() && self.removed.is_empty()
    }
}

/// Finds what has changed since the last round.
pub(crate) struct Saver<'k> {
    known: &'k mut Known,
    changes: Changes,
    seen: usize,
    key: String,
    bytes: Vec<u8>,
}

impl<'k> Saver<'k> {
    fn new(known: &'k mut Known) -> Self {
        known.round += 1;
        Self {
            known,
            changes: Changes::default(),
            seen: 0,
            key: String::new(),
            bytes: Vec::new(),
        }
    }

    /// The row under `self.key`.
    fn row<T: Serialize>(&mut self, row: &T) {
        self.bytes.clear();
        if let Err(error) = serde_json::to_writer(&mut self.bytes, row) {
            self.changes.problem = Some(format!("{}: {error}", self.key));
            return;
        }
        self.seen += 1;
        let print = Print {
            hash: hash(&self.bytes),
            round: self.known.round,
        };
        match self.known.rows.get_mut(self.key.as_str()) {
            Some(known) if known.hash == print.hash => known.round = print.round,
            Some(known) => {
                *known = print;
                self.put();
            }
            None => {
                self.known.rows.insert(self.key.as_str().into(), print);
                self.put();
            }
        }
    }

    fn put(&mut self) {
        let row = (self.key.clone(), self.bytes.clone());
        self.changes.put.push(row);
    }

    /// What has changed; rows that were not seen are gone.
    fn changes(mut self) -> Changes {
        if self.seen < self.known.rows.len() {
            let round = self.known.round;
            let gone = self.known.rows.extract_if(|_, print| print.round != round);
            self.changes.removed = gone.map(|(key, _)| key.into_string()).collect();
        }
        self.changes
    }
}

impl Archive for Saver<'_> {
    fn value<T: Serialize + DeserializeOwned>(&mut self, name: &'static str, value: &mut T) {
        self.key.clear();
        self.key.push_str(name);
        self.row(value);
    }

    fn rows<R: Rows>(&mut self, name: &'static str, rows: &mut R) {
        rows.each(&mut |key, row| {
            self.key.clear();
            self.key.push_str(name);
            self.key.push('/');
            self.key.push_str(key);
            self.row(row);
        });
    }
}

impl Part {
    /// What has changed since this was asked last.
    pub(crate) fn changes(&mut self) -> Changes {
        let mut saver = Saver::new(&mut self.known);
        (self.archive)(&mut saver);
        saver.changes()
    }
}

/// Gives a part of the state what was saved of it.
#[derive(Debug)]
pub(crate) struct Loader {
    rows: BTreeMap<String, Vec<u8>>,
    known: Known,
    /// The first thing that is wrong: the row, and why.
    problem: Option<(String, String)>,
}

impl Loader {
    pub(crate) fn new(rows: BTreeMap<String, Vec<u8>>) -> Self {
        Self {
            rows,
            known: Known::default(),
            problem: None,
        }
    }

    fn wrong(&mut self, key: &str, why: impl ToString) {
        self.problem
            .get_or_insert_with(|| (key.to_owned(), why.to_string()));
    }

    fn read<T: DeserializeOwned>(&mut self, key: &str, bytes: &[u8]) -> Option<T> {
        match serde_json::from_slice(bytes) {
            Ok(value) => {
                let print = Print {
                    hash: hash(bytes),
                    round: 0,
                };
                self.known.rows.insert(key.into(), print);
                Some(value)
            }
            Err(error) => {
                self.wrong(key, error);
                None
            }
        }
    }

    /// What is known to be in the file, or which row is wrong and why.
    pub(crate) fn done(mut self) -> Result<Known, (String, String)> {
        if let Some(key) = self.rows.keys().next().cloned() {
            self.wrong(&key, "nothing like it belongs to the state");
        }
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok(self.known),
        }
    }
}

impl Archive for Loader {
    fn value<T: Serialize + DeserializeOwned>(&mut self, name: &'static str, value: &mut T) {
        let Some(bytes) = self.rows.remove(name) else {
            return self.wrong(name, "it is missing");
        };
        if let Some(read) = self.read(name, &bytes) {
            *value = read;
        }
    }

    fn rows<R: Rows>(&mut self, name: &'static str, rows: &mut R) {
        rows.clear();
        let prefix = format!("{name}/");
        // `0` comes after `/`.
        let mut found = self.rows.split_off(&prefix);
        self.rows.append(&mut found.split_off(&format!("{name}0")));
        for (key, bytes) in found {
            let Some(row) = self.read(&key, &bytes) else {
                continue;
            };
            if rows.put(&key[prefix.len()..], row).is_none() {
                self.wrong(&key, "its key is not one of such a row");
            }
        }
    }
}
