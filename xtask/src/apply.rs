//! Generated files against the disk: `generate` writes the difference and
//! `check` reports it, on one path with a mode.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cloudbackup_codegen::{File, Layout};

use crate::project::{failed, files_below, relative};

/// What to do about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Mend it.
    Write,
    /// Report it.
    Check,
}

/// The difference between what is there and what belongs there.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Missing before.
    pub(crate) added: Vec<String>,
    /// Of other bytes before.
    pub(crate) changed: Vec<String>,
    /// In a generated folder without a reason.
    pub(crate) removed: Vec<String>,
    /// As they should be.
    pub(crate) unchanged: usize,
}

impl Report {
    /// Nothing differed.
    pub(crate) fn is_clean(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Brings the files of one service to the disk, or says how it differs.
pub(crate) fn apply(
    root: &Path,
    layout: &Layout,
    files: &[File],
    mode: Mode,
) -> Result<Report, String> {
    let mut report = one_by_one(root, files, mode)?;
    let wanted: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    for folder in layout.owned() {
        let folder = root.join(folder);
        if !folder.is_dir() {
            continue;
        }
        for path in files_below(&folder)? {
            let name = relative(root, &path);
            if wanted.contains(name.as_str()) {
                continue;
            }
            if mode == Mode::Write {
                fs::remove_file(&path).map_err(|error| failed("remove", &path, &error))?;
            }
            report.removed.push(name);
        }
    }
    Ok(report)
}

/// Brings files to the disk, or says how they differ.
pub(crate) fn one_by_one(root: &Path, files: &[File], mode: Mode) -> Result<Report, String> {
    let mut report = Report::default();
    for file in files {
        let path = root.join(&file.path);
        match fs::read(&path) {
            Ok(bytes) if bytes == file.text.as_bytes() => {
                report.unchanged += 1;
                continue;
            }
            Ok(_) => report.changed.push(file.path.clone()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                report.added.push(file.path.clone());
            }
            Err(error) => return Err(failed("read", &path, &error)),
        }
        if mode == Mode::Write {
            write(&path, &file.text)?;
        }
    }
    Ok(report)
}

/// Writes beside the file and renames, so that a crash leaves the old file or
/// the new one. A temporary file left behind is an extra file in a generated
/// folder: `check` names it and `generate` removes it.
fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    fs::write(&temporary, text).map_err(|error| failed("write", &temporary, &error))?;
    fs::rename(&temporary, path).map_err(|error| failed("write", path, &error))
}
