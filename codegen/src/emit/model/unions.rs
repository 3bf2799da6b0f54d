//! Open unions: the first branch that fits, and a place for anything else.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::super::{Emit, deprecated, doc, docs, ident, imports};
use super::lenient;
use super::structs::write_secret;
use super::validate::constraint;
use crate::ir::{Branch, Field, Shape, TypeId, TypeRef};
use crate::settle::MemberNames;

impl Emit<'_> {
    pub(super) fn union(&self, id: TypeId, branches: &[Branch]) -> Vec<TokenStream> {
        let names = self.names.get(id);
        let name = ident(&names.name);
        let def = self.api.get(id);
        let type_doc = doc(&docs::description(&def.docs, &format!("`{}`.", names.name)));
        let derives = self.union_derives(id);
        let variants: Vec<_> = names.variants.iter().map(|name| ident(name)).collect();
        let types = branches.iter().zip(&names.boxed).map(|(branch, boxed)| {
            let ty = self.ty(&branch.ty, &quote!());
            if *boxed { quote!(Box<#ty>) } else { ty }
        });
        let types: Vec<_> = types.collect();
        let variant_docs = names
            .variants
            .iter()
            .zip(branches)
            .map(|(variant, branch)| {
                let doc = doc(&format!("The value is a `{variant}`."));
                let deprecated = deprecated(branch.deprecated.as_ref());
                let write = write_secret(&branch.ty).map(|with| match self.facts.in_requests(id) {
                    true => quote!(#[serde(#with)]),
                    false => quote!(#[cfg_attr(feature = "server", serde(#with))]),
                });
                quote!(#doc #deprecated #write)
            });
        let deprecated = deprecated(def.docs.deprecated.as_ref());
        let mut items = self.union_imports(id, branches);
        items.push(quote! {
            #type_doc
            #deprecated
            #derives
            #[non_exhaustive]
            pub enum #name {
                #(#variant_docs #variants(#types),)*
                /// A value of no branch that this version knows, kept as it came.
                Unknown(UnknownJson),
            }
        });
        let mut converted = HashSet::new();
        for (index, (variant, ty)) in variants.iter().zip(&types).enumerate() {
            // Two branches of one type: the first is meant.
            let emitted = self.ty(&self.emitted(&branches[index].ty), &quote!());
            if converted.insert((emitted.to_string(), names.boxed[index])) {
                items.push(quote! {
                    impl From<#ty> for #name {
                        fn from(value: #ty) -> Self { Self::#variant(value) }
                    }
                });
            }
        }
        items.extend(self.union_reading(id, branches));
        if self.facts.in_requests(id) {
            items.push(quote!(
                use cloudbackup_core::validate::{Validate, Validator};
            ));
            items.push(self.union_checks(id, branches));
        }
        items
    }

    /// Reading is told branch by branch; writing is the branch alone.
    fn union_derives(&self, id: TypeId) -> TokenStream {
        match self.facts.in_requests(id) {
            true => quote! {
                #[derive(Clone, Debug, PartialEq, serde::Serialize)]
                #[serde(untagged)]
            },
            false => quote! {
                #[derive(Clone, Debug, PartialEq)]
                #[cfg_attr(feature = "server", derive(serde::Serialize), serde(untagged))]
            },
        }
    }

    fn union_imports(&self, id: TypeId, branches: &[Branch]) -> Vec<TokenStream> {
        let (time, map) = imports(branches.iter().map(|branch| &branch.ty));
        let mut items = vec![quote!(
            use cloudbackup_core::enums::UnknownJson;
        )];
        if map {
            items.push(quote!(
                use std::collections::BTreeMap;
            ));
        }
        if time {
            let format = self.facts.in_requests(id).then(|| quote!(TimeFormat,));
            items.push(quote!(use cloudbackup_core::time::{#format Timestamp};));
        }
        let named = branches.iter().filter_map(|branch| branch.ty.named());
        let own = self.names.get(id).name.as_str();
        let mut imported: Vec<&str> = named
            .map(|id| self.names.get(id).name.as_str())
            .filter(|name| *name != own)
            .collect();
        imported.sort_unstable();
        imported.dedup();
        if !imported.is_empty() {
            let imported = imported.into_iter().map(ident);
            items.push(quote!(use crate::{#(#imported),*};));
        }
        items
    }

    fn union_reading(&self, id: TypeId, branches: &[Branch]) -> Vec<TokenStream> {
        let names = self.names.get(id);
        let name = ident(&names.name);
        let texts = branches
            .iter()
            .filter(|branch| self.is_text(&branch.ty))
            .count();
        let tries = branches
            .iter()
            .zip(&names.variants)
            .map(|(branch, variant)| {
                let variant = ident(variant);
                // One enum alone takes values that it does not know.
                match texts == 1 && self.is_text(&branch.ty) && branch.ty.named().is_some() {
                    true => quote!(found.text(Self::#variant)),
                    false => self.attempt(branch, &quote!(Self::#variant)),
                }
            });
        let mut tries: Vec<TokenStream> = tries.collect();
        let first = match tries.is_empty() {
            true => quote!(None),
            false => tries.remove(0),
        };
        let found = match branches.is_empty() {
            true => quote!(_),
            false => quote!(found),
        };
        let server = self.only_in_servers(id);
        let mut items = vec![
            quote! {
                #server
                use cloudbackup_core::union;
            },
            quote! {
                #server
                use serde::{Deserialize, Deserializer};
            },
            quote! {
                #server
                impl<'de> Deserialize<'de> for #name {
                    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        union::read(deserializer, Self::Unknown, |#found| {
                            #first #(.or_else(|| #tries))*
                        })
                    }
                }
            },
        ];
        if self.facts.in_replies(id) {
            items.extend(lenient::of_itself(&name));
        } else if self.facts.in_unions(id) {
            items.push(lenient::in_servers(&name));
        }
        items
    }

    fn is_text(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Text | TypeRef::Secret | TypeRef::Timestamp(_) => true,
            TypeRef::Named(id) => matches!(self.api.get(*id).shape, Shape::OpenEnum(_)),
            _ => false,
        }
    }

    /// What callers alone send is read by servers alone.
    fn only_in_servers(&self, id: TypeId) -> Option<TokenStream> {
        let is_read = self.facts.in_replies(id);
        (!is_read).then(|| quote!(#[cfg(feature = "server")]))
    }

    /// `found.text(Self::Text)`: the branch, if the value fits it.
    fn attempt(&self, branch: &Branch, variant: &TokenStream) -> TokenStream {
        match &branch.ty {
            TypeRef::Text | TypeRef::Secret => quote!(found.text(#variant)),
            TypeRef::Integer => quote!(found.integer(#variant)),
            TypeRef::Number => quote!(found.number(#variant)),
            TypeRef::Boolean => quote!(found.boolean(#variant)),
            TypeRef::Timestamp(_) => quote!(found.time(#variant)),
            TypeRef::List(_) => quote!(found.list(#variant)),
            TypeRef::Map(_) => quote!(found.object(&[], &[], #variant)),
            TypeRef::Json | TypeRef::Blob | TypeRef::Nullable(_) => quote!(found.any(#variant)),
            TypeRef::Named(id) => match &self.api.get(*id).shape {
                Shape::OpenEnum(_) => quote!(found.known(#variant)),
                Shape::Union(_) => quote!(found.any(#variant)),
                Shape::Struct(object) => {
                    let required = object.fields.iter().filter(|field| field.required);
                    let required = required.map(|field| field.wire.as_str());
                    let marks = self.marks(branch, &object.fields);
                    quote!(found.object(&[#(#required),*], &[#(#marks),*], #variant))
                }
            },
        }
    }

    /// The members by which a branch is told: that of the discriminator, and mandatory ones with one
    /// value.
    fn marks(&self, branch: &Branch, fields: &[Field]) -> Vec<TokenStream> {
        let mut marks = Vec::new();
        if let Some(mark) = &branch.mark {
            let (member, values) = (&mark.member, &mark.values);
            marks.push(quote!((#member, &[#(#values),*])));
        }
        for field in fields.iter().filter(|field| field.required) {
            let is_mark = branch
                .mark
                .as_ref()
                .is_some_and(|it| it.member == field.wire);
            let TypeRef::Named(id) = field.ty else {
                continue;
            };
            if let (Shape::OpenEnum(values), false) = (&self.api.get(id).shape, is_mark)
                && let [only] = values.as_slice()
            {
                let (member, value) = (&field.wire, &only.wire);
                marks.push(quote!((#member, &[#value])));
            }
        }
        marks
    }

    fn union_checks(&self, id: TypeId, branches: &[Branch]) -> TokenStream {
        let names = self.names.get(id);
        let name = ident(&names.name);
        let mut uses = false;
        let arms: Vec<TokenStream> = branches
            .iter()
            .zip(&names.variants)
            .map(|(branch, variant)| {
                let variant = ident(variant);
                let checks = self.branch_checks(branch);
                match checks.is_empty() {
                    true => quote!(Self::#variant(_) => {}),
                    false => {
                        uses = true;
                        quote!(Self::#variant(value) => { #(#checks)* })
                    }
                }
            })
            .collect();
        let validator = if uses { quote!(v) } else { quote!(_) };
        let body = match uses {
            true => quote! {
                match self {
                    #(#arms)*
                    Self::Unknown(_) => {}
                }
            },
            false => quote!(),
        };
        quote! {
            impl Validate for #name {
                fn validate(&self, #validator: &mut Validator) { #body }
            }
        }
    }

    fn branch_checks(&self, branch: &Branch) -> Vec<TokenStream> {
        let mut checks = Vec::new();
        if let (Some(mark), TypeRef::Named(id)) = (&branch.mark, &branch.ty)
            && let Shape::Struct(object) = &self.api.get(*id).shape
        {
            let mut members = object.fields.iter().zip(&self.names.get(*id).fields);
            let member = members.find(|(field, _)| field.wire == mark.member);
            checks.extend(
                member.and_then(|(field, names)| self.mark_check(&mark.values, field, names)),
            );
        }
        match branch.ty {
            TypeRef::Named(_) => checks.push(quote!(value.validate(v);)),
            _ => {
                let by_type = self.by_type(&branch.ty);
                let limits = branch.constraints.iter();
                let limits = limits.map(|limit| constraint(limit, &branch.ty));
                let calls: Vec<TokenStream> = by_type.into_iter().chain(limits).collect();
                if !calls.is_empty() {
                    checks.push(quote!(v.item(value) #(#calls)*;));
                }
            }
        }
        checks
    }

    /// What a branch says of itself must be what it is called.
    fn mark_check(
        &self,
        values: &[String],
        field: &Field,
        names: &MemberNames,
    ) -> Option<TokenStream> {
        let is_text = match &names.ty {
            TypeRef::Text => true,
            TypeRef::Named(id) => matches!(self.api.get(*id).shape, Shape::OpenEnum(_)),
            _ => false,
        };
        let (wire, name) = (&field.wire, ident(&names.rust));
        let required = (!field.required).then(|| quote!(.required()));
        is_text.then(|| match names.optional {
            true => quote!(v.member(#wire, &value.#name) #required .one_of(&[#(#values),*]);),
            false => quote!(v.given(#wire, &value.#name).one_of(&[#(#values),*]);),
        })
    }
}
