//! OpenAPI to the intermediate representation: references resolved, shapes
//! decided, rules attached.
//!
//! What the representation cannot express is a located error, never dropped.

mod check;
mod examples;
mod extensions;
mod flow;
mod fold;
mod head;
mod limits;
mod media;
mod message;
mod named;
mod narrow;
mod operation;
mod parameter;
mod pattern;
mod reply;
mod rules;
mod says;
mod scalar;
mod schema;
mod security;
mod servers;
mod style;
#[cfg(test)]
mod tests;
mod unions;

use std::collections::{BTreeMap, HashMap, HashSet};

use openapiv3::OpenAPI;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Scheme, Shape, Tag, TypeDef, TypeId};
use crate::lint::Profile;
use crate::load::Document;

/// Lowers a document. `bodies` are the example files that the spec may name,
/// by the path it names them with.
pub fn lower(
    doc: &Document,
    openapi: &OpenAPI,
    bodies: &BTreeMap<String, Body>,
    profile: Profile,
    diags: &mut Diagnostics,
) -> Api {
    let mut lower = Lower {
        doc,
        openapi,
        bodies,
        profile,
        is_lost: false,
        diags,
        types: Vec::new(),
        components: HashMap::new(),
        open: Vec::new(),
        inlines: HashMap::new(),
        filling: Vec::new(),
        said: HashSet::new(),
        depth: 0,
        schemes: None,
        asks_for_any: false,
    };
    lower.schemes = lower.schemes();
    lower.asks_for_any = lower.any_says_what_it_asks();
    let operations = lower.operations();
    let aliases = match profile {
        Profile::Foreign => lower.every_component(),
        Profile::House | Profile::Plain => Vec::new(),
    };
    let ServiceNames {
        name,
        title,
        sdk_name,
    } = lower.service();
    let mut api = Api {
        name,
        title,
        sdk_name,
        regions: lower.regions(),
        endpoint: lower.endpoint(),
        security: lower.schemes.take(),
        tags: tags(openapi),
        operations,
        schemas: schemas(openapi, &lower.components),
        types: lower.types.into_iter().flatten().collect(),
        aliases,
        at: doc.value_span(""),
    };
    unions::settle(&mut api);
    unions::tell_unmarked(&api, diags);
    let types: HashSet<&String> = api.schemas.iter().map(|(name, _)| name).collect();
    api.aliases.retain(|alias| !types.contains(&alias.wire));
    if profile == Profile::Foreign {
        return api;
    }
    flow::attach(doc, &mut api, diags);
    check::check(doc, &api, bodies, diags);
    api
}

/// Components that are types, in the order of the document.
fn schemas(openapi: &OpenAPI, types: &HashMap<String, TypeId>) -> Vec<(String, TypeId)> {
    let components = openapi.components.iter();
    let names = components.flat_map(|components| components.schemas.keys());
    names
        .filter_map(|name| Some((name.clone(), *types.get(name)?)))
        .collect()
}

fn tags(openapi: &OpenAPI) -> Vec<Tag> {
    let tags = openapi.tags.iter();
    tags.map(|tag| Tag {
        name: tag.name.clone(),
        description: tag.description.clone(),
    })
    .collect()
}

/// An example file: its text and, for JSON, its value with spans.
#[derive(Debug)]
pub struct Body {
    /// Byte for byte.
    pub text: String,
    /// The same, read.
    pub doc: Document,
}

/// What all steps of the lowering share.
struct Lower<'a> {
    doc: &'a Document,
    openapi: &'a OpenAPI,
    bodies: &'a BTreeMap<String, Body>,
    profile: Profile,
    /// Whether the operation at hand can't be made.
    is_lost: bool,
    diags: &'a mut Diagnostics,
    /// A slot is empty while its type is being lowered.
    types: Vec<Option<TypeDef>>,
    /// Named types that components became.
    components: HashMap<String, TypeId>,
    /// Components without a type of their own that are being lowered.
    open: Vec<String>,
    /// Named types that inline schemas became, by their places and the words they are called after.
    inlines: HashMap<(String, String), TypeId>,
    /// Named types that are being lowered, by place.
    filling: Vec<(String, TypeId)>,
    /// What has been complained of, and where: a schema that is used twice is lowered twice.
    said: HashSet<(String, String)>,
    /// How many schemas are being lowered, each inside of the one before.
    depth: usize,
    /// How callers are known, where that is said.
    schemes: Option<Vec<Scheme>>,
    /// Whether any operation says which of them it asks for.
    asks_for_any: bool,
}

/// What a service is called.
struct ServiceNames {
    name: String,
    title: String,
    sdk_name: Option<String>,
}

/// What a type looks like, unless it is still being lowered.
fn shape_of(types: &[Option<TypeDef>], id: TypeId) -> Option<&Shape> {
    let def = types.get(id.0)?.as_ref()?;
    Some(&def.shape)
}

/// The text on one line: names of services and summaries are put into lines
/// that a break would end.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Lower<'_> {
    /// Reports what is left out although the rest can be generated.
    fn left_out(&mut self, pointer: &str, message: &str, label: &str, help: &str) {
        self.diags.push(
            Diagnostic::warning(code::E208, message)
                .at(self.doc.value_span(pointer), label)
                .help(help),
        );
    }

    /// Reports what the operation can't be made without. In a document of others it is left out.
    fn lost(
        &mut self,
        pointer: &str,
        message: impl Into<String>,
        label: impl Into<String>,
        help: &str,
    ) {
        self.is_lost = true;
        self.error(pointer, message, label, help);
    }

    /// Reports what is not made. In a document of others, what can be made without it is.
    fn error(
        &mut self,
        pointer: &str,
        message: impl Into<String>,
        label: impl Into<String>,
        help: &str,
    ) {
        let message = message.into();
        if !self.said.insert((pointer.to_owned(), message.clone())) {
            return;
        }
        let diagnostic = match self.profile {
            Profile::House | Profile::Plain => Diagnostic::error(code::E202, message),
            Profile::Foreign => Diagnostic::warning(code::E202, message),
        };
        let mut diagnostic = diagnostic.at(self.doc.value_span(pointer), label);
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.diags.push(diagnostic);
    }

    /// The name given in the spec, or else the default.
    fn name_or(&mut self, pointer: &str, given: Option<String>, default: String) -> String {
        self.not_idle(pointer, given.as_deref(), &default);
        given.unwrap_or(default)
    }

    /// Reports an override that says what would be so without it: it is a slip,
    /// or left over from an older spec.
    fn not_idle(&mut self, pointer: &str, given: Option<&str>, default: &str) {
        if given == Some(default) {
            self.diags.push(
                Diagnostic::error(code::E207, "this override changes nothing")
                    .at(
                        self.doc.value_span(pointer),
                        format!("the name is `{default}` without `x-rust-name` too"),
                    )
                    .help("remove `x-rust-name`, or give the name that you meant"),
            );
        }
    }

    fn service(&mut self) -> ServiceNames {
        let title = one_line(&self.openapi.info.title);
        let given = self.doc.get("/x-service");
        let text = |key: &str| {
            given
                .and_then(|service| service.get(key))
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let name = text("name").unwrap_or_else(|| crate::name::Words::split(&title).kebab());
        ServiceNames {
            name,
            title: text("title").map_or(title, |title| one_line(&title)),
            sdk_name: text("sdk_name"),
        }
    }

    fn define(&mut self) -> TypeId {
        self.types.push(None);
        TypeId(self.types.len() - 1)
    }
}
