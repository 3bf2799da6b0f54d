//! The one builder mechanism, for operations and for the types that callers
//! send:
//!
//! ```text
//! #[must_use]
//! pub struct ReplicationBuilder<S1 = Unset, S2 = Unset> {
//!     value: Replication,
//!     slots: PhantomData<(S1, S2)>,
//! }
//!
//! impl<S1, S2> ReplicationBuilder<S1, S2> {
//!     pub fn destination_region(mut self, value: impl Into<String>) -> ReplicationBuilder<Set, S2> {
//!         self.value.destination_region = Some(value.into());
//!         self.retype()
//!     }
//!     pub fn name(mut self, value: impl Into<String>) -> Self {
//!         self.value.name = Some(value.into());
//!         self
//!     }
//! }
//! ```
//!
//! A marker for each required member makes a forgotten one a compile error
//! that names it; markers are numbered by the `.api` file and kept for ever.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Emit, deprecated, doc, docs, ident, slot_ident};
use crate::ir::{Field, TypeRef};
use crate::name::Words;
use crate::settle::MemberNames;

/// More markers than this are a complex type for clippy.
const MANY_SLOTS: usize = 7;

/// What a builder is made of.
pub(super) struct Builder<'a> {
    /// Its name.
    pub(super) name: Ident,
    /// The member that holds what was set: `value` or `input`.
    pub(super) holder: Ident,
    /// Further members with their types, such as `call`.
    pub(super) carried: Vec<(Ident, TokenStream)>,
    /// Type of the holder.
    pub(super) held: TokenStream,
    /// Everything that can be set.
    pub(super) members: Vec<(&'a Field, &'a MemberNames)>,
    /// In front of named types.
    pub(super) prefix: TokenStream,
}

impl Builder<'_> {
    /// Numbers of all markers, those no longer asked for included.
    fn slots(&self) -> Vec<u32> {
        let used = self.members.iter().filter_map(|(_, names)| names.slot);
        let most = used.map(|slot| slot.number).max().unwrap_or(0);
        (1..=most).collect()
    }

    /// `<S1, S2>`, or nothing.
    pub(super) fn generics(&self) -> TokenStream {
        let slots: Vec<Ident> = self.slots().into_iter().map(slot_ident).collect();
        if slots.is_empty() {
            quote!()
        } else {
            quote!(<#(#slots),*>)
        }
    }

    /// The parameters of an alias of it, and what it gives on.
    pub(super) fn alias_generics(&self) -> (TokenStream, TokenStream) {
        let slots: Vec<Ident> = self.slots().into_iter().map(slot_ident).collect();
        match slots.is_empty() {
            true => (quote!(), quote!()),
            false => (quote!(<#(#slots = Unset),*>), self.generics()),
        }
    }

    /// `where S1: required::Name, …`, or nothing.
    pub(super) fn asks(&self) -> TokenStream {
        let bounds: Vec<TokenStream> = self
            .members
            .iter()
            .filter_map(|(_, names)| {
                let slot = names.slot.filter(|slot| slot.asked)?;
                let marker = slot_ident(slot.number);
                let required = required_trait(&names.rust);
                Some(quote!(#marker: required::#required))
            })
            .collect();
        if bounds.is_empty() {
            quote!()
        } else {
            quote!(where #(#bounds),*)
        }
    }

    /// The struct.
    pub(super) fn definition(&self, text: &str) -> TokenStream {
        let doc = doc(text);
        let Builder {
            name, holder, held, ..
        } = self;
        let slots: Vec<Ident> = self.slots().into_iter().map(slot_ident).collect();
        let carried = self.carried.iter().map(|(name, ty)| quote!(#name: #ty,));
        let (parameters, marker) = if slots.is_empty() {
            (quote!(), quote!())
        } else {
            (
                quote!(<#(#slots = Unset),*>),
                quote!(slots: PhantomData<(#(#slots,)*)>),
            )
        };
        // The lint counts the markers.
        let many = (slots.len() > MANY_SLOTS).then(|| {
            quote!(#[allow(clippy::type_complexity, reason = "a marker for each mandatory member")])
        });
        quote! {
            #doc
            #many
            #[must_use = "a builder does nothing until it is used"]
            #[derive(Clone, Debug)]
            pub struct #name #parameters {
                #(#carried)*
                #holder: #held,
                #marker
            }
        }
    }

    /// A value of the builder with nothing set. What it carries, and what it
    /// holds when no value is given, are variables of the same names.
    pub(super) fn empty(&self, held: Option<&TokenStream>) -> TokenStream {
        let Builder { name, holder, .. } = self;
        let carried = self.carried.iter().map(|(name, _)| name);
        let slots = self.phantom();
        let held = match held {
            Some(value) => quote!(#holder: #value),
            None => quote!(#holder),
        };
        quote!(#name { #(#carried,)* #held, #slots })
    }

    fn phantom(&self) -> TokenStream {
        if self.slots().is_empty() {
            quote!()
        } else {
            quote!(slots: PhantomData)
        }
    }

    /// `use` of what the definition says.
    pub(super) fn imports(&self) -> TokenStream {
        if self.slots().is_empty() {
            quote!()
        } else {
            quote!(
                use std::marker::PhantomData;
            )
        }
    }

    /// `use` of the markers.
    pub(super) fn marker_imports(&self) -> TokenStream {
        if self.slots().is_empty() {
            quote!()
        } else {
            quote!(
                use cloudbackup_core::builder::{Set, Unset};
            )
        }
    }

    /// Whether anything is asked for.
    pub(super) fn asks_anything(&self) -> bool {
        let mut members = self.members.iter();
        members.any(|(_, names)| names.slot.is_some_and(|slot| slot.asked))
    }
}

impl Emit<'_> {
    /// All setters of a builder.
    pub(super) fn setters(&self, builder: &Builder<'_>) -> Vec<TokenStream> {
        let members = builder.members.iter();
        members
            .filter(|(_, names)| !names.positional)
            .map(|(field, names)| self.setter(builder, field, names))
            .collect()
    }

    fn setter(&self, builder: &Builder<'_>, field: &Field, names: &MemberNames) -> TokenStream {
        let doc = doc(&docs::input(field, names));
        let alias = alias(field, names);
        let name = ident(&names.rust);
        let holder = &builder.holder;
        let (argument, value) = self.argument(&names.ty, &builder.prefix);
        let value = if names.boxed {
            quote!(Box::new(#value))
        } else {
            value
        };
        let (output, last) = match names.slot {
            Some(slot) => {
                let builder_name = &builder.name;
                let slots = builder.slots().into_iter().map(|number| {
                    if number == slot.number {
                        quote!(Set)
                    } else {
                        let marker = slot_ident(number);
                        quote!(#marker)
                    }
                });
                (quote!(#builder_name<#(#slots),*>), quote!(self.retype()))
            }
            None => (quote!(Self), quote!(self)),
        };
        let deprecated = deprecated(field.docs.deprecated.as_ref());
        quote! {
            #doc
            #alias
            #deprecated
            pub fn #name(mut self, value: #argument) -> #output {
                self.#holder.#name = Some(#value);
                #last
            }
        }
    }

    /// The type of a setter's argument, and how `value` becomes the member.
    pub(super) fn argument(
        &self,
        ty: &TypeRef,
        prefix: &TokenStream,
    ) -> (TokenStream, TokenStream) {
        match ty {
            TypeRef::Integer | TypeRef::Number | TypeRef::Boolean => {
                (self.ty(ty, prefix), quote!(value))
            }
            TypeRef::List(item) => match **item {
                TypeRef::Integer | TypeRef::Number | TypeRef::Boolean => {
                    let item = self.ty(item, prefix);
                    (
                        quote!(impl IntoIterator<Item = #item>),
                        quote!(value.into_iter().collect()),
                    )
                }
                _ => {
                    let item = self.ty(item, prefix);
                    (
                        quote!(impl IntoIterator<Item = impl Into<#item>>),
                        quote!(value.into_iter().map(Into::into).collect()),
                    )
                }
            },
            TypeRef::Map(item) => {
                let item = self.ty(item, prefix);
                (
                    quote!(impl IntoIterator<Item = (impl Into<String>, impl Into<#item>)>),
                    quote!(
                        value
                            .into_iter()
                            .map(|(key, value)| (key.into(), value.into()))
                            .collect()
                    ),
                )
            }
            _ => {
                let ty = self.ty(ty, prefix);
                (quote!(impl Into<#ty>), quote!(value.into()))
            }
        }
    }
}

/// Changes the markers, which exist only for the compiler.
pub(super) fn retype(builder: &Builder<'_>) -> Option<TokenStream> {
    let slots = builder.slots();
    if slots.is_empty() {
        return None;
    }
    let targets: Vec<Ident> = slots.iter().map(|slot| format_ident!("T{slot}")).collect();
    let Builder { name, holder, .. } = builder;
    let carried = builder
        .carried
        .iter()
        .map(|(name, _)| quote!(#name: self.#name,));
    Some(quote! {
        fn retype<#(#targets),*>(self) -> #name<#(#targets),*> {
            #name { #(#carried)* #holder: self.#holder, slots: PhantomData }
        }
    })
}

/// Lets the wire name find the item in the docs.
pub(super) fn alias(field: &Field, names: &MemberNames) -> TokenStream {
    let wire = &field.wire;
    // rustdoc refuses quotes and outer spaces in an alias.
    let odd = wire.trim() != wire || wire.contains(['\'', '"', '\n', '\t']);
    if field.is_rest || names.rust == *wire || odd || wire.is_empty() {
        quote!()
    } else {
        quote!(#[doc(alias = #wire)])
    }
}

/// Trait that says a required member was set.
pub(super) fn required_trait(rust: &str) -> Ident {
    format_ident!("Has{}", Words::split(rust).pascal())
}

/// `required.rs`: a trait for each required name.
pub(super) fn required_items(names: impl Iterator<Item = String>) -> Vec<TokenStream> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    let mut items = Vec::new();
    for name in names {
        let marker = required_trait(&name);
        let message = format!("required field `{name}` was not set");
        let label = format!("call `.{name}(..)` before this");
        let doc = doc(&format!("`{name}` was set."));
        items.push(quote! {
            #doc
            #[diagnostic::on_unimplemented(message = #message, label = #label)]
            pub trait #marker {}
        });
        items.push(quote! {
            #[diagnostic::do_not_recommend]
            impl #marker for cloudbackup_core::builder::Set {}
        });
    }
    items
}
