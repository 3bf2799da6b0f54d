//! A workspace of generated crates, and cargo to check it: the compiler is the
//! judge of what is generated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cloudbackup_codegen as codegen;
use serde_json::Value;

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
    pub(crate) fn add(&mut self, name: &str, output: &codegen::Output, caller: &str) {
        let runtime = self.root.join("crates/runtime");
        let runtime =
            format!("cloudbackup-runtime = {{ path = {runtime:?}, default-features = false }}\n");
        let own = |kind: &str| {
            format!(
                "shelf_{kind} = {{ package = \"{name}-{kind}\", path = \"../{name}-{kind}\" }}\n"
            )
        };
        let serde = "serde = { version = \"1\", features = [\"derive\"] }\n".to_owned();
        let tests = "serde_json = \"1\"\ntokio = { version = \"1\", features = [\"macros\", \"rt\"] }\nshelf_model = { package = \"NAME-model\", path = \
                     \"../NAME-model\", features = [\"server\"] }\n";
        let tests = format!("\n[dev-dependencies]\n{}", tests.replace("NAME", name));
        let model = "#![deny(warnings)]\nmod generated;\npub use generated::*;\n";
        let client = "#![deny(warnings)]\npub use shelf_model as model;\nmod generated;\npub use generated::*;\n";
        for (kind, dependencies, lib) in [
            ("model", serde, model),
            (
                "client",
                format!("{runtime}{}{tests}", own("model")),
                client,
            ),
            ("caller", format!("{runtime}{}", own("client")), caller),
        ] {
            self.member(name, kind, &dependencies, lib, output);
        }
    }

    fn member(
        &mut self,
        name: &str,
        kind: &str,
        dependencies: &str,
        lib: &str,
        output: &codegen::Output,
    ) {
        let core = self.root.join("crates/core");
        let member = format!("{name}-{kind}");
        let home = self.folder.join(&member);
        let manifest = format!(
            "[package]\nname = \"{member}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [lib]\nname = \"shelf_{kind}\"\n\n[features]\nserver = [\"cloudbackup-core/server\"]\nblocking = []\n\n\
             [dependencies]\ncloudbackup-core = {{ path = {core:?} }}\n{dependencies}"
        );
        write(&home.join("Cargo.toml"), &manifest);
        write(&home.join("src/lib.rs"), lib);
        // Files of an earlier run have no place in this one.
        for part in ["src", "tests"] {
            let _ = std::fs::remove_dir_all(home.join(part).join("generated"));
            for file in &output.files {
                if let Some(path) = file.path.strip_prefix(&format!("{kind}/{part}/")) {
                    write(&home.join(part).join(path), &of_shelf(path, &file.text));
                }
            }
        }
        self.members.push(member);
    }

    /// Runs `cargo check`, over the generated tests and what servers have too; a
    /// test that comes here fails with the compiler's words.
    #[track_caller]
    pub(crate) fn check(&self) {
        let failures = self.failures_of(&["--all-targets", "--features=server"]);
        assert!(
            failures.is_empty(),
            "generated code does not compile:\n{}",
            failures.into_values().collect::<Vec<_>>().join("\n")
        );
    }

    /// Runs `cargo check` over all members without their tests: what the compiler
    /// says of each that fails, by its name.
    pub(crate) fn failures(&self) -> BTreeMap<String, String> {
        self.failures_of(&[])
    }

    fn failures_of(&self, targets: &[&str]) -> BTreeMap<String, String> {
        self.write_manifest();
        let mut arguments = vec![
            "check",
            "--workspace",
            "--keep-going",
            "--message-format=json",
        ];
        arguments.extend(targets);
        let output = self.cargo(&arguments);
        let mut failures = BTreeMap::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let message: Value = serde_json::from_str(line).unwrap_or_default();
            if message["message"]["level"] == "error" {
                let manifest = message["manifest_path"].as_str().unwrap_or_default();
                let member = Path::new(manifest).parent().and_then(Path::file_name);
                let member = member.unwrap_or_default().to_string_lossy().into_owned();
                let text = message["message"]["rendered"].as_str().unwrap_or_default();
                failures
                    .entry(member)
                    .or_insert_with(String::new)
                    .push_str(text);
            }
        }
        assert!(
            output.status.success() || !failures.is_empty(),
            "cargo failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        failures
    }

    /// Builds a program from callers, by the name of their specs, and gives what
    /// it prints.
    pub(crate) fn run(&mut self, callers: &[String], main: &str) -> String {
        let mut manifest = "[package]\nname = \"runner\"\nversion = \"0.0.0\"\n\
                            edition = \"2024\"\n\n[dependencies]\n\
                            serde_json = \"1\"\n"
            .to_owned();
        for name in callers {
            let alias = name.replace('-', "_");
            manifest.push_str(&format!(
                "{alias} = {{ package = \"{name}-caller\", path = \"../{name}-caller\" }}\n"
            ));
        }
        let home = self.folder.join("runner");
        write(&home.join("Cargo.toml"), &manifest);
        write(&home.join("src/main.rs"), main);
        self.members.push("runner".to_owned());
        self.write_manifest();
        let output = self.cargo(&["run", "--package", "runner", "--quiet"]);
        assert!(
            output.status.success(),
            "the callers do not run:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Writes a text beside the crates.
    pub(crate) fn note(&self, name: &str, text: &str) {
        write(&self.folder.join(name), text);
    }

    fn write_manifest(&self) {
        let members: Vec<String> = self
            .members
            .iter()
            .map(|name| format!("{name:?}"))
            .collect();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n\
             [profile.dev]\ndebug = false\nincremental = false\n",
            members.join(", ")
        );
        write(&self.folder.join("Cargo.toml"), &manifest);
        let lock = self.folder.join("Cargo.lock");
        if let Err(error) = std::fs::copy(self.root.join("Cargo.lock"), &lock) {
            panic!("can't write {}: {error}", lock.display());
        }
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .arg("--offline")
            .current_dir(&self.folder)
            // One folder for all workspaces: they share their dependencies.
            .env("CARGO_TARGET_DIR", self.folder.with_file_name("checked"))
            .env_remove("RUSTFLAGS")
            .output();
        match output {
            Ok(output) => output,
            Err(error) => panic!("cargo did not run: {error}"),
        }
    }
}

/// A file of tests as it stands in these crates: under their name, and without a
/// warning.
fn of_shelf(path: &str, text: &str) -> String {
    let mut out = String::new();
    if path == "generated/main.rs" {
        out.push_str("#![deny(warnings)]\n");
    }
    for line in text.lines() {
        match line.split_once("_client::") {
            Some((before, after)) if before.starts_with("use cloudbackup_") => {
                out.push_str(&format!("use shelf_client::{after}\n"));
            }
            _ => out.push_str(&format!("{line}\n")),
        }
    }
    out
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
