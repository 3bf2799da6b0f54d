//! Pairs of specs: what stood before a change, and after it.

use std::fs;
use std::path::Path;

use cloudbackup_codegen::Output;
use serde_json::Value;

use crate::support::changes::{self, Change};
use crate::support::services::{self, Service};
use crate::support::{edits, run};

/// A change of a spec.
pub(crate) struct Pair {
    /// What it is called, in letters, digits and `-`.
    pub(crate) name: String,
    pub(crate) base: Spec,
    /// What was promised before the base.
    pub(crate) promised: Option<String>,
    pub(crate) revision: Spec,
    /// Whether a client of the base lives on against a service of the revision.
    pub(crate) is_compatible: bool,
}

/// One side of a pair.
pub(crate) struct Spec {
    text: String,
}

impl Spec {
    /// A spec to its files.
    pub(crate) fn generate(&self, promised: Option<&str>) -> Output {
        run(&self.text, promised)
    }
}

/// Edits of one revision of a service.
const AT_ONCE: usize = 25;

/// The pairs of the project: small specs, changed in one place after the other, and the services,
/// each in many places at once.
pub(crate) fn own() -> Vec<Pair> {
    let pair = |change: &Change| Pair {
        name: slug(change.name),
        base: Spec {
            text: change.base.to_owned(),
        },
        promised: None,
        revision: Spec {
            text: change.revision(),
        },
        is_compatible: change.is_compatible(),
    };
    let services = services::all();
    changes::all()
        .map(pair)
        .chain(services.iter().map(edited))
        .collect()
}

/// A service as it is, and after edits by chance.
fn edited(service: &Service) -> Pair {
    let spec = |edits: usize| {
        let mut spec = edits::Spec::new(service.root.clone(), 42);
        spec.edit(edits);
        Spec { text: spec.text() }
    };
    Pair {
        name: slug(&format!("{} edited by chance", service.name)),
        base: spec(0),
        promised: Some(service.promised.clone()),
        revision: spec(AT_ONCE),
        is_compatible: true,
    }
}

/// The pairs of a folder.
pub(crate) fn read(folder: &Path) -> Result<Vec<Pair>, String> {
    let index = text(&folder.join("index.json"))?;
    let index: Vec<Value> = serde_json::from_str(&index)
        .map_err(|error| format!("`{}/index.json`: {error}", folder.display()))?;
    let pair = |entry: &Value| {
        let id = entry["id"].as_str().unwrap_or_default();
        let breaks = |key: &str| entry[key].as_str() == Some("break");
        Ok(Pair {
            name: slug(id),
            base: spec(&folder.join(id).join("base.yaml"))?,
            promised: None,
            revision: spec(&folder.join(id).join("revision.yaml"))?,
            is_compatible: !breaks("wire_request") && !breaks("wire_response"),
        })
    };
    index.iter().map(pair).collect()
}

fn spec(path: &Path) -> Result<Spec, String> {
    Ok(Spec { text: text(path)? })
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("`{}`: {error}", path.display()))
}

fn slug(name: &str) -> String {
    let part = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(part).collect()
}
