//! The project on disk: where the specs are and what belongs to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::source::{Source, decode};
use cloudbackup_codegen::{Input, Layout};

/// The project.
pub(crate) struct Project {
    root: PathBuf,
}

/// One spec and where its files go.
pub(crate) struct Service {
    /// `vbs`
    pub(crate) name: String,
    /// Where its files go.
    pub(crate) layout: Layout,
    spec: PathBuf,
    /// Folder of the files that the spec names.
    bodies: PathBuf,
    /// Whose rules the spec keeps to.
    profile: Profile,
}

/// The test spec that holds one of everything; its crates are compiled by the
/// tests and never published.
const KITCHEN_SINK: &str = "kitchen-sink";

/// Test specs of what only documents of others have, with crates like those of the kitchen sink.
const OTHERS: [&str; 3] = ["schemas", "messages", "parameters"];

impl Service {
    /// Whether its crates are for others.
    pub(crate) fn is_published(&self) -> bool {
        self.layout.model.starts_with("crates/")
    }
}

impl Project {
    /// The project that this command was built from.
    pub(crate) fn find() -> Result<Project, String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or(here.to_owned(), PathBuf::from);
        let root = root.parent().unwrap_or(&root).to_owned();
        if !root.join("spec").is_dir() {
            return Err(format!(
                "there is no folder `{}`",
                root.join("spec").display()
            ));
        }
        Ok(Project { root })
    }

    /// The root folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// All services, by name.
    pub(crate) fn services(&self) -> Result<Vec<Service>, String> {
        let folder = self.root.join("spec");
        let entries = fs::read_dir(&folder).map_err(|error| failed("read", &folder, &error))?;
        let mut services = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| failed("read", &folder, &error))?
                .path();
            let name = path.file_stem().and_then(|name| name.to_str());
            if let (Some(name), Some("yaml")) = (name, path.extension().and_then(|e| e.to_str())) {
                services.push(Service {
                    name: name.to_owned(),
                    layout: Layout::of_service(name),
                    bodies: folder.clone(),
                    spec: path,
                    profile: Profile::House,
                });
            }
        }
        services.sort_by(|a, b| a.name.cmp(&b.name));
        services.push(self.kitchen_sink());
        services.extend(OTHERS.map(|name| self.others(name)));
        Ok(services)
    }

    fn kitchen_sink(&self) -> Service {
        let folder = self.root.join("codegen/tests/specs");
        Service {
            name: KITCHEN_SINK.to_owned(),
            layout: Layout {
                model: "codegen/tests/kitchen-sink/model".to_owned(),
                client: "codegen/tests/kitchen-sink/client".to_owned(),
                prefix: "cloudbackup-",
                tests: true,
                server: Some("codegen/tests/kitchen-sink/server/src/generated".to_owned()),
                promises: "codegen/tests/specs/kitchen-sink.api".to_owned(),
            },
            spec: folder.join("kitchen-sink.yaml"),
            bodies: folder,
            profile: Profile::House,
        }
    }

    fn others(&self, name: &str) -> Service {
        let folder = self.root.join("codegen/tests/others");
        Service {
            name: format!("others-{name}"),
            layout: Layout {
                model: format!("codegen/tests/others/{name}/model"),
                client: format!("codegen/tests/others/{name}/client"),
                prefix: "cloudbackup-",
                tests: false,
                server: None,
                promises: format!("codegen/tests/others/{name}.api"),
            },
            spec: folder.join(format!("{name}.yaml")),
            bodies: folder,
            profile: Profile::Foreign,
        }
    }

    /// Everything that a service is made from.
    pub(crate) fn input(&self, service: &Service, major: bool) -> Result<Input, String> {
        let promises = self.root.join(&service.layout.promises);
        let promised = match promises.is_file() {
            true => Some(self.source(&promises)?),
            false => None,
        };
        let mut bodies = BTreeMap::new();
        let folder = service.bodies.join("examples");
        if folder.is_dir() {
            for path in files_below(&folder)? {
                let name = relative(&service.bodies, &path);
                bodies.insert(name, self.source(&path)?);
            }
        }
        Ok(Input {
            spec: self.source(&service.spec)?,
            promised,
            major,
            bodies,
            profile: service.profile,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: (service.profile == Profile::Foreign).then(|| service.name.clone()),
        })
    }

    /// Documented bodies that no spec names: left over, or forgotten.
    pub(crate) fn unnamed_examples(&self) -> Result<Vec<String>, String> {
        let folder = self.root.join("spec");
        let mut specs = String::new();
        for service in self.services()? {
            specs.push_str(&self.source(&service.spec)?.text);
        }
        let mut unnamed = Vec::new();
        for path in files_below(&folder.join("examples"))? {
            if !specs.contains(&relative(&folder, &path)) {
                unnamed.push(relative(&self.root, &path));
            }
        }
        Ok(unnamed)
    }

    fn source(&self, path: &Path) -> Result<Source, String> {
        source(path, relative(&self.root, path))
    }
}

/// A file as a text of this name.
pub(crate) fn source(path: &Path, name: String) -> Result<Source, String> {
    let bytes = fs::read(path).map_err(|error| failed("read", path, &error))?;
    let text = decode(&bytes).map_err(|message| format!("{name}: {message}"))?;
    Ok(Source { path: name, text })
}

/// All files below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| failed("read", &folder, &error))?;
        for entry in entries {
            let path = entry
                .map_err(|error| failed("read", &folder, &error))?
                .path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A path below the root, with `/` on every system.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let parts = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// A sentence about a failed file operation.
pub(crate) fn failed(verb: &str, path: &Path, error: &std::io::Error) -> String {
    format!("can't {verb} `{}`: {error}", path.display())
}
