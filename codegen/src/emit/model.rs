//! The model crate: types, and the input and output of each operation.

mod aliases;
mod bodies;
mod enums;
mod flow;
mod lenient;
mod operation;
mod receive;
mod structs;
mod unions;
mod validate;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::builder::required_items;
use super::{Content, Emit, File, Part, docs, ident};
use crate::ir::{OperationId, Shape, TypeId};
use crate::name::Words;
use crate::outline::Made;

impl Emit<'_> {
    /// Files of `src/generated` of the model crate.
    pub(super) fn model(&self) -> Vec<File> {
        let mut files = Vec::new();
        let (mut types, mut operations) = (Vec::new(), Vec::new());
        for id in self.named_types() {
            let name = &self.names.get(id).name;
            let module = Words::split(name).snake();
            let mut exports = vec![name.clone()];
            if matches!(self.api.get(id).shape, Shape::Struct(_)) {
                exports.push(format!("{name}Builder"));
            }
            exports.extend(self.former_types(id));
            let path = format!("types/{module}");
            files.push(model_file(&path, format!("`{name}`."), self.type_items(id)));
            types.push((module, exports));
        }
        for (index, names) in self.names.operations.iter().enumerate() {
            let module = names.method.clone();
            let base = &names.base;
            let exports = ["Input", "Output", "OutputBuilder"];
            let doc = format!("What `{module}` takes and what it answers with.");
            let path = format!("operations/{module}");
            files.push(model_file(
                &path,
                doc,
                self.operation_items(OperationId(index)),
            ));
            let former = names.former_bases().into_iter().map(|(base, _)| base);
            let bases = former.chain([base.clone()]);
            let exports = bases.flat_map(|base| exports.map(|suffix| format!("{base}{suffix}")));
            operations.push((module, exports.collect()));
        }
        let required = self.required_in_model();
        let mut root = Vec::new();
        if !operations.is_empty() {
            root.push("operations");
            let doc = "Input and output of each operation.".to_owned();
            files.push(model_file("operations/mod", doc, module_items(operations)));
        }
        if !required.is_empty() {
            let doc = "One trait for each required member of a builder.".to_owned();
            files.push(model_file(
                "required",
                doc,
                required_items(required.iter().cloned()),
            ));
        }
        if !types.is_empty() {
            root.push("types");
            let doc = "Types of requests and replies.".to_owned();
            files.push(model_file("types/mod", doc, module_items(types)));
        }
        let aliases = self.aliases();
        if !aliases.is_empty() {
            root.insert(0, "aliases");
            let doc =
                "Names of schemas that are no types of their own, or equal to another.".to_owned();
            files.push(model_file("aliases", doc, aliases));
        }
        let resources = self.model_resources();
        if !resources.is_empty() {
            root.insert(
                root.len() - usize::from(root.contains(&"types")),
                "resources",
            );
            let doc = "Operations and types by what they are about.".to_owned();
            files.push(model_file("resources", doc, resources));
        }
        let doc = format!("Types of {}.", docs::one_line(&self.api.title));
        files.push(model_file(
            "mod",
            doc,
            root_items(&root, !required.is_empty(), self.has_deprecated()),
        ));
        files
    }

    fn type_items(&self, id: TypeId) -> Vec<TokenStream> {
        let def = self.api.get(id);
        match &def.shape {
            Shape::Struct(object) => {
                let mut items = match self.names.get(id).made {
                    Made::ForRequests => self.request_struct(id, object),
                    Made::ForReplies => self.reply_struct(id, object),
                };
                items.extend(self.former_structs(id, object));
                items
            }
            Shape::OpenEnum(values) => self.open_enum(id, values),
            Shape::Union(branches) => self.union(id, branches),
        }
    }

    /// Names under which a type was known.
    fn former_types(&self, id: TypeId) -> Vec<String> {
        let names = self.names.get(id);
        let is_struct = matches!(self.api.get(id).shape, Shape::Struct(_));
        let former = names.renamed.former(&names.first).into_iter();
        former
            .flat_map(|(name, _)| match is_struct {
                true => vec![name.to_owned(), format!("{name}Builder")],
                // An alias would not do for who imports a variant.
                false => vec![format!("{} as {name}", names.name)],
            })
            .collect()
    }

    fn required_in_model(&self) -> Vec<String> {
        let types = self.named_types().map(|id| self.names.get(id));
        types
            .flat_map(|names| &names.fields)
            .filter(|member| member.slot.is_some_and(|slot| slot.asked))
            .map(|member| member.rust.clone())
            .collect()
    }
}

fn model_file(module: &str, doc: String, items: Vec<TokenStream>) -> File {
    File {
        part: Part::Model,
        path: format!("{module}.rs"),
        doc,
        content: Content::Items(items),
    }
}

/// Private modules and what they export.
pub(super) fn module_items(mut modules: Vec<(String, Vec<String>)>) -> Vec<TokenStream> {
    modules.sort();
    let names: Vec<Ident> = modules.iter().map(|(module, _)| ident(module)).collect();
    let mut items: Vec<TokenStream> = names.iter().map(|module| quote!(mod #module;)).collect();
    for (module, (_, exports)) in names.iter().zip(&modules) {
        let exports = exports.iter().map(|name| match name.split_once(" as ") {
            None => ident(name).to_token_stream(),
            Some((name, old)) => {
                let (name, old) = (ident(name), ident(old));
                quote!(#name as #old)
            }
        });
        items.push(quote!(pub use #module::{#(#exports),*};));
    }
    items
}

/// Private modules whose exports are the crate's own, and the hidden traits.
pub(super) fn root_items(modules: &[&str], required: bool, deprecated: bool) -> Vec<TokenStream> {
    let names: Vec<Ident> = modules.iter().map(|module| ident(module)).collect();
    let allow = deprecated
        .then(|| quote!(#[allow(deprecated, reason = "what callers should not use still works")]));
    let modules = names.iter().map(|module| quote!(#allow mod #module;));
    let mut items: Vec<TokenStream> = modules.collect();
    if required {
        items.push(quote! {
            #[doc(hidden)]
            pub mod required;
        });
    }
    items.extend(names.iter().map(|module| quote!(pub use #module::*;)));
    items
}
