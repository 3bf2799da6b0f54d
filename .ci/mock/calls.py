"""Makes a program of the calls that the generated wire tests build: each is sent instead."""

import pathlib
import re
import sys

SERVICES = ["cbr", "gaussdb-mysql", "gaussdb-opengauss", "rds", "vbs"]

MANIFEST = """[package]
name = "mock-calls"
edition = "2024"

[workspace]

[dependencies]
serde_json = "1"
tokio = {{ version = "1", features = ["macros", "rt"] }}
cloudbackup-core = {{ path = "{root}/crates/core" }}
cloudbackup-runtime = {{ path = "{root}/crates/runtime", default-features = false }}
"""

MAIN = """#![allow(unused_mut, unused_imports)]

{modules}

#[tokio::main(flavor = "current_thread")]
async fn main() {{
    let mut arguments = std::env::args().skip(1);
    let service = arguments.next().unwrap_or_default();
    let endpoint = arguments.next().unwrap_or_default();
    let (sent, failed) = match service.as_str() {{
{arms}
        other => panic!("there is no service {{other}}"),
    }};
    println!("{{service}}: {{sent}} requests answered and understood, {{}} not", failed.len());
    for line in &failed {{
        println!("  {{line}}");
    }}
    std::process::exit(i32::from(sent == 0 || !failed.is_empty()));
}}
"""

MODULE = """mod {name} {{
    use cloudbackup_{name}_client::{{Client, model}};

    pub(super) async fn all(endpoint: &str) -> (usize, Vec<String>) {{
        let (mut sent, mut failed) = (0, Vec::new());
{calls}
        (sent, failed)
    }}
{functions}
}}
"""

TEST = re.compile(r"fn (\w+_request)\(\).*?\n(.*?)\n}", re.DOTALL)
BUILD = re.compile(r"    let client = (.*?\.build\(\)\?;\n)(.*?)let request = (client\b.*?)\.build\(\)\?;", re.DOTALL)


def functions(folder):
    """Name and body of each function that sends a request."""
    for file in sorted(folder.glob("*.rs")):
        for name, body in TEST.findall(file.read_text(encoding="utf-8")):
            found = BUILD.search(body)
            if not found:
                raise SystemExit(f"{file}: {name} builds no request")
            client, before, call = found.groups()
            client = re.sub(r'"https://[^"]*"', "endpoint", client, count=1)
            yield name, f"let client = {client}{before}Ok({call}.send().await.map(drop)?)"


def module(root, service):
    name = service.replace("-", "_")
    made = dict(functions(root / f"crates/{service}-client/tests/generated/calls"))
    calls = "\n".join(
        f'        sent += 1;\n        if let Err(error) = {call}(endpoint).await {{\n'
        f'            sent -= 1;\n            failed.push(format!("{call}: {{error}}"));\n        }}'
        for call in made
    )
    bodies = "\n".join(
        f"\n    async fn {call}(endpoint: &str) -> Result<(), Box<dyn std::error::Error>> {{\n"
        f"        {body}\n    }}"
        for call, body in made.items()
    )
    return MODULE.format(name=name, calls=calls, functions=bodies)


def main():
    root, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    (work / "src").mkdir(parents=True, exist_ok=True)
    manifest = MANIFEST.format(root=root)
    for service in SERVICES:
        manifest += (
            f'cloudbackup-{service}-client = {{ path = "{root}/crates/{service}-client", '
            f"default-features = false }}\n"
        )
    (work / "Cargo.toml").write_text(manifest, encoding="utf-8")
    arms = "\n".join(
        f'        "{service}" => {service.replace("-", "_")}::all(&endpoint).await,'
        for service in SERVICES
    )
    modules = "\n".join(module(root, service) for service in SERVICES)
    text = MAIN.format(modules=modules, arms=arms)
    (work / "src/main.rs").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
