//! The specs of the project, as they are checked in.

use std::path::Path;

use cloudbackup_codegen::diag::Diagnostics;
use cloudbackup_codegen::load::load;
use cloudbackup_codegen::source::Sources;
use serde_json::Value;

/// A service of the project.
pub(crate) struct Service {
    pub(crate) name: String,
    /// Its spec.
    pub(crate) root: Value,
    /// Its `.api` file.
    pub(crate) promised: String,
}

/// Those whose crates are published.
pub(crate) fn all() -> Vec<Service> {
    let names = ["cbr", "gaussdb-mysql", "gaussdb-opengauss", "rds", "vbs"];
    names.map(service).into()
}

fn service(name: &str) -> Service {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let text = |extension: &str| {
        let path = folder.join(format!("{name}.{extension}"));
        match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => panic!("{}: {error}", path.display()),
        }
    };
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let id = sources.add(format!("spec/{name}.yaml"), text("yaml"));
    let document = load(&sources, id, &mut diagnostics);
    let root = document.and_then(|document| document.get("").cloned());
    Service {
        name: name.to_owned(),
        root: root.unwrap_or_default(),
        promised: text("api"),
    }
}
