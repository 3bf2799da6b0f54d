//! Schemas of the document that are no types of their own have a name all the same, and so have
//! types for which an equal one stands.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::super::{Emit, deprecated, doc, docs, ident, imports};
use crate::ir::{Field, Shape, TypeId};
use crate::outline::Made;

impl Emit<'_> {
    /// The names of all of them.
    pub(super) fn aliases(&self) -> Vec<TokenStream> {
        let mut items = self.schema_aliases();
        let mut leaders = self.names.types.iter().filter_map(|names| names.same_as);
        if leaders.any(|leader| self.has_markers(leader)) {
            items.push(quote!(
                use cloudbackup_core::builder::Unset;
            ));
        }
        for id in self.api.ids() {
            if let Some(leader) = self.names.get(id).same_as {
                items.extend(self.same(id, leader));
            }
        }
        items
    }

    /// One alias for each such schema, but those whose name a type has by an old promise.
    fn schema_aliases(&self) -> Vec<TokenStream> {
        let types = &self.names.types;
        let taken: HashSet<&str> = types.iter().map(|names| names.name.as_str()).collect();
        let is_free = |name: &str| !taken.contains(name);
        let named = self.api.aliases.iter().filter_map(|alias| {
            let name = alias.rust_name.as_deref()?;
            is_free(name).then_some((name, alias))
        });
        let named: Vec<_> = named.collect();
        let (time, map) = imports(named.iter().map(|(_, alias)| &alias.ty));
        let map = map.then(|| {
            quote!(
                use std::collections::BTreeMap;
            )
        });
        let time = time.then(|| {
            quote!(
                use cloudbackup_core::time::Timestamp;
            )
        });
        let mut items: Vec<TokenStream> = map.into_iter().chain(time).collect();
        items.extend(named.iter().map(|(name, alias)| self.alias(name, alias)));
        items
    }

    fn alias(&self, name: &str, alias: &Field) -> TokenStream {
        let doc = doc(&docs::alias(alias));
        let deprecated = deprecated(alias.docs.deprecated.as_ref());
        let name = ident(name);
        let ty = self.ty(&alias.ty, &quote!(crate::));
        quote! {
            #doc
            #deprecated
            pub type #name = #ty;
        }
    }

    fn has_markers(&self, id: TypeId) -> bool {
        let names = self.names.get(id);
        names.made == Made::ForRequests && names.fields.iter().any(|field| field.slot.is_some())
    }

    /// The name of a type for which another one stands, and of its builder.
    fn same(&self, id: TypeId, leader: TypeId) -> Vec<TokenStream> {
        let deprecated = deprecated(self.api.get(id).docs.deprecated.as_ref());
        let alias = |name: Ident, of: Ident, generics: &(TokenStream, TokenStream)| {
            let doc = doc(&format!("The same as [`{of}`](crate::{of})."));
            let (parameters, arguments) = generics;
            quote! {
                #doc
                #deprecated
                pub type #name #parameters = crate::#of #arguments;
            }
        };
        let (name, of) = (&self.names.get(id).name, &self.names.get(leader).name);
        let mut items = vec![alias(ident(name), ident(of), &Default::default())];
        if let Shape::Struct(object) = &self.api.get(leader).shape {
            let (name, of) = (format_ident!("{name}Builder"), format_ident!("{of}Builder"));
            items.push(alias(name, of, &self.builder_generics(leader, object)));
        }
        items
    }
}
