//! `impl Findable`:
//!
//! ```text
//! impl Findable for CreateBackupInput {
//!     type List = ListBackupsInput;
//!
//!     fn list(&self) -> Option<ListBackupsInput> {
//!         self.name.as_deref().filter(|text| !text.is_empty())?;
//!         Some(ListBackupsInput {
//!             instance_id: self.instance_id.clone(),
//!             ..ListBackupsInput::default()
//!         })
//!     }
//!
//!     fn is_match(&self, item: &Backup) -> bool {
//!         item.name.as_deref() == self.name.as_deref()
//!     }
//!
//!     fn created(item: &Backup) -> Option<&Timestamp> {
//!         item.begin_time.as_ref()
//!     }
//! }
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::super::super::Emit;
use crate::ir::{Find, OperationId, Path, TypeRef, Value};
use crate::settle::Root;

impl Emit<'_> {
    pub(super) fn findable(&self, id: OperationId, find: &Find) -> TokenStream {
        let (input, list) = (self.input_type(id), self.input_type(find.list));
        let item = self.entry_type(find.list);
        let value = |value: &Value, ty: &TypeRef| self.asked_for(id, value, ty);
        let filled = self.filled(find.list, &quote!(#list), &find.with, &value);
        let known_by = find.matches.iter().filter_map(|(_, value)| match value {
            Value::Request(path) => {
                let text = self.text_here(&quote!(self), Root::Inputs(id), path);
                Some(quote!(#text.filter(|text| !text.is_empty())?;))
            }
            _ => None,
        });
        let entry = self.names.entry(self.api, find.list);
        let entry = entry.and_then(|ty| ty.named()).map(Root::Type);
        let matches = find.matches.iter();
        let matches: Vec<TokenStream> = matches
            .filter_map(|(member, value)| Some(self.is_same(id, entry?, member, value)))
            .collect();
        let created = entry.map(|entry| self.reference(&quote!(item), entry, &find.created));
        quote! {
            impl Findable for #input {
                type List = #list;

                fn list(&self) -> Option<#list> {
                    #(#known_by)*
                    Some(#filled)
                }

                fn is_match(&self, item: &#item) -> bool { #(#matches)&&* }

                fn created(item: &#item) -> Option<&Timestamp> { #created }
            }
        }
    }

    /// A value of the request as the list asks for it.
    fn asked_for(&self, id: OperationId, value: &Value, ty: &TypeRef) -> TokenStream {
        match value {
            Value::Literal(text) => self.literal(text, ty),
            Value::Request(path) => {
                let root = Root::Inputs(id);
                if path.steps.len() == 1 && self.names.type_at(self.api, root, path) == *ty {
                    return self.copied(&quote!(self), root, path);
                }
                let text = self.text(&quote!(self), root, path);
                let made = self.converter(ty);
                quote!(#text.map(#made))
            }
            Value::Reply(_) | Value::Started => quote!(None),
        }
    }

    fn is_same(&self, id: OperationId, entry: Root, member: &Path, value: &Value) -> TokenStream {
        let text = self.text(&quote!(item), entry, member);
        match value {
            Value::Request(path) => {
                let sent = self.text(&quote!(self), Root::Inputs(id), path);
                quote!(#text == #sent)
            }
            Value::Literal(literal) => quote!(#text == Some(#literal)),
            Value::Reply(_) | Value::Started => quote!(false),
        }
    }
}
