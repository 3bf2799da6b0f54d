//! How long a service takes from its texts to its files, nothing being read or written meanwhile.
//!
//! `cargo bench -p cloudbackup-codegen --bench generate`

#![allow(
    clippy::unwrap_used,
    reason = "a bench stops at what it did not expect"
)]

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::source::{Source, decode};
use cloudbackup_codegen::{Input, Layout, generate};
use criterion::{BenchmarkId, Criterion, Throughput};

const SERVICES: [&str; 5] = ["cbr", "gaussdb-mysql", "gaussdb-opengauss", "rds", "vbs"];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for service in SERVICES {
        bench(&mut criterion, &here.join("../spec"), service);
    }
    bench(&mut criterion, &here.join("tests/specs"), "kitchen-sink");
    criterion.final_summary();
}

fn bench(criterion: &mut Criterion, folder: &Path, service: &str) {
    let input = input(folder, service);
    let layout = Layout::of_service(service);
    // An error ends the work early and would look like a fast generator.
    let output = generate(&input, &layout);
    assert!(
        !output.diagnostics.has_errors(),
        "{service}: {:?}",
        output.diagnostics
    );
    assert!(!output.files.is_empty(), "{service} made no files");

    let mut group = criterion.benchmark_group("generate");
    group.throughput(Throughput::Bytes(input.spec.text.len() as u64));
    group.bench_function(BenchmarkId::from_parameter(service), |b| {
        b.iter(|| generate(black_box(&input), &layout));
    });
    group.finish();
}

/// What `xtask` hands over: the spec, its promises, and the bodies that lie beside it.
fn input(folder: &Path, service: &str) -> Input {
    let mut bodies = BTreeMap::new();
    for entry in fs::read_dir(folder.join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        bodies.insert(format!("examples/{name}"), source(path));
    }
    Input {
        spec: source(folder.join(format!("{service}.yaml"))),
        promised: Some(source(folder.join(format!("{service}.api")))),
        major: false,
        bodies,
        profile: Profile::House,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: None,
    }
}

fn source(path: PathBuf) -> Source {
    let text = decode(&fs::read(&path).unwrap()).unwrap();
    let path = path.display().to_string();
    Source { path, text }
}
