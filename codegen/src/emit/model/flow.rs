//! What the input of an operation says of pages, of waiting and of finding
//! again, as implementations of the traits of `cloudbackup-core`.

mod finding;
mod paging;
mod waiting;
mod way;

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::super::{Emit, ident};
use crate::ir::{OperationId, Shape, TypeRef, Value};

/// Names that these implementations say without a path, by their module.
const CORE: &[(&str, &[&str])] = &[
    ("finding", &["Findable"]),
    (
        "paging",
        &["Count", "PageParts", "Paged", "Paging", "Position"],
    ),
    (
        "waiting",
        &[
            "MissingValue",
            "Starts",
            "Subject",
            "Waiting",
            "Waits",
            "Watches",
        ],
    ),
];

impl Emit<'_> {
    /// All implementations for an operation.
    pub(super) fn flow_items(&self, id: OperationId) -> Vec<TokenStream> {
        let operation = self.api.operation(id);
        let mut items = Vec::new();
        if let Some(paging) = &operation.paging {
            items.push(self.paged(id, paging));
        }
        if let Some(wait) = &operation.wait {
            items.extend(self.waits(id, wait));
        }
        if let Some(find) = &operation.find {
            items.push(self.findable(id, find));
        }
        items
    }

    /// `use` lines for what these say, beside the types of the crate.
    pub(super) fn flow_imports(&self, used: &BTreeSet<String>) -> Vec<TokenStream> {
        let mut items = Vec::new();
        if used.contains("Cow") {
            items.push(quote!(
                use std::borrow::Cow;
            ));
        }
        for (module, names) in CORE {
            let names = names.iter().filter(|name| used.contains(**name));
            let names: Vec<_> = names.map(|name| ident(name)).collect();
            let module = ident(module);
            match names.as_slice() {
                [] => {}
                [name] => items.push(quote!(use cloudbackup_core::#module::#name;)),
                names => items.push(quote!(use cloudbackup_core::#module::{#(#names),*};)),
            }
        }
        items
    }

    /// The types of the crate that these say and that stand in other files.
    pub(super) fn flow_types(&self, own: &str, used: &BTreeSet<String>) -> Vec<String> {
        let types = self.names.types.iter().map(|names| names.name.clone());
        let operations = self
            .names
            .operations
            .iter()
            .filter(|names| names.base != own);
        let sides = operations
            .flat_map(|names| ["Input", "Output"].map(|side| format!("{}{side}", names.base)));
        types
            .chain(sides)
            .filter(|name| used.contains(name))
            .collect()
    }

    fn input_type(&self, id: OperationId) -> proc_macro2::Ident {
        format_ident!("{}Input", self.names.operations[id.0].base)
    }

    fn output_type(&self, id: OperationId) -> proc_macro2::Ident {
        format_ident!("{}Output", self.names.operations[id.0].base)
    }

    /// The input of an operation, known by that name, with some of its members
    /// set.
    fn filled(
        &self,
        id: OperationId,
        input: &TokenStream,
        with: &[(usize, Value)],
        value: &Filler<'_>,
    ) -> TokenStream {
        if with.is_empty() {
            return quote!(#input::default());
        }
        let names = &self.names.operations[id.0].inputs;
        let mut with: Vec<&(usize, Value)> = with.iter().collect();
        with.sort_by_key(|(index, _)| *index);
        let members = with.iter().map(|(index, term)| {
            let member = &names[*index];
            let name = ident(&member.rust);
            let value = value(term, &member.ty);
            quote!(#name: #value)
        });
        let rest = (with.len() < names.len()).then(|| quote!(..#input::default()));
        quote!(#input { #(#members,)* #rest })
    }

    /// A text of the spec as a value of that type.
    fn literal(&self, text: &str, ty: &TypeRef) -> TokenStream {
        let TypeRef::Named(id) = ty else {
            return quote!(Some(#text.to_owned()));
        };
        let name = self.type_ident(*id);
        let Shape::OpenEnum(values) = &self.api.get(*id).shape else {
            return quote!(Some(#name::from(#text)));
        };
        match values.iter().position(|value| value.wire == text) {
            Some(index) => {
                let variant = ident(&self.names.get(*id).variants[index]);
                quote!(Some(#name::#variant))
            }
            None => quote!(Some(#name::from(#text))),
        }
    }

    /// What makes a value of that type from a `&str`.
    fn converter(&self, ty: &TypeRef) -> TokenStream {
        match ty {
            TypeRef::Named(id) => {
                let name = self.type_ident(*id);
                quote!(#name::from)
            }
            TypeRef::Timestamp(_) => quote!(Timestamp::from),
            _ => quote!(str::to_owned),
        }
    }
}

/// Makes the value of a member from a term.
type Filler<'f> = dyn Fn(&Value, &TypeRef) -> TokenStream + 'f;

/// All identifiers with which a path begins; neither `Offset` of
/// `Position::Offset` nor `Item` of `type Item` is one.
pub(super) fn idents<'t>(items: impl IntoIterator<Item = &'t TokenStream>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in items {
        let mut before = String::new();
        for token in item.clone() {
            match &token {
                TokenTree::Ident(ident) if before != "::" && before != "type" => {
                    found.insert(ident.to_string());
                }
                TokenTree::Group(group) => found.append(&mut idents([&group.stream()])),
                _ => {}
            }
            before = match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && before == ":" => "::".into(),
                other => other.to_string(),
            };
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_beginnings_of_paths_are_names_of_their_own() {
        let tokens = quote! {
            impl Paged for Input {
                type Item = Backup;
                const PAGING: Paging = Paging::offset();
                fn position(&self) -> Option<Position> { core::mem::Drop; Position::Offset(Some { name: Kind }) }
            }
        };
        let found = idents([&tokens]);
        for name in [
            "Paged", "Input", "Backup", "Paging", "Position", "Option", "Kind", "core",
        ] {
            assert!(found.contains(name), "{name}: {found:?}");
        }
        for name in ["Item", "offset", "Offset", "mem", "Drop"] {
            assert!(!found.contains(name), "{name}: {found:?}");
        }
    }
}
