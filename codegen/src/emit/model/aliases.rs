//! Schemas of the document that are no types of their own have a name all the same.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::{Emit, deprecated, doc, docs, ident, imports};
use crate::ir::Field;

impl Emit<'_> {
    /// One alias for each such schema, but those whose name a type has by an old promise.
    pub(super) fn aliases(&self) -> Vec<TokenStream> {
        let is_free = |name: &str| !self.named_types().any(|id| self.names.get(id).name == name);
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
}
