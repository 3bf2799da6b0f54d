//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg::{Long, Short, Value};
use lexopt::ValueExt;

use crate::diff::{FailOn, Format, Options};

/// What the user asked for.
pub(crate) enum Command {
    /// Print a page and stop.
    Help(&'static str),
    /// Write what the specs say.
    Generate {
        /// Names of services; all when empty.
        services: Vec<String>,
        /// Give up what was promised to callers.
        major: bool,
    },
    /// Write crates for a document from anywhere.
    GenerateForeign(Foreign),
    /// Compare what is checked in with what the specs say.
    Check,
    /// Compare a spec with a catalogue of the vendor's API.
    Coverage {
        /// `vbs`
        service: String,
        /// Path of a JSON file.
        catalogue: String,
        /// Name what notes account for, too.
        verbose: bool,
    },
    /// Say what a spec change does.
    Diff(Options),
    /// Print the page about a diagnostic code or a kind of change.
    Explain {
        /// `E101` or `property-removed`
        code: String,
    },
}

/// A document from anywhere, and what is to become of it.
pub(crate) struct Foreign {
    /// The document.
    pub(crate) spec: PathBuf,
    /// Where the crates go.
    pub(crate) out: PathBuf,
    /// What they are called; by the file unless given.
    pub(crate) name: Option<String>,
    /// The folder with `core` and `runtime`.
    pub(crate) runtime_path: Option<PathBuf>,
    /// Whether earlier promises are given up.
    pub(crate) major: bool,
}

const HELP: &str = "\
The maintainer's commands. Specs are in spec/, generated code is in crates/*/src/generated.

Usage: cargo xtask <COMMAND>

Commands:
  generate [SERVICE…]   Write the crates that the specs describe
  check                 Say what drifted: specs, generated files, promises
  coverage SERVICE FILE Count what of a catalogue of the vendor's API stands in a spec
  diff [BASE] [REVISION] Say what a spec change does on the wire and to Rust callers
  explain CODE          Tell what a diagnostic such as E101, or a kind of change, means

The usual round: edit spec/vbs.yaml, `cargo xtask generate vbs`, read `git diff`, `cargo test`.

Exit status: 0 done, 1 findings, 2 wrong usage or failure.
`cargo xtask <COMMAND> --help` says more.
";

const GENERATE: &str = "\
Write the crates that the specs describe.

Usage: cargo xtask generate [--major] [SERVICE…]
       cargo xtask generate --spec FILE --out DIR [--name NAME] [--runtime-path DIR] [--major]

Reads spec/SERVICE.yaml (all services when none is named) and spec/SERVICE.api, and writes
crates/SERVICE-model/src/generated, crates/SERVICE-client/src/generated and tests/generated,
and spec/SERVICE.api. These are the generator's: a file that no spec asks for is removed, and
only files whose bytes change are written. With errors in a spec nothing of its service is
touched. What spec/SERVICE.api promised to callers wins over the spec.

Options:
  --major   Forget the promises of the named services and write them anew. Callers break: what
            was promised and is given up is listed, one line each.

With --spec, a model and a client crate are made from an OpenAPI 3.0 or 3.1 document from
anywhere: DIR/NAME-model and DIR/NAME-client, and DIR/NAME.api with their promises. House rules do not
hold for it. What has no type here becomes free JSON, an operation that cannot be called without
what is not supported is left out, and each is a warning with its place.

Options:
  --spec FILE          The document: JSON if it ends in .json, else YAML
  --out DIR            Where the crates go
  --name NAME          What they are called: letters, digits and `-` (default: by the file)
  --runtime-path DIR   The folder that has `core` and `runtime` (default: this project's crates)
  --major              Forget the promises in DIR/NAME.api and write them anew

Example: cargo xtask generate vbs
";

const CHECK: &str = "\
Say what drifted.

Usage: cargo xtask check

Generates everything in memory and compares: a changed, missing or extra file in a generated
folder is a finding, and so is everything wrong in a spec. Nothing is written. `cargo test`
does the same.
";

const COVERAGE: &str = "\
Count what of a catalogue of the vendor's API stands in a spec.

Usage: cargo xtask coverage [--verbose] SERVICE FILE

FILE is a JSON file with `operations` and `models`, as made from a vendor's interface definition or
client. Of each operation that the spec has, every parameter, member and limit of the catalogue must
stand in the spec, or be named by an `x-note` of the operation or of what it refers to. What is
neither is listed, and the exit status is 1.

Options:
  --verbose   List what notes account for, too.

Example: cargo xtask coverage vbs vbs-catalogue.json
";

const DIFF: &str = "\
Say what a spec change does on the wire and to Rust callers.

Usage: cargo xtask diff [OPTIONS] [BASE] [REVISION]

BASE and REVISION are revisions of git, files, folders, or a file of a revision (main:spec/vbs.yaml).
Without them, the merge base with the main branch is compared with the working tree; without REVISION,
BASE with the working tree. Any OpenAPI 3 document can be compared, in YAML or JSON.

Each change has three verdicts: the wire for requests, the wire for replies, and Rust. A wire verdict is
none, ok, data-lost (old clients go on, data is gone), closed-break (only clients with closed enums,
narrow integers or fixed statuses fail; ours go on), risk (it depends on the service) or break.
`cargo xtask explain KIND` tells more about a kind of change such as property-removed.

Options:
  --format FORMAT    text (default), markdown (one folded comment) or json (xtask/src/diff/README.md)
  --fail-on LEVEL    breaking (default), risk, any or never
  --accepted FILE    Breaks that are accepted; default accepted-breaks.yaml of the project
  --verbose          Print every change and place

Exit status: 0 nothing breaks, 1 something does, 2 wrong usage, or a side that can't be read.

Examples: cargo xtask diff
          cargo xtask diff v0.1.0 --format markdown
          cargo xtask diff old.json new.json
";

const EXPLAIN: &str = "\
Tell what a diagnostic means and how to mend it, or what a kind of change means.

Usage: cargo xtask explain CODE

Examples: cargo xtask explain E101
          cargo xtask explain property-removed
";

/// Reads the arguments; `Err` says what is wrong with them.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let usage = |message: String| format!("{message}\n\n`cargo xtask --help` lists the commands");
    let first = match parser.next().map_err(|error| usage(error.to_string()))? {
        None | Some(Long("help") | Short('h')) => return Ok(Command::Help(HELP)),
        Some(Value(value)) => value.to_string_lossy().into_owned(),
        Some(other) => return Err(usage(other.unexpected().to_string())),
    };
    let parsed = match first.as_str() {
        "generate" => generate(&mut parser),
        "check" => check(&mut parser),
        "coverage" => coverage(&mut parser),
        "diff" => diff(&mut parser),
        "explain" => explain(&mut parser),
        "help" => Ok(Command::Help(HELP)),
        other => return Err(usage(format!("there is no command `{other}`"))),
    };
    parsed.map_err(|error| format!("{error}\n\n`cargo xtask {first} --help` shows the usage"))
}

fn generate(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut services, mut major) = (Vec::new(), false);
    let (mut spec, mut out, mut name, mut runtime_path) = (None, None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help(GENERATE)),
            Long("spec") => spec = Some(PathBuf::from(parser.value()?)),
            Long("out") => out = Some(PathBuf::from(parser.value()?)),
            Long("name") => name = Some(parser.value()?.string()?),
            Long("runtime-path") => runtime_path = Some(PathBuf::from(parser.value()?)),
            Long("major") => major = true,
            Value(value) => services.push(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let is_foreign = spec.is_some() || out.is_some() || name.is_some() || runtime_path.is_some();
    if !is_foreign {
        return Ok(Command::Generate { services, major });
    }
    match (spec, out) {
        (Some(spec), Some(out)) if services.is_empty() => Ok(Command::GenerateForeign(Foreign {
            spec,
            out,
            name,
            runtime_path,
            major,
        })),
        (Some(_), Some(_)) => Err("with `--spec` there is no SERVICE".into()),
        _ => Err("`--spec` and `--out` go together".into()),
    }
}

fn check(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    match parser.next()? {
        None => Ok(Command::Check),
        Some(Long("help") | Short('h')) => Ok(Command::Help(CHECK)),
        Some(other) => Err(other.unexpected()),
    }
}

fn coverage(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut names, mut verbose) = (Vec::new(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help(COVERAGE)),
            Long("verbose") => verbose = true,
            Value(value) => names.push(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let [service, catalogue] = names
        .try_into()
        .map_err(|_| "a service and a file are wanted, such as `vbs catalogue.json`")?;
    Ok(Command::Coverage {
        service,
        catalogue,
        verbose,
    })
}

fn diff(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help(DIFF)),
            Long("verbose") => options.verbose = true,
            Long("accepted") => options.accepted = Some(parser.value()?.string()?),
            Long("format") => {
                options.format = match parser.value()?.string()?.as_str() {
                    "text" => Format::Text,
                    "markdown" => Format::Markdown,
                    "json" => Format::Json,
                    other => return Err(format!("there is no format `{other}`").into()),
                }
            }
            Long("fail-on") => {
                options.fail_on = match parser.value()?.string()?.as_str() {
                    "breaking" => FailOn::Breaking,
                    "risk" => FailOn::Risk,
                    "any" => FailOn::Any,
                    "never" => FailOn::Never,
                    other => return Err(format!("there is no level `{other}`").into()),
                }
            }
            Value(value) => options.places.push(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Diff(options))
}

fn explain(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    match parser.next()? {
        None => Err("a code is missing, such as E101".into()),
        Some(Long("help") | Short('h')) => Ok(Command::Help(EXPLAIN)),
        Some(Value(value)) => Ok(Command::Explain {
            code: value.string()?,
        }),
        Some(other) => Err(other.unexpected()),
    }
}
