//! What is compared: revisions, files and folders on the command line to pairs
//! of documents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cloudbackup_codegen::source::{Source, decode};

use super::git::Git;
use crate::project::{failed, files_below, relative};

/// Where files are read from.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// The disk, below a folder.
    Disk(PathBuf),
    /// A commit.
    Commit { git: Git, commit: String },
}

/// One side of the command line.
#[derive(Clone, Debug)]
pub(super) struct Place {
    tree: Tree,
    /// A file or folder in it.
    path: String,
    /// As it was named.
    pub(super) name: String,
    /// One document, not all of a folder.
    file: bool,
    /// What the maintainer is working on.
    pub(super) working: bool,
}

/// A document that is on both sides, or on one.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// `vbs`
    pub(super) name: String,
    pub(super) base: Option<Source>,
    pub(super) revision: Option<Source>,
}

const SPECS: &str = "spec";

impl Tree {
    /// The files of that name, as far as they are there.
    fn read(&self, paths: &[String]) -> Result<Vec<Option<Source>>, String> {
        let found = match self {
            Tree::Commit { git, commit } => git.read(commit, paths)?,
            Tree::Disk(root) => {
                let read = |path: &String| {
                    let path = root.join(path);
                    match fs::read(&path) {
                        Ok(bytes) => Ok(Some(bytes)),
                        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                        Err(error) => Err(failed("read", &path, &error)),
                    }
                };
                paths.iter().map(read).collect::<Result<_, _>>()?
            }
        };
        let sources = paths.iter().zip(found).map(|(path, bytes)| {
            let Some(bytes) = bytes else { return Ok(None) };
            let text = decode(&bytes).map_err(|message| format!("{path}: {message}"))?;
            let path = path.clone();
            Ok(Some(Source { path, text }))
        });
        sources.collect()
    }

    fn one(&self, path: &str) -> Result<Option<Source>, String> {
        Ok(self.read(&[path.to_owned()])?.pop().flatten())
    }

    /// Files below a folder.
    fn below(&self, folder: &str) -> Result<Vec<String>, String> {
        match self {
            Tree::Commit { git, commit } => git.files(commit, &format!("{folder}/")),
            Tree::Disk(root) => {
                let path = root.join(folder);
                if !path.is_dir() {
                    return Ok(Vec::new());
                }
                let files = files_below(&path)?;
                Ok(files
                    .iter()
                    .map(|it| join(folder, &relative(&path, it)))
                    .collect())
            }
        }
    }

    /// Files of a folder itself.
    fn within(&self, folder: &str) -> Result<Vec<String>, String> {
        let files = match self {
            Tree::Commit { .. } => self.below(folder)?,
            Tree::Disk(root) => {
                let path = root.join(folder);
                let entries = fs::read_dir(&path).map_err(|error| failed("read", &path, &error))?;
                let mut names = Vec::new();
                for entry in entries {
                    let entry = entry.map_err(|error| failed("read", &path, &error))?;
                    if entry.path().is_file() {
                        names.push(join(folder, &entry.file_name().to_string_lossy()));
                    }
                }
                names
            }
        };
        let depth = folder.split('/').count();
        let own = |path: &String| path.split('/').count() == depth + 1;
        Ok(files.into_iter().filter(own).collect())
    }
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        other => format!("{}/{name}", other.trim_end_matches('/')),
    }
}

/// Where what was named is to be found.
pub(super) struct Finder<'f> {
    /// The project.
    pub(super) root: &'f Path,
    pub(super) git: Option<Git>,
}

impl Finder<'_> {
    /// Both sides of a command line.
    pub(super) fn places(&self, names: &[String]) -> Result<(Place, Place), String> {
        let working = self.working();
        match names {
            [] => {
                let git = self.git()?;
                let commit = git.merge_base()?;
                Ok((self.commit(git, &commit, "the merge base"), working))
            }
            [base] => {
                let base = self.place(base)?;
                if base.file {
                    let message = format!("`{}` is one file: name the other one, too", base.name);
                    return Err(message);
                }
                Ok((base, working))
            }
            [base, revision] => {
                let (base, revision) = (self.place(base)?, self.place(revision)?);
                Ok(fitting(base, revision))
            }
            _ => Err("a base and a revision are wanted, not more".to_owned()),
        }
    }

    fn git(&self) -> Result<Git, String> {
        let git = self.git.clone();
        git.ok_or_else(|| "this is no git repository: name two files or folders".to_owned())
    }

    fn working(&self) -> Place {
        Place {
            tree: Tree::Disk(self.root.to_owned()),
            path: SPECS.to_owned(),
            name: "the working tree".to_owned(),
            file: false,
            working: true,
        }
    }

    /// The specs of a commit.
    pub(super) fn commit(&self, git: Git, commit: &str, name: &str) -> Place {
        Place {
            tree: Tree::Commit {
                git,
                commit: commit.to_owned(),
            },
            path: SPECS.to_owned(),
            name: name.to_owned(),
            file: false,
            working: false,
        }
    }

    fn place(&self, name: &str) -> Result<Place, String> {
        let path = Path::new(name);
        if path.exists() {
            return Ok(Place {
                // Paths of documents are printed as they were given.
                tree: Tree::Disk(PathBuf::new()),
                path: name.trim_end_matches('/').to_owned(),
                name: name.to_owned(),
                file: path.is_file(),
                working: false,
            });
        }
        let git = self.git.clone();
        let found = git.and_then(|git| Some((git.tree(name)?, git)));
        if let Some((commit, git)) = found {
            return Ok(self.commit(git, &commit, name));
        }
        self.file_of_commit(name).unwrap_or_else(|| {
            Err(format!(
                "`{name}` is no file, no folder and no revision of git"
            ))
        })
    }

    /// `main:spec/vbs.yaml`
    fn file_of_commit(&self, name: &str) -> Option<Result<Place, String>> {
        let (commit, path) = name.split_once(':')?;
        let git = self.git.clone()?;
        let commit = git.tree(commit)?;
        let mut place = self.commit(git, &commit, name);
        path.clone_into(&mut place.path);
        place.file = match place.tree.one(path) {
            Ok(found) => found.is_some(),
            Err(message) => return Some(Err(message)),
        };
        Some(Ok(place))
    }
}

/// A file beside a commit means the same file of that commit.
fn fitting(mut base: Place, mut revision: Place) -> (Place, Place) {
    let commit = |place: &Place| matches!(place.tree, Tree::Commit { .. }) && place.path == SPECS;
    if base.file && commit(&revision) {
        revision.path.clone_from(&base.path);
        revision.file = true;
    } else if revision.file && commit(&base) {
        base.path.clone_from(&revision.path);
        base.file = true;
    }
    (base, revision)
}

impl Document {
    /// Whether both sides have the same text.
    pub(super) fn is_same(&self) -> bool {
        let text = |source: &Option<Source>| source.as_ref().map(|it| it.text.clone());
        text(&self.base) == text(&self.revision)
    }
}

impl Place {
    /// Whether these are the specs of the project.
    pub(super) fn is_specs(&self) -> bool {
        !self.file && (self.working || matches!(self.tree, Tree::Commit { .. }))
    }

    /// Documents by the names of their files.
    fn documents(&self) -> Result<BTreeMap<String, String>, String> {
        let mut found = BTreeMap::new();
        let files = match self.file {
            true => vec![self.path.clone()],
            false => self.tree.within(&self.path)?,
        };
        for file in files {
            let name = file.rsplit('/').next().unwrap_or(&file);
            let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
            if self.file || matches!(extension, "yaml" | "yml" | "json") {
                found.insert(stem.to_owned(), file);
            }
        }
        Ok(found)
    }

    fn document(&self, path: Option<&String>) -> Result<Option<Source>, String> {
        let Some(path) = path else { return Ok(None) };
        let found = self.tree.one(path)?;
        let missing = || format!("there is no `{path}` in {}", self.name);
        match self.file && found.is_none() {
            true => Err(missing()),
            false => Ok(found),
        }
    }

    /// A file that a document refers to.
    pub(super) fn fetch(&self, path: &str) -> Result<Source, String> {
        let found = self.tree.one(path)?;
        found.ok_or_else(|| "there is no such file".to_owned())
    }

    /// A file beside a document, with another ending.
    pub(super) fn beside(&self, document: &Source, ending: &str) -> Result<Option<Source>, String> {
        let stem = document.path.rsplit_once('.').map_or("", |it| it.0);
        self.tree.one(&format!("{stem}.{ending}"))
    }

    /// Files that a document may name as examples, by the path it names them
    /// with.
    pub(super) fn examples(&self, document: &Source) -> Result<BTreeMap<String, Source>, String> {
        let folder = document.path.rsplit_once('/').map_or("", |it| it.0);
        let paths = self.tree.below(&join(folder, "examples"))?;
        let sources = self.tree.read(&paths)?.into_iter().flatten();
        let below = |path: &str| path[folder.len()..].trim_start_matches('/').to_owned();
        Ok(sources.map(|it| (below(&it.path), it)).collect())
    }
}

/// The documents of two places, paired by name; two single files are a pair
/// whatever they are called.
pub(super) fn documents(base: &Place, revision: &Place) -> Result<Vec<Document>, String> {
    if base.file != revision.file {
        return Err(format!(
            "`{}` and `{}`: a file and a folder can't be compared",
            base.name, revision.name
        ));
    }
    let (old, new) = (base.documents()?, revision.documents()?);
    let mut pairs = Vec::new();
    if base.file {
        let name = new.keys().next().cloned().unwrap_or_default();
        pairs.push((name, old.values().next(), new.values().next()));
    } else {
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            pairs.push((name.clone(), old.get(name), new.get(name)));
        }
    }
    if pairs.is_empty() {
        return Err(format!("there are no documents in {}", revision.name));
    }
    let documents = pairs.into_iter().map(|(name, from, to)| {
        Ok(Document {
            name,
            base: base.document(from)?,
            revision: revision.document(to)?,
        })
    });
    documents.collect()
}
