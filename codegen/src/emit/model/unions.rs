//! Open unions: the first branch that fits, and a place for anything else.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::{Emit, deprecated, doc, docs, ident};
use super::lenient;
use crate::ir::{Branch, TypeId};

impl Emit<'_> {
    pub(super) fn union(&self, id: TypeId, branches: &[Branch]) -> Vec<TokenStream> {
        let names = self.names.get(id);
        let name = ident(&names.name);
        let def = self.api.get(id);
        let type_doc = doc(&docs::description(&def.docs, &format!("`{}`.", names.name)));
        let derives = self.derives(id);
        let variants: Vec<_> = names.variants.iter().map(|name| ident(name)).collect();
        let types: Vec<_> = branches
            .iter()
            .map(|branch| self.ty(&branch.ty, &quote!()))
            .collect();
        let variant_docs = names
            .variants
            .iter()
            .zip(branches)
            .map(|(variant, branch)| {
                let doc = doc(&format!("The value is a `{variant}`."));
                let deprecated = deprecated(branch.deprecated.as_ref());
                quote!(#doc #deprecated)
            });
        let deprecated = deprecated(def.docs.deprecated.as_ref());
        // A derived branch would also take a list of its members.
        let in_replies = self.facts.in_replies(id);
        let reads = variants.iter().map(|_| {
            in_replies.then(|| quote!(#[serde(deserialize_with = "cloudbackup_core::de::lenient")]))
        });
        let mut imported: Vec<&str> = branches
            .iter()
            .filter_map(|branch| branch.ty.named())
            .map(|id| self.names.get(id).name.as_str())
            .collect();
        imported.sort_unstable();
        imported.dedup();
        let imported = imported.into_iter().map(ident);
        let mut items = vec![
            quote!(
                use cloudbackup_core::enums::UnknownJson;
            ),
            quote!(use crate::{#(#imported),*};),
        ];
        items.push(quote! {
            #type_doc
            #deprecated
            #derives
            #[serde(untagged)]
            #[non_exhaustive]
            pub enum #name {
                #(#variant_docs #reads #variants(#types),)*
                /// A value of no branch that this version knows, kept as it came.
                Unknown(UnknownJson),
            }
        });
        for (variant, ty) in variants.iter().zip(&types) {
            items.push(quote! {
                impl From<#ty> for #name {
                    fn from(value: #ty) -> Self { Self::#variant(value) }
                }
            });
        }
        if in_replies {
            items.push(quote!(
                use serde::{Deserialize, Deserializer};
            ));
            items.extend(lenient::of_itself(&name));
        }
        if self.facts.in_requests(id) {
            items.push(quote!(
                use cloudbackup_core::validate::{Validate, Validator};
            ));
            items.push(quote! {
                impl Validate for #name {
                    fn validate(&self, v: &mut Validator) {
                        match self {
                            #(Self::#variants(value) => value.validate(v),)*
                            Self::Unknown(_) => {}
                        }
                    }
                }
            });
        }
        items
    }
}
