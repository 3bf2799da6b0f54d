//! The `git` command: revisions, and files as they were.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A repository on disk.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    root: PathBuf,
}

/// Branches that others branch off, the first that exists.
const MAIN: [&str; 4] = ["origin/main", "main", "origin/master", "master"];

impl Git {
    /// The repository around a folder.
    pub(crate) fn around(folder: &Path) -> Option<Git> {
        let root = run(folder, &["rev-parse", "--show-toplevel"]).ok()?;
        let root = PathBuf::from(root.trim());
        Some(Git { root })
    }

    /// The top folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The files that a name means: those of a commit, a tag or a tree.
    pub(crate) fn tree(&self, name: &str) -> Option<String> {
        // A name that starts with a dash would be an option.
        if name.starts_with('-') {
            return None;
        }
        let name = format!("{name}^{{tree}}");
        let found = run(&self.root, &["rev-parse", "--verify", "--quiet", &name]).ok()?;
        Some(found.trim().to_owned())
    }

    /// Where this branch left the main one.
    pub(crate) fn merge_base(&self) -> Result<String, String> {
        let main = MAIN.iter().find(|name| self.tree(name).is_some());
        let main = main.ok_or("there is no branch `main`; name a revision to compare with")?;
        let found = run(&self.root, &["merge-base", main, "HEAD"])?;
        Ok(found.trim().to_owned())
    }

    /// The last tag of a release that HEAD stands on.
    pub(crate) fn last_release(&self) -> Option<String> {
        let arguments = ["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"];
        let found = run(&self.root, &arguments).ok()?;
        Some(found.trim().to_owned())
    }

    /// Files below a folder of a commit, as paths from the top.
    pub(crate) fn files(&self, commit: &str, folder: &str) -> Result<Vec<String>, String> {
        let arguments = ["ls-tree", "-r", "-z", "--name-only", commit, "--", folder];
        let found = run(&self.root, &arguments)?;
        Ok(found.split_terminator('\0').map(str::to_owned).collect())
    }

    /// Files of a commit; `None` for those that it does not have. All are got
    /// in one go, since a process for each of many examples takes its time.
    pub(crate) fn read(
        &self,
        commit: &str,
        paths: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, String> {
        let mut child = Command::new("git")
            .args(["cat-file", "--batch"])
            .current_dir(&self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("can't run git: {error}"))?;
        let mut input = child.stdin.take().ok_or("git takes no input")?;
        let asked: String = paths
            .iter()
            .map(|path| format!("{commit}:{path}\n"))
            .collect();
        // Git answers while it is asked, so both must go on at once.
        let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()));
        let output = child
            .wait_with_output()
            .map_err(|error| error.to_string())?;
        // What could not be asked shows as an answer that is missing.
        let _ = writer.join();
        answers(&output.stdout, paths.len()).ok_or_else(|| "git gave no files".to_owned())
    }
}

/// Splits what `cat-file --batch` says: a line, the bytes, a line end.
fn answers(bytes: &[u8], count: usize) -> Option<Vec<Option<Vec<u8>>>> {
    let mut rest = bytes;
    let mut found = Vec::new();
    for _ in 0..count {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let head = std::str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        let mut words = head.rsplit(' ');
        let Some(size) = words.next()?.parse::<usize>().ok() else {
            found.push(None);
            continue;
        };
        let blob = words.next()? == "blob";
        found.push(blob.then(|| rest.get(..size).map(<[u8]>::to_vec)).flatten());
        rest = rest.get(size + 1..)?;
    }
    Some(found)
}

fn run(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("can't run git: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git {}: {}", arguments.join(" "), said.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| "git gave text that is not UTF-8".to_owned())
}
