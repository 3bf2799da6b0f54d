//! OpenAPI 3.0 to typed Rust clients: a pure library, text in and text out.
//!
//! This file is the map of it. A service goes through these stages, each a
//! module; errors are collected and work goes on within a stage, and stops
//! between stages:
//!
//! ```text
//! load     text            -> Document   JSON value and a span for every pointer
//! modern   Document        -> Document   of others only: OpenAPI 3.1 said in 3.0
//! lint     Document        -> diagnostics on unknown keys and house rules
//! parse    Document        -> openapiv3  an error lands on the piece that misfits
//! lower    openapiv3       -> ir::Api    references resolved, shapes decided
//! foreign  Api             -> Api        of others only: what can't be kept, free names
//! identity Api, promises   -> Api        which thing is which; what was lost comes back
//! analyze  Api             -> Facts      who uses a type: requests, replies
//! settle   Api, promises   -> Names      one name for each thing; promises win
//! share    Names           -> Names      of others only: equal types are one, by all their names
//! emit     Api, Names      -> tokens     cannot fail, never invents a name
//! render   tokens          -> text       prettyplease, item by item
//! ```
//!
//! The output is a function of the input alone: no clock, no environment. `xtask` reads and writes the files.

pub mod analyze;
pub mod diag;
pub mod diff;
pub mod emit;
mod foreign;
pub mod identity;
pub mod ir;
pub mod lint;
pub mod load;
pub mod lower;
mod modern;
pub mod name;
pub mod outline;
pub mod parse;
mod reference;
pub mod render;
pub mod scaffold;
pub mod settle;
mod share;
pub mod source;
pub mod term;
mod walk;

use std::collections::BTreeMap;

use diag::{Diagnostic, Diagnostics, code};
use emit::{Content, Part};
use lint::Profile;
use source::{Source, Sources};

/// Everything a service is made from.
#[derive(Debug)]
pub struct Input {
    /// The spec.
    pub spec: Source,
    /// What was promised before; absent for a new service.
    pub promised: Option<Source>,
    /// Give up what was promised, and say what that is.
    pub major: bool,
    /// Files that the spec may name, by the path it names them with.
    pub bodies: BTreeMap<String, Source>,
    /// Own specs obey the house rules, foreign ones need not.
    pub profile: Profile,
    /// The version to be released: since when is deprecated what the spec drops.
    pub version: String,
    /// What the service is called, where the spec does not say.
    pub name: Option<String>,
}

impl Input {
    /// How generated files call the spec. Where somebody keeps a document of others is not part of
    /// what is made from it.
    fn spec_in_files(&self) -> &str {
        let path = &self.spec.path;
        match self.profile {
            Profile::House | Profile::Plain => path,
            Profile::Foreign => path.rsplit(['/', '\\']).next().unwrap_or(path),
        }
    }
}

/// Where the files of a service go, relative to the root of the project.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The model crate.
    pub model: String,
    /// The client crate.
    pub client: String,
    /// What stands before the name of the service in the names of both.
    pub prefix: &'static str,
    /// Whether the wire is tested, in the client crate.
    pub tests: bool,
    /// The generated folder of the server, if there is one.
    pub server: Option<String>,
    /// The promises.
    pub promises: String,
}

impl Layout {
    /// The place of a service in this project.
    pub fn of_service(name: &str) -> Layout {
        Layout {
            model: format!("crates/{name}-model"),
            client: format!("crates/{name}-client"),
            prefix: "cloudbackup-",
            tests: true,
            server: Some(format!(
                "crates/sandbox/src/{}/generated",
                name.replace('-', "_")
            )),
            promises: format!("spec/{name}.api"),
        }
    }

    /// Where a document of others goes: two crates side by side.
    pub fn of_others(name: &str) -> Layout {
        Layout {
            model: format!("{name}-model"),
            client: format!("{name}-client"),
            prefix: "",
            tests: false,
            server: None,
            promises: format!("{name}.api"),
        }
    }

    /// The folders that the generator owns wholly.
    pub fn owned(&self) -> Vec<String> {
        Part::ALL
            .iter()
            .filter_map(|part| self.folder(*part))
            .collect()
    }

    /// The folder of a part; none where that part is not made.
    fn folder(&self, part: Part) -> Option<String> {
        match part {
            Part::Model => Some(format!("{}/src/generated", self.model)),
            Part::Client => Some(format!("{}/src/generated", self.client)),
            Part::ClientTests => self
                .tests
                .then(|| format!("{}/tests/generated", self.client)),
            Part::Server => self.server.clone(),
        }
    }
}

/// One generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the root of the project.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// What came of a service.
#[derive(Debug)]
pub struct Output {
    /// Texts that the diagnostics point into.
    pub sources: Sources,
    /// What is wrong, sorted by place.
    pub diagnostics: Diagnostics,
    /// All files, or none when there are errors.
    pub files: Vec<File>,
    /// What was promised and is given up, one line a promise.
    pub given_up: Vec<String>,
    /// Operations, for the one who reports on the work.
    pub operations: usize,
    /// Schemas that have a type or an alias.
    pub schemas: usize,
    /// Its section of the table of operations.
    pub reference: String,
}

/// Takes a service from its spec to its files.
pub fn generate(input: &Input, layout: &Layout) -> Output {
    output(|sources, diags| {
        let settled = settled(input, sources, diags)?;
        let is_wanted = |part| layout.folder(part).is_some();
        let emitted = emit::emit(
            &settled.api,
            &settled.facts,
            &settled.names,
            layout.prefix,
            &is_wanted,
        );
        let mut files = print(&emitted, input.spec_in_files(), layout, &settled.doc, diags)?;
        files.push(settled.promises(layout));
        let reference = reference::section(&settled.api, &settled.names);
        Some(settled.made(files, reference))
    })
}

/// What callers would be promised, without the code that keeps it: the `.api` file alone.
pub fn promises(input: &Input, layout: &Layout) -> Output {
    output(|sources, diags| {
        let settled = settled(input, sources, diags)?;
        let files = vec![settled.promises(layout)];
        Some(settled.made(files, String::new()))
    })
}

/// What a service without errors comes to.
#[derive(Default)]
struct Made {
    files: Vec<File>,
    given_up: Vec<String>,
    operations: usize,
    schemas: usize,
    reference: String,
}

/// Nothing comes of a service with errors.
fn output(make: impl FnOnce(&mut Sources, &mut Diagnostics) -> Option<Made>) -> Output {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let made = make(&mut sources, &mut diagnostics);
    diagnostics.sort(&sources);
    let made = made.filter(|_| !diagnostics.has_errors());
    let made = made.unwrap_or_default();
    Output {
        sources,
        diagnostics,
        files: made.files,
        given_up: made.given_up,
        operations: made.operations,
        schemas: made.schemas,
        reference: made.reference,
    }
}

/// A service whose names are known.
struct Settled {
    doc: load::Document,
    api: ir::Api,
    facts: analyze::Facts,
    names: settle::Names,
    outline: outline::Outline,
    given_up: Vec<String>,
}

impl Settled {
    fn made(self, files: Vec<File>, reference: String) -> Made {
        Made {
            files,
            operations: self.api.operations.len(),
            schemas: self.schemas(),
            given_up: self.given_up,
            reference,
        }
    }

    /// Schemas that the document has under `components` and that have a name in Rust.
    fn schemas(&self) -> usize {
        let types = self.api.schemas.iter().map(|(name, _)| name);
        let names = types.chain(self.api.aliases.iter().map(|alias| &alias.wire));
        let place = |name: &str| load::push("/components/schemas", name);
        names
            .filter(|name| !self.doc.moved.contains_key(&place(name)))
            .count()
    }

    fn promises(&self, layout: &Layout) -> File {
        File {
            path: layout.promises.clone(),
            text: outline::print(&self.api.name, &self.outline),
        }
    }
}

/// The stages up to the names, in order; `None` where one can't go on.
fn settled(input: &Input, sources: &mut Sources, diags: &mut Diagnostics) -> Option<Settled> {
    let spec = sources.add(&input.spec.path, &input.spec.text);
    let mut doc = load::load(sources, spec, diags)?;
    if input.profile == Profile::Foreign {
        foreign::reshape(&mut doc, diags);
    }
    lint::lint(&doc, input.profile, diags);
    let bodies = load_bodies(input, sources, diags);
    if diags.has_errors() {
        return None;
    }
    if input.profile == Profile::Foreign {
        foreign::prune(&mut doc, diags);
    }
    let openapi = parse::parse(&doc, diags)?;
    let mut api = lower::lower(&doc, &openapi, &bodies, input.profile, diags);
    if let Some(name) = &input.name {
        api.name.clone_from(name);
    }
    match input.profile {
        Profile::House => named_like_its_file(&api, &input.spec.path, &doc, diags),
        Profile::Foreign => foreign::tame(&mut api, diags),
        Profile::Plain => {}
    }
    if diags.has_errors() {
        return None;
    }
    let promised = match &input.promised {
        Some(source) if !input.major => outline::load(source, sources, diags)?,
        _ => outline::Outline::default(),
    };
    let claims = identity::identify(&mut api, &promised, &input.version, diags);
    let mut facts = analyze::analyze(&api);
    let (mut names, outline) =
        settle::settle(&api, &mut facts, claims, &promised, &input.version, diags);
    if diags.has_errors() {
        return None;
    }
    if input.profile == Profile::Foreign {
        share::share(&api, &facts, &mut names);
    }
    Some(Settled {
        given_up: given_up(input, sources, &outline),
        doc,
        api,
        facts,
        names,
        outline,
    })
}

/// What the promises that are forgotten said and the new ones don't.
fn given_up(input: &Input, sources: &mut Sources, now: &outline::Outline) -> Vec<String> {
    let Some(source) = input.promised.as_ref().filter(|_| input.major) else {
        return Vec::new();
    };
    // They are given up, so nothing that is wrong with them matters any more.
    let mut diags = Diagnostics::new();
    match outline::load(source, sources, &mut diags) {
        Some(old) if !diags.has_errors() => outline::given_up(&old, now),
        _ => vec![format!("all of `{}`, which can't be read", source.path)],
    }
}

/// The crates are found by the name of the file, and refer to each other by the
/// name of the service.
fn named_like_its_file(api: &ir::Api, path: &str, doc: &load::Document, diags: &mut Diagnostics) {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    if stem != api.name {
        let message = format!("the service is called `{}` and its file `{file}`", api.name);
        diags.push(
            Diagnostic::error(code::E302, message)
                .at(doc.value_span("/x-service/name"), "the two must agree")
                .help(format!("write `name: {stem}`, or rename the file")),
        );
    }
}

fn load_bodies(
    input: &Input,
    sources: &mut Sources,
    diags: &mut Diagnostics,
) -> BTreeMap<String, lower::Body> {
    let mut bodies = BTreeMap::new();
    for (name, source) in &input.bodies {
        let id = sources.add(&source.path, &source.text);
        if let Some(doc) = load::load_any(sources, id, diags) {
            let text = source.text.clone();
            bodies.insert(name.clone(), lower::Body { text, doc });
        }
    }
    bodies
}

fn print(
    emitted: &[emit::File],
    spec: &str,
    layout: &Layout,
    doc: &load::Document,
    diags: &mut Diagnostics,
) -> Option<Vec<File>> {
    let mark = format!("@generated by `cargo xtask generate` from {spec}. Do not edit.");
    let mut files = Vec::new();
    for file in emitted {
        let Some(folder) = layout.folder(file.part) else {
            continue;
        };
        let text = match &file.content {
            Content::Text(text) => Ok(text.clone()),
            Content::Items(items) => render::file(&mark, &file.doc, items),
        };
        match text {
            Ok(text) => files.push(File {
                path: format!("{folder}/{}", file.path),
                text,
            }),
            Err(error) => diags.push(
                Diagnostic::error(
                    code::E299,
                    format!("made Rust that does not parse: {error}"),
                )
                .at(doc.value_span(""), format!("while making `{}`", file.path))
                .help("this is a fault of the generator; please report it with the spec"),
            ),
        }
    }
    (!diags.has_errors()).then_some(files)
}
