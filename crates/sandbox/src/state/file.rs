//! The file: a database of rows, and what must be known before they are read.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use redb::{Builder, Database, DatabaseError, ReadableTable as _, TableDefinition};
use serde::{Deserialize, Serialize};

use super::guard::guarded;
use super::rows::Changes;
use crate::clock::Reading;
use crate::cloud::Region;
use crate::inventory::Inventory;

/// Goes up with every change of what stands in the rows, so that older files are not misread.
const FORMAT: u32 = 1;
/// What the database may keep of the file in memory.
const CACHE: usize = 8 * 1024 * 1024;

const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("about");
/// By part of the state, and key in it.
const ROWS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("rows");

/// What never changes in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) seed: u64,
    pub(crate) regions: Vec<Region>,
    pub(crate) inventory: Inventory,
}

/// What changes whatever is done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Now {
    /// How often a sandbox was started with this file.
    pub(crate) starts: u64,
    /// Where the ids come from.
    pub(crate) ids: u64,
    pub(crate) clock: Reading,
}

/// All that was in a file.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) about: About,
    pub(crate) now: Now,
    pub(crate) parts: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

/// A file that no other process uses.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    database: Database,
    /// Its name until something is in it.
    provisional: Option<PathBuf>,
}

impl StateFile {
    /// Opens a file, or begins a new one where there is none.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Option<Contents>)> {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => {
                guarded(|| Self::opened(path, file)).unwrap_or_else(|why| Err(damaged(path, &why)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::begun(path),
            Err(error) => Err(failed(path, error.kind(), &error)),
        }
    }

    fn opened(path: &Path, file: File) -> io::Result<(Self, Option<Contents>)> {
        // The database would take an empty file for one to begin with.
        if file.metadata()?.len() == 0 {
            return Err(damaged(path, "it is empty"));
        }
        let mut database = database(file).map_err(|error| unusable(path, error))?;
        let intact = database.check_integrity();
        intact.map_err(|error| unusable(path, error))?;
        let state = Self {
            path: path.to_owned(),
            database,
            provisional: None,
        };
        let contents = state.contents()?;
        Ok((state, Some(contents)))
    }

    /// It gets its name when there is something in it, so that a start that is cut off leaves no
    /// file that cannot be read.
    fn begun(path: &Path) -> io::Result<(Self, Option<Contents>)> {
        let mut provisional = path.as_os_str().to_owned();
        provisional.push(format!(".{}", std::process::id()));
        let provisional = PathBuf::from(provisional);
        // Only a process that is gone had this id.
        let _ = fs::remove_file(&provisional);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&provisional);
        let file = file.map_err(|error| failed(path, error.kind(), &error))?;
        let state = Self {
            path: path.to_owned(),
            database: database(file).map_err(|error| unusable(path, error))?,
            provisional: Some(provisional),
        };
        Ok((state, None))
    }

    /// Says what the file is about, before anything else is put into it.
    pub(crate) fn describe(&self, about: &About) -> io::Result<()> {
        let write = || -> Result<(), Box<dyn std::error::Error>> {
            let transaction = self.database.begin_write()?;
            let mut table = transaction.open_table(ABOUT)?;
            table.insert("format", FORMAT.to_string().as_bytes())?;
            table.insert("about", serde_json::to_vec(about)?.as_slice())?;
            drop(table);
            transaction.commit()?;
            Ok(())
        };
        write().map_err(|error| self.unwritten(&*error))
    }

    /// Saves what has changed; it is on the disk when this returns.
    pub(crate) fn commit(&self, now: &Now, changes: &[(&str, Changes)]) -> io::Result<()> {
        let write = || -> Result<(), Box<dyn std::error::Error>> {
            let transaction = self.database.begin_write()?;
            let mut about = transaction.open_table(ABOUT)?;
            about.insert("now", serde_json::to_vec(now)?.as_slice())?;
            drop(about);
            let mut rows = transaction.open_table(ROWS)?;
            for (part, changes) in changes {
                for key in &changes.removed {
                    rows.remove((*part, key.as_str()))?;
                }
                for (key, row) in &changes.put {
                    rows.insert((*part, key.as_str()), row.as_slice())?;
                }
            }
            drop(rows);
            transaction.commit()?;
            Ok(())
        };
        write().map_err(|error| self.unwritten(&*error))
    }

    /// Gives a new file its name, unless someone else has made one meanwhile.
    pub(crate) fn publish(&mut self) -> io::Result<()> {
        let Some(provisional) = self.provisional.take() else {
            return Ok(());
        };
        let linked = fs::hard_link(&provisional, &self.path);
        let named = match linked {
            // Where there are no links.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                fs::rename(&provisional, &self.path)
            }
            linked => {
                let _ = fs::remove_file(&provisional);
                linked
            }
        };
        named.map_err(|error| failed(&self.path, error.kind(), &error))?;
        // The name is to outlast a crash as well, where folders can be opened for it.
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// That a row cannot be read.
    pub(crate) fn damaged_row(&self, part: &str, key: &str, why: &str) -> io::Error {
        damaged(&self.path, &format!("{part}, row {key}: {why}"))
    }

    fn contents(&self) -> io::Result<Contents> {
        let read = self.read();
        read.unwrap_or_else(|error| Err(damaged(&self.path, &error.to_string())))
    }

    fn read(&self) -> Result<io::Result<Contents>, Box<dyn std::error::Error>> {
        let transaction = self.database.begin_read()?;
        let table = transaction.open_table(ABOUT)?;
        let value = |name: &str| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
            let value = table
                .get(name)?
                .ok_or(format!("there is no `{name}` in it"))?;
            Ok(value.value().to_vec())
        };
        let format: u32 = serde_json::from_slice(&value("format")?)?;
        if format != FORMAT {
            return Ok(Err(self.other_format(format)));
        }
        let named = |name: &str, error: serde_json::Error| format!("{name}: {error}");
        let about = serde_json::from_slice(&value("about")?).map_err(|it| named("about", it))?;
        let now = serde_json::from_slice(&value("now")?).map_err(|it| named("now", it))?;
        let mut parts: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        let rows = transaction.open_table(ROWS)?;
        for row in rows.iter()? {
            let (key, value) = row?;
            let (part, key) = key.value();
            let part = parts.entry(part.to_owned()).or_default();
            part.insert(key.to_owned(), value.value().to_vec());
        }
        Ok(Ok(Contents { about, now, parts }))
    }

    fn other_format(&self, format: u32) -> io::Error {
        let message = format!(
            "its state has format {format}, and this sandbox reads format {FORMAT}: begin another \
             file, or go on with the version of the sandbox that made it"
        );
        failed(&self.path, io::ErrorKind::InvalidData, &message)
    }

    fn unwritten(&self, error: &dyn std::error::Error) -> io::Error {
        let message = format!("{error}; what was answered until now is saved");
        failed(&self.path, io::ErrorKind::Other, &message)
    }
}

impl Drop for StateFile {
    /// What never got anything in it leaves nothing behind.
    fn drop(&mut self) {
        if let Some(provisional) = &self.provisional {
            let _ = fs::remove_file(provisional);
        }
    }
}

fn database(file: File) -> Result<Database, DatabaseError> {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder.create_with_file_format_v3(true);
    builder.create_file(file)
}

/// What is wrong with a file that the database does not take.
fn unusable(path: &Path, error: DatabaseError) -> io::Error {
    match error {
        DatabaseError::DatabaseAlreadyOpen => {
            let message = "another sandbox uses it: end that one, or name another file";
            failed(path, io::ErrorKind::WouldBlock, &message)
        }
        DatabaseError::UpgradeRequired(version) => {
            let message = format!(
                "it is a database of version {version}, which this sandbox does not read: begin \
                 another file"
            );
            failed(path, io::ErrorKind::InvalidData, &message)
        }
        other => damaged(path, &other.to_string()),
    }
}

fn damaged(path: &Path, why: &str) -> io::Error {
    let message = format!(
        "it is damaged, or not the state of a sandbox ({why}): bring back a copy of it, or remove \
         it to begin anew"
    );
    failed(path, io::ErrorKind::InvalidData, &message)
}

fn failed(path: &Path, kind: io::ErrorKind, why: &dyn std::fmt::Display) -> io::Error {
    let message = format!("the state file {} cannot be used: {why}", path.display());
    io::Error::new(kind, message)
}
