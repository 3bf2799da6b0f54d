//! The intermediate representation and its names to files of Rust.
//!
//! Nothing here can fail or invent a name: what could go wrong was reported
//! by the stages before.

mod builder;
mod client;
mod docs;
mod example;
mod guide;
mod model;
mod resources;
mod sample;
mod server;
mod tests;

use proc_macro2::{Ident, Span as TokenSpan, TokenStream};
use quote::{format_ident, quote};

use crate::analyze::Facts;
use crate::ir::{Api, Deprecation, Shape, TypeId, TypeRef};
use crate::settle::Names;

/// A file of a generated folder, before it is printed.
pub struct File {
    /// Which folder it belongs to.
    pub part: Part,
    /// Path inside that folder.
    pub path: String,
    /// What the file is for.
    pub doc: String,
    /// What it holds.
    pub content: Content,
}

/// What a file holds.
pub enum Content {
    /// Rust, one token stream for each item.
    Items(Vec<TokenStream>),
    /// Anything else, as it is.
    Text(String),
}

/// The generated folders of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `src/generated` of the model crate.
    Model,
    /// `src/generated` of the client crate.
    Client,
    /// `tests/generated` of the client crate.
    ClientTests,
    /// The folder of a server that stands on the model crate.
    Server,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 4] = [Part::Model, Part::Client, Part::ClientTests, Part::Server];
}

/// All files of the parts of a service that are wanted.
pub fn emit(
    api: &Api,
    facts: &Facts,
    names: &Names,
    prefix: &str,
    is_wanted: &dyn Fn(Part) -> bool,
) -> Vec<File> {
    let emit = Emit {
        api,
        facts,
        names,
        prefix,
        respells_times: false,
    };
    let files = Part::ALL.into_iter().filter(|part| is_wanted(*part));
    files
        .flat_map(|part| match part {
            Part::Model => emit.model(),
            Part::Client => emit.client(),
            Part::ClientTests => emit.tests(),
            Part::Server => emit.server(),
        })
        .collect()
}

/// What all emitters share.
struct Emit<'a> {
    api: &'a Api,
    facts: &'a Facts,
    names: &'a Names,
    /// What stands before the name of the service in the names of crates.
    prefix: &'a str,
    /// Whether values for callers spell times in another form than the wire, so
    /// that they are seen to be converted.
    respells_times: bool,
}

impl Emit<'_> {
    /// A type as Rust writes it; named types stand under `prefix`.
    fn ty(&self, ty: &TypeRef, prefix: &TokenStream) -> TokenStream {
        match ty {
            TypeRef::Text => quote!(String),
            TypeRef::Secret => quote!(cloudbackup_core::Secret),
            TypeRef::Integer => quote!(i64),
            TypeRef::Number => quote!(f64),
            TypeRef::Boolean => quote!(bool),
            TypeRef::Timestamp(_) => quote!(Timestamp),
            TypeRef::Json => quote!(cloudbackup_core::Json),
            TypeRef::Blob => quote!(cloudbackup_core::Blob),
            TypeRef::Named(id) => {
                let name = self.type_ident(*id);
                quote!(#prefix #name)
            }
            TypeRef::List(item) => {
                let item = self.ty(item, prefix);
                quote!(Vec<#item>)
            }
            TypeRef::Map(item) => {
                let item = self.ty(item, prefix);
                quote!(BTreeMap<String, #item>)
            }
            TypeRef::Nullable(item) => {
                let item = self.ty(item, prefix);
                quote!(Option<#item>)
            }
        }
    }

    /// A type by the types that stand for those which it names.
    fn emitted(&self, ty: &TypeRef) -> TypeRef {
        let inner = |item: &TypeRef| Box::new(self.emitted(item));
        match ty {
            TypeRef::Named(id) => TypeRef::Named(self.names.emitted(*id)),
            TypeRef::List(item) => TypeRef::List(inner(item)),
            TypeRef::Map(item) => TypeRef::Map(inner(item)),
            TypeRef::Nullable(item) => TypeRef::Nullable(inner(item)),
            plain => plain.clone(),
        }
    }

    /// Whether anything at all is deprecated; generated code itself goes on using it.
    fn has_deprecated(&self) -> bool {
        let fields = |fields: &[crate::ir::Field]| {
            fields.iter().any(|field| field.docs.deprecated.is_some())
        };
        let renamed = |renamed: &crate::outline::Renamed| renamed.current().is_some();
        let is_renamed = self.names.types.iter().any(|it| renamed(&it.renamed))
            || self.names.operations.iter().any(|it| renamed(&it.renamed));
        let in_types = self.api.types.iter().any(|def| {
            def.docs.deprecated.is_some()
                || match &def.shape {
                    Shape::Struct(object) => fields(&object.fields),
                    Shape::OpenEnum(values) => values.iter().any(|it| it.deprecated.is_some()),
                    Shape::Union(branches) => branches.iter().any(|it| it.deprecated.is_some()),
                }
        });
        let mut operations = self.api.operations.iter();
        is_renamed
            || in_types
            || operations.any(|operation| {
                let mut inputs = operation.inputs.iter();
                operation.docs.deprecated.is_some()
                    || inputs.any(|input| input.field.docs.deprecated.is_some())
                    || fields(operation.reply.fields())
            })
    }

    fn type_ident(&self, id: TypeId) -> Ident {
        ident(&self.names.get(id).name)
    }

    /// The types that get a file: all but those for which another one stands.
    fn named_types(&self) -> impl Iterator<Item = TypeId> + '_ {
        let ids = self.api.ids();
        ids.filter(|id| self.names.emitted(*id) == *id)
    }
}

/// An identifier, in its raw form where the word is a keyword.
fn ident(name: &str) -> Ident {
    // A keyword of edition 2024 that syn takes for an identifier.
    if name == "gen" {
        return Ident::new_raw(name, TokenSpan::call_site());
    }
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => ident,
        Err(_) => Ident::new_raw(name, TokenSpan::call_site()),
    }
}

/// The attribute of what callers should not use any more.
fn deprecated(why: Option<&Deprecation>) -> TokenStream {
    match why {
        None => quote!(),
        Some(Deprecation::ByDocument) => {
            quote!(#[deprecated(note = "the document of the service calls it deprecated")])
        }
        Some(Deprecation::Gone { since }) => {
            quote!(#[deprecated(since = #since, note = "the specification has it no more")])
        }
    }
}

/// An old name of something: `pub type Label = Sticker;`.
fn former(
    old: &str,
    new: &Ident,
    generics: &(TokenStream, TokenStream),
    since: &str,
) -> TokenStream {
    let doc = doc(&format!("The old name of [`{new}`]."));
    let note = format!("it is called `{new}` now");
    let old = ident(old);
    let (parameters, arguments) = generics;
    quote! {
        #doc
        #[deprecated(since = #since, note = #note)]
        pub type #old #parameters = #new #arguments;
    }
}

/// `S1`, `S2`, …
fn slot_ident(number: u32) -> Ident {
    format_ident!("S{number}")
}

/// Doc comment lines as attributes.
fn doc(text: &str) -> TokenStream {
    let lines = docs::wrapped(text)
        .into_iter()
        .map(|line| match line.as_str() {
            "" => String::new(),
            line => format!(" {line}"),
        });
    quote!(#(#[doc = #lines])*)
}

/// `use` lines for what the types of a file need.
fn imports<'t>(types: impl Iterator<Item = &'t TypeRef>) -> (bool, bool) {
    let (mut time, mut map) = (false, false);
    for ty in types {
        let mut ty = ty;
        loop {
            match ty {
                TypeRef::Timestamp(_) => time = true,
                TypeRef::Map(item) => {
                    map = true;
                    ty = item;
                    continue;
                }
                TypeRef::List(item) | TypeRef::Nullable(item) => {
                    ty = item;
                    continue;
                }
                _ => {}
            }
            break;
        }
    }
    (time, map)
}
