//! Modules by resource: where the docs show what belongs together.
//!
//! ```text
//! /// Vaults: containers of backups with a capacity.
//! ///
//! /// * [`create_vault`](crate::Client::create_vault): Creates a vault.
//! pub mod vaults {
//!     #[doc(inline)]
//!     pub use super::calls::{CreateVault, ListVaults};
//! }
//! ```
//!
//! Every item has its own path in the root of the crate; the module of an
//! operation is promised, so that another tag moves nothing.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emit, doc, docs, ident};
use crate::analyze::parts;
use crate::ir::{Operation, OperationId, Shape, TypeId, TypeRef};

/// Operations of one resource.
pub(super) struct Resource<'a> {
    /// `backup_policies`
    pub(super) module: &'a str,
    /// `Backup policies`
    pub(super) title: String,
    /// What the spec says of it.
    pub(super) description: Option<String>,
    pub(super) operations: Vec<OperationId>,
}

impl<'a> Emit<'a> {
    /// The resources in the order of their first operations.
    pub(super) fn resources(&self) -> Vec<Resource<'a>> {
        let mut resources: Vec<Resource<'a>> = Vec::new();
        for (index, names) in self.names.operations.iter().enumerate() {
            let Some(module) = &names.module else {
                continue;
            };
            let id = OperationId(index);
            match resources.iter_mut().find(|it| it.module == module) {
                Some(resource) => resource.operations.push(id),
                None => resources.push(self.resource(module, id)),
            }
        }
        resources
    }

    fn resource(&self, module: &'a str, first: OperationId) -> Resource<'a> {
        let mut tags = self.api.tags.iter();
        let tag = tags.find(|tag| tag.module() == module);
        Resource {
            module,
            title: tag.map_or_else(|| module.replace('_', " "), |tag| docs::one_line(&tag.name)),
            description: tag.and_then(|tag| tag.description.clone()),
            operations: vec![first],
        }
    }

    /// `resources.rs` of the client crate.
    pub(super) fn client_resources(&self) -> Vec<TokenStream> {
        let resources = self.resources();
        let modules = resources.iter().map(|resource| {
            let mut text = resource.text();
            text.push('\n');
            for id in &resource.operations {
                let operation = self.api.operation(*id);
                let method = &self.names.operations[id.0].method;
                let summary = operation.docs.summary.as_deref().map(docs::one_line);
                let summary = summary.map_or_else(String::new, |text| format!(": {text}"));
                text.push_str(&format!(
                    "\n* [`{method}`](crate::Client::{method}){summary}"
                ));
            }
            let bases = resource.operations.iter();
            let mut exports: Vec<String> = bases.flat_map(|id| self.bases(*id)).collect();
            exports.sort_unstable();
            let exports = exports.iter().map(|base| ident(base));
            module(
                resource.module,
                &text,
                &quote! {
                    #[doc(inline)]
                    pub use super::super::calls::{#(#exports),*};
                },
            )
        });
        modules.collect()
    }

    /// `resources.rs` of the model crate.
    pub(super) fn model_resources(&self) -> Vec<TokenStream> {
        let resources = self.resources();
        let modules = resources.iter().map(|resource| {
            let mut exports = BTreeSet::new();
            for id in &resource.operations {
                for base in self.bases(*id) {
                    exports.insert(format!("{base}Input"));
                    exports.insert(format!("{base}Output"));
                }
                self.reached(self.api.operation(*id), &mut exports);
            }
            let exports = exports.iter().map(|name| ident(name));
            module(
                resource.module,
                &resource.text(),
                &quote! {
                    #[doc(no_inline)]
                    pub use crate::{#(#exports),*};
                },
            )
        });
        modules.collect()
    }

    /// Stems of the types of an operation, the old ones too.
    fn bases(&self, id: OperationId) -> Vec<String> {
        let names = &self.names.operations[id.0];
        let former = names.former_bases().into_iter().map(|(base, _)| base);
        former.chain([names.base.clone()]).collect()
    }

    /// Names of the types that an operation reaches.
    fn reached(&self, operation: &Operation, names: &mut BTreeSet<String>) {
        let inputs = operation.inputs.iter().map(|input| &input.field.ty);
        let reply = operation.reply.fields().iter().map(|field| &field.ty);
        let mut waiting: Vec<TypeId> = inputs.chain(reply).filter_map(TypeRef::named).collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                let own = self.names.get(id);
                let former = own.renamed.former(&own.first).into_iter();
                names.extend(former.map(|(name, _)| name.to_owned()));
                names.insert(own.name.clone());
                let shape: &Shape = &self.api.get(id).shape;
                waiting.extend(parts(shape).filter_map(TypeRef::named));
            }
        }
    }
}

impl Resource<'_> {
    /// Title and description.
    pub(super) fn text(&self) -> String {
        let description = self.description.as_deref().map(docs::escape);
        match description {
            Some(text) if !text.is_empty() => format!("{}\n\n{text}", self.title),
            _ => self.title.clone(),
        }
    }
}

fn module(name: &str, text: &str, content: &TokenStream) -> TokenStream {
    let doc = doc(text);
    let name = ident(name);
    quote! {
        #doc
        pub mod #name { #content }
    }
}
