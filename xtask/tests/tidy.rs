//! House rules that no compiler knows: sizes, headers, dependencies.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Rust files written by hand.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["codegen", "crates", "xtask"] {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() > 50, "found only {} files", files.len());
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["generated", "target"].contains(&name.as_str()) {
            collect(&path, files);
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        let said = text.starts_with("//! ") || text.starts_with("#![doc = include_str!");
        assert!(said, "{} does not open with `//!`", path.display());
    }
}

#[test]
fn files_are_short() {
    for path in sources() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 600, "{} has {lines} lines", path.display());
    }
}

/// Packages in the tree of another, the package itself included.
fn tree(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none", "--edges", "normal"])
        .args(["--format", "{p}", "--package", package])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let package = |line: &str| {
        let mut words = line.split(' ');
        Some(format!("{} {}", words.next()?, words.next()?))
    };
    text.lines().filter_map(package).collect()
}

#[test]
fn xtask_stays_small() {
    let tree = tree("xtask");
    assert!(tree.len() <= 30, "{} crates: {tree:#?}", tree.len());
    let syn = tree.iter().filter(|name| name.starts_with("syn ")).count();
    assert_eq!(syn, 1, "{tree:#?}");
    assert!(!tree.iter().any(|name| name.starts_with("reqwest ")));
}

#[test]
fn models_have_no_network_in_their_tree() {
    const REFUSED: [&str; 9] = [
        "reqwest",
        "hyper",
        "http",
        "tokio",
        "rustls",
        "native-tls",
        "openssl",
        "futures",
        "url",
    ];
    for service in services() {
        let tree = tree(&format!("cloudbackup-{service}-model"));
        for name in &tree {
            let name = name.split(' ').next().unwrap();
            assert!(
                !REFUSED.contains(&name),
                "{name} in the tree of {service}: {tree:#?}"
            );
        }
    }
}

fn services() -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("spec")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".yaml").map(str::to_owned));
    }
    assert!(names.len() >= 5, "{names:?}");
    names
}

/// The first block of Rust in a file.
fn rust_block(path: &str) -> String {
    let text = fs::read_to_string(root().join(path)).unwrap();
    let (_, block) = text.split_once("```rust").unwrap();
    let (_, block) = block.split_once('\n').unwrap();
    block.split("```").next().unwrap().to_owned()
}

#[test]
fn the_program_of_the_readme_is_one_that_is_compiled() {
    assert_eq!(
        rust_block("README.md"),
        rust_block("crates/cloudbackup/README.md")
    );
}

/// Where a key of a manifest has its value, as the manifests here are written.
fn value_of<'a>(manifest: &'a str, key: &str) -> &'a str {
    let (_, rest) = manifest.split_once(&format!("\n{key} = ")).unwrap();
    rest.split_once("]\n").unwrap().0
}

#[test]
fn facade_and_readmes_have_every_service() {
    let [manifest, library, own, top] = [
        "crates/cloudbackup/Cargo.toml",
        "crates/cloudbackup/src/lib.rs",
        "crates/cloudbackup/README.md",
        "README.md",
    ]
    .map(|path| fs::read_to_string(root().join(path)).unwrap());
    for service in services() {
        let client = format!("cloudbackup-{service}-client");
        let module = service.replace('-', "_");
        let row = |text: &str| {
            let mut rows = text.lines().filter(|line| line.starts_with('|'));
            rows.any(|line| line.contains(&format!("| `{service}` |")))
        };
        for (place, found) in [
            (
                "dependencies",
                manifest.contains(&format!("\n{client} = {{")),
            ),
            (
                "the sandbox",
                root()
                    .join(format!("crates/sandbox/src/{module}/mod.rs"))
                    .is_file(),
            ),
            (
                "features",
                manifest.contains(&format!("\n{service} = [\"dep:{client}\"]")),
            ),
            (
                "`all`",
                value_of(&manifest, "all").contains(&format!("\"{service}\"")),
            ),
            (
                "`blocking`",
                value_of(&manifest, "blocking").contains(&format!("\"{client}?/blocking\"")),
            ),
            (
                "the library",
                library.contains(&format!("pub use cloudbackup_{module}_client as {module};")),
            ),
            ("the table of its README", row(&own)),
            ("the table of the README at the top", row(&top)),
        ] {
            assert!(found, "{service} is missing: {place}");
        }
    }
}

/// The two crates are published apart, so each has its copy.
#[test]
fn signing_vectors_are_the_same_for_signer_and_verifier() {
    let [signer, verifier] = ["runtime", "sandbox"].map(|name| {
        let path = format!("crates/{name}/tests/data/signing_vectors.json");
        fs::read(root().join(path)).unwrap()
    });
    assert!(signer == verifier, "copy one over the other");
}
