//! A workspace of generated crates, and cargo to check it: the compiler is the
//! judge of what is generated.

use std::path::{Path, PathBuf};
use std::process::Command;

use cloudbackup_codegen::Output;

/// Crates of several specs, in the folder that cargo gives to tests.
pub(crate) struct Workspace {
    folder: PathBuf,
    root: PathBuf,
    members: Vec<String>,
}

impl Workspace {
    pub(crate) fn new(name: &str) -> Workspace {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        Workspace {
            folder: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name),
            root: root.map(Path::to_owned).unwrap_or_default(),
            members: Vec::new(),
        }
    }

    /// The model, the client and a caller of one spec; the caller knows the
    /// client as `shelf_client`.
    pub(crate) fn add(&mut self, name: &str, output: &Output, caller: &str) {
        let runtime = self.root.join("crates/runtime");
        let runtime =
            format!("cloudbackup-runtime = {{ path = {runtime:?}, default-features = false }}\n");
        let own = |kind: &str| {
            format!(
                "shelf_{kind} = {{ package = \"{name}-{kind}\", path = \"../{name}-{kind}\" }}\n"
            )
        };
        let serde = "serde = { version = \"1\", features = [\"derive\"] }\n".to_owned();
        let model = "#![deny(warnings)]\nmod generated;\npub use generated::*;\n";
        let client = "#![deny(warnings)]\npub use shelf_model as model;\nmod generated;\npub use generated::*;\n";
        for (kind, dependencies, lib) in [
            ("model", serde, model),
            ("client", format!("{runtime}{}", own("model")), client),
            ("caller", format!("{runtime}{}", own("client")), caller),
        ] {
            self.member(name, kind, &dependencies, lib, output);
        }
    }

    fn member(&mut self, name: &str, kind: &str, dependencies: &str, lib: &str, output: &Output) {
        let core = self.root.join("crates/core");
        let member = format!("{name}-{kind}");
        let home = self.folder.join(&member);
        let manifest = format!(
            "[package]\nname = \"{member}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [lib]\nname = \"shelf_{kind}\"\n\n[features]\nserver = []\nblocking = []\n\n\
             [dependencies]\ncloudbackup-core = {{ path = {core:?} }}\n{dependencies}"
        );
        write(&home.join("Cargo.toml"), &manifest);
        write(&home.join("src/lib.rs"), lib);
        // Files of an earlier run have no place in this one.
        let _ = std::fs::remove_dir_all(home.join("src/generated"));
        for file in &output.files {
            if let Some(path) = file.path.strip_prefix(&format!("{kind}/src/")) {
                write(&home.join("src").join(path), &file.text);
            }
        }
        self.members.push(member);
    }

    /// Runs `cargo check`; a test that comes here fails with the compiler's
    /// words.
    pub(crate) fn check(&self) {
        let members: Vec<String> = self
            .members
            .iter()
            .map(|name| format!("{name:?}"))
            .collect();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
            members.join(", ")
        );
        write(&self.folder.join("Cargo.toml"), &manifest);
        let lock = self.folder.join("Cargo.lock");
        if let Err(error) = std::fs::copy(self.root.join("Cargo.lock"), &lock) {
            panic!("can't write {}: {error}", lock.display());
        }
        let output = Command::new(env!("CARGO"))
            .args(["check", "--workspace", "--offline", "--quiet"])
            .current_dir(&self.folder)
            // One folder for all workspaces: they share their dependencies.
            .env("CARGO_TARGET_DIR", self.folder.with_file_name("checked"))
            .env_remove("RUSTFLAGS")
            .output();
        match output {
            Ok(output) => assert!(
                output.status.success(),
                "generated code does not compile:\n{}",
                String::from_utf8_lossy(&output.stderr)
            ),
            Err(error) => panic!("cargo did not run: {error}"),
        }
    }
}

fn write(path: &Path, text: &str) {
    let written = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, text));
    if let Err(error) = written {
        panic!("can't write {}: {error}", path.display());
    }
}
